-- rules 10 and 11: names, search_path, several mappings, rows of other types, no mapping
SET fhir_bridge.inline = off;	-- one statement changes search_path and names mappings
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
CREATE SCHEMA mapping_a;
CREATE SCHEMA mapping_b;
CREATE SCHEMA "Mapping C";
CREATE TABLE mapping_a.patient (id text, sex text);
CREATE TABLE mapping_b.patient (sex text, id text, more int);
CREATE TABLE "Mapping C"."病人 ""Q""" (id text, "Sex ""x""" text, "性別" text);
INSERT INTO mapping_a.patient VALUES ('a', 'male');
INSERT INTO mapping_b.patient VALUES ('female', 'b', 1);
INSERT INTO "Mapping C"."病人 ""Q""" VALUES ('c', 'x', 'other');
-- names are quoted where SQL needs it; columns too
SELECT fhir_map('mapping_a.patient', '{"resourceType":"Patient","id":"{id}","gender":"{sex}"}');
SELECT fhir_map('mapping_b.patient', '{"resourceType":"Patient","id":"{id}b","gender":"{sex}"}');
SELECT fhir_map('"Mapping C"."病人 ""Q"""', '{"resourceType":"Patient","id":"{id}","gender":"{性別}","name":[{"text":"{\"Sex \"\"x\"\"\"}{this.性別}{this.\"Sex \"\"x\"\"\"}"}]}');
SELECT pg_temp.resource(p) FROM "Mapping C"."病人 ""Q""" p;
SELECT pg_temp.resource(p, '"Mapping C"."病人 ""Q"""') FROM "Mapping C"."病人 ""Q""" p;
SELECT fhir_map('mapping_a.patient', '{"resourceType":"Patient","id":"{id}-2"}', 'Second one');
SELECT fhir_map('mapping_a.patient', '{"resourceType":"Patient","id":"{id}-3"}', 'a.b');
SELECT pg_temp.resource(p, 'mapping_a."Second one"'), pg_temp.resource(p, 'mapping_a."a.b"'), pg_temp.resource(p, 'MAPPING_A.Patient') FROM mapping_a.patient p;

-- a name may be given with the relation's schema, as calls have it; what is no schema is a part of the name
SELECT fhir_map('mapping_a.patient', '{"resourceType":"Patient","id":"{id}-4"}', 'mapping_a.draft'), fhir_map('mapping_a.patient', '{"resourceType":"Patient","id":"{id}-5"}', 'Mapping_A."My draft"'),
	fhir_map('mapping_a.patient', '{"resourceType":"Patient","id":"{id}-6"}', 'v1.2');
SELECT fhir_map('mapping_a.patient', '{"resourceType":"Patient","id":"{id}-7"}', 'mapping_b.draft');
SELECT pg_temp.resource(p, 'mapping_a.draft'), fhir_unmap('mapping_a.draft'), fhir_unmap('mapping_a."My draft"'), fhir_unmap('mapping_a."v1.2"') FROM mapping_a.patient p;

