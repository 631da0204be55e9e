-- codes: a code map of a terminology's size beside COPY and its index, and
-- beside a map of ten; a small table looked up by a sub-select, beside the view
-- that joins it

SELECT least(:rows, 300000) AS entries, greatest(:rows / 4, 20000) AS labs,
	current_setting('data_directory') || '/bench_terminology.tsv' AS file \gset
CREATE TABLE term AS
SELECT 'H' || lpad((i::bigint * 7919 % 1000003)::text, 7, '0') AS source, i % 90000 || '-' || i % 10 AS code,
	'the display of item number ' || i AS display, 'http://loinc.org' AS system
FROM generate_series(1, :entries) i;
COPY (SELECT 'copied', * FROM term) TO :'file';
VACUUM ANALYZE term;

-- Each run has a table of its own, which was there before: what is made in the
-- transaction that copies would be written without a log.
SELECT format('CREATE TABLE copied_%s (map text COLLATE "C" NOT NULL, source text COLLATE "C" NOT NULL, code text NOT NULL, display text, system text)', i)
FROM generate_series(1, 40) i \gexec
CREATE SEQUENCE copied;
CREATE SEQUENCE registered;
CREATE FUNCTION copy_and_index(file text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	name text := 'copied_' || nextval('copied');
BEGIN
	EXECUTE format('COPY %I FROM %L', name, file);
	EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (map, source)', name);
END $$;
-- Not compressed, as documents of a client are not: unpacking is no part of registering.
CREATE TABLE as_json (object jsonb, concept_map jsonb);
ALTER TABLE as_json ALTER object SET STORAGE EXTERNAL, ALTER concept_map SET STORAGE EXTERNAL;
INSERT INTO as_json
SELECT jsonb_object_agg(source, jsonb_build_object('code', code, 'display', display, 'system', system)) AS object,
	jsonb_build_object('resourceType', 'ConceptMap', 'group', jsonb_build_array(jsonb_build_object('target', 'http://loinc.org', 'element',
		jsonb_agg(jsonb_build_object('code', source, 'target', jsonb_build_array(jsonb_build_object('code', code, 'display', display, 'equivalence', 'equal'))))))) AS concept_map
FROM term;

SELECT format('SELECT copy_and_index(%L)', :'file') AS copy \gset
CALL bench.compare('code map from a relation against COPY and its index', rows => :entries, claim => 0.5,
	ours => $$SELECT fhir_code_map('map ' || nextval('registered'), 'term')$$, peer => :'copy');
CALL bench.compare('code map from jsonb against COPY and its index', rows => :entries, claim => 0.5,
	ours => $$SELECT fhir_code_map('map ' || nextval('registered'), object) FROM as_json$$, peer => :'copy');
CALL bench.compare('code map from a ConceptMap against COPY and its index', rows => :entries, claim => 0.5,
	ours => $$SELECT fhir_code_map('map ' || nextval('registered'), concept_map) FROM as_json$$, peer => :'copy');
CALL bench.compare('code map registered again against COPY and its index', rows => :entries, claim => 0.5,
	ours => $$SELECT fhir_code_map('again', 'term')$$, peer => :'copy');
DELETE FROM fhir_code_map_entry;
DELETE FROM fhir_code_map;
VACUUM fhir_code_map_entry;

-- Look-ups: any of the codes alike; as codes occur, by Zipf's law; and ten.
SELECT fhir_code_map('terminology', 'term'), fhir_code_map('ten', 'SELECT * FROM term LIMIT 10');
VACUUM ANALYZE fhir_code_map_entry;
CREATE TABLE numbered AS SELECT row_number() OVER (ORDER BY md5(source)) AS n, source FROM term;
CREATE INDEX ON numbered (n);
VACUUM ANALYZE numbered;
CREATE TABLE lab AS
SELECT i AS id, 'P' || lpad((i::bigint * 7919 % 30000)::text, 8, '0') AS patient, uniform.source AS any_code, zipf.source AS usual_code,
	(SELECT source FROM term LIMIT 1 OFFSET i % 10) AS one_of_ten, timestamptz '2024-01-01 08:00+08' + i * interval '11 seconds' AS at, i % 1000 / 10.0 AS value
FROM (SELECT i, 1 + (i::bigint * 611953 % :entries) AS uniform, floor((:entries)::float8 ^ (i::bigint * 7907 % 1000003 / 1000003.0))::int AS zipf
	FROM generate_series(1, :labs) i) r
JOIN numbered uniform ON uniform.n = r.uniform JOIN numbered zipf ON zipf.n = r.zipf;
VACUUM ANALYZE lab;
SELECT fhir_map('lab', replace(replace($m${"resourceType": "Observation", "id": "{id}", "status": "final",
	"code": {"coding": [{"system": "http://loinc.org", "code": "{fhir_code('%map', %code)}"}]},
	"subject": {"reference": "Patient/{patient}"}, "effectiveDateTime": "{at}",
	"valueQuantity": {"value": "{value}", "unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"}}$m$, '%map', map), '%code', code)::json, code)
FROM (VALUES ('terminology', 'any_code'), ('terminology', 'usual_code'), ('ten', 'one_of_ten')) v (map, code);
-- so many look-ups that the map's file is there
SELECT count(fhir_code('terminology', any_code)) FROM lab;
SELECT count(fhir_code('terminology', usual_code)) FROM lab;
CALL bench.compare('labs by a code map of 300,000, codes as they occur, against one of ten', rows => :labs, claim => 0.67,
	ours => $$SELECT count(fhir_json_from_row(l, 'usual_code')) FROM lab l$$, peer => $$SELECT count(fhir_json_from_row(l, 'one_of_ten')) FROM lab l$$);
CALL bench.compare('labs by a code map of 300,000, all codes alike, against one of ten', rows => :labs, claim => 0.5,
	ours => $$SELECT count(fhir_json_from_row(l, 'any_code')) FROM lab l$$, peer => $$SELECT count(fhir_json_from_row(l, 'one_of_ten')) FROM lab l$$);
CALL bench.compare('labs by a code map of 300,000, all codes alike, as jsonb', rows => :labs, claim => 0.55,
	ours => $$SELECT count(fhir_from_row(l, 'any_code')) FROM lab l$$, peer => $$SELECT count(fhir_from_row(l, 'one_of_ten')) FROM lab l$$);
-- What memory costs PostgreSQL itself.
CREATE TABLE ten AS SELECT * FROM term LIMIT 10;
VACUUM ANALYZE ten;
CALL bench.compare('labs joined by PostgreSQL with 300,000 rows, all codes alike, against ten', rows => :labs,
	ours => 'SELECT count(t.code) FROM lab l LEFT JOIN term t ON t.source = l.any_code',
	peer => 'SELECT count(t.code) FROM lab l LEFT JOIN ten t ON t.source = l.one_of_ten');
SELECT sum(total_bytes) / 1e6 AS used FROM pg_backend_memory_contexts WHERE name ~ '^fhir_bridge code map' \gset
CALL bench.record('memory of a session for its code maps; the peer is the promise', 'MB', :used, 2, 1);

-- A scalar sub-select by a unique key, and the view that joins.
CREATE TABLE ward (code text PRIMARY KEY, name text);
INSERT INTO ward SELECT 'W' || i, 'ward number ' || i FROM generate_series(1, 200) i;
CREATE TABLE stay AS
SELECT i AS id, 'P' || lpad((i % 30000)::text, 8, '0') AS patient, 'W' || i % 200 + 1 AS ward, timestamptz '2024-01-01 08:00+08' + i * interval '11 seconds' AS start
FROM generate_series(1, :rows) i;
VACUUM ANALYZE ward;
VACUUM ANALYZE stay;
CREATE VIEW joined AS SELECT s.*, w.name AS ward_name FROM stay s LEFT JOIN ward w ON w.code = s.ward;
SELECT fhir_map(relation::regclass, replace($m${"resourceType": "Encounter", "id": "{id}", "status": "finished",
	"class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"}, "subject": {"reference": "Patient/{patient}"},
	"period": {"start": "{start}"}, "location": [{"location": {"reference": "Location/{ward}", "display": "{%ward}"}}]}$m$, '%ward', ward)::json)
FROM (VALUES ('stay', '(SELECT name FROM ward w WHERE w.code = this.ward)'), ('joined', 'ward_name')) v (relation, ward);
CALL bench.compare('sub-select by a unique key, json, against the view that joins', rows => :rows, claim => 0.77,
	ours => 'SELECT count(fhir_json_from_row(s)) FROM stay s', peer => 'SELECT count(fhir_json_from_row(j)) FROM joined j');
CALL bench.compare('sub-select by a unique key, jsonb, against the view that joins', rows => :rows, claim => 0.77,
	ours => 'SELECT count(fhir_from_row(s)) FROM stay s', peer => 'SELECT count(fhir_from_row(j)) FROM joined j');
