/*
 * views.sql
 *		The whole of what this hospital does to become TW Core: its queries in
 *		the views of the pack.
 *
 * Left out: patients whose name begins with 測試, what belongs to a chart or
 * visit that does not exist, results of an item that nobody knows (no code, no
 * name), and, by the pack, diagnoses with neither code nor name and blood
 * pressures without a time or measured twice.
 */

CREATE OR REPLACE VIEW tw_core.organization WITH (security_invoker = true) AS
	SELECT 'hospital' AS organization_no, NULL AS organization_no_system, '9999999999' AS nhi_code,
		'示範綜合醫院' AS name, '02-5550-0000' AS phone, '103臺北市大同區中山路1號' AS address_text,
		'103' AS postal_code3, NULL AS part_of_no, NULL::timestamptz AS updated_at
	UNION ALL
	SELECT rtrim(dept_no), 'https://hospital.example/dept', NULL, dept_name::text, tel::text, NULL, NULL, 'hospital', NULL
	FROM his.dept;

CREATE OR REPLACE VIEW tw_core.practitioner WITH (security_invoker = true) AS
	SELECT s.emp_no::text AS practitioner_no, 'https://hospital.example/staff' AS practitioner_no_system,
		NULL AS national_id, s.lic_no::text AS license_no, 'https://hospital.example/license' AS license_no_system,
		tw_core.tidy(s.emp_name) AS name, tw_core.tidy(split_part(initcap(s.emp_ename), ',', 1)) AS family_en,
		tw_core.tidy(split_part(initcap(s.emp_ename), ',', 2)) AS given_en, s.sex::text AS sex,
		s.quit_dt IS NULL AS active, s.title::text AS qualification, NULL::timestamptz AS updated_at
	FROM his.staff s;

CREATE OR REPLACE VIEW tw_core.patient WITH (security_invoker = true) AS
	SELECT p.chart_no::text AS chart_no, 'https://hospital.example/chart' AS chart_no_system,
		CASE WHEN kind = 'NNxxx' THEN id END AS national_id,
		CASE WHEN kind = 'PRC' THEN id END AS resident_id,
		CASE WHEN id ~ '^(TWN|USA)[0-9]{9}$' THEN substr(id, 4) END AS passport_no,
		CASE WHEN id ~ '^(TWN|USA)[0-9]{9}$' THEN left(id, 3) END AS passport_country,
		replace(tw_core.tidy(p.pt_name), U&'\3000', '') AS name,
		tw_core.tidy(split_part(ename, ',', 1)) AS family_en, tw_core.tidy(split_part(ename, ',', 2)) AS given_en,
		NULL AS usual_name,
		CASE WHEN mobile ~ '^09[0-9]{8}$' THEN mobile END AS mobile,
		tw_core.tidy(p.tel_h) AS home_phone, NULL AS email, p.sex::text AS sex,
		CASE WHEN tw_core.is_roc_date(p.birth) THEN roc_date(p.birth) END AS birth_date,
		NULL::timestamptz AS deceased_at, tw_core.tidy(p.nation) AS nationality,
		tw_core.tidy(p.addr) AS address_text, substr(address, 1, 3) AS district,
		substring(address FROM '^...(.+?[市區])') AS city,
		substring(address FROM '^...(?:.+?[市區])(.+?[路街])') AS road,
		CASE WHEN p.zip ~ '^[1-9][0-9]{2}' THEN left(p.zip, 3) END AS postal_code3,
		'hospital' AS organization_no, p.upd_dt AT TIME ZONE 'Asia/Taipei' AS updated_at
	FROM his.patbas p
		CROSS JOIN LATERAL (SELECT upper(tw_core.tidy(p.idno)) AS id, tw_core.tidy(p.addr) AS address,
			CASE WHEN p.pt_ename LIKE '%,%' THEN initcap(p.pt_ename) END AS ename,
			translate(p.tel_m, '０１２３４５６７８９- ', '0123456789') AS mobile) AS tidied
		CROSS JOIN LATERAL (SELECT tw_core.id_kind(id) AS kind) AS number
	WHERE p.pt_name NOT LIKE '測試%';

