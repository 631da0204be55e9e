-- r4_shapes: what is learned of objects must not change what is found of others
SET client_min_messages = warning;

-- jsonb is checked by what was learned, json is not: both say the same
CREATE FUNCTION disagree(resource text) RETURNS boolean LANGUAGE sql AS $$
	SELECT array(SELECT f::text FROM fhir_validate(resource::jsonb) f) <> array(SELECT f::text FROM fhir_validate(resource::jsonb::text::json) f)
		OR fhir_is_valid(resource::jsonb) <> fhir_is_valid(resource::jsonb::text::json)
		OR fhir_is_valid(resource::jsonb) <> NOT EXISTS (SELECT FROM fhir_validate(resource::jsonb) WHERE severity = 'error') $$;

CREATE TABLE resource (id serial, resource text);
INSERT INTO resource (resource) VALUES
	('{"resourceType": "Patient", "gender": "male", "active": true}'),
	('{"resourceType": "Patient", "gender": "man", "active": true}'),
	('{"resourceType": "Patient", "gender": "male", "active": "true"}'),
	('{"resourceType": "Patient", "gender": "male", "active": true, "agender": 1}'),
	('{"resourceType": "Person", "gender": "male", "active": true, "name": [{"family": "A"}]}'),
	('{"resourceType": "Patient", "birthDate": "2000-01-01", "_birthDate": {"id": "a"}}'),
	('{"resourceType": "Patient", "_birthDate": {"id": "a"}}'),
	('{"resourceType": "Patient", "_birthDate": {"extension": [{"url": "a"}]}}'),
	('{"resourceType": "Patient", "name": [{"given": ["A", null], "_given": [null, {"id": "a"}]}]}'),
	('{"resourceType": "Patient", "name": [{"given": ["A", null], "_given": [{"id": "a"}, null]}]}'),
	('{"resourceType": "Patient", "deceasedBoolean": true}'),
	('{"resourceType": "Patient", "deceasedBoolean": true, "deceasedDateTime": "2020"}'),
	('{"resourceType": "Patient", "deceasedBoolean": true, "_deceasedDateTime": {"id": "a"}}'),
	('{"resourceType": "Patient", "deceasedBoolean": true, "_deceasedBoolean": {"id": "a"}}'),
	('{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "effectivePeriod": {"start": "2020", "end": "2021"}}'),
	('{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "effectivePeriod": {"start": "2021", "end": "2020"}}'),
	('{"resourceType": "Observation", "status": "final"}'),
	('{"resourceType": "Observation", "status": "final", "code": {}}'),
	('{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "subject": {"reference": "#b"}, "contained": [{"resourceType": "Patient", "id": "b"}]}'),
	('{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "subject": {"reference": "#b"}, "contained": [{"resourceType": "Patient", "id": "c"}]}'),
	('{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "subject": {"reference": "#b"}, "contained": [{"resourceType": "Location", "id": "b"}, {"resourceType": "Organization", "id": "b"}]}'),
	('{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "subject": {"reference": "#b"}, "contained": [{"resourceType": "Patient"}]}'),
	('{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "subject": {"reference": "Practitioner/1"}}'),
	('{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "referenceRange": [{"low": {"value": 1, "comparator": "<"}}]}'),
	('{"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "urn:uuid:0c1f7d4e-0000-4000-8000-000000000000", "resource": {"resourceType": "Patient", "link": [{"type": "seealso", "other": {"reference": "#"}}]}}]}'),
	('{"resourceType": "Patient", "name": [{"text": ""}], "photo": [{"size": 1.5}], "multipleBirthInteger": 2}'),
	('{"resourceType": "Patient", "name": [{"": 1}, {"": {"": 1}}]}'),
	('{"resourceType": "Basic"}'), ('{"resourceType": "basic"}'), ('{"resourceType": 1}'), ('{}'), ('[]'), ('1');

-- each alone, then with what all the others have taught
SELECT id, resource FROM resource WHERE disagree(resource) ORDER BY id;
SELECT id, resource FROM resource WHERE disagree(resource) ORDER BY id DESC;
SELECT string_agg(id || CASE WHEN fhir_is_valid(resource::jsonb) THEN ' yes' ELSE ' no' END, ', ' ORDER BY id) FROM resource;

-- far more shapes than are kept: what is forgotten is learned again
SELECT count(*) AS valid FROM generate_series(1, 3000) i
WHERE fhir_is_valid(jsonb_build_object('resourceType', 'Patient', repeat('x', 500) || i, 1));
SELECT count(*) AS contexts, bool_and(total_bytes < 4 * 1024 * 1024) AS bounded FROM pg_backend_memory_contexts WHERE name = 'fhir_bridge shapes';
SELECT count(*) AS disagreeing FROM resource WHERE disagree(resource);

-- objects with more names than a shape may have
SELECT count(*) AS faults FROM fhir_validate((SELECT jsonb_object_agg('x' || i, i) || '{"resourceType": "Patient", "active": true}' FROM generate_series(1, 900) i));
SELECT code, expression, diagnostics FROM fhir_validate((SELECT jsonb_object_agg('x' || i, i) || '{"resourceType": "Patient", "active": true}' FROM generate_series(1, 100000) i));

-- more shapes in one document than are kept
SELECT fhir_is_valid(jsonb_build_object('resourceType', 'StructureDefinition', 'url', 'u:a', 'name', 'A', 'status', 'draft', 'kind', 'logical',
	'abstract', true, 'type', 'u:a', 'differential', jsonb_build_object('element', jsonb_agg(e)))) AS valid
FROM (
	SELECT jsonb_object_agg(name, CASE WHEN name LIKE '\_%' THEN '{"extension": [{"url": "u:a", "valueCode": "x"}]}'::jsonb ELSE to_jsonb('u'::text) END) || jsonb_build_object('path', 'A.b', 'id', 'i' || i) AS e
	FROM generate_series(0, 16383) i, unnest(ARRAY['label', '_label', 'short', '_short', 'definition', '_definition', 'comment', '_comment',
		'requirements', '_requirements', 'meaningWhenMissing', '_meaningWhenMissing', 'orderMeaning', '_orderMeaning']) WITH ORDINALITY n (name, bit)
	WHERE i >> (bit - 1)::int & 1 = 1 GROUP BY i) s;
SELECT bool_and(total_bytes < 4 * 1024 * 1024) AS bounded FROM pg_backend_memory_contexts WHERE name = 'fhir_bridge shapes';
