#!/usr/bin/env python3
"""Compares what the validators found: ours, medplum's, and ajv on HL7's schema.

	compare.py mutations.ndjson findings.ndjson ... > table.md

The findings are lines of peers.cjs and of ours.sql, of the mutations, of the
good resources and of the official examples.  Whoever has no line took no part.
Prints the table of mutations refused by kind, the invariants that each peer
missed, the peers' false alarms, and what failed; last "N passed, N failed".

A test is:
	ours on a mutation: an error at the expected place, as jsonb and as json;
	ours on a good resource: no error but the known faults, and all of those;
	a peer on a good resource: no fault that is neither a known fault nor a known false alarm.
"""

import collections
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kinds_invariants  # noqa: E402
from known import Alarms, real_faults  # noqa: E402

NAMES = {"ours": "fhir_validate", "medplum": "@medplum/core", "ajv": "ajv, HL7's schema"}
SHOWN = 40		# failures that are printed
GROUPS = [
    ("wrong JSON type", ["wrong JSON type", "primitive for an object"]),
    ("wrong cardinality", ["array for a single value", "second value", "single value for an array"]),
    ("null, empty string, object or array", ["null", "array of null", "empty string", "empty object", "empty array"]),
    ("unknown or misplaced element", ["unknown element", "misplaced element"]),
    ("missing required element", ["missing required element"]),
    ("half a choice, two choices", ["half a choice", "two choices"]),
    ("`_twin` misaligned or misused", ["_twin of an array", "_twin of a single value", "_twin of an object"]),
    ("bad date, dateTime, instant, time", ["bad date", "bad dateTime", "bad instant", "bad time"]),
    ("bad uri, url, canonical, oid, uuid", ["bad uri", "bad url", "bad canonical", "bad oid", "bad uuid"]),
    ("bad id, base64Binary, string, code", ["bad id", "bad base64Binary", "bad string", "blanks in a code"]),
    ("integer with a fraction or out of range", ["integer with a fraction", "integer out of range"]),
    ("outside a required binding", ["code outside a required binding", "concept outside a required binding"]),
    ("bad narrative or narrative status", ["bad narrative", "bad narrative status"]),
    ("reference dangling, to a wrong type, of two types", ["reference to a wrong type", "reference to a contained wrong type",
                                               "reference and type disagree", "dangling # reference"]),
    ("contained resources, dom-*", ["contained without id", "fault in a contained resource", "invariant dom-"]),
    ("Bundle entries, bdl-*", ["entry without type", "invariant bdl-"]),
    ("invariants of data types", ["comparator in a SimpleQuantity"] + ["invariant %s" % rule for rule, _, _ in kinds_invariants.TYPES]),
    ("invariants of resources", ["invariant "]),
]


def group_of(kind):
    """The table's row of a kind; a name that ends with a dash or a blank stands for all that begin so."""
    for name, members in GROUPS:
        if any(kind == m or m[-1] in "- " and kind.startswith(m) for m in members):
            return name
    raise ValueError("the kind %s has no row" % kind)


def errors(faults):
    return [f for f in faults if f["severity"] in ("error", "fatal")]


def at_place(fault, expected):
    """Is this the expected fault?  An invariant may be reported more exactly, at a place below, when it is named."""
    where, wanted = fault["where"] or "", expected["expression"]
    if where == wanted:
        return True
    named = expected.get("rule", "no rule") in (fault["message"] or "")
    return where.startswith((wanted + ".", wanted + "[")) and (named or "within" in expected)


def same_places(faults, places):
    """Is there a fault at or below each of the places, and none elsewhere?"""
    def hits(fault, place):
        return at_place(fault, {"expression": place, "within": True})
    return (all(any(hits(f, place) for f in faults) for place in places)
            and all(any(hits(f, place) for place in places) for f in faults))


