-- The plan of fhir_ndjson's lines is kept: what changes between two exports of
-- one session counts in the next all the same.
\set VERBOSITY terse
SET timezone = 'UTC';
CREATE SCHEMA export_kept;
CREATE ROLE export_kept_day;
CREATE ROLE export_kept_nurse;
CREATE ROLE export_kept_other;
CREATE TABLE export_kept.patient (id_no text PRIMARY KEY, name text, room text);
INSERT INTO export_kept.patient VALUES ('A1', 'Ann', 'day'), ('A2', 'Bob', 'day'), ('A3', 'Cy', 'night');
SELECT fhir_map('export_kept.patient', '{"resourceType": "Patient", "id": "{md5_uuid(id_no)}", "name": [{"text": "{name}"}]}');
GRANT USAGE ON SCHEMA export_kept TO PUBLIC;
GRANT SELECT ON export_kept.patient TO export_kept_day, export_kept_nurse;
CREATE FUNCTION export_kept.names() RETURNS text LANGUAGE sql AS $$
SELECT string_agg(l::json #>> '{name,0,text}', ' ') FROM (SELECT unnest(string_to_array(fhir_ndjson('export_kept.patient', chunk_bytes => 100), E'\n')) AS l) AS s
$$;
SELECT export_kept.names();
-- rows
INSERT INTO export_kept.patient VALUES ('A4', 'Dot', 'night');
SELECT export_kept.names();
-- a mapping, and one taken back
SELECT fhir_map('export_kept.patient', '{"resourceType": "Patient", "id": "{md5_uuid(id_no)}", "name": [{"text": "{upper(name)}"}]}');
SELECT export_kept.names();
BEGIN;
SELECT fhir_map('export_kept.patient', '{"resourceType": "Patient", "id": "{md5_uuid(id_no)}", "name": [{"text": "{room}"}]}');
SELECT export_kept.names();
ROLLBACK;
SELECT export_kept.names();
-- columns: of another type, renamed, dropped, and one of the same name anew
ALTER TABLE export_kept.patient ALTER name TYPE varchar(20);
SELECT export_kept.names();
ALTER TABLE export_kept.patient RENAME name TO called;
SELECT export_kept.names();
ALTER TABLE export_kept.patient RENAME called TO name;
SELECT export_kept.names();
BEGIN;
ALTER TABLE export_kept.patient DROP name, ADD name text DEFAULT 'nobody';
SELECT export_kept.names();
ROLLBACK;
SELECT export_kept.names();
-- the relation of that name is another
BEGIN;
ALTER TABLE export_kept.patient RENAME TO old_patient;
CREATE TABLE export_kept.patient (LIKE export_kept.old_patient);
SELECT export_kept.names();
ROLLBACK;
SELECT export_kept.names();
-- policies, roles, and who is a member of them
ALTER TABLE export_kept.patient ENABLE ROW LEVEL SECURITY;
CREATE POLICY day ON export_kept.patient TO export_kept_day USING (room = 'day');
SET ROLE export_kept_day;
SELECT export_kept.names();
SET ROLE export_kept_nurse;
SELECT export_kept.names();
RESET ROLE;
SELECT export_kept.names();
GRANT export_kept_day TO export_kept_nurse;
SET ROLE export_kept_nurse;
SELECT export_kept.names();
RESET ROLE;
ALTER POLICY day ON export_kept.patient USING (room = 'day' AND id_no <> 'A2');
SET ROLE export_kept_nurse;
SELECT export_kept.names();
SET row_security = off;
SELECT export_kept.names();
RESET row_security;
RESET ROLE;
ALTER TABLE export_kept.patient DISABLE ROW LEVEL SECURITY;
SET ROLE export_kept_nurse;
SELECT export_kept.names();
-- rights
SET ROLE export_kept_other;
SELECT export_kept.names();
RESET ROLE;
-- the schema has another name
BEGIN;
ALTER SCHEMA export_kept RENAME TO export_held;
SELECT fhir_ndjson('export_held.patient') LIMIT 1;
ROLLBACK;
-- a row that the mapping refuses is named, and the next export is whole
INSERT INTO export_kept.patient VALUES ('A5', 'Eve' || chr(1), 'day');
ALTER TABLE export_kept.patient ADD born text;
SELECT fhir_map('export_kept.patient', '{"resourceType": "Patient", "id": "{md5_uuid(id_no)}", "name": [{"text": "{name}"}], "multipleBirthInteger": "{born::int}"}');
SELECT export_kept.names();
UPDATE export_kept.patient SET born = 'twice' WHERE id_no = 'A5';
SELECT export_kept.names();
DELETE FROM export_kept.patient WHERE id_no = 'A5';
SELECT export_kept.names();
-- an export goes on when what is kept is thrown away, and when its savepoint is released
BEGIN;
SAVEPOINT s;
DECLARE c CURSOR FOR SELECT fhir_ndjson('export_kept.patient')::json #>> '{name,0,text}';
FETCH 1 FROM c;
RELEASE s;
DISCARD PLANS;
SELECT export_kept.names();
FETCH 2 FROM c;
SAVEPOINT s;
FETCH 1 FROM c;
ROLLBACK TO s;
FETCH ALL FROM c;
COMMIT;
BEGIN;
SAVEPOINT s;
DECLARE c CURSOR FOR SELECT fhir_ndjson('export_kept.patient')::json #>> '{name,0,text}';
FETCH 1 FROM c;
ROLLBACK TO s;
SELECT export_kept.names();
COMMIT;
SET search_path = export_kept, public;
SELECT names();
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA export_kept CASCADE;
DROP ROLE export_kept_day, export_kept_nurse, export_kept_other;
