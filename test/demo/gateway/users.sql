/*
 * users.sql
 *		Publishes every mapping of the demonstration and makes a user "demo" who
 *		may read all of it, and whom the gateway lets in.
 *
 *	psql -v password=... -f users.sql
 *
 * The extension's schema is in the search_path; the role fhir_gateway is there
 * (src/gateway/gateway_role.sql).
 */
\set ON_ERROR_STOP on
SELECT extnamespace::regnamespace AS schema FROM pg_extension WHERE extname = 'fhir_bridge' \gset
SELECT format('CREATE ROLE demo LOGIN PASSWORD %L', :'password') WHERE to_regrole('demo') IS NULL \gexec
COMMENT ON ROLE demo IS 'Demonstration';
GRANT pg_read_all_data, fhir_bridge_user TO demo;
GRANT USAGE ON SCHEMA :schema TO demo;
GRANT demo TO fhir_gateway;
SELECT fhir_publish(format('%s.%I', relnamespace::regnamespace, name))
FROM fhir_mapping JOIN pg_class c ON c.oid = relation WHERE NOT published;
ANALYZE;
