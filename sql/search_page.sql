-- Pages: each row once, whatever is equal; tokens that are not one's own; long keys.
\set VERBOSITY terse
SET timezone = 'UTC';
CREATE SCHEMA lab;
CREATE TABLE lab.result (no bigint PRIMARY KEY, code text, taken timestamptz, value numeric);
INSERT INTO lab.result SELECT i, 'C' || i % 3, CASE WHEN i % 7 = 0 THEN NULL ELSE '2024-01-01Z'::timestamptz + (i % 5) * interval '1 day' END, i % 4
	FROM generate_series(1, 100) i;
CREATE TABLE lab.panel (no text PRIMARY KEY, code text, taken date);
INSERT INTO lab.panel SELECT repeat('k', 700) || i, 'C1', '2024-01-01'::date + i % 6 FROM generate_series(1, 30) i;
SELECT fhir_map('lab.result', '{"resourceType": "Observation", "id": "{fhir_id(''result'', no)}", "status": "final", "code": {"text": "{code}"},
	"effectiveDateTime": "{taken}", "valueQuantity": {"value": "{value}"}}', timezone => 'Asia/Taipei');
SELECT fhir_map('lab.panel', '{"resourceType": "Observation", "id": "{fhir_id(''panel'', no)}", "status": "final", "code": {"text": "{code}"}, "effectiveDateTime": "{taken}"}');
SELECT fhir_publish('lab.result'), fhir_publish('lab.panel');

-- all pages of a search: how many, rows, different ids, totals, the longest link
CREATE FUNCTION walk(query text, OUT pages int, OUT rows int, OUT ids int, OUT totals text, OUT long_link boolean, OUT in_order boolean) LANGUAGE plpgsql AS $$
DECLARE b json; next text := query; found text[] := '{}'; days text[] := '{}'; all_totals text[] := '{}'; longest int := 0;
BEGIN
	pages := 0;
	WHILE next IS NOT NULL AND pages < 100 LOOP
		b := fhir_search('Observation', next, 'https://fhir.hospital.example/fhir', 'strict');
		pages := pages + 1;
		found := found || (SELECT array_agg(e -> 'resource' ->> 'id' ORDER BY n) FROM json_array_elements(b -> 'entry') WITH ORDINALITY x (e, n));
		days := days || (SELECT array_agg(coalesce(left(e -> 'resource' ->> 'effectiveDateTime', 10), 'none') ORDER BY n) FROM json_array_elements(b -> 'entry') WITH ORDINALITY x (e, n));
		all_totals := all_totals || (b ->> 'total');
		next := NULL;
		SELECT split_part(l ->> 'url', '?', 2), greatest(longest, length(l ->> 'url')) INTO next, longest FROM json_array_elements(b -> 'link') l WHERE l ->> 'relation' = 'next';
		long_link := coalesce(long_link, false) OR coalesce(longest, 0) > 2000;
	END LOOP;
	rows := cardinality(found);
	ids := (SELECT count(DISTINCT i) FROM unnest(found) i);
	totals := (SELECT string_agg(DISTINCT coalesce(t, 'none'), ' ') FROM unnest(all_totals) t);
	in_order := (SELECT bool_and(d >= before) FROM (SELECT d, lag(d) OVER (ORDER BY n) AS before FROM unnest(days) WITH ORDINALITY x (d, n)) s WHERE before IS NOT NULL);
END $$;
SELECT query, w.* FROM unnest(ARRAY['_count=7', '_count=7&_sort=date', '_count=9&_sort=-date', '_count=5&_sort=value-quantity,-date', '_count=50&_total=none',
	'_count=7&code:text=C1&_sort=date', '_count=3&date=2024-01-02&_sort=-date', '_count=1000', '_count=13&_sort=_id', '_count=10&_sort=-date&_total=accurate']) AS query, LATERAL walk(query) w;

-- settings that change between pages change no position: how times are written, and how many digits
CREATE TABLE lab.weight (no int PRIMARY KEY, taken timestamp, kg float8);
INSERT INTO lab.weight SELECT i, '2024-03-04 05:06:07'::timestamp + (i % 8) * interval '31 days 1 second', 60 + (i % 9) * 1e-12 FROM generate_series(1, 40) i;
SELECT fhir_map('lab.weight', '{"resourceType": "RiskAssessment", "id": "{fhir_id(''weight'', no)}", "status": "final", "subject": {"display": "nobody"}, "occurrenceDateTime": "{taken}",
	"prediction": [{"probabilityDecimal": "{kg}"}]}', timezone => 'Asia/Taipei');
