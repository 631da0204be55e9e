/*
 * profile.sql
 *		What TW Core 0.3.1 asks for, on each of the demonstration's resources.
 *		Needs the table resource of resources.sql.
 */

CREATE TEMP TABLE identifier AS
	SELECT r.type, r.id, i AS body, i #>> '{type,coding,0,code}' AS slice, i ->> 'system' AS system, i ->> 'value' AS value
	FROM resource r, jsonb_array_elements(body -> 'identifier') AS i;

SELECT holds(body #>> '{meta,profile,0}' = 'https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/'
		|| CASE view WHEN 'blood_pressure' THEN 'Observation-bloodPressure' ELSE type END || '-twcore')
	AND count(DISTINCT view) = 6, 'each names its profile'
FROM resource WHERE view <> 'reading';
SELECT NOT bool_or(body #> '{meta,profile}' IS NOT NULL), 'other readings claim no profile' FROM resource WHERE view = 'reading';

/* Patient */
SELECT holds(jsonb_array_length(body -> 'identifier') >= 1), 'a patient has an identifier' FROM resource WHERE type = 'Patient';
SELECT holds(system IS NOT NULL AND value IS NOT NULL), 'every identifier of patients, staff and encounters has system and value'
FROM identifier WHERE type IN ('Patient', 'Practitioner', 'Encounter');
SELECT count(*) = 0, 'at most one identifier in a slice'
FROM (SELECT FROM identifier WHERE slice IS NOT NULL GROUP BY type, id, slice HAVING count(*) > 1) AS twice;
SELECT count(*) FILTER (WHERE i.slice = s.slice) > 0
	AND holds(i.body ->> 'use' = 'official' AND i.system = s.system AND i.value ~ s.form
		AND i.body #>> '{type,coding,0,system}' = 'http://terminology.hl7.org/CodeSystem/v2-0203'),
	format('the slice %s: use, system, type and form of %s patients', s.slice, count(i.*))
FROM (VALUES ('NNxxx', 'http://www.moi.gov.tw', '^[A-Z][12][0-9]{8}$'),
		('PRC', 'http://www.immigration.gov.tw', '^[A-Z]([89][0-9]{8}|[A-D][0-9]{8})$'),
		('PPN', 'http://hl7.org/fhir/sid/passport-TWN', '^[0-9]{9}$'),
		('MR', 'https://hospital.example/chart', '^[0-9]{8}$')) AS s (slice, system, form)
	LEFT JOIN identifier i ON i.type = 'Patient' AND i.slice = s.slice
GROUP BY s.slice;
SELECT holds((body #> '{type,coding,0,_code,extension}') IS NOT DISTINCT FROM CASE slice WHEN 'NNxxx' THEN
	'[{"url": "https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/identifier-suffix", "extension": [
		{"url": "suffix", "valueString": "TWN"},
		{"url": "valueSet", "valueCanonical": "http://hl7.org/fhir/ValueSet/iso3166-1-3"}]}]'::jsonb END),
	'the country''s suffix stands on the code NNxxx, and nowhere else'
FROM identifier;
SELECT holds(tw_id_valid(value)), 'identity numbers have right check digits' FROM identifier WHERE slice IN ('NNxxx', 'PRC');
SELECT count(*) > 0 AND holds(system = 'http://hl7.org/fhir/sid/passport-USA'), 'foreign passports are in no slice'
FROM identifier WHERE type = 'Patient' AND slice IS NULL;
SELECT holds(body ->> 'gender' IN ('male', 'female', 'other', 'unknown')), 'a patient has a gender' FROM resource WHERE type = 'Patient';
SELECT holds((body ? 'birthDate') <> (body ? '_birthDate')
		AND (body ? 'birthDate' OR body #>> '{_birthDate,extension,0,valueCode}' = 'unknown')),
	'a patient has a birth date, or the reason why not'
FROM resource WHERE type = 'Patient';
SELECT holds(n ->> 'use' = 'official' AND (n ? 'text' OR n ? 'family')), 'official names have text or family'
FROM resource, jsonb_array_elements(body -> 'name') AS n WHERE type = 'Patient';
SELECT holds(t ? 'system' AND t ? 'value'), 'every telecom has system and value'
FROM resource, jsonb_array_elements(body -> 'telecom') AS t;
SELECT count(*) > 500 AND holds(a #>> '{_postalCode,extension,0,valueCodeableConcept,coding,0,code}' ~ '^[1-9][0-9]{2}$'
		AND a #>> '{_postalCode,extension,0,url}' = 'https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/tw-postal-code'),
	'addresses have postal codes of three digits'
FROM resource, jsonb_array_elements(body -> 'address') AS a WHERE type = 'Patient';

/* Condition and Encounter */
SELECT holds(jsonb_array_length(body -> 'category') = 1 AND body #>> '{clinicalStatus,coding,0,code}' IN ('active', 'resolved')
		AND body ? 'code' AND body ? 'subject'),
	'a condition has one category, a clinical status, a code and a subject'
FROM resource WHERE type = 'Condition';
SELECT holds(CASE c ->> 'system'
		WHEN 'https://twcore.mohw.gov.tw/ig/twcore/CodeSystem/icd-10-cm-2023-tw' THEN c ->> 'code' ~ '^[A-Z][0-9][0-9A-Z]([.][0-9A-Z]{1,4})?$'
		WHEN 'https://twcore.mohw.gov.tw/ig/twcore/CodeSystem/icd-9-cm-2001-tw' THEN c ->> 'code' = '4019' END)
	AND count(DISTINCT c ->> 'system') = 2,
	'codes of diagnoses are in the form of their system'
FROM resource, jsonb_array_elements(body #> '{code,coding}') AS c WHERE type = 'Condition';
SELECT holds(body #>> '{class,code}' IN ('AMB', 'EMER', 'IMP', 'UNK') AND body #>> '{class,system}' ~ '^http://terminology'
		AND body ->> 'status' IN ('finished', 'in-progress', 'cancelled', 'unknown')) AND count(DISTINCT body #> '{class,code}') = 4
	AND count(DISTINCT body ->> 'status') = 4, 'an encounter has status and class, and all of them occur'
FROM resource WHERE type = 'Encounter';
SELECT NOT bool_or(body #>> '{period,end}' < body #>> '{period,start}'), 'no encounter ends before it starts' FROM resource WHERE type = 'Encounter';

/* Observation */
SELECT holds(jsonb_array_length(body -> 'component') = 2
		AND body #>> '{component,0,code,coding,0,code}' = '8480-6' AND body #>> '{component,1,code,coding,0,code}' = '8462-4'
		AND body #>> '{code,coding,0,code}' = '85354-9' AND body ? 'effectiveDateTime' AND body ? 'subject'),
	'a blood pressure has both components and a time'
FROM resource WHERE view = 'blood_pressure';
SELECT holds((c ? 'valueQuantity') <> (c ? 'dataAbsentReason')) AND count(DISTINCT c ? 'valueQuantity') = 2,
	'a component has a value or the reason why not'
FROM resource, jsonb_array_elements(body -> 'component') AS c WHERE view = 'blood_pressure';
SELECT holds((body ? 'valueQuantity')::int + (body ? 'valueString')::int + (body ? 'dataAbsentReason')::int = 1)
	AND bool_or(body ? 'valueString') AND bool_or(body ? 'dataAbsentReason'), 'a reading has one value or the reason why not'
FROM resource WHERE view = 'reading';
