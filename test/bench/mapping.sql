-- mapping: a Patient of about 600 bytes, beside nested json_build_object.  The
-- first two take all rows, the others a quarter: a row's cost is the same.

\i mapping_patient.sql

CALL bench.compare('jsonb against jsonb_build_object', rows => :rows, claim => 10,
	ours => 'SELECT count(fhir_from_row(p)) FROM patient p',
	peer => 'SELECT count(' || :'jsonb_peer' || ') FROM patient');

CALL bench.compare('json against json_build_object', rows => :rows, claim => 12,
	ours => 'SELECT count(fhir_json_from_row(p)) FROM patient p',
	peer => 'SELECT count(' || :'json_peer' || ') FROM patient');

-- The same where the call stays as it is, as for a row that a function has.
CALL bench.compare('jsonb, not inlined', rows => :rows / 4, claim => 8,
	ours => 'SELECT count(fhir_from_row(p)) FROM quarter p',
	ours_settings => 'SET fhir_bridge.inline = off',
	peer => 'SELECT count(' || :'jsonb_peer' || ') FROM quarter');

CALL bench.compare('json, not inlined', rows => :rows / 4, claim => 7,
	ours => 'SELECT count(fhir_json_from_row(p)) FROM quarter p',
	ours_settings => 'SET fhir_bridge.inline = off',
	peer => 'SELECT count(' || :'json_peer' || ') FROM quarter');

CALL bench.compare('json, inlined against not', rows => :rows / 4,
	ours => 'SELECT count(fhir_json_from_row(p)) FROM quarter p',
	ours_settings => 'SET fhir_bridge.inline = on',
	peer => 'SELECT count(fhir_json_from_row(p)) FROM quarter p',
	peer_settings => 'SET fhir_bridge.inline = off');
SET fhir_bridge.inline = on;

CALL bench.compare('json against the printed row', rows => :rows / 4, claim => 0.8,
	ours => 'SELECT count(fhir_json_from_row(p)) FROM quarter p',
	peer => 'SELECT count(p::text) FROM quarter p');

CALL bench.compare('jsonb, a third NULL, against jsonb_strip_nulls', rows => :rows / 4, claim => 8,
	ours => 'SELECT count(fhir_from_row(p)) FROM sparse p',
	peer => 'SELECT count(jsonb_strip_nulls(' || :'jsonb_peer' || ')) FROM sparse');

CALL bench.compare('json, a third NULL, against json_strip_nulls', rows => :rows / 4, claim => 8,
	ours => 'SELECT count(fhir_json_from_row(p)) FROM sparse p',
	peer => 'SELECT count(json_strip_nulls(' || :'json_peer' || ')) FROM sparse');

CALL bench.compare('json by COPY', rows => :rows / 4, claim => 7,
	ours => 'COPY (SELECT fhir_json_from_row(p) FROM quarter p) TO ''/dev/null''',
	peer => 'COPY (SELECT ' || :'json_peer' || ' FROM quarter) TO ''/dev/null''');

CALL bench.compare('jsonb by COPY', rows => :rows / 4, claim => 4,
	ours => 'COPY (SELECT fhir_from_row(p) FROM quarter p) TO ''/dev/null''',
	peer => 'COPY (SELECT ' || :'jsonb_peer' || ' FROM quarter) TO ''/dev/null''');
