-- suggest: calls of the suggestion service through the engine
--
-- The service is a mock that answers at once, or after 50 ms.  The peer is
-- libcurl alone, which asks the same mock in the same run: from one process, or
-- from eight at once.  psql's output is the mock's standard input: the mock ends
-- with it.

SELECT count(*) > 0 AS have_suggest FROM pg_proc WHERE proname = 'aics_suggest' \gset
\if :have_suggest
\set have_programs `./suggest_programs`
\else
\set have_programs false
\endif
\if :have_programs
\o |"$BENCH_BUILD"/suggest_mock "$BENCH_BUILD"/suggest_port
\set port `timeout 10 sh -c 'until [ -s "$BENCH_BUILD"/suggest_port ]; do sleep 0.01; done'; cat "$BENCH_BUILD"/suggest_port`
\set url 'http://127.0.0.1:' :port
\setenv BENCH_URL :url

-- The settings are the database's, because they are for the drainer and
-- pgbench's sessions too.
LOAD 'fhir_bridge';
SELECT format('ALTER DATABASE %I SET %s = %s', current_database(), name, value), format('SET %s = %s', name, value)
FROM (VALUES ('fhir_bridge.aics_allow_http', 'on'), ('fhir_bridge.aics_allow_private_addresses', 'on'),
	('client_min_messages', 'warning')) v (name, value) \gexec
CREATE SERVER aics FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url :'url');
CREATE USER MAPPING FOR CURRENT_USER SERVER aics OPTIONS (email 'coder@hospital.example', password 'right');

-- How long each of so many calls in this session takes, in milliseconds.
CREATE FUNCTION call_times(calls int) RETURNS SETOF float8
	LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz;
BEGIN
	FOR i IN 1..calls LOOP
		began := clock_timestamp();
		PERFORM count(*) FROM aics_suggest('left chronic otitis media status post');
		RETURN NEXT extract(epoch FROM clock_timestamp() - began) * 1000;
	END LOOP;
END
$$;

-- One session's calls, with those of libcurl itself before and after them.  A
-- call of ours goes to the engine and back: so the peer's has, besides, one round
-- trip to another backend.
SELECT greatest(:rows / 100, 1000) AS calls \gset
\setenv BENCH_CALLS :calls
SELECT bool_or(bench.is_wanted(name)) AS wanted
FROM unnest(ARRAY['aics_suggest against libcurl and a round trip, median', 'aics_suggest against libcurl and a round trip, 99%']) name \gset
\if :wanted
	CREATE EXTENSION IF NOT EXISTS dblink;
	SELECT bench.connect('other');
	CREATE FUNCTION round_trips(calls int) RETURNS SETOF float8
		LANGUAGE plpgsql AS $$
	DECLARE
		began timestamptz;
	BEGIN
		FOR i IN 1..calls LOOP
			began := clock_timestamp();
			PERFORM * FROM dblink('other', 'SELECT 1') AS t (one int);
			RETURN NEXT extract(epoch FROM clock_timestamp() - began) * 1000;
		END LOOP;
	END
	$$;
	SELECT count(*) FROM call_times(:calls / 10);
	\set before `"$BENCH_BUILD"/suggest_direct "$BENCH_URL" "$BENCH_CALLS"`
	SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) AS median, percentile_cont(0.99) WITHIN GROUP (ORDER BY t) AS slow
	FROM call_times(:calls) t \gset
	SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) AS trip_median, percentile_cont(0.99) WITHIN GROUP (ORDER BY t) AS trip_slow
	FROM round_trips(:calls) t \gset
	\set after `"$BENCH_BUILD"/suggest_direct "$BENCH_URL" "$BENCH_CALLS"`
	SELECT (split_part(:'before', ' ', 1)::float8 + split_part(:'after', ' ', 1)::float8) / 2 AS direct_median,
		(split_part(:'before', ' ', 2)::float8 + split_part(:'after', ' ', 2)::float8) / 2 AS direct_slow \gset
	CALL bench.record('aics_suggest against libcurl and a round trip, median', 'ms', claim => 0.2,
		ours => :median, peer => :direct_median + :trip_median);
	CALL bench.record('aics_suggest against libcurl and a round trip, 99%', 'ms',
		ours => :slow, peer => :direct_slow + :trip_slow);
	SELECT dblink_disconnect('other');
\endif

-- Eight sessions at once, and what that does to the engine's memory (of its
-- own, without shared memory, in MB).
CREATE FUNCTION engine_memory() RETURNS float8
	LANGUAGE sql AS $$