SELECT fhir_publish('lab.weight');
CREATE FUNCTION walk_changing(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE b json; next text := query; found text[] := '{}'; n int := 0;
BEGIN
	WHILE next IS NOT NULL AND n < 100 LOOP
		PERFORM set_config('datestyle', (ARRAY['SQL, DMY', 'German', 'Postgres, MDY', 'ISO, YMD'])[1 + n % 4], true),
			set_config('timezone', (ARRAY['Asia/Kolkata', 'America/New_York', 'UTC'])[1 + n % 3], true), set_config('extra_float_digits', (ARRAY['-15', '0', '3'])[1 + n % 3], true);
		b := fhir_search('RiskAssessment', next, NULL, 'strict');
		n := n + 1;
		found := found || (SELECT array_agg(e -> 'resource' ->> 'id') FROM json_array_elements(b -> 'entry') e);
		next := (SELECT split_part(l ->> 'url', '?', 2) FROM json_array_elements(b -> 'link') l WHERE l ->> 'relation' = 'next');
	END LOOP;
	RETURN n || ' pages, ' || cardinality(found) || ' rows, ' || (SELECT count(DISTINCT i) FROM unnest(found) i) || ' different';
END $$;
SELECT query, walk_changing(query) FROM unnest('{_count=3&_sort=date,_count=3&_sort=-date,_count=3&_sort=probability,_count=7&_sort=-probability}'::text[]) query;

-- a token of another query, role, or none at all
CREATE FUNCTION next_of(query text) RETURNS text LANGUAGE sql AS $$
	SELECT substring(l ->> 'url' FROM '_page=(.*)') FROM json_array_elements(fhir_search('Observation', query) -> 'link') l WHERE l ->> 'relation' = 'next' $$;
SELECT next_of('_count=7') = next_of('_count=7') AS same, next_of('_count=7') LIKE '%kkk%' AS shown;
SELECT json_array_length(fhir_search('Observation', '_count=7&_page=' || next_of('_count=7')) -> 'entry') AS own;
SELECT fhir_search('Observation', '_count=7&_sort=date&_page=' || next_of('_count=7'));
SELECT fhir_search('Observation', '_count=7&_page=' || reverse(next_of('_count=7')));
SELECT fhir_search('Observation', '_count=7&_page=x');
SELECT fhir_search('Observation', '_count=7&_page=' || repeat('A', 5000));
CREATE ROLE search_pager;
GRANT USAGE ON SCHEMA lab TO search_pager;
GRANT SELECT ON ALL TABLES IN SCHEMA lab TO search_pager;
CREATE TABLE token AS SELECT next_of('_count=7') AS t;
GRANT SELECT ON token TO search_pager;
SET ROLE search_pager;
SELECT fhir_search('Observation', '_count=7&_page=' || t) FROM token;
RESET ROLE;

-- rows that make no resource are left out and told; a read of one is its error
INSERT INTO lab.result VALUES (1000, NULL, 'infinity', 1), (1001, 'C1', '2024-01-01Z', 'NaN');
SELECT fhir_search('Observation', '_count=1000&date=2024-01-01&code:text=C1') ->> 'total' AS total,
	e #>> '{resource,issue,0,diagnostics}' AS outcome FROM json_array_elements(fhir_search('Observation', '_count=1000&date=2024-01-01&code:text=C1') -> 'entry') e
	WHERE e -> 'search' ->> 'mode' = 'outcome';
SELECT fhir_read('Observation', fhir_id('result', 1001)::text);

-- what the answer is like
SELECT fhir_search('Observation', '_summary=count') AS count;
SELECT fhir_search('Observation', '_count=1&_elements=status') -> 'entry' -> 0 -> 'resource' ->> 'meta' AS elements;
SELECT fhir_search('Observation', '_count=99999') -> 'link' -> 0 ->> 'url' AS clamped;
SELECT fhir_search('Observation', '_count=x');
SELECT fhir_search('Observation', '_total=some');
SELECT fhir_search('Observation', '_sort=code,code,code,code,code');
DROP SCHEMA lab CASCADE;
DROP FUNCTION walk, next_of;
DROP TABLE token;
DROP ROLE search_pager;
