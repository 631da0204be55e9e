#!/usr/bin/env python3
"""Makes r4_invariant_tables.h: the invariants of FHIR R4 as code of a machine.

    make r4-tables

The output is committed.  Input are elements.tsv and constraints.tsv beside
this script, taken from HL7's package hl7.fhir.r4.core 4.0.1 (CC0-1.0).

How the invariants become tables:

* invariant_compiler.py compiles each expression to a term, and encode() here
  the term to bytes.  The numbers of the operations are read from invariant.h.
* A type has a list of invariants; that of a derived type begins with its own
  and goes on with its base's.  An invariant of an element whose type others
  share (Organization.telecom) stands in the list of the type around it, with
  the element.
* need holds the elements without which an invariant holds anyway, modulo 64:
  most invariants of most resources are done with one comparison.
* outside tells those that may look beyond their node and what is in it (but for
  whether that is in a contained resource), and
  mentions which of its elements they look into, a bit for each modulo 64.
"""

import re
import sys

from generate import HERE, Model, Pool, array, read_table
from invariant_compiler import (CORRECTED, ELSEWHERE, NOTES, UNCHECKED, Compiler,
                                without)
from invariant_regex import compile_pattern

NO_ELEMENT = 0xFFFF
NO_CODE = 0xFFFF
NO_BIT = 64
STARTS = ("this", "context", "resource", "root")
UNNAMED = {"children", "descendants", "child_named"}
# Whether the node is in a contained resource is asked by dom-6 alone, of which more is
# asked where it is not: who knows no more than the node asks too much, never too little.
BEYOND = {"resource", "root", "contained_id", "contained_used", "resolve"}
COMPARISONS = {"=": "EQUAL", "<": "LESS", "<=": "LESS_EQUAL",
               ">": "GREATER", ">=": "GREATER_EQUAL"}
ONE_OPERAND = {"not", "exists", "has_value", "value", "contained_id",
               "children", "descendants", "first", "tail", "resolve", "node",
               "count", "behind_first", "before_dot", "to_integer", "to_string"}
TWO_OPERANDS = {"xor", "all", "in", "starts", "has_text", "distinct", "where",
                "known", "union", "intersect", "add", "concat"}


def word(number):
    return number.to_bytes(2, "little")


def operations():
    """The number of each operation by its name."""
    header = (HERE.parent / "invariant" / "invariant.h").read_text()
    return {name: i for i, name in
            enumerate(re.findall(r"^\tR4_OP_(\w+)", header, re.MULTILINE))}


class Encoder:
    """Terms to bytes.  strings and patterns are collected on the way."""

    def __init__(self, model):
        self.model = model
        self.numbers = operations()
        self.patterns = {}      # pattern -> offset
        self.pattern_code = b""
        self.strings = None     # the Pool, once all strings are known
        self.used_strings = set()
        self.sure_bits = set()  # elements that no other shares its bit with

    def op(self, name):
        return bytes([self.numbers[name.upper()]])

    def string(self, text):
        """Offset and length of a string."""
        self.used_strings.add(text)
        offset = self.strings.offsets[text] if self.strings else 0
        return word(offset) + bytes([len(text)])

    def pattern(self, text):
        if text not in self.patterns:
            self.patterns[text] = len(self.pattern_code)
            code = compile_pattern(text)
            self.pattern_code += word(len(code)) + code
        return word(self.patterns[text])

    def pair(self, a, b):
        """Two operands: the first with its length before it."""
        a = self.encode(a)
        return bytes([len(a)]) + a + self.encode(b)

    def encode(self, term):
        kind, *rest = term
        if kind in STARTS or kind == "contained":
            return self.op(kind)
        if kind in ONE_OPERAND:
            return self.op(kind) + self.encode(rest[0])
        if kind in TWO_OPERANDS:
            return self.op(kind) + self.pair(*rest)
        return getattr(self, "encode_" + kind)(*rest)

    def encode_constant(self, value):
        return self.op("constant") + bytes([2 if value is None else int(value)])

    def encode_and(self, *parts):
        return self.chain("and", parts)

    def encode_or(self, *parts):
        return self.chain("or", parts)

    def chain(self, name, parts):
        code = self.encode(parts[-1])
        for part in reversed(parts[:-1]):
            first = self.encode(part)
            code = self.op(name) + bytes([len(first)]) + first + code
        return code

    def encode_iif(self, condition, then, otherwise):
        first = self.encode(condition)
        return (self.op("iif") + bytes([len(first)]) + first +
                self.pair(then, otherwise))

    def encode_has(self, element):
        if element in self.sure_bits:
            return self.op("has_bit") + bytes([element % 64])
        return self.op("has") + word(element)

    def encode_has_child(self, element):
        return self.op("has_child") + word(element)

    def encode_is(self, type_name, stream):
        return self.op("is") + word(self.model.numbers[type_name]) + self.encode(stream)

    def encode_of_type(self, type_name, stream):
        return self.op("of_type") + word(self.model.numbers[type_name]) + self.encode(stream)

    def encode_child_is(self, element, text):
        return self.op("child_is") + word(element) + self.string(text)

    def encode_child_starts(self, element, text):
        return self.op("child_starts") + word(element) + self.string(text)

    def encode_contained_used(self, _element):
        return self.op("contained_used")

    def encode_compare(self, operator, a, b):
        return self.op(COMPARISONS[operator]) + self.pair(a, b)

    def encode_in_list(self, texts, stream):
        return (self.op("in_list") + bytes([len(texts)]) +
                b"".join(map(self.string, texts)) + self.encode(stream))

    def encode_matches(self, pattern, value):
        return self.op("matches") + self.pattern(pattern) + self.encode(value)

    def encode_path(self, start, *elements):
        return (self.op("path") + self.op(start) + bytes([len(elements)]) +
                b"".join(map(word, elements)))

    def encode_step(self, element, stream):
        return self.op("step") + word(element) + self.encode(stream)

    def encode_child_named(self, name, stream):
        return self.op("child_named") + self.string(name) + self.encode(stream)

    def encode_child_value(self, element):
        return self.op("child_value") + word(element)

    def encode_string(self, text):
        return self.op("string") + self.string(text)

    def encode_integer(self, number):
        return self.op("integer") + bytes([number])

    def encode_boolean(self, value):
        return self.op("boolean") + bytes([value])


