/* from 0.1 to 0.2: what has changed in the wings' SQL; src/README.md says how it is written */

-- The owner of a code map may be missing when a dump is read. No rewrite: the bytes are the same.
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
ALTER TABLE fhir_code_map ALTER COLUMN owner TYPE fhir_bridge_role;

-- All that a search finds, without pages.
CREATE FUNCTION fhir_search_ndjson(type text, query text DEFAULT NULL, chunk_bytes int DEFAULT NULL) RETURNS SETOF text
	LANGUAGE c STABLE PARALLEL UNSAFE COST 100000 ROWS 1000	-- keeps a query of its own open
	AS 'MODULE_PATHNAME', 'fhir_bridge_search_ndjson';
COMMENT ON FUNCTION fhir_search_ndjson(text, text, int) IS
	'all resources that a FHIR search finds, one line each, in no order, in constant memory when it stands in a select list; query is what stands behind "?" in the URL, and strict. A row that makes no resource is an error; chunk_bytes joins lines to values of at least so many bytes';
