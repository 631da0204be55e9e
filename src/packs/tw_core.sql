/*
 * tw_core.sql
 *		A pack for psql: a hospital's rows as TW Core 0.3.1 wants them.
 *
 * TW Core is Taiwan's national profile set on FHIR R4 (package
 * tw.gov.mohw.twcore).  The pack makes the schema tw_core with one view for
 * each kind of resource, and registers a mapping on each.  The views are the
 * contract between a hospital and the profiles: their columns are documented
 * (\d+ tw_core.patient) and they have no rows.  A site fills one after the
 * other by putting its own query into it:
 *
 *	CREATE OR REPLACE VIEW tw_core.patient WITH (security_invoker = true) AS
 *		SELECT p.chart_no::text AS chart_no, ... FROM his.patient p;
 *
 *	SELECT fhir_from_row(p.*) FROM tw_core.patient p;
 *
 * The server then checks that names, types and order of the columns are those
 * of the contract; what a site does not have is NULL.  The mapping stays.
 * Say security_invoker each time, else the view's owner reads the tables for
 * everybody.  Views rather than templates hold what differs from site to site:
 * joins, codes of the site, and the cleaning, for which the functions tidy,
 * id_kind, is_roc_date and icd_dotted below are there.  In a view a column
 * that needs no cleaning stays a plain column, and its index of use.
 *
 * A row must have its number (chart_no, encounter_no, ...), which no other row
 * of the view may have, and a reference is to a row that the other view has:
 * a view leaves out, or sets to NULL, a number that leads nowhere.
 *
 * Running the script again replaces functions and mappings, and leaves the
 * views, the site's queries and its code maps alone.  It asks for the extension
 * in the database, and for a role that may create a schema, and execute fhir_id
 * and fhir_code_map; that role owns the views.  Who reads resources needs USAGE
 * on the schema, and SELECT on the view and on the tables behind it.
 */

\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_encoding = 'UTF8';

DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'fhir_bridge') THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = 'the extension fhir_bridge is not in this database',
			HINT = 'CREATE SCHEMA fhir; CREATE EXTENSION fhir_bridge SCHEMA fhir;';
	END IF;
	PERFORM pg_catalog.set_config('search_path', pg_catalog.format('pg_catalog, %s', extnamespace::regnamespace), true)
	FROM pg_catalog.pg_extension WHERE extname = 'fhir_bridge';
END
$$;

CREATE SCHEMA IF NOT EXISTS tw_core;
COMMENT ON SCHEMA tw_core IS 'a hospital''s rows in the columns that the mappings to TW Core 0.3.1 read';

/* functions for the site's views */

