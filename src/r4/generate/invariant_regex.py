"""Turns the regular expressions of R4's invariants into code for matcher.c.

    compile_pattern("[A-Z]([A-Za-z0-9_]){0,254}") -> bytes

Known are literals, escapes, classes, groups and the counts ? * + {m,n}.  A
pattern always means the whole text, so ^ and $ at its ends say nothing.

matcher.c never goes back: a repeated item takes what it can.  That is right
as long as what may follow it cannot begin like the item itself, which is
checked here; a pattern for which it is not so is an AssertionError.

The code of a pattern is the code of its items in order:

    1 c                     the character c
    2 min max other bits    so many characters of a class: 16 bytes of bits for
                            ASCII, other is 1 when all beyond ASCII belong too
    3 min max length code   so many times the items in the code
"""

UNLIMITED = 255
BEYOND = 128                    # stands for every character beyond ASCII
ALL = frozenset(range(BEYOND + 1))
SPACE = frozenset(map(ord, " \t\n\r\f\v"))


class Reader:
    """A pattern being read; items are ("class", set, min, max) or
    ("group", items, min, max)."""

    def __init__(self, pattern):
        self.left = pattern.removeprefix("^").removesuffix("$")

    def take(self):
        sign, self.left = self.left[0], self.left[1:]
        return sign

    def sequence(self):
        """Items up to the end or a closing parenthesis."""
        items = []
        while self.left and self.left[0] != ")":
            sign = self.take()
            assert sign not in "|^$?*+{", sign
            if sign == "(":
                item = ("group", self.sequence())
                assert self.take() == ")"
            elif sign == "[":
                item = ("class", self.char_class())
            elif sign == ".":
                item = ("class", ALL - {ord("\n")})
            else:
                item = ("class", self.char(sign))
            items.append(item + self.count())
        return items

    def char(self, sign):
        """The set that one sign, perhaps with an escape behind, stands for."""
        if sign != "\\":
            return frozenset({ord(sign)})
        escaped = self.take()
        if escaped == "s":
            return SPACE
        assert not escaped.isalnum(), escaped
        return frozenset({ord(escaped)})

    def char_class(self):
        negated = self.left[0] == "^"
        if negated:
            self.take()
        found = set()
        while (sign := self.take()) != "]":
            chars = self.char(sign)
            if self.left[0] == "-" and self.left[1] != "]":
                self.take()
                (last,) = self.char(self.take())
                chars = range(min(chars), last + 1)
            found |= set(chars)
        return ALL - found if negated else frozenset(found)

    def count(self):
        """How often the item before may stand: least and most."""
        if not self.left or self.left[0] not in "?*+{":
            return 1, 1
        sign = self.take()
        if sign != "{":
            return {"?": (0, 1), "*": (0, UNLIMITED), "+": (1, UNLIMITED)}[sign]
        text, _, self.left = self.left.partition("}")
        least, _, most = text.partition(",")
        assert int(most) < UNLIMITED
        return int(least), int(most)


def first_of(items, then):
    """What a sequence can begin with, when the set then can follow it."""
    found = frozenset()
    for kind, what, least, _ in items:
        found |= what if kind == "class" else first_of(what, frozenset())
        if least > 0:
            return found
    return found | then


def check(items, then):
    """Asserts that no item of a sequence has to give back what it took."""
    for i, (kind, what, least, most) in enumerate(items):
        after = first_of(items[i + 1:], then)
        first = what if kind == "class" else first_of(what, frozenset())
        assert least == most or not first & after, "not to be matched in one go"
        if kind == "group":
            assert all(least > 0 for _, _, least, _ in what[:1])
            check(what, after | (first if most > 1 else frozenset()))


def encode(items):
    code = b""
    for kind, what, least, most in items:
        if kind == "group":
            inner = encode(what)
            code += bytes([3, least, most, len(inner)]) + inner
        elif len(what) == 1 and least == most == 1:
            code += bytes([1, *what])
        else:
            bits = sum(1 << char for char in what if char != BEYOND)
            code += bytes([2, least, most, BEYOND in what])
            code += bits.to_bytes(16, "little")
    return code


def compile_pattern(pattern):
    """The code of a pattern."""
    reader = Reader(pattern)
    items = reader.sequence()
    assert not reader.left, pattern
    # ([a-z]){0,9} is [a-z]{0,9}
    items = [("class", what[0][1], *count) if kind == "group" and len(what) == 1
             and what[0][0] == "class" and what[0][2:] == (1, 1)
             else (kind, what, *count) for kind, what, *count in items]
    check(items, frozenset())
    return encode(items)
