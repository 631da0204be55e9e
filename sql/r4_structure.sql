-- which elements may stand where, how often, and which must

-- the errors of a resource, one a row; a good one has none
CREATE SCHEMA r4_structure;
SET search_path = r4_structure, public;
CREATE FUNCTION faults(resource jsonb, OUT code text, OUT expression text, OUT diagnostics text) RETURNS SETOF record
	LANGUAGE sql AS $$SELECT code, expression, diagnostics FROM fhir_validate(resource) WHERE severity = 'error'$$;
\pset format unaligned
\pset tuples_only on

-- good ones: nothing to say
SELECT fhir_is_valid('{"resourceType": "Patient"}'::jsonb);
SELECT * FROM faults('{"resourceType": "Patient", "id": "1", "active": true, "gender": "female", "birthDate": "1970-05",
	"name": [{"family": "Chen", "given": ["Yi", "Chun"]}], "deceasedDateTime": "2020", "multipleBirthInteger": 2,
	"extension": [{"url": "http://a.example/e", "valueQuantity": {"value": 1.50, "comparator": "<"}}]}');
SELECT * FROM faults('{"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "valueQuantity": {"value": -0.00001}}');

-- unknown elements, with names like them
SELECT * FROM faults('{"resourceType": "Patient", "brithDate": "1970"}');
SELECT * FROM faults('{"resourceType": "Patient", "name": [{"family": "a"}, {"familiy": "b"}]}');
SELECT * FROM faults('{"resourceType": "Patient", "status": "final"}');
SELECT * FROM faults('{"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "value": 1}');
SELECT * FROM faults('{"resourceType": "Patient", "contact": [{"birthDate": "1970"}]}');
SELECT * FROM faults('{"resourceType": "Patient", "name": [{"resourceType": "HumanName"}]}');
SELECT * FROM faults('{"resourceType": "Patient", "": "x", "a`b\\c d": 1, "線\n": 2, "_": {}}');
SELECT code, length(expression) FROM faults(jsonb_build_object('resourceType', 'Patient', repeat('線', 30000), 1));
-- Group and Questionnaire.item refer to the content of another element
SELECT * FROM faults('{"resourceType": "Questionnaire", "status": "draft", "item": [{"linkId": "1", "type": "group",
	"item": [{"linkId": "2", "type": "group", "item": [{"linkId": "3", "type": "string", "itme": []}]}]}]}');

-- one value or an array
SELECT * FROM faults('{"resourceType": "Patient", "name": {"family": "a"}, "active": [true]}');
SELECT * FROM faults('{"resourceType": "Patient", "name": [[{"family": "a"}]]}');
SELECT * FROM faults('{"resourceType": "Patient", "name": [{"family": ["a"], "given": "b"}]}');

-- JSON types
SELECT * FROM faults('{"resourceType": "Patient", "active": "true", "birthDate": 1970, "name": ["a"], "maritalStatus": "M"}');
SELECT * FROM faults('{"resourceType": "Patient", "multipleBirthInteger": "2", "gender": false, "photo": [7]}');
SELECT * FROM faults('{"resourceType": "Patient", "birthDate": {"extension": []}, "contact": true}');

-- what must stand; a twin is enough for a primitive, one alternative for a choice
SELECT * FROM faults('{"resourceType": "Observation"}');
SELECT * FROM faults('{"resourceType": "Observation", "_status": {"extension": [{"url": "http://a.example/e", "valueCode": "unknown"}]}, "code": {"text": "x"}}');
SELECT * FROM faults('{"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"display": "x"}}');
SELECT * FROM faults('{"resourceType": "Patient", "link": [{"type": "seealso"}], "extension": [{"valueString": "x"}]}');

-- one alternative of a choice, not two
SELECT * FROM faults('{"resourceType": "Patient", "deceasedBoolean": true, "deceasedDateTime": "2020"}');
SELECT * FROM faults('{"resourceType": "Patient", "deceasedBoolean": true, "_deceasedDateTime": {"id": "x"}}');
SELECT * FROM faults('{"resourceType": "Patient", "deceasedString": "x"}');

-- nothing is null, nothing is empty
SELECT * FROM faults('{"resourceType": "Patient", "active": null, "name": [null], "photo": null}');
SELECT * FROM faults('{"resourceType": "Patient", "id": "", "name": [], "maritalStatus": {}, "contact": [{}]}');

-- a SimpleQuantity has no comparator
SELECT * FROM faults('{"resourceType": "Observation", "status": "final", "code": {"text": "x"},
	"referenceRange": [{"low": {"value": 1, "comparator": "<"}}]}');

-- the expression leads through choices
SELECT * FROM faults('{"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "valueQuantity": {"value": "1"},
	"component": [{"code": {"text": "y"}, "valueCodeableConcept": {"coding": [{"code": "a"}, {"code": 1}]}}]}');
SELECT * FROM faults('{"resourceType": "Patient", "extension": [{"url": "http://a.example/e",
	"extension": [{"url": "u", "valuePeriod": {"start": "1970-02-30"}}]}]}');

-- and counts the members of arrays in arrays, in both walks over the document
SELECT * FROM faults('{"resourceType": "Bundle", "type": "collection", "entry": [
	{"resource": {"resourceType": "Patient", "name": [{"use": "x"}, {"use": "usual"}, {"use": "x", "given": ["a", "b", 1]}],
		"contact": [{"gender": "male"}, {"relationship": [{"text": "x"}, {}]}]}},
	{"fullUrl": "urn:uuid:31c0cf5e-4489-4f8a-ab29-7ec58a85ba30"},
	{"resource": {"resourceType": "Patient", "name": [{"use": "usual"}, {"use": "x"}], "contact": [{}, {"gender": "male"}]}}]}');

-- what is missing, and not what stands first, last or between
SELECT resource, expression FROM unnest(ARRAY['{"code": {"text": "a"}, "resourceType": "Observation"}', '{"status": "final", "resourceType": "Observation"}', '{"resourceType": "Observation", "code": {"text": "a"}}',
	'{"_status": {"id": "a"}, "resourceType": "Observation"}']) resource, fhir_validate(resource::json) WHERE severity = 'error';

-- no resource at all
SELECT r, f.* FROM unnest('{"[]","{}","null","1","\"Patient\"","[{\"resourceType\": \"Patient\"}]"}'::jsonb[]) r, faults(r) f;
SELECT * FROM faults('{"id": "1"}');
SELECT * FROM faults('{"resourceType": "patient"}');
SELECT * FROM faults('{"resourceType": "DomainResource"}');
SELECT * FROM faults('{"resourceType": "HumanName"}');
SELECT * FROM faults('{"resourceType": ["Patient"]}');
SELECT fhir_is_valid(NULL::jsonb) IS NULL;
