/*
 * people.sql
 *		The invented hospital's departments, staff and patients.
 *
 * Nobody in it exists.  The same rows come out each time: what looks like
 * chance is a digest of the row's number (pg_temp.chance).
 */

-- A number from 0 to below sides, the same each time for n and what.
CREATE FUNCTION pg_temp.chance(n int, what text, sides int) RETURNS int
	LANGUAGE sql IMMUTABLE
	RETURN ('x' || substr(md5(n || what), 1, 7))::bit(28)::int % sides;

-- An identity number with its check digit: a letter, what follows it, and the
-- serial number.  The letter counts as two digits; an old resident id's second
-- letter as the last digit of its two.
CREATE FUNCTION pg_temp.identity_number(letter text, second text, serial int) RETURNS text
	LANGUAGE sql IMMUTABLE
	BEGIN ATOMIC
		WITH number AS (
			SELECT letter || second || lpad(serial::text, 7, '0') AS body,
				9 + strpos('ABCDEFGHJKLMNPQRSTUVXYWZIO', letter) AS first,
				CASE WHEN second ~ '[A-D]' THEN strpos('ABCD', second) - 1 ELSE second::int END AS next
		)
		SELECT body || (10 - (first / 10 + first % 10 * 9 + next * 8 + (
				SELECT sum(substr(body, place, 1)::int * (10 - place)) FROM generate_series(3, 9) AS place)) % 10) % 10
		FROM number;
	END;

CREATE TEMP TABLE surname AS
	SELECT ordinality::int - 1 AS n, split_part(pair, ' ', 1) AS zh, split_part(pair, ' ', 2) AS en
	FROM unnest('{陳 Chen,林 Lin,黃 Huang,張 Chang,李 Lee,王 Wang,吳 Wu,劉 Liu,蔡 Tsai,楊 Yang,
		許 Hsu,鄭 Cheng,謝 Hsieh,郭 Kuo,洪 Hung,曾 Tseng,邱 Chiu,廖 Liao,賴 Lai,周 Chou,
		歐陽 Ouyang,葉 Yeh,蘇 Su,莊 Chuang,呂 Lu}'::text[]) WITH ORDINALITY AS list (pair);

-- Even numbers are women's names, odd ones men's.
CREATE TEMP TABLE given AS
	SELECT ordinality::int - 1 AS n, split_part(pair, ' ', 1) AS zh, split_part(pair, ' ', 2) AS en
	FROM unnest('{淑芬 Shu-Fen,志明 Chih-Ming,美玲 Mei-Ling,家豪 Chia-Hao,怡君 Yi-Chun,俊傑 Chun-Chieh,
		雅婷 Ya-Ting,建宏 Chien-Hung,佳穎 Chia-Ying,文雄 Wen-Hsiung,惠雯 Hui-Wen,宗翰 Tsung-Han,
		秀英 Hsiu-Ying,承恩 Cheng-En,麗華 Li-Hua,冠宇 Kuan-Yu,宜蓁 Yi-Chen,明哲 Ming-Che,
		詩涵 Shih-Han,國華 Kuo-Hua,月娥 Yueh-O,金龍 Chin-Lung,玉珍 Yu-Chen,永康 Yung-Kang}'::text[])
		WITH ORDINALITY AS list (pair);

CREATE TEMP TABLE town AS
	SELECT ordinality::int - 1 AS n, split_part(t, ' ', 1) AS zip, split_part(t, ' ', 2) AS letter,
		split_part(t, ' ', 3) AS name
	FROM unnest('{103 A 臺北市大同區,220 F 新北市板橋區,330 H 桃園市桃園區,407 B 臺中市西屯區,700 D 臺南市中西區,
		807 E 高雄市三民區,970 U 花蓮縣花蓮市,950 V 臺東縣臺東市}'::text[]) WITH ORDINALITY AS list (t);

CREATE TEMP TABLE road AS
	SELECT ordinality::int - 1 AS n, name
	FROM unnest('{中山路,中正路,成功路一段,民生東路,和平西路二段,光復路,忠孝路,博愛街}'::text[]) WITH ORDINALITY AS list (name);

INSERT INTO his.dept (dept_no, dept_name, tel)
SELECT lpad((100 + ordinality * 10)::text, 4, '0'), name,
	CASE WHEN ordinality % 5 > 0 THEN '02-5550-01' || lpad(ordinality::text, 2, '0') END
FROM unnest('{家庭醫學科,一般內科,心臟內科,腎臟內科,新陳代謝科,胸腔內科,神經內科,一般外科,骨科,婦產科,小兒科,急診醫學科}'::text[])
	WITH ORDINALITY AS list (name);

