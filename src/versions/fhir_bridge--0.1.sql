\echo Use "CREATE EXTENSION fhir_bridge" to load this file. \quit
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
/* base: what the other rooms' tables need */

-- Private. Tells every session that the table's rows have changed.
CREATE FUNCTION fhir_bridge_table_changed() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'fhir_bridge_table_changed';
COMMENT ON FUNCTION fhir_bridge_table_changed() IS
	'private: trigger that tells every session that the table''s rows have changed';
REVOKE ALL ON FUNCTION fhir_bridge_table_changed() FROM PUBLIC;	-- only the extension's own triggers use it

-- For indexes. Leakproof, so that row-level security leaves the index in use.
CREATE FUNCTION fhir_fold(text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 3
	AS 'MODULE_PATHNAME', 'fhir_bridge_fold';
COMMENT ON FUNCTION fhir_fold(text) IS
	'the text without case, accents and compatibility forms, as FHIR compares strings: CREATE INDEX ON patient (fhir_fold(name) COLLATE "C") serves searches by the beginning of a name';
/* ident: ids, the secret behind them, identity numbers and dates of Taiwan */

CREATE FUNCTION md5_uuid(text) RETURNS uuid
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'fhir_bridge_md5_uuid';
COMMENT ON FUNCTION md5_uuid(text) IS
	'MD5 of the text''s UTF-8 bytes as uuid: the same 32 hex digits as md5(). Compatible, not private: see fhir_id';

CREATE FUNCTION fhir_id(kind text, VARIADIC key "any") RETURNS uuid
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3
	AS 'MODULE_PATHNAME', 'fhir_bridge_fhir_id';
COMMENT ON FUNCTION fhir_id(text, "any") IS
	'private id of a kind of thing and its keys: HMAC-SHA-256 under the database''s secret, as UUID version 8; equal values of different types, also integer 1 and text ''1'', give the same id';
REVOKE ALL ON FUNCTION fhir_id(text, "any") FROM PUBLIC;	-- who may call it can try every identity number

-- For indexes. Leakproof, so that row-level security leaves the index in use;
-- it raises nothing and shows nothing of its arguments.
CREATE FUNCTION fhir_index_id(kind text, VARIADIC key "any") RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 4
	AS 'MODULE_PATHNAME', 'fhir_bridge_index_id';
COMMENT ON FUNCTION fhir_index_id(text, "any") IS
	'a tag of fhir_id(kind, key...) for an index, by which fhir_read and fhir_search find a row: CREATE INDEX ON patient (fhir_index_id(''patient'', id_no)). Tells nothing of the id without the secret; NULL where there is no id';

-- Private. Makes the first secret; also useful before fhir_id_key.
CREATE FUNCTION fhir_bridge_new_secret() RETURNS bytea
	LANGUAGE c VOLATILE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_new_secret';
COMMENT ON FUNCTION fhir_bridge_new_secret() IS
	'private: 32 bytes from the system''s source of strong random numbers';
REVOKE ALL ON FUNCTION fhir_bridge_new_secret() FROM PUBLIC;	-- the install script uses it

CREATE TABLE fhir_secret (
	secret bytea NOT NULL CHECK (octet_length(secret) = 32),
	made_at timestamptz DEFAULT now(),
	singleton boolean PRIMARY KEY GENERATED ALWAYS AS (true) STORED
);
COMMENT ON TABLE fhir_secret IS
	'the secret of fhir_id, in one row. Who reads it, a dump of it or a publication FOR ALL TABLES can compute every id';
COMMENT ON COLUMN fhir_secret.secret IS '32 bytes; the key of HMAC-SHA-256';
COMMENT ON COLUMN fhir_secret.made_at IS 'when the secret was made, or set by fhir_id_key';
COMMENT ON COLUMN fhir_secret.singleton IS 'always true: one row. Generated, because the error of a CHECK would show the secret';
REVOKE ALL ON TABLE fhir_secret FROM PUBLIC;	-- the owner alone; fhir_id needs no privilege on it

-- A restore copies the old row over the one that CREATE EXTENSION has made.
CREATE FUNCTION fhir_bridge_replace_secret() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_replace_secret';
COMMENT ON FUNCTION fhir_bridge_replace_secret() IS
	'private: trigger that deletes the present secret before another is inserted';
REVOKE ALL ON FUNCTION fhir_bridge_replace_secret() FROM PUBLIC;	-- deletes rows; only its own trigger uses it

CREATE TRIGGER fhir_secret_replace BEFORE INSERT ON fhir_secret
	FOR EACH ROW EXECUTE FUNCTION fhir_bridge_replace_secret();
CREATE TRIGGER fhir_secret_changed AFTER INSERT OR UPDATE OR DELETE ON fhir_secret
	FOR EACH ROW EXECUTE FUNCTION fhir_bridge_table_changed();
CREATE TRIGGER fhir_secret_truncated AFTER TRUNCATE ON fhir_secret
	FOR EACH STATEMENT EXECUTE FUNCTION fhir_bridge_table_changed();
-- A restore may have loaded tables before: what they store of ids is the new secret's.
CREATE FUNCTION fhir_bridge_stored_ids() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_stored_ids';
COMMENT ON FUNCTION fhir_bridge_stored_ids() IS
	'private: trigger that computes stored generated columns of ids again after another secret has been inserted';
REVOKE ALL ON FUNCTION fhir_bridge_stored_ids() FROM PUBLIC;	-- writes tables; only its own trigger uses it
CREATE TRIGGER fhir_secret_stored AFTER INSERT ON fhir_secret
	FOR EACH ROW EXECUTE FUNCTION fhir_bridge_stored_ids();
COMMENT ON TRIGGER fhir_secret_stored ON fhir_secret IS 'computes stored ids again under the restored secret';
ALTER TABLE fhir_secret ENABLE ALWAYS TRIGGER fhir_secret_stored;
COMMENT ON TRIGGER fhir_secret_replace ON fhir_secret IS 'lets a restored row take the place of the new one';
COMMENT ON TRIGGER fhir_secret_changed ON fhir_secret IS 'tells every session to forget the old secret';
COMMENT ON TRIGGER fhir_secret_truncated ON fhir_secret IS 'tells every session to forget the old secret';

-- Also under session_replication_role = replica: else replicas would keep old ids.
ALTER TABLE fhir_secret ENABLE ALWAYS TRIGGER fhir_secret_replace;
ALTER TABLE fhir_secret ENABLE ALWAYS TRIGGER fhir_secret_changed;
ALTER TABLE fhir_secret ENABLE ALWAYS TRIGGER fhir_secret_truncated;

INSERT INTO fhir_secret (secret) VALUES (fhir_bridge_new_secret());
SELECT pg_catalog.pg_extension_config_dump('fhir_secret', '');

-- What holds ids of the present secret. Walks pg_depend from fhir_id through
-- functions (bodies in SQL standard form), views and materialized views.
-- A function whose body is a string leaves no trace there.
CREATE FUNCTION fhir_bridge_id_dependents(OUT object text, OUT remedy text, OUT relation oid, OUT again text) RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 10
	SET search_path = pg_catalog, pg_temp
	AS $$
	WITH RECURSIVE reached (classid, objid) AS (
		SELECT 'pg_proc'::regclass::oid, oid
		FROM pg_proc
		WHERE proname IN ('fhir_id', 'fhir_index_id') AND pronamespace = '@extschema@'::regnamespace
	UNION
		-- a view's dependency is its rule's: step from the rule to the view
		SELECT CASE WHEN r.oid IS NULL THEN d.classid ELSE 'pg_class'::regclass END,
			coalesce(r.ev_class, d.objid)
		FROM reached
		JOIN pg_depend d ON d.refclassid = reached.classid AND d.refobjid = reached.objid
			AND d.deptype IN ('n', 'a')
		LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
			AND r.ev_type = '1'
		WHERE reached.classid = 'pg_proc'::regclass OR r.oid IS NOT NULL
	), found AS (
		-- stored generated columns: their expression depends, not they
		SELECT pg_describe_object('pg_class'::regclass, a.attrelid, a.attnum) AS object,
			NULL AS remedy, a.attrelid AS relation,
			-- what it is made of, set to itself, has it computed again
			(SELECT format('UPDATE ONLY %I.%I SET %I = %2$I.%3$I', n.nspname, c.relname, b.attname)
				FROM pg_depend d JOIN pg_attribute b ON b.attrelid = d.refobjid AND b.attnum = d.refobjsubid
				JOIN pg_class c ON c.oid = b.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
				WHERE d.classid = 'pg_attrdef'::regclass AND d.objid = def.oid AND d.refclassid = 'pg_class'::regclass
					AND d.refobjid = a.attrelid AND d.refobjsubid NOT IN (0, a.attnum)
				ORDER BY b.attnum LIMIT 1) AS again
		FROM reached
		JOIN pg_attrdef def ON reached.classid = 'pg_attrdef'::regclass AND def.oid = reached.objid
		JOIN pg_attribute a ON a.attrelid = def.adrelid AND a.attnum = def.adnum
		WHERE a.attgenerated = 's'
	UNION ALL
		SELECT pg_describe_object(classid, objid, 0)
			|| coalesce(' on ' || pg_describe_object('pg_type'::regclass, nullif(c.contypid, 0), 0), ''), NULL, NULL, NULL
		FROM reached
		JOIN pg_constraint c ON classid = 'pg_constraint'::regclass AND c.oid = objid
		WHERE c.contype = 'c'
	UNION ALL
		-- a partitioned table depends on the functions of its partition key
		SELECT pg_describe_object(classid, objid, 0),
			CASE WHEN c.relkind IN ('i', 'I') THEN format('REINDEX INDEX %I.%I;', n.nspname, c.relname)
				WHEN c.relkind = 'm' THEN format('REFRESH MATERIALIZED VIEW %I.%I;', n.nspname, c.relname)
			END, NULL, NULL
		FROM reached
		JOIN pg_class c ON classid = 'pg_class'::regclass AND c.oid = objid
		JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('i', 'I', 'm', 'p')
	)
	SELECT object, remedy, relation, again FROM found ORDER BY remedy, object
	$$;
COMMENT ON FUNCTION fhir_bridge_id_dependents() IS
	'private: what holds ids of the present secret, and the command that computes them again; NULL where none can; of a stored generated column its relation, and the command by which a restored secret has it computed again';
REVOKE ALL ON FUNCTION fhir_bridge_id_dependents() FROM PUBLIC;	-- fhir_id_key uses it

CREATE FUNCTION fhir_id_key(secret bytea) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'fhir_bridge_fhir_id_key';
COMMENT ON FUNCTION fhir_id_key(bytea) IS
	'sets the secret of fhir_id, 32 bytes from another database''s fhir_secret, so that both give the same ids. Mind the statement log: it shows the secret';
REVOKE ALL ON FUNCTION fhir_id_key(bytea) FROM PUBLIC;	-- changes every id; the extension's owner only

CREATE FUNCTION tw_id_valid(text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'fhir_bridge_tw_id_valid';
COMMENT ON FUNCTION tw_id_valid(text) IS
	'whether the text is a Taiwanese national id or a resident id (old or new form), as issued: capital letters, nothing around it, right check digit';

CREATE FUNCTION roc_date(text) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'fhir_bridge_roc_date';
COMMENT ON FUNCTION roc_date(text) IS
	'a date of the Republic of China calendar (year + 1911): 0790101, 790101, 79/1/1, 079-01-01, 79.1.1, or with the Chinese words for year, month and day; blank gives NULL; four-digit years, year 0 and days that do not exist are errors';
/* clinical: blood pressure figures; formulas and sources in blood_pressure.c */

CREATE FUNCTION calc_map(sbp float8, dbp float8) RETURNS float8
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'fhir_bridge_calc_map_at_rest';
COMMENT ON FUNCTION calc_map(float8, float8) IS
	'mean arterial pressure at rest, mmHg: dbp + (sbp - dbp)/3, both in mmHg (kPa is not noticed)';

CREATE FUNCTION calc_map(sbp float8, dbp float8, hr float8) RETURNS float8
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'fhir_bridge_calc_map_in_exercise';
COMMENT ON FUNCTION calc_map(float8, float8, float8) IS
	'mean arterial pressure during exercise, mmHg: dbp + 0.01*exp(4.14 - 40.74/hr)*(sbp - dbp); pressures in mmHg, heart rate in beats per minute (Moran et al. 1995). Equals the figure at rest near 64 per minute; not for bradycardia or irregular rhythm';

CREATE FUNCTION calc_arv(bp float8[]) RETURNS float8
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'fhir_bridge_calc_arv';
COMMENT ON FUNCTION calc_arv(float8[]) IS
	'average real variability of readings in order of time, mmHg: sum of |BPk - BPk-1| over n, the number of readings, as the hospital''s programs compute it. {120,122,118,126,124,128,120,122,116,124} gives 44/10 = 4.4; the published definition divides by n - 1 and gives 44/9 = 4.888..., see arv';

CREATE FUNCTION calc_arv(bp float8[], weights float8[]) RETURNS float8
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3
	AS 'MODULE_PATHNAME', 'fhir_bridge_calc_arv_weighted';
COMMENT ON FUNCTION calc_arv(float8[], float8[]) IS
	'average real variability with a weight for each reading, mmHg: sum of Wk*|BPk - BPk-1| for k = 2..n over the sum of Wk for k = 1..n. The first weight is in the divisor only: with 0 there, and intervals as the others, this is the published figure';

CREATE FUNCTION fhir_bridge_arv_accum(internal, float8, timestamptz) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'fhir_bridge_arv_accum';
COMMENT ON FUNCTION fhir_bridge_arv_accum(internal, float8, timestamptz) IS 'private: transition function of arv';

CREATE FUNCTION fhir_bridge_arv_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_arv_combine';
COMMENT ON FUNCTION fhir_bridge_arv_combine(internal, internal) IS 'private: combine function of arv';

CREATE FUNCTION fhir_bridge_arv_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_arv_serialize';
COMMENT ON FUNCTION fhir_bridge_arv_serialize(internal) IS 'private: serial function of arv';

CREATE FUNCTION fhir_bridge_arv_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_arv_deserialize';
COMMENT ON FUNCTION fhir_bridge_arv_deserialize(bytea, internal) IS 'private: deserial function of arv';

CREATE FUNCTION fhir_bridge_arv_final(internal) RETURNS float8
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_arv_final';
COMMENT ON FUNCTION fhir_bridge_arv_final(internal) IS 'private: final function of arv';

CREATE AGGREGATE arv(bp float8, measured_at timestamptz) (
	SFUNC = fhir_bridge_arv_accum,
	STYPE = internal,
	SSPACE = 2048,
	FINALFUNC = fhir_bridge_arv_final,
	COMBINEFUNC = fhir_bridge_arv_combine,
	SERIALFUNC = fhir_bridge_arv_serialize,
	DESERIALFUNC = fhir_bridge_arv_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE arv(float8, timestamptz) IS
	'average real variability as published (Mena et al. 2005), mmHg: sum of interval*|BPk - BPk-1| over the sum of the intervals; sorts by time itself. Ten readings at equal intervals whose differences add up to 44 give 44/9 = 4.888..., where calc_arv gives 44/10 = 4.4. A long gap weighs as long as it is';
/* codes: code maps, from hospital codes to FHIR codes */

CREATE TABLE fhir_code_map (
	map text COLLATE "C" PRIMARY KEY,
	owner regrole NOT NULL,
	system text,
	unmapped text NOT NULL DEFAULT 'error',
	version uuid DEFAULT pg_catalog.gen_random_uuid()
);
COMMENT ON TABLE fhir_code_map IS 'code maps; written by the function fhir_code_map alone';
COMMENT ON COLUMN fhir_code_map.owner IS 'who may replace it, with members; a role that is gone leaves it to the extension''s owner';
COMMENT ON COLUMN fhir_code_map.system IS 'system of entries that give none';
COMMENT ON COLUMN fhir_code_map.unmapped IS 'what becomes of a value without an entry: error, omit, text, or default:<code>';

-- No foreign key: it would be there before the rows are, and pg_restore -j
-- loads the two tables in any order.  fhir_code_map alone writes both.
CREATE TABLE fhir_code_map_entry (
	map text COLLATE "C" NOT NULL,
	source text COLLATE "C" NOT NULL,
	code text NOT NULL,
	display text,
	system text,
	PRIMARY KEY (map, source)
);
COMMENT ON COLUMN fhir_code_map.version IS 'another one whenever entries change: large maps are kept in files by this name; NULL: in none';
COMMENT ON TABLE fhir_code_map_entry IS 'hospital codes and the FHIR codes that they mean';
COMMENT ON COLUMN fhir_code_map_entry.source IS 'the hospital''s code, without blanks around';
COMMENT ON COLUMN fhir_code_map_entry.code IS 'the FHIR code';
REVOKE ALL ON TABLE fhir_code_map, fhir_code_map_entry FROM PUBLIC;

-- Private. Gives maps another version when entries change, and tells every session.
CREATE FUNCTION fhir_bridge_code_entries_changed() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'fhir_bridge_code_entries_changed';
COMMENT ON FUNCTION fhir_bridge_code_entries_changed() IS
	'private: trigger that gives code maps another version when entries change';
REVOKE ALL ON FUNCTION fhir_bridge_code_entries_changed() FROM PUBLIC;	-- only the extension's own triggers use it

CREATE TRIGGER fhir_code_map_changed AFTER INSERT OR UPDATE OR DELETE ON fhir_code_map
	FOR EACH ROW EXECUTE FUNCTION fhir_bridge_table_changed();
CREATE TRIGGER fhir_code_map_truncated AFTER TRUNCATE ON fhir_code_map
	FOR EACH STATEMENT EXECUTE FUNCTION fhir_bridge_table_changed();
-- A terminology has many entries: only replicated ones, which run no triggers
-- of statements, are told one by one.
CREATE TRIGGER fhir_code_map_entries_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON fhir_code_map_entry
	FOR EACH STATEMENT EXECUTE FUNCTION fhir_bridge_code_entries_changed();
CREATE TRIGGER fhir_code_map_entry_replicated AFTER INSERT OR UPDATE OR DELETE ON fhir_code_map_entry
	FOR EACH ROW EXECUTE FUNCTION fhir_bridge_code_entries_changed();
COMMENT ON TRIGGER fhir_code_map_changed ON fhir_code_map IS 'tells every session to read its code maps anew';
COMMENT ON TRIGGER fhir_code_map_truncated ON fhir_code_map IS 'tells every session to read its code maps anew';
COMMENT ON TRIGGER fhir_code_map_entries_changed ON fhir_code_map_entry IS 'gives maps another version, and tells every session to read them anew';
COMMENT ON TRIGGER fhir_code_map_entry_replicated ON fhir_code_map_entry IS 'takes the version of maps away, and tells every session to read them anew';
ALTER TABLE fhir_code_map ENABLE ALWAYS TRIGGER fhir_code_map_changed;
ALTER TABLE fhir_code_map ENABLE ALWAYS TRIGGER fhir_code_map_truncated;
ALTER TABLE fhir_code_map_entry ENABLE ALWAYS TRIGGER fhir_code_map_entries_changed;
ALTER TABLE fhir_code_map_entry ENABLE REPLICA TRIGGER fhir_code_map_entry_replicated;
SELECT pg_catalog.pg_extension_config_dump('fhir_code_map', '');
SELECT pg_catalog.pg_extension_config_dump('fhir_code_map_entry', '');

CREATE FUNCTION fhir_code_map(map text, entries "any", system text DEFAULT NULL,
	unmapped text DEFAULT 'error') RETURNS text
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_code_map';
COMMENT ON FUNCTION fhir_code_map(text, "any", text, text) IS
	'registers or replaces a code map from JSON, {"M": "male"} or {"M": {"code": ..., "display": ..., "system": ...}}, from a ConceptMap, or from a query or relation with the columns source, code and, if wanted, display and system; unmapped is error, omit, text or default:<code>';
REVOKE ALL ON FUNCTION fhir_code_map(text, "any", text, text) FROM PUBLIC;	-- names of code maps are global: the installer says who may take one

CREATE FUNCTION fhir_code(map text, value "any") RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'fhir_bridge_code';
COMMENT ON FUNCTION fhir_code(text, "any") IS
	'the FHIR code of a hospital''s code; NULL for a blank one';

CREATE FUNCTION fhir_coding(map text, value "any") RETURNS jsonb
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'fhir_bridge_coding';
COMMENT ON FUNCTION fhir_coding(text, "any") IS
	'the Coding of a hospital''s code: system, code, display';

CREATE FUNCTION fhir_concept(map text, value "any") RETURNS jsonb
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 4
	AS 'MODULE_PATHNAME', 'fhir_bridge_concept';
COMMENT ON FUNCTION fhir_concept(text, "any") IS
	'the CodeableConcept of a hospital''s code: its Coding, and the hospital''s code as text';
/*
 * r4: checking resources against FHIR R4 (4.0.1).  The answers depend on the
 * tables of the module alone: immutable, fit for CHECK constraints.  jsonb has
 * already rewritten numbers (1e2 is 100) and kept only the last of members
 * that stand twice; the forms for json see the text as it was written.
 */

CREATE FUNCTION fhir_is_valid(resource jsonb) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'fhir_bridge_is_valid';
COMMENT ON FUNCTION fhir_is_valid(jsonb) IS
	'is this a resource of FHIR R4 without errors? Stops at the first; fhir_validate lists them. jsonb has already rewritten numbers like 1e2 and dropped duplicate keys, which fhir_is_valid(json) sees';

CREATE FUNCTION fhir_is_valid(resource json) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_is_valid_json';
COMMENT ON FUNCTION fhir_is_valid(json) IS
	'is this a resource of FHIR R4 without errors? As for jsonb, but on the text as it was written: numbers like 1e2 and duplicate keys are seen';

CREATE FUNCTION fhir_validate(resource jsonb,
	OUT severity text, OUT code text, OUT expression text, OUT diagnostics text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50 ROWS 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_validate';
COMMENT ON FUNCTION fhir_validate(jsonb) IS
	'what is wrong with a resource of FHIR R4, one row a fault, in the terms of OperationOutcome.issue: severity (error or warning), code, expression (FHIRPath), diagnostics (the rule and what it asks for, never a value of the resource); no rows when it is good. jsonb has already rewritten numbers like 1e2 and dropped duplicate keys, which fhir_validate(json) sees';

CREATE FUNCTION fhir_validate(resource json,
	OUT severity text, OUT code text, OUT expression text, OUT diagnostics text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 200 ROWS 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_validate_json';
COMMENT ON FUNCTION fhir_validate(json) IS
	'what is wrong with a resource of FHIR R4, as for jsonb, but on the text as it was written: numbers like 1e2 and duplicate keys are seen';

CREATE FUNCTION fhir_invariants(OUT key text, OUT path text, OUT severity text,
	OUT human text, OUT expression text, OUT checked boolean, OUT reason text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 241
	AS 'MODULE_PATHNAME', 'fhir_bridge_invariants';
COMMENT ON FUNCTION fhir_invariants() IS
	'the invariants of FHIR R4 in HL7''s order: key, path where it is defined, severity, text, FHIRPath, whether fhir_validate checks it, and the reason why not or what to know of how it is checked';
/* mapping: registered templates, and the resources that they make of rows */

-- A regclass whose relation need not be there when a dump is read: COPY would
-- end at the first mapping of a schema that is restored later, or not at all.
CREATE FUNCTION fhir_bridge_relation_in(cstring) RETURNS fhir_bridge_relation
	LANGUAGE c STABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'fhir_bridge_relation_in';
COMMENT ON FUNCTION fhir_bridge_relation_in(cstring) IS 'private: a relation''s name; a warning where there is none';
CREATE FUNCTION fhir_bridge_relation_out(fhir_bridge_relation) RETURNS cstring
	LANGUAGE c STABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'fhir_bridge_relation_out';
COMMENT ON FUNCTION fhir_bridge_relation_out(fhir_bridge_relation) IS 'private: a relation''s present name, as regclass writes it';
CREATE TYPE fhir_bridge_relation (INPUT = fhir_bridge_relation_in, OUTPUT = fhir_bridge_relation_out,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4);
COMMENT ON TYPE fhir_bridge_relation IS
	'a mapped relation: regclass, but that one which is missing when a dump is restored is waited for';
CREATE FUNCTION fhir_bridge_relation_oid(fhir_bridge_relation) RETURNS oid
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'fhir_bridge_relation_oid';
COMMENT ON FUNCTION fhir_bridge_relation_oid(fhir_bridge_relation) IS 'private: cast; 0 for a relation that is waited for';
CREATE FUNCTION fhir_bridge_relation_class(fhir_bridge_relation) RETURNS regclass
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'fhir_bridge_relation_oid';
COMMENT ON FUNCTION fhir_bridge_relation_class(fhir_bridge_relation) IS 'private: cast; 0 for a relation that is waited for';
CREATE FUNCTION fhir_bridge_relation_of(regclass) RETURNS fhir_bridge_relation
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'fhir_bridge_relation_of';
COMMENT ON FUNCTION fhir_bridge_relation_of(regclass) IS 'private: cast';
-- Implicit, so that the column compares and joins as a regclass does.
CREATE CAST (fhir_bridge_relation AS oid) WITH FUNCTION fhir_bridge_relation_oid(fhir_bridge_relation) AS IMPLICIT;
CREATE CAST (fhir_bridge_relation AS regclass) WITH FUNCTION fhir_bridge_relation_class(fhir_bridge_relation) AS IMPLICIT;
CREATE CAST (regclass AS fhir_bridge_relation) WITH FUNCTION fhir_bridge_relation_of(regclass) AS ASSIGNMENT;
-- For the index: equal relations have equal bytes.
CREATE CAST (fhir_bridge_relation AS bytea) WITHOUT FUNCTION AS IMPLICIT;
-- Two values compare as such, and one with a name in quotes.
CREATE FUNCTION fhir_bridge_relation_equal(fhir_bridge_relation, fhir_bridge_relation) RETURNS boolean
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteaeq';
COMMENT ON FUNCTION fhir_bridge_relation_equal(fhir_bridge_relation, fhir_bridge_relation) IS 'private: operator =';
CREATE FUNCTION fhir_bridge_relation_unequal(fhir_bridge_relation, fhir_bridge_relation) RETURNS boolean
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteane';
COMMENT ON FUNCTION fhir_bridge_relation_unequal(fhir_bridge_relation, fhir_bridge_relation) IS 'private: operator <>';
CREATE OPERATOR = (LEFTARG = fhir_bridge_relation, RIGHTARG = fhir_bridge_relation, FUNCTION = fhir_bridge_relation_equal,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE OPERATOR <> (LEFTARG = fhir_bridge_relation, RIGHTARG = fhir_bridge_relation, FUNCTION = fhir_bridge_relation_unequal,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR = (fhir_bridge_relation, fhir_bridge_relation) IS 'the same relation';
COMMENT ON OPERATOR <> (fhir_bridge_relation, fhir_bridge_relation) IS 'not the same relation';
COMMENT ON CAST (fhir_bridge_relation AS oid) IS '0 for a relation that is waited for';
COMMENT ON CAST (fhir_bridge_relation AS regclass) IS '0 for a relation that is waited for';
COMMENT ON CAST (regclass AS fhir_bridge_relation) IS 'a relation that is there';
COMMENT ON CAST (fhir_bridge_relation AS bytea) IS 'private: what the index of fhir_mapping compares';

CREATE TABLE fhir_mapping (
	relation fhir_bridge_relation NOT NULL,
	name name NOT NULL,
	template json NOT NULL,
	timezone text,
	on_invalid text NOT NULL DEFAULT 'error' CHECK (on_invalid IN ('error', 'omit', 'keep')),
	secret_fingerprint bytea,
	approved bytea,
	published boolean NOT NULL DEFAULT false,
	PRIMARY KEY (relation, name)
);
CREATE INDEX fhir_mapping_name ON fhir_mapping (name);
COMMENT ON TABLE fhir_mapping IS 'registered mappings; written by fhir_map, fhir_unmap, fhir_publish and fhir_unpublish alone';
COMMENT ON COLUMN fhir_mapping.relation IS 'the mapped relation; its owner owns the mapping. A regclass, but that one which a restored dump lacks is waited for';
COMMENT ON COLUMN fhir_mapping.name IS 'name within the relation''s schema';
COMMENT ON COLUMN fhir_mapping.template IS 'the resource, with SQL expressions in braces';
COMMENT ON COLUMN fhir_mapping.timezone IS 'time zone in which times are written; NULL is UTC';
COMMENT ON COLUMN fhir_mapping.on_invalid IS 'what is done with a value that FHIR cannot hold: error, omit or keep';
COMMENT ON COLUMN fhir_mapping.secret_fingerprint IS 'fingerprint of the secret under which its ids were first made';
COMMENT ON COLUMN fhir_mapping.approved IS 'digest of the functions that a superuser has approved for it';
COMMENT ON COLUMN fhir_mapping.published IS 'whether fhir_read and fhir_search answer from it; set by fhir_publish';
REVOKE ALL ON TABLE fhir_mapping FROM PUBLIC;

CREATE TRIGGER fhir_mapping_changed AFTER INSERT OR UPDATE OR DELETE ON fhir_mapping
	FOR EACH ROW EXECUTE FUNCTION fhir_bridge_table_changed();
CREATE TRIGGER fhir_mapping_truncated AFTER TRUNCATE ON fhir_mapping
	FOR EACH STATEMENT EXECUTE FUNCTION fhir_bridge_table_changed();
COMMENT ON TRIGGER fhir_mapping_changed ON fhir_mapping IS 'tells every session to compile its mappings anew';
COMMENT ON TRIGGER fhir_mapping_truncated ON fhir_mapping IS 'tells every session to compile its mappings anew';
-- Also under session_replication_role = replica: else replicas would keep old plans.
ALTER TABLE fhir_mapping ENABLE ALWAYS TRIGGER fhir_mapping_changed;
ALTER TABLE fhir_mapping ENABLE ALWAYS TRIGGER fhir_mapping_truncated;

-- A dropped relation is dumped as a number, which may be another relation's after a restore.
SELECT pg_catalog.pg_extension_config_dump('fhir_mapping',
	'WHERE relation::oid = 0 OR relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');

CREATE FUNCTION fhir_map(relation regclass, template json, name text DEFAULT NULL,
	timezone text DEFAULT NULL, on_invalid text DEFAULT 'error') RETURNS text
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_map';
COMMENT ON FUNCTION fhir_map(regclass, json, text, text, text) IS
	'registers or replaces a mapping of a relation''s rows, after checking it against FHIR R4 and the columns; returns its full name';

CREATE FUNCTION fhir_unmap(name text) RETURNS boolean
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_unmap';
COMMENT ON FUNCTION fhir_unmap(text) IS 'removes a mapping; false when there is none of that name';

CREATE FUNCTION fhir_map_draft(relation regclass, resource text DEFAULT NULL, rows integer DEFAULT 0) RETURNS json
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 10000
	AS 'MODULE_PATHNAME', 'fhir_bridge_map_draft';
COMMENT ON FUNCTION fhir_map_draft(regclass, text, integer) IS
	'a first template for fhir_map, guessed from names, types and keys, and from a few rows when it is told how many it may read; what nothing tells is a question in it';

CREATE FUNCTION fhir_map_draft_columns(relation regclass, resource text DEFAULT NULL, rows integer DEFAULT 0)
	RETURNS TABLE (column_name text, type text, path text, expression text, reason text, decide text)
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 10000 ROWS 30
	AS 'MODULE_PATHNAME', 'fhir_bridge_map_draft_columns';
COMMENT ON FUNCTION fhir_map_draft_columns(regclass, text, integer) IS
	'why fhir_map_draft puts each column where it does; without a path, why it does not use it; and what its author has to decide';

CREATE FUNCTION fhir_map_try(relation regclass, template json, sample integer DEFAULT 5,
	timezone text DEFAULT NULL, on_invalid text DEFAULT 'error') RETURNS SETOF json
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000 ROWS 5
	AS 'MODULE_PATHNAME', 'fhir_bridge_map_try';
COMMENT ON FUNCTION fhir_map_try(regclass, json, integer, text, text) IS
	'what fhir_map and fhir_json_from_row would make of the first rows, with nothing registered; NULL for a row that the template''s $if leaves out, an OperationOutcome for one that is refused';

CREATE FUNCTION fhir_map_explain(name text) RETURNS TABLE (step integer, path text, source text,
	columns text[], fhir_type text, sql_type text, written text, line integer, "column" integer)
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1000 ROWS 50
	AS 'MODULE_PATHNAME', 'fhir_bridge_map_explain';
COMMENT ON FUNCTION fhir_map_explain(text) IS
	'a mapping''s compiled plan in the template''s order: each element that may be written, the expression and the columns that feed it, and when it is written';

-- Private. What a call has to know to write a resource, or a part of one, from
-- its values. No SQL can make a value of the type.
CREATE FUNCTION fhir_bridge_program_in(cstring) RETURNS fhir_bridge_program
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'fhir_bridge_program_in';
COMMENT ON FUNCTION fhir_bridge_program_in(cstring) IS 'private: refuses every value';
CREATE FUNCTION fhir_bridge_program_out(fhir_bridge_program) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'fhir_bridge_program_out';
COMMENT ON FUNCTION fhir_bridge_program_out(fhir_bridge_program) IS
	'private: the mapping''s name and a hash of its template, for EXPLAIN';
CREATE TYPE fhir_bridge_program (INPUT = fhir_bridge_program_in, OUTPUT = fhir_bridge_program_out,
	INTERNALLENGTH = VARIABLE, STORAGE = extended);
COMMENT ON TYPE fhir_bridge_program IS
	'private: what a planned query has to know to write a resource; fhir_from_row makes it';

CREATE FUNCTION fhir_bridge_write_jsonb(fhir_bridge_program, VARIADIC "any") RETURNS jsonb
	LANGUAGE c STABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_write_jsonb';
COMMENT ON FUNCTION fhir_bridge_write_jsonb(fhir_bridge_program, "any") IS
	'private: what fhir_from_row becomes in a planned query, with the template''s values as arguments';

CREATE FUNCTION fhir_bridge_write_json(fhir_bridge_program, VARIADIC "any") RETURNS json
	LANGUAGE c STABLE PARALLEL SAFE COST 8
	AS 'MODULE_PATHNAME', 'fhir_bridge_write_json';
COMMENT ON FUNCTION fhir_bridge_write_json(fhir_bridge_program, "any") IS
	'private: what fhir_json_from_row becomes in a planned query, with the template''s values as arguments';

CREATE FUNCTION fhir_bridge_elements(fhir_bridge_program, anyarray) RETURNS SETOF anyelement
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1 ROWS 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_elements';
COMMENT ON FUNCTION fhir_bridge_elements(fhir_bridge_program, anyarray) IS
	'private: what a "$each" over an array repeats over';

CREATE FUNCTION fhir_bridge_elements(fhir_bridge_program, jsonb) RETURNS SETOF jsonb
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1 ROWS 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_jsonb_elements';
COMMENT ON FUNCTION fhir_bridge_elements(fhir_bridge_program, jsonb) IS
	'private: what a "$each" over a jsonb array repeats over';

-- Private. A scalar sub-select by a unique key of a small table, once that has
-- been asked for often: the table is read once, and looked up in memory.
CREATE FUNCTION fhir_bridge_rows_in(cstring) RETURNS fhir_bridge_rows
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'fhir_bridge_program_in';
COMMENT ON FUNCTION fhir_bridge_rows_in(cstring) IS 'private: refuses every value';
CREATE FUNCTION fhir_bridge_rows_out(fhir_bridge_rows) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'fhir_bridge_rows_out';
COMMENT ON FUNCTION fhir_bridge_rows_out(fhir_bridge_rows) IS 'private: how many bytes there are';
CREATE TYPE fhir_bridge_rows (INPUT = fhir_bridge_rows_in, OUTPUT = fhir_bridge_rows_out,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = plain);
COMMENT ON TYPE fhir_bridge_rows IS 'private: keys and values of a small table';
CREATE FUNCTION fhir_bridge_gather_row(internal, "any", "any") RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'fhir_bridge_gather_row';
COMMENT ON FUNCTION fhir_bridge_gather_row(internal, "any", "any") IS 'private: of fhir_bridge_gather';
CREATE FUNCTION fhir_bridge_gather_end(internal) RETURNS fhir_bridge_rows
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'fhir_bridge_gather_end';
COMMENT ON FUNCTION fhir_bridge_gather_end(internal) IS 'private: of fhir_bridge_gather';
CREATE AGGREGATE fhir_bridge_gather("any", "any") (
	SFUNC = fhir_bridge_gather_row, STYPE = internal, FINALFUNC = fhir_bridge_gather_end, PARALLEL = SAFE);
COMMENT ON AGGREGATE fhir_bridge_gather("any", "any") IS 'private: keys and values of a small table, for fhir_bridge_gathered';
CREATE FUNCTION fhir_bridge_gathered(fhir_bridge_rows, key "any", result anyelement) RETURNS anyelement
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'fhir_bridge_gathered';
COMMENT ON FUNCTION fhir_bridge_gathered(fhir_bridge_rows, "any", anyelement) IS 'private: the value of a key that fhir_bridge_gather has read';
CREATE FUNCTION fhir_bridge_often(key "any", times int4) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'fhir_bridge_often';
COMMENT ON FUNCTION fhir_bridge_often("any", int4) IS 'private: has the query come here so many times?';

-- Private. Takes a mapping into the query that calls fhir_from_row.
CREATE FUNCTION fhir_bridge_from_row_support(internal) RETURNS internal
	LANGUAGE c STRICT
	AS 'MODULE_PATHNAME', 'fhir_bridge_from_row_support';
COMMENT ON FUNCTION fhir_bridge_from_row_support(internal) IS
	'private: planner support of fhir_from_row and fhir_json_from_row';

CREATE FUNCTION fhir_from_row(record) RETURNS jsonb
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 20
	SUPPORT fhir_bridge_from_row_support
	AS 'MODULE_PATHNAME', 'fhir_bridge_from_row';
COMMENT ON FUNCTION fhir_from_row(record) IS
	'the FHIR resource for a row of a relation with one mapping; NULL for a NULL row and for one that the mapping''s $if leaves out';

CREATE FUNCTION fhir_from_row(record, mapping text) RETURNS jsonb
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 20
	SUPPORT fhir_bridge_from_row_support
	AS 'MODULE_PATHNAME', 'fhir_bridge_from_row';
COMMENT ON FUNCTION fhir_from_row(record, text) IS
	'the FHIR resource for any row that has the columns which the named mapping needs';

CREATE FUNCTION fhir_json_from_row(record) RETURNS json
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 15
	SUPPORT fhir_bridge_from_row_support
	AS 'MODULE_PATHNAME', 'fhir_bridge_json_from_row';
COMMENT ON FUNCTION fhir_json_from_row(record) IS
	'the same as fhir_from_row as text, in the template''s order, resourceType first';

CREATE FUNCTION fhir_json_from_row(record, mapping text) RETURNS json
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 15
	SUPPORT fhir_bridge_from_row_support
	AS 'MODULE_PATHNAME', 'fhir_bridge_json_from_row';
COMMENT ON FUNCTION fhir_json_from_row(record, text) IS
	'the same as fhir_from_row with a mapping''s name, as text in the template''s order';

-- Volatile: a sample is another each time.
CREATE FUNCTION fhir_map_check(name text, sample integer DEFAULT NULL) RETURNS TABLE (severity text,
	path text, source text, rule text, count bigint, example text, diagnostics text)
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000 ROWS 20
	AS 'MODULE_PATHNAME', 'fhir_bridge_map_check';
COMMENT ON FUNCTION fhir_map_check(text, integer) IS
	'what is wrong with the rows of a mapping that the caller may see, or with a random sample of so many: each kind of fault with its element, expression, rule, count, and the key of one row';

-- Without rows: what a release, or a change of columns, has broken.
CREATE FUNCTION fhir_map_check() RETURNS TABLE (mapping text, diagnostics text, hint text)
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000 ROWS 5
	AS 'MODULE_PATHNAME', 'fhir_bridge_map_check_all';
COMMENT ON FUNCTION fhir_map_check() IS
	'the mappings of the database that can no longer be read, and why: after a release, a restore, or changes of tables';

CREATE FUNCTION fhir_map_unmapped(name text, sample integer DEFAULT NULL) RETURNS TABLE (map text,
	source text, count bigint)
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000 ROWS 20
	AS 'MODULE_PATHNAME', 'fhir_bridge_map_unmapped';
COMMENT ON FUNCTION fhir_map_unmapped(text, integer) IS
	'the codes in the rows of a mapping, or in a random sample of so many, for which its code maps have no entry, the most frequent first: what fhir_code_map is still to be told';

-- Unsafe in parallel: it runs in a subtransaction.
CREATE FUNCTION fhir_row_faults(record) RETURNS TABLE (severity text, code text, path text,
	source text, rule text, diagnostics text)
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 50 ROWS 1
	AS 'MODULE_PATHNAME', 'fhir_bridge_row_faults';
COMMENT ON FUNCTION fhir_row_faults(record) IS
	'what is wrong with a row of a relation with one mapping: an error where fhir_from_row refuses it, a warning where on_invalid lets it pass; no rows when it is good';

CREATE FUNCTION fhir_row_faults(record, mapping text) RETURNS TABLE (severity text, code text, path text,
	source text, rule text, diagnostics text)
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 50 ROWS 1
	AS 'MODULE_PATHNAME', 'fhir_bridge_row_faults';
COMMENT ON FUNCTION fhir_row_faults(record, text) IS
	'what is wrong with any row that has the columns which the named mapping needs';

-- Private. What calls of fhir_id in a mapping become. Its first argument is of
-- a type of which SQL has no value: EXECUTE may stay with PUBLIC.
CREATE FUNCTION fhir_bridge_id_in_mapping(fhir_bridge_program, kind text, VARIADIC key "any") RETURNS uuid
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 3
	AS 'MODULE_PATHNAME', 'fhir_bridge_id_in_mapping';
COMMENT ON FUNCTION fhir_bridge_id_in_mapping(fhir_bridge_program, text, "any") IS
	'private: fhir_id inside a mapping, which runs for who may read the mapped relation';

-- Private. What a call in a mapping becomes that would follow the session's
-- settings. Everybody may call it: it runs built-in functions alone, and asks
-- for the right to execute them.
CREATE FUNCTION fhir_bridge_settled(function oid, zone text, result anyelement, VARIADIC arguments "any") RETURNS anyelement
	LANGUAGE c STABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'fhir_bridge_settled';
COMMENT ON FUNCTION fhir_bridge_settled(oid, text, anyelement, "any") IS
	'private: a built-in function inside a mapping, run under the pinned settings and the mapping''s time zone';

-- Private. Removes the mappings of relations that were dropped, and tells of others.
CREATE FUNCTION fhir_bridge_on_drop() RETURNS event_trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_on_drop';
COMMENT ON FUNCTION fhir_bridge_on_drop() IS
	'private: event trigger that removes the mappings of dropped relations, and warns of others that used what was dropped';
REVOKE ALL ON FUNCTION fhir_bridge_on_drop() FROM PUBLIC;	-- only its event trigger uses it
CREATE EVENT TRIGGER fhir_bridge_on_drop ON sql_drop EXECUTE FUNCTION fhir_bridge_on_drop();
COMMENT ON EVENT TRIGGER fhir_bridge_on_drop IS 'removes the mappings of dropped relations, and warns of others that used what was dropped';

-- Private. Tells of mappings that a change has broken.
CREATE FUNCTION fhir_bridge_on_change() RETURNS event_trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_on_change';
COMMENT ON FUNCTION fhir_bridge_on_change() IS
	'private: event trigger that warns of mappings that a renaming or another type has broken, and finds relations that restored mappings wait for';
REVOKE ALL ON FUNCTION fhir_bridge_on_change() FROM PUBLIC;	-- only its event trigger uses it
CREATE EVENT TRIGGER fhir_bridge_on_change ON ddl_command_end
	WHEN TAG IN ('ALTER TABLE', 'ALTER VIEW', 'ALTER MATERIALIZED VIEW', 'ALTER FOREIGN TABLE', 'ALTER TYPE', 'ALTER SCHEMA',
		'ALTER FUNCTION', 'ALTER ROUTINE', 'ALTER AGGREGATE', 'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE VIEW',
		'CREATE MATERIALIZED VIEW', 'CREATE FOREIGN TABLE', 'IMPORT FOREIGN SCHEMA')
	EXECUTE FUNCTION fhir_bridge_on_change();
COMMENT ON EVENT TRIGGER fhir_bridge_on_change IS
	'warns of mappings that a renaming or another type has broken, and finds relations that restored mappings wait for';
/* export: whole sets of resources */

CREATE FUNCTION get_data_fhir(mapping text) RETURNS json
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 100000	-- runs a query of its own, perhaps with workers
	AS 'MODULE_PATHNAME', 'fhir_bridge_get_data';
COMMENT ON FUNCTION get_data_fhir(text) IS
	'every row of a mapped relation as one JSON array, in no order; at most 1 GB, fhir_ndjson has no limit';

-- Volatile: it writes into the table of refused rows, where one is given.
CREATE FUNCTION fhir_ndjson(mapping text, since timestamptz DEFAULT NULL, after text DEFAULT NULL,
	refused regclass DEFAULT NULL, reject_limit bigint DEFAULT NULL, chunk_bytes int DEFAULT NULL)
	RETURNS SETOF text
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000 ROWS 100000	-- keeps a query of its own open
	AS 'MODULE_PATHNAME', 'fhir_bridge_ndjson';
COMMENT ON FUNCTION fhir_ndjson(text, timestamptz, text, regclass, bigint, int) IS
	'the resources of a mapped relation, one line each, in constant memory when it stands in a select list; since takes those with meta.lastUpdated at that time or later, after orders them and goes on behind the line with that id ('''' begins); refused is a table (mapping, key, path, source, rule, sqlstate, diagnostics, all text) that gets the faults of rows which would stop it, no more than reject_limit of them; chunk_bytes joins lines to values of at least so many bytes';

-- Private. What fhir_bundle does with each row, and in the end.
CREATE FUNCTION fhir_bridge_bundle_json(state internal, resource json) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'fhir_bridge_bundle_json';
COMMENT ON FUNCTION fhir_bridge_bundle_json(internal, json) IS
	'private: adds to a Bundle of fhir_bundle';
CREATE FUNCTION fhir_bridge_bundle_json(state internal, resource json, type text) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'fhir_bridge_bundle_json';
COMMENT ON FUNCTION fhir_bridge_bundle_json(internal, json, text) IS
	'private: adds to a Bundle of fhir_bundle';
CREATE FUNCTION fhir_bridge_bundle_json(state internal, resource json, type text, base text) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'fhir_bridge_bundle_json';
COMMENT ON FUNCTION fhir_bridge_bundle_json(internal, json, text, text) IS
	'private: adds to a Bundle of fhir_bundle';
CREATE FUNCTION fhir_bridge_bundle_jsonb(state internal, resource jsonb) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'fhir_bridge_bundle_jsonb';
COMMENT ON FUNCTION fhir_bridge_bundle_jsonb(internal, jsonb) IS
	'private: adds to a Bundle of fhir_bundle';
CREATE FUNCTION fhir_bridge_bundle_jsonb(state internal, resource jsonb, type text) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'fhir_bridge_bundle_jsonb';
COMMENT ON FUNCTION fhir_bridge_bundle_jsonb(internal, jsonb, text) IS
	'private: adds to a Bundle of fhir_bundle';
CREATE FUNCTION fhir_bridge_bundle_jsonb(state internal, resource jsonb, type text, base text) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'fhir_bridge_bundle_jsonb';
COMMENT ON FUNCTION fhir_bridge_bundle_jsonb(internal, jsonb, text, text) IS
	'private: adds to a Bundle of fhir_bundle';
CREATE FUNCTION fhir_bridge_bundle_row(state internal, mapped record) RETURNS internal
	LANGUAGE c STABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'fhir_bridge_bundle_row';
COMMENT ON FUNCTION fhir_bridge_bundle_row(internal, record) IS
	'private: adds to a Bundle of fhir_bundle';
CREATE FUNCTION fhir_bridge_bundle_row(state internal, mapped record, type text) RETURNS internal
	LANGUAGE c STABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'fhir_bridge_bundle_row';
COMMENT ON FUNCTION fhir_bridge_bundle_row(internal, record, text) IS
	'private: adds to a Bundle of fhir_bundle';
CREATE FUNCTION fhir_bridge_bundle_row(state internal, mapped record, type text, base text) RETURNS internal
	LANGUAGE c STABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'fhir_bridge_bundle_row';
COMMENT ON FUNCTION fhir_bridge_bundle_row(internal, record, text, text) IS
	'private: adds to a Bundle of fhir_bundle';
CREATE FUNCTION fhir_bridge_bundle_finish(state internal) RETURNS json
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_bundle_finish';
COMMENT ON FUNCTION fhir_bridge_bundle_finish(internal) IS
	'private: the Bundle of fhir_bundle';

-- Parallel safe, but without a combine function: workers may read the rows and
-- map them, and the Bundle is made above them, in the order of its input.
CREATE AGGREGATE fhir_bundle(resource json) (
	SFUNC = fhir_bridge_bundle_json, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = fhir_bridge_bundle_finish, PARALLEL = SAFE);
COMMENT ON AGGREGATE fhir_bundle(json) IS
	'a Bundle of resources, of type collection';
CREATE AGGREGATE fhir_bundle(resource json, type text) (
	SFUNC = fhir_bridge_bundle_json, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = fhir_bridge_bundle_finish, PARALLEL = SAFE);
COMMENT ON AGGREGATE fhir_bundle(json, text) IS
	'a Bundle of resources, of type collection, searchset, batch, transaction (both PUT by id), batch POST or transaction POST (urn:uuid in references)';
CREATE AGGREGATE fhir_bundle(resource json, type text, base text) (
	SFUNC = fhir_bridge_bundle_json, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = fhir_bridge_bundle_finish, PARALLEL = SAFE);
COMMENT ON AGGREGATE fhir_bundle(json, text, text) IS
	'a Bundle of resources, with full URLs below the base';
CREATE AGGREGATE fhir_bundle(resource jsonb) (
	SFUNC = fhir_bridge_bundle_jsonb, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = fhir_bridge_bundle_finish, PARALLEL = SAFE);
COMMENT ON AGGREGATE fhir_bundle(jsonb) IS
	'a Bundle of resources, of type collection';
CREATE AGGREGATE fhir_bundle(resource jsonb, type text) (
	SFUNC = fhir_bridge_bundle_jsonb, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = fhir_bridge_bundle_finish, PARALLEL = SAFE);
COMMENT ON AGGREGATE fhir_bundle(jsonb, text) IS
	'a Bundle of resources, of type collection, searchset, batch, transaction (both PUT by id), batch POST or transaction POST (urn:uuid in references)';
CREATE AGGREGATE fhir_bundle(resource jsonb, type text, base text) (
	SFUNC = fhir_bridge_bundle_jsonb, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = fhir_bridge_bundle_finish, PARALLEL = SAFE);
COMMENT ON AGGREGATE fhir_bundle(jsonb, text, text) IS
	'a Bundle of resources, with full URLs below the base';
CREATE AGGREGATE fhir_bundle(mapped record) (
	SFUNC = fhir_bridge_bundle_row, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = fhir_bridge_bundle_finish, PARALLEL = SAFE);
COMMENT ON AGGREGATE fhir_bundle(record) IS
	'a Bundle of the resources of rows, of relations with one mapping, of type collection';
CREATE AGGREGATE fhir_bundle(mapped record, type text) (
	SFUNC = fhir_bridge_bundle_row, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = fhir_bridge_bundle_finish, PARALLEL = SAFE);
COMMENT ON AGGREGATE fhir_bundle(record, text) IS
	'a Bundle of the resources of rows, of relations with one mapping, of type collection, searchset, batch, transaction (both PUT by id), batch POST or transaction POST (urn:uuid in references)';
CREATE AGGREGATE fhir_bundle(mapped record, type text, base text) (
	SFUNC = fhir_bridge_bundle_row, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = fhir_bridge_bundle_finish, PARALLEL = SAFE);
COMMENT ON AGGREGATE fhir_bundle(record, text, text) IS
	'a Bundle of the resources of rows, of relations with one mapping, with full URLs below the base';

CREATE FUNCTION fhir_resource_view(mapping text, view text DEFAULT NULL, resource text DEFAULT 'resource')
	RETURNS text
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_resource_view';
COMMENT ON FUNCTION fhir_resource_view(text, text, text) IS
	'creates a view of a mapped relation with each row''s resource as one more column, for foreign tables of other servers; returns its name, by default the relation''s with _resource';
/* search: FHIR's read and search, answered from the source tables */

CREATE FUNCTION fhir_publish(name text) RETURNS text
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_publish';
COMMENT ON FUNCTION fhir_publish(text) IS
	'lets fhir_read and fhir_search answer from a mapping; for the owner of the extension and its members. Returns the full name';

CREATE FUNCTION fhir_unpublish(name text) RETURNS text
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_unpublish';
COMMENT ON FUNCTION fhir_unpublish(text) IS
	'takes a mapping back from fhir_read and fhir_search. Returns the full name';

-- Unsafe in parallel: faulty rows are caught in a subtransaction.
CREATE FUNCTION fhir_read(type text, id text, version text DEFAULT NULL) RETURNS json
	LANGUAGE c STABLE PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_read';
COMMENT ON FUNCTION fhir_read(text, text, text) IS
	'a resource of a published mapping by its id; NULL when there is none that the caller may see, or when its meta.versionId is not the version';

CREATE FUNCTION fhir_read_tagged(type text, id text, known text[] DEFAULT NULL, version text DEFAULT NULL,
	OUT resource json, OUT tag text, OUT changed timestamptz)
	LANGUAGE c STABLE PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_read_tagged';
COMMENT ON FUNCTION fhir_read_tagged(text, text, text[], text) IS
	'a resource as fhir_read has it, with the tag of its version (meta.versionId, else a hash of its text) and meta.lastUpdated, as HTTP''s conditional reads want them; the resource is NULL where its tag is among the known ones, all is NULL where it is not the version';

CREATE FUNCTION fhir_search(type text, query text, base_url text DEFAULT NULL, handling text DEFAULT 'lenient') RETURNS json
	LANGUAGE c STABLE PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'fhir_bridge_search';
COMMENT ON FUNCTION fhir_search(text, text, text, text) IS
	'a FHIR search over the published mappings of a resource type, as a searchset Bundle; query is what stands behind "?" in the URL, handling is lenient or strict. Errors have an OperationOutcome as their detail';

-- Private. They are called with a pointer that no SQL can make.
CREATE FUNCTION fhir_bridge_search_matches(record, internal) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_search_matches';
COMMENT ON FUNCTION fhir_bridge_search_matches(record, internal) IS
	'private: whether a row''s resource meets the conditions of the running search';

CREATE FUNCTION fhir_bridge_search_time(record, internal, integer) RETURNS timestamptz
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_search_sort';
COMMENT ON FUNCTION fhir_bridge_search_time(record, internal, integer) IS
	'private: the time that a row is sorted by in the running search';

CREATE FUNCTION fhir_bridge_search_number(record, internal, integer) RETURNS numeric
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_search_sort';
COMMENT ON FUNCTION fhir_bridge_search_number(record, internal, integer) IS
	'private: the number that a row is sorted by in the running search';

CREATE FUNCTION fhir_bridge_search_text(record, internal, integer) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_search_sort';
COMMENT ON FUNCTION fhir_bridge_search_text(record, internal, integer) IS
	'private: the text that a row is sorted by in the running search';

CREATE FUNCTION fhir_capabilities(base_url text DEFAULT NULL) RETURNS json
	LANGUAGE c STABLE PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'fhir_bridge_capabilities';
COMMENT ON FUNCTION fhir_capabilities(text) IS
	'the CapabilityStatement of the published mappings: what each resource type can be searched by';

CREATE FUNCTION fhir_search_sql(type text, query text) RETURNS TABLE (mapping text, statement text, judged text)
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 10000 ROWS 2
	AS 'MODULE_PATHNAME', 'fhir_bridge_search_sql';
COMMENT ON FUNCTION fhir_search_sql(text, text) IS
	'the statement by which a search reads the first page of each mapping, for EXPLAIN, and the parameters that are then judged on the resources';

CREATE FUNCTION fhir_search_explain(type text, query text) RETURNS TABLE (parameter text, mapping text, answered text, condition text, index text)
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 10000 ROWS 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_search_explain';
COMMENT ON FUNCTION fhir_search_explain(text, text) IS
	'how each parameter of a search is answered by each mapping: the condition on its columns, and the index that serves it or the statement that would make one';
/* suggest: codes for a note, from the hospital's service or from a local model, through the engine */

CREATE FUNCTION fhir_bridge_aics_validator(options text[], catalog oid) RETURNS void
	LANGUAGE c STRICT PARALLEL UNSAFE COST 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_validator';
COMMENT ON FUNCTION fhir_bridge_aics_validator(text[], oid) IS
	'private: checks the options of servers and user mappings of fhir_bridge_aics';
REVOKE ALL ON FUNCTION fhir_bridge_aics_validator(text[], oid) FROM PUBLIC;	-- the server calls it without asking

-- USAGE is nobody's: a server's address decides who gets the passwords.
CREATE FOREIGN DATA WRAPPER fhir_bridge_aics VALIDATOR fhir_bridge_aics_validator;
COMMENT ON FOREIGN DATA WRAPPER fhir_bridge_aics IS
	'suggestion services: a server says where one is, a user mapping who calls it; there are no tables';

CREATE FUNCTION fhir_bridge_model_validator(options text[], catalog oid) RETURNS void
	LANGUAGE c STRICT PARALLEL UNSAFE COST 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_model_validator';
COMMENT ON FUNCTION fhir_bridge_model_validator(text[], oid) IS
	'private: checks the options of servers of fhir_bridge_model';
REVOKE ALL ON FUNCTION fhir_bridge_model_validator(text[], oid) FROM PUBLIC;	-- the server calls it without asking

-- USAGE is nobody's: a server's options name files that are read and a library that is run.
CREATE FOREIGN DATA WRAPPER fhir_bridge_model VALIDATOR fhir_bridge_model_validator;
COMMENT ON FOREIGN DATA WRAPPER fhir_bridge_model IS
	'local models: a server says where one lies and how it is run; there are no user mappings and no tables';

-- Every call goes to a service that may bill it, with the caller's credentials:
-- the site grants EXECUTE to whom it wants, by the role made for that.
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'fhir_bridge_user') THEN
		CREATE ROLE fhir_bridge_user NOLOGIN;
	END IF;
EXCEPTION
	-- another database's CREATE EXTENSION was quicker
	WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

CREATE FUNCTION aics_suggest(note text, server text DEFAULT 'aics', top integer DEFAULT 10,
		OUT rank integer, OUT icd text, OUT prob double precision, OUT list integer)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED COST 1000000 ROWS 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_suggest';
COMMENT ON FUNCTION aics_suggest(text, text, integer) IS
	'ICD-10 codes for an English note, best first: list 1 is the main diagnosis, further lists comorbidities; top rows of each list. Waits for the service: in triggers and for many notes use aics_submit';
REVOKE ALL ON FUNCTION aics_suggest(text, text, integer) FROM PUBLIC;

CREATE FUNCTION aics_suggest_many(notes text[], server text DEFAULT 'aics', top integer DEFAULT 10,
		OUT note_no integer, OUT rank integer, OUT icd text, OUT prob double precision, OUT list integer)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED COST 10000000 ROWS 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_suggest_many';
COMMENT ON FUNCTION aics_suggest_many(text[], text, integer) IS
	'aics_suggest for several notes at once; note_no is a note''s place in the array. A note that is NULL has no rows';
REVOKE ALL ON FUNCTION aics_suggest_many(text[], text, integer) FROM PUBLIC;

CREATE FUNCTION aics_search(query text, server text DEFAULT 'aics', top integer DEFAULT 10,
		OUT rank integer, OUT icd text, OUT english_name text, OUT chinese_name text, OUT billable boolean)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED COST 1000000 ROWS 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_search';
COMMENT ON FUNCTION aics_search(text, text, integer) IS
	'ICD-10 codes whose names fit a query, English or Chinese, best first';
REVOKE ALL ON FUNCTION aics_search(text, text, integer) FROM PUBLIC;

CREATE FUNCTION morphology_suggest(note text, server text DEFAULT 'morphology', top integer DEFAULT 10,
		OUT rank integer, OUT code text, OUT prob double precision)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED COST 10000000 ROWS 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_morphology_suggest';
COMMENT ON FUNCTION morphology_suggest(text, text, integer) IS
	'the codes that a local model suggests for a note, best first. The note does not leave this machine. Waits for the model: in triggers and for many notes use aics_submit';
REVOKE ALL ON FUNCTION morphology_suggest(text, text, integer) FROM PUBLIC;	-- takes the processors' time

CREATE FUNCTION morphology_suggest_many(notes text[], server text DEFAULT 'morphology', top integer DEFAULT 10,
		OUT note_no integer, OUT rank integer, OUT code text, OUT prob double precision)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED COST 100000000 ROWS 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_morphology_suggest_many';
COMMENT ON FUNCTION morphology_suggest_many(text[], text, integer) IS
	'morphology_suggest for several notes at once; note_no is a note''s place in the array. A note that is NULL has no rows';
REVOKE ALL ON FUNCTION morphology_suggest_many(text[], text, integer) FROM PUBLIC;

CREATE FUNCTION fhir_bridge_morphology_tokens(note text, server text) RETURNS jsonb
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED COST 100000
	AS 'MODULE_PATHNAME', 'fhir_bridge_morphology_tokens';
COMMENT ON FUNCTION fhir_bridge_morphology_tokens(text, text) IS 'private: the tokens of morphology_tokens, as JSON';
REVOKE ALL ON FUNCTION fhir_bridge_morphology_tokens(text, text) FROM PUBLIC;

CREATE FUNCTION morphology_tokens(note text, server text DEFAULT 'morphology',
		OUT token_no integer, OUT token text, OUT id integer, OUT windows integer)
	RETURNS SETOF record
	LANGUAGE sql VOLATILE STRICT PARALLEL RESTRICTED COST 100000 ROWS 100
	SET search_path = pg_catalog, pg_temp
	SET work_mem = 2000000	-- kB: a note's tokens go into no temporary file
	AS $$
	SELECT t.number::integer, t.item ->> 'token', (t.item ->> 'id')::integer, (t.item ->> 'windows')::integer
	FROM jsonb_array_elements(@extschema@.fhir_bridge_morphology_tokens($1, $2)) WITH ORDINALITY t (item, number)
	$$;
COMMENT ON FUNCTION morphology_tokens(text, text) IS
	'what a local model sees of a note: its tokens in order, and in how many of the model''s windows each one is; 0 for one that was cut off because the note is too long';
REVOKE ALL ON FUNCTION morphology_tokens(text, text) FROM PUBLIC;

-- The queue. Its notes are patients' text: nobody but the owner reads it, the
-- view aics_jobs shows who submitted them their own, and it is not dumped.
-- pg_upgrade takes it along; it keeps the OIDs of roles and not those of servers.
CREATE SEQUENCE aics_job_id;
CREATE TABLE aics_queue (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	job bigint NOT NULL,
	note_no integer NOT NULL,
	role oid NOT NULL,
	server name NOT NULL,
	kind "char" NOT NULL DEFAULT 's' CHECK (kind IN ('s', 'm')),
	note text,
	state "char" NOT NULL DEFAULT 'p' CHECK (state IN ('p', 'r', 'd', 'f', 'c')),
	attempts integer NOT NULL DEFAULT 0,
	next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	submitted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	finished_at timestamptz,
	sqlstate text,
	message text,
	result jsonb
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0,
	autovacuum_analyze_scale_factor = 0.2);
COMMENT ON TABLE aics_queue IS
	'private: notes that wait for suggestions of a s(ervice) or a m(odel), and their results; state is p(ending), r(unning), d(one), f(ailed) or c(ancelled). See the view aics_jobs';
CREATE INDEX aics_queue_pending ON aics_queue (kind, next_at, id) WHERE state = 'p';
CREATE INDEX aics_queue_running ON aics_queue (id) WHERE state = 'r';
CREATE INDEX aics_queue_finished ON aics_queue (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX aics_queue_job ON aics_queue (job, note_no);
REVOKE ALL ON aics_queue FROM PUBLIC;	-- a trigger on it would run as the owner
REVOKE ALL ON SEQUENCE aics_job_id FROM PUBLIC;

CREATE VIEW aics_jobs WITH (security_barrier) AS
	SELECT q.job AS id, q.note_no,
		CASE q.state WHEN 'p' THEN 'pending' WHEN 'r' THEN 'running' WHEN 'd' THEN 'done'
			WHEN 'f' THEN 'failed' ELSE 'cancelled' END AS state,
		q.server, pg_catalog.pg_get_userbyid(q.role) AS role, q.attempts,
		q.submitted_at, CASE WHEN q.state = 'p' THEN q.next_at END AS next_at, q.finished_at,
		q.sqlstate, q.message, q.result
	FROM aics_queue q
	WHERE pg_catalog.pg_has_role(q.role, 'USAGE');
COMMENT ON VIEW aics_jobs IS
	'the notes that you, or roles you belong to, have submitted: how far they are, why one waits (its last fault) or has failed, and the result';

CREATE FUNCTION aics_submit(note text, server text DEFAULT 'aics') RETURNS bigint
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_submit';
COMMENT ON FUNCTION aics_submit(text, text) IS
	'queues a note for suggestions of a service or of a local model, and gives the job''s id; it is sent after the transaction commits';
REVOKE ALL ON FUNCTION aics_submit(text, text) FROM PUBLIC;

CREATE FUNCTION aics_submit(notes text[], server text DEFAULT 'aics') RETURNS bigint
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_submit_many';
COMMENT ON FUNCTION aics_submit(text[], text) IS
	'queues several notes as one job; note_no of the results is a note''s place in the array. NULL notes are passed over; no note at all gives NULL';
REVOKE ALL ON FUNCTION aics_submit(text[], text) FROM PUBLIC;

CREATE FUNCTION aics_result(id bigint, top integer DEFAULT 10,
		OUT note_no integer, OUT rank integer, OUT icd text, OUT prob double precision, OUT list integer)
	RETURNS SETOF record
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100 ROWS 10
	SET search_path = pg_catalog, pg_temp
	AS $$
	SELECT j.note_no, i.rank::integer, i.item ->> 'icd', (i.item ->> 'prob')::double precision, l.list::integer
	FROM @extschema@.aics_jobs j,
		jsonb_array_elements(j.result) WITH ORDINALITY l (items, list),
		jsonb_array_elements(l.items) WITH ORDINALITY i (item, rank)
	WHERE j.id = $1 AND i.rank <= $2
	ORDER BY j.note_no, l.list, i.rank
	$$;
COMMENT ON FUNCTION aics_result(bigint, integer) IS
	'the suggestions of a job, as far as its notes are done; aics_jobs says which are not';
REVOKE ALL ON FUNCTION aics_result(bigint, integer) FROM PUBLIC;

CREATE FUNCTION aics_wait(id bigint, limit_after interval DEFAULT '1 minute') RETURNS boolean
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 1000000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_wait';
COMMENT ON FUNCTION aics_wait(bigint, interval) IS
	'waits until every note of a job is done, failed or cancelled; false when the time runs out before that. In a transaction of its own: the submitting one must have committed';
REVOKE ALL ON FUNCTION aics_wait(bigint, interval) FROM PUBLIC;

CREATE FUNCTION aics_cancel(id bigint) RETURNS integer
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_cancel';
COMMENT ON FUNCTION aics_cancel(bigint) IS
	'cancels the notes of a job that are not finished and gives their number; what the service answers to one on its way is dropped';
REVOKE ALL ON FUNCTION aics_cancel(bigint) FROM PUBLIC;

CREATE FUNCTION aics_retry(id bigint) RETURNS integer
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_retry';
COMMENT ON FUNCTION aics_retry(bigint) IS
	'queues the failed and cancelled notes of a job again and gives their number; those that wait for their next try are due at once';
REVOKE ALL ON FUNCTION aics_retry(bigint) FROM PUBLIC;

CREATE FUNCTION aics_wake() RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_wake';
COMMENT ON FUNCTION aics_wake() IS
	'makes sure that this database''s queue is being drained; needed after COMMIT PREPARED and after a restart without preloading. False when no worker is free';
REVOKE ALL ON FUNCTION aics_wake() FROM PUBLIC;

CREATE FUNCTION aics_purge(age interval) RETURNS bigint
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	AS $$
	WITH gone AS (DELETE FROM @extschema@.aics_queue WHERE finished_at <= clock_timestamp() - age RETURNING 1)
	SELECT count(*) FROM gone
	$$;
COMMENT ON FUNCTION aics_purge(interval) IS
	'removes notes that were finished so long ago, with their results, and gives their number; for the extension''s owner';
REVOKE ALL ON FUNCTION aics_purge(interval) FROM PUBLIC;	-- everybody's rows; the owner of the table only

CREATE FUNCTION aics_set_credentials(server text, email text, password text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_set_credentials';
COMMENT ON FUNCTION aics_set_credentials(text, text, text) IS
	'sets your own credentials for a suggestion service. Give the password as a bind parameter: a literal would stand in the statement log';
REVOKE ALL ON FUNCTION aics_set_credentials(text, text, text) FROM PUBLIC;

CREATE FUNCTION aics_test(server text DEFAULT 'aics',
		OUT step text, OUT ok boolean, OUT ms double precision, OUT sqlstate text, OUT message text)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 10000000 ROWS 6
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_test';
COMMENT ON FUNCTION aics_test(text) IS
	'tries a suggestion service out step by step, with a note that is nobody''s, and says what works and what does not';
REVOKE ALL ON FUNCTION aics_test(text) FROM PUBLIC;

CREATE FUNCTION morphology_test(server text DEFAULT 'morphology',
		OUT step text, OUT ok boolean, OUT ms double precision, OUT sqlstate text, OUT message text)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 10000000 ROWS 5
	AS 'MODULE_PATHNAME', 'fhir_bridge_morphology_test';
COMMENT ON FUNCTION morphology_test(text) IS
	'tries a local model out step by step, with a note that is nobody''s, and says what works and what does not';
REVOKE ALL ON FUNCTION morphology_test(text) FROM PUBLIC;

CREATE FUNCTION fhir_bridge_aics_stats(OUT name text, OUT value text) RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL RESTRICTED COST 100 ROWS 50
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_stats';
COMMENT ON FUNCTION fhir_bridge_aics_stats() IS 'private: the figures of the view aics_stats';
REVOKE ALL ON FUNCTION fhir_bridge_aics_stats() FROM PUBLIC;

CREATE VIEW aics_stats AS
	SELECT name, value FROM fhir_bridge_aics_stats()
	UNION ALL
	SELECT 'queued', count(*)::text FROM aics_queue WHERE state = 'p'
	UNION ALL
	SELECT 'oldest_queued', min(submitted_at)::text FROM aics_queue WHERE state = 'p';
COMMENT ON VIEW aics_stats IS
	'the engine''s state, slots, counters and times since the server''s start, the drainers, and this database''s queue';

CREATE FUNCTION aics_restart() RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_restart';
COMMENT ON FUNCTION aics_restart() IS
	'asks the engine to end within two seconds; the next call starts another. False when there is none';
REVOKE ALL ON FUNCTION aics_restart() FROM PUBLIC;	-- ends the calls of all roles

CREATE FUNCTION aics_flush_tokens() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_flush_tokens';
COMMENT ON FUNCTION aics_flush_tokens() IS
	'makes the engine forget all sessions of services, and refused logins: each logs in anew';
REVOKE ALL ON FUNCTION aics_flush_tokens() FROM PUBLIC;	-- costs all roles a login

CREATE FUNCTION aics_cache_clear() RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_cache_clear';
COMMENT ON FUNCTION aics_cache_clear() IS
	'overwrites all answers that servers with the option cache_seconds have left in memory, and gives their number';
REVOKE ALL ON FUNCTION aics_cache_clear() FROM PUBLIC;	-- costs all roles a call
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
GRANT SELECT ON TABLE fhir_code_map, fhir_code_map_entry TO PUBLIC;	-- code systems are no patient's data
GRANT SELECT ON TABLE fhir_mapping TO PUBLIC;	-- templates are code, like the text of views, and hold no rows
GRANT EXECUTE ON FUNCTION aics_suggest(text, text, integer) TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION aics_suggest_many(text[], text, integer) TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION aics_search(text, text, integer) TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION morphology_suggest(text, text, integer) TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION morphology_suggest_many(text[], text, integer) TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION fhir_bridge_morphology_tokens(text, text) TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION morphology_tokens(text, text) TO fhir_bridge_user;
GRANT SELECT ON aics_jobs TO fhir_bridge_user;	-- shows own rows alone
GRANT EXECUTE ON FUNCTION aics_submit(text, text) TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION aics_submit(text[], text) TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION aics_result(bigint, integer) TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION aics_wait(bigint, interval) TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION aics_cancel(bigint) TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION aics_retry(bigint) TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION aics_wake() TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION aics_set_credentials(text, text, text) TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION aics_test(text) TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION morphology_test(text) TO fhir_bridge_user;
GRANT EXECUTE ON FUNCTION fhir_bridge_aics_stats() TO pg_monitor;
GRANT SELECT ON aics_stats TO pg_monitor;	-- figures of all roles, no content
GRANT EXECUTE ON FUNCTION aics_restart() TO pg_signal_backend;
GRANT EXECUTE ON FUNCTION aics_flush_tokens() TO pg_signal_backend;
GRANT EXECUTE ON FUNCTION aics_cache_clear() TO pg_signal_backend;
