/*
 * synthea.sql
 *		Synthea's CSV export as tables, and its rows as FHIR R4 resources.
 *
 * A script for psql, to be run once in a database that has the extension, by
 * the extension's owner or a role that may execute fhir_code_map and fhir_id.
 * It makes the schema "synthea": a table for each CSV file, with the columns
 * of all versions of Synthea that we know, and mappings to ten resource types.
 * The model of what a row should become is Synthea's own FHIR export; what
 * that has and the CSV files have not (patients' telephone numbers, languages
 * and mothers' names, NPI numbers) is missing here.
 *
 * To load a folder, for each file <name>.csv (times are UTC):
 *
 *		export PGTZ=UTC
 *		psql -c "$(psql -At -v name=<name> -v header="$(head -n 1 <name>.csv)" \
 *			<<< "SELECT synthea.copy_command(:'name', :'header')")" < <name>.csv
 *
 * Ids.  Patients, encounters, organizations and providers keep their own.  The
 * other rows have none: theirs is made of patient, encounter, time and code,
 * and of the column "occurrence", which counts rows that agree in all four.
 * Where files of several runs were joined, the same organization may come more
 * than once; the first row is the resource.
 */

\set ON_ERROR_STOP on
BEGIN;

-- The functions are in the extension's schema, wherever that is.
SELECT set_config('search_path', quote_ident(n.nspname), true) AS extension_schema
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'fhir_bridge'
\gset

CREATE SCHEMA synthea;
COMMENT ON SCHEMA synthea IS 'Synthea''s CSV export, and views that join its rows to FHIR resources';

/*
 * Tables.  Codes, ids and zip codes are text: they may start with zeros.  The
 * columns line and occurrence are ours: the order of loading, and the number
 * of a row among those with the same key.
 */

CREATE TABLE synthea.patients (
	line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, occurrence integer NOT NULL DEFAULT 1,
	id text, birthdate date, deathdate date, ssn text, drivers text, passport text, prefix text, first text,
	middle text, last text, suffix text, maiden text, marital text, race text, ethnicity text, gender text,
	birthplace text, address text, city text, state text, county text, fips text, zip text, lat numeric, lon numeric,
	healthcare_expenses numeric, healthcare_coverage numeric, income numeric
);
COMMENT ON TABLE synthea.patients IS 'patients.csv';

CREATE TABLE synthea.organizations (
	line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, occurrence integer NOT NULL DEFAULT 1,
	id text, name text, address text, city text, state text, zip text, lat numeric, lon numeric, phone text,
	revenue numeric, utilization numeric
);
COMMENT ON TABLE synthea.organizations IS 'organizations.csv';

CREATE TABLE synthea.providers (
	line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, occurrence integer NOT NULL DEFAULT 1,
	id text, organization text, name text, gender text, speciality text, address text, city text, state text,
	zip text, lat numeric, lon numeric, utilization numeric, encounters numeric, procedures numeric
);
COMMENT ON TABLE synthea.providers IS 'providers.csv';

CREATE TABLE synthea.payers (
	id text, name text, ownership text, address text, city text, state_headquartered text, zip text, phone text,
	amount_covered numeric, amount_uncovered numeric, revenue numeric, covered_encounters numeric,
	uncovered_encounters numeric, covered_medications numeric, uncovered_medications numeric,
	covered_procedures numeric, uncovered_procedures numeric, covered_immunizations numeric,
	uncovered_immunizations numeric, unique_customers numeric, qols_avg numeric, member_months numeric
);
COMMENT ON TABLE synthea.payers IS 'payers.csv';

CREATE TABLE synthea.payer_transitions (
	patient text, memberid text, start_year text, end_year text, start_date text, end_date text, payer text,
	secondary_payer text, ownership text, plan_ownership text, owner_name text
);
COMMENT ON TABLE synthea.payer_transitions IS 'payer_transitions.csv';

CREATE TABLE synthea.encounters (
	line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, occurrence integer NOT NULL DEFAULT 1,
	id text, start timestamptz, stop timestamptz, patient text, organization text, provider text, payer text,
	encounterclass text, code text, description text, cost numeric, base_encounter_cost numeric,
	total_claim_cost numeric, payer_coverage numeric, reasoncode text, reasondescription text
);
COMMENT ON TABLE synthea.encounters IS 'encounters.csv';

CREATE TABLE synthea.conditions (
	line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, occurrence integer NOT NULL DEFAULT 1,
	start date, stop date, patient text, encounter text, system text, code text, description text
);
COMMENT ON TABLE synthea.conditions IS 'conditions.csv';

