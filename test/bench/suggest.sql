-- suggest: calls of the suggestion service through the engine
--
-- The service is a mock that answers at once, or after 50 ms.  Where the peer
-- is the promise, a ratio of 1 just keeps it.  psql's output is the mock's
-- standard input: the mock ends with it.

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

-- One session's calls, with those of libcurl itself before and after them.
SELECT greatest(:rows / 100, 1000) AS calls \gset
\setenv BENCH_CALLS :calls
SELECT bool_or(bench.is_wanted(name)) AS wanted
FROM unnest(ARRAY['aics_suggest, median, against libcurl alone', 'aics_suggest beyond libcurl, median; the peer is the promise',
	'aics_suggest beyond libcurl, 99%; the peer is the promise']) name \gset
\if :wanted
	SELECT count(*) FROM call_times(:calls / 10);
	\set before `"$BENCH_BUILD"/suggest_direct "$BENCH_URL" "$BENCH_CALLS"`
	SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) AS median, percentile_cont(0.99) WITHIN GROUP (ORDER BY t) AS slow
	FROM call_times(:calls) t \gset
	\set after `"$BENCH_BUILD"/suggest_direct "$BENCH_URL" "$BENCH_CALLS"`
	SELECT (split_part(:'before', ' ', 1)::float8 + split_part(:'after', ' ', 1)::float8) / 2 AS direct_median,
		(split_part(:'before', ' ', 2)::float8 + split_part(:'after', ' ', 2)::float8) / 2 AS direct_slow \gset
	CALL bench.record('aics_suggest, median, against libcurl alone', 'ms', ours => :median, peer => :direct_median);
	CALL bench.record('aics_suggest beyond libcurl, median; the peer is the promise', 'ms', claim => 1,
		ours => :median - :direct_median, peer => 0.3);
	CALL bench.record('aics_suggest beyond libcurl, 99%; the peer is the promise', 'ms', claim => 1,
		ours => :slow - :direct_slow, peer => 2);
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
SELECT bool_or(bench.is_wanted(name)) AS wanted
FROM unnest(ARRAY['aics_suggest of 8 sessions; the peer is the promise', 'engine memory, growth by that; the peer is the promise']) name \gset
\if :wanted
	\setenv BENCH_SCRIPT 'SELECT count(*) FROM aics_suggest(''left chronic otitis media status post'')'
	\! echo "$BENCH_SCRIPT" | pgbench -n -c 8 -j 2 -t 100 -f /dev/stdin >/dev/null
	SELECT engine_memory() AS before \gset
	\set rate `echo "$BENCH_SCRIPT" | pgbench -n -c 8 -j 2 -t "$BENCH_CALLS" -f /dev/stdin | sed -n 's/^tps = \([0-9.]*\).*/\1/p'`
	CALL bench.record('aics_suggest of 8 sessions; the peer is the promise', 'calls/s', ours => :rate, peer => 5000, claim => 1);
	CALL bench.record('engine memory, growth by that; the peer is the promise', 'MB', claim => 1,
		ours => engine_memory() - :before, peer => 2);
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
CALL drain('queue of notes; the peer is the promise', :rows / 10, 3000, 1);

-- At 50 ms, eight requests at a time are the most that the settings allow.
SELECT :'url' || '/delay-50' AS slow_url \gset
ALTER SERVER aics OPTIONS (SET base_url :'slow_url');
CALL drain('queue at 50 ms against what the service can do', greatest(:rows / 1000, 160), 8 / 0.05, 0.95);
ALTER SERVER aics OPTIONS (ADD notes_per_request '16');
CALL drain('queue at 50 ms, 16 notes a request, against that', greatest(:rows / 100, 2560), 8 * 16 / 0.05, 0.95);

-- How often the engine is woken while there is nothing to do and no drainer.
CREATE FUNCTION engine_switches() RETURNS bigint
	LANGUAGE sql AS $$
SELECT sum(n[1]::bigint)::bigint
FROM aics_stats, regexp_matches(pg_read_file('/proc/' || value || '/status', 0, 65536), 'ctxt_switches:\s+(\d+)', 'g') n
WHERE name = 'engine_pid'
$$;
CREATE FUNCTION switches_within(seconds float8) RETURNS bigint
	LANGUAGE plpgsql AS $$
DECLARE
	before bigint;
BEGIN
	WHILE EXISTS (SELECT FROM aics_stats WHERE name LIKE 'drainer%') LOOP
		PERFORM pg_sleep(0.1);
	END LOOP;
	LOOP
		before := engine_switches();
		PERFORM pg_sleep(0.1);
		EXIT WHEN engine_switches() = before;
	END LOOP;
	PERFORM pg_sleep(seconds);
	RETURN engine_switches() - before;
END
$$;
SELECT bench.is_wanted('engine wakes in 10 s of rest; the peer is the promise') AS wanted \gset
\if :wanted
	CALL bench.record('engine wakes in 10 s of rest; the peer is the promise', 'wakes', claim => 1,
		ours => switches_within(least(:rows / 100000.0, 10)), peer => 0);
\endif
\o
\endif
