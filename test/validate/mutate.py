#!/usr/bin/env python3
"""Makes resources with one fault each out of good ones.

	mutate.py --definitions DIR [--seed N] [--count N] [--kind TEXT] [--skip FILE] good.ndjson ... > mutations.ndjson

Each line is a JSON object: id; kind; base, the good resource as
file/Type/id; expected: the FHIRPath expression where a validator must report
an error (or below it, if within is true), its issue code, and the invariant's
key if it is one; and resource.

The same seed, count and files give the same lines.  Kinds take turns, so that
each has about count / kinds mutations.  --skip names a file of known faults:
JSON lines with base, whose resources are not used.
"""

import argparse
import json
import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kinds_invariants  # noqa: E402
import kinds_structure  # noqa: E402
import kinds_values  # noqa: E402
import kinds_whole  # noqa: E402
from definitions import Definitions  # noqa: E402
from subject import Subject  # noqa: E402

TRIES = 60		# resources that are tried before a kind is passed over
LARGE = 40000	# bytes; larger resources only slow the comparison down


def read_resources(files):
    """The resources of NDJSON files, by file/Type/id."""
    resources = {}
    for name in files:
        with open(name, encoding="utf-8") as file:
            for line in file:
                resource = json.loads(line)
                stem = os.path.basename(name).removesuffix(".ndjson")
                resources["%s/%s/%s" % (stem, resource["resourceType"], resource["id"])] = resource
    return resources


def all_kinds(definitions):
    return {**kinds_structure.KINDS, **kinds_values.KINDS, **kinds_whole.KINDS, **kinds_invariants.kinds(definitions)}


def one(definitions, resources, kind, harm, rng, seen):
    """A mutation of a kind that was not made before: (base, resource, fault), or None."""
    names = sorted(resources)
    for _ in range(TRIES):
        base = rng.choice(names)
        subject = Subject(definitions, resources[base], rng)
        fault = harm(subject)
        if fault is None or subject.resource == resources[base]:
            continue
        text = json.dumps(subject.resource, sort_keys=True)
        if text not in seen:
            seen.add(text)
            return base, subject.resource, fault
    # A kind that fits few resources: look for one that has a place for it.
    fitting = [n for n in names if harm(Subject(definitions, resources[n], random.Random(0)))]
    for base in fitting:
        subject = Subject(definitions, resources[base], rng)
        fault = harm(subject)
        text = json.dumps(subject.resource, sort_keys=True)
        if fault and text not in seen and subject.resource != resources[base]:
            seen.add(text)
            return base, subject.resource, fault
    return None


def mutations(definitions, resources, seed, count, only):
    """Yields count mutations, or fewer when no kind has a new one."""
    kinds = {name: harm for name, harm in all_kinds(definitions).items() if only is None or only in name}
    seen = set()
    made = 0
    turn = 0
    while made < count and kinds:
        for name in list(kinds):
            rng = random.Random("%s %s %d" % (seed, name, turn))
            mutation = one(definitions, resources, name, kinds[name], rng, seen)
            if mutation is None:
                del kinds[name]
                continue
            base, resource, fault = mutation
            made += 1
            yield {"id": "%s-%d-%d" % (name.replace(" ", "-"), seed, turn), "kind": name, "base": base,
                   "expected": fault.expected(), "resource": resource}
            if made == count:
                return
        turn += 1


def write(line):
    json.dump(line, sys.stdout, ensure_ascii=False, separators=(",", ":"))
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--definitions", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--kind")
    parser.add_argument("--skip")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    resources = read_resources(options.files)
    if options.skip:
        with open(options.skip, encoding="utf-8") as file:
            for line in map(json.loads, file):
                resources.pop(line["base"], None)
    good = {name: resource for name, resource in resources.items() if len(json.dumps(resource)) <= LARGE}
    for line in mutations(Definitions(options.definitions), good, options.seed, options.count, options.kind):
        write(line)


if __name__ == "__main__":
    main()
