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
