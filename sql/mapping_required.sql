-- rule 12: elements that R4 requires and that come out empty
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA mapping_required;
SET search_path = mapping_required, public;
CREATE TABLE t (id text, a text, b text, n int);
-- the resources of all rows, or why there is none
CREATE FUNCTION try(r t) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	j json := fhir_json_from_row(r, 'mapping_required.t');
BEGIN
	IF fhir_from_row(r, 'mapping_required.t') IS DISTINCT FROM j::jsonb THEN
		RETURN 'json and jsonb differ';
	END IF;
	RETURN coalesce(j::text, 'no resource');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION tried(r t) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN try(r);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION rows(template json) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	policy text;
BEGIN
	FOREACH policy IN ARRAY '{error,omit,keep}'::text[] LOOP
		PERFORM fhir_map('mapping_required.t', template, on_invalid => policy);
		RETURN QUERY SELECT policy || ' ' || concat_ws(' ', id, a, b, n) || ' -> ' || tried(t) FROM t ORDER BY id;
	END LOOP;
END $$;
INSERT INTO t VALUES ('1', 'x', 'final', 1), ('2', NULL, 'final', 2), ('3', 'x', NULL, NULL), (NULL, ' ', ' ', 4);

-- at the root: an error whatever on_invalid says
SELECT rows('{"resourceType":"Observation","id":"{''x''}","status":"{b}","code":{"text":"{a}"}}');
-- an id that the template has: missing, or of a wrong form and left out
SELECT rows('{"resourceType":"Patient","id":"{id}"}');
SELECT rows('{"resourceType":"Patient","id":"{repeat(''x'', 63 + n)}","active":true}');
SELECT rows('{"resourceType":"Patient","id":"{id || ''/'' || a}","active":true}');
-- without an id in the template none is missed
SELECT rows('{"resourceType":"Patient","id":"{''x''}","language":"{a}"}');

-- in an object: an error, or the object is left out, or written without
SELECT rows('{"resourceType":"Patient","id":"{''x''}","communication":[{"language":{"text":"{a}"},"preferred":"{n > 1}"}],"language":"{id}"}');
-- an object that would not be written anyway is not judged
SELECT rows('{"resourceType":"Patient","id":"{''x''}","communication":[{"language":{"text":"{a}"}}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","link":[{"other":{"reference":"{a}"},"type":"seealso"}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","communication":[{"$if":"n = 1","language":{"text":"{a}"},"preferred":true}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","contact":[{"$need":["gender"],"gender":"{nullif(n, 2)::text}","extension":[{"url":"{a}","valueString":"x{id}"}]}]}');
-- what is left out may be required itself, up to the root
SELECT rows('{"resourceType":"Claim","id":"{''x''}","status":"active","type":{"text":"t"},"use":"claim","patient":{"display":"p"},"created":"2024","provider":{"display":"p"},"priority":{"text":"p"},
	"insurance":[{"sequence":1,"focal":true,"coverage":{"display":"{a}"},"businessArrangement":"{b}"}]}');
-- each of an array and of a $each decides alone
SELECT rows('{"resourceType":"Patient","id":"{''x''}","communication":[{"$each":"ARRAY[a, b] AS e","language":{"text":"{e}"},"preferred":"{n > 0}"}]}');

-- a twin stands for it, and so does any alternative of a choice
SELECT rows('{"resourceType":"Observation","id":"{''x''}","status":"{b}","_status":{"$absent":"unknown"},"code":{"text":"c"}}');
SELECT rows('{"resourceType":"Patient","id":"{id}","_id":{"extension":[{"url":"u","valueString":"{n}"}]}}');
SELECT rows('{"resourceType":"MedicationStatement","id":"{''x''}","status":"active","subject":{"display":"s"},"medicationReference":{"display":"{a}"},"medicationCodeableConcept":{"text":"{nullif(b, ''none'') || left(nullif(id, ''1''), 0)}"}}');
-- path, expression and hint; never the value
SELECT fhir_map('t', '{"resourceType":"Observation","id":"{''x''}","status":"{b}","code":{"text":"c"}}');
SELECT fhir_from_row(t) FROM t WHERE id = '3';
SELECT fhir_map('t', '{"resourceType":"Patient","id":"no-{id}"}');
SELECT fhir_from_row(t) FROM t WHERE id IS NULL;
SET client_min_messages = warning;
DROP SCHEMA mapping_required CASCADE;
