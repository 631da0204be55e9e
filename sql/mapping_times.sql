-- rule 7: times in the mapping's zone, dates that are text, what FHIR cannot write
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
CREATE SCHEMA mapping_times;
SET search_path = mapping_times, public;
CREATE TABLE t (id int, tz timestamptz, ts timestamp, d date, x text, ti time);
-- the instant and its day, the local time and its day
CREATE FUNCTION map(zone text, on_invalid text DEFAULT 'error') RETURNS text LANGUAGE sql AS $$
	SELECT fhir_map('mapping_times.t', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"},"extension":[{"url":"i","valueInstant":"{tz}"},{"url":"d","valueDate":"{tz}"},
		{"url":"l","valueDateTime":"{ts}"},{"url":"ld","valueDate":"{ts}"},{"url":"s","valueString":"{tz}|{ts}|{d}"}]}', timezone => zone, on_invalid => on_invalid) $$;
CREATE FUNCTION rows() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT id || ' ' || (SELECT string_agg(concat(e ->> 'url', '=', e ->> 'valueInstant', e ->> 'valueDate', e ->> 'valueDateTime', e ->> 'valueString'), ' ')
		FROM json_array_elements(pg_temp.resource(t)::json -> 'extension') e) FROM t ORDER BY id $$;

-- Taipei has no summer time now, and had some; before 1896 it was 8:06 east
SELECT map('Asia/Taipei');
INSERT INTO t (id, tz) VALUES (1, '2024-02-29 16:00+00'), (2, '2024-02-29 15:59:59.999999+00'), (3, '1974-04-01 00:00+08'), (4, '1974-03-31 23:59:59+08'),
	(5, '1974-09-30 14:59:59+00'), (6, '1974-09-30 15:00+00'), (7, '1890-01-01 00:00+00'), (8, '2024-01-01 00:00:00.1+00'), (9, '2024-01-01 00:00:00.000001+00');
INSERT INTO t (id, ts) VALUES (10, '2024-02-29 23:59:59'), (11, '1974-06-01 12:00'), (12, '1890-01-01 12:00:00'), (13, '1895-12-31 23:59:59.5'), (14, '1896-01-01 00:10');
SELECT rows();
-- both edges of summer time: the hour that does not exist, and the one that is twice
SELECT map('America/New_York');
TRUNCATE t;
INSERT INTO t (id, tz, ts) VALUES (1, '2024-03-10 06:59:59+00', '2024-03-10 01:59:59'), (2, '2024-03-10 07:00+00', '2024-03-10 02:30'), (3, '2024-11-03 05:59:59+00', '2024-11-03 01:30'),
	(4, '2024-11-03 06:00+00', '2024-11-03 02:00'), (5, '2100-07-01 00:00+00', '2100-07-01 00:00'), (6, '1883-11-18 16:59:59+00', '1883-11-18 12:03:57'), (7, '1800-01-01 05:00+00', '1800-01-01 00:00'),
	(8, '9999-07-01 00:00+00', '9999-07-01 00:00'), (9, '2024-03-10 06:59:59.999999+00', '2024-03-10 03:00');
