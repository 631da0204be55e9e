-- mappings taken into queries: the same results as the plain call's, in queries of many shapes
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA mapping_inline;
SET search_path = mapping_inline, public;
CREATE TABLE ward (no int PRIMARY KEY, title text, floor numeric(4,1));
CREATE TABLE t (id int PRIMARY KEY, gone text, name text, ward int, at timestamptz, big text, tags text[], j jsonb);
ALTER TABLE t DROP gone;
CREATE TABLE child (parent int, seq int, note text, code text);
INSERT INTO ward SELECT i, 'ward ' || i, i + 0.5 FROM generate_series(1, 4) i;
INSERT INTO t SELECT i, CASE WHEN i % 5 > 0 THEN 'name ' || i END, i % 6, timestamptz '2024-01-01 00:00Z' + i * interval '7 hours',
	repeat('x', i * 40), ARRAY['a' || i, NULL, 'b'], jsonb_build_object('k', i) FROM generate_series(1, 40) i;
INSERT INTO child SELECT i % 30, i, CASE WHEN i % 4 > 0 THEN 'note ' || i END, 'c' || i % 3 FROM generate_series(1, 90) i;
CREATE INDEX ON child (parent, seq);
CREATE VIEW v AS SELECT id, upper(name) AS name, ward, at, big, tags, j FROM t WHERE id > 2;
CREATE TABLE parted (LIKE t) PARTITION BY RANGE (id);
CREATE TABLE part2 (j jsonb, tags text[], big text, at timestamptz, ward int, name text, id int NOT NULL);
ALTER TABLE parted ATTACH PARTITION part2 FOR VALUES FROM (20) TO (100);
CREATE TABLE part1 PARTITION OF parted FOR VALUES FROM (0) TO (20);
INSERT INTO parted SELECT * FROM t;
ANALYZE;
\set plain '{"resourceType":"Patient","id":"{id}","meta":{"lastUpdated":"{at}"},"name":[{"use":"usual","text":"{name}","given":["{tags}"]},{"$if":"id % 7 > 0","text":"{1000 / (id % 7)}","family":"not seventh"}],"identifier":[{"system":"urn:x:s","value":"{ward}/{lower(name)}"}],"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">{big}</div>"}}'
\set deep '{"resourceType":"Patient","$if":"id % 10 <> 9","id":"{id}","name":[{"text":"{(SELECT title FROM ward WHERE no = ward)}"},{"$each":"(SELECT c.seq, c.note, c.code FROM child c WHERE c.parent = this.id ORDER BY c.seq) AS d","$if":"d.code <> ''c1''","text":"{d.note}: {name}","given":["{d.code}"],"extension":[{"$each":"(SELECT w.no, w.floor FROM ward w WHERE w.no < d.seq % 4 ORDER BY 1) AS w","url":"{w.no}","valueDecimal":"{w.floor}"},{"$each":"tags AS g","url":"tag","valueString":"{g} {d.seq}"}]}],"active":"{EXISTS (SELECT FROM child c WHERE c.parent = this.id)}"}'
SELECT fhir_map('t', :'plain', 'plain'), fhir_map('t', :'deep', 'deep'), fhir_map('v', :'plain', 'plain_v'), fhir_map('v', :'deep', 'deep_v'), fhir_map('parted', :'plain', 'plain_p'), fhir_map('parted', :'deep', 'deep_p');
-- Runs a query with inlining on and off, for each mapping and both functions; %1$s is the function, %2$s
-- the mapping. Says whether the plans with it on held a plain call, and where results differ.
CREATE FUNCTION same(query text, suffix text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text := '';
	line text; sql text; inlined boolean;
	got text[];
	one text;
	f text;
	m text;
BEGIN
	FOREACH f IN ARRAY ARRAY['fhir_from_row', 'fhir_json_from_row'] LOOP
		FOREACH m IN ARRAY ARRAY['plain', 'deep'] LOOP
			sql := format(query, f, quote_literal('mapping_inline.' || m || suffix));
			SET LOCAL fhir_bridge.inline = on;
			inlined := true;
			FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || sql LOOP
				inlined := inlined AND line NOT LIKE '%' || f || '(%';
			END LOOP;
			got := '{}';
			FOREACH one IN ARRAY ARRAY['on', 'off'] LOOP
				PERFORM set_config('fhir_bridge.inline', one, true);
				IF sql LIKE 'SELECT%' OR sql LIKE 'WITH%' THEN
					EXECUTE format('SELECT count(*) || '' '' || coalesce(md5(string_agg(q::text, chr(10))), ''-'') FROM (%s) q', sql) INTO line;
				ELSE
					BEGIN
						EXECUTE format('WITH q AS (%s) SELECT count(*) || '' '' || coalesce(md5(string_agg(q::text, chr(10))), ''-'') FROM q', sql) INTO line;
						RAISE EXCEPTION USING ERRCODE = 'ZZ999', MESSAGE = line;
					EXCEPTION WHEN SQLSTATE 'ZZ999' THEN line := sqlerrm;
					END;
				END IF;
				got := got || line;
			END LOOP;
			result := result || CASE WHEN got[1] = got[2] THEN '' ELSE format('%s(%s) differs: %s; ', f, m, got) END ||
				CASE WHEN inlined THEN 'i' ELSE 'p' END;
		END LOOP;
	END LOOP;
	RETURN format('%s %s rows', result, split_part(got[1], ' ', 1));
END $$;
SELECT same(q) || '	' || q FROM (VALUES
	('SELECT %1$s(t.*, %2$s) FROM t'),
	('SELECT id, %1$s(x, %2$s) AS r FROM t AS x WHERE %1$s(x, %2$s)::jsonb ? ''active'' ORDER BY x.name DESC NULLS LAST, id'),
	('SELECT %1$s(t, %2$s)::jsonb AS r, count(*) FROM t GROUP BY 1 HAVING count(*) > 0 ORDER BY 1'),
	('SELECT DISTINCT ON (ward) ward, %1$s(t, %2$s) FROM t ORDER BY ward, id DESC'),
	('SELECT ward, json_agg(%1$s(t, %2$s) ORDER BY id) FILTER (WHERE id > 5) FROM t GROUP BY ward ORDER BY ward'),
	('SELECT t.id, %1$s(t, %2$s), max(child.seq) FROM t JOIN child ON child.parent = t.id GROUP BY t.id ORDER BY t.id'),
	('SELECT lag(%1$s(t, %2$s)) OVER (PARTITION BY ward ORDER BY id), id FROM t ORDER BY id'),
	('SELECT (SELECT %1$s(t, %2$s) FROM t WHERE t.id = ward.no) FROM ward ORDER BY no'),
	('SELECT (SELECT %1$s(t, %2$s) FROM ward WHERE no = t.ward) FROM t ORDER BY id'),
	('SELECT ARRAY(SELECT %1$s(t, %2$s)::text || no FROM ward WHERE no > t.ward ORDER BY no) FROM t ORDER BY id'),
	('SELECT r FROM t, LATERAL %1$s(t, %2$s) r ORDER BY t.id'),
	('SELECT r FROM t CROSS JOIN LATERAL (SELECT %1$s(t, %2$s) AS r) s ORDER BY t.id'),
	('SELECT r.x FROM t CROSS JOIN LATERAL (VALUES (%1$s(t, %2$s)), (NULL)) r (x) ORDER BY t.id'),
	('SELECT * FROM (SELECT id, %1$s(t, %2$s) AS r FROM t OFFSET 0) s WHERE r IS NOT NULL ORDER BY id'),
	('WITH c AS MATERIALIZED (SELECT id, %1$s(t, %2$s) AS r FROM t) SELECT a.r, b.r FROM c a JOIN c b USING (id) ORDER BY id'),
	('WITH RECURSIVE c AS (SELECT id, %1$s(t, %2$s)::text AS r FROM t WHERE id = 1 UNION ALL SELECT t.id, %1$s(t, %2$s)::text FROM c JOIN t ON t.id = c.id + 1) SELECT * FROM c'),
	('SELECT %1$s(t, %2$s)::text FROM t UNION SELECT %1$s(t, %2$s)::text FROM t WHERE id < 9 ORDER BY 1'),
	('SELECT a.id, %1$s(a, %2$s), %1$s(b, %2$s) FROM t a JOIN t b ON b.id = a.id + 1 ORDER BY 1'),
	('SELECT %1$s(t, %2$s) FROM t JOIN ward ON ward.no = t.ward AND %1$s(t, %2$s) IS NOT NULL ORDER BY id'),
	('SELECT CASE WHEN mod(id, 2) = 0 THEN %1$s(t, %2$s) END FROM t ORDER BY id'),
	('SELECT coalesce(%1$s(t, %2$s)::text, ''none''), t FROM t ORDER BY id LIMIT 5'),
	('SELECT id, generate_series(1, 2), %1$s(t, %2$s) FROM t ORDER BY 1, 2'),
	('SELECT %1$s(t, %2$s) FROM t TABLESAMPLE bernoulli (100) ORDER BY id'),
	('SELECT id FROM t WHERE %1$s(t, %2$s)::jsonb -> ''name'' @> ''[{}]'' AND id IN (SELECT ward FROM t u WHERE %1$s(u, %2$s) IS NOT NULL) ORDER BY 1'),
	('INSERT INTO t SELECT id + 100, name, ward, at, big, tags, j FROM t RETURNING id, %1$s(t, %2$s)'),
	('INSERT INTO t AS x VALUES (1, ''new'', 2), (50, ''fresh'', 3) ON CONFLICT (id) DO UPDATE SET name = length(%1$s(x, %2$s)::text) || length(%1$s(excluded, %2$s)::text)::text RETURNING *, %1$s(x, %2$s)'),
	('UPDATE t SET name = ''changed '' || name, ward = 3 FROM ward WHERE ward.no = t.ward RETURNING %1$s(t, %2$s)'),
	('UPDATE t SET j = %1$s(t, %2$s) RETURNING j, %1$s(t, %2$s)'),
	('DELETE FROM t USING ward WHERE ward.no = t.ward RETURNING %1$s(t, %2$s)')) s (q);
-- views, partitions and their parent, inheritance, rows of other relations bound by name
SELECT same(q, s) || '	' || q FROM (VALUES
	('_v', 'SELECT %1$s(v, %2$s) FROM v ORDER BY id'),
	('_v', 'SELECT %1$s(w, %2$s) FROM (SELECT * FROM v OFFSET 0) w ORDER BY id'),
	('', 'SELECT %1$s(v, %2$s) FROM v ORDER BY id'),
	('_p', 'SELECT %1$s(parted, %2$s) FROM parted ORDER BY id'),
	('', 'SELECT %1$s(parted, %2$s) FROM parted WHERE id BETWEEN 18 AND 22 ORDER BY id'),
	('', 'SELECT %1$s(part2, %2$s) FROM part2 ORDER BY id'),
	('_p', 'UPDATE parted SET id = 60 - id WHERE id IN (15, 30) RETURNING %1$s(parted, %2$s)'),
	('', 'SELECT %1$s(s, %2$s) FROM (SELECT * FROM t) s ORDER BY id'),
	('', 'SELECT %1$s(ROW(1, ''n'', 2, now(), NULL, NULL, NULL)::t, %2$s)')) s (s, q);
-- MERGE, and COPY of a query
CREATE FUNCTION merged(inline text, m text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
	PERFORM set_config('fhir_bridge.inline', inline, true);
	EXECUTE format('MERGE INTO t USING child c ON c.parent = t.id AND c.seq < 30 WHEN MATCHED AND c.seq > 10 THEN UPDATE SET name = fhir_from_row(t, %1$L)::text || c.note
		WHEN MATCHED THEN DELETE WHEN NOT MATCHED AND c.seq = 88 THEN INSERT (id, name) VALUES (1000, fhir_json_from_row(c, %2$L)::text)', 'mapping_inline.' || m, 'mapping_inline.' || m || '_c');
	SELECT md5(string_agg(t::text, '|' ORDER BY id)) INTO result FROM t;
	RAISE EXCEPTION USING ERRCODE = 'ZZ999', MESSAGE = result;
EXCEPTION WHEN SQLSTATE 'ZZ999' THEN RETURN sqlerrm;
END $$;
SELECT fhir_map('child', '{"resourceType":"Basic","id":"{seq}","code":{"text":"c"},"subject":{"display":"{(SELECT t.name FROM t WHERE t.id = parent)} {note}"}}', m) FROM unnest('{plain_c,deep_c}'::text[]) m;
SELECT merged('on', m) = merged('off', m) FROM unnest('{plain,deep}'::text[]) m;
COPY (SELECT fhir_json_from_row(t, 'mapping_inline.deep') FROM t WHERE id = 2) TO STDOUT;
SET client_min_messages = warning;
DROP SCHEMA mapping_inline CASCADE;