CREATE OR REPLACE FUNCTION tw_core.tidy(value text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 2
	RETURN nullif(btrim(value, U&' \0009\000A\000D\00A0\3000'), '');
COMMENT ON FUNCTION tw_core.tidy(text) IS
	'the text without the blanks at its ends, full-width ones too; NULL when nothing is left';

CREATE OR REPLACE FUNCTION tw_core.id_kind(value text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 3
	RETURN CASE
		WHEN NOT tw_id_valid(value) THEN NULL
		WHEN substr(value, 2, 1) IN ('1', '2') THEN 'NNxxx'
		ELSE 'PRC'
	END;
COMMENT ON FUNCTION tw_core.id_kind(text) IS
	'which identity number it is: NNxxx for a national id, PRC for a resident id (old or new form), NULL when its check digit or form is wrong';

CREATE OR REPLACE FUNCTION tw_core.is_roc_date(value text) RETURNS boolean
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 20
	RETURN coalesce((
		SELECT y > 0 AND m BETWEEN 1 AND 12 AND d BETWEEN 1 AND CASE
				WHEN m IN (4, 6, 9, 11) THEN 30
				WHEN m <> 2 THEN 31
				WHEN (y + 1911) % 4 = 0 AND ((y + 1911) % 100 <> 0 OR (y + 1911) % 400 = 0) THEN 29
				ELSE 28
			END
		FROM regexp_match(
				regexp_replace(btrim(value, U&' \0009\000A\000D'),
					'^(?:([0-9]{2,3})([0-9]{2})([0-9]{2})|(?:民國)?([0-9]{1,3})年([0-9]{1,2})月([0-9]{1,2})日)$',
					'\1\4/\2\5/\3\6'),
				'^([0-9]{1,3})([/.-])([0-9]{1,2})\2([0-9]{1,2})$') AS part,
			LATERAL (SELECT part[1]::int AS y, part[3]::int AS m, part[4]::int AS d) AS number
	), false);
COMMENT ON FUNCTION tw_core.is_roc_date(text) IS
	'whether roc_date takes the text; blanks, words, 0000000 and days that do not exist are false';

CREATE OR REPLACE FUNCTION tw_core.icd_dotted(value text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5
	RETURN regexp_replace(upper(tw_core.tidy(value)), '^([A-Z][0-9][0-9A-Z])([0-9A-Z]{1,4})$', '\1.\2');
COMMENT ON FUNCTION tw_core.icd_dotted(text) IS
	'an ICD-10-CM code as its code system has it: capitals, and a dot behind the third character, which claims leave out; other texts only tidied';

/*
 * Codes of the site.  The pack knows usual ones; a site with others replaces
 * the map by fhir_code_map, and a new run of the script leaves it alone.
 */
SELECT fhir_code_map('tw_core_sex', '{
	"M": "male", "m": "male", "1": "male", "男": "male", "male": "male",
	"F": "female", "f": "female", "2": "female", "女": "female", "female": "female",
	"O": "other", "other": "other", "U": "unknown", "unknown": "unknown"
}', unmapped => 'omit')
WHERE NOT EXISTS (SELECT FROM fhir_code_map WHERE map = 'tw_core_sex');

SELECT fhir_code_map('tw_core_class', '{
	"O": {"code": "AMB", "display": "ambulatory"},
	"門診": {"code": "AMB", "display": "ambulatory"},
	"AMB": {"code": "AMB", "display": "ambulatory"},
	"E": {"code": "EMER", "display": "emergency"},
	"急診": {"code": "EMER", "display": "emergency"},
	"EMER": {"code": "EMER", "display": "emergency"},
	"I": {"code": "IMP", "display": "inpatient encounter"},
	"住院": {"code": "IMP", "display": "inpatient encounter"},
	"IMP": {"code": "IMP", "display": "inpatient encounter"},
	"HH": {"code": "HH", "display": "home health"},
	"VR": {"code": "VR", "display": "virtual"}
}', system => 'http://terminology.hl7.org/CodeSystem/v3-ActCode', unmapped => 'omit')
WHERE NOT EXISTS (SELECT FROM fhir_code_map WHERE map = 'tw_core_class');

/* Organization */

SELECT to_regclass('tw_core.organization') IS NULL AS tw_core_missing \gset
\if :tw_core_missing
CREATE VIEW tw_core.organization WITH (security_invoker = true) AS
	SELECT NULL::text AS organization_no, NULL::text AS organization_no_system, NULL::text AS nhi_code,
		NULL::text AS name, NULL::text AS phone, NULL::text AS address_text, NULL::text AS postal_code3,
		NULL::text AS part_of_no, NULL::timestamptz AS updated_at
	WHERE false;
COMMENT ON VIEW tw_core.organization IS 'the hospital and its departments, one a row; becomes Organization';
COMMENT ON COLUMN tw_core.organization.organization_no IS 'key within the site; departments and the hospital share it';
COMMENT ON COLUMN tw_core.organization.organization_no_system IS 'URI under which the site issues organization_no; NULL: the number is not told';
COMMENT ON COLUMN tw_core.organization.nhi_code IS 'code of a medical institution, ten digits, from the National Health Insurance';
COMMENT ON COLUMN tw_core.organization.phone IS 'telephone at work';
COMMENT ON COLUMN tw_core.organization.postal_code3 IS 'postal code, its first three digits';
COMMENT ON COLUMN tw_core.organization.part_of_no IS 'organization_no of the hospital to which a department belongs';
COMMENT ON COLUMN tw_core.organization.updated_at IS 'last change of the row';
\endif

SELECT fhir_map('tw_core.organization', $m${
  "resourceType": "Organization",
  "id": "{fhir_id('organization', organization_no)}",
  "meta": {
    "lastUpdated": "{updated_at}",
    "profile": ["https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/Organization-twcore"]
  },
  "identifier": [
    {
      "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PRN"}]},
      "system": "https://twcore.mohw.gov.tw/ig/twcore/CodeSystem/organization-identifier-tw",
      "value": "{nhi_code}"
    },
    {"$need": ["system"], "system": "{organization_no_system}", "value": "{organization_no}"}
  ],
  "active": true,
  "name": "{name}",
  "telecom": [{"system": "phone", "value": "{phone}", "use": "work"}],
  "address": [{"use": "work", "text": "{address_text}", "postalCode": "{postal_code3}", "country": "TW"}],
  "partOf": {"reference": "Organization/{fhir_id('organization', part_of_no)}"}
}$m$, timezone => 'Asia/Taipei');

