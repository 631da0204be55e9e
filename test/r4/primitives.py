#!/usr/bin/env python3
"""Compares the forms of primitives with R4's regular expressions.

    primitives.py primitives.tsv check_test [count [seed]]

Makes texts for each primitive of the table: good ones, those with a few
characters changed, and noise.  Each must be judged by check_test --forms as by
the expression, with what R4 says beside it: days are in the calendar, whole
numbers have 32 bits, texts are not empty and have no control characters, and
base64 is padded at its end only.  Prints differences, at the end
"N passed, N failed".
"""

import calendar
import random
import re
import subprocess
import sys

SEEDS = {
    "base64Binary": ["QUJD", "QUI=", "QQ==", "QUJD QUJD", "QUJD\nQUI=", " QUJD "],
    "boolean": ["true", "false"],
    "canonical": ["http://a.example/b|1.0", "urn:x"],
    "code": ["a", "a b", "a-b c"],
    "date": ["1970", "1970-05", "1970-05-31", "2024-02-29", "2000-02-29", "1900-02-28"],
    "dateTime": ["1970", "1970-05", "1970-05-31", "2024-02-29T23:59:60Z", "1970-01-01T00:00:00.123+08:00",
                 "1970-01-01T00:00:00-14:00", "1970-01-01T00:00:00+13:59"],
    "decimal": ["0", "-1.50", "1e10", "12.5E-3", "-0.0", "100"],
    "id": ["a", "A.b-1", "x" * 64, "x" * 63],
    "instant": ["2024-02-29T23:59:60Z", "1970-01-01T00:00:00.123+08:00", "1970-12-31T00:00:00-14:00"],
    "integer": ["0", "-0", "1", "-1", "2147483647", "-2147483648", "2147483648", "99999999999"],
    "markdown": ["a", "a\n\tb", " "],
    "oid": ["urn:oid:1.2.3", "urn:oid:2.0", "urn:oid:0.1.10"],
    "positiveInt": ["1", "2147483647", "10"],
    "string": ["a", "a b", "\u7dda", "a\r\n"],
    "time": ["10:00:00", "23:59:60", "00:00:00.5"],
    "unsignedInt": ["0", "1", "2147483647"],
    "uri": ["http://a.example/b?c=d#e", "x", "urn:oid:1.2"],
    "url": ["https://a.example", "mailto:a@a.example"],
    "uuid": ["urn:uuid:c757873d-ec9a-4326-a141-556f43239520"],
}
ALPHABET = "0123456789-+:.TZeE=/ \t\n\r\v\f\x01\x1f\x7fabfxyzAF_|#\u7dda\u00a0\u0660"


def make_text(seeds, rng):
    """A seed with up to three changes, or now and then noise."""
    if rng.random() < 0.05:
        return "".join(rng.choices(ALPHABET, k=rng.randrange(1, 12)))
    text = list(rng.choice(seeds))
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
        place = rng.randrange(len(text) + 1)
        change = rng.randrange(4)
        if change == 0:
            text.insert(place, rng.choice(ALPHABET))
        elif place < len(text) and change == 1:
            del text[place]
        elif place < len(text) and change == 2 and text[place].isdigit():
            text[place] = rng.choice("0123456789")
        elif place < len(text):
            text[place] = rng.choice(ALPHABET)
    return "".join(text)


def is_good(kind, expression, text):
    """What R4 says of a text: its expression, and the words beside it."""
    if not text or not expression.fullmatch(text):
        return False
    if kind in ("date", "dateTime", "instant") and len(text) >= 10:
        year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
        return day <= calendar.monthrange(year, month)[1]
    if kind in ("integer", "positiveInt", "unsignedInt"):
        return -2**31 <= int(text) < 2**31
    if kind == "base64Binary":
        return re.fullmatch(r"[^=]*={0,2}\s*", text) is not None
    return not any(c < " " and c not in "\t\n\r" for c in text)


def main():
    table, program = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 4000
    rng = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    rows = [line.rstrip("\n").split("\t") for line in open(table, encoding="utf-8")][1:]
    # ASCII: what white space and digits are does not depend on Unicode
    kinds = {kind: re.compile(expression, re.ASCII) for kind, _, expression in rows if expression}
    assert set(kinds) == set(SEEDS), "primitives of the table and of this program"

    cases = [(kind, text) for kind in kinds for text in SEEDS[kind]]
    cases += [(kind, make_text(SEEDS[kind], rng)) for kind in kinds for _ in range(count)]
    answers = subprocess.run(
        [program, "--forms"], check=True, stdout=subprocess.PIPE, text=True,
        input="".join(f"{kind}\t{text.encode().hex()}\n" for kind, text in cases)).stdout.split()
    assert len(answers) == len(cases)
    failed = 0
    for (kind, text), answer in zip(cases, answers):
        if is_good(kind, kinds[kind], text) != (answer == "1"):
            failed += 1
            print(f"{kind}: {text!r} is {'good' if answer == '1' else 'bad'} for us alone")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
