-- ids for whom row-level security hides rows: of rows that are read, not of invented ones; and not by another role's rights
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE id_reader;
CREATE ROLE id_stranger;
CREATE SCHEMA id_rights;
GRANT USAGE ON SCHEMA id_rights TO PUBLIC;
SET search_path = id_rights, public;
CREATE TABLE patient (id_no text, name text, ward text);
CREATE TABLE patient_b () INHERITS (patient);
INSERT INTO patient VALUES ('A123456001', 'one', 'A'), ('A123456002', 'two', 'B');
INSERT INTO patient_b VALUES ('A123456003', 'three', 'B');
ALTER TABLE patient ENABLE ROW LEVEL SECURITY;
CREATE POLICY b ON patient TO id_reader USING (ward = 'B');
SELECT fhir_map('patient', '{"resourceType":"Patient","id":"{fhir_id(''patient'', id_no)}","name":[{"text":"{name}"}]}');
GRANT ALL ON patient, patient_b TO id_reader;
-- how many ids a query gives
CREATE FUNCTION ids(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE n bigint; result text := '';
BEGIN
	FOR i IN 0 .. 1 LOOP
		PERFORM set_config('fhir_bridge.inline', (i = 1)::text, true);
		BEGIN
			EXECUTE 'SELECT count(DISTINCT j::jsonb ->> ''id'') FROM (' || query || ') AS x(j)' INTO n;
			result := result || ' ' || n;
		EXCEPTION WHEN others THEN result := result || ' ' || sqlerrm;
		END;
	END LOOP;
	RETURN result;
END $$;
SET ROLE id_reader;
SELECT fhir_id('patient', 'x');
-- rows that are read
SELECT ids('SELECT fhir_from_row(p) FROM patient p');
SELECT ids('SELECT fhir_json_from_row(p.*, ''id_rights.patient'') FROM patient p');
SELECT ids('SELECT fhir_json_from_row(p.*, ''patient'') FROM patient_b p');
SELECT ids('SELECT fhir_json_from_row(s, ''patient'') FROM (SELECT name, id_no FROM patient) s');
SELECT ids('SELECT fhir_from_row(p) FROM patient q LEFT JOIN patient p ON p.id_no = q.id_no AND p.name > ''tw''');
SELECT ids('SELECT fhir_from_row(p) FROM patient p WHERE EXISTS (SELECT FROM patient q WHERE q.ward = p.ward)');
SELECT ids('SELECT (SELECT fhir_from_row(p)) FROM patient p');
SELECT ids('SELECT fhir_from_row(p) FROM patient p GROUP BY p.*');
SELECT ids('SELECT j FROM patient p, LATERAL (SELECT fhir_from_row(p.*) AS j OFFSET 0) s');
SELECT ids('SELECT * FROM fhir_ndjson(''patient'')');
SELECT ids('SELECT json_array_elements(get_data_fhir(''patient''))');
SELECT ids('SELECT jsonb_path_query(fhir_bundle(p.*)::jsonb, ''$.entry[*].resource'') FROM patient p');
SELECT rule, count FROM fhir_map_check('patient');
SELECT count(*) FROM patient p, fhir_row_faults(p.*);
-- rows that the query has made
SELECT ids('SELECT fhir_from_row(r, ''patient'') FROM (SELECT ''A123456001''::text AS id_no, ''x''::text AS name) r');
SELECT ids('SELECT fhir_from_row(ROW(''A123456001'', ''x'', ''B'')::patient)');
SELECT ids('SELECT fhir_from_row(jsonb_populate_record(p, ''{"id_no":"A123456001"}'')) FROM patient p');
SELECT ids('SELECT fhir_from_row(s, ''patient'') FROM (SELECT ''A123456001''::text AS id_no, p.name FROM patient p) s');
SELECT ids('SELECT fhir_from_row(s, ''patient'') FROM (SELECT p.name AS id_no, p.id_no AS name FROM patient p) s');
SELECT ids('SELECT fhir_from_row(s, ''patient'') FROM (SELECT p.id_no, q.name FROM patient p, patient q) s');
SELECT ids('SELECT fhir_from_row(r, ''patient'') FROM (VALUES (''A123456001''::text, ''x''::text)) AS r(id_no, name)');
SELECT ids('WITH r AS MATERIALIZED (SELECT ''A123456001''::text AS id_no, ''x''::text AS name FROM patient) SELECT fhir_from_row(r, ''patient'') FROM r');
SELECT ids('SELECT fhir_from_row(r) FROM unnest(ARRAY[ROW(''A123456001'', ''x'', ''B'')::patient]) r');
SELECT ids('SELECT fhir_bundle(r.*) FROM unnest(ARRAY[ROW(''A123456001'', ''x'', ''B'')::patient]) r');
SELECT ids('SELECT fhir_bundle(r) FROM (SELECT ROW(''A123456001'', ''x'', ''B'')::patient AS r FROM patient) s');
SELECT ids('SELECT fhir_bundle(ROW(p.name, p.id_no, p.ward)::patient) FROM patient p');
-- not by the trick that one number means two tables
SELECT ids('SELECT ''{"id":1}'' FROM patient p WHERE EXISTS (SELECT FROM unnest(ARRAY[ROW(''A123456001'', ''x'', ''B'')::patient]) r WHERE r.name = p.name AND fhir_from_row(r) IS NOT NULL) OR EXISTS (SELECT FROM unnest(ARRAY[ROW(''A123456001'', ''x'', ''B'')::patient]) r WHERE fhir_from_row(r) IS NOT NULL)');
-- nor of a row that it writes, nor one at a time
BEGIN;
INSERT INTO patient VALUES ('A123456009', 'x', 'B') RETURNING fhir_from_row(patient) ->> 'id' IS NULL;
ROLLBACK;
DO $$ DECLARE r patient; BEGIN SELECT * INTO r FROM patient LIMIT 1; PERFORM fhir_from_row(r); END $$;
-- who may call fhir_id, whom nothing is hidden from, and when security is off
RESET ROLE;
GRANT EXECUTE ON FUNCTION fhir_id TO id_reader;
SET ROLE id_reader;
SELECT ids('SELECT fhir_from_row(r, ''patient'') FROM (SELECT ''A123456001''::text AS id_no, ''x''::text AS name) r');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION fhir_id FROM id_reader;
SELECT ids('SELECT fhir_from_row(r, ''patient'') FROM (SELECT ''A123456001''::text AS id_no, ''x''::text AS name) r');
-- one prepared statement, for one role after the other
PREPARE made AS SELECT fhir_from_row(r, 'patient') IS NULL FROM (SELECT 'A123456001'::text AS id_no, 'x'::text AS name) r;
SET plan_cache_mode = force_generic_plan;
EXECUTE made;
SET ROLE id_reader;
EXECUTE made;
RESET ROLE;
PREPARE read AS SELECT count(fhir_from_row(p)) FROM patient p;
EXECUTE read;
SET ROLE id_reader;
EXECUTE read;
RESET ROLE;
-- the state of an expression that is kept for a transaction; plain and inlined
CREATE FUNCTION kept(r patient) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN fhir_from_row(r, 'patient') IS NULL; END $$;
CREATE FUNCTION kept_too(id_no text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN fhir_from_row(ROW(id_no, 'x', 'B')::patient, 'patient') IS NULL; END $$;
ALTER TABLE patient DISABLE ROW LEVEL SECURITY;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA id_rights TO PUBLIC;
BEGIN;
SET LOCAL ROLE id_reader;
SELECT kept(ROW('A123456001', 'x', 'B')), kept_too('A123456001');
SET LOCAL ROLE id_stranger;
SAVEPOINT s;
SELECT kept(ROW('A123456001', 'x', 'B'));
ROLLBACK TO s;
SELECT kept_too('A123456001');
ROLLBACK;
DROP SCHEMA id_rights CASCADE;
DROP ROLE id_reader, id_stranger;
