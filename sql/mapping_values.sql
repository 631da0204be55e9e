-- rule 1: what SQL values become, and what counts as empty
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
CREATE SCHEMA mapping_values;
SET search_path = mapping_values, public;
CREATE TYPE sex AS ENUM ('male', 'female', '不明');
CREATE DOMAIN short AS varchar(10);
CREATE DOMAIN shorter AS short CHECK (length(VALUE) < 8);
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TABLE v (t text, vc varchar(20), c char(6), n name, ch "char", e sex, d shorter, u uuid, b boolean,
	i2 smallint, i4 integer, i8 bigint, nu numeric, nu2 numeric(8,2), f4 real, f8 double precision,
	da date, ts timestamp, tz timestamptz, ti time, by bytea, x xml, js json, jb jsonb, po positive);
INSERT INTO v VALUES ('text', 'varchar', 'char', 'name', 'x', '不明', 'dom', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', true,
	-32768, 2147483647, -9223372036854775808, 1.50, 1.5, 0.1, 1e21, '2024-02-29', '2024-02-29 12:00:00.5',
	'2024-02-29 12:00+00', '08:30:00.25', '\x00ff10', '<b>x</b>', '"js"', '"jb"', 7);
-- every type as a string, alone and in text: the same characters
DO $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT attname::text FROM pg_attribute WHERE attrelid = 'v'::regclass AND attnum > 0 AND atttypid <> 'bytea'::regtype LOOP
		PERFORM fhir_map('v', format('{"resourceType":"Basic","code":{"text":"b"},"id":"{''%1$s''}","author":{"display":"{%1$s}"}%2$s}', r.attname,
			CASE WHEN r.attname !~ '^j' THEN format(',"subject":{"display":"[{%s}]"}', r.attname) END)::json, r.attname, 'UTC');
	END LOOP;
END $$;
SELECT pg_temp.resource(v, quote_ident(name)) FROM v, fhir_mapping WHERE relation = 'v'::regclass ORDER BY name COLLATE "C";
DELETE FROM fhir_mapping WHERE relation = 'v'::regclass;

-- into elements of each kind of FHIR type
SELECT fhir_map('v', '{"resourceType":"Basic","id":"{''x''}","code":{"text":"b"},"extension":[
	{"url":"a","valueDecimal":"{nu}"},{"url":"b","valueDecimal":"{nu2}"},{"url":"c","valueDecimal":"{f4}"},{"url":"d","valueDecimal":"{f8}"},
	{"url":"e","valueDecimal":"{i8}"},{"url":"f","valueInteger":"{i2}"},{"url":"g","valueInteger":"{i4}"},{"url":"h","valuePositiveInt":"{po}"},
	{"url":"i","valueUnsignedInt":"{i4}"},{"url":"j","valueBoolean":"{b}"},{"url":"k","valueString":"{b}"},{"url":"l","valueString":"{nu2}"},
	{"url":"m","valueDate":"{da}"},{"url":"n","valueDateTime":"{da}"},{"url":"o","valueDate":"{ts}"},{"url":"p","valueInstant":"{tz}"},
	{"url":"q","valueTime":"{ti}"},{"url":"r","valueBase64Binary":"{by}"},{"url":"s","valueUuid":"urn:uuid:{u}"},{"url":"t","valueCode":"{e}"},
	{"url":"u","valueUri":"{vc}"},{"url":"v","valueMarkdown":"{c}"},{"url":"w","valueInteger":"{nu2 * 2}"},{"url":"x","valueQuantity":"{jsonb_build_object(''value'', 1, ''unit'', null)}"}]}', timezone => 'UTC');
SELECT pg_temp.resource(v) FROM v;
-- settings of the session do not matter
SET DateStyle = 'German'; SET TimeZone = 'America/New_York'; SET extra_float_digits = -15; SET bytea_output = 'escape';
SET IntervalStyle = 'iso_8601'; SET lc_numeric = 'C'; SET xmlbinary = 'hex'; SET quote_all_identifiers = on; SET row_security = off;
SELECT pg_temp.resource(v) FROM v;
RESET ALL;
SET search_path = mapping_values, public;
SELECT fhir_unmap('v');

-- numbers: scale is kept, floats are shortest and without exponent
CREATE TABLE n (id int, nu numeric, f8 float8, f4 float4);
SELECT fhir_map('n', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"},"extension":[{"url":"n","valueDecimal":"{nu}"},{"url":"8","valueDecimal":"{f8}"},
	{"url":"4","valueDecimal":"{f4}"},{"url":"s","valueString":"{nu}/{f8}/{f4}"}]}');
