-- sub-selects in templates: invoker's rights, row-level security, and changes of the child table
SET fhir_bridge.inline = off;	-- the plain call: its errors say where in the template they come from
\pset format unaligned
\pset tuples_only on
CREATE ROLE children_owner;
CREATE ROLE children_reader;
CREATE ROLE children_stranger;
CREATE SCHEMA mapping_children_rights AUTHORIZATION children_owner;
GRANT USAGE ON SCHEMA mapping_children_rights TO children_reader, children_stranger;
GRANT CREATE ON SCHEMA mapping_children_rights TO children_stranger;
SET search_path = mapping_children_rights, public;
SET ROLE children_owner;
CREATE TABLE t (id int, name text);
CREATE TABLE child (t_id int, code text, ward text);
INSERT INTO t VALUES (1, 'one'), (2, 'two');
INSERT INTO child VALUES (1, 'a', 'A'), (1, 'b', 'B'), (2, 'c', 'B');
CREATE VIEW by_owner AS SELECT * FROM child;
CREATE VIEW by_invoker WITH (security_invoker = true) AS SELECT * FROM child;
\set each '{"resourceType":"Patient","id":"{id}","name":[{"$each":"(SELECT code FROM %s WHERE t_id = id ORDER BY code) AS d","text":"{d}"}]}'
\set brace '{"resourceType":"Patient","id":"{id}","name":[{"text":"{(SELECT string_agg(code, '','' ORDER BY code) FROM %s WHERE t_id = id)}"}]}'
SELECT fhir_map('t', format(:'each', 'child')::json, 'each'), fhir_map('t', format(:'brace', 'child')::json, 'brace'),
	fhir_map('t', format(:'each', 'by_owner')::json, 'by_owner'), fhir_map('t', format(:'each', 'by_invoker')::json, 'by_invoker');
GRANT SELECT ON t TO children_reader;
-- the child table is not readable: neither by itself, nor through a view of the invoker's
SET ROLE children_reader;
SELECT fhir_json_from_row(t, 'each') FROM t;
SELECT fhir_json_from_row(t, 'brace') FROM t;
SELECT fhir_json_from_row(t, 'by_invoker') FROM t;
SET ROLE children_owner;
GRANT SELECT ON by_owner, by_invoker TO children_reader;
SET ROLE children_reader;
SELECT fhir_json_from_row(t, 'by_owner') FROM t;
SELECT fhir_json_from_row(t, 'by_invoker') FROM t;
-- single columns
SET ROLE children_owner;
GRANT SELECT (t_id) ON child TO children_reader;
SET ROLE children_reader;
SELECT fhir_json_from_row(t, 'each') FROM t;
SET ROLE children_owner;
GRANT SELECT (code) ON child TO children_reader;
SET ROLE children_reader;
SELECT fhir_json_from_row(t, 'each') FROM t;
-- row-level security, under changing roles and settings in one prepared statement
SET ROLE children_owner;
ALTER TABLE child ENABLE ROW LEVEL SECURITY;
CREATE POLICY ward ON child TO children_reader USING (ward = 'B');
PREPARE every AS SELECT m, fhir_json_from_row(t, m) FROM t, unnest('{each,brace,by_owner}'::text[]) m ORDER BY m, id;
PREPARE one AS SELECT fhir_json_from_row(t, 'each') FROM t ORDER BY id;
EXECUTE one;
SET ROLE children_reader;
EXECUTE one;
EXECUTE every;
SET ROLE children_owner;
EXECUTE one;
ALTER TABLE child FORCE ROW LEVEL SECURITY;
EXECUTE one;
ALTER TABLE child NO FORCE ROW LEVEL SECURITY;
SET ROLE children_reader;
SET row_security = off;
SELECT fhir_json_from_row(t, 'each') FROM t;
RESET row_security;
EXECUTE one;
-- a policy that changes, within one transaction
BEGIN;
EXECUTE one;
RESET ROLE;
ALTER POLICY ward ON mapping_children_rights.child USING (ward = 'A');
SET ROLE children_reader;
EXECUTE one;
ROLLBACK;
SET ROLE children_reader;
EXECUTE one;
-- ids of children, for who may not call fhir_id
RESET ROLE;
GRANT EXECUTE ON FUNCTION fhir_id(text, "any") TO children_owner;
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":"(SELECT fhir_id(''c'', c.code) AS i FROM child c WHERE t_id = id AND code = ''b'') AS d","text":"{d.i}","given":["{fhir_id(''c'', d.i)}"]}]}', 'ids');
SET ROLE children_reader;
SELECT length(fhir_json_from_row(t, 'ids')::text) FROM t WHERE id = 1;
SELECT fhir_id('c', 'b');
-- a function behind a view that nobody vouches for
SET ROLE children_stranger;
CREATE FUNCTION trojan() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT ''I am '' || current_user';
CREATE VIEW lure AS SELECT trojan() AS code, 1 AS t_id;
GRANT SELECT ON lure TO PUBLIC;
SET ROLE children_owner;
SELECT fhir_map('t', format(:'each', 'lure')::json, 'lure');
-- the child table changes: a column renamed, its type changed, another added, the table dropped
CREATE FUNCTION now_and_then(what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE r mapping_children_rights.t;
BEGIN
	FOR r IN SELECT * FROM mapping_children_rights.t ORDER BY id LOOP
		RETURN NEXT fhir_json_from_row(r, 'mapping_children_rights.each');
		IF r.id = 1 THEN EXECUTE what; END IF;
	END LOOP;
END $$;
SELECT now_and_then('DROP VIEW by_owner, by_invoker; ALTER TABLE child ALTER code TYPE varchar(1)');
SELECT now_and_then('ALTER TABLE child ADD name text DEFAULT ''x''; ALTER TABLE child DISABLE ROW LEVEL SECURITY');
SELECT now_and_then('ALTER TABLE child ADD id int');
SELECT fhir_json_from_row(t, 'each') FROM t;
SELECT now_and_then('ALTER TABLE child RENAME code TO kode');
SELECT fhir_json_from_row(t, 'each') FROM t;
SELECT now_and_then('ALTER TABLE child ALTER code TYPE int USING 7');
SELECT now_and_then('DROP TABLE child; CREATE TABLE child AS SELECT 2 AS t_id, ''new'' AS code');
DROP TABLE child;
EXECUTE one;
SELECT fhir_json_from_row(t, 'brace') FROM t;
RESET ROLE;
DROP SCHEMA mapping_children_rights CASCADE;
REVOKE EXECUTE ON FUNCTION fhir_id(text, "any") FROM children_owner;
DROP ROLE children_owner, children_reader, children_stranger;