CREATE TABLE synthea.observations (
	line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, occurrence integer NOT NULL DEFAULT 1,
	date timestamptz, patient text, encounter text, category text, code text, description text, value text,
	units text, type text
);
COMMENT ON TABLE synthea.observations IS 'observations.csv';

CREATE TABLE synthea.medications (
	line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, occurrence integer NOT NULL DEFAULT 1,
	start timestamptz, stop timestamptz, patient text, payer text, encounter text, code text, description text,
	cost numeric, base_cost numeric, payer_coverage numeric, dispenses numeric, totalcost numeric, reasoncode text,
	reasondescription text
);
COMMENT ON TABLE synthea.medications IS 'medications.csv';

CREATE TABLE synthea.procedures (
	line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, occurrence integer NOT NULL DEFAULT 1,
	date timestamptz, start timestamptz, stop timestamptz, patient text, encounter text, system text, code text,
	description text, cost numeric, base_cost numeric, reasoncode text, reasondescription text
);
COMMENT ON TABLE synthea.procedures IS 'procedures.csv: with DATE in older versions, with START and STOP in newer ones';

CREATE TABLE synthea.immunizations (
	line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, occurrence integer NOT NULL DEFAULT 1,
	date timestamptz, patient text, encounter text, code text, description text, cost numeric, base_cost numeric
);
COMMENT ON TABLE synthea.immunizations IS 'immunizations.csv';

CREATE TABLE synthea.allergies (
	line bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, occurrence integer NOT NULL DEFAULT 1,
	start date, stop date, patient text, encounter text, code text, system text, description text, type text,
	category text, reaction1 text, description1 text, severity1 text, reaction2 text, description2 text,
	severity2 text
);
COMMENT ON TABLE synthea.allergies IS 'allergies.csv';

CREATE TABLE synthea.careplans (
	id text, start date, stop date, patient text, encounter text, code text, description text, reasoncode text,
	reasondescription text
);
COMMENT ON TABLE synthea.careplans IS 'careplans.csv; has no mapping';

CREATE TABLE synthea.devices (
	start timestamptz, stop timestamptz, patient text, encounter text, code text, description text, udi text
);
COMMENT ON TABLE synthea.devices IS 'devices.csv; has no mapping';

CREATE TABLE synthea.imaging_studies (
	id text, date timestamptz, patient text, encounter text, series_uid text, bodysite_code text,
	bodysite_description text, modality_code text, modality_description text, instance_uid text, sop_code text,
	sop_description text, procedure_code text
);
COMMENT ON TABLE synthea.imaging_studies IS 'imaging_studies.csv, a row for each instance; has no mapping';

CREATE TABLE synthea.supplies (
	date date, patient text, encounter text, code text, description text, quantity numeric
);
COMMENT ON TABLE synthea.supplies IS 'supplies.csv; has no mapping';

CREATE INDEX patients_id ON synthea.patients (id);
CREATE INDEX organizations_id ON synthea.organizations (id);
CREATE INDEX providers_id ON synthea.providers (id);
CREATE INDEX encounters_id ON synthea.encounters (id);
CREATE INDEX encounters_patient ON synthea.encounters (patient);
CREATE INDEX conditions_patient ON synthea.conditions (patient, code);
CREATE INDEX observations_patient ON synthea.observations (patient, code);
CREATE INDEX medications_patient ON synthea.medications (patient, code);
CREATE INDEX procedures_patient ON synthea.procedures (patient, code);
CREATE INDEX immunizations_patient ON synthea.immunizations (patient, code);
CREATE INDEX allergies_patient ON synthea.allergies (patient, code);

/*
 * Loading.
 */

CREATE FUNCTION synthea.copy_command(name text, header text) RETURNS text
	LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	relation regclass := to_regclass(format('synthea.%I', name));
	columns text[];
BEGIN
	IF relation IS NULL THEN
		RETURN NULL;
	END IF;
	-- A header may have a byte order mark, quotes and a carriage return.
	SELECT array_agg(regexp_replace(lower(h), '[^a-z0-9_]', '', 'g') ORDER BY place) INTO columns
	FROM unnest(string_to_array(header, ',')) WITH ORDINALITY AS h(h, place);
	FOR i IN 1 .. cardinality(columns) LOOP
		EXECUTE format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS %I text', relation, columns[i]);
	END LOOP;
	RETURN format('COPY %s (%s) FROM STDIN (FORMAT csv, HEADER, ENCODING ''UTF8'')', relation,
				  (SELECT string_agg(quote_ident(c), ', ' ORDER BY place)
				   FROM unnest(columns) WITH ORDINALITY AS c(c, place)));
