-- Published mappings, read by id and searched by what their columns hold.
\set VERBOSITY terse
SET timezone = 'UTC';
CREATE SCHEMA his;
SELECT fhir_code_map('search_sex', '{"M": "male", "F": "female", "1": "male"}', unmapped => 'default:unknown');
CREATE TABLE his.patient (id_no text PRIMARY KEY, name text, sex text, birth_date date, updated_at timestamptz);
INSERT INTO his.patient VALUES
	('A1', '王小明', 'M', '1970-05-03', '2024-01-01 00:00Z'),
	('A2', 'Élise Müller', 'F', '1980-01-01', '2024-02-01 00:00Z'),
	('A3', 'ELISA', ' 1 ', '1970-12-31', '2024-02-02 00:00Z'),
	('A4', NULL, 'X', NULL, NULL);
CREATE TABLE his.lab (lab_no integer PRIMARY KEY, chart_no text NOT NULL REFERENCES his.patient, code text, value numeric);
INSERT INTO his.lab VALUES (1, 'A1', 'GLU', 5.5), (2, 'A2', 'GLU', 7), (3, 'A2', 'NA', 140), (4, 'A4', 'NA', 'NaN');
SELECT fhir_map('his.patient', $m${
	"resourceType": "Patient", "id": "{fhir_id('patient', id_no)}", "meta": {"lastUpdated": "{updated_at}"},
	"identifier": [{"system": "http://www.moi.gov.tw", "value": "{id_no}"}], "name": [{"text": "{trim(name)}"}],
	"gender": "{fhir_code('search_sex', sex)}", "birthDate": "{birth_date}"}$m$, timezone => 'Asia/Taipei');
SELECT fhir_map('his.lab', $m${
	"resourceType": "Observation", "id": "{fhir_id('lab', lab_no)}", "status": "final",
	"code": {"coding": [{"system": "http://loinc.org", "code": "{code}"}]},
	"subject": {"reference": "Patient/{fhir_id('patient', chart_no)}"}, "valueQuantity": {"value": "{value}", "unit": "mmol/L"}}$m$);

-- the numbers of the rows that a search finds, in its order
CREATE FUNCTION found(type text, query text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce((SELECT string_agg(coalesce(k.key, e -> 'search' ->> 'mode'), ' ' ORDER BY n)
		FROM json_array_elements(b -> 'entry') WITH ORDINALITY AS x (e, n)
		LEFT JOIN LATERAL (SELECT id_no AS key FROM his.patient WHERE fhir_id('patient', id_no)::text = e -> 'resource' ->> 'id'
			UNION ALL SELECT lab_no::text FROM his.lab WHERE fhir_id('lab', lab_no)::text = e -> 'resource' ->> 'id') AS k ON true), 'none')
		|| coalesce(' of ' || (b ->> 'total'), '') || CASE WHEN json_array_length(b -> 'link') > 1 THEN ', more' ELSE '' END
	FROM fhir_search(type, query, NULL, 'strict') AS b $$;

-- nothing is read before it is published
SELECT fhir_read('Patient', fhir_id('patient', 'A1')::text);
SELECT fhir_publish('his.patient'), fhir_publish('his.lab');
SELECT fhir_read('Patient', fhir_id('patient', 'A1')::text) ->> 'birthDate' AS birth_date, fhir_read('Patient', fhir_id('patient', 'B1')::text) AS none,
	fhir_read('Patient', 'A1') AS no_such, fhir_read('Observation', fhir_id('patient', 'A1')::text) AS other_type;

SELECT query, found('Patient', query) FROM unnest(ARRAY['', 'identifier=A2', 'identifier=http://www.moi.gov.tw|A2', 'identifier=http://other|A2',
	'identifier=http://www.moi.gov.tw|', 'birthdate=1970', 'birthdate=ge1970-06&birthdate=lt1990', 'birthdate=ne1980-01-01', 'birthdate:missing=true',
	'gender=male', 'gender=unknown', 'gender=male,female', 'gender:not=male', 'gender=http://hl7.org/fhir/administrative-gender|female',
	'name=eli', 'name:exact=ELISA', 'name:contains=LLER', '_lastUpdated=2024-02-01', '_lastUpdated=2024-02-01T00:00:00Z', '_lastUpdated=2024-02-01T00:00Z', '_lastUpdated=gt2024-02-01T00:00:00Z', '_sort=birthdate', '_sort=-birthdate', '_sort=name', '_count=2',
	'_count=0', '_has:Observation:subject:code=GLU', '_id=A1']) AS query;
SELECT query, found('Observation', query) FROM unnest(ARRAY['code=GLU', 'code=http://loinc.org|NA', 'subject.name=eli', 'patient.identifier=A1',
	'value-quantity=gt6', 'value-quantity=7||mmol/L', 'code-value-quantity=GLU$lt6', '_sort=-value-quantity', '_include=Observation:subject&code=GLU']) AS query;
SELECT found('Observation', 'patient=' || fhir_id('patient', 'A2')), found('Observation', 'subject=Patient/' || fhir_id('patient', 'A2')),
	found('Observation', 'subject=Group/' || fhir_id('patient', 'A2')), found('Observation', 'subject=' || fhir_id('patient', 'A9'));

-- what is declared works, and our own validator has nothing against it
SELECT severity, code FROM fhir_validate(fhir_capabilities('http://localhost/fhir')::jsonb) WHERE severity <> 'warning';
SELECT p ->> 'name' AS parameter, p ->> 'type' AS type FROM json_array_elements(fhir_capabilities() -> 'rest' -> 0 -> 'resource') AS r,
	json_array_elements(r -> 'searchParam') AS p WHERE r ->> 'type' = 'Patient';
SELECT p ->> 'name' AS parameter, p ->> 'definition' AS definition FROM json_array_elements(fhir_capabilities() -> 'rest' -> 0 -> 'resource') AS r,
	json_array_elements(r -> 'searchParam') AS p WHERE p ->> 'name' IN ('birthdate', '_id', 'combo-code', 'code') ORDER BY 1;

-- errors
SELECT fhir_search('Group', '');
SELECT found('Patient', 'foo=1');
SELECT found('Patient', 'birthdate=1970-13');
SELECT found('Patient', 'birthdate:above=1970');
SELECT found('Patient', 'gender=%zz');
SELECT found('Patient', 'name=');
SELECT fhir_search('Patient', 'foo=1&gender=female', 'http://localhost/fhir') -> 'link' AS lenient;
SELECT fhir_unpublish('his.lab');
SELECT found('Observation', 'code=GLU');
DROP SCHEMA his CASCADE;
DROP FUNCTION found;
