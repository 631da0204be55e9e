/*
 * dirt.sql
 *		What became of each kind of dirt in the demonstration's tables.
 *		Needs the tables resource and identifier.
 */

CREATE TEMP VIEW patient AS
	SELECT p.*, r.body,
		(SELECT string_agg(i.slice, ' ' ORDER BY i.slice) FROM identifier i WHERE i.type = 'Patient' AND i.id = r.id) AS slices
	FROM his.patbas p
		JOIN resource r ON r.type = 'Patient' AND r.id = fhir_id('patient', p.chart_no)::text;

SELECT count(*) = 0, 'test patients and their visits are left out'
FROM resource
WHERE text LIKE '%測試%' OR id IN (SELECT fhir_id('patient', chart_no)::text FROM his.patbas WHERE chart_no LIKE '999999%')
	OR id IN (SELECT fhir_id('encounter', visit_no)::text FROM his.visit WHERE visit_no LIKE '%9900_');
SELECT count(*) > 30 AND holds(body #>> '{name,0,text}' = btrim(pt_name, U&' \3000')), 'full-width blanks around names'
FROM patient WHERE pt_name LIKE U&'\3000%';
SELECT count(*) > 5 AND holds(body ->> 'gender' = 'unknown'), 'unknown, blank and missing codes of the sex'
FROM patient WHERE sex IN ('X', ' ') OR sex IS NULL;
SELECT count(*) > 15 AND holds(body ? '_birthDate'), 'texts that are no date: 0000000, a day that does not exist, words, blanks, NULL'
FROM patient WHERE birth IN ('0000000', '0790231', '不詳', '') OR birth IS NULL;
SELECT count(*) = 0, 'no other birth date is lost'
FROM patient WHERE body ? '_birthDate' AND NOT (btrim(birth) IN ('0000000', '0790231', '不詳', '') OR birth IS NULL);
SELECT holds(body ->> 'birthDate' = roc_date(birth)::text) AND count(*) > 900, 'dates in all forms'
FROM patient WHERE body ? 'birthDate';
SELECT count(*) > 20 AND holds(slices LIKE '%NNxxx%' OR slices LIKE '%PRC%'), 'identity numbers in small letters'
FROM patient WHERE idno ~ '^[a-z][0-9]{9}  $' AND tw_id_valid(upper(rtrim(idno)));
SELECT count(*) > 8 AND holds(slices = 'MR'), 'identity numbers with a wrong check digit, and none, leave the chart number'
FROM patient
WHERE NOT tw_id_valid(upper(btrim(coalesce(idno, '')))) AND coalesce(idno, '') !~ '^(TWN|USA)[0-9]{9}$';
SELECT count(*) > 10 AND NOT bool_or(jsonb_path_exists(body, '$.telecom[*] ? (@.use == "mobile")')), 'telephone numbers that are words'
FROM patient WHERE tel_m = '無';
SELECT holds(jsonb_path_query_first(body, '$.telecom[*] ? (@.use == "mobile").value') #>> '{}' ~ '^09[0-9]{8}$') AND count(*) > 900,
	'full-width digits and hyphens in telephone numbers'
FROM patient WHERE tel_m <> '無' AND tel_m IS NOT NULL;
SELECT count(*) > 10 AND NOT bool_or(body ? 'address'), 'no address' FROM patient WHERE zip = '000';

CREATE TEMP VIEW encounter AS
	SELECT v.*, r.body
	FROM his.visit v
		JOIN resource r ON r.type = 'Encounter' AND r.id = fhir_id('encounter', v.visit_no)::text;
SELECT count(*) > 10 AND NOT bool_or(body ? 'participant'), 'doctors who are not there' FROM encounter WHERE dr_no = 'D99999' OR dr_no IS NULL;
SELECT count(*) > 5 AND holds(NOT body ? 'period' AND body ->> 'status' IN ('unknown', 'cancelled')), 'visits without times' FROM encounter WHERE in_dt IS NULL;
SELECT count(*) > 5 AND holds(body #>> '{class,code}' = 'UNK'), 'unknown kinds of visits' FROM encounter WHERE visit_type = '9';
SELECT count(*) > 10 AND holds(body #>> '{class,code}' = 'AMB'), 'kinds of visits in Chinese' FROM encounter WHERE visit_type = '門診';
SELECT count(*) > 10 AND holds(body ->> 'status' = 'cancelled'), 'visits that were cancelled' FROM encounter WHERE cancel_yn = 'Y';
SELECT count(*) > 5 AND holds(body #>> '{serviceProvider,reference}' = 'Organization/' || fhir_id('organization', 'hospital')),
	'visits without a department are the hospital''s'
FROM encounter WHERE dept_no = '';

CREATE TEMP VIEW pressure AS
	SELECT v.*, r.body
	FROM his."生命徵象" v
		JOIN resource r ON r.view = 'blood_pressure' AND r.id = fhir_id('blood_pressure', v."病歷號",
			coalesce(v."就診號", ''), v."量測時間" AT TIME ZONE 'Asia/Taipei')::text;
SELECT count(*) > 5 AND holds(body #> '{component,1}' ? 'dataAbsentReason' AND body #> '{component,0}' ? 'valueQuantity'), 'a figure that could not be measured'
FROM pressure WHERE "數值" = '量不到';
SELECT count(*) > 5 AND holds(body #>> '{component,0,valueQuantity,value}' = first."數值"), 'of two figures the lower number counts'
FROM pressure again JOIN his."生命徵象" first ON first."序號" = again."序號" - 1000000
WHERE again."項目" = 'SBP' AND first."量測時間" IS NOT NULL;
SELECT count(*) > 5, 'a diastolic figure whose systolic one is lost'
FROM pressure WHERE "項目" = 'DBP' AND body #> '{component,0}' ? 'dataAbsentReason';
