-- what json shows and jsonb does not, use in constraints, depth, bundles
CREATE SCHEMA r4_json;
SET search_path = r4_json, public;
\pset format unaligned
\pset tuples_only on

-- jsonb has rewritten numbers and dropped members that stand twice
SELECT form, f.code, f.expression, f.diagnostics FROM (VALUES (
	'{"resourceType": "Patient", "id": "a", "id": "b", "name": [{"family": "a", "family": "b"}], "multipleBirthInteger": 1e0}')) t(r),
	LATERAL (SELECT 'json' AS form, * FROM fhir_validate(r::json) UNION ALL SELECT 'jsonb', * FROM fhir_validate(r::jsonb)) f
WHERE f.severity = 'error';
SELECT code, expression FROM fhir_validate('{"resourceType": "Patient", "resourceType": "Patient", "_birthDate": {"id": "1"}, "_birthDate": {"id": "2"}}'::json)
WHERE severity = 'error';
SELECT fhir_is_valid(r::json), fhir_is_valid(r::jsonb) FROM (VALUES
	('{"resourceType": "Patient", "multipleBirthInteger": 2}'), ('{"resourceType": "Patient", "multipleBirthInteger": 2e0}'),
	('{"resourceType": "Patient", "name": [{"family": "\u7dda\ud83d\ude00\n"}]}'), ('{"resourceType": "Patient", "name": [{"family": "\u0007"}]}')) t(r);

-- every length and scale of a number is its digits
SELECT count(*) AS numbers, count(*) FILTER (WHERE NOT fhir_is_valid(r)) AS refused FROM (
	SELECT jsonb_build_object('resourceType', 'Observation', 'status', 'final', 'code', '{"text": "x"}'::jsonb,
		'valueQuantity', jsonb_build_object('value', v)) AS r
	FROM generate_series(0, 40) whole, generate_series(0, 40, 3) part,
		LATERAL (SELECT (sign || '9' || repeat('0', whole) || '.' || repeat('0', part) || 1)::numeric FROM (VALUES (''), ('-')) s(sign)) n(v)) t;
SELECT string_agg((SELECT fhir_is_valid(jsonb_build_object('resourceType', 'Patient', 'multipleBirthInteger', n)))::text, ' ') FROM
	unnest('{0,9,10,9999,10000,10001,99999999,100000000,2147483647,2147483648,-1,0.0,1e10,1e200}'::numeric[]) n;

-- in constraints
CREATE TABLE resource (id int, data jsonb CHECK (fhir_is_valid(data)), raw json CHECK (fhir_is_valid(raw)));
INSERT INTO resource VALUES (1, '{"resourceType": "Patient"}', '{"resourceType": "Patient"}'), (2, NULL, NULL);
SELECT count(*) FROM resource;
SELECT provolatile, proparallel, proisstrict, count(*) FROM pg_proc WHERE proname IN ('fhir_is_valid', 'fhir_validate') GROUP BY 1, 2, 3;

-- in a select list, and of many rows by one call site
SELECT n, (fhir_validate(d)).expression FROM (VALUES (1, '{"resourceType": "Patient", "x": 1}'::jsonb),
	(2, '{"resourceType": "Patient"}'), (3, '{"resourceType": "Observation"}')) t(n, d) ORDER BY n;

-- a bundle with its entries, and what is in them
SELECT code, expression, diagnostics FROM fhir_validate('{"resourceType": "Bundle", "type": "collection", "entry": [
	{"fullUrl": "http://a.example/Patient/1", "resource": {"resourceType": "Patient", "id": "1", "name": [{"family": 1}]}},
	{"fullUrl": "http://a.example/Patient/2", "resource": {"resourceType": "Patient", "id": "2", "contained": [{"resourceType": "Organization", "id": "o", "nmae": "x"}, {"id": "p"}],
		"managingOrganization": {"reference": "#o"}}},
	{"fullUrl": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "resource": {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "http://a.example/Basic/1", "resource": {"resourceType": "Basic", "id": "1"}}]}},
	{"fullUrl": "http://a.example/x/3", "resource": {"resourceType": "Unknown"}}, {"resource": []}, {"fullUrl": "http://a.example/Patient/4", "resource": {}}]}'::jsonb)
WHERE severity = 'error' AND (code <> 'invariant' OR diagnostics LIKE 'ele-1%') ORDER BY expression;
SELECT code, expression, diagnostics FROM fhir_validate('{"resourceType": "Parameters", "parameter": [{"name": "a", "resource": {"resourceType": "Patient", "x": 1}},
	{"name": "b", "part": [{"name": "c", "valueHumanName": {"family": ["d"]}}]}]}'::jsonb) WHERE severity = 'error';

