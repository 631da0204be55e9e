-- How each parameter is answered, and what would serve it.
\set VERBOSITY terse
SET timezone = 'UTC';
CREATE SCHEMA ex;
SELECT fhir_code_map('ex_sex', '{"M": "male", "F": "female"}', unmapped => 'omit');
SELECT fhir_code_map('ex_item', '{"09005C": {"code": "2345-7", "display": "Glucose"}, "GLU": {"code": "2345-7"}, "K": {"code": "2823-3"}}', 'http://loinc.org', 'omit');
CREATE TABLE ex.patient (id_no char(10) PRIMARY KEY, name text, sex char(1), birth date, seen timestamptz NOT NULL, nick text[]);
CREATE TABLE ex.lab (no uuid PRIMARY KEY, chart char(10) NOT NULL, item text CHECK (item = btrim(item, E' \t\n\x0B\f\r')), raw text, value numeric, low int, taken timestamp);
CREATE INDEX tag ON ex.patient (fhir_index_id('ex', id_no));
CREATE INDEX by_name ON ex.patient (fhir_fold(name) COLLATE "C");
CREATE INDEX by_item ON ex.lab (item);
SELECT fhir_map('ex.patient', '{"resourceType": "Patient", "id": "{fhir_id(''ex'', id_no)}", "meta": {"lastUpdated": "{seen}"}, "active": true,
	"identifier": [{"system": "urn:x", "value": "{id_no}"}], "name": [{"family": "{name}", "given": ["{nick}"]}], "gender": "{fhir_code(''ex_sex'', sex)}", "birthDate": "{birth}"}', on_invalid => 'omit');
SELECT fhir_map('ex.lab', '{"resourceType": "Observation", "id": "{no}", "status": "final", "code": "{fhir_concept(''ex_item'', item)}",
	"subject": {"reference": "Patient/{fhir_id(''ex'', chart)}"}, "effectiveDateTime": "{taken}", "valueQuantity": {"value": "{value}"},
	"referenceRange": [{"low": {"value": "{low}"}}], "valueString": "{substr(raw, low, value::int)}"}', timezone => 'America/New_York', on_invalid => 'omit');
SELECT fhir_publish('ex.patient'), fhir_publish('ex.lab');
SELECT fhir_id('ex', 'A1') AS id \gset
INSERT INTO ex.patient VALUES ('A1', 'Ann', 'M', '1970-01-01', '2024-01-01Z', '{a,b}');

SELECT parameter, answered, replace(condition, :'id', '<id>') AS condition, index FROM fhir_search_explain('Patient',
	'name=ann&family:exact=Ann&given=a&gender=male&gender:not=female&birthdate=1970&active=true&active=false&identifier=urn:x|A1&identifier=urn:y|A1&phone=1') e;
SELECT parameter, answered, replace(condition, :'id', '<id>') AS condition, index FROM fhir_search_explain('Patient',
	'name=ann&family:exact=Ann&given=a&gender=male&gender:not=female&birthdate=1970&active=true&active=false&identifier=urn:x|A1&identifier=urn:y|A1') e;
SELECT parameter, answered, regexp_replace(condition, '''-?\d{8,}''', '''<tag>''') AS condition, index FROM fhir_search_explain('Observation',
	'code=http://loinc.org|2345-7&code=2823-3&subject=Patient/' || :'id' || '&date=2024-01-01&value-quantity=ge5&value-string=x&subject:Patient.name=ann&_id=00000000-0000-0000-0000-000000000001');
-- COALESCE and CASE: what each would choose, under what makes it chosen
SELECT fhir_map('ex.patient', '{"resourceType": "Patient", "id": "{fhir_id(''ex'', id_no)}", "gender": "{CASE sex WHEN ''M'' THEN ''male'' WHEN ''F'' THEN ''female'' ELSE ''unknown'' END}",
	"active": "{CASE WHEN name = ''x'' THEN false ELSE true END}"}', name => 'ex.choices');
SELECT fhir_publish('ex.choices');
SELECT parameter, answered, condition, index FROM fhir_search_explain('Patient', 'gender=male&gender=female&gender=unknown&active=false') WHERE mapping = 'ex.choices';
SELECT fhir_map('ex.patient', '{"resourceType": "Patient", "id": "{fhir_id(''ex'', id_no)}", "gender": "{coalesce(fhir_code(''ex_sex'', sex), ''unknown'')}"}', name => 'ex.choices');
SELECT parameter, answered, condition, index FROM fhir_search_explain('Patient', 'gender=male&gender=unknown&gender=other') WHERE mapping = 'ex.choices';
SELECT fhir_unmap('ex.choices');
-- a reference to nobody is compared as an id
SELECT answered, condition ~ 'fhir_index_id' AS by_tag FROM fhir_search_explain('Observation', 'subject=Patient/00000000-0000-8000-8000-000000000000');
SELECT mapping, statement, judged FROM fhir_search_sql('Patient', 'family=ann&birthdate:missing=true&_sort=-_lastUpdated&_count=5');
-- what is shown runs
SELECT statement AS shown FROM fhir_search_sql('Patient', 'family=ann&gender=male&_sort=family') \gset
SELECT count(*) FROM (:shown) s;
-- estimates and counts
INSERT INTO ex.patient SELECT 'B' || i, 'Bob ' || i, 'F', '1980-01-01', '2024-01-01Z' FROM generate_series(1, 10100) i;
ANALYZE ex.patient;
SELECT fhir_search('Patient', '_count=1') ->> 'total' AS not_asked, fhir_search('Patient', '_count=1&_total=accurate') ->> 'total' AS accurate,
	(fhir_search('Patient', '_count=1&_total=estimate') ->> 'total')::int BETWEEN 10001 AND 11000 AS estimate, fhir_search('Patient', '_count=1&_total=none') ->> 'total' AS none;
DROP SCHEMA ex CASCADE;
