-- mappings taken into queries: ids for who may read, names under another search_path
\pset format unaligned
\pset tuples_only on
CREATE ROLE inline_reader;
CREATE SCHEMA mapping_inline_rights;
GRANT USAGE ON SCHEMA mapping_inline_rights TO inline_reader;
SET search_path = mapping_inline_rights, public;
CREATE TABLE t (id int PRIMARY KEY, name text, big text);
CREATE TABLE child (parent int, note text);
INSERT INTO t VALUES (1, 'one', 'x');
INSERT INTO child VALUES (1, 'a'), (1, 'b'), (2, 'c');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{fhir_id(''p'', id)}","name":[{"text":"{name}"}]}', 'plain');
SET plan_cache_mode = force_generic_plan;
-- ids: for who may read the columns; no plan and no explanation gives them to others
GRANT SELECT ON child TO inline_reader;
SET ROLE inline_reader;
EXPLAIN (VERBOSE, COSTS OFF) SELECT fhir_json_from_row(ROW(1, note, 'b')::t, 'plain') FROM child;
SELECT fhir_json_from_row(ROW(1, note, 'b')::t, 'plain') FROM child;
RESET ROLE;
GRANT SELECT ON t TO inline_reader;
PREPARE id AS SELECT DISTINCT length(fhir_json_from_row(ROW(1, note, 'b')::t, 'plain') ->> 'id') FROM child;
EXECUTE id;
SET ROLE inline_reader;
EXECUTE id;
RESET ROLE;
REVOKE SELECT ON t FROM inline_reader;
SET ROLE inline_reader;
EXECUTE id;
RESET ROLE;
-- functions whose text would be read under the caller's search_path
CREATE FUNCTION named() RETURNS int LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT count(*)::int FROM child';
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","language":"{(SELECT max(c.note) FROM child c WHERE c.parent <= mapping_inline_rights.named())}"}', 'deep');
EXPLAIN (COSTS OFF, VERBOSE) SELECT fhir_json_from_row(t, 'deep') FROM t WHERE id = 1;
SELECT fhir_json_from_row(t, 'deep') FROM t;
-- on invalid values and code maps, messages name mapping and path as the plain call's do
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","birthDate":"{name}","name":[{"$each":"(SELECT note FROM child WHERE parent = id) AS d","period":{"start":"{d}"}}]}', 'deep');
SELECT fhir_json_from_row(t, 'deep') FROM t;
UPDATE t SET name = '1970';
SELECT fhir_json_from_row(t, 'deep') FROM t;
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","birthDate":"{name}","name":[{"$each":"(SELECT note FROM child WHERE parent = id) AS d","text":"x","period":{"start":"{d}"}}]}', 'deep', on_invalid => 'omit');
SELECT fhir_json_from_row(t, 'deep') FROM t;
-- a large value from outside the row, and one that is compressed
UPDATE t SET big = (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 1000) i), name = repeat('y', 9000);
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{big}","family":"{name}"}]}', 'plain');
SELECT md5(fhir_json_from_row(t, 'plain')::text), md5(fhir_from_row(t, 'plain')::text) FROM t;
SET fhir_bridge.inline = off;
SELECT md5(fhir_json_from_row(t, 'plain')::text), md5(fhir_from_row(t, 'plain')::text) FROM t;
DROP SCHEMA mapping_inline_rights CASCADE;
DROP ROLE inline_reader;
