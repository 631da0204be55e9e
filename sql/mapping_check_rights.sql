-- fhir_map_check reads as the caller: columns, rows, and other mappings
\pset format unaligned
CREATE SCHEMA mapping_check_rights;
SET search_path = mapping_check_rights, public;
CREATE TABLE doctor (no text PRIMARY KEY, secret text);
INSERT INTO doctor VALUES ('d1'), ('d2');
SELECT fhir_map('doctor', '{"resourceType":"Practitioner","id":"{no}","name":[{"text":"{secret}"}]}');
CREATE TABLE p (id text PRIMARY KEY, ward text, sex text, doctor text, secret text);
INSERT INTO p VALUES ('1', 'A', 'male', 'd1'), ('2', 'A', 'M', 'd2'), ('3', 'B', 'F', 'd9'), ('4', 'B', 'F', 'd1');
SELECT fhir_map('p', '{"resourceType":"Patient","id":"{lower(ward)}","gender":"{sex}","generalPractitioner":[{"reference":"Practitioner/{doctor}"}]}', on_invalid => 'omit');
SELECT severity, path, source, rule, count, example FROM fhir_map_check('p');
CREATE ROLE mapping_check_reader;
GRANT USAGE ON SCHEMA mapping_check_rights TO mapping_check_reader;
SET ROLE mapping_check_reader;
SELECT * FROM fhir_map_check('p');
-- the mapped columns are enough; without the key a row is named by what its id is made of; mappings that cannot be read are not followed
RESET ROLE;
GRANT SELECT (ward, sex, doctor) ON p TO mapping_check_reader;
SET ROLE mapping_check_reader;
SELECT severity, path, source, rule, count, example, diagnostics FROM fhir_map_check('p');
RESET ROLE;
GRANT SELECT ON p, doctor TO mapping_check_reader;
ALTER TABLE p ENABLE ROW LEVEL SECURITY;
ALTER TABLE doctor ENABLE ROW LEVEL SECURITY;
CREATE POLICY ward ON p TO mapping_check_reader USING (ward = 'B');
CREATE POLICY one ON doctor TO mapping_check_reader USING (no = 'd2');
SET ROLE mapping_check_reader;
-- rows that are not seen are not there: also not for references
SELECT severity, path, source, rule, count, example FROM fhir_map_check('p');
SELECT severity, path, rule, count FROM fhir_map_check('p', 1) ORDER BY rule;
RESET ROLE;
-- another mapping whose rows fail is not followed either
SELECT fhir_map('doctor', '{"resourceType":"Practitioner","id":"{no::int}"}');
SELECT severity, path, rule, count, diagnostics FROM fhir_map_check('p') WHERE rule ~ 'follow';
-- what is not the rows' own fault is raised, and leaves the session in order
SET statement_timeout = 500;
CREATE FUNCTION slow(text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN PERFORM pg_sleep(30); RETURN $1; END $$;
SELECT fhir_map('p', '{"resourceType":"Patient","id":"{mapping_check_rights.slow(id)}"}');
SELECT * FROM fhir_map_check('p');
SELECT fhir_map('p', '{"resourceType":"Patient","id":"{id}","generalPractitioner":[{"reference":"Practitioner/{doctor}"}]}');
SELECT fhir_map('doctor', '{"resourceType":"Practitioner","id":"{mapping_check_rights.slow(no)}"}');
SELECT * FROM fhir_map_check('p');
RESET statement_timeout;
-- in a transaction, in a subtransaction, in a cursor
SELECT fhir_map('doctor', '{"resourceType":"Practitioner","id":"{no}"}');
BEGIN;
SAVEPOINT s;
SELECT severity, path, rule, count, example FROM fhir_map_check('p');
ROLLBACK TO s;
DECLARE c CURSOR FOR SELECT severity, rule, count FROM fhir_map_check('p');
FETCH ALL FROM c;
COMMIT;
SET client_min_messages = warning;
DROP SCHEMA mapping_check_rights CASCADE;
DROP ROLE mapping_check_reader;