/* Practitioner */

SELECT to_regclass('tw_core.practitioner') IS NULL AS tw_core_missing \gset
\if :tw_core_missing
CREATE VIEW tw_core.practitioner WITH (security_invoker = true) AS
	SELECT NULL::text AS practitioner_no, NULL::text AS practitioner_no_system, NULL::text AS national_id,
		NULL::text AS license_no, NULL::text AS license_no_system, NULL::text AS name,
		NULL::text AS family_en, NULL::text AS given_en, NULL::text AS sex, NULL::boolean AS active,
		NULL::text AS qualification, NULL::timestamptz AS updated_at
	WHERE false;
COMMENT ON VIEW tw_core.practitioner IS 'staff who treat patients, one a row; becomes Practitioner';
COMMENT ON COLUMN tw_core.practitioner.practitioner_no IS 'key within the site, mostly the staff number';
COMMENT ON COLUMN tw_core.practitioner.practitioner_no_system IS 'URI under which the site issues practitioner_no; NULL: the number is not told';
COMMENT ON COLUMN tw_core.practitioner.national_id IS 'national id (tw_core.id_kind says NNxxx); NULL where partners need not know it';
COMMENT ON COLUMN tw_core.practitioner.license_no IS 'number of the medical license';
COMMENT ON COLUMN tw_core.practitioner.license_no_system IS 'URI under which license_no is issued';
COMMENT ON COLUMN tw_core.practitioner.name IS 'name in Chinese characters';
COMMENT ON COLUMN tw_core.practitioner.family_en IS 'family name in Latin letters';
COMMENT ON COLUMN tw_core.practitioner.given_en IS 'given names in Latin letters';
COMMENT ON COLUMN tw_core.practitioner.sex IS 'the site''s code, see the code map tw_core_sex';
COMMENT ON COLUMN tw_core.practitioner.active IS 'whether the person works here; NULL: not told';
COMMENT ON COLUMN tw_core.practitioner.qualification IS 'speciality or title as text';
COMMENT ON COLUMN tw_core.practitioner.updated_at IS 'last change of the row';
\endif

SELECT fhir_map('tw_core.practitioner', $m${
  "resourceType": "Practitioner",
  "id": "{fhir_id('practitioner', practitioner_no)}",
  "meta": {
    "lastUpdated": "{updated_at}",
    "profile": ["https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/Practitioner-twcore"]
  },
  "identifier": [
    {
      "use": "official",
      "type": {"coding": [{
        "system": "http://terminology.hl7.org/CodeSystem/v2-0203",
        "code": "NNxxx",
        "_code": {"extension": [{
          "url": "https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/identifier-suffix",
          "extension": [{"url": "suffix", "valueString": "TWN"},
            {"url": "valueSet", "valueCanonical": "http://hl7.org/fhir/ValueSet/iso3166-1-3"}]
        }]}
      }]},
      "system": "http://www.moi.gov.tw",
      "value": "{national_id}"
    },
    {
      "$need": ["system"],
      "use": "official",
      "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MD"}]},
      "system": "{license_no_system}",
      "value": "{license_no}"
    },
    {
      "$need": ["system"],
      "use": "official",
      "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "EI"}]},
      "system": "{practitioner_no_system}",
      "value": "{practitioner_no}"
    }
  ],
  "active": "{active}",
  "name": [{"use": "official", "text": "{name}", "family": "{family_en}", "given": ["{given_en}"]}],
  "gender": "{fhir_code('tw_core_sex', sex)}",
  "qualification": [{"code": {"text": "{qualification}"}}]
}$m$, timezone => 'Asia/Taipei');

/* Patient */

