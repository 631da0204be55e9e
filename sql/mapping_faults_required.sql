-- required elements that no member could give, two constants of one choice, and seven faults at once
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA mapping_faults_required;
SET search_path = mapping_faults_required, public;
CREATE TABLE t (id text, a text, n numeric, d date, tz timestamptz, b boolean, j jsonb, x bytea, l timestamp, r text[]);
-- at the root, of several types
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}"}');
SELECT fhir_map('t', '{"resourceType":"Encounter","id":"{id}","class":{"code":"{a}"}}');
SELECT fhir_map('t', '{"resourceType":"Condition","id":"{id}"}');
-- an id: of the key where there is one; resources that are sent once need none, nor does what a Bundle holds
CREATE TABLE k ("Chart No" text, visit int, PRIMARY KEY (visit, "Chart No"));
SELECT fhir_map('t', '{"resourceType":"Patient","gender":"male"}');
SELECT fhir_map('k', '{"resourceType":"Encounter","status":"planned","class":{"code":"AMB"}}');
SELECT fhir_map('k', '{"resourceType":"Encounter","id":"{fhir_id(''encounter'', \"Chart No\", visit)}","status":"planned","class":{"code":"AMB"}}');
SELECT fhir_map('t', '{"resourceType":"Patient","Id":"{id}"}'), fhir_map('t', '{"resourceType":"Patient","_id":{"id":"{id}"}}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":null}');
SELECT fhir_map_try('t', '{"resourceType":"Patient","gender":"male"}');
SELECT fhir_map('t', '{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"{a}"}]}', 'o'), fhir_map('t', '{"resourceType":"Parameters","parameter":[{"name":"{a}"}]}', 'p'),
	fhir_map('t', '{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient","gender":"{a}"},"request":{"method":"POST","url":"Patient"}}]}', 'b');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","contained":[{"resourceType":"Patient","gender":"{a}"},{"resourceType":"Basic","code":{"text":"x"},"subject":{"reference":"#"}}]}');
-- of a choice, one alternative
SELECT fhir_map('t', '{"resourceType":"MedicationRequest","id":"{id}","status":"active","intent":"order","subject":{"reference":"Patient/{a}"}}');
SELECT fhir_map('t', '{"resourceType":"Immunization","id":"{id}","status":"completed","vaccineCode":{"text":"{a}"},"patient":{"reference":"Patient/{a}"}}');
-- in data types, backbone elements, contained resources and extensions
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}",
	"communication": [{"preferred": true}],
	"link": [{"other": {"reference": "Patient/{a}"}}],
	"extension": [{"valueString": "{a}"}],
	"contained": [{"resourceType": "Observation", "id": "o", "status": "final"}],
	"text": {"div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">{a}</div>"}}');
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"x"},"component":[{"valueQuantity":{"value":"{n}"}},{"$each":"r AS e","valueString":"{e}"}]}');
-- two constants of one choice
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","deceasedBoolean":false,"deceasedDateTime":"2024-01-01"}');
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"x"},"valueQuantity":{"value":1},"valueString":"x","valueCodeableConcept":{"text":"y"}}');
-- a SimpleQuantity, an id for all rows
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"x"},"referenceRange":[{"low":{"value":"{n}","comparator":"<"}}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"chart_no"}');
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"x"},"extension":[{"url":"http://x.org","valueUuid":"{md5_uuid(a)}"},{"url":"http://x.org","valueUuid":"urn:uuid:{md5_uuid(a)}"}]}');
-- types of values that never fit
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"x"},"valueQuantity":{"value":"{a}"}}');
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"x"},"issued":"{l}"}');
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"x"},"valueString":"{x}"}');
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"x"},"valueBoolean":"{a}","effectiveDateTime":"{n}","issued":"{d}"}');
-- seven faults of seven kinds, in the template's order
SELECT fhir_map('t', '{
  "resourceType": "Observation",
  "id": "{id}",
  "status": "finished",
  "category": {"text": "{a}"},
  "subject": {"reference": "Practitioner/{a}"},
  "issued": "2024-02-30T10:00:00Z",
  "birthDate": "{d}",
  "valueQuantity": {"value": "{a}"}
}');
-- all of these register: conditions, twins, choices, splices and $each may give what is required
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"$if":"b","text":"x"}}');
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":"{j}"}');
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","_status":{"extension":[{"url":"http://x.org","valueCode":"unknown"}]},"code":{"text":"x"},"component":["{j}"]}');
SELECT fhir_map('t', '{"resourceType":"Questionnaire","id":"{id}","status":"draft","item":[{"$each":"r AS e","linkId":"{e}","type":"string"}]}');
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"x"},"valueQuantity":{"$if":"b","value":1},"valueString":"{a}","component":[{"code":{"text":"y"},"valueBoolean":true}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''only''}"}');
SET client_min_messages = warning;
DROP SCHEMA mapping_faults_required CASCADE;
