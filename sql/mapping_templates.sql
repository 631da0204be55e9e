-- templates as a hospital writes them, each on a full row and on one with gaps
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
CREATE SCHEMA mapping_templates;
SET search_path = mapping_templates, public;
-- a patient with the slices of TW Core: a nationality alone makes no identifier
CREATE TABLE patient (id_no text, nat text, resident_no text, chart_no int, name text, family_en text, given_en text[], phone text,
	sex char(1), birth_roc text, addr text, road text, city text, zip3 text, updated_at timestamptz);
SELECT fhir_map('patient', $m${"resourceType":"Patient","id":"{'x'}","meta":{"profile":["https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/Patient-twcore"],"lastUpdated":"{updated_at}"},"identifier":[
 {"$if":"tw_id_valid(id_no)","use":"official","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"NNxxx","_code":{"extension":[{"url":"https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/identifier-suffix","extension":[
  {"url":"suffix","valueString":"{nat}"},{"url":"valueSet","valueCanonical":"http://hl7.org/fhir/ValueSet/iso3166-1-3"}]}]}}]},"system":"http://www.moi.gov.tw","value":"{id_no}"},
 {"use":"official","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"PRC","_code":{"extension":[{"url":"suffix","valueString":"{nat}"}]}}]},"system":"http://www.immigration.gov.tw","value":"{resident_no}"},
 {"use":"official","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"system":"https://hospital.example/mrn","value":"{chart_no}"}],
 "active":true,"name":[{"use":"official","text":"{name}","family":"{family_en}","given":"{given_en}"}],"telecom":[{"system":"phone","use":"mobile","value":"{phone}"}],
 "gender":"{CASE sex WHEN 'M' THEN 'male' WHEN 'F' THEN 'female' END}","birthDate":"{roc_date(birth_roc)}","_birthDate":{"$absent":"unknown"},
 "address":[{"text":"{addr}","line":["{road}"],"city":"{city}","_postalCode":{"extension":[{"url":"https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/tw-postal-code","valueCodeableConcept":{"coding":[{"system":"https://twcore.mohw.gov.tw/ig/twcore/CodeSystem/postal-code3-tw","code":"{zip3}"}]}}]},"country":"TW"}]}$m$, timezone => 'Asia/Taipei');
INSERT INTO patient VALUES ('A123456789', 'TWN', NULL, 7, '王小明', 'Wang', '{Xiao,Ming}', '0912345678', 'M', '0790101', '臺北市中正路1號', '中正路1號', '臺北市', '100', '2024-01-01 00:00+08'),
	('A123456788', 'TWN', '  ', 8, NULL, NULL, '{}', NULL, 'X', NULL, NULL, NULL, NULL, NULL, NULL),
	(NULL, 'USA', 'AC01234567', NULL, ' ', NULL, NULL, '', NULL, '', NULL, NULL, NULL, '106', NULL);
SELECT pg_temp.resource(patient) FROM patient;

-- blood pressure: a side that is missing keeps its component, with the reason
CREATE TABLE bp (patient text, encounter text, at timestamp, sbp numeric, dbp int);
SELECT fhir_map('bp', '{"resourceType":"Observation","id":"{''x''}","status":"final","category":[{"coding":[{"system":"urn:x:observation-category","code":"vital-signs"}]}],
 "code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"subject":{"reference":"Patient/{patient}"},"encounter":{"reference":"Encounter/{encounter}"},"effectiveDateTime":"{at}","component":[
 {"$keep":true,"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":"{sbp}","unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"},"dataAbsentReason":{"$if":"sbp IS NULL","coding":[{"code":"unknown"}]}},
 {"$keep":true,"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":"{dbp}","unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"},"dataAbsentReason":{"$if":"dbp IS NULL","coding":[{"code":"unknown"}]}}]}', timezone => 'Asia/Taipei');
INSERT INTO bp VALUES ('p', 'e', '2024-05-01 08:00', 120, 80), ('p', NULL, NULL, 121.5, NULL), (NULL, NULL, NULL, NULL, NULL);
SELECT pg_temp.resource(bp) FROM bp;

-- a prescription: quantities and codes that come in parts, a dose that is text
CREATE TABLE medication (patient text, encounter text, start timestamptz, stop timestamptz, code text, description text, provider text, reasoncode text,
	reasondescription text, dose_text text, freq int, per numeric, per_unit text, prn boolean, dose numeric, dose_unit text, dose_ucum text);
