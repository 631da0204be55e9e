/* codes: code maps, from hospital codes to FHIR codes */

-- A regrole that need not be there when a dump is read: COPY would end at it,
-- and all code maps be lost.
CREATE FUNCTION fhir_bridge_role_in(cstring) RETURNS fhir_bridge_role
	LANGUAGE c STABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'fhir_bridge_role_in';
COMMENT ON FUNCTION fhir_bridge_role_in(cstring) IS 'private: a role''s name; a warning where there is none';
CREATE FUNCTION fhir_bridge_role_out(fhir_bridge_role) RETURNS cstring
	LANGUAGE c STABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'fhir_bridge_role_out';
COMMENT ON FUNCTION fhir_bridge_role_out(fhir_bridge_role) IS 'private: a role''s present name';
CREATE TYPE fhir_bridge_role (INPUT = fhir_bridge_role_in, OUTPUT = fhir_bridge_role_out, LIKE = pg_catalog.regrole);
COMMENT ON TYPE fhir_bridge_role IS
	'who made a code map: regrole, but that one which is missing when a dump is restored is the extension''s owner';
CREATE CAST (fhir_bridge_role AS oid) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (fhir_bridge_role AS regrole) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (regrole AS fhir_bridge_role) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (fhir_bridge_role AS oid) IS '0 for a role that is missing';
COMMENT ON CAST (fhir_bridge_role AS regrole) IS '0 for a role that is missing';
COMMENT ON CAST (regrole AS fhir_bridge_role) IS 'a role that is there';

CREATE TABLE fhir_code_map (
	map text COLLATE "C" PRIMARY KEY,
	owner fhir_bridge_role NOT NULL,
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
GRANT SELECT ON TABLE fhir_code_map, fhir_code_map_entry TO PUBLIC;	-- code systems are no patient's data

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