SELECT to_regclass('tw_core.patient') IS NULL AS tw_core_missing \gset
\if :tw_core_missing
CREATE VIEW tw_core.patient WITH (security_invoker = true) AS
	SELECT NULL::text AS chart_no, NULL::text AS chart_no_system, NULL::text AS national_id,
		NULL::text AS resident_id, NULL::text AS passport_no, NULL::text AS passport_country,
		NULL::text AS name, NULL::text AS family_en, NULL::text AS given_en, NULL::text AS usual_name,
		NULL::text AS mobile, NULL::text AS home_phone, NULL::text AS email,
		NULL::text AS sex, NULL::date AS birth_date, NULL::timestamptz AS deceased_at,
		NULL::text AS nationality, NULL::text AS address_text, NULL::text AS district, NULL::text AS city,
		NULL::text AS road, NULL::text AS postal_code3, NULL::text AS organization_no,
		NULL::timestamptz AS updated_at
	WHERE false;
COMMENT ON VIEW tw_core.patient IS 'patients, one a row; becomes Patient';
COMMENT ON COLUMN tw_core.patient.chart_no IS 'medical record number: the key to which all other views refer';
COMMENT ON COLUMN tw_core.patient.chart_no_system IS 'URI under which the hospital issues chart_no, its own; required';
COMMENT ON COLUMN tw_core.patient.national_id IS 'national id (tw_core.id_kind says NNxxx)';
COMMENT ON COLUMN tw_core.patient.resident_id IS 'resident id, old or new form (tw_core.id_kind says PRC)';
COMMENT ON COLUMN tw_core.patient.passport_country IS 'who issued the passport, three letters of ISO 3166; NULL: Taiwan, TWN. The profile knows Taiwan''s passports as type PPN alone, so others are identifiers without type';
COMMENT ON COLUMN tw_core.patient.name IS 'official name, in Chinese characters where there are any';
COMMENT ON COLUMN tw_core.patient.family_en IS 'family name in Latin letters';
COMMENT ON COLUMN tw_core.patient.given_en IS 'given names in Latin letters';
COMMENT ON COLUMN tw_core.patient.usual_name IS 'the name that is used, where it differs';
COMMENT ON COLUMN tw_core.patient.sex IS 'the site''s code, see the code map tw_core_sex; unknown codes and NULL become unknown';
COMMENT ON COLUMN tw_core.patient.birth_date IS 'of texts in years of the Republic: roc_date(x), or CASE WHEN tw_core.is_roc_date(x) THEN roc_date(x) END where some are none; NULL becomes data-absent-reason';
COMMENT ON COLUMN tw_core.patient.nationality IS 'two letters of ISO 3166';
COMMENT ON COLUMN tw_core.patient.address_text IS 'the whole address as it is written on a letter';
COMMENT ON COLUMN tw_core.patient.district IS 'special municipality, county or city of that rank';
COMMENT ON COLUMN tw_core.patient.city IS 'district or township';
COMMENT ON COLUMN tw_core.patient.road IS 'road or street';
COMMENT ON COLUMN tw_core.patient.postal_code3 IS 'postal code, its first three digits';
COMMENT ON COLUMN tw_core.patient.organization_no IS 'of tw_core.organization: who keeps the record';
COMMENT ON COLUMN tw_core.patient.updated_at IS 'last change of the row';
\endif

