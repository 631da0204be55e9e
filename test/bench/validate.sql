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

CREATE TABLE resource (resource jsonb);
INSERT INTO resource
SELECT line::jsonb
FROM (SELECT regexp_split_to_table(:'lines', '\n') AS line) l,
	generate_series(1, greatest(:rows / 10 / array_length(regexp_split_to_array(:'lines', '\n'), 1), 1));
CREATE TABLE resource_text (resource json);
INSERT INTO resource_text SELECT resource::text::json FROM resource;
-- as the peers have them: not compressed, and in the table itself
CREATE TABLE resource_plain (resource jsonb) WITH (toast_tuple_target = 8160);
ALTER TABLE resource_plain ALTER resource SET STORAGE EXTERNAL;
INSERT INTO resource_plain SELECT resource::text::jsonb FROM resource;
VACUUM ANALYZE resource, resource_text, resource_plain;
SELECT count(*) AS resources, count(*) > count(*) FILTER (WHERE fhir_is_valid(resource)) AS some_invalid FROM resource \gset

-- A validator that refuses what the peers accept would do less work.
\if :some_invalid
DO $$ BEGIN RAISE 'a resource of the benchmark is not valid'; END $$;
\endif

-- The table holds the same resources many times: their faults must not be remembered.
SET enable_memoize = off;

CALL bench.against('fhir_is_valid against medplum''s validateResource', rows => :resources, claim => 50,
	peer_us => nullif(:'medplum_us', '')::float8,
	ours => 'SELECT count(*) FILTER (WHERE fhir_is_valid(resource)) FROM resource');

CALL bench.against('fhir_validate against medplum''s validateResource', rows => :resources, claim => 50,
	peer_us => nullif(:'medplum_us', '')::float8,
	ours => 'SELECT count(f.code) FROM resource r LEFT JOIN LATERAL fhir_validate(r.resource) f ON true');

CALL bench.against('fhir_is_valid against ajv''s compiled schema', rows => :resources, claim => 5,
	peer_us => nullif(:'ajv_us', '')::float8,
	ours => 'SELECT count(*) FILTER (WHERE fhir_is_valid(resource)) FROM resource');

-- A process that was started for a set, beside a connection that was.
CREATE EXTENSION dblink;
CREATE TABLE resource_first AS SELECT resource FROM resource LIMIT 10000;
VACUUM ANALYZE resource_first;
SELECT count(*) AS first_resources FROM resource_first \gset
SELECT nullif(:'ajv_first_us', '') IS NOT NULL AS have_ajv_first \gset
\if :have_ajv_first
CALL bench.record('fhir_is_valid against ajv''s compiled schema, a new process for 10,000', 'us/row',
	ours => bench.first_seconds('SELECT count(*) FILTER (WHERE fhir_is_valid(resource)) FROM resource_first') * 1e6 / :first_resources,
	peer => :'ajv_first_us'::float8);
\endif

CALL bench.against('fhir_is_valid against ajv''s compiled schema, rows not compressed', rows => :resources,
	peer_us => nullif(:'ajv_us', '')::float8,
	ours => 'SELECT count(*) FILTER (WHERE fhir_is_valid(resource)) FROM resource_plain');

CALL bench.against('fhir_is_valid of json against JSON.parse and ajv''s compiled schema', rows => :resources,
	peer_us => nullif(:'ajv_text_us', '')::float8,
	ours => 'SELECT count(*) FILTER (WHERE fhir_is_valid(resource)) FROM resource_text');

CALL bench.against('fhir_validate against ajv''s compiled schema', rows => :resources,
	peer_us => nullif(:'ajv_us', '')::float8,
	ours => 'SELECT count(f.code) FROM resource r LEFT JOIN LATERAL fhir_validate(r.resource) f ON true');

CALL bench.against('fhir_validate against ajv''s compiled schema, all errors', rows => :resources,
	peer_us => nullif(:'ajv_all_us', '')::float8,
	ours => 'SELECT count(f.code) FROM resource r LEFT JOIN LATERAL fhir_validate(r.resource) f ON true');
\endif
