-- what must be wrong for every row is a fault of the template: code maps, types, keys
SET client_min_messages = warning;
CREATE SCHEMA mapping_early;
SET search_path = mapping_early, public;
\pset format unaligned
\pset tuples_only on
CREATE TYPE letter AS ENUM ('M', 'F');
CREATE TYPE pair AS (code text, n int);
CREATE DOMAIN code AS text;
CREATE TABLE t (id int PRIMARY KEY, c text, e letter, d code, j jsonb, a text[], p pair, r int4range, ts timestamp, tz timestamptz, f float8, i interval);
INSERT INTO t VALUES (1, 'M', 'M', 'M', '{"sex": "M"}', '{M}', '(M,1)', '[1,2)', '2024-01-01 08:00', '2024-01-01 00:00Z', 1.5, '1 day');
SELECT fhir_code_map('early sex', '{"M": "male", "F": "female"}');
CREATE FUNCTION try(gender text, id text DEFAULT '{id}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	PERFORM fhir_map('t', json_build_object('resourceType', 'Patient', 'id', id, 'gender', gender, 'maritalStatus', json_build_object('text', gender)), timezone => 'Asia/Taipei');
	RETURN (SELECT fhir_from_row(x) - 'resourceType' - 'maritalStatus' FROM t x);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN replace(SQLERRM, 'mapping "mapping_early.t": ', '') || ' / ' || hint;
END $$;
-- the name of a map, also in a branch, a sub-select, a condition
SELECT try('{fhir_code(''early sx'', c)}');
SELECT try('{CASE WHEN id = 1 THEN fhir_code(''early sex'', c) ELSE fhir_code(''gone'', c) END}');
SELECT try('{(SELECT fhir_code(''gone'', x.c) FROM t x WHERE x.id = this.id)}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","$if":"fhir_code(''gone'', c) = ''x''","communication":[{"$each":"ARRAY[fhir_code(''gone too'', c)] AS l","language":{"text":"{l}"}}]}');
-- types: those that have a plain text are looked up
SELECT x, try(format('{fhir_code(''early sex'', %s)}', x)) FROM unnest(ARRAY['c', 'e', 'd', 'j ->> ''sex''', 'a[1]', '(p).code', 'c::"char"', 'c::varchar(3)',
	'j -> ''sex''', 'j', 'a', 'p', 'r', 'ts', 'f', 'this']) x;
-- a type that is stored as text, as citext is
CREATE TYPE ci;
CREATE FUNCTION ciin(cstring) RETURNS ci LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION ciout(ci) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE TYPE ci (INPUT = ciin, OUTPUT = ciout, LIKE = text, CATEGORY = 'S');
CREATE CAST (ci AS text) WITHOUT FUNCTION AS IMPLICIT;
ALTER TABLE t ADD k ci DEFAULT 'M';
SELECT try('{fhir_code(''early sex'', k)}');
-- keys of ids
SELECT x, try('{fhir_code(''early sex'', c)}', format('{left(fhir_id(''t'', id, %s)::text, 0) || id}', x)) FROM unnest(ARRAY['c', 'tz', 'f', 'ts', 'i', 'e', 'j', 'a', 'ts AT TIME ZONE ''Asia/Taipei''']) x;
-- the mapping's time zone reaches what a sub-select repeats
CREATE TABLE b (a int, t timestamp, u timestamptz);
INSERT INTO b VALUES (1, '2024-01-01 08:00', '2024-01-01 00:00Z');
SELECT fhir_map('t', '{"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},
	"location":[{"$each":"(SELECT b.t, b.u FROM b WHERE b.a = this.id) AS s","location":{"display":"at {s.u}"},"period":{"start":"{s.t}","end":"{s.u}"}}],
	"participant":[{"period":{"start":"{(SELECT b.t FROM b WHERE b.a = this.id)}","end":"{(SELECT b.u::date FROM b WHERE b.a = this.id)}"}}]}', timezone => 'Asia/Taipei');
SELECT fhir_from_row(x) -> 'location', fhir_from_row(x) -> 'participant' FROM t x;
SET fhir_bridge.inline = off;
SELECT fhir_from_row(x) -> 'location', fhir_from_row(x) -> 'participant' FROM t x;
RESET fhir_bridge.inline;
-- of several mappings, the one with the relation's name is the default; two receivers may have one row
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"first"}}');
CREATE VIEW v AS SELECT fhir_from_row(x.*) #>> '{code,text}' FROM t x;
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"second"}}', 'another');
SELECT * FROM v;
SELECT fhir_json_from_row(x), fhir_json_from_row(x, 'another') FROM t x;
SELECT count(*) FROM fhir_map_check('t');
SELECT count(*) FROM fhir_map_check('another');
SELECT fhir_unmap('t');
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"third"}}', 'third');
SELECT * FROM v;
-- what an expression raises is counted by SQLSTATE
CREATE TABLE n (id int PRIMARY KEY, v text);
INSERT INTO n VALUES (1, '2'), (2, 'x'), (3, '0'), (4, 'y'), (5, '1e400000');
SELECT fhir_map('n', '{"resourceType":"Basic","id":"{id}","code":{"text":"{1 / v::numeric}"}}');
SELECT severity, path, source, rule, count, example, diagnostics FROM fhir_map_check('n');
DROP SCHEMA mapping_early CASCADE;
-- text that is lost because one of its values is empty is counted; joined text is not; hints lead to what works
SET client_min_messages = warning;
CREATE SCHEMA mapping_early;
SET search_path = mapping_early, public;
CREATE TYPE address AS (city text, "Zip Code" text);
CREATE TABLE p (id int PRIMARY KEY, last text, first text, mid text, addr address, "Patient Name" text);
INSERT INTO p VALUES (1, 'Lin', 'Amy', NULL, ('Taipei', '100'), 'x'), (2, 'Lin', 'Bo', 'C', NULL, 'y'), (3, NULL, NULL, NULL, NULL, NULL), (4, NULL, 'D', 'E', NULL, NULL);
SELECT fhir_map('p', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{last} {first} {mid}"},{"text":"Name: {first}"}],"contact":[{"name":{"text":"{concat_ws('' '', last, first, mid)}"}}]}');
SELECT severity, path, source, rule, count, example, diagnostics FROM fhir_map_check('p') WHERE rule = 'text lost';
SELECT fhir_from_row(x) -> 'name' FROM p x WHERE id = 1;
SELECT fhir_map('p', '{"resourceType":"Patient","id":"{id}","language":"{addr}"}');
SELECT fhir_map('p', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{(addr).city}{Patient Name}"}]}');
SELECT fhir_map('p', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{(addr).city}{\"Patient Name\"}"}]}');
-- a resource without an id: refused now; what an older version registered goes on, and is an error of each row
SELECT fhir_map('p', '{"resourceType":"Patient","name":[{"text":"{first}"}]}', 'noid');
INSERT INTO fhir_mapping (relation, name, template) VALUES ('p', 'noid', '{"resourceType":"Patient","name":[{"text":"{first}"}]}');
SELECT severity, path, rule, count FROM fhir_map_check('noid');
DROP SCHEMA mapping_early CASCADE;
