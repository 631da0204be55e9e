-- A date or number that FHIR cannot hold: where that is an error its row is left out and told of, wherever the value leads it; where the value is left out, it is none.
\set VERBOSITY terse
SET timezone = 'UTC';
CREATE SCHEMA unheld;
CREATE TABLE unheld.visit (no int PRIMARY KEY, day date NOT NULL, at timestamptz NOT NULL, amount numeric);
INSERT INTO unheld.visit SELECT i, '2024-01-01'::date + i, '2024-01-01Z'::timestamptz + i * interval '1 day', nullif(i, 3) FROM generate_series(1, 8) i;
INSERT INTO unheld.visit VALUES (9, 'infinity', '2024-01-04Z'), (10, '2024-01-04', 'infinity'), (11, '-infinity', '2024-01-04Z'), (12, '2024-01-04', '0044-03-15 BC'), (13, '2024-01-04', '10000-01-01Z');
CREATE TABLE unheld.visit_2 (LIKE unheld.visit INCLUDING ALL);
INSERT INTO unheld.visit_2 VALUES (1, '2024-01-03', '2024-01-03Z'), (2, 'infinity', '2024-01-03Z'), (3, '-infinity', '2024-01-03Z');
CREATE FUNCTION publish_visits(on_invalid text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE visits regclass;
BEGIN
	FOREACH visits IN ARRAY ARRAY['unheld.visit', 'unheld.visit_2']::regclass[] LOOP
		PERFORM fhir_map(visits, format('{"resourceType": "Observation", "id": "{fhir_id(''%s'', no)}", "meta": {"lastUpdated": "{at}"}, "status": "final", "code": {"text": "{no}"}, "effectiveDateTime": "{day}", "valueQuantity": {"value": "{amount}"}}', visits)::json, on_invalid => on_invalid);
		PERFORM fhir_publish(visits::text);
	END LOOP;
END $$;
CREATE FUNCTION visits(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE b json; next text := query; told text := '';
BEGIN
	WHILE next IS NOT NULL LOOP
		b := fhir_search('Observation', next);
		told := concat_ws(' ', told, (SELECT string_agg(coalesce(e #>> '{resource,code,text}', (SELECT string_agg(regexp_replace(i ->> 'diagnostics', ' rows of mapping unheld.(\S+) .*', ' of \1'), ', ')
				FROM json_array_elements(e #> '{resource,issue}') i)), ' ' ORDER BY n) FROM json_array_elements(b -> 'entry') WITH ORDINALITY AS x (e, n)), '|');
		next := (SELECT split_part(l ->> 'url', '?', 2) FROM json_array_elements(b -> 'link') l WHERE l ->> 'relation' = 'next');
	END LOOP;
	RETURN told;
END $$;
SELECT publish_visits('error');
SELECT query, visits(query) FROM unnest(ARRAY['_sort=date&_count=5', '_sort=-date&_count=5', '_sort=-_lastUpdated&_count=5', 'date=ge2024-01-06', 'date=lt2024-01-04', 'date=2024-01-09', '_lastUpdated=gt2024-01-07', 'date:missing=true']) query;
SELECT publish_visits('omit');
SELECT query, visits(query) FROM unnest(ARRAY['_sort=date&_count=5', '_sort=-date&_count=5', '_sort=-_lastUpdated&_count=5', 'date=ge2024-01-06', 'date=lt2024-01-04', 'date=2024-01-09', '_lastUpdated=gt2024-01-07', 'date:missing=true']) query;
SELECT publish_visits('error');
DELETE FROM unheld.visit WHERE no > 8;
INSERT INTO unheld.visit VALUES (14, '2024-01-04', '2024-01-04Z', 'NaN'), (15, '2024-01-04', '2024-01-04Z', '-Infinity');
SELECT query, visits('_lastUpdated=lt2024-01-20&' || query) FROM unnest(ARRAY['value-quantity=gt5', 'value-quantity=le2', 'value-quantity=2', '_sort=value-quantity&_count=4', '_sort=-value-quantity&_count=4']) query;
SELECT publish_visits('omit');
SELECT query, visits('_lastUpdated=lt2024-01-20&' || query) FROM unnest(ARRAY['value-quantity=gt5', 'value-quantity=le2', 'value-quantity=2', '_sort=value-quantity&_count=4', '_sort=-value-quantity&_count=4']) query;
DROP SCHEMA unheld CASCADE;
DROP FUNCTION publish_visits, visits;
