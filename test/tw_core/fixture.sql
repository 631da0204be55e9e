/*
 * fixture.sql
 *		A clinic whose tables are like the pack's views already, and its rows.
 *		What the rows become is in golden/<view>-<key>.json.
 */

SET client_encoding = 'UTF8';
SET search_path = public, fhir;

CREATE SCHEMA clinic;
CREATE TABLE clinic.organization (LIKE tw_core.organization);
CREATE TABLE clinic.practitioner (LIKE tw_core.practitioner);
CREATE TABLE clinic.patient (LIKE tw_core.patient);
CREATE TABLE clinic.encounter (LIKE tw_core.encounter);
CREATE TABLE clinic.condition (LIKE tw_core.condition);
CREATE TABLE clinic.reading (LIKE tw_core.reading);
CREATE INDEX ON clinic.reading (chart_no, measured_at);

CREATE OR REPLACE VIEW tw_core.organization WITH (security_invoker = true) AS SELECT * FROM clinic.organization;
CREATE OR REPLACE VIEW tw_core.practitioner WITH (security_invoker = true) AS SELECT * FROM clinic.practitioner;
CREATE OR REPLACE VIEW tw_core.patient WITH (security_invoker = true) AS SELECT * FROM clinic.patient;
CREATE OR REPLACE VIEW tw_core.encounter WITH (security_invoker = true) AS SELECT * FROM clinic.encounter;
CREATE OR REPLACE VIEW tw_core.condition WITH (security_invoker = true) AS SELECT * FROM clinic.condition;
CREATE OR REPLACE VIEW tw_core.reading WITH (security_invoker = true) AS SELECT * FROM clinic.reading;

INSERT INTO clinic.organization (organization_no, organization_no_system, nhi_code, name, phone, address_text, postal_code3, part_of_no) VALUES
	('clinic', NULL, '9900000001', '安心診所', '04-5550-0001', '407臺中市西屯區光復路5號', '407', NULL),
	('ent', 'https://clinic.example/dept', NULL, '耳鼻喉科', NULL, NULL, NULL, 'clinic');

INSERT INTO clinic.practitioner (practitioner_no, practitioner_no_system, national_id, license_no, license_no_system, name, family_en, given_en, sex, active, qualification, updated_at) VALUES
	('D1', 'https://clinic.example/staff', 'B120863158', '011234', 'https://clinic.example/license', '何大川', 'Ho', 'Ta Chuan', '男', true, '耳鼻喉科專科醫師', '2025-05-01 01:00+00'),
	('N7', NULL, NULL, '99', NULL, '護理師', NULL, NULL, '?', NULL, NULL, NULL);

