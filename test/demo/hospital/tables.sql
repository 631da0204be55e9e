/*
 * tables.sql
 *		The invented hospital's own tables, as such systems have them.
 *
 * Abbreviated names beside Chinese ones, char(n), dates in years of the
 * Republic as text, times without zone, and no foreign keys: nothing keeps a
 * visit from naming a doctor who is not there.
 */

CREATE SCHEMA his;
COMMENT ON SCHEMA his IS 'an invented hospital information system';

CREATE TABLE his.dept (
	dept_no char(4) PRIMARY KEY,
	dept_name varchar(40),
	tel varchar(20)
);
COMMENT ON TABLE his.dept IS 'departments';

CREATE TABLE his.staff (
	emp_no char(6) PRIMARY KEY,
	emp_name varchar(40),
	emp_ename varchar(40),
	sex char(1),
	idno char(10),
	lic_no varchar(20),
	title varchar(20),
	quit_dt char(7)
);
COMMENT ON TABLE his.staff IS 'doctors and nurses';

CREATE TABLE his.patbas (
	chart_no char(10) PRIMARY KEY,
	idno varchar(12),
	pt_name varchar(60),
	pt_ename varchar(60),
	sex varchar(2),
	birth varchar(20),
	tel_h varchar(30),
	tel_m varchar(30),
	zip varchar(6),
	addr varchar(100),
	nation char(2),
	upd_dt timestamp
);
COMMENT ON TABLE his.patbas IS 'patients';

CREATE TABLE his.visit (
	visit_no char(12) PRIMARY KEY,
	chart_no char(10),
	visit_type varchar(2),
	dept_no char(4),
	dr_no char(6),
	in_dt timestamp,
	out_dt timestamp,
	cancel_yn char(1)
);
COMMENT ON TABLE his.visit IS 'visits and stays';

CREATE TABLE his.diag (
	visit_no char(12),
	seq smallint,
	icd varchar(10),
	icd_ver char(2),
	diag_name varchar(100),
	PRIMARY KEY (visit_no, seq)
);
COMMENT ON TABLE his.diag IS 'diagnoses of visits; codes as claims have them, without the dot';

CREATE TABLE his.lab_item (
	item_no char(6) PRIMARY KEY,
	item_name varchar(60),
	loinc varchar(10),
	unit varchar(20),
	ucum varchar(20),
	ref_low numeric,
	ref_high numeric
);
COMMENT ON TABLE his.lab_item IS 'what the laboratory measures';

CREATE TABLE his.lab (
	lab_no bigint PRIMARY KEY,
	visit_no char(12),
	item_no char(6),
	result varchar(40),
	rpt_dt timestamp
);
COMMENT ON TABLE his.lab IS 'results of the laboratory';

CREATE TABLE his."生命徵象" (
	"序號" bigint PRIMARY KEY,
	"病歷號" char(10),
	"就診號" char(12),
	"項目" varchar(4),
	"數值" varchar(10),
	"量測時間" timestamp,
	"量測人員" char(6)
);
COMMENT ON TABLE his."生命徵象" IS 'vital signs, one a row: SBP and DBP in mmHg, HR a minute';
CREATE INDEX ON his."生命徵象" ("病歷號", "量測時間");
CREATE INDEX ON his.visit (chart_no);
