-- a mapping's plan as rows
CREATE SCHEMA explain;
SET search_path = explain, public;
CREATE TABLE visitor (chart_no text PRIMARY KEY, name text, sex text, nicks text[], birth_date date, salary numeric, history jsonb, doctor_no int);
SELECT fhir_map('visitor', $m${
  "resourceType": "Patient",
  "$if": "name IS NOT NULL",
  "id": "{chart_no}",
  "active": true,
  "identifier": [{"use": "official", "system": "urn:{{chart}}", "value": "{chart_no}"}],
  "name": [{"$if": "sex <> 'X'", "use": "usual", "text": "{trim(name)}", "given": "{nicks}"}],
  "gender": "{CASE sex WHEN 'M' THEN 'male' ELSE 'female' END}",
  "birthDate": "{birth_date}",
  "_birthDate": {"$absent": "unknown"},
  "telecom": [
    {"$each": "history AS h", "$if": "h ? 'tel'", "system": "phone", "value": "{h ->> 'tel'} ({name})"}
  ],
  "generalPractitioner": [{"reference": "Practitioner/{doctor_no}"}]
}$m$);
SELECT step, path, source, columns, fhir_type, sql_type, written FROM fhir_map_explain('visitor');
-- where in the template
SELECT path, line, "column" FROM fhir_map_explain('explain.visitor') WHERE columns <> '{}' ORDER BY line, "column" LIMIT 4;
-- from a column to its elements, and columns that nothing uses
SELECT path, written FROM fhir_map_explain('visitor') WHERE 'name' = ANY (columns) ORDER BY path;
SELECT attname FROM pg_attribute WHERE attrelid = 'visitor'::regclass AND attnum > 0
EXCEPT SELECT unnest(columns) FROM fhir_map_explain('visitor');
-- constants that nothing can take away; a row as a whole
CREATE TABLE lab (id int PRIMARY KEY, value numeric);
SELECT fhir_map('lab', '{"resourceType": "Observation", "id": "{id}", "meta": {"profile": ["urn:p"]}, "status": "final", "code": {"coding": [{"system": "urn:s", "code": "c"}], "text": "{this::text}"},
	"valueQuantity": {"value": "{value}", "unit": "mmHg"}}');
SELECT path, source, columns, sql_type, written FROM fhir_map_explain('lab');

-- the plan follows the table; without a mapping there is nothing to explain
ALTER TABLE lab RENAME COLUMN value TO reading;
SELECT * FROM fhir_map_explain('lab');
SELECT * FROM fhir_map_explain('nothing');
SELECT * FROM fhir_map_explain(NULL);
DROP SCHEMA explain CASCADE;