-- a short name is found by search_path, in the order of its schemas
SELECT fhir_from_row(p, 'patient') FROM mapping_a.patient p;
SET search_path = mapping_b, mapping_a, public;
SELECT pg_temp.resource(p, 'patient'), pg_temp.resource(p, '"Second one"') FROM mapping_a.patient p;
SET search_path = nowhere, mapping_a, mapping_b, public;
SELECT pg_temp.resource(p, 'patient'), pg_temp.resource(p, 'mapping_b.patient') FROM mapping_a.patient p;
-- also when it changes within one statement
SELECT set_config('search_path', s || ', public', false) IS NOT NULL, fhir_from_row(p, 'patient') ->> 'id' FROM mapping_a.patient p, unnest('{mapping_a,mapping_b,mapping_a}'::text[]) s;
-- and when the name changes from row to row
SELECT n, fhir_from_row(p, n) ->> 'id' FROM mapping_a.patient p, unnest(ARRAY['mapping_a.patient', 'mapping_b.patient', '"Second one"', 'mapping_a.patient']) n;
-- one name for two relations of a schema is refused; the name of another schema is free
CREATE TABLE mapping_a.other (id text);
SELECT fhir_map('mapping_a.other', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"}}', 'patient');
SELECT fhir_map('mapping_b.patient', '{"resourceType":"Patient","id":"{id}-2"}', 'Second one');
SELECT relation::text, name FROM fhir_mapping WHERE relation::text ~ 'patient|病人' ORDER BY 1, 2;
-- several mappings and one argument
SELECT fhir_from_row(p) FROM mapping_a.patient p;
-- two relations of one schema come to have mappings of one name: it takes neither
CREATE SCHEMA mapping_d;
CREATE TABLE mapping_d.moved (id text, sex text);
SELECT fhir_map('mapping_d.moved', '{"resourceType":"Basic","code":{"text":"b"},"id":"{''moved''}"}', 'patient');
SELECT fhir_from_row(p, 'mapping_a.patient') ->> 'id' FROM mapping_a.patient p;
ALTER TABLE mapping_d.moved SET SCHEMA mapping_a;
SELECT fhir_from_row(p, 'mapping_a.patient') FROM mapping_a.patient p;
SELECT fhir_unmap('mapping_a.patient');
SELECT fhir_map('mapping_a.patient', '{"resourceType":"Patient","id":"{id}"}');
SELECT fhir_from_row(ROW('m', 'x')::mapping_a.moved);
SELECT fhir_map('mapping_a.moved', '{"resourceType":"Basic","id":"{id}","code":{"text":"b"}}', 'moved');
DROP TABLE mapping_a.moved;
SELECT fhir_from_row(p, 'mapping_a.patient') ->> 'id' FROM mapping_a.patient p;

-- the second argument: any row that has the columns, by name, whatever else it has
SELECT pg_temp.resource(s, 'mapping_a.patient') FROM (SELECT 'female' AS sex, 1 AS x, 's'::text AS id) s;
SELECT pg_temp.resource(p, 'mapping_a.patient') FROM mapping_b.patient p;
SELECT pg_temp.resource(j, 'mapping_a.patient') FROM (SELECT a.id, b.sex FROM mapping_a.patient a, mapping_b.patient b) j;
SELECT pg_temp.resource(v, 'mapping_a.patient') FROM (VALUES ('v1'::text, 'male'::text), ('v2', NULL)) v (id, sex);
SELECT fhir_from_row(r, 'mapping_a.patient') FROM (SELECT * FROM mapping_a.patient UNION ALL SELECT 'u', 'other') r;
-- rows of two types in one call
CREATE FUNCTION pg_temp.any_row(i int) RETURNS record LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	IF i = 1 THEN SELECT * INTO r FROM mapping_a.patient; ELSIF i = 2 THEN SELECT * INTO r FROM mapping_b.patient; ELSE r := NULL; END IF;
	RETURN r;
END $$;
SELECT pg_temp.resource(pg_temp.any_row(i), 'mapping_a.patient') FROM unnest('{1,2,3,2,1}'::int[]) i;
-- a column that is missing, or of another type; columns that the mapping does not use do not matter
SELECT fhir_from_row(s, 'mapping_a.patient') FROM (SELECT 'female'::text AS sex) s;
SELECT fhir_from_row(s, 'mapping_a.patient') FROM (SELECT 'female'::text AS sex, 7 AS id) s;
SELECT fhir_from_row(s, 'mapping_a."Second one"') FROM (SELECT 'x'::text AS id) s;
SELECT fhir_from_row(ROW('a'::text, 'male'::text), 'mapping_a.patient');
-- the row as a whole
SELECT fhir_map('mapping_a.other', '{"resourceType":"Basic","code":{"text":"b"},"id":"{to_jsonb(this) ->> ''id''}","language":"{(this).id}"}');
SELECT pg_temp.resource(ROW('whole')::mapping_a.other), pg_temp.resource(ROW('whole')::mapping_a.other, 'mapping_a.other');
SELECT fhir_from_row(s, 'mapping_a.other') FROM (SELECT 'x'::text AS id) s;

-- no mapping: the error has the call that drafts one
CREATE TABLE "Mapping C"."it's" (id int);
SELECT fhir_from_row(ROW(1)::"Mapping C"."it's");
SELECT fhir_unmap('mapping_b.patient'), fhir_unmap('mapping_b."Second one"');
SELECT fhir_json_from_row(p) FROM mapping_b.patient p;
SELECT fhir_from_row(ROW(1, 2));
SELECT fhir_from_row(ROW(1, 2), 'mapping_b.patient');
SELECT fhir_from_row(p, 'a.b.c.d') FROM mapping_a.patient p;
SELECT fhir_unmap(''), fhir_unmap('"');
SET client_min_messages = warning;
DROP SCHEMA mapping_a, mapping_b, mapping_d, "Mapping C" CASCADE;
SELECT count(*) FROM fhir_mapping WHERE name IN ('patient', 'Second one', 'a.b', 'other');
