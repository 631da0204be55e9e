/* suggest: ICD-10 suggestions from the hospital's service, through the engine */

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
GRANT EXECUTE ON FUNCTION aics_suggest(text, text, integer) TO fhir_bridge_user;

CREATE FUNCTION aics_suggest_many(notes text[], server text DEFAULT 'aics', top integer DEFAULT 10,
		OUT note_no integer, OUT rank integer, OUT icd text, OUT prob double precision, OUT list integer)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED COST 10000000 ROWS 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_suggest_many';
COMMENT ON FUNCTION aics_suggest_many(text[], text, integer) IS
	'aics_suggest for several notes at once; note_no is a note''s place in the array. A note that is NULL has no rows';
REVOKE ALL ON FUNCTION aics_suggest_many(text[], text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aics_suggest_many(text[], text, integer) TO fhir_bridge_user;

CREATE FUNCTION aics_search(query text, server text DEFAULT 'aics', top integer DEFAULT 10,
		OUT rank integer, OUT icd text, OUT english_name text, OUT chinese_name text, OUT billable boolean)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED COST 1000000 ROWS 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_aics_search';
COMMENT ON FUNCTION aics_search(text, text, integer) IS
	'ICD-10 codes whose names fit a query, English or Chinese, best first';
REVOKE ALL ON FUNCTION aics_search(text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION aics_search(text, text, integer) TO fhir_bridge_user;
