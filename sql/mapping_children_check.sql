-- faults in the rows of child tables: raised alike by both calls, and listed
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA mapping_children_check;
SET search_path = mapping_children_check, public;
CREATE TABLE encounter (id int PRIMARY KEY, start text);
CREATE TABLE diagnosis (enc int, seq int, icd text, at text);
INSERT INTO encounter VALUES (1, '2024-01-01'), (2, '2024-01-02'), (3, '2024-01-03'), (4, 'yesterday'), (5, NULL), (6, '2024');
INSERT INTO diagnosis VALUES (1, 1, 'I10', '2024-01-01'), (1, 2, 'I11', NULL), (2, 1, NULL, '2024-01-01'), (3, 0, 'I12', NULL), (5, 1, 'I13', 'never'), (2, 0, NULL, 'soon'), (6, 0, 'I14', NULL), (6, 1, NULL, '2024-01-06');
SELECT fhir_map('encounter', $${"resourceType":"Encounter","id":"check-{id}","status":"finished","class":{"code":"AMB"},"period":{"start":"{start}"},
	"diagnosis":[{"$each":"(SELECT * FROM diagnosis WHERE enc = id ORDER BY seq) AS d","condition":{"display":"{d.icd}"},"rank":"{d.seq}","use":{"text":"at {d.at::date}"}}]}$$);
CREATE FUNCTION try(row_id int, inline text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
	PERFORM set_config('fhir_bridge.inline', inline, true);
	RETURN fhir_json_from_row(e) FROM encounter e WHERE id = row_id;
EXCEPTION WHEN others THEN RETURN sqlstate || ' ' || sqlerrm;
END $$;
SELECT id, try(id, 'on') = try(id, 'off'), try(id, 'on') FROM encounter ORDER BY id;
SELECT e.id, f.* FROM encounter e, fhir_row_faults(e) f ORDER BY 1, 2, 3;
SELECT severity, path, rule, count, example FROM fhir_map_check('mapping_children_check.encounter') ORDER BY 1, 2, 3;
SET client_min_messages = warning;
DROP SCHEMA mapping_children_check CASCADE;
