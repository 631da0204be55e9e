-- mapping_check: all rows of a mapping looked at, beside what an SQL author
-- asks of the same functions: what is wrong, which ids come twice, and which
-- references lead nowhere

\i mapping_patient.sql

CREATE TABLE doctor AS SELECT 'D' || i AS no FROM generate_series(1, 300) i;
VACUUM ANALYZE doctor;
SELECT fhir_map('doctor', '{"resourceType": "Practitioner", "id": "{md5_uuid(no)}"}');
SELECT fhir_unmap(name) FROM unnest('{quarter,sparse}'::text[]) name;
SELECT fhir_map('patient', (template::jsonb ||
	'{"generalPractitioner": [{"reference": "Practitioner/{md5_uuid(''D'' || split_part(road, '' '', 1))}"}]}')::json)
FROM fhir_mapping WHERE relation = 'patient'::regclass;

CALL bench.compare('fhir_map_check against fhir_validate and joins', rows => :rows, claim => 1.2,
	ours => 'SELECT * FROM fhir_map_check(''patient'')',
	peer => 'WITH r AS MATERIALIZED (SELECT fhir_from_row(p) AS r FROM patient p)
		SELECT v.expression, v.diagnostics, count(*) FROM r, fhir_validate(r) v GROUP BY 1, 2
		UNION ALL SELECT ''id'', ''duplicate'', count(*) FROM (SELECT r ->> ''id'' FROM r GROUP BY 1 HAVING count(*) > 1) d
		UNION ALL SELECT ''reference'', ''dangling'', count(*) FROM r
			WHERE r #>> ''{generalPractitioner,0,reference}'' NOT IN
				(SELECT ''Practitioner/'' || (fhir_from_row(d) ->> ''id'') FROM doctor d)');
