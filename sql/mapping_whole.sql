-- rows that have every value, taken into a query, and those that are nearly so: as the plain call writes them
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA mapping_whole;
SET search_path = mapping_whole, public;
CREATE TYPE tone AS ENUM ('', 'low', 'high"er');
CREATE TABLE t (no int, id text, given text, family varchar(5000), padded char(90), tone tone, code text, born date, at timestamptz,
	day timestamp, flag bool, key uuid, score numeric, ratio float8, small int2, extra jsonb, human jsonb, markup xml, bytes bytea, keep bool DEFAULT true);
ALTER TABLE t ALTER family SET STORAGE EXTERNAL;
-- a row with all values, in which each in turn is replaced by what is odd
CREATE TABLE odd (col text, val text);
INSERT INTO odd SELECT c, v FROM unnest('{id,given,family,padded,code}'::text[]) c,
	unnest(ARRAY[NULL, '', ' ', E'\t\n', U&'\3000', U&'\00A0\3000', U&'\3000x', U&'\964D\6021\541B', 'a"b', 'back\slash', E'line\nfeed', E'bell\x07',
		'x', 'seven77', 'eight888', 'nine99999', repeat('sixteen ', 2) || '"', 'long ' || repeat('z', 70), U&'\00E9']) v;
INSERT INTO odd SELECT 'given', v FROM unnest(ARRAY[repeat('compressed ', 900), repeat('compressed " ', 900), repeat(' ', 9000)]) v;
INSERT INTO odd SELECT 'family', v FROM unnest(ARRAY[repeat('elsewhere ', 400), repeat('else"where ', 400), repeat(' ', 4000)]) v;
INSERT INTO odd VALUES ('tone', NULL), ('tone', ''), ('tone', 'low'), ('born', 'infinity'), ('born', '0044-03-15 BC'), ('born', NULL), ('born', '0001-01-01'),
	('at', '-infinity'), ('at', '9999-12-31 23:59:59Z'), ('at', '10000-01-01Z'), ('at', '1999-12-31 23:59:59.12-07'), ('day', '2000-02-29 12:00'), ('day', NULL),
	('flag', NULL), ('flag', 'false'), ('key', NULL), ('score', 'NaN'), ('score', '1.500'), ('score', '-0.0'), ('score', NULL), ('ratio', 'Infinity'),
	('ratio', '1e21'), ('ratio', '-0'), ('small', '-1'), ('small', '0'), ('extra', '{}'), ('extra', 'null'), ('extra', '[{"url": ""}]'), ('extra', '[{"url": "a\"b"}]'),
	('extra', '{"url": "u", "valueString": " "}'), ('human', '{}'), ('human', 'null'), ('human', '[{"text": "v"}]'), ('human', '{"text": "a\"b", "family": ""}'), ('markup', '<div xmlns="http://www.w3.org/1999/xhtml">"&amp;</div>'), ('bytes', ''), ('bytes', '\x00ff'), ('keep', 'false'), ('keep', NULL);
DO $$
DECLARE
	o record;
	n int := 0;
BEGIN
	FOR o IN SELECT NULL AS col, NULL AS val UNION ALL SELECT * FROM odd LOOP
		n := n + 1;
		INSERT INTO t VALUES (n, 'id-' || n, 'given', 'family', 'padded', 'high"er', 'male', '1970-05-06', '2024-01-02 03:04:05.678Z', '2024-07-08 09:10:11',
			true, '31c0cf5e-4489-2f8a-6b29-7ec58a85ba30', 12.50, 0.1, 3, '[{"url": "u", "valueString": "v"}]', '{"text": "v"}', '<div xmlns="http://www.w3.org/1999/xhtml">v</div>', '\x0102');
		IF o.col IS NOT NULL THEN
			EXECUTE format('UPDATE t SET %I = %L WHERE no = %s', o.col, o.val, n);
		END IF;
	END LOOP;
