-- values of primitives, codes and coded values
CREATE SCHEMA r4_values;
SET search_path = r4_values, public;
CREATE FUNCTION faults(resource jsonb, OUT code text, OUT expression text, OUT diagnostics text) RETURNS SETOF record
	LANGUAGE sql AS $$SELECT code, expression, diagnostics FROM fhir_validate(resource) WHERE severity = 'error'$$;
\pset format unaligned
\pset tuples_only on

-- one extension for each primitive: which of these values are of its form?
SELECT alternative, string_agg(value::text, ' ' ORDER BY n) FILTER (WHERE good) AS good,
	string_agg(value::text, ' ' ORDER BY n) FILTER (WHERE NOT good) AS bad
FROM (VALUES
	(1, 'valueDate', '["1970", "1970-05", "2024-02-29", "2023-02-29", "1970-5-1", "0000", "1970-13", "1970-01-01T00:00:00Z"]'::jsonb),
	(2, 'valueDateTime', '["1970", "2024-02-29", "2024-01-01T10:00:00+08:00", "2024-01-01T10:00:00.5Z", "2024-01-01T10:00:00", "2024-01-01T10:00Z", "2024-01-01T24:00:00Z", "2024-01-01 10:00:00Z"]'),
	(3, 'valueInstant', '["2024-01-01T10:00:00Z", "2016-12-31T23:59:60Z", "2024-01-01T10:00:00+14:00", "2024-01-01T10:00:00+14:01", "2024-01-01"]'),
	(4, 'valueTime', '["10:00:00", "10:00:00.123", "10:00", "10:00:00Z"]'),
	(5, 'valueId', '["a.b-1", "a_b", "a b", "1234567890123456789012345678901234567890123456789012345678901234", "12345678901234567890123456789012345678901234567890123456789012345"]'),
	(6, 'valueUri', '["urn:x", "http://a.example/b c", "x"]'),
	(7, 'valueOid', '["urn:oid:1.2.3", "urn:oid:3.1", "1.2.3", "urn:oid:1.02"]'),
	(8, 'valueUuid', '["urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:C757873D-ec9a-4326-a141-556f43239520", "c757873d-ec9a-4326-a141-556f43239520"]'),
	(9, 'valueCode', '["a", "a b", "a  b", " a", "a "]'),
	(10, 'valueBase64Binary', '["QUJD", "QUI=", "QUI", "QU=I", "QUJD\nQUJD", "QU JD", "Q===", "*"]'),
	(11, 'valueInteger', '[0, -1, 2147483647, 2147483648, -2147483648, -2147483649, 1.0, 1e2]'),
	(12, 'valuePositiveInt', '[1, 0, -1]'),
	(13, 'valueUnsignedInt', '[1, 0, -1]'),
	(14, 'valueDecimal', '[0, -1.50, 1e-7, 123456789012345678901234567890.123456789, "1"]'),
	(15, 'valueBoolean', '[true, false, "true", 0]'),
	(16, 'valueString', '["a", " ", "\u0001", "\n", "線"]')) t(place, alternative, list),
	LATERAL (SELECT n, value, NOT EXISTS (SELECT FROM faults(jsonb_build_object('resourceType', 'Patient',
		'extension', jsonb_build_array(jsonb_build_object('url', 'http://a.example/e', alternative, value))))) AS good
		FROM jsonb_array_elements(list) WITH ORDINALITY v(value, n)) v
GROUP BY place, alternative ORDER BY place;

-- base64 of many groups: at which places does another character stand well?  Between groups, or at the end
SELECT name, string_agg(place::text, ' ' ORDER BY place) AS good
FROM (VALUES ('blank', ' '), ('end of line', E'\n'), ('padding', '='), ('hyphen', '-'), ('low line', '_'), ('@', '@'), ('[', '['), ('grave', '`'), ('{', '{'), ('comma', ','), ('dot', '.'), ('colon', ':'), ('e acute', 'é')) c (name, c),
	generate_series(1, 41) place, LATERAL (SELECT overlay(repeat('Az0+9/aZ', 5) PLACING c FROM place FOR CASE WHEN c = '=' THEN 1 ELSE 0 END) AS data) d
WHERE fhir_is_valid(jsonb_build_object('resourceType', 'Binary', 'contentType', 'a/b', 'data', data)) GROUP BY name ORDER BY name COLLATE "C";

-- what the form is, and where
SELECT * FROM faults('{"resourceType": "Patient", "id": "a b", "birthDate": "1970-02-30", "meta": {"lastUpdated": "2024-01-01"}, "multipleBirthInteger": 1.5}');
SELECT code, expression, diagnostics FROM faults(jsonb_build_object('resourceType', 'Patient', 'language', 'en',
	'contact', jsonb_build_array(jsonb_build_object('name', jsonb_build_object('text', repeat('線', 1048577))))));
SELECT fhir_is_valid(jsonb_build_object('resourceType', 'Patient', 'name', jsonb_build_array(jsonb_build_object('text', repeat('線', 1048576)))));

-- codes of required bindings; few are listed, many are named by their set
SELECT * FROM faults('{"resourceType": "Patient", "gender": "M", "contact": [{"gender": "f"}]}');
SELECT * FROM faults('{"resourceType": "Observation", "status": "done", "code": {"text": "x"}, "valueQuantity": {"value": 1, "comparator": "="}}');
SELECT * FROM faults('{"resourceType": "Questionnaire", "status": "active", "subjectType": ["Patient", "patient"]}');
-- a set that cannot be listed is not judged, an extensible one neither
SELECT * FROM faults('{"resourceType": "Patient", "language": "zh-TW", "maritalStatus": {"coding": [{"system": "http://a.example/m", "code": "x"}]}}');

-- CodeableConcept: one coding of the set, with its system, beside any others; text is not enough
SELECT what, f.* FROM (VALUES
	('good', '{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}'),
	('beside others', '{"coding": [{"system": "http://a.example/x", "code": "1"}, {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}'),
	('no system', '{"coding": [{"code": "active"}]}'),
	('another system', '{"coding": [{"system": "http://a.example/x", "code": "active"}]}'),
	('another code', '{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "Active"}]}'),
	('text', '{"text": "active"}')) t(what, status)
	LEFT JOIN LATERAL faults(jsonb_build_object('resourceType', 'Condition', 'subject', '{"display": "x"}'::jsonb,
		'clinicalStatus', status::jsonb)) f ON true;

-- no value of the document in any text
SELECT count(*) FROM faults('{"resourceType": "SecretA", "id": "SecretB"}') f WHERE f::text LIKE '%Secret%';
SELECT count(*) FROM faults('{"resourceType": "Patient", "id": "Secret B", "gender": "SecretC", "birthDate": "SecretD", "text": {"status": "SecretE", "div": "<SecretF"},
	"managingOrganization": {"reference": "Secret/1"}, "contact": [{"organization": {"reference": "Patient/Secret"}}]}') f WHERE f::text LIKE '%Secret%';
