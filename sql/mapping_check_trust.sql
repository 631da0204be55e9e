-- fhir_map_check follows only mappings of whom the caller trusts: it runs what they read with the caller's rights
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE ROLE check_attacker;
CREATE ROLE check_owner;
CREATE ROLE check_colleague;
CREATE ROLE check_member;
GRANT check_owner, check_colleague TO check_member;
CREATE SCHEMA evil AUTHORIZATION check_attacker;
CREATE SCHEMA his AUTHORIZATION check_owner;
CREATE SCHEMA lab AUTHORIZATION check_colleague;
GRANT USAGE ON SCHEMA evil, his, lab TO PUBLIC;
SET ROLE check_attacker;
CREATE FUNCTION evil.f(t text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
	IF current_user <> 'check_attacker' THEN RAISE INFO 'HIT: runs as %', current_user; END IF; RETURN t; END $$;
CREATE VIEW evil.patient AS SELECT evil.f('p' || i) AS id FROM generate_series(1, 1) i;
CREATE VIEW evil.encounter AS SELECT evil.f('e' || i) AS id FROM generate_series(1, 1) i;
CREATE MATERIALIZED VIEW evil.m AS SELECT 'p1'::text AS id;
CREATE TABLE evil.policed AS SELECT 'p1'::text AS id;
ALTER TABLE evil.policed ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON evil.policed USING (evil.f(id) IS NOT NULL);
GRANT SELECT ON ALL TABLES IN SCHEMA evil TO PUBLIC;
SELECT fhir_map('evil.patient', '{"resourceType":"Patient","id":"{id}"}'), fhir_map('evil.encounter', '{"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"}}'),
	fhir_map('evil.policed', '{"resourceType":"Patient","id":"{id}"}');
SET ROLE check_owner;
CREATE TABLE his.patient AS SELECT 'p1'::text AS id;
CREATE TABLE his.encounter AS SELECT 'e1'::text AS id, 'p1'::text AS patient, 'd1'::text AS doctor;
CREATE TABLE his.reading AS SELECT 'r1'::text AS id, 'd9'::text AS doctor;
GRANT SELECT ON ALL TABLES IN SCHEMA his TO PUBLIC;
SELECT fhir_map('his.patient', '{"resourceType":"Patient","id":"{id}"}'), fhir_map('his.encounter',
	'{"resourceType":"Encounter","id":"{id}","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/{patient}"},"participant":[{"individual":{"reference":"Practitioner/{doctor}"}}]}'),
	fhir_map('his.reading', '{"resourceType":"Basic","id":"{id}","code":{"text":"x"},"author":{"reference":"Practitioner/{doctor}"}}');
SET ROLE check_colleague;
CREATE TABLE lab.doctor AS SELECT 'd1'::text AS id;
GRANT SELECT ON ALL TABLES IN SCHEMA lab TO PUBLIC;
SELECT fhir_map('lab.doctor', '{"resourceType":"Practitioner","id":"{id}"}');
-- a superuser is a member of every role, and trusts none for it; the owner of what is checked he has named
RESET ROLE;
SELECT rule, diagnostics FROM fhir_map_check('his.encounter') ORDER BY 1, 2;
SELECT rule, diagnostics FROM fhir_map_check('his.patient') ORDER BY 1, 2;
-- nor does a reader
SET ROLE check_colleague;
SELECT rule, diagnostics FROM fhir_map_check('his.encounter') ORDER BY 1, 2;
-- who is granted a role does
SET ROLE check_member;
SELECT rule, diagnostics FROM fhir_map_check('his.encounter') WHERE path ~ 'Practitioner|participant' OR diagnostics ~ 'lab' ORDER BY 1, 2;
SELECT rule, diagnostics FROM fhir_map_check('his.reading') ORDER BY 1, 2;
-- and so does a superuser who is
RESET ROLE;
SELECT rule, diagnostics FROM fhir_map_check('his.reading') ORDER BY 1, 2;
DO $$ BEGIN EXECUTE format('GRANT check_colleague TO %I', current_user); END $$;
SELECT rule, diagnostics FROM fhir_map_check('his.reading') ORDER BY 1, 2;
-- a superuser's mapping is followed by all
ALTER TABLE lab.doctor OWNER TO CURRENT_USER;
SET ROLE check_owner;
SELECT rule, diagnostics FROM fhir_map_check('his.reading') ORDER BY 1, 2;
RESET ROLE;
-- no operator of the caller's search_path is used on the way
SET ROLE check_attacker;
CREATE FUNCTION evil.equal(regclass, oid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE INFO 'HIT: operator runs as %', current_user; RETURN true; END $$;
CREATE OPERATOR evil.= (LEFTARG = regclass, RIGHTARG = oid, FUNCTION = evil.equal);
RESET ROLE;
SET search_path = public, evil;
SELECT count(*) FROM fhir_map_check('his.patient');
RESET search_path;
DROP SCHEMA evil, his, lab CASCADE;
DO $$ BEGIN EXECUTE format('REVOKE check_colleague FROM %I', current_user); END $$;
DROP ROLE check_attacker, check_owner, check_colleague, check_member;
