/* rest: whole sets of resources */

CREATE FUNCTION get_data_fhir(mapping text) RETURNS json
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 100000	-- runs a query of its own, perhaps with workers
	AS 'MODULE_PATHNAME', 'fhir_bridge_get_data';
COMMENT ON FUNCTION get_data_fhir(text) IS
	'every row of a mapped relation as one JSON array, in no order; at most 1 GB, fhir_ndjson has no limit';

CREATE FUNCTION fhir_ndjson(mapping text, since timestamptz DEFAULT NULL, after text DEFAULT NULL)
	RETURNS SETOF text
	LANGUAGE c STABLE PARALLEL UNSAFE COST 100000 ROWS 100000	-- keeps a query of its own open
	AS 'MODULE_PATHNAME', 'fhir_bridge_ndjson';
COMMENT ON FUNCTION fhir_ndjson(text, timestamptz, text) IS
	'the resources of a mapped relation, one line each, in constant memory when it stands in a select list; since takes those with meta.lastUpdated at that time or later, after orders them and goes on behind the line with that id ('''' begins)';
