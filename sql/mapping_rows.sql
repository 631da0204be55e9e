-- rows of every kind of relation, of composite values, old versions of rows, wide rows
\pset format unaligned
\pset tuples_only on
-- a row's resource as text; both forms must be the same, to the byte
CREATE FUNCTION pg_temp.resource(r anyelement, mapping text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN b IS NOT DISTINCT FROM j::jsonb AND b::text IS NOT DISTINCT FROM j::jsonb::text AND
		pg_column_size(b) IS NOT DISTINCT FROM pg_column_size(j::jsonb) THEN coalesce(j::text, 'no resource')
		ELSE format('json %s but jsonb %s', j, b) END
	FROM (SELECT CASE WHEN mapping IS NULL THEN fhir_from_row(r) ELSE fhir_from_row(r, mapping) END,
		CASE WHEN mapping IS NULL THEN fhir_json_from_row(r) ELSE fhir_json_from_row(r, mapping) END) f (b, j)
$$;
CREATE SCHEMA mapping_rows;
SET search_path = mapping_rows, public;
CREATE TABLE t (id text, name text, born date);
INSERT INTO t VALUES ('1', 'one', '1970-01-01'), ('2', NULL, NULL);
CREATE FUNCTION map(relation regclass) RETURNS text LANGUAGE sql AS $$
	SELECT fhir_map(relation, '{"resourceType":"Patient","id":"{id}","name":[{"text":"{upper(name)}"}],"birthDate":"{born}"}') $$;
SELECT map('t');
SELECT pg_temp.resource(t) FROM t;
-- views, with and without security_invoker; materialised views; composite types
CREATE VIEW v AS SELECT born, id || 'v' AS id, name FROM t;
CREATE VIEW vi WITH (security_invoker) AS SELECT id || 'vi' AS id, born, name FROM t;
CREATE MATERIALIZED VIEW mv AS SELECT id || 'mv' AS id, name, born, 1 AS more FROM t;
CREATE TYPE c AS (born date, name text, id text);
SELECT map(r) FROM unnest('{v,vi,mv,c}'::regclass[]) r;
SELECT pg_temp.resource(v) FROM v;
SELECT pg_temp.resource(vi) FROM vi;
SELECT pg_temp.resource(mv) FROM mv;
SELECT pg_temp.resource(ROW('2000-01-01', 'comp', 'c')::c);
-- partitions with other column orders: through the parent, and by name
CREATE TABLE part (id text, name text, born date) PARTITION BY LIST (id);
CREATE TABLE part_a (born date, gone int, name text, id text);
ALTER TABLE part_a DROP gone;
ALTER TABLE part ATTACH PARTITION part_a FOR VALUES IN ('a');
CREATE TABLE part_b PARTITION OF part DEFAULT;
INSERT INTO part VALUES ('a', 'pa', '2001-01-01'), ('b', 'pb', NULL);
SELECT map('part');
SELECT pg_temp.resource(part) FROM part ORDER BY id;
SELECT pg_temp.resource(part_a, 'part') FROM part_a;
SELECT fhir_from_row(part_a) FROM part_a;
CREATE TABLE child (extra int) INHERITS (t);
INSERT INTO child VALUES ('ch', 'child', '2002-02-02', 3);
SELECT pg_temp.resource(t) FROM t ORDER BY id DESC LIMIT 1;
-- a foreign table
CREATE EXTENSION file_fdw;
CREATE SERVER mapping_file FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE f (id text, name text, born date) SERVER mapping_file OPTIONS (program 'printf ''f1,foreign,1999-09-09\nf2,,\n''', format 'csv');
SELECT map('f');
SELECT pg_temp.resource(f) FROM f;
-- composite values in columns, arrays, variables; domains over them; joins and sub-selects
CREATE DOMAIN dc AS c;
CREATE TABLE holder (c c, cs c[], d dc);
INSERT INTO holder VALUES (ROW('2003-03-03', 'in', 'h1'), ARRAY[ROW(NULL, 'arr', 'h2'), ROW(NULL, NULL, 'h3')]::c[], ROW(NULL, 'dom', 'h4')), (NULL, NULL, NULL);
SELECT pg_temp.resource(c), pg_temp.resource(cs[1]), fhir_from_row(d) ->> 'id' FROM holder;
SELECT pg_temp.resource(u) FROM holder, unnest(cs) u;
SELECT pg_temp.resource(s, 't') FROM (SELECT t.*, 1 FROM t JOIN v ON v.id = t.id || 'v' LIMIT 1) s;
SELECT fhir_from_row((SELECT t FROM t WHERE id = '1')) ->> 'id', fhir_from_row((t.*)::t) ->> 'id' FROM t WHERE id = '2';
SELECT count(*), count(fhir_from_row(t)) FROM v LEFT JOIN t ON t.id || 'v' = v.id AND t.id = '1';
WITH w AS (SELECT * FROM t) SELECT fhir_from_row(w, 't') ->> 'id' FROM w;
INSERT INTO t VALUES ('3', 'ins', NULL) RETURNING fhir_from_row(t);
UPDATE t SET name = 'upd' WHERE id = '3' RETURNING fhir_json_from_row(t);
DELETE FROM t WHERE id = '3' RETURNING pg_temp.resource(t);
CREATE FUNCTION on_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', fhir_json_from_row(NEW); RETURN NULL; END $$;
CREATE TRIGGER on_insert BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION on_insert();
INSERT INTO t VALUES ('4', 'trigger', NULL);
-- old versions of rows: columns added with and without default, dropped columns before and between
CREATE TABLE old (x int, id text, y int);
INSERT INTO old VALUES (1, 'before', 2);
ALTER TABLE old ADD name text, ADD born date DEFAULT '1950-05-05', ADD z int;
ALTER TABLE old DROP x, DROP y;
INSERT INTO old VALUES ('after', 'n', NULL, 1);
SELECT map('old');
SELECT pg_temp.resource(old) FROM old;
SELECT fhir_from_row(s, 't') FROM (SELECT * FROM old) s;
CREATE TABLE kept (o old, c c);
INSERT INTO kept SELECT old, ROW(NULL, 'kept', 'k')::c FROM old LIMIT 1;
ALTER TYPE c ADD ATTRIBUTE later text;
SELECT pg_temp.resource(o) FROM kept;
SELECT pg_temp.resource(c) FROM kept;
SELECT fhir_map('c', '{"resourceType":"Patient","id":"{id}","language":"{later}","name":[{"text":"{name}"}]}');
SELECT pg_temp.resource(c) FROM kept;
-- compressed and toasted values, those that the mapping uses and those that it does not
CREATE TABLE big (id text, name text, b bytea, j jsonb, unused text);
ALTER TABLE big ALTER unused SET STORAGE EXTERNAL, ALTER b SET STORAGE EXTERNAL;
INSERT INTO big SELECT i, repeat('長"', i * 3000), decode(repeat('00ff', i * 3000), 'hex'), jsonb_build_object('k', repeat('v', i * 9000), 'e', ''), repeat('u', i * 9000) FROM generate_series(0, 3) i;
SELECT fhir_map('big', '{"resourceType":"Patient","id":"{id}","name":[{"text":"{name}","given":["{j ->> ''k''}"]}],"photo":[{"data":"{b}"}],"contact":["{j}"]}');
SELECT id, length(r), (r::json #>> '{name,0,text}') = name, decode(r::json #>> '{photo,0,data}', 'base64') = b, length(r::json #>> '{contact,0,k}')
	FROM (SELECT big.*, pg_temp.resource(big) AS r FROM big) s ORDER BY id;
-- many columns of which few are used, and the last
DO $$ BEGIN EXECUTE (SELECT format('CREATE TABLE wide (%s)', string_agg(format('c%s int', i), ', ')) FROM generate_series(1, 300) i); END $$;
INSERT INTO wide (c1, c150, c300) VALUES (1, 150, 300);
SELECT fhir_map('wide', '{"resourceType":"Basic","code":{"text":"b"},"id":"{c150 + c1}","language":"{c300}"}');
SELECT pg_temp.resource(wide) FROM wide;
SELECT fhir_map('wide', json_build_object('resourceType', 'Basic', 'id', '{''x''}', 'code', '{"text":"b"}'::json, 'extension', (SELECT json_agg(json_build_object('url', i::text, 'valueInteger', format('{c%s}', i))) FROM generate_series(1, 300) i)));
SELECT pg_temp.resource(wide) FROM wide;
-- a table without columns, and one whose column is called this
CREATE TABLE none ();
INSERT INTO none DEFAULT VALUES;
SELECT fhir_map('none', '{"resourceType":"Basic","code":{"text":"b"},"id":"{1 + 1}"}');
SELECT pg_temp.resource(none) FROM none;
CREATE TABLE odd (this text, d text);
SELECT fhir_map('odd', '{"resourceType":"Basic","code":{"text":"b"},"id":"{this}","language":"{this.this}{d}{this.d}"}');
SELECT pg_temp.resource(ROW('t', 'd')::odd);
SET client_min_messages = warning;
DROP SCHEMA mapping_rows CASCADE;
