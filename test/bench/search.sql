-- search: FHIR's searches beside the best SQL that one would write by hand for
-- the same rows and the same resources, and beside a copy in jsonb with the
-- indexes that a FHIR server on PostgreSQL would have, as fhirbase does.
--
-- :rows patients, and five times as many results of laboratories.
--
-- Each runs with a hundred other values, five times, by EXECUTE of a statement that
-- holds them: what is planned by its values is planned each time, on both
-- sides.  A search of ours also parses the query and writes a Bundle; the peers
-- make an array of the same resources.  Ours are called with all of their
-- arguments: a DEFAULT is taken from the catalog whenever a statement is parsed,
-- which drivers do once.
--
-- Reads: the peers are functions as a program has them, called the same way by
-- the same role, with one plan for all ids, since ours is that, too.  That by
-- hand knows the hospital's own number; ours and the copy's are given the
-- resource's id.  The copy's does no more than to find a finished resource by its
-- index; what ours does beside, to ask which mappings are published and whether
-- the role may run them, and to make the resource, is in its time.

SET timezone = 'UTC';
SET maintenance_work_mem = '1GB';
CREATE SCHEMA se;
CREATE TABLE se.patient (id_no text PRIMARY KEY, family text, given text, sex text NOT NULL, birth date, changed timestamptz NOT NULL);
INSERT INTO se.patient SELECT 'A' || lpad(i::text, 9, '0'), 'Family' || i % (:rows / 20), 'Given' || i % 300, CASE i % 2 WHEN 0 THEN 'M' ELSE 'F' END,
	'1930-01-01'::date + i % 30000, '2024-01-01Z'::timestamptz + i * interval '1 second' FROM generate_series(1, :rows) i;
CREATE TABLE se.lab (no bigint, chart_no text NOT NULL, code text NOT NULL, value numeric, taken timestamptz NOT NULL);
INSERT INTO se.lab SELECT i, 'A' || lpad((1 + (i * 7919::bigint) % :rows)::text, 9, '0'), (ARRAY['8480-6', '8462-4', '718-7', '2345-7'])[1 + (i / 7) % 4],
	i % 200, '2019-01-01Z'::timestamptz + (i % 2000) * interval '1 day' FROM generate_series(1, 5 * :rows) i;
ALTER TABLE se.lab ADD PRIMARY KEY (no), ADD FOREIGN KEY (chart_no) REFERENCES se.patient;
CREATE INDEX ON se.lab (chart_no, taken);
CREATE INDEX ON se.patient (fhir_fold(family) COLLATE "C");
CREATE INDEX ON se.patient (changed);
CREATE INDEX patient_tag ON se.patient (fhir_index_id('se_patient', id_no));
CREATE INDEX lab_tag ON se.lab (fhir_index_id('se_lab', no));
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
CREATE INDEX ON se.copy_lab ((r ->> 'id'));
CREATE INDEX ON se.copy_lab USING gin (r jsonb_path_ops);
CREATE INDEX ON se.copy_lab ((r #>> '{subject,reference}'), (r ->> 'effectiveDateTime'));
VACUUM (ANALYZE) se.patient, se.lab, se.copy_patient, se.copy_lab;

CREATE FUNCTION se.hand_read(key text) RETURNS json STABLE LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT fhir_json_from_row(p.*) FROM se.patient p WHERE id_no = key);
END $$;
CREATE FUNCTION se.copy_read(key text) RETURNS json STABLE LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT r FROM se.copy_patient WHERE r ->> 'id' = key);
END $$;
CREATE FUNCTION se.kept_labs(key text) RETURNS json STABLE LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT json_agg(fhir_json_from_row(l.*, 'se.lab')) FROM (SELECT * FROM se.lab WHERE chart_no = key AND code = '8480-6' AND taken >= '2020-01-01Z' ORDER BY taken DESC, no LIMIT 21) l);
END $$;

-- Parts of statements.
CREATE FUNCTION se.search(type text, query text) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT fhir_search(%L, %L, NULL, ''lenient'')', type, query || '&_count=20&_total=none') $$;
CREATE FUNCTION se.labs(condition text, sort text) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT json_agg(fhir_json_from_row(l.*, ''se.lab'')) FROM (SELECT l.* FROM se.lab l WHERE %s ORDER BY %s LIMIT 21) l', condition, sort) $$;
CREATE FUNCTION se.patients(condition text) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT json_agg(fhir_json_from_row(p.*, ''se.patient'')) FROM (SELECT p.* FROM se.patient p WHERE %s ORDER BY id_no LIMIT 21) p', condition) $$;
CREATE FUNCTION se.copies(relation text, condition text, sort text) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT json_agg(r) FROM (SELECT r FROM se.copy_%s c WHERE %s ORDER BY %s LIMIT 21) s', relation, condition, sort) $$;
CREATE FUNCTION se.family(prefix text) RETURNS text LANGUAGE sql AS $$
	SELECT format('fhir_fold(family) COLLATE "C" >= %L AND fhir_fold(family) COLLATE "C" < %L', prefix, left(prefix, -1) || chr(ascii(right(prefix, 1)) + 1)) $$;
