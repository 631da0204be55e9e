"""Drafts of tables of public schemas, against answers written by hand.

drafts/*.txt: a table's name and columns, in one line; "> " and SQL that fills
it, when rows may be read; "= " and the right resource types, or "refused";
then what is true of it, one a line:

	path: columns		what may feed the element; "~ text" is in the expression
	path = constant		what may stand there
	$if = column		the condition of the rows, which must be there

A path of a component has the component's code in parentheses.  Whatever a draft
says beside its answer is a false statement.  Questions say nothing.
"""

import glob
import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))

# Constants that say nothing of the data, or only what their column is.
HARMLESS = [
    (r"status", r"unknown"),
    (r"(.*\.)?system", r"https://hospital\.example/fhir/.*"),
    (r"identifier\.type\.coding\.(system|code)", r"http://terminology\.hl7\.org/CodeSystem/v2-0203|MR|NI|SS|PPN|EI"),
    (r"(contact\.)?telecom\.(system|use)", r"phone|fax|email|mobile"),
    (r".*\$absent", r"unknown"),
    (r"class\.(system|code|display)", r"http://terminology\.hl7\.org/CodeSystem/v3-(NullFlavor|ActCode)|UNK|unknown"),
    (r"occurrenceString", r"unknown"),
    (r"component\(.*\)\.code\..*", r".*"),
    (r"component\(.*\)\.valueQuantity\.system", r"http://unitsofmeasure\.org"),
    (r"component\((8480-6|8462-4)\)\.valueQuantity\.code", r"mm\[Hg\]"),
    (r"component\((8867-4|9279-1)\)\.valueQuantity\.code", r"/min"),
    (r"component\(2708-6\)\.valueQuantity\.code", r"%"),
    (r"category\.coding\.(system|display)", r".*"),
    (r"code\.coding\.(system|display)", r"http://loinc\.org|Vital signs, .* panel|Blood pressure panel .*"),
    (r"clinicalStatus\.coding\.system", r"http://terminology\.hl7\.org/CodeSystem/.*-clinical"),
    (r"dispenseRequest\.expectedSupplyDuration\.system", r"http://unitsofmeasure\.org"),
]


class Answer:
    def __init__(self, name, columns):
        self.name = name
        self.columns = columns
        self.fill = None
        self.types = []
        self.uses = {}      # path -> (columns, text of the expression)
        self.constants = {} # path -> values


def read(path):
    """The answers of a file."""
    answers = []
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        if not line or line.startswith("#"):
            continue
        table = re.match(r"(\S+) \((.*)\)$", line)
        if line.startswith("> "):
            answers[-1].fill = line[2:]
        elif line.startswith("= "):
            answers[-1].types = line[2:].split(" | ")
        elif ": " in line and not table:
            key, rest = line.split(": ", 1)
            columns, _, text = rest.partition(" ~ ")
            answers[-1].uses[key] = (columns.split(), text)
        elif " = " in line and not table:
            key, value = line.split(" = ", 1)
            answers[-1].constants.setdefault(key, set()).add(value)
        elif table:
            answers.append(Answer(table.group(1), table.group(2)))
        else:
            raise ValueError("%s: %s" % (path, line))
    return answers


def leaves(value, path, out):
    """The strings of a template with their paths, without positions."""
    if isinstance(value, dict):
        for key, member in value.items():
            if key == "component":
                for one in member:
                    leaves(one, "%scomponent(%s)." % (path, one["code"]["coding"][0]["code"]), out)
            elif key != "resourceType":
                leaves(member, path + key + ".", out)
    elif isinstance(value, list):
        for member in value:
            leaves(member, path, out)
    else:
        out.append((path[:-1], str(value)))


def used_columns(text, columns):
    """Which columns an expression reads."""
    code = re.sub(r"'(?:[^']|'')*'", "", text)
    code = "".join(re.findall(r"\{([^{}]*)\}", code)) if "{" in code else code
    names = {name.replace('""', '"') for name in re.findall(r'"((?:[^"]|"")*)"', code)}
    names |= set(re.findall(r"[^\W\d]\w*", re.sub(r'"(?:[^"]|"")*"', "", code)))
    return names & columns


