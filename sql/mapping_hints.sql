-- hints are true, and lead to a text that works: each is tried
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA mapping_hints;
SET search_path = mapping_hints, public;
CREATE TYPE addr AS (city text, zip int);
CREATE TYPE place AS ("Zip Code" text);
CREATE TABLE q (id int PRIMARY KEY, "Patient Name" text, "PatientNo" text, "first-name" text, "姓 名" text, gender text, home addr, "Work" addr, other place);
INSERT INTO q VALUES (1, 'name', 'no', 'first', 'han', 'male', '(Taipei,100)', '(Tainan,700)', '("106")');
CREATE FUNCTION hint(e text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text; working text;
BEGIN
	PERFORM fhir_map('q', json_build_object('resourceType', 'Patient', 'id', '{id}', 'name', json_build_array(json_build_object('text', e))));
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	working = substring(hint FROM '\{.*\}');
	IF working IS NOT NULL THEN
		PERFORM fhir_map('q', ('{"resourceType":"Patient","id":"{id}","name":[{"text":"' || working || '"}]}')::json);
		RETURN hint || ' -> ' || (SELECT fhir_from_row(q.*) #>> '{name,0,text}' FROM q);
	END IF;
	RETURN coalesce(nullif(hint, ''), 'no hint for ' || SQLERRM);
END $$;
-- columns in capitals, with blanks or signs, alone or within; one that is only misspelt; none at all
SELECT e, hint(e) FROM unnest(ARRAY['{Patient Name}', '{patient name}', '{PatientNo}', '{patientno || gender}', '{"Patientname"}', '{first-name}', '{this.PatientNo}',
	'{trim(PatientNo)}', '{upper(Patient Name)}', '{姓 名}', '{gendre}', '{(SELECT x.PatientNo FROM q x LIMIT 1)}', '{"male"}', '{nothing}']) e;
-- composites
SELECT e, hint(e) FROM unnest(ARRAY['{home}', '{"Work"}', '{other}']) e;
-- $if has no braces
SELECT fhir_map('q', '{"resourceType":"Patient","id":"{id}","name":[{"$if":"PatientNo IS NULL","text":"{gender}"}]}');
-- after a renaming the reader gets the same hint
SELECT fhir_map('q', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{\"Patient Name\"}"}]}');
SET client_min_messages = error;
ALTER TABLE q RENAME "Patient Name" TO "Patient name";
SET client_min_messages = warning;
SELECT fhir_from_row(q.*) FROM q;
-- two mappings: the hint's call for a Bundle works
SELECT fhir_unmap('q');
SELECT fhir_map('q', '{"resourceType":"Patient","id":"{id}"}', 'a'), fhir_map('q', '{"resourceType":"Patient","id":"{id}","gender":"{gender}"}', 'b');
SELECT fhir_bundle(q.*) FROM q;
SELECT fhir_bundle(q.*, 'b') FROM q;
SELECT fhir_bundle(fhir_json_from_row(q, 'b')) ->> 'total' IS NULL, json_array_length(fhir_bundle(fhir_json_from_row(q, 'b')) -> 'entry') FROM q;
DROP SCHEMA mapping_hints CASCADE;
