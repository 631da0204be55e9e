-- What holds for the extension as a whole.

-- every object that a user can meet has a comment
SELECT pg_describe_object(classid, objid, objsubid) AS without_comment
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'fhir_bridge')
	AND classid IN ('pg_proc'::regclass, 'pg_class'::regclass, 'pg_type'::regclass)
	AND NOT EXISTS (SELECT FROM pg_class WHERE classid = 'pg_class'::regclass AND oid = objid AND relkind NOT IN ('r', 'v'))
	AND NOT EXISTS (SELECT FROM pg_type WHERE classid = 'pg_type'::regclass AND oid = objid AND (typrelid <> 0 OR typelem <> 0))
	AND obj_description(objid, classid::regclass::name) IS NULL
ORDER BY 1;

-- no function runs with its owner's rights unless it pins its search_path
SELECT p.oid::regprocedure AS unpinned
FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'fhir_bridge')
	AND p.prosecdef AND NOT coalesce(p.proconfig::text LIKE '%search_path%', false)
ORDER BY 1;

-- it can be removed and created again, wholly in a schema of its own
DROP EXTENSION fhir_bridge;
CREATE SCHEMA fhir;
CREATE EXTENSION fhir_bridge SCHEMA fhir;
SELECT n.nspname, count(*) > 0 AS has_functions
FROM pg_depend d JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
	JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'fhir_bridge')
GROUP BY 1 ORDER BY 1;
DROP EXTENSION fhir_bridge;
DROP SCHEMA fhir;	-- nothing is left in it

-- and back where the other tests expect it
CREATE EXTENSION fhir_bridge;

-- bad input: the trigger function is for the extension's own triggers
SELECT fhir_bridge_table_changed();
CREATE ROLE regress_base_visitor;
SET ROLE regress_base_visitor;
CREATE TEMP TABLE mine (a int);
CREATE TRIGGER mine AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION fhir_bridge_table_changed();
DROP TABLE mine;
RESET ROLE;
DROP ROLE regress_base_visitor;
