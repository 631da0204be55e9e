/*
 * draft_constants.c
 *		What stands in a template beside the columns.
 *
 * Elements that R4 requires, when no column feeds them; and the systems, codes
 * and units of what columns feed.  Of several rows for one element the first
 * whose condition holds is taken.
 *
 * Nothing here says more than the table does: where R4 has the code "unknown"
 * it is that, else a question.  A question is "?", its path, and what is asked.
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
	{"Encounter", NULL, "status", "{CASE WHEN $ IS NULL THEN 'unknown' ELSE 'finished' END}", "period.end"},
	{"Encounter", NULL, "status", "unknown", NULL},
	{"Encounter", "class", "system", "$class", NULL},
	{"Encounter", "class", "display", "$text", NULL},
	{"Encounter", NULL, "class", CODING(ACT_CODE, "IMP", "inpatient encounter"), "table:ipd inpatient 住院"},
	{"Encounter", NULL, "class", CODING(ACT_CODE, "EMER", "emergency"), "table:er ed edstays emergency 急診"},
	{"Encounter", NULL, "class", CODING(ACT_CODE, "AMB", "ambulatory"), "table:opd outpatient outpatients 門診"},
	{"Encounter", NULL, "class", CODING(TERMINOLOGY "v3-NullFlavor", "UNK", "unknown"), NULL},
	{"Condition", NULL, "clinicalStatus.coding.code", "{CASE WHEN $ IS NOT NULL THEN 'resolved' END}", "abatementDateTime"},
	{"Condition", "clinicalStatus", "coding.system", TERMINOLOGY "condition-clinical", NULL},
	{"Condition", NULL, "subject", "?subject.reference whose condition it is", NULL},
	{"Observation", NULL, "status", "unknown", NULL},
	{"Observation", NULL, "category", CATEGORY("vital-signs", "Vital Signs"), "table:vital vitals vitalsign vitalsigns bp 生命徵象 血壓"},
	{"Observation", NULL, "category", CATEGORY("vital-signs", "Vital Signs"), "component:systolic"},
	{"Observation", NULL, "category", CATEGORY("vital-signs", "Vital Signs"), "component:pulse"},
	{"Observation", NULL, "category", CATEGORY("laboratory", "Laboratory"), "table:lab labs labevents 檢驗"},
	{"Observation", NULL, "code", VITAL_SIGNS_PANEL, "component:pulse"},
	{"Observation", NULL, "code", VITAL_SIGNS_PANEL, "component:temperature"},
	{"Observation", NULL, "code", VITAL_SIGNS_PANEL, "component:respiration"},
	{"Observation", NULL, "code", VITAL_SIGNS_PANEL, "component:oxygen"},
	{"Observation", NULL, "code", VITAL_SIGNS_PANEL, "component:weight"},
	{"Observation", NULL, "code", VITAL_SIGNS_PANEL, "component:height"},
	{"Observation", NULL, "code", CODEABLE(LOINC, "85354-9", "Blood pressure panel with all children optional"), "component:systolic"},
	{"Observation", NULL, "code", "?code.text what was observed", NULL},
	{"MedicationRequest", NULL, "status", "unknown", NULL},
	{"MedicationRequest", NULL, "intent", "order", "table:prescription prescriptions rx order orders 處方 醫囑 醫令"},
	{"MedicationRequest", NULL, "intent", "order", "groupIdentifier.value"},
	{"MedicationRequest", NULL, "intent", "?intent order, plan, proposal ...", NULL},
	{"MedicationRequest", NULL, "medicationCodeableConcept", "?medicationCodeableConcept.text which medication", NULL},
	{"MedicationRequest", NULL, "subject", "?subject.reference who gets it", NULL},
	{"Procedure", NULL, "status", "unknown", NULL},
	{"Procedure", NULL, "subject", "?subject.reference on whom it was done", NULL},
	{"AllergyIntolerance", NULL, "clinicalStatus", "?clinicalStatus.coding.code active, inactive or resolved", NULL},
	{"AllergyIntolerance", "clinicalStatus", "coding.system", TERMINOLOGY "allergyintolerance-clinical", NULL},
	{"AllergyIntolerance", NULL, "patient", "?patient.reference who has it", NULL},
	{"Immunization", NULL, "status", "?status completed, or not-done for some rows", NULL},
	{"Immunization", NULL, "vaccineCode", "?vaccineCode.text which vaccine", NULL},
	{"Immunization", NULL, "patient", "?patient.reference who got it", NULL},
	{"Immunization", NULL, "occurrenceString", "unknown", NULL},
	{"DiagnosticReport", NULL, "status", "unknown", NULL},
	{"DiagnosticReport", NULL, "code", "?code.text what kind of report it is", NULL},
	{"ServiceRequest", NULL, "status", "unknown", NULL},
	{"ServiceRequest", NULL, "intent", "order", "table:order orders request requests 醫令 醫囑 申請"},
	{"ServiceRequest", NULL, "intent", "?intent order, plan, proposal ...", NULL},
	{"ServiceRequest", NULL, "subject", "?subject.reference for whom it is", NULL},

	/* below required elements of backbone elements */
	{"Practitioner", "qualification.identifier", "system", OUR_SYSTEM, NULL},
	{"Practitioner", "qualification", "code.text", "license", NULL},
	{"AllergyIntolerance", "reaction", "manifestation.text", "unknown", NULL},

	/* systems of identifiers, phones and codes */
	IDENTIFIER("mr", "MR", OUR_SYSTEM),
	IDENTIFIER("national", "NI", "$national"),
	IDENTIFIER("ssn", "SS", "http://hl7.org/fhir/sid/us-ssn"),
	IDENTIFIER("passport", "PPN", OUR_SYSTEM),
	IDENTIFIER("staff", "EI", OUR_SYSTEM),
	{NULL, "identifier:npi", "system", "http://hl7.org/fhir/sid/us-npi", NULL},
	{NULL, "identifier:own", "system", OUR_SYSTEM, NULL},
	{NULL, "groupIdentifier", "system", OUR_SYSTEM, NULL},
	{NULL, "requisition", "system", OUR_SYSTEM, NULL},
	{NULL, "basedOn.identifier", "system", OUR_SYSTEM, NULL},
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
	{NULL, "code.coding:icd", "system", "$icd", NULL},
	{NULL, "reasonCode:text.coding", "system", OUR_SYSTEM, NULL},
	{NULL, "reasonCode:icd.coding", "system", "$icd", NULL},
	{NULL, "conclusionCode:icd.coding", "system", "$icd", NULL},
	{NULL, "code.coding:pcs", "system", "$pcs", NULL},
	{NULL, "code.coding:sct", "system", "http://snomed.info/sct", NULL},
	{NULL, "code.coding:loinc", "system", LOINC, NULL},
	{NULL, "code.coding:own", "system", OUR_SYSTEM, NULL},
	{NULL, "medicationCodeableConcept.coding:rxnorm", "system", "http://www.nlm.nih.gov/research/umls/rxnorm", NULL},
	{NULL, "medicationCodeableConcept.coding:ndc", "system", "http://hl7.org/fhir/sid/ndc", NULL},
	{NULL, "medicationCodeableConcept.coding:atc", "system", "http://www.whocc.no/atc", NULL},
	{NULL, "medicationCodeableConcept.coding:own", "system", OUR_SYSTEM, NULL},
	{NULL, "vaccineCode.coding:sct", "system", "http://snomed.info/sct", NULL},
	{NULL, "medicationCodeableConcept.coding:sct", "system", "http://snomed.info/sct", NULL},
	{NULL, "vaccineCode.coding:cvx", "system", "http://hl7.org/fhir/sid/cvx", NULL},
	{NULL, "vaccineCode.coding:own", "system", OUR_SYSTEM, NULL},
	{NULL, "dispenseRequest.expectedSupplyDuration", "unit", "days", NULL},
	{NULL, "dispenseRequest.expectedSupplyDuration", "system", UCUM, NULL},
	{NULL, "dispenseRequest.expectedSupplyDuration", "code", "d", NULL},

	/* vital signs in columns of one row */
	VITAL("systolic", "8480-6", "Systolic blood pressure", "mm[Hg]"),
	VITAL("diastolic", "8462-4", "Diastolic blood pressure", "mm[Hg]"),
	VITAL("pulse", "8867-4", "Heart rate", "/min"),
	VITAL("respiration", "9279-1", "Respiratory rate", "/min"),
	VITAL("temperature", "8310-5", "Body temperature", "$Cel"),
	VITAL("oxygen", "2708-6", "Oxygen saturation in Arterial blood", "%"),
	VITAL("weight", "29463-7", "Body weight", "$kg"),
	VITAL("height", "8302-2", "Body height", "$cm"),
	{NULL, NULL, NULL, NULL, NULL}
};