class Invariant:
    """One row of constraints.tsv, compiled."""

    def __init__(self, model, row):
        self.model = model
        self.row = row
        self.parent = None      # the type around an element with a shared type
        self.element = None
        path = row["path"]
        self.type_name = path
        if path not in model.by_name:
            self.parent, _, name = path.rpartition(".")
            (self.element,) = [element for element in
                               model.by_name[self.parent].elements
                               if element.name == name]
            self.type_name = (self.element.types[0] if self.element.is_choice
                              else model.value_type(self.element))
        elsewhere = dict(ELSEWHERE)
        if path == "Extension.extension":
            elsewhere["ext-1"] = "as that of the type Extension"
        self.reason = {**UNCHECKED, **elsewhere, **NOTES}.get(row["key"])
        self.checked = row["key"] not in UNCHECKED
        self.term = None
        if self.checked and row["key"] not in elsewhere:
            compiler = Compiler(model, path, self.type_name)
            if self.element is not None and self.element.is_choice:
                compiler.top.types = frozenset(self.element.types)
            self.term = compiler.compile(CORRECTED.get(row["key"], row["expression"]))

    def mentions(self):
        """The elements of its own node that it may look into, as bits."""
        kind = self.model.by_name[self.type_name]
        return mentions(self.term, {element.number for element in all_elements(kind)})

    def needs(self):
        """At most two elements without which it holds, as bits."""
        found = [element for element in sorted(elements_in(self.term))
                 if without(self.term, element) is True]
        bits = list(dict.fromkeys(element % 64 for element in found))
        return (bits + [NO_BIT, NO_BIT])[:2]


def looks_beyond(term):
    """Does a term ask about more than the invariant's own node holds?"""
    if isinstance(term, (tuple, list)):
        return any(map(looks_beyond, term))
    return isinstance(term, str) and term in BEYOND


def mentions(term, elements):
    """A bit for each of these elements that stands in a term; all where it walks
    through elements without their names."""
    bits = 0
    if isinstance(term, (tuple, list)):
        if term and isinstance(term[0], str) and term[0] in UNNAMED:
            return (1 << 64) - 1
        for part in term:
            bits |= mentions(part, elements)
    elif term in elements:
        bits = 1 << (term % 64)
    return bits


def elements_in(term):
    """The elements of the invariant's own node that a term speaks of."""
    found = set()
    if isinstance(term, tuple):
        if term[0] in ("has", "child_value", "child_is", "child_starts", "contained_used"):
            found.add(term[1])
        elif term[:2] == ("path", "this"):
            found.add(term[2])
        for part in term[1:]:
            found |= elements_in(part)
    return found


