-- values of the private type that somebody else has made: older servers let SQL do so; here a superuser's cast does
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE seal_forger;
CREATE SCHEMA seal;
SET search_path = seal, public;
CREATE CAST (bytea AS fhir_bridge_program) WITHOUT FUNCTION;
CREATE CAST (fhir_bridge_program AS bytea) WITHOUT FUNCTION;
CREATE TABLE t (id text, given text[], j jsonb);
INSERT INTO t VALUES ('1', '{a,b}', '["c"]');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{fhir_id(''p'', id)}","name":[{"$each":"given AS g","text":"{g}"},{"$each":"j AS e","text":"{(SELECT e #>> ''{}'')}"}]}');
SELECT fhir_json_from_row(t)::jsonb - 'id', length(fhir_from_row(t) ->> 'id') FROM t;
SET fhir_bridge.inline = off;
SELECT fhir_json_from_row(t)::jsonb - 'id' FROM t;
RESET fhir_bridge.inline;
SET ROLE seal_forger;
-- a marker as it was: kind, name, path; with nothing, zeros and noise behind it
SELECT fhir_bridge_id_in_mapping('\x4d7365616c2e740000'::bytea::fhir_bridge_program, 'p', '1');
SELECT fhir_bridge_id_in_mapping(('\x4d7365616c2e740000'::bytea || decode(repeat('00', 16), 'hex'))::fhir_bridge_program, 'p', '1');
SELECT fhir_bridge_id_in_mapping(('\x4d7365616c2e740000'::bytea || decode(md5('x'), 'hex'))::fhir_bridge_program, 'p', '1');
SELECT fhir_bridge_id_in_mapping('\x'::bytea::fhir_bridge_program, 'p', '1');
SELECT fhir_bridge_id_in_mapping('\x4d'::bytea::fhir_bridge_program, 'p', '1');
-- programs, and markers where a program belongs, and of elements
SELECT fhir_bridge_write_json(('\x507365616c2e740000'::bytea || decode(repeat('00', 40), 'hex'))::fhir_bridge_program, 'x');
SELECT fhir_bridge_write_jsonb('\x50'::bytea::fhir_bridge_program, 'x');
SELECT fhir_bridge_write_jsonb('\x4d7365616c2e740000'::bytea::fhir_bridge_program, 'x');
SELECT fhir_bridge_elements('\x4d7365616c2e7400'::bytea::fhir_bridge_program, ARRAY[1]);
SELECT fhir_bridge_elements('\x4d'::bytea::fhir_bridge_program, '{}'::jsonb);
-- another secret: what was planned is planned anew, what was compiled is compiled anew
RESET ROLE;
PREPARE of_secret AS SELECT fhir_json_from_row(t)::jsonb - 'id' FROM t;
SET plan_cache_mode = force_generic_plan;
EXECUTE of_secret;
BEGIN;
UPDATE fhir_secret SET secret = decode(repeat('ab', 32), 'hex');
EXECUTE of_secret;
SELECT fhir_json_from_row(t)::jsonb - 'id' FROM t;
-- without one, a mapping still runs if it makes no ids
DELETE FROM fhir_secret;
SAVEPOINT s;
EXECUTE of_secret;
ROLLBACK TO s;
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":"given AS g","text":"{g}"},{"$each":"j AS e","text":"{(SELECT e #>> ''{}'')}"}]}');
EXECUTE of_secret;
ROLLBACK;
EXECUTE of_secret;
DROP CAST (bytea AS fhir_bridge_program);
DROP CAST (fhir_bridge_program AS bytea);
DEALLOCATE ALL;
DROP SCHEMA seal CASCADE;
DROP ROLE seal_forger;