INSERT INTO his.staff (emp_no, emp_name, emp_ename, sex, idno, lic_no, title, quit_dt)
SELECT 'D' || lpad(i::text, 5, '0'), s.zh || g.zh, upper(s.en || ', ' || g.en),
	CASE g.n % 2 WHEN 0 THEN 'F' ELSE 'M' END,
	pg_temp.identity_number('A', CASE g.n % 2 WHEN 0 THEN '2' ELSE '1' END, 5000000 + i * 7919),
	CASE WHEN i % 4 > 0 THEN 'MD' || lpad((30000 + i * 17)::text, 6, '0') END,
	CASE WHEN i % 4 = 0 THEN '護理師' WHEN i % 7 = 0 THEN '主任醫師' ELSE '主治醫師' END,
	CASE WHEN i % 13 = 0 THEN '1121231' END
FROM generate_series(1, 40) AS i
	JOIN surname s ON s.n = pg_temp.chance(i, 'staff', 25)
	JOIN given g ON g.n = pg_temp.chance(i, 'name of staff', 24)
ORDER BY i;

CREATE TEMP TABLE person AS
SELECT i, s.zh || g.zh AS name, upper(s.en || ', ' || g.en) AS ename, g.n % 2 = 0 AS woman,
	t.zip, t.letter, t.name || r.name || (1 + pg_temp.chance(i, 'house', 200)) || '號' AS addr,
	date '1930-01-01' + pg_temp.chance(i, 'birth', 34000) AS birth
FROM generate_series(1, 1000) AS i
	JOIN surname s ON s.n = pg_temp.chance(i, 'surname', 25)
	JOIN given g ON g.n = pg_temp.chance(i, 'given', 24)
	JOIN town t ON t.n = pg_temp.chance(i, 'town', 8)
	JOIN road r ON r.n = pg_temp.chance(i, 'road', 8);

-- Clean rows, but for how each clerk writes dates, telephones and the sex.
INSERT INTO his.patbas (chart_no, idno, pt_name, pt_ename, sex, birth, tel_h, tel_m, zip, addr, nation, upd_dt)
SELECT lpad((8860000 + i)::text, 8, '0'),
	CASE
		WHEN i % 50 = 7 THEN pg_temp.identity_number(letter, CASE WHEN woman THEN '9' ELSE '8' END, 1000000 + i)
		WHEN i % 100 = 13 THEN pg_temp.identity_number(letter, CASE WHEN woman THEN 'D' ELSE 'C' END, 2000000 + i)
		WHEN i % 125 = 21 THEN CASE WHEN i % 2 = 0 THEN 'USA' ELSE 'TWN' END || lpad((310000000 + i)::text, 9, '0')
		ELSE pg_temp.identity_number(letter, CASE WHEN woman THEN '2' ELSE '1' END, 3000000 + i * 37)
	END,
	name, CASE WHEN i % 3 > 0 THEN ename END,
	CASE i % 4 WHEN 0 THEN CASE WHEN woman THEN '2' ELSE '1' END WHEN 1 THEN CASE WHEN woman THEN '女' ELSE '男' END
		ELSE CASE WHEN woman THEN 'F' ELSE 'M' END END,
	CASE i % 5
		WHEN 0 THEN year || '/' || month || '/' || day
		WHEN 1 THEN lpad(year::text, 3, '0') || '-' || lpad(month::text, 2, '0') || '-' || lpad(day::text, 2, '0')
		WHEN 2 THEN '民國' || year || '年' || month || '月' || day || '日'
		ELSE lpad(year::text, 3, '0') || lpad(month::text, 2, '0') || lpad(day::text, 2, '0')
	END,
	CASE WHEN i % 4 = 1 THEN '02-5550' || lpad((i * 7)::text, 4, '0') END,
	CASE i % 3 WHEN 0 THEN '0900-' || lpad((i / 10)::text, 3, '0') || '-' || lpad(i::text, 3, '0')
		ELSE '0900' || lpad(i::text, 6, '0') END,
	zip || CASE WHEN i % 3 = 0 THEN '41' ELSE '' END, addr,
	CASE WHEN i % 50 = 7 OR i % 100 = 13 THEN 'VN' WHEN i % 250 = 146 THEN 'US' ELSE 'TW' END,
	timestamp '2025-01-01 08:00' + i * interval '83 minutes'
FROM person,
	LATERAL (SELECT greatest(extract(year FROM birth)::int - 1911, 1) AS year, extract(month FROM birth)::int AS month,
		extract(day FROM birth)::int AS day) AS roc
ORDER BY i;