END
$$;
\set all '{"resourceType":"Patient","$if":"keep","id":"{no}","meta":{"lastUpdated":"{at}"},"text":{"status":"generated","div":"{markup}"},"identifier":[{"use":"usual","system":"urn:x","value":"{id}"},{"system":"urn:y","value":"{key}","period":{"start":"{day}"}}],"name":[{"use":"official","text":"{given} {family} \\"{tone}\\"","given":["{given}","{padded}"],"family":"{family}"},{"text":"{tone}","family":"{score}"}],"gender":"{code}","birthDate":"{born}","active":"{flag}","multipleBirthInteger":"{small}","extension":[{"url":"u","valueDecimal":"{score}"},{"url":"w","valueDecimal":"{ratio}"},{"url":"x","extension":"{extra}"}],"photo":[{"contentType":"image/png","data":"{bytes}"}],"managingOrganization":{"reference":"Organization/{no}"}}'
-- the same without what keeps a template from being written whole: one value each
\set one '{"resourceType":"Patient","$if":"keep","id":"{no}","meta":{"lastUpdated":"{at}"},"text":{"status":"generated","div":"{markup}"},"identifier":[{"use":"usual","system":"urn:x","value":"{id}"},{"system":"urn:y","value":"{key}","period":{"start":"{day}"}}],"name":[{"use":"official","text":"{given} {family} \\"{tone}\\"","given":["{given}","{padded}"],"family":"{family}"},{"text":"{tone}","family":"{score}"}],"gender":"{code}","birthDate":"{born}","active":"{flag}","multipleBirthInteger":"{small}","extension":[{"url":"u","valueDecimal":"{score}"},{"url":"w","valueDecimal":"{ratio}"},{"url":"y","valueHumanName":"{human}"}],"photo":[{"contentType":"image/png","data":"{bytes}"}],"managingOrganization":{"reference":"Organization/{no}"},"generalPractitioner":[{"reference":"Practitioner/{id}","display":"Dr {family}"}]}'
SELECT fhir_map('t', :'all', 'all_' || mode, 'Asia/Taipei', mode), fhir_map('t', :'one', 'one_' || mode, 'Asia/Taipei', mode)
FROM unnest('{error,omit,keep}'::text[]) mode;
-- A row's resource, or its error with path and place.
CREATE FUNCTION outcome(mapping text, no int, inlined text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	context text;
BEGIN
	PERFORM set_config('fhir_bridge.inline', inlined, true);
	EXECUTE format('SELECT fhir_json_from_row(t.*, %L)::text FROM t WHERE no = %s', 'mapping_whole.' || mapping, no) INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
	RETURN concat_ws(' ', sqlstate, sqlerrm, split_part(context, E'\n', 1));
END
$$;
CREATE TABLE outcomes AS
SELECT mapping, no, outcome(mapping, no, 'on') AS inlined, outcome(mapping, no, 'off') AS plain
FROM t, (SELECT f || '_' || mode AS mapping FROM unnest('{all,one}'::text[]) f, unnest('{error,omit,keep}'::text[]) mode) m;
-- differences, the row with all values, and how many ended how
SELECT * FROM outcomes WHERE inlined IS DISTINCT FROM plain;
SELECT inlined FROM outcomes WHERE no = 1 AND mapping IN ('all_error', 'one_error');
SELECT mapping, count(*) FILTER (WHERE inlined LIKE '{%') AS written, count(*) FILTER (WHERE inlined IS NULL) AS left_out,
	count(*) FILTER (WHERE inlined ~ '^[0-9A-Z]{5} ') AS faults FROM outcomes GROUP BY mapping ORDER BY mapping;
-- all at once: rows of both kinds in turn at one call site
CREATE FUNCTION all_at_once(inlined text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('fhir_bridge.inline', inlined, true);
	RETURN (SELECT md5(string_agg(fhir_json_from_row(t.*, 'mapping_whole.one_keep')::text, E'\n' ORDER BY no)) FROM t
		WHERE no IN (SELECT no FROM outcomes WHERE mapping = 'one_keep' AND plain LIKE '{%'));
END
$$;
SELECT all_at_once('on') = all_at_once('off');
EXPLAIN (VERBOSE, COSTS OFF) SELECT fhir_json_from_row(t.*, 'mapping_whole.one_keep') FROM t;