class Lists:
    """Which invariants each type has."""

    def __init__(self, model, invariants):
        self.model = model
        # elements that share another one's type but have invariants of their
        # own: those of the type do not count for them
        shared = {invariant.type_name for invariant in invariants
                  if invariant.parent and invariant.element.row["contentRef"]}
        self.own = {}
        for number, invariant in enumerate(invariants):
            if not invariant.term:
                continue
            if invariant.parent:
                self.add(invariant.parent, number, invariant.element)
            elif invariant.type_name in shared:
                parent, _, name = invariant.type_name.rpartition(".")
                (element,) = [element for element in
                              model.by_name[parent].elements
                              if element.name == name]
                self.add(parent, number, element)
            else:
                self.add(invariant.type_name, number, None)
        self.numbers = self.number_lists()

    def add(self, type_name, number, element):
        self.own.setdefault(type_name, []).append(
            (number, element.number if element else NO_ELEMENT))

    def is_resource(self, kind):
        while kind.base:
            kind = kind.base
        return kind.name == "Resource"

    def number_lists(self):
        """List 0 is empty, 1 that of resources without any."""
        names = sorted(self.own)
        assert len(names) + 2 < 256
        return {name: i for i, name in enumerate(names, 2)}

    def list_of(self, kind):
        """The number of a type's list: its own or the nearest base's."""
        base = kind
        while base and base.name not in self.own:
            base = base.base
        if base:
            return self.numbers[base.name]
        return 1 if self.is_resource(kind) else 0

    def rows(self):
        """Lists as (first entry, next list, is a resource's), and entries."""
        lists, entries = [(0, 0, 0), (0, 0, 1)], []
        for name in self.numbers:
            kind = self.model.by_name[name]
            following = self.list_of(kind.base) if kind.base else 0
            lists.append((len(entries), following, int(self.is_resource(kind))))
            entries += self.own[name]
        return lists + [(len(entries), 0, 0)], entries


def sure_elements(model, invariants, lists):
    """Elements whose bit no other element has in any type it is asked in."""
    sure, unsure = set(), set()
    for kind in model.types:
        numbers = [element.number for element in all_elements(kind)]
        bits = [number % 64 for number in numbers]
        for number in numbers:
            alone = bits.count(number % 64) == 1
            (sure if alone else unsure).add(number)
    return sure - unsure


def all_elements(kind):
    """The elements of a type and of its bases, which have their numbers."""
    while kind:
        yield from kind.own
        kind = kind.base


def escape(text):
    """A string as it stands between C's quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?")


def string_table(pool):
    lines = ["/* All strings; the tables below hold offsets.  The first is empty. */",
             "static const char r4_invariant_strings[] =", '\t"\\0"']
    lines += [f'\t"{escape(host)}\\0"' for host in pool.hosts[:-1]]
    return lines + [f'\t"{escape(pool.hosts[-1])}";', ""]


class Shifted:
    """The pool with an empty string before it."""

    def __init__(self, strings):
        self.pool = Pool(strings)
        self.hosts = self.pool.hosts
        self.size = self.pool.size + 1
        self.offsets = {"": 0}
        self.offsets.update((text, 1 + offset) for text, offset
                            in self.pool.offsets.items())


def ascii_text(text):
    """A text without signs that the server's encoding may not have."""
    assert text.isascii(), text
    return " ".join(text.split())


def bytes_table(comment, name, data):
    return array(comment, f"uint8_t {name}", list(data), 20)


ROW_TYPES = """\
/* An invariant. */
typedef struct R4InvariantRow
{
	uint16_t	key;			/* offsets into r4_invariant_strings */
	uint16_t	path;
	uint16_t	human;
	uint16_t	expression;
	uint16_t	reason;			/* a remark, or 0 */
	uint16_t	code;			/* offset into r4_invariant_code; 0xFFFF: none */
	uint8_t		severity;
	uint8_t		checked;		/* here or elsewhere */
	uint8_t		outside;		/* looks beyond its node and what is in it */
	uint8_t		need[2];		/* bits of elements without which it holds;
								 * 64: none */
	uint64_t	mentions;		/* bits of elements that it may look into */
} R4InvariantRow;

/* The invariants of a type.  They end where those of the next list begin. */
typedef struct R4InvariantList
{
	uint16_t	first;			/* in r4_invariant_entries */
	uint8_t		next;			/* the list that goes on with it, or 0 */
	uint8_t		resource;		/* is the type a resource? */
} R4InvariantList;

/* An invariant in a list. */
typedef struct R4InvariantEntry
{
	uint16_t	element;		/* of each such child; R4_NO_ELEMENT: of the
								 * node itself */
	uint8_t		invariant;
} R4InvariantEntry;
"""

