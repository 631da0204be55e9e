/*
 * dictionary_concepts.c
 *		What columns can be about: their words, and their places in resources.
 *
 * One row a concept.  Its words are patterns of columns' names, English,
 * Traditional Chinese, abbreviations and the slang of hospitals;
 * dictionary.c says how they match.  Bars stand between the words that say it
 * alone, the usual ones, and those that count when nothing else is known.
 *
 * A name may have other words beside: those of .with change nothing.  Any
 * other word makes the guess a weak one, since it may change the meaning: the
 * phone of a patient is not his emergency phone.
 *
 * .speaks are resources with how much the column speaks for them.  .places are
 * paths, tried in their order; one behind a resource and a slash is of that
 * resource, and where a concept has such, the others are not tried there.
 * Other paths are for every resource that has their first element.
 *
 * The order of the rows is the order in which places are given away: a value
 * before its unit, and the more exact concept first.
 *
 * The file is UTF-8, and so are the patterns whatever the server's encoding:
 * names are converted before they are compared.
 */
#include "postgres.h"

#include "mapping/dictionary/dictionary.h"

/* Places of persons' and institutions' common elements. */
#define WHOLE_NAME	"Patient/name:first.text Practitioner/name:first.text "
#define NAME_PART(part) \
	"Patient/name:first." part " Practitioner/name:first." part
#define TELECOM(label) \
	"Patient/telecom:" label ".value Practitioner/telecom:" label ".value Organization/telecom:" label ".value " \
	"Location/telecom:" label ".value"
#define ADDRESS(part) \
	"Patient/address:first." part " Practitioner/address:first." part " Organization/address:first." part \
	" Location/address." part

/* A vital sign in a column of its own. */
#define VITAL(name, label, words) \
	{name, SORT_VALUE, NULL, words, "value val no measure body c celsius kg cm mmhg bpm", "Observation 6", \
	 "Observation/component:" label ".valueQuantity.value"}

