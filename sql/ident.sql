-- md5_uuid and fhir_id; the ids were worked out with Python's hashlib and hmac
SELECT md5_uuid('A123456789');
SELECT md5_uuid(''), md5_uuid(NULL) IS NULL AS of_null;
SELECT bool_and(md5_uuid(t) = md5(t)::uuid) AS like_md5
FROM (SELECT repeat('x', i) AS t FROM generate_series(0, 200) i) s;
SELECT md5_uuid(string_agg(md5(i::text), '')) = md5(string_agg(md5(i::text), ''))::uuid AS like_md5
FROM generate_series(1, 10000) i;

-- a known secret: the bytes 0 to 31
SELECT fhir_id_key('\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
SELECT fhir_id('patient', 'A123456789');

-- pieces do not run into one another
SELECT expected = fhir_id(kind, VARIADIC keys) AS ok, kind, keys
FROM (VALUES
	('7281caf0-26ca-80a3-a915-c06b7f9c266b'::uuid, 'a', ARRAY['bc']),
	('c3be357a-5b3b-8d19-a501-5d7fedd4253d', 'ab', ARRAY['c']),
	('d41ea825-dd43-8b65-8f08-1701217850d7', 'a', ARRAY['']),
	('ea4d5605-86f6-831c-981a-7c2d545afcd2', '', ARRAY['a']),
	('657553e4-7035-8b17-a432-19cd2eb50adc', 'm', ARRAY['1', 'x', 'true'])) v (expected, kind, keys);
-- lengths are those of the UTF-8 bytes, not of the characters
SELECT fhir_id('name', '王小明') = '965d7b1c-f6b3-860d-9ebb-18db9a4d04d3' AS three_bytes,
	fhir_id('名', '王小明', 'é') = '2ea683e8-e5c0-850a-9c56-3e6c8d914000' AS kind_too,
	fhir_id('name', '𠮷') = '64992f63-fcb9-8fac-acfa-f7dd571344bd' AS four_bytes;
SELECT fhir_id('m', 1, 'x', true) = fhir_id('m', VARIADIC ARRAY['1', 'x', 'true']) AS same;
SELECT fhir_id('a', 'b', '') <> fhir_id('a', 'b') AS empty_key_counts;

-- keys around the size of the buffer in which short pieces are joined
SELECT fhir_id('long', repeat('x', 116)) AS fits, fhir_id('long', repeat('x', 117)) AS too_long,
	fhir_id('long', repeat('x', 1000)) AS longer;

-- equal values of different types give the same id
SELECT DISTINCT id
FROM (VALUES
	(fhir_id('n', 1)), (fhir_id('n', 1::smallint)), (fhir_id('n', 1::bigint)),
	(fhir_id('n', 1.0)), (fhir_id('n', 1.00)), (fhir_id('n', '1')), (fhir_id('n', '1'::text)),
	(fhir_id('n', '1'::varchar)), (fhir_id('n', '1'::char(5))), (fhir_id('n', '1'::name))) v (id);
CREATE DOMAIN ident_code AS varchar(5) CHECK (VALUE <> '');
CREATE DOMAIN ident_code_too AS ident_code;
SELECT fhir_id('n', '1'::ident_code_too) = fhir_id('n', 1) AS domain_too;
SELECT fhir_id('a', 'b '::text) <> fhir_id('a', 'b'::text) AS blanks_of_text_count;

-- canonical texts
SELECT fhir_id('n', -0.0500) AS "-0.05", fhir_id('n', 1e2) AS "100";
SELECT fhir_id('n', 123456789012345678901234567890) AS thirty_digits,
	fhir_id('n', (-9223372036854775808)::bigint) AS smallest;
SELECT fhir_id('n', 0) = fhir_id('n', -0.00) AS no_negative_zero;
SELECT fhir_id('b', true) AS "true", fhir_id('b', false) AS "false";
SELECT fhir_id('u', md5_uuid('A123456789'));
SET DateStyle = 'German';
SET TimeZone = 'Asia/Taipei';
SELECT fhir_id('d', '29.02.2024'::date) AS "2024-02-29", fhir_id('d', '15.03.0044 BC'::date) AS "0044-03-15 BC";
SELECT fhir_id('t', '2024-02-29 08:00+08'::timestamptz) AS "2024-02-29T00:00:00+00:00",
	fhir_id('t', '2024-02-28 19:00:00.500-05'::timestamptz) AS "2024-02-29T00:00:00.5+00:00";
SET TimeZone = 'America/New_York';
SELECT fhir_id('t', '2024-02-29 08:00+08'::timestamptz) AS "2024-02-29T00:00:00+00:00";
RESET TimeZone;
RESET DateStyle;

-- version 8, variant 10
SELECT bool_and(fhir_id('v', i)::text ~ '^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$') AS is_v8,
	count(DISTINCT fhir_id('v', i)) AS distinct_ids
FROM generate_series(1, 1000) i;

-- NULL anywhere gives NULL
SELECT fhir_id(NULL, 1), fhir_id('a', NULL), fhir_id('a', 1, NULL::date),
	fhir_id('a', VARIADIC ARRAY['b', NULL]), fhir_id('a', VARIADIC NULL::text[]);

-- several call sites and types in one row, long values
CREATE TABLE ident_values (t text, n numeric, d date);
INSERT INTO ident_values SELECT repeat(md5(i::text), 500), i / 4.0, date '2024-01-01' + i FROM generate_series(1, 20) i;
SELECT count(DISTINCT fhir_id('a', t, n, d)) AS ids,
	bool_and(fhir_id('a', t, n, d) = fhir_id('a', VARIADIC ARRAY[t, trim_scale(n)::text, to_char(d, 'YYYY-MM-DD')])) AS same
FROM ident_values;
CREATE INDEX ident_values_id ON ident_values (fhir_id('v', n));
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT n FROM ident_values WHERE fhir_id('v', n) = '00000000-0000-8000-8000-000000000000';
SELECT n FROM ident_values WHERE fhir_id('v', n) = fhir_id('v', '2.5');
RESET enable_seqscan;

-- refused: types whose text depends on settings or rounding, and values without one
\set VERBOSITY sqlstate
SELECT fhir_id('a', 1::float8);
SELECT fhir_id('a', now()::timestamp);
SELECT fhir_id('a', '\x00'::bytea);
SELECT fhir_id('a', '{}'::json), 1;
SELECT fhir_id('a', '1 day'::interval);
SELECT fhir_id('a', ARRAY[1, 2]);
SELECT fhir_id('a', VARIADIC ARRAY[1.5::float4]);
SELECT fhir_id('a', VARIADIC '{}'::text[]);
SELECT fhir_id('a', 'NaN'::numeric);
SELECT fhir_id('a', '-infinity'::numeric);
SELECT fhir_id('a', 'infinity'::date);
SELECT fhir_id('a', '-infinity'::timestamptz);
\set VERBOSITY default
SELECT fhir_id('a', 'b', '{}'::jsonb);
DROP TABLE ident_values;
DROP DOMAIN ident_code_too, ident_code;
