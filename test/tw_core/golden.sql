/*
 * golden.sql
 *		What a golden file says, and the comparison.
 *
 * A golden file has <kind key,key> where an id stands: ids depend on the
 * database's secret.  Resources are compared as jsonb in its text form, which
 * keeps the scale of numbers.
 */

CREATE TABLE golden (file text PRIMARY KEY, body text);

CREATE FUNCTION golden_id(kind text, keys text[]) RETURNS text
	LANGUAGE sql STABLE
	RETURN CASE kind
		WHEN 'blood_pressure' THEN fhir.fhir_id(kind, keys[1], keys[2], keys[3]::timestamptz)
		ELSE fhir.fhir_id(kind, keys[1])
	END::text;

-- The golden resource with the ids of this database.
CREATE FUNCTION golden_resource(body text) RETURNS jsonb
	LANGUAGE plpgsql STABLE
AS $$
DECLARE
	token text[];
BEGIN
	FOR token IN SELECT regexp_matches(body, '<(\w+) ([^>]*)>', 'g') LOOP
		body := replace(body, format('<%s %s>', token[1], token[2]), golden_id(token[1], string_to_array(token[2], ',')));
	END LOOP;
	RETURN body;
END
$$;

-- Every resource of the clinic, from both encodings.
CREATE VIEW made AS
	SELECT 'organization' AS view, fhir.fhir_from_row(t.*) AS body, fhir.fhir_json_from_row(t.*) AS text FROM tw_core.organization t
	UNION ALL SELECT 'practitioner', fhir.fhir_from_row(t.*), fhir.fhir_json_from_row(t.*) FROM tw_core.practitioner t
	UNION ALL SELECT 'patient', fhir.fhir_from_row(t.*), fhir.fhir_json_from_row(t.*) FROM tw_core.patient t
	UNION ALL SELECT 'encounter', fhir.fhir_from_row(t.*), fhir.fhir_json_from_row(t.*) FROM tw_core.encounter t
	UNION ALL SELECT 'condition', fhir.fhir_from_row(t.*), fhir.fhir_json_from_row(t.*) FROM tw_core.condition t
	UNION ALL SELECT 'reading', fhir.fhir_from_row(t.*), fhir.fhir_json_from_row(t.*) FROM tw_core.reading t
	UNION ALL SELECT 'blood_pressure', fhir.fhir_from_row(t.*), fhir.fhir_json_from_row(t.*) FROM tw_core.blood_pressure t;

CREATE FUNCTION golden_check() RETURNS TABLE (good boolean, what text)
	LANGUAGE sql STABLE
	BEGIN ATOMIC
		SELECT coalesce(m.body::text = g.resource::text AND m.text::jsonb::text = g.resource::text, false), g.file
		FROM (SELECT file, split_part(file, '-', 1) AS view, golden_resource(body) AS resource FROM golden) AS g
			LEFT JOIN made m ON m.view = g.view AND m.body ->> 'id' = g.resource ->> 'id'
		UNION ALL
		SELECT count(*) = (SELECT count(*) FROM golden) AND count(*) = 22, 'no resource without a golden one'
		FROM made
		WHERE body IS NOT NULL
		UNION ALL
		SELECT count(*) = 22 AND bool_and(fhir.fhir_is_valid(body) AND fhir.fhir_is_valid(text)), 'each resource is valid in both encodings'
		FROM made
		WHERE body IS NOT NULL
		UNION ALL
		SELECT count(*) = 2, 'conditions without a code that is known and without a name are no resource'
		FROM made
		WHERE view = 'condition' AND body IS NULL AND text IS NULL
		UNION ALL
		SELECT count(*) = 9, 'a reading with neither code nor name, and those of blood pressure, are no resource of their own'
		FROM made
		WHERE view = 'reading' AND body IS NULL AND text IS NULL;
	END;
