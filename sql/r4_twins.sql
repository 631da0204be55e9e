-- what stands beside a primitive: _birthDate and its like
CREATE SCHEMA r4_twins;
SET search_path = r4_twins, public;
CREATE FUNCTION faults(resource json, OUT code text, OUT expression text, OUT diagnostics text) RETURNS SETOF record
	LANGUAGE sql AS $$SELECT code, expression, diagnostics FROM fhir_validate(resource) WHERE severity = 'error'$$;
\pset format unaligned
\pset tuples_only on

\set e '{"extension": [{"url": "http://a.example/e", "valueString": "x"}]}'
-- good: beside a value, without one, in arrays in step, in either order
SELECT what FROM (VALUES
	('beside', '{"birthDate": "1970", "_birthDate": E}'),
	('before', '{"_birthDate": E, "birthDate": "1970"}'),
	('alone', '{"_birthDate": E}'),
	('id', '{"_birthDate": {"id": "x"}}'),
	('of a choice', '{"deceasedBoolean": true, "_deceasedBoolean": E}'),
	('in step', '{"name": [{"given": ["a", null], "_given": [null, E]}]}'),
	('in step, before', '{"name": [{"_given": [null, E], "given": ["a", null]}]}'),
	('both', '{"name": [{"given": ["a", "b"], "_given": [E, null]}]}'),
	('array alone', '{"name": [{"_given": [E, E]}]}')) t(what, members)
WHERE NOT fhir_is_valid(('{"resourceType": "Patient", ' || substr(replace(members, 'E', :'e'), 2))::json);

-- bad ones
SELECT what, f.* FROM (VALUES
	('no object', '{"_birthDate": "1970"}'),
	('null', '{"birthDate": "1970", "_birthDate": null}'),
	('empty', '{"birthDate": "1970", "_birthDate": {}}'),
	('array', '{"birthDate": "1970", "_birthDate": [E]}'),
	('no primitive', '{"_maritalStatus": E}'),
	('null, and no primitive', '{"contact": [null], "_contact": [E]}'),
	('unknown', '{"_brithDate": E}'),
	('only an underscore', '{"_": E}'),
	('two', '{"__birthDate": E}'),
	('other elements', '{"_birthDate": {"value": "1970"}}'),
	('no array', '{"name": [{"given": ["a"], "_given": E}]}'),
	('too short', '{"name": [{"given": ["a", "b"], "_given": [E]}]}'),
	('too long', '{"name": [{"given": ["a"], "_given": [null, E]}]}'),
	('both null', '{"name": [{"given": ["a", null], "_given": [E, null]}]}'),
	('null for nothing', '{"name": [{"given": ["a", null]}]}'),
	('null alone', '{"name": [{"_given": [null, E]}]}'),
	('string within', '{"name": [{"given": ["a", "b"], "_given": ["c", null]}]}'),
	('within', '{"birthDate": "1970", "_birthDate": {"extension": [{"valueString": "x"}]}}'),
	('within an array', '{"name": [{"given": ["a", "b"], "_given": [null, {"extension": [{"uri": "x"}]}]}]}'),
	('value is wrong too', '{"gender": "M", "_gender": E}'),
	('resourceType', '{"_resourceType": E}')) t(what, members)
	LEFT JOIN LATERAL faults(('{"resourceType": "Patient", ' || substr(replace(members, 'E', :'e'), 2))::json) f ON true;

-- jsonb finds the same as json
SELECT count(*), bool_and(j IS NOT DISTINCT FROM b) FROM (
	SELECT (SELECT string_agg(f::text, ' ') FROM fhir_validate(r::json) f) AS j, (SELECT string_agg(f::text, ' ') FROM fhir_validate(r::jsonb) f) AS b
	FROM unnest(ARRAY['{"resourceType": "Patient", "_birthDate": "1970"}',
		'{"resourceType": "Patient", "name": [{"given": ["a", null], "_given": [{"id": "b"}, null]}]}']) r) t;
