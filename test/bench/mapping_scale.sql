-- mapping_scale: what does not grow as it should not: width, sets, sessions

\i mapping_patient.sql

-- Two parallel workers beside one; the leader only gathers.  A new process has
-- to map each page of shared memory that it touches, which takes a tenth of the
-- time: so the table is one that is read through a few of them, as large ones are.
CREATE TABLE large AS TABLE patient UNION ALL TABLE patient;
VACUUM ANALYZE large;
SELECT fhir_map('large', :template);
CALL bench.compare('two workers against one', rows => 2 * :rows,
	ours => 'SELECT count(fhir_json_from_row(p)) FROM large p',
	peer => 'SELECT count(fhir_json_from_row(p)) FROM large p',
	ours_settings => 'SET parallel_leader_participation = off; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2',
	peer_settings => 'SET parallel_leader_participation = off; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 1');
DROP TABLE large;
RESET parallel_leader_participation;
SET max_parallel_workers_per_gather = 0;

-- Every row of a set as one JSON array: an aggregate beside a loop that
-- appends, as such functions are often written.  The loop is quadratic (with
-- jsonb's || it is ten times slower still).
CREATE FUNCTION append_loop(rows int) RETURNS json
	LANGUAGE plpgsql AS $$
DECLARE
	result text := '';
	p patient;
BEGIN
	FOR p IN SELECT * FROM patient LIMIT rows LOOP
		result := result || ',' || fhir_json_from_row(p);
	END LOOP;
	RETURN '[' || substr(result, 2) || ']';
END
$$;
SELECT format($$CALL bench.compare('array of %s rows against a loop', rows => %s, unit => 'ms',
	ours => 'SELECT jsonb_agg(fhir_from_row(p, ''patient'')) FROM (SELECT * FROM patient LIMIT %s) p',
	peer => 'SELECT append_loop(%s)')$$, n, n, n, n)
FROM unnest(ARRAY[1000, 2000, 4000, 8000]) n \gexec

-- 60 elements of a row of 100 columns, beside the same of a row of 60.
CREATE FUNCTION wide_template(elements int) RETURNS json
	LANGUAGE sql AS $$
SELECT json_build_object('resourceType', 'Basic', 'id', '{id}',
	'code', '{"text": "wide"}'::json,
	'extension', json_agg(json_build_object('url', 'urn:example:' || i, 'valueString', '{c' || i || '}')))
FROM generate_series(1, elements) i
$$;
SELECT format('CREATE TABLE %s AS SELECT i AS id, %s FROM generate_series(1, %s) i', name,
	(SELECT string_agg(format('''value %s of '' || i AS c%s', c, c), ', ') FROM generate_series(1, width) c), :rows / 10)
FROM (VALUES ('wide', 100), ('narrow', 60)) AS t (name, width) \gexec
SELECT fhir_map('wide', wide_template(60)), fhir_map('narrow', wide_template(60));
CALL bench.compare('60 of 100 columns against 60 of 60', rows => :rows / 10, claim => 0.6,
	ours => 'SELECT count(fhir_json_from_row(w)) FROM wide w',
	peer => 'SELECT count(fhir_json_from_row(n)) FROM narrow n');

-- Registering 100 elements of a Patient: checked beside R4, and each expression
-- beside the columns.  The peer is the server's own analysis of the same in SQL.
CREATE FUNCTION checked_template() RETURNS json
	LANGUAGE sql AS $$
SELECT json_build_object('resourceType', 'Patient', 'id', '{id}', 'gender', 'unknown',
	'identifier', (SELECT json_agg(json_build_object('use', 'official', 'system', 'urn:example:' || i, 'value', '{c' || i || '}'))
		FROM generate_series(1, 10) i),
	'contact', (SELECT json_agg(json_build_object('gender', 'other',
		'relationship', json_build_array(json_build_object('coding', json_build_array(json_build_object(
			'system', 'http://terminology.hl7.org/CodeSystem/v2-0131', 'code', 'C')))),
		'name', json_build_object('family', '{c' || i || '}', 'given', json_build_array('{c' || i || '}')),
		'organization', json_build_object('reference', 'Organization/{c' || i || '}')))
		FROM generate_series(11, 18) i),
	'generalPractitioner', (SELECT json_agg(json_build_object('reference', 'Practitioner/{c' || i || '}'))
		FROM generate_series(31, 50) i))
$$;
SELECT format($view$CREATE OR REPLACE VIEW checked_view AS SELECT jsonb_build_object('resourceType', 'Patient', 'id', id::text, 'gender', 'unknown',
	'identifier', jsonb_build_array(%s), 'contact', jsonb_build_array(%s), 'generalPractitioner', jsonb_build_array(%s)) AS resource FROM wide$view$,
	(SELECT string_agg(format('jsonb_build_object(''use'', ''official'', ''system'', ''urn:example:%s'', ''value'', c%s)', i, i), ', ')
		FROM generate_series(1, 10) i),
	(SELECT string_agg(format('jsonb_build_object(''gender'', ''other'', ''relationship'', jsonb_build_array(jsonb_build_object(''coding'',
		jsonb_build_array(jsonb_build_object(''system'', ''http://terminology.hl7.org/CodeSystem/v2-0131'', ''code'', ''C'')))),
		''name'', jsonb_build_object(''family'', c%s, ''given'', jsonb_build_array(c%s)),
		''organization'', jsonb_build_object(''reference'', ''Organization/'' || c%s))', i, i, i), ', ') FROM generate_series(11, 18) i),
	(SELECT string_agg(format('jsonb_build_object(''reference'', ''Practitioner/'' || c%s)', i), ', ') FROM generate_series(31, 50) i)) AS checked_view \gset
CALL bench.compare('registering 100 elements, checked, against a view of the same', rows => 1, unit => 'ms', claim => 0.5,
	ours => 'SELECT fhir_map(''wide'', checked_template(), ''checked'')', peer => :'checked_view');

-- The first row of a new connection.
CREATE EXTENSION dblink;
INSERT INTO bench.result (name, ours, peer, unit)
SELECT 'first row of a connection', bench.first_seconds('SELECT fhir_from_row(p) FROM patient p LIMIT 1') * 1000,
	bench.first_seconds('SELECT ' || :'jsonb_peer' || ' FROM patient LIMIT 1') * 1000, 'ms'
WHERE 'first row of a connection' ~ current_setting('bench.only');

-- The memory of 500 mappings in one backend, in megabytes, beside that of as many
-- prepared statements of the same.
SELECT format('CREATE TABLE m%s (id text, name text, family text, given text, phone text, sex text, birth_date date, road text, city text, zip text, id_no text, chart_no text, updated_at timestamptz)', i)
FROM generate_series(1, 500) i \gexec
SELECT count(fhir_map(('m' || i)::regclass, :template)) FROM generate_series(1, 500) i;
CREATE FUNCTION megabytes(names text[]) RETURNS float8
	LANGUAGE sql AS $$
SELECT coalesce(sum(total_bytes), 0)::float8 / 1048576 FROM pg_backend_memory_contexts WHERE name LIKE ANY (names)
$$;
SELECT megabytes('{CachedPlan%}') AS before \gset
DO $$
BEGIN
	FOR i IN 1..500 LOOP
		EXECUTE format('SELECT fhir_from_row(ROW(''1'',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,''1'',NULL,NULL)::m%s)', i);
		EXECUTE format('INSERT INTO m%s (id, id_no) VALUES (1, 1) RETURNING fhir_from_row(m%s)', i, i);	-- inlined
	END LOOP;
END
$$;
SET plan_cache_mode = force_generic_plan;
SELECT format('PREPARE m%s AS SELECT %s FROM m%s', i, :'jsonb_peer', i), format('EXECUTE m%s', i) FROM generate_series(1, 500) i \gexec
RESET plan_cache_mode;
CALL bench.record('500 mappings in one backend against prepared statements', 'MB', claim => 0.7,
	ours => megabytes('{fhir_bridge%,CachedExpression}'), peer => megabytes('{CachedPlan%}') - :before);