SELECT fhir_map('medication', $m${"resourceType":"MedicationRequest","id":"{'x'}","status":"{CASE WHEN stop IS NULL THEN 'active' ELSE 'stopped' END}","intent":"order",
 "medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"{code}","display":"{description}"}],"text":"{description}"},"subject":{"reference":"Patient/{patient}"},"encounter":{"reference":"Encounter/{encounter}"},"authoredOn":"{start}",
 "requester":{"reference":"Practitioner/{provider}"},"reasonCode":[{"coding":[{"system":"http://snomed.info/sct","code":"{reasoncode}","display":"{reasondescription}"}]}],
 "dosageInstruction":[{"sequence":1,"text":"{dose_text}","timing":{"repeat":{"$need":["periodUnit"],"frequency":"{freq}","period":"{per}","periodUnit":"{per_unit}"}},"asNeededBoolean":"{prn}","doseAndRate":[{"doseQuantity":{"value":"{dose}","unit":"{dose_unit}","system":"http://unitsofmeasure.org","code":"{dose_ucum}"}}]}]}$m$);
INSERT INTO medication VALUES ('p', 'e', '2024-01-01 00:00+00', NULL, '314076', 'lisinopril 10 MG', 'd', '38341003', 'Hypertension', 'one tablet', 1, 1.0, 'd', false, 10, 'mg', 'mg'),
	('p', NULL, NULL, '2024-02-01', NULL, 'something', NULL, NULL, 'display only', NULL, 2, 1, NULL, NULL, NULL, 'tab', NULL);
SELECT pg_temp.resource(medication) FROM medication;

-- observations of two kinds in one table, of which some are another mapping's
CREATE TABLE observation (encounter text, patient text, date timestamptz, category text, code text, description text, value text, units text, type text);
SELECT fhir_map('observation', $m${"resourceType":"Observation","id":"{'x'}","$if":"encounter IS NOT NULL AND code NOT IN ('8480-6','8462-4')","status":"final","category":[{"coding":[{"system":"urn:x:observation-category","code":"{category}"}]}],
 "code":{"coding":[{"system":"http://loinc.org","code":"{code}","display":"{description}"}],"text":"{description}"},"subject":{"reference":"Patient/{patient}"},"encounter":{"reference":"Encounter/{encounter}"},"effectiveDateTime":"{date}","issued":"{date}",
 "valueQuantity":{"$if":"type = 'numeric'","value":"{value::numeric}","unit":"{units}","system":"http://unitsofmeasure.org","code":"{units}"},"valueString":"{CASE WHEN type = 'text' THEN value END}"}$m$);
INSERT INTO observation VALUES ('e', 'p', '2024-01-01 00:00+00', 'laboratory', '2339-0', 'Glucose', '87.50', 'mg/dL', 'numeric'),
	('e', 'p', NULL, NULL, '72166-2', 'Smoking', 'Never smoker', '{nominal}', 'text'), (NULL, 'p', NULL, NULL, 'QALY', NULL, 'x', NULL, 'numeric'), ('e', 'p', NULL, NULL, '8480-6', NULL, 'x', NULL, 'numeric');
SELECT pg_temp.resource(observation) FROM observation;

-- a practitioner whose photo is binary, whose names are parts of one text
CREATE TABLE provider (npi text, name text, gender text, address text, city text, zip text, speciality text, photo bytea);
SELECT fhir_map('provider', $m${"resourceType":"Practitioner","id":"{'x'}","active":true,"identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"{npi}"}],
 "name":[{"text":"{name}","family":"{split_part(name, ' ', 2)}","given":["{split_part(name, ' ', 1)}"]}],"gender":"{lower(gender)}","address":[{"line":["{address}"],"city":"{city}","postalCode":"{zip}","country":"US"}],
 "qualification":[{"code":{"text":"{speciality}"}}],"photo":[{"contentType":"image/png","data":"{photo}"}],"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">{name}</div>"}}$m$);
INSERT INTO provider VALUES ('1234567890', 'Ada <Lovelace>', 'Female', '1 & 2 Main St', 'Boston', '02155', 'GENERAL PRACTICE', '\x89504e47'), (NULL, 'Mono', NULL, NULL, '', NULL, ' ', '\x');
SELECT pg_temp.resource(provider) FROM provider;
SET client_min_messages = warning;
DROP SCHEMA mapping_templates CASCADE;
