#!/usr/bin/env python3
"""Random query strings for fhir_search, fhir_read and what explains them.

Called by run with PGHOST, PGUSER and PGDATABASE of a running cluster and the
seconds to take.  On the awkward hospital of test/search it asks strings that are
made by R4's grammar, damaged, put together of both, or random from the first
character.  Each must end in an answer that is JSON, or in an error of the
search's own (ZF4..): no crash, no other SQLSTATE, within ten seconds.  Prints
the seed, what ended otherwise, and how many strings were tried.
"""

import json
import os
import random
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../search"))
import fhirpath  # noqa: E402
import hospital  # noqa: E402

SEED = int(os.environ.get("SEED") or random.randrange(10 ** 9))
BATCH = 400

# What a call ends in: "answer", "refused", or what should not be.
FUNCTIONS = r"""
CREATE FUNCTION sx.ending(kind text, type text, query text, extra text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE b jsonb; next text; state text;
BEGIN
	CASE kind
		WHEN 'read' THEN b := fhir_read(type, query, extra);
		WHEN 'sql' THEN PERFORM fhir_search_sql(type, query);
		WHEN 'explain' THEN PERFORM fhir_search_explain(type, query);
		WHEN 'capabilities' THEN b := fhir_capabilities(query);
		ELSE
			b := fhir_search(type, query, CASE WHEN kind = 'base' THEN extra END, CASE WHEN kind = 'strict' THEN 'strict' ELSE 'lenient' END);
			SELECT split_part(l ->> 'url', '?', 2) INTO next FROM jsonb_array_elements(b -> 'link') l WHERE l ->> 'relation' = 'next';
			IF next IS NOT NULL THEN
				b := fhir_search(type, next);
			END IF;
			-- the token of a page, with a character of it changed
			IF next IS NOT NULL AND kind = 'page' THEN
				b := fhir_search(type, overlay(next PLACING extra FROM 1 + length(next) - length(query) % 40 FOR 1));
			END IF;
	END CASE;
	RETURN 'answer';
EXCEPTION WHEN OTHERS OR query_canceled THEN
	RETURN CASE WHEN SQLSTATE LIKE 'ZF4__' OR (SQLSTATE = 'ZF500' AND kind = 'read') THEN 'refused' ELSE SQLSTATE || ' ' || SQLERRM END;
END $$;
GRANT USAGE ON SCHEMA sx TO sx_ward, sx_all;
"""


def psql(script):
    return subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1"], input=script.encode("utf-8", "replace"), capture_output=True,
                          env={**os.environ, "PGCLIENTENCODING": "UTF8", "PGOPTIONS": "-c client_min_messages=error"})


