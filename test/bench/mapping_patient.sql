-- mapping_patient: Patients of about 600 bytes, their mapping, and what a good
-- SQL author writes instead; other benchmarks include it

CREATE TABLE patient AS
SELECT 'A' || lpad(i::text, 9, '0') AS id_no,
	(ARRAY['陳', '林', '黃', '張', '李'])[i % 5 + 1] || (ARRAY['怡君', '志明', '淑芬', '家豪'])[i % 4 + 1] AS name,
	(ARRAY['Chen', 'Lin', 'Huang', 'Chang', 'Lee'])[i % 5 + 1] AS family,
	(ARRAY['Yi-Chun', 'Chih-Ming', 'Shu-Fen', 'Chia-Hao'])[i % 4 + 1] AS given,
	'09' || lpad((i % 100000000)::text, 8, '0') AS phone,
	(ARRAY['M', 'F'])[i % 2 + 1] AS sex,
	date '1930-01-01' + i % 33000 AS birth_date,
	(i % 300 + 1) || ' Section 2, Zhongshan North Road' AS road,
	(ARRAY['Taipei', 'Taichung', 'Kaohsiung'])[i % 3 + 1] AS city,
	lpad((100 + i % 880)::text, 3, '0') AS zip,
	timestamptz '2024-01-01 00:00:00+08' + i * interval '7 seconds' AS updated_at
FROM generate_series(1, :rows) i;

-- a quarter of them, for what costs the same whatever the number of rows, and
-- the same with every third field NULL
CREATE TABLE quarter AS SELECT * FROM patient LIMIT :rows / 4;
CREATE TABLE sparse AS
SELECT id_no, name, family, NULL::text AS given, phone, sex,
	NULL::date AS birth_date, road, city, NULL::text AS zip, updated_at
FROM quarter;
VACUUM ANALYZE patient;
VACUUM ANALYZE quarter;
VACUUM ANALYZE sparse;

SELECT fhir_code_map('bench-sex', '{"M": "male", "F": "female"}');
\set template '''{"resourceType": "Patient", "id": "{md5_uuid(id_no)}", "meta": {"lastUpdated": "{updated_at}"}, "identifier": [{"use": "official", "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "NNxxx"}]}, "system": "http://www.moi.gov.tw", "value": "{id_no}"}], "name": [{"use": "official", "text": "{name}", "family": "{family}", "given": ["{given}"]}], "telecom": [{"system": "phone", "use": "mobile", "value": "{phone}"}], "gender": "{fhir_code(''''bench-sex'''', sex)}", "birthDate": "{birth_date}", "address": [{"use": "home", "line": ["{road}"], "city": "{city}", "postalCode": "{zip}", "country": "TW"}]}'''
SELECT fhir_map('patient', :template);
SELECT fhir_map('quarter', :template), fhir_map('sparse', :template);

-- What a good SQL author writes; %s is json or jsonb.
SELECT replace($peer$
%s_build_object(
	'resourceType', 'Patient',
	'id', md5(id_no)::uuid,
	'meta', %s_build_object('lastUpdated', updated_at),
	'identifier', %s_build_array(%s_build_object('use', 'official',
		'type', %s_build_object('coding', %s_build_array(%s_build_object(
			'system', 'http://terminology.hl7.org/CodeSystem/v2-0203', 'code', 'NNxxx'))),
		'system', 'http://www.moi.gov.tw', 'value', id_no)),
	'name', %s_build_array(%s_build_object('use', 'official', 'text', name, 'family', family,
		'given', %s_build_array(given))),
	'telecom', %s_build_array(%s_build_object('system', 'phone', 'use', 'mobile', 'value', phone)),
	'gender', CASE sex WHEN 'M' THEN 'male' WHEN 'F' THEN 'female' END,
	'birthDate', birth_date,
	'address', %s_build_array(%s_build_object('use', 'home', 'line', %s_build_array(road),
		'city', city, 'postalCode', zip, 'country', 'TW')))$peer$, '%s', 'json') AS json_peer \gset
SELECT replace(:'json_peer', 'json_build', 'jsonb_build') AS jsonb_peer \gset

