-- catalogs.sql
--		The extension as the catalogs have it: a row for each property of each
--		object, in names alone, so that two databases can be compared.
--
-- Members are those of pg_depend; with them go columns, defaults, constraints,
-- indexes, triggers and rules.  What a database or a day decides is left out:
-- OIDs, transaction ids, files, statistics, and the mark that a recent
-- minor release keeps among a column's options.

SET search_path = pg_catalog;
SET quote_all_identifiers = off;

CREATE TEMP TABLE extension AS SELECT * FROM pg_extension WHERE extname = 'fhir_bridge';

CREATE TEMP TABLE member AS
	SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS object
	FROM pg_depend d, extension e
	WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e';

-- All that belongs to a member's table or view, by whatever catalog.
CREATE TEMP TABLE part AS
	SELECT classid, objid, object FROM member
	UNION SELECT 'pg_constraint'::regclass, c.oid, pg_describe_object('pg_constraint'::regclass, c.oid, 0)
		FROM pg_constraint c JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.conrelid
	UNION SELECT 'pg_class'::regclass, i.indexrelid, pg_describe_object('pg_class'::regclass, i.indexrelid, 0)
		FROM pg_index i JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = i.indrelid
	UNION SELECT 'pg_trigger'::regclass, t.oid, pg_describe_object('pg_trigger'::regclass, t.oid, 0)
		FROM pg_trigger t JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = t.tgrelid
	UNION SELECT 'pg_rewrite'::regclass, r.oid, pg_describe_object('pg_rewrite'::regclass, r.oid, 0)
		FROM pg_rewrite r JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = r.ev_class
	UNION SELECT 'pg_attrdef'::regclass, a.oid, pg_describe_object('pg_attrdef'::regclass, a.oid, 0)
		FROM pg_attrdef a JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = a.adrelid
	UNION SELECT 'pg_policy'::regclass, p.oid, pg_describe_object('pg_policy'::regclass, p.oid, 0)
		FROM pg_policy p JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = p.polrelid
	UNION SELECT 'pg_class'::regclass, d.objid, pg_describe_object('pg_class'::regclass, d.objid, 0)
		FROM pg_depend d JOIN member m ON d.classid = 'pg_class'::regclass AND d.refclassid = m.classid AND d.refobjid = m.objid
		WHERE d.deptype IN ('a', 'i') AND d.objid NOT IN (SELECT oid FROM pg_class WHERE relkind = 't');

-- A list of rights in a fixed order; NULL stays NULL, which is not the same as none.
CREATE FUNCTION pg_temp.rights(acl aclitem[]) RETURNS text LANGUAGE sql AS
	$$ SELECT CASE WHEN acl IS NOT NULL THEN (SELECT coalesce(string_agg(a::text, ' ' ORDER BY a::text), '(none)') FROM unnest(acl) a) END $$;

-- A row of a catalog without what is another one's number.
CREATE FUNCTION pg_temp.plain(r anyelement, VARIADIC numbers text[]) RETURNS text LANGUAGE sql AS
	$$ SELECT (to_jsonb(r) - 'oid' - numbers)::text $$;

