/*
 * fixture.sql
 *		A hospital of two wards, and the roles of its users.
 *
 * alice reads ward A and bob ward B, by row-level security; carol may come in
 * and read nothing; each of the others is a kind that gets no token.
 */
CREATE EXTENSION fhir_bridge;
CREATE SCHEMA ward;
CREATE TABLE ward.patient (
	id text PRIMARY KEY, version int NOT NULL, changed timestamptz NOT NULL, ward text NOT NULL,
	chart text NOT NULL, family text, given text, gender text, born date
);
INSERT INTO ward.patient
SELECT CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END || '-' || n, 1, timestamptz '2024-01-01 00:00Z' + (n / 4) * interval '1 day',
	CASE WHEN n % 2 = 0 THEN 'A' ELSE 'B' END, 'C' || n, 'Família' || n, 'Given', CASE WHEN n % 3 = 0 THEN 'male' ELSE 'female' END,
	date '1970-01-01' + n
FROM generate_series(1, 60) n;
CREATE TABLE ward.observation (id text PRIMARY KEY, patient text NOT NULL, value numeric, at timestamptz NOT NULL);
INSERT INTO ward.observation
SELECT 'o-' || p.id || '-' || n, p.id, 70 + n, timestamptz '2024-02-01 00:00Z' + n * interval '1 hour' FROM ward.patient p, generate_series(1, 5) n;
CREATE TABLE ward.empty (id text PRIMARY KEY);

CREATE TABLE ward.team (id text PRIMARY KEY, member text NOT NULL);
INSERT INTO ward.team VALUES ('g1', 'a-2'), ('g2', 'b-1');

SELECT fhir_map('ward.patient', $m${"resourceType": "Patient", "id": "{id}",
	"meta": {"versionId": "{version}", "lastUpdated": "{changed}"},
	"identifier": [{"system": "https://hospital.example/chart", "value": "{chart}"}],
	"name": [{"family": "{family}", "given": ["{given}"]}], "gender": "{gender}", "birthDate": "{born}"}$m$);
SELECT fhir_map('ward.observation', $m${"resourceType": "Observation", "id": "{id}", "meta": {"lastUpdated": "{at}"},
	"status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
	"subject": {"reference": "Patient/{patient}"}, "effectiveDateTime": "{at}",
	"valueQuantity": {"value": "{value}", "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"}}$m$);
-- makes ids, which only who may read it can: it must be declared to everybody
SELECT fhir_map('ward.empty', $m${"resourceType": "Location", "id": "{fhir_id('location', id)}"}$m$);
SELECT fhir_map('ward.team', $m${"resourceType": "Group", "id": "{id}", "type": "person", "actual": true,
	"member": [{"entity": {"reference": "Patient/{member}"}}]}$m$);

ALTER TABLE ward.patient ENABLE ROW LEVEL SECURITY;
ALTER TABLE ward.observation ENABLE ROW LEVEL SECURITY;
CREATE TABLE ward.staff (role name PRIMARY KEY, ward text NOT NULL);
INSERT INTO ward.staff VALUES ('alice', 'A'), ('bob', 'B'), ('public_reader', 'A'), ('ministry_reader', 'A');
CREATE POLICY by_ward ON ward.patient USING (ward = (SELECT s.ward FROM ward.staff s WHERE s.role = current_user));
CREATE POLICY by_ward ON ward.observation USING (patient IN (SELECT p.id FROM ward.patient p));

CREATE ROLE reader NOLOGIN;
GRANT USAGE ON SCHEMA ward TO reader;
GRANT SELECT ON ward.patient, ward.observation, ward.empty, ward.staff, ward.team TO reader;
CREATE ROLE alice LOGIN PASSWORD 'alice & 50%+ws' IN ROLE reader;
COMMENT ON ROLE alice IS 'Alice Liddell';
CREATE ROLE bob LOGIN PASSWORD 'bob''s pass' IN ROLE reader;
CREATE ROLE carol LOGIN PASSWORD 'carol pass';
CREATE ROLE dave LOGIN PASSWORD 'dave pass' IN ROLE reader;
CREATE ROLE expired LOGIN PASSWORD 'expired pass' VALID UNTIL '2020-01-01';
CREATE ROLE nologin NOLOGIN PASSWORD 'nologin pass';
CREATE ROLE stranger LOGIN PASSWORD 'stranger pass' IN ROLE reader;
CREATE ROLE super LOGIN SUPERUSER PASSWORD 'super pass';
CREATE ROLE past_rls LOGIN BYPASSRLS PASSWORD 'past_rls pass';
CREATE ROLE replica LOGIN REPLICATION PASSWORD 'replica pass';
CREATE ROLE "Odd ""name"" é" LOGIN PASSWORD 'odd pass' IN ROLE reader;
CREATE ROLE public_reader NOLOGIN IN ROLE reader;
CREATE ROLE ministry_reader LOGIN IN ROLE reader;
GRANT alice, bob, carol, dave, expired, nologin, super, past_rls, replica, "Odd ""name"" é", public_reader, ministry_reader TO fhir_gateway;
GRANT USAGE ON SCHEMA ward TO dave;

CREATE VIEW ward.users AS
SELECT rolname::text AS username, initcap(rolname) AS full_name, rolname || '@hospital.example' AS email, rolname = 'dave' AS disabled FROM pg_roles;
GRANT SELECT ON ward.users TO reader, carol;

-- What takes two seconds, for dave alone.
CREATE VIEW ward.sleepy AS SELECT 'sleepy' AS id, pg_sleep(2)::text || 'slept' AS text;
GRANT SELECT ON ward.sleepy TO dave;
SELECT fhir_map('ward.sleepy', '{"resourceType": "Basic", "id": "{id}", "code": {"text": "{text}"}}');

SELECT fhir_publish(format('%s.%I', relnamespace::regnamespace, name)) FROM fhir_mapping JOIN pg_class c ON c.oid = relation;
