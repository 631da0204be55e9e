-- identity numbers and dates of Taiwan

-- national ids; every letter's number takes part in the check digit
SELECT tw_id_valid('A123456789'), tw_id_valid('F131693602'), tw_id_valid('Z298765438'),
	tw_id_valid('I200000005'), tw_id_valid('O135792462'), tw_id_valid('W123123123');
-- resident ids from 2021: the National Immigration Agency's A800000014
SELECT tw_id_valid('A800000014'), tw_id_valid('A900000016'), tw_id_valid('A870000015'), tw_id_valid('H912345670');
-- resident ids until 2020
SELECT tw_id_valid('AA00000009'), tw_id_valid('AB00207171'), tw_id_valid('AC03095424'), tw_id_valid('AD30196818'),
	tw_id_valid('FA12345670'), tw_id_valid('QD76543218');
-- exactly one check digit is right
SELECT stem, count(*) FILTER (WHERE tw_id_valid(stem || digit)) AS valid
FROM (VALUES ('A12345678'), ('Z29876543'), ('A80000001'), ('ZC0000000')) s (stem), generate_series(0, 9) digit
GROUP BY stem ORDER BY stem;
-- one wrong digit is noticed but for seven cases, where weight times change is a multiple of ten
SELECT count(*) AS changed, count(*) FILTER (WHERE tw_id_valid(overlay('A123456789' PLACING digit::text FROM place))) AS valid
FROM generate_series(3, 10) place, generate_series(0, 9) digit
WHERE substr('A123456789', place, 1) <> digit::text;
SELECT tw_id_valid(NULL) IS NULL AS of_null;

-- the forms of a date
SET DateStyle = 'ISO';
SELECT form, roc_date(form)
FROM unnest(ARRAY['0790101', '790101', '79/1/1', '79/01/01', '079-01-01', '79.1.1', ' 0790101 ',
	'民國79年1月1日', '79年01月01日', '1/1/1', '1130229', '113/2/29', '9991231', '010101', '0010101']) form;
SELECT roc_date('') IS NULL AS empty, roc_date(E' \t\n') IS NULL AS blank, roc_date(NULL) IS NULL AS of_null;
SELECT bool_and(roc_date(to_char(extract(year FROM d) - 1911, 'FM000') || to_char(d, 'MMDD')) = d) AS every_day
FROM (SELECT date '1912-01-01' + i AS d FROM generate_series(0, 60000) i) s;

-- not identity numbers, and never an error
SELECT id, tw_id_valid(id)
FROM unnest(ARRAY['', 'A', 'A12345678', 'A1234567890', 'a123456789', ' A123456789', 'A123456789 ', 'A323456789',
	'A023456789', '1123456789', 'AE00000000', 'Aa00000009', 'A12345678X', 'A12345-789', '王小明王']) id;

-- not dates of the Republic
SELECT roc_date('19900101');
SELECT roc_date('1130230');
\set VERBOSITY sqlstate
SELECT roc_date('90101');
SELECT roc_date('1990/1/1');
SELECT roc_date('79/1-1');
SELECT roc_date('79/1');
SELECT roc_date('79/1/1/1');
SELECT roc_date('79/001/1');
SELECT roc_date('79/ 1/1');
SELECT roc_date('-790101');
SELECT roc_date('79/1/1 08:00');
SELECT roc_date('民國前1年1月1日');
SELECT roc_date('民國790101');
SELECT roc_date('79年1月1');
SELECT roc_date('７９/1/1');
SELECT roc_date('date');
SELECT roc_date('0000101');
SELECT roc_date('0/1/1');
SELECT roc_date('79/0/1');
SELECT roc_date('79/13/1');
SELECT roc_date('79/1/0');
SELECT roc_date('79/4/31');
SELECT roc_date('1120229');