INSERT INTO n VALUES (1, '1.50', '1.50', '1.50'), (2, '-0.00', '-0', '-0'), (3, '1e20', '1e20', '1e20'), (4, '1e-20', '1e-20', '1e-20'),
	(5, '12345678901234567890.12345678901234567890', '0.1', '0.1'), (6, '100', 100, 100), (7, '0.30', '0.30000000000000004', '16777216'),
	(8, '-9999.9990', '-123456.789', '-123456.789'), (9, 0, '5e-324', '1e-45'), (10, 1000000, '1.7976931348623157e308', '3.4028235e38');
SELECT id, pg_temp.resource(n) FROM n WHERE id < 9 ORDER BY id;
SELECT id, length(pg_temp.resource(n)), (fhir_json_from_row(n) #>> '{extension,1,valueDecimal}')::float8 = f8,
	(fhir_json_from_row(n) #>> '{extension,2,valueDecimal}')::float4 = f4 FROM n WHERE id >= 9 ORDER BY id;

-- a numeric that is whole becomes a whole number, whatever its scale
SELECT fhir_map('n', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"},"extension":[{"url":"i","valueInteger":"{nu}"},{"url":"u","valueUnsignedInt":"{nu}"}]}');
SELECT id, pg_temp.resource(n) FROM n WHERE id IN (2, 6, 10) ORDER BY id;

-- empty is: NULL, white space (Unicode's too), an empty array, JSON null, {} and []
CREATE TABLE e (id int, t text, a text[], j jsonb);
SELECT fhir_map('e', '{"resourceType":"Patient","id":"{id}","language":"{t}","name":[{"text":"-{t}-","given":["{a}"]}],"contact":["{j}"]}', on_invalid => 'keep');
INSERT INTO e VALUES (1, NULL, NULL, NULL), (2, '', '{}', 'null'), (3, E' \t\r\n\x0b\f', '{NULL,""," "}', '{}'), (4, U&'\3000\00a0\2003', '{}', '[]'),
	(5, U&'\200b', '{a,NULL,"",b}', '[{}, [], {"a": null}, {"a": [{"b": "  "}]}]'), (6, '　x', '{{a,b},{c,d}}', '[{"a": null, "b": 1}, {"c": [null, 2, ""]}]'),
	(7, E'a"b\\c/\b\f\n\r\t\x01\x7f', '[5:6]={x,y}', '{"a": {"b": {"c": {}}, "d": false}, "e": 0}'), (8, U&'\+01F600\4e2d', '{😀}', '"text"');
SELECT pg_temp.resource(e) FROM e ORDER BY id;

-- an array is spliced, with or without the brackets, among others too
CREATE TABLE a (t text[], i int[], d shorter[], j jsonb[], s text, b boolean[], o date[], u uuid[]);
SELECT fhir_map('a', '{"resourceType":"Patient","id":"{''x''}","name":[{"given":["{t}"]},{"given":"{t}"},{"given":["first","{t}","{s}","{d}","last"]}]}', 'a1');
SELECT fhir_map('a', '{"resourceType":"ServiceRequest","id":"{''x''}","status":"draft","intent":"order","subject":{"display":"s"},"occurrenceTiming":{"event":["{o}"],"repeat":{"dayOfWeek":"{d}"}},"instantiatesUri":"{u}"}', 'a2', on_invalid => 'keep');
SELECT fhir_map('a', '{"resourceType":"Patient","id":"{''x''}","name":"{j}","extension":[{"url":"{i[1]}","valueBoolean":"{b[2]}"}],"link":["{j}"]}', 'a3');
INSERT INTO a VALUES ('{Ann,NULL,"  ",Bo}', '{1,2}', '{x}', ARRAY['{"text": "n", "use": null}', '{}', NULL, '[]']::jsonb[], 'sol', '{t,f}', '{2024-01-01,NULL}', '{6ba7b810-9dad-11d1-80b4-00c04fd430c8}'),
	('{}', NULL, '{NULL}', '{}', '', NULL, NULL, NULL);
SELECT pg_temp.resource(a, 'a1') FROM a;
SELECT pg_temp.resource(a, 'a2') FROM a;
SELECT pg_temp.resource(a, 'a3') FROM a;

-- literal braces; xhtml is escaped, xml is not; text is not escaped elsewhere
SELECT fhir_map('v', '{"resourceType":"Basic","id":"{''x''}","code":{"text":"b"},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">{{{t || ''<&>\"'''' 中''}}} {i4} {x}</div>"},
	"subject":{"display":"{{}}"},"implicitRules":"{t || ''<&>''}","language":"{{{t}}}{{{{"}');
SELECT pg_temp.resource(v) FROM v;
SELECT fhir_map('v', '{"resourceType":"Basic","id":"{''x''}","code":{"text":"b"},"text":{"status":"generated","div":"{x}"}}');
SELECT pg_temp.resource(v) FROM v;
SET client_min_messages = warning;
DROP SCHEMA mapping_values CASCADE;
