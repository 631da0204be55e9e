/* Empties go, bottom up; the rest keeps the server's bytes. */
CREATE FUNCTION prune_reference(value jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	result jsonb;
BEGIN
	CASE jsonb_typeof(value)
		WHEN 'null' THEN RETURN NULL;
		WHEN 'string' THEN
			RETURN CASE WHEN value #>> '{}' !~ '^[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$' THEN value END;
		WHEN 'array' THEN
			SELECT jsonb_agg(v ORDER BY n) INTO result
				FROM jsonb_array_elements(value) WITH ORDINALITY AS e(m, n), prune_reference(m) AS v WHERE v IS NOT NULL;
			RETURN result;
		WHEN 'object' THEN
			SELECT jsonb_object_agg(key, v) INTO result
				FROM jsonb_each(value) AS e(key, m), prune_reference(m) AS v WHERE v IS NOT NULL;
			RETURN result;
		ELSE RETURN value;
	END CASE;
END $$;

SELECT ok(json_test_prune(source::jsonb)::text IS NOT DISTINCT FROM expected, 'golden: ' || source)
	FROM (VALUES
		('null', NULL), ('""', NULL), ('" \t\n\u3000"', NULL), ('{}', NULL), ('[]', NULL),
		('false', 'false'), ('0', '0'), ('"x"', '"x"'), ('" x "', '" x "'),
		('[null]', NULL), ('[[[{"a": [""]}]], {}]', NULL), ('{"a": {"b": {"c": "\u2003"}}}', NULL),
		('[1, null, 2]', '[1, 2]'), ('{"a": null, "b": 1.50}', '{"b": 1.50}'), ('{"b": [[], ["x", ""]], "ccc": " "}', '{"b": [["x"]]}'),
		('[{}, {"a": 1, "b": {}}, [false]]', '[{"a": 1}, [false]]')
	) AS golden(source, expected);
SELECT ok(bool_and(json_test_prune(value) IS NOT DISTINCT FROM prune_reference(value)
				   AND (pruned IS NULL OR json_same_bytes(pruned, pruned::text::jsonb))), 'random documents')
	FROM random_document, LATERAL (SELECT json_test_prune(value)) AS p(pruned) WHERE seed <= 1000;
SELECT ok(bool_and(json_test_prune_keeps(pruned)) AND count(*) > 500, 'a pruned value comes back itself')
	FROM random_document, LATERAL (SELECT json_test_prune(value)) AS p(pruned) WHERE pruned IS NOT NULL;
SELECT ok(json_test_prune_keeps(source::jsonb), 'nothing to do: ' || source)
	FROM unnest(ARRAY['1', '"x"', 'true', '[1]', '{"a": [{"b": "c"}]}']) AS source;
SELECT ok(NOT json_test_prune_keeps('{"a": 1, "b": ""}'), 'something to do');
SELECT ok(json_same_bytes(json_test_prune(value), source::jsonb), 'strides move when members go')
	FROM (SELECT jsonb_agg(CASE WHEN i % 2 = 0 THEN to_jsonb(i) END), jsonb_agg(i) FILTER (WHERE i % 2 = 0)
		  FROM generate_series(1, 300) AS i) AS d(value, source);
SELECT ok(json_test_prune(value) IS NULL, 'depth 2000')
	FROM (SELECT (repeat('[{"a":', 1000) || '" "' || repeat('},null]', 1000))::jsonb) AS d(value);

-- white space is Unicode's White_Space and nothing else
SELECT ok(bool_and(json_test_blank(chr(c)) = (c BETWEEN 9 AND 13 OR c BETWEEN 8192 AND 8202
		  OR c IN (32, 133, 160, 5760, 8232, 8233, 8239, 8287, 12288))), 'each character of the basic plane')
	FROM generate_series(1, 65535) AS c WHERE c NOT BETWEEN 55296 AND 57343;
SELECT ok(json_test_blank(s) = expected, 'blank ' || to_json(s))
	FROM (VALUES ('', true), (E' \t\u3000\u00a0 ', true), (E'\u3000x', false), (E'\u3000\u3001', false), (E'\u200b', false), ('陳', false), (E'   \u9673', false)) AS b(s, expected);