def false_statements(answer, template, columns):
    """What a draft says that its answer does not; and which right answers it has found."""
    faults = []
    found = set()
    out = []
    leaves(template, "", out)
    for path, text in out:
        text = re.sub(r"^\{\? (fhir_code\(.*\)), once.*", r"{\1}", text)
        if text.startswith("{?") or (path == "$if" and text.startswith("?")):
            continue
        used = used_columns(text, columns) if "{" in text or path == "$if" else set()
        if path == "$if":
            if used != answer.constants.get("$if", set()):
                faults.append("%s: %s" % (path, text))
        elif used:
            right, expression = answer.uses.get(path, ([], ""))
            if not used <= set(right) or expression not in text:
                faults.append("%s: %s" % (path, text))
            else:
                found.add(path)
        elif text not in answer.constants.get(path, set()) and not any(
                re.fullmatch(p, path) and re.fullmatch(v, text) for p, v in HARMLESS):
            faults.append("%s = %s" % (path, text))
    if "$if" in answer.constants and not any(path == "$if" for path, _ in out):
        faults.append("$if is missing")
    return faults, found


def run(psql):
    """Drafts every table; (passed, failed)."""
    passed = failed = found = wanted = questions = 0
    for path in sorted(glob.glob(os.path.join(HERE, "drafts", "*.txt"))):
        schema = "drafts_" + os.path.basename(path)[:-4]
        answers = read(path)
        script = ["CREATE EXTENSION IF NOT EXISTS fhir_bridge;", "CREATE SCHEMA %s; SET search_path = %s, public;" % (schema, schema),
                  "CREATE FUNCTION drafted(r regclass, rows int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN"
                  " RETURN fhir_map_draft(r, rows => rows); EXCEPTION WHEN invalid_parameter_value THEN RETURN 'refused'; END $$;",
                  # each is registered and forgotten, so that the next is drafted as if alone
                  "CREATE FUNCTION registered(r regclass, draft text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE detail text; BEGIN"
                  " IF draft LIKE '{%' THEN RETURN fhir_unmap(fhir_map(r, draft::json, timezone => 'Asia/Taipei')); END IF; RETURN NULL;"
                  " EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL; RETURN concat(SQLERRM, ' ', detail); END $$;"]
        for answer in answers:
            script.append("CREATE TABLE %s (%s);" % (answer.name, answer.columns))
            if answer.fill:
                script.append(answer.fill + ";")
        for answer in answers:
            script.append("SELECT json_build_array('%s', d, (SELECT json_agg(attname) FROM pg_attribute WHERE attrelid = '%s'::regclass AND attnum > 0),"
                          " registered('%s', d)) FROM drafted('%s', %d) d;" % (
                              answer.name, answer.name, answer.name, answer.name, 100 if answer.fill else 0))
        script.append("DROP SCHEMA %s CASCADE;" % schema)
        out, errors = psql("\n".join(script))
        if errors:
            print(errors)
            failed += 1
        got = {}
        for line in out.splitlines():
            name, draft, columns, registered = json.loads(line)
            got[name] = (draft, set(columns), registered)
        for answer in answers:
            draft, columns, registered = got.get(answer.name, ("not run", set(), None))
            template = json.loads(draft) if draft.startswith("{") else None
            kind = template["resourceType"] if template else draft
            faults, hits = [], set()
            if kind not in answer.types:
                faults.append("is %s, not %s" % (kind, " or ".join(answer.types)))
            elif template:
                faults, hits = false_statements(answer, template, columns)
                found += len(hits)
                wanted += len(answer.uses)
                asked = draft.count("{?") + draft.count('"$if": "?')
                questions += asked
                # a question keeps it from being registered, nothing else does
                if asked and "the draft leaves this to you" not in registered:
                    faults.append("is registered with a question: " + registered)
                elif not asked and registered != "true":
                    faults.append("is not registered: " + registered)
            passed += not faults
            failed += bool(faults)
            for fault in faults:
                print("draft of %s.%s: %s" % (schema, answer.name, fault))
            if os.environ.get("DRAFTS_MISSED") and template and kind in answer.types:
                print("draft of %s.%s has not: %s" % (schema, answer.name, sorted(set(answer.uses) - hits)))
    print("drafts say %d of %d right answers, and ask %d questions" % (found, wanted, questions))
    if found < wanted * 0.6:
        print("too few to be of use")
        failed += 1
    return passed, failed
