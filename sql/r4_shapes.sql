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
	('{"resourceType": "Basic"}'), ('{"resourceType": "basic"}'), ('{"resourceType": 1}'), ('{}'), ('[]'), ('1'),
	-- ids of elements: different, equal, equal in a twin, equal in a resource of its own
	('{"resourceType": "Patient", "name": [{"id": "a", "text": "x"}, {"id": "b", "text": "x"}]}'),
	('{"resourceType": "Patient", "name": [{"id": "a", "text": "x"}, {"id": "a", "text": "x"}]}'),
	('{"resourceType": "Patient", "name": [{"id": "a", "text": "x"}], "birthDate": "2000", "_birthDate": {"id": "a"}}'),
	('{"resourceType": "Patient", "name": [{"id": "a", "text": "x"}], "link": [{"id": "b", "type": "refer", "other": {"reference": "#c"}}], "contained": [{"resourceType": "Patient", "id": "c", "name": [{"id": "a", "text": "x"}]}]}'),
	('{"resourceType": "Patient", "name": [{"id": "a", "text": "x"}], "link": [{"id": "a", "type": "refer", "other": {"reference": "#c"}}], "contained": [{"resourceType": "Patient", "id": "c", "name": [{"id": "b", "text": "x"}]}]}'),
	-- sizes of attachments
	('{"resourceType": "Patient", "photo": [{"contentType": "a/b", "data": "QUJD", "size": 3}, {"contentType": "a/b", "data": "QUJD\nQQ==", "size": 4}]}'),
	('{"resourceType": "Patient", "photo": [{"contentType": "a/b", "data": "QUJD", "size": 3}, {"contentType": "a/b", "data": "QUJDQQ==", "size": 5}]}'),
	('{"resourceType": "Patient", "photo": [{"contentType": "a/b", "data": "QUJD", "size": 33}]}'),
	-- a path that ends in a good type teaches nothing of its first name
	('{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "hasMember": [{"reference": "Patient/Observation/5"}, {"reference": "Patient/Observation/6"}]}'),
	('{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "hasMember": [{"reference": "Patient/Observation/5"}, {"reference": "Patient/5"}]}'),
	('{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "hasMember": [{"reference": "Observation/5"}, {"reference": "Observation/5", "type": "Patient"}]}'),
	('{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "hasMember": [{"reference": "Observation/5"}, {"reference": "Observation/a b"}]}'),
	('{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "hasMember": [{"reference": "Observation/5"}, {"reference": "Observation5"}, {"reference": "Observation/"}]}'),
	-- systems and codes in turn, the last of them bad
	('{"resourceType": "Observation", "status": "final", "code": {"coding": [{"system": "u:a", "code": "x"}, {"system": "u:b", "code": "x"}, {"system": "u:a", "code": "x"}, {"system": "u:b", "code": "x"}, {"system": "uxa", "code": "x"}]}}'),
	('{"resourceType": "Patient", "name": [{"use": "usual", "text": "x"}, {"use": "maiden", "text": "x"}, {"use": "usual", "text": "x"}, {"use": "nosey", "text": "x"}]}'),
	-- a comparator that is all there is, and a reference without a type where none was met before
	('{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "referenceRange": [{"low": {"comparator": "<"}}]}'),
	('{"resourceType": "Encounter", "status": "planned", "class": {"code": "a"}, "serviceProvider": {"reference": "/1"}}'),
	-- half of one choice beside half of another, whose names are one letter apart
	('{"resourceType": "Patient", "extension": [{"url": "u:a", "valueDate": "2020", "_valueCode": {"id": "a"}}]}'),
	('{"resourceType": "Patient", "extension": [{"url": "u:a", "valueDate": "2020", "_valueDate": {"id": "a"}}]}');
-- more ids than the walk compares; the last of one of them stands twice
INSERT INTO resource (resource)
SELECT '{"resourceType": "Patient", "name": [' || string_agg(format('{"id": "%s", "text": "x"}', CASE WHEN i = n AND again THEN 1 ELSE i END), ', ') || ']}'
FROM (VALUES (16, false), (17, false), (16, true), (17, true)) v (n, again), generate_series(1, n) i GROUP BY n, again ORDER BY again, n;

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