SELECT p.object, v.property, v.value
FROM part p, LATERAL (
		SELECT 'is a member', CASE WHEN m.objid IS NULL THEN 'no' ELSE 'yes' END
			FROM (SELECT 1) one LEFT JOIN member m ON (m.classid, m.objid) = (p.classid, p.objid)
	UNION ALL
		SELECT 'comment' || CASE d.objsubid WHEN 0 THEN '' ELSE ' on column ' || pg_describe_object(d.classoid, d.objoid, d.objsubid) END, d.description
			FROM pg_description d WHERE d.classoid = p.classid AND d.objoid = p.objid
	UNION ALL
		SELECT 'first rights' || CASE i.objsubid WHEN 0 THEN '' ELSE ' on ' || pg_describe_object(i.classoid, i.objoid, i.objsubid) END, pg_temp.rights(i.initprivs)
			FROM pg_init_privs i WHERE i.classoid = p.classid AND i.objoid = p.objid
	UNION ALL
		SELECT 'needs', concat_ws(' ', d.deptype, pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid), 'by column ' || nullif(d.objsubid, 0))
			FROM pg_depend d WHERE d.classid = p.classid AND d.objid = p.objid AND d.deptype <> 'e'
	UNION ALL
		SELECT 'function', concat_ws(' ', pg_temp.plain(f, 'pronamespace', 'proowner', 'prolang', 'provariadic', 'prorettype', 'proargtypes', 'proallargtypes', 'proargdefaults',
				'prosqlbody', 'proacl'), (SELECT lanname FROM pg_language WHERE oid = f.prolang), pg_get_function_arguments(f.oid),
				pg_get_function_result(f.oid), pg_get_function_sqlbody(f.oid))
			FROM pg_proc f WHERE p.classid = 'pg_proc'::regclass AND f.oid = p.objid
	UNION ALL
		SELECT 'aggregate', concat_ws(' ', pg_temp.plain(a, 'aggtranstype', 'aggmtranstype', 'aggsortop'), aggtranstype::regtype, aggmtranstype::regtype,
				aggsortop::regoper)
			FROM pg_aggregate a WHERE p.classid = 'pg_proc'::regclass AND a.aggfnoid = p.objid
	UNION ALL
		SELECT 'rights', pg_temp.rights(proacl) FROM pg_proc WHERE p.classid = 'pg_proc'::regclass AND oid = p.objid
	UNION ALL
		SELECT 'relation', concat_ws(' ', relkind, relpersistence, relreplident, relhasrules, relhastriggers, relrowsecurity, relforcerowsecurity,
				reloptions, (SELECT amname FROM pg_am WHERE oid = relam), relnamespace::regnamespace)
			FROM pg_class WHERE p.classid = 'pg_class'::regclass AND oid = p.objid
	UNION ALL
		SELECT 'rights', pg_temp.rights(relacl) FROM pg_class WHERE p.classid = 'pg_class'::regclass AND oid = p.objid
	UNION ALL
		SELECT 'column ' || row_number() OVER (ORDER BY attnum), concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, atthasdef, attstorage, attcompression,
				attidentity, attgenerated, attislocal, attinhcount, nullif(attcollation, 0)::regcollation,
				(SELECT array_agg(o) FROM unnest(attoptions) o WHERE o !~ '^pg_attver='), pg_temp.rights(attacl))
			FROM pg_attribute WHERE p.classid = 'pg_class'::regclass AND attrelid = p.objid AND attnum > 0 AND NOT attisdropped
	UNION ALL
		SELECT 'definition', pg_get_viewdef(oid) FROM pg_class WHERE p.classid = 'pg_class'::regclass AND oid = p.objid AND relkind IN ('v', 'm')
	UNION ALL
		SELECT 'definition', concat_ws(' ', pg_get_indexdef(indexrelid), indisunique, indisprimary, indisvalid, indimmediate, indisreplident)
			FROM pg_index WHERE p.classid = 'pg_class'::regclass AND indexrelid = p.objid
	UNION ALL
		SELECT 'sequence', concat_ws(' ', pg_temp.plain(s, 'seqrelid', 'seqtypid'), seqtypid::regtype) FROM pg_sequence s WHERE p.classid = 'pg_class'::regclass AND seqrelid = p.objid
	UNION ALL
		SELECT 'definition', concat_ws(' ', pg_get_constraintdef(oid), convalidated, condeferrable, condeferred, conislocal, connoinherit)
			FROM pg_constraint WHERE p.classid = 'pg_constraint'::regclass AND oid = p.objid
	UNION ALL
		SELECT 'definition', concat_ws(' ', pg_get_triggerdef(oid), tgenabled) FROM pg_trigger WHERE p.classid = 'pg_trigger'::regclass AND oid = p.objid
	UNION ALL
		SELECT 'definition', concat_ws(' ', pg_get_ruledef(oid), ev_enabled) FROM pg_rewrite WHERE p.classid = 'pg_rewrite'::regclass AND oid = p.objid
	UNION ALL
		SELECT 'definition', pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE p.classid = 'pg_attrdef'::regclass AND oid = p.objid
	UNION ALL
		SELECT 'policy', concat_ws(' ', polcmd, polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
			FROM pg_policy WHERE p.classid = 'pg_policy'::regclass AND oid = p.objid
	UNION ALL
		SELECT 'type', concat_ws(' ', pg_temp.plain(t, 'typnamespace', 'typowner', 'typrelid', 'typelem', 'typarray', 'typbasetype', 'typcollation', 'typdefaultbin', 'typacl'),
				pg_temp.rights(typacl), (SELECT string_agg(enumlabel, ' ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))
			FROM pg_type t WHERE p.classid = 'pg_type'::regclass AND t.oid = p.objid
	UNION ALL
		SELECT 'event trigger', concat_ws(' ', pg_temp.plain(t, 'evtowner', 'evtfoid'), evtfoid::regprocedure) FROM pg_event_trigger t WHERE p.classid = 'pg_event_trigger'::regclass AND t.oid = p.objid
	UNION ALL
		SELECT 'wrapper', concat_ws(' ', pg_temp.plain(w, 'fdwowner', 'fdwhandler', 'fdwvalidator', 'fdwacl'), fdwhandler::regproc, fdwvalidator::regproc, pg_temp.rights(fdwacl))
			FROM pg_foreign_data_wrapper w WHERE p.classid = 'pg_foreign_data_wrapper'::regclass AND w.oid = p.objid
	UNION ALL
		SELECT 'operator', concat_ws(' ', pg_temp.plain(o, 'oprnamespace', 'oprowner', 'oprleft', 'oprright', 'oprresult', 'oprcom', 'oprnegate'), oprresult::regtype, oprcom::regoperator, oprnegate::regoperator)
			FROM pg_operator o WHERE p.classid = 'pg_operator'::regclass AND o.oid = p.objid
	UNION ALL
		SELECT 'operator class', concat_ws(' ', pg_temp.plain(c, 'opcnamespace', 'opcowner', 'opcmethod', 'opcfamily', 'opcintype', 'opckeytype'), (SELECT amname FROM pg_am WHERE oid = opcmethod), opcintype::regtype, opckeytype::regtype)
			FROM pg_opclass c WHERE p.classid = 'pg_opclass'::regclass AND c.oid = p.objid
	UNION ALL
		SELECT 'operator family', concat_ws(' ', 'operator', amopstrategy, amoppurpose, amopopr::regoperator) FROM pg_amop WHERE p.classid = 'pg_opfamily'::regclass AND amopfamily = p.objid
	UNION ALL
		SELECT 'operator family', concat_ws(' ', 'function', amprocnum, amproclefttype::regtype, amprocrighttype::regtype, amproc::regprocedure)
			FROM pg_amproc WHERE p.classid = 'pg_opfamily'::regclass AND amprocfamily = p.objid
	UNION ALL
		SELECT 'cast', concat_ws(' ', castcontext, castmethod, castfunc::regprocedure) FROM pg_cast WHERE p.classid = 'pg_cast'::regclass AND oid = p.objid
	) v (property, value)
UNION ALL
SELECT 'the extension', 'dumped table', t.object || ' ' || coalesce(e.extcondition[t.n], '')
	FROM extension e, LATERAL (SELECT n, pg_describe_object('pg_class'::regclass, c, 0) FROM unnest(e.extconfig) WITH ORDINALITY u (c, n)) t (n, object)
UNION ALL
SELECT 'the extension', 'properties', pg_temp.plain(e, 'extowner', 'extnamespace', 'extconfig', 'extcondition') FROM extension e
UNION ALL
-- what would be a property of a kind that is not told above
SELECT object, 'of a kind that catalogs.sql does not know', classid::regclass::text FROM part
	WHERE classid NOT IN ('pg_proc'::regclass, 'pg_class'::regclass, 'pg_constraint'::regclass, 'pg_trigger'::regclass, 'pg_rewrite'::regclass, 'pg_attrdef'::regclass,
		'pg_policy'::regclass, 'pg_type'::regclass, 'pg_event_trigger'::regclass, 'pg_foreign_data_wrapper'::regclass, 'pg_operator'::regclass, 'pg_cast'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass)
ORDER BY 1, 2, 3;