HEADER = """\
/*
 * r4_invariant_tables.h
 *		The invariants of FHIR R4 (4.0.1), compiled.
 *
 * plain C: no server headers
 *
 * Generated by src/r4/generate/generate_invariants.py from HL7's package
 * hl7.fhir.r4.core 4.0.1, which is in the public domain (CC0-1.0).  Do not
 * edit: change the generator and run it again.  Included by invariant.c; others
 * define R4_NUMBERS_ONLY for the numbers of elements.
 */
"""


def main():
    model = Model(HERE)
    invariants = [Invariant(model, row)
                  for row in read_table(HERE / "constraints.tsv")]
    lists = Lists(model, invariants)
    compiled = [invariant for invariant in invariants if invariant.term]
    encoder = Encoder(model)
    encoder.sure_bits = sure_elements(model, invariants, lists)
    for invariant in compiled:
        encoder.encode(invariant.term)
    texts = {invariant: [ascii_text(invariant.row[name]) for name in
                         ("key", "path", "human", "expression")]
             + [invariant.reason or ""] for invariant in invariants}
    encoder.strings = Shifted(
        {text for row in texts.values() for text in row if text}
        | encoder.used_strings)
    code, offsets = b"", {}
    for invariant in compiled:
        term = encoder.encode(invariant.term)
        at = offsets.setdefault(term, len(code))
        code += term if at == len(code) else b""
        invariant.offset = at
    rows = []
    for invariant in invariants:
        offset = invariant.offset if invariant.term else NO_CODE
        need = invariant.needs() if invariant.term else [NO_BIT, NO_BIT]
        severity = {"error": 0, "warning": 1}[invariant.row["severity"]]
        fields = [encoder.strings.offsets[text] for text in texts[invariant]]
        rows.append("{" + ", ".join(map(str, fields + [
            offset, severity, int(invariant.checked),
            int(looks_beyond(invariant.term))])) +
                    f", {{{need[0]}, {need[1]}}}, {invariant.mentions():#x}}}")
    list_rows, entries = lists.rows()
    assert encoder.strings.size < 0x10000 and len(code) < NO_CODE
    lines = [f"#define R4_NUM_INVARIANTS {len(rows)}",
             f"#define R4_INVARIANT_TYPES {len(model.types)}"]
    for name, owner, element in (
            ("CONTAINED", "DomainResource", "contained"),
            ("RESOURCE_ID", "Resource", "id"),
            ("REFERENCE", "Reference", "reference"),
            ("QUANTITY_VALUE", "Quantity", "value"),
            ("QUANTITY_UNIT", "Quantity", "unit"),
            ("QUANTITY_SYSTEM", "Quantity", "system"),
            ("QUANTITY_CODE", "Quantity", "code")):
        (number,) = [e.number for e in model.by_name[owner].own
                     if e.name == element]
        lines.append(f"#define R4_ELEMENT_{name} {number}")
    lines += ["", "#ifndef R4_NUMBERS_ONLY", ""]
    lines += string_table(encoder.strings)
    lines += bytes_table("The code of the invariants.",
                         "r4_invariant_code", code)
    lines += bytes_table("Patterns: two bytes of length, then what matcher.c reads.",
                         "r4_invariant_patterns", encoder.pattern_code)
    lines += ROW_TYPES.splitlines() + [""]
    lines += array("Invariants in HL7's order.",
                   "R4InvariantRow r4_invariant_rows", rows, 2)
    lines += array("Lists: an empty one, that of resources without invariants, all"
                   " others, the end.", "R4InvariantList r4_invariant_lists",
                   [f"{{{first}, {following}, {resource}}}"
                    for first, following, resource in list_rows], 6)
    lines += array("What is in the lists.",
                   "R4InvariantEntry r4_invariant_entries",
                   [f"{{{element}, {number}}}" for number, element in entries], 8)
    lines += array("The list of each type.", "uint8_t r4_type_invariants",
                   [lists.list_of(kind) for kind in model.types], 20)
    lines += ["#endif"]
    print(HEADER + "\n".join(lines).rstrip())
    print(f"{len(compiled)} of {len(rows)} invariants in {len(code)} bytes,"
          f" {len(encoder.pattern_code)} of patterns, "
          f"{encoder.strings.size} of strings", file=sys.stderr)


if __name__ == "__main__":
    main()
