-- model: a local model beside ONNX Runtime alone, which runs it in a loop
--
-- What a call adds is measured on a model that takes next to no time; how much
-- of the processors' time reaches the model, on one of BERT-base's shape (a
-- smaller one where few rows are asked for) with notes of about 128 tokens.

SELECT count(*) > 0 AS have_model FROM pg_proc WHERE proname = 'morphology_suggest' \gset
SELECT CASE WHEN :rows >= 1000000 THEN 'base' ELSE 'middle' END AS kind, CASE WHEN :rows >= 1000000 THEN 40 ELSE 12 END AS runs \gset
\setenv BENCH_KIND :kind
\setenv BENCH_MODEL_RUNS :runs
\if :have_model
\set have_programs `./model_programs "$BENCH_KIND"`
\else
\set have_programs false
\endif
\if :have_programs
SET fhir_bridge.aics_timeout = '5min';
\set tiny `echo "$BENCH_BUILD/model_tiny"`
\set large `echo "$BENCH_BUILD/model_large"`
\set library `readlink -f "$BENCH_BUILD/model_library.so"`
\set threads `n=$(nproc); echo $((n > 1 ? n : 1))`
CREATE SERVER tiny FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS (model_dir :'tiny', library :'library');
CREATE SERVER large FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS (model_dir :'large', library :'library', threads :'threads');

-- How long each of so many calls in this session takes, in milliseconds.
CREATE FUNCTION call_times(calls int, server text, note text) RETURNS SETOF float8
	LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz;
BEGIN
	FOR i IN 1..calls LOOP
		began := clock_timestamp();
		PERFORM count(*) FROM morphology_suggest(note, server);
		RETURN NEXT extract(epoch FROM clock_timestamp() - began) * 1000;
	END LOOP;
END
$$;

-- Over the loop, a call may take 0.3 ms.
\set note 'invasive ductal carcinoma of the left breast'
\setenv BENCH_NOTE :note
SELECT count(*) FROM call_times(200, 'tiny', :'note');
\set before `"$BENCH_BUILD"/model_loop "$BENCH_BUILD"/model_library.so "$BENCH_BUILD"/model_tiny 1 2000 "$BENCH_NOTE"`
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) AS median FROM call_times(2000, 'tiny', :'note') t \gset
\set after `"$BENCH_BUILD"/model_loop "$BENCH_BUILD"/model_library.so "$BENCH_BUILD"/model_tiny 1 2000 "$BENCH_NOTE"`
CALL bench.record('morphology_suggest against the bare loop and 0.3 ms, median', 'ms', claim => 1, ours => :median,
	peer => (split_part(:'before', ' ', 1)::float8 + split_part(:'after', ' ', 1)::float8) / 2 + 0.3);

-- Eight sessions, as many threads as there are processors.
SELECT repeat('invasive ductal carcinoma of the left breast, margins negative. ', 11) AS note \gset
\setenv BENCH_NOTE :note
\setenv BENCH_THREADS :threads
SELECT count(*) FROM call_times(2, 'large', :'note');
\setenv BENCH_SCRIPT 'SELECT count(*) FROM morphology_suggest(repeat(''invasive ductal carcinoma of the left breast, margins negative. '', 11), ''large'')'
\set before `"$BENCH_BUILD"/model_loop "$BENCH_BUILD"/model_library.so "$BENCH_BUILD"/model_large "$BENCH_THREADS" "$BENCH_MODEL_RUNS" "$BENCH_NOTE"`
\set rate `echo "$BENCH_SCRIPT" | PGOPTIONS='-c client_min_messages=warning' pgbench -n -c 8 -j 2 -t $((BENCH_MODEL_RUNS * BENCH_THREADS / 8 + 1)) -f /dev/stdin | sed -n 's/^tps = \([0-9.]*\).*/\1/p'`
\set after `"$BENCH_BUILD"/model_loop "$BENCH_BUILD"/model_library.so "$BENCH_BUILD"/model_large "$BENCH_THREADS" "$BENCH_MODEL_RUNS" "$BENCH_NOTE"`
CALL bench.record('morphology_suggest of 8 sessions against the bare loop', 'notes/s', claim => 0.95, ours => :rate,
	peer => (split_part(:'before', ' ', 3)::float8 + split_part(:'after', ' ', 3)::float8) / 2);
\! rm -rf "$BENCH_BUILD"/model_large
\endif
