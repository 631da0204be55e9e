/* Limits, misuse, and input that must be refused. */
SELECT ok(raises(format('SELECT json_test_misuse(%L)', kind)) IS NOT DISTINCT FROM state, 'misuse: ' || kind)
	FROM (VALUES
		('binary as large as it may be', NULL),
		('binary large inside', '54000'), ('binary large', '54000'), ('binary many', '54000'), ('text large', '54000'),
		('missing value', 'XX000'), ('text missing value', 'XX000'), ('end of nothing', 'XX000'), ('open', 'XX000'), ('nothing', 'XX000'),
		('unsorted shape', 'XX000')
	) AS misuse(kind, state);
SELECT ok(raises(format('SELECT json_test_numeric(%L, %s)', n, shift)) = '22003'
		  AND raises(format('SELECT json_test_numeric_text(%L)', n)) = '22003', format('%s is no number in JSON, shift %s', n, shift))
	FROM unnest(ARRAY['NaN', 'Infinity', '-Infinity']) AS n, generate_series(-1, 0) AS shift;
SELECT ok(raises(format('SELECT json_test_fragment(%L, -1)', source)) = state, 'no fragment: ' || source)
	FROM (VALUES ('', '22P02'), ('{', '22P02'), ('{"a" 1}', '22P02'), ('"open', '22P02'), ('[1,]', '22P02'), ('01', '22P02'),
		('"\u0000"', '22P05'), ('"\ud800"', '22P02'), ('1e1000000', '22003')) AS bad(source, state);
