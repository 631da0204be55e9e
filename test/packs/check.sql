-- The exported lines in result.line beside the raw tables: for each test its
-- name, what the tables make us expect, and what the resources have.  Nothing
-- here calls a function of the extension or reads a view of the pack.
SET timezone = 'UTC';

CREATE TEMP TABLE resource AS SELECT type, text::json ->> 'id' AS id, text::jsonb AS r FROM result.line;
CREATE INDEX ON resource (type, id);
ANALYZE resource;

-- A row of the raw table is exported: blood pressures and summaries apart.
CREATE TEMP VIEW plain AS
	SELECT *, CASE WHEN code IN ('8480-6', '8462-4') THEN 'pressure' WHEN code LIKE 'Q___' OR code = 'DALY' THEN 'summary'
		WHEN type = 'numeric' OR type IS NULL AND value ~ '^[0-9.E-]+$' THEN 'number' ELSE 'text' END AS sort
	FROM synthea.observations;
CREATE TEMP VIEW pressure AS
	SELECT DISTINCT ON (patient, encounter, date, code) * FROM plain WHERE sort = 'pressure'
	ORDER BY patient, encounter, date, code, line;
CREATE TEMP VIEW panel AS SELECT DISTINCT patient, encounter, date FROM pressure;

-- Counts: every row of the tables once.
SELECT 'number of ' || type, expected, (SELECT count(*) FROM resource r WHERE r.type = e.type)
FROM (VALUES
	('Patient', (SELECT count(DISTINCT id) FROM synthea.patients)),
	('Organization', (SELECT count(DISTINCT id) FROM synthea.organizations)),
	('Practitioner', (SELECT count(DISTINCT id) FROM synthea.providers)),
	('Encounter', (SELECT count(DISTINCT id) FROM synthea.encounters)),
	('Condition', (SELECT count(*) FROM synthea.conditions)),
	('Observation', (SELECT count(*) FROM plain WHERE sort IN ('number', 'text')) + (SELECT count(*) FROM panel)),
	('MedicationRequest', (SELECT count(*) FROM synthea.medications)),
	('Procedure', (SELECT count(*) FROM synthea.procedures)),
	('Immunization', (SELECT count(*) FROM synthea.immunizations)),
	('AllergyIntolerance', (SELECT count(*) FROM synthea.allergies))) AS e(type, expected);

SELECT 'lines of another type than their file''s', 0, count(*) FROM resource WHERE r ->> 'resourceType' IS DISTINCT FROM type;
SELECT 'lines that do not begin with their type', 0, count(*) FROM result.line WHERE text NOT LIKE '{"resourceType":"' || type || '","id":"%';
SELECT 'ids that are missing or given twice', 0, count(*) - count(DISTINCT (type, id)) FROM resource;
SELECT 'nulls and empties', 0, count(*) FROM result.line
WHERE text ~ '[:,[](null|""|\{\}|\[\])[],}]';

-- References: as many as the columns allow, and each leads to a resource.
CREATE TEMP TABLE reference AS
	SELECT type, element, target #>> '{}' AS target
	FROM resource, LATERAL (VALUES ('subject'), ('patient'), ('encounter'), ('serviceProvider'), ('participant[*].individual'),
		('requester'), ('reasonReference[*]')) AS e(element), jsonb_path_query(r, ('$.' || element || '.reference')::jsonpath) AS target;

