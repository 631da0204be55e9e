-- what a mapping was trusted for changes after a session has compiled it: a function, a view, a policy, an owner, a role
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE change_owner;
CREATE ROLE change_reader;
CREATE ROLE change_super SUPERUSER;
CREATE SCHEMA his AUTHORIZATION change_owner;
GRANT USAGE ON SCHEMA his TO PUBLIC;
SET ROLE change_owner;
CREATE TABLE his.t (id int);
INSERT INTO his.t VALUES (1);
CREATE TABLE his.child AS SELECT 1 AS id, 'a'::text AS x;
CREATE TABLE his.policed AS SELECT 1 AS id, 'a'::text AS x;
ALTER TABLE his.policed ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION his.good(text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN RETURN 'good ' || $1; END $$;
CREATE FUNCTION his.visible(int) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN RETURN true; END $$;
CREATE VIEW his.below AS SELECT id, his.good(x) AS x FROM his.child;
CREATE VIEW his.v AS SELECT id, x FROM his.below;
CREATE POLICY p ON his.policed USING (his.visible(id));
GRANT SELECT ON ALL TABLES IN SCHEMA his TO PUBLIC;
CREATE FUNCTION his.evil() RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN
	IF current_user <> 'change_owner' THEN RAISE INFO 'HIT: runs as %', current_user; END IF; RETURN 'evil'; END $$;
RESET ROLE;
-- three names for the places where a function is called: itself, in a view below a view, in a policy
CREATE FUNCTION template(expression text) RETURNS json LANGUAGE sql AS
	$$ SELECT json_build_object('resourceType', 'Patient', 'id', '{id}', 'name', json_build_array(json_build_object('text', '{' || expression || '}'))) $$;
CREATE PROCEDURE register() LANGUAGE plpgsql AS $$ BEGIN
	PERFORM fhir_map('his.t', template('his.good(id::text)'), 'itself');
	PERFORM fhir_map('his.t', template('(SELECT v.x FROM his.v WHERE v.id = this.id)'), 'view');
	PERFORM fhir_map('his.t', template('(SELECT p.x FROM his.policed p WHERE p.id = this.id)'), 'policy');
END $$;
CREATE PROCEDURE read() LANGUAGE plpgsql AS $$
DECLARE name text; result text; role text;
BEGIN
	FOREACH role IN ARRAY '{change_reader,change_super}'::text[] LOOP
		FOR i IN 0 .. 1 LOOP
			PERFORM set_config('fhir_bridge.inline', (i = 1)::text, false);
			FOREACH name IN ARRAY '{itself,view,policy}'::text[] LOOP
				EXECUTE format('SET ROLE %I', role);
				BEGIN
					EXECUTE format('EXECUTE %I', name || i) INTO result;
				EXCEPTION WHEN others THEN result := sqlerrm;
				END;
				RESET ROLE;
				RAISE INFO '%', result;
			END LOOP;
		END LOOP;
	END LOOP;
	RESET fhir_bridge.inline;
END $$;
SET ROLE change_owner;
CALL register();	-- not without approval
RESET ROLE;
CALL register();
SET fhir_bridge.inline = off;
PREPARE itself0 AS SELECT fhir_json_from_row(t, 'his.itself') ->> 'name' FROM his.t;
PREPARE view0 AS SELECT fhir_json_from_row(t, 'his.view') ->> 'name' FROM his.t;
PREPARE policy0 AS SELECT fhir_json_from_row(t, 'his.policy') ->> 'name' FROM his.t;
RESET fhir_bridge.inline;
PREPARE itself1 AS SELECT fhir_json_from_row(t, 'his.itself') ->> 'name' FROM his.t;
PREPARE view1 AS SELECT fhir_json_from_row(t, 'his.view') ->> 'name' FROM his.t;
PREPARE policy1 AS SELECT fhir_json_from_row(t, 'his.policy') ->> 'name' FROM his.t;
CALL read();
-- the functions are replaced
SET ROLE change_owner;
CREATE OR REPLACE FUNCTION his.good(text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN RETURN his.evil(); END $$;
CREATE OR REPLACE FUNCTION his.visible(int) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN RETURN his.evil() IS NOT NULL; END $$;
RESET ROLE;
CALL read();
-- they come back, and the approval with them
SET ROLE change_owner;
CREATE OR REPLACE FUNCTION his.good(text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN RETURN 'good ' || $1; END $$;
CREATE OR REPLACE FUNCTION his.visible(int) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN RETURN true; END $$;
RESET ROLE;
CALL read();
-- views and policies are, with another function
SET ROLE change_owner;
CREATE OR REPLACE VIEW his.below AS SELECT id, his.evil() AS x FROM his.child;
ALTER POLICY p ON his.policed USING (his.evil() IS NOT NULL);
RESET ROLE;
CALL read();
-- or row-level security begins with a policy that was there
SET ROLE change_owner;
ALTER POLICY p ON his.policed USING (his.visible(id));
CREATE OR REPLACE VIEW his.below AS SELECT id, his.good(x) AS x FROM his.child;
CREATE POLICY q ON his.child USING (his.evil() IS NOT NULL);
RESET ROLE;
CALL read();
SET ROLE change_owner;
ALTER TABLE his.child ENABLE ROW LEVEL SECURITY;
RESET ROLE;
CALL read();
-- functions of a superuser need no approval, until he is none or they are another's
SET ROLE change_owner;
ALTER TABLE his.child DISABLE ROW LEVEL SECURITY;
RESET ROLE;
ALTER FUNCTION his.good OWNER TO change_super;
ALTER FUNCTION his.visible OWNER TO change_super;
SET ROLE change_owner;
CALL register();
RESET ROLE;
CALL read();
ALTER ROLE change_super NOSUPERUSER;
DISCARD PLANS;	-- of plans that the server keeps it does not tell
CALL read();
ALTER ROLE change_super SUPERUSER;
ALTER FUNCTION his.good OWNER TO change_owner;
ALTER FUNCTION his.visible OWNER TO change_owner;
CALL read();
-- a type of a superuser, likewise
CREATE TYPE his.mood AS ENUM ('1');
SET ROLE change_owner;
SELECT fhir_map('his.t', template('to_json(id::text::his.mood)'), 'itself');
RESET ROLE;
CALL read();
ALTER TYPE his.mood OWNER TO change_owner;
CALL read();
DEALLOCATE ALL;
DROP PROCEDURE register, read;
DROP FUNCTION template;
DROP SCHEMA his CASCADE;
DROP ROLE change_owner, change_reader, change_super;
