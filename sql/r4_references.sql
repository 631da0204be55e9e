-- what a Reference may point to
CREATE SCHEMA r4_references;
SET search_path = r4_references, public;
CREATE FUNCTION faults(resource jsonb, OUT code text, OUT expression text, OUT diagnostics text) RETURNS SETOF record
	LANGUAGE sql AS $$SELECT code, expression, diagnostics FROM fhir_validate(resource) WHERE severity = 'error'$$;
\pset format unaligned
\pset tuples_only on

-- good ones: nothing to say
SELECT reference FROM unnest(ARRAY[
	'Organization/1', 'Organization/1/_history/2', 'http://a.example/fhir/Organization/1', 'https://a.example/Organization/1/_history/3',
	'http://a.example/org?id=1', 'http://a.example/Foo/1', 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520', 'urn:oid:1.2.3',
	'Organization?identifier=x|1', '#org']) reference
WHERE NOT fhir_is_valid(jsonb_build_object('resourceType', 'Patient',
	'contained', '[{"resourceType": "Organization", "id": "org", "name": "x"}]'::jsonb,
	'managingOrganization', jsonb_build_object('reference', reference, 'type', 'Organization'),
	'contact', '[{"organization": {"reference": "#org"}}]'::jsonb)
	#- CASE WHEN reference = '#org' THEN '{contact}' ELSE '{none}' END::text[]);

-- bad ones
SELECT reference, f.* FROM unnest(ARRAY[
	'Patient/1', 'Patient/1/_history/2', 'http://a.example/fhir/Patient/1', 'Patient?identifier=x', '#pat', '#',
	'Organisation/1', 'Organization', 'Organization/', 'Organization/a b', '/', '1', 'Organization/1/2']) reference
	LEFT JOIN LATERAL faults(jsonb_build_object('resourceType', 'Patient',
	'contained', '[{"resourceType": "Patient", "id": "pat"}]'::jsonb,
	'managingOrganization', jsonb_build_object('reference', reference),
	'generalPractitioner', '[{"display": "x"}]'::jsonb)) f ON f.expression NOT LIKE 'Patient.contained%' AND f.code <> 'invariant';

-- the stated type
SELECT * FROM faults('{"resourceType": "Patient", "managingOrganization": {"type": "Patient", "display": "x"}}');
SELECT * FROM faults('{"resourceType": "Patient", "generalPractitioner": [{"display": "x"}, {"type": "Organization", "reference": "Practitioner/1"}]}');
SELECT * FROM faults('{"resourceType": "Patient", "managingOrganization": {"type": "http://a.example/Model", "display": "x"}}');
SELECT * FROM faults('{"resourceType": "Patient", "managingOrganization": {"type": {"a": 1}, "reference": "Organization/1"},
	"generalPractitioner": [{"type": ["Practitioner"], "display": "x"}, {"type": 1, "display": "x"}]}');

-- a contained resource whose type is no text, or that has none
SELECT * FROM faults('{"resourceType": "Patient", "contained": [{"resourceType": {"a": 1}, "id": "a"}, {"resourceType": ["Organization"], "id": "b"}, {"id": "c"}],
	"managingOrganization": {"reference": "#a"}, "generalPractitioner": [{"reference": "#b"}, {"reference": "#c"}]}');

-- any type, and an extension's value
SELECT * FROM faults('{"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "focus": [{"reference": "Basic/1"}],
	"extension": [{"url": "http://a.example/e", "valueReference": {"reference": "Foo/1"}}]}');

-- of a choice
SELECT * FROM faults('{"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"reference": "Location/1"},
	"medicationReference": {"reference": "Substance/1"}}');

-- an entry's references look into the entry's own contained resources
SELECT * FROM faults('{"resourceType": "Bundle", "type": "collection", "entry": [
	{"fullUrl": "http://a.example/Patient/1", "resource": {"resourceType": "Patient", "id": "1", "contained": [{"resourceType": "Organization", "id": "o", "name": "x"}], "managingOrganization": {"reference": "#o"}}},
	{"fullUrl": "http://a.example/Patient/2", "resource": {"resourceType": "Patient", "id": "2", "contained": [{"resourceType": "Practitioner", "id": "o"}], "managingOrganization": {"reference": "#o"}, "generalPractitioner": [{"reference": "#o"}]}}]}');
