-- changes of tables warn of the mappings that they break; fhir_map_check() lists what is broken
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA mapping_ddl;
SET search_path = mapping_ddl, public;
CREATE TYPE addr AS (city text, zip int);
CREATE TABLE patient (id int PRIMARY KEY, sex text, "Old Name" text, home addr, born text, ward text);
CREATE TABLE lab (patient int, code text, value numeric);
CREATE FUNCTION up(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT upper($1)';
INSERT INTO patient VALUES (1, 'male', 'Lin', '(Taipei,100)', '1970', 'W1');
INSERT INTO lab VALUES (1, 'single', 1);
SELECT fhir_map('patient', $m${"resourceType": "Patient", "id": "{id}", "gender": "{sex}", "name": [{"text": "{\"Old Name\"}"}],
	"address": [{"city": "{(home).city}"}], "birthDate": "{born}", "language": "{mapping_ddl.up(ward)}",
	"maritalStatus": {"text": "{(SELECT max(l.code) FROM lab l WHERE l.patient = this.id)}"}}$m$);
CREATE TABLE other (id int, sex text);
SELECT fhir_map('other', '{"resourceType": "Patient", "id": "{id}", "gender": "{sex}"}');
-- columns of the relation; a type that does not fit; nothing of the other mapping, which names the same column
BEGIN; ALTER TABLE patient RENAME sex TO gender; ROLLBACK;
BEGIN; ALTER TABLE patient DROP COLUMN sex, DROP COLUMN born; ROLLBACK;
BEGIN; ALTER TABLE patient ALTER born TYPE bytea USING NULL; ROLLBACK;
-- columns of a table that a sub-select reads, and the table; an attribute of a composite; functions; schemas
BEGIN; ALTER TABLE lab RENAME code TO codes; ROLLBACK;
BEGIN; ALTER TABLE lab DROP COLUMN patient; ROLLBACK;
BEGIN; ALTER TABLE lab RENAME TO labs; ROLLBACK;
BEGIN; DROP TABLE lab; ROLLBACK;
BEGIN; ALTER TYPE addr RENAME ATTRIBUTE city TO town; ROLLBACK;
BEGIN; ALTER TYPE addr DROP ATTRIBUTE city; ROLLBACK;
BEGIN; DROP FUNCTION up(text); ROLLBACK;
BEGIN; ALTER FUNCTION up(text) RENAME TO upper_case; ROLLBACK;
BEGIN; CREATE SCHEMA mapping_ddl2; ALTER TABLE lab SET SCHEMA mapping_ddl2; ROLLBACK;
BEGIN; ALTER SCHEMA mapping_ddl RENAME TO mapping_ddl3; ROLLBACK;
-- what breaks nothing says nothing
BEGIN; ALTER TABLE patient ADD COLUMN note text, ALTER born SET DEFAULT '1900'; ALTER TABLE patient DROP COLUMN note;
ALTER TABLE patient ALTER sex TYPE varchar(10); ALTER TABLE patient RENAME TO people; CREATE VIEW seen AS SELECT * FROM people; DROP VIEW seen; ROLLBACK;
CREATE TEMP TABLE patient_copy (sex text); ALTER TABLE patient_copy RENAME sex TO s; DROP TABLE patient_copy;
SELECT * FROM fhir_map_check();
-- in a function, by somebody else's command, by a drop of much
DO $$ BEGIN ALTER TABLE patient RENAME "Old Name" TO "New Name"; END $$;
SELECT * FROM fhir_map_check();
SELECT fhir_from_row(p.*) FROM patient p;
ALTER TABLE patient RENAME "New Name" TO "Old Name";
SELECT * FROM fhir_map_check();
SELECT fhir_from_row(p.*) ->> 'language' FROM patient p;
-- a mapping of a restored dump waits for its relation; who makes it may not bring what was published along
INSERT INTO fhir_mapping (relation, name, template, published) VALUES ('mapping_ddl.visit', 'visit', '{"resourceType":"Patient","id":"{id}"}', true),
	('mapping_ddl."Odd one"', 'odd', '{"resourceType":"Patient","id":"{id}"}', true);
SELECT relation, relation::oid, name FROM fhir_mapping WHERE name IN ('visit', 'odd') ORDER BY relation::text;
SELECT * FROM fhir_map_check();
CREATE ROLE mapping_ddl_maker;
GRANT CREATE, USAGE ON SCHEMA mapping_ddl TO mapping_ddl_maker;
SET ROLE mapping_ddl_maker;
SET client_min_messages = notice;
CREATE TABLE visit AS SELECT 7 AS id;
RESET ROLE;
CREATE VIEW made AS SELECT 8 AS id;
ALTER VIEW made RENAME TO "Odd one";
SET client_min_messages = warning;
SELECT relation, name, published FROM fhir_mapping WHERE name IN ('visit', 'odd') ORDER BY 1;
SELECT fhir_from_row(v.*) FROM visit v UNION ALL SELECT fhir_from_row(o.*) FROM "Odd one" o;
SELECT count(*) FROM fhir_mapping WHERE relation = 'visit' OR relation <> 'visit' AND relation = 'patient'::regclass;
DROP SCHEMA mapping_ddl CASCADE;
DROP ROLE mapping_ddl_maker;
SELECT count(*) FROM fhir_map_check();
