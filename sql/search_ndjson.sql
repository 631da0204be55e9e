-- All that a search finds, as lines: the same resources as its pages have, from one look at the rows.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET timezone = 'UTC';
CREATE SCHEMA lines;
CREATE ROLE lines_reader;
CREATE ROLE lines_stranger;
GRANT USAGE ON SCHEMA lines TO lines_reader;
CREATE TABLE lines.patient (no int PRIMARY KEY, name text, room text, born date, changed timestamptz);
INSERT INTO lines.patient SELECT n, 'name ' || n % 7, CASE WHEN n % 2 = 0 THEN 'even' ELSE 'odd' END, date '1950-01-01' + n, timestamptz '2024-01-01 00:00Z' + n * interval '1 hour' FROM generate_series(1, 450) n;
CREATE TABLE lines.guest (no int PRIMARY KEY, name text);
INSERT INTO lines.guest SELECT n, 'guest ' || n FROM generate_series(1, 20) n;
CREATE TABLE lines.lab (no int PRIMARY KEY, patient int REFERENCES lines.patient, code text, value numeric);
INSERT INTO lines.lab SELECT n, nullif(n % 450, 0), (ARRAY['2339-0', '718-7', '2160-0'])[n % 3 + 1], n / 10.0 FROM generate_series(1, 1300) n;
SELECT fhir_map('lines.patient', '{"resourceType": "Patient", "id": "{fhir_id(''lines'', no)}", "meta": {"lastUpdated": "{changed}"}, "name": [{"text": "{name}"}], "birthDate": "{born}"}');
SELECT fhir_map('lines.guest', '{"resourceType": "Patient", "id": "{fhir_id(''guest'', no)}", "name": [{"text": "{name}"}]}');
SELECT fhir_map('lines.lab', '{"resourceType": "Observation", "id": "{fhir_id(''lab'', no)}", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "{code}"}]},
	"subject": {"reference": "Patient/{fhir_id(''lines'', patient)}"}, "valueQuantity": {"value": "{value}", "unit": "mg/dL"}}');
SELECT fhir_publish('lines.patient'), fhir_publish('lines.guest'), fhir_publish('lines.lab');
GRANT SELECT ON lines.patient, lines.guest, lines.lab TO lines_reader;

-- the resources of all pages of a search
CREATE FUNCTION paged(asked text, query text) RETURNS SETOF text LANGUAGE sql AS $$
	WITH RECURSIVE page AS (SELECT fhir_search(asked, concat_ws('&', nullif(query, ''), '_count=100'), NULL, 'strict') AS b
		UNION ALL SELECT fhir_search(asked, substr(l ->> 'url', strpos(l ->> 'url', '?') + 1), NULL, 'strict') FROM page, json_array_elements(b -> 'link') AS l WHERE l ->> 'relation' = 'next')
	SELECT (e -> 'resource')::text FROM page, json_array_elements(b -> 'entry') AS e WHERE e #>> '{search,mode}' = 'match' $$;
CREATE FUNCTION compared(asked text, query text, OUT lines bigint, OUT same boolean) LANGUAGE sql AS $$
	WITH ours AS MATERIALIZED (SELECT fhir_search_ndjson(asked, query) AS line)
	SELECT (SELECT count(*) FROM ours), NOT EXISTS (SELECT line FROM ours EXCEPT ALL SELECT paged(asked, query)) AND NOT EXISTS (SELECT paged(asked, query) EXCEPT ALL SELECT line FROM ours) $$;
SELECT asked, query, lines, same FROM (VALUES ('Patient', ''), ('Patient', 'name=name%203'), ('Patient', 'birthdate=ge1951'), ('Patient', '_lastUpdated=ge2024-01-05'), ('Patient', 'name=nobody'),
	('Patient', 'name:contains=UEST'), ('Patient', '_elements=birthDate'), ('Patient', '_summary=true'), ('Patient', '_has:Observation:patient:code=718-7'), ('Observation', ''), ('Observation', 'patient:missing=false'),
	('Observation', 'code=http://loinc.org%7C2339-0'), ('Observation', 'patient.birthdate=lt1950-02'), ('Observation', 'value-quantity=gt120')) AS given (asked, query), compared(asked, query);