SELECT fhir_map('tw_core.patient', $m${
  "resourceType": "Patient",
  "id": "{fhir_id('patient', chart_no)}",
  "meta": {
    "lastUpdated": "{updated_at}",
    "profile": ["https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/Patient-twcore"]
  },
  "extension": [{
    "url": "http://hl7.org/fhir/StructureDefinition/patient-nationality",
    "extension": [{"url": "code", "valueCodeableConcept": {"coding": [{"system": "urn:iso:std:iso:3166", "code": "{nationality}"}]}}]
  }],
  "identifier": [
    {
      "use": "official",
      "type": {"coding": [{
        "system": "http://terminology.hl7.org/CodeSystem/v2-0203",
        "code": "NNxxx",
        "_code": {"extension": [{
          "url": "https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/identifier-suffix",
          "extension": [{"url": "suffix", "valueString": "TWN"},
            {"url": "valueSet", "valueCanonical": "http://hl7.org/fhir/ValueSet/iso3166-1-3"}]
        }]}
      }]},
      "system": "http://www.moi.gov.tw",
      "value": "{national_id}"
    },
    {
      "use": "official",
      "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PRC"}]},
      "system": "http://www.immigration.gov.tw",
      "value": "{resident_id}"
    },
    {
      "$if": "coalesce(passport_country, 'TWN') = 'TWN'",
      "use": "official",
      "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PPN"}]},
      "system": "http://hl7.org/fhir/sid/passport-TWN",
      "value": "{passport_no}"
    },
    {
      "$if": "passport_country <> 'TWN'",
      "use": "official",
      "system": "http://hl7.org/fhir/sid/passport-{passport_country}",
      "value": "{passport_no}"
    },
    {
      "use": "official",
      "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
      "system": "{chart_no_system}",
      "value": "{chart_no}"
    }
  ],
  "active": true,
  "name": [
    {"use": "official", "text": "{name}", "family": "{family_en}", "given": ["{given_en}"]},
    {"use": "usual", "text": "{usual_name}"}
  ],
  "telecom": [
    {"system": "phone", "value": "{mobile}", "use": "mobile"},
    {"system": "phone", "value": "{home_phone}", "use": "home"},
    {"system": "email", "value": "{email}"}
  ],
  "gender": "{coalesce(fhir_code('tw_core_sex', sex), 'unknown')}",
  "birthDate": "{birth_date}",
  "_birthDate": {"$absent": "unknown"},
  "deceasedDateTime": "{deceased_at}",
  "address": [{
    "text": "{address_text}",
    "line": ["{road}"],
    "city": "{city}",
    "district": "{district}",
    "_postalCode": {"extension": [{
      "url": "https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/tw-postal-code",
      "valueCodeableConcept": {"coding": [{
        "system": "https://twcore.mohw.gov.tw/ig/twcore/CodeSystem/postal-code3-tw", "code": "{postal_code3}"
      }]}
    }]},
    "country": "TW"
  }],
  "managingOrganization": {"reference": "Organization/{fhir_id('organization', organization_no)}"}
}$m$, timezone => 'Asia/Taipei');

/* Encounter */

SELECT to_regclass('tw_core.encounter') IS NULL AS tw_core_missing \gset
\if :tw_core_missing
CREATE VIEW tw_core.encounter WITH (security_invoker = true) AS
	SELECT NULL::text AS encounter_no, NULL::text AS encounter_no_system, NULL::text AS chart_no,
		NULL::text AS class, NULL::text AS status, NULL::text AS service, NULL::text AS practitioner_no,
		NULL::timestamptz AS started_at, NULL::timestamptz AS ended_at, NULL::text AS organization_no,
		NULL::timestamptz AS updated_at
	WHERE false;
COMMENT ON VIEW tw_core.encounter IS 'visits and stays, one a row; becomes Encounter';
COMMENT ON COLUMN tw_core.encounter.encounter_no IS 'key within the site';
COMMENT ON COLUMN tw_core.encounter.encounter_no_system IS 'URI under which the site issues encounter_no; NULL: the number is not told';
COMMENT ON COLUMN tw_core.encounter.chart_no IS 'of tw_core.patient';
COMMENT ON COLUMN tw_core.encounter.class IS 'the site''s code, see the code map tw_core_class; unknown codes and NULL become UNK of v3-NullFlavor';
COMMENT ON COLUMN tw_core.encounter.status IS 'code of FHIR''s encounter-status; NULL: finished with ended_at, else in-progress, unknown without started_at';
COMMENT ON COLUMN tw_core.encounter.service IS 'department or speciality as text';
COMMENT ON COLUMN tw_core.encounter.practitioner_no IS 'of tw_core.practitioner: who treats';
COMMENT ON COLUMN tw_core.encounter.started_at IS 'of a timestamp without zone: x AT TIME ZONE ''Asia/Taipei''';
COMMENT ON COLUMN tw_core.encounter.organization_no IS 'of tw_core.organization: the department or the hospital';
COMMENT ON COLUMN tw_core.encounter.updated_at IS 'last change of the row';
\endif

