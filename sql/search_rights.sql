-- The index of ids: writers without rights write, readers without EXECUTE and
-- under row-level security read by it. Who may publish; what a role may not read.
\set VERBOSITY terse
SET timezone = 'UTC';
CREATE SCHEMA ward;
CREATE ROLE search_writer;
CREATE ROLE search_reader;
CREATE ROLE search_stranger;
CREATE TABLE ward.patient (id_no text PRIMARY KEY, name text, room text);
INSERT INTO ward.patient SELECT 'A' || i, 'name ' || i, CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END FROM generate_series(1, 5000) i;
SELECT fhir_map('ward.patient', '{"resourceType": "Patient", "id": "{fhir_id(''patient'', id_no)}", "name": [{"text": "{name}"}]}');
CREATE INDEX patient_tag ON ward.patient (fhir_index_id('patient', id_no));
ANALYZE ward.patient;
GRANT USAGE ON SCHEMA ward TO search_writer, search_reader, search_stranger;
GRANT INSERT, UPDATE, SELECT ON ward.patient TO search_writer;
GRANT SELECT ON ward.patient TO search_reader;
CREATE TABLE known AS SELECT id_no, fhir_id('patient', id_no)::text AS id FROM ward.patient WHERE id_no IN ('A8', 'A9');
GRANT SELECT ON known TO PUBLIC;

-- only the owner of the extension publishes
SET ROLE search_reader;
SELECT fhir_publish('ward.patient');
RESET ROLE;
SELECT fhir_publish('ward.patient');

-- does a statement read the relation by the index of tags?
CREATE FUNCTION by_tag(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE line text; found boolean := false;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) SELECT 1 FROM ward.patient WHERE ' || query LOOP
		found := found OR line ~ 'Index Cond.*fhir_index_id';
	END LOOP;
	RETURN found;
END $$;

-- a writer without EXECUTE on fhir_id
SET ROLE search_writer;
SELECT fhir_id('patient', 'A1');
INSERT INTO ward.patient VALUES ('B1', 'new', 'odd'), (E'B\u00a02', NULL, NULL);
UPDATE ward.patient SET name = 'changed' WHERE id_no = 'B1';
-- a reader without it
SET ROLE search_reader;
SELECT fhir_read('Patient', id) -> 'name' -> 0 ->> 'text' AS name FROM known ORDER BY 1;
SELECT by_tag('fhir_index_id(''patient'', id_no) = 1') AS reader_by_index;
RESET ROLE;
-- under row-level security
ALTER TABLE ward.patient ENABLE ROW LEVEL SECURITY;
CREATE POLICY even ON ward.patient USING (room = 'even' OR current_user <> 'search_reader');
SET ROLE search_reader;
SELECT id_no, fhir_read('Patient', id) -> 'name' -> 0 ->> 'text' AS name FROM known ORDER BY 1;
SELECT by_tag('fhir_index_id(''patient'', id_no) = 1') AS reader_by_index;
SELECT fhir_search('Patient', '_count=0') ->> 'total' AS even, fhir_search('Patient', 'name=name 9') ->> 'total' AS name_9;
SELECT fhir_search('Patient', '_id=' || string_agg(id, ',')) -> 'total' AS of_both FROM known;
-- a policy that changes counts at once, in the same session
RESET ROLE;
DROP POLICY even ON ward.patient;
CREATE POLICY odd ON ward.patient USING (room = 'odd');
SET ROLE search_reader;
SELECT id_no, fhir_read('Patient', id) -> 'name' -> 0 ->> 'text' AS name FROM known ORDER BY 1;
-- another role: no right, and no name in the error
SET ROLE search_stranger;
\set VERBOSITY default
SELECT fhir_search('Patient', 'name=x');
SELECT fhir_read('Patient', id) FROM known;
\set VERBOSITY terse
RESET ROLE;

-- the tag raises nothing, and says nothing of what is no key
SELECT fhir_index_id('k', 'NaN'::numeric) IS NULL AS nan, fhir_index_id('k', 'infinity'::date) IS NULL AS infinite, fhir_index_id('k', 1.5::float8) IS NULL AS float,
	fhir_index_id('k', NULL::text) IS NULL AS missing, fhir_index_id('k', 1) = fhir_index_id('k', '1') AS equal, fhir_index_id('k', 1) <> fhir_index_id('l', 1) AS kinds;
