-- fhir_bundle: what is kept from row to row, and results while rows go on coming
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA export_bundle_state;
SET search_path = export_bundle_state, public;
-- each second one refers to one that comes four rows later, the others to what is elsewhere; the last one by the base
CREATE TABLE r AS
SELECT i AS n, i % 3 AS g, json_build_object('resourceType', 'Location', 'id', CASE i % 2 WHEN 0 THEN i::text ELSE md5(i::text)::uuid::text END,
	'partOf', json_build_object('reference', 'Location/' || i + 4), 'text', repeat('x', i * 97)) AS j
FROM generate_series(1, 40) i;
CREATE TABLE types AS SELECT unnest('{collection,searchset,batch,transaction,transaction POST}'::text[]) AS type;
INSERT INTO r VALUES (41, 0, '{"resourceType":"Location","id":"41","partOf":{"reference":"https:\/\/fhir.example\/r4\/Location/40"}}');
-- growing frames: each is what an aggregate of its rows alone gives, also when later ones have come
CREATE FUNCTION bundle_of(first int, last int, type text) RETURNS text LANGUAGE sql AS $$
	SELECT fhir_bundle(j, $3, 'https://fhir.example/r4' ORDER BY n)::text FROM r WHERE n BETWEEN $1 AND $2 $$;
SELECT type, count(*), bool_and(b::text = bundle_of(1, n, type)), max(json_array_length(b -> 'entry')) FROM (
	SELECT n, type, fhir_bundle(j, type, 'https://fhir.example/r4') OVER (PARTITION BY type ORDER BY n) AS b FROM r, types ORDER BY n DESC) s
GROUP BY type ORDER BY type;
SELECT type, string_agg(e #>> '{resource,partOf,reference}', ' ') FROM types, LATERAL (SELECT fhir_bundle(j, type, 'https://fhir.example/r4') AS b FROM r WHERE n > 39) s, json_array_elements(b -> 'entry') e
GROUP BY type ORDER BY type;
-- frames that move, and rows that share one
SELECT type, bool_and(b::text = bundle_of(n - 2, n + 1, type)) FROM (
	SELECT n, type, fhir_bundle(j, type, 'https://fhir.example/r4') OVER (PARTITION BY type ORDER BY n ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) AS b FROM r, types) s
GROUP BY type ORDER BY type;
SELECT count(DISTINCT b::text), count(*), max(json_array_length(b -> 'entry')) FROM (SELECT fhir_bundle(j) OVER (ORDER BY g) AS b FROM r) s;
-- results that are kept: by a cursor that goes back, in an array
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT n, fhir_bundle(j) OVER (ORDER BY n) #>> '{entry,-1,resource,id}' FROM r;
MOVE 2 FROM c;
FETCH 2 FROM c;
FETCH BACKWARD 2 FROM c;
COMMIT;
SELECT array_length(a, 1), json_array_length(a[2] -> 'entry'), a[41]::text = bundle_of(1, 41, 'transaction')
	FROM (SELECT array_agg(b ORDER BY n) AS a FROM (SELECT n, fhir_bundle(j, 'transaction', 'https://fhir.example/r4') OVER (ORDER BY n) AS b FROM r) s) t;
-- one state, more than one result
SELECT count(DISTINCT x), count(*) FROM (SELECT unnest(ARRAY[fhir_bundle(j)::text, fhir_bundle(j)::text, fhir_bundle(j, 'collection')::text]) FROM r) s (x);
SELECT g, type, json_array_length(fhir_bundle(j, type) -> 'entry') FROM r, types WHERE type <> 'batch' GROUP BY GROUPING SETS ((g, type), (type)) ORDER BY type, g;
-- groups in a hash table, which goes to disk
CREATE FUNCTION ids(bundle json) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(e #>> '{resource,id}', ',' ORDER BY (e #>> '{resource,id}')::int) FROM json_array_elements(bundle -> 'entry') e $$;
SET enable_sort = off;
SET work_mem = '64kB';
CREATE TABLE hashed AS SELECT i % 3000 AS g, fhir_bundle(format('{"resourceType":"Basic","id":"%s"}', i)::json, 'searchset') AS b FROM generate_series(1, 12000) i GROUP BY 1;
RESET work_mem;
RESET enable_sort;
SELECT count(*), bool_and(ids(b) = (SELECT string_agg(i::text, ',' ORDER BY i) FROM generate_series(1, 12000) i WHERE i % 3000 = g)) FROM hashed;
-- a group's result is asked for again, and again
SET enable_material = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_sort = off;
SELECT count(*), count(DISTINCT b::text) FROM generate_series(1, 5) k LEFT JOIN (SELECT g, fhir_bundle(j) AS b FROM r GROUP BY g) s ON s.g <> k;
SELECT k, l.* FROM generate_series(1, 3) k, LATERAL (SELECT g, json_array_length(fhir_bundle(j) -> 'entry') FROM r WHERE n <= k GROUP BY g) l ORDER BY 1, 2;
RESET ALL;
SET search_path = export_bundle_state, public;
-- an error in the midst, and anew
CREATE FUNCTION sqlstate_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT sqlstate_of(format('SELECT fhir_bundle(j, %L), 1 / sum(40 - n) FILTER (WHERE n = 40) FROM r', type)), sqlstate_of(format('SELECT fhir_bundle(CASE WHEN 1 / (41 - n) >= 0 THEN j END, %L) FROM r', type)),
	sqlstate_of(format('SELECT fhir_bundle(CASE n WHEN 30 THEN ''{}'' ELSE j END, %L) FROM r', type)), sqlstate_of(format('SELECT fhir_bundle(j, %L) FROM r', type)) FROM types;
-- the first that repeats another is told, in a window at its row
SELECT fhir_bundle(json_build_object('resourceType', 'Basic', 'id', (1000 - abs(i - 600))::text)) FROM generate_series(1, 1000) i;
SELECT json_array_length(fhir_bundle(json_build_object('resourceType', 'Basic', 'id', (1000 - abs(i - 600))::text)) -> 'entry') FROM generate_series(1, 600) i;
SELECT sqlstate_of(format('SELECT fhir_bundle(json_build_object(''resourceType'', ''Basic'', ''id'', (i %% 20)::text)) OVER (ORDER BY i) FROM generate_series(1, %s) i', last)) FROM unnest('{20,21}'::int[]) last;
\set VERBOSITY default
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA export_bundle_state CASCADE; -- the next file checks mappings of its own alone
