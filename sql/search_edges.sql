-- Conditions on columns where the nearest shortcut would be wrong.
\set VERBOSITY terse
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE SCHEMA edge;
SELECT fhir_code_map('edge_item', '{"GLU": "X", "NA": "Y"}', 'urn:e');
CREATE TYPE edge.level AS ENUM ('low', 'high');
-- only the first CHECK says that there are no blanks around the column, in all of its rows
CREATE TABLE edge.lab (no int, trimmed text CHECK (trimmed = btrim(trimmed, E' \t\n\x0B\f\r')), raised text CHECK (raised = upper(raised)),
	other text CHECK (other = btrim(trimmed, E' \t\n\x0B\f\r') OR other <> ''), alone text, key char(3), level edge.level, taken date, name text, since text);
ALTER TABLE edge.lab ADD CONSTRAINT not_below CHECK (alone = btrim(alone, E' \t\n\x0B\f\r')) NO INHERIT;
CREATE TABLE edge.lab_below () INHERITS (edge.lab);
INSERT INTO edge.lab VALUES (1, 'GLU', ' GLU', 'GLU ', 'GLU', 'A B', 'low', current_date + 95, 'a', '2020'), (2, 'NA', 'NA', 'NA', 'NA', 'S', 'high', current_date - 95, '丿x', ' ');
INSERT INTO edge.lab_below VALUES (3, 'GLU', E'GLU\t', ' GLU ', ' GLU', 'AB', NULL, current_date + 101, '丿', '2020-05'), (4, NULL, NULL, NULL, NULL, NULL, NULL, current_date - 101, '丁', NULL);
SELECT fhir_map('edge.lab', '{"resourceType": "Observation", "id": "{fhir_id(''edge'', no)}", "status": "final", "identifier": [{"value": "{key}"}],
	"code": {"coding": [{"system": "urn:e", "code": "{fhir_code(''edge_item'', trimmed)}"}], "text": "{no}"}, "category": [{"coding": [{"code": "{fhir_code(''edge_item'', raised)}"}]}],
	"method": {"coding": [{"code": "{fhir_code(''edge_item'', other)}"}]}, "dataAbsentReason": {"coding": [{"code": "{fhir_code(''edge_item'', alone)}"}]},
	"valueCodeableConcept": {"coding": [{"code": "{level}"}]}, "effectiveDateTime": "{taken}"}', timezone => 'UTC', name => 'lab');
SELECT fhir_map('edge.lab', '{"resourceType": "Patient", "id": "{fhir_id(''person'', no)}", "name": [{"text": "{name}"}], "birthDate": "{taken}",
	"address": [{"$need": ["period"], "period": {"start": "{since}"}, "city": "Taipei"}]}', name => 'person', timezone => 'UTC');
SELECT fhir_publish('edge.lab'), fhir_publish('edge.person');
-- numbers of the rows that are found
CREATE FUNCTION found(type text, query text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(no::text, ' ' ORDER BY no), 'none') FROM json_array_elements(fhir_search(type, query, NULL, 'strict') -> 'entry') AS e
	JOIN edge.lab ON e -> 'resource' ->> 'id' IN (fhir_id('edge', no)::text, fhir_id('person', no)::text) $$;
SELECT query, found('Observation', query) FROM unnest(ARRAY['code=X', 'category=X', 'method=X', 'data-absent-reason=X', 'code=urn:e|Y', 'category:not=X']) AS query;
-- char(n) is written without its padding
SELECT query, found('Observation', query) FROM unnest(ARRAY['identifier=S', 'identifier=S%20', 'identifier=S%20%20', 'identifier=A%20B', 'identifier=AB', 'identifier=AB%20']) AS query;
SELECT left(query, 25) AS query, found('Observation', query) FROM unnest(ARRAY['value-concept=low', 'value-concept=high', 'value-concept=LOW', 'value-concept=none', 'value-concept=low,high', 'value-concept=' || repeat('x', 70)]) AS query;
SELECT answered, condition FROM fhir_search_explain('Observation', 'value-concept=low&value-concept=none');
-- a tenth of the distance to now, before and behind
SELECT found('Observation', 'date=ap' || current_date + 90) AS future, found('Observation', 'date=ap' || current_date - 90) AS past, found('Observation', 'date=ap' || current_date) AS now,
	found('Observation', 'date=ap' || current_date + 50) AS nearer, found('Observation', 'date=ap' || current_date + 112) AS farther;
-- the end of what begins so is a text of the encoding, too
SELECT query, found('Patient', query) FROM unnest(ARRAY['name=%E4%B8%BF', 'name=%E4%B8%BFX', 'name=%7F', 'name=a']) AS query;
SELECT condition FROM fhir_search_explain('Patient', 'name=%E4%B8%BF&name=z');
-- what is needed is a date in text
SELECT query, found('Patient', query) FROM unnest(ARRAY['address-city=tai', 'address-city:missing=true']) AS query;
-- of bounds of one column the narrower ones stay
SELECT (regexp_matches(statement, 'taken [<>]=? ''[0-9-]+''', 'g'))[1] AS bound FROM fhir_search_sql('Patient', 'birthdate=ge1980&birthdate=ge1970&birthdate=lt2000&birthdate=lt1990&birthdate=ge1975');
SELECT found('Patient', 'birthdate=ge1980&birthdate=ge' || current_date + 96), found('Patient', 'birthdate=lt3000&birthdate=lt' || current_date - 96 || '&birthdate=lt2900');
-- an index in another order than that of bytes does not serve beginnings; a _has is one of keys
CREATE INDEX by_language ON edge.lab (fhir_fold(name));
SELECT index FROM fhir_search_explain('Patient', 'name=z');
CREATE INDEX by_bytes ON edge.lab (fhir_fold(name) COLLATE "C");
SELECT index FROM fhir_search_explain('Patient', 'name=z');
SELECT fhir_map('edge.lab', '{"resourceType": "Encounter", "id": "{fhir_id(''stay'', no)}", "status": "finished", "class": {"code": "AMB"}, "subject": {"reference": "Patient/{fhir_id(''person'', no)}"}}', name => 'stay');
SELECT fhir_publish('edge.stay');
SELECT answered, condition FROM fhir_search_explain('Patient', '_has:Encounter:subject:status=finished');
SELECT json_array_length(fhir_search('Patient', 'name=a&_revinclude=Encounter:subject:Patient') -> 'entry') AS with_stay, json_array_length(fhir_search('Patient', 'name=a&_revinclude=Encounter:subject:Group') -> 'entry') AS without;
-- all is JSON: other formats are told
SELECT query, b #>> '{link,0,url}' AS self, b #>> '{entry,0,resource,issue,0,diagnostics}' AS told FROM unnest(ARRAY['_format=json', '_format=Application/FHIR+json;fhirVersion=4.0', '_format=application/fhir%2Bjson',
	'_format=xml', '_format=jsonx', '_pretty=true', '_pretty=x']) AS query, LATERAL (SELECT fhir_search('Patient', query || '&_id=x') AS b) s;
SELECT fhir_search('Patient', '_format=xml', NULL, 'strict');
SET client_min_messages = warning;
DROP SCHEMA edge CASCADE;
DROP FUNCTION found;
