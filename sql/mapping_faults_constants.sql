-- constants that are no values of their element's type
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA mapping_faults_constants;
SET search_path = mapping_faults_constants, public;
CREATE TABLE t (id text, a text);
-- JSON of the wrong kind
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","active":"true"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","active":"Y","multipleBirthInteger":"2"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","active":1,"name":[{"text":7,"given":[true,"x"]}]}');
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"x"},"valueQuantity":{"value":"1.5"}}');
-- numbers
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","multipleBirthInteger":1.5,"telecom":[{"rank":0,"value":"{a}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","multipleBirthInteger":2147483648,"photo":[{"size":-1,"data":"{a}"}]}');
-- days and times
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","birthDate":"2023-02-29"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","birthDate":"19700517"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","deceasedDateTime":"2024-01-01T10:00"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","meta":{"lastUpdated":"2024-01-01"}}');
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"x"},"extension":[{"url":"http://x.org","valueTime":"8:30"}]}');
-- ids, uris, codes and the like
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","contained":[{"resourceType":"Basic","id":"a b","code":{"text":"x"}}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","identifier":[{"system":"Medical record","value":"{a}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","language":" zh"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","photo":[{"data":"abc"}]}');
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"x"},"extension":[{"url":"http://x.org","valueOid":"1.2.3"},{"url":"http://x.org","valueUuid":"C757873D-EC9A-4326-A141-556F43239520"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"text":"  "}]}');
-- text around placeholders
SELECT fhir_map('t', '{"resourceType":"Patient","id":"chart_{id}"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","identifier":[{"system":"urn:x {a}","value":"{a}"}]}');
-- a long constant is cut
SELECT fhir_map('t', ('{"resourceType":"Patient","id":"{id}","birthDate":"' || repeat('病', 100) || '"}')::json);
-- all of these register
SELECT fhir_map('t', '{"resourceType":"Patient","active":false,"multipleBirthInteger":2,"birthDate":"1970","deceasedDateTime":"2024-01-01T10:00:00+08:00","language":"zh-TW","photo":[{"data":"YWJj","size":3}],"id":"c-{id}","identifier":[{"system":"urn:oid:1.2.{a}","value":"v {a}"}]}');
-- a system is an absolute URI, in whatever it stands; that of a ContactPoint is a code
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","telecom":[{"system":"phone","value":"{id}"}],"identifier":[{"system":"chart","value":"{id}"}],"maritalStatus":{"coding":[{"system":"SNOMED-CT","code":"{id}"}]},"meta":{"tag":[{"system":"http://x.org/tag","code":"a"}]}}');
SELECT fhir_map('t', '{"resourceType":"Bundle","id":"{id}","type":"collection","entry":[{"fullUrl":"Patient/1","resource":{"resourceType":"Patient","id":"1"}}]}');
SET client_min_messages = warning;
DROP SCHEMA mapping_faults_constants CASCADE;
