-- resources without a mapping
CREATE SCHEMA try;
SET search_path = try, public;
CREATE TABLE visitor (chart_no text PRIMARY KEY, name text, sex text, born date, seen timestamp, salary numeric);
INSERT INTO visitor VALUES ('1', 'Lin', 'M', '1990-01-01', '2024-05-01 08:00', 1), ('2', NULL, 'F', NULL, NULL, 2), ('3', 'Wu', '?', '1991-01-01', NULL, 3);
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{chart_no}", "name": [{"text": "{name}"}], "birthDate": "{born}"}');
-- sample, time zone and faults of values as in fhir_map; a row left out is NULL
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{chart_no}", "deceasedDateTime": "{seen}"}', 1, 'Asia/Taipei');
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "$if": "name IS NOT NULL", "id": "{chart_no}"}', sample => 2);
SELECT count(*) FROM fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{chart_no}"}', 0);
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{chart_no}", "birthDate": "{name}"}', 1, NULL, 'omit');
-- rows as a whole, no column at all, an id, an array repeated
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{''x''}", "name": [{"text": "{this::text}"}]}', 1);
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{''x''}"}', 1);
SELECT r ->> 'id' = fhir_id('p', '1')::text AS same_id
FROM fhir_map_try('visitor', $${"resourceType": "Patient", "id": "{fhir_id('p', chart_no)}"}$$, 1) r;
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{''x''}", "name": [{"$each": "string_to_array(name, ''i'') AS part", "text": "{part}"}]}', 1);
-- any relation with rows: a view, a temporary table
CREATE VIEW seen AS SELECT * FROM visitor WHERE seen IS NOT NULL;
CREATE TEMP TABLE scratch AS SELECT * FROM visitor WHERE chart_no = '3';
SELECT fhir_map_try(r, '{"resourceType": "Patient", "id": "{chart_no}"}') FROM unnest(ARRAY['seen', 'scratch']::regclass[]) r;
-- nothing is left behind
SELECT count(*) FROM fhir_mapping WHERE relation = 'visitor'::regclass;
SELECT fhir_json_from_row(v) FROM visitor v;

-- the caller's rights: he needs the columns of the template, and no more
CREATE ROLE regress_trier;
GRANT USAGE ON SCHEMA try TO regress_trier;
GRANT SELECT (chart_no, name) ON visitor TO regress_trier;
CREATE FUNCTION try.shout(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT upper($1)';
SET ROLE regress_trier;
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{chart_no}", "name": [{"text": "{try.shout(name)}"}]}', 1);
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{chart_no}", "birthDate": "{born}"}', 1);
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{this::text}"}', 1);
SELECT fhir_map_try('visitor', $${"resourceType": "Patient", "id": "{fhir_id('p', chart_no)}"}$$, 1);
RESET ROLE;
-- a function of somebody else, called by its author, needs no approval here
ALTER FUNCTION try.shout(text) OWNER TO regress_trier;
SET ROLE regress_trier;
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{try.shout(chart_no)}"}', 1);
RESET ROLE;
-- row-level security
ALTER TABLE visitor ENABLE ROW LEVEL SECURITY;
CREATE POLICY two ON visitor FOR SELECT TO regress_trier USING (chart_no = '2');
SET ROLE regress_trier;
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{chart_no}"}');
RESET ROLE;

-- good rows beside what is wrong with bad ones: several faults, an expression that fails, a row left out; each outcome is itself valid
INSERT INTO visitor VALUES ('4', 'x', 'female', '1992-01-01', '2024-05-01 08:00', 0);
SELECT r, fhir_is_valid(r) FROM fhir_map_try('visitor', '{"resourceType": "Patient", "$if": "chart_no <> ''2''", "id": "{chart_no}", "gender": "{sex}", "language": "{(1 / salary)::int}", "birthDate": "{name}"}') r;
CREATE VIEW keyless AS SELECT sex FROM visitor WHERE chart_no >= '3' ORDER BY chart_no;
SELECT fhir_map_try('keyless', '{"resourceType": "Patient", "id": "{''x''}", "gender": "{sex}"}');
-- faults: of the template, of a row, of the arguments
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{no_column}", "nmae": "x"}');
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{chart_no}", "birthDate": "{name}"}');
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{chart_no}", "deceasedDateTime": "{seen}"}');
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{chart_no}"}', -1);
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{chart_no}"}', 1, NULL, 'maybe');
SELECT fhir_map_try('visitor', '{"resourceType": "Patient", "id": "{chart_no}"}', 1, 'Moon');
SELECT fhir_map_try('visitor', NULL);
SELECT fhir_map_try(NULL, '{"resourceType": "Patient", "id": "x"}');
SELECT fhir_map_try('visitor_pkey', '{"resourceType": "Patient", "id": "x"}');
DROP SCHEMA try CASCADE;
DROP ROLE regress_trier;
