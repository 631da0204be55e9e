-- Nothing of a query reaches SQL: refused, or no row.
\set VERBOSITY terse
CREATE SCHEMA inj;
CREATE TABLE inj.patient (id_no text PRIMARY KEY, name text, birth date);
INSERT INTO inj.patient VALUES ('A1', 'it''s $$ -- \ % _', '1970-01-01'), ('A2', 'plain', NULL);
SELECT fhir_map('inj.patient', '{"resourceType": "Patient", "id": "{fhir_id(''inj'', id_no)}", "identifier": [{"system": "urn:x", "value": "{id_no}"}],
	"name": [{"text": "{name}"}], "birthDate": "{birth}"}');
SELECT fhir_publish('inj.patient');

-- each string in each place: how it ends
CREATE FUNCTION ending(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN 'found ' || coalesce(fhir_search('Patient', query, NULL, 'strict') ->> 'total', 'none');
EXCEPTION WHEN OTHERS THEN
	RETURN CASE WHEN SQLSTATE LIKE 'ZF4__' THEN 'refused' ELSE SQLSTATE || ' ' || SQLERRM END;
END $$;
CREATE TABLE evil AS SELECT s, replace(replace(replace(replace(replace(s, '%', '%25'), '&', '%26'), '#', '%23'), '+', '%2B'), E'\\', '%5C') AS e FROM unnest(ARRAY[
	'''', '"', ''' OR 1=1 --', '$$', '$1', E'\\', E'\\''', '%', '_', ';DROP TABLE inj.patient;', '/*', 'pg_sleep(1)', '(SELECT 1)', 'NULL', '::text', '{id_no}', '..', '.*', '[',
	'|', ',', '$', '~', '=', E'\u0001', E'\u202e', '𝒳', 'A1'' UNION SELECT', 'name) OR (1=1', ':exact', '_id', repeat('x', 5000)]) s;
SELECT place, ending, count(*) FROM evil, LATERAL (VALUES
	('value of a token', 'identifier=' || e), ('system of a token', 'identifier=' || e || '|x'), ('string', 'name=' || e), ('exact', 'name:exact=' || e),
	('contains', 'name:contains=' || e), ('date', 'birthdate=' || e), ('id', '_id=' || e), ('name', e || '=x'), ('modifier', 'name:' || e || '=x'),
	('sort', '_sort=' || e), ('elements', '_elements=' || e || '&_id=x'), ('include', '_include=' || e), ('count', '_count=' || e), ('page', '_page=' || e),
	('has', '_has:' || e || ':subject:code=x'), ('chain', 'general-practitioner.' || e || '=x'), ('total', '_total=' || e)) AS p (place, query), LATERAL ending(query)
	GROUP BY 1, 2 ORDER BY 1, 2;
-- a name with all of it is found as it is
SELECT ending('name:exact=it''s%20%24%24%20--%20%5C%5C%20%25%20_'), ending('name=IT''S%20$$'), ending('name:contains=%25%20_'), ending('name:contains=%25%25');
SELECT count(*) FROM inj.patient;
-- types and ids
SELECT ending, count(*) FROM evil, LATERAL (SELECT CASE WHEN fhir_read('Patient', s) IS NULL THEN 'none' ELSE 'found' END AS ending) x GROUP BY 1;
SELECT fhir_search('Patient''; DROP TABLE inj.patient; --', '');
SELECT fhir_read('patient', 'x');
SELECT ending('_include=Nobody:_tag'), ending('_include=Group:member'), ending('_revinclude=:_profile'), ending('_has:Nobody:_tag:name=x');
DROP SCHEMA inj CASCADE;
DROP FUNCTION ending;
DROP TABLE evil;
