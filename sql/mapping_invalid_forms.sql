-- rule 12: texts that are not of their type's form, codes outside their binding
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA mapping_forms;
SET search_path = mapping_forms, public;
CREATE TABLE t (x text);
-- the value as the element has it, or why it has none
CREATE FUNCTION try(template json, value text, policy text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r jsonb;
BEGIN
	PERFORM fhir_map('mapping_forms.t', template, on_invalid => policy);
	SELECT fhir_json_from_row(s, 'mapping_forms.t')::jsonb INTO r FROM (SELECT value AS x) s;
	IF r <> (SELECT fhir_from_row(s, 'mapping_forms.t') FROM (SELECT value AS x) s) THEN
		RETURN 'json and jsonb differ';
	END IF;
	RETURN coalesce((r - '{resourceType,id}'::text[])::text, 'no resource');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION forms(type text, good text[], bad text[]) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT coalesce((SELECT string_agg(try(template, v, 'error'), ' ') FROM unnest(good) v WHERE try(template, v, 'error') <> format('{"extension": [{"url": "u", %s: %s}]}', to_json('value' || type), to_json(v))), 'good')
	FROM (SELECT json_build_object('resourceType', 'Patient', 'id', '{''x''}', 'extension', json_build_array(json_build_object('url', 'u', 'value' || type, '{x}')))) s (template)
	UNION ALL
	SELECT v || ': ' || try(template, v, 'error') || ', ' || try(template, v, 'omit') || ', ' || try(template, v, 'keep') FROM unnest(bad) v,
		(SELECT json_build_object('resourceType', 'Patient', 'id', '{''x''}', 'extension', json_build_array(json_build_object('url', 'u', 'value' || type, '{x}')))) s (template)
$$;
SELECT forms('Id', ARRAY['a', 'A-1.b', repeat('x', 64)], ARRAY['a b', 'a_b', repeat('x', 65), '王']);
SELECT forms('Code', ARRAY['a', 'two words', '王'], ARRAY[' a', 'a ', 'two  words', E'a\x01']);
SELECT forms('Uri', ARRAY['a', 'http://h/王?a=b#c', 'urn:oid:1.2'], ARRAY['http://h/a b', E'a\n']);
SELECT forms('Url', ARRAY['mailto:a@b'], ARRAY['a b']);
SELECT forms('Canonical', ARRAY['http://h/p|1'], ARRAY['http://h/p |1']);
SELECT forms('Oid', ARRAY['urn:oid:1.2.840', 'urn:oid:2.0'], ARRAY['1.2.3', 'urn:oid:3.1', 'urn:oid:1.02']);
SELECT forms('Uuid', ARRAY['urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8'], ARRAY['6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'urn:uuid:6BA7B810-9dad-11d1-80b4-00c04fd430c8']);
SELECT forms('Base64Binary', ARRAY['AP8Q', 'YQ=='], ARRAY['AP8', 'a*b=']);
SELECT forms('String', ARRAY['a', ' a ', E'tab\tline\n'], ARRAY[E'a\x01', E'\x1f', E'12345678\x0b9']);
SELECT forms('Markdown', ARRAY['# a'], ARRAY[E'1234567\x08']);
SELECT forms('DateTime', ARRAY['2024-02-29', '2024-02-29T10:00:00+08:00'], ARRAY['2023-02-29', '2024-02-29T10:00:00', '2024-02-29 10:00:00Z']);
SELECT forms('Time', ARRAY['10:00:00', '23:59:60'], ARRAY['24:00:00', '10:00']);

-- what text around placeholders comes to is judged as a whole, and each value for controls
SELECT try(t, 'a', 'error'), try(t, 'a b', 'error'), try(t, 'a b', 'omit'), try(t, 'a b', 'keep') FROM (SELECT '{"resourceType":"Patient","id":"{''x''}","implicitRules":"http://h/{x}"}'::json) s (t);
SELECT try(t, '05', 'error'), try(t, '13', 'error') FROM (SELECT '{"resourceType":"Patient","id":"{''x''}","birthDate":"1970-{x}"}'::json) s (t);
SELECT try(t, E'\x02', 'error'), try(t, E'\x02', 'omit') FROM (SELECT '{"resourceType":"Patient","id":"{''x''}","name":[{"text":"Dr {x}"}]}'::json) s (t);
-- other kinds than text, where they can miss the form
SELECT try('{"resourceType":"Patient","id":"{now()}"}', '', 'error'), try('{"resourceType":"Patient","id":"{1e70::numeric}"}', '', 'error'), try('{"resourceType":"Patient","id":"{-7}"}', '', 'error'), try('{"resourceType":"Patient","id":"{date ''2024-02-29''}"}', '', 'error');

-- codes
SELECT v, try(t, v, 'error'), try(t, v, 'omit'), try(t, v, 'keep') FROM unnest('{male,Male,M,entered-in-error," male"}'::text[]) v, (SELECT '{"resourceType":"Patient","id":"{''x''}","gender":"{x}","active":true}'::json) s (t);
-- a code is compared to its end with those that were in the set: same length, same first letters
SELECT fhir_map('t', '{"resourceType":"Encounter","id":"{''x''}","status":"planned","class":{"code":"AMB"},"location":[{"location":{"display":"w"},"status":"{x}"}]}', on_invalid => 'omit');
SELECT x, fhir_json_from_row(s, 'mapping_forms.t') #>> '{location,0,status}' AS written
FROM (SELECT x FROM unnest('{completed,completeX,completed,cXmpleted,Xompleted,completed,reserved,reserveX,Xeserved,reserved,active,activX}'::text[]) x OFFSET 0) s;
SELECT try(t, 'fe', 'error'), try(t, 'x', 'error') FROM (SELECT '{"resourceType":"Patient","id":"{''x''}","gender":"{x}male"}'::json) s (t);
SELECT try('{"resourceType":"Patient","id":"{''x''}","gender":"{1}"}', '', 'error'), try('{"resourceType":"Patient","id":"{''x''}","contact":[{"gender":"{x}"},{"gender":"other"}]}', 'x', 'omit');
-- in the only coding of a concept, beside a constant system; among several, or beside another system, they are not
SELECT v, try(t, v, 'error') FROM unnest('{active,Active,confirmed}'::text[]) v, (SELECT '{"resourceType":"Condition","id":"{''x''}","subject":{"display":"s"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"{x}"}]}}'::json) s (t);
SELECT try('{"resourceType":"Condition","id":"{''x''}","subject":{"display":"s"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"},{"system":"urn:his","code":"{x}"}]}}', 'A', 'error');
SELECT try('{"resourceType":"Condition","id":"{''x''}","subject":{"display":"s"},"clinicalStatus":{"coding":[{"system":"{x}","code":"{x}"}]}}', 'A', 'error');
-- an array where one value belongs; the rest of a jsonb value is the validator's
SELECT try(t, '[{"text":"a"}]', 'error'), try(t, '[{"text":"a"}]', 'omit'), try(t, '[{"text":"a"}]', 'keep'), try(t, '{"text":"a"}', 'error'), try(t, '{"texts":1}', 'error') FROM (SELECT '{"resourceType":"Patient","id":"{''x''}","maritalStatus":"{x::jsonb}","active":true}'::json) s (t);
-- path, expression and hint
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","gender":"{x}"}');
SELECT fhir_from_row(s, 't') FROM (SELECT 'secret'::text AS x) s;
SET client_min_messages = warning;
DROP SCHEMA mapping_forms CASCADE;
