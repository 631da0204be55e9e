-- rule 5: $each over the rows of a sub-select, and sub-selects in braces
SET fhir_bridge.inline = off;	-- one statement registers a mapping and uses it
\pset format unaligned
\pset tuples_only on
-- a row's resource as text; both forms must be the same, to the byte
CREATE FUNCTION pg_temp.resource(r anyelement, mapping text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN b IS NOT DISTINCT FROM j::jsonb AND b::text IS NOT DISTINCT FROM j::jsonb::text AND
		pg_column_size(b) IS NOT DISTINCT FROM pg_column_size(j::jsonb) THEN coalesce(j::text, 'no resource')
		ELSE format('json %s but jsonb %s', j, b) END
	FROM (SELECT CASE WHEN mapping IS NULL THEN fhir_from_row(r) ELSE fhir_from_row(r, mapping) END,
		CASE WHEN mapping IS NULL THEN fhir_json_from_row(r) ELSE fhir_json_from_row(r, mapping) END) f (b, j)
$$;
CREATE SCHEMA mapping_children;
SET search_path = mapping_children, public;
CREATE TABLE encounter (id int PRIMARY KEY, patient text, doctor int, start timestamptz, code text);
CREATE TABLE diagnosis (enc int, seq int, icd text, notes text[], extra jsonb, at timestamptz, code text);
CREATE TABLE staff (no int, "Full Name" text);
INSERT INTO encounter VALUES (1, 'P1', 7, '2024-01-02 08:00+08', 'a'), (2, 'P2', 8, NULL, 'b'), (3, NULL, NULL, NULL, NULL);
INSERT INTO diagnosis VALUES (1, 2, 'I10', '{x,NULL,y}', '{"s":[1,null]}', '2024-01-02 00:00Z', 'c1'), (1, 1, 'E11.9', NULL, NULL, NULL, 'c2'),
	(1, 3, NULL, '{}', '[]', NULL, NULL), (2, 1, ' ', '{z}', '{"s":" "}', '2024-02-03 23:00Z', 'c3');
INSERT INTO staff VALUES (7, '陳醫師'), (8, NULL), (9, 'nobody''s');
CREATE FUNCTION rows(template json) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM fhir_map('mapping_children.encounter', template, timezone => 'Asia/Taipei', on_invalid => 'keep');
	RETURN QUERY SELECT id || ' ' || pg_temp.resource(e) FROM encounter e ORDER BY id;
END $$;

-- the author's order; empty rows and no rows make the array vanish; the relation's schema needs no name
SELECT rows($${"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"id":"{id}","diagnosis":[{"$each":"(SELECT icd, seq FROM diagnosis d WHERE d.enc = this.id ORDER BY seq) AS d",
	"condition":{"display":"{d.icd}"},"rank":"{CASE WHEN d.icd > ' ' THEN d.seq END}"}]}$$);
SELECT rows($${"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},"diagnosis":[{"$each":"(SELECT icd, row_number() OVER (ORDER BY seq DESC) AS n FROM mapping_children.diagnosis WHERE enc = id ORDER BY n) AS d",
	"condition":{"display":"{d.icd} of {patient}/{this.patient}"},"rank":"{d.n}"}]}$$);
-- one column: the name alone or with the column; aggregates, set operations, WITH, LIMIT
SELECT rows($${"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},"reasonCode":[{"$each":"(SELECT icd FROM diagnosis WHERE enc = id ORDER BY seq LIMIT 1) AS d","text":"{d} {d.icd}"},
	{"$each":"(WITH w AS (SELECT icd AS w FROM diagnosis WHERE enc = id) SELECT max(w) FROM w UNION ALL SELECT 'and ' || patient ORDER BY 1) AS d","text":"{d}"},{"text":"last"}]}$$);
SELECT rows($${"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},"reasonCode":[{"$each":"(VALUES (id, 'a'), (id * 2, 'b')) AS d","text":"{d.column1}{d.column2}"}]}$$);
-- $if per row, $need, $keep, times in the mapping's zone, jsonb and arrays of a child
SELECT rows($${"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},"diagnosis":[{"$each":"(SELECT * FROM diagnosis AS c WHERE c.enc = this.id ORDER BY c.seq) AS d","$if":"d.seq < 3","condition":{"display":"{d.icd}"},
	"extension":[{"url":"at","valueDateTime":"{d.at}"},{"url":"note","valueString":"{d.notes[1]}"}],"rank":"{d.seq}","use":{"text":"{d.extra -> 's' ->> 0}"}}]}$$);
SELECT rows($${"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},"diagnosis":[{"$each":"(SELECT seq, icd FROM diagnosis WHERE enc = id ORDER BY seq) AS d","$need":["condition"],"condition":{"display":"{d.icd}"},"rank":1}],
	"location":[{"$each":"(SELECT icd FROM diagnosis WHERE enc = id) AS d","$keep":true,"status":"active","location":{"display":"{d}"}}]}$$);
