-- gateway: HTTP in front of all this, beside pgbench, Flask, COPY and psql
--
-- gateway_measure starts the gateway and the peers and measures; this makes
-- the table, of which a tenth of the rows is enough, and records the figures.

\set have_gateway `command -v python3 >/dev/null && echo true || echo false`
SELECT bool_or(bench.is_wanted(name)) AND :'have_gateway' AS wanted
FROM unnest(ARRAY['gateway: Patient read under a role against pgbench''s pipeline', 'gateway: 99% of these reads at 32 connections, the same',
	'gateway: 304 against 200, a patient of 0.3 kB', 'gateway: 304 against 200, a patient of 2 kB', 'gateway: 304 against 200, a document of 40 kB', 'gateway: /fhir/data of 1,000 people against Flask and psycopg2',
	'gateway: /fhir/data of 100 people against Flask and psycopg2', 'gateway: /fhir/data of 10 people against Flask and psycopg2',
	'gateway: Patient read against Flask and psycopg2', 'gateway: /fhir/data of 1,000 people against gunicorn, psycopg2', 'gateway: $export against the bare COPY to a file',
	'gateway: resident, 1,000 idle clients, against Flask without any', 'gateway: ready after its start, against psql''s first answer']) name \gset
\if :wanted
CREATE SCHEMA ward;
CREATE TABLE ward.patient AS
SELECT 'p-' || n AS id, timestamptz '2024-01-01 00:00Z' + n * interval '1 minute' AS changed, 'C' || n AS chart, 'Family' || n AS family,
	'Given' || n AS given, CASE WHEN n % 2 = 0 THEN 'male' ELSE 'female' END AS gender, date '1950-01-01' + n % 20000 AS born
FROM generate_series(1, :rows / 10) n;
ALTER TABLE ward.patient ADD PRIMARY KEY (id);
CREATE TABLE ward.few AS SELECT * FROM ward.patient LIMIT 1000;
CREATE TABLE ward.hundred AS SELECT * FROM ward.patient LIMIT 100;
CREATE TABLE ward.ten AS SELECT * FROM ward.patient LIMIT 10;
CREATE TABLE ward.document AS
SELECT 'd-' || n AS id, timestamptz '2024-01-01 00:00Z' AS changed, (SELECT string_agg(md5(n || '-' || i), ' ') FROM generate_series(1, 1212) i) AS text
FROM generate_series(1, 100) n;
ALTER TABLE ward.document ADD PRIMARY KEY (id);
CREATE TABLE ward.resident AS
SELECT 'r-' || n AS id, timestamptz '2024-01-01 00:00Z' AS changed, 'A1' || 20000000 + n AS national_id, 'C' || n AS chart, 'X' || 1000000 + n AS passport,
	'Family' || n AS family, 'Given' || n AS given, '09' || 10000000 + n AS mobile, 'female' AS gender, date '1950-01-01' + n AS born, n || ' Long Road' AS road
FROM generate_series(1, 1000) n;
ALTER TABLE ward.resident ADD PRIMARY KEY (id);
VACUUM ANALYZE ward.patient, ward.few, ward.hundred, ward.ten, ward.document, ward.resident;
\set template '{"resourceType": "Patient", "id": "{id}", "meta": {"lastUpdated": "{changed}"}, "identifier": [{"system": "https://hospital.example/chart", "value": "{chart}"}], "name": [{"family": "{family}", "given": ["{given}"]}], "gender": "{gender}", "birthDate": "{born}"}'
SELECT fhir_map('ward.patient', :'template'), fhir_publish('ward.patient');
-- of another type, so that a read looks into one table
SELECT fhir_map('ward.' || name, replace(:'template', 'Patient', 'Person')::json), fhir_publish('ward.' || name) FROM unnest(ARRAY['few', 'hundred', 'ten']) AS name;
SELECT fhir_map('ward.document', '{"resourceType": "Basic", "id": "{id}", "meta": {"lastUpdated": "{changed}"}, "code": {"text": "{text}"}}'),
	fhir_publish('ward.document');

-- as large as patients are by national profiles, with the constants of TW Core's
SELECT fhir_map('ward.resident', $m${"resourceType": "RelatedPerson", "id": "{id}",
	"meta": {"lastUpdated": "{changed}", "profile": ["https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/RelatedPerson-twcore"]},
	"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/patient-nationality", "extension": [{"url": "code", "valueCodeableConcept":
		{"coding": [{"system": "urn:iso:std:iso:3166", "code": "TW", "display": "Taiwan"}]}}]}],
	"identifier": [{"use": "official", "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "NNxxx", "display": "National Person Identifier where the xxx is the ISO table 3166 3-character (alphabetic) country code",
			"_code": {"extension": [{"url": "https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/identifier-suffix",
			"extension": [{"url": "suffix", "valueString": "TWN"}, {"url": "valueSet", "valueCanonical": "http://hl7.org/fhir/ValueSet/iso3166-1-3"}]}]}}]},
			"system": "http://www.moi.gov.tw", "value": "{national_id}"},
		{"use": "official", "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PPN", "display": "Passport number"}], "text": "Passport Number"},
			"system": "http://hl7.org/fhir/sid/passport-TWN", "value": "{passport}"},
		{"use": "official", "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR", "display": "Medical record number"}], "text": "Medical Record Number"},
			"system": "https://hospital.example/chart", "value": "{chart}"}],
	"active": true, "patient": {"reference": "Patient/p-77"},
	"name": [{"use": "official", "text": "{given} {family}", "family": "{family}", "given": ["{given}"]}, {"use": "usual", "text": "{given}"}],
	"telecom": [{"system": "phone", "value": "{mobile}", "use": "mobile"}, {"system": "email", "value": "{given}@hospital.example"}],
	"gender": "{gender}", "birthDate": "{born}",
	"address": [{"use": "home", "text": "{road}, Songshan District, Taipei City", "line": ["{road}"], "city": "Taipei City", "district": "Songshan District",
		"_postalCode": {"extension": [{"url": "https://twcore.mohw.gov.tw/ig/twcore/StructureDefinition/tw-postal-code", "valueCodeableConcept":
		{"coding": [{"system": "https://twcore.mohw.gov.tw/ig/twcore/CodeSystem/postal-code3-tw", "code": "105", "display": "Songshan District"}]}}]}, "country": "TW"}],
	"communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "zh-TW", "display": "Chinese (Taiwan)"}], "text": "Chinese (Taiwan)"}, "preferred": true}]}$m$),
	fhir_publish('ward.resident');

-- Roles are the cluster's: they may be there from another run.
SELECT format('CREATE ROLE %I LOGIN NOINHERIT', name)
FROM unnest(ARRAY['bench_gateway', 'bench_user']) name WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
GRANT bench_user TO bench_gateway;
GRANT USAGE ON SCHEMA ward TO bench_user;
GRANT SELECT ON ALL TABLES IN SCHEMA ward TO bench_user;

SELECT current_database() AS database, :rows / 10 AS patients \gset
\setenv PGDATABASE :database
\setenv BENCH_PATIENTS :patients
-- The gateway's own sessions, and pgbench's, have no settings of ours.
\setenv PGOPTIONS ''
CREATE TEMP TABLE figure (name text, unit text, ours float8, peer float8, claim text);
\copy figure FROM PROGRAM './gateway_measure "$BENCH_PATIENTS"'
SELECT format('CALL bench.record(%L, %L, %s, %s, %s)', name, unit, ours, peer, coalesce(nullif(claim, ''), 'NULL')) FROM figure \gexec
DROP OWNED BY bench_gateway, bench_user;
\endif