class Maker:
    """Random strings."""

    WORDS = ["true", "false", "male", "GLU", "2020", "1e2", "ge2020-01-01T00:00:00+08:00", "-1", "0", "http://loinc.org|GLU", "Patient/x", "a,b", "||mmol/L",
             "x|y|z", "none", "*", "P1", "85354-9$lt120", "9" * 70, "1." + "0" * 40, "ap1e99", "ne-0", "sa9999-12-31", "0001", "\\,", "\\", "|", "$", ",", "é", "𝒳", "\u202e", "王", "Nobody:_tag", "Group:member:Nobody"]
    RESULTS = ["_count", "_sort", "_total", "_summary", "_elements", "_include", "_revinclude", "_include:iterate", "_page", "_format", "_pretty", "_contained", "_query", "_text"]
    MODIFIERS = ["exact", "contains", "missing", "not", "text", "identifier", "of-type", "above", "below", "in", "Patient", "Practitioner", "", "iterate", ":"]
    MARKS = "&=,|$\\%:.-+_~\x01é𝒳'\"()[]{}*?/ ;#<>!\t\n\ud7ff\uffff"

    def __init__(self, rng, capabilities):
        self.rng = rng
        self.types = {r["type"]: [p["name"] for p in r["searchParam"]] for r in capabilities["rest"][0]["resource"]}
        self.all = {t: list(fhirpath.parameters(t)) for t in self.types}

    def code(self, type_name):
        return self.rng.choice(self.types[type_name] if self.rng.random() < 0.8 else self.all[type_name])

    def name(self, type_name, depth=0):
        rng = self.rng
        if rng.random() < 0.15 and depth == 0:
            return rng.choice(self.RESULTS)
        if rng.random() < 0.1 and depth < 6:
            other = rng.choice(list(self.types))
            return "_has:%s:%s:%s" % (other, self.code(other), self.name(other, depth + 1))
        text = self.code(type_name)
        if rng.random() < 0.3:
            text += ":" + rng.choice(self.MODIFIERS)
        if rng.random() < 0.2 and depth < 6:
            text += "." + self.name(rng.choice(list(self.types)), depth + 1)
        return text

    def value(self, type_name):
        rng = self.rng
        pick = rng.random()
        if pick < 0.6:
            return rng.choice(self.WORDS)
        if pick < 0.7:
            return rng.choice(["", "-"]) + self.code(type_name)
        if pick < 0.8:
            return "%s:%s" % (rng.choice(list(self.types)), self.code(type_name))
        if pick < 0.9:
            return rng.choice(["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap", ""]) + rng.choice(self.WORDS)
        return ",".join(rng.choice(self.WORDS) for _ in range(rng.choice([2, 3, 30])))

    def spelled(self, text):
        """Percent-encoded, mostly."""
        rng = self.rng
        if rng.random() < 0.2:
            return text
        keep = set("-._~:,/$*|")
        return "".join(c if c.isascii() and (c.isalnum() or c in keep) else "".join("%%%02X" % b for b in c.encode("utf-8", "replace")) for c in text)

    def grammar(self, type_name):
        return "&".join("%s=%s" % (self.name(type_name), self.spelled(self.value(type_name))) for _ in range(self.rng.choice([1, 1, 2, 3, 8])))

    def random(self):
        rng = self.rng
        return "".join(rng.choice(self.MARKS) if rng.random() < 0.4 else chr(rng.choice([rng.randrange(1, 128), rng.randrange(1, 0xd800)])) for _ in range(rng.choice([1, 5, 30, 300])))

    def damaged(self, text):
        rng = self.rng
        for _ in range(rng.choice([1, 1, 2, 5])):
            at = rng.randrange(len(text) + 1)
            text = text[:at] + rng.choice([rng.choice(self.MARKS), "", self.random()[:3], text[:20], "%00", "%c3", "%E2%82", "%"]) + text[at + rng.randrange(3):]
        return text

    def call(self):
        """Arguments of sx.ending."""
        rng = self.rng
        type_name = rng.choice(list(self.types))
        pick = rng.random()
        query = self.grammar(type_name) if pick < 0.45 else self.damaged(self.grammar(type_name)) if pick < 0.9 else self.random()
        kind = rng.choice(["lenient", "lenient", "strict", "base", "page", "sql", "explain", "read", "capabilities"])
        if rng.random() < 0.02:
            type_name = self.damaged(type_name)
        if kind == "page":
            query = "_count=%d&%s" % (rng.choice([1, 3]), query)
        if kind == "read":
            query = rng.choice([self.random()[:64], "x" * rng.randrange(70), "00000000-0000-8000-8000-%012d" % rng.randrange(50), "00000000-0000-4000-8000-%012d" % rng.randrange(50)])
        return kind, type_name, query, rng.choice(["~", "", "A", "http://x/fhir", self.random()[:4]])


def literal(text):
    return "U&'%s'" % "".join(c if c.isascii() and c.isprintable() and c not in "'\\" else "\\+%06X" % ord(c) for c in text)


def main():
    seconds = float(sys.argv[1])
    rng = random.Random(SEED)
    made = psql("CREATE EXTENSION IF NOT EXISTS fhir_bridge;" + hospital.script(rng) + FUNCTIONS)
    if made.returncode != 0:
        sys.exit("the hospital cannot be made: " + made.stderr.decode())
    maker = Maker(rng, json.loads(psql("SELECT fhir_capabilities()").stdout))
    end = time.monotonic() + seconds
    tried, answered, bad = 0, 0, 0
    while time.monotonic() < end and bad < 5:
        calls = [maker.call() for _ in range(BATCH)]
        lines = ["SET ROLE %s; SET statement_timeout = '10s';" % rng.choice(["sx_all", "sx_ward"])]
        lines += ["SELECT %d, sx.ending(%s);" % (i, ", ".join(literal(a) for a in call)) for i, call in enumerate(calls)]
        result = psql("\n".join(lines))
        answers = result.stdout.decode().splitlines()
        for line in answers:
            number, _, ending = line.partition("|")
            answered += ending == "answer"
            if number.isdigit() and ending not in ("answer", "refused"):
                bad += 1
                print("FAILED %r\n  %s" % (calls[int(number)], ending))
        if result.returncode != 0:
            last = int(answers[-1].partition("|")[0]) + 1 if answers else 0
            bad += 1
            print("FAILED %r\n  %s" % (calls[min(last, BATCH - 1)], result.stderr.decode().strip()))
        tried += BATCH
    print("search_fuzz: seed %d, %d strings in %d s, %d were answered" % (SEED, tried, seconds, answered))
    return 1 if bad or answered < tried // 10 else 0


sys.exit(main())
