/*
 * care.sql
 *		The invented hospital's visits, diagnoses, results and vital signs.
 *
 * Needs pg_temp.chance of people.sql.
 */

INSERT INTO his.visit (visit_no, chart_no, visit_type, dept_no, dr_no, in_dt, out_dt, cancel_yn)
SELECT type || to_char(day, 'YYMMDD') || lpad(i::text, 5, '0'),
	lpad((8860001 + (i * 7) % 1000)::text, 8, '0'), type,
	CASE type WHEN 'E' THEN '0220' ELSE lpad((110 + 10 * pg_temp.chance(i, 'dept', 11))::text, 4, '0') END,
	'D' || lpad((1 + 4 * pg_temp.chance(i, 'doctor', 10))::text, 5, '0'), day,
	CASE type WHEN 'O' THEN day + interval '25 minutes' WHEN 'E' THEN day + interval '5 hours 10 minutes'
		ELSE CASE WHEN i < 2360 THEN day + interval '6 days 3 hours' END END,	-- the latest are still in bed
	'N'
FROM generate_series(1, 2400) AS i,
	LATERAL (SELECT CASE WHEN i % 20 = 0 THEN 'I' WHEN i % 8 = 3 THEN 'E' ELSE 'O' END AS type,
		timestamp '2025-01-02 08:30' + i * interval '37 minutes' AS day) AS visit
ORDER BY i;

INSERT INTO his.diag (visit_no, seq, icd, icd_ver, diag_name)
SELECT visit_no, seq, split_part(diagnosis, ' ', 1), '23', split_part(diagnosis, ' ', 2)
FROM (
	SELECT visit_no, seq, (ARRAY['I10 本態性（原發性）高血壓', 'E119 第二型糖尿病，未伴有併發症', 'E785 高血脂症',
			'J069 急性上呼吸道感染', 'N183 慢性腎臟病第三期', 'I2510 自體的冠狀動脈粥樣硬化心臟病，未伴有心絞痛',
			'K219 胃食道逆流性疾病，未伴有食道炎', 'M545 下背痛', 'J189 肺炎', 'R51 頭痛'])[1 + pg_temp.chance(
			row_number() OVER (ORDER BY visit_no)::int + seq * 31, 'icd', 10)] AS diagnosis
	FROM his.visit, generate_series(1, 2) AS seq
) AS d
ORDER BY visit_no, seq;

INSERT INTO his.lab_item (item_no, item_name, loinc, unit, ucum, ref_low, ref_high) VALUES
	('C09005', '飯前血糖', '1558-6', 'mg/dL', 'mg/dL', 70, 99),
	('C09006', '糖化血色素', '4548-4', '%', '%', 4.0, 5.6),
	('C09015', '肌酸酐', '2160-0', 'mg/dL', 'mg/dL', 0.60, 1.20),
	('C09026', '丙胺酸轉胺酶', '1742-6', 'U/L', 'U/L', NULL, 40),
	('C08003', '血色素', '718-7', 'g/dL', 'g/dL', 12.0, 16.0),
	('C09022', '鉀', '2823-3', 'mmol/L', 'mmol/L', 3.5, 5.1),
	('C06012', '尿蛋白（試紙）', '20454-5', NULL, NULL, NULL, NULL),
	('ZZ0001', '自費維生素檢測', NULL, 'ng/mL', 'ng/mL', 30, 100);

INSERT INTO his.lab (lab_no, visit_no, item_no, result, rpt_dt)
SELECT 700000 + row_number() OVER (ORDER BY v.visit_no, item.n), v.visit_no, item.no,
	CASE item.n
		WHEN 1 THEN (78 + pg_temp.chance(seed, 'glucose', 90))::text
		WHEN 2 THEN round(4.8 + pg_temp.chance(seed, 'hba1c', 50) / 10.0, 1)::text
		WHEN 3 THEN round(0.55 + pg_temp.chance(seed, 'creatinine', 140) / 100.0, 2)::text
		WHEN 4 THEN (9 + pg_temp.chance(seed, 'alt', 70))::text
		WHEN 5 THEN round(9.5 + pg_temp.chance(seed, 'hb', 75) / 10.0, 1)::text
		WHEN 6 THEN round(3.2 + pg_temp.chance(seed, 'k', 23) / 10.0, 1)::text
		WHEN 7 THEN ('{-,-,-,+/-,1+,2+}'::text[])[1 + pg_temp.chance(seed, 'protein', 6)]
		ELSE round(12 + pg_temp.chance(seed, 'vitamin', 900) / 10.0, 1)::text
	END,
	v.in_dt + interval '95 minutes'
FROM his.visit v,
	LATERAL (SELECT right(v.visit_no, 5)::int AS serial) AS s,
	LATERAL unnest('{C09005,C09006,C09015,C09026,C08003,C09022,C06012,ZZ0001}'::text[]) WITH ORDINALITY AS item (no, n),
	LATERAL (SELECT serial * 8 + item.n::int AS seed) AS x
WHERE serial % 3 = 0 AND pg_temp.chance(serial + item.n::int, 'ordered', 8) < 3;

-- 120 patients measure at home, mornings and evenings for three weeks; every
-- fourth of them lies in a ward, where the pulse is taken as well.
INSERT INTO his."生命徵象" ("序號", "病歷號", "就診號", "項目", "數值", "量測時間", "量測人員")
SELECT row_number() OVER (ORDER BY p, day, evening, item.no), lpad((8860000 + p)::text, 8, '0'),
	CASE WHEN p % 4 = 0 THEN stay.visit_no END, item.code,
	CASE item.code
		WHEN 'SBP' THEN 104 + (p * 13) % 46 + sway + CASE WHEN evening = 0 THEN 6 ELSE 0 END
		WHEN 'DBP' THEN 62 + (p * 7) % 24 + sway / 2
		ELSE 58 + pg_temp.chance(p * 100 + day * 2 + evening, 'pulse', 34)
	END::text,
	timestamp '2025-02-03 07:00' + day * interval '1 day' + evening * interval '13 hours 30 minutes'
		+ pg_temp.chance(p * 100 + day * 2 + evening, 'minute', 50) * interval '1 minute',
	CASE WHEN p % 4 = 0 THEN 'D00004' END
FROM generate_series(1, 120) AS p
	CROSS JOIN generate_series(0, 20) AS day
	CROSS JOIN generate_series(0, 1) AS evening
	CROSS JOIN (VALUES (1, 'SBP'), (2, 'DBP'), (3, 'HR')) AS item (no, code)
	CROSS JOIN LATERAL (SELECT pg_temp.chance(p * 100 + day * 2 + evening, 'sway', 9 + p % 22) - (4 + p % 22 / 2) AS sway) AS s
	LEFT JOIN LATERAL (
		SELECT visit_no FROM his.visit v WHERE v.chart_no = lpad((8860000 + p)::text, 8, '0') ORDER BY visit_no LIMIT 1
	) AS stay ON true
WHERE item.code <> 'HR' OR p % 4 = 0;