SELECT fhir_map('tw_core.encounter', $m${
  "resourceType": "Encounter",
  "id": "{fhir_id('encounter', encounter_no)}",
  "meta": {
    "lastUpdated": "{updated_at}",
    "profile": ["https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/Encounter-twcore"]
  },
  "identifier": [{"$need": ["system"], "system": "{encounter_no_system}", "value": "{encounter_no}"}],
  "status": "{coalesce(status, CASE WHEN ended_at IS NOT NULL THEN 'finished' WHEN started_at IS NOT NULL THEN 'in-progress' ELSE 'unknown' END)}",
  "class": "{coalesce(fhir_coding('tw_core_class', class), '{\"system\": \"http://terminology.hl7.org/CodeSystem/v3-NullFlavor\", \"code\": \"UNK\", \"display\": \"unknown\"}')}",
  "serviceType": {"text": "{service}"},
  "subject": {"reference": "Patient/{fhir_id('patient', chart_no)}"},
  "participant": [{
    "type": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "PPRF"}]}],
    "individual": {"reference": "Practitioner/{fhir_id('practitioner', practitioner_no)}"}
  }],
  "period": {"start": "{started_at}", "end": "{ended_at}"},
  "serviceProvider": {"reference": "Organization/{fhir_id('organization', organization_no)}"}
}$m$, timezone => 'Asia/Taipei');

/* Condition */

SELECT to_regclass('tw_core.condition') IS NULL AS tw_core_missing \gset
\if :tw_core_missing
CREATE VIEW tw_core.condition WITH (security_invoker = true) AS
	SELECT NULL::text AS condition_no, NULL::text AS chart_no, NULL::text AS encounter_no,
		NULL::text AS icd, NULL::text AS icd_edition, NULL::text AS name, NULL::date AS onset_date,
		NULL::date AS abatement_date, NULL::text AS practitioner_no, NULL::timestamptz AS updated_at
	WHERE false;
COMMENT ON VIEW tw_core.condition IS 'diagnoses of encounters, one a row; becomes Condition. A row with neither icd nor name is no resource';
COMMENT ON COLUMN tw_core.condition.condition_no IS 'key within the site; where there is none: encounter_no || ''-'' || the number of the diagnosis in it';
COMMENT ON COLUMN tw_core.condition.chart_no IS 'of tw_core.patient';
COMMENT ON COLUMN tw_core.condition.encounter_no IS 'of tw_core.encounter';
COMMENT ON COLUMN tw_core.condition.icd IS 'code as its code system has it, with the dot: see tw_core.icd_dotted';
COMMENT ON COLUMN tw_core.condition.icd_edition IS 'Taiwan''s edition of the code: 2023, 2021 or 2014 for ICD-10-CM, 2001 for ICD-9-CM; others give the name alone';
COMMENT ON COLUMN tw_core.condition.name IS 'the diagnosis in words';
COMMENT ON COLUMN tw_core.condition.abatement_date IS 'makes the clinical status resolved; NULL: active';
COMMENT ON COLUMN tw_core.condition.practitioner_no IS 'of tw_core.practitioner: who diagnosed';
COMMENT ON COLUMN tw_core.condition.updated_at IS 'last change of the row';
\endif

SELECT fhir_map('tw_core.condition', $m${
  "resourceType": "Condition",
  "$if": "icd_edition IN ('2023', '2021', '2014', '2001') AND icd IS NOT NULL OR name IS NOT NULL",
  "id": "{fhir_id('condition', condition_no)}",
  "meta": {
    "lastUpdated": "{updated_at}",
    "profile": ["https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/Condition-twcore"]
  },
  "clinicalStatus": {"coding": [{
    "system": "http://terminology.hl7.org/CodeSystem/condition-clinical",
    "code": "{CASE WHEN abatement_date IS NULL THEN 'active' ELSE 'resolved' END}"
  }]},
  "verificationStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed"}]},
  "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "encounter-diagnosis"}]}],
  "code": {
    "coding": [
      {
        "$if": "icd_edition IN ('2023', '2021', '2014')",
        "system": "https://twcore.mohw.gov.tw/ig/twcore/CodeSystem/icd-10-cm-{icd_edition}-tw",
        "code": "{icd}"
      },
      {
        "$if": "icd_edition = '2001'",
        "system": "https://twcore.mohw.gov.tw/ig/twcore/CodeSystem/icd-9-cm-2001-tw",
        "code": "{icd}"
      }
    ],
    "text": "{name}"
  },
  "subject": {"reference": "Patient/{fhir_id('patient', chart_no)}"},
  "encounter": {"reference": "Encounter/{fhir_id('encounter', encounter_no)}"},
  "onsetDateTime": "{onset_date}",
  "abatementDateTime": "{abatement_date}",
  "asserter": {"reference": "Practitioner/{fhir_id('practitioner', practitioner_no)}"}
}$m$, timezone => 'Asia/Taipei');

