-- mapping_children: encounters with three diagnoses each, beside what a
-- careful SQL author writes, for all of them and for one by its key

SELECT greatest(:rows / 10, 1000) AS encounters \gset
CREATE TABLE encounter AS
SELECT i AS id, 'P' || lpad((i % 30000)::text, 8, '0') AS patient,
	(ARRAY['AMB', 'IMP', 'EMER'])[i % 3 + 1] AS class,
	timestamptz '2024-01-01 08:00+08' + i * interval '11 seconds' AS start,
	timestamptz '2024-01-01 09:00+08' + i * interval '11 seconds' AS stop
FROM generate_series(1, :encounters) i;
ALTER TABLE encounter ADD PRIMARY KEY (id);
CREATE TABLE diagnosis AS
SELECT i AS encounter, n AS rank, 'E' || lpad((i * 7 % 89 + n)::text, 2, '0') || '.9' AS icd,
	'a diagnosis of number ' || (i * 7 % 89 + n) AS name
FROM generate_series(1, :encounters) i, generate_series(1, 3) n;
CREATE INDEX ON diagnosis (encounter, rank);
VACUUM ANALYZE encounter;
VACUUM ANALYZE diagnosis;

SELECT fhir_map('encounter', $m${"resourceType": "Encounter", "id": "{id}", "status": "finished",
	"class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "{class}"},
	"subject": {"reference": "Patient/{patient}"}, "period": {"start": "{start}", "end": "{stop}"},
	"diagnosis": [{"$each": "(SELECT rank, icd, name FROM diagnosis WHERE encounter = id ORDER BY rank) AS d",
		"condition": {"reference": "Condition/{id}-{d.rank}", "display": "{d.icd} {d.name}"}, "rank": "{d.rank}"}]}$m$);

-- What a careful SQL author writes for the whole set; %s is json or jsonb.
SELECT replace($peer$
WITH d AS (
	SELECT encounter, %s_agg(%s_build_object('condition', %s_build_object('reference', 'Condition/' || encounter || '-' || rank,
		'display', icd || ' ' || name), 'rank', rank) ORDER BY rank) AS list
	FROM diagnosis GROUP BY encounter)
SELECT count(%s_strip_nulls(%s_build_object('resourceType', 'Encounter', 'id', e.id::text, 'status', 'finished',
	'class', %s_build_object('system', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'code', class),
	'subject', %s_build_object('reference', 'Patient/' || patient),
	'period', %s_build_object('start', start, 'end', stop), 'diagnosis', d.list)))
FROM encounter e LEFT JOIN d ON d.encounter = e.id$peer$, '%s', 'jsonb') AS jsonb_set \gset
SELECT replace(:'jsonb_set', 'jsonb_', 'json_') AS json_set \gset
-- And for one encounter.
SELECT $peer$
SELECT json_strip_nulls(json_build_object('resourceType', 'Encounter', 'id', e.id::text, 'status', 'finished',
	'class', json_build_object('system', 'http://terminology.hl7.org/CodeSystem/v3-ActCode', 'code', class),
	'subject', json_build_object('reference', 'Patient/' || patient),
	'period', json_build_object('start', start, 'end', stop),
	'diagnosis', (SELECT json_agg(json_build_object('condition', json_build_object('reference', 'Condition/' || encounter || '-' || rank,
		'display', icd || ' ' || name), 'rank', rank) ORDER BY rank) FROM diagnosis d WHERE d.encounter = e.id)))
FROM encounter e WHERE e.id = %s$peer$ AS one \gset

-- Reads encounters by their keys, one statement each, planned each time.
CREATE FUNCTION one_by_one(statement text, n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..n LOOP
		EXECUTE format(statement, i * 97 % 1000 + 1);
	END LOOP;
END $$;
-- The same with a statement that is planned once.
CREATE FUNCTION one_by_one_prepared(statement text, n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'PREPARE one (int) AS ' || format(statement, '$1');
	FOR i IN 1..n LOOP
		EXECUTE format('EXECUTE one (%s)', i * 97 % 1000 + 1);
	END LOOP;
	DEALLOCATE one;
END $$;

CALL bench.compare('encounters with diagnoses, jsonb', rows => :encounters, claim => 3,
	ours => 'SELECT count(fhir_from_row(e)) FROM encounter e', peer => :'jsonb_set');

CALL bench.compare('encounters with diagnoses, json', rows => :encounters, claim => 2,
	ours => 'SELECT count(fhir_json_from_row(e)) FROM encounter e', peer => :'json_set');

CALL bench.compare('gathering the diagnoses alone', rows => :encounters,
	ours => 'SELECT count(fhir_json_from_row(e)) FROM encounter e',
	peer => 'SELECT count(ARRAY(SELECT d FROM diagnosis d WHERE d.encounter = e.id ORDER BY rank)) FROM encounter e');

CALL bench.compare('one encounter by key', rows => 1000, claim => 0.34,
	ours => $$SELECT one_by_one('SELECT fhir_json_from_row(e) FROM encounter e WHERE id = %s', 1000)$$,
	peer => format('SELECT one_by_one(%L, 1000)', :'one'));

CALL bench.compare('one encounter by key, prepared', rows => 1000, claim => 0.34,
	ours => $$SELECT one_by_one_prepared('SELECT fhir_json_from_row(e) FROM encounter e WHERE id = %s', 1000)$$,
	peer => format('SELECT one_by_one_prepared(%L, 1000)', :'one'));

CALL bench.compare('one encounter by key, not inlined', rows => 1000,
	ours => $$SELECT one_by_one('SELECT fhir_json_from_row(e) FROM encounter e WHERE id = %s', 1000)$$,
	ours_settings => 'SET fhir_bridge.inline = off',
	peer => format('SELECT one_by_one(%L, 1000)', :'one'));
SET fhir_bridge.inline = on;
