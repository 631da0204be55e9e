-- errors of queries that mappings were taken into: where the plain call raises one, and nowhere else
\pset format unaligned
\pset tuples_only on
CREATE ROLE inline_reader;
CREATE SCHEMA mapping_inline_errors;
GRANT USAGE ON SCHEMA mapping_inline_errors TO inline_reader;
SET search_path = mapping_inline_errors, public;
CREATE TABLE t (id int PRIMARY KEY, name text, ward int);
CREATE TABLE child (parent int, note text);
INSERT INTO t VALUES (1, 'one', 0), (2, NULL, 0), (3, 'three', 4), (4, ' ', 0);
INSERT INTO child SELECT i, 'note ' || i FROM generate_series(1, 4) i;
GRANT SELECT ON t TO inline_reader;
-- What a query comes to with inlining and without: its rows, or its error; %s is the mapping.
CREATE FUNCTION outcome(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	sql text := replace(query, '%s', quote_literal('mapping_inline_errors.m'));
	line text;
	calls int := 0;
	got text[];
	one text;
BEGIN
	PERFORM set_config('fhir_bridge.inline', 'on', true);
	BEGIN
		FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || sql LOOP
			calls := calls + (line LIKE '%fhir_json_from_row(%')::int;
		END LOOP;
	EXCEPTION WHEN OTHERS THEN RETURN NEXT 'not even planned: ' || sqlerrm;
	END;
	FOREACH one IN ARRAY ARRAY['on', 'off'] LOOP
		PERFORM set_config('fhir_bridge.inline', one, true);
		BEGIN
			EXECUTE format('SELECT coalesce(string_agg(coalesce(q::text, ''-''), '' | ''), ''no rows'') FROM (%s) q', sql) INTO line;
		EXCEPTION WHEN OTHERS THEN line := sqlerrm;
		END;
		got := got || line;
	END LOOP;
	RETURN NEXT CASE WHEN calls > 0 THEN 'plain' ELSE 'inlined' END || CASE WHEN got[1] = got[2] THEN ': ' || got[1] ELSE ' DIFFERS: ' || got[1] || ' BUT ' || got[2] END;
END $$;

-- an "$if" within another: the inner one's values are not evaluated when the outer is NULL, either
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$if":"name = ''three''","text":"x","period":{"$if":"1000 / ward > 3","start":"{(SELECT make_date(1000 / this.ward + 1700, 1, 1))}"}}]}', 'm');
SELECT outcome('SELECT fhir_json_from_row(t, %s) FROM t ORDER BY id');
-- nor is a sub-select that the server would evaluate once, before it starts workers
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$if":"id = 0","text":"{(SELECT 1 / (count(*) - 4) FROM child)}"}]}', 'm');
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT outcome('SELECT count(fhir_json_from_row(t, %s)) FROM t');
RESET max_parallel_workers_per_gather;
-- text around placeholders: all of them are evaluated, also behind one that is empty
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{name}: {1000 / ward}"}]}', 'm');
SELECT outcome('SELECT fhir_json_from_row(t, %s) FROM t WHERE id = ' || i) FROM generate_series(1, 4) i;
-- of two errors that of an expression comes first, wherever it stands
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","birthDate":"{name}","name":[{"text":"{1000 / ward}"}]}', 'm');
SELECT outcome('SELECT fhir_json_from_row(t, %s) FROM t WHERE id = ' || i) FROM generate_series(1, 3, 2) i;
-- what "$each" cannot repeat over: the message names the place
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{(SELECT max(note) FROM child)}"},{"$each":"to_jsonb(name) AS j","text":"x"}]}', 'm');
SELECT outcome('SELECT fhir_json_from_row(t, %s) FROM t WHERE id = ' || i) FROM generate_series(1, 2) i;
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{name}: {1000 / ward}"}]}', 'm');
-- constants of a view or of VALUES, which the planner would compute with, be there rows or not
CREATE VIEW v AS SELECT id, 'fixed'::text AS name, 0 AS ward FROM t;
SELECT outcome('SELECT fhir_json_from_row(v, %s) FROM v WHERE id > 4');
SELECT outcome('SELECT fhir_json_from_row(v, %s) FROM v WHERE id < 2');
SELECT outcome('SELECT fhir_json_from_row(ROW(id, name, 0)::t, %s) FROM t WHERE id > 4');
SELECT outcome('SELECT fhir_json_from_row(ROW(id, ''fixed'', ward + 1)::t, %s) FROM t WHERE id = 3');
-- rights are asked for where a row needs them: not without rows, nor where "$if" leaves out what asks
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{name}"},{"$if":"id = 3","text":"{(SELECT note FROM child WHERE parent = id)}"}]}', 'm');
SELECT outcome('SELECT fhir_json_from_row(t, %s) FROM t WHERE id = 3');
SET ROLE inline_reader;
SELECT outcome('SELECT fhir_json_from_row(t, %s) FROM t WHERE id = ' || i) FROM generate_series(1, 5, 2) i;
RESET ROLE;
SET plan_cache_mode = force_generic_plan;
PREPARE p AS SELECT fhir_json_from_row(t, 'mapping_inline_errors.m') FROM t WHERE id = $1;
EXECUTE p(3);
SET ROLE inline_reader;
EXECUTE p(1);
EXECUTE p(3);
RESET ROLE;
EXECUTE p(3);
-- row_security = off refuses where a policy is in the way
GRANT SELECT ON child TO inline_reader;
ALTER TABLE child ENABLE ROW LEVEL SECURITY;
CREATE POLICY notes ON child TO inline_reader USING (note > 'note 2');
SET ROLE inline_reader;
SELECT outcome('SELECT fhir_json_from_row(t, %s) FROM t WHERE id = ' || i) FROM generate_series(1, 5, 2) i;
SET row_security = off;
SELECT outcome('SELECT fhir_json_from_row(t, %s) FROM t WHERE id = ' || i) FROM generate_series(1, 5, 2) i;
RESET row_security;
RESET ROLE;
-- functions that the role must not call
CREATE FUNCTION secret(text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS 'BEGIN RETURN upper($1); END';
REVOKE EXECUTE ON FUNCTION secret FROM PUBLIC;
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{mapping_inline_errors.secret(name)}"}]}', 'm');
SELECT outcome('SELECT fhir_json_from_row(t, %s) FROM t WHERE id = 1');
SET ROLE inline_reader;
SELECT outcome('SELECT fhir_json_from_row(t, %s) FROM t WHERE id = ' || i) FROM generate_series(1, 5, 4) i;
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA mapping_inline_errors CASCADE;
DROP ROLE inline_reader;