/* Observation: measured values, and blood pressure out of two of them */

SELECT to_regclass('tw_core.reading') IS NULL AS tw_core_missing \gset
\if :tw_core_missing
CREATE VIEW tw_core.reading WITH (security_invoker = true) AS
	SELECT NULL::text AS reading_no, NULL::text AS chart_no, NULL::text AS encounter_no,
		NULL::text AS category, NULL::text AS loinc, NULL::text AS name, NULL::timestamptz AS measured_at,
		NULL::numeric AS value, NULL::text AS value_text, NULL::text AS unit, NULL::text AS ucum,
		NULL::numeric AS low, NULL::numeric AS high, NULL::text AS practitioner_no,
		NULL::timestamptz AS updated_at
	WHERE false;
COMMENT ON VIEW tw_core.reading IS 'measured values, one a row: laboratory and vital signs; becomes Observation, except 8480-6 and 8462-4, which tw_core.blood_pressure pairs. A row with neither loinc nor name is no resource';
COMMENT ON COLUMN tw_core.reading.reading_no IS 'key within the site; of two readings of one thing at one time the lower counts for blood pressure';
COMMENT ON COLUMN tw_core.reading.chart_no IS 'of tw_core.patient';
COMMENT ON COLUMN tw_core.reading.encounter_no IS 'of tw_core.encounter';
COMMENT ON COLUMN tw_core.reading.category IS 'laboratory, vital-signs or another code of FHIR''s observation-category';
COMMENT ON COLUMN tw_core.reading.loinc IS 'LOINC; 8480-6 is systolic, 8462-4 diastolic blood pressure in mmHg';
COMMENT ON COLUMN tw_core.reading.name IS 'what was measured, in words';
COMMENT ON COLUMN tw_core.reading.value IS 'the number';
COMMENT ON COLUMN tw_core.reading.value_text IS 'the result where it is no number; tidied, NULL when there is none';
COMMENT ON COLUMN tw_core.reading.unit IS 'unit as it is printed';
COMMENT ON COLUMN tw_core.reading.ucum IS 'the same unit as code of UCUM';
COMMENT ON COLUMN tw_core.reading.low IS 'lower end of the reference range, in the same unit';
COMMENT ON COLUMN tw_core.reading.high IS 'upper end of the reference range, in the same unit';
COMMENT ON COLUMN tw_core.reading.practitioner_no IS 'of tw_core.practitioner: who measured';
COMMENT ON COLUMN tw_core.reading.updated_at IS 'last change of the row';
\endif

SELECT fhir_map('tw_core.reading', $m${
  "resourceType": "Observation",
  "$if": "(loinc IS NOT NULL OR name IS NOT NULL) AND coalesce(loinc, '') NOT IN ('8480-6', '8462-4')",
  "id": "{fhir_id('observation', reading_no)}",
  "meta": {"lastUpdated": "{updated_at}"},
  "status": "final",
  "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "{category}"}]}],
  "code": {"coding": [{"system": "http://loinc.org", "code": "{loinc}"}], "text": "{name}"},
  "subject": {"reference": "Patient/{fhir_id('patient', chart_no)}"},
  "encounter": {"reference": "Encounter/{fhir_id('encounter', encounter_no)}"},
  "effectiveDateTime": "{measured_at}",
  "performer": [{"reference": "Practitioner/{fhir_id('practitioner', practitioner_no)}"}],
  "valueQuantity": {
    "value": "{value}",
    "unit": "{unit}",
    "system": "{CASE WHEN ucum IS NOT NULL THEN 'http://unitsofmeasure.org' END}",
    "code": "{ucum}"
  },
  "valueString": "{CASE WHEN value IS NULL THEN value_text END}",
  "dataAbsentReason": {
    "$if": "value IS NULL AND value_text IS NULL",
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}]
  },
  "referenceRange": [{
    "low": {
      "value": "{low}", "unit": "{unit}",
      "system": "{CASE WHEN ucum IS NOT NULL THEN 'http://unitsofmeasure.org' END}",
      "code": "{ucum}"
    },
    "high": {
      "value": "{high}", "unit": "{unit}",
      "system": "{CASE WHEN ucum IS NOT NULL THEN 'http://unitsofmeasure.org' END}",
      "code": "{ucum}"
    }
  }]
}$m$, timezone => 'Asia/Taipei');

