#!/usr/bin/env python3
"""Makes r4_tables.h, the definitions of FHIR R4 as read-only C tables.

    python3 src/r4/generate.py ../shared/fhir-r4 > src/r4/r4_tables.h

Run by hand; the output is committed.  Input are two tables taken from HL7's
package hl7.fhir.r4.core 4.0.1 (CC0-1.0): elements.tsv and primitives.tsv.
Sizes are reported on standard error.

How the definitions become tables:

* A type holds only the elements that it adds to its base (Resource,
  DomainResource, Element, BackboneElement, Quantity).  A base is found by
  comparing rows, so nothing that a type changes can get lost.
* Each element has a slot, and so has each alternative of a choice.  The slots
  of one type lie together, sorted by name for binary search.  In that order
  the alternatives stand shortly before their choice ("valueQuantity" <
  "value[x]" in ASCII), so a small distance leads from one to the other.
* The number of an element is the number of its slot.  A later table is keyed
  by it: write a function that takes the model and returns lines, and add it
  to TABLES.
* Strings are offsets into one pool, so the tables need no relocation and stay
  in pages that all backends share.  A string that ends another one shares its
  bytes ("contact" is the end of "Patient.contact").

Everything that the layout takes for granted is asserted.
"""

import pathlib
import sys

BASES = ("Resource", "DomainResource", "Element", "BackboneElement", "Quantity")
NO_TYPE = 0xFFFF
TYPE_BITS = 10                  # the rest of a slot's 16 bits is a distance
LONGEST_NAME = 64               # what r4_nearest.c can compare

# The bits of a slot's flags, with the comment that goes into the C file.
FLAGS = {
    "REPEATS": (0x01, "max is above 1"),
    "REQUIRED": (0x02, "min is above 0"),
    "MODIFIER": (0x04, "isModifier"),
    "SIMPLE_QUANTITY": (0x08, "a Quantity by the profile SimpleQuantity"),
    "ALTERNATIVE": (0x10, "one of the names of a choice"),
    "CHOICE": (0x20, "value[x] itself, which never stands in JSON"),
}


class Element:
    """One row below a type.  The row stays for later tables."""

    def __init__(self, row):
        self.row = row
        self.name = row["path"].rpartition(".")[2]
        self.is_choice = self.name.endswith("[x]")
        self.types = row["types"].split("|") if row["types"] else []
        self.number = None      # set when slots are laid out

        assert row["min"] in ("0", "1") and row["max"] in ("0", "1", "*"), row
        assert not self.is_choice or row["max"] == "1", row
        assert self.is_choice or len(self.types) <= 1, row

    def flags(self):
        """The names of the flags that all slots of the element carry."""
        found = set()
        if self.row["max"] == "*":
            found.add("REPEATS")
        if self.row["min"] == "1":
            found.add("REQUIRED")
        if self.row["modifier"] == "1":
            found.add("MODIFIER")
        return found

    def type_flags(self, type_name):
        """The names of the flags of a slot that has the given type."""
        profile = self.row["typeProfiles"]
        assert profile in ("", "Quantity=SimpleQuantity"), self.row
        if profile and type_name == "Quantity":
            return self.flags() | {"SIMPLE_QUANTITY"}
        return self.flags()

    def meaning(self):
        """What a base and a type derived from it must agree in."""
        return (self.name,) + tuple(
            value for key, value in self.row.items() if key != "path")


class Type:
    """A resource, data type, primitive or backbone with its elements."""

    def __init__(self, name):
        self.name = name
        self.elements = []      # in the order of the definition
        self.base = None
        self.own = []           # the elements that the base has not

    def find_base(self, types):
        """Takes the base that covers most of the leading elements."""
        meanings = [element.meaning() for element in self.elements]
        bases = [types[name] for name in BASES if name != self.name]
        bases = [base for base in bases if meanings[:len(base.elements)] ==
                 [element.meaning() for element in base.elements]]
        self.base = max(bases, key=lambda base: len(base.elements), default=None)
        self.own = self.elements[len(self.base.elements) if self.base else 0:]


class Slot:
    """One name below a type: an element or an alternative of a choice."""

    def __init__(self, name, element, type_name, flags):
        self.name = name
        self.element = element
        self.type_name = type_name
        self.flags = flags


