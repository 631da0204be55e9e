/* The text form: golden rows, escapes, and that it says the same as the binary form. */
SELECT ok(json_rewrite_text(source::jsonb, 0) = expected, 'golden: ' || expected)
	FROM (VALUES
		('{}', '{}'), ('[]', '[]'), ('[[], {}]', '[[],{}]'), ('"x"', '"x"'), ('null', 'null'), ('-1.50', '-1.50'),
		('{"bb": 1.500, "a": [true, false, null], "c": {"d": "e"}}', '{"a":[true,false,null],"c":{"d":"e"},"bb":1.500}'),
		('["\"\\\/\b\f\n\r\t\u0001\u001F\u007f"]', E'["\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f"]'),
		('["\ud83d\ude00", "\u00e9", "王小明"]', '["😀","é","王小明"]'),
		('[1e-30, 1E+5, -0.0, 0.10]', '[0.000000000000000000000000000001,100000,0.0,0.10]'),
		('{"\"q\"": {}, "a long key of more than sixteen bytes": 1}', '{"\"q\"":{},"a long key of more than sixteen bytes":1}')
	) AS golden(source, expected);
SELECT ok(json_test_splice_text(source::jsonb) = expected, 'golden splice: ' || expected)
	FROM (VALUES
		('{}', '{}'), ('[]', '[]'), ('[[], {}]', '[[],{}]'), ('"x\n"', '"x\n"'), ('null', 'null'), ('-1.50', '-1.50'), ('true', 'true'),
		('{"bb": 1.500, "a": [true, false, null], "c\t": {"d": "e"}}', '{"a":[true,false,null],"bb":1.500,"c\t":{"d":"e"}}')
	) AS golden(source, expected);

-- random documents: same value, and all ways give the same text
SELECT ok(bool_and(json_same_bytes(json_rewrite_text(value, ways)::jsonb, value) AND json_rewrite_text(value, ways) = json_test_splice_text(value)),
		  'random, ways ' || ways)
	FROM random_document, unnest(ARRAY[0, 1, 2, 4, 8, 15]) AS ways GROUP BY ways ORDER BY ways;
SELECT ok(bool_and(json_rewrite_text(value, ways) = value::text), 'scalar root, ways ' || ways)
	FROM scalar_document, generate_series(0, 15) AS ways GROUP BY ways ORDER BY ways;
SELECT ok(json_rewrite_text(value, 0)::jsonb = value AND json_test_splice_text(value)::jsonb = value, 'depth 2000')
	FROM (SELECT (repeat('[{"a":', 1000) || '1.5' || repeat('},"x"]', 1000))::jsonb) AS d(value);

-- escaping is escape_json's: to_json calls it
SELECT ok(bool_and(json_test_escape(s) = to_json(s)::text), 'every character of Unicode')
	FROM (SELECT string_agg(chr(c), '') FROM generate_series(1, 1114111) AS c
		  WHERE c NOT BETWEEN 55296 AND 57343 GROUP BY c / 61) AS block(s);
SELECT ok(bool_and(json_test_escape(s) = to_json(s)::text), 'each character below 0x80 at each place of strings up to 40 bytes')
	FROM generate_series(1, 127) AS c, generate_series(0, 39) AS n, generate_series(0, n) AS place,
		LATERAL (SELECT repeat('a', place) || chr(c) || repeat('b', n - place)) AS d(s);
SELECT ok(bool_and(json_test_escape(s) = to_json(s)::text), 'plain strings of 0 to 300 bytes')
	FROM generate_series(0, 300) AS n, LATERAL (SELECT repeat('z', n)) AS d(s);
SELECT ok(bool_and(json_test_escape(s) = to_json(s)::text), 'long strings, pieces of the slow path')
	FROM generate_series(4080, 4110) AS n, LATERAL (SELECT E'\n' || repeat(E'é"', n) || repeat('z', n) || E'\t') AS d(s);
SELECT ok(json_test_escape(s) = to_json(s)::text, '3 MB that are all escapes') FROM repeat(E'\x01', 3000000) AS s;
SELECT ok(json_test_key(s) = to_json(s)::text || ':', 'key ' || to_json(s)) FROM unnest(ARRAY['', 'a', E'tab\t"', repeat('k', 100)]) AS s;
