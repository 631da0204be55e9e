/* 3000 documents as the server reads them, the same in each run. */
CREATE TABLE random_document AS
	SELECT seed, source, source::jsonb AS value
	FROM generate_series(1, 3000) AS seed, json_test_random(seed) AS source;

/* Scalars at the root. */
CREATE TABLE scalar_document AS
	SELECT source, source::jsonb AS value
	FROM unnest(ARRAY['null', 'true', 'false', '""', '"a"', '"line\nfeed \u00e9 \ud83d\ude00"', '0', '-0',
					  '-0.0', '1.500', '1e-30', '1.0E2', '123456789012345678901234567890.123', '1e400']) AS source;
