-- rule 12: values that FHIR cannot hold, under on_invalid error, omit and keep
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
CREATE SCHEMA mapping_invalid;
SET search_path = mapping_invalid, public;
CREATE TABLE t (id int, x text, i bigint, n numeric, f float8, r real, d date, j jsonb, a text[], ia bigint[]);
CREATE FUNCTION map(on_invalid text) RETURNS text LANGUAGE sql AS $$
	SELECT fhir_map('mapping_invalid.t', '{"resourceType":"Basic","code":{"text":"b"},"id":"{id}","created":"{x}","extension":[{"url":"i","valueInteger":"{i}"},{"url":"p","valuePositiveInt":"{i}"},{"url":"u","valueUnsignedInt":"{i}"},
	{"url":"in","valueInteger":"{n}"},{"url":"n","valueDecimal":"{n}"},{"url":"f","valueDecimal":"{f}"},{"url":"r","valueString":"{r}"},{"url":"d","valueDate":"{d}"},{"url":"t","valueTime":"{x}"}]}', on_invalid => on_invalid) $$;
INSERT INTO t (id, x) VALUES (1, '1970-05'), (2, 'unknown'), (3, '10:00:00');
INSERT INTO t (id, i) VALUES (11, 1), (12, 0), (13, -1), (14, 2147483647), (15, 2147483648), (16, -2147483648), (17, -2147483649), (18, 9223372036854775807);
INSERT INTO t (id, n) VALUES (21, 1.0), (22, 1.5), (23, 'NaN'), (24, 'Infinity'), (25, '-Infinity'), (26, 1e30), (27, -2147483648.00), (28, 9223372036854775807), (29, 0.000);
INSERT INTO t (id, f, r) VALUES (31, 'NaN', 1), (32, 'Infinity', 1), (33, 1, '-Infinity'), (34, 1, 'NaN');
INSERT INTO t (id, d) VALUES (41, 'infinity'), (42, '2024-02-29');

-- omit leaves out the element, and the group with it
SELECT map('omit');
SELECT pg_temp.resource(t) FROM t ORDER BY id;
-- keep keeps what can be written: text; the others are errors
SELECT map('keep');
SELECT pg_temp.resource(t) FROM t WHERE id <= 11 ORDER BY id;
-- error: each names its path and what it takes, none its value
SELECT map('error');
CREATE FUNCTION try(row_id int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	state text;
BEGIN
	RETURN (SELECT fhir_from_row(t) FROM t WHERE id = row_id);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, state = RETURNED_SQLSTATE;
	RETURN state || ' ' || message;
END $$;
SELECT id, try(id) FROM t ORDER BY id;
SELECT map('keep');
SELECT id, try(id) FROM t WHERE id > 11 AND id % 10 < 4 AND try(id) !~ '^\{' ORDER BY id;

-- members of an array are judged one by one
SELECT fhir_map('t', '{"resourceType":"MedicationRequest","id":"{id}","status":"draft","intent":"order","medicationCodeableConcept":{"text":"m"},"subject":{"display":"s"},"dosageInstruction":[{"timing":{"event":["{a}"],"repeat":{"timeOfDay":["08:00:00","{a}"]}},"text":"{id}"}],"extension":[{"url":"u","extension":[{"$each":"ia AS e","url":"v","valuePositiveInt":"{e}"}]}]}', on_invalid => 'omit');
INSERT INTO t (id, a, ia) VALUES (51, '{1970,NULL,soon,1970-05-01T10:00:00Z,09:30:00,""}', '{1,0,NULL,4294967296,2}');
SELECT pg_temp.resource(t) FROM t WHERE id = 51;
UPDATE fhir_mapping SET on_invalid = 'keep' WHERE relation = 't'::regclass;
SELECT fhir_from_row(t) #> '{dosageInstruction,0,timing}' FROM t WHERE id = 51;
UPDATE fhir_mapping SET on_invalid = 'error' WHERE relation = 't'::regclass;
SELECT fhir_from_row(t) FROM t WHERE id = 51;
-- a text that is blank is empty, not invalid; a mixed string is text
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{''x''}","code":{"text":"b"},"created":"{x}","language":"{x}!"}');
SELECT pg_temp.resource(s, 't') FROM (VALUES ('  '::text), (NULL), ('1970')) s (x);
-- what an expression raises is not ours to omit
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{''x''}","code":{"text":"b"},"created":"{x::date}"}', on_invalid => 'omit');
SELECT fhir_from_row(s, 't') FROM (VALUES ('soon'::text)) s (x);
-- text cannot become a number, a condition or binary data
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"},"extension":[{"url":"u","valueDecimal":"{n}.{i}"},{"url":"u","valueBoolean":"x{i}"},{"url":"u","valueInteger":"1{i}"},{"url":"u","valueDecimal":"{x}"},{"url":"u","valueBoolean":"{i}"},{"url":"u","valueInteger":"{f}"}]}');
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"},"extension":[{"url":"u","valueBase64Binary":"{n}"},{"url":"u","valueString":"{x::bytea}"},{"url":"u","valueString":"x{j}"},{"url":"u","valueString":"x{a}"},{"url":"u","valueString":"{a}"}]}');
SELECT fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":"{x}","identifier":"{x}","text":{"div":"{x}"},"subject":"{id}","language":"{point(1,2)}"}');
SET client_min_messages = warning;
DROP SCHEMA mapping_invalid CASCADE;
