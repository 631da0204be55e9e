-- a mapping registered, replaced and removed; both functions, one and two arguments
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
CREATE SCHEMA mapping_his;
CREATE TABLE mapping_his.patient (id_no text, name text, sex char(1), birth_date date, phone varchar(20),
	updated_at timestamptz, doctor_no integer);
INSERT INTO mapping_his.patient VALUES
	('A123456789', ' 王小明 ', 'M', '1970-05-01', '02-2312-3456', '2024-02-29 23:30:00+08', 7),
	('B223456784', 'Lin, "Amy"', 'F', NULL, '', '2024-12-31 16:00:00+00', NULL),
	('C100000001', NULL, NULL, NULL, E' \t', NULL, NULL),
	('D200000009', NULL, NULL, NULL, NULL, NULL, NULL);
SELECT fhir_id_key('\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');

-- the first example
SELECT fhir_map('mapping_his.patient', $m${
  "resourceType": "Patient",
  "id": "{fhir_id('patient', id_no)}",
  "meta": {"lastUpdated": "{updated_at}"},
  "identifier": [{"use": "official", "system": "http://www.moi.gov.tw", "value": "{id_no}"}],
  "name": [{"text": "{trim(name)}"}],
  "telecom": [{"system": "phone", "value": "{phone}"}],
  "gender": "{CASE sex WHEN 'M' THEN 'male' WHEN 'F' THEN 'female' END}",
  "birthDate": "{birth_date}",
  "generalPractitioner": [{"reference": "Practitioner/{fhir_id('staff', doctor_no)}"}]
}$m$, timezone => 'Asia/Taipei');
SELECT pg_temp.resource(p) FROM mapping_his.patient p;
-- the id is the one that fhir_id gives
SELECT fhir_from_row(p) ->> 'id' = fhir_id('patient', 'A123456789')::text FROM mapping_his.patient p LIMIT 1;
SELECT pg_typeof(fhir_from_row(p)), pg_typeof(fhir_json_from_row(p)), fhir_from_row(p) FROM mapping_his.patient p OFFSET 3;

-- json keeps the template's order, resourceType first; jsonb has its own
SELECT fhir_map('mapping_his.patient', '{"gender":"male","active":true,
	"resourceType":"Patient","id":"{md5_uuid(id_no)}","birthDate":"{birth_date}"}', 'order');
SELECT fhir_json_from_row(p, 'mapping_his.order'), fhir_from_row(p, 'mapping_his.order') FROM mapping_his.patient p LIMIT 1;

-- with two mappings one argument is not enough; then one is removed
SELECT relation, name, timezone, on_invalid, secret_fingerprint IS NOT NULL AS makes_ids FROM fhir_mapping
	WHERE relation = 'mapping_his.patient'::regclass ORDER BY name;
SELECT fhir_from_row(p) FROM mapping_his.patient p;
SELECT fhir_unmap('mapping_his.patient'), fhir_unmap('mapping_his.patient'), fhir_unmap('mapping_his.none'), fhir_unmap('nowhere.none');
SELECT fhir_from_row(p) FROM mapping_his.patient p LIMIT 1;

-- replaced by the same name
SELECT fhir_map('mapping_his.patient', '{"resourceType":"Patient","id":"{id_no}"}', 'order', on_invalid => 'omit');
SELECT pg_temp.resource(p) FROM mapping_his.patient p;
SELECT timezone IS NULL AS utc, on_invalid, secret_fingerprint IS NULL AS no_ids FROM fhir_mapping WHERE name = 'order';

-- no row, no resource; a null mapping is none
SELECT fhir_from_row(NULL::mapping_his.patient) IS NULL, fhir_json_from_row(NULL, 'mapping_his.order') IS NULL,
	fhir_from_row(p, NULL) IS NULL FROM mapping_his.patient p LIMIT 1;
SELECT pg_temp.resource(p) FROM (VALUES (1)) v LEFT JOIN mapping_his.patient p ON p.id_no = 'none';

-- SQL's way to say it, and a column called like the alias
SELECT fhir_json_from_row(patient.*) FROM mapping_his.patient LIMIT 1;
SELECT p.fhir_from_row FROM mapping_his.patient p LIMIT 1;

-- what cannot be registered
SELECT fhir_map(NULL, '{}');
SELECT fhir_map('mapping_his.patient', NULL);
SELECT fhir_map('mapping_his.patient', '{}', on_invalid => NULL);
SELECT fhir_map('mapping_his.patient', '{"resourceType":"Patient","id":"{''x''}"}', on_invalid => 'ignore');
SELECT fhir_map('mapping_his.patient', '{"resourceType":"Patient","id":"{''x''}"}', timezone => 'Asia/Nowhere');
SELECT fhir_map('mapping_his.patient', '{"resourceType":"Patient","id":"{''x''}"}', '');
SELECT fhir_map('mapping_his.patient', '{"resourceType":"Patient","id":"{''x''}"}', repeat('x', 64));
SELECT fhir_map(1, '{"resourceType":"Patient","id":"{''x''}"}');
SELECT fhir_map('fhir_mapping_pkey', '{"resourceType":"Patient","id":"{''x''}"}');
CREATE TEMPORARY TABLE mapping_temporary (id text);
SELECT fhir_map('mapping_temporary', '{"resourceType":"Patient","id":"{''x''}"}');
SELECT fhir_map('mapping_his.nobody', '{"resourceType":"Patient","id":"{''x''}"}');
SELECT fhir_map('mapping_his.patient', '{"resourceType":"Patient","id":"{''x''}",}');
SELECT fhir_map('mapping_his.patient', '[]'), fhir_map('mapping_his.patient', '1');
-- names that do not exist
SELECT fhir_from_row(p, 'mapping_his.none') FROM mapping_his.patient p;
SELECT fhir_from_row(p, 'none') FROM mapping_his.patient p;
SELECT fhir_from_row(p, '') FROM mapping_his.patient p;
SELECT fhir_from_row(p, 'a b') FROM mapping_his.patient p;
SELECT fhir_from_row(ROW('A123456789'));
DROP TABLE mapping_his.patient;
SELECT count(*) FROM fhir_mapping WHERE name = 'order';
DROP SCHEMA mapping_his;