CREATE OR REPLACE VIEW tw_core.encounter WITH (security_invoker = true) AS
	SELECT v.visit_no::text AS encounter_no, 'https://hospital.example/visit' AS encounter_no_system,
		p.chart_no AS chart_no, v.visit_type::text AS class,
		CASE WHEN v.cancel_yn = 'Y' THEN 'cancelled'
			WHEN v.visit_type IN ('O', '門診') AND v.in_dt IS NOT NULL THEN 'finished' END AS status,
		d.dept_name::text AS service, s.emp_no::text AS practitioner_no,
		v.in_dt AT TIME ZONE 'Asia/Taipei' AS started_at, v.out_dt AT TIME ZONE 'Asia/Taipei' AS ended_at,
		coalesce(d.dept_no::text, 'hospital') AS organization_no,
		greatest(v.in_dt, v.out_dt) AT TIME ZONE 'Asia/Taipei' AS updated_at
	FROM his.visit v
		JOIN tw_core.patient p ON p.chart_no = v.chart_no::text
		LEFT JOIN his.staff s ON s.emp_no = v.dr_no
		LEFT JOIN his.dept d ON d.dept_no = v.dept_no;

CREATE OR REPLACE VIEW tw_core.condition WITH (security_invoker = true) AS
	SELECT d.visit_no || '-' || d.seq AS condition_no, e.chart_no, e.encounter_no,
		tw_core.icd_dotted(d.icd) AS icd, CASE d.icd_ver WHEN '23' THEN '2023' WHEN '09' THEN '2001' END AS icd_edition,
		tw_core.tidy(d.diag_name) AS name, (e.started_at AT TIME ZONE 'Asia/Taipei')::date AS onset_date, NULL::date AS abatement_date,
		e.practitioner_no, e.updated_at
	FROM his.diag d
		JOIN tw_core.encounter e ON e.encounter_no = d.visit_no::text;

CREATE OR REPLACE VIEW tw_core.reading WITH (security_invoker = true) AS
	SELECT 'lab-' || l.lab_no AS reading_no, e.chart_no, e.encounter_no, 'laboratory' AS category, i.loinc::text AS loinc,
		i.item_name::text AS name, l.rpt_dt AT TIME ZONE 'Asia/Taipei' AS measured_at,
		CASE WHEN l.result ~ '^[0-9]+([.][0-9]+)?$' THEN l.result::numeric END AS value,
		tw_core.tidy(l.result) AS value_text, i.unit::text AS unit, i.ucum::text AS ucum,
		i.ref_low AS low, i.ref_high AS high, NULL AS practitioner_no,
		l.rpt_dt AT TIME ZONE 'Asia/Taipei' AS updated_at
	FROM his.lab l
		JOIN tw_core.encounter e ON e.encounter_no = l.visit_no::text
		LEFT JOIN his.lab_item i ON i.item_no = l.item_no
	UNION ALL
	SELECT 'vital-' || lpad(v."序號"::text, 9, '0'), p.chart_no, e.encounter_no, 'vital-signs',
		CASE v."項目" WHEN 'SBP' THEN '8480-6' WHEN 'DBP' THEN '8462-4' WHEN 'HR' THEN '8867-4' END,
		CASE v."項目" WHEN 'SBP' THEN '收縮壓' WHEN 'DBP' THEN '舒張壓' WHEN 'HR' THEN '心率' END,
		v."量測時間" AT TIME ZONE 'Asia/Taipei',
		CASE WHEN v."數值" ~ '^[0-9]+([.][0-9]+)?$' THEN v."數值"::numeric END, tw_core.tidy(v."數值"),
		CASE WHEN v."項目" = 'HR' THEN '/min' ELSE 'mmHg' END, CASE WHEN v."項目" = 'HR' THEN '/min' ELSE 'mm[Hg]' END,
		NULL, NULL, s.emp_no::text, v."量測時間" AT TIME ZONE 'Asia/Taipei'
	FROM his."生命徵象" v
		JOIN tw_core.patient p ON p.chart_no = v."病歷號"::text
		LEFT JOIN tw_core.encounter e ON e.encounter_no = v."就診號"::text
		LEFT JOIN his.staff s ON s.emp_no = v."量測人員";

-- The planner counts the codes that the view makes.  Without this it takes each
-- for rare, and loops over thousands of rows that it believes to be one.
CREATE STATISTICS his.vital_code
	ON (CASE "項目" WHEN 'SBP' THEN '8480-6' WHEN 'DBP' THEN '8462-4' WHEN 'HR' THEN '8867-4' END) FROM his."生命徵象";
ANALYZE his."生命徵象";
