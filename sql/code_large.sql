-- a code map of a terminology's size: right values, however they are found
CREATE SCHEMA code_large;
SET search_path = code_large, public;
\pset format unaligned
\pset tuples_only on
SET max_parallel_workers_per_gather = 0;
CREATE FUNCTION entries(wanted text) RETURNS TABLE (source text, code text, display text, system text) LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN i % 1000 = 0 THEN repeat('long ', 20) ELSE 'H' END || i, wanted || i, CASE WHEN i % 3 > 0 THEN 'display of ' || i END,
		CASE WHEN i % 7 = 0 THEN 'urn:own' END FROM generate_series(1, 300000) i $$;
-- nothing is known of a map's entries but by its functions
CREATE FUNCTION differing(wanted text, every int) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM (SELECT *, row_number() OVER () AS n FROM code_large.entries(wanted)) e WHERE n % every = 0 AND
		(fhir_code('large', ' ' || source) IS DISTINCT FROM code OR fhir_coding('large', source) IS DISTINCT FROM
			jsonb_strip_nulls(jsonb_build_object('code', code, 'display', display, 'system', coalesce(system, 'urn:map')))) $$;
SELECT fhir_code_map('large', $$SELECT * FROM code_large.entries('C') ORDER BY code DESC$$, 'urn:map', 'text');
SELECT count(*) FROM fhir_code_map_entry WHERE map = 'large';

-- by the index, then by the file, which the session has not made yet
SELECT differing('C', 100), differing('C', 1);
-- what is not there, or hardly differs
SELECT fhir_code('large', 'H'), fhir_code('large', 'H3000000'), fhir_code('large', repeat('long ', 20) || '1'), fhir_code('large', repeat('x', 5000)),
	fhir_code('large', ''), fhir_concept('large', 'h1'), fhir_concept('large', 'H1');
SELECT sum(total_bytes) < 200000 AS small FROM pg_backend_memory_contexts WHERE name ~ '^fhir_bridge code map';
SELECT count(*) FROM pg_ls_dir('base/pgsql_tmp') f, fhir_code_map WHERE map = 'large' AND f ~ ('^pgsql_tmp_fhir_code.*' || version);

-- another session finds the file; its memory is not that of a copy
\c -
SET search_path = code_large, public;
SELECT fhir_code('large', 'H1'), fhir_coding('large', 'H299999');
SELECT sum(total_bytes) < 200000 AS small FROM pg_backend_memory_contexts WHERE name ~ '^fhir_bridge code map';

-- read backwards by a search, from the file and, within a transaction that changed it, from the table
CREATE TABLE diagnosis (no int PRIMARY KEY, icd text);
INSERT INTO diagnosis SELECT i, source FROM entries('C') WITH ORDINALITY e (source, code, display, system, i) WHERE i IN (1, 2, 7, 1000, 299999);
SELECT fhir_map('code_large.diagnosis', '{"resourceType": "Condition", "id": "{fhir_id(''dx'', no)}", "subject": {"display": "nobody"}, "code": {"coding": ["{fhir_coding(''large'', icd)}"]}}');
SELECT fhir_publish('code_large.diagnosis');
CREATE FUNCTION found(query text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(e -> 'resource' #>> '{code,coding,0,code}', ',') FROM json_array_elements(fhir_search('Condition', query) -> 'entry') e $$;
SELECT code, found('code=' || code), found('code=urn:map|' || code), found('code=urn:own|' || code) FROM unnest('{C1,C2,C7,C1000,C299999,C3,H1,C}'::text[]) code;
SELECT found('code=urn:own|'), found('code:not=C1');
SELECT answered, condition ~ 'H299999' AS by_source FROM fhir_search_explain('Condition', 'code=C299999');
BEGIN;
UPDATE fhir_code_map_entry SET code = 'moved' WHERE map = 'large' AND source = 'H2';
SELECT found('code=C2'), found('code=moved'), found('code=C7');
ROLLBACK;
SELECT found('code=C2'), found('code=moved');
SELECT fhir_unmap('code_large.diagnosis');

-- a changed map, taken back: what a transaction sees is its own
BEGIN;
SELECT fhir_code_map('large', $$SELECT * FROM code_large.entries('D')$$, 'urn:map', 'text');
SELECT differing('D', 10);
SAVEPOINT direct;
UPDATE fhir_code_map_entry SET code = 'by hand' WHERE map = 'large' AND source = 'H1';
SELECT fhir_code('large', 'H1'), fhir_code('large', 'H2'), differing('D', 10);
ROLLBACK TO direct;
SELECT fhir_code('large', 'H1'), fhir_code('large', 'H2');
ROLLBACK;
SELECT fhir_code('large', 'H1'), differing('C', 10);

-- registered again: what is as it was stays where it is
CREATE TEMP TABLE places AS SELECT source, ctid AS place FROM fhir_code_map_entry WHERE map = 'large';
SELECT fhir_code_map('large', $$SELECT CASE source WHEN 'H5' THEN 'H5 new' ELSE source END, CASE source WHEN 'H7' THEN 'other' ELSE code END AS code,
	CASE WHEN source <> 'H8' THEN display END AS display, system FROM code_large.entries('C') WHERE source <> 'H6'$$, 'urn:map', 'omit');
SELECT count(*), count(*) FILTER (WHERE e.ctid IS DISTINCT FROM place) AS changed, string_agg(source, ',' ORDER BY source COLLATE "C") FILTER (WHERE e.ctid IS DISTINCT FROM place)
FROM (SELECT source, ctid FROM fhir_code_map_entry WHERE map = 'large') e FULL JOIN places USING (source);
SELECT fhir_code('large', 'H5'), fhir_code('large', 'H5 new'), fhir_code('large', 'H6'), fhir_code('large', 'H7'), fhir_coding('large', 'H8');

-- a map that got small, one that lost its version, and one that is gone
SELECT fhir_code_map('large', '{"H1": "one"}', unmapped => 'omit');
SELECT fhir_code('large', 'H1'), fhir_code('large', 'H2');
SELECT fhir_code_map('large', $$SELECT * FROM code_large.entries('E') LIMIT 25000$$, 'urn:map', 'default:none');
UPDATE fhir_code_map SET version = NULL WHERE map = 'large';
SELECT count(*) FILTER (WHERE fhir_code('large', source) = code), count(*) FILTER (WHERE fhir_code('large', source) = 'none')
FROM entries('E') WHERE code ~ '^E[0-9]{1,5}$';
DELETE FROM fhir_code_map_entry WHERE map = 'large';
DELETE FROM fhir_code_map WHERE map = 'large';
SELECT fhir_code('large', 'H1');
SET client_min_messages = warning;
DROP SCHEMA code_large CASCADE;
