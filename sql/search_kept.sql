-- Statements of searches are kept: what changes between two of one session
-- counts in the next all the same.
\set VERBOSITY terse
SET timezone = 'UTC';
CREATE SCHEMA kept;
CREATE ROLE kept_ward;
CREATE ROLE kept_night;
CREATE ROLE kept_nurse;
CREATE ROLE kept_other;
CREATE TABLE kept.patient (id_no text PRIMARY KEY, name text, sex text, room text);
INSERT INTO kept.patient VALUES ('A1', 'Ann', 'F', 'day'), ('A2', 'Bob', 'M', 'day'), ('A3', 'Cy', 'M', 'night'), ('A4', 'Dot', 'X', 'night');
SELECT fhir_code_map('kept_sex', '{"F": "female", "M": "male", "X": "other"}');
SELECT fhir_map('kept.patient', '{"resourceType": "Patient", "id": "{fhir_id(''kept'', id_no)}", "name": [{"text": "{name}"}], "gender": "{fhir_code(''kept_sex'', sex)}"}');
SELECT fhir_publish('kept.patient');
CREATE TABLE kept.stay (no int PRIMARY KEY, id_no text REFERENCES kept.patient, since date, priority int);
INSERT INTO kept.stay SELECT i, 'A' || 1 + i % 4, '2020-01-01'::date + i, i % 3 FROM generate_series(1, 12) i;
SELECT fhir_map('kept.stay', '{"resourceType": "Encounter", "id": "{fhir_id(''stay'', no)}", "status": "finished", "class": {"code": "IMP"},
	"subject": {"reference": "Patient/{fhir_id(''kept'', id_no)}"}, "period": {"start": "{since}"}}');
