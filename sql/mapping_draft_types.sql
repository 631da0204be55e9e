-- every resource type that can be drafted, from one table that has a column for almost everything
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE SCHEMA draft_types;
SET search_path = draft_types, public;
CREATE TABLE wide (k serial primary key, chart_no text, id_no text, ssn text, passport text, name text, ename text, tel text, tel2 text, mobile text,
	fax text, email text, sex text, birth date, address text, city text, zip text, country text, marital text, contact_name text,
	contact_tel text, language text, dr_no text, dr_name text, hospital text, hospital_name text, is_active boolean, license_no text,
	specialty text, dept text, ward text, visit_no text, visit_type text, start_date date, end_date date, at timestamptz, reason text,
	icd10 text, diagnosis text, disposition text, loinc text, item_code text, description text, result numeric, unit text, range text,
	low numeric, high numeric, abnormal text, sbp int, dbp int, hr int, temp numeric, order_no text, drug_code text, drug text, dose
	numeric, dose_unit text, freq text, route text, days int, qty numeric, sig text, prn boolean, refills int, procedure text,
	body_site text, allergen text, reaction text, vaccine_code text, vaccine text, lot text, expiry date, dose_no int, manufacturer
	text, report_no text, conclusion text, report_date timestamptz, specimen_no text, specimen_type text, updated_at timestamptz, note
	text);
INSERT INTO wide VALUES (1, 'c', 'A123456789', '1', 'p', 'n', 'en', '1', '2', '3', '4', 'e@x', 'M', '1990-01-01', 'a', 'c', 'z', 'TW', 'S', 'ct', '9',
	'en', 'D', 'Dn', 'H', 'Hn', true, 'L', 'sp', 'CV', '5A', 'V', 'I', '2024-01-01', '2024-01-02', '2024-01-01 00:00Z', 'r', 'A01',
	'dx', 'home', '1-8', 'i', 'de', 1.5, 'mg', '1-2', 1, 2, 'H', 120, 80, 70, 36.5, 'O', 'dc', 'dn', 1, 'mg', 'QD', 'PO', 7, 14,
	'take', true, 2, 'pr', 'arm', 'al', 'rash', 'vc', 'va', 'lot', '2025-01-01', 1, 'mf', 'R', 'concl', '2024-01-02 00:00Z', 'S',
	'blood', '2024-01-01 00:00Z', 'note');
INSERT INTO wide (k) VALUES (2);
-- what nothing tells is asked; the answers of an author
CREATE FUNCTION answered(draft json) RETURNS json LANGUAGE sql AS $$ SELECT replace(replace(replace(regexp_replace(replace(replace(draft::text,
	'{? completed, or not-done for some rows}', 'completed'), '{? active, inactive or resolved}', 'active'),
	'{[?] which system[^}]*}', 'http://hl7.org/fhir/sid/icd-10', 'g'), '{? order, plan, proposal ...}', 'order'),
	'{? which unit: Cel or [degF]}', 'Cel'), '{? what was observed}', 'x')::json $$;
CREATE TABLE required (type text, elements text[]);
INSERT INTO required VALUES ('Patient', '{}'), ('Practitioner', '{}'), ('Organization', '{}'), ('Location', '{}'), ('Encounter', '{status,class}'),
	('Condition', '{subject}'), ('Observation', '{status,code}'), ('MedicationRequest', '{status,intent,medicationCodeableConcept,subject}'),
	('Procedure', '{status,subject}'), ('AllergyIntolerance', '{clinicalStatus,patient}'),
	('Immunization', '{status,vaccineCode,patient,occurrenceDateTime}'), ('DiagnosticReport', '{status,code}'), ('Specimen', '{}'),
	('ServiceRequest', '{status,intent,subject}');

-- both rows become resources, the full one and the empty one; what R4 requires is there, or says why not
SELECT type, count(DISTINCT r ->> 'id') AS resources, bool_and(r ->> 'resourceType' = type AND r ->> 'id' <> '') AS good,
	array_agg(DISTINCT e) FILTER (WHERE NOT coalesce(r::jsonb ?| CASE WHEN e IS NOT NULL THEN ARRAY[e, '_' || e] END, true)) AS missing,
	(SELECT count(DISTINCT column_name) FROM fhir_map_draft_columns('wide', type) WHERE path IS NOT NULL) AS columns_used
FROM required CROSS JOIN LATERAL fhir_map_try('wide', answered(fhir_map_draft('wide', type))) r LEFT JOIN LATERAL unnest(elements) e ON true
GROUP BY type ORDER BY type;
-- the full row where most of it has a place
SELECT regexp_replace(jsonb_pretty(r::jsonb - 'id'), '[0-9a-f]{8}-[0-9a-f-]{27}', '<id>', 'g') AS resource FROM fhir_map_try('wide', answered(fhir_map_draft('wide', 'Immunization')), 1) r;

-- how names are read: gaps, capitals, abbreviations, both languages, the noun at the end
CREATE TABLE spelled (pk bigint PRIMARY KEY, "chartNo" text, "BIRTHDT" char(8), "e-mail" text, patnm text, "性別碼" char(1), "Home Tel No" text,
	"緊急聯絡人電話" text, "緊急聯絡人" text, "LASTUPDDTTM" timestamptz, postcode2 text, mystery text);
SELECT column_name, path, reason FROM fhir_map_draft_columns('spelled');
-- a name alone says nothing, nor does a table of codes, users, or what is not drafted
CREATE TABLE "門診處方明細" (k int PRIMARY KEY);
CREATE TABLE invoice (k int PRIMARY KEY, patient_id int, amount numeric);
CREATE TABLE drug_codes (k int PRIMARY KEY, drug_code text, drug_name text);
CREATE FUNCTION drafted(r regclass) RETURNS text LANGUAGE plpgsql AS $$ DECLARE detail text; BEGIN RETURN fhir_map_draft(r) ->> 'resourceType';
	EXCEPTION WHEN invalid_parameter_value THEN GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL; RETURN concat('refused: ', detail); END $$;
-- "encounter" is a reference, "encounter_no" may be the key; a table of neither is not forced into a type
CREATE TABLE careplans (id uuid, start date, stop date, patient uuid, encounter uuid, code text, description text);
CREATE TABLE stays (encounter_no text, patient text, start date, stop date, reason_code text, reason_description text, payer text, hospital text);
SELECT relname, drafted(c.oid) AS type
FROM pg_class c WHERE relnamespace = 'draft_types'::regnamespace AND relkind = 'r' AND relname NOT IN ('wide', 'required', 'spelled') ORDER BY c.oid;
SELECT column_name, path, expression FROM fhir_map_draft_columns('stays');
-- rows are looked at whatever the columns are called
CREATE TABLE lettered (n text PRIMARY KEY, v text, l text, r text, looks text, value text);
INSERT INTO lettered VALUES ('1', 'M', '20200101', 'Ann', 'A00.1', '36.5');
SELECT count(*) FROM fhir_map_draft_columns('lettered', 'Patient', 5);
DROP SCHEMA draft_types CASCADE;
