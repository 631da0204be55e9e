-- first templates for tables that nobody prepared
SET TimeZone = 'Asia/Taipei';
CREATE SCHEMA his;
-- Chinese, dates of the Republic
CREATE TABLE his."病歷基本檔" ("病歷號" varchar(10) PRIMARY KEY, "姓名" varchar(20), "英文姓名" varchar(40),
	"身分證字號" char(10), "性別" char(1), "生日" char(7), "電話" text, "手機" text, "戶籍地址" text, "郵遞區號" varchar(6),
	"婚姻" text, "血型" varchar(2), "異動時間" timestamp);
INSERT INTO his."病歷基本檔" VALUES
	('0001', '王小明', 'WANG HSIAO-MING', 'A123456789', '1', '0790101', '02-23123456', '0912345678', '臺北市中正區', '100', '已婚', 'O', '2024-05-01 08:00'),
	('0002', NULL, NULL, NULL, '女', '', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
-- capitals without gaps, no key, numbers for dates
CREATE TABLE his."ADMHIST" ("CHARTNO" varchar(10), "CASENO" varchar(12), "ADMDT" numeric(8), "DSCHDT" numeric(8),
	"ADMDEPT" char(4), "VSDR" char(6), "WARDBED" varchar(8), "ADMTYPE" char(1), "CHIEFCOMPLAINT" text, "DISPOSITION" varchar(10), "FINCD" char(2));
INSERT INTO his."ADMHIST" VALUES ('0001', 'I1130001', 20240501, 20240504, 'CV', 'D1001 ', '5A-01', 'I', 'chest pain', 'home', '01'),
	('0002', 'E1130002', 20240502, NULL, NULL, NULL, NULL, 'E', NULL, NULL, NULL);
-- abbreviations, results in text
CREATE TABLE his.lab_rslt (rslt_id bigint PRIMARY KEY, pt_no varchar(10) NOT NULL REFERENCES his."病歷基本檔", case_no varchar(12),
	loinc varchar(10), item_cd varchar(10), item_nm text NOT NULL, rslt_value varchar(60), rslt_unit varchar(20), ref_low numeric, ref_high numeric,
	abn_flag char(1), specimen text, coll_dt char(14), rpt_dt timestamptz, status char(1), memo text);
INSERT INTO his.lab_rslt VALUES
	(1, '0001', 'I1130001', '2345-7', 'GLU', 'Glucose', ' 105', 'mg/dL', 70, 100, 'H', 'Blood', '20240501083000', '2024-05-01 10:00+08', 'F', NULL),
	(2, '0001', NULL, NULL, 'CUL', 'Culture', 'no growth', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'F', 'final');
-- lines of a prescription, a key of two columns
CREATE TABLE his.pharm_line (rx_no varchar(12), line_no smallint, chart_no varchar(10), drug_code varchar(10), drug_name text,
	dose numeric(8,2), dose_unit text, freq varchar(10), route varchar(4), days smallint, total_qty numeric, start_date date, end_date date,
	prn boolean, dr_id varchar(6), price money, PRIMARY KEY (rx_no, line_no));
INSERT INTO his.pharm_line VALUES
	('R1', 1, '0001', 'ASP100', 'Aspirin 100 mg', 100.00, 'mg', 'QD', 'PO', 7, 7, '2024-05-01', '2024-05-08', false, 'D1001', '21.00'),
	('R1', 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
-- English, uuid keys, vital signs side by side
CREATE TABLE his."nursingRecord" ("recordId" uuid PRIMARY KEY, "mrNo" varchar(10) NOT NULL, "takenAt" timestamptz, "systolicBp" int, "diastolicBp" int,
	"heartRate" int, "bodyTempC" numeric(4,1), "spO2" real, "nurseId" text, pain int);
INSERT INTO his."nursingRecord" VALUES
	('3f2504e0-4f89-41d3-9a0c-0305e82c3301', '0001', '2024-05-01 09:00+08', 128, 82, 76, 36.5, 98, 'N7', 2),
	('3f2504e0-4f89-41d3-9a0c-0305e82c3302', '0002', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE VIEW relations AS SELECT r::regclass FROM unnest(ARRAY['his."病歷基本檔"', 'his."ADMHIST"', 'his.lab_rslt', 'his.pharm_line', 'his."nursingRecord"']) r;

-- each registers as it stands, with the zone; what is not used is said
SELECT fhir_code_map('lab_rslt.status', '{"F": "final"}');
SELECT fhir_map(r, fhir_map_draft(r), timezone => 'Asia/Taipei') FROM relations;

-- as an engineer sees one
\pset format unaligned
SELECT fhir_map_draft('his.lab_rslt');
\pset format aligned

-- no column is passed over in silence
SELECT r, attname FROM relations JOIN pg_attribute ON attrelid = r AND attnum > 0
EXCEPT SELECT r, column_name FROM relations, fhir_map_draft_columns(r);
SELECT column_name, type, reason FROM relations, fhir_map_draft_columns(r) WHERE path IS NULL;
SELECT column_name, decide FROM relations, fhir_map_draft_columns(r) WHERE decide IS NOT NULL;
SELECT column_name, path, reason FROM fhir_map_draft_columns('his."ADMHIST"');

-- what the rows become
CREATE VIEW resources AS
	SELECT fhir_from_row(t) AS r FROM his."病歷基本檔" t UNION ALL SELECT fhir_from_row(t) FROM his."ADMHIST" t
	UNION ALL SELECT fhir_from_row(t) FROM his.lab_rslt t UNION ALL SELECT fhir_from_row(t) FROM his.pharm_line t
	UNION ALL SELECT fhir_from_row(t) FROM his."nursingRecord" t;
\pset format unaligned
SELECT regexp_replace((r - 'component')::text, '[0-9a-f]{8}-[0-9a-f-]{27}', '<id>', 'g') AS resource FROM resources;
\pset format aligned
SELECT c #>> '{code,coding,0,code}' AS code, c #> '{valueQuantity,value}' AS value, c #>> '{valueQuantity,code}' AS unit
FROM resources, jsonb_array_elements(r -> 'component') c;

-- every row has an id of its own and what R4 requires; every patient is found
SELECT count(*), count(DISTINCT r ->> 'id') AS ids,
	count(*) FILTER (WHERE (r ->> 'id') ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$') AS uuids FROM resources;
SELECT r ->> 'resourceType' AS type, element, count(*) AS missing
FROM resources JOIN (VALUES ('Encounter', 'status'), ('Encounter', 'class'), ('Observation', 'status'), ('Observation', 'code'),
	('MedicationRequest', 'status'), ('MedicationRequest', 'intent'), ('MedicationRequest', 'medicationCodeableConcept'),
	('MedicationRequest', 'subject')) v (type, element) ON r ->> 'resourceType' = type
WHERE NOT r ? element GROUP BY 1, 2;
SELECT count(*) AS patients, count(p.r) AS found
FROM resources s LEFT JOIN resources p ON s.r #>> '{subject,reference}' = 'Patient/' || (p.r ->> 'id') AND p.r ->> 'resourceType' = 'Patient'
WHERE s.r #> '{subject,reference}' IS NOT NULL;

DROP VIEW resources, relations;
DROP SCHEMA his CASCADE;
