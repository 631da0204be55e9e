-- one meaning of error: what the check calls so, an export with a table for it refuses
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA export_judged;
SET search_path = export_judged, public;
CREATE TABLE visit (id int PRIMARY KEY, since date, until date, low numeric, high numeric, code text, part text, system text);
INSERT INTO visit VALUES (1, '2020-01-01', '2020-01-02', 1, 2, 'a', 'b', 'http://a.example'), (2, '2020-01-02', '2020-01-01', 1, 2, 'a', 'b', 'http://a.example'),
	(3, '2020-01-01', NULL, 2, 1, 'a', 'b', 'http://a.example'), (4, '2020-01-01', NULL, 1, 2, 'a', 'a', 'http://a.example'), (5, '2020-01-01', NULL, 1, 2, 'a', 'b', 'secret'),
	(6, '2020-01-02', '2020-01-01', 2, 1, 'a', 'b', 'http://a.example'), (7, '2020-01-01', NULL, 1, 2, 'a', 'b', 'http://a.example');
CREATE FUNCTION template() RETURNS json LANGUAGE sql AS $$ SELECT '{"resourceType": "Observation", "id": "{id}", "status": "final", "code": {"coding": [{"system": "{system}", "code": "{code}"}]},
	"effectivePeriod": {"start": "{since}", "end": "{until}"}, "referenceRange": [{"low": {"value": "{low}"}, "high": {"value": "{high}"}}], "valueString": "x",
	"component": [{"code": {"coding": [{"system": "{system}", "code": "{part}"}]}, "valueString": "{part}"}]}'::json $$;
SELECT fhir_map('visit', template());
CREATE TABLE refused (mapping text, key text, path text, source text, rule text, sqlstate text, diagnostics text);
SELECT string_agg(l::json ->> 'id', ',' ORDER BY l::json ->> 'id') FROM fhir_ndjson('visit', refused => 'refused') l;
SELECT key, path, rule, sqlstate FROM refused ORDER BY key, path COLLATE "C";
SELECT count(*) FROM refused WHERE diagnostics ~ 'secret';
-- the same errors, the same rows
SELECT rule, sum(count) FROM fhir_map_check('visit') WHERE severity = 'error' GROUP BY rule EXCEPT SELECT rule, count(*) FROM refused GROUP BY rule;
SELECT bool_and((SELECT count(*) FROM fhir_validate(fhir_json_from_row(v)) f WHERE f.severity = 'error') = (SELECT count(*) FROM refused WHERE key = v.id::text)) FROM visit v;
-- in order, from where it stopped, with a limit, and where the author keeps such values
SELECT string_agg(l::json ->> 'id', ',') FROM fhir_ndjson('visit', after => '3', refused => 'refused') l;
SELECT count(*) FROM fhir_ndjson('visit', refused => 'refused', reject_limit => 3);
SELECT count(*) FROM fhir_ndjson('visit', refused => 'refused', reject_limit => 5);
SELECT fhir_map('visit', template(), on_invalid => 'keep');
SELECT count(*) FROM fhir_ndjson('visit', refused => 'refused');
SELECT count(*) FROM fhir_ndjson('visit');
DROP SCHEMA export_judged CASCADE;
