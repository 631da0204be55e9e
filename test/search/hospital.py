"""A hospital made to be awkward, with random rows, as a SQL script."""

import json

CODES = """
SELECT fhir_code_map('sx_sex', '{"M": "male", "F": "female", "1": "male", "O ": "other"}', unmapped => 'default:unknown');
SELECT fhir_code_map('sx_marital', '{"S": {"code": "S", "system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "display": "Never Married"}, "M": {"code": "M", "system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "display": "Married"}}', unmapped => 'text');
SELECT fhir_code_map('sx_class', '{"O": {"code": "AMB", "display": "ambulatory"}, "I": {"code": "IMP"}}', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'default:EMER');
SELECT fhir_code_map('sx_kind', '{"O": "AMB", "I": "IMP", "V": {"code": "VR", "system": "urn:kinds"}}', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'omit');
SELECT fhir_code_map('sx_icd', '{"A01": {"code": "A01.0", "display": "Typhoid fever"}, "I10": {"code": "I10", "display": "Hypertension"}}', 'http://hl7.org/fhir/sid/icd-10', 'omit');
SELECT fhir_code_map('sx_status', '{"F": "final", "P": "preliminary", "X": "cancelled"}', unmapped => 'default:unknown');
"""

TABLES = """
CREATE TABLE person (id_no text PRIMARY KEY, ward text, family text, given text[], note text, sex text, birth text, phones text[],
	mail varchar(40), home jsonb, marital char(3), dead boolean, dead_at timestamptz, doctor int, active boolean, updated_at timestamptz);
CREATE TABLE newborn (no int PRIMARY KEY, mother text, name text, sex char(2), born timestamp, updated_at timestamp);
CREATE TABLE lab (lab_no bigint, ward text, chart_no text, code text, value numeric, unit text, words text, status text, taken timestamptz NOT NULL,
	seen date, PRIMARY KEY (lab_no, taken)) PARTITION BY RANGE (taken);
CREATE TABLE lab_old PARTITION OF lab FOR VALUES FROM (MINVALUE) TO ('2020-01-01Z');
CREATE TABLE lab_new PARTITION OF lab FOR VALUES FROM ('2020-01-01Z') TO (MAXVALUE);
CREATE TABLE lab_part (lab_no bigint, n int, code text, value numeric);
CREATE TABLE bp (no uuid PRIMARY KEY, chart_no varchar(12), sbp int, dbp int, taken timestamp);
CREATE TABLE visit (no int PRIMARY KEY, chart_no text, kind text, started timestamptz, ended date, closed boolean);
CREATE TABLE visit_staff (visit int, staff int);
CREATE TABLE diag (visit int, n int, chart_no text, icd text, onset date, severity text, PRIMARY KEY (visit, n));
CREATE TABLE staff (no int PRIMARY KEY, name text, licence text, phones jsonb);
CREATE TABLE risk (no smallint PRIMARY KEY, chart_no text, chance numeric, other float8, model text, first int, last int);
CREATE TABLE unit (no text, name text, closed boolean, parent text, aliases text[]);
CREATE TYPE address_line AS (street text, town text);
ALTER TABLE unit ADD places address_line[];
CREATE VIEW shown_diag WITH (security_invoker) AS SELECT d.*, v.started FROM diag d JOIN visit v ON v.no = d.visit;
"""

