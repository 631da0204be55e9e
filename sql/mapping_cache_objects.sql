-- changes of what a mapping depends on: its relation, functions, types, the secret, settings
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
CREATE SCHEMA mapping_objects;
CREATE SCHEMA mapping_elsewhere;
SET search_path = mapping_objects, public;
CREATE TABLE t (id text, a text);
INSERT INTO t VALUES ('1', 'x');
-- the relation: renamed, moved, dropped and made anew
SELECT fhir_map('t', '{"resourceType":"Basic","code":{"text":"b"},"id":"{id}","language":"{upper(a)}"}');
SELECT pg_temp.resource(t) FROM t;
ALTER TABLE t RENAME TO renamed;
SELECT pg_temp.resource(renamed), pg_temp.resource(renamed, 't'), pg_temp.resource(renamed, 'mapping_objects.t') FROM renamed;
ALTER TABLE renamed SET SCHEMA mapping_elsewhere;
SELECT pg_temp.resource(renamed), pg_temp.resource(renamed, 'mapping_elsewhere.t') FROM mapping_elsewhere.renamed;
SELECT fhir_from_row(renamed, 'mapping_objects.t') FROM mapping_elsewhere.renamed;
ALTER SCHEMA mapping_elsewhere RENAME TO mapping_there;
SELECT pg_temp.resource(renamed, 'mapping_there.t') FROM mapping_there.renamed;
ALTER SCHEMA mapping_there RENAME TO mapping_elsewhere;
ALTER TABLE mapping_elsewhere.renamed SET SCHEMA mapping_objects;
ALTER TABLE renamed RENAME TO t;
BEGIN;
DROP TABLE t;
SELECT count(*) FROM fhir_mapping WHERE name = 't';
ROLLBACK;
SELECT pg_temp.resource(t) FROM t;
DROP TABLE t;
SELECT count(*) FROM fhir_mapping WHERE name = 't';
CREATE TABLE t (a int, id int);
INSERT INTO t VALUES (2, 3);
SELECT fhir_from_row(t) FROM t;
SELECT fhir_from_row(t, 'mapping_objects.t') FROM t;
SELECT fhir_map('t', '{"resourceType":"Basic","code":{"text":"b"},"id":"{id}"}');
SELECT pg_temp.resource(t) FROM t;
-- a view replaced, a mapping's schema dropped
CREATE VIEW v AS SELECT id, a FROM t;
SELECT fhir_map('v', '{"resourceType":"Basic","code":{"text":"b"},"id":"{id}{a}"}');
SELECT pg_temp.resource(v) FROM v;
CREATE OR REPLACE VIEW v AS SELECT id + 1 AS id, a * 10 AS a, 'more' AS b FROM t;
SELECT pg_temp.resource(v) FROM v;
CREATE TABLE mapping_elsewhere.u (id text);
SELECT fhir_map('mapping_elsewhere.u', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"}}');
SET client_min_messages = warning;
DROP SCHEMA mapping_elsewhere CASCADE;
RESET client_min_messages;
SELECT count(*) FROM fhir_mapping WHERE name = 'u';
-- functions: replaced, renamed, volatility changed, dropped; inlined ones, and of operators
CREATE FUNCTION f(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT ''f1'' || $1';
CREATE FUNCTION p(text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN 'p1' || $1; END $$;
SELECT fhir_map('t', '{"resourceType":"Basic","code":{"text":"b"},"id":"{mapping_objects.f(a::text)}{mapping_objects.p(a::text)}","language":"{mapping_objects.f(''c'')}"}');
PREPARE q AS SELECT fhir_json_from_row(t) FROM t;
EXECUTE q;
CREATE OR REPLACE FUNCTION f(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT ''f2'' || $1';
EXECUTE q;
CREATE OR REPLACE FUNCTION p(text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN 'p2' || $1; END $$;
EXECUTE q;
ALTER FUNCTION p(text) VOLATILE;
EXECUTE q;
ALTER FUNCTION p(text) STABLE PARALLEL UNSAFE;
EXECUTE q;
ALTER FUNCTION p(text) PARALLEL SAFE;
EXECUTE q;
ALTER FUNCTION p(text) RENAME TO p2;
EXECUTE q;
ALTER FUNCTION p2(text) RENAME TO p;
BEGIN;
DROP FUNCTION f(text);
EXECUTE q;
ROLLBACK;
EXECUTE q;
-- enums get labels
CREATE TYPE colour AS ENUM ('red');
CREATE TABLE e (c colour);
SELECT fhir_map('e', '{"resourceType":"Basic","code":{"text":"b"},"id":"{c}","language":"{CASE c WHEN ''red'' THEN ''r'' ELSE c::text END}"}');
INSERT INTO e VALUES ('red');
SELECT pg_temp.resource(e) FROM e;
ALTER TYPE colour ADD VALUE 'green';
ALTER TYPE colour RENAME VALUE 'red' TO 'rot';
INSERT INTO e VALUES ('green');
SELECT fhir_json_from_row(e) FROM e;
-- the secret: ids of constants are not kept, and the mapping says that its ids have changed
SELECT fhir_id_key('\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
SELECT fhir_map('t', '{"resourceType":"Basic","code":{"text":"b"},"id":"{fhir_id(''a'', a)}","language":"{fhir_id(''org'', ''constant'')}"}');
SELECT fhir_from_row(t) ->> 'id' = fhir_id('a', a)::text, fhir_from_row(t) ->> 'language' = fhir_id('org', 'constant')::text FROM t;
SELECT fhir_id_key('\x202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f');
SELECT fhir_from_row(t) ->> 'id' = fhir_id('a', a)::text, fhir_from_row(t) ->> 'language' = fhir_id('org', 'constant')::text FROM t;
SELECT fhir_id_key('\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
SELECT fhir_from_row(t) ->> 'id' = fhir_id('a', a)::text, fhir_from_row(t) ->> 'language' = fhir_id('org', 'constant')::text FROM t;
-- the catalog written by its owner, as a restore does, and with triggers off
SELECT fhir_map('t', '{"resourceType":"Basic","code":{"text":"b"},"id":"{id}"}');
SELECT fhir_json_from_row(t) FROM t;
UPDATE fhir_mapping SET template = '{"resourceType":"Basic","code":{"text":"b"},"id":"u{id}"}' WHERE relation = 't'::regclass;
SELECT fhir_json_from_row(t) FROM t;
SET session_replication_role = replica;
UPDATE fhir_mapping SET template = '{"resourceType":"Basic","code":{"text":"b"},"id":"r{id}"}' WHERE relation = 't'::regclass;
RESET session_replication_role;
SELECT fhir_json_from_row(t) FROM t;
BEGIN;
TRUNCATE fhir_mapping;
SELECT fhir_json_from_row(t) FROM t;
ROLLBACK;
SELECT fhir_json_from_row(t) FROM t;
SET client_min_messages = warning;
DROP SCHEMA mapping_objects CASCADE;
