#!/usr/bin/env python3
"""Tests R4's invariants: their parser, patterns and comparisons, and cases.

    invariants.py program [examples]

program is invariant_test, examples a file of HL7's example resources, one a line.

invariants.tsv has for each invariant that is checked resources of which it
holds and others that violate it; one that lacks either is a failure.  What a
case is not about may be wrong in it.  Patterns are compared with Python's re,
decimals and times with its decimal and datetime, on random texts.  All of
HL7's examples must satisfy all invariants of severity error.
"""

import collections
import csv
import datetime
import decimal
import json
import pathlib
import random
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
TABLES = HERE.parent.parent / "src" / "r4" / "generate"
sys.path.insert(0, str(TABLES))
sys.dont_write_bytecode = True

import fhirpath                                     # noqa: E402
import invariant_compiler                           # noqa: E402
import invariant_regex                              # noqa: E402
from generate import Model, read_table              # noqa: E402

PROGRAM, EXAMPLES = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
passed = failed = 0


def check(condition, subject):
    """Counts one assertion."""
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print("failed:", subject)


def ask(lines, *mode):
    """What the program says to lines of input, one line each."""
    result = subprocess.run([PROGRAM, *mode], input="".join(
        line + "\n" for line in lines), capture_output=True, text=True, check=True)
    return result.stdout.splitlines()


def test_parser():
    name = lambda text, source=None: ("name", source, text)
    for text, tree in (
            ("a", name("a")), ("a.`div`", name("div", name("a"))),
            ("$this", ("this",)), ("%resource.a", name("a", ("variable", "resource"))),
            ("a or b and c", ("binary", "or", name("a"),
                              ("binary", "and", name("b"), name("c")))),
            ("a = b | c", ("binary", "=", name("a"),
                           ("binary", "|", name("b"), name("c")))),
            ("a | b & c", ("binary", "|", name("a"),
                           ("binary", "&", name("b"), name("c")))),
            ("a < b = c", ("binary", "=", ("binary", "<", name("a"), name("b")),
                           name("c"))),
            ("a in b = c", ("binary", "in", name("a"),
                            ("binary", "=", name("b"), name("c")))),
            ("a implies b or c", ("binary", "implies", name("a"),
                                  ("binary", "or", name("b"), name("c")))),
            ("a is B implies c", ("binary", "implies",
                                  ("binary", "is", name("a"), "B"), name("c"))),
            ("a.contains('b\\'')", ("call", name("a"), "contains", [("literal", "b'")])),
            ("a contains b", ("binary", "contains", name("a"), name("b"))),
            ("(a or b).not()", ("call", ("binary", "or", name("a"), name("b")),
                                "not", [])),
            ("iif(a, 1, true)", ("call", None, "iif", [
                name("a"), ("literal", 1), ("literal", True)]))):
        check(fhirpath.parse(text) == tree, text)
    for text in ("", "a.", "a b", "(a", "a)", "a(", "a +", "a[0]", "a * b", "'a",
                 "a.1", "@2020", "a is", "a(b c)"):
        try:
            fhirpath.parse(text)
            check(False, f"parses: {text}")
        except (SyntaxError, IndexError) as error:
            check(isinstance(error, SyntaxError), text)


def patterns():
    """All patterns of the invariants."""
    found = set()
    for row in read_table(TABLES / "constraints.tsv"):
        pending = [fhirpath.parse(row["expression"])]
        while pending:
            tree = pending.pop()
            if tree[:1] == ("call",) and tree[2] == "matches":
                found.add(tree[3][0][1])
            pending += [part for part in tree if isinstance(part, tuple)]
            pending += [part for parts in tree if isinstance(parts, list)
                        for part in parts]
    return sorted(found)


