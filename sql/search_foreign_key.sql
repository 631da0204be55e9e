-- References to ids that nobody has: a foreign key proves that no row is found.
-- Where it does not, or the caller may not see who has the id, rows are compared.
\set VERBOSITY terse
CREATE SCHEMA fk;
CREATE ROLE fk_reader;
CREATE TABLE fk.patient (id_no text PRIMARY KEY, ward text);
CREATE TABLE fk.stay (no int PRIMARY KEY, id_no text REFERENCES fk.patient);
INSERT INTO fk.patient VALUES ('A1', 'day'), ('A2', 'night');
INSERT INTO fk.stay VALUES (1, 'A1'), (2, 'A2'), (3, 'A2'), (4, NULL);
SELECT fhir_map('fk.patient', '{"resourceType": "Patient", "id": "{fhir_id(''fk'', id_no)}"}');
SELECT fhir_map('fk.stay', '{"resourceType": "Encounter", "id": "{fhir_id(''fk_stay'', no)}", "status": "finished", "class": {"code": "IMP"},
	"subject": {"reference": "Patient/{fhir_id(''fk'', id_no)}"}}');
SELECT fhir_publish('fk.patient'), fhir_publish('fk.stay');
GRANT USAGE ON SCHEMA fk TO fk_reader;
GRANT SELECT ON fk.patient, fk.stay TO fk_reader;
CREATE FUNCTION id_of(no text) RETURNS text SECURITY DEFINER LANGUAGE sql AS $$ SELECT fhir_id('fk', no)::text $$;
-- how many are found, and whether by a comparison
CREATE FUNCTION found(no text) RETURNS text LANGUAGE sql AS $$
SELECT (fhir_search('Encounter', 'subject=Patient/' || id_of(no) || '&_count=0') ->> 'total') || ', ' || string_agg(answered, ' ')
FROM fhir_search_explain('Encounter', 'subject=Patient/' || id_of(no))
$$;
SELECT found('A1'), found('A2'), found('A3');
-- a policy hides a patient, whose stays are seen
ALTER TABLE fk.patient ENABLE ROW LEVEL SECURITY;
CREATE POLICY day ON fk.patient USING (ward = 'day');
SET ROLE fk_reader;
SELECT found('A1'), found('A2'), found('A3');
RESET ROLE;
SELECT found('A2'), found('A3');
ALTER TABLE fk.patient DISABLE ROW LEVEL SECURITY;
-- a key that may be broken for a while
ALTER TABLE fk.stay ALTER CONSTRAINT stay_id_no_fkey DEFERRABLE INITIALLY DEFERRED;
BEGIN;
INSERT INTO fk.stay VALUES (5, 'A3');
SELECT found('A3');
ROLLBACK;
ALTER TABLE fk.stay ALTER CONSTRAINT stay_id_no_fkey NOT DEFERRABLE;
SELECT found('A3');
-- one that was never checked, and none
ALTER TABLE fk.stay DROP CONSTRAINT stay_id_no_fkey;
INSERT INTO fk.stay VALUES (5, 'A3');
SELECT found('A3');
ALTER TABLE fk.stay ADD FOREIGN KEY (id_no) REFERENCES fk.patient NOT VALID;
SELECT found('A3');
INSERT INTO fk.patient VALUES ('A3', 'day');
ALTER TABLE fk.stay VALIDATE CONSTRAINT stay_id_no_fkey;
SELECT found('A3'), found('A4');
-- rows of a table that inherits have no key
CREATE TABLE fk.old_stay (PRIMARY KEY (no)) INHERITS (fk.stay);
INSERT INTO fk.old_stay VALUES (6, 'A4');
SELECT found('A4');
DROP SCHEMA fk CASCADE;
DROP FUNCTION id_of, found;
DROP ROLE fk_reader;
