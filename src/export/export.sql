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