TEMPLATES = {
    "person": ("Asia/Taipei", "omit", """{"resourceType": "Patient", "$if": "active IS DISTINCT FROM false", "id": "{fhir_id('person', id_no)}",
        "meta": {"lastUpdated": "{updated_at}", "source": "{'urn:ward:' || ward}", "tag": [{"system": "urn:wards", "code": "{ward}"}]},
        "identifier": [{"system": "http://www.moi.gov.tw", "value": "{id_no}"}, {"$if": "note IS NOT NULL", "system": "urn:notes", "value": "{note}"}],
        "name": [{"use": "official", "family": "{family}", "given": "{given}"}],
        "telecom": [{"$each": "phones AS p", "system": "phone", "value": "{p}", "use": "home"}, {"system": "email", "value": "{mail}"}],
        "gender": "{fhir_code('sx_sex', sex)}", "birthDate": "{birth}", "address": "{home}", "maritalStatus": "{fhir_concept('sx_marital', marital)}",
        "deceasedBoolean": "{CASE WHEN dead_at IS NULL THEN dead END}", "deceasedDateTime": "{dead_at}",
        "generalPractitioner": [{"reference": "Practitioner/{fhir_id('staff', doctor)}"}]}"""),
    "newborn": ("America/New_York", "error", """{"resourceType": "Patient", "id": "{fhir_id('newborn', no)}",
        "identifier": [{"system": "urn:newborns", "value": "{no}"}], "name": [{"text": "{name}"}],
        "meta": {"lastUpdated": "{updated_at}"}, "gender": "{CASE sex WHEN 'M' THEN 'male' WHEN '1' THEN 'male' WHEN '' THEN NULL ELSE coalesce(fhir_code('sx_sex', sex), 'unknown') END}", "birthDate": "{born}",
        "link": [{"other": {"reference": "Patient/{fhir_id('person', mother)}"}, "type": "seealso"}]}"""),
    "lab": ("Asia/Taipei", "omit", """{"resourceType": "Observation", "id": "{fhir_id('lab', lab_no)}", "status": "{fhir_code('sx_status', status)}",
        "code": {"coding": [{"system": "http://loinc.org", "code": "{code}"}], "text": "{'Test ' || code}"},
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
        "subject": {"reference": "Patient/{fhir_id('person', chart_no)}", "$need": ["reference"]},
        "effectiveDateTime": "{taken}", "issued": "{seen::timestamptz}", "valueQuantity": {"$if": "words IS NULL", "value": "{value}", "unit": "{unit}", "system": "http://unitsofmeasure.org", "code": "{unit}"},
        "valueString": "{words}",
        "component": [{"$each": "(SELECT x.code, x.value FROM lab_part x WHERE x.lab_no = this.lab_no ORDER BY x.n) AS c",
            "code": {"coding": [{"system": "http://loinc.org", "code": "{c.code}"}]}, "valueQuantity": {"value": "{c.value}", "unit": "mmol/L"}}]}"""),
    "bp": ("America/New_York", "omit", """{"resourceType": "Observation", "id": "{no}", "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9", "display": "Blood pressure"}]},
        "subject": {"reference": "Patient/{fhir_id('person', chart_no)}"}, "effectiveDateTime": "{taken}",
        "component": [{"$need": ["valueQuantity"], "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}, "valueQuantity": {"value": "{sbp}", "unit": "mm[Hg]"}},
            {"$need": ["valueQuantity"], "code": {"coding": [{"system": "http://loinc.org", "code": "8462-4"}]}, "valueQuantity": {"value": "{dbp}", "unit": "mm[Hg]"}}]}"""),
    "visit": ("Asia/Taipei", "omit", """{"resourceType": "Encounter", "id": "{fhir_id('visit', no)}", "status": "{CASE WHEN closed THEN 'finished' ELSE 'in-progress' END}",
        "class": "{CASE WHEN closed IS NULL THEN fhir_coding('sx_class', coalesce(nullif(btrim(kind), ''), 'E')) WHEN ended < '2000-01-01' THEN NULL ELSE coalesce(fhir_coding('sx_kind', kind), '{\\"system\\": \\"urn:kinds\\", \\"code\\": \\"UNK\\"}') END}", "subject": {"reference": "Patient/{fhir_id('person', chart_no)}"},
        "participant": [{"$each": "(SELECT s.staff FROM visit_staff s WHERE s.visit = this.no) AS s", "individual": {"reference": "Practitioner/{fhir_id('staff', s.staff)}"}}],
        "period": {"start": "{started}", "end": "{ended}"}}"""),
    "shown_diag": ("UTC", "omit", """{"resourceType": "Condition", "id": "{fhir_id('diag', visit, n)}", "code": "{fhir_concept('sx_icd', icd)}",
        "severity": {"text": "{severity}"}, "subject": {"reference": "Patient/{fhir_id('person', chart_no)}"},
        "encounter": {"reference": "Encounter/{fhir_id('visit', visit)}"}, "onsetDateTime": "{onset}", "recordedDate": "{started}"}"""),
    "staff": ("UTC", "keep", """{"resourceType": "Practitioner", "id": "{fhir_id('staff', no)}", "name": [{"text": "{name}"}],
        "identifier": [{"system": "urn:licence", "value": "{licence}"}], "active": true,
        "telecom": [{"$each": "phones AS p", "$if": "p ->> 'no' <> 'hidden'", "system": "{p ->> 'kind'}", "value": "{p ->> 'no'}"}]}"""),
    "risk": ("UTC", "omit", """{"resourceType": "RiskAssessment", "id": "{fhir_id('risk', no)}", "meta": {"profile": ["http://example.org/p/{model}"], "security": [{"system": "urn:s", "code": "{CASE WHEN first > 2010 THEN 'R' ELSE 'N' END}"}]},
        "status": "final", "subject": {"reference": "Patient/{fhir_id('person', chart_no)}"}, "method": {"$if": "model <> 'none'", "text": "{model}"},
        "occurrencePeriod": {"start": "{first::text}", "end": "{last::text}"},
        "prediction": [{"probabilityDecimal": "{chance}"}, {"$if": "other IS NOT NULL", "probabilityDecimal": "{other}"}]}"""),
    # ids whose making raises an error for some rows, and no key
    "unit": ("UTC", "error", """{"resourceType": "Organization", "$if": "closed IS NOT TRUE", "id": "{fhir_id('unit', no::int)}", "name": "{name}", "alias": "{aliases}",
        "active": "{closed IS NULL}", "partOf": {"$if": "parent <> '0'", "reference": "Organization/{fhir_id('unit', parent::int)}"},
        "address": [{"$each": "places AS a", "$need": ["city"], "line": ["{a.street}"], "city": "{a.town}"}]}"""),
}

