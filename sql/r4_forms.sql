-- forms that HL7's validator asks for on every server, terminology apart
CREATE SCHEMA r4_forms;
SET search_path = r4_forms, public;
\pset format unaligned
\pset tuples_only on
-- what is found, the same in both forms and whatever was learned before
CREATE FUNCTION found(resource text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws('|', f.severity, f.expression, f.diagnostics)
		|| CASE WHEN fhir_is_valid(resource::json) <> fhir_is_valid(resource::jsonb) OR fhir_is_valid(resource::json) = (f.severity = 'error') THEN ' DISAGREES' ELSE '' END
	FROM (SELECT * FROM fhir_validate(resource::json) INTERSECT SELECT * FROM fhir_validate(resource::jsonb)) f
	WHERE f.diagnostics NOT LIKE 'dom-6%' ORDER BY f.expression COLLATE "C" $$;
CREATE FUNCTION patient(member text) RETURNS text LANGUAGE sql AS $$ SELECT '{"resourceType": "Patient", ' || member || '}' $$;

-- systems are absolute, and of codes no value sets
SELECT system, found(patient(format('"maritalStatus": {"coding": [{"system": %s, "code": "a"}]}', to_json(system))))
FROM unnest(ARRAY['SNOMED-CT', 'a/b', 'http:', ':a', '1a:b', '#a', 'http://a.example/ValueSet/x', 'http://hl7.org/fhir/ValueSet/marital-status', 'http://loinc.org',
	'urn:oid:2.16.840.1.113883.6.1', 'urn:oid:2.16.840.x', 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520', 'urn:uuid:C757873D-EC9A-4326-A141-556F43239520', 'urn:uuid:a1b2c3',
	'urn:iso:std:iso:3166', 'loinc.org', 'http://loinc.org']) system;
SELECT found(patient('"identifier": [{"system": "mrn", "value": "1"}, {"system": "http://a.example/ValueSet/1", "value": "1"}, {"system": "http://a.example/b", "value": "1"}]'));
SELECT found('{"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "valueQuantity": {"value": 1, "system": "ucum", "code": "g"}}');
SELECT found(patient('"telecom": [{"system": "phone", "value": "1"}]'));
-- URNs wherever a URI stands
-- of 36 characters just the digits of a UUID, and its dashes where they belong
SELECT replaced, count(*) AS faults
FROM unnest(ARRAY['/', '0', '9', ':', '@', 'A', 'F', 'G', '`', 'a', 'f', 'g', '-']) replaced, generate_series(1, 36) place,
	LATERAL fhir_validate(patient(format('"managingOrganization": {"reference": "urn:uuid:%s"}', overlay('c757873d-ec9a-4326-a141-556f43239520' PLACING replaced FROM place)))::json) f
WHERE f.severity = 'error' GROUP BY replaced ORDER BY replaced COLLATE "C";
SELECT found(patient('"implicitRules": "urn:oid:1.02", "meta": {"profile": ["urn:uuid:1|2", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520|1.0"], "source": "urn:oid:1.2#a"}, "extension": [{"url": "urn:uuid:x", "valueUrl": "urn:oid:"}]'));
SELECT found(patient('"managingOrganization": {"reference": "urn:uuid:a1b2c3"}, "generalPractitioner": [{"reference": "urn:oid:1.2.3"}, {"reference": "urn:oid:3.2"}, {"reference": "urn:other:x"}]'));
-- sizes of attachments
SELECT found(patient('"photo": [{"data": "QUJD", "size": 3, "contentType": "a/b"}, {"data": "QUI=", "size": 2, "contentType": "a/b"}, {"data": "QQ==", "size": 1, "contentType": "a/b"}, {"data": "QUJD", "size": 4, "contentType": "a/b"}, {"data": "QU JD", "size": 3, "contentType": "a/b"}, {"url": "http://a", "size": 9, "contentType": "a/b"}, {"data": "QQ==", "size": 2, "contentType": "a/b"}]'));
-- ids of elements, once in each resource
SELECT found(patient('"name": [{"id": "a", "text": "x", "_text": {"id": "b"}}, {"id": "a", "text": "y"}], "birthDate": "2000", "_birthDate": {"id": "b"}, "id": "a"'));
SELECT found(patient('"contained": [{"resourceType": "Basic", "id": "c", "code": {"id": "a", "text": "x"}, "extension": [{"id": "a", "url": "u:a", "valueCode": "x"}]}], "name": [{"id": "a", "text": "x"}], "link": [{"other": {"reference": "#c"}, "type": "refer"}]'));
SELECT found(patient('"generalPractitioner": [{"id": "a", "identifier": {"value": "1"}}, {"id": "a", "identifier": {"value": "2"}}]'));
SELECT found('{"resourceType": "ValueSet", "status": "active", "compose": {"include": [{"system": "http://a.example/b", "filter": [{"property": "a", "op": "=", "value": "1"}, {"property": "b", "op": "=", "value": "1"}]}]}}');
-- HTML in texts is a warning
SELECT found(patient('"name": [{"text": "a <b>b</b>"}, {"text": "a < b > c"}, {"text": "<script src=x>"}, {"text": "<5 mg"}, {"text": "<LOD> and <x y>"}, {"text": "</p>"}, {"family": "<IMG SRC=1>"}, {"text": "<b"}]'));
SELECT found(patient('"name": [{"text": "<blockquote>a"}, {"text": "<blockquotes>a"}, {"text": "</TextArea >"}]'));
SELECT found('{"resourceType": "Questionnaire", "status": "draft", "purpose": "*a* <br/> b", "description": "a <http://a.example> b", "text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><b>a</b></div>"}}');

-- Bundles
SELECT url, found(format('{"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": %s, "resource": {"resourceType": "Patient", "id": "1"}}]}', to_json(url)))
FROM unnest(ARRAY['Patient/1', '/Patient/1', 'urn:uuid:a1b2c3', 'urn:oid:1.2.3', 'http://a.example/Patient/1', 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520', 'urn:uuid:c757873dec9a4326']) url;
SELECT found('{"resourceType": "Bundle", "type": "searchset", "link": [{"relation": "self", "url": "http://a"}, {"relation": "next", "url": "http://b"}, {"relation": "self", "url": "http://c"}], "entry": [
	{"fullUrl": "http://a.example/Patient/1", "resource": {"resourceType": "Patient", "id": "1"}}, {"resource": {"resourceType": "Patient"}}, {"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]}}]}');
SELECT found('{"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": {"resourceType": "Patient"}}, {"resource": {"resourceType": "Patient", "id": "1"}}]}');
CREATE FUNCTION document(first text, others text) RETURNS text LANGUAGE sql AS $$
	SELECT '{"resourceType": "Bundle", "type": "document", "timestamp": "2020-01-01T00:00:00Z", "identifier": {"system": "u:a", "value": "1"}, "entry": [{"fullUrl": "http://a.example/r4/Composition/1",
		"resource": {"resourceType": "Composition", "id": "1", "status": "final", "type": {"text": "a"}, "date": "2020", "title": "a", ' || first || '}}, ' || others || ']}' $$;
CREATE FUNCTION entry(url text, resource text) RETURNS text LANGUAGE sql AS $$ SELECT format('{"fullUrl": "%s", "resource": %s}', url, resource) $$;
SELECT what, found(document(first, others)) FROM (VALUES
	('all is there', '"author": [{"reference": "Patient/p"}], "subject": {"reference": "http://a.example/r4/Patient/p/_history/1"}', entry('http://a.example/r4/Patient/p', '{"resourceType": "Patient", "id": "p"}')),
	('no author', '"author": [{"reference": "Practitioner/d"}], "relatesTo": [{"code": "replaces", "targetReference": {"reference": "Composition/0"}}]', entry('http://a.example/r4/Binary/b', '{"resourceType": "Binary", "id": "b", "contentType": "text/css"}')),
	('nor what sections tell of', '"author": [{"display": "a"}], "section": [{"section": [{"entry": [{"reference": "Basic/1"}, {"reference": "#"}], "emptyReason": {"text": "x"}}]}], "extension": [{"url": "u:a", "valueReference": {"reference": "Basic/2"}}]', entry('http://a.example/r4/Binary/b', '{"resourceType": "Binary", "id": "b", "contentType": "text/css"}')),
	('joined through others, forward and backward', '"author": [{"reference": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}]',
		entry('urn:uuid:c757873d-ec9a-4326-a141-556f43239520', '{"resourceType": "Patient", "id": "p", "managingOrganization": {"reference": "Organization/o"}}') || ', ' || entry('http://a.example/r4/Organization/o', '{"resourceType": "Organization", "id": "o", "name": "o"}')
		|| ', ' || entry('http://a.example/r4/Provenance/v', '{"resourceType": "Provenance", "id": "v", "target": [{"reference": "Organization/o"}], "recorded": "2020-01-01T00:00:00Z", "agent": [{"who": {"display": "a"}}]}')),
	('of two that are called alike, the one below the same base', '"author": [{"reference": "Patient/p"}]', entry('http://b.example/Patient/p', '{"resourceType": "Patient", "id": "p"}') || ', ' || entry('http://a.example/r4/Patient/p', '{"resourceType": "Patient", "id": "p"}')),
	('not joined', '"author": [{"reference": "Patient/p"}]', entry('http://a.example/r4/Patient/p', '{"resourceType": "Patient", "id": "p"}') || ', ' || entry('http://a.example/r4/Patient/q', '{"resourceType": "Patient", "id": "q"}') || ', ' || entry('http://a.example/r4/Patient/r', '{"resourceType": "Patient", "id": "r", "link": [{"other": {"reference": "Patient/q"}, "type": "refer"}]}'))
	) v(what, first, others);
DROP SCHEMA r4_forms CASCADE;
