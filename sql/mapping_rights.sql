-- who may register, who may run, whose functions a mapping may call
SET fhir_bridge.inline = off;	-- the plain call: its errors say where in the template they come from
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE ROLE mapping_owner;
CREATE ROLE mapping_member;
CREATE ROLE mapping_reader;
CREATE ROLE mapping_stranger;
GRANT mapping_owner TO mapping_member;
CREATE SCHEMA mapping_rights AUTHORIZATION mapping_owner;
GRANT USAGE ON SCHEMA mapping_rights TO PUBLIC;
SET ROLE mapping_owner;
CREATE TABLE mapping_rights.t (id text, sex text, secret text DEFAULT 'secret');
INSERT INTO mapping_rights.t VALUES ('A123456789', 'male');
CREATE VIEW mapping_rights.v AS SELECT id, sex FROM mapping_rights.t;

-- owner and members, not strangers, not readers
SELECT fhir_map('mapping_rights.t', '{"resourceType":"Patient","id":"{''x''}","language":"{sex}"}');
SET ROLE mapping_member;
SELECT fhir_map('mapping_rights.t', '{"resourceType":"Patient","id":"{''x''}","language":"{sex}"}', 'member'), fhir_unmap('mapping_rights.member');
SET ROLE mapping_stranger;
SELECT fhir_map('mapping_rights.t', '{"resourceType":"Patient","id":"{''x''}"}');
SELECT fhir_unmap('mapping_rights.t');
SELECT fhir_map('pg_catalog.pg_class', '{"resourceType":"Patient","id":"{''x''}"}');
INSERT INTO fhir_mapping VALUES ('mapping_rights.t', 'x', '{}');
DELETE FROM fhir_mapping;
SELECT count(*) FROM fhir_mapping WHERE relation = 'mapping_rights.t'::regclass;

-- the caller's rights: nobody sees what he could not select; a row of his own he may map
SELECT fhir_from_row(t) FROM mapping_rights.t;
SELECT fhir_from_row(s, 'mapping_rights.t') FROM (SELECT 'x'::text AS sex) s;
RESET ROLE;
GRANT SELECT (sex) ON mapping_rights.t TO mapping_reader;
SET ROLE mapping_reader;
SELECT fhir_from_row(t) FROM mapping_rights.t;
SELECT fhir_from_row(s, 'mapping_rights.t') FROM (SELECT sex FROM mapping_rights.t) s;
RESET ROLE;
REVOKE SELECT (sex) ON mapping_rights.t FROM mapping_reader;

-- fhir_id: registered only by who may call it
SET ROLE mapping_owner;
SELECT fhir_map('mapping_rights.t', '{"resourceType":"Patient","id":"{fhir_id(''patient'', id)}"}');
SELECT fhir_id('patient', 'A123456789');
RESET ROLE;
GRANT EXECUTE ON FUNCTION fhir_id TO mapping_owner;
SET ROLE mapping_owner;
SELECT fhir_map('mapping_rights.t', '{"resourceType":"Patient","id":"{fhir_id(''patient'', id)}"}');
SELECT fhir_map('mapping_rights.v', '{"resourceType":"Patient","id":"{fhir_id(''patient'', id)}"}');
GRANT SELECT ON mapping_rights.t TO mapping_reader;
GRANT SELECT (id) ON mapping_rights.v TO mapping_stranger;
-- it runs for a reader who may not call fhir_id himself, by no other door
SET ROLE mapping_reader;
SELECT count(fhir_from_row(t) ->> 'id') FROM mapping_rights.t;
SELECT fhir_id('patient', 'A123456789');
SELECT fhir_bridge_id_in_mapping(NULL, 'patient', 'A1') IS NULL;	-- no SQL has a value for its first argument
SELECT fhir_bridge_id_in_mapping('mapping_rights.v', 'patient', 'A1');
SELECT fhir_from_row(s, 'mapping_rights.v') FROM (SELECT 'A123456789'::text AS id) s;
SET ROLE mapping_stranger;
SELECT fhir_from_row(s, 'mapping_rights.t') FROM (SELECT 'A123456789'::text AS id) s;
SELECT count(fhir_from_row(s, 'mapping_rights.v')) FROM (SELECT id FROM mapping_rights.v) s;
-- who sees another column could try ids by rows of his own making
RESET ROLE;
REVOKE SELECT (id) ON mapping_rights.v FROM mapping_stranger;
GRANT SELECT (sex) ON mapping_rights.v TO mapping_stranger;
SET ROLE mapping_stranger;
SELECT fhir_from_row(s, 'mapping_rights.v') FROM (SELECT 'A123456789'::text AS id) s;
-- by one prepared statement for one role after the other
PREPARE ids AS SELECT count(fhir_json_from_row(s, 'mapping_rights.t')) FROM (SELECT 'A123456789'::text AS id) s;
EXECUTE ids;
SET ROLE mapping_reader;
EXECUTE ids;
SET ROLE mapping_stranger;
EXECUTE ids;
-- an owner who may not call it any more, and a new owner who may not
RESET ROLE;
REVOKE EXECUTE ON FUNCTION fhir_id FROM mapping_owner;
SELECT fhir_from_row(t) FROM mapping_rights.t;
ALTER TABLE mapping_rights.t OWNER TO CURRENT_USER;
SELECT count(fhir_from_row(t)) FROM mapping_rights.t;
SET ROLE mapping_owner;
SELECT fhir_map('mapping_rights.t', '{"resourceType":"Patient","id":"{''x''}"}');
RESET ROLE;
ALTER TABLE mapping_rights.t OWNER TO mapping_owner;

