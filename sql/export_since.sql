-- since and after, by what is behind meta.lastUpdated and id
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA export_since;
SET search_path = export_since, public;
CREATE TABLE t (a int, b text, tz timestamptz, ts timestamp, tx text, kind text, PRIMARY KEY (a, b));
INSERT INTO t SELECT i / 4, 'b' || i % 4, ts AT TIME ZONE 'Europe/Berlin', ts, ts::text, CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END
	FROM generate_series(1, 40) i, LATERAL (SELECT timestamp '2024-10-26 20:00' + i * interval '20 minutes') x (ts);
CREATE FUNCTION map(meta text, id text DEFAULT '{a}.{b}', more text DEFAULT '') RETURNS text LANGUAGE sql AS $$
	SELECT fhir_map('t', format('{"resourceType":"Basic",%s"id":"%s","meta":%s,"code":{"text":"x"}}', more, id, meta)::json, 't', 'Europe/Berlin') $$;
-- the number of lines, and whether they are those whose meta.lastUpdated says so
CREATE FUNCTION changed(since timestamptz) RETURNS text LANGUAGE sql AS $$
	SELECT format('%s %s', count(*), array_agg(l ORDER BY l) IS NOT DISTINCT FROM (SELECT array_agg(j::text ORDER BY j::text)
		FROM t, fhir_json_from_row(t) j WHERE ((j #>> '{meta,lastUpdated}')::timestamptz < since) IS NOT TRUE AND j IS NOT NULL)) FROM fhir_ndjson('t', since) l $$;
-- columns, an expression, a local time, also when clocks are set back
SELECT map('{"lastUpdated":"{tz}"}');
SELECT changed('2024-10-27 02:00+02'), changed('2024-10-27 02:00+01'), changed('infinity');
SELECT map('{"lastUpdated":"{greatest(tz, timestamptz ''2024-10-27 00:30Z'')}"}');
SELECT changed('2024-10-27 00:30Z'), changed('2024-10-27 00:31Z');
SELECT map('{"lastUpdated":"{ts}"}');
SELECT changed('2024-10-27 02:00+02'), changed('2024-10-27 02:30+02'), changed('2024-10-27 02:00+01'), changed('2024-10-27 02:30+01');
-- rows whose time nobody knows are handed over, and the check says so
UPDATE t SET tz = NULL, ts = NULL WHERE a = 5;
SELECT changed('2024-10-27 02:00+02'), changed('infinity');
SELECT severity, path, rule, count FROM fhir_map_check('t') WHERE path ~ 'lastUpdated';
SELECT map('{"lastUpdated":"{coalesce(tz, ts AT TIME ZONE ''UTC'')}"}');
SELECT changed('infinity');
SELECT map('{"lastUpdated":"{tz}"}');
SELECT changed('2024-10-27 02:00+02'), changed('infinity');
UPDATE t SET ts = timestamp '2024-10-26 20:00' + (4 * a + substr(b, 2)::int) * interval '20 minutes', tz = (timestamp '2024-10-26 20:00' + (4 * a + substr(b, 2)::int) * interval '20 minutes') AT TIME ZONE 'Europe/Berlin' WHERE a = 5;
-- what stands under a false $if is not evaluated: when such a row was changed nobody knows
SELECT map('{"$if":"kind = ''odd''","lastUpdated":"{tz}"}');
SELECT changed('2024-10-27 02:00+01');
UPDATE t SET tx = 'none' WHERE kind = 'even';
SELECT map('{"$if":"kind = ''odd''","lastUpdated":"{(tx)::timestamp}"}');
SELECT changed('2024-10-27 02:00+01');
SELECT map('{"$if":"(tx)::timestamp > ''2024-10-27 01:00''","lastUpdated":"{tz}"}', more => '"$if":"kind = ''odd''",');
SELECT changed('2024-10-27 02:00+01');
SELECT map('{"lastUpdated":"{(tx)::timestamp}"}', more => '"$if":"kind = ''odd''",');
SELECT changed('2024-10-27 02:00+01');
-- the key of an id: text around columns, an expression, columns that may be NULL come last
CREATE FUNCTION ordered() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	whole text[] := (SELECT array_agg(l) FROM fhir_ndjson('t', after => '') l);
	one text;
	parts text[];
	id text := '';
BEGIN
	LOOP
		one := (SELECT fhir_ndjson('t', after => id) LIMIT 1);
		EXIT WHEN one IS NULL;
		parts := parts || one;
		id := one::json ->> 'id';
	END LOOP;
	RETURN format('%s %s %s', cardinality(whole), whole = parts, (SELECT string_agg(w::json ->> 'id', ' ') FROM unnest(whole[1:3]) w));
END $$;
SELECT map('{"lastUpdated":"{tz}"}');
SELECT ordered();
SELECT map('{"lastUpdated":"{tz}"}', '{b || ''-'' || a}');
SELECT ordered();
SELECT map('{"lastUpdated":"{tz}"}', '{md5_uuid(a || b)}');
SELECT ordered();
SELECT map('{"lastUpdated":"{tz}"}', '{fhir_id(''t'', a, b)}');
SELECT split_part(ordered(), ' ', 2);
ALTER TABLE t DROP CONSTRAINT t_pkey, ALTER a DROP NOT NULL, ADD n serial;
UPDATE t SET a = NULL WHERE a = 3;
SELECT map('{"lastUpdated":"{tz}"}', '{coalesce(a, 1000)}.{b}');
SELECT ordered();
-- keys that compare as equal and are not the same; numbers; a key without an order
ALTER TABLE t ADD d numeric, ADD j json;
UPDATE t SET d = CASE WHEN n % 2 = 0 THEN (n / 2)::numeric(9, 1) ELSE (n / 2)::numeric(9, 2) END, j = json_build_object('id', n);
SELECT map('{"lastUpdated":"{tz}"}', '{md5_uuid(d::text)}');
SELECT ordered();
SELECT map('{"lastUpdated":"{tz}"}', '{d}');
SELECT ordered();
SELECT map('{"lastUpdated":"{tz}"}', '{j ->> ''id''}');
SELECT ordered();
SELECT map('{"lastUpdated":"{tz}"}', '{n}');
SELECT ordered();
DELETE FROM t WHERE n = 7;
SELECT fhir_ndjson('t', after => '7')::json ->> 'id' LIMIT 1;
-- bad input
SELECT fhir_ndjson('t', after => 'A123456789');
SELECT map('{"lastUpdated":"{tx}"}');
SELECT fhir_ndjson('t', since => now());
SELECT map('{"tag":[{"code":"x"}]}');
SELECT fhir_ndjson('t', since => now());
SELECT map('{"lastUpdated":"{tz}"}', '{a}.{tz::date}');
SELECT fhir_ndjson('t', after => '1.2024-10-26');
SELECT map('{"lastUpdated":"{tz}"}', '{''constant''}');
SELECT fhir_ndjson('t', after => '');
\set VERBOSITY default
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA export_since CASCADE; -- the next file checks mappings of its own alone
