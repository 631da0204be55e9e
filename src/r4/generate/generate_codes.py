#!/usr/bin/env python3
"""Makes r4_code_tables.h: value sets, bindings and reference targets of FHIR R4.

    make r4-tables

The output is committed.  Input are elements.tsv, required-codes.tsv and
common-codes.tsv beside this script, taken from HL7's package
hl7.fhir.r4.core 4.0.1 (CC0-1.0).

How the definitions become tables:

* Elements have the numbers that generate.py gives them, so one byte an element
  says which set it is bound to and one which list of targets it has; 0 is none.
* The codes of a set stand together, sorted by their bytes, and are found by
  binary search.  A second list has all codes sorted by system and code, for
  the display of any of them.
* A display is left out where it is not ASCII, since the server's encoding may
  not have it, and for units, whose display is free.
"""

import sys

from generate import HERE, NO_SLOT, Model, Pool, array, place, read_table


# The types that a set may be required for, which structure_value.c looks at.
BOUND = ("code", "CodeableConcept")


class Codes:
    """All codes: sets by name, each with its rows sorted by code."""

    def __init__(self, directory):
        self.sets = {}
        for file in ("required-codes.tsv", "common-codes.tsv"):
            for row in read_table(directory / file):
                key = (row["code"].encode(), row["system"])
                self.sets.setdefault(row["valueset"], {}).setdefault(
                    key, self.display(row))
        self.names = sorted(self.sets)
        self.systems = sorted({system for codes in self.sets.values()
                               for _, system in codes})
        assert len(self.names) < 256 and len(self.systems) < 256
        # set number (from 1), code, system number, display
        self.rows = [(number, code.decode(), self.systems.index(system), text)
                     for number, name in enumerate(self.names, 1)
                     for (code, system), text in sorted(self.sets[name].items())]
        assert len(self.rows) < NO_SLOT
        self.pool = Pool(self.names + self.systems +
                             [row[1] for row in self.rows] +
                             [row[3] for row in self.rows if row[3]])

    @staticmethod
    def display(row):
        """The display that is kept of a row: ASCII, and not of a unit."""
        text = row["display"]
        if row["valueset"] == "ucum-common" or not text.isascii():
            return ""
        return text

    def offset(self, text):
        """Where a string stands; the pool begins with an empty one."""
        assert self.pool.size < 0x10000, "offsets are of 16 bits"
        return 1 + self.pool.offsets[text] if text else 0


def elements_of(model):
    """The number of each element with its row of elements.tsv."""
    return [(element.number, element.row)
            for kind in model.types for element in kind.own]


def bindings(model, codes):
    """The number of the required set of each element, by element number."""
    numbers = {name: i for i, name in enumerate(codes.names, 1)}
    by_element = [0] * len(model.slots)
    for number, row in elements_of(model):
        if row["strength"] == "required":
            assert row["types"] in BOUND, row
            by_element[number] = numbers.get(row["valueset"].split("|")[0], 0)
    return by_element


def targets(model):
    """Lists of target types, and the number of each element's list."""
    lists = [()]
    by_element = [0] * len(model.slots)
    for number, row in elements_of(model):
        names = tuple(sorted(row["targets"].split("|"))) if row["targets"] else ()
        if "Resource" in names or not names:
            continue
        if names not in lists:
            lists.append(names)
        by_element[number] = lists.index(names)
    assert len(lists) < 256
    return lists, by_element


