-- codes that a required binding does not allow: constants, arms of a CASE, code maps
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA mapping_faults_codes;
SET search_path = mapping_faults_codes, public;
CREATE TABLE t (id text, a text, b boolean, j jsonb);
-- constants: few codes are listed, of many the near ones
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","gender":"man"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","gender":"Male","name":[{"use":"formal","text":"{a}"}]}');
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"finale","code":{"text":"x"}}');
SELECT fhir_map('t', '{"resourceType":"Questionnaire","id":"{id}","status":"draft","subjectType":["Pateint"]}');
-- what an expression can give
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","gender":"{CASE a WHEN ''M'' THEN ''male'' WHEN ''F'' THEN ''femal'' ELSE a END}"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","gender":"{coalesce(a, ''none'')}"}');
-- what a code map can give
SELECT fhir_code_map('faults-sex', '{"M": "male", "F": "female", "X": "intersex", "?": "n/a"}', unmapped => 'default:unbekannt');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","gender":"{fhir_code(''faults-sex'', a)}"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","gender":"{CASE WHEN b THEN fhir_code(''faults-sex'', a) ELSE ''unknown'' END}"}');
SELECT fhir_code_map('faults-many', (SELECT json_object_agg(i, 'x' || i) FROM generate_series(1, 9) i)::jsonb);
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","gender":"{fhir_code(''faults-many'', a)}"}');
SELECT fhir_code_map('faults-clinical', '{"1": "active", "2": "cured"}', 'http://terminology.hl7.org/CodeSystem/condition-clinical');
SELECT fhir_map('t', '{"resourceType":"Condition","id":"{id}","subject":{"display":"s"},"clinicalStatus":"{fhir_concept(''faults-clinical'', a)}"}');
SELECT fhir_map('t', '{"resourceType":"Condition","id":"{id}","subject":{"display":"s"},"clinicalStatus":{"coding":["{fhir_coding(''faults-clinical'', a)}"]}}');
-- codings: code, system, neither, text alone
SELECT fhir_map('t', '{"resourceType":"Condition","id":"{id}","subject":{"display":"s"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"cured"}]}}');
SELECT fhir_map('t', '{"resourceType":"Condition","id":"{id}","subject":{"display":"s"},"clinicalStatus":{"coding":[{"system":"http://hl7.org/fhir/condition-clinical","code":"active"}]}}');
SELECT fhir_map('t', '{"resourceType":"Condition","id":"{id}","subject":{"display":"s"},"clinicalStatus":{"coding":[{"code":"active"}]}}');
SELECT fhir_map('t', '{"resourceType":"Condition","id":"{id}","subject":{"display":"s"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical"}]}}');
SELECT fhir_map('t', '{"resourceType":"Condition","id":"{id}","subject":{"display":"s"},"clinicalStatus":{"coding":[{"system":"http://x.org","code":"{a}"}]}}');
SELECT fhir_map('t', '{"resourceType":"Condition","id":"{id}","subject":{"display":"s"},"clinicalStatus":{"text":"{a}"}}');
SELECT fhir_map('t', '{"resourceType":"Condition","id":"{id}","subject":{"display":"s"},"clinicalStatus":{"coding":[{"system":"http://x.org","code":"1"},{"system":"http://y.org","code":"2"}]}}');
SELECT fhir_map('t', $${"resourceType":"Condition","id":"{id}","subject":{"display":"s"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"{CASE WHEN b THEN 'active' ELSE 'done' END}"}]}}$$);
-- all of these register: rows decide, one coding of several is enough
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","gender":"{a}"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","gender":"{CASE WHEN b THEN ''male'' WHEN NOT b THEN '''' END}"}');
SELECT fhir_map('t', '{"resourceType":"Condition","id":"{id}","subject":{"display":"s"},"clinicalStatus":"{j}"}');
SELECT fhir_map('t', '{"resourceType":"Condition","id":"{id}","subject":{"display":"s"},"clinicalStatus":{"coding":[{"system":"http://x.org","code":"1"},{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]}}');
-- a map must be there, and its codes are judged with the mapping
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","gender":"{fhir_code(''faults-later'', a)}"}');
SELECT fhir_code_map('faults-later', '{"M": "man"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","gender":"{fhir_code(''faults-later'', a)}"}', 'later');
DELETE FROM fhir_code_map WHERE map LIKE 'faults-%';
SET client_min_messages = warning;
DROP SCHEMA mapping_faults_codes CASCADE;