END;
$$;
COMMENT ON FUNCTION synthea.copy_command(text, text) IS
	'the COPY command that loads a file with this header into the table of this name; columns that the table lacks are added as text; NULL when there is no such table';

-- Only rows that share their first column with a new row are looked at, and
-- only those that have a twin are written.
CREATE FUNCTION synthea.count_occurrences() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	EXECUTE format('UPDATE %1$s t SET occurrence = n.occurrence
		FROM (SELECT line, row_number() OVER (PARTITION BY %3$s ORDER BY line) AS occurrence
			FROM %1$s WHERE %2$s IN (SELECT %2$s FROM added)) n
		WHERE n.line = t.line AND n.occurrence <> t.occurrence', TG_RELID::regclass, TG_ARGV[0], TG_ARGV[1]);
	RETURN NULL;
END;
$$;
COMMENT ON FUNCTION synthea.count_occurrences() IS
	'trigger: numbers the rows that have the same key, in the order of their lines; its arguments are the key''s first column, and all of the key';

DO $$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT * FROM (VALUES
		('patients', 'id', 'id'),
		('organizations', 'id', 'id'),
		('providers', 'id', 'id'),
		('encounters', 'id', 'id'),
		('conditions', 'patient', 'patient, encounter, start, code'),
		('observations', 'patient', 'patient, encounter, date, code'),
		('medications', 'patient', 'patient, encounter, start, code'),
		('procedures', 'patient', 'patient, encounter, coalesce(start, date), code'),
		('immunizations', 'patient', 'patient, encounter, date, code'),
		('allergies', 'patient', 'patient, encounter, start, code')) AS v(name, first, key)
	LOOP
		EXECUTE format('CREATE TRIGGER count_occurrences AFTER INSERT ON synthea.%I REFERENCING NEW TABLE AS added
			FOR EACH STATEMENT EXECUTE FUNCTION synthea.count_occurrences(%L, %L)', t.name, t.first, t.key);
		EXECUTE format('COMMENT ON TRIGGER count_occurrences ON synthea.%I IS %L', t.name, 'numbers rows with the same key: ' || t.key);
	END LOOP;
END;
$$;

/*
 * Views, where a resource needs more than one row.
 */

-- Anchored on the systolic row, or on the diastolic one that has no systolic.
-- Of several readings at one time, the first of each kind counts.
CREATE VIEW synthea.blood_pressures WITH (security_invoker) AS
	SELECT s.line, s.patient, s.encounter, s.date, s.value AS systolic, d.value AS diastolic
	FROM synthea.observations s
		LEFT JOIN synthea.observations d ON d.patient = s.patient AND d.code = '8462-4' AND d.date = s.date
			AND d.encounter IS NOT DISTINCT FROM s.encounter AND d.occurrence = 1
	WHERE s.code = '8480-6' AND s.occurrence = 1
	UNION ALL
	SELECT d.line, d.patient, d.encounter, d.date, NULL, d.value
	FROM synthea.observations d
	WHERE d.code = '8462-4' AND d.occurrence = 1 AND NOT EXISTS (
		SELECT FROM synthea.observations s WHERE s.patient = d.patient AND s.code = '8480-6' AND s.date = d.date
			AND s.encounter IS NOT DISTINCT FROM d.encounter);
COMMENT ON VIEW synthea.blood_pressures IS 'the systolic and the diastolic reading of one time, mmHg';

-- The reasons are the patient's conditions of the reason's code on that day.
-- (Synthea's own export also gives those that were over by then: a pregnancy
-- test would have each earlier pregnancy as a reason.)
CREATE VIEW synthea.medication_requests WITH (security_invoker) AS
	SELECT m.*, e.provider,
		ARRAY(SELECT c FROM synthea.conditions c
			WHERE c.patient = m.patient AND c.code = m.reasoncode
				AND (m.start AT TIME ZONE 'UTC')::date BETWEEN c.start AND coalesce(c.stop, 'infinity')
			ORDER BY c.line) AS reasons
	FROM synthea.medications m LEFT JOIN synthea.encounters e ON e.id = m.encounter AND e.occurrence = 1;
COMMENT ON VIEW synthea.medication_requests IS 'medications with their encounter''s provider and their reasons';

CREATE VIEW synthea.performed_procedures WITH (security_invoker) AS
	SELECT p.*,
		ARRAY(SELECT c FROM synthea.conditions c
			WHERE c.patient = p.patient AND c.code = p.reasoncode
				AND (coalesce(p.start, p.date) AT TIME ZONE 'UTC')::date BETWEEN c.start AND coalesce(c.stop, 'infinity')
			ORDER BY c.line) AS reasons
	FROM synthea.procedures p;
COMMENT ON VIEW synthea.performed_procedures IS 'procedures with their reasons';

/*
 * Code maps.
 */

SELECT fhir_code_map('synthea-gender', '{"M": "male", "F": "female"}', unmapped => 'default:unknown');

SELECT fhir_code_map('synthea-marital', '{
	"D": {"code": "D", "display": "Divorced"},
	"M": {"code": "M", "display": "Married"},
	"S": {"code": "S", "display": "Never Married"},
	"W": {"code": "W", "display": "Widowed"}
}', system => 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', unmapped => 'text');

-- The categories of the US Office of Management and Budget.
SELECT fhir_code_map('synthea-race', '{
	"white": {"code": "2106-3", "display": "White"},
	"black": {"code": "2054-5", "display": "Black or African American"},
	"asian": {"code": "2028-9", "display": "Asian"},
	"native": {"code": "1002-5", "display": "American Indian or Alaska Native"},
	"hawaiian": {"code": "2076-8", "display": "Native Hawaiian or Other Pacific Islander"}
}', system => 'urn:oid:2.16.840.1.113883.6.238', unmapped => 'omit');

SELECT fhir_code_map('synthea-ethnicity', '{
	"hispanic": {"code": "2135-2", "display": "Hispanic or Latino"},
	"nonhispanic": {"code": "2186-5", "display": "Not Hispanic or Latino"}
}', system => 'urn:oid:2.16.840.1.113883.6.238', unmapped => 'omit');

SELECT fhir_code_map('synthea-class', '{
	"ambulatory": {"code": "AMB", "display": "ambulatory"},
	"outpatient": {"code": "AMB", "display": "ambulatory"},
	"wellness": {"code": "AMB", "display": "ambulatory"},
	"urgentcare": {"code": "AMB", "display": "ambulatory"},
	"emergency": {"code": "EMER", "display": "emergency"},
	"inpatient": {"code": "IMP", "display": "inpatient encounter"},
	"snf": {"code": "IMP", "display": "inpatient encounter"},
	"home": {"code": "HH", "display": "home health"},
	"hospice": {"code": "HH", "display": "home health"},
	"virtual": {"code": "VR", "display": "virtual"}
}', system => 'http://terminology.hl7.org/CodeSystem/v3-ActCode', unmapped => 'omit');

SELECT fhir_code_map('synthea-category', '{
	"activity": {"code": "activity", "display": "Activity"},
	"exam": {"code": "exam", "display": "Exam"},
	"imaging": {"code": "imaging", "display": "Imaging"},
	"laboratory": {"code": "laboratory", "display": "Laboratory"},
	"procedure": {"code": "procedure", "display": "Procedure"},
	"social-history": {"code": "social-history", "display": "Social History"},
	"survey": {"code": "survey", "display": "Survey"},
	"therapy": {"code": "therapy", "display": "Therapy"},
	"vital-signs": {"code": "vital-signs", "display": "Vital Signs"}
}', system => 'http://terminology.hl7.org/CodeSystem/observation-category', unmapped => 'omit');

-- The category of a LOINC code, for versions that have no column CATEGORY.
-- Codes are grouped by category here, and turned into an entry each.
SELECT fhir_code_map('synthea-category-of-code', (
	SELECT jsonb_object_agg(loinc, jsonb_build_object('code', c.code, 'display', c.display))
	FROM (VALUES
		('vital-signs', 'Vital Signs', '{29463-7, 2708-6, 39156-5, 59408-5, 59576-9, 72514-3, 77606-2, 8289-1, 8302-2,
			8310-5, 8331-1, 8867-4, 9279-1, 9843-4}'::text[]),
		('laboratory', 'Laboratory', '{10230-1, 10480-2, 10834-0, 14959-1, 1742-6, 1751-7, 17861-6, 18262-6, 1920-8, 1975-2,
			1988-5, 20454-5, 20505-4, 20565-8, 20570-8, 2069-3, 2075-0, 2085-9, 2093-3, 21000-5, 2160-0, 2339-0, 2345-7, 2571-8,
			2823-3, 2857-1, 2885-2, 2947-0, 2951-2, 3094-0, 32207-3, 32623-1, 33037-3, 33914-3, 38483-4, 4544-3, 4548-4,
			49765-1, 57905-2, 5767-9, 5770-3, 5778-6, 5792-7, 5794-3, 5797-6, 5799-2, 5802-4, 5803-2, 5804-0, 5811-5,
			6075-6, 6082-2, 6085-5, 6095-4, 6106-9, 6158-0, 6189-5, 6206-7, 6246-3, 6248-9, 6273-7, 6276-0, 6298-4, 6299-2,
			6301-6, 65750-2, 6690-2, 6768-6, 6833-8, 6844-5, 718-7, 7258-7, 777-3, 785-6, 786-4, 787-2, 789-8,
			92130-4, 92131-2, 92134-6, 92138-7, 92139-5, 92140-3, 92141-1, 92142-9, 94040-3, 94531-1}'),
		('social-history', 'Social History', '{72166-2}'),
		('survey', 'Survey', '{38208-5, 44261-6, 55758-7, 59453-1, 59460-6, 59461-4, 69737-5, 70274-6, 75626-2, 75893-8,
			76504-0, 82667-7, 89204-2, 89206-7, 91145-3, 91146-1, 99999-1, 99999-2, 99999-3, 99999-4, 99999-5, 99999-6,
			99999-7, 99999-8, 99999-9, 99999-10, 99999-11}'),
		('exam', 'Exam', '{69453-9}'),
		('procedure', 'Procedure', '{19926-5, 33756-8}')) AS c(code, display, codes), unnest(c.codes) AS loinc
), system => 'http://terminology.hl7.org/CodeSystem/observation-category', unmapped => 'omit');

-- Answers whose code the CSV files have lost.
SELECT fhir_code_map('synthea-answer', '{
	"Negative (qualifier value)": {"code": "260385009", "display": "Negative (qualifier value)"},
	"Positive (qualifier value)": {"code": "10828004", "display": "Positive (qualifier value)"},
	"Detected (qualifier value)": {"code": "260373001", "display": "Detected (qualifier value)"},
	"Not detected (qualifier value)": {"code": "260415000", "display": "Not detected (qualifier value)"},
	"Never smoker": {"code": "266919005", "display": "Never smoked tobacco (finding)"},
	"Former smoker": {"code": "8517006", "display": "Ex-smoker (finding)"}
}', system => 'http://snomed.info/sct', unmapped => 'omit');

SELECT fhir_code_map('synthea-allergy-category',
	'{"food": "food", "medication": "medication", "drug": "medication", "environment": "environment", "biologic": "biologic"}',
	unmapped => 'omit');

SELECT fhir_code_map('synthea-severity', '{"MILD": "mild", "MODERATE": "moderate", "SEVERE": "severe"}', unmapped => 'omit');

/*
 * Mappings.  The CSV files have blanks where there were commas, so two blanks
 * were a comma and a blank: "Boston  Massachusetts  US".
 */

SELECT fhir_map('synthea.patients', $m${
	"resourceType": "Patient",
	"$if": "occurrence = 1",
	"id": "{id}",
	"extension": [
		{"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race", "extension": [
			{"url": "ombCategory", "valueCoding": "{fhir_coding('synthea-race', race)}"},
			{"url": "text", "valueString": "{coalesce(fhir_coding('synthea-race', race) ->> 'display', race)}"}]},
		{"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity", "extension": [
			{"url": "ombCategory", "valueCoding": "{fhir_coding('synthea-ethnicity', ethnicity)}"},
			{"url": "text", "valueString": "{coalesce(fhir_coding('synthea-ethnicity', ethnicity) ->> 'display', ethnicity)}"}]},
		{"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex",
			"valueCode": "{CASE WHEN gender IN ('M', 'F') THEN gender END}"},
		{"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace", "valueAddress": {
			"text": "{CASE WHEN cardinality(string_to_array(birthplace, '  ')) <> 3 THEN replace(birthplace, '  ', ', ') END}",
			"city": "{CASE WHEN cardinality(string_to_array(birthplace, '  ')) = 3 THEN split_part(birthplace, '  ', 1) END}",
			"state": "{CASE WHEN cardinality(string_to_array(birthplace, '  ')) = 3 THEN split_part(birthplace, '  ', 2) END}",
			"country": "{CASE WHEN cardinality(string_to_array(birthplace, '  ')) = 3 THEN split_part(birthplace, '  ', 3) END}"}}],
	"identifier": [
		{"system": "https://github.com/synthetichealth/synthea", "value": "{id}"},
		{"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR", "display": "Medical record number"}],
			"text": "Medical Record Number"}, "system": "http://hospital.smarthealthit.org", "value": "{id}"},
		{"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "SS", "display": "Social Security number"}],
			"text": "Social Security Number"}, "system": "http://hl7.org/fhir/sid/us-ssn", "value": "{ssn}"},
		{"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "DL", "display": "Driver's license number"}],
			"text": "Driver's License"}, "system": "urn:oid:2.16.840.1.113883.4.3.25", "value": "{drivers}"},
		{"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PPN", "display": "Passport number"}],
			"text": "Passport Number"}, "system": "http://standardhealthrecord.org/fhir/StructureDefinition/passportNumber", "value": "{passport}"}],
	"name": [
		{"use": "official", "family": "{last}", "given": ["{first}", "{middle}"], "prefix": ["{prefix}"], "suffix": ["{suffix}"]},
		{"$need": ["family"], "use": "maiden", "family": "{maiden}", "given": ["{first}", "{middle}"], "prefix": ["{prefix}"], "suffix": ["{suffix}"]}],
	"gender": "{fhir_code('synthea-gender', gender)}",
	"birthDate": "{birthdate}",
	"deceasedDateTime": "{deathdate}",
	"address": [{
		"extension": [{"$if": "lat IS NOT NULL AND lon IS NOT NULL", "url": "http://hl7.org/fhir/StructureDefinition/geolocation", "extension": [
			{"url": "latitude", "valueDecimal": "{lat}"},
			{"url": "longitude", "valueDecimal": "{lon}"}]}],
		"line": ["{replace(address, '  ', ', ')}"],
		"city": "{city}",
		"district": "{county}",
		"state": "{state}",
		"postalCode": "{zip}",
		"country": "US"}],
	"maritalStatus": "{fhir_concept('synthea-marital', marital)}"
}$m$);