SELECT proleakproof, provolatile, has_function_privilege('search_stranger', oid, 'EXECUTE') AS everybody FROM pg_proc WHERE proname IN ('fhir_index_id', 'fhir_fold') ORDER BY proname;

-- replaced mappings and published ones, in one session
SELECT fhir_map('ward.patient', '{"resourceType": "Patient", "id": "{fhir_id(''patient'', id_no)}", "name": [{"family": "{upper(name)}"}]}');
SELECT fhir_search('Patient', 'family:exact=NAME 8') ->> 'total' AS family, fhir_search('Patient', 'name=changed') ->> 'total' AS name;
SELECT fhir_map('ward.patient', '{"resourceType": "Practitioner", "id": "{fhir_id(''patient'', id_no)}", "name": [{"family": "{upper(name)}"}]}');
SELECT fhir_search('Practitioner', 'name=x');
SELECT fhir_map('ward.patient', '{"resourceType": "Patient", "id": "{fhir_id(''patient'', id_no)}", "name": [{"family": "{upper(name)}"}]}'), fhir_publish('ward.patient');
ALTER TABLE ward.patient RENAME COLUMN name TO pt_name;
SELECT fhir_search('Patient', 'name=x');
SELECT fhir_unpublish('ward.patient');
SELECT fhir_search('Patient', 'name=x');

-- who may see some columns alone may not ask about the others through another type
CREATE TABLE ward.person (id_no text PRIMARY KEY, secret_name text, room text);
CREATE TABLE ward.note (no int PRIMARY KEY, id_no text REFERENCES ward.person, said text);
INSERT INTO ward.person VALUES ('A1', 'Hidden', 'even');
INSERT INTO ward.note VALUES (1, 'A1', 'well');
SELECT fhir_map('ward.person', '{"resourceType": "Patient", "id": "{fhir_id(''person'', id_no)}", "name": [{"text": "{secret_name}"}]}'), fhir_publish('ward.person');
SELECT fhir_map('ward.note', '{"resourceType": "Basic", "id": "{fhir_id(''note'', no)}", "code": {"text": "{said}"},
	"subject": {"reference": "Patient/{fhir_id(''person'', id_no)}"}}'), fhir_publish('ward.note');
SELECT fhir_search('Basic', 'patient.name=Hidden') -> 'total' AS chained, fhir_search('Basic', '_include=Basic:patient') -> 'entry' -> 1 -> 'resource' -> 'name' AS included;
GRANT SELECT ON ward.note TO search_reader;
GRANT SELECT (id_no, room) ON ward.person TO search_reader;
SET ROLE search_reader;
SELECT fhir_search('Basic', '') -> 'total' AS own;
SELECT fhir_search('Basic', 'patient.name=Hidden');
SELECT fhir_search('Basic', 'patient.name:missing=true');
SELECT fhir_search('Basic', '_include=Basic:patient');
SELECT fhir_search('Basic', 'patient=Patient/' || fhir_id) -> 'total' FROM (SELECT '00000000-0000-0000-0000-000000000000' AS fhir_id) s;
RESET ROLE;
-- the same where ids are no pseudonyms
SELECT fhir_map('ward.person', '{"resourceType": "Patient", "id": "{id_no}", "name": [{"text": "{secret_name}"}]}'), fhir_publish('ward.person');
SELECT fhir_map('ward.note', '{"resourceType": "Basic", "id": "{no}", "code": {"text": "{said}"}, "subject": {"reference": "Patient/{id_no}"}}'), fhir_publish('ward.note');
SET ROLE search_reader;
SELECT fhir_search('Basic', '') -> 'total' AS own;
SELECT fhir_search('Basic', 'patient.name=Hidden');
SELECT fhir_search('Basic', 'patient.name:missing=true');
SELECT fhir_search('Basic', '_include=Basic:patient');
SELECT fhir_search('Patient', '_has:Basic:patient:code-text=x');
RESET ROLE;
DROP SCHEMA ward CASCADE;
DROP TABLE known;
DROP FUNCTION by_tag;
DROP ROLE search_writer, search_reader, search_stranger;
