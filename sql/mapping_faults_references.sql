-- references whose constant text points where their element does not
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA mapping_faults_references;
SET search_path = mapping_faults_references, public;
CREATE TABLE t (id text, a text);
-- a function for the least that is needed around a member
CREATE FUNCTION try(member text) RETURNS text LANGUAGE sql AS $$
	SELECT fhir_map('mapping_faults_references.t', ('{"resourceType":"Observation","id":"{id}","status":"final","code":{"text":"x"},' || member || '}')::json) $$;
\set VERBOSITY default
\set SHOW_CONTEXT never
-- types that are not allowed, before a placeholder and whole
SELECT try('"subject":{"reference":"Practitioner/{a}"}');
SELECT try('"subject":{"reference":"Organization/1"}');
SELECT try('"performer":[{"reference":"Patient/{a}"},{"reference":"Device/{a}"}]');
SELECT try('"subject":{"reference":"https://fhir.example/r4/Practitioner/{a}"}');
SELECT try('"subject":{"reference":"https://fhir.example/r4/Practitioner/1/_history/2"}');
-- no types
SELECT try('"subject":{"reference":"Patien/{a}"}');
SELECT try('"subject":{"reference":"patient/{a}"}');
-- no references
SELECT try('"subject":{"reference":"12345"}');
SELECT try('"subject":{"reference":"Patient/a b"}');
SELECT try('"subject":{"reference":"Patient/"}');
-- contained resources
SELECT try('"subject":{"reference":"#p"}');
SELECT try('"contained":[{"resourceType":"Patient","id":"q"}],"subject":{"reference":"#p"}');
SELECT try('"contained":[{"resourceType":"Practitioner","id":"p"}],"subject":{"reference":"#p"}');
-- all of these register
SELECT try('"subject":{"reference":"Patient/{a}"},"performer":[{"reference":"https://fhir.example/Practitioner/{a}"},{"reference":"urn:uuid:{a}"},{"reference":"{a}"}]');
SELECT try('"contained":[{"resourceType":"Patient","id":"p"}],"subject":{"reference":"#p"}');
SELECT try('"contained":[{"resourceType":"Patient","id":"{id}"}],"subject":{"reference":"#p"}');
SELECT try('"contained":["{jsonb_build_object(''resourceType'', ''Patient'', ''id'', a)}"],"subject":{"reference":"#p"}');
SELECT try('"contained":[{"resourceType":"Patient","id":"q"},"{jsonb_build_object(''resourceType'', ''Patient'', ''id'', a)}"],"subject":{"reference":"#p"}');
SELECT try('"subject":{"reference":"{a}/{id}"},"focus":[{"reference":"Basic/{a}"}],"encounter":{"display":"{a}"}');
SET client_min_messages = warning;
DROP SCHEMA mapping_faults_references CASCADE;
