-- model: a local model beside ONNX Runtime alone, which runs it in a loop
--
-- What a call adds is measured on a model that takes next to no time; how much
-- of the processors' time reaches the model, on one of BERT-base's shape (a
-- smaller one where few rows are asked for) with notes of about 128 tokens.

SELECT count(*) > 0 AS have_model FROM pg_proc WHERE proname = 'morphology_suggest' \gset
SELECT CASE WHEN :rows >= 1000000 THEN 'base' ELSE 'middle' END AS kind, CASE WHEN :rows >= 1000000 THEN 40 ELSE 12 END AS runs,
	:rows >= 1000000 AS is_base \gset
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

-- What a call takes beyond the model, in ours and in a service of the usual kind:
-- on all processors, where it is mostly the waking of those that rest, and on one,
-- where none has to be woken, as on a machine that is busy.  Over the bare loop,
-- a call may take 0.3 ms.
\set short 'invasive ductal carcinoma of the left breast'
\setenv BENCH_NOTE :short
SELECT count(*) FROM call_times(200, 'tiny', :'short');
SELECT code, pg_backend_pid() AS backend, value AS engine FROM morphology_suggest(:'short', 'tiny', 1), aics_stats WHERE name = 'engine_pid' \gset
\setenv BENCH_CODE :code
\setenv BENCH_BACKEND :backend
\setenv BENCH_ENGINE :engine
\set all `taskset -cp $$ | sed 's/.*: //'`
\set processors `taskset -cp $$ | sed 's/.*: //; s/[-,].*//'`
\set where ', on one processor'
\set claim 5
\ir model_beyond.psql
\set processors :all
\set where ''
\set claim 3
\ir model_beyond.psql
CALL bench.record('morphology_suggest against the bare loop and 0.3 ms, median', 'ms', claim => 1, ours => :median, peer => :loop + 0.3);

-- Eight sessions, as many threads as there are processors.
SELECT repeat('invasive ductal carcinoma of the left breast, margins negative. ', 11) AS note \gset
\setenv BENCH_THREADS :threads
\set server large
\ir model_rate.psql

-- Our whole call beside that service's model alone; the memory of the program and
-- of the service.  Of that the weights are most, so that where the service has
-- ONNX Runtime, too, less than half is not to be had.
\if :have_service
\setenv BENCH_NOTE :note
SELECT code FROM morphology_suggest(:'note', 'large', 1) \gset
\setenv BENCH_CODE :code
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) AS before FROM call_times(:'runs'::int / 2, 'large', :'note') t \gset
\set service `./model_peer "$BENCH_BUILD"/model_large "$BENCH_KIND" "$BENCH_NOTE" "$BENCH_MODEL_RUNS" "$BENCH_CODE"`
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) AS after FROM call_times(:'runs'::int / 2, 'large', :'note') t \gset
CALL bench.record(format('morphology_suggest beside %s: a call, the model alone', :'service_name'), 'ms', claim => 0.95, ours => (:before + :after) / 2,
	peer => split_part(:'service', '|', 3)::float8);
SELECT CASE WHEN :'service_name' = 'FastAPI with torch' THEN '2' ELSE '' END AS half \gset
\set memory `for p in $(pgrep -P "$BENCH_ENGINE"); do awk '/^VmRSS/ { now = $2 } /^VmHWM/ { peak = $2 } END { print now, peak }' /proc/$p/status; done | sort -n | tail -n 1`
CALL bench.record(format('morphology_suggest beside %s: memory', :'service_name'), 'MB', claim => nullif(:'half', '')::float8,
	ours => split_part(:'memory', ' ', 1)::float8 / 1024, peer => split_part(:'service', '|', 5)::float8);
CALL bench.record(format('morphology_suggest beside %s: peak of memory', :'service_name'), 'MB', claim => nullif(:'half', '')::float8,
	ours => split_part(:'memory', ' ', 2)::float8 / 1024, peer => split_part(:'service', '|', 6)::float8);
\endif

-- The same with integers: a model that was made smaller for processors.
\if :is_base
SELECT aics_restart();
\! rm -rf "$BENCH_BUILD"/model_large
\set made `./model_programs base_int8`
\if :made
CREATE SERVER large_int8 FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS (model_dir :'large', library :'library', threads :'threads');
\set server large_int8
\ir model_rate.psql
\endif
\endif
\! rm -rf "$BENCH_BUILD"/model_large
\endif
