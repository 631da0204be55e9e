#!/usr/bin/env python3
"""Makes search_parameter_tables.h, R4's search parameters as read-only C tables.

    python3 src/search/parameter/generate_parameters.py > src/search/parameter/search_parameter_tables.h

Run by make r4-tables; the output is committed.  Input: the elements.tsv that
the tables of R4 are made from; beside this script, search-parameters.tsv, from
HL7's package hl7.fhir.r4.core 4.0.1 (CC0-1.0); search-components.tsv, the
components of composite parameters, which the other table lacks; and
summary-elements.tsv, the elements that the same package marks as summary, below
each resource type.

How an expression becomes paths: each alternative becomes a path of JSON names
without the resource type.  `as`, `as()` and `ofType()` choose the name of a
choice; a choice without one becomes all of its names.  Filters stand behind a
name in brackets:

    telecom[system=email]       .where(system='email')
    subject[>Patient]           .where(resolve() is Patient)
    entry[0]                    the first member

Behind a path stands a colon and its FHIR type.  A component's path that begins
with "/" starts at the resource.  "deceased" is a path of its own kind.

Left out: parameters of examples and of extensions, those without an
expression, those that stand twice, and "phonetic", which needs to know how a
language sounds.
"""

import csv
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
LEFT_OUT = {("Resource", "_content"), ("Resource", "_query"), ("Resource", "_filter"),
            ("DomainResource", "_text"), ("Patient", "age"), ("Patient", "birthOrderBoolean")}
URL = "http://hl7.org/fhir/SearchParameter/"
KINDS = ("token", "reference", "string", "date", "composite", "uri", "quantity", "number", "special")

# The types of a choice that a parameter of a kind can look at; others are no values of it.
FITTING = {
    "date": {"date", "dateTime", "instant", "Period", "Timing"},
    "string": {"string", "markdown", "HumanName", "Address"},
    "token": {"code", "Coding", "CodeableConcept", "Identifier", "ContactPoint", "boolean", "id", "string", "uri"},
    "quantity": {"Quantity", "Range", "SampledData", "Money", "Age", "Duration", "Distance", "Count", "SimpleQuantity"},
    "reference": {"Reference", "canonical", "uri"},
    "number": {"integer", "decimal", "positiveInt", "unsignedInt", "Range"},
    "uri": {"uri", "url", "canonical", "oid", "uuid"},
}


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


class Elements:
    """The elements of R4 by their path."""

    def __init__(self, path):
        self.rows = {row["path"]: row for row in read(path)}

    def find(self, type_name, name):
        """The row of a child of a type and the types that it may have."""
        for base in (type_name, "DomainResource", "Resource", "BackboneElement", "Element"):
            row = self.rows.get(f"{base}.{name}") or self.rows.get(f"{base}.{name}[x]")
            if row is not None:
                return row
        raise KeyError(f"{type_name}.{name}")

    def types(self, row):
        """The types of an element; a backbone is the type of its own path."""
        if row["contentRef"]:
            return [row["contentRef"].lstrip("#")]
        types = [t for t in row["types"].split("|") if t]
        if types in ([], ["BackboneElement"], ["Element"]):
            return [row["path"]]
        return types


def capital(name):
    return name[0].upper() + name[1:]


def split_alternatives(expression):
    """Splits at the bars that stand outside parentheses."""
    parts, depth, part = [], 0, ""
    for char in expression:
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += char
    return parts + [part.strip()]


def tokens(alternative):
    """The steps of an alternative, with the type that the end of it is cast to."""
    cast = None
    found = re.fullmatch(r"\((.*) as (\w+)\)(.*)", alternative)
    if found:
        alternative, cast, rest = found.groups()
        alternative += f".as({cast}){rest}"
    return re.findall(r"[%\w]+(?:\((?:[^()]|\([^()]*\))*\)|\[\d+\])?", alternative)


class Walker:
    """Walks one alternative beside the elements and gathers paths."""

    def __init__(self, elements, kind):
        self.elements = elements
        self.kind = kind

    def walk(self, type_name, steps, path=""):
        """All (path, type) that the steps lead to."""
        if not steps:
            return [(path, type_name)]
        step, rest = steps[0], steps[1:]
        if step.startswith("where("):
            return self.walk(type_name, rest, path + self.filter(step))
        index = re.fullmatch(r"(\w+)\[(\d+)\]", step)
        name = index.group(1) if index else step
        row = self.elements.find(type_name, name)
        suffix = f"[{index.group(2)}]" if index else ""
        if not row["path"].endswith("[x]"):
            results = []
            for t in self.elements.types(row):
                results += self.walk(t, rest, self.join(path, name) + suffix)
            return results
        wanted = None
        if rest and re.match(r"(as|ofType)\(", rest[0]):
            wanted = rest[0][rest[0].index("(") + 1:-1]
            rest = rest[1:]
        results = []
        for t in self.elements.types(row):
            if (t == wanted) if wanted else (rest or t in FITTING[self.kind]):
                results += self.walk(t, rest, self.join(path, name + capital(t)) + suffix)
        return results

    @staticmethod
    def join(path, name):
        return path + ("." if path and path != "/" else "") + name

    @staticmethod
    def filter(step):
        equal = re.fullmatch(r"where\((\w+)='([^']*)'\)", step)
        if equal:
            return f"[{equal.group(1)}={equal.group(2)}]"
        is_type = re.fullmatch(r"where\(resolve\(\) is (\w+)\)", step)
        if is_type:
            return f"[>{is_type.group(1)}]"
        raise ValueError(step)


