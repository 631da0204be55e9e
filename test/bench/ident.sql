-- ident: ids, each beside the cheapest plain way to something like it

CREATE TABLE person AS
SELECT 'A' || lpad(i::text, 9, '0') AS id_no FROM generate_series(1, :rows) i;
VACUUM ANALYZE person;

CALL bench.compare('md5_uuid against md5()::uuid', rows => :rows, claim => 2.5,
	ours => 'SELECT count(md5_uuid(id_no)) FROM person',
	peer => 'SELECT count(md5(id_no)::uuid) FROM person');

-- Two MD5 blocks' worth of SHA-256 for one: at most twice the time on a
-- processor with SHA instructions, three times without.
SELECT CASE WHEN pg_read_file('/proc/cpuinfo') ~ '\msha_ni\M|\msha2\M' THEN 0.5 ELSE 0.333 END AS fhir_id_claim \gset
CALL bench.compare('fhir_id against md5_uuid', rows => :rows, claim => :fhir_id_claim,
	ours => 'SELECT count(fhir_id(''patient'', id_no)) FROM person',
	peer => 'SELECT count(md5_uuid(id_no)) FROM person');
