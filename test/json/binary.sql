/* The binary form has the server's bytes, whichever calls wrote it. */

-- the documents are worth testing: large ones, strides, control characters, 4-byte UTF-8
SELECT ok(count(*) = 3000 AND max(length(source)) > 50000
		  AND bool_or(value::text LIKE '%\\u00%') AND bool_or(value::text ~ '[\U00010000-\U0010FFFF]'),
		  'random documents are rich')
	FROM random_document;
SELECT ok(bool_or(jsonb_typeof(value) = 'object' AND n > 64), 'random objects pass the second stride')
	FROM random_document, LATERAL (SELECT count(*) FROM jsonb_path_query(value, '$.keyvalue()')
								   WHERE jsonb_typeof(value) = 'object') AS keys(n);

SELECT ok(bool_and(json_same_bytes(value, json_rewrite_binary(value, ways))), 'random, ways ' || ways)
	FROM random_document, generate_series(0, 15) AS ways GROUP BY ways ORDER BY ways;
SELECT ok(bool_and(json_same_bytes(value, json_rewrite_binary(value, ways))), 'scalar root, ways ' || ways)
	FROM scalar_document, generate_series(0, 15) AS ways GROUP BY ways ORDER BY ways;

-- every number of members around the strides
SELECT ok(bool_and(json_same_bytes(value, json_rewrite_binary(value, 0))), 'arrays of 0 to 200 members')
	FROM generate_series(0, 200) AS n,
		LATERAL (SELECT coalesce(jsonb_agg(CASE WHEN i % 5 = 0 THEN to_jsonb(i * 1.5) ELSE to_jsonb(repeat('x', i)) END), '[]')
				 FROM generate_series(1, n) AS i) AS d(value);
SELECT ok(bool_and(json_same_bytes(value, json_rewrite_binary(value, ways))), 'objects of 0 to 200 members, ways ' || ways)
	FROM generate_series(0, 200) AS n, generate_series(0, 1) AS ways,
		LATERAL (SELECT coalesce(jsonb_object_agg(repeat('k', i % 7) || i, CASE WHEN i % 3 = 0 THEN to_jsonb(i * 0.25) ELSE '{}' END), '{}')
				 FROM generate_series(1, n) AS i) AS d(value)
	GROUP BY ways ORDER BY ways;
SELECT ok(json_same_bytes(value, json_rewrite_binary(value, 1)), 'object of 100000 members')
	FROM (SELECT jsonb_object_agg('key' || i, i) FROM generate_series(1, 100000) AS i) AS d(value);

-- depth, alignment of nested containers, long strings and keys
SELECT ok(json_same_bytes(value, json_rewrite_binary(value, 0)), 'depth 2000')
	FROM (SELECT (repeat('[{"a":', 1000) || '1.5' || repeat('},"x"]', 1000))::jsonb) AS d(value);
SELECT ok(bool_and(json_same_bytes(value, json_rewrite_binary(value, 0))), 'containers and numbers at each alignment')
	FROM generate_series(0, 8) AS n,
		LATERAL (SELECT jsonb_build_array(repeat('x', n), '[]'::jsonb, repeat('x', n), 1.5, '{"a": [1]}'::jsonb, true, null, 2)) AS d(value);
SELECT ok(json_same_bytes(value, json_rewrite_binary(value, ways)), 'a string and a key of 5 MB, ways ' || ways)
	FROM (SELECT jsonb_build_object(repeat('k', 5000000), repeat('v', 5000000))) AS d(value), generate_series(0, 2) AS ways;
SELECT ok(bool_and(json_test_reuse(value)), 'a writer is clean after a reset') FROM random_document;

-- the order of keys
SELECT ok(json_test_key_order('b', 'aa') = -1 AND json_test_key_order('ab', 'aa') = 1 AND json_test_key_order('é', 'zz') = 1
		  AND json_test_key_order('', 'a') = -1 AND json_test_key_order('same', 'same') = 0, 'keys order by length, then bytes');
SELECT ok(bool_and(json_test_key_order(a, b) = -1) AND count(*) > 10000, 'the server orders keys alike')
	FROM random_document, LATERAL (SELECT k, lead(k) OVER (ORDER BY n) FROM jsonb_object_keys(value) WITH ORDINALITY AS o(k, n)) AS pair(a, b)
	WHERE jsonb_typeof(value) = 'object' AND b IS NOT NULL;
