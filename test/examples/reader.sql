-- the readers: what they read, written again, is what they were given.  Each
-- check is a row: its name, and how many were wrong.
CREATE FUNCTION reader_text(jsonb) RETURNS text STRICT LANGUAGE c AS :'module';
CREATE FUNCTION reader_text(json) RETURNS text STRICT LANGUAGE c AS :'module', 'reader_text_json';

SELECT 'numbers of every length and scale', count(*) FROM (
	SELECT (sign || first || repeat(filling, whole) || CASE WHEN scale > 0 THEN '.' || repeat(filling, scale - 1) || last ELSE '' END)::numeric AS n
	FROM (VALUES (''), ('-')) s(sign), (VALUES ('0'), ('1'), ('9'), ('12'), ('1234'), ('10000'), ('12345')) f(first), (VALUES ('0'), ('9'), ('3')) i(filling),
		(VALUES ('0'), ('1'), ('9')) l(last), generate_series(0, 70) whole, generate_series(0, 70, 7) scale) t
WHERE reader_text(to_jsonb(n)) <> n::text;
SELECT setseed(0.5) \gset
SELECT 'random numbers', count(*) FROM (
	SELECT trim_scale((random() * 10 ^ (i % 30 - 15))::numeric * CASE WHEN i % 2 = 0 THEN 1 ELSE -1 END) AS n FROM generate_series(1, 20000) i
	UNION ALL SELECT (random() * 10 ^ (i % 12))::numeric::numeric(60, 20) FROM generate_series(1, 5000) i
	UNION ALL SELECT (i % 1000 || 'e' || i % 400 - 200)::numeric FROM generate_series(1, 5000) i) t
WHERE reader_text(to_jsonb(n)) <> n::text;
SELECT 'many numbers in one document', (reader_text(d)::jsonb <> d)::int
	FROM (SELECT jsonb_agg((i || 'e' || i % 300)::numeric) AS d FROM generate_series(1, 3000) i) t;

CREATE TABLE document (d text);
INSERT INTO document VALUES ('{}'), ('[]'), ('null'), ('1'), ('"a"'), ('""'), ('true'), ('[[],{},[{}]]'), ('{"":{"":""}}'),
	('{"b":1,"a":[1,2,{"c":null}],"ccc":false,"dd":"\u7dda\n\"\\"}'), (' [ 1 , "a" ] '), ('["\ud83d\ude00"]'), ('["a\ud83d\ude00b\uD83D\uDE00", "\ud834\udd1e1234567", "\udbff\udfff\ud800\udc00"]'),
	('["", "1234567\"", "12345678\\", "\"\\\/\b\f\n\r\t\u0041\u00e9\u7DDA", "12345678 \u00e9 9"]'),
	(E'[{"a":1},2,{"b":{"c":"d"}},"e",\t{ "f" :\r\n[ true , false ] } ]');
INSERT INTO document SELECT jsonb_object_agg(i, jsonb_build_array(i, i::text, NULL, i % 2 = 0))::text FROM generate_series(1, 300) i;
INSERT INTO document SELECT to_jsonb(array_agg(i))::text FROM generate_series(1, 200000) i;
INSERT INTO document SELECT repeat('[', 260) || repeat(']', 260);
INSERT INTO document SELECT '{"' || repeat('a', 40000) || '": "' || repeat('b', 100000) || '"}';
-- twice: the reader has been used, and the large ones have made it grow
SELECT 'jsonb', count(*) FROM document, generate_series(1, 2) WHERE reader_text(d::jsonb)::jsonb <> d::jsonb;
SELECT 'json', count(*) FROM document, generate_series(1, 2) WHERE reader_text(d::json)::jsonb <> d::jsonb;
SELECT 'numbers of json as written', (reader_text('[1e2, 1.50, -0, 1E-5, 100000000000000000000000000000]'::json) <> '[1e2,1.50,-0,1E-5,100000000000000000000000000000]')::int;
SELECT 'members that stand twice', (reader_text('{"a": 1, "a": 2}'::json) <> '{"a":1,"a":2}')::int;
-- what no text can hold becomes a control character; what is too deep to be checked is left out
SELECT 'no text can hold it', (reader_text('[[1, "\u0000"], "\ud800a", "\udc00"]'::json) <> '[[1,"\u0001"],"\u0001a","\u0001"]')::int;
SELECT 'too deep', (length(reader_text((repeat('[', 1000) || '"]"' || repeat(']', 1000))::json)) <> length(reader_text((repeat('[', 300) || repeat(']', 300))::jsonb)))::int;
