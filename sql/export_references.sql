-- a Bundle's references: however long, however deep, however many; and keys that no order tells apart
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA export_references;
SET search_path = export_references, public;

-- a reference longer than the urn that takes its place, shorter, and with escapes: the Bundle is JSON and holds nothing else
CREATE FUNCTION pair(id text, reference text) RETURNS SETOF json LANGUAGE sql AS $$
	VALUES (json_build_object('resourceType', 'Patient', 'id', id)),
		(format('{"resourceType":"Observation","subject":{"reference":%s},"note":[{"text":"behind"}]}', reference)::json) $$;
CREATE FUNCTION told(bundle json) RETURNS TABLE (whole boolean, points boolean, behind text) LANGUAGE sql AS $$
	SELECT bundle::jsonb #>> '{entry,1,resource,subject,reference}' ~ '^urn:uuid:[0-9a-f-]{36}$',
		bundle::jsonb #>> '{entry,1,resource,subject,reference}' = bundle::jsonb #>> '{entry,0,fullUrl}',
		bundle::jsonb #>> '{entry,1,resource,note,0,text}' $$;
SELECT length(id), t.* FROM unnest(ARRAY['1', repeat('x', 27), repeat('x', 36), repeat('x', 37), repeat('x', 38), repeat('x', 63), repeat('x', 64)]) id,
	LATERAL (SELECT fhir_bundle(j, 'transaction POST') b FROM pair(id, '"Patient/' || id || '"') j) s, told(b) t;
SELECT t.* FROM (SELECT fhir_bundle(j, 'transaction POST') b FROM pair(repeat('x', 64), '"Patient\/' || repeat('\u0078', 64) || '"') j) s, told(b) t;
SELECT t.* FROM (SELECT fhir_bundle(j, 'transaction POST', 'https://a.very.long.name.of.a.hospital.example/fhir/r4') b
	FROM pair(repeat('x', 64), '"https://a.very.long.name.of.a.hospital.example/fhir/r4/Patient/' || repeat('x', 64) || '"') j) s, told(b) t;

-- at every depth of objects and arrays
CREATE FUNCTION at_depth(depth int, inner_text text) RETURNS json LANGUAGE sql AS $$
	SELECT ('{"resourceType":"Basic","id":"deep","x":' || repeat('{"y":[', depth) || inner_text || repeat(']}', depth) || '}')::json $$;
SELECT string_agg(DISTINCT hits::text, ',') FROM generate_series(0, 40) depth, LATERAL (
	SELECT count(*) AS hits FROM (SELECT fhir_bundle(j, 'transaction POST') b
		FROM unnest(ARRAY[at_depth(depth, '{"reference":"Patient/p"}'), '{"resourceType":"Patient","id":"p"}'::json]) j) s,
	regexp_matches(b::text, '"reference":"urn:uuid:') t) d;
SELECT string_agg(DISTINCT first, ',') FROM generate_series(0, 40) depth, LATERAL (
	SELECT b #>> '{entry,0,request,url}' AS first FROM (SELECT fhir_bundle(j, 'transaction') b
		FROM unnest(ARRAY[at_depth(depth, '{"reference":"Patient/p"}'), '{"resourceType":"Patient","id":"p"}'::json]) j) s) d;

-- several references of one resource: each one's target comes before it, wherever it came from
SELECT string_agg(DISTINCT (position('Basic/many' IN urls) > position('Patient/9' IN urls) AND n = 11)::text, ',') FROM generate_series(1, 5), LATERAL (
	SELECT string_agg(e #>> '{request,url}', ' ' ORDER BY o) AS urls, max(o) FILTER (WHERE e #>> '{request,url}' = 'Basic/many') AS n FROM (
		SELECT fhir_bundle(j, 'transaction' ORDER BY random()) b FROM (
			SELECT json_build_object('resourceType', 'Patient', 'id', i::text) j FROM generate_series(0, 9) i
			UNION ALL SELECT json_build_object('resourceType', 'Basic', 'id', 'many', 'x', (
				SELECT json_agg(json_build_object('reference', 'Patient/' || i)) FROM generate_series(0, 9) i))) r) s,
		json_array_elements(b -> 'entry') WITH ORDINALITY x (e, o)) d;
SELECT count(*) FROM (SELECT fhir_bundle(j, 'transaction POST') b FROM (
	SELECT json_build_object('resourceType', 'Patient', 'id', i::text) j FROM generate_series(0, 9) i
	UNION ALL SELECT json_build_object('resourceType', 'Basic', 'id', 'many', 'x', (
		SELECT json_agg(json_build_object('reference', 'Patient/' || i)) FROM generate_series(0, 9) i))) r) s,
	regexp_matches(b::text, '"reference" : "urn:uuid:', 'g') t;

-- keys that are equal under their collation: an export goes on behind each of them without losing one
CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE keys (k text COLLATE no_case, n int);
INSERT INTO keys VALUES ('a', 1), ('A', 2), ('b', 3), ('B', 4), ('c', 5), ('aa', 6), ('AA', 7), ('aA', 8);
CREATE TABLE unique_keys (k text COLLATE no_case, n int, PRIMARY KEY (k, n));
INSERT INTO unique_keys SELECT * FROM keys;
SELECT fhir_map(t, '{"resourceType":"Basic","id":"{k}","code":{"text":"x"}}') FROM unnest('{keys,unique_keys}'::regclass[]) t;
CREATE FUNCTION ids(mapping text, after text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(l::json ->> 'id', ' ' ORDER BY n) FROM fhir_ndjson(mapping, NULL, after) WITH ORDINALITY x (l, n) $$;
SELECT mapping, count(*), bool_and(whole = concat_ws(' ', before, rest)) FROM unnest('{keys,unique_keys}'::text[]) mapping,
	LATERAL (SELECT ids(mapping, '') AS whole) w, regexp_split_to_table(whole, ' ') WITH ORDINALITY x (id, n),
	LATERAL (SELECT ids(mapping, id) AS rest, (SELECT string_agg(i, ' ' ORDER BY o) FROM regexp_split_to_table(whole, ' ') WITH ORDINALITY y (i, o) WHERE o <= n) AS before) r
GROUP BY 1 ORDER BY 1;
SET client_min_messages = warning;
DROP SCHEMA export_references CASCADE; -- the next file checks mappings of its own alone
