-- sub-selects in templates: what is refused, and where it is said to be
SET fhir_bridge.inline = off;	-- the plain call: its errors say where in the template they come from
\pset format unaligned
\pset tuples_only on
\set VERBOSITY default
CREATE SCHEMA mapping_children_faults;
SET search_path = mapping_children_faults, public;
CREATE TABLE t (id int, code text, n int);
CREATE TABLE c (t_id int, code text, n int, x int);
CREATE TEMP TABLE fleeting (x int);
CREATE VIEW random_view AS SELECT random() AS x, t_id FROM c;
CREATE FUNCTION slow(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE VIEW unsafe_view AS SELECT mapping_children_faults.slow(x) AS x, t_id FROM c;
CREATE VIEW outer_view AS SELECT * FROM random_view;
-- the message and the hint for one expression in braces, or for one $each
CREATE FUNCTION try(expression text, each boolean DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	PERFORM fhir_map('mapping_children_faults.t', CASE WHEN each THEN json_build_object('resourceType', 'Patient', 'id', '{id}', 'name',
		json_build_array(json_build_object('$each', expression, 'text', '{d.x}')))
		ELSE json_build_object('resourceType', 'Patient', 'id', '{id}', 'language', '{' || expression || '}') END);
	RETURN 'registered';
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN sqlerrm || ' / ' || detail || ' / ' || hint;
END $$;

-- names that exist on both sides
SELECT try('(SELECT c.code FROM c WHERE t_id = id AND code = ''x'')');
SELECT try('(SELECT c.code FROM c WHERE t_id = id AND c.code = this.code)');
SELECT try('(SELECT c.code FROM c WHERE t_id = id AND x > n)');
SELECT try('(SELECT max(c.code) FROM c WHERE t_id = id GROUP BY x ORDER BY code)');
SELECT try('(SELECT this.code FROM c AS this WHERE t_id = 1)');
SELECT try('(SELECT code FROM (SELECT x AS code FROM c) s LIMIT 1)');
SELECT try('(SELECT y FROM c CROSS JOIN LATERAL (SELECT n AS y) s LIMIT 1)');
SELECT try('(SELECT nothing FROM c)');
SELECT try('(SELECT x FROM missing)');
SELECT try('(SELECT x FROM c WHERE t_id = $1)');
-- what a mapping must not do
SELECT try('(SELECT x::text FROM c FOR UPDATE)');
SELECT try('(SELECT (SELECT 1 FROM c c2 FOR KEY SHARE)::text FROM c)');
SELECT try('(WITH w AS (DELETE FROM c RETURNING x) SELECT x::text FROM w)');
SELECT try('(SELECT 1::text INTO c2)');
SELECT try('(SELECT random()::text FROM c)');
SELECT try('(SELECT x::text FROM c WHERE clock_timestamp() > now())');
SELECT try('(SELECT mapping_children_faults.slow(x)::text FROM c)');
SELECT try('(SELECT x::text FROM c ORDER BY mapping_children_faults.slow(x) LIMIT 1)');
SELECT try('(SELECT x::text FROM random_view)');
SELECT try('(SELECT x::text FROM outer_view)');
SELECT try('(SELECT x::text FROM unsafe_view)');
SELECT try('(SELECT x::text FROM c TABLESAMPLE system (1))');
SELECT try('(SELECT x::text FROM fleeting)');
SELECT try('(SELECT this.ctid::text)');
SELECT try('(SELECT c.tableoid::regclass::text FROM c LIMIT 1)');
SELECT try('(SELECT sum(this.n)::text)');
SELECT try('(SELECT 1, 2)');
SELECT try('(SELECT 1) x');
-- $each
SELECT try('(SELECT x FROM c)', true);
SELECT try('(SELECT x FROM c) AS code', true);
SELECT try('(SELECT x, x FROM c) AS d', true);
SELECT try('(SELECT n FROM c) AS d', true);
SELECT try('(SELECT c.n FROM c) AS d', true);
SELECT try('SELECT x FROM c AS d', true);
SELECT try('(SELECT x FROM c FOR SHARE) AS d', true);
SELECT try('(DELETE FROM c RETURNING x) AS d', true);
SELECT try('(TABLE c) AS d', true);
SELECT try('((SELECT x FROM c)) AS d', true);
-- a row alone, an alias that hides the outer name
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":"(SELECT x, c.n FROM c) AS d","text":"{d}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":"(SELECT x FROM c) AS d","text":"{d.x}","given":["{(SELECT d.x FROM c d LIMIT 1)}"]}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":"(SELECT x FROM c) AS d","text":"{d.x}","given":["{(SELECT x FROM (SELECT x AS d, x FROM c) s WHERE d > 1)}"]}]}');
-- several faults of one sub-select and of what stands in it, with their places
SELECT fhir_map('t', $${"resourceType": "Patient", "id": "{id}",
	"name": [{"$each": "(SELECT x, c.code FROM c WHERE c.t_id = id ORDER BY x) AS d", "text": "{d.y}", "given": ["{d.x::date}"], "use": "{d.code}"}],
	"telecom": [{"$each": "(SELECT x FROM c WHERE n = 1) AS e", "value": "{e.x}"}],
	"active": "{(SELECT x FROM c WHERE wrong)}"}$$);
-- too many values in an object that is repeated
SELECT substr(message, 1, 120) FROM (SELECT try(NULL) AS message) s WHERE false
UNION ALL SELECT fhir_map('t', json_build_object('resourceType', 'Patient', 'id', '{id}', 'name', json_build_array(json_build_object('$each', '(SELECT x FROM c) AS d',
	'given', (SELECT json_agg('{d.x + ' || i || '}') FROM generate_series(1, 100) i)))));
-- when rows are read
SELECT fhir_map('t', $${"resourceType": "Patient", "id": "{id}",
	"name": [{"$each": "(SELECT 10 / x AS y FROM c WHERE t_id = id) AS d", "text": "{d.y}"}],
	"telecom": [{"$each": "(SELECT x FROM c WHERE t_id = id) AS d", "rank": "{d.x}", "value": "{10 / (d.x - 1)}"}],
	"language": "{(SELECT c.code FROM c WHERE t_id = id)}"}$$);
INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3), (4, 'd', 4);
INSERT INTO c VALUES (1, 'a', 1, 0), (2, 'b', 1, 1), (3, 'c', 1, -5), (4, 'one', 1, 2), (4, 'two', 2, 3);
SELECT fhir_json_from_row(t) FROM t WHERE id = 1;
SELECT fhir_json_from_row(t) FROM t WHERE id = 2;
SELECT fhir_json_from_row(t) FROM t WHERE id = 3;
SELECT fhir_from_row(t) FROM t WHERE id = 4;
SET client_min_messages = warning;
DROP SCHEMA mapping_children_faults CASCADE;
