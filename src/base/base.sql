/* base: what the other rooms' tables need */

-- Private. Tells every session that the table's rows have changed.
CREATE FUNCTION fhir_bridge_table_changed() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'fhir_bridge_table_changed';
COMMENT ON FUNCTION fhir_bridge_table_changed() IS
	'private: trigger that tells every session that the table''s rows have changed';
REVOKE ALL ON FUNCTION fhir_bridge_table_changed() FROM PUBLIC;	-- only the extension's own triggers use it
