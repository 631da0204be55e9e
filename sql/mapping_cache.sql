-- a running session sees every change that concerns a mapping, and none that was rolled back
SET fhir_bridge.inline = off;	-- one statement changes a mapping and uses it
\pset format unaligned
\pset tuples_only on
-- a row's resource as text; both forms must be the same, to the byte
CREATE FUNCTION pg_temp.resource(r anyelement, mapping text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN b IS NOT DISTINCT FROM j::jsonb AND b::text IS NOT DISTINCT FROM j::jsonb::text AND
		pg_column_size(b) IS NOT DISTINCT FROM pg_column_size(j::jsonb) THEN coalesce(j::text, 'no resource')
		ELSE format('json %s but jsonb %s', j, b) END
	FROM (SELECT CASE WHEN mapping IS NULL THEN fhir_from_row(r) ELSE fhir_from_row(r, mapping) END,
		CASE WHEN mapping IS NULL THEN fhir_json_from_row(r) ELSE fhir_json_from_row(r, mapping) END) f (b, j)
$$;
CREATE SCHEMA mapping_cache;
SET search_path = mapping_cache, public;
CREATE TABLE t (id text, a text);
INSERT INTO t VALUES ('1', 'x');
CREATE FUNCTION map(version text, expression text DEFAULT 'id') RETURNS text LANGUAGE sql AS $$
	SELECT fhir_map('mapping_cache.t', json_build_object('resourceType', 'Basic', 'code', '{"text":"b"}'::json, 'id', '{' || expression || '}', 'language', version)) $$;
PREPARE q AS SELECT fhir_json_from_row(t) FROM t;
PREPARE n AS SELECT fhir_from_row(t, 'mapping_cache.t') FROM t;
SELECT map('v1');
EXECUTE q;
EXECUTE n;
-- replaced, removed, and back
SELECT map('v2');
EXECUTE q;
EXECUTE n;
SELECT fhir_unmap('t');
EXECUTE q;
EXECUTE n;
SELECT map('v3');
EXECUTE q;
EXECUTE n;
-- rolled back: whole transactions and savepoints, seen in between and not after
BEGIN;
SELECT map('rolled back');
EXECUTE q;
ROLLBACK;
EXECUTE q;
BEGIN;
SAVEPOINT s;
SELECT map('savepoint');
EXECUTE n;
ROLLBACK TO s;
EXECUTE n;
SELECT map('v4');
EXECUTE n;
COMMIT;
EXECUTE n;
BEGIN;
SELECT fhir_unmap('t');
EXECUTE q;
ROLLBACK;
EXECUTE q;
-- also by an error that is caught
DO $$ BEGIN
	PERFORM map('caught');
	RAISE NOTICE '%', (SELECT fhir_json_from_row(t) FROM t);
	RAISE 'x';
EXCEPTION WHEN OTHERS THEN
	RAISE NOTICE '%', (SELECT fhir_json_from_row(t) FROM t);
END $$;
-- within one statement, and between two fetches of a cursor
SELECT i, CASE i WHEN 2 THEN map('v5') END, fhir_json_from_row(t) FROM t, generate_series(1, 3) i;
BEGIN;
DECLARE c CURSOR FOR SELECT fhir_json_from_row(t) FROM t, generate_series(1, 3);
FETCH c;
SELECT map('v6');
FETCH c;
ROLLBACK;
EXECUTE q;
-- in a loop of PL/pgSQL, which keeps its expressions for the whole transaction
DO $$
DECLARE
	r t;
BEGIN
	SELECT * INTO r FROM t;
	FOR i IN 1..4 LOOP
		RAISE NOTICE '% %', fhir_json_from_row(r), fhir_json_from_row(r, 'mapping_cache.t');
		PERFORM map('loop' || i, CASE i WHEN 2 THEN 'upper(a)' ELSE 'id' END);
	END LOOP;
END $$;
-- columns: added, renamed, retyped, dropped; by expressions and bare
SELECT map('columns', 'a');
EXECUTE q;
ALTER TABLE t ADD b int DEFAULT 7;
EXECUTE n;
ALTER TABLE t RENAME a TO c;
EXECUTE q;
ALTER TABLE t RENAME c TO a;
EXECUTE q;
ALTER TABLE t ALTER a TYPE int USING 5;
EXECUTE n;
SELECT fhir_from_row(s, 't') FROM (SELECT 6 AS a) s;
SELECT fhir_from_row(s, 't') FROM (SELECT 'y'::text AS a) s;
BEGIN;
ALTER TABLE t DROP a;
EXECUTE n;
ROLLBACK;
EXECUTE n;
SELECT map('whole row', 'to_jsonb(this) ->> ''b''');
EXECUTE q;
ALTER TABLE t DROP b, ADD b text DEFAULT 'new';
EXECUTE q;
-- a row of another type whose columns change while PL/pgSQL keeps the expression
CREATE TABLE other (a int, z int);
INSERT INTO other VALUES (1, 2);
SELECT map('other', 'a');
CREATE FUNCTION changing() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	FOR i IN 1..3 LOOP
		SELECT o AS row INTO r FROM other o;
		RAISE NOTICE '%', fhir_json_from_row(r.row, 'mapping_cache.t');
		IF i = 1 THEN ALTER TABLE other ADD y text DEFAULT 'y', DROP a, ADD a int DEFAULT 3; ELSE ALTER TABLE other DROP a, ADD a text DEFAULT 'text'; END IF;
	END LOOP;
END $$;
SELECT changing();
SET client_min_messages = warning;
DROP SCHEMA mapping_cache CASCADE;
