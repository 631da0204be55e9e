-- search: FHIR's searches beside the best SQL that one would write by hand for
-- the same rows and the same resources, and beside a copy in jsonb with the
-- indexes that a FHIR server on PostgreSQL would have.
--
-- A search of ours also parses the query, plans with its values and writes a
-- Bundle, which a peer by hand does not; both make the same resources.

SET timezone = 'UTC';
CREATE SCHEMA se;
CREATE TABLE se.patient (id_no text PRIMARY KEY, family text, given text, sex text NOT NULL, birth date, changed timestamptz NOT NULL);
INSERT INTO se.patient SELECT 'A' || lpad(i::text, 9, '0'), 'Family' || i % 5000, 'Given' || i % 300, CASE i % 2 WHEN 0 THEN 'M' ELSE 'F' END,
	'1930-01-01'::date + i % 30000, '2024-01-01Z'::timestamptz + i * interval '1 second' FROM generate_series(1, :rows / 5) i;
CREATE TABLE se.lab (no bigint PRIMARY KEY, chart_no text NOT NULL REFERENCES se.patient, code text NOT NULL, value numeric, taken timestamptz NOT NULL);
INSERT INTO se.lab SELECT i, 'A' || lpad((1 + (i * 7919::bigint) % (:rows / 5))::text, 9, '0'), (ARRAY['8480-6', '8462-4', '718-7', '2345-7'])[1 + (i / 7) % 4],
	i % 200, '2019-01-01Z'::timestamptz + (i % 2000) * interval '1 day' FROM generate_series(1, :rows) i;
CREATE INDEX ON se.lab (chart_no, taken);
CREATE INDEX ON se.patient (fhir_fold(family) COLLATE "C");
CREATE INDEX patient_tag ON se.patient (fhir_index_id('se_patient', id_no));
SELECT fhir_code_map('se_sex', '{"M": "male", "F": "female"}');
SELECT fhir_map('se.patient', '{"resourceType": "Patient", "id": "{fhir_id(''se_patient'', id_no)}", "meta": {"lastUpdated": "{changed}"},
	"identifier": [{"system": "urn:x", "value": "{id_no}"}], "name": [{"family": "{family}", "given": ["{given}"]}],
	"gender": "{fhir_code(''se_sex'', sex)}", "birthDate": "{birth}"}');
SELECT fhir_map('se.lab', '{"resourceType": "Observation", "id": "{fhir_id(''se_lab'', no)}", "status": "final",
	"code": {"coding": [{"system": "http://loinc.org", "code": "{code}"}]}, "subject": {"reference": "Patient/{fhir_id(''se_patient'', chart_no)}"},
	"effectiveDateTime": "{taken}", "valueQuantity": {"value": "{value}", "unit": "mm[Hg]"}}');
SELECT fhir_publish('se.patient'), fhir_publish('se.lab');

