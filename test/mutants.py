#!/usr/bin/env python3
"""Defects for test/mutate: one small, mechanical change of one line of C each.

    test/mutants.py list FOLDER [--count N] [--seed N]
        prints the chosen defects of a folder's C files, one a line:
        file, line, kind and the new line, separated by tabs
    test/mutants.py kinds
        says what the kinds are

A defect is something that a hurried hand could have typed: a comparison
turned, a condition dropped, a call left out, a constant off by one.  Lines
whose change no test could or should see are left alone: messages and hints,
memory that is freed, interrupts, assertions, declarations.
"""
import argparse
import pathlib
import random
import re
import sys

# What stands in such a line is for people, for the memory or for debugging.
LEFT_ALONE = re.compile(r"\b(ereport|errmsg|errmsg_internal|errhint|errdetail|errcontext|errcode|elog|Assert|StaticAssert\w*|"
                        r"pfree|CHECK_FOR_INTERRUPTS|MemoryContextDelete|MemoryContextReset|MemoryContextSwitchTo|"
                        r"ReleaseSysCache|list_free\w*|check_stack_depth|relation_close|table_close|explicit_bzero|"
                        r"PG_FUNCTION_INFO_V1|PG_RETURN_VOID|palloc0?|repalloc|resetStringInfo|initStringInfo)\b")

# kind: (what it is, pattern, replacements)
TURNS = [
    ("comparison", "a comparison is turned or moved by one",
     re.compile(r"(?<=[\w)\] ])(<=|>=|==|!=|(?<![-<>=])<(?![<=])|(?<![->=])>(?![>=]))(?= )"),
     {"<": ["<="], "<=": ["<"], ">": [">="], ">=": [">"], "==": ["!="], "!=": ["=="]}),
    ("logic", "and becomes or, or becomes and",
     re.compile(r"&&|\|\|"), {"&&": ["||"], "||": ["&&"]}),
    ("answer", "true becomes false, false becomes true",
     re.compile(r"(?<=return )(true|false)(?=;)"), {"true": ["false"], "false": ["true"]}),
    ("constant", "a number is off by one",
     re.compile(r"(?<=[ (\[+-])\d+(?=[;)\], ])"), None),
    ("sign", "plus becomes minus, minus becomes plus",
     re.compile(r"(?<=[\w)\]] )[+-](?= [\w(])"), {"+": ["-"], "-": ["+"]}),
]
KINDS = {name: text for name, text, _, _ in TURNS}
KINDS["condition"] = "a condition is dropped: never, or always"
KINDS["call"] = "a call whose result nobody takes is left out"

CONDITION = re.compile(r"^(\s*(?:else )?if )\((.*)\)(\s*\{?)$")
CALL = re.compile(r"^(\s+)[A-Za-z_]\w*\(.*\);$")


def code_lines(text):
    """The numbers and texts of the lines inside functions that hold code alone."""
    comment = body = False
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if line == "{":
            body = True
        elif line == "}":
            body = False
        if comment or stripped.startswith("/*"):
            comment = "*/" not in stripped
            continue
        if body and stripped and not stripped.startswith(("#", "*", "\"")) and not LEFT_ALONE.search(line):
            yield number, line


def without_comment(line):
    return re.sub(r"\s*/\*.*\*/\s*$", "", line)


def defects_of_line(line):
    """The defects of one line: kind and new line."""
    code = without_comment(line)
    strings = [m.span() for m in re.finditer(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])+\'', code)]
    for kind, _, pattern, turned in TURNS:
        for match in pattern.finditer(code):
            if any(a <= match.start() < b for a, b in strings):
                continue
            word = match.group()
            for new in turned[word] if turned else [str(int(word) + 1)]:
                yield kind, code[:match.start()] + new + code[match.end():]
    condition = CONDITION.match(code)
    if condition and condition.group(2).count("(") == condition.group(2).count(")"):
        yield "condition", condition.group(1) + "(false)" + condition.group(3)
        yield "condition", condition.group(1) + "(true)" + condition.group(3)
    if CALL.match(code) and code.count("(") == code.count(")"):
        yield "call", CALL.match(code).group(1) + ";"


def defects(folder):
    for path in sorted(pathlib.Path(folder).rglob("*.c")):
        for number, line in code_lines(path.read_text()):
            for kind, new in defects_of_line(line):
                yield path, number, kind, new


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("what", choices=["list", "kinds"])
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.what == "kinds":
        for kind, text in KINDS.items():
            print(f"{kind}: {text}")
        return
    found = list(defects(args.folder))
    chosen = random.Random(args.seed).sample(found, min(args.count, len(found)))
    print(f"{len(found)} defects are possible in {args.folder}, {len(chosen)} are chosen", file=sys.stderr)
    for path, number, kind, new in sorted(chosen, key=lambda d: (str(d[0]), d[1], d[2], d[3])):
        print(path, number, kind, new, sep="\t")


if __name__ == "__main__":
    main()
