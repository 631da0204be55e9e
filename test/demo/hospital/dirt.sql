/*
 * dirt.sql
 *		What the invented hospital's tables are like after twenty years.
 *
 * Each kind of dirt has its line in views.sql, where it is cleaned or left out.
 */

/* patients */
UPDATE his.patbas SET pt_name = U&'\3000' || pt_name || U&'\3000 ' WHERE right(chart_no, 3)::int % 29 = 4;
UPDATE his.patbas SET pt_name = replace(pt_name, substr(pt_name, 1, 1), substr(pt_name, 1, 1) || U&'\3000')
	WHERE right(chart_no, 3)::int % 83 = 11;
UPDATE his.patbas SET pt_ename = lower(pt_ename) || '  ' WHERE right(chart_no, 3)::int % 31 = 2;
UPDATE his.patbas SET pt_ename = '.' WHERE right(chart_no, 3)::int % 97 = 5;
UPDATE his.patbas SET sex = 'X' WHERE right(chart_no, 3)::int % 143 = 9;
UPDATE his.patbas SET sex = ' ' WHERE right(chart_no, 3)::int % 211 = 12;
UPDATE his.patbas SET sex = NULL WHERE right(chart_no, 3)::int % 307 = 30;
UPDATE his.patbas SET birth = '0000000' WHERE right(chart_no, 3)::int % 103 = 8;
UPDATE his.patbas SET birth = '不詳' WHERE right(chart_no, 3)::int % 157 = 16;
UPDATE his.patbas SET birth = '0790231' WHERE right(chart_no, 3)::int % 331 = 20;
UPDATE his.patbas SET birth = '' WHERE right(chart_no, 3)::int % 173 = 24;
UPDATE his.patbas SET birth = NULL WHERE right(chart_no, 3)::int % 199 = 28;
UPDATE his.patbas SET birth = ' ' || birth || ' ' WHERE right(chart_no, 3)::int % 41 = 33;
UPDATE his.patbas SET idno = lower(idno) || '  ' WHERE right(chart_no, 3)::int % 37 = 6;
UPDATE his.patbas SET idno = left(idno, 9) || (right(idno, 1)::int + 1) % 10 WHERE right(chart_no, 3)::int % 149 = 10;
UPDATE his.patbas SET idno = 'NA' WHERE right(chart_no, 3)::int % 127 = 14;
UPDATE his.patbas SET idno = '' WHERE right(chart_no, 3)::int % 191 = 18;
UPDATE his.patbas SET tel_m = '無' WHERE right(chart_no, 3)::int % 61 = 3;
UPDATE his.patbas SET tel_m = U&'\FF10\FF19\FF10\FF10' || substr(tel_m, 5)
	WHERE right(chart_no, 3)::int % 79 = 17 AND tel_m <> '無';
UPDATE his.patbas SET zip = '000', addr = U&' \3000' WHERE right(chart_no, 3)::int % 67 = 15;
UPDATE his.patbas SET nation = '' WHERE right(chart_no, 3)::int % 53 = 19;
INSERT INTO his.patbas (chart_no, idno, pt_name, pt_ename, sex, birth, upd_dt) VALUES
	('99999901', 'A123456789', '測試一', 'TEST, ONE', 'M', '0790101', '2025-01-01 00:00'),
	('99999902', NULL, '測試二（勿刪）', NULL, 'F', '0790101', '2025-01-01 00:00');

/* visits and diagnoses */
UPDATE his.visit SET out_dt = NULL WHERE visit_type = 'O' AND right(visit_no, 5)::int % 6 = 1;
UPDATE his.visit SET in_dt = NULL, out_dt = NULL WHERE right(visit_no, 5)::int % 401 = 7;
UPDATE his.visit SET visit_type = '9' WHERE right(visit_no, 5)::int % 307 = 9;
UPDATE his.visit SET visit_type = '門診' WHERE visit_type = 'O' AND right(visit_no, 5)::int % 11 = 5;
UPDATE his.visit SET dr_no = 'D99999' WHERE right(visit_no, 5)::int % 113 = 15;
UPDATE his.visit SET dr_no = NULL, dept_no = '' WHERE right(visit_no, 5)::int % 131 = 17;
UPDATE his.visit SET cancel_yn = 'Y', out_dt = NULL WHERE visit_type = 'O' AND right(visit_no, 5)::int % 59 = 21;
INSERT INTO his.visit (visit_no, chart_no, visit_type, dept_no, dr_no, in_dt, out_dt, cancel_yn) VALUES
	('O25022899001', '77777777', 'O', '0110', 'D00001', '2025-02-28 09:00', '2025-02-28 09:20', 'N'),
	('O25022899002', '99999901', 'O', '0110', 'D00001', '2025-02-28 09:30', NULL, 'N');
UPDATE his.diag SET icd = lower(icd) || ' ' WHERE right(visit_no, 5)::int % 23 = 8;
UPDATE his.diag SET icd = '', icd_ver = NULL WHERE seq = 2 AND right(visit_no, 5)::int % 47 = 10;
UPDATE his.diag SET icd = '', diag_name = U&'\3000' WHERE seq = 2 AND right(visit_no, 5)::int % 101 = 13;
UPDATE his.diag SET icd = '4019', icd_ver = '09', diag_name = '本態性高血壓' WHERE seq = 2 AND right(visit_no, 5)::int % 83 = 14;
INSERT INTO his.diag (visit_no, seq, icd, icd_ver, diag_name) VALUES ('O25022899001', 1, 'I10', '23', '本態性（原發性）高血壓');

/* results and vital signs */
UPDATE his.lab SET result = '<' || result WHERE item_no = 'C09026' AND lab_no % 17 = 3;
UPDATE his.lab SET result = '檢體溶血' WHERE item_no = 'C09022' AND lab_no % 13 = 1;
UPDATE his.lab SET result = U&'\3000' WHERE lab_no % 149 = 5;
UPDATE his.lab SET item_no = 'QQ0000' WHERE lab_no % 199 = 7;
UPDATE his.lab SET visit_no = 'O00000000000' WHERE lab_no % 397 = 11;
UPDATE his."生命徵象" SET "數值" = '量不到' WHERE "項目" = 'DBP' AND "序號" % 443 = 1;
UPDATE his."生命徵象" SET "量測時間" = NULL WHERE "序號" % 1999 = 4;
DELETE FROM his."生命徵象" WHERE "項目" = 'SBP' AND "序號" % 401 = 6;
DELETE FROM his."生命徵象" WHERE "項目" = 'DBP' AND "序號" % 397 = 9;
INSERT INTO his."生命徵象"
	SELECT 1000000 + "序號", "病歷號", "就診號", "項目", ("數值"::int + 1)::text, "量測時間", "量測人員"
	FROM his."生命徵象" WHERE "項目" = 'SBP' AND "序號" % 509 = 13;
