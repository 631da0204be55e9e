/*
 * draft_constants.c
 *		What stands in a template beside the columns.
 *
 * Elements that R4 requires, when no column feeds them; and the systems, codes
 * and units of what columns feed.  Of several rows for one element the first
 * whose condition holds is taken.
 *
 * URLs that only the hospital can know begin with hospital.example, which an
 * author finds and replaces.
 */
#include "postgres.h"

#include "mapping/draft/draft.h"

#define TERMINOLOGY	"http://terminology.hl7.org/CodeSystem/"
#define V2_0203		TERMINOLOGY "v2-0203"
#define ACT_CODE	TERMINOLOGY "v3-ActCode"
#define LOINC		"http://loinc.org"
#define UCUM		"http://unitsofmeasure.org"
#define ICD_10		"http://hl7.org/fhir/sid/icd-10-cm"
#define OUR_SYSTEM	"https://hospital.example/fhir/$column"

/* A Coding as JSON, and a CodeableConcept of it. */
#define CODING(system, code, display) \
	"{\"system\": \"" system "\", \"code\": \"" code "\", \"display\": \"" display "\"}"
#define CODEABLE(system, code, display) \
	"{\"coding\": [" CODING(system, code, display) "]}"

/* The category of an Observation. */
#define CATEGORY(code, display) \
	"[" CODEABLE(TERMINOLOGY "observation-category", code, display) "]"

/* A vital sign in a column of its own: one component of a panel. */
#define VITAL(label, code, display, unit) \
	{"Observation", "component:" label, "code", CODEABLE(LOINC, code, display), NULL}, \
	{"Observation", "component:" label ".valueQuantity", "system", UCUM, NULL}, \
	{"Observation", "component:" label ".valueQuantity", "code", unit, NULL}

/* An identifier of a common kind. */
#define IDENTIFIER(label, type, system) \
	{NULL, "identifier:" label, "type.coding.system", V2_0203, NULL}, \
	{NULL, "identifier:" label, "type.coding.code", type, NULL}, \
	{NULL, "identifier:" label, "system", system, NULL}

#define VITAL_SIGNS_PANEL \
	CODEABLE(LOINC, "85353-1", "Vital signs, weight, height, head circumference, oxygen saturation and BMI panel")