SELECT fhir_map('synthea.organizations', $m${
	"resourceType": "Organization",
	"$if": "occurrence = 1",
	"id": "{id}",
	"identifier": [{"system": "https://github.com/synthetichealth/synthea", "value": "{id}"}],
	"active": true,
	"type": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/organization-type", "code": "prov", "display": "Healthcare Provider"}],
		"text": "Healthcare Provider"}],
	"name": "{replace(name, '  ', ', ')}",
	"telecom": [{"system": "phone", "value": "{phone}"}],
	"address": [{
		"extension": [{"$if": "lat IS NOT NULL AND lon IS NOT NULL", "url": "http://hl7.org/fhir/StructureDefinition/geolocation", "extension": [
			{"url": "latitude", "valueDecimal": "{lat}"},
			{"url": "longitude", "valueDecimal": "{lon}"}]}],
		"line": ["{replace(address, '  ', ', ')}"],
		"city": "{city}",
		"state": "{state}",
		"postalCode": "{zip}",
		"country": "US"}]
}$m$);

-- Synthea's names of providers are given names and one family name.
SELECT fhir_map('synthea.providers', $m${
	"resourceType": "Practitioner",
	"$if": "occurrence = 1",
	"id": "{id}",
	"identifier": [{"system": "https://github.com/synthetichealth/synthea", "value": "{id}"}],
	"active": true,
	"name": [{"family": "{substring(name, '[^ ]+$')}", "given": ["{substring(name, '^(.*) [^ ]+$')}"], "prefix": ["Dr."]}],
	"address": [{
		"extension": [{"$if": "lat IS NOT NULL AND lon IS NOT NULL", "url": "http://hl7.org/fhir/StructureDefinition/geolocation", "extension": [
			{"url": "latitude", "valueDecimal": "{lat}"},
			{"url": "longitude", "valueDecimal": "{lon}"}]}],
		"line": ["{replace(address, '  ', ', ')}"],
		"city": "{city}",
		"state": "{state}",
		"postalCode": "{zip}",
		"country": "US"}],
	"gender": "{fhir_code('synthea-gender', gender)}"
}$m$);

