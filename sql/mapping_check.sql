-- fhir_map_check: what is wrong with the rows of a mapped relation
\pset format unaligned
CREATE SCHEMA mapping_check;
SET search_path = mapping_check, public;
CREATE TABLE staff (no text PRIMARY KEY, gone boolean DEFAULT false);
INSERT INTO staff VALUES ('d1', false), ('d2', NULL), ('d3', true), ('d 4', false);
SELECT fhir_map('staff', '{"resourceType":"Practitioner","id":"{no}","$if":"NOT gone"}');
CREATE TABLE visit (no text, ward text, PRIMARY KEY (no, ward));
INSERT INTO visit VALUES ('v1', 'A');
SELECT fhir_map('visit', '{"resourceType":"Encounter","id":"e-{no}","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"}}');
SELECT fhir_code_map('check-sex', '{"M":"male","F":"female"}', unmapped => 'omit');
CREATE TABLE p (id text, part int, name text, sex text, born text, doctor text, visit text, weight numeric, unit text, ucum text, at text, state text, display text, system text, j jsonb, PRIMARY KEY (id, part));
SELECT fhir_map('p', $m${"resourceType":"Observation","id":"{lower(id)}","status":"final","code":{"coding":[{"system":"{system}","code":"{state}","display":"{display}"}],"text":"{name}"},
	"subject":{"reference":"Device/{id}"},"performer":[{"reference":"Practitioner/{doctor}"},{"reference":"Practitioner/{doctor}/_history/1"}],"encounter":{"reference":"Encounter/e-{visit}"},
	"effectiveDateTime":"{at}","valueQuantity":{"value":"{weight}","unit":"{unit}","system":"http://unitsofmeasure.org","code":"{ucum}"},
	"interpretation":["{j}"],"extension":[{"url":"http://h/x","valueCode":"{fhir_code('check-sex', sex)}"},{"url":"http://h/y","valueInteger":"{born::int}"}]}$m$);
