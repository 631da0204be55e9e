-- rule 5: $each repeats an object over SQL arrays and jsonb arrays
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
CREATE SCHEMA mapping_each;
SET search_path = mapping_each, public;
CREATE TYPE drug AS (code text, dose numeric(6,2), parts text[], "Start" date);
CREATE DOMAIN tag AS text;
CREATE TABLE t (id int, a text[], i int[], drugs drug[], j jsonb, js json, p point[], tags tag[], jj jsonb[], one drug);
INSERT INTO t VALUES
	(1, '{x,NULL,"","  ",y}', '{1,NULL,3}', ARRAY[('A01', 1.5, '{am,pm}', '2024-01-01'), NULL, ('B02', NULL, '{}', NULL), (NULL, NULL, NULL, NULL)]::drug[],
		'[{"c":"k1","n":[1,2]},null,{"c":null},{"c":"k2","n":[]},{}]', '[1,"two",null,[],{"a":" "}]', NULL, '{t1,t2}', ARRAY['{"c":"q"}', NULL, 'null']::jsonb[], ('C03', 0, NULL, 'infinity')),
	(2, '{}', '{}', '{}', '[]', '[]', NULL, NULL, '{}', NULL),
	(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(4, '{{a,b},{c,d}}', '[0:1]={7,8}', NULL, 'null', '[]', NULL, '{NULL}', NULL, NULL);
-- the same, or that a required element is empty
CREATE FUNCTION tried(r anyelement) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN pg_temp.resource(r);
EXCEPTION WHEN not_null_violation THEN
	RETURN 'refused: ' || SQLERRM;
END $$;
CREATE FUNCTION rows(template json) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM fhir_map('mapping_each.t', template, on_invalid => 'keep');
	RETURN QUERY SELECT id || ' ' || tried(t) FROM t;
END $$;

-- scalars: NULL elements are skipped, blank ones are written if something else gives
SELECT rows('{"resourceType":"Patient","id":"{id}","telecom":[{"$each":"a AS d","system":"phone","value":"{d}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{id}","name":[{"$each":"a AS d","use":"usual","text":"{id}: {d}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{id}","telecom":[{"$each":"i AS d","rank":"{d}","value":"{d + id}/{this.id}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{id}","name":[{"$each":"tags AS d","given":["{d}","{upper(d)}"]}]}');
-- an expression that gives an array
SELECT rows('{"resourceType":"Patient","id":"{id}","name":[{"$each":"string_to_array(a[1] || '',z'', '','') AS part","text":"{part}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{id}","name":[{"$each":"ARRAY[id, id * 10] AS \"N N\"","text":"{\"N N\"}"}]}');
-- rows: a row that is NULL is skipped; columns by name
SELECT rows('{"resourceType":"MedicationRequest","id":"{id}","status":"draft","intent":"order","medicationCodeableConcept":{"text":"m"},"subject":{"display":"s"},"dosageInstruction":[{"$each":"drugs AS d","text":"{d.code}","timing":{"repeat":{"when":["{d.parts}"]}},
	"doseAndRate":[{"doseQuantity":{"value":"{d.dose}","unit":"mg"}}],"additionalInstruction":[{"$if":"d.dose > 1","text":"strong"}],"patientInstruction":"from {d.\"Start\"}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{id}","name":[{"$each":"drugs AS d","text":"{(d).code || coalesce(d.dose::text, ''?'')}"}]}');
-- jsonb: any values but null; each is jsonb
SELECT rows('{"resourceType":"Patient","id":"{id}","identifier":[{"$each":"j AS d","system":"urn:x:s","value":"{d ->> ''c''}"}],"name":[{"$each":"js AS d","text":"{d}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{id}","contact":[{"$each":"j AS d","name":{"text":"{d ->> ''c''}","given":["{d -> ''n''}"]}}],"link":[{"$each":"jj AS d","type":"refer","other":{"display":"{d ->> ''c''}"}}]}');
-- nested, with the outer name, and twice the same name in turn
SELECT rows('{"resourceType":"Patient","id":"{id}","contact":[{"$each":"drugs AS d","name":{"text":"{d.code}"},"telecom":[{"$each":"d.parts AS p2","value":"{p2} {d.code} {id}","period":{"start":"{d.\"Start\"}"}}]}]}');
SELECT rows('{"resourceType":"Patient","id":"{id}","contact":[{"$each":"i AS d","extension":[{"$each":"i AS e","$if":"d <> e","url":"u","valueInteger":"{d * 10 + e}"}]},{"$each":"i AS d","name":{"text":"{d}"}}]}');
SELECT rows('{"resourceType":"Patient","id":"{id}","contact":[{"$each":"j AS d","telecom":[{"$each":"d -> ''n'' AS n","value":"{n}"}]}]}');
-- beside other members, several in one array; constants alone are repeated; keep and need per element
SELECT rows('{"resourceType":"Patient","id":"{id}","name":[{"text":"first"},{"$each":"i AS d","use":"old"},{"text":"{a[1]}"},{"$each":"a AS d","$need":["text"],"use":"usual","text":"{nullif(d, ''y'')}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{id}","name":[{"$each":"a AS d","$keep":true,"use":"usual","text":"{nullif(d, ''y'')}"}]}');
-- it gives something: the group around it lives with it, and dies without
SELECT rows('{"resourceType":"Patient","id":"{id}","contact":[{"gender":"male","name":{"given":["const"]},"telecom":[{"$each":"i AS d","system":"phone"}]}]}');
-- many elements, more than a stride of jsonb
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":"array_fill(id, ARRAY[id * 40]) AS d","text":"{d}","given":["{a}"]}]}');
SELECT id, left(r, 90), length(r) FROM (SELECT id, pg_temp.resource(t) r FROM t) s;

-- errors
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":"id AS d","text":"{d}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":"a","text":"{d}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":"a AS a","text":"{a}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":"a AS this","text":"{id}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","contact":[{"$each":"i AS d","telecom":[{"$each":"a AS d","value":"{d}"}]}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":"a AS d","text":"{d.x}"},{"text":"{d}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":"drugs AS d","text":"{d.none}"},{"$each":"drugs AS d","text":"{d}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":{"$each":"a AS d","text":"{d}"},"maritalStatus":{"$each":"a AS d","text":"{d}"}}');
SELECT fhir_map('t', '{"$each":"a AS d","resourceType":"Patient","id":"{id}"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":"(SELECT 1) AS d","text":"{d}"}],"telecom":[{"$each":"unnest(a) AS d","value":"{d}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":["a"],"text":"x"}]}');
SELECT rows('{"resourceType":"Patient","id":"{id}","name":[{"$each":"to_jsonb(id) AS d","text":"{d}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{id}","name":[{"$each":"j -> 0 AS d","text":"{d}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{id}","name":[{"$each":"i AS d","text":"{6 / (d - 3)}"}]}');
SET client_min_messages = warning;
DROP SCHEMA mapping_each CASCADE;
