"""JSON Patch (RFC 6902), as much of it as a small difference needs: add, remove, replace."""

import json


def _pointer(path):
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _same(a, b):
    """Equal, and of the same JSON types: 1 is not true, 1 is not 1.0."""
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


def difference(old, new, path=()):
    """The operations that turn old into new."""
    if _same(old, new):
        return []
    if isinstance(old, dict) and isinstance(new, dict):
        result = [{"op": "remove", "path": _pointer((*path, name))} for name in old if name not in new]
        for name in new:
            if name in old:
                result += difference(old[name], new[name], (*path, name))
            else:
                result.append({"op": "add", "path": _pointer((*path, name)), "value": new[name]})
        return result
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [step for i in range(len(old)) for step in difference(old[i], new[i], (*path, i))]
    if isinstance(old, list) and isinstance(new, list) and len(new) == len(old) + 1 and _same(old, new[:-1]):
        return [{"op": "add", "path": _pointer((*path, "-")), "value": new[-1]}]
    return [{"op": "replace", "path": _pointer(path), "value": new}]


def applied(document, operations):
    """The document, changed in place by the operations."""
    for operation in operations:
        *steps, last = [step.replace("~1", "/").replace("~0", "~") for step in operation["path"].split("/")[1:]]
        holder = document
        for step in steps:
            holder = holder[int(step)] if isinstance(holder, list) else holder[step]
        if isinstance(holder, list):
            last = len(holder) if last == "-" else int(last)
        if operation["op"] == "remove":
            del holder[last]
        elif isinstance(holder, list) and operation["op"] == "add":
            holder.insert(last, operation["value"])
        else:
            holder[last] = operation["value"]
    return document
