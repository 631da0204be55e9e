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

CREATE FUNCTION fhir_search_ndjson(type text, query text DEFAULT NULL, chunk_bytes int DEFAULT NULL) RETURNS SETOF text
	LANGUAGE c STABLE PARALLEL UNSAFE COST 100000 ROWS 1000	-- keeps a query of its own open
	AS 'MODULE_PATHNAME', 'fhir_bridge_search_ndjson';
COMMENT ON FUNCTION fhir_search_ndjson(text, text, int) IS
	'all resources that a FHIR search finds, one line each, in no order, in constant memory when it stands in a select list; query is what stands behind "?" in the URL, and strict. A row that makes no resource is an error; chunk_bytes joins lines to values of at least so many bytes';

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