class Pool:
    """Strings in one array; those that end another one share its bytes."""

    def __init__(self, strings):
        backwards = sorted({string[::-1] for string in strings})
        self.hosts = sorted(
            string[::-1] for string, following in
            zip(backwards, backwards[1:] + [""])
            if not following.startswith(string))
        self.offsets = {}
        offset = 0
        for host in self.hosts:
            assert host.isascii() and not set(host) & set('"\\?'), host
            for cut in range(len(host)):
                self.offsets.setdefault(host[cut:], offset + cut)
            offset += len(host) + 1
        self.size = offset
        assert self.size <= 0x10000, "offsets into the pool are 16 bits"


class Model:
    """All types in the order of their names, and all slots in table order."""

    def __init__(self, directory):
        self.primitives = [
            row["type"] for row in read_table(directory / "primitives.tsv")]
        self.by_name = read_types(
            read_table(directory / "elements.tsv"), set(self.primitives))
        self.types = [self.by_name[name] for name in sorted(self.by_name)]
        self.numbers = {kind.name: i for i, kind in enumerate(self.types)}
        assert len(self.types) < 1 << TYPE_BITS
        assert ([kind.name for kind in self.types[-len(self.primitives):]]
                == self.primitives), "primitives are not the last types"

        self.slots = []
        self.first_slot = {}    # type name -> number of its first slot
        for kind in self.types:
            kind.find_base(self.by_name)
            self.lay_out(kind)
        self.pool = Pool([slot.name for slot in self.slots] +
                         [kind.name for kind in self.types])

    def lay_out(self, kind):
        """Appends the slots of one type and numbers its elements."""
        first = len(self.slots)
        self.first_slot[kind.name] = first
        slots = sorted((slot for element in kind.own
                        for slot in self.element_slots(element)),
                       key=lambda slot: slot.name)
        names = [slot.name for slot in slots]
        assert len(set(names)) == len(names), kind.name
        assert len(names) <= 256, kind.name
        assert all(len(name) <= LONGEST_NAME for name in names), kind.name
        for i, slot in enumerate(slots):
            if "ALTERNATIVE" not in slot.flags:
                slot.element.number = first + i
        self.slots += slots

    def element_slots(self, element):
        """The slots of one element: itself, and alternatives if a choice."""
        if not element.is_choice:
            name = self.value_type(element)
            return [Slot(element.name, element, name, element.type_flags(name))]
        stem = element.name[:-len("[x]")]
        return [Slot(stem + name[0].upper() + name[1:], element, name,
                     element.type_flags(name) | {"ALTERNATIVE"})
                for name in element.types] + [
            Slot(element.name, element, None, element.flags() | {"CHOICE"})]

    def value_type(self, element):
        """The type below which the children of an element are found."""
        path = element.row["path"]
        if element.row["contentRef"]:
            name = element.row["contentRef"].lstrip("#")
        elif path in self.by_name:
            name = path
        else:
            name = element.types[0]
        assert name in self.by_name, element.row
        return name


def read_table(path):
    """The rows of a tab-separated file as dictionaries."""
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    return [dict(zip(header.split("\t"), line.split("\t"), strict=True))
            for line in lines]


def read_types(rows, primitives):
    """Types by name.  A path with rows below it is a type of its own.

    Left out are elements that may not stand at all (max 0) and the value of a
    primitive, which in JSON is the primitive itself.
    """
    rows = {row["path"]: row for row in rows}
    parents = {path.rpartition(".")[0] for path in rows}
    types = {path: Type(path) for path in rows
             if path in parents or "." not in path}
    for path, row in rows.items():
        parent, _, name = path.rpartition(".")
        if parent and row["max"] != "0" and not (
                parent in primitives and name == "value"):
            types[parent].elements.append(Element(row))
    return types


def array(comment, declaration, values, width=12):
    """An array of numbers or of bracketed rows, as lines of C."""
    items = [f"{value}," for value in values]
    lines = [" ".join(items[i:i + width]) for i in range(0, len(items), width)]
    return ([f"/* {comment} */", f"static const {declaration}[] = {{"] +
            ["\t" + line for line in lines] + ["};", ""])


def constants(model):
    """Numbers that r4.c needs by name."""
    first = model.numbers[model.primitives[0]]
    lines = [f"#define R4_NUM_TYPES {len(model.types)}",
             f"#define R4_NUM_SLOTS {len(model.slots)}",
             f"#define R4_FIRST_PRIMITIVE {first}"]
    lines += [f"#define R4_TYPE_{name.upper()} {model.numbers[name]}"
              for name in ("Resource", "DomainResource")]
    lines += ["", "/* A slot's type shares its 16 bits with a distance. */",
              f"#define R4_TYPE_BITS {TYPE_BITS}", ""]
    lines += [f"#define R4_SLOT_{name} 0x{bit:02X}\t/* {comment} */"
              for name, (bit, comment) in FLAGS.items()]
    return lines + [""]


