-- a sub-select by a unique key of a small table is read once, and gives the same
CREATE SCHEMA mapping_gather;
SET search_path = mapping_gather, public;
\pset format unaligned
\pset tuples_only on
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE TABLE ward (code varchar(10) PRIMARY KEY, number int8 UNIQUE, uid uuid UNIQUE, opened date UNIQUE, name text, beds int2, flat bool,
	at timestamptz, tag char(3), price numeric, note text);
INSERT INTO ward SELECT 'W' || i, i, md5(i::text)::uuid, date '2024-01-01' + i, CASE WHEN i % 5 > 0 THEN 'ward ' || repeat('x', i) END, i, i % 2 = 0,
	'2024-01-01 00:00Z'::timestamptz + i * interval '1 hour', 't' || i % 10, i / 4.0, 'note ' || i FROM generate_series(1, 60) i;
INSERT INTO ward (code, name) VALUES ('none', 'nothing but a name');
CREATE TABLE stay AS SELECT i AS id, ('W' || i % 70)::text AS ward, (i % 70)::int2 AS number, md5((i % 70)::text)::uuid AS uid,
	date '2024-01-01' + i % 70 AS opened, i % 3 AS kind FROM generate_series(1, 1000) i;
INSERT INTO stay (id, kind) VALUES (1001, 0);
ANALYZE ward, stay;
CREATE FUNCTION differing(mapping text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	result bigint;
BEGIN
	CREATE TEMP TABLE inlined ON COMMIT DROP AS SELECT id, fhir_json_from_row(s, mapping)::text AS j, fhir_from_row(s, mapping) AS b FROM stay s;
	PERFORM set_config('fhir_bridge.inline', 'off', true);
	EXECUTE 'SELECT count(*) FROM stay s JOIN inlined USING (id) WHERE j IS DISTINCT FROM fhir_json_from_row(s, $1)::text OR b IS DISTINCT FROM fhir_from_row(s, $1)'
	INTO result USING mapping;
	PERFORM set_config('fhir_bridge.inline', 'on', true);
	DROP TABLE inlined;
	RETURN result;
END $$;
-- how many sub-selects are gathered in the plan
CREATE FUNCTION gathered(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	line text;
	n bigint := 0;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		n := n + (line ~ 'Output: .*fhir_bridge_gather\(')::int;
	END LOOP;
	RETURN n;
END $$;

-- keys and values of every type that is gathered
SELECT fhir_map('stay', $m${"resourceType": "Basic", "id": "{id}", "code": {"coding": [{"code": "{id}"}], "text": "{(SELECT name FROM mapping_gather.ward w WHERE w.code = this.ward)}"}, "extension": [
	{"url": "u:beds", "valueInteger": "{(SELECT beds FROM mapping_gather.ward w WHERE this.number = w.number)}"},
	{"url": "u:flat", "valueBoolean": "{(SELECT flat FROM mapping_gather.ward w WHERE w.uid = this.uid)}"},
	{"url": "u:at", "valueDateTime": "{(SELECT at FROM mapping_gather.ward w WHERE w.opened = this.opened)}"},
	{"url": "u:tag", "valueString": "{(SELECT tag FROM mapping_gather.ward w WHERE w.code = this.ward)}"},
	{"url": "u:uid", "valueString": "{(SELECT w.uid FROM mapping_gather.ward w WHERE w.number = this.number)} of {(SELECT w.opened FROM mapping_gather.ward w WHERE w.number = this.number)}"},
	{"$if": "kind = 1", "url": "u:number", "valueDecimal": "{(SELECT w.number FROM mapping_gather.ward w WHERE w.code = this.ward)}"}]}$m$);
SELECT gathered('SELECT fhir_json_from_row(s) FROM stay s'), differing('stay');
SELECT fhir_json_from_row(s) FROM stay s WHERE id IN (571, 1001) ORDER BY id;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT differing('stay');
RESET max_parallel_workers_per_gather;
-- a plan that is kept sees what is there by now
PREPARE kept AS SELECT count(*), count(fhir_from_row(s) #> '{code,text}') FROM stay s WHERE kind = 2;
EXECUTE kept;
UPDATE ward SET name = NULL WHERE number > 30;
EXECUTE kept;
SELECT differing('stay');

-- what is not gathered: conditions, computed values, others than unique keys, unknown sizes, views, order, policies
SELECT fhir_map('stay', replace($m${"resourceType": "Basic", "id": "{id}", "code": {"coding": [{"code": "{id}"}], "text": "{%s}"}}$m$, '%s', s)::json, 'other' || n),
	gathered(format('SELECT fhir_json_from_row(s, %L) FROM stay s', 'other' || n)), differing('other' || n)
FROM unnest(ARRAY['(SELECT name FROM mapping_gather.ward w WHERE w.code = this.ward AND flat)', '(SELECT name || name FROM mapping_gather.ward w WHERE w.code = this.ward)',
	'(SELECT price FROM mapping_gather.ward w WHERE w.code = this.ward)', '(SELECT name FROM mapping_gather.ward w WHERE w.code = this.ward LIMIT 1)',
	'(SELECT max(name) FROM mapping_gather.ward w WHERE w.code = this.ward)', '(SELECT code FROM mapping_gather.ward w WHERE w.note = ''note '' || this.number)',
	'(SELECT name FROM mapping_gather.ward w WHERE w.code > ''W59'' AND w.code = this.ward)']) WITH ORDINALITY u(s, n);
ALTER TABLE ward DROP CONSTRAINT ward_number_key;
SELECT gathered('SELECT fhir_json_from_row(s) FROM stay s');
UPDATE ward SET number = 7 WHERE number = 8;
SELECT fhir_from_row(s) FROM stay s;
DELETE FROM ward WHERE number = 7;
ALTER TABLE ward ADD UNIQUE (number) DEFERRABLE;
SELECT gathered('SELECT fhir_json_from_row(s) FROM stay s');
CREATE ROLE mapping_gather_reader;
GRANT USAGE ON SCHEMA mapping_gather TO mapping_gather_reader;
GRANT SELECT ON stay TO mapping_gather_reader;
GRANT SELECT (code, name, uid, flat, opened, at, tag, number) ON ward TO mapping_gather_reader;
SET ROLE mapping_gather_reader;
SELECT count(fhir_from_row(s)) FROM stay s;
RESET ROLE;
GRANT SELECT (beds) ON ward TO mapping_gather_reader;
SET ROLE mapping_gather_reader;
SELECT count(fhir_from_row(s)) FROM stay s;
RESET ROLE;
ALTER TABLE ward ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON ward FOR SELECT TO mapping_gather_reader USING (code < 'W3');
GRANT EXECUTE ON FUNCTION gathered TO mapping_gather_reader;
SET ROLE mapping_gather_reader;
SELECT gathered('SELECT fhir_json_from_row(s, ''other1'') FROM stay s'), gathered('SELECT fhir_json_from_row(s) FROM stay s');
SELECT count(fhir_from_row(s) -> 'code') FROM stay s;
RESET ROLE;
ALTER TABLE ward DISABLE ROW LEVEL SECURITY;
TRUNCATE ward;
SELECT count(fhir_from_row(s)), differing('stay') FROM stay s;

-- a key may be long; a table with values that are stored apart is not gathered
CREATE TABLE long (code text PRIMARY KEY, name text);
INSERT INTO long VALUES (repeat('x', 100000), 'by a long key'), ('W1', 'by a short one'), ('W2', NULL);
ANALYZE long;
UPDATE stay SET ward = repeat('x', 100000) WHERE id = 3;
SELECT fhir_map('stay', '{"resourceType": "Basic", "id": "{id}", "code": {"coding": [{"code": "{id}"}], "text": "{(SELECT name FROM mapping_gather.long l WHERE l.code = this.ward)}"}}', 'long');
SELECT gathered('SELECT fhir_json_from_row(s, ''long'') FROM stay s'), differing('long');
SELECT fhir_from_row(s, 'long') #>> '{code,text}' AS text, count(*) FROM stay s GROUP BY 1 ORDER BY 1;
UPDATE long SET name = (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 400) i) WHERE code = 'W2';
SELECT gathered('SELECT fhir_json_from_row(s, ''long'') FROM stay s'), differing('long');

-- nobody can make gathered rows
SELECT fhir_bridge_gathered('x', 1, 1);
SELECT fhir_bridge_gathered(fhir_bridge_gather(i, i), 'a'::text, 1) FROM generate_series(1, 3) i;
SELECT fhir_bridge_gathered(fhir_bridge_gather(i, i), 2, NULL::text) FROM generate_series(1, 3) i;
SELECT fhir_bridge_gather(i, point(i, i)) FROM generate_series(1, 3) i;
SELECT fhir_bridge_gathered(fhir_bridge_gather(i / 2, i), n, 0) FROM generate_series(1, 3) i, (VALUES (0)) v(n) GROUP BY n;
SELECT fhir_bridge_gathered(fhir_bridge_gather(i / 2, i), n, 0) FROM generate_series(1, 3) i, (VALUES (1)) v(n) GROUP BY n;
SET client_min_messages = warning;
DROP SCHEMA mapping_gather CASCADE;
DROP ROLE mapping_gather_reader;
