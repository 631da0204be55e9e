-- what a template may have at most; within that nothing grows faster than it
SET client_min_messages = warning;
CREATE SCHEMA mapping_limits;
SET search_path = mapping_limits, public;
\pset format unaligned
\pset tuples_only on
CREATE TABLE t (id int PRIMARY KEY, v text);
INSERT INTO t VALUES (1, 'x');

-- objects of an extension, so many of them
CREATE FUNCTION template(item text, n int, around text DEFAULT '[%s]') RETURNS json LANGUAGE sql AS $$
	SELECT ('{"resourceType":"Patient","id":"{id}","extension":' || format(around, string_agg(replace(item, '@', i::text), ',')) || '}')::json
	FROM generate_series(1, n) i $$;
CREATE FUNCTION length_of(template json) RETURNS int LANGUAGE sql AS $$
	SELECT length(fhir_map_try('t', template)::text) $$;

SELECT length_of(template('{"url":"u:a","valueString":"{v}"}', 20000));
SELECT length_of(template('{"$each":"(SELECT v FROM generate_series(1, 2)) AS a","url":"u:a","valueString":"{a.v}"}', 250));
SELECT length_of(template('{"$each":"(SELECT v FROM generate_series(1, 2)) AS a","url":"u:a","valueString":"{a.v}"}', 251));
\set VERBOSITY terse
SELECT length_of(template('"k@":1', 1000, '[{%s}]'));
SELECT length_of(template('"k@":1', 100000, '[{%s}]'));
SELECT length_of(template('{"url":"u:a","valueString":"{v}"}', 1, repeat('[{"url":"u:a","extension":', 400) || '[%s]' || repeat('}]', 400)));
SELECT length_of(template('{"url":"u:a","valueString":"{v}"}', 1, repeat('[{"url":"u:a","extension":', 600) || '[%s]' || repeat('}]', 600)));

-- faults: the first are told, all prevent it
SELECT length_of(template('{"url":"u:a","valueStrin":"{v}"}', 200));
SELECT length_of(template('{"url":"u:a","valueStrin":"{v}"}', 20000));
SELECT length_of(template('{"url":"u:a","valueString":"{w}"}', 20000));
\set VERBOSITY default

-- where it is, also far in the text and behind characters of many bytes
SELECT length_of(template(E'{"url":"u:病",\n"valueString":"{v}"}', 3000, '[%s,{"url":"病病","valueString":"{ w}"}]'));
SELECT length_of(template('{"url":"u:病","valueString":"{v}"}', 3000, '[%s,{"url":"病病","valueString":"{ w}"}]'));

-- constant references to contained resources
SELECT length_of(('{"resourceType":"List","id":"{id}","status":"current","mode":"working","contained":[' ||
	string_agg('{"resourceType":"Basic","id":"c' || i || '","code":{"text":"x"}}', ',') || '],"entry":[' ||
	string_agg('{"item":{"reference":"#c' || i || '"}}', ',') || ']}')::json) > 0 FROM generate_series(1, 5000) i;
SELECT length_of(('{"resourceType":"List","id":"{id}","status":"current","mode":"working","contained":[' ||
	'{"resourceType":"Basic","id":"a","code":{"text":"x"}},{"resourceType":"Basic","id":"a","code":{"text":"x"}},{"resourceType":"Patient","id":"p"}],' ||
	'"subject":{"reference":"#a"},"source":{"reference":"#p"},"encounter":{"reference":"#nobody"}}')::json);
DROP SCHEMA mapping_limits CASCADE;

-- what one very wide row took is given back, though the plan is kept
\c -
CREATE TABLE limits_wide (id int, note text);
INSERT INTO limits_wide VALUES (1, repeat('x', 8000000)), (2, 'y');
SELECT fhir_map('limits_wide', '{"resourceType": "Basic", "id": "{id}", "code": {"text": "{note}"}}');
SET plan_cache_mode = force_generic_plan;
PREPARE wide AS SELECT length(fhir_from_row(w)::text), length(fhir_json_from_row(w)::text) FROM limits_wide w WHERE id = $1;
EXECUTE wide(1);
EXECUTE wide(2);
SELECT sum(total_bytes) < 3000000 AS small FROM pg_backend_memory_contexts WHERE name ~ '^fhir_bridge';
DROP TABLE limits_wide;