const DraftConstant draft_constants[] = {
	/* required elements, when no column feeds them */
	{"Encounter", NULL, "status", "{CASE WHEN $ IS NULL THEN 'in-progress' ELSE 'finished' END}", "period.end"},
	{"Encounter", NULL, "status", "finished", NULL},
	{"Encounter", "class", "system", ACT_CODE, NULL},
	{"Encounter", NULL, "class", CODING(ACT_CODE, "IMP", "inpatient encounter"), "table:admission admit adm ipd inpatient 住院"},
	{"Encounter", NULL, "class", CODING(ACT_CODE, "EMER", "emergency"), "table:er ed emergency 急診"},
	{"Encounter", NULL, "class", CODING(ACT_CODE, "AMB", "ambulatory"), NULL},
	{"Condition", NULL, "clinicalStatus.coding.code", "{CASE WHEN $ IS NULL THEN 'active' ELSE 'resolved' END}", "abatementDateTime"},
	{"Condition", "clinicalStatus", "coding.system", TERMINOLOGY "condition-clinical", NULL},
	{"Condition", NULL, "clinicalStatus", CODEABLE(TERMINOLOGY "condition-clinical", "active", "Active"), NULL},
	{"Condition", NULL, "code.text", "$table", NULL},
	{"Condition", NULL, "subject.display", "unknown", NULL},
	{"Observation", NULL, "status", "final", NULL},
	{"Observation", NULL, "category", CATEGORY("vital-signs", "Vital Signs"), "table:vital vitals vs bp 生命徵象 血壓"},
	{"Observation", NULL, "category", CATEGORY("vital-signs", "Vital Signs"), "component:systolic"},
	{"Observation", NULL, "category", CATEGORY("vital-signs", "Vital Signs"), "component:pulse"},
	{"Observation", NULL, "category", CATEGORY("laboratory", "Laboratory"), "table:lab labs 檢驗"},
	{"Observation", NULL, "code", VITAL_SIGNS_PANEL, "component:pulse"},
	{"Observation", NULL, "code", VITAL_SIGNS_PANEL, "component:temperature"},
	{"Observation", NULL, "code", VITAL_SIGNS_PANEL, "component:weight"},
	{"Observation", NULL, "code", CODEABLE(LOINC, "85354-9", "Blood pressure panel with all children optional"), "component:systolic"},
	{"Observation", NULL, "code.text", "$table", NULL},
	{"MedicationRequest", NULL, "status", "{CASE WHEN $ IS NULL THEN 'active' ELSE 'completed' END}", "dosageInstruction.timing.repeat.boundsPeriod.end"},
	{"MedicationRequest", NULL, "status", "active", NULL},
	{"MedicationRequest", NULL, "intent", "order", NULL},
	{"MedicationRequest", NULL, "medicationCodeableConcept.text", "$table", NULL},
	{"MedicationRequest", NULL, "subject.display", "unknown", NULL},
	{"Procedure", NULL, "status", "completed", NULL},
	{"Procedure", NULL, "subject.display", "unknown", NULL},
	{"AllergyIntolerance", NULL, "clinicalStatus", CODEABLE(TERMINOLOGY "allergyintolerance-clinical", "active", "Active"), NULL},
	{"AllergyIntolerance", NULL, "patient.display", "unknown", NULL},
	{"Immunization", NULL, "status", "completed", NULL},
	{"Immunization", NULL, "vaccineCode.text", "$table", NULL},
	{"Immunization", NULL, "patient.display", "unknown", NULL},
	{"Immunization", NULL, "occurrenceString", "unknown", NULL},
	{"DiagnosticReport", NULL, "status", "final", NULL},
	{"DiagnosticReport", NULL, "code.text", "$table", NULL},
	{"ServiceRequest", NULL, "status", "active", NULL},
	{"ServiceRequest", NULL, "intent", "order", NULL},
	{"ServiceRequest", NULL, "subject.display", "unknown", NULL},
	{"Basic", NULL, "code.text", "$table", NULL},

	/* below required elements of backbone elements */
	{"Practitioner", "qualification.identifier", "system", OUR_SYSTEM, NULL},
	{"Practitioner", "qualification", "code.text", "license", NULL},
	{"AllergyIntolerance", "reaction", "manifestation.text", "unknown", NULL},

	/* systems of identifiers, phones and codes */
	IDENTIFIER("mr", "MR", OUR_SYSTEM),
	IDENTIFIER("national", "NI", "http://www.moi.gov.tw"),
	IDENTIFIER("ssn", "SS", "http://hl7.org/fhir/sid/us-ssn"),
	IDENTIFIER("passport", "PPN", OUR_SYSTEM),
	IDENTIFIER("staff", "EI", OUR_SYSTEM),
	{NULL, "identifier:own", "system", OUR_SYSTEM, NULL},
	{NULL, "identifier:id", "system", OUR_SYSTEM, NULL},
	{NULL, "identifier:order", "system", OUR_SYSTEM, NULL},
	{NULL, "accessionIdentifier", "system", OUR_SYSTEM, NULL},
	{NULL, "subject.identifier", "system", OUR_SYSTEM, NULL},
	{NULL, "patient.identifier", "system", OUR_SYSTEM, NULL},
	{NULL, "specimen.identifier", "system", OUR_SYSTEM, NULL},
	{NULL, "serviceProvider.identifier", "system", OUR_SYSTEM, NULL},
	{NULL, "telecom:phone", "system", "phone", NULL},
	{NULL, "telecom:phone2", "system", "phone", NULL},
	{NULL, "telecom:mobile", "system", "phone", NULL},
	{NULL, "telecom:mobile", "use", "mobile", NULL},
	{NULL, "telecom:fax", "system", "fax", NULL},
	{NULL, "telecom:email", "system", "email", NULL},
	{NULL, "contact.telecom", "system", "phone", NULL},
	{NULL, "code.coding:icd", "system", ICD_10, NULL},
	{NULL, "reasonCode:text.coding", "system", OUR_SYSTEM, NULL},
	{NULL, "reasonCode:icd.coding", "system", ICD_10, NULL},
	{NULL, "conclusionCode:icd.coding", "system", ICD_10, NULL},
	{NULL, "code.coding:pcs", "system", "http://www.cms.gov/Medicare/Coding/ICD10", NULL},
	{NULL, "code.coding:sct", "system", "http://snomed.info/sct", NULL},
	{NULL, "code.coding:loinc", "system", LOINC, NULL},
	{NULL, "code.coding:own", "system", OUR_SYSTEM, NULL},
	{NULL, "medicationCodeableConcept.coding:rxnorm", "system", "http://www.nlm.nih.gov/research/umls/rxnorm", NULL},
	{NULL, "medicationCodeableConcept.coding:own", "system", OUR_SYSTEM, NULL},
	{NULL, "vaccineCode.coding:own", "system", OUR_SYSTEM, NULL},
	{NULL, "dispenseRequest.expectedSupplyDuration", "unit", "days", NULL},
	{NULL, "dispenseRequest.expectedSupplyDuration", "system", UCUM, NULL},
	{NULL, "dispenseRequest.expectedSupplyDuration", "code", "d", NULL},

	/* vital signs in columns of one row */
	VITAL("systolic", "8480-6", "Systolic blood pressure", "mm[Hg]"),
	VITAL("diastolic", "8462-4", "Diastolic blood pressure", "mm[Hg]"),
	VITAL("pulse", "8867-4", "Heart rate", "/min"),
	VITAL("respiration", "9279-1", "Respiratory rate", "/min"),
	VITAL("temperature", "8310-5", "Body temperature", "Cel"),
	VITAL("oxygen", "2708-6", "Oxygen saturation in Arterial blood", "%"),
	VITAL("weight", "29463-7", "Body weight", "kg"),
	VITAL("height", "8302-2", "Body height", "cm"),
	{NULL, NULL, NULL, NULL, NULL}
};
