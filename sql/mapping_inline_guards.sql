-- when a call of fhir_from_row stays as it is, and why: each guard of inlining
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA mapping_inline_guards;
SET search_path = mapping_inline_guards, public;
CREATE TABLE t (id int PRIMARY KEY, name text, ward int);
CREATE TABLE child (parent int, note text);
INSERT INTO t SELECT i, 'name ' || i, i % 3 FROM generate_series(1, 6) i;
INSERT INTO child SELECT i % 5, 'note ' || i FROM generate_series(1, 12) i;
ANALYZE;
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{upper(name)} of {name}"}]}', 'plain'),
	fhir_map('t', '{"resourceType":"Patient","id":"{id}","name":[{"$each":"(SELECT note FROM child WHERE parent = id ORDER BY note) AS d","text":"{d}"}]}', 'deep');
-- "inlined" or "plain" by the plan, and the results when they are the plain call's; %s is the mapping
CREATE FUNCTION same(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	m text;
	sql text;
	line text;
	calls int;
	got text[];
	one text;
BEGIN
	FOREACH m IN ARRAY ARRAY['plain', 'deep'] LOOP
		sql := replace(query, '%s', quote_literal('mapping_inline_guards.' || m));
		PERFORM set_config('fhir_bridge.inline', 'on', true);
		calls := 0;
		FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || sql LOOP
			calls := calls + (line LIKE '%fhir_json_from_row(%')::int;
		END LOOP;
		got := '{}';
		FOREACH one IN ARRAY ARRAY['on', 'off'] LOOP
			PERFORM set_config('fhir_bridge.inline', one, true);
			IF sql LIKE 'SELECT%' THEN
				EXECUTE format('SELECT string_agg(coalesce(q::text, ''-''), '' | '') FROM (%s) q', sql) INTO line;
			ELSE
				BEGIN
					EXECUTE format('WITH q AS (%s) SELECT string_agg(coalesce(q::text, ''-''), '' | '') FROM q', sql) INTO line;
					RAISE EXCEPTION USING ERRCODE = 'ZZ999', MESSAGE = line;
				EXCEPTION WHEN SQLSTATE 'ZZ999' THEN line := sqlerrm;
				END;
			END IF;
			got := got || line;
		END LOOP;
		RETURN NEXT CASE WHEN calls > 0 THEN 'plain' ELSE 'inlined' END || CASE WHEN got[1] IS NOT DISTINCT FROM got[2] THEN ': ' || left(got[1], 110)
			ELSE ' DIFFERS: ' || got[1] || ' BUT ' || got[2] END;
	END LOOP;
END $$;

-- not part of a query: constraints, triggers, PL/pgSQL; or simplified late: a constraint that excludes
CREATE TABLE checked (LIKE t, CHECK (fhir_from_row(checked, 'mapping_inline_guards.deep') ->> 'id' <> '3'), CHECK (fhir_from_row(ROW(id, name, ward)::t, 'mapping_inline_guards.deep') ->> 'id' <> '3'));
INSERT INTO checked SELECT * FROM t WHERE id < 3;
INSERT INTO checked SELECT * FROM t WHERE id = 3;
CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE INFO '%', fhir_json_from_row(new, 'mapping_inline_guards.deep');
	RETURN new;
END $$;
CREATE TRIGGER told BEFORE INSERT ON checked FOR EACH ROW WHEN (fhir_from_row(new, 'mapping_inline_guards.deep') ? 'name') EXECUTE FUNCTION told();
INSERT INTO checked SELECT * FROM t WHERE id = 4;
SET constraint_exclusion = on;
SELECT same('SELECT id, fhir_json_from_row(c, %s) FROM checked c WHERE id < 3 ORDER BY id');
RESET constraint_exclusion;
-- rows that an outer join makes NULL, on either side, below others, and by way of a view
SELECT same('SELECT n, fhir_json_from_row(t, %s) FROM generate_series(5, 7) n LEFT JOIN t ON t.id = n ORDER BY n');
SELECT same('SELECT n, fhir_json_from_row(t, %s) FROM t RIGHT JOIN generate_series(5, 7) n ON t.id = n ORDER BY n');
SELECT same('SELECT n, fhir_json_from_row(t, %s) FROM t FULL JOIN generate_series(6, 7) n ON t.id = n WHERE n > 5 ORDER BY n');
SELECT same('SELECT n, fhir_json_from_row(t, %s) FROM generate_series(6, 7) n LEFT JOIN (child JOIN t ON t.id = parent + 2) ON t.id = n ORDER BY n, note');
SELECT same('SELECT n, (SELECT fhir_json_from_row(t, %s) FROM child LIMIT 1) FROM generate_series(6, 7) n LEFT JOIN t ON t.id = n ORDER BY n');
SELECT same('SELECT t.id, fhir_json_from_row(t, %s) FROM t LEFT JOIN child ON parent = t.id AND note > ''note 3'' WHERE t.id > 4 ORDER BY t.id');
SELECT same('SELECT n, r FROM generate_series(6, 7) n LEFT JOIN (SELECT id, fhir_json_from_row(t, %s) AS r FROM t) s ON s.id = n ORDER BY n');
CREATE VIEW v AS SELECT id, name || '!' AS name, ward FROM t;
SELECT same('SELECT n, fhir_json_from_row(v, %s) FROM generate_series(6, 7) n LEFT JOIN v ON v.id = n ORDER BY n');
-- RETURNING (old and new, which came with 18, are in test/t/mapping_versions.pl)
SELECT same('UPDATE t SET name = ''other'' WHERE id = 1 RETURNING fhir_json_from_row(t, %s)');
-- grouping sets
SELECT same('SELECT fhir_json_from_row(t, %s), count(*) FROM t WHERE id < 3 GROUP BY ROLLUP (t) ORDER BY t.*::text');
SELECT same('SELECT (SELECT fhir_json_from_row(t, %s)), count(*) FROM t WHERE id < 3 GROUP BY GROUPING SETS ((t), ()) ORDER BY 2, t.*::text');
-- (grouped by whole rows: inlined before 18, which gives groups entries of their own)
SELECT substr(s, position(':' IN s)) FROM same('SELECT fhir_json_from_row(t, %s), count(*) FROM t WHERE id < 3 GROUP BY t ORDER BY t.*::text') s;
SELECT same('SELECT fhir_json_from_row(v, %s), count(*) FROM v WHERE id < 3 GROUP BY ROLLUP (v) ORDER BY v.*::text');
SELECT substr(s, position(':' IN s)) FROM same('SELECT fhir_json_from_row(v, %s), count(*) FROM v WHERE id < 3 GROUP BY v ORDER BY v.*::text') s;
-- the planner's own sub-queries: EXISTS that may become a hashed one, with the same relation around
SELECT same('SELECT id FROM t WHERE EXISTS (SELECT FROM child c JOIN t u ON u.id = c.parent WHERE c.parent = t.ward AND fhir_json_from_row(u, %s) IS NOT NULL) OR id = 6 ORDER BY id');
SELECT same('SELECT id FROM t WHERE EXISTS (SELECT FROM t u WHERE u.ward = t.id AND fhir_json_from_row(u, %s)::text LIKE ''%5%'') OR id = 6 ORDER BY id');
SELECT same('SELECT id FROM t WHERE EXISTS (SELECT FROM child c LEFT JOIN t u ON u.id = c.parent WHERE c.parent = t.ward AND fhir_json_from_row(u, %s) IS NULL) OR id = 6 ORDER BY id');
SELECT same('SELECT id FROM t WHERE EXISTS (SELECT FROM v u WHERE u.ward = t.ward AND u.id = t.id AND fhir_json_from_row(u, %s)::text LIKE ''%5%'') OR id = 6 ORDER BY id');
SELECT same('SELECT id FROM t WHERE EXISTS (SELECT FROM t u WHERE u.ward = t.ward AND fhir_json_from_row(ROW(u.id, u.name, 1)::t, %s)::text LIKE ''%5%'') OR id = 6 ORDER BY id');
SELECT same('SELECT id FROM (SELECT * FROM v OFFSET 0) t WHERE EXISTS (SELECT FROM v u WHERE u.id = t.ward AND fhir_json_from_row(u, %s)::text LIKE ''%1%'') OR id = 6 ORDER BY id');
CREATE FUNCTION rows() RETURNS SETOF t LANGUAGE plpgsql STABLE AS 'BEGIN RETURN QUERY SELECT * FROM mapping_inline_guards.t; END';
SELECT same('SELECT id FROM t WHERE EXISTS (SELECT FROM rows() u WHERE u.ward = t.id AND fhir_json_from_row(u, %s)::text LIKE ''%5%'') OR id = 6 ORDER BY id');
-- rows made in the query: volatile fields, costly ones used twice, cheap ones, sub-selects
SELECT same('SELECT length(fhir_json_from_row(ROW(1, CASE WHEN random() < 2 THEN ''n'' END, 2)::t, %s)::text)');
SELECT same('SELECT fhir_json_from_row(ROW(id, repeat(md5(md5(md5(md5(md5(md5(md5(md5(md5(md5(name)))))))))), 1), 2)::t, %s) FROM t WHERE id = 1');
SELECT same('SELECT fhir_json_from_row(x, %s) FROM (SELECT repeat(md5(md5(md5(md5(md5(md5(md5(md5(md5(md5(name)))))))))), 1) AS name, id FROM t WHERE id = 1) x');
SELECT same('SELECT fhir_json_from_row(ROW((SELECT max(parent) FROM child), name, 2)::t, %s) FROM t WHERE id = 1');
SELECT same('SELECT fhir_json_from_row(ROW(id, trim(name), 2)::t, %s) FROM t WHERE id = 1');
SELECT same('SELECT fhir_json_from_row(x, %s) FROM (SELECT * FROM t UNION ALL SELECT * FROM t) x WHERE id = 2');
SELECT same('SELECT fhir_json_from_row(x, %s) FROM unnest(ARRAY[ROW(1, ''n'', 2)]::t[]) x');
-- a sub-query in FROM that cannot be pulled up is planned late
SELECT same('SELECT r FROM t JOIN child ON parent = t.id, LATERAL (SELECT fhir_json_from_row(t, %s) AS r OFFSET 0) s WHERE note = ''note 2''');
-- no constant name; several mappings; no mapping; too many values; a template that calls fhir_from_row itself
SELECT count(fhir_json_from_row(t, m)) FROM t, unnest('{plain,deep}'::text[]) m;
EXPLAIN (VERBOSE, COSTS OFF) SELECT fhir_json_from_row(t) FROM t;
EXPLAIN (VERBOSE, COSTS OFF) SELECT fhir_json_from_row(c) FROM child c;
SELECT fhir_map('t', json_build_object('resourceType', 'Patient', 'id', '{id}', 'name', (SELECT json_agg(json_build_object('text', '{id + ' || i || '}')) FROM generate_series(1, 98) i)), 'plain'),
	fhir_map('t', json_build_object('resourceType', 'Patient', 'id', '{id}', 'name', (SELECT json_agg(json_build_object('text', '{id + ' || i || '}')) FROM generate_series(1, 99) i)), 'deep');
SELECT left(s, 40) FROM same('SELECT fhir_json_from_row(t, %s) FROM t WHERE id = 1') s;
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","contained":["{fhir_from_row(this, ''mapping_inline_guards.inner'')}"]}', 'plain'), fhir_map('t', '{"resourceType":"Basic","id":"{id}","code":{"text":"c"}}', 'inner'),
	fhir_map('t', '{"resourceType":"Patient","id":"{id}","contained":["{ARRAY(SELECT fhir_from_row(t, ''mapping_inline_guards.inner'') FROM t WHERE t.id <= this.id ORDER BY t.id)}"]}', 'deep');
SELECT same('SELECT fhir_json_from_row(t, %s) FROM t WHERE id = 2');
-- a tree: the mapping maps the rows below by itself
SELECT fhir_map('t', '{"resourceType":"Patient","id":"{id}","contained":[{"$each":"(SELECT fhir_from_row(c, ''mapping_inline_guards.deep'') AS r FROM t c WHERE c.id > this.id AND c.id <= this.ward + 3 ORDER BY c.id) AS d","resourceType":"Parameters","id":"r","parameter":[{"name":"r","resource":"{d.r}"}]}]}', 'deep');
SELECT same('SELECT length(fhir_json_from_row(t, %s)::text) FROM t ORDER BY id');
SET client_min_messages = warning;
DROP SCHEMA mapping_inline_guards CASCADE;
