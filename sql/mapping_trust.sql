-- whose code a mapping runs: each way in which a stranger's function would run as the reader
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE ROLE mapping_attacker;
CREATE ROLE mapping_reader;
CREATE SCHEMA evil AUTHORIZATION mapping_attacker;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
SET ROLE mapping_attacker;
-- says so when somebody else runs it
CREATE FUNCTION evil.note(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	IF current_user <> 'mapping_attacker' THEN RAISE INFO 'HIT: % runs as %', what, current_user; END IF;
	RETURN true;
END $$;
CREATE FUNCTION evil.json(anyelement) RETURNS json LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT to_json(evil.note('cast to json')) $$;
CREATE DOMAIN evil.dom AS int CHECK (evil.note('domain'));
CREATE TYPE evil.comp AS (a evil.dom);
CREATE TYPE evil.mood AS ENUM ('happy', 'sad');
CREATE FUNCTION evil.mood_json(evil.mood) RETURNS json LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN to_json(evil.note('cast to json')); END $$;
CREATE FUNCTION evil.mood_text(evil.mood) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN evil.note('cast to text'); END $$;
CREATE FUNCTION evil.diff(int, int) RETURNS float8 LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN PERFORM evil.note('range'); RETURN $1 - $2; END $$;
CREATE TYPE evil.span AS RANGE (subtype = int, subtype_diff = evil.diff);
CREATE TABLE evil.t (id int, m evil.mood, c evil.comp, d evil.dom, s evil.span, ms evil.mood[], ds evil.dom[]);
INSERT INTO evil.t VALUES (1, 'happy', '(1)', 1, '[1,2)', '{happy,sad}', '{1}');
CREATE TABLE evil.child AS SELECT (t).* FROM evil.t t, generate_series(1, 200);
CREATE TABLE evil.secret AS SELECT 1 AS a;
ALTER TABLE evil.secret ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON ALL TABLES IN SCHEMA evil TO PUBLIC;
RESET ROLE;
ANALYZE evil.child;
-- registers an expression as the attacker, who then does one thing more, and reads it as two victims
CREATE PROCEDURE attempt(expression text, later text DEFAULT NULL, victims text[] DEFAULT '{mapping_reader,postgres}') LANGUAGE plpgsql AS $$
DECLARE victim text; result text;
BEGIN
	SET ROLE mapping_attacker;
	BEGIN
		PERFORM fhir_map('evil.t', json_build_object('resourceType', 'Patient', 'id', '{id}', 'name', json_build_array(json_build_object('text', '{(' || expression || ')::text}'))));
	EXCEPTION WHEN others THEN
		RAISE INFO '%: %', expression, split_part(sqlerrm, E'\n', 1);
		RESET ROLE;
		RETURN;
	END;
	IF later IS NOT NULL THEN EXECUTE later; END IF;
	FOREACH victim IN ARRAY victims LOOP
		EXECUTE format('SET ROLE %I', victim);
		FOR i IN 0 .. 1 LOOP
			PERFORM set_config('fhir_bridge.inline', (i = 1)::text, false);
			BEGIN
				EXECUTE 'SELECT fhir_json_from_row(t) FROM evil.t t' INTO result;
			EXCEPTION WHEN others THEN result := sqlerrm;
			END;
			IF i = 0 THEN RAISE INFO '%: %', expression, result; END IF;
		END LOOP;
		RESET ROLE;
	END LOOP;
	RESET ROLE;
END $$;

-- casts that are looked up while a function runs, also made later
CALL attempt('to_json(m)', 'CREATE CAST (evil.mood AS json) WITH FUNCTION evil.mood_json(evil.mood)');
CALL attempt('row_to_json(ROW(m))');
CALL attempt('jsonb_build_object(1, ms)');
CALL attempt('(SELECT json_agg(x) FROM (SELECT c.m FROM evil.child c LIMIT 1) x)');
CALL attempt('to_json(m)');
CALL attempt('m || ''x''', 'CREATE CAST (evil.mood AS text) WITH FUNCTION evil.mood_text(evil.mood)');
CALL attempt('quote_literal(m)');
-- domains behind functions, literals, columns of functions, conversions
CALL attempt('(jsonb_populate_record(null::evil.comp, jsonb_build_object(''a'', id))).a');
CALL attempt('id + coalesce((''{1}''::evil.dom[])[1], 0)');
CALL attempt('(SELECT a FROM jsonb_to_record(''{"a":1}'') AS x(a evil.dom))');
CALL attempt('(''(1)''::evil.comp).a');
CALL attempt('c IS NOT DISTINCT FROM ''(1)''');
CALL attempt('coalesce(c, ''(1)'')');
CALL attempt('ds || ''{1}''');
CALL attempt('(ARRAY[''(1)'']::evil.comp[])[1]');
CALL attempt('(format(''(%s)'', id)::evil.comp).a');
CALL attempt('evil.comp(format(''(%s)'', id))');
CALL attempt('(SELECT a FROM xmltable(''/a'' PASSING xmlparse(content ''<a>1</a>'') COLUMNS a evil.dom PATH ''.''))');
CALL attempt('(SELECT sum(a) FROM json_to_recordset(''[{"a":1}]'') AS x(a evil.dom))');
CALL attempt('(SELECT count(*) FROM ROWS FROM (jsonb_to_record(''{"a":1}'') AS (a evil.dom), generate_series(1, 2)) x)');
CALL attempt('xmlforest(c AS x)');
-- ranges: operators, constructors and what the planner asks
CALL attempt('s && ''[1,5)''');
CALL attempt('(SELECT count(*) FROM evil.child c WHERE c.s && ''[1,5)'')');
CALL attempt('upper(evil.span(1, id))');
CALL attempt('upper(s * s)');
-- a template that no fhir_map has judged, such as one of an older version: its literals are read as the table's owner
SET ROLE mapping_attacker;
SELECT fhir_map('evil.t', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{c IS NULL}"}]}');
RESET ROLE;
UPDATE fhir_mapping SET template = '{"resourceType":"Patient","id":"{id}","name":[{"text":"{(c = ANY(ARRAY[c, ''(1)'']))::text}"}]}' WHERE name = 't';
EXPLAIN (COSTS OFF) SELECT fhir_json_from_row(t) FROM evil.t t;
SELECT fhir_json_from_row(ROW(1, NULL, NULL, NULL, NULL, NULL, NULL)::evil.t);
UPDATE fhir_mapping SET template = '{"resourceType":"Patient","id":"{id}","name":[{"text":"{(''(1)''::evil.comp).a}"}]}' WHERE name = 't';
EXPLAIN (COSTS OFF) SELECT fhir_json_from_row(t) FROM evil.t t;
-- policies of tables that a sub-select reads, also made later
CREATE VIEW evil.of_superuser AS SELECT a FROM evil.secret;
SET ROLE mapping_attacker;
CREATE POLICY p ON evil.secret USING (evil.note('policy'));
RESET ROLE;
CALL attempt('(SELECT a FROM evil.secret)');
SET ROLE mapping_attacker;
DROP POLICY p ON evil.secret;
CREATE POLICY p ON evil.secret USING (true);
RESET ROLE;
CALL attempt('(SELECT a FROM evil.secret)', 'ALTER POLICY p ON evil.secret USING (evil.note(''later policy''))');
CALL attempt('(SELECT max(a) FROM evil.secret WHERE a = id)', 'ALTER POLICY p ON evil.secret USING (EXISTS (SELECT FROM evil.t x WHERE evil.note(''policy below'')))');
SET ROLE mapping_attacker;
ALTER POLICY p ON evil.secret USING (set_config('application_name', 'evil', false) IS NOT NULL);
CREATE VIEW evil.v AS SELECT a FROM evil.secret;
RESET ROLE;
CALL attempt('(SELECT a FROM evil.v)');
-- functions: of extensions by their owner, of views, of aggregates
CREATE EXTENSION citext SCHEMA evil;
SET ROLE mapping_attacker;
CREATE FUNCTION evil.g(int) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN evil.note('member'); END $$;
RESET ROLE;
ALTER EXTENSION citext ADD FUNCTION evil.g(int);
CALL attempt('evil.g(id)');
CALL attempt('evil.citext(id::text)');
SET ROLE mapping_attacker;
CREATE OR REPLACE VIEW evil.v AS SELECT evil.g(1)::int AS a;
CREATE AGGREGATE evil.agg(int) (SFUNC = int4pl, STYPE = int, INITCOND = 0, PARALLEL = SAFE);
RESET ROLE;
CALL attempt('(SELECT a FROM evil.v)');
CALL attempt('(SELECT evil.agg(a) FROM evil.secret)');
-- what is as it should be
CALL attempt('m', victims => '{mapping_reader}');
CALL attempt('m = ''happy''', victims => '{mapping_reader}');
CALL attempt('m IN (''sad'', ''happy'')', victims => '{mapping_reader}');
CALL attempt('concat(m, array_to_string(ms, ''+''), (c).a, ds[1], array_length(ds, 1), s)', victims => '{mapping_reader}');
CALL attempt('(c).a + d + 1', victims => '{mapping_reader}');
CALL attempt('(SELECT jsonb_agg(x) FROM (SELECT c.id, c.d + 1 AS e FROM evil.child c LIMIT 1) x)', victims => '{mapping_reader}');
CALL attempt('(SELECT array_to_json(array_agg(x)) FROM (SELECT c.id FROM evil.child c LIMIT 1) x)', victims => '{mapping_reader}');
CALL attempt('to_jsonb(id)', victims => '{mapping_reader}');
CALL attempt('(SELECT max(u) FROM unnest(ms) u)', victims => '{mapping_reader}');
DROP PROCEDURE attempt;
DROP SCHEMA evil CASCADE;
DROP ROLE mapping_attacker, mapping_reader;
