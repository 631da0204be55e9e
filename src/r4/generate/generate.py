#!/usr/bin/env python3
"""Makes r4_tables.h, the definitions of FHIR R4 as read-only C tables.

    make r4-tables

The output is committed.  Input are two tables beside this script, taken from
HL7's package hl7.fhir.r4.core 4.0.1 (CC0-1.0): elements.tsv and primitives.tsv.
Sizes are reported on standard error.

How the definitions become tables:

* A type holds only the elements that it adds to its base (Resource,
  DomainResource, Element, BackboneElement, Quantity).  A base is found by
  comparing rows, so nothing that a type changes can get lost.
* Each element has a slot, in the order of the definition.  The alternatives
  of a choice have slots of their own directly behind it.
* The number of an element is the number of its slot.  A later table is keyed
  by it: write a function that takes the model and returns lines, and add it
  to TABLES.
* Each type has a small hash table of twice as many entries as it has names,
  inherited ones too, and a seed with which few of them collide, so nearly
  every name is found with one comparison.  So has the list of all types.
  place here and r4_place in place.h must agree.
* Strings are offsets into one pool, so the tables need no relocation and stay
  in pages that all backends share.  A string that ends another one shares its
  bytes ("contact" is the end of "Patient.contact").

Everything that the layout takes for granted is asserted.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).parent     # the definitions, too
BASES = ("Resource", "DomainResource", "Element", "BackboneElement", "Quantity")
NO_TYPE = 0xFFFF
NO_SLOT = 0xFFFF
MOST_NAMES = 255               # below one type, beside those that it inherits
SEEDS = 256                     # that are tried for a type
LONGEST_NAME = 64               # what r4_nearest.c can compare

# What R4Complex in r4.h calls the data types that it knows, by its numbers.
COMPLEX = {"Attachment": 1, "CodeableConcept": 2, "Narrative": 3, "Quantity": 4,
           "Age": 4, "Count": 4, "Distance": 4, "Duration": 4, "Reference": 5,
           "Resource": 6, "DomainResource": 6}
COMPLEX_SHIFT = 5               # above R4Primitive in a type's kind

# What the length and three bytes of a name are multiplied with, as in place.h: an odd
# number without a pattern, so that the upper bits of the product are well mixed.
MULTIPLIER = 0x27D4EB2F

# The flags of a slot that r4.h's R4Child tells, in its order.
FLAGS = (
    {"REPEATS"},                # max is above 1
    {"REQUIRED"},               # min is above 0
    {"ALTERNATIVE", "CHOICE"},  # one of the names of a choice, or value[x] itself
    {"MODIFIER"},               # isModifier
    {"SIMPLE_QUANTITY"},        # a Quantity by the profile SimpleQuantity
)


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
            assert host.isascii(), host
            for cut in range(len(host)):
                self.offsets.setdefault(host[cut:], offset + cut)
            offset += len(host) + 1
        self.size = offset
        assert self.size <= 0x10000, "offsets into the pool are 16 bits"


class Model:
    """All types in the order of their names, and all slots."""

    def __init__(self, directory):
        self.primitives = [
            row["type"] for row in read_table(directory / "primitives.tsv")]
        self.by_name = read_types(
            read_table(directory / "elements.tsv"), set(self.primitives))
        self.types = [self.by_name[name] for name in sorted(self.by_name)]
        self.numbers = {kind.name: i for i, kind in enumerate(self.types)}
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
        for element in kind.own:
            element.number = len(self.slots)
            self.slots += self.element_slots(element)
        names = self.names_of(kind)
        assert len(set(names)) == len(names) <= MOST_NAMES, kind.name
        assert all(len(name) <= LONGEST_NAME for name in names), kind.name

    def element_slots(self, element):
        """The slots of one element: itself, and alternatives if a choice."""
        if not element.is_choice:
            name = self.value_type(element)
            return [Slot(element.name, element, name, element.type_flags(name))]
        stem = element.name[:-len("[x]")]
        return [Slot(element.name, element, None,
                     element.flags() | {"CHOICE"})] + [
            Slot(stem + name[0].upper() + name[1:], element, name,
                 element.type_flags(name) | {"ALTERNATIVE"})
            for name in element.types]

    def names_of(self, kind):
        """The names of a type's own slots, once all of them are laid out."""
        first = self.first_slot[kind.name]
        count = sum(1 + len(element.types) * element.is_choice
                    for element in kind.own)
        return [slot.name for slot in self.slots[first:first + count]]

    def all_names_of(self, kind):
        """Pairs of a name and its slot, those of the bases too."""
        inherited = self.all_names_of(kind.base) if kind.base else []
        return inherited + [(name, self.first_slot[kind.name] + i)
                            for i, name in enumerate(self.names_of(kind))]

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