INSERT INTO p VALUES ('g1', 1, 'Ann', 'M', '1', 'd1', 'v1', 1.5, 'kg', 'kg', '2024-01-01T10:00:00Z', 'active', 'Active', 'http://terminology.hl7.org/CodeSystem/condition-clinical', '{"text":"t"}'),
	('g2', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2024', 'x', NULL, 'http://h', NULL);
-- nothing is wrong; nothing is said
SELECT * FROM fhir_map_check('p');
-- one kind of fault after the other
INSERT INTO p VALUES ('G1', 1, 'duplicate', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2024', NULL, NULL, NULL, NULL),
	('r1', 1, 'gone', NULL, NULL, 'd3', NULL, NULL, NULL, NULL, '2024', NULL, NULL, NULL, NULL),
	('r2', 1, 'dangling', NULL, NULL, 'd9', 'v9', NULL, NULL, NULL, '2024', NULL, NULL, NULL, NULL),
	('b1', 1, ' blanks ', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2024', NULL, NULL, NULL, NULL),
	('u1', 1, 'unit', 'X', NULL, NULL, NULL, 1, 'kg', NULL, '2024', NULL, NULL, NULL, NULL),
	('u2', 2, 'unit', 'M', NULL, NULL, NULL, NULL, 'kg', NULL, '2024', NULL, NULL, NULL, NULL),
	('c1', 1, 'system', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2024', 'a', NULL, NULL, NULL),
	('c2', 1, 'display', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2024', 'active', 'Inactive', 'http://terminology.hl7.org/CodeSystem/condition-clinical', NULL),
	('t1', 1, 'offset', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2024-01-01T10:00:00', NULL, NULL, NULL, NULL),
	('t2', 1, 'time', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'noon', NULL, NULL, NULL, NULL),
	('x1', 1, 'cast', NULL, 'secret', NULL, NULL, NULL, NULL, NULL, '2024', NULL, NULL, NULL, NULL),
	('x2', 1, 'cast', NULL, '99999999999', NULL, NULL, NULL, NULL, NULL, '2024', NULL, NULL, NULL, NULL),
	('n1', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2024', NULL, NULL, NULL, NULL),
	('j1', 1, 'jsonb', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2024', NULL, NULL, NULL, '[{"texts":"secret"},{"coding":[{"code":"c"}]},{"coding":[{"code":"d"}]}]'),
	('i 1', 7, 'id', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2024', NULL, NULL, NULL, NULL);
SELECT severity, path, source, rule, count, example FROM fhir_map_check('p');
SELECT DISTINCT diagnostics FROM fhir_map_check('mapping_check.p') ORDER BY 1;
-- no value of a row but its key
SELECT count(*) FROM fhir_map_check('p') f WHERE f::text ~ 'secret';

-- two mappings that make the same type and id; each is told the other's row
CREATE VIEW half AS SELECT id, name FROM p WHERE id LIKE 'g%';
SELECT fhir_map('half', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"half"}}');
SELECT severity, path, source, rule, count, example FROM fhir_map_check('p') WHERE rule ~ 'two';
SELECT severity, path, source, rule, count, example, diagnostics FROM fhir_map_check('half');
-- rows without a primary key are told by where they stand; those of a view by nothing
CREATE TABLE k AS SELECT 'A'::text AS a, i FROM generate_series(1, 2500) i;
SELECT fhir_map('k', '{"resourceType":"Patient","id":"{a}{i % 2400}","gender":"{a}"}', on_invalid => 'omit');
SELECT severity, path, source, rule, count, example FROM fhir_map_check('k');
-- a sample of so many rows, each with the same chance; ids of other mappings are then not compared
SELECT count(*), sum(count) FROM fhir_map_check('k', 100) WHERE rule = 'required binding';
SELECT count(*) FROM fhir_map_check('k', 0);
SELECT count(DISTINCT example) > 1 AS random FROM generate_series(1, 10) i, LATERAL (SELECT example FROM fhir_map_check('k', i / i * 5) LIMIT 1) s;
-- rows that see themselves as a whole
SELECT fhir_map('k', '{"resourceType":"Patient","id":"{i}","name":[{"text":"{this::text}"}],"gender":"{concat(''m'', CASE WHEN this.i > 2 THEN ''ale'' END)}"}');
SELECT severity, path, source, rule, count, example FROM fhir_map_check('k');

SELECT * FROM fhir_map_check(NULL);
SELECT * FROM fhir_map_check('p', -1);
SELECT * FROM fhir_map_check('mapping_check.none');
ALTER TABLE p DROP COLUMN unit;
SELECT * FROM fhir_map_check('p');
DELETE FROM fhir_code_map WHERE map = 'check-sex';
-- R4's advice that no row follows is one finding, for the template; where some rows do, it is theirs
CREATE TABLE problem (id int PRIMARY KEY, code text);
INSERT INTO problem SELECT i, 'I10' FROM generate_series(1, 20) i;
CREATE FUNCTION problem_template(clinical text, active text) RETURNS json LANGUAGE sql AS $$ SELECT format('{"resourceType":"Condition","id":"{id}","subject":{"display":"p"},
	"clinicalStatus":{"coding":[{"$if":"%s","system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"%s"}]},"abatementDateTime":"2024-01-01",
	"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"{code}"}]},
	"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":"problem-list-item"}]}]}', clinical, active)::json $$;
SELECT fhir_map('problem', problem_template('false', 'resolved'));
SELECT severity, path, rule, count, example, diagnostics FROM fhir_map_check('problem');
SELECT fhir_map('problem', problem_template('id > 5', 'resolved'));
SELECT severity, path, rule, count, example, diagnostics FROM fhir_map_check('problem');
-- an error is one of every row, and stays so
SELECT fhir_map('problem', problem_template('true', 'active'));
SELECT severity, path, rule, count, example FROM fhir_map_check('problem');
SET client_min_messages = warning;
DROP SCHEMA mapping_check CASCADE;