SELECT rows();
SELECT bool_and((pg_temp.resource(t)::json #>> '{extension,0,valueInstant}')::timestamptz = tz), bool_and((pg_temp.resource(t)::json #>> '{extension,2,valueDateTime}')::timestamptz = ts AT TIME ZONE 'America/New_York') FROM t WHERE id <> 7;
-- in any order, in many zones: always the instant that it was
CREATE TABLE zones AS SELECT unnest('{UTC,Asia/Kathmandu,Australia/Lord_Howe,America/St_Johns,Pacific/Apia,Africa/Monrovia,Europe/Dublin,Asia/Pyongyang,Antarctica/Troll,Etc/GMT+12}'::text[]) AS zone;
SELECT count(fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"},"meta":{"lastUpdated":"{tz}"},"implicitRules":"{ts}"}', zone, zone)) FROM zones;
TRUNCATE t;
INSERT INTO t SELECT i, '1900-01-01 00:00+00'::timestamptz + make_interval(hours => (i * 7919 % 1753152)), '1900-01-01'::timestamp + make_interval(hours => (i * 7919 % 1753152)) FROM generate_series(1, 2000) i;
-- offsets are whole minutes: a local time of the years before standard time loses the seconds of its offset
SELECT zone, count(*), bool_and((r #>> '{meta,lastUpdated}')::timestamptz = tz), max(abs(extract(epoch FROM (r ->> 'implicitRules')::timestamptz - ts AT TIME ZONE zone)))::int
	FROM (SELECT tz, ts, zone, fhir_json_from_row(t, quote_ident(zone)) r FROM zones, t) s GROUP BY zone ORDER BY zone COLLATE "C";
SELECT count(fhir_unmap(quote_ident(zone))) FROM zones;

SELECT map('+08:00');
SELECT map('8');

-- no zone: UTC for instants; a local time needs one
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"},"meta":{"lastUpdated":"{tz}"},"implicitRules":"{tz}","created":"{tz}"}');
TRUNCATE t;
INSERT INTO t (id, tz) VALUES (1, '2024-02-29 23:30:00-11');
SELECT pg_temp.resource(t) FROM t;
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"},"created":"{ts}","language":"{ts} here","author":{"display":"{ARRAY[ts]::text}"}}');
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"},"meta":{"lastUpdated":"{d}"},"created":"{ti}","extension":[{"url":"u","valueTime":"{tz}"},{"url":"u","valueInteger":"{d}"}]}');
SELECT fhir_map('t', '{"resourceType":"Basic","code":{"text":"b"},"language":"{tz - tz}","implicitRules":"{tz::timetz}","id":"{1::money}"}');

-- text: whole and partial dates, each element by its own form
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"},"extension":[{"url":"date","valueDate":"{x}"},{"url":"dateTime","valueDateTime":"{x}"},{"url":"instant","valueInstant":"{x}"},{"url":"time","valueTime":"{x}"}]}', on_invalid => 'omit');
TRUNCATE t;
INSERT INTO t (id, x) SELECT row_number() OVER (), x FROM unnest('{1970,1970-05,1970-05-01,0001,9999-12-31,0000,197,19700501,1970-13,1970-00,1970-5,1970-02-29,2000-02-29,1900-02-29,1970-05-01T,
	1970-05-01T10,1970-05-01T10:00,1970-05-01T10:00:00,1970-05-01T10:00:00Z,1970-05-01T10:00:00z,1970-05-01T10:00:00.123456789Z,1970-05-01T10:00:00.Z,1970-05-01T24:00:00Z,1970-05-01T23:59:60Z,1970-05T10:00:00Z,
	1970-05-01T10:00:00+08:00,1970-05-01T10:00:00+14:00,1970-05-01T10:00:00-14:01,1970-05-01T10:00:00+0800,1970-05-01 10:00:00Z,10:00:00,10:00,10:00:00.5,24:00:00,1970-05-01Z," 1970 ",79/1/1,-1970,１９７０}'::text[]) x;
SELECT id, x, (SELECT string_agg(e ->> 'url', ' ') FROM json_array_elements(pg_temp.resource(t)::json -> 'extension') e) FROM t ORDER BY id;

-- infinity, BC and years beyond four digits are errors that name the path; the last and the first day are not
SELECT map('Asia/Taipei');
TRUNCATE t;
INSERT INTO t (id, tz, ts, d) VALUES (1, '9999-12-31 23:59:59.999999+08', '9999-12-31 23:59:59.999999', '9999-12-31'), (2, '0001-01-01 00:00+08:06', '0001-01-01', '0001-01-01');
SELECT rows();
SELECT map('Asia/Taipei', 'omit');
INSERT INTO t (id, tz) VALUES (3, 'infinity'), (4, '-infinity'), (5, '9999-12-31 16:00+00'), (6, '0001-12-31 12:00+00 BC'), (7, '10000-01-01 12:00+08'), (8, '0001-01-01 00:00+00');
INSERT INTO t (id, ts) VALUES (13, 'infinity'), (14, '-infinity'), (15, '10000-01-01'), (16, '0001-12-31 23:59:59.999999 BC');
INSERT INTO t (id, d) VALUES (23, 'infinity'), (24, '-infinity'), (25, '10000-01-01'), (26, '0001-12-31 BC');
SELECT id, pg_temp.resource(t) FROM t WHERE id > 2 ORDER BY id;
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"},"meta":{"lastUpdated":"{tz}"},"created":"{d}"}');
SELECT fhir_from_row(t) FROM t WHERE id = 3;
SELECT fhir_from_row(t) FROM t WHERE id = 24;
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"},"extension":[{"url":"u","valueTime":"{ti}"}]}');
TRUNCATE t;
INSERT INTO t (id, ti) VALUES (1, '00:00'), (2, '23:59:59.999999'), (3, '24:00');
SELECT pg_temp.resource(t) FROM t WHERE id < 3;
SELECT fhir_from_row(t) FROM t;
SET client_min_messages = warning;
DROP SCHEMA mapping_times CASCADE;
