-- whole sets from wherever rows live: partitions, views, files, wide rows
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA export_places;
SET search_path = export_places, public;
-- the same from the array, the lines, and the lines in order
CREATE FUNCTION same(mapping text) RETURNS text LANGUAGE sql AS $$
	SELECT format('%s %s', bool_and(a = b AND b = c), string_agg(a, ' ' ORDER BY a)) FROM
		(SELECT j ->> 'id', row_number() OVER (ORDER BY j ->> 'id') FROM json_array_elements(get_data_fhir(mapping)) j) x (a, n) FULL JOIN
		(SELECT l::json ->> 'id', row_number() OVER (ORDER BY l::json ->> 'id') FROM fhir_ndjson(mapping) l) y (b, n) USING (n) FULL JOIN
		(SELECT l::json ->> 'id', row_number() OVER (ORDER BY l::json ->> 'id') FROM fhir_ndjson(mapping, after => '') l) z (c, n) USING (n) $$;
CREATE FUNCTION map(relation regclass, id text DEFAULT '{id}') RETURNS text LANGUAGE sql AS $$
	SELECT fhir_map(relation, json_build_object('resourceType', 'Patient', 'id', id, 'meta', json_build_object('lastUpdated', '{at}'), 'name', json_build_array(json_build_object('text', '{name}')))) $$;
-- partitions, one with its columns in another order, inherited rows
CREATE TABLE part (id text NOT NULL, name text, at timestamptz) PARTITION BY LIST (id);
CREATE TABLE part_a (at timestamptz, gone int, name text, id text NOT NULL);
ALTER TABLE part_a DROP gone;
ALTER TABLE part ATTACH PARTITION part_a FOR VALUES IN ('a');
CREATE TABLE part_b PARTITION OF part DEFAULT;
INSERT INTO part SELECT chr(97 + i), 'p' || i, timestamptz '2024-01-01' + i * interval '1 day' FROM generate_series(0, 4) i;
SELECT map('part'), same('part'), (SELECT count(*) FROM fhir_ndjson('part', '2024-01-03'));
SELECT fhir_ndjson('part', after => 'b')::json #>> '{name,0,text}';
-- a view over a join, its id made of both sides; a materialised view
CREATE TABLE visit (no int PRIMARY KEY, patient text, at timestamptz);
INSERT INTO visit SELECT i, chr(97 + i % 5), '2024-02-01' FROM generate_series(1, 7) i;
CREATE VIEW joined WITH (security_invoker) AS SELECT v.no, p.id, p.name, v.at FROM visit v JOIN part p ON p.id = v.patient;
CREATE MATERIALIZED VIEW kept AS SELECT * FROM part;
SELECT map('joined', '{id}-{no}'), same('joined'), map('kept'), same('kept');
SELECT fhir_ndjson('joined', after => 'b-6')::json ->> 'id';
-- a foreign table over a file
CREATE EXTENSION IF NOT EXISTS file_fdw;
CREATE SERVER export_file FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE f (id text, name text, at timestamptz) SERVER export_file
	OPTIONS (program 'printf ''f2,two,2024-01-02\nf1,one,2024-01-01\nf3,,\n''', format 'csv');
SELECT map('f'), same('f'), (SELECT count(*) FROM fhir_ndjson('f', '2024-01-02'));
-- a foreign table whose server sorts text otherwise
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
SELECT format('host %L, port %L, dbname %L', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database()) AS here,
	(SELECT coalesce(min(collname), 'C') FROM pg_collation WHERE collname = 'und-x-icu') AS other \gset
