-- fhir_bundle: types, methods, order of entries, references
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA export_bundle;
SET search_path = export_bundle, public;
CREATE TABLE r (n int, j json);
INSERT INTO r VALUES (1, '{"resourceType":"Observation","id":"o.1","status":"final","subject":{"reference":"Patient/p-1"},"encounter":{"reference":"Encounter/e-1"}}'),
	(2, '{"resourceType":"Encounter","id":"e-1","subject":{"reference":"Patient\/p-1"},"note":"reference"}'),
	(3, '{"id": "p-1", "name": [{"text": "a \"reference\": \"Encounter/e-1\""}], "resourceType": "Patient"}'),
	(4, NULL),
	(5, '{"resourceType":"Patient","id":"31C0CF5E-4489-2f8a-6b29-7ec58a85ba30","link":[{"other":{"reference":"Patient/p-1"},"type":"seealso"}],"contained":[{"resourceType":"Basic","id":"o.1"}]}');
SELECT fhir_bundle(j ORDER BY n) FROM r WHERE n > 2;
SELECT fhir_bundle(j, 'searchset' ORDER BY n) FROM r WHERE n = 2;
SELECT fhir_bundle(j, 'collection', 'https://fhir.example/r4/' ORDER BY n) FROM r WHERE n = 3;
-- json, jsonb and rows: the same but for the order of members
SELECT fhir_bundle(j::jsonb ORDER BY n)::jsonb = fhir_bundle(j ORDER BY n)::jsonb,
	fhir_bundle(j::jsonb, 'searchset', 'http://x' ORDER BY n)::jsonb = fhir_bundle(j, 'searchset', 'http://x' ORDER BY n)::jsonb FROM r;
CREATE TABLE p (id int, name text, gone boolean DEFAULT false);
INSERT INTO p VALUES (1, 'one', false), (2, 'two', true), (3, 'three', false);
SELECT fhir_map('p', '{"resourceType":"Patient","$if":"NOT gone","id":"{id}","name":[{"text":"{name}"}]}');
SELECT fhir_bundle(p ORDER BY id) FROM p;
SELECT fhir_bundle(p, 'transaction' ORDER BY id)::text = fhir_bundle(fhir_json_from_row(p), 'transaction' ORDER BY id)::text FROM p;
SELECT fhir_bundle(p, 'batch', 'https://fhir.example/r4') FROM p WHERE id = 3;
-- method and url of the entries, in their order
CREATE FUNCTION entries(bundle json) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', e #>> '{request,method}', e #>> '{request,url}'), ', ' ORDER BY n) FROM json_array_elements(bundle -> 'entry') WITH ORDINALITY x (e, n) $$;
-- referenced entries come first; others stay as they came
SELECT entries(fhir_bundle(j, 'transaction' ORDER BY n)), entries(fhir_bundle(j, 'transaction PUT' ORDER BY n DESC)) FROM r;
SELECT entries(fhir_bundle(j, 'batch' ORDER BY n)) FROM r;
SELECT entries(fhir_bundle(j, 'transaction POST' ORDER BY n)) FROM r;
-- POST: every reference is another entry's full URL; nothing else has changed
SELECT fhir_bundle(j, 'transaction POST' ORDER BY n) FROM r WHERE n < 4;
SELECT count(*), bool_and(EXISTS (SELECT FROM json_array_elements(b -> 'entry') e WHERE e ->> 'fullUrl' = t[1]))
	FROM (SELECT fhir_bundle(j, 'transaction POST') b FROM r) s, regexp_matches(b::text, '"reference":"([^"]*)"', 'g') t;
SELECT b ->> 'fullUrl' FROM (SELECT fhir_bundle(j, 'transaction POST', 'https://fhir.example/r4') -> 'entry' -> 0 b FROM r WHERE n = 5) s;
-- references with the base, to a version, to what is elsewhere
SELECT fhir_bundle(j, 'transaction POST', 'https://fhir.example/r4') #> '{entry,1,resource,link}' FROM (VALUES ('{"resourceType":"Patient","id":"1"}'::json),
	('{"resourceType":"Patient","id":"2","link":[{"other":{"reference":"https://fhir.example/r4/Patient/1"}},{"other":{"reference":"https://other.example/Patient/1"}},{"other":{"reference":"Patient/1/_history/2"}},{"other":{"reference":"#p"}},{"other":{"reference":"Patient/2"}}]}')) v (j);
-- cycles: broken at the entry that came first, which comes last
SELECT entries(fhir_bundle(format('{"resourceType":"Basic","id":"%s","subject":{"reference":"Basic/%s"}}', i, i % 4 + 1)::json, 'transaction')) FROM generate_series(1, 4) i;
SELECT entries(fhir_bundle(format('{"resourceType":"Basic","id":"%s","subject":{"reference":"Basic/%s"}}', i, i)::json, 'transaction')) FROM generate_series(1, 2) i;
-- a long chain of parents
SELECT entries #>> '{0,request,url}', entries #>> '{99999,request,url}' FROM (SELECT fhir_bundle(format('{"resourceType":"Location","id":"%s","partOf":{"reference":"Location/%s"}}', i, i + 1)::json, 'transaction') -> 'entry' AS entries FROM generate_series(1, 100000) i) s;
-- without ids: full URLs still differ
SELECT count(DISTINCT e ->> 'fullUrl') FROM (SELECT fhir_bundle('{"resourceType":"Basic"}'::json, 'batch POST') b FROM generate_series(1, 3)) s, json_array_elements(b -> 'entry') e;
-- no rows, no resources, groups, windows, again and again
SELECT fhir_bundle(j) IS NULL FROM r WHERE false;
SELECT fhir_bundle(j, 'searchset') FROM r WHERE n = 4;
SELECT n % 2, entries(fhir_bundle(j, 'transaction' ORDER BY n)) FROM r GROUP BY 1 ORDER BY 1;
SELECT n, json_array_length(fhir_bundle(j) OVER (ORDER BY n) -> 'entry') FROM r;
-- what is written is valid where resources are
SELECT fhir_bundle('{"resourceType":"Basic","id":"1"}'::json, t) ->> 'type' FROM unnest('{collection,searchset,batch,batch PUT,transaction,transaction PUT}'::text[]) t GROUP BY t ORDER BY t COLLATE "C";
-- bad input
SELECT fhir_bundle(j) FROM (VALUES ('{"resourceType":"Basic","id":"1"}'::json), ('[1]')) v (j);
SELECT fhir_bundle('{"a":{"resourceType":"Basic"}}'::jsonb);
SELECT fhir_bundle('{"resourceType":"Ba\"sic"}'::jsonb);
SELECT fhir_bundle('{"resourceType":"Basic","id":"A/1"}'::jsonb);
SELECT fhir_bundle('{"resourceType":"Basic"}'::jsonb, 'transaction');
SELECT fhir_bundle('{"resourceType":"Basic","id":"A123456789"}'::jsonb, 'searchset') FROM generate_series(1, 2);
SELECT fhir_bundle(j, 'batch POST') FROM r;
SELECT fhir_bundle(j, 'history') FROM r;
SELECT fhir_bundle(j, NULL) FROM r;
SELECT fhir_bundle(j, CASE n WHEN 3 THEN 'batch' ELSE 'transaction' END) FROM r;
SELECT fhir_bundle(j, 'batch', 'fhir.example') FROM r;
SELECT fhir_bundle(ROW(1, 2));
SELECT fhir_bundle(s) FROM (SELECT * FROM p) s;
\set VERBOSITY default
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA export_bundle CASCADE; -- the next file checks mappings of its own alone
