"""R4's definitions, read from HL7's tables, apart from the extension's own.

What a mutation expects is worked out from these alone: a fault in the tables
that are compiled into the extension cannot hide here.

A *struct* is the path whose children an object has: "Patient",
"Patient.contact" (a backbone), "HumanName" (a data type).
"""

import csv
import os
import re

NUMBERS = ("decimal", "integer", "positiveInt", "unsignedInt")
BACKBONES = ("BackboneElement", "Element", "")


class Element:
    """One line of elements.tsv."""

    def __init__(self, row):
        self.path = row["path"]
        self.name = self.path.rsplit(".", 1)[-1].removesuffix("[x]")
        self.choice = self.path.endswith("[x]")
        self.required = row["min"] != "0"
        self.repeats = row["max"] == "*"
        self.allowed = row["max"] != "0"
        self.types = row["types"].split("|") if row["types"] else []
        self.targets = set(row["targets"].split("|")) if row["targets"] else set()
        self.profiles = row["typeProfiles"]
        self.strength = row["strength"]
        self.valueset = row["valueset"].split("|")[0]
        self.content = row["contentRef"].lstrip("#")


class Definitions:
    """All of R4: children of structs, primitives, codes, invariants."""

    def __init__(self, folder):
        self.structs = {}
        self.elements = {}
        for row in self._rows(folder, "elements.tsv"):
            element = Element(row)
            self.elements[element.path] = element
            if "." in element.path:
                self.structs.setdefault(element.path.rsplit(".", 1)[0], {})[element.name] = element
        self.primitives = {row["type"]: re.compile(row["regex"]) for row in self._rows(folder, "primitives.tsv")}
        self.codes = {}
        for row in self._rows(folder, "required-codes.tsv"):
            self.codes.setdefault(row["valueset"], set()).add((row["system"], row["code"]))
        self.invariants = {}
        for row in self._rows(folder, "constraints.tsv"):
            self.invariants[row["path"], row["key"]] = row["severity"]
        self.resources = {name for name, children in self.structs.items()
                          if "." not in name and "implicitRules" in children and name not in ("Resource", "DomainResource")}

    @staticmethod
    def _rows(folder, name):
        with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)

    def children(self, struct):
        """The elements of a struct, by name without the type of a choice."""
        return self.structs[struct]

    def is_primitive(self, type_name):
        return type_name in self.primitives

    def struct_of(self, element, type_name):
        """The struct of an element's objects; for a resource it is its resourceType."""
        if element.content:
            return element.content
        return element.path if type_name in BACKBONES else type_name

    def lookup(self, struct, name):
        """The element and type of a JSON member, or None: ("valueQuantity") gives value[x] and Quantity."""
        children = self.structs.get(struct, {})
        element = children.get(name)
        if element and not element.choice and element.allowed:
            return element, element.types[0] if element.types else ""
        for element in children.values():
            if element.choice and name.startswith(element.name):
                for type_name in element.types:
                    if name == element.name + type_name[0].upper() + type_name[1:]:
                        return element, type_name
        return None

    def bound_codes(self, element):
        """The (system, code) pairs of a required binding that can be listed, else None."""
        return self.codes.get(element.valueset) if element.strength == "required" else None
