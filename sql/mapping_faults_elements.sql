-- elements that have their place elsewhere, and resource types that are spelt wrong: the hint says where and how
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA mapping_faults_elements;
SET search_path = mapping_faults_elements, public;
CREATE TABLE t (id text, a text, n numeric);
-- of other resources
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"x"},"birthDate":"{a}"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","vaccineCode":{"text":"{a}"}}');
-- one level up, and one level down
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{a}","birthDate":"{a}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","maritalStatus":{"coding":[{"system":"http://x.org","code":"{a}","text":"{a}"}]}}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","family":"{a}"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","postalCode":"{a}","city":"{a}"}');
-- elements that many types have are no help
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","status":"active"}');
-- spelt wrong
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","telecoms":[{"value":"{a}"}],"Gender":"{a}"}');
SELECT fhir_map('t', '{"resourceType":"Pateint","id":"{id}"}');
SELECT fhir_map('t', '{"resourceType":"observation","id":"{id}"}');
SELECT fhir_map('t', '{"resourceType":"MedicationsRequest","id":"{id}"}');
SELECT fhir_map('t', '{"resourceType":"Lab","id":"{id}"}');
SELECT fhir_map('t', ('{"resourceType":"' || repeat('x', 60) || '","id":"{id}"}')::json);
-- a required element that is spelt wrong is one fault, not two
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","statsu":"final","code":{"text":"x"}}');
-- arrays and objects
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":{"text":"{a}"}}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","maritalStatus":[{"text":"{a}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","birthDate":{"value":"{a}"}}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","maritalStatus":"married"}');
SET client_min_messages = warning;
DROP SCHEMA mapping_faults_elements CASCADE;