CREATE TEMP TABLE expected_reference AS
	SELECT * FROM (
		SELECT 'Encounter', 'subject', count(patient) FROM synthea.encounters WHERE occurrence = 1
		UNION ALL SELECT 'Encounter', 'serviceProvider', count(organization) FROM synthea.encounters WHERE occurrence = 1
		UNION ALL SELECT 'Encounter', 'participant[*].individual', count(provider) FROM synthea.encounters WHERE occurrence = 1
		UNION ALL SELECT 'Condition', 'subject', count(patient) FROM synthea.conditions
		UNION ALL SELECT 'Condition', 'encounter', count(encounter) FROM synthea.conditions
		UNION ALL SELECT 'Observation', 'subject', (SELECT count(*) FROM plain WHERE sort IN ('number', 'text')) + (SELECT count(*) FROM panel)
		UNION ALL SELECT 'Observation', 'encounter', (SELECT count(encounter) FROM plain WHERE sort IN ('number', 'text')) + (SELECT count(encounter) FROM panel)
		UNION ALL SELECT 'MedicationRequest', 'subject', count(patient) FROM synthea.medications
		UNION ALL SELECT 'MedicationRequest', 'encounter', count(encounter) FROM synthea.medications
		UNION ALL SELECT 'MedicationRequest', 'requester', count(*) FROM synthea.medications
			WHERE encounter IN (SELECT id FROM synthea.encounters WHERE provider IS NOT NULL)
		UNION ALL SELECT 'MedicationRequest', 'reasonReference[*]', count(*) FROM synthea.medications m JOIN synthea.conditions c
			ON c.patient = m.patient AND c.code = m.reasoncode AND daterange(c.start, c.stop, '[]') @> m.start::date
		UNION ALL SELECT 'Procedure', 'subject', count(patient) FROM synthea.procedures
		UNION ALL SELECT 'Procedure', 'encounter', count(encounter) FROM synthea.procedures
		UNION ALL SELECT 'Procedure', 'reasonReference[*]', count(*) FROM synthea.procedures p JOIN synthea.conditions c
			ON c.patient = p.patient AND c.code = p.reasoncode AND daterange(c.start, c.stop, '[]') @> coalesce(p.start, p.date)::date
		UNION ALL SELECT 'Immunization', 'patient', count(patient) FROM synthea.immunizations
		UNION ALL SELECT 'Immunization', 'encounter', count(encounter) FROM synthea.immunizations
		UNION ALL SELECT 'AllergyIntolerance', 'patient', count(patient) FROM synthea.allergies
		UNION ALL SELECT 'AllergyIntolerance', 'encounter', count(encounter) FROM synthea.allergies) AS e(type, element, expected);

SELECT 'references ' || type || '.' || element, expected,
	(SELECT count(*) FROM reference r WHERE r.type = e.type AND r.element = e.element)
FROM expected_reference e;
SELECT 'all references', sum(expected),
	(SELECT count(*) FROM resource, jsonb_path_query(r, 'strict $.**.reference')) FROM expected_reference;
SELECT 'references that lead nowhere', 0, count(*) FROM reference t
WHERE NOT EXISTS (SELECT FROM resource r WHERE r.type = split_part(t.target, '/', 1) AND r.id = split_part(t.target, '/', 2));

