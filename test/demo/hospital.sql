/*
 * hospital.sql
 *		The demonstration without data from outside: an invented hospital in
 *		Taiwan becomes TW Core.
 *
 * Does what a hospital would do: the tables are there, with their dirt
 * (the scripts below hospital/ make them up), the pack is run, and the hospital's queries
 * are put into the pack's views (hospital/views.sql).  Then it shows a row and
 * its resource, the figures of blood pressure, and what became of each table.
 * Expects a database with fhir_bridge in its search_path.
 */

\set ON_ERROR_STOP on
SET client_encoding = 'UTF8';
SET client_min_messages = warning;

\echo
\echo '您好！歡迎使用 fhir_bridge：您醫院資料庫裡的資料列，直接成為 FHIR R4 資源（臺灣核心實作指引 TW Core 0.3.1）。'
\echo 'Hello! An invented hospital in Taiwan: 1,000 patients, their visits, diagnoses, results and blood pressures,'
\echo 'in tables as such hospitals have them. The rows become FHIR R4 (TW Core 0.3.1) where they are, inside PostgreSQL.'

\o /dev/null
BEGIN;
\ir hospital/tables.sql
\ir hospital/people.sql
\ir hospital/care.sql
\ir hospital/dirt.sql
COMMIT;
ANALYZE;
\ir ../../src/packs/tw_core.sql
\ir hospital/views.sql
\o

\pset footer off
\pset null ''
\echo
\echo '-- A patient as this hospital''s table has it (full-width blanks, small letters, a date in years of the Republic):'
\x on
SELECT chart_no, idno, '[' || pt_name || ']' AS pt_name, pt_ename, sex, birth, tel_h, tel_m, zip, addr, upd_dt
FROM his.patbas WHERE chart_no = '08860265';
\x off

\echo '-- and as a partner gets it:  SELECT fhir_json_from_row(p.*) FROM tw_core.patient p'
\t on
\pset format unaligned
SELECT format('%s"%s": %s%s', CASE n WHEN 1 THEN '{' ELSE ' ' END, key, value, CASE n WHEN count(*) OVER () THEN '}' ELSE ',' END)
FROM tw_core.patient p, json_each(fhir_json_from_row(p.*)) WITH ORDINALITY AS element (key, value, n)
WHERE chart_no = '08860265'
ORDER BY n;

\echo
\echo '-- Two rows of his."生命徵象" (vital signs) are one blood pressure; here the diastolic one could not be measured:'
SELECT concat_ws(' | ', "序號", "病歷號", "項目", "數值", "量測時間")
FROM his."生命徵象"
WHERE ("病歷號", "量測時間") = (
		SELECT "病歷號", "量測時間" FROM his."生命徵象" WHERE "數值" = '量不到' ORDER BY "序號" LIMIT 1)
	AND "項目" <> 'HR'
ORDER BY "序號";
SELECT format('"component": %s', fhir_json_from_row(b.*) -> 'component')
FROM tw_core.blood_pressure b
WHERE dbp IS NULL AND sbp IS NOT NULL
	AND (chart_no, measured_at) = (
		SELECT rtrim("病歷號"), "量測時間" AT TIME ZONE 'Asia/Taipei' FROM his."生命徵象" WHERE "數值" = '量不到'
		ORDER BY "序號" LIMIT 1);
\t off
\pset format aligned

\echo
\echo '-- Blood pressure of six patients over three weeks, mmHg:'
\echo '--   map       mean arterial pressure at rest, avg(calc_map(sbp, dbp))'
\echo '--   calc_arv  variability of sbp as hospitals'' programs compute it: sum of |differences| / number of readings'
\echo '--   arv       variability as published (Mena et al. 2005): each difference weighted by its interval'
SELECT p.name, b.chart_no, count(*) AS readings, round(avg(sbp), 1) AS sbp, round(avg(dbp), 1) AS dbp,
	round(avg(calc_map(sbp, dbp))::numeric, 1) AS map,
	round(calc_arv(array_agg(sbp ORDER BY measured_at))::numeric, 2) AS calc_arv,
	round(arv(sbp, measured_at)::numeric, 2) AS arv,
	round((arv(sbp, measured_at) - calc_arv(array_agg(sbp ORDER BY measured_at)))::numeric, 2) AS difference
FROM tw_core.blood_pressure b JOIN tw_core.patient p USING (chart_no)
WHERE b.chart_no IN ('08860003', '08860017', '08860042', '08860064', '08860086', '08860108')
GROUP BY p.name, b.chart_no
ORDER BY arv DESC;
\echo '-- The difference: calc_arv divides by the n readings, arv by the time between first and last, so that a step'
\echo '-- of 14 hours counts more than one of 10; at equal intervals arv would be exactly n/(n-1) of calc_arv.'

\echo
\echo '-- What became of the tables (left out: see the head of test/demo/hospital/views.sql):'
SELECT source, source_rows AS rows, resource, resources
FROM (
	SELECT 1 AS n, 'his.dept, and the hospital itself' AS source, (SELECT count(*) FROM his.dept) + 1 AS source_rows, 'Organization' AS resource,
		(SELECT count(fhir_from_row(t.*)) FROM tw_core.organization t) AS resources
	UNION ALL
	SELECT 2, 'his.staff', (SELECT count(*) FROM his.staff), 'Practitioner',
		(SELECT count(fhir_from_row(t.*)) FROM tw_core.practitioner t)
	UNION ALL
	SELECT 3, 'his.patbas', (SELECT count(*) FROM his.patbas), 'Patient',
		(SELECT count(fhir_from_row(t.*)) FROM tw_core.patient t)
	UNION ALL
	SELECT 4, 'his.visit', (SELECT count(*) FROM his.visit), 'Encounter',
		(SELECT count(fhir_from_row(t.*)) FROM tw_core.encounter t)
	UNION ALL
	SELECT 5, 'his.diag', (SELECT count(*) FROM his.diag), 'Condition',
		(SELECT count(fhir_from_row(t.*)) FROM tw_core.condition t)
	UNION ALL
	SELECT 6, 'his.lab, and his."生命徵象": HR', (SELECT count(*) FROM his.lab) +
		(SELECT count(*) FROM his."生命徵象" WHERE "項目" = 'HR'), 'Observation',
		(SELECT count(fhir_from_row(t.*)) FROM tw_core.reading t)
	UNION ALL
	SELECT 7, 'his."生命徵象": SBP and DBP', (SELECT count(*) FROM his."生命徵象" WHERE "項目" <> 'HR'),
		'Observation, two rows each', (SELECT count(fhir_from_row(t.*)) FROM tw_core.blood_pressure t)
) AS became
ORDER BY n;
