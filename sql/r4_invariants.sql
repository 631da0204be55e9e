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