-- Each row's own patient and encounter, as sets.
SELECT 'patients and encounters of conditions', md5(coalesce((
		SELECT string_agg(concat_ws(' ', patient, encounter, code, start, stop), ',' ORDER BY patient, encounter, code, start, stop) FROM synthea.conditions), '')),
	md5(coalesce((SELECT string_agg(concat_ws(' ', p, e, c, s, a), ',' ORDER BY p, e, c, s, a)
		FROM resource, LATERAL (SELECT substr(r #>> '{subject,reference}', 9) AS p, substr(r #>> '{encounter,reference}', 11) AS e,
			r #>> '{code,coding,0,code}' AS c, (r ->> 'onsetDateTime')::date AS s, (r ->> 'abatementDateTime')::date AS a) v
		WHERE type = 'Condition'), ''));

-- Values: the digits of the file, and its texts.
SELECT 'quantities', md5(coalesce((SELECT string_agg(value::numeric::text, ',' ORDER BY code, value::numeric::text) FROM plain WHERE sort = 'number'), '')),
	md5(coalesce((SELECT string_agg(r #>> '{valueQuantity,value}', ',' ORDER BY r #>> '{code,coding,0,code}', r #>> '{valueQuantity,value}')
		FROM resource WHERE type = 'Observation' AND r ? 'valueQuantity'), ''));
SELECT 'texts', md5(coalesce((SELECT string_agg(t, ',' ORDER BY code, t)
		FROM plain, LATERAL (SELECT regexp_replace(value, '  ', ', ', 'g') AS t) v WHERE sort = 'text'), '')),
	md5(coalesce((SELECT string_agg(t, ',' ORDER BY r #>> '{code,coding,0,code}', t)
		FROM resource, LATERAL (SELECT coalesce(r ->> 'valueString', r #>> '{valueCodeableConcept,text}') AS t) v
		WHERE type = 'Observation' AND NOT r ? 'valueQuantity' AND NOT r ? 'component'), ''));
SELECT 'units', (SELECT count(units) FROM plain WHERE sort = 'number' AND units NOT IN ('null', 'n/a')), count(*) FROM resource
WHERE type = 'Observation' AND r #>> '{valueQuantity,code}' = r #>> '{valueQuantity,unit}' AND r #>> '{valueQuantity,system}' = 'http://unitsofmeasure.org';
SELECT 'units that are none', 0, count(*) FROM result.line WHERE text ~ '"(unit|code)":"(null|n/a)"';
SELECT 'blood pressures', md5(coalesce((SELECT string_agg(concat_ws(' ', patient, code, value::numeric), ',' ORDER BY patient, code, value) FROM pressure), '')),
	md5(coalesce((SELECT string_agg(concat_ws(' ', p, c, v), ',' ORDER BY p, c, v)
		FROM resource, jsonb_array_elements(r -> 'component') AS component,
			LATERAL (SELECT substr(r #>> '{subject,reference}', 9) AS p, component #>> '{code,coding,0,code}' AS c, component #>> '{valueQuantity,value}' AS v) x
		WHERE v IS NOT NULL), ''));
SELECT 'components', 2 * (SELECT count(*) FROM panel), count(*)
FROM resource, jsonb_path_query(r, '$.component[*] ? (exists(@.valueQuantity) || exists(@.dataAbsentReason))');
SELECT 'systolic readings come first', (SELECT count(*) FROM panel), count(*)
FROM resource WHERE r #>> '{component,0,code,coding,0,code}' = '8480-6' AND r #>> '{component,1,code,coding,0,code}' = '8462-4';
SELECT 'observations without a category', (SELECT count(*) FROM synthea.observations WHERE code = '0-0'),
	count(*) FROM resource WHERE type = 'Observation' AND NOT r ? 'category';

-- Codes that depend on a column.
SELECT 'conditions that are resolved', (SELECT count(stop) FROM synthea.conditions), count(*) FROM resource
WHERE type = 'Condition' AND r ? 'abatementDateTime' AND r #>> '{clinicalStatus,coding,0,code}' = 'resolved';
SELECT 'conditions that are active', (SELECT count(*) - count(stop) FROM synthea.conditions), count(*) FROM resource
WHERE type = 'Condition' AND NOT r ? 'abatementDateTime' AND r #>> '{clinicalStatus,coding,0,code}' = 'active';
SELECT 'medications that are stopped', (SELECT count(stop) FROM synthea.medications), count(*) FROM resource
WHERE type = 'MedicationRequest' AND r ->> 'status' = 'stopped';
SELECT 'encounters of class ' || class, (SELECT count(*) FROM synthea.encounters WHERE occurrence = 1 AND encounterclass = ANY (names)),
	(SELECT count(*) FROM resource WHERE type = 'Encounter' AND r #>> '{class,code}' = class)
FROM (VALUES ('AMB', '{ambulatory, outpatient, wellness, urgentcare}'::text[]), ('IMP', '{inpatient}'), ('EMER', '{emergency}'),
	('VR', '{virtual}'), ('UNK', '{telepathy}')) AS c(class, names);
SELECT 'patients who died', (SELECT count(deathdate) FROM synthea.patients), count(*) FROM resource WHERE type = 'Patient' AND r ? 'deceasedDateTime';
SELECT 'zip codes of ' || type, expected, (SELECT md5(string_agg(zip, ',' ORDER BY zip))
	FROM resource r, LATERAL (SELECT r #>> '{address,0,postalCode}') z(zip) WHERE r.type = e.type)
FROM (VALUES ('Patient', (SELECT md5(string_agg(zip, ',' ORDER BY zip)) FROM synthea.patients)),
	('Practitioner', (SELECT md5(string_agg(zip, ',' ORDER BY zip)) FROM synthea.providers))) AS e(type, expected);
