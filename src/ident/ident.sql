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
