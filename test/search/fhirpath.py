"""The paths of search parameters, evaluated on resources.

Reads R4's own table of expressions; shares nothing with the C code that the
search is made of.  Gives values with their FHIR type, as (type, JSON value).
"""

import csv
import functools
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


@functools.lru_cache(None)
def step_of(step):
    """A step's name and its arguments."""
    for name, form in (("where", r"where\((\w+)='([^']*)'\)"), ("points", r"where\(resolve\(\) is (\w+)\)"),
                       ("as", r"(?:as|ofType)\((\w+)\)"), ("at", r"(\w+)\[(\d+)\]")):
        match = re.fullmatch(form, step)
        if match:
            return (name,) + match.groups()
    return "child", step


def step_values(items, step):
    """One step of a path on a collection."""
    name, *given = step_of(step)
    if name == "where":
        return [i for i in items if isinstance(i[1], dict) and i[1].get(given[0]) == given[1]]
    if name == "points":
        return [i for i in items if isinstance(i[1], dict) and points_to(i[1], given[0])]
    if name == "as":
        return [i for i in items if i[0] == given[0]]
    found = [c for i in items for c in children(i[0], i[1], given[0])]
    return found if name == "child" else found[int(given[1]):int(given[1]) + 1]


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


@functools.lru_cache(None)
def paths(expression):
    """The steps of each alternative of an expression."""
    found = []
    for alternative in alternatives(expression):
        match = re.fullmatch(r"\((.*) as (\w+)\)(.*)", alternative)
        if match:
            alternative = "%s.as(%s)%s" % match.groups()
        found.append(re.findall(r"\w+(?:\((?:[^()]|\([^()]*\))*\)|\[\d+\])?", alternative))
    return found


def evaluate(expression, base, start):
    """Values of an expression: (type, value, element row); base is the resource's type or a data type."""
    if "exists() and" in expression:
        deceased = "deceasedDateTime" in start or start.get("deceasedBoolean") is True
        return [("boolean", deceased, None)]
    found = []
    for steps in paths(expression):
        if steps and steps[0][0].isupper():
            if steps[0] not in (base, "Resource"):
                continue
            steps = steps[1:]
        items = [(base, start, None)]
        for step in steps:
            items = step_values(items, step)
        found += items
    return found
