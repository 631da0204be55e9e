-- validate: checking resources, beside two validators of other programs
--
-- The peers run in Node.js, one thread, on the same resources.  validate_peer
-- prints a peer's time, or nothing when it cannot run: then bench.against()
-- leaves its comparisons out.

SELECT count(*) >= 2 AS have_validator FROM pg_proc WHERE proname IN ('fhir_validate', 'fhir_is_valid') \gset
\if :have_validator
\set medplum_us `./validate_peer medplum`
\set ajv_us `./validate_peer ajv`
\set ajv_all_us `./validate_peer ajv-all`
\set ajv_text_us `./validate_peer ajv-text`
\set ajv_first_us `./validate_peer ajv-first`
\set lines `cat "$BENCH_RESOURCES"`

-- Ours and the peers go over the same set of resources in memory, again and
-- again: it must not be so large that memory is what is measured.
CREATE TABLE resource (resource jsonb);
INSERT INTO resource
SELECT line::jsonb
FROM (SELECT regexp_split_to_table(:'lines', '\n') AS line) l,
	generate_series(1, greatest(least(:rows / 10, 10000) / array_length(regexp_split_to_array(:'lines', '\n'), 1), 1));
-- as text, as the peers have them: not compressed, and with another compression
CREATE TABLE resource_text (resource json) WITH (toast_tuple_target = 8160);
ALTER TABLE resource_text ALTER resource SET STORAGE EXTERNAL;
INSERT INTO resource_text SELECT resource::text::json FROM resource;
CREATE TABLE resource_plain (resource jsonb) WITH (toast_tuple_target = 8160);
ALTER TABLE resource_plain ALTER resource SET STORAGE EXTERNAL;
INSERT INTO resource_plain SELECT resource::text::jsonb FROM resource;
SELECT 'lz4' = ANY (enumvals) AS have_lz4 FROM pg_settings WHERE name = 'default_toast_compression' \gset
CREATE TABLE resource_lz4 (resource jsonb);
\if :have_lz4
ALTER TABLE resource_lz4 ALTER resource SET COMPRESSION lz4;
INSERT INTO resource_lz4 SELECT resource::text::jsonb FROM resource;
\endif
VACUUM ANALYZE resource, resource_text, resource_plain, resource_lz4;
SELECT count(*) AS resources, count(*) * 10 AS rows_seen, count(*) > count(*) FILTER (WHERE fhir_is_valid(resource)) AS some_invalid
FROM resource \gset

-- A validator that refuses what the peers accept would do less work.
\if :some_invalid
DO $$ BEGIN RAISE 'a resource of the benchmark is not valid'; END $$;
\endif

-- The table holds the same resources many times: their faults must not be remembered.
SET enable_memoize = off;

-- A statement that counts, ten times over.
CREATE FUNCTION again(statement text) RETURNS text
	LANGUAGE sql AS $$
SELECT format('SELECT sum(count) FROM generate_series(1, 10) pass, LATERAL (%s WHERE pass > 0) s', statement)
$$;

CALL bench.against('fhir_is_valid against medplum''s validateResource', rows => :rows_seen, claim => 50,
	peer_us => nullif(:'medplum_us', '')::float8,
	ours => again('SELECT count(*) FILTER (WHERE fhir_is_valid(resource)) FROM resource'));

CALL bench.against('fhir_validate against medplum''s validateResource', rows => :rows_seen, claim => 50,
	peer_us => nullif(:'medplum_us', '')::float8,
	ours => again('SELECT count(f.code) FROM resource r LEFT JOIN LATERAL fhir_validate(r.resource) f ON true'));

CALL bench.against('fhir_is_valid against ajv''s compiled schema', rows => :rows_seen, claim => 2,
	peer_us => nullif(:'ajv_us', '')::float8,
	ours => again('SELECT count(*) FILTER (WHERE fhir_is_valid(resource)) FROM resource_plain'));

CALL bench.against('fhir_is_valid against ajv''s compiled schema, rows compressed with pglz', rows => :rows_seen,
	peer_us => nullif(:'ajv_us', '')::float8,
	ours => again('SELECT count(*) FILTER (WHERE fhir_is_valid(resource)) FROM resource'));

\if :have_lz4
CALL bench.against('fhir_is_valid against ajv''s compiled schema, rows compressed with lz4', rows => :rows_seen,
	peer_us => nullif(:'ajv_us', '')::float8,
	ours => again('SELECT count(*) FILTER (WHERE fhir_is_valid(resource)) FROM resource_lz4'));
\endif

-- A process that was started for a set, beside a connection that was.
CREATE EXTENSION dblink;
SELECT nullif(:'ajv_first_us', '') IS NOT NULL AS have_ajv_first \gset
\if :have_ajv_first
CALL bench.record('fhir_is_valid against ajv''s compiled schema, a new process for 10,000', 'us/row',
	ours => bench.first_seconds('SELECT count(*) FILTER (WHERE fhir_is_valid(resource)) FROM resource') * 1e6 / :resources,
	peer => :'ajv_first_us'::float8);
\endif

CALL bench.against('fhir_is_valid of json against JSON.parse and ajv''s compiled schema', rows => :rows_seen,
	peer_us => nullif(:'ajv_text_us', '')::float8,
	ours => again('SELECT count(*) FILTER (WHERE fhir_is_valid(resource)) FROM resource_text'));

CALL bench.against('fhir_validate against ajv''s compiled schema', rows => :rows_seen,
	peer_us => nullif(:'ajv_us', '')::float8,
	ours => again('SELECT count(f.code) FROM resource_plain r LEFT JOIN LATERAL fhir_validate(r.resource) f ON true'));

CALL bench.against('fhir_validate against ajv''s compiled schema, all errors', rows => :rows_seen,
	peer_us => nullif(:'ajv_all_us', '')::float8,
	ours => again('SELECT count(f.code) FROM resource_plain r LEFT JOIN LATERAL fhir_validate(r.resource) f ON true'));
\endif
