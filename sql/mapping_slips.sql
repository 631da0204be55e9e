-- an engineer's slips, each with the hint that mends it
CREATE SCHEMA mapping_slips;
SET search_path = mapping_slips, public;
CREATE TABLE pt (chart_no char(10) PRIMARY KEY, pt_name text, sex_cd char(1), birth char(8), tel text, photo bytea, adm timestamp,
	active_yn char(1), allergies text[], notes jsonb, visits int);
CREATE TABLE ob (ob_no int PRIMARY KEY, chart_no char(10), item text, val text, num numeric, unit text, at timestamp, patient uuid);

-- names as the table has them; elements on the wrong level; a choice without its type
SELECT fhir_map('pt', '{"resourceType":"Patient","id":"{chart_no}","birth_date":"{birth}","family":"{pt_name}","city":"{tel}"}');
SELECT fhir_map('ob', '{"resourceType":"Observation","id":"{ob_no}","status":"done","code":"{item}","value":"{num}","effectiveDate":"{at}"}');
SELECT fhir_map('pt', '{"resourceType":"MedicationRequest","id":"{chart_no}","status":"active","intent":"order","medication":{"text":"x"},
	"subject":{"reference":"patient/{chart_no}"},"dosageInstruction":[{"doseAndRate":[{"doseQuantity":{"value":"{visits} mg"}}]}]}');

-- one value where an object or an array belongs
SELECT fhir_map('ob', '{"resourceType":"Observation","id":"{ob_no}","status":"final","code":{"coding":[{"code":"{item}"}]},"valueQuantity":"{num}"}');
SELECT fhir_map('pt', '{"resourceType":"Encounter","id":"{chart_no}","status":"finished","class":"{sex_cd}","type":["{tel}"],"period":"{adm}"}');
SELECT fhir_map('pt', '{"resourceType":"Patient","id":"{chart_no}","name":[{"given":"{pt_name}"}],"address":[{"line":"{tel}, x"}]}');

-- a reference that is an id alone
SELECT fhir_map('ob', '{"resourceType":"Observation","id":"{ob_no}","status":"final","code":{"text":"{item}"},
	"subject":{"reference":"{patient}"},"encounter":{"reference":"{ob_no}"},"performer":[{"reference":"{chart_no}"}]}');

-- what is no code, whatever the row holds
SELECT fhir_map('pt', '{"resourceType":"Patient","id":"{chart_no}","gender":"{sex_cd = ''M''}","contact":[{"gender":"{visits}"}]}');
SELECT fhir_map('pt', '{"resourceType":"Condition","id":"{chart_no}","subject":{"reference":"Patient/{chart_no}"},
	"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"{active_yn = ''Y''}"}]}}');

-- SQL that is none
SELECT fhir_map('pt', '{"resourceType":"Patient","id":"{chart_no}","$if":"{active_yn = ''Y''}",
	"name":[{"text":"{select pt_name}"},{"text":"{pt.pt_name}"},{"text":"{foo(pt_name)}"},{"text":"{pt_name;}"},{"text":"{pt_name || \"x\"}"}]}');
SELECT fhir_map('pt', '{"resourceType":"Patient","id":"{chart_no}","name":[{"text":"{pt_name"}],"birthDate":"{to_date(birth}"}');

-- control keys
SELECT fhir_map('pt', '{"resourceType":"Patient","id":"{chart_no}","name":[{"$need":"text","text":"{pt_name}"},{"$need":["tex"],"text":"{pt_name}"}],
	"maritalStatus":{"$each":"allergies AS a","text":"{a}"},"_gender":"x"}');

-- narratives
SELECT fhir_map('pt', '{"resourceType":"Patient","id":"{chart_no}","text":{"status":"generated","div":"<p>{pt_name}</p>"}}');
SELECT fhir_map('pt', '{"resourceType":"Patient","id":"{chart_no}","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><br></div>"}}');
SELECT fhir_map('pt', '{"resourceType":"Patient","id":"{chart_no}","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\" onclick=\"{tel}\">{pt_name}</div>"}}');
SELECT fhir_map('pt', '{"resourceType":"Patient","id":"{chart_no}","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class=\"{sex_cd}\">{pt_name}</p></div>"}}');