-- the copy: resources as jsonb, as fhirbase keeps them
CREATE TABLE se.copy_patient AS SELECT fhir_from_row(p.*) AS r FROM se.patient p;
CREATE TABLE se.copy_lab AS SELECT fhir_from_row(l.*) AS r FROM se.lab l;
CREATE INDEX ON se.copy_patient ((r ->> 'id'));
CREATE INDEX ON se.copy_patient USING gin (r jsonb_path_ops);
CREATE INDEX ON se.copy_patient (lower(r #>> '{name,0,family}') text_pattern_ops);
CREATE INDEX ON se.copy_lab USING gin (r jsonb_path_ops);
CREATE INDEX ON se.copy_lab ((r #>> '{subject,reference}'), (r ->> 'effectiveDateTime'));
VACUUM ANALYZE se.patient;
VACUUM ANALYZE se.lab;
VACUUM ANALYZE se.copy_patient;
VACUUM ANALYZE se.copy_lab;
SELECT 'A' || lpad((:rows / 10)::text, 9, '0') AS one \gset
SELECT fhir_id('se_patient', :'one')::text AS id \gset

-- So many searches a run: one takes less than a clock can tell.
CREATE FUNCTION se.times(n int, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..n LOOP
		EXECUTE statement;
	END LOOP;
END $$;
CREATE FUNCTION se.statement(sql text, n int DEFAULT 200) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT se.times(%s, %L)', n, sql) $$;
SELECT format('SELECT json_agg(fhir_json_from_row(l.*, ''se.lab'')) FROM (SELECT * FROM se.lab WHERE chart_no = %L AND code = ''8480-6'' AND taken >= ''2020-01-01Z'' ORDER BY taken DESC LIMIT 21) l', :'one') AS hand_labs,
	format('SELECT fhir_search(''Observation'', ''patient=%s&code=8480-6&date=ge2020&_sort=-date&_count=20&_total=none'')', :'id') AS our_labs,
	format('SELECT json_agg(r) FROM (SELECT r FROM se.copy_lab WHERE r #>> ''{subject,reference}'' = ''Patient/%s'' AND r @> ''{"code": {"coding": [{"code": "8480-6"}]}}'' AND r ->> ''effectiveDateTime'' >= ''2020'' ORDER BY r #>> ''{subject,reference}'', r ->> ''effectiveDateTime'' DESC LIMIT 21) s', :'id') AS copy_labs,
	'SELECT json_agg(fhir_json_from_row(p.*, ''se.patient'')) FROM (SELECT * FROM se.patient WHERE fhir_fold(family) COLLATE "C" >= ''family12'' AND fhir_fold(family) COLLATE "C" < ''family13'' ORDER BY id_no LIMIT 21) p' AS hand_names,
	'SELECT fhir_search(''Patient'', ''family=family12&_count=20&_total=none'')' AS our_names,
	'SELECT json_agg(r) FROM (SELECT r FROM se.copy_patient WHERE lower(r #>> ''{name,0,family}'') LIKE ''family12%'' ORDER BY r ->> ''id'' LIMIT 21) s' AS copy_names,
	format('SELECT json_agg(fhir_json_from_row(l.*, ''se.lab'')) FROM (SELECT l.* FROM se.lab l WHERE chart_no IN (SELECT id_no FROM se.patient WHERE id_no = %L) ORDER BY no LIMIT 21) l', :'one') AS hand_chain,
	format('SELECT fhir_search(''Observation'', ''subject:Patient.identifier=%s&_count=20&_total=none'')', :'one') AS our_chain \gset

CALL bench.compare('read by id against SELECT by key', rows => 200, claim => 0.2,
	ours => se.statement(format('SELECT fhir_read(''Patient'', %L)', :'id')),
	peer => se.statement(format('SELECT fhir_json_from_row(p.*) FROM se.patient p WHERE id_no = %L', :'one')));
CALL bench.compare('labs of a patient by date, against SQL by hand', rows => 50, claim => 0.25,
	ours => se.statement(:'our_labs', 50), peer => se.statement(:'hand_labs', 50));
CALL bench.compare('labs of a patient by date, against a jsonb copy', rows => 50, claim => 0.25,
	ours => se.statement(:'our_labs', 50), peer => se.statement(:'copy_labs', 50));
CALL bench.compare('names by prefix against SQL by hand', rows => 50, claim => 0.4,
	ours => se.statement(:'our_names', 50), peer => se.statement(:'hand_names', 50));
CALL bench.compare('names by prefix against a jsonb copy', rows => 50, claim => 0.4,
	ours => se.statement(:'our_names', 50), peer => se.statement(:'copy_names', 50));
CALL bench.compare('a chain against SQL by hand', rows => 50, claim => 0.25,
	ours => se.statement(:'our_chain', 50), peer => se.statement(:'hand_chain', 50));

-- Page 1,000 and page 1.
CREATE FUNCTION se.page(n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE link text := '_count=20&_total=none&_sort=-_lastUpdated';
BEGIN
	FOR i IN 2..n LOOP
		SELECT split_part(l ->> 'url', '?', 2) INTO link FROM json_array_elements(fhir_search('Patient', link) -> 'link') l WHERE l ->> 'relation' = 'next';
	END LOOP;
	RETURN link;
END $$;
CREATE INDEX ON se.patient (changed);
SELECT se.page(least(1000, :rows / 5 / 20 - 2)) AS late \gset
CALL bench.compare('page 1,000 against page 1', rows => 50, claim => 0.7,
	ours => se.statement(format('SELECT fhir_search(''Patient'', %L)', :'late'), 50),
	peer => se.statement('SELECT fhir_search(''Patient'', ''_count=20&_total=none&_sort=-_lastUpdated'')', 50));

-- What each keeps beside the hospital's own tables and their indexes.
CALL bench.record('bytes beside the tables, against a jsonb copy', 'bytes', pg_relation_size('se.patient_tag')::float8,
	(pg_total_relation_size('se.copy_patient') + pg_total_relation_size('se.copy_lab'))::float8, 10);
DROP SCHEMA se CASCADE;
