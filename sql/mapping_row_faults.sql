-- fhir_row_faults: what is wrong with a row, without an error
\pset format unaligned
CREATE SCHEMA mapping_row_faults;
SET search_path = mapping_row_faults, public;
CREATE TABLE p (id text, name text, sex text, born text, n int, x text, j jsonb);
INSERT INTO p VALUES ('good', 'Ann', 'M', '1970-05-01', 1, '1', NULL), ('b c', E'A\x02', 'X', '1970-02-30', 0, 'one', '[{"text":"t"}]'),
	(NULL, NULL, 'F', '', 2, NULL, NULL), ('t', 'Bo', 'M', '1970-05-01T10:00:00', NULL, '9999999999', '{"texts":1}');
SELECT fhir_code_map('faults-sex', '{"M":"male","F":"female"}'), fhir_code_map('faults-omit', '{"M":"male"}', unmapped => 'omit');
CREATE FUNCTION map(on_invalid text) RETURNS text LANGUAGE sql AS $$
	SELECT fhir_map('mapping_row_faults.p', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{name}"}],"gender":"{fhir_code(''faults-sex'', sex)}",
		"birthDate":"{born}","deceasedDateTime":"{born}","deceasedBoolean":"{nullif(n = 9, false)}","maritalStatus":"{j}","language":"{fhir_code(''faults-omit'', sex)}",
		"extension":[{"url":"a","valueInteger":"{10 / n}"},{"url":"b","valueInteger":"{x::int}"}],"communication":[{"language":{"text":"{name}"},"preferred":"{n > 0}"}]}', on_invalid => on_invalid) $$;
-- all faults of a row at once: the plan's, those of code maps, and what expressions raise
SELECT map('error');
SELECT row_number() OVER () > 0 AS r, p.id, f.* FROM p, fhir_row_faults(p) f;
-- those that on_invalid lets pass are warnings
SELECT map('omit');
SELECT p.id, f.severity, f.path, f.rule FROM p, fhir_row_faults(p) f;
SELECT map('keep');
SELECT p.id, f.severity, f.path, f.rule FROM p, fhir_row_faults(p, 'mapping_row_faults.p') f;
-- without the expressions that fail: a nested element is left out, or kept
SELECT fhir_map('p', '{"resourceType":"Patient","id":"{''x''}","communication":[{"language":{"text":"{name}"},"preferred":"{n > 0}"}],"gender":"{sex}"}', on_invalid => 'omit');
SELECT p.id, f.severity, f.code, f.path, f.source, f.rule FROM p, fhir_row_faults(p) f;
UPDATE fhir_mapping SET on_invalid = 'keep' WHERE relation = 'p'::regclass;
SELECT p.id, f.severity, f.code, f.path, f.source, f.rule FROM p, fhir_row_faults(p) f;

-- refused rows in a table, the others exported
SELECT map('error');
CREATE TABLE refused AS SELECT p.id, f.rule, f.path FROM p, fhir_row_faults(p) f WHERE f.severity = 'error';
SELECT count(*), count(DISTINCT coalesce(id, '-')) FROM refused;
SELECT fhir_json_from_row(p) FROM p WHERE NOT EXISTS (SELECT FROM fhir_row_faults(p) f WHERE f.severity = 'error');

-- an expression that fails leaves nothing behind: functions in SQL and PL/pgSQL, row after row
CREATE FUNCTION half(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	IF n % 2 = 1 THEN
		RAISE 'odd: %', n;
	END IF;
	RETURN n / 2;
END $$;
CREATE FUNCTION inverse(n int) RETURNS int LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT 1000 / count(*)::int FROM generate_series(1, n) $$;
CREATE TABLE t (n int);
INSERT INTO t SELECT generate_series(0, 2999);
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","extension":[{"url":"h","valueInteger":"{mapping_row_faults.half(n)}"},{"url":"i","valueInteger":"{mapping_row_faults.inverse(n % 3)}"}]}');
SELECT f.code, f.path, f.source, f.rule, f.diagnostics, count(*), min(n) FROM t, fhir_row_faults(t) f GROUP BY 1, 2, 3, 4, 5 ORDER BY 2, 4;
SELECT count(*), sum((r #>> '{extension,0,valueInteger}')::int) FROM (SELECT fhir_from_row(t) r FROM t WHERE NOT EXISTS (SELECT FROM fhir_row_faults(t))) s;
-- rows that "$if" leaves out are good, and so is no row
SELECT fhir_map('t', '{"resourceType":"Patient","$if":"n > 2998","id":"{nullif(n, 2999)}"}');
SELECT n, f.path, f.rule FROM t, fhir_row_faults(t) f;
SELECT count(*) FROM fhir_row_faults(NULL::t);
-- what is not the row's own fault is raised
CREATE ROLE mapping_faults_reader;
GRANT USAGE ON SCHEMA mapping_row_faults TO mapping_faults_reader;
GRANT SELECT ON t TO mapping_faults_reader;
REVOKE EXECUTE ON FUNCTION half FROM PUBLIC;
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","extension":[{"url":"h","valueInteger":"{mapping_row_faults.half(n)}"}]}');
SET ROLE mapping_faults_reader;
SELECT f.* FROM t, fhir_row_faults(t) f;
RESET ROLE;
SELECT fhir_code_map('faults-gone', '{"M":"male"}');
SELECT fhir_map('p', '{"resourceType":"Patient","id":"{''x''}","gender":"{fhir_code(''faults-gone'', sex)}"}');
DELETE FROM fhir_code_map WHERE map = 'faults-gone';
SELECT f.* FROM p, fhir_row_faults(p) f;
SELECT f.* FROM p, fhir_row_faults(p, 'none') f;
SELECT f.* FROM fhir_row_faults(ROW(1)) f;
DELETE FROM fhir_code_map WHERE map LIKE 'faults-%';
SET client_min_messages = warning;
DROP SCHEMA mapping_row_faults CASCADE;
DROP ROLE mapping_faults_reader;
