-- rule 2: expressions are SQL on the row's columns; what they must not hold, and where they fail
SET fhir_bridge.inline = off;	-- the plain call: its errors say where in the template they come from
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
CREATE SCHEMA mapping_expressions;
SET search_path = mapping_expressions, public;
CREATE TYPE place AS (city text, zip int);
CREATE TABLE t (id int, a text, "order" text, this_ text, home place, m int[], j jsonb, "病歷號" text);
INSERT INTO t VALUES (1, 'a}b', 'o', 'th', ('Taipei', 100), '{4,5}', '{"k": "v}"}', '甲');
CREATE FUNCTION one(expression text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM fhir_map('mapping_expressions.t', json_build_object('resourceType', 'Patient', 'id', '{id}', 'name', json_build_array(json_build_object('text', '{' || expression || '}'))));
	RETURN (SELECT pg_temp.resource(t)::json #>> '{name,0,text}' FROM mapping_expressions.t);
END $$;
-- columns, with and without this; functions; casts, arrays, fields, jsonb, CASE
SELECT e, one(e) FROM unnest(ARRAY['a', 'this.a', '"order"', 'this."order"', 'id + 1', 'this.id || ''x''', '(home).city', '(this.home).zip', 'm[1]', 'm[1:2][2:2]::text', 'j ->> ''k''', 'j #>> ARRAY[''k'']',
	'病歷號', 'CASE WHEN id = 1 THEN a ELSE ''none'' END', 'coalesce(NULL, a)', 'upper(a)', 'substring(a from 2 for 1)', 'extract(year from date ''2024-01-01'')', 'a COLLATE "C"', '''constant''', 'NULL', '1', 'true',
	'a LIKE ''a%''', 'a = ANY (ARRAY[''a}b''])', 'row_to_json(home)::jsonb ->> ''city''', 'greatest(id, 7)', 'to_char(id, ''FM000'')', 'format(''%s'', a)', 'concat_ws('','', a, this_)', 'nullif(a, ''a}b'')',
	'md5_uuid(a)', 'tw_id_valid(''A123456789'')', 'pg_catalog.lower(a)', 'a IS DISTINCT FROM ''x''', 'id BETWEEN 1 AND 2', 'position(''}'' in a)', 'this IS NULL', '(this).a', 'xmlelement(name b, a)', 'array_to_string(m, ''-'')']) e;
-- a brace ends the placeholder only where SQL is between its tokens
SELECT e, one(e) FROM unnest(ARRAY['''}''', '''{''', 'a || ''}''''}''', 'E''\'' }''', '''\'' || a', 'e''}\\''', '$$}$$', '$x$ } $$ } $x$', '$é$}$é$', '"order" /* } */', 'a -- }' || E'\n', '/* /* } */ } */ a', '(''}'')', '(a || ''})'')', 'ARRAY[''}'']::text', 'U&''\007d''',
	'CASE WHEN a = ''}'' THEN ''{'' ELSE ''}'' END', '"order"', 'm[1]', 'B''1''::text', '(''{1,2}''::int[])[2]']) e;
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{''}''}{a}{''{''}{{{this.\"order\"}}}-{$$}$$}"}]}');
SELECT pg_temp.resource(t) FROM t;
-- functions are found in pg_catalog and the extension's schema alone; others are qualified
CREATE FUNCTION lower(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT ''mine''';
CREATE FUNCTION mine(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT ''mine''';
SET search_path = mapping_expressions, pg_catalog, public;
SELECT one('lower(''X'')'), one('mapping_expressions.lower(''X'')'), one('mapping_expressions.mine(a)');
SELECT one('mine(a)');
SET search_path = mapping_expressions, public;
-- refused, each in its own words
CREATE FUNCTION one_fault(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	hint text;
BEGIN
	RETURN one(expression);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' / ', replace(message, 'mapping "mapping_expressions.t": ', ''), nullif(hint, ''));
END $$;
CREATE FUNCTION unsafe(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION restricted(text) RETURNS text LANGUAGE sql STABLE PARALLEL RESTRICTED AS 'SELECT $1';
CREATE DOMAIN dom AS text CHECK (VALUE <> '');
SELECT e, one_fault(e) FROM unnest(ARRAY['count(*)', 'max(a)', 'row_number() OVER ()', 'unnest(m)', 'generate_series(1, 2)', '(SELECT 1)', 'EXISTS (SELECT 1)', 'ARRAY(SELECT 1)', 'a IN (SELECT ''a'')',
	'random()', 'clock_timestamp()', 'gen_random_uuid()', 'mapping_expressions.unsafe(a)', 'mapping_expressions.restricted(a)', 'ctid', 'this.ctid', 'tableoid', 'xmin', 'oid', '$1', 'a::mapping_expressions.dom',
	'*', 'this.*', 't.a', 'mapping_expressions.t.a', 'a, a', 'a AS b', 'a b', 'DISTINCT a', 'a FROM t', 'a WHERE true', 'a ORDER BY 1', 'a LIMIT 1', 'a UNION SELECT a', 'a FOR UPDATE', 'a INTO b', 'a; SELECT 1', 'a GROUP BY a', '',
	'DEFAULT', 'this', 'home', 'GROUPING(a)', 'nosuch', 'this.nosuch', 'this.a.b', 'd.a', 'a.b', '''x''::date', '1/0', 'CASE WHEN false THEN 1/0 ELSE 2 END']) e;
-- where: line and column in characters, also behind JSON escapes, in long templates, in Chinese
SELECT fhir_map('t', E'{"resourceType":"Basic","id":"{id}","code":{"text":"b"},\n\t"language":"\\u0041\\n\\"{upper(a) || \\u0062ad}"}');
SELECT fhir_map('t', E'{"resourceType":"Basic","id":"{id}","code":{"text":"b"},\n\n  "author" : { "display" : "病人\\u75c5\\ud83d\\ude00😀{病歷號 || 沒有}" } }');
SELECT fhir_map('t', E'{"resourceType":"Basic","code":{"text":"b"},"id":"{\'\\t\\\\\' || a ||\n no}"}'::text::json);
SELECT fhir_map('t', E'{"resourceType":"Basic","code":{"text":"b"},"id":"x{a}{ a\\n +\\n no }"}');
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"},"subject":{"$if":"  a = no","display":"x"}}');
-- a row's error has path, place and expression; what a function itself says is its own affair
SELECT fhir_map('t', E'{"resourceType":"Basic","id":"{id}","code":{"text":"b"},\n"subject":{"display":"no. {id}/{a::int}"}}');
SELECT fhir_from_row(t) FROM t;
SET client_min_messages = warning;
DROP SCHEMA mapping_expressions CASCADE;
