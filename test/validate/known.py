"""What is known of the good resources: their real faults, and the peers' false alarms.

faults.ndjson	base, expression, why: what a validator must report of the official
				examples; each other error there is a false alarm
alarms.ndjson	peer, base or null for any, message (how it begins), where or null, why
"""

import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))


def _lines(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def real_faults():
    """The expressions of the real faults, by base."""
    result = {}
    for line in _lines("faults.ndjson"):
        result.setdefault(line["base"], set()).add(line["expression"])
    return result


class Alarms:
    """The false alarms, and how often each was seen."""

    def __init__(self):
        self.lines = _lines("alarms.ndjson")
        self.seen = [0] * len(self.lines)

    def explains(self, peer, base, fault):
        """Is this fault of a good resource a known false alarm?  Counts it."""
        for i, line in enumerate(self.lines):
            if (line["peer"] == peer and line["base"] in (None, base) and fault["message"].startswith(line["message"])
                    and line["where"] in (None, fault["where"])):
                self.seen[i] += 1
                return True
        return False
