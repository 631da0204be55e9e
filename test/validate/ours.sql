-- ours.sql
--		What fhir_validate finds in the lines of :table, in the form of
--		peers.cjs: one JSON object a line, with id and faults; and whether
--		fhir_is_valid agrees, as jsonb and as json.
--
-- The table has id text and resource text.

SELECT json_build_object('id', id, 'peer', 'ours',
	'faults', coalesce((SELECT json_agg(json_build_object('severity', severity, 'code', code, 'message', diagnostics, 'where', expression))
		FROM fhir_validate(resource::jsonb)), '[]'),
	'json', coalesce((SELECT json_agg(json_build_object('severity', severity, 'code', code, 'message', diagnostics, 'where', expression))
		FROM fhir_validate(resource::json)), '[]'),
	'valid', fhir_is_valid(resource::jsonb),
	'json_valid', fhir_is_valid(resource::json))
FROM :table ORDER BY id;
