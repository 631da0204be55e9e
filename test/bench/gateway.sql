-- gateway: HTTP in front of all this, beside pgbench, Flask, COPY and psql
--
-- gateway_measure starts the gateway and the peers and measures; this makes
-- the table, of which a tenth of the rows is enough, and records the figures.

\set have_gateway `command -v python3 >/dev/null && echo true || echo false`
SELECT bool_or(bench.is_wanted(name)) AND :'have_gateway' AS wanted
FROM unnest(ARRAY['gateway: Patient read under a role against pgbench''s pipeline', 'gateway: 99% of these reads at 32 connections, the same',
	'gateway: 304 against 200, a patient of 0.3 kB', 'gateway: 304 against 200, a document of 40 kB', 'gateway: /fhir/data of 1,000 people against Flask and psycopg2',
	'gateway: /fhir/data of 1,000 people against gunicorn, psycopg2', 'gateway: $export against the bare COPY to a file',
	'gateway: resident, 1,000 idle clients, against Flask without any', 'gateway: ready after its start, against psql''s first answer']) name \gset
\if :wanted
CREATE SCHEMA ward;
CREATE TABLE ward.patient AS
SELECT 'p-' || n AS id, timestamptz '2024-01-01 00:00Z' + n * interval '1 minute' AS changed, 'C' || n AS chart, 'Family' || n AS family,
	'Given' || n AS given, CASE WHEN n % 2 = 0 THEN 'male' ELSE 'female' END AS gender, date '1950-01-01' + n % 20000 AS born
FROM generate_series(1, :rows / 10) n;
ALTER TABLE ward.patient ADD PRIMARY KEY (id);
CREATE TABLE ward.few AS SELECT * FROM ward.patient LIMIT 1000;
CREATE TABLE ward.document AS
SELECT 'd-' || n AS id, timestamptz '2024-01-01 00:00Z' AS changed, (SELECT string_agg(md5(n || '-' || i), ' ') FROM generate_series(1, 1212) i) AS text
FROM generate_series(1, 100) n;
ALTER TABLE ward.document ADD PRIMARY KEY (id);
VACUUM ANALYZE ward.patient, ward.few, ward.document;
\set template '{"resourceType": "Patient", "id": "{id}", "meta": {"lastUpdated": "{changed}"}, "identifier": [{"system": "https://hospital.example/chart", "value": "{chart}"}], "name": [{"family": "{family}", "given": ["{given}"]}], "gender": "{gender}", "birthDate": "{born}"}'
SELECT fhir_map('ward.patient', :'template'), fhir_publish('ward.patient');
-- of another type, so that a read looks into one table
SELECT fhir_map('ward.few', replace(:'template', 'Patient', 'Person')::json), fhir_publish('ward.few');
SELECT fhir_map('ward.document', '{"resourceType": "Basic", "id": "{id}", "meta": {"lastUpdated": "{changed}"}, "code": {"text": "{text}"}}'),
	fhir_publish('ward.document');

-- Roles are the cluster's: they may be there from another run.
SELECT format('CREATE ROLE %I LOGIN NOINHERIT', name)
FROM unnest(ARRAY['bench_gateway', 'bench_user']) name WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
GRANT bench_user TO bench_gateway;
GRANT USAGE ON SCHEMA ward TO bench_user;
GRANT SELECT ON ALL TABLES IN SCHEMA ward TO bench_user;

SELECT current_database() AS database, :rows / 10 AS patients \gset
\setenv PGDATABASE :database
\setenv BENCH_PATIENTS :patients
-- The gateway's own sessions, and pgbench's, have no settings of ours.
\setenv PGOPTIONS ''
CREATE TEMP TABLE figure (name text, unit text, ours float8, peer float8, claim text);
\copy figure FROM PROGRAM './gateway_measure "$BENCH_PATIENTS"'
SELECT format('CALL bench.record(%L, %L, %s, %s, %s)', name, unit, ours, peer, coalesce(nullif(claim, ''), 'NULL')) FROM figure \gexec
DROP OWNED BY bench_gateway, bench_user;
\endif
