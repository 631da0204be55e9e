-- driver.sql
--		What a benchmark calls: bench.compare(); bench.against() when the peer is
--		another program; bench.record() when it measures by itself.
--
-- Ours and the peer run in turn (A B A B ...) inside one backend, after one
-- run of each that is not counted.  The figure is the median of the runs, the
-- ratio is peer / ours: 2 means twice as fast as the peer.  A statement of
-- seconds is an average in itself: three runs of it are enough.
--
-- What cannot be measured so is measured by the file itself, which hands the
-- figures to bench.record().
--
-- Settings, by PGOPTIONS: bench.runs, how many counted runs of each;
-- bench.only, a regular expression that a benchmark's name must match.

CREATE SCHEMA bench;

CREATE TABLE bench.result (
	name text PRIMARY KEY,
	ours float8 NOT NULL,
	peer float8 NOT NULL,
	unit text NOT NULL,		-- what ends in /s is a rate
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

-- Opens another session of this database, by the file's dblink.
CREATE FUNCTION bench.connect(name text, options text DEFAULT '') RETURNS void
	LANGUAGE plpgsql AS $$
BEGIN
	PERFORM dblink_connect(name, format('host=%s user=%s dbname=%s options=''%s''',
		current_setting('unix_socket_directories'), current_user, current_database(), options));
END
$$;

-- Seconds that a statement takes as the first of a connection, but for SELECT 1:
-- the median of nine connections.
CREATE FUNCTION bench.first_seconds(statement text) RETURNS float8
	LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz;
	times float8[];
BEGIN
	FOR i IN 1..9 LOOP
		PERFORM bench.connect('first');
		PERFORM * FROM dblink('first', 'SELECT 1') AS t (i int);
		began := clock_timestamp();
		PERFORM * FROM dblink('first', statement) AS t (result text);
		times := times || extract(epoch FROM clock_timestamp() - began)::float8;
		PERFORM dblink_disconnect('first');
	END LOOP;
	RETURN bench.median(times);
END
$$;

-- Is this benchmark to be run?
CREATE FUNCTION bench.is_wanted(name text) RETURNS boolean
	LANGUAGE sql AS $$
SELECT name ~ current_setting('bench.only')
$$;

-- Reports a figure that its file has measured beside another, a peer's or one
-- that is promised.
CREATE PROCEDURE bench.record(name text, unit text, ours float8, peer float8, claim float8 DEFAULT NULL)
	LANGUAGE plpgsql AS $$
BEGIN
	IF bench.is_wanted(name) THEN
		INSERT INTO bench.result (name, ours, peer, unit, claim) VALUES (name, ours, peer, unit, claim);
	END IF;
END
$$;

-- Has a statement with these times been run often enough?
CREATE FUNCTION bench.is_done(times float8[]) RETURNS boolean
	LANGUAGE sql AS $$
SELECT coalesce(cardinality(times) > CASE WHEN times[1] > 2 THEN least(runs, 2) ELSE runs END, false)
FROM CAST(current_setting('bench.runs') AS int) runs
$$;

-- What is reported of all the times of a statement: the first run has warmed
-- up the others, but what takes seconds does not gain by that.
CREATE FUNCTION bench.figure(times float8[]) RETURNS float8
	LANGUAGE sql AS $$
SELECT bench.median(CASE WHEN times[1] > 2 THEN times ELSE times[2:] END)
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
	ours_times float8[];
	peer_times float8[];
BEGIN
	IF NOT bench.is_wanted(name) THEN
		RETURN;
	END IF;
	WHILE NOT bench.is_done(ours_times) OR NOT bench.is_done(peer_times) LOOP
		IF NOT bench.is_done(ours_times) THEN
			EXECUTE ours_settings;
			ours_times := ours_times || bench.seconds(ours);
		END IF;
		IF NOT bench.is_done(peer_times) THEN
			EXECUTE peer_settings;
			peer_times := peer_times || bench.seconds(peer);
		END IF;
	END LOOP;
	INSERT INTO bench.result (name, ours, peer, unit, claim)
		VALUES (name, bench.in_unit(bench.figure(ours_times), rows, unit),
				bench.in_unit(bench.figure(peer_times), rows, unit), unit, claim);
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
	times float8[];
BEGIN
	IF peer_us IS NULL OR NOT bench.is_wanted(name) THEN
		RETURN;
	END IF;
	WHILE NOT bench.is_done(times) LOOP
		times := times || bench.seconds(ours);
	END LOOP;
	INSERT INTO bench.result (name, ours, peer, unit, claim)
		VALUES (name, bench.in_unit(bench.figure(times), rows, 'us/row'), peer_us, 'us/row', claim);
END
$$;

-- The results as they are reported.  Of a rate, more is better; of the other
-- units, less is, and nothing at all is infinitely better.
CREATE VIEW bench.report AS
SELECT name, round(ours::numeric, 4) AS ours, round(peer::numeric, 4) AS peer, round(ratio::numeric, 2) AS ratio,
	unit, coalesce(round(ratio::numeric, 2) < claim, false) AS is_missed, claim
FROM bench.result, LATERAL (
	SELECT CASE WHEN unit LIKE '%/s' THEN ours / peer WHEN ours = 0 THEN 'Infinity' ELSE peer / ours END AS ratio
) r
ORDER BY seq;
