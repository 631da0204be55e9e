/*
 * resources.sql
 *		The demonstration's resources as a table, and what holds of all:
 *		counts, ids, references, nothing empty.
 *
 * Expected counts come from the hospital's own tables, without the views.
 */

SET client_encoding = 'UTF8';

-- Like bool_and, but what is NULL does not hold.
CREATE FUNCTION holds_still(held boolean, holds boolean) RETURNS boolean
	LANGUAGE sql IMMUTABLE
	RETURN coalesce(held, true) AND coalesce(holds, false);
CREATE AGGREGATE holds(boolean) (SFUNC = holds_still, STYPE = boolean);

CREATE TEMP TABLE resource AS
	SELECT view, text, text::jsonb AS body, text::jsonb ->> 'resourceType' AS type, text::jsonb ->> 'id' AS id
	FROM (
		SELECT 'organization' AS view, fhir_json_from_row(t.*)::text AS text FROM tw_core.organization t
		UNION ALL SELECT 'practitioner', fhir_json_from_row(t.*)::text FROM tw_core.practitioner t
		UNION ALL SELECT 'patient', fhir_json_from_row(t.*)::text FROM tw_core.patient t
		UNION ALL SELECT 'encounter', fhir_json_from_row(t.*)::text FROM tw_core.encounter t
		UNION ALL SELECT 'condition', fhir_json_from_row(t.*)::text FROM tw_core.condition t
		UNION ALL SELECT 'reading', fhir_json_from_row(t.*)::text FROM tw_core.reading t
		UNION ALL SELECT 'blood_pressure', fhir_json_from_row(t.*)::text FROM tw_core.blood_pressure t
	) AS made
	WHERE text IS NOT NULL;
CREATE INDEX ON resource (type, id);
CREATE INDEX ON resource USING hash (text);
ANALYZE resource;

CREATE TEMP VIEW known_chart AS SELECT chart_no FROM his.patbas WHERE pt_name NOT LIKE '測試%';
CREATE TEMP VIEW known_visit AS SELECT v.* FROM his.visit v JOIN known_chart USING (chart_no);

SELECT count(resource.id) = expected AND expected > 0, format('%s of %s: %s expected, %s made', source.type, source_view, expected, count(resource.id))
FROM (
	SELECT 'Organization' AS type, 'organization' AS source_view, (SELECT count(*) + 1 FROM his.dept) AS expected
	UNION ALL SELECT 'Practitioner', 'practitioner', (SELECT count(*) FROM his.staff)
	UNION ALL SELECT 'Patient', 'patient', (SELECT count(*) - 2 FROM his.patbas)
	UNION ALL SELECT 'Encounter', 'encounter', (SELECT count(*) - 2 FROM his.visit)
	UNION ALL SELECT 'Condition', 'condition', (
		SELECT count(*) FROM his.diag JOIN known_visit USING (visit_no)
		WHERE icd <> '' OR btrim(diag_name, U&' \3000') <> '')
	UNION ALL SELECT 'Observation', 'reading', (
		SELECT count(*) FROM his.lab JOIN known_visit USING (visit_no) JOIN his.lab_item USING (item_no)) + (
		SELECT count(*) FROM his."生命徵象" WHERE "項目" = 'HR')
	UNION ALL SELECT 'Observation', 'blood_pressure', (
		SELECT count(DISTINCT ("病歷號", coalesce("就診號", ''), "量測時間")) FROM his."生命徵象"
		WHERE "項目" <> 'HR' AND "量測時間" IS NOT NULL)
) AS source
	LEFT JOIN resource ON view = source_view AND resource.type = source.type
GROUP BY source.type, source_view, expected;

