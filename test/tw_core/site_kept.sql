/*
 * site_kept.sql
 *		After a second run of the pack: the site's queries and code map stay,
 *		the views give nobody more than the tables do, and indexes are of use.
 */

SET client_encoding = 'UTF8';
SET search_path = public, fhir;

SELECT count(*) = 4, 'the site''s query is still in tw_core.patient' FROM tw_core.patient;
SELECT fhir_from_row(p.*) ->> 'gender' = 'female', 'the site''s code map stays'
FROM tw_core.patient p WHERE chart_no = '1004';
SELECT fhir_from_row(p.*) ->> 'gender' = 'unknown', 'a code that the site''s map does not have is unknown'
FROM tw_core.patient p WHERE chart_no = '1001';
SELECT count(*) = 7 AND bool_and(timezone = 'Asia/Taipei'), 'seven mappings' FROM fhir_mapping;
SELECT bool_and('security_invoker=true' = ANY (reloptions)), format('%s views let the invoker read', count(*))
FROM pg_class WHERE relnamespace = 'tw_core'::regnamespace AND relkind = 'v'
HAVING count(*) = 7;

-- An error's code, or that there was none.
CREATE FUNCTION pg_temp.outcome(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	RETURN 'none';
EXCEPTION
	WHEN OTHERS THEN
		RETURN SQLSTATE;
END
$$;

SET ROLE tw_core_reader;
SELECT pg_temp.outcome('SELECT fhir.fhir_from_row(p.*) FROM tw_core.patient p') = '42501',
	'a role without rights on the site''s table gets nothing';
RESET ROLE;
GRANT USAGE ON SCHEMA clinic TO tw_core_reader;
GRANT SELECT ON clinic.patient TO tw_core_reader;
SET ROLE tw_core_reader;
SELECT count(fhir_from_row(p.*)) = 4, 'a role with rights on view and table needs no others' FROM tw_core.patient p;
RESET ROLE;

-- One patient's blood pressures come through the index of the site's table.
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query;
END
$$;
SET enable_seqscan = off;
SELECT bool_or(line ~ 'Index Cond:.*chart_no') AND NOT bool_or(line ~ 'Seq Scan'), 'conditions on blood pressures reach the index'
FROM pg_temp.plan('SELECT * FROM tw_core.blood_pressure WHERE chart_no = ''1001''') AS line;
RESET enable_seqscan;

-- The contract: a query of other columns is refused.
SELECT pg_temp.outcome($$CREATE OR REPLACE VIEW tw_core.organization WITH (security_invoker = true) AS SELECT 1 AS organization_no$$) = '42P16',
	'a query with other types than the contract''s is refused';

DROP OWNED BY tw_core_reader;
DROP ROLE tw_core_reader;
