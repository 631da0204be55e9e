-- whole sets show what the caller may select: columns, rows, roles, prepared statements
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA export_rights;
SET search_path = export_rights, public;
CREATE ROLE export_ward;
CREATE ROLE export_clerk;
CREATE ROLE export_nobody;
GRANT USAGE ON SCHEMA export_rights TO export_ward, export_clerk, export_nobody;
CREATE TABLE p (id_no text PRIMARY KEY, ward name, note text, at timestamptz);
INSERT INTO p SELECT 'A' || i, CASE WHEN i % 2 = 0 THEN 'export_ward' ELSE 'other' END, 'secret', timestamptz '2024-01-01' + i * interval '1 day' FROM generate_series(1, 6) i;
ALTER TABLE p ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON p USING (ward = current_user);
CREATE POLICY all_rows ON p TO export_clerk USING (true);
GRANT SELECT ON p TO export_ward;
GRANT SELECT (id_no, at) ON p TO export_clerk;
SELECT fhir_map('p', '{"resourceType":"Patient","id":"{fhir_id(''p'', id_no)}","meta":{"lastUpdated":"{at}"}}');
CREATE FUNCTION counts() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', json_array_length(get_data_fhir('p')), (SELECT count(*) FROM fhir_ndjson('p')), (SELECT count(*) FROM fhir_ndjson('p', '2024-01-05')),
		(SELECT count(*) FROM fhir_ndjson('p', after => (SELECT l::json ->> 'id' FROM (SELECT fhir_ndjson('p', after => '') l LIMIT 1) s)))) $$;
-- the owner sees all, a ward its own rows, a clerk all rows without the note
SELECT counts();
SET ROLE export_ward;
SELECT counts();
SET ROLE export_clerk;
SELECT counts();
SELECT count(note) FROM p;
SET ROLE export_nobody;
SELECT get_data_fhir('p');
SELECT fhir_ndjson('p');
RESET ROLE;
-- prepared statements, as a pooler gives them to one client after the other
PREPARE lines AS SELECT count(*) FROM (SELECT fhir_ndjson('p')) s;
PREPARE bundle AS SELECT json_array_length(fhir_bundle(p) -> 'entry') FROM p;
EXECUTE lines;
SET ROLE export_ward;
EXECUTE lines;
EXECUTE bundle;
RESET ROLE;
EXECUTE lines;
EXECUTE bundle;
SET row_security = off;
EXECUTE lines;
SET ROLE export_ward;
EXECUTE lines;
RESET ROLE;
RESET row_security;
-- a mapping replaced between two runs; search_path, time zone and date style changed
SELECT fhir_map('p', '{"resourceType":"Patient","$if":"id_no <> ''A1''","id":"{fhir_id(''p'', id_no)}","meta":{"lastUpdated":"{at}"}}');
EXECUTE lines;
SET search_path = public;
EXECUTE lines;
SET search_path = export_rights, public;
PREPARE one AS SELECT md5(string_agg(l, '|' ORDER BY l)) = $1 FROM public.fhir_ndjson('export_rights.p', '2024-01-02 00:00+00') l;
SELECT md5(string_agg(l, '|' ORDER BY l)) AS sum FROM fhir_ndjson('p', '2024-01-02 00:00+00') l \gset
SET timezone = 'Asia/Taipei'; SET datestyle = 'German'; SET intervalstyle = 'sql_standard'; SET search_path = '';
EXECUTE one(:'sum');
RESET timezone; RESET datestyle; RESET intervalstyle; SET search_path = export_rights, public;
-- nothing is left of the session's state, and everything still runs
DISCARD PLANS;
EXECUTE one(:'sum');
DISCARD ALL;
SET search_path = export_rights, public;
SELECT counts();
-- an operator of the caller's does not get into our queries
CREATE FUNCTION never(timestamptz, timestamptz) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR >= (LEFTARG = timestamptz, RIGHTARG = timestamptz, FUNCTION = never);
SET search_path = export_rights, pg_catalog, public;
SELECT count(*) FROM fhir_ndjson('p', '2024-01-05');
SET search_path = export_rights, public;
-- a function that security definer code calls, and a read-only transaction
CREATE FUNCTION definer() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = export_rights, public AS $$ SELECT count(*) FROM fhir_ndjson('p') $$;
SET ROLE export_ward;
SELECT definer();
RESET ROLE;
BEGIN READ ONLY;
SELECT counts();
COMMIT;
-- rows that are inserted while lines are read are not read
CREATE TABLE q (id int);
INSERT INTO q SELECT generate_series(1, 3);
SELECT fhir_map('q', '{"resourceType":"Patient","id":"{id}"}');
WITH i AS (INSERT INTO q SELECT 10 + (l::json ->> 'id')::int FROM (SELECT fhir_ndjson('q') l) s RETURNING id) SELECT string_agg(id::text, ' ') FROM i;
SELECT count(*) FROM fhir_ndjson('q');
-- bad input: a wrong row in the middle, a table dropped and changed under a prepared statement
ALTER TABLE q ADD birth text DEFAULT '2000-01-01';
UPDATE q SET birth = 'secret' WHERE id = 3;
SELECT fhir_map('q', '{"resourceType":"Patient","id":"{id}","birthDate":"{birth}"}');
SELECT count(*) FROM fhir_ndjson('q');
PREPARE q AS SELECT count(*) FROM (SELECT fhir_ndjson('q')) s;
UPDATE q SET birth = NULL;
EXECUTE q;
ALTER TABLE q ALTER birth DROP DEFAULT, ALTER birth TYPE date USING date '2001-01-01';
EXECUTE q;
ALTER TABLE q DROP birth;
EXECUTE q;
DROP TABLE q;
EXECUTE q;
SET ROLE export_nobody;
SELECT fhir_resource_view('p');
RESET ROLE;
DROP OWNED BY export_ward, export_clerk, export_nobody;
DROP ROLE export_ward, export_clerk, export_nobody;
\set VERBOSITY default
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA export_rights CASCADE; -- the next file checks mappings of its own alone