SELECT fhir_map('synthea.encounters', $m${
	"resourceType": "Encounter",
	"$if": "occurrence = 1",
	"id": "{id}",
	"status": "{CASE WHEN stop IS NULL THEN 'in-progress' ELSE 'finished' END}",
	"class": "{coalesce(fhir_coding('synthea-class', encounterclass), jsonb_build_object('system', 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor', 'code', 'UNK', 'display', 'unknown'))}",
	"type": [{"coding": [{"system": "http://snomed.info/sct", "code": "{code}", "display": "{replace(description, '  ', ', ')}"}],
		"text": "{replace(description, '  ', ', ')}"}],
	"subject": {"reference": "Patient/{patient}"},
	"participant": [{"individual": {"reference": "Practitioner/{provider}"}}],
	"period": {"start": "{start}", "end": "{stop}"},
	"reasonCode": [{"coding": [{"system": "http://snomed.info/sct", "code": "{reasoncode}", "display": "{replace(reasondescription, '  ', ', ')}"}],
		"text": "{replace(reasondescription, '  ', ', ')}"}],
	"serviceProvider": {"reference": "Organization/{organization}"}
}$m$);

-- Abatement demands that the clinical status says so (con-4).
SELECT fhir_map('synthea.conditions', $m${
	"resourceType": "Condition",
	"id": "{fhir_id('condition', patient, coalesce(encounter, ''), start, code, occurrence)}",
	"clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical",
		"code": "{CASE WHEN stop IS NULL THEN 'active' ELSE 'resolved' END}"}]},
	"verificationStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed"}]},
	"category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "encounter-diagnosis",
		"display": "Encounter Diagnosis"}]}],
	"code": {"coding": [{"system": "{CASE WHEN system LIKE 'http%' THEN system ELSE 'http://snomed.info/sct' END}", "code": "{code}",
		"display": "{replace(description, '  ', ', ')}"}], "text": "{replace(description, '  ', ', ')}"},
	"subject": {"reference": "Patient/{patient}"},
	"encounter": {"reference": "Encounter/{encounter}"},
	"onsetDateTime": "{start}",
	"abatementDateTime": "{stop}",
	"recordedDate": "{start}"
}$m$);

