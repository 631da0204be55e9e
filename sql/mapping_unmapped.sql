-- the codes that code maps lack, counted, and a map filled from them
CREATE SCHEMA mapping_unmapped;
SET search_path = mapping_unmapped, public;
\pset format unaligned
\pset tuples_only on
CREATE TABLE t (id int PRIMARY KEY, sex text, ward text, kind text, n text);
INSERT INTO t VALUES (1, 'M', 'A', 'k', '1'), (2, ' X ', 'B', 'k', '1'), (3, 'X', 'B', 'l', 'no number'), (4, NULL, ' ', NULL, '1'), (5, 'Y', 'C', 'l', '1'), (6, 'X', 'A', 'k', '1');
SELECT fhir_code_map('unmapped sex', '{"M": "male"}');
SELECT fhir_code_map('unmapped ward', '{"A": "a"}', 'urn:oid:1.1', 'text');
SELECT fhir_code_map('unmapped kind', '{"k": "k"}', unmapped => 'omit');
SELECT fhir_code_map('unmapped number', '{"1": "one"}', unmapped => 'default:other');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","gender":"{fhir_code(''unmapped sex'', sex)}","maritalStatus":"{fhir_concept(''unmapped ward'', ward)}",
	"language":"{fhir_code(''unmapped kind'', kind)}","multipleBirthInteger":"{CASE WHEN n <> ''no number'' THEN n::int ELSE n::int END}","contact":[{"name":{"text":"{fhir_code(''unmapped number'', n)}"}}]}');
SELECT * FROM fhir_map_unmapped('t');
SELECT count(*) FROM fhir_map_unmapped('t', 0);
-- the check counts them, but for those that have a default
SELECT severity, path, rule, count FROM fhir_map_check('t') WHERE rule ~ 'unmapped';
-- a map filled from what it lacks
SELECT fhir_code_map('unmapped sex', $$SELECT source, 'unknown' AS code FROM fhir_map_unmapped('t') WHERE map = 'unmapped sex' UNION SELECT 'M', 'male'$$);
SELECT * FROM fhir_map_unmapped('t') WHERE map = 'unmapped sex';
SELECT fhir_from_row(t) ->> 'gender' FROM t WHERE id = 2;
-- what others may not see
CREATE ROLE mapping_unmapped_reader;
GRANT USAGE ON SCHEMA mapping_unmapped TO mapping_unmapped_reader;
SET ROLE mapping_unmapped_reader;
SELECT * FROM fhir_map_unmapped('t');
RESET ROLE;
SELECT * FROM fhir_map_unmapped(NULL);
SELECT * FROM fhir_map_unmapped('gone');
SELECT * FROM fhir_map_unmapped('t', -1);
DELETE FROM fhir_code_map_entry WHERE map ~ '^unmapped';
DELETE FROM fhir_code_map WHERE map ~ '^unmapped';
SET client_min_messages = warning;
DROP SCHEMA mapping_unmapped CASCADE;
DROP ROLE mapping_unmapped_reader;
