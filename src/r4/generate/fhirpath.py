"""Parses FHIRPath, as far as the invariants of FHIR R4 use it, to a tree.

    parse("name.exists() or name.where(use = 'home').empty()")

A tree is a tuple whose first member says what it is:

    ("name", source, name)          a child by its name; source is a tree, or
                                    None where the path begins
    ("call", source, name, args)    a function, its arguments as trees
    ("binary", operator, a, b)      any operator between two operands; those of
                                    types (is, as) have a type's name as b
    ("literal", value)              a string, an integer or a boolean
    ("variable", name)              %resource and its like
    ("this",)                       $this

Grammar and precedence are those of http://hl7.org/fhirpath/N1.  What the
invariants do not use (arithmetic but +, indexers, dates, quantities) is a
SyntaxError, so that a new expression cannot be misread.
"""

import re

TOKEN = re.compile(r"""
    (?P<space> \s+) |
    (?P<string> '(?: [^'\\] | \\. )*') |
    (?P<number> \d+) |
    (?P<variable> %[A-Za-z][A-Za-z0-9]*) |
    (?P<this> \$this) |
    (?P<name> [A-Za-z_][A-Za-z0-9_]* | `[^`]+`) |
    (?P<sign> <= | >= | != | [-.,()|&+=<>])
""", re.VERBOSE)

# Operators by how tightly they bind, loosest first.  All bind to the left.
LEVELS = (("implies",), ("or", "xor"), ("and",), ("in", "contains"),
          ("=", "!="), ("<", "<=", ">", ">="), ("|",), ("is", "as"), ("+", "&"))

ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


def unescape(text):
    """A string literal's value: without its quotes and escapes."""
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]),
                  text[1:-1])


def tokens_of(text):
    """The tokens as (kind, text); an empty one is at the end."""
    tokens, position = [], 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if not match:
            raise SyntaxError(f"unknown sign at {position} in {text}")
        if match.lastgroup != "space":
            tokens.append((match.lastgroup, match[0]))
        position = match.end()
    return tokens + [("end", "")]


class Parser:
    """One expression.  Each method takes what it is named after."""

    def __init__(self, text):
        self.text = text
        self.tokens = tokens_of(text)

    def next_is(self, *texts):
        """Is the next token one of these words or signs?"""
        kind, text = self.tokens[0]
        return kind in ("name", "sign") and text in texts

    def take(self, expected=None):
        """Takes the next token, which must be the expected sign if given."""
        kind, text = self.tokens.pop(0)
        if kind == "end" or expected not in (None, text):
            raise SyntaxError(f"{expected or 'more'} expected in {self.text}")
        return kind, text

    def expression(self, level=0):
        if level == len(LEVELS):
            return self.path()
        tree = self.expression(level + 1)
        while self.next_is(*LEVELS[level]):
            operator = self.take()[1]
            right = (self.name() if operator in ("is", "as")
                     else self.expression(level + 1))
            tree = ("binary", operator, tree, right)
        return tree

    def path(self):
        tree = self.term()
        while self.next_is("."):
            self.take()
            tree = self.invocation(tree)
        return tree

    def term(self):
        kind, text = self.tokens[0]
        if kind == "name" and text not in ("true", "false"):
            return self.invocation(None)
        self.take()
        if text == "(":
            tree = self.expression()
            self.take(")")
            return tree
        if kind == "this":
            return ("this",)
        if kind == "variable":
            return ("variable", text[1:])
        if kind == "string":
            return ("literal", unescape(text))
        if kind == "number":
            return ("literal", int(text))
        if kind == "name":
            return ("literal", text == "true")
        raise SyntaxError(f"operand expected at {text} in {self.text}")

    def name(self):
        kind, text = self.take()
        if kind != "name":
            raise SyntaxError(f"name expected at {text} in {self.text}")
        return text.strip("`")

    def invocation(self, source):
        name = self.name()
        if not self.next_is("("):
            return ("name", source, name)
        self.take()
        args = []
        while not self.next_is(")"):
            args.append(self.expression())
            if not self.next_is(")"):
                self.take(",")
        self.take(")")
        return ("call", source, name, args)


def parse(text):
    """The tree of an expression; SyntaxError when it is not understood."""
    parser = Parser(text)
    tree = parser.expression()
    if parser.tokens[0][0] != "end":
        raise SyntaxError(f"end expected at {parser.tokens[0][1]} in {text}")
    return tree