def pool_table(model):
    """The strings, one a line."""
    return (["/* All names; the tables below hold offsets. */",
             "static const char r4_pool[] ="] +
            [f'\t"{host}\\0"' for host in model.pool.hosts[:-1]] +
            [f'\t"{model.pool.hosts[-1]}";', ""])


def type_table(model):
    """Types by name.  One more row at the end closes the last type."""
    rows, order = [], 0
    for kind in model.types:
        base = model.numbers[kind.base.name] if kind.base else NO_TYPE
        rows.append(f"{{{model.pool.offsets[kind.name]}, {base}, "
                    f"{model.first_slot[kind.name]}, {order}}}")
        order += len(kind.own)
    rows.append(f"{{0, {NO_TYPE}, {len(model.slots)}, {order}}}")
    return ["/* A type.  What belongs to it ends where the next type's begins. */",
            "typedef struct R4TypeRow",
            "{",
            "\tuint16_t\tname;\t\t\t/* offset into r4_pool */",
            "\tuint16_t\tbase;\t\t\t/* the type that it extends, or R4_NO_TYPE */",
            "\tuint16_t\tslots;\t\t\t/* its first slot */",
            "\tuint16_t\torder;\t\t\t/* its first entry in r4_order */",
            "} R4TypeRow;",
            ""] + array("Types by name, and one row more.",
                        "R4TypeRow r4_types", rows, 4)


def order_table(model):
    """The elements of each type as the definition has them."""
    return array("A type's elements in the order of the definition: slots,"
                 " counted from its first.", "uint8_t r4_order",
                 [element.number - model.first_slot[kind.name]
                  for kind in model.types for element in kind.own], 18)


def slot_tables(model):
    """Slots by name, and the alternatives of choices behind them."""
    lists, types = [], []
    for i, slot in enumerate(model.slots):
        distance = slot.element.number - i
        if "CHOICE" in slot.flags:
            types.append(choice_list(model, i, lists))
        else:
            assert 0 <= distance < 1 << (16 - TYPE_BITS), slot.name
            types.append(model.numbers[slot.type_name] |
                         distance << TYPE_BITS)
    return (array("Slots: the name as an offset into r4_pool, sorted within"
                  " a type.", "uint16_t r4_slot_names",
                  [model.pool.offsets[slot.name] for slot in model.slots]) +
            array("The slot's type, and above R4_TYPE_BITS how far ahead its"
                  " choice is; in a choice\n * the start and the length of its"
                  " list in r4_choices.", "uint16_t r4_slot_types", types) +
            array("The slot's flags, R4_SLOT_*.", "uint8_t r4_slot_flags",
                  [sum(FLAGS[flag][0] for flag in slot.flags)
                   for slot in model.slots], 18) +
            array("The alternatives of a choice in the order of the"
                  " definition: how far back their\n * slots are.",
                  "uint8_t r4_choices", lists, 18))


def choice_list(model, number, lists):
    """Finds or appends the list of one choice; returns what its slot holds."""
    element = model.slots[number].element
    count = len(element.types)
    backs = [next(back for back in range(1, 1 << (16 - TYPE_BITS))
                  if model.slots[number - back].element is element and
                  model.slots[number - back].type_name == name)
             for name in element.types]
    start = next((i for i in range(len(lists) - count + 1)
                  if lists[i:i + count] == backs), len(lists))
    if start == len(lists):
        lists += backs
    assert start < 1 << TYPE_BITS and count < 1 << (16 - TYPE_BITS)
    return start | count << TYPE_BITS


TABLES = (constants, pool_table, type_table, order_table, slot_tables)

HEADER = """\
/*
 * r4_tables.h
 *		The definitions of FHIR R4 (4.0.1) as read-only tables.
 *
 * Generated by src/r4/generate.py from HL7's package hl7.fhir.r4.core 4.0.1,
 * which is in the public domain (CC0-1.0).  Do not edit: change the generator
 * and run it again.  Included by r4.c alone.
 */
"""


def main():
    model = Model(pathlib.Path(sys.argv[1]))
    lines = [line for table in TABLES for line in table(model)]
    print(HEADER + "\n".join(lines).rstrip())
    print(f"{len(model.types)} types, {len(model.slots)} slots, "
          f"{model.pool.size} bytes of names", file=sys.stderr)


if __name__ == "__main__":
    main()
