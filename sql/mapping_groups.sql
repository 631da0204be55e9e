-- rule 3: empties vanish by group
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
CREATE SCHEMA mapping_groups;
SET search_path = mapping_groups, public;
CREATE TABLE t (a text, b text, n numeric, j jsonb, m text[]);
INSERT INTO t VALUES ('a', 'b', 1.0, '{"code":"j"}', '{x,y}'), ('a', NULL, NULL, NULL, NULL), (NULL, 'b', NULL, NULL, NULL),
	(NULL, NULL, 2, NULL, NULL), (NULL, NULL, NULL, '{"code":null}', '{NULL}'), (' ', '', NULL, '{"x":"y"}', '{}');
-- registers the template and shows all rows
-- the same, or that a required element is empty
CREATE FUNCTION tried(r anyelement) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN pg_temp.resource(r);
EXCEPTION WHEN not_null_violation THEN
	RETURN 'refused: ' || SQLERRM;
END $$;
CREATE FUNCTION rows(template json) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM fhir_map('mapping_groups.t', template, on_invalid => 'keep');
	RETURN QUERY SELECT concat_ws(' ', a, b, n, j, m) || ' -> ' || tried(t) FROM t;
END $$;

-- a constant member stays in its array and keeps no object alive
SELECT rows('{"resourceType":"Patient","id":"{''x''}","maritalStatus":{"coding":[{"system":"urn:x:const"},{"code":"{a}"}],"text":"{b}"}}');
-- Observation.code is required: its constants stay; a required element of a group goes with the group
SELECT rows('{"resourceType":"Observation","id":"{''x''}","status":"final","code":{"coding":[{"code":"const"}],"text":"{a}"},"component":[{"code":{"text":"const"},"valueString":"{b}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","maritalStatus":{"coding":[{"code":"const"}],"text":"{a}"},"link":[{"other":{"display":"const","type":"{b}"},"type":"seealso"}]}');
-- a required element without any constant vanishes like others
SELECT rows('{"resourceType":"Observation","id":"{''x''}","status":"final","code":{"text":"{a}"}}');
-- a required array keeps the constants of its only member
SELECT rows('{"resourceType":"Claim","id":"{''x''}","status":"draft","type":{"text":"t"},"use":"claim","patient":{"display":"p"},"created":"2024","provider":{"display":"q"},"priority":{"text":"r"},"insurance":[{"sequence":1,"coverage":{"display":"c"},"focal":true,"identifier":{"value":"{a}"}}],"item":[{"sequence":1,"productOrService":{"text":"{b}"}}]}');

-- need: built in for Identifier, ContactPoint, Coding and Quantity, when the template has the member
SELECT rows('{"resourceType":"Patient","id":"{''x''}","identifier":[{"use":"official","system":"{a}","value":"{b}"},{"system":"{b}"}],"telecom":[{"system":"{b}","value":"{a}"}]}');
SELECT rows('{"resourceType":"Observation","id":"{''x''}","status":"final","code":{"text":"o"},"valueQuantity":{"value":"{n}","unit":"{a}"},"interpretation":[{"coding":[{"code":"{b}","display":"{a}"}]}]}');
SELECT rows('{"resourceType":"Condition","id":"{''x''}","subject":{"display":"p"},"onsetAge":{"value":"{n}","unit":"{b}"},"code":{"coding":[{"display":"{a}"}]}}');
-- need: by hand, of a value, an array, an object, a constant; at the root there is no resource
SELECT rows('{"resourceType":"Patient","id":"{''x''}","name":[{"$need":["family"],"family":"{a}","text":"{b}"}],"contact":[{"$need":["name","telecom"],"name":{"text":"{a}"},"telecom":[{"value":"{b}"}],"gender":"unknown"}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","name":[{"$need":["use","given"],"use":"usual","given":["{m}"],"text":"{a}"}]}');
SELECT rows('{"$need":["language"],"resourceType":"Patient","id":"{''x''}","language":"{a}","gender":"{b}"}');
-- a twin stands for the value that is needed
SELECT rows('{"resourceType":"Patient","id":"{''x''}","identifier":[{"system":"urn:x:s","value":"{a}","_value":{"extension":[{"url":"u","valueString":"{b}"}]}}]}');