-- nothing but constants: once for each row
SELECT rows($${"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},"reasonCode":[{"$each":"(SELECT FROM diagnosis WHERE enc = id) AS d","text":"one"}]}$$);
-- nested: sub-select in sub-select, array in sub-select, sub-select in array, and each name in the inner ones
SELECT rows($${"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},"diagnosis":[{"$each":"(SELECT seq, icd, notes FROM diagnosis WHERE enc = id ORDER BY seq) AS d","condition":{"display":"{d.icd}"},
	"extension":[{"$each":"d.notes AS n","url":"n","valueString":"{n} {d.seq} {patient}"},{"$each":"(SELECT x.icd FROM diagnosis x WHERE x.enc = this.id AND x.seq < d.seq ORDER BY x.seq) AS p",
		"url":"before","valueString":"{p} before {d.icd} of {this.patient}"}]}]}$$);
SELECT rows($${"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},"participant":[{"$each":"ARRAY[doctor, 9] AS k","individual":{"display":"{(SELECT \"Full Name\" FROM staff s WHERE s.no = k)} {k}"},
	"type":[{"$each":"(SELECT s.no + k AS sum FROM staff s WHERE s.no <= k ORDER BY 1) AS t","text":"{t.sum} {k} {id}"}]}]}$$);
SELECT rows($${"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},"reasonCode":[{"$each":"(SELECT jsonb_agg(icd ORDER BY seq) AS j, jsonb_agg(seq ORDER BY seq) AS k FROM diagnosis WHERE enc = id) AS a",
	"coding":[{"$each":"a.j AS c","code":"{c}","display":"{c ->> 0} {a.k ->> 0}"}]}]}$$);
-- sub-selects in braces: alone, in text, in $if, an array spliced, EXISTS, IN
SELECT rows($${"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},"$if":"EXISTS (SELECT FROM staff WHERE no = doctor)","participant":[{"individual":{"display":"{(SELECT \"Full Name\" FROM staff WHERE no = doctor)}","reference":"Practitioner/{(SELECT no FROM staff WHERE no = doctor)}"}}],
	"reasonCode":[{"$if":"id IN (SELECT enc FROM diagnosis WHERE seq = 2)","text":"several","coding":[{"display":"{(SELECT count(*) FROM diagnosis WHERE enc = id)} of {patient}","code":"x"}]}],
	"serviceType":{"coding":["{ARRAY(SELECT jsonb_build_object('code', icd, 'display', NULL) FROM diagnosis WHERE enc = id ORDER BY seq)}"]}}$$);
-- what stands under a false $if is not evaluated, and each row decides for itself
SELECT rows($${"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},"reasonCode":[{"$if":"id > 3","text":"{(SELECT 1 / 0 FROM staff LIMIT 1)}"},{"$each":"(SELECT icd, seq FROM diagnosis WHERE enc = id ORDER BY seq) AS d","$if":"d.seq > 1","text":"{10 / (d.seq - 1)}"},
	{"$each":"(SELECT seq FROM diagnosis WHERE enc = id) AS d","coding":[{"$if":"d.seq > 1","code":"{10 / (d.seq - 1)}"}]}]}$$);
-- rows of no relation, by the mapping's name; a row as a whole in a sub-select
SELECT count(*) FROM rows('{"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},"diagnosis":[{"$each":"(SELECT icd FROM diagnosis WHERE enc = id ORDER BY seq) AS d","condition":{"display":"{d} {patient}"}}]}');
SELECT fhir_json_from_row(s, 'encounter') FROM (SELECT 'P9' AS patient, 1 AS id) s;
SELECT fhir_json_from_row(s, 'encounter') FROM (SELECT 'P9' AS patient, 1::bigint AS id) s;
SELECT rows($${"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},"reasonCode":[{"text":"{(SELECT to_jsonb(this) ->> 'patient' FROM staff WHERE no = doctor)}"}]}$$);
SELECT fhir_json_from_row(s, 'encounter') FROM (SELECT 'P9' AS patient, 1 AS id, 7 AS doctor, NULL::timestamptz AS start, NULL::text AS code) s;
-- the child's rows of this statement's snapshot
WITH gone AS (DELETE FROM diagnosis RETURNING enc) SELECT count(*), (SELECT fhir_json_from_row(e) FROM encounter e WHERE id = 1) FROM gone
WHERE fhir_map('encounter', '{"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},"reasonCode":[{"text":"{(SELECT count(*) FROM diagnosis)}"}]}') IS NOT NULL;
SELECT fhir_json_from_row(e) FROM encounter e WHERE id = 1;
-- which columns feed what: those of the sub-select, and those that stand beside d
SELECT count(*) FROM rows($${"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"id":"{(SELECT count(*) + id FROM diagnosis)}","diagnosis":[{"$each":"(SELECT seq, icd FROM diagnosis WHERE enc = id ORDER BY seq) AS d","$if":"doctor > 0","condition":{"display":"{d.icd} {patient}"},
	"extension":[{"$each":"(SELECT w.no FROM staff w WHERE w.no = d.seq) AS w","url":"u","valueInteger":"{w.no + doctor}"}]}]}$$);
SELECT step, path, source, columns, sql_type, written FROM fhir_map_explain('mapping_children.encounter');
SET client_min_messages = warning;
DROP SCHEMA mapping_children CASCADE;
