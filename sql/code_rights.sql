-- code maps: who may make one, who may replace it, and that changes are seen

CREATE ROLE regress_code_owner;
CREATE ROLE regress_code_member IN ROLE regress_code_owner;
CREATE ROLE regress_code_stranger;

-- making one is a privilege
SET ROLE regress_code_stranger;
SELECT fhir_code_map('m', '{"a": "b"}');
RESET ROLE;
GRANT EXECUTE ON FUNCTION fhir_code_map TO regress_code_owner, regress_code_stranger;
SET ROLE regress_code_owner;
SELECT fhir_code_map('m', '{"a": "owner"}');
INSERT INTO fhir_code_map_entry VALUES ('m', 'z', 'z');
RESET ROLE;

-- a map belongs to who made it, with members; anybody may use it
SET ROLE regress_code_stranger;
SELECT fhir_code('m', 'a');
SELECT fhir_code_map('m', '{"a": "stranger"}');
SET ROLE regress_code_member;
SELECT fhir_code_map('m', '{"a": "member"}');
SELECT fhir_code('m', 'a');
RESET ROLE;
SELECT owner FROM fhir_code_map WHERE map = 'm';
SELECT fhir_code_map('m', '{"a": "superuser"}');
SELECT owner FROM fhir_code_map WHERE map = 'm';

-- an owner who is gone leaves it to the extension's
DROP OWNED BY regress_code_owner;
DROP ROLE regress_code_member;
DROP ROLE regress_code_owner;
SET ROLE regress_code_stranger;
SELECT fhir_code_map('m', '{"a": "stranger"}');
RESET ROLE;
SELECT fhir_code_map('m', '{"a": "again"}');

-- a session sees each change at once: replaced, rolled back, removed
PREPARE look AS SELECT fhir_code('m', 'a');
EXECUTE look;
BEGIN;
SELECT fhir_code_map('m', '{"a": "inside"}');
EXECUTE look;
SAVEPOINT s;
SELECT fhir_code_map('m', '{"a": "deeper"}');
EXECUTE look;
ROLLBACK TO s;
EXECUTE look;
ROLLBACK;
EXECUTE look;
CREATE FUNCTION replace_and_look() RETURNS SETOF text
	LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..3 LOOP
		PERFORM fhir_code_map('m', jsonb_build_object('a', 'round ' || i));
		RETURN NEXT fhir_code('m', 'a');
	END LOOP;
END
$$;
SELECT replace_and_look();
UPDATE fhir_code_map_entry SET code = 'by hand' WHERE map = 'm';
EXECUTE look;
DELETE FROM fhir_code_map WHERE map = 'm';
EXECUTE look;
SELECT fhir_code_map('m', '{"a": "back"}');
EXECUTE look;
TRUNCATE fhir_code_map CASCADE;
EXECUTE look;

REVOKE EXECUTE ON FUNCTION fhir_code_map FROM regress_code_stranger;
DROP ROLE regress_code_stranger;
