-- ids and references of drafts
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\pset format unaligned
CREATE SCHEMA draft_keys;
SET search_path = draft_keys, public;
CREATE TABLE person_master (id int PRIMARY KEY, chart_no text UNIQUE NOT NULL, name text);
CREATE TABLE by_id (lab_id int PRIMARY KEY, patid int REFERENCES person_master, chart text REFERENCES person_master (chart_no),
	test_code text NOT NULL, result numeric, unit text);
CREATE TABLE by_number (visit_no int PRIMARY KEY, chart_no text, patient_id int, discharge_date date);

-- without a mapping: by the key of the foreign key's target, or as the number
SELECT column_name, path, expression FROM fhir_map_draft_columns('by_id') WHERE path ~ 'id$|subject' ORDER BY path;
SELECT column_name, path, expression FROM fhir_map_draft_columns('by_number', 'Encounter') WHERE path ~ 'subject' ORDER BY path;
-- a foreign key to another unique column than that of which the target's ids are made is no reference
CREATE TABLE by_chart (visit_no int PRIMARY KEY, chart_no text REFERENCES person_master (chart_no), discharge_date date);
SELECT column_name, path, expression, reason FROM fhir_map_draft_columns('by_chart', 'Encounter') WHERE column_name = 'chart_no';
-- with one: by its kind, when its id is made by fhir_id of that number; else it is not known, but for the number itself
SELECT fhir_map('person_master', $${"resourceType": "Patient", "id": "p-{upper(chart_no)}"}$$);
SELECT column_name, path, expression FROM fhir_map_draft_columns('by_id') WHERE path ~ 'subject' ORDER BY path;
SELECT fhir_map('person_master', $${"resourceType": "Patient", "id": "{id}"}$$);
SELECT column_name, path, expression FROM fhir_map_draft_columns('by_id') WHERE path ~ 'subject' ORDER BY path;
SELECT fhir_map('person_master', $${"resourceType": "Patient", "id": "{fhir_id('person', this.id)}"}$$);
SELECT column_name, path, expression FROM fhir_map_draft_columns('by_id') WHERE path ~ 'subject' ORDER BY path;
SELECT column_name, path, expression FROM fhir_map_draft_columns('by_number', 'Encounter') WHERE path ~ 'subject' ORDER BY path;
-- of two mappings of a type a foreign key follows that of its own target, whichever was registered last
CREATE TABLE person_other (id int PRIMARY KEY, patient_id int UNIQUE, name text);
SELECT fhir_map('person_other', $${"resourceType": "Patient", "id": "{fhir_id('elsewhere', this.patient_id)}"}$$);
SELECT column_name, path, expression FROM fhir_map_draft_columns('by_id') WHERE path ~ 'subject' ORDER BY path;
SELECT column_name, path, expression FROM fhir_map_draft_columns('by_number', 'Encounter') WHERE path ~ 'subject' ORDER BY path;
SELECT fhir_unmap('person_other');
-- the two meet
INSERT INTO person_master VALUES (1, 'a7', 'Lin');
INSERT INTO by_id VALUES (10, 1, 'a7', 'GLU', 105, 'mg/dL');
SELECT fhir_map('by_id', fhir_map_draft('by_id'));
SELECT fhir_from_row(p.*) ->> 'id' = split_part(fhir_from_row(b.*) #>> '{subject,reference}', '/', 2) AS meet FROM person_master p, by_id b;
-- another type of key does not refer to it
CREATE TABLE by_uuid (visit_no int PRIMARY KEY, chart_no uuid);
SELECT column_name, path, expression FROM fhir_map_draft_columns('by_uuid', 'Encounter') WHERE path ~ 'subject';

-- keys: of several columns, unique but not primary, a uuid, none
CREATE TABLE rx_line (pt_no text, rx_no text, line smallint, given_at timestamp, weight real, drug_name text, PRIMARY KEY (rx_no, line, given_at, weight));
CREATE TABLE vaccine_shot (person_no int UNIQUE, shot_no int NOT NULL UNIQUE, vaccine text);
CREATE TABLE allergy_list (allergy_id uuid PRIMARY KEY, pt_no text, allergen text);
CREATE VIEW dx_view AS SELECT NULL::text AS chart_no, NULL::date AS dx_date, NULL::text AS icd10, NULL::text AS remark;
SELECT r, fhir_map_draft(r) ->> 'id' AS id
FROM unnest(ARRAY['rx_line', 'vaccine_shot', 'allergy_list', 'dx_view']::regclass[]) r;
-- nothing says whether an allergy is active, or which ICD it is: such drafts are refused until that is answered
SELECT fhir_map('allergy_list', fhir_map_draft('allergy_list'));
SELECT fhir_map('dx_view', fhir_map_draft('dx_view'));
SELECT column_name, path, expression, decide FROM fhir_map_draft_columns('dx_view') WHERE decide IS NOT NULL;
SELECT fhir_map(r, replace(replace(fhir_map_draft(r)::text, '{? completed, or not-done for some rows}', 'completed'),
	'{? active, inactive or resolved}', 'active')::json, timezone => 'UTC')
FROM unnest(ARRAY['rx_line', 'vaccine_shot', 'allergy_list']::regclass[]) r;

-- required elements stand in the row even where every column is empty
INSERT INTO vaccine_shot VALUES (NULL, 5, NULL);
SELECT fhir_json_from_row(v)::jsonb - 'id' AS resource FROM vaccine_shot v;

-- a resource type of the caller's choice; one that looks like nothing, whose columns are not exported
CREATE TABLE thing ("a{b}" int PRIMARY KEY, "c""d" text, e jsonb, f bytea, g time, h numeric[], i interval, j timestamptz, secret text);
SELECT fhir_map_draft('person_master', 'Practitioner') ->> 'resourceType' AS chosen;
SELECT fhir_map_draft('thing');
SELECT column_name, path, expression, reason, decide FROM fhir_map_draft_columns('thing', 'Observation');
-- a visit drafted as its patient: by the patient's number, with a notice
CREATE TABLE visit_row (visit_no text PRIMARY KEY, chart_no text NOT NULL, pt_name text, dept_name text, sex text);
SET client_min_messages = notice;
SELECT fhir_map_draft('visit_row', 'Patient');
-- without a primary key: the number alone, which does not change when a name is corrected
CREATE VIEW people AS SELECT NULL::int AS patient_id, NULL::text AS name, NULL::text AS sex, NULL::date AS birth_date;
SELECT fhir_map_draft('people') ->> 'id' AS id;
SET client_min_messages = warning;

-- who may not call fhir_id gets ids that he may make
CREATE ROLE regress_drafter;
GRANT USAGE, CREATE ON SCHEMA draft_keys TO regress_drafter;
ALTER TABLE rx_line OWNER TO regress_drafter;
SET ROLE regress_drafter;
SET client_min_messages = notice;
SELECT fhir_map_draft('rx_line') ->> 'id' AS id;
SET client_min_messages = warning;
SELECT fhir_map('rx_line', fhir_map_draft('rx_line'), timezone => 'UTC');
RESET ROLE;

-- what cannot be drafted
CREATE TABLE nothing ();
SELECT fhir_map_draft('nothing');
SELECT fhir_map_draft('nothing', 'Patient');
SELECT fhir_map_draft('person_master', rows => -1);
SELECT fhir_map_draft('person_master', 'Coverage');
SELECT fhir_map_draft('person_master', 'patient');
SELECT fhir_map_draft('person_master_pkey');
SELECT fhir_map_draft(0);
SELECT fhir_map_draft(NULL);
SELECT * FROM fhir_map_draft_columns(NULL);
DROP SCHEMA draft_keys CASCADE;
DROP ROLE regress_drafter;
