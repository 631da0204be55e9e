-- bytes that are no characters do not become output
SET client_min_messages = warning;

-- "char" is one byte: what is no ASCII is written as the server writes it
CREATE TABLE byte_flag (id int PRIMARY KEY, k "char", ks "char"[]);
INSERT INTO byte_flag VALUES (1, (-1)::int::"char", ARRAY[(-128)::int::"char", 'a']), (2, 'm', '{b}'), (3, ''::"char", NULL);
SELECT fhir_code_map('flag', '{"\\377": "male", "m": "female"}');
SELECT fhir_map('byte_flag', '{"resourceType": "Patient", "id": "{id}", "gender": "{fhir_code(''flag'', k)}",
	"name": [{"text": "{k}", "given": "{ks}"}, {"text": "is {k}"}]}');
SELECT fhir_json_from_row(f) FROM byte_flag f ORDER BY id;
SELECT fhir_from_row(f) = fhir_json_from_row(f)::jsonb AS same FROM byte_flag f;
SET fhir_bridge.inline = off;
SELECT fhir_json_from_row(f) FROM byte_flag f ORDER BY id;
RESET fhir_bridge.inline;
DROP TABLE byte_flag;

-- a database that takes any bytes
\set dbname :DBNAME
CREATE DATABASE mapping_encoding TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C';
\c mapping_encoding
SET client_min_messages = warning;
CREATE EXTENSION fhir_bridge;
CREATE TYPE mood AS ENUM ('good');
CREATE TABLE big5 (id int PRIMARY KEY, name text, code varchar, pad char(4), names text[], doc jsonb, mood mood);
INSERT INTO big5 VALUES
	(1, 'Ann', 'x', 'a', '{a}', '{"text": "a"}', 'good'),
	(2, E'\344\270\255', E'\344\270\255', E'\344\270\255', ARRAY[E'\344\270\255'], jsonb_build_object('text', E'\344\270\255'), NULL),
	(3, E'A \244\244', NULL, NULL, NULL, NULL, NULL), (4, NULL, E'\244', NULL, NULL, NULL, NULL), (5, NULL, NULL, E'\244', NULL, NULL, NULL),
	(6, NULL, NULL, NULL, ARRAY['a', E'\244\244'], NULL, NULL), (7, NULL, NULL, NULL, NULL, jsonb_build_object('text', E'\244\244'), NULL);
SELECT fhir_map('big5', '{"resourceType": "Patient", "id": "{id}", "name": [{"text": "{name}", "given": "{names}"}, {"text": "is {name} {mood}"}],
	"identifier": [{"value": "{code}"}], "contact": [{"name": {"text": "{pad}"}}, {"name": "{doc}"}]}');
SELECT encode(fhir_json_from_row(b)::text::bytea, 'escape') FROM big5 b WHERE id <= 2 ORDER BY id;
SELECT severity, path, rule, count, diagnostics FROM fhir_map_check('big5') ORDER BY path;
CREATE TABLE refused (mapping text, key text, path text, source text, rule text, sqlstate text, diagnostics text);
SELECT count(*) FROM fhir_ndjson('big5', refused => 'refused');
SELECT key, path, sqlstate FROM refused ORDER BY key;
SELECT fhir_map('big5', '{"resourceType": "Patient", "id": "{id}", "name": [{"text": "{name}"}]}', on_invalid => 'omit');
SELECT fhir_json_from_row(b) FROM big5 b WHERE id = 3;
SELECT fhir_map('big5', '{"resourceType": "Patient", "id": "{id}", "name": [{"text": "{name}"}]}', on_invalid => 'keep');
SELECT fhir_json_from_row(b) FROM big5 b WHERE id = 3;
SELECT fhir_from_row(b) FROM big5 b WHERE id = 3;
SELECT fhir_map('big5', (E'{"resourceType": "Patient", "id": "{id}", "name": [{"text": "\244\244"}]}')::json);
-- judging such a document
SELECT fhir_is_valid(d::jsonb), fhir_is_valid(d::json), f.expression, f.diagnostics
FROM (VALUES (E'{"resourceType": "Patient", "name": [{"text": "\244\244"}]}'), (E'{"resourceType": "Patient", "gender": "\244"}'),
	(E'{"resourceType": "Patient", "name": [{"text": "\344\270\255"}]}')) v (d) LEFT JOIN LATERAL fhir_validate(d::json) f ON f.severity = 'error';

\c :dbname
DROP DATABASE mapping_encoding;