def hash_name(name):
    """The hash of a name, as r4_place in place.h computes it."""
    text = name.encode()
    last = len(text) - 1
    key = len(text) | text[0] << 8 | text[last] << 16 | text[last // 2] << 24
    return key * MULTIPLIER & 0xFFFFFFFF


def place(name, seed, size):
    """Where in a hash table of this size the search for a name begins."""
    return (hash_name(name) * (2 * seed + 1) & 0xFFFFFFFF) * size >> 32


def hash_names(names, seed):
    """A hash table of pairs of name and number, and the probes that the names take."""
    size = 2 * len(names)
    table = [NO_SLOT] * size
    probes = 0
    for name, slot in names:
        entry = place(name, seed, size)
        probes += 1
        while table[entry] != NO_SLOT:
            entry = (entry + 1) % size
            probes += 1
        table[entry] = slot
    return table, probes


def best_hash(model, kind):
    """A type's seed and hash table.  A choice itself is never looked up."""
    names = [(name, slot) for name, slot in model.all_names_of(kind)
             if not name.endswith("[x]")]
    best = None
    for seed in range(SEEDS):
        table, probes = hash_names(names, seed)
        if best is None or probes < best[2]:
            best = seed, table, probes
        if probes == len(names):
            break
    return best[:2]


def constants(model):
    """Numbers that r4.c needs by name."""
    first = model.numbers[model.primitives[0]]
    lines = [f"#define R4_NUM_TYPES {len(model.types)}",
             f"#define R4_NUM_SLOTS {len(model.slots)}",
             f"#define R4_POOL_SIZE {model.pool.size}",
             f"#define R4_FIRST_PRIMITIVE {first}"]
    lines += [f"#define R4_TYPE_{name.upper()} {model.numbers[name]}"
              for name in ("Resource", "DomainResource")]
    longest = max(len(slot.name) for slot in model.slots)
    longest_type = max(len(kind.name) for kind in model.types)
    lines += [f"#define R4_LONGEST_NAME {longest}",
              f"#define R4_LONGEST_TYPE_NAME {longest_type}", "",
              "/* In r4_hash, where no slot is, and in r4_type_hash, where no type is. */",
              f"#define R4_NO_SLOT 0x{NO_SLOT:X}", ""]
    return lines


def pool_table(model):
    """The strings, one a line."""
    return (["/*",
             " * All names; the tables below hold offsets.  The zeros at the end let a name",
             " * be compared with what begins at any offset.",
             " */",
             "static const char r4_pool[R4_POOL_SIZE + R4_LONGEST_TYPE_NAME] ="] +
            [f'\t"{host}\\0"' for host in model.pool.hosts[:-1]] +
            [f'\t"{model.pool.hosts[-1]}";', ""])


def type_table(model):
    """Types by name.  One more row at the end closes the last type."""
    rows, elements, entries = [], 0, 0
    for kind in model.types:
        seed, table = best_hash(model, kind)
        base = model.numbers[kind.base.name] if kind.base else NO_TYPE
        rows.append(f"{{{model.pool.offsets[kind.name]}, {base}, "
                    f"{model.first_slot[kind.name]}, {elements}, {entries}, {2 * seed + 1}}}")
        entries += len(table)
        elements += len(kind.own)
    rows.append(f"{{0, {NO_TYPE}, {len(model.slots)}, {elements}, {entries}, 0}}")
    assert entries < 0x10000
    return ["/* A type.  What belongs to it ends where the next type's begins. */",
            "typedef struct R4TypeRow",
            "{",
            "\tuint16_t\tname;\t\t\t/* offset into r4_pool */",
            "\tuint16_t\tbase;\t\t\t/* the type that it extends, or R4_NO_TYPE */",
            "\tuint16_t\tslots;\t\t\t/* its first slot */",
            "\tuint16_t\telements;\t\t/* how many elements all types before it have */",
            "\tuint16_t\thash;\t\t\t/* its first entry in r4_hash */",
            "\tuint16_t\tseed;\t\t\t/* what hashes of its names are multiplied with: odd */",
            "} R4TypeRow;",
            ""] + array("Types by name, and one row more.",
                        "R4TypeRow r4_types", rows, 3)


def kind_of(model, name):
    """What a type is: R4Primitive, and above it R4Complex; of None nothing."""
    if name in model.primitives:
        return model.primitives.index(name) + 1
    return COMPLEX.get(name, 0) << COMPLEX_SHIFT


def slot_table(model):
    """All slots.  What a look-up reads of one stands together."""
    rows = []
    for slot in model.slots:
        choice = "CHOICE" in slot.flags
        number = NO_TYPE if choice else model.numbers[slot.type_name]
        kind = kind_of(model, slot.type_name)
        flags = ", ".join(str(int(bool(names & slot.flags))) for names in FLAGS)
        rows.append(f"{{{{{number}, {slot.element.number}, "
                    f"{kind & (1 << COMPLEX_SHIFT) - 1}, {kind >> COMPLEX_SHIFT}, {flags}}}, "
                    f"{model.pool.offsets[slot.name]}, {len(slot.name)}, "
                    f"{len(slot.element.types) if choice else 0}}}")
    return (["/* A slot. */",
             "typedef struct R4SlotRow",
             "{",
             "\tR4Child\t\tchild;\t\t\t/* what it means */",
             "\tuint16_t\tname;\t\t\t/* offset into r4_pool */",
             "\tuint8_t\t\tlen;\t\t\t/* of the name */",
             "\tuint8_t\t\talternatives;\t/* of a choice: how many follow */",
             "} R4SlotRow;", ""] +
            array("Slots in the order of the definition.", "R4SlotRow r4_slots", rows, 3))


def hash_table(model):
    """The hash tables of all types, one behind the other."""
    return array("The slots of the type's names, inherited ones too.",
                 "uint16_t r4_hash",
                 [entry for kind in model.types
                  for entry in best_hash(model, kind)[1]], 12)


def type_hash_table(model):
    """The hash table of all types' names."""
    names = [(kind.name, i) for i, kind in enumerate(model.types)]
    seed = min(range(SEEDS), key=lambda seed: hash_names(names, seed)[1])
    return ([f"#define R4_TYPE_SEED {2 * seed + 1}",
             f"#define R4_TYPE_ENTRIES {2 * len(names)}", ""] +
            array("The types by the hashes of their names.", "uint16_t r4_type_hash",
                  hash_names(names, seed)[0], 12))


def kind_table(model):
    """What each type is: R4Primitive, and above it R4Complex."""
    assert len(model.primitives) < 1 << COMPLEX_SHIFT
    return ([f"#define R4_COMPLEX_SHIFT {COMPLEX_SHIFT}", ""] +
            array("What a type is: R4Primitive, and above R4_COMPLEX_SHIFT R4Complex.",
                  "uint8_t r4_kinds",
                  [kind_of(model, kind.name) for kind in model.types], 20))


def required_table(model):
    """How many elements must stand below each type, inherited ones too."""
    return array("How many elements a type requires.", "uint8_t r4_required_counts",
                 [sum("REQUIRED" in element.flags() for element in kind.elements)
                  for kind in model.types], 20)


TABLES = (constants, pool_table, type_table, slot_table, hash_table,
          type_hash_table, kind_table, required_table)

HEADER = """\
/*
 * r4_tables.h
 *		The definitions of FHIR R4 (4.0.1) as read-only tables.
 *
 * plain C: no server headers
 *
 * Generated by src/r4/generate/generate.py from HL7's package hl7.fhir.r4.core 4.0.1,
 * which is in the public domain (CC0-1.0).  Do not edit: change the generator
 * and run it again.  Included by r4.c alone.
 */
"""


def main():
    model = Model(HERE)
    lines = [line for table in TABLES for line in table(model)]
    print(HEADER + "\n".join(lines).rstrip())
    print(f"{len(model.types)} types, {len(model.slots)} slots, "
          f"{model.pool.size} bytes of names", file=sys.stderr)


if __name__ == "__main__":
    main()
