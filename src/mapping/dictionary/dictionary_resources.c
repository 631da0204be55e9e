/*
 * dictionary_resources.c
 *		What relations can be about: resources, and what a draft does not know.
 *
 * Words of tables' names speak for a row.  A resource that can be drafted
 * names the concepts of which a relation needs one, besides: a table without
 * any of them says nothing that the resource is about, whatever its name.
 * Rows without needs are what no draft is known for; a table whose name ends
 * with their words is refused, not forced into what is next to it.
 */
#include "postgres.h"

#include "mapping/dictionary/dictionary.h"

const DictionaryResource dictionary_resources[] = {
	{"Patient", "patient patients pat pt person persons chart demographic demographics 病人 病患 病歷 患者 個案 基本資料 基本檔",
	 "date of birth|sex|patient's name|name|family name|given name"},
	{"Practitioner", "doctor doctors physician provider providers practitioner practitioners staff employee emp dr clinician 醫師 醫生 員工 人員 職員",
	 "patient's name|name|practitioner's name|family name|license|specialty|NPI"},
	{"Organization", "organization hospital hospitals hosp clinic payer dept department departments org facility 醫院 院所 機構 科別 診所 部門",
	 "name|organization's name|name of a code"},
	{"Location", "location locations ward wards room bed beds 病房 病床 床位 診間", "name|name of a code"},
	{"Encounter", "encounter encounters enc encntr visit visits admission admissions admit adm opd ipd er registration edstays stay stays hist attendance episode spell "
				  "就診 就醫 門診 急診 住院 掛號",
	 "arrival|departure|start|time|class of encounter"},
	{"Condition", "condition conditions diagnosis diagnoses diag dx problem problems 診斷 病名",
	 "ICD code|SNOMED CT code|diagnosis|name of a code|code"},
	{"Observation", "observation observations obs lab labs vital vitals vitalsign vitalsigns vs result results rslt bp measurement measurements nursing "
					"chartevents labevents 檢驗 檢查 生命徵象 血壓 量測 護理",
	 "result|LOINC code|systolic pressure|heart rate|temperature|respiratory rate|weight|height|oxygen saturation"},
	{"MedicationRequest", "medication medications drug drugs rx prescription prescriptions presc med meds pharm pharmacy 處方 用藥 藥囑 藥",
	 "drug|drug code|RxNorm code|NDC code|ATC code"},
	{"Procedure", "procedure procedures operation operations surgery surgeries op treatment 手術 處置 治療",
	 "procedure|ICD code|SNOMED CT code|name of a code|code"},
	{"AllergyIntolerance", "allergy allergies adr 過敏", "allergen|drug|name of a code|code"},
	{"Immunization", "immunization immunizations vaccine vaccination vaccinations shot 疫苗 接種", "vaccine|vaccine code|CVX code"},
	{"DiagnosticReport", "report reports rpt radiology pathology imaging 報告", "conclusion|time of the report|report"},
	{"Specimen", "specimen specimens sample samples 檢體", "kind of specimen|specimen|body site"},
	{"ServiceRequest", "order orders request requests referral requisition 醫令 醫囑 申請 轉診", "code|name of a code|procedure|LOINC code"},

	/* not drafted */
	{"AdverseEvent", "adverse_event adverse_events incident incidents 不良事件", NULL},
	{"Appointment", "appointment appointments appt booking schedule slot 預約 排程 班表", NULL},
	{"CarePlan", "careplan careplans care_plan goal goals 照護計畫", NULL},
	{"CareTeam", "care_team team teams", NULL},
	{"Claim", "claim claims bill billing charge charges cost costs invoice payment fee fees 申報 帳 費用 批價 收費", NULL},
	{"Consent", "consent consents 同意書", NULL},
	{"Coverage", "insurance coverage payer_plan period_plan 保險", NULL},
	{"Device", "device devices implant implants 儀器 設備", NULL},
	{"DocumentReference", "document documents note notes letter letters 文件 病程紀錄", NULL},
	{"FamilyMemberHistory", "family_history fhx 家族史", NULL},
	{"ImmunizationRecommendation", "forecast recommendation recommendations", NULL},
	{"MedicationAdministration", "administration administrations emar mar inputevents 給藥 給藥紀錄 施藥", NULL},
	{"MedicationDispense", "dispense dispensing dispenses 調劑 領藥", NULL},
	{"MedicationStatement", "home_meds home_medications medication_history medrecon reconciliation 自備藥 用藥史", NULL},
	{"QuestionnaireResponse", "questionnaire questionnaires survey surveys assessment assessments answers 問卷 評估", NULL},
	{"RelatedPerson", "relative relatives guardian guardians next_of_kin 家屬", NULL},
	{"Task", "task tasks worklist waiting_list queue 候診 等候", NULL},
	{"a copy or a history", "bak backup tmp temp copy archive staging old 備份 暫存 異動紀錄 異動檔 歷程", NULL},
	{"quality control", "qc calibration 品管", NULL},
	{"a derived period", "era eras period 期間", NULL},
	{"a patient's death", "death deaths 死亡", NULL},
	{"a table of users or logs", "user users role roles permission log logs audit session config setting 使用者 權限 日誌", NULL},
	{"a table of codes", "dict dictionary lookup codes code codeset type types concept concepts vocabulary master_code d_items class category reference map mapping "
						 "relationship 代碼檔 代碼 對照 對照檔 類別檔 字典",
	 NULL},
	{"a part of a resource", "name names address addresses identifier identifiers attribute attributes contact contacts 地址檔 電話檔", NULL},
	{"a drug that was taken", "exposure", NULL},
	{"a relation between rows", "link xref rel relation relations", NULL},
	{NULL}
};
