-- a relation that is gone when it is wanted: never an internal error
SET client_min_messages = warning;
CREATE SCHEMA dropped;
SET search_path = dropped, public;
\set VERBOSITY sqlstate
SELECT fhir_map_draft(1::regclass);
SELECT count(*) FROM fhir_map_draft_columns(1::regclass);
SELECT fhir_map(1::regclass, '{"resourceType": "Patient", "id": "{id}"}');
SELECT fhir_map_try(1::regclass, '{"resourceType": "Patient", "id": "{id}"}');

-- in the midst of a plain call, by the call itself
CREATE TABLE visit (id int PRIMARY KEY, doctor int);
CREATE TABLE doctor (id int PRIMARY KEY, name text);
INSERT INTO visit SELECT i, 1 FROM generate_series(1, 3) i;
INSERT INTO doctor VALUES (1, 'a');
CREATE FUNCTION drop_at(id int, at int, statement text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	IF id = at THEN EXECUTE statement; END IF;
	RETURN id;
END $$;
SET fhir_bridge.inline = off;
CREATE VIEW doctor_name AS SELECT id, name FROM doctor;
CREATE MATERIALIZED VIEW doctor_kept AS SELECT id, name FROM doctor;
CREATE TABLE doctor_table AS SELECT id, name FROM doctor;
SELECT fhir_map('visit', ('{"resourceType": "Encounter", "id": "{id}", "status": "finished", "class": {"code": "AMB"}, "serviceType":
	{"text": "{(SELECT name FROM ' || kind || ' d WHERE d.id = doctor)}"}}')::json, kind)
FROM unnest(ARRAY['doctor_name', 'doctor_kept', 'doctor_table']) kind;
SELECT fhir_json_from_row(ROW(drop_at(id, 2, 'DROP VIEW doctor_name'), doctor)::visit, 'doctor_name') FROM visit;
BEGIN;
DROP VIEW doctor_name;
SELECT fhir_json_from_row(visit, 'doctor_name') FROM visit;
ROLLBACK;
SELECT fhir_json_from_row(visit, 'doctor_name') FROM visit WHERE id = 1;
BEGIN;
DROP MATERIALIZED VIEW doctor_kept;
SELECT fhir_json_from_row(visit, 'doctor_kept') FROM visit;
ROLLBACK;
BEGIN;
DROP TABLE doctor_table;
SELECT fhir_json_from_row(visit, 'doctor_table') FROM visit;
ROLLBACK;
