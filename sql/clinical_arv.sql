-- the aggregate arv: average real variability as published
CREATE TABLE clinical_bp (patient int, bp float8, measured_at timestamptz);
INSERT INTO clinical_bp
SELECT 1, bp, timestamptz '2024-01-01 00:00+00' + n * interval '15 min'
FROM unnest('{120,122,118,126,124,128,120,122,116,124}'::float8[]) WITH ORDINALITY u (bp, n);
INSERT INTO clinical_bp
SELECT 2, bp, timestamptz '2024-01-01 00:00+00' + minutes * interval '1 min'
FROM (VALUES (120, 0), (126, 15), (118, 30), (130, 60), (121, 120), (110, 480)) v (bp, minutes);
-- two readings at one time: 120, 124, 130, 127 by time and then value
INSERT INTO clinical_bp VALUES (3, 127, '2024-01-01 00:30+00'), (3, 130, '2024-01-01 00:15+00'),
	(3, 120, '2024-01-01 00:00+00'), (3, 124, '2024-01-01 00:15+00');
INSERT INTO clinical_bp VALUES (4, 120, '2024-01-01 00:00+00'), (4, 130, '2024-01-01 00:00+00');
INSERT INTO clinical_bp VALUES (5, 120, '2024-01-01 00:00+00');
INSERT INTO clinical_bp VALUES (6, 120, '2024-01-01 00:00+00'), (6, NULL, '2024-01-01 00:10+00'),
	(6, 500, NULL), (6, 110, '2024-01-01 01:00+00');
INSERT INTO clinical_bp VALUES (7, NULL, NULL);

-- 44/9; 5070/480; (4 + 0 + 3)/2; one time; one reading; NULLs skipped; none
SELECT patient, arv(bp, measured_at) FROM clinical_bp GROUP BY patient ORDER BY patient;
SELECT arv(bp, measured_at) FROM clinical_bp WHERE false;
-- the order of the rows does not matter
SELECT arv(bp, measured_at ORDER BY bp DESC) AS falling, arv(bp, measured_at ORDER BY measured_at DESC) AS backwards
FROM clinical_bp WHERE patient = 2;
-- readings of one time are taken by value, whichever came first, also where all else is in order
SELECT arv(bp, t ORDER BY n) FROM (VALUES (1, 120, timestamptz '2024-01-01 00:00+00'), (2, 130, '2024-01-01 00:15+00'), (3, 124, '2024-01-01 00:15+00'),
	(4, 127, '2024-01-01 00:30+00')) v (n, bp, t);
SELECT arv(bp, t ORDER BY n) FROM (VALUES (1, 120, timestamptz '2024-01-01 00:00+00'), (2, 124, '2024-01-01 00:15+00'), (3, 130, '2024-01-01 00:15+00'),
	(4, 127, '2024-01-01 00:30+00')) v (n, bp, t);
-- calc_arv with intervals as weights, and 0 as the first, is the same figure
SELECT arv(bp, measured_at) = calc_arv(array_agg(bp ORDER BY measured_at), '{0,15,15,30,60,360}') AS same
FROM clinical_bp WHERE patient = 2;
-- as a window function
SELECT bp, arv(bp, measured_at) OVER (ORDER BY measured_at) AS so_far,
	arv(bp, measured_at) OVER (ORDER BY measured_at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS step
FROM clinical_bp WHERE patient = 2 ORDER BY measured_at;
-- the widest interval that there is
SELECT arv(bp, t) FROM (VALUES (120, '4713-01-01 00:00 BC'::timestamptz), (130, '294276-12-31 23:59:59.999999+00')) v (bp, t);

-- groups that grow side by side, a reading each minute: differences of 1, and of 1, 2, 1 in turn
SELECT k, arv(100 + CASE k WHEN 1 THEN i % 2 ELSE i % 3 END, timestamptz '2024-01-01 00:00+00' + i * interval '1 min')
FROM generate_series(1, 30001) i, generate_series(1, 2) k GROUP BY k ORDER BY k;

-- parallel workers find the same as one process
CREATE TABLE clinical_many AS
SELECT i % 50 AS patient, (100 + i * 7919 % 41)::float8 AS bp,
	timestamptz '2024-01-01 00:00+00' + i * 104729 % 100003 * interval '1 s' AS measured_at
FROM generate_series(1, 20000) i;
ANALYZE clinical_many;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE clinical_serial AS SELECT patient, arv(bp, measured_at) FROM clinical_many GROUP BY patient;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET enable_hashagg = off;	-- one plan, whatever the server's costs are
EXPLAIN (COSTS OFF) SELECT patient, arv(bp, measured_at) FROM clinical_many GROUP BY patient;
CREATE TABLE clinical_parallel AS SELECT patient, arv(bp, measured_at) FROM clinical_many GROUP BY patient;
SELECT count(*), bool_and(s.arv = p.arv) AS same FROM clinical_serial s JOIN clinical_parallel p USING (patient);
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET enable_hashagg;
DROP TABLE clinical_bp, clinical_many, clinical_serial, clinical_parallel;

-- bad input
SELECT arv(0, now());
SELECT arv(120, 'infinity');
\set VERBOSITY sqlstate
SELECT arv(-1, now());
SELECT arv('NaN', now());
SELECT arv('Infinity', now());
SELECT arv(120, '-infinity');
SELECT arv(bp, t) FROM (VALUES (1.7e308::float8, now()), (1, now() + interval '1 h')) v (bp, t);
