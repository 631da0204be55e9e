/* Values that are constants, jsonb already, or numbers. */

-- fragments: the bytes of jsonb_in, at each alignment and at the root
SELECT ok(bool_and(json_same_bytes(json_test_fragment(source, shift), jsonb_build_array(repeat('x', shift), value))), 'random fragment, shift ' || shift)
	FROM random_document, generate_series(0, 3) AS shift WHERE seed <= 1000 GROUP BY shift ORDER BY shift;
SELECT ok(bool_and(json_same_bytes(json_test_fragment(source, shift), jsonb_build_array(repeat('x', shift), value))), 'scalar fragment, shift ' || shift)
	FROM scalar_document, generate_series(0, 3) AS shift GROUP BY shift ORDER BY shift;
SELECT ok(bool_and(json_same_bytes(json_test_fragment(source, -1), value)), 'fragment at the root')
	FROM (SELECT source, value FROM random_document UNION ALL SELECT source, value FROM scalar_document) AS d;
SELECT ok(bool_and(json_same_bytes(json_test_fragment_text(source)::jsonb, value)
				   AND json_test_fragment_text(source) = json_test_fragment_text(json_test_fragment_text(source))), 'text of fragments')
	FROM (SELECT source, value FROM random_document UNION ALL SELECT source, value FROM scalar_document) AS d;
SELECT ok(json_test_fragment_text(source) = expected, 'golden: ' || expected)
	FROM (VALUES
		(E' {"b" : [ 1.0 ,\t2 ] ,\r\n "a":"x  y" } ', '{"b":[1.0,2],"a":"x  y"}'),
		(' "\u0041\/\u00e9\ud83d\ude00\"\u001F" ', '"A/é😀\"\u001f"'),
		('{"\u006bey\\": [], "": {}}', '{"key\\":[],"":{}}'),
		('-1.50E+2', '-1.50E+2'), ('true', 'true'), (' null', 'null')
	) AS golden(source, expected);

-- splices
SELECT ok(bool_and(json_same_bytes(json_test_splice(value, shift), jsonb_build_array(repeat('x', shift), value))), 'splice, shift ' || shift)
	FROM (SELECT value FROM random_document UNION ALL SELECT value FROM scalar_document) AS d, generate_series(0, 3) AS shift
	GROUP BY shift ORDER BY shift;
SELECT ok(bool_and(json_same_bytes(json_test_splice(value, -1), value)), 'splice at the root')
	FROM (SELECT value FROM random_document UNION ALL SELECT value FROM scalar_document) AS d;

-- numbers: with the short header of a stored datum, and without
CREATE TABLE number AS
	SELECT n FROM unnest(ARRAY[0, -0.0, 1, -1, 1.500, 1e-30, 1e-300, 123456789.123456789, 9999, 10000, 1e100, -1e400, 0.00001]) AS n
	UNION ALL SELECT (sin(i) * i)::numeric(20, 7) FROM generate_series(1, 500) AS i;
SELECT ok(bool_and(pg_column_size(n) = 1 + 2 + 2), 'a stored 1 has a short header') FROM number WHERE n = 1;
SELECT ok(bool_and(json_same_bytes(json_test_numeric(n, shift), jsonb_build_array(repeat('x', shift), n::text::jsonb))), 'numeric, shift ' || shift)
	FROM number, generate_series(0, 3) AS shift GROUP BY shift ORDER BY shift;
SELECT ok(bool_and(json_same_bytes(json_test_numeric(n, -1), n::text::jsonb)), 'numeric at the root') FROM number;
SELECT ok(bool_and(json_same_bytes(json_test_numeric(n + 0, -1), n::text::jsonb)), 'numeric just computed') FROM number;
SELECT ok(bool_and(json_test_numeric_text(n) = n::text), 'numeric as text keeps its scale') FROM number;
SELECT ok(bool_and(json_test_int64_text(i) = i::text AND json_rewrite_binary(i::text::jsonb, 8) = to_jsonb(i)), 'integers')
	FROM unnest(ARRAY[0, 1, -1, 9, 10, 10000, -2147483648, 9223372036854775807, -9223372036854775808]) AS i;
SELECT ok(json_test_number_text('-0.0e0') = '-0.0e0', 'a number from text stays as it is in text');
SELECT ok(bool_and(json_same_bytes(json_test_number(digits), digits::jsonb)), 'numbers from text, digits ' || before || ' and ' || after)
	FROM unnest(ARRAY[0, 1, 3, 4, 5, 9, 15, 19, 40]) AS before, unnest(ARRAY[0, 1, 2, 3, 4, 5, 8, 9, 16, 30]) AS after,
		unnest(ARRAY['', '-']) AS sign, unnest(ARRAY['1', '9', '10', '102', '12045']) AS digit,
		LATERAL (SELECT sign || CASE before WHEN 0 THEN '0' ELSE rpad(digit, before, digit) END
						|| CASE after WHEN 0 THEN '' ELSE '.' || lpad(digit, after, '0') END) AS d(digits)
	GROUP BY before, after ORDER BY before, after;
SELECT ok(bool_and(json_same_bytes(json_test_number(digits), digits::jsonb)), 'numbers from text with an exponent')
	FROM unnest(ARRAY['1e5', '-1.50E-7', '0e0', '-0', '-0.000', '12e+3']) AS digits;