CREATE FUNCTION se.copy_family(prefix text) RETURNS text LANGUAGE sql AS $$
	SELECT format('lower(r #>> ''{name,0,family}'') LIKE %L', prefix || '%') $$;
CREATE FUNCTION se.copy_subject(id text) RETURNS text LANGUAGE sql AS $$
	SELECT format('r #>> ''{subject,reference}'' = %L', 'Patient/' || id) $$;

-- The statements: of each kind one for each of a hundred patients.
CREATE TABLE se.statement AS
SELECT kind, whose, statement FROM se.patient, LATERAL (SELECT fhir_id('se_patient', id_no)::text AS id, lower(family) AS prefix) p, LATERAL (VALUES
	('read', 'our', format('SELECT fhir_read(''Patient'', %L, NULL)', id)),
	('read', 'hand', format('SELECT se.hand_read(%L)', id_no)),
	('read', 'copy', format('SELECT se.copy_read(%L)', id)),
	('labs', 'our', se.search('Observation', 'patient=' || id || '&code=8480-6&date=ge2020&_sort=-date')),
	('labs', 'hand', se.labs(format('chart_no = %L AND code = ''8480-6'' AND taken >= ''2020-01-01Z''', id_no), 'taken DESC, no')),
	('labs', 'kept', format('SELECT se.kept_labs(%L)', id_no)),
	('labs', 'copy', se.copies('lab', se.copy_subject(id) || ' AND r @> ''{"code": {"coding": [{"code": "8480-6"}]}}'' AND r ->> ''effectiveDateTime'' >= ''2020''',
		'r #>> ''{subject,reference}'', r ->> ''effectiveDateTime'' DESC')),
	('names', 'our', se.search('Patient', 'family=' || prefix)),
	('names', 'hand', se.patients(se.family(prefix))),
	('names', 'copy', se.copies('patient', se.copy_family(prefix), 'r ->> ''id''')),
	('identifier', 'our', se.search('Patient', 'identifier=urn:x|' || id_no)),
	('identifier', 'hand', se.patients(format('id_no = %L', id_no))),
	('identifier', 'copy', se.copies('patient', format('r @> ''{"identifier": [{"system": "urn:x", "value": "%s"}]}''', id_no), 'r ->> ''id''')),
	('chain', 'our', se.search('Observation', 'subject:Patient.identifier=' || id_no)),
	('chain', 'hand', se.labs(format('chart_no IN (SELECT id_no FROM se.patient WHERE id_no = %L)', id_no), 'no')),
	('chain', 'copy', se.copies('lab', format('r #>> ''{subject,reference}'' IN (SELECT ''Patient/'' || (r ->> ''id'') FROM se.copy_patient WHERE r @> ''{"identifier": [{"value": "%s"}]}'')', id_no), 'r ->> ''id''')),
	('has', 'our', se.search('Patient', '_has:Observation:patient:code=8480-6&family=' || prefix)),
	('has', 'hand', se.patients(se.family(prefix) || ' AND id_no IN (SELECT chart_no FROM se.lab WHERE code = ''8480-6'')')),
	('has', 'copy', se.copies('patient', se.copy_family(prefix)
		|| ' AND EXISTS (SELECT FROM se.copy_lab l WHERE l.r #>> ''{subject,reference}'' = ''Patient/'' || (c.r ->> ''id'') AND l.r @> ''{"code": {"coding": [{"code": "8480-6"}]}}'')', 'r ->> ''id''')),
	('include', 'our', se.search('Observation', 'patient=' || id || '&_include=Observation:subject')),
	('include', 'hand', format('WITH page AS (SELECT * FROM se.lab WHERE chart_no = %L ORDER BY no LIMIT 21) SELECT (SELECT json_agg(fhir_json_from_row(page.*, ''se.lab'')) FROM page), (SELECT json_agg(fhir_json_from_row(p.*)) FROM se.patient p WHERE id_no IN (SELECT chart_no FROM page))', id_no)),
	('include', 'copy', format('WITH page AS (SELECT r FROM se.copy_lab WHERE %s ORDER BY r ->> ''id'' LIMIT 21) SELECT (SELECT json_agg(r) FROM page), (SELECT json_agg(r) FROM se.copy_patient WHERE r ->> ''id'' IN (SELECT substr(r #>> ''{subject,reference}'', 9) FROM page))', se.copy_subject(id)))
) s (kind, whose, statement)
WHERE id_no IN (SELECT 'A' || lpad((1 + i * (:rows / 101))::text, 9, '0') FROM generate_series(1, 100) i);

