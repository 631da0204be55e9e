/*
 * r4: checking resources against FHIR R4 (4.0.1).  The answers depend on the
 * tables of the module alone: immutable, fit for CHECK constraints.  jsonb has
 * already rewritten numbers (1e2 is 100) and kept only the last of members
 * that stand twice; the forms for json see the text as it was written.
 */

CREATE FUNCTION fhir_is_valid(resource jsonb) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'fhir_bridge_is_valid';
COMMENT ON FUNCTION fhir_is_valid(jsonb) IS
	'is this a resource of FHIR R4 without errors? Stops at the first; fhir_validate lists them. jsonb has already rewritten numbers like 1e2 and dropped duplicate keys, which fhir_is_valid(json) sees';

CREATE FUNCTION fhir_is_valid(resource json) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'fhir_bridge_is_valid_json';
COMMENT ON FUNCTION fhir_is_valid(json) IS
	'is this a resource of FHIR R4 without errors? As for jsonb, but on the text as it was written: numbers like 1e2 and duplicate keys are seen';

CREATE FUNCTION fhir_validate(resource jsonb,
	OUT severity text, OUT code text, OUT expression text, OUT diagnostics text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50 ROWS 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_validate';
COMMENT ON FUNCTION fhir_validate(jsonb) IS
	'what is wrong with a resource of FHIR R4, one row a fault, in the terms of OperationOutcome.issue: severity (error or warning), code, expression (FHIRPath), diagnostics (the rule and what it asks for, never a value of the resource); no rows when it is good. jsonb has already rewritten numbers like 1e2 and dropped duplicate keys, which fhir_validate(json) sees';

CREATE FUNCTION fhir_validate(resource json,
	OUT severity text, OUT code text, OUT expression text, OUT diagnostics text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 200 ROWS 10
	AS 'MODULE_PATHNAME', 'fhir_bridge_validate_json';
COMMENT ON FUNCTION fhir_validate(json) IS
	'what is wrong with a resource of FHIR R4, as for jsonb, but on the text as it was written: numbers like 1e2 and duplicate keys are seen';

CREATE FUNCTION fhir_invariants(OUT key text, OUT path text, OUT severity text,
	OUT human text, OUT expression text, OUT checked boolean, OUT reason text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 241
	AS 'MODULE_PATHNAME', 'fhir_bridge_invariants';
COMMENT ON FUNCTION fhir_invariants() IS
	'the invariants of FHIR R4 in HL7''s order: key, path where it is defined, severity, text, FHIRPath, whether fhir_validate checks it, and the reason why not or what to know of how it is checked';
