#!/usr/bin/env python3
"""Makes fold_tables.h: what fhir_fold makes of a character.

    python3 src/base/generate_fold.py > src/base/fold_tables.h

Run by hand; the output is committed, so that indexes on fhir_fold() stay good
whatever Unicode the server, the system or Python is at.  A character becomes
its compatibility decomposition without combining marks, case folded, again and
again until nothing changes.  Hangul syllables stay as they are.
"""

import sys
import unicodedata

HANGUL = range(0xAC00, 0xD7A4)


def fold(text):
    """Folds a text; repeated, since folding case may give what decomposes."""
    while True:
        parts = (c if ord(c) in HANGUL else unicodedata.normalize("NFKD", c) for c in text)
        kept = "".join(c for part in parts for c in part if not unicodedata.combining(c))
        folded = "".join(c if ord(c) in HANGUL else c.casefold() for c in kept)
        if folded == text:
            return folded
        text = folded


def main():
    entries = []
    for code in range(0x80, 0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        folded = fold(chr(code))
        if folded != chr(code):
            entries.append((code, folded.encode()))
    pool = b""
    offsets = {}
    lines = []
    for code, folded in sorted(entries, key=lambda entry: -len(entry[1])):
        if folded not in offsets:
            found = pool.find(folded)
            offsets[folded] = found if found >= 0 else len(pool)
            pool += b"" if found >= 0 else folded
    for code, folded in entries:
        lines.append("{%d,%d,%d}," % (code, offsets[folded], len(folded)))
    print("/*\n * fold_tables.h\n *\t\tWhat fhir_fold makes of a character, made by generate_fold.py from\n"
          " *\t\tUnicode %s.\n */" % unicodedata.unidata_version)
    print("static const unsigned char fold_bytes[] = {")
    for i in range(0, len(pool), 24):
        print("\t" + "".join("%d," % byte for byte in pool[i:i + 24]))
    print("};\n\n/* Code point, where its bytes begin, how many. */")
    print("static const FoldEntry fold_entries[] = {")
    for i in range(0, len(lines), 8):
        print("\t" + "".join(lines[i:i + 8]))
    print("};")
    print("%d characters, %d bytes" % (len(lines), len(pool)), file=sys.stderr)


if __name__ == "__main__":
    main()
