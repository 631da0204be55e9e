-- _summary and _elements: which members stay, and that the resource says so.
\set VERBOSITY terse
SET timezone = 'UTC';
CREATE SCHEMA part;
CREATE TABLE part.person (no int PRIMARY KEY, name text, marital text, partner text);
INSERT INTO part.person VALUES (1, 'Ann', 'M', 'Bob');
CREATE TABLE part.visit (no int PRIMARY KEY, person int, began timestamptz);
INSERT INTO part.visit VALUES (1, 1, '2024-01-01Z');
-- Encounter.participant.period and .location are no part of a summary, so the second participant is not
SELECT fhir_map('part.person', '{"resourceType": "Patient", "id": "{fhir_id(''part'', no)}", "meta": {"tag": [{"code": "t"}]}, "implicitRules": "urn:rules", "language": "en",
	"text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">{name}</div>"}, "active": true, "name": [{"text": "{name}"}], "_birthDate": {"extension": [{"url": "urn:x", "valueString": "{name}"}]},
	"maritalStatus": {"text": "{marital}"}, "contact": [{"name": {"text": "{partner}"}}], "deceasedBoolean": false,
	"link": [{"id": "x", "other": {"display": "{partner}"}, "type": "seealso"}]}');
SELECT fhir_map('part.visit', '{"resourceType": "Encounter", "id": "{fhir_id(''visit'', no)}", "status": "finished", "class": {"code": "AMB"}, "subject": {"reference": "Patient/{fhir_id(''part'', person)}"},
	"participant": [{"individual": {"display": "{person}"}, "period": {"start": "{began}"}}, {"period": {"start": "{began}"}}],
	"location": [{"location": {"display": "{person}"}}], "length": {"value": "{no}", "unit": "h"}, "period": {"start": "{began}"}}', timezone => 'UTC');
SELECT fhir_publish('part.person'), fhir_publish('part.visit');
CREATE FUNCTION part_of(type text, query text, name text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(r #>> '{}', ' ') FROM (SELECT replace(replace((e -> 'resource' -> name)::text, fhir_id('part', 1)::text, '<1>'), fhir_id('visit', 1)::text, '<1>')::json AS r
		FROM json_array_elements(fhir_search(type, query, NULL, 'strict') -> 'entry') AS e WHERE (e -> 'resource' -> name) IS NOT NULL) s $$;
CREATE FUNCTION members(type text, query text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(k, ' ' ORDER BY k COLLATE "C") FROM json_array_elements(fhir_search(type, query, NULL, 'strict') -> 'entry') AS e, json_object_keys(e -> 'resource') AS k $$;
SELECT type, query, members(type, query) FROM (VALUES ('Patient', '_summary=true'), ('Patient', '_summary=text'), ('Patient', '_summary=data'), ('Patient', '_summary=false'),
	('Patient', '_elements=name,birthDate'), ('Patient', '_elements=deceased'), ('Patient', '_elements=nothing'), ('Encounter', '_summary=true'), ('Encounter', '_elements=period'),
	('Encounter', '_summary=true&_include=Encounter:subject')) AS q (type, query);
SELECT part_of('Encounter', '_summary=true', 'participant') AS participant;
SELECT part_of('Patient', '_summary=true', 'link') AS link, part_of('Patient', '_summary=true', 'meta') AS meta;
SELECT part_of('Encounter', '_elements=period', 'meta') AS meta, part_of('Encounter', '_summary=false', 'meta') AS whole;
SELECT fhir_search('Patient', '_summary=count');
SELECT fhir_search('Patient', '_summary=yes');
SELECT fhir_search('Patient', '_summary=TRUE');
DROP SCHEMA part CASCADE;
DROP FUNCTION part_of, members;
