-- fhir_ndjson with a table for the rows that the mapping refuses
\pset format unaligned
\pset null null
CREATE SCHEMA export_refused;
SET search_path = export_refused, public;
CREATE TABLE p (no int PRIMARY KEY, sex text, born text, n int, at timestamptz);
INSERT INTO p SELECT i, CASE i % 70 WHEN 0 THEN 'secret' ELSE 'male' END, CASE i % 50 WHEN 0 THEN 'secret' ELSE '1970-01-01' END,
	CASE i % 110 WHEN 0 THEN 0 ELSE 1 END, timestamptz '2024-01-01 00:00+00' + i * interval '1 hour' FROM generate_series(1, 400) i;
SELECT fhir_map('p', '{"resourceType":"Patient","$if":"no <> 1","id":"{no}","meta":{"lastUpdated":"{at}"},"gender":"{sex}","birthDate":"{born}",
	"multipleBirthInteger":"{1 / n}"}');
CREATE TABLE refused (mapping text, key text, path text, source text, rule text, sqlstate text, diagnostics text, no serial);
CREATE VIEW sums AS SELECT path, source, rule, sqlstate, count(*), min(key), diagnostics FROM refused GROUP BY path, source, rule, sqlstate, diagnostics;

-- the others have their lines, and each fault is told by its row's key, never by a value
SELECT fhir_ndjson('p') LIMIT 1;
SELECT count(*) FROM fhir_ndjson('p');
SELECT count(l), count(DISTINCT l) FROM (SELECT fhir_ndjson('p', refused => 'refused') l) s;
SELECT * FROM sums ORDER BY path;
SELECT count(*) FROM refused WHERE diagnostics ~ 'secret' OR mapping <> 'export_refused.p';
SELECT array_agg(path ORDER BY path) FROM refused WHERE key = '350';
-- they are those that fhir_row_faults tells of, and the lines those of the rows without
SELECT count(*) FROM (SELECT no::text, f.path FROM p, fhir_row_faults(p.*) f EXCEPT SELECT key, path FROM refused) s;
SELECT bool_and(l = fhir_json_from_row(p.*)::text) FROM (SELECT fhir_ndjson('p', refused => 'refused') l) s JOIN p ON no = (l::json ->> 'id')::int;
SELECT count(*) FROM (SELECT DISTINCT string_to_table(c, E'\n') FROM (SELECT fhir_ndjson('p', refused => 'refused', chunk_bytes => 3000) c) s) l;
-- in order, from a time on, and in parts
TRUNCATE refused;
SELECT count(*) FROM fhir_ndjson('p', '2024-01-10 00:00+00', '', refused => 'refused');
SELECT min(key::int), count(*) FROM refused;
SELECT md5(string_agg(l, '')) = (SELECT md5(string_agg(l, '')) FROM (SELECT fhir_ndjson('p', after => '99', refused => 'refused') l) a)
	FROM (SELECT fhir_ndjson('p', after => '', refused => 'refused') l) s WHERE (l::json ->> 'id')::int > 99;

-- what on_invalid lets pass is not refused, but what no resource can be without is
SELECT fhir_map('p', (template::jsonb - '$if' || '{"id":"{nullif(no, 2)}"}')::json, on_invalid => 'omit') FROM fhir_mapping WHERE relation = 'p'::regclass;
TRUNCATE refused;
SELECT count(*) FROM fhir_ndjson('p', refused => 'refused');
SELECT * FROM sums ORDER BY path;

-- a view, whose rows are told apart by what the id is made of; faults in a sub-select
CREATE TABLE visit (no int, doctor int, kind text);
INSERT INTO visit SELECT i, i, CASE i % 3 WHEN 0 THEN 'true' ELSE 'secret' END FROM generate_series(1, 4) i;
CREATE VIEW seen WITH (security_invoker = false) AS SELECT no AS nr, doctor, born FROM p JOIN visit USING (no);
SELECT fhir_map('seen', '{"resourceType":"Patient","id":"{doctor}-{nr}",
	"communication":[{"$each":"(SELECT born, kind FROM export_refused.visit v WHERE v.no = this.nr) AS v","language":{"text":"{v.kind}"},"preferred":"{v.kind::boolean}"}]}');