-- depth has a limit
SELECT n, f.code, length(f.expression), f.diagnostics FROM unnest('{100,300,1000}'::int[]) n,
	LATERAL fhir_validate(('{"resourceType": "Patient", "extension": ' || repeat('[{"url": "http://a.example/e", "extension": ', n) ||
	'[{"url": "u", "valueString": "x"}]' || repeat('}]', n) || '}')::json) f WHERE f.severity = 'error';

-- bad input
INSERT INTO resource VALUES (3, '{"resourceType": "Patient", "gender": "M"}', NULL);
INSERT INTO resource VALUES (4, NULL, '{"resourceType": "Patient", "id": "a", "id": "b"}');
SELECT * FROM fhir_validate('{"resourceType": "Patient", "id": "\u0000"}'::json);
SELECT * FROM fhir_validate('{"resourceType": "Patient", "id": "\ud83d"}'::json);
SELECT * FROM fhir_validate('{"resourceType": "Patient", "id": "\ude00\ud83d"}'::json);
SELECT * FROM fhir_validate('{"resourceType": "Patient", "id": "\ud83d\u0041"}'::json);
SELECT fhir_is_valid('1'::json), fhir_is_valid('null'::json), fhir_is_valid('[]'::json), fhir_is_valid('""'::json), fhir_is_valid('{}'::json);
SELECT count(*) FROM fhir_validate(NULL::jsonb);

-- what no text can hold is a fault, wherever it stands, and never an error; no value is shown
SELECT place, f.code, f.expression, f.diagnostics FROM (VALUES
	('string', '{"resourceType": "Patient", "name": [{"text": "secret\u0000", "family": "secret\ud800", "prefix": ["\udc00\ud800"]}]}'),
	('half, then a character', '{"resourceType": "Patient", "name": [{"text": "\ud83dA"}, {"text": "\ud83d\ud83d\ude00"}, {"text": "\ud83d\u0041"}]}'),
	('code', '{"resourceType": "Patient", "gender": "male\u0000"}'), ('date', '{"resourceType": "Patient", "birthDate": "2000\u0000"}'),
	('uri', '{"resourceType": "Patient", "implicitRules": "http://a\u0000"}'), ('markdown', '{"resourceType": "Questionnaire", "status": "draft", "purpose": "\ud800"}'),
	('narrative', '{"resourceType": "Patient", "text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">a\u0000</div>"}}'),
	('base64', '{"resourceType": "Binary", "contentType": "text/plain", "data": "QUJD\u0000"}'), ('reference', '{"resourceType": "Patient", "managingOrganization": {"reference": "Organization/a\u0000"}}'),
	('name', '{"resourceType": "Patient", "a\u0000b": 1}'), ('type', '{"resourceType": "Patient\u0000"}'), ('type', '"\u0000"'),
	('number', '{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "valueQuantity": {"value": 1e999999999999}}'),
	('number', '{"resourceType": "Patient", "multipleBirthInteger": -0.0e-99999}'),
	('good', '{"resourceType": "Patient", "name": [{"text": "\ud83d\ude00 \u4e2d \\u0000"}]}')) t(place, r)
	LEFT JOIN LATERAL fhir_validate(r::json) f ON f.severity = 'error';
SELECT count(*) FROM (VALUES ('{"resourceType": "Patient", "name": [{"text": "\u0000"}]}'), ('{"resourceType": "Patient", "name": [{"text": "\ud800"}]}')) t(r) WHERE fhir_is_valid(r::json);
-- as deep as the server takes it
SELECT fhir_is_valid(r::json), f.code, f.diagnostics FROM (SELECT '{"resourceType": "Patient", "extension": ' || repeat('[', 3000) || '"]{\""' || repeat(']', 3000) || ', "gender": "x"}' AS r) s,
	LATERAL (SELECT * FROM fhir_validate(r::json) UNION ALL SELECT * FROM fhir_validate(r::jsonb)) f WHERE severity = 'error' AND code <> 'structure';
-- in a database whose encoding lacks the character
\set dbname :DBNAME
CREATE DATABASE r4_json TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
\c r4_json
SET client_min_messages = warning;
CREATE EXTENSION fhir_bridge;
SELECT fhir_is_valid(r::json), f.expression FROM (VALUES ('{"resourceType": "Patient", "name": [{"text": "\u4e2d \ud83d\ude00 \u00e9"}]}'), ('{"resourceType": "Patient", "gender": "\u4e2d"}'),
	('{"resourceType": "Questionnaire", "status": "draft", "item": [{"linkId": "\u4e2d", "type": "string"}, {"linkId": "\u570b", "type": "string"}]}')) t(r)
	LEFT JOIN LATERAL fhir_validate(r::json) f ON f.severity = 'error' AND f.code <> 'invariant';
\c :dbname
DROP DATABASE r4_json;
