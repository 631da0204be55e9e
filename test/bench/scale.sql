-- scale: time for each element, of many beside few
--
-- Ours is one document of :rows / 10 elements, or one call over as many; the
-- peer is the same number in a hundred documents, or calls.  The ratio is 1
-- where time grows with the elements, and a hundredth where it is quadratic.
-- Below 1 it is for one reason: what a hundredth fits into stays in a
-- processor's cache, and a document of some ten megabytes does not.  The claim is
-- that this costs less than half, 0.5.  Each is run again and again in one
-- transaction, so that fresh memory, which comes from the system page by page
-- and is no matter of the checks, is paid by the first run.

SELECT :rows / 10 AS many, :rows / 100 AS several, greatest(:rows / 1000, 10) AS few \gset

-- The validator: each check that looks at many nodes; a line as scale_test.c has it.
CREATE TABLE scale_check (name text, head text, item text, middle text, second text, tail text);
\copy scale_check FROM '../r4/scale.tsv' WITH (FORMAT csv, DELIMITER E'\t', QUOTE E'\x01', FORCE_NOT_NULL (head, item, middle, second, tail))
CREATE FUNCTION scale_items(item text, n int) RETURNS text LANGUAGE sql AS $$
SELECT string_agg(replace(item, '@', i::text), CASE WHEN item ~ '^[{"[]' THEN ',' ELSE '' END ORDER BY i) FROM generate_series(1, n) i
$$;
CREATE TABLE scale_document AS
SELECT name, n, (head || scale_items(item, n) || middle || scale_items(second, n) || tail)::jsonb AS document
FROM scale_check, unnest(ARRAY[:many, :several, :few]) n;
CREATE FUNCTION scale_validate(name text, n int, times int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	d jsonb := (SELECT document FROM scale_document s WHERE s.name = $1 AND s.n = $2);
BEGIN
	FOR i IN 1 .. times LOOP
		PERFORM count(*) FROM fhir_validate(d);
	END LOOP;
END
$$;
-- five times over, since some take a few milliseconds
SELECT format($$CALL bench.compare('%1$s of %2$s against %3$s', rows => %6$s, claim => 0.5,
	ours => 'SELECT scale_validate(''%1$s'', %2$s, %4$s)', peer => 'SELECT scale_validate(''%1$s'', %3$s, %5$s)')$$,
	name, n, :few, 5 * :many / n, 5 * :many / :few, 5 * :many)
FROM scale_check, unnest(ARRAY[:several, :many]) n ORDER BY name, n \gexec

-- The compiler of templates.
CREATE TABLE patient (id int PRIMARY KEY, name text);
INSERT INTO patient SELECT i, 'name ' || i FROM generate_series(1, :many) i;
VACUUM ANALYZE patient;
CREATE FUNCTION scale_template(n int) RETURNS json LANGUAGE sql AS $$
SELECT ('{"resourceType":"Patient","id":"{id}","extension":['
	|| scale_items('{"url":"u:a","valueString":"{name || @}"}', n) || ']}')::json
$$;
SELECT format($$CALL bench.compare('template of %1$s placeholders against %2$s', rows => %1$s, claim => 0.5,
	ours => 'SELECT fhir_map_try(''patient'', scale_template(%1$s), 0)',
	peer => 'SELECT fhir_map_try(''patient'', t, 0) FROM generate_series(1, %3$s), scale_template(%2$s) t')$$, :several, :few / 10 + 1, :several / (:few / 10 + 1)) \gexec

-- Bundles, and the survey of a mapping with its references.  A Bundle of a hundred
-- thousand is 35 MB, always of fresh memory: a busy machine makes that 0.45.
SELECT fhir_map('patient', '{"resourceType":"Patient","id":"{fhir_id(''p'', id)}","name":[{"text":"{name}"}],
	"link":[{"type":"seealso","other":{"reference":"Patient/{fhir_id(''p'', id)}"}}]}');
CREATE TABLE resource AS SELECT id, fhir_json_from_row(p) AS resource FROM patient p;
VACUUM ANALYZE resource;
SELECT format($$CALL bench.compare('Bundle (%1$s) of %2$s against %3$s', rows => %2$s, claim => 0.4,
	ours => 'SELECT fhir_bundle(resource, ''%1$s'') FROM resource',
	peer => 'SELECT fhir_bundle(resource, ''%1$s'') FROM resource GROUP BY id / %3$s')$$, type, :many, :few)
FROM unnest(ARRAY['collection', 'transaction', 'transaction POST']) type \gexec
CREATE TABLE small AS TABLE patient LIMIT :few;
SELECT fhir_map('small', template) FROM fhir_mapping WHERE name = 'patient';
CREATE FUNCTION scale_survey(mapping text, times int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. times LOOP
		PERFORM count(*) FROM fhir_map_check(mapping);
	END LOOP;
END
$$;
SELECT format($$CALL bench.compare('survey of %1$s against %2$s', rows => %1$s, claim => 0.5,
	ours => 'SELECT scale_survey(''patient'', 1)', peer => 'SELECT scale_survey(''small'', %3$s)')$$, :many, :few, :many / :few) \gexec

-- Drafts: columns.
SELECT format('CREATE TABLE %s (id int PRIMARY KEY, %s)', name, string_agg('c' || i || ' text', ', ')) FROM (VALUES ('wide', 1500), ('narrow', 15)) t (name, n), generate_series(1, n) i GROUP BY name \gexec
CREATE FUNCTION scale_draft(relation regclass, times int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. times LOOP
		PERFORM count(*) FROM fhir_map_draft_columns(relation, 'Patient');
	END LOOP;
END
$$;
CALL bench.compare('draft of 1500 columns against 15', rows => 1500, claim => 0.5,
	ours => 'SELECT scale_draft(''wide'', 1)', peer => 'SELECT scale_draft(''narrow'', 100)');