def test_patterns(source):
    for pattern in patterns():
        code = invariant_regex.compile_pattern(pattern).hex()
        code = (len(code) // 2).to_bytes(2, "little").hex() + code
        texts = ["", "A", "http://hl7.org/fhirpath/System.String"]
        pieces = ["a", "Z", "9", "_", ".", "[x]", ":", "-", "/", "ä", "名", " ",
                  "[", "x" * 60, "b" * 5, "Q" * 254, "http://hl7.org/fhirpath/System."]
        texts += ["".join(source.choices(pieces, k=source.randint(1, 6)))
                  for _ in range(3000)]
        answers = ask([f"{code}\t{text}" for text in texts], "--patterns")
        wrong = [text for text, answer in zip(texts, answers)
                 if answer != str(int(bool(re.fullmatch(pattern, text))))]
        check(len(answers) == len(texts) and not wrong, f"{pattern}: {wrong[:3]}")
    for pattern in ("a*a", "(a|b)", "(ab)*a", "a{0,3}a"):
        try:
            invariant_regex.compile_pattern(pattern)
            check(False, f"compiles: {pattern}")
        except AssertionError:
            check(True, pattern)


def random_decimal(source):
    digits = lambda least, most: "".join(source.choices(
        "0012", k=source.randint(least, most)))
    text = source.choice(("", "-")) + (digits(0, 3).lstrip("0") or "0")
    if source.random() < 0.7:
        text += "." + digits(1, 4)
    if source.random() < 0.5:
        text += source.choice("eE") + source.choice(("", "+", "-")) + digits(1, 2)
    return text


def random_time(source):
    text = f"20{source.choice((19, 20))}"
    if source.random() < 0.9:
        text += f"-{source.choice((1, 2, 3, 12)):02}"
        if source.random() < 0.9:
            text += f"-{source.choice((1, 2, 28)):02}"
            if source.random() < 0.7:
                text += f"T{source.choice((0, 1, 23)):02}:{source.choice((0, 59)):02}:00"
                text += source.choice(("", ".5", ".50", ".501", ".0"))
                text += source.choice(("Z", "+00:00", "-01:00", "+08:00", "+05:30"))
    return text


def expected_order(a, b):
    """The order of two times, as Python's datetime sees it."""
    if "T" in a and "T" in b:
        a, b = (datetime.datetime.fromisoformat(x.replace("Z", "+00:00").replace(
            ".501", ".501000").replace(".50+", ".500000+").replace(".50-", ".500000-")
            .replace(".5+", ".500000+").replace(".5-", ".500000-")
            .replace(".0+", ".000000+").replace(".0-", ".000000-")) for x in (a, b))
        return str((a > b) - (a < b))
    x, y = (text[:10].split("-") for text in (a, b))
    for one, other in zip(x, y):
        if one != other:
            return "1" if one > other else "-1"
    return "0" if len(a) == len(b) else "x"


def test_comparisons(source):
    pairs = [(random_decimal(source), random_decimal(source)) for _ in range(5000)]
    pairs += [("1e999999999999999999", "1e99999"), ("0e9", "-0"), ("1", "1.000")]
    answers = ask([f"d\t{a}\t{b}" for a, b in pairs], "--compare")
    wrong = []
    for (a, b), answer in zip(pairs, answers):
        if len(a) > 15:
            good = answer == "1"
        else:
            x, y = decimal.Decimal(a), decimal.Decimal(b)
            good = answer == str((x > y) - (x < y))
        wrong += [] if good else [(a, b, answer)]
    check(len(answers) == len(pairs) and not wrong, f"decimals: {wrong[:3]}")

    pairs = [(random_time(source), random_time(source)) for _ in range(5000)]
    answers = ask([f"t\t{a}\t{b}" for a, b in pairs], "--compare")
    wrong = [(a, b, answer) for (a, b), answer in zip(pairs, answers)
             if answer != expected_order(a, b)]
    check(len(answers) == len(pairs) and not wrong, f"times: {wrong[:3]}")


def test_cases():
    with open(HERE / "invariants.tsv", encoding="utf-8") as file:
        cases = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    answers = ask([case["resource"] for case in cases])
    check(len(answers) == len(cases), "an answer to each case")
    seen = collections.defaultdict(set)
    for case, answer in zip(cases, answers):
        keys = {fault.split("@")[0] for fault in answer.split()}
        seen[case["path"], case["key"]].add(case["verdict"])
        check((case["key"] in keys) == (case["verdict"] == "violated"),
              f"{case['key']} {case['verdict']}: {case['resource'][:200]}: {answer}")
    listed = [line.split("\t") for line in ask([], "--list")]
    rows = read_table(TABLES / "constraints.tsv")
    check([line[:3] for line in listed] ==
          [[row["key"], row["path"], " ".join(row["expression"].split())]
           for row in rows], "the list is HL7's")
    for key, path, _, reason, is_checked, compiled in listed:
        both = seen[path, key] == {"holds", "violated"}
        check(both == (compiled == "1"), f"{path} {key}: a case of each verdict")
        check(reason or compiled == "1", f"{path} {key}: a reason")
        check(is_checked == "1" or compiled == "0", f"{path} {key}: compiled")


def test_places():
    """A fault is told of the node whose invariant it is, and told once."""
    for resource, expected in (
            ('{"resourceType":"Organization","name":"x","telecom":[{"use":"home"}],'
             '"text":{"div":"x"}}', "org-3@telecom"),
            ('{"resourceType":"TestScript","text":{"div":"x"},"name":"X","test":[{"action":'
             '[{"operation":{"label":"x"}}]}]}', "tst-8@operation"),
            ('{"resourceType":"TestScript","text":{"div":"x"},"name":"X","setup":{"action":'
             '[{"operation":{"label":"x"}}]}}', "tst-7@operation"),
            ('{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET",'
             '"url":"x"},"resource":{"resourceType":"Patient","text":{"div":"x"},'
             '"telecom":[{"value":"1"}]}}]}', "cpt-2@telecom"),
            ('{"resourceType":"Patient","text":{"div":"x"},"birthDate":"2020",'
             '"_birthDate":{"extension":[{"url":"u"}]}}', "ext-1@extension"),
            ("[]", ""), ("1", ""), ('{"resourceType":"Nothing"}', "")):
        answer = ask([resource])
        check([line.strip() for line in answer] == [expected], f"{resource}: {answer}")


def test_large():
    """What compares many with many takes no quadratic time, nor gives up."""
    entries = [{"fullUrl": f"urn:{i}"} for i in range(20000)]
    many = lambda kind: {"resourceType": "Patient", "contained": [
        {"resourceType": "Organization", "id": f"o{i}"} for i in range(20000)],
        "extension": [{"url": "u", "valueUri": f"#o{i}"} for i in range(kind)]}
    bundle = {"resourceType": "Bundle", "type": "collection"}
    referring = many(20000) | {"link": [
        {"other": {"reference": f"#o{i}"}} for i in range(20000)]}
    answers = ask([json.dumps(x) for x in (
        bundle | {"entry": entries}, bundle | {"entry": entries + [entries[9000]]},
        many(20000), many(19999), referring)])
    for answer, key, expected in zip(
            answers, ("bdl-7@", "bdl-7@", "dom-3@", "dom-3@", "ref-1@"),
            (False, True, False, True, False), strict=True):
        check((key in answer) == expected, f"{key} of many: {answer[:80]}")


def test_examples():
    warnings = {row["key"] for row in read_table(TABLES / "constraints.tsv")
                if row["severity"] == "warning"}
    with open(EXAMPLES, encoding="utf-8") as file:
        examples = file.read().splitlines()
    for example, answer in zip(examples, ask(examples), strict=True):
        errors = [fault for fault in answer.split()
                  if fault.split("@")[0] not in warnings]
        check(not errors, f"{example[:80]}: {errors}")


def main():
    source = random.Random(4)
    test_parser()
    test_patterns(source)
    test_comparisons(source)
    test_cases()
    test_places()
    test_large()
    if EXAMPLES:
        test_examples()
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