SELECT count(DISTINCT (type, id)) = count(*), 'no type has an id twice' FROM resource;
SELECT holds(id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'), 'ids are UUIDs of version 8' FROM resource;
SELECT holds(text LIKE '{"resourceType":"' || type || '","id":"' || id || '",%'), 'resourceType and id come first' FROM resource;
SELECT NOT bool_or(text ~ '(:|\[|,)(null|""|\{\}|\[\])' OR text ~ '":" *"'), 'nothing is empty' FROM resource;
SELECT NOT bool_or(text LIKE '%' || U&'\3000' || '%'), 'no full-width blank is left' FROM resource;
SELECT NOT bool_or(text ~ ':" |[^:] "[,}]'), 'no text has blanks at its ends' FROM resource;
SELECT count(*) = 0, 'each resource is valid' || coalesce(': not ' || min(type || ' ' || expression || ' ' || diagnostics), '')
FROM resource, fhir_validate(body) WHERE severity = 'error';
SELECT holds(fhir_is_valid(text::json)), 'each resource is valid as text' FROM resource;

-- The session's settings change nothing.
SET TimeZone = 'America/New_York';
SET DateStyle = 'German, DMY';
SET extra_float_digits = 0;
SELECT count(*) > 5000 AND holds(EXISTS (SELECT FROM resource r WHERE r.type = 'Observation' AND r.text = made.text)),
	'blood pressures are the same under other settings of the session'
FROM (SELECT fhir_json_from_row(t.*)::text AS text FROM tw_core.blood_pressure t) AS made;
SELECT count(*) > 4000 AND holds(EXISTS (SELECT FROM resource r WHERE r.type = 'Condition' AND r.text = made.text)),
	'conditions are the same under other settings of the session'
FROM (SELECT fhir_json_from_row(t.*)::text AS text FROM tw_core.condition t) AS made
WHERE text IS NOT NULL;
RESET TimeZone;
RESET DateStyle;
RESET extra_float_digits;

CREATE TEMP TABLE reference AS
	SELECT type AS source, view, id, split_part(target, '/', 1) AS target_type, split_part(target, '/', 2) AS target_id
	FROM resource, LATERAL (SELECT found[1] AS target FROM regexp_matches(text, '"reference":"([^"]*)"', 'g') AS found) AS found;
SELECT count(*) = 0, 'every reference is to a resource that is there: ' || count(*) || ' are not'
FROM reference r
WHERE NOT EXISTS (SELECT FROM resource t WHERE t.type = r.target_type AND t.id = r.target_id);

-- References per type equal what the columns allow.
CREATE TEMP VIEW found AS SELECT view, target_type, count(*) FROM reference GROUP BY 1, 2;
SELECT found.count IS NOT DISTINCT FROM expected AND expected > 0, format('%s references from %s to %s, %s expected', found.count, view, target_type, expected)
FROM (
	SELECT 'organization' AS view, 'Organization' AS target_type, (SELECT count(*) FROM his.dept) AS expected
	UNION ALL SELECT 'patient', 'Organization', (SELECT count(*) FROM known_chart)
	UNION ALL SELECT 'encounter', 'Patient', (SELECT count(*) FROM known_visit)
	UNION ALL SELECT 'encounter', 'Organization', (SELECT count(*) FROM known_visit)
	UNION ALL SELECT 'encounter', 'Practitioner', (SELECT count(*) FROM known_visit JOIN his.staff ON emp_no = dr_no)
	UNION ALL SELECT 'condition', 'Patient', (SELECT count(*) FROM resource WHERE view = 'condition')
	UNION ALL SELECT 'condition', 'Encounter', (SELECT count(*) FROM resource WHERE view = 'condition')
	UNION ALL SELECT 'condition', 'Practitioner', (
		SELECT count(*) FROM his.diag JOIN known_visit USING (visit_no) JOIN his.staff ON emp_no = dr_no
		WHERE icd <> '' OR btrim(diag_name, U&' \3000') <> '')
	UNION ALL SELECT 'reading', 'Practitioner', (SELECT count("量測人員") FROM his."生命徵象" WHERE "項目" = 'HR')
	UNION ALL SELECT 'reading', 'Encounter', (
		SELECT count(*) FROM his.lab JOIN known_visit USING (visit_no) JOIN his.lab_item USING (item_no)) + (
		SELECT count("就診號") FROM his."生命徵象" WHERE "項目" = 'HR')
	UNION ALL SELECT 'reading', 'Patient', (SELECT count(*) FROM resource WHERE view = 'reading')
	UNION ALL SELECT 'blood_pressure', 'Patient', (SELECT count(*) FROM resource WHERE view = 'blood_pressure')
	UNION ALL SELECT 'blood_pressure', 'Practitioner', (
		SELECT count(DISTINCT ("病歷號", "量測時間")) FROM his."生命徵象"
		WHERE "項目" <> 'HR' AND "量測時間" IS NOT NULL AND "量測人員" IS NOT NULL)
	UNION ALL SELECT 'blood_pressure', 'Encounter', (
		SELECT count(DISTINCT ("病歷號", "量測時間")) FROM his."生命徵象"
		WHERE "項目" <> 'HR' AND "量測時間" IS NOT NULL AND "就診號" IS NOT NULL)
) AS source
	FULL JOIN found USING (view, target_type);
