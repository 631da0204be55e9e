/*
 * service.sql
 *		Lets the demonstration's database ask a suggestion service on this
 *		machine, without TLS: which only a superuser may allow.
 *
 *	psql -v url=http://127.0.0.1:8090 -f service.sql
 */
\set ON_ERROR_STOP on
LOAD 'fhir_bridge';
SELECT format('ALTER DATABASE %I SET %s = on', current_database(), name), format('SET %s = on', name)
FROM unnest('{fhir_bridge.aics_allow_http,fhir_bridge.aics_allow_private_addresses}'::text[]) name \gexec
CREATE SERVER aics FOREIGN DATA WRAPPER fhir_bridge_aics OPTIONS (base_url :'url');
GRANT USAGE ON FOREIGN SERVER aics TO demo;
CREATE USER MAPPING FOR demo SERVER aics OPTIONS (email 'coder@hospital.example', password 'right');
