-- mean arterial pressure and average real variability of arrays
SELECT calc_map(120, 80), calc_map(140, 90), calc_map(80, 80), calc_map(120.5, 79.25);
SELECT bool_and(calc_map(80 + p, 80) = 80::float8 + p::float8 / 3) AS like_sql
FROM generate_series(0, 200) p;
SELECT calc_map(NULL, 80), calc_map(120, NULL), calc_map(120, 80, NULL), calc_map(NULL, 80, 70);

-- during exercise the share of the pulse pressure grows with the heart rate
SELECT hr, round(calc_map(120, 80, hr)::numeric, 10) AS map, round((calc_map(120, 80, hr)::numeric - 80) / 40, 6) AS share
FROM unnest(ARRAY[1, 40, 64, 72.5, 180]) hr;
SELECT bool_and(abs(calc_map(160, 85, hr) - (85 + 0.01 * exp(4.14 - 40.74 / hr) * 75)) < 1e-12) AS like_numeric
FROM (SELECT generate_series(30, 220)::numeric AS hr) s;

-- nine differences that add up to 44: over n, and over n - 1
SELECT calc_arv('{120,122,118,126,124,128,120,122,116,124}') AS hospital,
	calc_arv('{120,122,118,126,124,128,120,122,116,124}', '{0,1,1,1,1,1,1,1,1,1}') AS published;
SELECT calc_arv('{120,122,118,126,124,128,120,122,116,124}', '{2,2,2,2,2,2,2,2,2,2}') AS equal_weights,
	calc_arv('{120,130,125}', '{1,2,3}') AS "35/6", calc_arv('{120,130,125}', '{1,0,0}') AS first_only;
SELECT calc_arv('{120,110}') AS two, calc_arv('{120,110,113}') AS "13/3", calc_arv('[5:6]={120,110}'::float8[]) AS lower_bound;
SELECT calc_arv(ARRAY[120, 110]) AS of_integer, calc_arv(ARRAY[120.5, 110.5]) AS of_numeric;

-- NULL readings are skipped, and their weights with them
SELECT calc_arv('{NULL,120,NULL,110,113,NULL}') AS "13/3",
	calc_arv('{120,NULL,130,125}', '{1,9,2,3}') AS "35/6", calc_arv('{120,NULL,130,125}', '{1,NULL,2,3}') AS "35/6 too";
SELECT calc_arv('{}'), calc_arv('{120}'), calc_arv('{120,NULL}'), calc_arv('{NULL,NULL}'), calc_arv(NULL),
	calc_arv('{}', '{}'), calc_arv('{120}', '{1}'), calc_arv('{120}', NULL), calc_arv(NULL, '{1}');

-- one bad row need not stop a report
SELECT avg(calc_map(sbp, dbp)) FILTER (WHERE sbp >= dbp AND dbp > 0) FROM (VALUES (120, 80), (0, 0), (60, 90)) v (sbp, dbp);

-- bad input: the argument and its range, never the value
SELECT calc_map(0, 80);
SELECT calc_map(120, -1);
SELECT calc_map(79, 80);
SELECT calc_map(120, 80, 0);
SELECT calc_arv('{120,0}');
SELECT calc_arv('{120,130}', '{1}');
SELECT calc_arv('{120,130}', '{1,-1}');
SELECT calc_arv('{120,130}', '{0,0}');
SELECT calc_arv('{120,130}', '{1,NULL}');
SELECT calc_arv('{{120,130},{120,130}}');
SELECT calc_arv('{120,130}', '{{1,1}}');
\set VERBOSITY sqlstate
SELECT calc_map('NaN', 80);
SELECT calc_map('Infinity', 80);
SELECT calc_map(120, 'NaN');
SELECT calc_map(120, 'Infinity');
SELECT calc_map(79, 80, 70);
SELECT calc_map(-120, 80, 70);
SELECT calc_map(120, 80, -70);
SELECT calc_map(120, 80, 'NaN');
SELECT calc_map(120, 80, 'Infinity');
SELECT calc_arv('{120,-5,110}');
SELECT calc_arv('{120,NaN}');
SELECT calc_arv('{Infinity}');
SELECT calc_arv('{1e308,1,1e308,1,1e308}');
SELECT calc_arv('{120,NaN}', '{1,1}');
SELECT calc_arv('{120,130}', '{1,NaN}');
SELECT calc_arv('{120,130}', '{1,Infinity}');
SELECT calc_arv('{120,130}', '{1e308,1e308}');
