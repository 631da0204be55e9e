-- rule 4: $if is SQL, NULL is false, and nothing below a false one is evaluated
SET fhir_bridge.inline = off;	-- the plain call: its errors say where in the template they come from
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
CREATE SCHEMA mapping_if;
SET search_path = mapping_if, public;
CREATE TABLE t (type text, value text, flag boolean, m integer[]);
INSERT INTO t VALUES ('numeric', '7.50', true, '{3,-1,0,8}'), ('text', 'positive', false, '{-1}'), (NULL, 'x', NULL, NULL);
-- the same, or that a required element is empty
CREATE FUNCTION tried(r anyelement) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN pg_temp.resource(r);
EXCEPTION WHEN not_null_violation THEN
	RETURN 'refused: ' || SQLERRM;
END $$;
CREATE FUNCTION rows(template json) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM fhir_map('mapping_if.t', template, on_invalid => 'keep');
	RETURN QUERY SELECT concat_ws(' ', type, value, flag, m) || ' -> ' || tried(t) FROM t;
END $$;

-- the cast of a text row is no error: it is not evaluated
SELECT rows('{"resourceType":"Observation","id":"{''x''}","status":"final","code":{"text":"o"},"valueQuantity":{"$if":"type = ''numeric''","value":"{value::numeric}","unit":"kPa"},
	"valueString":"{CASE WHEN type = ''text'' THEN value END}"}');
-- the position of the key does not matter; whatever stands below is not evaluated
SELECT rows('{"resourceType":"Patient","id":"{''x''}","contact":[{"gender":"{(value::numeric)::text}","name":{"given":["{value::numeric}"],"period":{"start":"{value::date}"}},
	"telecom":[{"$each":"ARRAY[value::numeric] AS d","value":"{d}","rank":"{value::int}"}],"$if":"type = ''none''"}],"active":true}');
-- at the root: no resource
SELECT rows('{"$if":"flag","resourceType":"Patient","id":"{''x''}","active":"{flag}"}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","birthDate":"{value::date}","$if":"type IS NULL AND value <> ''x''"}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","$if":"NULL","active":true}');
SELECT count(*), count(fhir_from_row(t)), count(fhir_json_from_row(t)) FROM t;
-- in an array's member, of constants alone too: it keeps no object alive, and goes with its parent
SELECT rows('{"resourceType":"Patient","id":"{''x''}","maritalStatus":{"coding":[{"$if":"flag","code":"M"},{"$if":"NOT flag","code":"{value}"}],"text":"{nullif(type,''text'')}"}}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","maritalStatus":{"coding":[{"$if":"flag","code":"M"}]},"active":true}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","contact":[{"gender":"male","name":{"$if":"flag","text":"const"},"address":{"city":"{type}"}}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","contact":[{"gender":"male","name":{"$if":"flag","text":"const"}}]}');
-- with keep, as in a blood pressure whose side is missing
SELECT rows('{"resourceType":"Observation","id":"{''x''}","code":{"text":"o"},"status":"final","component":[{"$keep":true,"code":{"text":"8480-6"},"valueQuantity":{"$if":"flag","value":"{value::numeric}","unit":"mmHg"},
	"dataAbsentReason":{"$if":"flag IS NOT TRUE","text":"unknown"}}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","contact":[{"$keep":true,"$if":"flag","gender":"male","name":{"text":"{nullif(value,''7.50'')}"}}]}');
-- of a required element: its constants stay only when it is true
SELECT rows('{"resourceType":"Observation","id":"{''x''}","status":"final","code":{"$if":"flag IS NOT NULL","coding":[{"code":"const"}],"text":"{nullif(type,''text'')}"}}');
-- meta
SELECT rows('{"resourceType":"Patient","id":"{''x''}","meta":{"$if":"flag","profile":["p"]}}');
-- with $each it is asked for each element
SELECT rows('{"resourceType":"Patient","id":"{''x''}","telecom":[{"$each":"m AS d","$if":"d > 0 AND flag","system":"phone","value":"{d}"}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","telecom":[{"$each":"m AS d","$if":"d <> 0","rank":"{24 / d}","value":"v"}]}');
SELECT rows('{"resourceType":"Patient","id":"{''x''}","contact":[{"$if":"flag","telecom":[{"$each":"m AS d","$if":"d > 0","value":"{d}"}]}]}');
-- two references, each under its condition
SELECT rows('{"resourceType":"DiagnosticReport","id":"{''x''}","status":"final","code":{"text":"d"},"performer":[{"$if":"flag","reference":"Organization/{value}"},{"$if":"flag IS NOT TRUE","reference":"Practitioner/{value}"}]}');
-- in an element's twin
SELECT rows('{"resourceType":"Patient","id":"{''x''}","language":"{type}","_language":{"$if":"flag IS NOT FALSE","extension":[{"url":"u","valueString":"const"}]}}');
-- a domain over boolean will do
CREATE DOMAIN yes AS boolean;
ALTER TABLE t ALTER flag TYPE yes;
SELECT rows('{"resourceType":"Patient","id":"{''x''}","name":[{"$if":"flag","text":"{value}"}]}');

-- errors: at registration
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","name":[{"$if":"type","text":"{value}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","name":[{"$if":"{flag}","text":"{value}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","name":[{"$if":"","text":"{value}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","name":[{"$if":true,"text":"{value}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","name":[{"$if":"flag AS f","text":"{value}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","name":[{"$if":"flag, flag","text":"{value}"}]}');
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","name":[{"$if":"d > 0","telecom":[]}],"telecom":[{"$if":"d > 0","value":"{type}"}]}');
-- errors: in a row, with the place in the template
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}","name":[{"text":"x","$if":"1 / (m[1] - 3) > 0"}]}');
SELECT fhir_from_row(t) FROM t;
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{''x''}",
	"$if":"1 / (m[1] - 3) > 0"}');
SELECT fhir_json_from_row(t) FROM t;
SET client_min_messages = warning;
DROP SCHEMA mapping_if CASCADE;