CREATE SERVER export_far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (:here, use_remote_estimate 'true');
CREATE USER MAPPING FOR CURRENT_USER SERVER export_far;
CREATE TABLE near (a text COLLATE :"other", b text COLLATE :"other", at timestamptz, PRIMARY KEY (a, b));
INSERT INTO near SELECT CASE WHEN i % 2 = 0 THEN 'a' ELSE 'B' END || i / 4, CASE WHEN i % 4 < 2 THEN 'x' ELSE 'Y' END, now() FROM generate_series(1, 40) i;
ANALYZE near;
CREATE FOREIGN TABLE far (a text, b text, at timestamptz) SERVER export_far OPTIONS (schema_name 'export_places', table_name 'near');
SELECT fhir_map('far', '{"resourceType":"Patient","id":"{a}.{b}"}');
SELECT count(*), bool_and((SELECT count(*) FROM fhir_ndjson('far', after => id)) = 40 - n)
	FROM (SELECT l::json ->> 'id', row_number() OVER () FROM (SELECT fhir_ndjson('far', after => '') l) s) s (id, n);
-- ids as DB2's HASH_MD5 makes them: the example of its manual; a padded CHAR column, as it was there
SELECT upper(replace(md5_uuid('ABCDEFGHIJKLMNOPQRZTUVWXYZ')::text, '-', '')) = 'E433BC7BE26A152E54E2EA0C92778160';
SELECT md5_uuid(id::text) = md5_uuid('A1'), md5_uuid(rpad(id, 4)) = md5_uuid('A1  ') FROM (VALUES ('A1'::char(4))) v (id);
-- a column that no template needs is not read: not even from where large values are kept
CREATE TABLE wide (id text PRIMARY KEY, name text, at timestamptz, photo text);
ALTER TABLE wide ALTER photo SET STORAGE EXTERNAL;
INSERT INTO wide SELECT i, 'w' || i, now(), repeat('x', 20000) FROM generate_series(1, 5) i;
SELECT map('wide'), same('wide');
SELECT pg_stat_force_next_flush() IS NULL;
BEGIN;
SELECT count(*) FROM fhir_ndjson('wide');
SELECT pg_stat_get_xact_numscans(indexrelid) FROM pg_index WHERE indrelid = (SELECT reltoastrelid FROM pg_class WHERE oid = 'wide'::regclass);
COMMIT;
-- expressions on the row as a whole
SELECT fhir_map('visit', '{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"id":"{(this).patient}{no}","meta":{"lastUpdated":"{at}"},"identifier":[{"value":"{num_nonnulls(this)}"}]}'), same('visit');
-- names that need quotes
CREATE TABLE "Odd ""name" ("The id" text, name text, at timestamptz);
INSERT INTO "Odd ""name" VALUES ('odd', NULL, NULL);
SELECT map('"Odd ""name"', '{"The id"}'), same('"Odd ""name"');
-- the resource as a column of a view
SELECT fhir_resource_view('part');
SELECT id, resource #>> '{name,0,text}' FROM part_resource WHERE id > 'c' ORDER BY id;
SELECT bool_and(resource::text = fhir_json_from_row(p)::text) FROM part_resource r JOIN part p USING (id);
SELECT fhir_resource_view('joined', 'public."Visits"', 'fhir');
SELECT count(fhir) FROM public."Visits";
SELECT obj_description('public."Visits"'::regclass), reloptions FROM pg_class WHERE oid = 'public."Visits"'::regclass;
DROP VIEW public."Visits";
-- also of a relation whose name is as long as one can be
SELECT relname AS long FROM (SELECT repeat('long', 20)::name) n (relname) \gset
CREATE TABLE :long (id text, name text, at timestamptz);
SELECT map(:'long'), fhir_resource_view(:'long') AS view \gset
SELECT :'view', count(*) FROM :view;
-- bad input
SELECT fhir_resource_view('part');
SELECT fhir_resource_view('part', 'v', 'name');
SELECT fhir_resource_view('nobody');
SELECT fhir_resource_view(NULL), fhir_resource_view('part', resource => NULL);
CREATE TYPE c AS (id text, name text, at timestamptz);
SELECT map('c');
\set VERBOSITY sqlstate
SELECT fhir_ndjson('c');
\set VERBOSITY default
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA export_places CASCADE; -- the next file checks mappings of its own alone