TRUNCATE refused;
SELECT fhir_ndjson('seen', refused => 'refused');
SELECT key, path, source, sqlstate FROM refused ORDER BY key;

-- a limit
SELECT count(*) FROM fhir_ndjson('seen', refused => 'refused', reject_limit => 3);
SELECT count(*) FROM fhir_ndjson('seen', refused => 'refused', reject_limit => 2);
SELECT count(*) FROM fhir_ndjson('seen', refused => 'refused', reject_limit => 0);
SELECT count(*) FROM refused;

-- any table that takes an INSERT of the caller's: partitions, triggers, policies, privileges on columns
CREATE TABLE parts (LIKE refused INCLUDING ALL, who name DEFAULT current_user) PARTITION BY LIST (rule);
CREATE TABLE part PARTITION OF parts DEFAULT;
CREATE FUNCTION hide() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.key := md5(NEW.key); RETURN NEW; END $$;
CREATE TRIGGER hide BEFORE INSERT ON parts FOR EACH ROW EXECUTE FUNCTION hide();
CREATE ROLE export_refused_reader;
GRANT USAGE ON SCHEMA export_refused TO export_refused_reader;
GRANT SELECT ON seen, visit TO export_refused_reader;
SET ROLE export_refused_reader;
SELECT count(*) FROM fhir_ndjson('seen', refused => 'parts');
RESET ROLE;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA export_refused TO export_refused_reader;
GRANT INSERT (mapping, key, path, source, rule, sqlstate, diagnostics) ON parts TO export_refused_reader;
ALTER TABLE parts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON parts WITH CHECK (mapping LIKE 'export_refused.%');
SET ROLE export_refused_reader;
SELECT count(*) FROM fhir_ndjson('seen', refused => 'parts');
RESET ROLE;
SELECT length(key), who, count(*) FROM parts GROUP BY 1, 2;
DROP POLICY own ON parts;
SET ROLE export_refused_reader;
SELECT count(*) FROM fhir_ndjson('seen', refused => 'parts');
RESET ROLE;

-- rows that were refused are there before the lines that come after them; a rollback takes them away
TRUNCATE refused;
BEGIN;
DECLARE c CURSOR FOR SELECT fhir_ndjson('p', after => '', refused => 'refused')::json ->> 'id' AS id;
MOVE 60 FROM c;
SELECT count(*) FROM refused;
SAVEPOINT s;
FETCH 10 FROM c;
ROLLBACK TO s;
CLOSE c;
COMMIT;
SELECT key FROM refused;
-- a read-only transaction may write a temporary table alone
CREATE TEMP TABLE kept (LIKE refused);
ALTER TABLE kept DROP no;
BEGIN READ ONLY;
SELECT count(*) FROM fhir_ndjson('p', refused => 'kept');
SELECT count(*) FROM kept;
SELECT count(*) FROM fhir_ndjson('p', refused => 'refused');
ROLLBACK;

-- what is no table for refused rows
SELECT fhir_ndjson('p', refused => 'none');
SELECT fhir_ndjson('p', refused => 1::oid);
SELECT fhir_ndjson('p', refused => 'visit');
ALTER TABLE kept ALTER sqlstate TYPE int USING 0;
SELECT fhir_ndjson('p', refused => 'kept');
ALTER TABLE kept ALTER sqlstate TYPE varchar(5);
SELECT count(*) FROM fhir_ndjson('p', refused => 'kept');
SELECT fhir_ndjson('p', reject_limit => 1);
SELECT fhir_ndjson('p', refused => 'refused', reject_limit => -1);
-- one that goes in the midst
BEGIN;
DECLARE c CURSOR FOR SELECT fhir_ndjson('p', after => '', refused => 'refused')::json ->> 'id' AS id;
MOVE 1 FROM c;
DROP TABLE refused CASCADE;
MOVE ALL FROM c;
ROLLBACK;
DROP OWNED BY export_refused_reader;
DROP ROLE export_refused_reader;
\set VERBOSITY default
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA export_refused CASCADE; -- the next file checks mappings of its own alone