def code_tables(codes):
    """Sets, systems and codes."""
    first, rows = 0, ["{0, 0}"]
    for name in codes.names:
        rows.append(f"{{{codes.offset(name)}, {first}}}")
        first += len(codes.sets[name])
    rows.append(f"{{0, {first}}}")
    order = sorted(range(len(codes.rows)), key=lambda i: (
        codes.rows[i][2], codes.rows[i][1].encode(), not codes.rows[i][3], i))
    return (["/* A set.  Its codes end where those of the next one begin. */",
             "typedef struct R4SetRow",
             "{",
             "\tuint16_t\tname;\t\t\t/* offset into r4_code_pool */",
             "\tuint16_t\tcodes;\t\t\t/* its first code */",
             "} R4SetRow;", ""] +
            array("Sets by name: a row that is none, all of them, one row more.",
                  "R4SetRow r4_sets", rows, 5) +
            array("Systems by name, as offsets into r4_code_pool.",
                  "uint16_t r4_systems", [codes.offset(s) for s in codes.systems]) +
            ["/* A code. */",
             "typedef struct R4CodeRow",
             "{",
             "\tuint16_t\tcode;\t\t\t/* offset into r4_code_pool */",
             "\tuint16_t\tdisplay;\t\t/* the same, or 0: none */",
             "\tuint8_t\t\tsystem;\t\t\t/* its place in r4_systems */",
             "\tuint8_t\t\tlen;\t\t\t/* of the code, in bytes */",
             "} R4CodeRow;", ""] +
            array("Codes by set and code.", "R4CodeRow r4_codes",
                  [f"{{{codes.offset(code)}, {codes.offset(text)}, {system}, {len(code.encode())}}}"
                   for _, code, system, text in codes.rows], 5) +
            array("Codes by system and code, one with a display first.",
                  "uint16_t r4_codes_by_system", order))


def hash_table(codes):
    """The codes of all sets by set and code: one entry where several systems have it."""
    size = 2 * len(codes.rows)
    table = [NO_SLOT] * size
    found = set()
    for number, (in_set, code, *_) in enumerate(codes.rows):
        if (in_set, code) in found:
            continue
        found.add((in_set, code))
        entry = place(code, in_set, size)
        while table[entry] != NO_SLOT:
            entry = (entry + 1) % size
        table[entry] = number
    return ([f"#define R4_CODE_ENTRIES {size}",
             f"#define R4_NO_CODE 0x{NO_SLOT:X}", ""] +
            array("The first row of each set and code, by their hash.",
                  "uint16_t r4_code_hash", table))


def target_tables(model):
    """Lists of target types, and which one each element has."""
    lists, by_element = targets(model)
    starts, members = [], []
    for names in lists:
        starts.append(len(members))
        members += [model.numbers[name] for name in names]
    return (array("Where a list of targets begins; the first is empty, the last ends all.",
                  "uint16_t r4_target_lists", starts + [len(members)]) +
            array("The lists: types.", "R4Type r4_targets", members) +
            array("The list of each element; 0: any type.",
                  "uint8_t r4_element_targets", by_element, 20))


def pool_table(codes):
    """The strings, one a line."""
    escaped = [host.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?")
               for host in codes.pool.hosts]
    return (["/* All strings; the tables below hold offsets. */",
             "static const char r4_code_pool[] =", '\t"\\0"'] +
            [f'\t"{host}\\0"' for host in escaped[:-1]] +
            [f'\t"{escaped[-1]}";', ""])


HEADER = """\
/*
 * r4_code_tables.h
 *		Value sets, bindings and reference targets of FHIR R4 (4.0.1).
 *
 * plain C: no server headers
 *
 * Generated by src/r4/generate/generate_codes.py from HL7's package hl7.fhir.r4.core
 * 4.0.1, which is in the public domain (CC0-1.0).  Do not edit: change the
 * generator and run it again.  Included by r4_sets.c alone.
 */
"""


def main():
    model, codes = Model(HERE), Codes(HERE)
    lines = [f"#define R4_NUM_SETS {len(codes.names)}",
             f"#define R4_NUM_SYSTEMS {len(codes.systems)}",
             f"#define R4_NUM_CODES {len(codes.rows)}",
             f"#define R4_NUM_ELEMENTS {len(model.slots)}", ""]
    lines += pool_table(codes) + code_tables(codes) + hash_table(codes) + target_tables(model)
    lines += array("The required set of each element; 0: none.",
                   "uint8_t r4_element_sets", bindings(model, codes), 20)
    print(HEADER + "\n".join(lines).rstrip())
    print(f"{len(codes.names)} sets, {len(codes.rows)} codes, "
          f"{codes.pool.size} bytes of strings", file=sys.stderr)


if __name__ == "__main__":
    main()
