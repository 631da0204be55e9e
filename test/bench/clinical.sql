-- clinical: formulas, each beside the same formula as a plain SQL expression

CREATE TABLE pressure AS
SELECT 110 + i % 50 AS sbp, 60 + i % 40 AS dbp, 55 + i % 90 AS hr FROM generate_series(1, :rows) i;
ALTER TABLE pressure ALTER sbp TYPE float8, ALTER dbp TYPE float8, ALTER hr TYPE float8;
VACUUM ANALYZE pressure;

CALL bench.compare('calc_map at rest against SQL', rows => :rows, claim => 0.8,
	ours => 'SELECT count(calc_map(sbp, dbp)) FROM pressure',
	peer => 'SELECT count(dbp + (sbp - dbp) / 3) FROM pressure');

CALL bench.compare('calc_map in exercise against SQL', rows => :rows, claim => 0.8,
	ours => 'SELECT count(calc_map(sbp, dbp, hr)) FROM pressure',
	peer => 'SELECT count(dbp + 0.01 * exp(4.14 - 40.74 / hr) * (sbp - dbp)) FROM pressure');
