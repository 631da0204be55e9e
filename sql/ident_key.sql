-- the secret: who may see it, what setting it does, and what stands in the way
SELECT count(*), min(octet_length(secret)) FROM fhir_secret;
SELECT fhir_bridge_new_secret() <> fhir_bridge_new_secret() AS random, octet_length(fhir_bridge_new_secret());
SELECT fhir_id_key('\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');

-- the session notices each change, also the way back
SELECT fhir_id('patient', 'A123456789');
BEGIN;
SELECT fhir_id_key(repeat('k', 32)::bytea);
SELECT fhir_id('patient', 'A123456789');
SAVEPOINT s;
SELECT fhir_id_key(repeat('l', 32)::bytea);
SELECT fhir_id('patient', 'A123456789');
ROLLBACK TO s;
SELECT fhir_id('patient', 'A123456789');
ROLLBACK;
SELECT fhir_id('patient', 'A123456789');

-- a prepared statement does not keep an id folded from literals
PREPARE q AS SELECT fhir_id('patient', 'A123456789');
EXECUTE q;
SELECT fhir_id_key(repeat('k', 32)::bytea);
EXECUTE q;
SELECT fhir_id_key('\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');

-- a restored row takes the present one's place; two rows do not fit
COPY fhir_secret (secret, made_at) FROM stdin;
\\x6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b	2024-01-01 00:00:00+00
\.
SELECT count(*), bool_and(secret = repeat('k', 32)::bytea) AS replaced FROM fhir_secret;
SELECT fhir_id('patient', 'A123456789');
INSERT INTO fhir_secret (secret) SELECT fhir_bridge_new_secret() FROM generate_series(1, 2);
BEGIN;
TRUNCATE fhir_secret;
SELECT fhir_index_id('patient', 'A123456789') IS NULL AS no_tag;
SELECT fhir_id('patient', 'A123456789');
ROLLBACK;
BEGIN;
DELETE FROM fhir_secret;
SELECT fhir_id_key(repeat('m', 32)::bytea);
SELECT count(*) FROM fhir_secret;
ROLLBACK;
SELECT fhir_id('patient', 'A123456789');

-- indexes and materialized views: a warning that names the remedy
CREATE SCHEMA ident_his;
CREATE TABLE ident_his.patient (id_no text);
CREATE INDEX patient_id ON ident_his.patient (fhir_id('patient', id_no));
CREATE VIEW ident_his.shown AS SELECT fhir_id('patient', id_no) AS id FROM ident_his.patient;
CREATE MATERIALIZED VIEW ident_his.stored AS SELECT id FROM ident_his.shown;
CREATE FUNCTION ident_his.staff_id(text) RETURNS uuid IMMUTABLE
	RETURN fhir_id('staff', $1);
CREATE INDEX staff_id ON ident_his.patient (ident_his.staff_id(id_no));
CREATE INDEX other ON ident_his.patient (md5_uuid(id_no));
CREATE INDEX stored_id ON ident_his.stored (id);
SELECT fhir_id_key(repeat('n', 32)::bytea);
SELECT fhir_id_key(repeat('n', 32)::bytea);	-- nothing to do, nothing to say

-- stored ids: refused
CREATE TABLE ident_his.generated (id_no text, id uuid GENERATED ALWAYS AS (fhir_id('patient', id_no)) STORED);
CREATE TABLE ident_his.checked (id_no text, id uuid, CONSTRAINT id_fits CHECK (id = fhir_id('patient', id_no)));
CREATE TABLE ident_his.divided (id_no text) PARTITION BY HASH (fhir_id('patient', id_no));
CREATE DOMAIN ident_his.known AS text CONSTRAINT known_id CHECK (ident_his.staff_id(VALUE) IS NOT NULL);
CREATE TABLE ident_his.proposed (id uuid DEFAULT fhir_id('patient', 0));
SELECT fhir_id_key(repeat('o', 32)::bytea);
SELECT secret = repeat('n', 32)::bytea AS unchanged FROM fhir_secret;

-- an ordinary role: no ids by itself, no secret, no change
CREATE ROLE ident_reader;
GRANT USAGE ON SCHEMA ident_his TO ident_reader;
GRANT SELECT ON ident_his.shown TO ident_reader;
SET ROLE ident_reader;
SELECT count(*) FROM ident_his.shown;
SELECT md5_uuid('A123456789');
SELECT fhir_id('patient', 'A123456789');
SELECT secret FROM fhir_secret;
INSERT INTO fhir_secret (secret) VALUES (repeat('p', 32)::bytea);
SELECT fhir_id_key(repeat('p', 32)::bytea);
SELECT fhir_bridge_new_secret();
RESET ROLE;
GRANT EXECUTE ON FUNCTION fhir_id, fhir_id_key TO ident_reader;
SET ROLE ident_reader;
SELECT fhir_id('patient', 'A123456789') IS NOT NULL AS granted;
SELECT fhir_id_key(repeat('p', 32)::bytea);
RESET ROLE;
REVOKE EXECUTE ON FUNCTION fhir_id, fhir_id_key FROM ident_reader;
SET client_min_messages = warning;
DROP SCHEMA ident_his CASCADE;
RESET client_min_messages;
DROP ROLE ident_reader;

-- bad secrets
SELECT fhir_id_key(NULL);
SELECT fhir_id_key('');
SELECT fhir_id_key(repeat('k', 31)::bytea);
SELECT fhir_id_key(repeat('k', 33)::bytea);
\set VERBOSITY sqlstate
INSERT INTO fhir_secret (secret) VALUES ('');
INSERT INTO fhir_secret (secret) VALUES (NULL);
INSERT INTO fhir_secret (singleton, secret) VALUES (false, fhir_bridge_new_secret());
SELECT fhir_id('patient', 'A123456789');