POLICIES = """
ALTER TABLE person ENABLE ROW LEVEL SECURITY;
ALTER TABLE lab ENABLE ROW LEVEL SECURITY;
CREATE POLICY ward_a ON person USING (ward = 'a' OR current_user <> 'sx_ward');
CREATE POLICY ward_a ON lab USING (ward = 'a' OR current_user <> 'sx_ward');
GRANT USAGE ON SCHEMA sx TO sx_ward, sx_all;
GRANT SELECT ON ALL TABLES IN SCHEMA sx TO sx_ward, sx_all;
CREATE INDEX ON person (fhir_index_id('person', id_no));
CREATE INDEX ON visit (fhir_index_id('visit', no));
CREATE INDEX ON lab (chart_no);
"""


def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return literal(json.dumps(value)) + "::jsonb"
    if isinstance(value, list):
        return "ARRAY[%s]::text[]" % ", ".join(literal(v) for v in value)
    if isinstance(value, dict):
        return literal(json.dumps(value)) + "::jsonb"
    if isinstance(value, (int, float)):
        return str(value)
    return "'%s'" % str(value).replace("'", "''")


class Maker:
    """Random rows, of few different values, so that searches find some."""

    FAMILIES = ["Müller", "MULLER", "muller-Lee", "王", "王小", "O'Neil", "Ng", "ｎｇ", "Élan", "elan", " ", "Straße", "strasse", "50%_x"]
    GIVEN = ["Ann", "ÁNN", "Bo", "bob", "小明", "", "C,D", "e|f"]

    def __init__(self, rng):
        self.rng = rng

    def maybe(self, value, chance=0.25):
        return None if self.rng.random() < chance else value

    def day(self):
        return "%04d-%02d-%02d" % (self.rng.choice([1969, 1970, 1980, 2019, 2020, 2024]), self.rng.choice([1, 5, 12]), self.rng.choice([1, 3, 28]))

    def moment(self):
        return "%s %02d:%02d:%02d%s" % (self.day(), self.rng.choice([0, 1, 16, 23]), self.rng.choice([0, 30]), self.rng.choice([0, 15]),
                                        self.rng.choice(["", "", ".5", ".123456"]))

    def birth(self):
        return self.rng.choice([self.day(), self.day()[:7], self.day()[:4], "unknown", "", "1970-02-30"])

    def people(self, n):
        r = self.rng
        for i in range(n):
            yield ("P%d" % i, r.choice(["a", "b"]), self.maybe(r.choice(self.FAMILIES)),
                   self.maybe([r.choice(self.GIVEN) for _ in range(r.randint(0, 2))]), self.maybe(r.choice(["n1", "n2", "x y"]), 0.6),
                   self.maybe(r.choice(["M", "F", " 1 ", "O", "M\t", "", "?", "m"])), self.maybe(self.birth()),
                   self.maybe([r.choice(["0911", "0912", "", "02-1"]) for _ in range(r.randint(0, 3))]), self.maybe(r.choice(["a@b.c", "A@B.C", " "])),
                   self.maybe({"city": r.choice(["Taipei", "臺北市", "Tainan"]), "line": [r.choice(["1 Main St", "2 Side Rd"])], "country": "TW"}, 0.4),
                   self.maybe(r.choice(["S", "M", "X", " M"])), self.maybe(r.random() < 0.3, 0.5), self.maybe(self.moment() + "Z", 0.8),
                   self.maybe(r.randint(1, 6)), self.maybe(r.random() < 0.85), self.maybe(self.moment() + "Z"))

    def rows(self):
        r = self.rng
        people = list(self.people(60))
        numbers = [p[0] for p in people] + ["P900", "P901"]
        yield "person", people
        yield "newborn", [(i, self.maybe(r.choice(numbers)), self.maybe(r.choice(self.FAMILIES)), self.maybe(r.choice(["M", "F", "1", "?"])),
                           self.maybe(self.moment(), 0.1), self.maybe(self.moment())) for i in range(20)]
        yield "lab", [(i, r.choice(["a", "b"]), self.maybe(r.choice(numbers), 0.1), self.maybe(r.choice(["GLU", "NA", "K", "a b", "GLU "])),
                       self.maybe(r.choice([1, 1.5, "2.50", 7, "7.04", 100, "NaN", -3]), 0.1), self.maybe(r.choice(["mmol/L", "mg/dL", "%"])),
                       self.maybe(r.choice(["Positive", "négative", "positive (+)"]), 0.7), self.maybe(r.choice(["F", "P", " F", "?", "X"])),
                       self.moment() + "Z", self.maybe(self.day())) for i in range(140)]
        yield "lab_part", [(r.randint(0, 139), i, self.maybe(r.choice(["GLU", "NA", "K"])), self.maybe(r.choice([1, 2.5, 7, 100]))) for i in range(60)]
        yield "bp", [("%08d-0000-4000-8000-%012d" % (i, i), self.maybe(r.choice(numbers)), self.maybe(r.choice([110, 120, 135, 160])), self.maybe(r.choice([70, 80, 95])),
                      self.maybe(self.moment(), 0.1)) for i in range(40)]
        yield "visit", [(i, self.maybe(r.choice(numbers)), self.maybe(r.choice(["O", "I", " O", "E", ""])), self.maybe(self.moment() + "Z"),
                         self.maybe(r.choice([self.day(), self.day(), "infinity"])), self.maybe(r.random() < 0.5)) for i in range(50)]
        yield "visit_staff", [(r.randint(0, 49), r.randint(1, 8)) for _ in range(60)]
        yield "diag", [(r.randint(0, 49), i, r.choice(numbers), self.maybe(r.choice(["A01", "I10", " I10", "Z99", ""])), self.maybe(r.choice([self.day(), self.day(), "-infinity"])),
                        self.maybe(r.choice(["mild", "Severe", "sévère"]))) for i in range(60)]
        yield "staff", [(i, self.maybe(r.choice(self.FAMILIES)), self.maybe("L%d" % i),
                         self.maybe([{"kind": r.choice(["phone", "email", "fax", None, "pigeon"]), "no": r.choice(["0911", "a@b.c", "hidden", " ", None])} for _ in range(r.randint(1, 3))])) for i in range(1, 7)]
        yield "risk", [(i, r.choice(numbers), self.maybe(r.choice([0, 1, "0.5", "0.50", "0.07", "NaN", "1e-3", "0.004999"])), self.maybe(r.choice([0.5, 1, "Infinity", 0.1])),
                        self.maybe(r.choice(["a", "none", "b c", ""])), self.maybe(r.choice([1999, 2010, 2020, 99])), self.maybe(r.choice([2010, 2024, 9999]))) for i in range(40)]
        # half of the hospitals have numbers that are none
        numbers = ["1", "2", "03", "4", "5", " 6", "7", "8"] + r.choice([[], ["x", None, "9b"]])
        yield "unit", [(n, self.maybe(r.choice(self.FAMILIES)), self.maybe(r.random() < 0.3, 0.5), self.maybe(r.choice(["1", "02", "3", "0", "99"])),
                        self.maybe([r.choice(self.GIVEN) for _ in range(r.randint(0, 2))]),
                        self.maybe("{%s}" % ",".join('"(%s,%s)"' % (r.choice(["Main St", "", "Side Rd"]), r.choice(["Taipei", "Tainan", ""])) for _ in range(r.randint(0, 2))))) for n in numbers]


def script(rng):
    """The whole hospital as SQL, its mappings published."""
    lines = ["DROP SCHEMA IF EXISTS sx CASCADE; CREATE SCHEMA sx; SET search_path = sx, public; SET timezone = 'UTC';",
             "DO $$ BEGIN CREATE ROLE sx_ward; EXCEPTION WHEN duplicate_object THEN NULL; END $$;",
             "DO $$ BEGIN CREATE ROLE sx_all; EXCEPTION WHEN duplicate_object THEN NULL; END $$;", CODES, TABLES]
    for table, rows in Maker(rng).rows():
        for row in rows:
            lines.append("INSERT INTO %s VALUES (%s);" % (table, ", ".join(literal(v) for v in row)))
    for name, (zone, on_invalid, template) in TEMPLATES.items():
        lines.append("SELECT fhir_map('sx.%s', %s, timezone => '%s', on_invalid => '%s'); SELECT fhir_publish('sx.%s');"
                     % (name, literal(template), zone, on_invalid, name))
    return "\n".join(lines + [POLICIES, "ANALYZE;"])