-- Blood pressures have a mapping of their own; the three summaries of a
-- patient's quality of life are no observations, and Synthea exports none.
-- Older versions have no column TYPE: there, what looks like a number is one.
SELECT fhir_map('synthea.observations', $m${
	"resourceType": "Observation",
	"$if": "code NOT IN ('8480-6', '8462-4', 'QALY', 'DALY', 'QOLS')",
	"id": "{fhir_id('observation', patient, coalesce(encounter, ''), date, code, occurrence)}",
	"status": "final",
	"category": [{"coding": ["{CASE WHEN category IS NULL THEN fhir_coding('synthea-category-of-code', code) ELSE fhir_coding('synthea-category', category) END}"]}],
	"code": {"coding": [{"system": "http://loinc.org", "code": "{code}", "display": "{replace(description, '  ', ', ')}"}],
		"text": "{replace(description, '  ', ', ')}"},
	"subject": {"reference": "Patient/{patient}"},
	"encounter": {"reference": "Encounter/{encounter}"},
	"effectiveDateTime": "{date}",
	"issued": "{date}",
	"valueQuantity": {
		"$if": "coalesce(type = 'numeric', value ~ '^-?[0-9]+([.][0-9]+)?(E-?[0-9]+)?$')",
		"value": "{value::numeric}",
		"unit": "{CASE WHEN units NOT IN ('null', 'n/a') THEN units END}",
		"system": "{CASE WHEN units NOT IN ('null', 'n/a') THEN 'http://unitsofmeasure.org' END}",
		"code": "{CASE WHEN units NOT IN ('null', 'n/a') THEN units END}"},
	"valueCodeableConcept": {
		"$if": "NOT coalesce(type = 'numeric', value ~ '^-?[0-9]+([.][0-9]+)?(E-?[0-9]+)?$')",
		"$need": ["coding"],
		"coding": ["{fhir_coding('synthea-answer', value)}"],
		"text": "{value}"},
	"valueString": "{CASE WHEN NOT coalesce(type = 'numeric', value ~ '^-?[0-9]+([.][0-9]+)?(E-?[0-9]+)?$') AND fhir_coding('synthea-answer', value) IS NULL THEN replace(value, '  ', ', ') END}"
}$m$);

