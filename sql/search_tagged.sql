-- Reads with the tag of a version, as HTTP's conditional reads want them.
SET timezone = 'Asia/Taipei';
CREATE SCHEMA his;
CREATE TABLE his.note (id text PRIMARY KEY, version text, changed timestamptz, text text);
INSERT INTO his.note VALUES ('a', '7', '2024-01-02 03:04:05.678Z', 'plain'), ('b', NULL, NULL, 'without meta'),
	('c', NULL, '2024-01-02 03:04:05Z', 'a time, and no version'), ('d', 'not an id!', NULL, 'a version that is none');
-- meta stands last, behind strings and objects that look like it
SELECT fhir_map('his.note', $m${"resourceType": "Basic", "id": "{id}",
	"contained": [{"resourceType": "Basic", "id": "in", "meta": {"versionId": "9"}, "code": {"text": "\"meta\": {{\"versionId\": \"8\"}} \\"}}],
	"code": {"text": "{text}"}, "subject": {"display": "]],{{{{ \" {id} \\\\\""},
	"meta": {"tag": [{"code": "versionId", "display": "lastUpdated"}], "versionId": "{version}", "lastUpdated": "{changed}"}}$m$, on_invalid => 'keep');
SELECT fhir_publish('his.note');
SELECT n.id, CASE WHEN length(tag) < 16 THEN tag ELSE 'hash' END AS tag, r.changed, r.resource::text = fhir_read('Basic', n.id)::text AS same
FROM his.note n, fhir_read_tagged('Basic', n.id) r ORDER BY 1;

-- a hash changes with the text, and with it alone
SELECT tag AS before FROM fhir_read_tagged('Basic', 'b') \gset
SELECT tag = :'before' AS same FROM fhir_read_tagged('Basic', 'b');
UPDATE his.note SET text = 'without a meta' WHERE id = 'b';
SELECT tag = :'before' AS same, tag ~ '^[0-9a-f]{16}$' AS is_hash FROM fhir_read_tagged('Basic', 'b');

-- what is known is not sent; another version is not there
SELECT resource IS NULL AS unsent, tag, changed FROM fhir_read_tagged('Basic', 'a', '{x,7}');
SELECT resource IS NULL AS unsent, tag FROM fhir_read_tagged('Basic', 'a', '{x,NULL,W/7}');
SELECT resource IS NULL AS unsent, tag FROM fhir_read_tagged('Basic', 'a', '{}', '7');
SELECT * FROM fhir_read_tagged('Basic', 'a', NULL, '6');
SELECT resource IS NULL AS unsent, tag = version AS agrees FROM (SELECT tag AS version FROM fhir_read_tagged('Basic', 'b')) v, fhir_read_tagged('Basic', 'b', NULL, version);
SELECT * FROM fhir_read_tagged('Basic', 'nobody');
SELECT * FROM fhir_read_tagged(NULL, 'a');
SELECT * FROM fhir_read_tagged('Basic', NULL);
SELECT * FROM fhir_read_tagged('Patient', 'a');
SELECT fhir_unmap('his.note');
DROP SCHEMA his CASCADE;
