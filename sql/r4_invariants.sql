-- the invariants of R4: which are checked, and what fhir_validate says of them
CREATE SCHEMA r4_invariants;
SET search_path = r4_invariants, public;
\pset format unaligned
\pset tuples_only on

SELECT checked, severity, count(*), count(DISTINCT path) FROM fhir_invariants() GROUP BY 1, 2 ORDER BY 1, 2;
SELECT * FROM fhir_invariants() WHERE key IN ('obs-7', 'ctm-1') ORDER BY key;
SELECT key, path, checked, reason FROM fhir_invariants() WHERE reason IS NOT NULL ORDER BY key, path;
SELECT provolatile, proparallel, proisstrict FROM pg_proc WHERE proname = 'fhir_invariants';

CREATE FUNCTION faults(resource jsonb, OUT severity text, OUT code text, OUT expression text, OUT diagnostics text) RETURNS SETOF record LANGUAGE sql
	AS $$ SELECT * FROM fhir_validate(resource) WHERE diagnostics NOT LIKE 'dom-6%' $$;

-- warnings make nothing invalid
SELECT v.severity, v.expression, v.diagnostics FROM fhir_validate('{"resourceType": "Patient"}'::jsonb) v;
SELECT fhir_is_valid('{"resourceType": "Patient"}'::jsonb);

-- good ones
SELECT count(*) FROM faults('{"resourceType": "Patient", "contained": [{"resourceType": "Organization", "id": "o", "name": "x"}],
	"managingOrganization": {"reference": "#o"}, "telecom": [{"system": "phone", "value": "1"}],
	"identifier": [{"value": "1", "period": {"start": "2020-01-01T10:00:00+08:00", "end": "2020-01-01T03:00:00Z"}}]}');
SELECT count(*) FROM faults('{"resourceType": "Patient", "identifier": [{"value": "1", "period": {"start": "2020", "end": "2020-05"}}]}');

-- bad ones, with the place of the fault
SELECT expression, diagnostics FROM faults('{"resourceType": "Patient", "contained": [{"resourceType": "Organization", "id": "o", "name": "x"}],
	"managingOrganization": {"reference": "#p"}, "telecom": [{"system": "phone", "value": "1"}, {"value": "2"}],
	"contact": [{"gender": "male"}],
	"extension": [{"url": "http://a.example/e"}],
	"identifier": [{"value": "1", "period": {"start": "2020-01-01T10:00:00+08:00", "end": "2020-01-01T01:59:59Z"}}]}');
SELECT expression, diagnostics FROM faults('{"resourceType": "Observation", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "1"}]},
	"valueQuantity": {"value": 1, "code": "mg"}, "dataAbsentReason": {"text": "x"}, "referenceRange": [{"type": {"text": "x"}}],
	"component": [{"code": {"coding": [{"system": "http://loinc.org", "code": "1"}]}, "valueRange": {"low": {"value": 2}, "high": {"value": 1.99}}}]}');
SELECT expression, diagnostics FROM faults('{"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "http://a.example/Basic/1", "request": {"method": "GET", "url": "x"}},
	{"fullUrl": "http://a.example/Basic/1", "resource": {"resourceType": "Organization", "identifier": [{"value": "1"}], "telecom": [{"system": "phone", "value": "1", "use": "home"}]}}]}');
SELECT fhir_is_valid('{"resourceType": "Patient", "telecom": [{"value": "2"}]}'::jsonb), fhir_is_valid('{"resourceType": "Patient", "telecom": [{"value": "2"}]}'::json);

-- a code is compared to its end: what begins one, or goes on behind it, is another
SELECT t, expression, diagnostics FROM unnest('{string,str,strings,open-choice,open,text,tex}'::text[]) t, faults(format('{"resourceType": "Questionnaire", "status": "draft",
	"item": [{"linkId": "1", "type": "%s", "maxLength": 9}]}', t)::jsonb) WHERE diagnostics LIKE 'que-10%';
SELECT t, expression, diagnostics FROM unnest('{C,CM,CMX,AC}'::text[]) t, faults(format('{"resourceType": "ServiceRequest", "status": "active", "intent": "order",
	"subject": {"display": "x"}, "occurrenceTiming": {"repeat": {"offset": 5, "when": ["%s"]}}}', t)::jsonb) WHERE diagnostics LIKE 'tim-9%';

-- of many: asked for in their order, backwards, again and again, and one that is not there
CREATE FUNCTION listed(item text, ids int[]) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(replace(item, '@', id::text), ', ' ORDER BY n) FROM unnest(ids) WITH ORDINALITY u (id, n) $$;
CREATE FUNCTION from_to(a int, b int) RETURNS int[] LANGUAGE sql AS $$ SELECT array(SELECT generate_series(a, b, sign(b - a)::int)) $$;
SELECT asked, expression, diagnostics FROM (VALUES (from_to(1, 12)), (from_to(12, 1)), ('{3,3,4,4,12,12,1,2,1}'), ('{9,13,9,10}'), ('{13}')) v (asked)
LEFT JOIN LATERAL faults(('{"resourceType": "ImplementationGuide", "url": "http://a.example/c", "name": "Xy", "status": "draft", "packageId": "a.b", "fhirVersion": ["4.0.1"], "definition": {
	"grouping": [' || listed('{"id": "g@", "name": "x"}', from_to(1, 12)) || '],
	"resource": [' || listed('{"reference": {"reference": "Patient/p"}, "groupingId": "g@"}', asked) || ']}}')::jsonb) f ON true;
SELECT asked, expression, diagnostics FROM (VALUES (from_to(1, 12), from_to(1, 12)), (from_to(1, 12), from_to(12, 1)), (from_to(1, 12), '{1,3,2,2,4,6,5,8,7,9,9,12,11,10}'), (from_to(1, 12), '{1,2,3,4,13,5,6,7,8,9,10,11,12}'),
	(from_to(1, 12), '{1,2,3,4,5,6,7,8,9,10,11}'), ('{1,2,3,4,5,5,6,7,8,9}', from_to(9, 1)), ('{1,2,3,4,5,5,6,7,8,9}', '{1,2,3,4,6,7,8,9}')) v (contained, asked)
LEFT JOIN LATERAL faults(('{"resourceType": "List", "status": "current", "mode": "working",
	"contained": [' || listed('{"resourceType": "Basic", "id": "c@", "code": {"text": "x"}}', contained) || '],
	"entry": [' || listed('{"item": {"reference": "#c@"}}', asked) || ']}')::jsonb) f ON true;