SELECT count(*) AS by_default FROM fhir_search_ndjson('Patient');
SELECT count(*) AS of_no_type FROM fhir_search_ndjson(NULL);

-- larger values hold the same lines
SELECT chunk, count(*) > 1 AS several, min(length(value)) FILTER (WHERE n < last) >= chunk AS long_enough, sum(length(value) - length(replace(value, E'\n', '')) + 1) AS lines
FROM (SELECT chunk, value, n, max(n) OVER (PARTITION BY chunk) AS last
	FROM unnest(ARRAY[1, 1000, 20000]) AS chunk, LATERAL fhir_search_ndjson('Observation', NULL, chunk) WITH ORDINALITY AS found (value, n)) AS value GROUP BY chunk ORDER BY chunk;
-- who wants no more ends it
SELECT count(*) AS three FROM (SELECT fhir_search_ndjson('Observation') LIMIT 3) AS few;

-- a view is read once, where each page reads it anew
CREATE SEQUENCE lines.looks;
CREATE VIEW lines.costly AS SELECT no, value FROM (SELECT nextval('lines.looks') AS look OFFSET 0) AS one, lines.lab WHERE one.look > 0;
SELECT fhir_map('lines.costly', '{"resourceType": "Basic", "id": "{no}", "code": {"text": "{value}"}}');
SELECT fhir_publish('lines.costly');
SELECT count(*) FROM fhir_search_ndjson('Basic');
SELECT last_value AS looks FROM lines.looks;

-- rights and policies are the caller's
ALTER TABLE lines.patient ENABLE ROW LEVEL SECURITY;
CREATE POLICY even ON lines.patient USING (room = 'even');
SET ROLE lines_reader;
SELECT count(*) FROM fhir_search_ndjson('Patient', 'birthdate:missing=false');
RESET ROLE;
SET ROLE lines_stranger;
SELECT count(*) FROM fhir_search_ndjson('Observation');
RESET ROLE;

-- what has no meaning without pages, and what is no search
SELECT fhir_search_ndjson('Patient', '_count=5');
SELECT fhir_search_ndjson('Patient', '_sort=name');
SELECT fhir_search_ndjson('Observation', '_include=Observation:patient');
SELECT fhir_search_ndjson('Patient', '_summary=count');
SELECT fhir_search_ndjson('Patient', '_page=x');
SELECT fhir_search_ndjson('Patient', 'nonsense=1');
SELECT fhir_search_ndjson('Device');
SELECT fhir_search_ndjson('Patient', chunk_bytes => -1);
-- a row that makes no resource is an error, also behind many good ones; never a value in a message
INSERT INTO lines.lab VALUES (1301, 1, E'secret\x01', 1);
SELECT count(*) FROM (SELECT fhir_search_ndjson('Observation')) AS all_of_them;
SELECT count(*) FROM (SELECT fhir_search_ndjson('Observation', 'code=718-7')) AS others;
DELETE FROM lines.lab WHERE no = 1301;
CREATE VIEW lines.failing AS SELECT no, 1 / (1300 - no) AS value FROM lines.lab;
SELECT fhir_map('lines.failing', '{"resourceType": "Media", "id": "{no}", "status": "completed", "content": {"title": "{value}"}}');
SELECT fhir_publish('lines.failing');
SELECT count(*) FROM (SELECT fhir_search_ndjson('Media')) AS all_of_them;
SELECT fhir_unmap('lines.patient'), fhir_unmap('lines.guest'), fhir_unmap('lines.lab'), fhir_unmap('lines.costly'), fhir_unmap('lines.failing');
DROP FUNCTION paged, compared;
SET client_min_messages = warning;
DROP SCHEMA lines CASCADE;
DROP ROLE lines_reader, lines_stranger;