-- Runs the statements of a kind; how many resources they found.
CREATE FUNCTION se.run(k text, w text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	statements text[] := (SELECT array_agg(statement) FROM se.statement WHERE kind = k AND whose = w);
	one text;
	answer json;
	found int := 0;
BEGIN
	FOREACH one IN ARRAY statements LOOP
		EXECUTE one INTO answer;
		found := found + CASE WHEN answer IS NULL THEN 0 WHEN json_typeof(answer) = 'array' THEN least(json_array_length(answer), 20)
			WHEN answer ->> 'resourceType' <> 'Bundle' THEN 1
			ELSE (SELECT count(*) FROM json_array_elements(answer -> 'entry') e WHERE e #>> '{search,mode}' = 'match') END;
	END LOOP;
	RETURN found;
END $$;
CREATE FUNCTION se.times(k text, w text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	statements text[] := (SELECT array_agg(statement) FROM se.statement WHERE kind = k AND whose = w);
	one text;
BEGIN
	FOR i IN 1..5 LOOP
		FOREACH one IN ARRAY statements LOOP
			EXECUTE one;
		END LOOP;
	END LOOP;
END $$;
DO $$
DECLARE
	k text;
	found int[];
BEGIN
	FOREACH k IN ARRAY '{read,labs,names,identifier,chain,has,include}'::text[] LOOP
		found := ARRAY[se.run(k, 'our'), se.run(k, 'hand'), se.run(k, 'copy')];
		IF found[1] = 0 OR found[1] <> found[2] OR found[1] <> found[3] THEN
			RAISE 'search "%" finds %', k, found;
		END IF;
	END LOOP;
END $$;

CREATE PROCEDURE se.compare(name text, k text, peer text, claim float8) LANGUAGE plpgsql AS $$
BEGIN
	CALL bench.compare(name, format('SELECT se.times(%L, ''our'')', k), format('SELECT se.times(%L, %L)', k, peer), rows => 500, claim => claim);
END $$;
CALL se.compare('read by id against a function by hand', 'read', 'hand', 0.5);
CALL se.compare('labs of a patient by date, against SQL by hand', 'labs', 'hand', 0.67);
CALL se.compare('labs of a patient by date, against a plan for all values', 'labs', 'kept', NULL);
CALL se.compare('names by prefix against SQL by hand', 'names', 'hand', 0.67);
CALL se.compare('an identifier against SQL by hand', 'identifier', 'hand', 0.67);
CALL se.compare('a chain against SQL by hand', 'chain', 'hand', 0.67);
CALL se.compare('_has against SQL by hand', 'has', 'hand', 0.67);
CALL se.compare('_include against SQL by hand', 'include', 'hand', 0.67);
CALL se.compare('read by id against a jsonb copy', 'read', 'copy', 1);
CALL se.compare('labs of a patient by date, against a jsonb copy', 'labs', 'copy', 1);
CALL se.compare('names by prefix against a jsonb copy', 'names', 'copy', 1);
CALL se.compare('an identifier against a jsonb copy', 'identifier', 'copy', 1);
CALL se.compare('a chain against a jsonb copy', 'chain', 'copy', 1);
CALL se.compare('_has against a jsonb copy', 'has', 'copy', 1);
CALL se.compare('_include against a jsonb copy', 'include', 'copy', 1);

-- Page 1,000 and page 1.
CREATE FUNCTION se.page(n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE link text := '_count=20&_total=none&_sort=-_lastUpdated';
BEGIN
	FOR i IN 2..n LOOP
		SELECT split_part(l ->> 'url', '?', 2) INTO link FROM json_array_elements(fhir_search('Patient', link) -> 'link') l WHERE l ->> 'relation' = 'next';
	END LOOP;
	RETURN link;
END $$;
INSERT INTO se.statement SELECT 'pages', w, format('SELECT fhir_search(''Patient'', %L, NULL, ''lenient'')', link)
	FROM (VALUES ('our', se.page(least(1000, :rows / 20 - 2))), ('first', se.page(1))) p (w, link), generate_series(1, 50);
CALL bench.compare('page 1,000 against page 1', rows => 250, claim => 0.83,
	ours => $$SELECT se.times('pages', 'our')$$, peer => $$SELECT se.times('pages', 'first')$$);

-- What each keeps beside the hospital's own tables and their indexes, which
-- the statements by hand need as well.
SELECT pg_relation_size('se.patient_tag') + pg_relation_size('se.lab_tag') AS tags,
	pg_indexes_size('se.copy_patient') + pg_indexes_size('se.copy_lab') AS copy_indexes,
	pg_total_relation_size('se.copy_patient') + pg_total_relation_size('se.copy_lab') AS copy \gset
CALL bench.record('bytes of indexes of tags, against those of a jsonb copy', 'bytes', :tags, :copy_indexes, 5);
CALL bench.record('bytes beside the tables, against a jsonb copy', 'bytes', :tags, :copy, 10);
DROP SCHEMA se CASCADE;