-- functions: of pg_catalog, extensions and superusers; others need a superuser's approval
CREATE FUNCTION mapping_rights.of_superuser(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT ''super'' || $1';
SET ROLE mapping_owner;
CREATE FUNCTION mapping_rights.mine(text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN 'mine' || $1; END $$;
CREATE FUNCTION mapping_rights.equal(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN true; END $$;
CREATE OPERATOR mapping_rights.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = mapping_rights.equal);
SELECT fhir_map('mapping_rights.t', '{"resourceType":"Patient","id":"{''x''}","language":"{mapping_rights.of_superuser(sex)}"}');
SELECT fhir_from_row(t) FROM mapping_rights.t;
SELECT fhir_map('mapping_rights.t', '{"resourceType":"Patient","id":"{''x''}","language":"{mapping_rights.mine(sex)}"}');
SELECT fhir_map('mapping_rights.t', '{"resourceType":"Patient","id":"{''x''}","active":"{id OPERATOR(mapping_rights.===) sex}"}');
RESET ROLE;
SELECT fhir_map('mapping_rights.t', '{"resourceType":"Patient","id":"{''x''}","language":"{mapping_rights.mine(sex)}","active":"{id OPERATOR(mapping_rights.===) sex}"}');
SET ROLE mapping_reader;
SELECT fhir_from_row(t) FROM mapping_rights.t;
-- the approval ends when the function changes, and comes back with it
SET ROLE mapping_owner;
CREATE OR REPLACE FUNCTION mapping_rights.mine(text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RAISE 'evil'; END $$;
SELECT fhir_from_row(t) FROM mapping_rights.t;
CREATE OR REPLACE FUNCTION mapping_rights.mine(text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN 'mine' || $1; END $$;
SELECT fhir_from_row(t) FROM mapping_rights.t;
-- replaced by the owner without that function, and with it: his registration approves nothing
SELECT fhir_map('mapping_rights.t', '{"resourceType":"Patient","id":"{''x''}","language":"{sex}"}');
SELECT fhir_map('mapping_rights.t', '{"resourceType":"Patient","id":"{''x''}","language":"{mapping_rights.mine(sex)}"}');
-- a trusted function that is given to somebody else is trusted no longer
SELECT fhir_map('mapping_rights.t', '{"resourceType":"Patient","id":"{''x''}","language":"{mapping_rights.of_superuser(sex)}"}');
RESET ROLE;
ALTER FUNCTION mapping_rights.of_superuser OWNER TO mapping_owner;
SELECT fhir_from_row(t) FROM mapping_rights.t;
ALTER FUNCTION mapping_rights.of_superuser OWNER TO CURRENT_USER;
REVOKE EXECUTE ON FUNCTION mapping_rights.of_superuser FROM PUBLIC;
SET ROLE mapping_reader;
SELECT fhir_from_row(t) FROM mapping_rights.t;
SET ROLE mapping_owner;
SELECT fhir_map('mapping_rights.t', '{"resourceType":"Patient","id":"{''x''}","language":"{mapping_rights.of_superuser(sex)}"}');
RESET ROLE;
DROP SCHEMA mapping_rights CASCADE;
DROP ROLE mapping_member, mapping_owner, mapping_reader, mapping_stranger;