INSERT INTO clinic.patient (chart_no, chart_no_system, national_id, resident_id, passport_no, passport_country, name, family_en, given_en, usual_name, mobile, home_phone, email, sex, birth_date, deceased_at, nationality, address_text, district, city, road, postal_code3, organization_no, updated_at) VALUES
	('1001', 'https://clinic.example/chart', 'C222222229', NULL, '300000001', 'TWN', '林小梅', 'Lin', 'Hsiao Mei', '阿梅',
		'0900111222', '04-5550-1234', 'mei@clinic.example', '2', roc_date('民國79年3月5日'), NULL, 'TW',
		'臺中市西屯區光復路8號', '臺中市', '西屯區', '光復路', '407', 'clinic', '2025-05-01 16:30:15+00'),
	('1002', 'https://clinic.example/chart', NULL, 'AC01234567', NULL, NULL, 'NGUYEN VAN AN', 'Nguyen', 'Van An', NULL,
		NULL, NULL, NULL, 'M', NULL, '2025-05-02 22:10+08', 'VN', NULL, NULL, NULL, NULL, '300', NULL, NULL),
	('1003', 'https://clinic.example/chart', NULL, 'D900007778', 'X1234567', 'USA', NULL, 'Smith', NULL, NULL,
		NULL, NULL, NULL, 'X', '2001-12-31', NULL, 'US', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('1004', 'https://clinic.example/chart', NULL, NULL, '300000004', NULL, '無名氏', NULL, NULL, NULL,
		NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO clinic.encounter (encounter_no, encounter_no_system, chart_no, class, status, service, practitioner_no, started_at, ended_at, organization_no, updated_at) VALUES
	('E1', 'https://clinic.example/visit', '1001', 'O', NULL, '耳鼻喉科', 'D1', '2025-05-01 23:50+08', '2025-05-02 00:20+08', 'ent', '2025-05-02 00:21+08'),
	('E2', NULL, '1002', '8', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('E3', NULL, '1002', '住院', NULL, NULL, NULL, '2025-05-01 08:00+08', NULL, NULL, NULL),
	('E4', NULL, '1003', NULL, 'cancelled', NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO clinic.condition (condition_no, chart_no, encounter_no, icd, icd_edition, name, onset_date, abatement_date, practitioner_no, updated_at) VALUES
	('C1', '1001', 'E1', tw_core.icd_dotted(' j0190'), '2023', '急性鼻竇炎', '2025-05-01', '2025-05-09', 'D1', '2025-05-09 10:00+08'),
	('C2', '1002', NULL, '401.9', '2001', NULL, NULL, NULL, NULL, NULL),
	('C3', '1002', NULL, 'J01.90', '2099', '鼻塞', NULL, NULL, NULL, NULL),
	('C4', '1002', NULL, NULL, '2023', NULL, '2025-05-01', NULL, NULL, NULL),
	('C5', '1002', NULL, 'J01.90', '2099', NULL, '2025-05-01', NULL, NULL, NULL);

INSERT INTO clinic.reading (reading_no, chart_no, encounter_no, category, loinc, name, measured_at, value, value_text, unit, ucum, low, high, practitioner_no, updated_at) VALUES
	('L1', '1001', 'E1', 'laboratory', '4548-4', '糖化血色素', '2025-05-01 23:55+08', 5.60, '5.60', '%', '%', 4.0, 5.6, 'D1', '2025-05-02 08:00+08'),
	('L2', '1002', NULL, 'laboratory', NULL, '尿蛋白', '2025-05-01 09:00+08', NULL, '1+', NULL, NULL, NULL, NULL, NULL, NULL),
	('L3', '1002', NULL, 'laboratory', '2823-3', NULL, NULL, NULL, NULL, 'mmol/L', NULL, NULL, 5.1, NULL, NULL),
	('L4', '1002', NULL, 'laboratory', NULL, NULL, '2025-05-01 09:00+08', 7, '7', NULL, NULL, NULL, NULL, NULL, NULL),
	-- a pair, its systolic reading entered twice
	('B1', '1001', 'E1', 'vital-signs', '8480-6', '收縮壓', '2025-05-01 23:51+08', 128, '128', 'mmHg', 'mm[Hg]', NULL, NULL, 'D1', '2025-05-01 23:52+08'),
	('B2', '1001', 'E1', 'vital-signs', '8462-4', '舒張壓', '2025-05-01 23:51+08', 76.5, '76.5', 'mmHg', 'mm[Hg]', NULL, NULL, NULL, '2025-05-01 23:58+08'),
	('B3', '1001', 'E1', 'vital-signs', '8480-6', '收縮壓', '2025-05-01 23:51+08', 182, '182', 'mmHg', 'mm[Hg]', NULL, NULL, 'D1', '2025-05-03 23:52+08'),
	-- systolic alone; diastolic alone at the same time in another encounter; no encounter
	('B4', '1002', 'E3', 'vital-signs', '8480-6', '收縮壓', '2025-05-01 09:00+08', 141, '141', 'mmHg', 'mm[Hg]', NULL, NULL, NULL, NULL),
	('B5', '1002', NULL, 'vital-signs', '8462-4', '舒張壓', '2025-05-01 09:00+08', 88, '88', 'mmHg', 'mm[Hg]', NULL, NULL, NULL, NULL),
	-- both at one time without encounter, and one without time
	('B6', '1003', NULL, 'vital-signs', '8462-4', '舒張壓', '2025-05-01 09:00+08', NULL, '量不到', 'mmHg', 'mm[Hg]', NULL, NULL, NULL, NULL),
	('B7', '1003', NULL, 'vital-signs', '8480-6', '收縮壓', '2025-05-01 09:00+08', 90, '90', 'mmHg', 'mm[Hg]', NULL, NULL, NULL, NULL),
	('B8', '1003', NULL, 'vital-signs', '8480-6', '收縮壓', NULL, 91, '91', 'mmHg', 'mm[Hg]', NULL, NULL, NULL, NULL);