SELECT fhir_map('synthea.blood_pressures', $m${
	"resourceType": "Observation",
	"id": "{fhir_id('blood pressure', patient, coalesce(encounter, ''), date)}",
	"status": "final",
	"category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs", "display": "Vital Signs"}]}],
	"code": {"coding": [{"system": "http://loinc.org", "code": "85354-9", "display": "Blood pressure panel with all children optional"}],
		"text": "Blood pressure panel with all children optional"},
	"subject": {"reference": "Patient/{patient}"},
	"encounter": {"reference": "Encounter/{encounter}"},
	"effectiveDateTime": "{date}",
	"issued": "{date}",
	"component": [
		{"$keep": true,
			"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure"}], "text": "Systolic blood pressure"},
			"valueQuantity": {"value": "{systolic::numeric}", "unit": "mm[Hg]", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
			"dataAbsentReason": {"$if": "systolic IS NULL",
				"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown", "display": "Unknown"}]}},
		{"$keep": true,
			"code": {"coding": [{"system": "http://loinc.org", "code": "8462-4", "display": "Diastolic blood pressure"}], "text": "Diastolic blood pressure"},
			"valueQuantity": {"value": "{diastolic::numeric}", "unit": "mm[Hg]", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
			"dataAbsentReason": {"$if": "diastolic IS NULL",
				"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown", "display": "Unknown"}]}}]
}$m$);

