-- nobody's default privileges reach what the extension keeps for its owner;
-- in a database of its own, since the extension is made again and again
\set dbname :DBNAME
CREATE ROLE base_app;
CREATE DATABASE base_rights;
\c base_rights
CREATE SCHEMA fhir;

-- who may do what besides the owner, with the objects that are not for all
CREATE VIEW rights AS
SELECT o.object, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS grantee,
	string_agg(a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END, ' ' ORDER BY a.privilege_type) AS may
FROM pg_depend d,
	LATERAL (
		SELECT relname::text AS object, relowner AS owner, relacl AS acl
		FROM pg_class c
		WHERE d.classid = 'pg_class'::regclass AND c.oid = d.objid
	UNION ALL
		SELECT replace(p.oid::regprocedure::text, 'fhir.', ''), proowner, proacl
		FROM pg_proc p
		WHERE d.classid = 'pg_proc'::regclass AND p.oid = d.objid
			AND p.oid IN (SELECT objoid FROM pg_init_privs WHERE classoid = 'pg_proc'::regclass)
	UNION ALL
		SELECT fdwname::text, fdwowner, fdwacl
		FROM pg_foreign_data_wrapper f
		WHERE d.classid = 'pg_foreign_data_wrapper'::regclass AND f.oid = d.objid
	) o, aclexplode(o.acl) a
WHERE d.deptype = 'e' AND a.grantee <> o.owner
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'fhir_bridge')
GROUP BY 1, 2;

CREATE EXTENSION fhir_bridge SCHEMA fhir;
SELECT * FROM rights ORDER BY object COLLATE "C", grantee;
CREATE TABLE plain AS SELECT * FROM rights;
-- what PUBLIC may not call by itself is in that list: what only the owner has, too
SELECT count(*) AS forgotten
FROM pg_proc p
WHERE pronamespace = 'fhir'::regnamespace AND NOT has_function_privilege('base_app', p.oid, 'EXECUTE')
	AND NOT EXISTS (SELECT FROM pg_init_privs WHERE objoid = p.oid AND classoid = 'pg_proc'::regclass);

-- Makes the extension anew under a default privilege, and says what differs.
CREATE FUNCTION differs_under(privilege text) RETURNS TABLE (object text, grantee text, may text)
LANGUAGE plpgsql AS $$
BEGIN
	DROP EXTENSION fhir_bridge;
	EXECUTE 'ALTER DEFAULT PRIVILEGES ' || privilege;
	CREATE EXTENSION fhir_bridge SCHEMA fhir;
	EXECUTE 'ALTER DEFAULT PRIVILEGES ' || replace(replace(regexp_replace(privilege, 'GRANT', 'REVOKE'), ' TO ', ' FROM '),
		' WITH GRANT OPTION', '');
	RETURN QUERY (TABLE rights EXCEPT TABLE plain) UNION ALL (TABLE plain EXCEPT TABLE rights);
END
$$;
SELECT privilege, d.*
FROM unnest(ARRAY[
	'GRANT SELECT ON TABLES TO base_app',
	'GRANT ALL ON TABLES TO base_app WITH GRANT OPTION',
	'GRANT ALL ON TABLES TO PUBLIC',
	'GRANT ALL ON TABLES TO fhir_bridge_user, pg_monitor',
	'FOR ROLE CURRENT_USER GRANT TRIGGER ON TABLES TO base_app',
	'IN SCHEMA fhir GRANT ALL ON TABLES TO base_app',
	'GRANT ALL ON SEQUENCES TO base_app',
	'IN SCHEMA fhir GRANT USAGE ON SEQUENCES TO PUBLIC',
	'GRANT EXECUTE ON FUNCTIONS TO base_app',
	'GRANT EXECUTE ON ROUTINES TO base_app WITH GRANT OPTION',
	'IN SCHEMA fhir GRANT EXECUTE ON FUNCTIONS TO base_app, PUBLIC',
	'GRANT EXECUTE ON FUNCTIONS TO fhir_bridge_user, pg_monitor, pg_signal_backend',
	'GRANT USAGE ON TYPES TO base_app',
	'GRANT ALL ON SCHEMAS TO base_app']) privilege, differs_under(privilege) d;

-- what they would have had, by name
DROP EXTENSION fhir_bridge;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;	-- as careful sites do
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO base_app;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO base_app;
CREATE EXTENSION fhir_bridge SCHEMA fhir;
GRANT USAGE ON SCHEMA fhir TO base_app;
TABLE rights EXCEPT TABLE plain;
SET ROLE base_app;
SELECT fhir.tw_id_valid('A123456789') AS still_callable;
SELECT count(*) FROM fhir.fhir_mapping;
SELECT count(*) FROM fhir.fhir_secret;
SELECT count(*) FROM fhir.aics_queue;
SELECT nextval('fhir.aics_job_id');
SELECT fhir.fhir_id('patient', 1);
SELECT fhir.fhir_id_key('\x00');
SELECT fhir.aics_purge('1 day');
UPDATE fhir.fhir_mapping SET approved = '\x00';
DELETE FROM fhir.fhir_code_map_entry;
RESET ROLE;

\c :dbname
DROP DATABASE base_rights;
DROP ROLE base_app;
