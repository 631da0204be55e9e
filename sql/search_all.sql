-- Pages of all resources, whose statements have one plan for all pages.
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET timezone = 'UTC';
CREATE SCHEMA steady;
CREATE TABLE steady.person (id_no text NOT NULL, name text, seen date, changed timestamptz NOT NULL);
INSERT INTO steady.person SELECT 'P' || i, 'Name ' || i, CASE WHEN i % 3 > 0 THEN '2020-01-01'::date + i % 50 END, '2024-01-01Z'::timestamptz + i % 70 * interval '1 hour' FROM generate_series(1, 1500) i;
SELECT fhir_map('steady.person', '{"resourceType": "Patient", "id": "{fhir_id(''steady'', id_no)}", "meta": {"lastUpdated": "{changed}"}, "name": [{"text": "{name}"}], "birthDate": "{seen}"}');
SELECT fhir_publish('steady.person');
CREATE ROLE steady_reader;
GRANT USAGE ON SCHEMA steady TO steady_reader;
-- all pages, each as it follows from the last: their number, what they have, and whether it is in order
CREATE FUNCTION walk(query text, OUT pages int, OUT rows int, OUT ids int, OUT first text, OUT last text) LANGUAGE plpgsql AS $$
DECLARE b json; next text := query; all_ids text[] := '{}'; names text[] := '{}';
BEGIN
	pages := 0;
	WHILE next IS NOT NULL LOOP
		b := fhir_search('Patient', next);
		all_ids := all_ids || ARRAY(SELECT e #>> '{resource,id}' FROM json_array_elements(b -> 'entry') e);
		names := names || ARRAY(SELECT e #>> '{resource,name,0,text}' FROM json_array_elements(b -> 'entry') e);
		pages := pages + 1;
		next := (SELECT split_part(l ->> 'url', '?', 2) FROM json_array_elements(b -> 'link') l WHERE l ->> 'relation' = 'next');
	END LOOP;
	rows := cardinality(all_ids);
	ids := (SELECT count(DISTINCT i) FROM unnest(all_ids) i);
	first := names[1];
	last := names[cardinality(names)];
END $$;
SELECT query, w.* FROM unnest(ARRAY['', '_sort=-_lastUpdated', '_sort=_lastUpdated', '_sort=birthdate', '_sort=-birthdate,name', '_sort=name']) query, walk(query || '&_count=70') w;
CREATE INDEX person_changed ON steady.person (changed, id_no);
CREATE UNIQUE INDEX person_no ON steady.person (id_no);
CREATE INDEX person_seen ON steady.person (seen, id_no);
SELECT query, w.* FROM unnest(ARRAY['', '_sort=-_lastUpdated', '_sort=_lastUpdated', '_sort=birthdate', '_sort=-birthdate,name', '_sort=name']) query, walk(query || '&_count=70') w;
SELECT w.* FROM generate_series(495, 500) n, walk('_sort=-_lastUpdated&_count=' || n) w;
-- a second table of the type, at whose rows a page goes on; a policy; a mapping that shows fewer rows
CREATE TABLE steady.guest (no int PRIMARY KEY, seen date);
INSERT INTO steady.guest SELECT i, CASE WHEN i % 2 = 0 THEN '2020-01-10'::date + i END FROM generate_series(1, 45) i;
SELECT fhir_map('steady.guest', '{"resourceType": "Patient", "id": "{fhir_id(''guest'', no)}", "name": [{"text": "Guest {no}"}], "birthDate": "{seen}"}');
SELECT fhir_publish('steady.guest');
SELECT query, w.* FROM unnest(ARRAY['', '_sort=birthdate', '_sort=-birthdate']) query, walk(query || '&_count=70') w;
GRANT SELECT ON steady.person, steady.guest TO steady_reader;
ALTER TABLE steady.person ENABLE ROW LEVEL SECURITY;
CREATE POLICY part ON steady.person USING (name ~ '7');
SET ROLE steady_reader;
SELECT query, w.* FROM unnest(ARRAY['', '_sort=birthdate']) query, walk(query || '&_count=7') w;
RESET ROLE;
SELECT query, w.* FROM unnest(ARRAY['', '_sort=birthdate']) query, walk(query || '&_count=70') w;
SELECT fhir_map('steady.guest', '{"resourceType": "Patient", "$if": "no > 20", "id": "{fhir_id(''guest'', no)}", "name": [{"text": "Guest {no}"}], "birthDate": "{seen}"}');
SELECT query, w.* FROM unnest(ARRAY['', '_sort=birthdate']) query, walk(query || '&_count=70') w;
SELECT fhir_unpublish('steady.guest');
DROP SCHEMA steady CASCADE;
DROP FUNCTION walk;
DROP ROLE steady_reader;
