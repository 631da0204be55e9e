/*
 * The end of each script: nobody but the owner keeps a right on a new object
 * that the script has not given itself.
 *
 * ALTER DEFAULT PRIVILEGES gives rights on each new object, also to a reporting
 * role on the table of the secret.  So every table, view and sequence of the
 * extension loses them here, and so does every function of which the script has
 * revoked something: such a function is not for all.  The others are anyway, or
 * are not because the site wants it so.
 *
 * What the script grants comes behind this: make moves each line that begins
 * with GRANT to the end.  In a script for ALTER EXTENSION ... UPDATE, objects
 * that were there before are left alone (members.sql): sites may have granted
 * rights on them in the meantime.
 */
DO $$
DECLARE
	revoke text;
BEGIN
	FOR revoke IN
		SELECT DISTINCT pg_catalog.format('REVOKE ALL ON %s FROM %s CASCADE', o.object,
			CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::pg_catalog.regrole::text END)
		FROM pg_catalog.pg_extension e
			JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
				AND d.refobjid = e.oid AND d.deptype = 'e',
			LATERAL (
				SELECT CASE WHEN c.relkind = 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.oid::pg_catalog.regclass,
					c.relowner, c.relacl
				FROM pg_catalog.pg_class c
				WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objid
			UNION ALL
				SELECT 'ROUTINE ' || p.oid::pg_catalog.regprocedure, p.proowner, p.proacl
				FROM pg_catalog.pg_proc p
					-- it is there for what a script has granted or revoked
					JOIN pg_catalog.pg_init_privs i ON i.classoid = d.classid AND i.objoid = p.oid
				WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = d.objid
			) o (object, owner, acl),
			LATERAL pg_catalog.aclexplode(o.acl) a
		WHERE e.extname = 'fhir_bridge' AND a.grantee <> o.owner
			AND d.classid || ' ' || d.objid <> ALL (pg_catalog.current_setting('fhir_bridge_script.members')::text[])
	LOOP
		EXECUTE revoke;
	END LOOP;
END
$$;
