-- plans of queries that mappings were taken into: what they read, what they follow, whose rights they have
\pset format unaligned
\pset tuples_only on
CREATE ROLE inline_reader;
CREATE SCHEMA mapping_inline_plans;
GRANT USAGE ON SCHEMA mapping_inline_plans TO inline_reader;
SET search_path = mapping_inline_plans, public;
CREATE TABLE t (id int PRIMARY KEY, name text, big text);
CREATE TABLE child (parent int, note text, ward text);
INSERT INTO t SELECT i, 'name ' || i, repeat('x', 100) FROM generate_series(1, 5000) i;
INSERT INTO child SELECT i % 5000, 'note ' || i, 'AB' FROM generate_series(1, 9000) i;
CREATE INDEX t_name ON t (id, name);
CREATE INDEX child_parent ON child (parent);
VACUUM ANALYZE t;
VACUUM ANALYZE child;
GRANT SELECT ON t, child TO inline_reader;
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{fhir_id(''p'', id)}","name":[{"text":"{name}"}]}', 'plain'),
	fhir_map('t', '{"resourceType":"Patient","$if":"id > 0","id":"{id}","name":[{"$each":"(SELECT note FROM child WHERE parent = id ORDER BY note) AS d","text":"{d}"},{"$if":"id > 2","text":"{upper(name)}"}]}', 'deep');

-- only the columns that are needed are read; one plan; the program's text is short
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT fhir_from_row(t, 'plain') FROM t WHERE id < 10;
RESET enable_seqscan;
EXPLAIN (VERBOSE, COSTS OFF) SELECT fhir_json_from_row(t, 'plain') FROM t WHERE id = 1;
CREATE FUNCTION explain(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		RETURN NEXT replace(line, 'ARRAY(SubPlan 1)', '(SubPlan 1)');	-- as 18 says it
	END LOOP;
END $$;
SELECT explain('SELECT fhir_json_from_row(t, ''deep'') FROM t WHERE id = 1');
SET fhir_bridge.inline = off;
SELECT explain('SELECT fhir_json_from_row(t, ''deep'') FROM t WHERE id = 1');
RESET fhir_bridge.inline;
-- no value of a program can be had
SELECT fhir_bridge_write_json(NULL, 'a'), fhir_bridge_write_jsonb(NULL::fhir_bridge_program, 1) IS NULL;
SELECT fhir_bridge_write_json('mapping_inline_plans.plain', 'a');
SELECT fhir_bridge_write_json(NULL);
SELECT count(*) FROM fhir_bridge_elements(NULL, ARRAY[1]);
-- workers: a mapping without sub-selects runs in them, one with sub-selects above them
CREATE FUNCTION explain_parallel(query text) RETURNS SETOF text LANGUAGE plpgsql
	SET max_parallel_workers_per_gather = 2 SET min_parallel_table_scan_size = 0 SET parallel_setup_cost = 0 SET parallel_tuple_cost = 0 AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		IF line ~ 'Gather|Seq Scan|write_json|from_row' THEN
			RETURN NEXT regexp_replace(line, '(write_json|from_row)\(.*', '\1(...)');
		END IF;
	END LOOP;
	EXECUTE format('SELECT md5(string_agg(q::text, '''' ORDER BY q::text)) FROM (%s) q', query) INTO line;
	SET LOCAL fhir_bridge.inline = off;
	EXECUTE format('SELECT $1 = md5(string_agg(q::text, '''' ORDER BY q::text)) FROM (%s) q', query) INTO line USING line;
	RETURN NEXT line;
END $$;
SELECT explain_parallel('SELECT fhir_json_from_row(t, ''plain'') FROM t WHERE big LIKE ''x%''');
SELECT explain_parallel('SELECT fhir_json_from_row(t, ''deep'') FROM t WHERE big LIKE ''x%''');
-- a policy of the child's that must not run in workers: not parallel safe at all, or restricted
CREATE FUNCTION unsafe(text) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL UNSAFE AS 'BEGIN RETURN true; END';
ALTER TABLE child ENABLE ROW LEVEL SECURITY;
CREATE POLICY ward ON child TO inline_reader USING (mapping_inline_plans.unsafe(ward) AND position('A' IN ward) > 0);
SET ROLE inline_reader;
SELECT explain_parallel('SELECT fhir_json_from_row(t, ''deep'') FROM t WHERE big LIKE ''x%''');
SELECT fhir_json_from_row(t, 'deep') FROM t WHERE id = 3;
RESET ROLE;
ALTER FUNCTION unsafe(text) PARALLEL RESTRICTED;
SET ROLE inline_reader;
SELECT explain_parallel('SELECT fhir_json_from_row(t, ''deep'') FROM t WHERE big LIKE ''x%''');
RESET ROLE;
ALTER POLICY ward ON child USING (position('A' IN ward) > 0);

-- a plan that is kept follows the mapping: replaced, within the transaction, rolled back, removed, made again
SET plan_cache_mode = force_generic_plan;
PREPARE p AS SELECT fhir_json_from_row(t, 'mapping_inline_plans.deep') FROM t WHERE id = 3;
EXECUTE p;
BEGIN;
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","language":"{name}"}', 'deep');
EXECUTE p;
ROLLBACK;
EXECUTE p;
SELECT fhir_unmap('mapping_inline_plans.deep');
EXECUTE p;
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":"(SELECT note FROM child WHERE parent = id ORDER BY note) AS d","text":"{d}"}]}', 'deep');
EXECUTE p;
-- the child's policies, the role, its rights
SET ROLE inline_reader;
EXECUTE p;
RESET ROLE;
UPDATE child SET ward = 'B' WHERE parent = 3 AND note = 'note 3';
SET ROLE inline_reader;
EXECUTE p;
RESET ROLE;
EXECUTE p;
REVOKE SELECT ON child FROM inline_reader;
SET ROLE inline_reader;
EXECUTE p;
RESET ROLE;
GRANT SELECT ON child TO inline_reader;
-- the child table and the mapped relation
ALTER TABLE child ALTER note TYPE varchar(20);
EXECUTE p;
ALTER TABLE child RENAME TO kid;
EXECUTE p;
ALTER TABLE kid RENAME TO child;
ALTER TABLE t DROP big;
ALTER TABLE t ADD big text DEFAULT 'new';
EXECUTE p;
ALTER TABLE t RENAME id TO number;
EXECUTE p;
ALTER TABLE t RENAME number TO id;
EXECUTE p;
DROP SCHEMA mapping_inline_plans CASCADE;
DROP ROLE inline_reader;
