-- export: whole sets as lines, arrays and Bundles, and what changed of them

\i mapping_patient.sql
CREATE UNIQUE INDEX patient_key ON patient (id_no);
CREATE INDEX patient_updated_at ON patient (updated_at);
VACUUM ANALYZE patient;
SELECT current_setting('data_directory') || '/bench.ndjson' AS file \gset

-- The script's file, beside the bare table's by COPY: the psql of each counts.
\set exported `./ndjson_export "$BENCH_BUILD/export.ndjson"`
CALL bench.record('NDJSON to a file by fhir_export against the bare table', 's', claim => 0.25,
	ours => split_part(:'exported', ' ', 1)::float8, peer => split_part(:'exported', ' ', 2)::float8);
-- Lines in a file by COPY on the server.  Of the time, a third is its look at
-- each character, a third the file.
SELECT format($$COPY (SELECT fhir_ndjson('patient')) TO %L WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02', ENCODING 'UTF8')$$, :'file') AS lines,
	format('COPY patient TO %L', :'file' || '.bare') AS bare \gset
CALL bench.compare('NDJSON to a file by COPY against the bare table', rows => :rows, ours => :'lines', peer => :'bare');
-- The same by two workers, where processors are idle: COPY itself stays in one.
SELECT format($$COPY (SELECT fhir_json_from_row(p) FROM patient p) TO %L WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02', ENCODING 'UTF8')$$, :'file') AS mapped \gset
CALL bench.compare('NDJSON to a file by COPY and workers, the same', rows => :rows, ours => :'mapped', peer => :'bare',
	ours_settings => 'SET max_parallel_workers_per_gather = 2; SET parallel_tuple_cost = 0');
RESET parallel_tuple_cost;
SET max_parallel_workers_per_gather = 0;
CALL bench.compare('NDJSON in chunks to no file against the bare table', rows => :rows,
	ours => $$COPY (SELECT fhir_ndjson('patient', chunk_bytes => 65536)) TO '/dev/null' WITH (FORMAT binary)$$,
	peer => $$COPY patient TO '/dev/null'$$);
CALL bench.compare('NDJSON in order against no order', rows => :rows,
	ours => $$SELECT count(*) FROM (SELECT fhir_ndjson('patient', after => '')) s$$,
	peer => $$SELECT count(*) FROM (SELECT fhir_ndjson('patient')) s$$);

-- The same beside a loop in Python, where psycopg2 is.
\set have_python `/usr/bin/python3 -c 'import psycopg2' 2>/dev/null && echo true || echo false`
\if :have_python
	SELECT greatest(:rows / 20, 1000) AS loop_rows \gset
	\setenv LOOP_ROWS :loop_rows
	\set loop `test -n "$LOOP_ROWS" && ./ndjson_loop.py "$LOOP_ROWS"`
	SELECT format('CALL bench.record(%L, %L, claim => 15, ours => %s, peer => %s)', 'NDJSON against a loop in Python', unit, ours, :loop)
	FROM bench.result WHERE name = 'NDJSON in chunks to no file against the bare table' \gexec
\endif

-- What has changed, a thousandth of the rows, beside all.
SELECT format($$SELECT count(*) FROM (SELECT fhir_ndjson('patient', %L)) s$$,
	max(updated_at) - interval '7 seconds' * (:rows / 1000 - 1)) AS changed FROM patient \gset
CALL bench.compare('since, 0.1% changed, against all', rows => :rows, unit => 'ms', claim => 30,
	ours => :'changed',
	peer => $$SELECT count(*) FROM (SELECT fhir_ndjson('patient')) s$$);

-- Bundles and arrays of 10,000, of a tenth and of all rows, one in a statement:
-- where the ratio is 1, time grows like the rows.  Each is made in a session of
-- its own, so that all take fresh memory; a session that has made one before has
-- memory for 10,000 at hand, for a million never, which is shown beside it.
-- pg_column_size() takes a value without a copy of it.
CREATE EXTENSION dblink;
CREATE TABLE small AS SELECT * FROM patient LIMIT least(10000, :rows / 10);
CREATE TABLE tenth AS SELECT * FROM patient LIMIT :rows / 10;
CREATE TABLE few AS SELECT * FROM patient LIMIT 10;
SELECT fhir_map(relation, :template) FROM unnest('{small,tenth,few}'::regclass[]) relation;
VACUUM ANALYZE small;
VACUUM ANALYZE tenth;
CREATE TABLE growth_size AS
SELECT 'small' AS relation, count(*) AS rows, 10 AS runs FROM small
UNION ALL SELECT 'tenth', count(*), 1 FROM tenth
UNION ALL SELECT 'patient', count(*), 1 FROM patient;
CREATE TABLE growth_time (relation text, run int, seconds float8);
-- Seconds of a statement over a relation, which stands in it as %s, in a session
-- that has run it over a few rows before.
CREATE FUNCTION fresh_seconds(statement text, relation text) RETURNS float8
	LANGUAGE plpgsql AS $$
DECLARE
	result float8;
BEGIN
	PERFORM bench.connect('fresh', '-c jit=off -c max_parallel_workers_per_gather=0');
	FOREACH relation IN ARRAY ARRAY['few', relation] LOOP
		SELECT seconds INTO result
		FROM dblink('fresh', format('SELECT bench.seconds(%L)', format(statement, relation))) AS t (seconds float8);
	END LOOP;
	PERFORM dblink_disconnect('fresh');
	RETURN result;
END
$$;
-- Measures a statement over each relation: in turn, the small one several times.
-- The first round is not counted: in it the machine's memory is taken up.
CREATE PROCEDURE growth(name text, statement text, claim float8 DEFAULT NULL, fresh boolean DEFAULT true)
	LANGUAGE plpgsql AS $$
DECLARE
	size record;
BEGIN
	IF NOT bench.is_wanted(name) THEN
		RETURN;
	END IF;
	FOR size IN SELECT s.*, run FROM generate_series(0, current_setting('bench.runs')::int) run, growth_size s, generate_series(1, s.runs) ORDER BY run LOOP
		INSERT INTO growth_time
		SELECT size.relation, size.run, CASE WHEN fresh THEN fresh_seconds(statement, size.relation) ELSE bench.seconds(format(statement, size.relation)) END;
	END LOOP;
	FOR size IN SELECT rows, us, first_value(rows) OVER w AS least, first_value(us) OVER w AS least_us
		FROM (SELECT rows, bench.in_unit(bench.median(array_agg(seconds)), rows, 'us/row') AS us
			FROM growth_time JOIN growth_size USING (relation) WHERE run > 0 GROUP BY rows) s WINDOW w AS (ORDER BY rows)
	LOOP
		IF size.rows > size.least THEN
			CALL bench.record(format('%s of %s against one of %s', name, size.rows, size.least), 'us/row', size.us, size.least_us, claim);
		END IF;
	END LOOP;
	TRUNCATE growth_time;
END
$$;
CALL growth('Bundle', 'SELECT pg_column_size(fhir_bundle(fhir_json_from_row(p.*))) FROM %s p', 0.87);
CALL growth('transaction Bundle', 'SELECT pg_column_size(fhir_bundle(fhir_json_from_row(p.*), ''transaction'')) FROM %s p');
CALL growth('get_data_fhir', 'SELECT pg_column_size(get_data_fhir(''%s''))', 0.87);
CALL growth('json_agg', 'SELECT pg_column_size(json_agg(fhir_json_from_row(p.*))) FROM %s p');
CALL growth('in one session, Bundle', 'SELECT pg_column_size(fhir_bundle(fhir_json_from_row(p.*))) FROM %s p', fresh => false);
CALL growth('in one session, get_data_fhir', 'SELECT pg_column_size(get_data_fhir(''%s''))', fresh => false);

-- An array of all rows, beside the loop that users write: it is quadratic.
CREATE FUNCTION data_loop(relation regclass) RETURNS json
	LANGUAGE plpgsql AS $$
DECLARE
	result text := '';
	resource text;
BEGIN
	FOR resource IN EXECUTE format('SELECT fhir_json_from_row(t.*)::text FROM %s t', relation) LOOP
		result := result || ',' || resource;
	END LOOP;
	RETURN '[' || substr(result, 2) || ']';
END
$$;
SELECT format('CREATE TABLE part_%s AS SELECT * FROM patient LIMIT %s', n, n), format('SELECT fhir_map(''part_%s'', template) FROM fhir_mapping WHERE name = ''patient''', n),
	format('ANALYZE part_%s', n),
	format($$CALL bench.compare('get_data_fhir of %s against a loop', rows => %s, unit => 'ms',
		ours => 'SELECT get_data_fhir(''part_%s'')', peer => 'SELECT data_loop(''part_%s'')')$$, n, n, n, n)
FROM unnest(ARRAY[1000, 2000, 4000]) n \gexec

-- What fetching resources from data clusters, one and two, costs the
-- coordinator, in processor time, beside fetching a plain column of the same
-- width.
CREATE EXTENSION postgres_fdw;
SELECT fhir_resource_view('patient');
CREATE TABLE plain AS SELECT id_no, resource::text AS resource FROM patient_resource;
VACUUM ANALYZE plain;
CREATE TABLE far_patient_resource (half int, resource text) PARTITION BY LIST (half);
CREATE TABLE far_plain (half int, resource text) PARTITION BY LIST (half);
SELECT format('CREATE SERVER data%s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, dbname %L, fetch_size ''5000'', async_capable ''true'')',
		half, current_setting('unix_socket_directories'), current_database()),
	format('CREATE USER MAPPING FOR CURRENT_USER SERVER data%s OPTIONS (user %L)', half, :'USER')
FROM generate_series(0, 1) half \gexec
SELECT format('CREATE VIEW %s_%s AS SELECT %s AS half, resource FROM %s WHERE hashtext(id_no) & 1 = %s', source, half, half, source, half),
	format('CREATE FOREIGN TABLE far_%s_%s PARTITION OF far_%s FOR VALUES IN (%s) SERVER data%s OPTIONS (table_name %L)',
		source, half, source, half, half, source || '_' || half)
FROM unnest('{patient_resource,plain}'::text[]) source, generate_series(0, 1) half \gexec
-- This backend's processor time so far, in seconds (ticks of 10 ms).
CREATE FUNCTION processor_seconds() RETURNS float8
	LANGUAGE sql AS $$
SELECT (split_part(s, ' ', 12)::float8 + split_part(s, ' ', 13)::float8) / 100
FROM substring(pg_read_file('/proc/' || pg_backend_pid() || '/stat', 0, 4096) FROM '\) (.*)') s
$$;
CREATE FUNCTION processor_time(statement text) RETURNS float8
	LANGUAGE plpgsql AS $$
DECLARE
	began float8 := processor_seconds();
BEGIN
	EXECUTE statement;
	RETURN greatest(processor_seconds() - began, 0.01);
END
$$;
SELECT format($$
	WITH runs AS MATERIALIZED (
		SELECT run, processor_time('SELECT resource FROM far_patient_resource%1$s') AS ours, processor_time('SELECT resource FROM far_plain%1$s') AS peer
		FROM generate_series(0, current_setting('bench.runs')::int) run
		WHERE %2$L ~ current_setting('bench.only')
	)
	INSERT INTO bench.result (name, ours, peer, unit, claim)
	SELECT %2$L, bench.median(array_agg(ours)) * 1e6 / n, bench.median(array_agg(peer)) * 1e6 / n, 'us/row', 0.83
	FROM runs, (SELECT count(*) FROM plain%1$s) c (n) WHERE run > 0 GROUP BY n$$, part, name)
FROM (VALUES ('_0', 'coordinator, resources against plain text'), ('', 'coordinator, two clusters, the same')) v (part, name) \gexec
