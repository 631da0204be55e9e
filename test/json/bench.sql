/* Nanoseconds for one Patient: form, with or without its datum, the best of many runs. */
SELECT octet_length(json_test_splice_text(json_test_patient())) AS text_bytes, pg_column_size(json_test_patient()) AS binary_bytes;
SELECT form, kind, round(min(json_test_bench(form, kind, 10000 + run))::numeric, 1) AS ns
	FROM generate_series(1, 100) AS run, unnest(ARRAY['binary', 'text']) AS form, unnest(ARRAY['write', 'finish']) AS kind
	GROUP BY form, kind ORDER BY form, kind;
