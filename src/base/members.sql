/*
 * The beginning of each script: which objects the extension has already, for
 * rights.sql. None when it is created; when it is updated, those of which sites
 * may have granted rights.
 */
SELECT pg_catalog.set_config('fhir_bridge_script.members',
	coalesce((SELECT pg_catalog.array_agg(d.classid || ' ' || d.objid)
		FROM pg_catalog.pg_extension e
			JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
				AND d.refobjid = e.oid AND d.deptype = 'e'
		WHERE e.extname = 'fhir_bridge'), '{}')::text, true);