class Comparison:
    """The findings by peer and id, and what came of comparing them."""

    def __init__(self, mutations, files):
        self.mutations = mutations
        self.found = collections.defaultdict(dict)
        for name in files:
            with open(name, encoding="utf-8") as file:
                for line in map(json.loads, file):
                    self.found[line["peer"]][line["id"]] = line
        self.peers = [p for p in NAMES if p in self.found]
        self.faults = real_faults()
        self.alarms = Alarms()
        self.passed = 0
        self.failures = []
        self.other_codes = collections.Counter()

    def check(self, good, failure):
        if good:
            self.passed += 1
        else:
            self.failures.append(failure)

    def refused(self, peer, mutation):
        """Did a peer report an error that it does not report of the base?"""
        base = errors(self.found[peer].get(mutation["base"], {"faults": []})["faults"])
        known = {(f["where"], f["message"]) for f in base}
        return any((f["where"], f["message"]) not in known for f in errors(self.found[peer][mutation["id"]]["faults"]))

    def judge_mutations(self):
        for mutation in self.mutations if "ours" in self.found else []:
            line = self.found["ours"][mutation["id"]]
            expected = mutation["expected"]
            hits = [f for f in errors(line["faults"]) if at_place(f, expected)]
            json_hits = [f for f in errors(line["json"]) if at_place(f, expected)]
            others = [p for p in self.peers if p != "ours" and self.refused(p, mutation)]
            self.check(hits and json_hits and not line["valid"] and not line["json_valid"],
                       "%s: expected %s at %s; ours %s%s" % (mutation["id"], expected.get("rule", expected["code"]),
                                                              expected["expression"], summary(line),
                                                              "; refused by " + " and ".join(others) if others else ""))
            if hits and all(f["code"] != expected["code"] for f in hits):
                self.other_codes[expected["code"], hits[0]["code"]] += 1

    def judge_good(self):
        """The good resources: ours to the letter, the peers' faults all known."""
        mutated = {m["id"] for m in self.mutations}
        for peer in self.peers:
            for name, line in self.found[peer].items():
                if name in mutated:
                    continue
                real = self.faults.get(name, set())
                if peer == "ours":
                    self.check(all(same_places(errors(line[form]), real) for form in ("faults", "json"))
                               and line["valid"] == line["json_valid"] == (not real),
                               "%s: expected %s; ours %s" % (name, sorted(real) or "no error", summary(line)))
                    continue
                unknown = [f for f in line["faults"] if f["where"] not in real and not self.alarms.explains(peer, name, f)]
                self.check(not unknown, "%s: %s: %s" % (name, peer, unknown[:3]))

    def table(self):
        """The table of the README, as lines."""
        rows = collections.defaultdict(collections.Counter)
        for mutation in self.mutations:
            row = rows[group_of(mutation["kind"])]
            row["all"] += 1
            row.update(p for p in self.peers if self.refused(p, mutation))
        yield "| fault | mutations | " + " | ".join(NAMES[p] for p in self.peers) + " |"
        yield "|---|---" + "|---" * len(self.peers) + "|"
        rows["together"] = sum(rows.values(), collections.Counter())
        for name in [name for name, _ in GROUPS if name in rows] + ["together"]:
            yield "| %s | %d | %s |" % (name, rows[name]["all"], " | ".join(str(rows[name][p]) for p in self.peers))

    def missed(self):
        """A line for each peer with the kinds of which it refused none, and those of which it missed some."""
        for peer in self.peers:
            kinds = collections.defaultdict(list)
            for mutation in self.mutations:
                kinds[mutation["kind"]].append(self.refused(peer, mutation))
            none = [k for k, got in kinds.items() if not any(got)]
            some = ["%s (%d of %d)" % (k, len(got) - sum(got), len(got)) for k, got in kinds.items() if any(got) and not all(got)]
            yield "%s refuses none: %s" % (NAMES[peer], ", ".join(none) or "-")
            yield "%s misses some: %s" % (NAMES[peer], ", ".join(some) or "-")

    def false_alarms(self):
        for line, seen in zip(self.alarms.lines, self.alarms.seen):
            if seen:
                yield "%s, %d times: %s%s: %s" % (NAMES[line["peer"]], seen, line["message"],
                                                  " at " + line["where"] if line["where"] else "", line["why"])


def summary(line):
    """What ours said, short."""
    faults = ["%s %s at %s" % (f["severity"], f["code"], f["where"]) for f in line["faults"]][:4]
    if sorted(map(str, line["json"])) != sorted(map(str, line["faults"])):
        faults.append("json differs from jsonb")
    return "%s, valid %s, as json %s" % (faults or "no fault", line["valid"], line["json_valid"])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        mutations = [json.loads(line) for line in file]
    comparison = Comparison(mutations, sys.argv[2:])
    comparison.judge_mutations()
    comparison.judge_good()
    print("\n".join(comparison.table()))
    for title, lines in (("Missed:", comparison.missed()), ("False alarms on the good resources:", comparison.false_alarms())):
        print("\n%s\n" % title + "\n".join("- " + line for line in lines))
    for (expected, got), times in comparison.other_codes.most_common():
        print("- another issue code, %d times: %s for %s" % (times, got, expected))
    for failure in comparison.failures[:SHOWN]:
        print("FAILED " + failure)
    print("%d passed, %d failed" % (comparison.passed, len(comparison.failures)))


main()
