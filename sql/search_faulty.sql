-- Rows that raise errors: left out of pages, told of, the error of a read; never a whole page, never a value in a message.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET timezone = 'UTC';
CREATE SCHEMA bad;
SELECT fhir_code_map('bad_sex', '{"M": "male", "F": "female"}');
CREATE TABLE bad.person (no text, name text, sex text, born text, doctor text);
INSERT INTO bad.person VALUES ('1', 'Ann', 'M', '1970-01-01', '7'), ('2', 'Bea', '?', '1980-01-01', '7'), ('3', 'Cid', 'F', 'secret', '8'), ('4', 'Dan', 'M', '1990-01-01', '7');
CREATE TABLE bad.doctor (no int, name text, license text);
INSERT INTO bad.doctor VALUES (7, 'Who', '1'), (8, 'Zed', 'secret'), (9, 'Yin', '3');
SELECT fhir_map('bad.person', '{"resourceType": "Patient", "id": "{fhir_id(''bad'', no)}", "name": [{"text": "{name}"}], "gender": "{fhir_code(''bad_sex'', sex)}",
	"birthDate": "{born::date}", "generalPractitioner": [{"reference": "Practitioner/{fhir_id(''doctor'', doctor)}"}]}');
SELECT fhir_map('bad.doctor', '{"resourceType": "Practitioner", "id": "{fhir_id(''doctor'', no)}", "name": [{"text": "{name}"}], "identifier": [{"value": "{license::int}"}]}');
SELECT fhir_publish('bad.person'), fhir_publish('bad.doctor');
-- what a search finds, its total, and what it tells
CREATE FUNCTION found(type text, query text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', coalesce(string_agg(coalesce(e #>> '{resource,name,0,text}', e #>> '{resource,name}'), ' ' ORDER BY n), 'none'), 'of ' || (b ->> 'total'), ', ' || string_agg(e #>> '{resource,issue,0,diagnostics}', ' '))
	FROM fhir_search(type, query, NULL, 'strict') AS b LEFT JOIN json_array_elements(b -> 'entry') WITH ORDINALITY AS x (e, n) ON true GROUP BY b ->> 'total' $$;
SELECT query, found('Patient', query) FROM unnest(ARRAY['', 'name=bea', 'name=a', 'gender=male', 'birthdate=ge1980', '_sort=name', '_sort=birthdate', '_count=0', '_count=2', '_total=accurate',
	'birthdate:missing=false']) AS query;
-- chains and _has see a faulty row as it stands in the table; where its condition cannot be asked there, as no resource
SELECT query, found('Patient', query) FROM unnest(ARRAY['general-practitioner.name=who', 'general-practitioner.name=zed', 'general-practitioner.identifier=1', 'general-practitioner.identifier=secret']) AS query;
SELECT query, found('Practitioner', query) FROM unnest(ARRAY['_has:Patient:general-practitioner:name=ann', '_has:Patient:general-practitioner:name=cid', '_has:Patient:general-practitioner:birthdate=1970-01-01',
	'_has:Patient:general-practitioner:gender=male']) AS query;
SELECT json_array_length(fhir_search('Patient', 'name=ann&_include=Patient:general-practitioner') -> 'entry') AS with_doctor,
	json_array_length(fhir_search('Patient', 'name=dan&_include=Patient:general-practitioner') -> 'entry') AS with_doctor;
SELECT fhir_read('Patient', fhir_id('bad', '2')::text);
SELECT fhir_read('Patient', fhir_id('bad', '3')::text);
\echo :LAST_ERROR_SQLSTATE
SELECT fhir_read('Patient', fhir_id('bad', '1')::text) ->> 'birthDate' AS good;

-- an id that raises: the whole mapping is then answered on resources
CREATE TABLE bad.ward (no text, part text, name text);
INSERT INTO bad.ward SELECT i, 'p' || i % 2, 'Ward ' || i FROM generate_series(1, 9) i;
INSERT INTO bad.ward VALUES (NULL, 'p', 'no number');
SELECT fhir_map('bad.ward', '{"resourceType": "Location", "id": "{fhir_id(''ward'', no::int, substr(part, 1, length(part) - 1))}", "name": "{name}", "partOf": {"reference": "Location/{fhir_id(''ward'', no::int + 1, substr(part, 1, length(part) - 1))}"}}');
SELECT fhir_publish('bad.ward');
CREATE FUNCTION all_pages(query text, OUT rows int, OUT ids int, OUT pages int) LANGUAGE plpgsql AS $$
DECLARE b json; next text := query; found text[] := '{}';
BEGIN
	pages := 0;
	WHILE next IS NOT NULL LOOP
		b := fhir_search('Location', next);
		pages := pages + 1;
		found := found || (SELECT array_agg(e -> 'resource' ->> 'id') FROM json_array_elements(b -> 'entry') e WHERE e -> 'search' ->> 'mode' = 'match');
		next := (SELECT split_part(l ->> 'url', '?', 2) FROM json_array_elements(b -> 'link') l WHERE l ->> 'relation' = 'next');
	END LOOP;
	rows := cardinality(found);
	ids := (SELECT count(DISTINCT i) FROM unnest(found) i);
END $$;
SELECT * FROM all_pages('_count=4');
SELECT fhir_search('Location', '_count=4') -> 'link' -> 1 ->> 'url' AS page \gset
INSERT INTO bad.ward VALUES ('secret', 'p', 'no number'), ('5', '', 'no part');
SELECT * FROM all_pages('_count=4');
SELECT * FROM all_pages('_count=4&_sort=-name');
SELECT left(query, 16) AS query, found('Location', query) FROM unnest(ARRAY['name=ward%203', 'partof.name=ward%203', '_has:Location:partof:name=ward%203', 'partof=Location/' || fhir_id('ward', 3, 'p')]) AS query;
SELECT fhir_read('Location', fhir_id('ward', 3, 'p')::text) ->> 'name' AS name, fhir_read('Location', fhir_id('ward', 33, 'p')::text) AS none;
-- the page was made before: its place is by other keys
SELECT fhir_search('Location', split_part(:'page', '?', 2));
-- another mapping of the type is searched by its index as before; it is the last one
CREATE TABLE bad.zone (no int PRIMARY KEY, name text);
INSERT INTO bad.zone SELECT i, 'Zone ' || i FROM generate_series(1, 9) i;
CREATE INDEX zone_name ON bad.zone (fhir_fold(name) COLLATE "C");
SELECT fhir_map('bad.zone', '{"resourceType": "Location", "id": "{fhir_id(''zone'', no)}", "name": "{name}", "partOf": {"reference": "Location/{fhir_id(''ward'', 1, ''p'')}"}}'), fhir_publish('bad.zone');
SET enable_seqscan = off;
BEGIN;
SELECT query, found('Location', query) FROM unnest(ARRAY['name=zone%203', 'partof.name=ward%201&name=zone%203', 'name=ward%203']) AS query;
SELECT pg_stat_get_xact_numscans('bad.zone_name'::regclass) > 0 AS by_index;
COMMIT;
RESET enable_seqscan;
SELECT * FROM all_pages('_count=4');
SELECT * FROM all_pages('_count=4&_sort=-name');
-- a view that raises for its own rows: no page, and no value in the message
CREATE VIEW bad.licensed AS SELECT no, name, license::int AS license FROM bad.doctor;
SELECT fhir_map('bad.licensed', '{"resourceType": "Organization", "id": "{fhir_id(''licensed'', no)}", "name": "{name}", "identifier": [{"value": "{license}"}]}'), fhir_publish('bad.licensed');
SELECT fhir_search('Organization', 'name=who&identifier=1');
SELECT fhir_search('Organization', 'identifier:missing=false');
\echo :LAST_ERROR_SQLSTATE
SET client_min_messages = warning;
DROP SCHEMA bad CASCADE;
DROP FUNCTION found, all_pages;
