-- driver.sql
--		What a benchmark calls: bench.compare(), or bench.against() when the
--		peer is another program.
--
-- Ours and the peer run in turn (A B A B ...) inside one backend, after one
-- run of each that is not counted.  The figure is the median of the runs, the
-- ratio is peer / ours: 2 means twice as fast as the peer.
--
-- Settings, by PGOPTIONS: bench.runs, how many counted runs of each;
-- bench.only, a regular expression that a benchmark's name must match.

CREATE SCHEMA bench;

CREATE TABLE bench.result (
	name text PRIMARY KEY,
	ours float8 NOT NULL,
	peer float8 NOT NULL,
	unit text NOT NULL,
	claim float8,			-- the least ratio that the project promises
	seq int GENERATED ALWAYS AS IDENTITY
);

-- Seconds that a statement takes.  EXECUTE plans it each time and throws its
-- rows away; COPY ... TO '/dev/null' writes them out.
CREATE FUNCTION bench.seconds(statement text) RETURNS float8
	LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz := clock_timestamp();
BEGIN
	EXECUTE statement;
	RETURN extract(epoch FROM clock_timestamp() - began);
END
$$;

-- The middle one.
CREATE FUNCTION bench.median(times float8[]) RETURNS float8
	LANGUAGE sql AS $$
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(times) t
$$;

-- Measures one pair of statements.  rows says how many rows each works on, for
-- the units us/row (microseconds) and rows/s; ms and s are a whole statement's
-- time.  The settings are statements that run, untimed, before each run, such
-- as 'SET work_mem = ''1GB'''.
CREATE PROCEDURE bench.compare(name text, ours text, peer text, rows bigint,
	unit text DEFAULT 'us/row', claim float8 DEFAULT NULL,
	ours_settings text DEFAULT '', peer_settings text DEFAULT '')
	LANGUAGE plpgsql AS $$
DECLARE
	runs int := current_setting('bench.runs');
	ours_times float8[];
	peer_times float8[];
	seconds float8;
BEGIN
	IF name !~ current_setting('bench.only') THEN
		RETURN;
	END IF;
	FOR run IN 0..runs LOOP
		EXECUTE ours_settings;
		seconds := bench.seconds(ours);
		IF run > 0 THEN
			ours_times := ours_times || seconds;
		END IF;
		EXECUTE peer_settings;
		seconds := bench.seconds(peer);
		IF run > 0 THEN
			peer_times := peer_times || seconds;
		END IF;
	END LOOP;
	INSERT INTO bench.result (name, ours, peer, unit, claim)
		VALUES (name, bench.in_unit(bench.median(ours_times), rows, unit),
				bench.in_unit(bench.median(peer_times), rows, unit), unit, claim);
END
$$;

-- Seconds for so many rows, in a unit of compare().
CREATE FUNCTION bench.in_unit(seconds float8, rows bigint, unit text) RETURNS float8
	LANGUAGE plpgsql AS $$
BEGIN
	RETURN CASE unit
		WHEN 'us/row' THEN seconds * 1e6 / rows
		WHEN 'rows/s' THEN rows / seconds
		WHEN 'ms' THEN seconds * 1e3
		WHEN 's' THEN seconds
	END;
END
$$;

-- The same beside a peer that is another program, whose time per row in
-- microseconds it has measured itself; does nothing when that is NULL.
CREATE PROCEDURE bench.against(name text, ours text, peer_us float8, rows bigint, claim float8 DEFAULT NULL)
	LANGUAGE plpgsql AS $$
DECLARE
	runs int := current_setting('bench.runs');
	times float8[];
	seconds float8;
BEGIN
	IF peer_us IS NULL OR name !~ current_setting('bench.only') THEN
		RETURN;
	END IF;
	FOR run IN 0..runs LOOP
		seconds := bench.seconds(ours);
		IF run > 0 THEN
			times := times || seconds;
		END IF;
	END LOOP;
	INSERT INTO bench.result (name, ours, peer, unit, claim)
		VALUES (name, bench.in_unit(bench.median(times), rows, 'us/row'), peer_us, 'us/row', claim);
END
$$;

-- The results as they are reported.  More rows a second are better; of the
-- other units, less is.
CREATE VIEW bench.report AS
SELECT name, round(ours::numeric, 4) AS ours, round(peer::numeric, 4) AS peer,
	round((CASE WHEN unit = 'rows/s' THEN ours / peer ELSE peer / ours END)::numeric, 2) AS ratio,
	unit, claim
FROM bench.result
ORDER BY seq;
