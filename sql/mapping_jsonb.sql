-- jsonb values where a primitive belongs, or an object
SET client_min_messages = warning;
CREATE SCHEMA mapping_jsonb;
SET search_path = mapping_jsonb, public;
\pset format unaligned
\pset tuples_only on
CREATE TABLE doc (id int PRIMARY KEY, d jsonb);
INSERT INTO doc VALUES
	(1, '{"gender": "male", "active": true, "birth": "2000-01-01", "order": 2, "given": ["a", "b"], "name": {"text": "x"}, "weight": 70.5, "url": "http://a"}'),
	(2, '{"gender": "F"}'), (3, '{"active": "yes"}'), (4, '{"birth": "1 May"}'), (5, '{"order": "2"}'), (6, '{"order": 2.5}'), (7, '{"given": ["a", 1]}'),
	(8, '{"given": [["a"]]}'), (9, '{"name": "x"}'), (10, '{"gender": {"code": "male"}}'), (11, '{"gender": ["male"]}'), (12, '{"weight": "70"}'),
	(13, '{"url": "a b"}'), (14, '{"name": [{"text": "x"}]}'), (15, '{"active": null, "gender": "", "given": [], "name": {}}'), (16, '{"gender": 1}'), (17, '{"birth": "\u0007"}'), (18, '{"given": "a"}');
CREATE FUNCTION template() RETURNS json LANGUAGE sql AS $$ SELECT '{"resourceType": "Patient", "id": "{id}", "gender": "{d->''gender''}", "active": "{d->''active''}", "birthDate": "{d->''birth''}",
	"multipleBirthInteger": "{d->''order''}", "name": [{"given": "{d->''given''}"}, "{d->''name''}"], "extension": [{"url": "u:a", "valueDecimal": "{d->''weight''}"}], "photo": [{"url": "{d->''url''}"}]}'::json $$;
SELECT fhir_map('doc', template());
SELECT fhir_json_from_row(doc) FROM doc WHERE id IN (1, 15, 18) ORDER BY id;
SELECT fhir_from_row(doc) = fhir_json_from_row(doc)::jsonb FROM doc WHERE id = 1;
SELECT doc.id, f.severity, f.code, f.path, f.rule, f.diagnostics FROM doc, fhir_row_faults(doc) f ORDER BY id;
-- an export refuses them, the check tells of them, the validator would
CREATE TABLE refused (mapping text, key text, path text, source text, rule text, sqlstate text, diagnostics text);
SELECT count(*) FROM fhir_ndjson('doc', refused => 'refused');
SELECT string_agg(key, ',' ORDER BY key::int) FROM refused;
SELECT severity, path, rule, count FROM fhir_map_check('doc') ORDER BY path COLLATE "C", rule;
-- in the order of the setting
SELECT fhir_map('doc', template(), on_invalid => 'omit');
SELECT fhir_json_from_row(doc) FROM doc WHERE id IN (2, 3, 7, 9) ORDER BY id;
SELECT fhir_map('doc', template(), on_invalid => 'keep');
SELECT fhir_json_from_row(doc) FROM doc WHERE id IN (2, 3, 7, 9) ORDER BY id;
SET fhir_bridge.inline = off;
SELECT fhir_json_from_row(doc) FROM doc WHERE id IN (2, 3, 7, 9) ORDER BY id;
RESET fhir_bridge.inline;
SELECT fhir_map('doc', template());
SELECT fhir_json_from_row(doc) FROM doc WHERE id = 2;
SELECT fhir_json_from_row(doc) FROM doc WHERE id = 3;
DROP SCHEMA mapping_jsonb CASCADE;