const DictionaryConcept dictionary_concepts[] = {
	/* times */
	{"date of birth", SORT_TIME, NULL, "b_date birth birthday birthdate dob born bday brth 生日 出生 出生日 出生日期", "of year",
	 "Patient 5 Practitioner 1", "birthDate"},
	{"date of death", SORT_TIME, NULL, "death deathdate deceased died dod 死亡", "of", "Patient 2", "Patient/deceasedDateTime"},
	{"arrival", SORT_TIME, NULL,
	 "admittime admit_time admitdate admission_date adm_date visit_date visit_start opd_date arrival arrived "
	 "到院 入院 住院日 就診日 就醫日 看診日 掛號日 就診時間|admit in_date indate intime|admission",
	 "start in", "Encounter 3", "Encounter/period.start"},
	{"departure", SORT_TIME, NULL,
	 "dischtime discharge_date dischargedate dis_date dsch discharged visit_end 出院 離院 departure departure_time|discharge dc_date dcdate out_date outtime",
	 "end out", "Encounter 3", "Encounter/period.end"},
	{"onset", SORT_TIME, NULL, "onset onset_date 發病 診斷日", "of", "Condition 2", "Condition/onsetDateTime AllergyIntolerance/onsetDateTime"},
	{"start", SORT_TIME, NULL, "|s_date st_date beg_date start begin from_date starttime startdate started bgn 開始 起日",
	 "from of", "Encounter 1 Condition 1",
	 "Encounter/period.start Condition/onsetDateTime AllergyIntolerance/onsetDateTime Observation/effectiveDateTime "
	 "MedicationRequest/dosageInstruction.timing.repeat.boundsPeriod.start Procedure/performedPeriod.start "
	 "DiagnosticReport/effectivePeriod.start ServiceRequest/occurrencePeriod.start"},
	{"end", SORT_TIME, NULL, "abatement|e_date ed_date end ended stop stopped finish to_date stoptime enddate resolved 結束 迄日 停藥", "to of",
	 "Encounter 1 Condition 1",
	 "Encounter/period.end Condition/abatementDateTime "
	 "MedicationRequest/dosageInstruction.timing.repeat.boundsPeriod.end Procedure/performedPeriod.end "
	 "DiagnosticReport/effectivePeriod.end ServiceRequest/occurrencePeriod.end"},
	{"time of the order", SORT_TIME, NULL,
	 "authored ordered order_date ordertime ordered_at prescribed prescribe_date presc_date rx_date 開立 開單 醫囑日 處方日 申請日",
	 NULL, "MedicationRequest 1 ServiceRequest 1", "MedicationRequest/authoredOn ServiceRequest/authoredOn"},
	{"time of the report", SORT_TIME, NULL,
	 "|rpt_date rpt_time issued reported report_date report_time resulted result_date 報告日 報告時間 發報告", NULL,
	 "Observation 1 DiagnosticReport 2", "Observation/issued DiagnosticReport/issued"},
	{"time of receipt", SORT_TIME, NULL, "received receive_date receive_time 簽收", NULL, "Specimen 3", "Specimen/receivedTime"},
	{"time of collection", SORT_TIME, NULL, "collected coll_date coll_time collect_date collect_time collection specimen_date drawn 採檢 採集", "specimen sample",
	 "Observation 1 Specimen 2", "Specimen/collection.collectedDateTime Observation/effectiveDateTime"},
	{"time", SORT_TIME, NULL,
	 "|charttime chartdate taken measured measure_date performed recorded charted given administered admin_date exam_date test_date op_date surgery_date "
	 "vaccinated inject_date obs_date observation_date 量測時間 量測日 手術日 處置日 接種日 施打日 檢查日 檢驗日 紀錄時間 記錄時間 登錄日"
	 "|date time dttm datetime timestamp at when on day 日期 時間",
	 "the of 年月",
	 NULL,
	 "Encounter/period.start Condition/recordedDate AllergyIntolerance/recordedDate Observation/effectiveDateTime "
	 "MedicationRequest/authoredOn Procedure/performedDateTime Procedure/performedPeriod.start Immunization/occurrenceDateTime "
	 "DiagnosticReport/effectiveDateTime Specimen/collection.collectedDateTime ServiceRequest/authoredOn"},
	{"time of the last change", SORT_TIME, NULL,
	 "update upd_date upd_time updated modified changed last_update last_upd upd update_time 異動 更新 修改", "last", NULL,
	 "meta.lastUpdated"},
	{"time of creation", SORT_TIME, NULL, "created create_date create_time creation inserted insert_date insert_time 建檔 建立 新增", NULL, NULL, NULL},
	{"time of deletion", SORT_TIME, NULL, "deleted deleted_at date_deleted voided date_voided cancelled canceled cancelled_at cancel_date 刪除 作廢 取消 註銷", NULL, NULL, NULL},
	{"expiry date", SORT_TIME, NULL, "expiry expiration expire exp_date 效期", NULL, "Immunization 2", "Immunization/expirationDate"},

	/* numbers of resources */
	{"patient", SORT_KEY, "Patient",
	 "person_id patient_id patient_no pat_id pat_no pt_id pt_no chart_no mrn mr_no hhisnum "
	 "subject_id medical_record 病歷號 病人代號 病患代號|chart pid 病歷|person patient pat pt patid 病人 病患 患者",
	 "key", "Patient 3 Practitioner -6 Organization -6 Location -6",
	 "Patient/identifier:mr.value subject.reference patient.reference subject.identifier.value patient.identifier.value"},
	{"requester", SORT_KEY, "Practitioner",
	 "orderer prescriber prescribing_doctor requester referrer referring_gp referring_doctor ordering_provider ordering_doctor order_provider order_doctor order_dr 開立者 開立醫師 開單醫師",
	 "provider doctor physician by", NULL, "MedicationRequest/requester.reference ServiceRequest/requester.reference"},
	{"performer", SORT_KEY, "Practitioner",
	 "performer surgeon operator vaccinator collector performing_doctor 施打者 執行者 術者 手術醫師 採檢者 執行醫師",
	 "provider doctor by main 主",
	 NULL,
	 "Observation/performer.reference Procedure/performer.actor.reference Immunization/performer.actor.reference "
	 "Specimen/collection.collector.reference"},
	{"general practitioner", SORT_KEY, "Practitioner", "gp pcp primary_provider primary_doctor 家庭醫師 家醫", "provider doctor", NULL,
	 "Patient/generalPractitioner.reference"},
	{"practitioner", SORT_KEY, "Practitioner",
	 "|doc doctor dr doc_no doc_id vs_dr physician provider practitioner clinician vs_no staff emp attending consultant "
	 "employee nurse 醫師 醫生 主治 員工 護理師|人員",
	 "key vs attending care 看診 主 門診", "Practitioner 3",
	 "Practitioner/identifier:staff.value Encounter/participant.individual.reference MedicationRequest/requester.reference "
	 "ServiceRequest/requester.reference"},
	{"organization", SORT_KEY, "Organization", "|organization hospital hosp org facility 醫院 院所 醫事機構 機構|clinic 院區", "key", "Organization 3",
	 "Organization/identifier:own.value Patient/managingOrganization.reference Encounter/serviceProvider.reference "
	 "Encounter/serviceProvider.display Location/managingOrganization.reference"},
	{"location", SORT_KEY, "Location", "|ward bed room location wardbed 病房 病床 床號 床位 診間 地點", "key cd label", "Location 3 Encounter 1",
	 "Location/identifier:own.value Encounter/location.location.reference Encounter/location.location.display "
	 "Encounter/location:second.location.display Procedure/location.reference Procedure/location.display "
	 "Immunization/location.display"},
	{"encounter", SORT_KEY, "Encounter",
	 "adm_no|encounter visit_no visit_id case_no opd_no admission_no admission_id hadm_id hcaseno visit_occurrence_id spell_no spell_id attendance_id attendance_no episode_no episode_id "
	 "reg_no stay_id 急診序號 門診序號 掛號序號 就診序號 就醫序號 就診號 就醫號 住院號 住院序號 門診號 急診號 掛號號|visit 就診 就醫",
	 "key", "Encounter 3 Patient -4 Practitioner -6 Organization -6 Location -6",
	 "Encounter/identifier:own.value encounter.reference"},
	{"specimen", SORT_KEY, "Specimen", "specimen_no specimen_id sample_no sample_id 檢體號 檢體編號|barcode accession accession_no 條碼", NULL,
	 "Specimen 4 Observation 1", "Specimen/accessionIdentifier.value Observation/specimen.reference Observation/specimen.identifier.value"},
	{"report", SORT_KEY, "DiagnosticReport", "report_no report_id rpt_no 報告號 報告編號 報告單號", NULL, "DiagnosticReport 4",
	 "DiagnosticReport/identifier:own.value"},
	{"order", SORT_KEY, "ServiceRequest",
	 "order_no order_id ord_no rx_no rx_id presc_no prescription_no prescription_id "
	 "request_no 醫令序號 醫囑號 處方號 處方編號 藥單號 申請單號|requisition 單號",
	 NULL, "ServiceRequest 3 MedicationRequest 1",
	 "MedicationRequest/groupIdentifier.value ServiceRequest/requisition.value basedOn.identifier.value"},
	{"id", SORT_VALUE, NULL, "||id uuid guid pk key 流水號", NULL, NULL, NULL},
	{"sequence number", SORT_VALUE, NULL, "|seq seq_no line line_no item_no sn 項次|序號", NULL, NULL, NULL},

	/* persons and places */
	{"national id", SORT_VALUE, NULL, "national_id idcard id_card twid nhs_no nhs_number 身分證 身份證 居留證|id_no",
	 "字 字號 統一 證號 號碼 編號 no", "Patient 3 Practitioner 1",
	 "Patient/identifier:national.value Practitioner/identifier:national.value subject.identifier.value patient.identifier.value"},
	{"social security number", SORT_VALUE, NULL, "ssn social_security", "no", "Patient 3", "Patient/identifier:ssn.value"},
	{"passport number", SORT_VALUE, NULL, "passport 護照", "no id 號碼", "Patient 2", "Patient/identifier:passport.value"},
	{"license", SORT_VALUE, NULL, "license licence 證書 執照|證號", "no id 字號 號碼", "Practitioner 5", "Practitioner/qualification.identifier.value"},
	{"NPI", SORT_VALUE, NULL, "npi", "no", "Practitioner 5", "Practitioner/identifier:npi.value"},
	{"patient's name", SORT_VALUE, NULL, "patient_name pat_name pt_name 病人姓名 病患姓名 姓名", "中文 full", "Patient 2 Practitioner 1",
	 WHOLE_NAME "subject.display patient.display"},
	{"name", SORT_VALUE, NULL, "|name fullname full_name cname chinese_name 中文名|名稱", "full display long 中文 全名", "Patient 1 Practitioner 2 Organization 2 Location 2",
	 WHOLE_NAME "Organization/name Location/name"},
	{"English name", SORT_VALUE, NULL, "ename eng_name english_name name_en 英文名 英文姓名", NULL, "Patient 2 Practitioner 1",
	 "Patient/name:english.text Practitioner/name:english.text Organization/alias"},
	{"family name", SORT_VALUE, NULL, "last_name surname lname family_name 姓氏|family|last", "name", "Patient 2 Practitioner 1", NAME_PART("family")},
	{"given name", SORT_VALUE, NULL, "first_name fname given_name forename|given|first", "name", "Patient 2 Practitioner 1", NAME_PART("given")},
	{"middle name", SORT_VALUE, NULL, "|middle middle_name mname", "name", NULL, NAME_PART("given:middle")},
	{"title", SORT_VALUE, NULL, "|prefix salutation 稱謂", NULL, NULL, NAME_PART("prefix")},
	{"suffix", SORT_VALUE, NULL, "|suffix", NULL, NULL, NAME_PART("suffix")},
	{"practitioner's name", SORT_VALUE, NULL,
	 "doctor_name dr_name doc_name physician_name provider_name staff_name emp_name 醫師姓名 醫師名", "attending 看診 主治", "Practitioner 2",
	 "Practitioner/name:first.text Encounter/participant.individual.display MedicationRequest/requester.display "
	 "ServiceRequest/requester.display"},
	{"organization's name", SORT_VALUE, NULL,
	 "hospital_name hosp_name org_name clinic_name organization_name facility_name dept_name 醫院名 院所名 機構名 科別名稱 部門名稱", "稱",
	 "Organization 3", "Organization/name Encounter/serviceProvider.display"},
	{"sex", SORT_VALUE, NULL, "sex gender 性別 is_male", "code birth at administrative source value 碼", "Patient 4 Practitioner 1", "gender"},
	{"marital status", SORT_VALUE, NULL, "marital marriage marital_status maritalstatus civil_status 婚姻", "status code 狀況 狀態", "Patient 3", "Patient/maritalStatus.text"},
	{"language", SORT_VALUE, NULL, "language lang 語言", "preferred primary spoken code", "Patient 1", "Patient/communication.language.text"},
	{"deceased", SORT_VALUE, NULL, "is_dead deceased_flag dead 死亡註記", "flag", "Patient 3", "Patient/deceasedBoolean"},
	{"active", SORT_VALUE, NULL, "active is_active|enabled 在職|有效", "is flag 註記 否 是", NULL, "Patient/active Practitioner/active Organization/active"},
	{"voided", SORT_VALUE, NULL, "voided void is_deleted deleted delete_flag del_flag cancelled canceled is_cancelled 作廢 刪除 註銷", "is flag 註記 否 是 記號", NULL, NULL},
	{"phone", SORT_VALUE, NULL, "|phone tel telephone telno 電話", "no home number work office business contact 號碼 住家 公司 聯絡 市內", "Patient 1 Practitioner 1 Organization 1 Location 1",
	 TELECOM("phone") " Patient/telecom:phone2.value"},
	{"mobile phone", SORT_VALUE, NULL, "cellphone mobile_phone phone_cell phone_mobile 手機 行動電話|mobile cell", "no phone 號碼 tel", "Patient 1 Practitioner 1",
	 TELECOM("mobile")},
	{"fax", SORT_VALUE, NULL, "fax 傳真", "no 號碼", "Organization 1", TELECOM("fax")},
	{"e-mail", SORT_VALUE, NULL, "email e_mail 信箱 電子郵件|mail", "address 帳號", "Patient 1 Practitioner 1", TELECOM("email")},
	{"line of an address", SORT_VALUE, NULL, "address_2 address_3 address_line_2 address_line_3 addr_2 addr_3 street_2", NULL, NULL, NULL},
	{"address", SORT_VALUE, NULL, "|address addr adr street 地址 住址", "home line full street permanent mailing 戶籍 通訊 居住 現 聯絡 住家 現居", "Patient 1 Organization 1 Location 1",
	 ADDRESS("text") " Patient/address:second.text"},
	{"city", SORT_VALUE, NULL, "|city town city_village 縣市 城市", NULL, "Patient 1 Organization 1", ADDRESS("city")},
	{"district", SORT_VALUE, NULL, "|district county county_district 鄉鎮", "市區", NULL, ADDRESS("district")},
	{"state", SORT_VALUE, NULL, "|province state_province|state", NULL, "Patient 1 Organization 1", ADDRESS("state")},
	{"postal code", SORT_VALUE, NULL, "zip postal postcode zipcode 郵遞 郵區", "code 區號 號", "Patient 1 Organization 1", ADDRESS("postalCode")},
	{"country", SORT_VALUE, NULL, "|country 國家", "code", "Patient 1 Organization 1", ADDRESS("country")},
	{"contact's phone", SORT_VALUE, NULL, "contact_phone contact_tel phone_contact 聯絡人電話", "emergency 緊急 no 1", "Patient 2", "Patient/contact.telecom.value"},
	{"contact person", SORT_VALUE, NULL, "contact contact_name next_of_kin contact_person 聯絡人", "emergency name 姓名 緊急", "Patient 2", "Patient/contact.name.text"},
	{"department", SORT_VALUE, NULL, "|dept department division 科別 科室 部門 就診科|section service", "code id 代碼 代號 別 visit", "Encounter 1 Organization 2",
	 "Organization/identifier:own.value Encounter/serviceType.text"},
	{"specialty", SORT_VALUE, NULL, "specialty speciality 專科|職稱", NULL, "Practitioner 4", NULL},

	/* what was found or done */
	{"class of encounter", SORT_VALUE, NULL,
	 "visit_type vtype encounter_class encounterclass class_code enc_type encounter_type_name adm_type admission_type patient_type pat_type patient_class oei "
	 "就診類別 就醫類別 門急住 門住|class 來源別",
	 "code 別", "Encounter 3", "Encounter/class.code"},
	{"code of the reason", SORT_VALUE, NULL, "reason_code", NULL, "Encounter 1", "reasonCode:text.coding.code"},
	{"reason", SORT_VALUE, NULL, "reason_description complaint chief_complaint chiefcomplaint presenting_complaint reason_for_visit 主訴|indication cc 適應症|reason 原因", "chief for visit",
	 "Encounter 1", "reasonCode:text.text"},
	{"reason not to", SORT_VALUE, NULL, "not_given_reason reason_not_given refusal_reason reason_refused 未施打原因 未接種原因 未給藥原因", NULL, NULL,
	 "Immunization/statusReason.text"},
	{"admission source", SORT_VALUE, NULL, "admission_location admit_source admission_source admitted_from 入院來源 入院途徑", "code", "Encounter 3",
	 "Encounter/hospitalization.admitSource.text"},
	{"disposition", SORT_VALUE, NULL, "disposition discharge_disposition discharge_location discharge_destination discharged_to 出院動向 轉歸", "code", "Encounter 3", "Encounter/hospitalization.dischargeDisposition.text"},
	{"ICD version", SORT_VALUE, NULL, "icd_version icd_ver 診斷碼版本", NULL, NULL, NULL},
	{"ICD code", SORT_VALUE, NULL, "icd icd_code dx_code diag_code diagnosis_code 診斷碼 診斷代碼 疾病碼 國際疾病|",
	 "code cm pcs 分類 碼 no diagnosis 診斷 dx", "Condition 5",
	 "Condition/code.coding:icd.code Procedure/code.coding:pcs.code DiagnosticReport/conclusionCode:icd.coding.code "
	 "MedicationRequest/reasonCode:icd.coding.code ServiceRequest/reasonCode:icd.coding.code"},
	{"LOINC code", SORT_VALUE, NULL, "loinc", "code no", "Observation 5 DiagnosticReport 2", "code.coding:loinc.code"},
	{"SNOMED CT code", SORT_VALUE, NULL, "snomed sct snomed_ct", "code id", "Condition 2 Procedure 1",
	 "Condition/code.coding:sct.code Procedure/code.coding:sct.code AllergyIntolerance/code.coding:sct.code "
	 "ServiceRequest/code.coding:sct.code DiagnosticReport/code.coding:sct.code Immunization/vaccineCode.coding:sct.code MedicationRequest/medicationCodeableConcept.coding:sct.code"},
	{"RxNorm code", SORT_VALUE, NULL, "rxnorm rxcui rxnorm_cui", "code drug", "MedicationRequest 5", "MedicationRequest/medicationCodeableConcept.coding:rxnorm.code"},
	{"NDC code", SORT_VALUE, NULL, "ndc", "code no", "MedicationRequest 4", "MedicationRequest/medicationCodeableConcept.coding:ndc.code"},
	{"ATC code", SORT_VALUE, NULL, "atc", "code no", "MedicationRequest 4", "MedicationRequest/medicationCodeableConcept.coding:atc.code"},
	{"drug code", SORT_VALUE, NULL, "medication_id drug_code drug_id drug_no med_code med_id medication_code 藥品碼 藥品代碼 藥碼 藥品代號", NULL,
	 "MedicationRequest 5 AllergyIntolerance 1", "MedicationRequest/medicationCodeableConcept.coding:own.code AllergyIntolerance/code.coding:own.code"},
	{"CVX code", SORT_VALUE, NULL, "cvx cvx_code", NULL, "Immunization 6", "Immunization/vaccineCode.coding:cvx.code"},
	{"vaccine code", SORT_VALUE, NULL, "vaccine_code 疫苗碼 疫苗代碼 疫苗代號", "id", "Immunization 6", "Immunization/vaccineCode.coding:own.code"},
	{"code", SORT_VALUE, NULL,
	 "|item_code test_code lab_code order_code op_code proc_code procedure_code exam_code "
	 "nhi_code itemid item_id test_id 項目代碼 檢驗代碼 檢驗碼 健保碼 手術碼 處置碼 醫令碼 醫令代碼|code 代碼 代號",
	 NULL, "Observation 1 ServiceRequest 1 Procedure 1",
	 "code.coding:own.code MedicationRequest/medicationCodeableConcept.coding:own.code Immunization/vaccineCode.coding:own.code "
	 "Organization/identifier:own.value Location/identifier:own.value"},
	{"drug", SORT_VALUE, NULL, "drug_name med_name medication_name generic_name 藥名 藥品名|drug medication medicine 藥品", "name 稱 名稱", "MedicationRequest 5",
	 "MedicationRequest/medicationCodeableConcept.text AllergyIntolerance/code.text"},
	{"allergen", SORT_VALUE, NULL, "allergen 過敏原 過敏藥|allergy substance allergies", "non coded name 名稱 物質 物 品 名", "AllergyIntolerance 6", "AllergyIntolerance/code.text"},
	{"vaccine", SORT_VALUE, NULL, "vaccine_name 疫苗名稱|vaccine immunization 疫苗", "name 名稱 種類", "Immunization 6", "Immunization/vaccineCode.text"},
	{"diagnosis", SORT_VALUE, NULL, "dx_name diag_name diagnosis_name 診斷名稱|diagnosis diag dx problem condition disease 診斷 病名", "non coded name text 名稱 title description 中文", "Condition 4",
	 "Condition/code.text DiagnosticReport/conclusionCode:icd.text MedicationRequest/reasonCode:icd.text ServiceRequest/reasonCode:icd.text"},
	{"procedure", SORT_VALUE, NULL, "op_name proc_name procedure_name 手術名稱 術式|procedure operation surgery 手術 處置", "name 名稱 描述", "Procedure 5",
	 "Procedure/code.text ServiceRequest/code.text"},
	{"name of a code", SORT_VALUE, NULL,
	 "item_name test_name exam_name order_name measurement_source_value observation_source_value procedure_source_value|description desc analyte title item label 項目名稱 檢驗名稱 檢驗項目 檢查項目 醫令名稱|test exam 項目 名稱",
	 "name", "Observation 1 ServiceRequest 1",
	 "Condition/code.text Observation/code.text Procedure/code.text AllergyIntolerance/code.text DiagnosticReport/code.text "
	 "ServiceRequest/code.text MedicationRequest/medicationCodeableConcept.text Immunization/vaccineCode.text Organization/name Location/name"},
	{"result", SORT_VALUE, NULL, "|value result val reading valuenum value_num value_numeric 結果 數值 檢驗值", "value text number no numeric num as string report test result 值 檢驗 檢查",
	 "Observation 4", "Observation/valueQuantity.value Observation/valueString"},
	{"dose", SORT_VALUE, NULL, "dose_qty dose_val_rx 每次量|dose dosage 劑量 用量", "value val quantity 每次 單次", "MedicationRequest 3 Immunization 1",
	 "MedicationRequest/dosageInstruction.doseAndRate.doseQuantity.value MedicationRequest/dosageInstruction.text Immunization/doseQuantity.value"},
	{"unit of dose", SORT_VALUE, NULL, "dose_unit dose_units dose_unit_rx 劑量單位", NULL, "MedicationRequest 3 Immunization 1",
	 "MedicationRequest/dosageInstruction.doseAndRate.doseQuantity.unit Immunization/doseQuantity.unit"},
	{"unit", SORT_VALUE, NULL, "unit units uom valueuom 單位", "value code source result of measure", "Observation 3",
	 "Observation/valueQuantity.unit MedicationRequest/dosageInstruction.doseAndRate.doseQuantity.unit Specimen/collection.quantity.unit"},
	{"lower limit", SORT_VALUE, NULL, "ref_low range_low ref_range_lower 下限|low lower", "ref range limit normal reference 參考 參考值 正常", "Observation 3", "Observation/referenceRange.low.value"},
	{"upper limit", SORT_VALUE, NULL, "ref_high range_high ref_range_upper 上限|high upper", "ref range limit normal reference 參考 參考值 正常", "Observation 3", "Observation/referenceRange.high.value"},
	{"reference range", SORT_VALUE, NULL, "ref_range reference_range normal_range 參考值 參考範圍|range", "text 正常", "Observation 3", "Observation/referenceRange.text"},
	{"interpretation", SORT_VALUE, NULL, "abnormal interpretation abn 異常 判讀", "flag code 註記 flags", "Observation 3", "Observation/interpretation.text"},
	VITAL("systolic pressure", "systolic", "sbp systolic bp_sys bp_s bps 收縮壓"),
	VITAL("diastolic pressure", "diastolic", "dbp diastolic bp_dia bp_d bpd 舒張壓"),
	VITAL("heart rate", "pulse", "hr pulse heart_rate heartrate pulse_rate 心跳 脈搏 心率"),
	VITAL("temperature", "temperature", "temperature bt body_temp 體溫|temp"),
	VITAL("respiratory rate", "respiration", "rr resp respiration resp_rate resprate respiratory_rate 呼吸"),
	VITAL("oxygen saturation", "oxygen", "spo_2 sao_2 o_2_sat oxygen_saturation 血氧"),
	VITAL("weight", "weight", "weight bw wt body_weight 體重"),
	VITAL("height", "height", "height bh ht body_height 身高"),
	{"frequency", SORT_VALUE, NULL, "freq frequency 頻率 頻次|用法", "code", "MedicationRequest 4", "MedicationRequest/dosageInstruction.timing.code.text"},
	{"route", SORT_VALUE, NULL, "route 途徑 給藥方式", "code 給藥", "MedicationRequest 3", "MedicationRequest/dosageInstruction.route.text Immunization/route.text"},
	{"days", SORT_VALUE, NULL, "days day_supply days_supply 天數 日數", "supply of 給藥", "MedicationRequest 2", "MedicationRequest/dispenseRequest.expectedSupplyDuration.value"},
	{"quantity", SORT_VALUE, NULL, "total_qty 總量|t_qty tot_qty qty quantity 數量", "total dispense", "MedicationRequest 1",
	 "MedicationRequest/dispenseRequest.quantity.value Specimen/collection.quantity.value"},
	{"directions", SORT_VALUE, NULL, "sig directions 用藥指示|instruction instructions", "dosing dosage", "MedicationRequest 4", "MedicationRequest/dosageInstruction.text"},
	{"as needed", SORT_VALUE, NULL, "prn as_needed", "flag", "MedicationRequest 3", "MedicationRequest/dosageInstruction.asNeededBoolean"},
	{"refills", SORT_VALUE, NULL, "refill refills no_refills no_of_refills", NULL, "MedicationRequest 3", "MedicationRequest/dispenseRequest.numberOfRepeatsAllowed"},
	{"reaction", SORT_VALUE, NULL, "reaction manifestation 反應", "text 過敏 症狀", "AllergyIntolerance 5", "AllergyIntolerance/reaction.manifestation.text"},
	{"lot", SORT_VALUE, NULL, "lot batch lot_no lot_number 批號", "no", "Immunization 3", "Immunization/lotNumber"},
	{"number of dose", SORT_VALUE, NULL, "dose_no dose_seq 劑次 劑別", NULL, "Immunization 4",
	 "Immunization/protocolApplied.doseNumberPositiveInt Immunization/protocolApplied.doseNumberString"},
	{"manufacturer", SORT_VALUE, NULL, "manufacturer maker 廠牌 廠商", "name 名稱", "Immunization 2", "Immunization/manufacturer.display"},
	{"body site", SORT_VALUE, NULL, "body_site body_part 部位|site", "code anatomic 手術 施打 採檢", "Procedure 1",
	 "Condition/bodySite.text Observation/bodySite.text Procedure/bodySite.text ServiceRequest/bodySite.text "
	 "MedicationRequest/dosageInstruction.site.text Immunization/site.text Specimen/collection.bodySite.text"},
	{"kind of specimen", SORT_VALUE, NULL, "specimen_type sample_type specimen_kind spec_type spec_type_desc specimen_source_value 檢體類別 檢體種類|檢體|specimen sample", "name desc 名稱", "Specimen 4 Observation 1",
	 "Specimen/type.text specimen.display"},
	{"conclusion", SORT_VALUE, NULL, "conclusion impression report_text 結論 報告內容|findings", "text 診斷", "DiagnosticReport 5", "DiagnosticReport/conclusion"},
	{"kind", SORT_VALUE, NULL, "||type kind category 類別 種類", NULL, NULL,
	 "Encounter/type.text Specimen/type.text Organization/type.text Location/type.text Observation/category.text"},
	{"severity", SORT_VALUE, NULL, "severity 嚴重", "程度 度", "Condition 1 AllergyIntolerance 1", "Condition/severity.text"},
	{"clinical status", SORT_VALUE, NULL, "clinical_status 臨床狀態", "code", NULL, NULL},
	{"status", SORT_VALUE, NULL, "|status 狀態", "code flag completion 碼 看診 報告 執行 就診 處方 醫令 檢驗", NULL, NULL},
	{"note", SORT_VALUE, NULL, "|note notes memo remark comment comments 備註|說明", "text free", NULL, "note.text Location/description"},
	{NULL}
};

/* The concept of a name in the table, which must be there. */
const DictionaryConcept *
dictionary_concept(const char *name)
{
	const DictionaryConcept *concept = dictionary_concepts;

	while (concept->name != NULL && strcmp(concept->name, name) != 0)
		concept++;
	if (concept->name == NULL)
		elog(ERROR, "no concept \"%s\"", name);
	return concept;
}

/* Is it the concept of that name?  concept may be NULL. */
bool
dictionary_is(const DictionaryConcept *concept, const char *name)
{
	return concept != NULL && strcmp(concept->name, name) == 0;
}