SELECT substring(pg_read_file('/proc/' || value || '/status', 0, 65536) FROM 'RssAnon:\s+(\d+) kB')::float8 / 1024
FROM aics_stats WHERE name = 'engine_pid'
$$;
SELECT greatest(:rows / 5 / 8, 100) AS calls \gset
\setenv BENCH_CALLS :calls
-- What eight processes that have libcurl alone get from the mock in a second.
\set direct_rate `for i in 1 2 3 4 5 6 7 8; do "$BENCH_BUILD"/suggest_direct "$BENCH_URL" "$BENCH_CALLS" & done | awk '{ rate += $3 } END { print rate }'`
SELECT bool_or(bench.is_wanted(name)) AS wanted
FROM unnest(ARRAY['aics_suggest of 8 sessions against 8 processes with libcurl', 'engine memory after that against before']) name \gset
\if :wanted
	\setenv BENCH_SCRIPT 'SELECT count(*) FROM aics_suggest(''left chronic otitis media status post'')'
	\! echo "$BENCH_SCRIPT" | pgbench -n -c 8 -j 2 -t 100 -f /dev/stdin >/dev/null
	SELECT engine_memory() AS before \gset
	\set rate `echo "$BENCH_SCRIPT" | pgbench -n -c 8 -j 2 -t "$BENCH_CALLS" -f /dev/stdin | sed -n 's/^tps = \([0-9.]*\).*/\1/p'`
	CALL bench.record('aics_suggest of 8 sessions against 8 processes with libcurl', 'calls/s', ours => :rate, peer => :direct_rate, claim => 0.1);
	CALL bench.record('engine memory after that against before', 'MB', claim => 0.7, ours => engine_memory(), peer => :before);
\endif

-- Queues so many notes and waits until all are done; the peer is in notes a second.
CREATE PROCEDURE drain(name text, notes int, peer float8, claim float8)
	LANGUAGE plpgsql AS $$
DECLARE
	job bigint;
	began timestamptz;
BEGIN
	IF NOT bench.is_wanted(name) THEN
		RETURN;
	END IF;
	SELECT aics_submit(array_agg('left chronic otitis media status post, patient ' || i)) INTO job
		FROM generate_series(1, notes) i;
	began := clock_timestamp();
	COMMIT;
	PERFORM aics_wait(job, '10 minutes');
	CALL bench.record(name, 'notes/s', notes / extract(epoch FROM clock_timestamp() - began)::float8, peer, claim);
	IF EXISTS (SELECT FROM aics_jobs WHERE id = job AND state <> 'done') THEN
		RAISE 'the queue was not drained';
	END IF;
END
$$;
CALL drain('queue of notes against 8 processes with libcurl', :rows / 10, :direct_rate, 0.05);

-- At 50 ms, eight requests at a time are the most that the settings allow.
SELECT :'url' || '/delay-50' AS slow_url \gset
ALTER SERVER aics OPTIONS (SET base_url :'slow_url');
\setenv BENCH_URL :slow_url
\set slow_rate `for i in 1 2 3 4 5 6 7 8; do "$BENCH_BUILD"/suggest_direct "$BENCH_URL" 20 & done | awk '{ rate += $3 } END { print rate }'`
CALL drain('queue at 50 ms against 8 processes with libcurl', greatest(:rows / 1000, 160), :slow_rate, 0.7);
ALTER SERVER aics OPTIONS (ADD notes_per_request '16');
CALL drain('queue at 50 ms, 16 notes a request, against 16 times that', greatest(:rows / 100, 2560), 16 * :slow_rate, 0.7);

-- How often the engine is woken while there is nothing to do and no drainer,
-- beside the server's own process for writing in the background.
CREATE FUNCTION switches_of(pid text) RETURNS bigint
	LANGUAGE sql AS $$
SELECT sum(n[1]::bigint)::bigint
FROM regexp_matches(pg_read_file('/proc/' || pid || '/status', 0, 65536), 'ctxt_switches:\s+(\d+)', 'g') n
$$;
CREATE FUNCTION switches_within(seconds float8, OUT engine bigint, OUT writer bigint)
	LANGUAGE plpgsql AS $$
DECLARE
	engine_pid text := (SELECT value FROM aics_stats WHERE name = 'engine_pid');
	writer_pid text := (SELECT pid FROM pg_stat_activity WHERE backend_type = 'background writer');
	engine_before bigint;
	writer_before bigint;
BEGIN
	WHILE EXISTS (SELECT FROM aics_stats WHERE name LIKE 'drainer%') LOOP
		PERFORM pg_sleep(0.1);
	END LOOP;
	LOOP
		engine_before := switches_of(engine_pid);
		PERFORM pg_sleep(0.1);
		EXIT WHEN switches_of(engine_pid) = engine_before;
	END LOOP;
	writer_before := switches_of(writer_pid);
	PERFORM pg_sleep(seconds);
	engine := switches_of(engine_pid) - engine_before;
	writer := switches_of(writer_pid) - writer_before;
END
$$;
SELECT bench.is_wanted('engine wakes in 10 s of rest against the background writer') AS wanted \gset
\if :wanted
	SELECT engine, writer FROM switches_within(least(:rows / 100000.0, 10)) \gset
	CALL bench.record('engine wakes in 10 s of rest against the background writer', 'wakes', claim => 1, ours => :engine, peer => :writer);
\endif
\o
\endif