-- keep: with its parent, as far as there is anything to keep
SELECT rows('{"resourceType":"Patient","id":"{''x''}","name":[{"$keep":true,"use":"usual","text":"{a}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","name":[{"$keep":true,"family":"{b}","text":"{a}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","contact":[{"name":{"$keep":true,"use":"usual","text":"{a}"},"gender":"{b}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","telecom":[{"$keep":true,"system":"phone","value":"{a}"}],"contact":[{"$keep":true,"gender":"male"}]}');

-- at the root and in meta constants count; an empty meta vanishes
SELECT rows('{"resourceType":"Patient","id":"{''x''}","meta":{"versionId":"{a}"},"active":true}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","meta":{"profile":["p"],"source":"{b}","tag":[{"code":"{a}","system":"urn:x:s"}]}}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","meta":{"security":[{"code":"R"}],"tag":[{"code":"{a}"},{"code":"const"}]}}');

-- constants alone go with their parent, whatever its depth
SELECT rows('{"resourceType":"Patient","id":"{''x''}","communication":[{"language":{"text":"zh-TW"}}],"contact":[{"relationship":[{"text":"mother"}],"name":{"text":"{a}"}}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","contact":[{"address":{"line":["const","{b}"],"city":"{a}"},"gender":"male"}]}');
-- several values in several groups
SELECT rows('{"resourceType":"Patient","id":"{''x''}","contact":[{"name":{"family":"{a}","given":["{m}","{b}"]},"organization":{"reference":"Organization/{n}"}},{"gender":"{b}","name":{"text":"{a} {b}"}}]}');
-- jsonb: empties taken out, at the root of an element, in an array, inside need
SELECT rows('{"resourceType":"Basic","id":"{''x''}","code":{"coding":["{j}"],"text":"{b}"},"extension":[{"url":"u","valueCoding":"{j}"}]}');
SELECT rows('{"resourceType":"Basic","id":"{''x''}","code":{"text":"b"},"identifier":"{j}","contained":[{"resourceType":"Patient","id":"p","gender":"male"},{"resourceType":"Basic","code":{"text":"b"},"id":"{a}"}],"subject":{"reference":"#p"}}');
-- a mixed string is empty when one of its values is
SELECT rows('{"resourceType":"Basic","code":{"text":"b"},"id":"{a}-{b}","language":"x{n}","implicitRules":"{a}{n}"}');
-- more than 32 members, of which any may be missing (jsonb's stride of offsets)
SELECT fhir_map('t', json_build_object('resourceType', 'Basic', 'id', '{''x''}', 'code', '{"text":"b"}'::json, 'extension', (SELECT json_agg(json_build_object('url', i::text,
	CASE WHEN i % 2 = 0 THEN 'valueString' ELSE 'valueDecimal' END, CASE WHEN i % 2 = 0 THEN '{nullif(a,''' || i || ''')}' ELSE '{n + ' || i || '}' END)) FROM generate_series(100, 199) i)));
SELECT pg_temp.resource(t) LIKE '{%', json_array_length(fhir_json_from_row(t) -> 'extension') FROM t;
CREATE TABLE wide (a int);
SELECT fhir_map('wide', ('{"resourceType":"ValueSet","id":"{''id''}","status":"active"' || string_agg(format(',"%s":"{CASE WHEN %s & a = 0 THEN ''%s'' END}"', k, 1 << (i::int - 1), v), '') || '}')::json)
	FROM unnest('{_id,implicitRules,language,url,version,name,title,_status,publisher,description,purpose,copyright,experimental,date}'::text[],
		'{id,i,l,url,v,n,t,active,p,d,pp,c,x,2024}'::text[]) WITH ORDINALITY u (k, v, i) WHERE k NOT IN ('_id', '_status', 'experimental');
INSERT INTO wide SELECT * FROM generate_series(0, 4095, 63);
SELECT count(*), count(DISTINCT r), bool_and(r LIKE '{"resourceType":"ValueSet"%') FROM (SELECT pg_temp.resource(wide) r FROM wide) s;
SET client_min_messages = warning;
DROP SCHEMA mapping_groups CASCADE;
