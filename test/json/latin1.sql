/* In a database whose encoding is not UTF-8, white space is ASCII's only. */
SELECT ok(json_test_blank(E' \t\n') AND NOT json_test_blank(chr(160)) AND NOT json_test_blank(chr(133)), 'white space in LATIN1');
SELECT ok(bool_and(json_test_escape(s) = to_json(s)::text), 'each character of LATIN1')
	FROM (SELECT string_agg(chr(c), '') FROM generate_series(1, 255) AS c GROUP BY c / 13) AS block(s);
SELECT ok(bool_and(json_same_bytes(value, json_rewrite_binary(value, 0)) AND json_rewrite_text(value, 0)::jsonb = value), 'all characters')
	FROM (SELECT jsonb_agg(repeat(chr(c), c)) FROM generate_series(1, 255) AS c) AS d(value);
