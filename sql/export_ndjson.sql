-- fhir_ndjson and get_data_fhir: every row, those that changed, in parts
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA export_ndjson;
SET search_path = export_ndjson, public;
CREATE TABLE p (id_no text PRIMARY KEY, name text, updated_at timestamptz, dead boolean DEFAULT false);
INSERT INTO p SELECT 'A' || 100 + i, 'name ' || i, timestamptz '2024-01-01 00:00+00' + i * interval '1 hour', i = 3 FROM generate_series(1, 300) i;
CREATE INDEX p_updated_at ON p (updated_at);
SELECT fhir_map('p', '{"resourceType":"Patient","$if":"NOT dead","id":"{md5_uuid(id_no)}","meta":{"lastUpdated":"{updated_at}"},"name":[{"text":"{name}"}]}');
SELECT fhir_ndjson('p') LIMIT 3;
SELECT fhir_ndjson('export_ndjson.p', after => '') LIMIT 1;
-- an array of all: the same values
SELECT count(*), count(DISTINCT l) FROM fhir_ndjson('p') l;
SELECT json_array_length(get_data_fhir('p')), (SELECT string_agg(l, ',') FROM fhir_ndjson('p') l) = btrim(get_data_fhir('p')::text, '[]');
SELECT l = fhir_json_from_row(p)::text FROM p, LATERAL (SELECT fhir_ndjson('p') l LIMIT 1) s WHERE id_no = 'A101';
CREATE TABLE none (LIKE p);
SELECT fhir_map('none', template) FROM fhir_mapping WHERE relation = 'p'::regclass;
SELECT get_data_fhir('none'), (SELECT count(*) FROM fhir_ndjson('none')), get_data_fhir(NULL) IS NULL;
-- quotes, line feeds and what is not ASCII stay one line
INSERT INTO none VALUES ('1', E'a "b"\n\\c\t陳', NULL, false);
SELECT fhir_ndjson('none'), get_data_fhir('none');
COPY (SELECT fhir_ndjson('none')) TO STDOUT WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02', ENCODING 'UTF8');
-- since: that instant and later, by the index on the column
SELECT count(*), min(l::json #>> '{meta,lastUpdated}') FROM fhir_ndjson('p', '2024-01-10 00:00+00') l;
SELECT count(*) FROM fhir_ndjson('p', since => '2030-01-01');
SELECT count(*) FROM fhir_ndjson('p', since => '-infinity');
VACUUM ANALYZE p;
SELECT pg_stat_force_next_flush() IS NULL;
BEGIN;
SET LOCAL enable_seqscan = off;
SELECT count(*) FROM fhir_ndjson('p', '2024-01-12 00:00+00');
SELECT pg_stat_get_xact_numscans('p_updated_at'::regclass);
-- after: in the order of the key behind the id, which its index gives
SELECT count(*) FROM fhir_ndjson('p', after => md5_uuid('A390')::text);
SELECT pg_stat_get_xact_numscans('p_pkey'::regclass);
COMMIT;
CREATE TEMP TABLE whole AS SELECT row_number() OVER () AS n, l, l::json ->> 'id' AS id FROM (SELECT fhir_ndjson('p', after => '') l) s;
SELECT bool_and(l = r) FROM (SELECT l, (row_number() OVER ()) n FROM fhir_ndjson('p', after => (SELECT id FROM whole WHERE n = 120)) l) a
	FULL JOIN (SELECT l AS r, n - 120 AS n FROM whole WHERE n > 120) b USING (n);
-- both together; the last id gives nothing
SELECT count(*) FROM fhir_ndjson('p', '2024-01-10 00:00+00', md5_uuid('A390')::text);
SELECT count(*) FROM fhir_ndjson('p', after => (SELECT id FROM whole ORDER BY n DESC LIMIT 1));
-- chunk_bytes: the same lines, several in a value
CREATE TEMP TABLE chunk AS SELECT row_number() OVER () AS n, c FROM (SELECT fhir_ndjson('p', after => '', chunk_bytes => 5000) c) s;
SELECT count(*) > 5, bool_and(octet_length(c) >= 5000 OR n = (SELECT max(n) FROM chunk)), max(octet_length(c)) < 5200,
	string_agg(c, E'\n' ORDER BY n) = (SELECT string_agg(l, E'\n' ORDER BY n) FROM whole) FROM chunk;
SELECT count(*), bool_and(c = ANY (SELECT l FROM whole)) FROM (SELECT fhir_ndjson('p', chunk_bytes => 1) c) s;
SELECT count(*) FROM fhir_ndjson('p', since => '2030-01-01', chunk_bytes => 5000);
SELECT fhir_ndjson('p', chunk_bytes => 0);
SELECT fhir_ndjson('p', chunk_bytes => 268435457);
-- a cursor reads on where it was; an export that is not read to its end leaves nothing open
BEGIN;
DECLARE c CURSOR FOR SELECT length(fhir_ndjson('p', after => ''));
FETCH 1 FROM c;
DECLARE d CURSOR FOR SELECT length(fhir_ndjson('p'));
FETCH 2 FROM d;
SAVEPOINT s;
CLOSE c;
FETCH 2 FROM d;
ROLLBACK TO s;
FETCH 1 FROM d;
CLOSE ALL;
COMMIT;
BEGIN;
DECLARE h CURSOR WITH HOLD FOR SELECT fhir_ndjson('p')::json ->> 'resourceType';
COMMIT;
MOVE 297 FROM h;
FETCH ALL FROM h;
CLOSE h;
SELECT count(*) FROM (SELECT fhir_ndjson('p') LIMIT 70) s;
SELECT g, (SELECT count(*) FROM fhir_ndjson('p', timestamptz '2024-01-13 00:00+00' + g * interval '1 hour')) FROM generate_series(1, 3) g;
-- bad input
SELECT fhir_ndjson(NULL);
SELECT fhir_ndjson('nobody');
SELECT get_data_fhir('nobody');
SELECT fhir_ndjson('p', after => 'ffffffff-ffff-ffff-ffff-ffffffffffff');
SELECT fhir_ndjson('p', after => 'no id');
\set VERBOSITY default
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA export_ndjson CASCADE; -- the next file checks mappings of its own alone
