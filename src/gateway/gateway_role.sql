/*
 * gateway_role.sql
 *		The role by which the gateway connects, for one database.
 *
 *	psql -v role=fhir_gateway -v password="$(cat password.txt)" -v schema=public -f gateway_role.sql hospital
 *
 * The role may log in and take those roles that are granted to it; it inherits
 * nothing, owns nothing and reads nothing itself.  Letting a user in is
 *
 *	GRANT alice TO fhir_gateway;			-- PostgreSQL 15
 *	GRANT alice TO fhir_gateway WITH INHERIT FALSE, SET TRUE;	-- 16 and later
 *
 * and REVOKE shuts the user out, at once.  Alice needs a password of her own
 * (or LDAP, as pg_hba.conf says), CONNECT on the database, USAGE on the
 * schema, and SELECT on what she may read; row-level security decides which
 * rows.  fhir-bridge-gateway --check says what is missing.
 */
\set ON_ERROR_STOP on
\if :{?role} \else \set role fhir_gateway \endif
\if :{?schema} \else \set schema public \endif

SELECT count(*) = 0 AS is_new FROM pg_catalog.pg_roles WHERE rolname = :'role' \gset
\if :is_new
CREATE ROLE :"role";
\endif
ALTER ROLE :"role" LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOREPLICATION NOCREATEDB NOCREATEROLE;
\if :{?password}
ALTER ROLE :"role" PASSWORD :'password';
\endif
SELECT pg_catalog.current_database() AS database \gset
GRANT CONNECT ON DATABASE :"database" TO :"role";
GRANT USAGE ON SCHEMA :"schema" TO :"role";
GRANT EXECUTE ON FUNCTION :"schema".fhir_capabilities TO :"role";

-- Since 16 a grant keeps what it said when it was made.
SELECT pg_catalog.current_setting('server_version_num')::int >= 160000 AS grants_inherit \gset
\if :grants_inherit
SELECT pg_catalog.format('GRANT %I TO %I WITH INHERIT FALSE, SET TRUE', r.rolname, g.rolname)
FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.roleid JOIN pg_catalog.pg_roles g ON g.oid = m.member
WHERE g.rolname = :'role' AND (pg_catalog.to_jsonb(m) ->> 'inherit_option')::bool
\gexec
\endif
