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
GRANT SELECT ON TABLE fhir_mapping TO PUBLIC;	-- templates are code, like the text of views, and hold no rows

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
