"""The paths of search parameters, evaluated on resources.

Reads R4's own table of expressions; shares nothing with the C code that the
search is made of.  Gives values with their FHIR type, as (type, JSON value).
"""

import csv
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


def rows_of(path):
    with open(ROOT / path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


ELEMENTS = {row["path"]: row for row in rows_of("src/r4/generate/elements.tsv")}
SETS = {}
for _row in rows_of("src/r4/generate/required-codes.tsv"):
    _values = list(_row.values())
    SETS.setdefault(_values[0].split("|")[0], set()).add((_values[1], _values[2]))

COMPOSITES = {
    "code-value-quantity": [("code", "token", "code"), ("value-quantity", "quantity", "value.as(Quantity)")],
    "code-value-concept": [("code", "token", "code"), ("value-concept", "token", "value.as(CodeableConcept)")],
    "combo-code-value-quantity": [("combo-code", "token", "code"), ("combo-value-quantity", "quantity", "value.as(Quantity)")],
    "component-code-value-quantity": [("component-code", "token", "code"), ("component-value-quantity", "quantity", "value.as(Quantity)")],
}


class Parameter:
    def __init__(self, code, kind, expression, targets):
        self.code, self.kind, self.expression, self.targets = code, kind, expression, targets


def parameters(base):
    """All parameters of a resource type that are searched, by code."""
    found = {}
    for row in rows_of("src/search/parameter/search-parameters.tsv"):
        if row["base"] not in (base, "Resource") or "xtension(" in row["expression"] or not row["expression"]:
            continue
        if row["type"] == "special" or row["code"] == "phonetic" or row["code"] in found:
            continue
        found[row["code"]] = Parameter(row["code"], row["type"], row["expression"],
                                       row["target"].split(",") if row["target"] else [])
    return found


def capital(name):
    return name[0].upper() + name[1:]


def children(type_name, value, name):
    """The values of a child, with its type; a choice by any of its names."""
    if not isinstance(value, dict):
        return []
    for base in (type_name, "DomainResource", "Resource", "BackboneElement", "Element"):
        row = ELEMENTS.get(base + "." + name)
        choice = ELEMENTS.get(base + "." + name + "[x]")
        if row is not None:
            types = [t for t in row["types"].split("|") if t]
            if row["contentRef"]:
                child = row["contentRef"].lstrip("#")
            else:
                child = row["path"] if types in ([], ["BackboneElement"], ["Element"]) else types[0]
            given = value.get(name, [])
            return [(child, v, row) for v in (given if isinstance(given, list) else [given])]
        if choice is not None:
            return [(t, value[name + capital(t)], choice) for t in choice["types"].split("|") if name + capital(t) in value]
    return []


def points_to(reference, target):
    url = reference.get("reference", "").split("/_history/")[0].split("/")
    return (len(url) > 1 and url[-2] == target) or reference.get("type") == target


def step_values(items, step):
    """One step of a path on a collection."""
    match = re.fullmatch(r"where\((\w+)='([^']*)'\)", step)
    if match:
        return [i for i in items if isinstance(i[1], dict) and i[1].get(match.group(1)) == match.group(2)]
    match = re.fullmatch(r"where\(resolve\(\) is (\w+)\)", step)
    if match:
        return [i for i in items if isinstance(i[1], dict) and points_to(i[1], match.group(1))]
    match = re.fullmatch(r"(?:as|ofType)\((\w+)\)", step)
    if match:
        return [i for i in items if i[0] == match.group(1)]
    match = re.fullmatch(r"(\w+)\[(\d+)\]", step)
    if match:
        found = [c for i in items for c in children(i[0], i[1], match.group(1))]
        return found[int(match.group(2)):int(match.group(2)) + 1]
    return [c for i in items for c in children(i[0], i[1], step)]


def alternatives(expression):
    parts, depth, part = [], 0, ""
    for char in expression:
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += char
    return parts + [part.strip()]


def evaluate(expression, base, start):
    """Values of an expression: (type, value, element row); base is the resource's type or a data type."""
    if "exists() and" in expression:
        deceased = "deceasedDateTime" in start or start.get("deceasedBoolean") is True
        return [("boolean", deceased, None)]
    found = []
    for alternative in alternatives(expression):
        match = re.fullmatch(r"\((.*) as (\w+)\)(.*)", alternative)
        if match:
            alternative = "%s.as(%s)%s" % match.groups()
        steps = re.findall(r"\w+(?:\((?:[^()]|\([^()]*\))*\)|\[\d+\])?", alternative)
        if steps and steps[0][0].isupper():
            if steps[0] not in (base, "Resource"):
                continue
            steps = steps[1:]
        items = [(base, start, None)]
        for step in steps:
            items = step_values(items, step)
        found += items
    return found
