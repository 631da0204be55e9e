-- a draft says what the data says, and nothing else
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE SCHEMA draft_says;
SET search_path = draft_says, public;
\pset format unaligned

-- a status of unknown codes: by a map that the author makes, and until then by none; without a column it is unknown
CREATE TABLE lab (id int PRIMARY KEY, chart_no text NOT NULL, test_code text NOT NULL, result numeric, status char(1), report_time timestamptz);
SELECT fhir_map('lab', fhir_map_draft('lab'));
SELECT column_name, path, decide FROM fhir_map_draft_columns('lab') WHERE decide IS NOT NULL;
SELECT fhir_code_map('lab.status', '{"F": "final", "X": "cancelled"}');
SELECT fhir_map('lab', fhir_map_draft('lab'));
INSERT INTO lab VALUES (1, 'c', 'GLU', 5, 'X', NULL), (2, 'c', 'GLU', 5, NULL, NULL), (3, 'c', 'GLU', 5, '?', NULL);
SELECT r -> 'status' AS status, r -> '_status' #>> '{extension,0,valueCode}' AS absent FROM lab, LATERAL fhir_from_row(lab) r WHERE id < 3;
SELECT fhir_from_row(lab) FROM lab WHERE id = 3;
ALTER TABLE lab DROP COLUMN status;
SELECT fhir_map_draft('lab') ->> 'status' AS status;

-- a stay: its end, no class for what is none of the known codes, and no end for one that has none
CREATE TABLE stay (case_no text PRIMARY KEY, chart_no text, adm_dt date, dis_dt date, adm_type char(1), cancelled boolean);
SELECT fhir_map('stay', fhir_map_draft('stay'));
INSERT INTO stay VALUES ('1', 'c', '2024-05-01', '2024-05-04', 'I', false), ('2', 'c', '2024-05-01', NULL, 'X', NULL), ('3', 'c', '2024-05-01', NULL, NULL, false),
	('4', 'c', '2024-05-01', NULL, NULL, true);
SELECT case_no, r -> 'status' AS status, r -> 'class' AS class, r -> 'period' AS period FROM stay, LATERAL fhir_from_row(stay) r;

-- exact words before parts of words; words beside that may change the meaning are left to the author
CREATE TABLE patient (id int PRIMARY KEY, dept_name text, pt_name text, sex text, mother_name text, "緊急電話" text, "聯絡電話" text, gender_concept_id int);
SELECT column_name, path, decide FROM fhir_map_draft_columns('patient') WHERE path IS NULL OR path ~ 'name|telecom|gender';
-- the nearest column, before a foreign key to somebody else
CREATE TABLE person (person_id int PRIMARY KEY, gender text, birthdate date);
CREATE TABLE users (user_id int PRIMARY KEY, username text, person_id int REFERENCES person, email text);
CREATE TABLE conditions (condition_id int PRIMARY KEY, creator int REFERENCES users, mother int REFERENCES person, patient_id int REFERENCES person,
	onset_date date, diagnosis text, date_created timestamp NOT NULL, date_changed timestamp);
SELECT column_name, path, expression, reason FROM fhir_map_draft_columns('conditions') WHERE column_name ~ 'creator|mother|patient|date_c';
-- not: a drug's type as the drug, why a dose was not given as why it was ordered
CREATE TABLE prescription (rx_no text PRIMARY KEY, chart_no text, drug_type text, drug text, reason_not_given text, reason text, dose text);
SELECT column_name, path FROM fhir_map_draft_columns('prescription');

-- a few rows tell years, codes, ICD's version, flags and units; and clocks are no years
CREATE TABLE problem (id int PRIMARY KEY, chart_no text, icd text, onset_date text, exam_time text, note text);
SELECT column_name, path, expression, decide FROM fhir_map_draft_columns('problem') WHERE column_name ~ 'onset|time' OR path ~ 'system';
INSERT INTO problem VALUES (1, 'c', '250.00', '1999', '0900'), (2, 'c', 'E950.1', '2003', '2030'), (3, NULL, '', NULL, ' ');
SELECT column_name, path, expression, decide FROM fhir_map_draft_columns('problem', rows => 10) WHERE column_name ~ 'onset|time' OR path ~ 'system';
SELECT fhir_map_draft('problem', rows => 10) #>> '{code,coding,0,system}' AS system;
SELECT fhir_map('problem', fhir_map_draft('problem', rows => 10));
SELECT r #> '{code,coding}' AS code, r -> 'onsetDateTime' AS onset FROM problem, LATERAL fhir_from_row(problem) r;
UPDATE problem SET icd = 'E11.9', onset_date = CASE id WHEN 1 THEN '19990501' ELSE '0920501' END;
SELECT column_name, path, expression, decide FROM fhir_map_draft_columns('problem', rows => 10) WHERE column_name ~ 'onset|time' OR path ~ 'system';
-- a wide table: a summary, and the zone is asked for
CREATE TABLE wide_vitals (id int PRIMARY KEY, chart_no text, taken_at timestamp, sbp int, a int, b int, c int, d int, e int, f int);
SET client_min_messages = notice;
SELECT fhir_map_draft('wide_vitals') ->> 'effectiveDateTime' AS effective;
SET client_min_messages = warning;
SELECT fhir_map('wide_vitals', fhir_map_draft('wide_vitals'));
-- rows are read as the caller
CREATE ROLE regress_no_reader;
GRANT USAGE ON SCHEMA draft_says TO regress_no_reader;
SET ROLE regress_no_reader;
SELECT fhir_map_draft('problem') ->> 'resourceType' AS type;
\set VERBOSITY terse
SELECT fhir_map_draft('problem', rows => 1);
\set VERBOSITY default
RESET ROLE;

DROP SCHEMA draft_says CASCADE;
DROP ROLE regress_no_reader;
