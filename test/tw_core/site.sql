/*
 * site.sql
 *		What a site does after the pack: a code map of its own, a role that
 *		reads.
 */

SET client_encoding = 'UTF8';
SET search_path = public, fhir;

SELECT fhir_code_map('tw_core_sex', '{"甲": "male", "乙": "female"}', unmapped => 'omit');
UPDATE clinic.patient SET sex = '乙' WHERE chart_no = '1004';

DO $$
BEGIN
	IF to_regrole('tw_core_reader') IS NOT NULL THEN
		DROP OWNED BY tw_core_reader;
		DROP ROLE tw_core_reader;
	END IF;
END
$$;
CREATE ROLE tw_core_reader;
GRANT USAGE ON SCHEMA fhir, tw_core TO tw_core_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA tw_core TO tw_core_reader;
