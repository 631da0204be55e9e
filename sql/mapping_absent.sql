-- rule 6: _birthDate and its like, $absent, arrays beside their twins
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
CREATE SCHEMA mapping_absent;
SET search_path = mapping_absent, public;
CREATE TABLE t (d date, x text, a text, b text, n numeric);
INSERT INTO t VALUES ('1970-05-01', 'x', 'a', 'b', 1), (NULL, 'x', NULL, 'b', 2), ('1970-05-02', NULL, 'a', NULL, NULL), (NULL, NULL, NULL, NULL, NULL), (NULL, ' ', ' ', '', 0);
-- the same, or that a required element is empty
CREATE FUNCTION tried(r anyelement) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN pg_temp.resource(r);
EXCEPTION WHEN not_null_violation THEN
	RETURN 'refused: ' || SQLERRM;
END $$;
CREATE FUNCTION rows(template json, on_invalid text DEFAULT 'keep') RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM fhir_map('mapping_absent.t', template, on_invalid => on_invalid);
	RETURN QUERY SELECT concat_ws(' ', d, x, a, b, n) || ' -> ' || tried(t) FROM t;
END $$;

-- a twin is an ordinary key, with its own id and extensions, before or after its element
SELECT rows('{"resourceType":"Patient","id":"{''x''}","_birthDate":{"extension":[{"url":"u","valueString":"{x}"}]},"birthDate":"{d}"}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","birthDate":"{d}","_birthDate":{"id":"{a}","extension":[{"url":"u","valueDecimal":"{n}"},{"url":"const","valueCode":"c"}]}}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","gender":"male","_gender":{"id":"{a}"},"_language":{"id":"{x}"}}');
-- a constant twin goes with its parent
SELECT rows('{"resourceType":"Patient","id":"{''x''}","name":[{"family":"{a}","_family":{"extension":[{"url":"u","valueCode":"c"}]}}]}');
-- $absent: exactly when the element came out empty
SELECT rows('{"resourceType":"Patient","id":"{''x''}","birthDate":"{d}","_birthDate":{"$absent":"unknown"}}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","_birthDate":{"extension":[{"url":"u","valueString":"{x}"}],"$absent":"asked-unknown"},"birthDate":"{d}"}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","birthDate":"{d}","_birthDate":{"$absent":"masked","$if":"n IS NOT NULL"}}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","language":"{a}-{b}","_language":{"$absent":"error","id":"{x}"}}');
-- beside a constant it never stands
SELECT rows('{"resourceType":"Patient","id":"{''x''}","gender":"male","_gender":{"$absent":"unknown"}}');
-- in a group it gives nothing by itself, so that the group goes
SELECT rows('{"resourceType":"Patient","id":"{''x''}","name":[{"use":"usual","family":"{a}","_family":{"$absent":"unknown"},"text":"{x}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","name":[{"$keep":true,"family":"{a}","_family":{"$absent":"unknown"}}]}');
-- it stands for the value that an identifier needs
SELECT rows('{"resourceType":"Patient","id":"{''x''}","identifier":[{"$keep":true,"system":"urn:x:s","value":"{a}","_value":{"$absent":"not-asked"}}]}');
-- of a required element, of a choice, and of a value that was left out
SELECT rows('{"resourceType":"Observation","id":"{''x''}","code":{"text":"o"},"status":"{a}","_status":{"$absent":"unknown"},"effectiveDateTime":"{d}","_effectiveDateTime":{"$absent":"unknown"}}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","birthDate":"{x}","_birthDate":{"$absent":"error"}}', 'omit');

-- arrays keep nulls only to stay aligned with their twin
SELECT rows('{"resourceType":"Patient","id":"{''x''}","name":[{"given":["{a}","{b}"],"_given":[{"id":"{x}"},null]}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","name":[{"given":["{a}",null,"{b}"],"_given":[null,{"extension":[{"url":"u","valueString":"{x}"}]},{"id":"{n}"}]}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","name":[{"_given":[null,{"id":"{x}"},{"id":"const"}],"given":["first","{a}","last"],"text":"{b}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","name":[{"given":["{a}","{b}"],"_given":[{"$absent":"unknown"},{"$absent":"masked"}],"text":"{x}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","name":[{"given":["{a}-{n}"],"_given":[{"$if":"n > 0","id":"i"}]}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","name":[{"_given":[{"id":"{a}"},{"id":"{b}"}]}]}');

-- faults
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","_birthDate":{"$absent":"unknown"}}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","birthDate":"{d}","_birthDate":{"$absent":"no\"idea"}}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","birthDate":"{d}","_birthDate":{"$absent":["unknown"]}}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","name":[{"$absent":"unknown","text":"{a}"}],"birthDate":{"$absent":"unknown"},"$absent":"unknown"}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","_name":[{"id":"x"}],"_deceased":{"id":"x"},"_":{"id":"x"},"__birthDate":{"id":"x"}}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","_birthDate":"{d}","name":[{"_given":"{a}"},{"_given":["{x}"]}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","_birthDate":"x{d}","_gender":{"url":"x"},"_language":[{"id":"x"}],"_active":true}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","name":[{"given":["{a}"],"_given":[null,{"id":"x"}]},{"given":["{a}"],"_given":{"id":"x"}},{"_given":[null]}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","name":[{"given":["{ARRAY[a,b]}"],"_given":[{"id":"x"}]},{"given":"{ARRAY[a,b]}","_given":[{"id":"x"}]}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","birthDate":null,"name":[null,{"given":[null]}],"_gender":null,"gender":"{a}"}');
SET client_min_messages = warning;
DROP SCHEMA mapping_absent CASCADE;