/*
 * Two readings are one blood pressure when patient, encounter and time agree.
 * Each row stands on one real row: the systolic reading, or a diastolic one
 * without systolic.  Joins on equal keys and no GROUP BY, so that conditions
 * reach the indexes below and a whole export can hash.  A site whose table has
 * both figures in one row puts its query straight into this view.
 */
SELECT to_regclass('tw_core.blood_pressure') IS NULL AS tw_core_missing \gset
\if :tw_core_missing
CREATE VIEW tw_core.blood_pressure WITH (security_invoker = true) AS
	WITH one AS NOT MATERIALIZED (
		SELECT r.*, coalesce(r.encounter_no, '') AS encounter_key
		FROM tw_core.reading r
		WHERE r.loinc IN ('8480-6', '8462-4') AND r.measured_at IS NOT NULL
			AND NOT EXISTS (
				SELECT FROM tw_core.reading other
				WHERE other.chart_no = r.chart_no AND other.loinc = r.loinc AND other.measured_at = r.measured_at
					AND coalesce(other.encounter_no, '') = coalesce(r.encounter_no, '')
					AND other.reading_no < r.reading_no)
	)
	SELECT s.chart_no, s.encounter_no, s.measured_at, s.value AS sbp, d.value AS dbp,
		coalesce(s.practitioner_no, d.practitioner_no) AS practitioner_no,
		greatest(s.updated_at, d.updated_at) AS updated_at
	FROM one s
		LEFT JOIN one d ON d.loinc = '8462-4' AND d.chart_no = s.chart_no
			AND d.encounter_key = s.encounter_key AND d.measured_at = s.measured_at
	WHERE s.loinc = '8480-6'
	UNION ALL
	SELECT d.chart_no, d.encounter_no, d.measured_at, NULL, d.value, d.practitioner_no, d.updated_at
	FROM one d
	WHERE d.loinc = '8462-4'
		AND NOT EXISTS (
			SELECT FROM tw_core.reading s
			WHERE s.loinc = '8480-6' AND s.chart_no = d.chart_no
				AND coalesce(s.encounter_no, '') = d.encounter_key AND s.measured_at = d.measured_at);
COMMENT ON VIEW tw_core.blood_pressure IS 'systolic and diastolic readings of one time as one row; becomes Observation. Readings without a time are left out, and all but the lowest reading_no where there are several';
COMMENT ON COLUMN tw_core.blood_pressure.sbp IS 'systolic, mmHg';
COMMENT ON COLUMN tw_core.blood_pressure.dbp IS 'diastolic, mmHg';
COMMENT ON COLUMN tw_core.blood_pressure.updated_at IS 'the later of the two';
\endif

SELECT fhir_map('tw_core.blood_pressure', $m${
  "resourceType": "Observation",
  "id": "{fhir_id('blood_pressure', chart_no, coalesce(encounter_no, ''), measured_at)}",
  "meta": {
    "lastUpdated": "{updated_at}",
    "profile": ["https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/Observation-bloodPressure-twcore"]
  },
  "status": "final",
  "category": [{"coding": [{
    "system": "http://terminology.hl7.org/CodeSystem/observation-category",
    "code": "vital-signs",
    "display": "Vital Signs"
  }]}],
  "code": {
    "coding": [{"system": "http://loinc.org", "code": "85354-9", "display": "Blood pressure panel with all children optional"}],
    "text": "Blood pressure"
  },
  "subject": {"reference": "Patient/{fhir_id('patient', chart_no)}"},
  "encounter": {"reference": "Encounter/{fhir_id('encounter', encounter_no)}"},
  "effectiveDateTime": "{measured_at}",
  "performer": [{"reference": "Practitioner/{fhir_id('practitioner', practitioner_no)}"}],
  "component": [
    {
      "$keep": true,
      "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure"}]},
      "valueQuantity": {"value": "{sbp}", "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
      "dataAbsentReason": {
        "$if": "sbp IS NULL",
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}]
      }
    },
    {
      "$keep": true,
      "code": {"coding": [{"system": "http://loinc.org", "code": "8462-4", "display": "Diastolic blood pressure"}]},
      "valueQuantity": {"value": "{dbp}", "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
      "dataAbsentReason": {
        "$if": "dbp IS NULL",
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}]
      }
    }
  ]
}$m$, timezone => 'Asia/Taipei');

COMMIT;