def paths_of(elements, base, kind, expression):
    """The paths of a parameter of one base type, each with its type."""
    if expression.startswith("Patient.deceased.exists()"):
        return [("deceased", "boolean")]
    found = []
    for alternative in split_alternatives(expression):
        steps = tokens(alternative)
        if steps[0] in (base, "Resource"):
            steps = steps[1:]
        elif steps[0][0].isupper():
            continue            # of another base type
        if kind == "composite":
            found += [(path, t) for path, t in Walker(elements, "token").walk(base, steps)]
        else:
            found += Walker(elements, kind).walk(base, steps)
    unique = []
    for item in found:
        if item not in unique:
            unique.append(item)
    return unique


def component_paths(elements, start, kind, expression):
    """The paths of a component below the type that its composite stands at."""
    found = []
    for alternative in split_alternatives(expression):
        steps = re.findall(r"[%\w]+(?:\([^()]*\))?", alternative)
        if steps[0] == "%resource":
            found += Walker(elements, kind).walk(start.split(".")[0], steps[1:], "/")
        else:
            found += Walker(elements, kind).walk(start, steps)
    return found


def text_of(paths):
    return "|".join(f"{path}:{t}" for path, t in paths)


def parameters(elements):
    """All parameters that are kept: base, code, kind, paths, targets, components, end of the URL."""
    components = {}
    for row in read(HERE / "search-components.tsv"):
        components.setdefault((row["base"], row["code"]), []).append(row)
    rows, kinds = {}, {}
    for row in read(HERE / "search-parameters.tsv"):
        key = (row["base"], row["code"])
        if key in LEFT_OUT or row["code"] == "phonetic" or key in rows or "xtension(" in row["expression"] or not row["expression"]:
            continue
        rows[key] = row
        kinds[key] = row["type"]
    for (base, code), row in sorted(rows.items()):
        paths = paths_of(elements, base, row["type"], row["expression"])
        targets = row["target"].split(",") if row["target"] else []
        parts = []
        if row["type"] == "composite":
            wanted = components.get((base, code)) or components[("*", code)]
            for part in wanted:
                kind = kinds[(base, part["definition"])]
                given = []
                for _, start in paths:
                    for item in component_paths(elements, start, kind, part["expression"]):
                        if item not in given:
                            given.append(item)
                parts.append(f"{part['definition']}={kind}={text_of(given)}")
        if not paths:
            raise ValueError(f"{base}.{code} has no path")
        yield (base, code, row["type"], text_of(paths), "*" if len(targets) > 100 else ",".join(targets),
               ";".join(parts), row["url"].removeprefix(URL))


class Pool:
    """Strings behind each other; a string that stands there already is not repeated."""

    def __init__(self):
        self.text, self.offsets = "", {}

    def add(self, string):
        if string not in self.offsets:
            self.offsets[string] = len(self.text)
            self.text += string + "\0"
        return self.offsets[string]


def print_strings(name, strings):
    """Prints strings behind each other as one array of characters."""
    print("static const char %s[] =" % name)
    for string in strings:
        for i in range(0, max(len(string), 1), 100):
            piece = string[i:i + 100].replace("\\", "\\\\").replace('"', '\\"')
            print('\t"%s%s"' % (piece, "\\0" if i + 100 >= len(string) else ""))
    print(";")


def main():
    elements = Elements(HERE / "../../r4/generate/elements.tsv")
    pool = Pool()
    pool.add("")
    lines = []
    for base, code, kind, paths, targets, parts, url in parameters(elements):
        lines.append("\t{%s, %d}," % (", ".join(str(pool.add(s)) for s in (base, code, paths, targets, parts, url)),
                                      KINDS.index(kind)))
    print("/*\n * search_parameter_tables.h\n *\t\tR4's search parameters.\n *\n"
          " * Generated by src/search/parameter/generate_parameters.py.\n *\n"
          " * Taken from HL7's package hl7.fhir.r4.core 4.0.1 (CC0-1.0).\n */")
    print_strings("parameter_strings", pool.text.split("\0")[:-1])
    print("\n/* Each resource type, with the elements behind it that a summary has. */")
    print_strings("summary_elements", ["%s %s " % (row["type"], row["elements"]) for row in read(HERE / "summary-elements.tsv")])
    print("\n/* Offsets of base, code, paths, targets, components, URL; the kind. In the order of base and code. */")
    print("static const ParameterRow parameter_rows[] = {")
    print("\n".join(lines))
    print("};")
    print(f"{len(lines)} parameters, {len(pool.text)} bytes of strings", file=sys.stderr)


if __name__ == "__main__":
    main()
