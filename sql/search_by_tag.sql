-- Rows by their tag, read from the index itself: as the executor would.
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET enable_seqscan = off;
SET enable_bitmapscan = off;
CREATE SCHEMA tagged;
CREATE TABLE tagged.person (gone int, id_no text NOT NULL, name text, seen date, changed timestamptz NOT NULL);
INSERT INTO tagged.person SELECT i, 'P' || i, 'Name ' || i, CASE WHEN i % 3 > 0 THEN '2020-01-01'::date + i % 50 END, '2024-01-01Z'::timestamptz + i % 70 * interval '1 hour' FROM generate_series(1, 1500) i;
ALTER TABLE tagged.person DROP gone, ADD city text NOT NULL DEFAULT 'Taichung';
CREATE INDEX person_tag ON tagged.person (fhir_index_id('tagged', id_no));
CREATE TABLE tagged.stay AS SELECT i AS no, 'P' || 1 + i % 300 AS id_no FROM generate_series(1, 600) i;
SELECT fhir_map('tagged.person', '{"resourceType": "Patient", "id": "{fhir_id(''tagged'', id_no)}", "meta": {"lastUpdated": "{changed}"}, "name": [{"text": "{name}"}], "birthDate": "{seen}",
	"address": [{"city": "{city}"}]}');
SELECT fhir_map('tagged.stay', '{"resourceType": "Encounter", "id": "{fhir_id(''stay'', no)}", "status": "finished", "class": {"code": "IMP"}, "subject": {"reference": "Patient/{fhir_id(''tagged'', id_no)}"}}');
SELECT fhir_publish('tagged.person'), fhir_publish('tagged.stay');
VACUUM ANALYZE tagged.person, tagged.stay;
CREATE FUNCTION id_of(no text) RETURNS text SECURITY DEFINER LANGUAGE sql AS $$ SELECT fhir_id('tagged', no)::text $$;
CREATE FUNCTION person(no text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(fhir_read('Patient', id_of(no))::jsonb - 'resourceType' - 'id' - 'meta' || jsonb_build_object('stays', fhir_search('Encounter', '_count=0&patient=' || id_of(no)) ->> 'total'), '{"none": 0}')::text $$;

-- a column that came later, a row that was changed in its place, moved, deleted, and is there twice
SELECT person('P1'), person('P900'), person('Q1');
UPDATE tagged.person SET name = 'Ann' WHERE id_no = 'P1';
UPDATE tagged.person SET id_no = 'Q1', city = 'Taipei' WHERE id_no = 'P2';
DELETE FROM tagged.person WHERE id_no = 'P3';
SELECT person('P1'), person('P2'), person('Q1'), person('P3');
INSERT INTO tagged.person SELECT (p).* FROM (SELECT p FROM tagged.person p WHERE id_no = 'P4') AS one;
SELECT person('P4');
-- under the caller's snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT person('P5');
SAVEPOINT before;
DELETE FROM tagged.person WHERE id_no = 'P5';
SELECT person('P5');
ROLLBACK TO before;
SELECT person('P5');
COMMIT;
-- with the caller's rights
CREATE ROLE tagged_reader;
GRANT USAGE ON SCHEMA tagged TO tagged_reader;
SET ROLE tagged_reader;
SELECT person('P5');
RESET ROLE;
GRANT SELECT (id_no, name, seen, changed, city) ON tagged.person TO tagged_reader;
GRANT SELECT ON tagged.stay TO tagged_reader;
SET ROLE tagged_reader;
SELECT person('P5');
RESET ROLE;
REVOKE SELECT (city) ON tagged.person FROM tagged_reader;
SET ROLE tagged_reader;
SELECT person('P5');
SELECT fhir_search('Encounter', '_count=0&patient=' || id_of('P5')) ->> 'total' AS stays;
RESET ROLE;
-- by a view that reads the table with its owner's rights, and by one that reads it with the caller's
CREATE VIEW tagged.seen AS SELECT id_no, name FROM tagged.person;
SELECT fhir_map('tagged.seen', '{"resourceType": "Practitioner", "id": "{fhir_id(''tagged'', id_no)}", "name": [{"text": "{name}"}]}');
SELECT fhir_publish('tagged.seen');
GRANT SELECT ON tagged.seen TO tagged_reader;
REVOKE SELECT (id_no, name) ON tagged.person FROM tagged_reader;
SET ROLE tagged_reader;
SELECT fhir_read('Practitioner', id_of('P5')) -> 'name' AS name;
RESET ROLE;
ALTER VIEW tagged.seen SET (security_invoker = true);
SET ROLE tagged_reader;
SELECT fhir_read('Practitioner', id_of('P5')) -> 'name' AS name;
RESET ROLE;
-- another column of the index before the tag, another tag, the tag before another column, an index of another kind, and none
DROP INDEX tagged.person_tag;
CREATE INDEX person_tag ON tagged.person (city, fhir_index_id('tagged', id_no));
SELECT person('P1'), person('P900');
DROP INDEX tagged.person_tag;
CREATE INDEX person_tag ON tagged.person (fhir_index_id('other', id_no), fhir_index_id('tagged', id_no));
SELECT person('P1'), person('P900');
DROP INDEX tagged.person_tag;
CREATE INDEX person_tag ON tagged.person (fhir_index_id('tagged', id_no), city);
SELECT person('P1'), person('P900');
DROP INDEX tagged.person_tag;
CREATE INDEX person_tag ON tagged.person USING hash (fhir_index_id('tagged', id_no));
SELECT person('P1'), person('P900');
DROP INDEX tagged.person_tag;
SELECT person('P1'), person('P900');
DROP SCHEMA tagged CASCADE;
DROP FUNCTION id_of, person;
DROP ROLE tagged_reader;