SELECT fhir_map('synthea.medication_requests', $m${
	"resourceType": "MedicationRequest",
	"id": "{fhir_id('medication', patient, coalesce(encounter, ''), start, code, occurrence)}",
	"status": "{CASE WHEN stop IS NULL THEN 'active' ELSE 'stopped' END}",
	"intent": "order",
	"medicationCodeableConcept": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "{code}",
		"display": "{replace(description, '  ', ', ')}"}], "text": "{replace(description, '  ', ', ')}"},
	"subject": {"reference": "Patient/{patient}"},
	"encounter": {"reference": "Encounter/{encounter}"},
	"authoredOn": "{start}",
	"requester": {"reference": "Practitioner/{provider}"},
	"reasonCode": [{"coding": [{"system": "http://snomed.info/sct", "code": "{reasoncode}", "display": "{replace(reasondescription, '  ', ', ')}"}],
		"text": "{replace(reasondescription, '  ', ', ')}"}],
	"reasonReference": [{"$each": "reasons AS c",
		"reference": "Condition/{fhir_id('condition', c.patient, coalesce(c.encounter, ''), c.start, c.code, c.occurrence)}"}]
}$m$);

SELECT fhir_map('synthea.performed_procedures', $m${
	"resourceType": "Procedure",
	"id": "{fhir_id('procedure', patient, coalesce(encounter, ''), coalesce(start, date), code, occurrence)}",
	"status": "completed",
	"code": {"coding": [{"system": "{CASE WHEN system LIKE 'http%' THEN system ELSE 'http://snomed.info/sct' END}", "code": "{code}",
		"display": "{replace(description, '  ', ', ')}"}], "text": "{replace(description, '  ', ', ')}"},
	"subject": {"reference": "Patient/{patient}"},
	"encounter": {"reference": "Encounter/{encounter}"},
	"performedDateTime": "{CASE WHEN start IS NULL THEN date END}",
	"performedPeriod": {"start": "{start}", "end": "{stop}"},
	"reasonCode": [{"coding": [{"system": "http://snomed.info/sct", "code": "{reasoncode}", "display": "{replace(reasondescription, '  ', ', ')}"}],
		"text": "{replace(reasondescription, '  ', ', ')}"}],
	"reasonReference": [{"$each": "reasons AS c",
		"reference": "Condition/{fhir_id('condition', c.patient, coalesce(c.encounter, ''), c.start, c.code, c.occurrence)}"}]
}$m$);

SELECT fhir_map('synthea.immunizations', $m${
	"resourceType": "Immunization",
	"id": "{fhir_id('immunization', patient, coalesce(encounter, ''), date, code, occurrence)}",
	"status": "completed",
	"vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "{code}", "display": "{replace(description, '  ', ', ')}"}],
		"text": "{replace(description, '  ', ', ')}"},
	"patient": {"reference": "Patient/{patient}"},
	"encounter": {"reference": "Encounter/{encounter}"},
	"occurrenceDateTime": "{date}",
	"primarySource": true
}$m$);

SELECT fhir_map('synthea.allergies', $m${
	"resourceType": "AllergyIntolerance",
	"id": "{fhir_id('allergy', patient, coalesce(encounter, ''), start, code, occurrence)}",
	"clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
		"code": "{CASE WHEN stop IS NULL THEN 'active' ELSE 'inactive' END}"}]},
	"verificationStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", "code": "confirmed"}]},
	"type": "{CASE WHEN type IN ('allergy', 'intolerance') THEN type END}",
	"category": ["{fhir_code('synthea-allergy-category', category)}"],
	"code": {"coding": [{"system": "{CASE WHEN system LIKE 'http%' THEN system WHEN system = 'RxNorm' THEN 'http://www.nlm.nih.gov/research/umls/rxnorm' ELSE 'http://snomed.info/sct' END}",
		"code": "{code}", "display": "{replace(description, '  ', ', ')}"}], "text": "{replace(description, '  ', ', ')}"},
	"patient": {"reference": "Patient/{patient}"},
	"encounter": {"reference": "Encounter/{encounter}"},
	"recordedDate": "{start}",
	"reaction": [
		{"$need": ["manifestation"],
			"manifestation": [{"coding": [{"system": "http://snomed.info/sct", "code": "{reaction1}", "display": "{replace(description1, '  ', ', ')}"}],
				"text": "{replace(description1, '  ', ', ')}"}],
			"severity": "{fhir_code('synthea-severity', severity1)}"},
		{"$need": ["manifestation"],
			"manifestation": [{"coding": [{"system": "http://snomed.info/sct", "code": "{reaction2}", "display": "{replace(description2, '  ', ', ')}"}],
				"text": "{replace(description2, '  ', ', ')}"}],
			"severity": "{fhir_code('synthea-severity', severity2)}"}]
}$m$);

COMMIT;
