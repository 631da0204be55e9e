-- code maps: hospital codes to FHIR codes, Codings and concepts

CREATE TYPE ward AS ENUM ('icu', 'er');
CREATE DOMAIN sex_code AS char(3);
SELECT fhir_code_map('sex', '{"M": "male", "F": "female",
	" 1 ": {"code": "male", "display": "Male", "system": "urn:own"},
	"true": {"code": "yes"}, "icu": "IMP", "9ad2c1b0-0000-8000-8000-000000000001": "uuid"}',
	system => 'http://hl7.org/fhir/administrative-gender', unmapped => 'omit');
SELECT map, system, unmapped FROM fhir_code_map;
SELECT * FROM fhir_code_map_entry ORDER BY source;

-- every type that has a plain text; blanks around a value do not count
SELECT fhir_code('sex', 'M') AS unknown, fhir_code('sex', 'M'::text) AS text, fhir_code('sex', ' F '::varchar) AS varchar,
	fhir_code('sex', 'M'::char(5)) AS bpchar, fhir_code('sex', 'F'::sex_code) AS domain, fhir_code('sex', 'M'::name) AS name,
	fhir_code('sex', 'F'::"char") AS "char", fhir_code('sex', 'icu'::ward) AS enum, fhir_code('sex', true) AS bool,
	fhir_code('sex', 1::smallint) AS int2, fhir_code('sex', 1) AS int4, fhir_code('sex', 1::bigint) AS int8,
	fhir_code('sex', 1::numeric) AS numeric, fhir_code('sex', '9ad2c1b0-0000-8000-8000-000000000001'::uuid) AS uuid;

-- the Coding and the concept
SELECT fhir_coding('sex', 'M') AS map_system, fhir_coding('sex', 1) AS own_system;
SELECT fhir_concept('sex', ' M ') AS trimmed, fhir_concept('sex', 1) AS display;

-- nothing there gives nothing, whatever the map's rule
SELECT fhir_code('sex', NULL::text) IS NULL AND fhir_code('sex', '') IS NULL AND fhir_coding('sex', '  ') IS NULL
	AND fhir_concept('sex', E'\t ') IS NULL AND fhir_code(NULL, 'M') IS NULL AS nothing;

-- what becomes of a value without an entry
CREATE FUNCTION unmapped(rule text) RETURNS TABLE (code text, coding jsonb, concept jsonb)
	LANGUAGE plpgsql AS $$
BEGIN
	PERFORM fhir_code_map('rule', '{"a": "b"}', 'urn:s', rule);
	RETURN QUERY SELECT fhir_code('rule', 'secret'), fhir_coding('rule', 'secret'), fhir_concept('rule', 'secret');
END
$$;
SELECT * FROM unmapped('omit');
SELECT * FROM unmapped('text');
SELECT * FROM unmapped('default:oth');
SELECT * FROM unmapped('error');
SELECT fhir_code_map('rule', '{"a": "b"}');
SELECT fhir_coding('rule', 'secret');
SELECT fhir_concept('rule', 'secret');

-- a map is replaced as a whole
SELECT fhir_code_map('rule', '{"x": "y"}', unmapped => 'omit');
SELECT fhir_code('rule', 'a') AS gone, fhir_code('rule', 'x') AS there, fhir_coding('rule', 'x') AS no_system;

-- many entries, of which each is found
SELECT fhir_code_map('many', (SELECT jsonb_object_agg('s' || i, 'c' || i) FROM generate_series(1, 20000) i), unmapped => 'omit');
SELECT count(*) FROM generate_series(1, 20010) i WHERE fhir_code('many', 's' || i) = 'c' || i;
SELECT sum(total_bytes) < 20 * 1024 * 1024 AS within_20_megabytes
FROM pg_backend_memory_contexts WHERE name = 'fhir_bridge code maps';

-- in a mapping
CREATE TABLE visit (id int PRIMARY KEY, sex text, class text);
INSERT INTO visit VALUES (1, 'M', 'x'), (2, NULL, 'nowhere');
SELECT fhir_map('visit', '{"resourceType": "Patient", "id": "{id}", "maritalStatus": "{fhir_concept(''rule'', class)}",
	"extension": [{"url": "urn:sex", "valueCode": "{fhir_code(''sex'', sex)}"}, {"url": "urn:class", "valueCoding": "{fhir_coding(''rule'', class)}"}]}');
SELECT fhir_json_from_row(v), fhir_from_row(v) = fhir_json_from_row(v)::jsonb AS same FROM visit v ORDER BY id;
SELECT fhir_unmap('visit');

-- bad input
SELECT fhir_code('none', 'M');
SELECT fhir_code('sex', 1.5::float8);
SELECT fhir_code('sex', date '2024-01-01');
SELECT fhir_code_map('bad', '["M"]');
SELECT fhir_code_map('bad', '{"M": ["male"]}');
SELECT fhir_code_map('bad', '{"M": {"code": {"a": 1}}}');
SELECT fhir_code_map('bad', '{"M": ""}');
SELECT fhir_code_map('bad', '{"M": 1}');
SELECT fhir_code_map('bad', '{"M": {"display": "Male"}}');
SELECT fhir_code_map('bad', '{"M": {"code": "male", "colour": "red"}}');
SELECT fhir_code_map('bad', '{"M": "male"}', unmapped => 'shrug');
SELECT fhir_code_map('bad', '{"M": "male"}', unmapped => 'default:');
SELECT fhir_code_map('bad', NULL);
SELECT fhir_code_map('bad', '{" M": "a", "M ": "b"}');
SELECT count(*) FROM fhir_code_map WHERE map = 'bad';
-- what is asked for in vain leaves nothing in the session
CREATE FUNCTION ask_in_vain(times int) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN
	FOR i IN 1 .. times LOOP
		BEGIN
			PERFORM fhir_code('missing', 'a');
		EXCEPTION WHEN undefined_object THEN
		END;
	END LOOP;
	RETURN sum(used_bytes) FROM pg_backend_memory_contexts WHERE name = 'fhir_bridge code maps';
END $$;
SELECT ask_in_vain(100) = ask_in_vain(2000) AS nothing_kept;
