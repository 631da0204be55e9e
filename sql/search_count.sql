-- A page makes as many resources as it holds, whatever is found: counted by an
-- expression of the mapping, which is no function that a mapping should have.
SET timezone = 'UTC';
CREATE SCHEMA made;
CREATE TABLE made.patient (no int PRIMARY KEY, name text, birth date);
INSERT INTO made.patient SELECT i, 'name ' || i, '2000-01-01'::date + i FROM generate_series(1, 500) i;
CREATE FUNCTION made.count(value text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('made.count', (current_setting('made.count')::int + 1)::text, false);
	RETURN value;
END $$;
SELECT fhir_map('made.patient', '{"resourceType": "Patient", "id": "{fhir_id(''made'', no)}", "name": [{"text": "{made.count(name)}"}], "birthDate": "{birth}"}');
SELECT fhir_publish('made.patient');
CREATE FUNCTION made.by(query text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('made.count', '0', false), fhir_search('Patient', query);
	RETURN current_setting('made.count');
END $$;
SELECT made.by('_count=20'), made.by('_count=20&birthdate=ge2000-06-01&_sort=-birthdate'), made.by('_count=20&_total=accurate'), made.by('_count=0'), made.by('birthdate=1990');
DROP SCHEMA made CASCADE;