SELECT fhir_publish('kept.stay');
GRANT USAGE ON SCHEMA kept TO PUBLIC;
GRANT SELECT ON kept.patient, kept.stay TO kept_ward, kept_night, kept_nurse;
CREATE FUNCTION id_of(no text) RETURNS text SECURITY DEFINER LANGUAGE sql AS $$ SELECT fhir_id('kept', no)::text $$;
-- names of who is found, in the order of the keys; then the one that is read
CREATE FUNCTION names(query text, no text DEFAULT 'A1') RETURNS text LANGUAGE sql AS $$
SELECT coalesce((SELECT string_agg(e #>> '{resource,name,0,text}', ' ' ORDER BY n) FROM json_array_elements(fhir_search('Patient', query) -> 'entry') WITH ORDINALITY e (e, n)), 'nobody')
	|| ', ' || coalesce(fhir_read('Patient', id_of(no)) #>> '{name,0,text}', 'none')
$$;
CREATE FUNCTION stays(query text) RETURNS text LANGUAGE sql AS $$ SELECT fhir_search('Encounter', query || '&_count=0') ->> 'total' $$;

SELECT names('gender=male'), names('gender=other'), names('gender=male,other', 'A4');
SELECT stays('subject=Patient/' || id_of('A1')), stays('subject=Patient/' || id_of('A2') || '&date=gt2020-01-06'), stays('subject:Patient.gender=male');
-- rows
INSERT INTO kept.patient VALUES ('A5', 'Eve', 'F', 'day');
UPDATE kept.patient SET name = 'Anna' WHERE id_no = 'A1';
SELECT names('gender=female'), names('gender=female', 'A5');
-- a code map
SELECT fhir_code_map('kept_sex', '{"F": "female", "M": "male", "X": "male"}');
SELECT names('gender=male'), names('gender=other'), stays('subject:Patient.gender=male');
-- a mapping
SELECT fhir_map('kept.patient', '{"resourceType": "Patient", "id": "{fhir_id(''kept'', id_no)}", "name": [{"text": "{upper(name)}"}], "gender": "{fhir_code(''kept_sex'', sex)}"}');
SELECT names('gender=male', 'A2'), names('name=an');
-- columns: of another type, renamed, dropped, and one of the same name anew
ALTER TABLE kept.patient ALTER room TYPE varchar(20), ALTER sex TYPE char(1);
SELECT names('gender=male', 'A2');
ALTER TABLE kept.patient RENAME name TO called;
SELECT names('gender=male');
ALTER TABLE kept.patient RENAME called TO name;
SELECT names('gender=male', 'A2');
ALTER TABLE kept.patient DROP room, ADD room text DEFAULT 'day';
UPDATE kept.patient SET room = 'night' WHERE id_no IN ('A3', 'A4');
SELECT names('gender=male', 'A3');
-- indexes come and go
CREATE INDEX patient_tag ON kept.patient (fhir_index_id('kept', id_no));
CREATE INDEX stay_of ON kept.stay (id_no, since);
SELECT names('gender=male', 'A2'), stays('subject=Patient/' || id_of('A2'));
DROP INDEX kept.patient_tag, kept.stay_of;
SELECT names('gender=male', 'A2'), stays('subject=Patient/' || id_of('A2'));
-- the table itself is another
BEGIN;
ALTER TABLE kept.stay RENAME TO old_stay;
CREATE TABLE kept.stay (LIKE kept.old_stay);
SELECT stays('subject=Patient/' || id_of('A2'));
ROLLBACK;
SELECT stays('subject=Patient/' || id_of('A2'));
-- the schema has another name
BEGIN;
ALTER SCHEMA kept RENAME TO held;
SELECT names('gender=male', 'A2'), stays('subject=Patient/' || id_of('A2'));
ALTER TABLE held.patient ADD more text;
SELECT names('gender=male', 'A2'), stays('subject=Patient/' || id_of('A2'));
ROLLBACK;
SELECT names('gender=male', 'A2'), stays('subject=Patient/' || id_of('A2'));
-- ids are others
BEGIN;
SELECT id_of('A2') AS old \gset
SELECT fhir_id_key(decode(repeat('5a', 32), 'hex')) IS NOT NULL AS replaced;
SELECT names('gender=male', 'A2'), stays('subject=Patient/' || id_of('A2')), stays('subject=Patient/' || :'old'), fhir_read('Patient', :'old');
ROLLBACK;
SELECT names('gender=male', 'A2'), stays('subject=Patient/' || id_of('A2'));
-- policies, roles, and who is a member of them
ALTER TABLE kept.patient ENABLE ROW LEVEL SECURITY;
CREATE POLICY day ON kept.patient TO kept_ward USING (room = 'day');
CREATE POLICY night ON kept.patient TO kept_night USING (room = 'night');
SET ROLE kept_ward;
SELECT names('gender=male'), names('gender=male', 'A3'), stays('subject:Patient.gender=male');
SET ROLE kept_night;
SELECT names('gender=male'), names('gender=male', 'A3'), stays('subject:Patient.gender=male');
-- also by an index that has the policy's column beside the tag
RESET ROLE;
CREATE INDEX patient_tag_room ON kept.patient (fhir_index_id('kept', id_no), room);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET ROLE kept_ward;
SELECT names('gender=male', 'A2'), names('gender=male', 'A3');
RESET ROLE;
-- and by a policy that asks another table, for each row or once
ALTER POLICY day ON kept.patient USING (id_no IN (SELECT id_no FROM kept.stay WHERE id_no <> 'A3'));
SET ROLE kept_ward;
SELECT names('gender=male', 'A2'), names('gender=male', 'A3');
RESET ROLE;
ALTER POLICY day ON kept.patient USING (id_no <> CASE (SELECT count(*) FROM kept.stay) WHEN 12 THEN 'A3' END);
SET ROLE kept_ward;
SELECT names('gender=male', 'A2'), names('gender=male', 'A3');
RESET ROLE;
ALTER POLICY day ON kept.patient USING (room = 'day');
RESET enable_seqscan;
RESET enable_bitmapscan;
DROP INDEX kept.patient_tag_room;
SET ROLE kept_nurse;
SELECT names('gender=male'), stays('subject:Patient.gender=male');
RESET ROLE;
SELECT names('gender=male');
GRANT kept_night TO kept_nurse;
SET ROLE kept_nurse;
SELECT names('gender=male', 'A3'), stays('subject:Patient.gender=male');
RESET ROLE;
GRANT kept_ward TO kept_nurse;
REVOKE kept_night FROM kept_nurse;
SET ROLE kept_nurse;
SELECT names('gender=male', 'A3'), stays('subject:Patient.gender=male');
RESET ROLE;
ALTER POLICY day ON kept.patient USING (room = 'day' AND id_no <> 'A2');
SET ROLE kept_nurse;
SELECT names('gender=male', 'A2'), names('gender=female');
RESET ROLE;
ALTER ROLE kept_nurse BYPASSRLS;
SET ROLE kept_nurse;
SELECT names('gender=male', 'A2');
SET row_security = off;
SELECT names('gender=male', 'A2');
RESET row_security;
RESET ROLE;
ALTER ROLE kept_nurse NOBYPASSRLS;
ALTER TABLE kept.patient DISABLE ROW LEVEL SECURITY;
SET ROLE kept_nurse;
SELECT names('gender=male', 'A2');
-- rights
SET ROLE kept_other;
SELECT names('gender=male');
RESET ROLE;
REVOKE SELECT ON kept.stay FROM kept_ward;
REVOKE SELECT ON kept.stay FROM kept_nurse;
SET ROLE kept_nurse;
SELECT stays('subject=Patient/' || id_of('A2'));
RESET ROLE;
-- search_path, discarded plans, published or not
SET search_path = kept, public;
SELECT names('gender=male', 'A2'), stays('subject=Patient/' || id_of('A2'));
RESET search_path;
DISCARD PLANS;
SELECT names('gender=male', 'A2'), stays('subject=Patient/' || id_of('A2'));
SELECT fhir_unpublish('kept.stay');
SELECT stays('subject=Patient/' || id_of('A2'));
-- more statements than are kept
SELECT total, count(*) FROM generate_series(0, 300) n, LATERAL (
	SELECT fhir_search('Patient', (ARRAY['_count=0', '_count=1', '_count=1&_sort=name', '_count=1&_sort=-name'])[1 + n % 4] || '&name=bob,cy,dot'
		|| (SELECT string_agg(',none' || i, '') FROM generate_series(0, n / 4) i)) ->> 'total' AS total) t GROUP BY total;
-- also by the function of a policy, which the planner calls
CREATE FUNCTION kept.searches() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
	FOR n IN 1 .. 300 LOOP
		PERFORM fhir_search('Practitioner', '_count=' || n);
	END LOOP;
	RETURN true;
END $$;
CREATE TABLE kept.staff (no text PRIMARY KEY);
SELECT fhir_map('kept.staff', '{"resourceType": "Practitioner", "id": "{fhir_id(''staff'', no)}"}');
SELECT fhir_publish('kept.staff');
GRANT SELECT ON kept.staff TO kept_ward;
ALTER TABLE kept.patient ENABLE ROW LEVEL SECURITY;
ALTER POLICY day ON kept.patient USING (kept.searches() AND room = 'day');
SET ROLE kept_ward;
SELECT names('', 'A2'), names('gender=male', 'A2'), (SELECT count(*) FROM fhir_ndjson('kept.patient'));
RESET ROLE;
DROP SCHEMA kept CASCADE;
DROP ROLE kept_ward, kept_night, kept_nurse, kept_other;
