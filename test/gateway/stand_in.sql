/*
 * stand_in.sql
 *		Thin functions of the search wing's signatures, for as long as the
 *		extension has none: the gateway's tests need answers, not searches.
 */
SELECT pg_catalog.to_regproc('fhir_read') IS NULL AS missing \gset
\if :missing
ALTER TABLE fhir_mapping ADD COLUMN published boolean NOT NULL DEFAULT true;

CREATE FUNCTION stand_in_outcome(code text, diagnostics text) RETURNS text LANGUAGE sql
	RETURN json_build_object('resourceType', 'OperationOutcome', 'issue',
		json_build_array(json_build_object('severity', 'error', 'code', code, 'diagnostics', diagnostics)))::text;

CREATE FUNCTION stand_in_all(asked text) RETURNS SETOF json LANGUAGE plpgsql STABLE AS $$
DECLARE
	mapping record;
BEGIN
	FOR mapping IN SELECT relation, format('%s.%I', relnamespace::regnamespace, name) AS name
		FROM fhir_mapping JOIN pg_class c ON c.oid = relation WHERE template ->> 'resourceType' = asked
	LOOP
		RETURN QUERY EXECUTE format('SELECT fhir_json_from_row(t, %L) FROM %s t', mapping.name, mapping.relation);
	END LOOP;
	IF NOT EXISTS (SELECT FROM fhir_mapping WHERE template ->> 'resourceType' = asked) THEN
		RAISE EXCEPTION 'no such type' USING ERRCODE = 'P0002', DETAIL = stand_in_outcome('not-supported', 'no such type');
	END IF;
END $$;

CREATE FUNCTION fhir_read(type text, id text, version text DEFAULT NULL) RETURNS json LANGUAGE sql STABLE
	RETURN (SELECT r FROM stand_in_all(type) r WHERE r ->> 'id' = id
		AND (version IS NULL OR coalesce(r #>> '{meta,versionId}', md5(r::text)) = version) LIMIT 1);

CREATE FUNCTION fhir_search(type text, query text, base_url text DEFAULT NULL, handling text DEFAULT 'lenient') RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
	size int := coalesce(substring(query from '_count=(\d+)')::int, 50);
	skip int := coalesce(substring(query from '_skip=(\d+)')::int, 0);
	wanted text := substring(query from '_id=([^&]*)');
	subject text := substring(query from 'patient=([^&]*)');
	found json[];
BEGIN
	IF handling = 'strict' AND query ~ 'nonsense=' THEN
		RAISE EXCEPTION 'bad parameter' USING ERRCODE = '22023', DETAIL = stand_in_outcome('invalid', 'unknown parameter');
	END IF;
	PERFORM pg_sleep(coalesce(substring(query from 'sleep=(\d+)')::int, 0));
	SELECT array_agg(r ORDER BY r ->> 'id') INTO found FROM stand_in_all(type) r
		WHERE (wanted IS NULL OR r ->> 'id' = ANY (string_to_array(wanted, ',')))
		AND (subject IS NULL OR r #>> '{subject,reference}' = 'Patient/' || replace(subject, 'Patient/', ''));
	RETURN json_strip_nulls(json_build_object('resourceType', 'Bundle', 'type', 'searchset', 'total', coalesce(cardinality(found), 0),
		'link', (SELECT json_agg(l) FROM (
			SELECT json_build_object('relation', 'self', 'url', base_url || '/' || type || '?' || query) AS l
			UNION ALL SELECT json_build_object('relation', 'next', 'url', base_url || '/' || type || '?' ||
				concat_ws('&', '_count=' || size, '_skip=' || skip + size, 'patient=' || subject))
			WHERE cardinality(found) > skip + size) s),
		'entry', (SELECT json_agg(json_build_object('fullUrl', base_url || '/' || type || '/' || (r ->> 'id'), 'resource', r,
			'search', json_build_object('mode', 'match'))) FROM unnest(found[skip + 1:skip + size]) r)));
END $$;

CREATE FUNCTION fhir_capabilities(base_url text DEFAULT NULL) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
	RETURN json_build_object('resourceType', 'CapabilityStatement', 'status', 'active', 'date', '2026-01-01', 'kind', 'instance',
		'fhirVersion', '4.0.1', 'format', json_build_array('json'), 'software', json_build_object('name', 'fhir_bridge'),
		'rest', json_build_array(json_build_object('mode', 'server', 'security', json_build_object('cors', true), 'resource',
			(SELECT json_agg(json_build_object('type', t, 'interaction', json_build_array(json_build_object('code', 'read'),
				json_build_object('code', 'search-type')), 'conditionalRead', 'full-support', 'searchParam',
				CASE WHEN t IN ('Observation', 'Condition', 'Encounter') THEN json_build_array(json_build_object('name', 'patient', 'type', 'reference'))
				ELSE json_build_array(json_build_object('name', '_id', 'type', 'token')) END))
			FROM (SELECT DISTINCT template ->> 'resourceType' AS t FROM fhir_mapping) types))));
\endif
