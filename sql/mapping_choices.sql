-- rule 9: several choices of one value[x] in a template, at most one for a row
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
CREATE SCHEMA mapping_choices;
SET search_path = mapping_choices, public;
CREATE TABLE t (id int, n numeric, s text, d date, a text[]);
INSERT INTO t VALUES (1, 7.5, NULL, NULL, NULL), (2, NULL, 'positive', NULL, '{p,q}'), (3, NULL, ' ', '2024-01-01', '{}'), (4, NULL, NULL, NULL, NULL);

-- whichever came out
SELECT fhir_map('t', '{"resourceType":"Observation","status":"final","code":{"text":"o"},"id":"{id}","valueQuantity":{"value":"{n}","unit":"mmHg"},"valueString":"{s}","valueDateTime":"{d}","effectiveDateTime":"{d}"}');
SELECT pg_temp.resource(t) FROM t;
-- in a group, under $each, and in two groups
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"o"},"component":[{"code":{"text":"c"},"valueQuantity":{"value":"{n}"},"valueString":"{s}"},{"code":{"text":"d"},"valueString":"{s}","valueDateTime":"{d}"},
	{"$each":"a AS e","code":{"text":"e"},"valueCodeableConcept":{"text":"{nullif(e, ''p'')}"},"valueString":"{nullif(e, ''q'')}"}]}');
SELECT pg_temp.resource(t) FROM t;
-- a twin belongs to its choice
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","deceasedDateTime":"{d}","_deceasedDateTime":{"id":"{id}"}}');
SELECT pg_temp.resource(t) FROM t;
-- two choices that exclude each other by their conditions
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"o"},"valueQuantity":{"$if":"s IS NULL","value":1},"valueRange":{"$if":"s IS NOT NULL","low":{"value":2}}}');
SELECT pg_temp.resource(t) FROM t;

-- two that come out: an error that names both; the first is kept by omit, both by keep
INSERT INTO t VALUES (5, 1, 'both', NULL, '{x}');
SELECT fhir_map('t', '{"resourceType":"Observation","status":"final","code":{"text":"o"},"id":"{id}","valueString":"{s}","valueQuantity":{"value":"{n}"}}');
SELECT fhir_from_row(t) FROM t WHERE id = 5;
SELECT fhir_json_from_row(t) FROM t WHERE id = 5;
SELECT fhir_map('t', '{"resourceType":"Observation","status":"final","code":{"text":"o"},"id":"{id}","valueString":"{s}","component":[{"code":{"text":"c"},"valueQuantity":{"value":"{n}"},"valueString":"{s}","valueDateTime":"{d}"}],"valueQuantity":{"value":"{n}"}}', on_invalid => 'omit');
SELECT pg_temp.resource(t) FROM t WHERE id IN (1, 5);
SELECT fhir_map('t', '{"resourceType":"Observation","status":"final","code":{"text":"o"},"id":"{id}","valueString":"{s}","valueQuantity":{"value":"{n}"}}', on_invalid => 'keep');
SELECT pg_temp.resource(t) FROM t WHERE id = 5;
-- a constant beside a value, and another choice's twin
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"o"},"valueString":"{s}","valueBoolean":true}');
SELECT fhir_from_row(t) FROM t WHERE id = 1;
SELECT fhir_from_row(t) FROM t WHERE id = 2;
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","deceasedDateTime":"{d}","_deceasedBoolean":{"id":"{id}"}}');
SELECT fhir_from_row(t) FROM t WHERE id = 1;
SELECT fhir_from_row(t) FROM t WHERE id = 3;
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"o"},"component":[{"code":{"text":"c"},"valueString":"a","valueBoolean":true}]}');
SELECT fhir_from_row(t) FROM t WHERE id = 1;
-- in an element of $each
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"o"},"component":[{"$each":"a AS e","code":{"text":"e"},"valueCodeableConcept":{"text":"{e}"},"valueString":"{s}"}]}');
SELECT fhir_from_row(t) FROM t WHERE id = 5;
-- names that are no choices
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"o"},"value":"{n}","valueDecimal":"{n}","value[x]":"{n}"}');
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"o"},"valueQuantity":"{n}"}');
SET client_min_messages = warning;
DROP SCHEMA mapping_choices CASCADE;
