-- code maps from JSON, from a query, a relation and a ConceptMap
CREATE SCHEMA code_entries;
SET search_path = code_entries, public;
\pset format unaligned
\pset tuples_only on
CREATE TABLE codes (source text, code text, display text, system text);
INSERT INTO codes VALUES ('M', 'male', 'Male', NULL), (' F ', 'female', NULL, 'urn:oid:1.2');
SELECT fhir_code_map('entries relation', 'code_entries.codes', 'urn:oid:1.1');
SELECT fhir_code_map('entries query', 'SELECT i AS source, ''code-'' || i AS code FROM generate_series(1, 3) i');
SELECT fhir_code_map('entries values', E' \n values (1, 2)');
SELECT fhir_code_map('entries jsonb', jsonb_build_object('a', 'b'));
SELECT fhir_code_map('entries json', '{"a": "b"}'::json);
SELECT fhir_code_map('entries text', '{"a": "b"}'::text);
SELECT fhir_code_map('entries literal', ' {"a": "b"}');
SELECT map, source, code, display, system FROM fhir_code_map_entry WHERE map ~ '^entries' ORDER BY 1, 2;
SELECT fhir_coding('entries relation', 'M'), fhir_coding('entries relation', 'F'), fhir_code('entries query', 2);
-- a ConceptMap: what means the same or more
SELECT fhir_code_map('entries concepts', '{"resourceType": "ConceptMap", "status": "active", "group": [{"source": "urn:a", "target": "http://hl7.org/fhir/administrative-gender", "element": [
	{"code": "1", "target": [{"code": "male", "display": "Male", "equivalence": "equal"}]},
	{"code": "2", "target": [{"code": "female", "equivalence": "equivalent"}, {"code": "male", "equivalence": "disjoint"}]},
	{"code": "3", "target": [{"code": "other", "equivalence": "wider"}]},
	{"code": "4", "target": [{"code": "male", "equivalence": "narrower"}]},
	{"code": "5", "target": [{"equivalence": "unmatched"}]}, {"code": "6"}]}]}');
SELECT source, code, display, system FROM fhir_code_map_entry WHERE map = 'entries concepts' ORDER BY 1;
-- two codes for one source; none; no code; what is no query
SELECT fhir_code_map('entries bad', 'SELECT ''a'' AS source, c AS code FROM unnest(ARRAY[''x'', ''y'']) c');
SELECT fhir_code_map('entries bad', '{"resourceType": "ConceptMap", "group": [{"element": [{"code": "1", "target": [{"code": "a", "equivalence": "equal"}, {"code": "b", "equivalence": "wider"}]}]}]}');
SELECT fhir_code_map('entries bad', 'SELECT source, code FROM codes WHERE false');
SELECT fhir_code_map('entries bad', 'SELECT 1 AS source');
SELECT fhir_code_map('entries bad', 'SELECT NULL AS source, 1 AS code');
SELECT fhir_code_map('entries bad', 'code_entries.gone');
SELECT fhir_code_map('entries bad', 'WITH gone AS (DELETE FROM codes RETURNING *) SELECT * FROM gone');
SELECT fhir_code_map('entries bad', 'SELECT 1) q; DROP TABLE codes; SELECT (1');
SELECT fhir_code_map('entries bad', '[1]');
SELECT fhir_code_map('entries bad', 1);
SELECT count(*) FROM codes;
-- who may make a map sees no more by a query than he may
CREATE ROLE code_entries_maker;
GRANT USAGE ON SCHEMA code_entries TO code_entries_maker;
GRANT EXECUTE ON FUNCTION fhir_code_map TO code_entries_maker;
SET ROLE code_entries_maker;
SELECT fhir_code_map('entries others', 'code_entries.codes');
SELECT fhir_code_map('entries others', 'SELECT ''a'' AS source, ''b'' AS code');
RESET ROLE;
DELETE FROM fhir_code_map_entry WHERE map ~ '^entries';
-- a system is an absolute URI: the map's, an entry's, a row's
SELECT fhir_code_map('entries system', '{"M": "male"}', 'SNOMED-CT');
SELECT fhir_code_map('entries system', '{"M": {"code": "male", "system": "gender"}}', 'http://x.org');
SELECT fhir_code_map('entries system', $$SELECT 'M' AS source, 'male' AS code, 'gender' AS system$$);
DELETE FROM fhir_code_map WHERE map ~ '^entries';
REVOKE ALL ON FUNCTION fhir_code_map FROM code_entries_maker;
SET client_min_messages = warning;
DROP SCHEMA code_entries CASCADE;
DROP ROLE code_entries_maker;
