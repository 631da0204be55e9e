-- an export that fails says mapping, path, key of the row and what to do, inlined or not, and no value
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA export_failed;
SET search_path = export_failed, public;
CREATE TABLE lab (no int, part text, v text, s text, t timestamptz, PRIMARY KEY (no, part));
INSERT INTO lab SELECT i, 'a', i::text, 'final', '2024-01-01Z' FROM generate_series(1, 300) i;
SELECT fhir_map('lab', '{"resourceType":"Observation","id":"{no}","meta":{"lastUpdated":"{t}"},"status":"{s}","code":{"text":"x"},"valueQuantity":{"value":"{v::numeric}"}}');
CREATE TABLE whole AS SELECT md5(string_agg(line, ',')) FROM fhir_ndjson('lab', after => '') line;
CREATE FUNCTION failed(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text; context text; result text;
BEGIN
	EXECUTE 'SELECT md5(string_agg(line::text, '','')) FROM (SELECT ' || call || ' AS line) s' INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
	RETURN concat_ws(E'\n  ', SQLSTATE, message, detail, hint, (string_to_array(context, E'\n'))[1]);
END $$;
CREATE FUNCTION calls() RETURNS SETOF text LANGUAGE sql AS $$
	VALUES ('fhir_ndjson(''lab'')'), ('fhir_ndjson(''lab'', after => '''')'), ('fhir_ndjson(''lab'', since => ''2000-01-01Z'', chunk_bytes => 4000)'), ('get_data_fhir(''lab'')') $$;
-- a cast that fails: every way, inlined or not, by workers
UPDATE lab SET v = 'secret value' WHERE no = 277;
SELECT failed(c) FROM calls() c;
SET fhir_bridge.inline = off;
SELECT DISTINCT failed(c) FROM calls() c;
RESET fhir_bridge.inline;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SELECT failed('get_data_fhir(''lab'')');
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
-- a value that the mapping refuses; a row in the midst of an ordered export; one that since leaves out is not to blame
UPDATE lab SET v = '1', s = 'secret value' WHERE no = 277;
SELECT DISTINCT failed(c) FROM calls() c;
UPDATE lab SET t = '1999-01-01Z' WHERE no = 277;
SELECT failed('fhir_ndjson(''lab'', since => ''2000-01-01Z'')') IS NOT NULL, failed('fhir_ndjson(''lab'', after => ''276'')') LIKE '%(277,a)%', failed('fhir_ndjson(''lab'', after => ''277'')') ~ '^[0-9a-f]{32}$';
-- a view has no key but what its id is made of; a mapping whose rows have none at all
CREATE VIEW seen AS SELECT no AS "No", s FROM lab;
SELECT fhir_map('seen', '{"resourceType":"Observation","id":"{\"No\"}","status":"{s}","code":{"text":"x"}}');
CREATE VIEW one AS SELECT 'fi'::text AS s;
SELECT fhir_map('one', '{"resourceType":"Observation","id":"{''1''}","status":"{s}","code":{"text":"x"}}');
SELECT failed('fhir_ndjson(''seen'')'), failed('fhir_ndjson(''one'')');
-- what is no row's: rights, a limit, and nothing of it is swallowed
CREATE ROLE export_failed_reader;
GRANT USAGE ON SCHEMA export_failed TO export_failed_reader;
GRANT SELECT (no, s, t) ON lab TO export_failed_reader;
SET ROLE export_failed_reader;
SELECT fhir_ndjson('lab');
RESET ROLE;
GRANT SELECT (v) ON lab TO export_failed_reader;
SET ROLE export_failed_reader;
-- without the right to read the key, the id's columns say which row
SELECT fhir_ndjson('lab');
RESET ROLE;
-- after an error that was caught the session goes on; a mended row, too
UPDATE lab SET v = '277', s = 'final', t = '2024-01-01Z' WHERE no = 277;
SELECT failed('fhir_ndjson(''lab'', after => '''')') = md5 FROM whole;
SELECT count(*) FROM (SELECT fhir_ndjson('lab', chunk_bytes => 100) LIMIT 3) s;
DROP SCHEMA export_failed CASCADE;
DROP ROLE export_failed_reader;
