/*
 * gateway_check.c
 *		--check; see gateway_check.h.
 *
 * Each question is one query that says in its first column ok, note or WRONG,
 * and in its second what it is about.
 */
#include "gateway/gateway_check.h"

#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "gateway/access/client_keys.h"
#include "gateway/database/pool.h"
#include "gateway/export/job.h"
#include "gateway/base/gateway_settings.h"
#include "gateway/http/http.h"
#include "gateway/routes/assets.h"

static int	wrong;

static void
say(const char *verdict, const char *what)
{
	size_t		length = strlen(what);

	/* what the database says may have several lines */
	while (length > 0 && what[length - 1] == '\n')
		length--;
	wrong += strcmp(verdict, "WRONG") == 0;
	printf("%-6s ", verdict);
	for (size_t i = 0; i < length; i++)
		putchar(what[i] == '\n' ? ' ' : what[i]);
	putchar('\n');
}

/* $1 is the schema, $2 the mapping of /fhir/data, $3 the anonymous role, $4 CLIENTS_VIEW, $5 EXPORT_ROLE, $6 USERS_VIEW. */
static const char *const questions[] = {
	/* the gateway's own role */
	"SELECT CASE WHEN rolsuper OR rolbypassrls OR rolreplication OR rolcreaterole OR rolcreatedb THEN 'WRONG' ELSE 'ok' END,"
	" format('role %I is %s', rolname, CASE WHEN rolsuper THEN 'a superuser: it would read everything' WHEN rolbypassrls THEN"
	" 'past row-level security' WHEN rolreplication THEN 'one for replication' WHEN rolcreaterole OR rolcreatedb THEN"
	" 'one that may create roles or databases' ELSE 'none of the powerful ones' END) FROM pg_catalog.pg_roles WHERE rolname = session_user",
	/* since 16 each grant says so itself, which as JSON is no error before */
	"SELECT CASE WHEN bool_or(inherits) THEN 'WRONG' ELSE 'ok' END, CASE WHEN bool_or(inherits) THEN"
	" 'it inherits the rights of roles that it was granted: run gateway_role.sql again' ELSE 'it inherits nothing' END"
	" FROM (SELECT coalesce((to_jsonb(m) ->> 'inherit_option')::bool, g.rolinherit) AS inherits FROM pg_catalog.pg_auth_members m"
	" JOIN pg_catalog.pg_roles g ON g.oid = m.member WHERE g.rolname = session_user) AS grants",
	"SELECT 'WRONG', format('it owns %s of this database: it must own nothing', count(*)) FROM pg_catalog.pg_class"
	" WHERE relowner = session_user::regrole HAVING count(*) > 0",
	"SELECT 'WRONG', format('it may read the table %s itself', c.oid::regclass) FROM pg_catalog.pg_class c"
	" JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p', 'v', 'm', 'f')"
	" AND nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_' AND nspname <> $1"
	" AND has_table_privilege(c.oid, 'SELECT') AND format('%s.%s', nspname, relname) <> $4 ORDER BY 2 LIMIT 5",

	/* the roles of users */
	"SELECT CASE WHEN rolsuper OR rolbypassrls OR rolreplication THEN 'WRONG' WHEN NOT rolcanlogin AND rolname <> $3 THEN 'note' ELSE 'ok' END,"
	" format('role %I %s', rolname, CASE WHEN rolsuper THEN 'is a superuser: it gets no token; revoke it from the gateway' WHEN rolbypassrls"
	" THEN 'sees past row-level security: it gets no token' WHEN rolreplication THEN 'is one for replication: it gets no token' WHEN NOT rolcanlogin"
	" AND rolname <> $3 THEN 'may not log in: it gets no token' WHEN rolvaliduntil < now() THEN 'has expired' ELSE 'may come in' END)"
	" FROM pg_catalog.pg_roles WHERE rolname <> session_user AND pg_has_role(session_user, oid, 'MEMBER') ORDER BY rolname LIMIT 200",
	"SELECT 'note', 'no role is granted to it: nobody can get a token (GRANT a_user TO the gateway''s role)' WHERE NOT EXISTS"
	" (SELECT FROM pg_catalog.pg_roles WHERE rolname <> session_user AND pg_has_role(session_user, oid, 'MEMBER'))",
	"SELECT CASE WHEN r.oid IS NULL OR NOT pg_has_role(session_user, r.oid, 'MEMBER') OR rolsuper OR rolbypassrls OR rolreplication"
	" OR rolvaliduntil <= now() THEN 'WRONG' ELSE 'note' END,"
	" format('FHIR_ANON_ROLE %I %s', $3::text, CASE WHEN r.oid IS NULL THEN 'does not exist' WHEN NOT pg_has_role(session_user, r.oid, 'MEMBER')"
	" THEN 'is not granted to the gateway' WHEN rolsuper OR rolbypassrls OR rolreplication THEN 'may do more than a user: requests without a token are refused'"
	" WHEN rolvaliduntil <= now() THEN 'has expired: requests without a token are refused' ELSE 'reads without a token: whoever reaches the port sees what it sees' END)"
	" FROM (SELECT) one LEFT JOIN pg_catalog.pg_roles r ON r.rolname = $3 WHERE $3 <> ''",
	"SELECT 'WRONG', format('EXPORT_ROLE %I does not exist: no export can be begun', $5::text) WHERE $5 <> ''"
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $5)",
	"SELECT 'WRONG', format('USERS_VIEW %s %s: /users/me fails', $6::text, CASE WHEN c.oid IS NULL THEN 'does not exist' ELSE 'has no column ' || col END)"
	" FROM unnest('{username,full_name,email,disabled}'::text[]) col LEFT JOIN (pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
	" ON n.oid = relnamespace) ON nspname || '.' || relname = $6 WHERE $6 <> '' AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute"
	" WHERE attrelid = c.oid AND attname = col AND attnum > 0 AND NOT attisdropped) GROUP BY 1, 2",
	"SELECT 'note', format('role %I may not read USERS_VIEW: its /users/me answers 403', rolname) FROM pg_catalog.pg_roles r, pg_catalog.pg_class c"
	" JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace WHERE nspname || '.' || relname = $6 AND rolcanlogin AND rolname <> session_user"
	" AND pg_has_role(session_user, r.oid, 'MEMBER') AND NOT (has_table_privilege(r.oid, c.oid, 'SELECT') AND has_schema_privilege(r.oid, n.oid, 'USAGE'))"
	" ORDER BY rolname LIMIT 5",

	/* the extension */
	"SELECT CASE WHEN extversion IS NULL THEN 'WRONG' ELSE 'ok' END, CASE WHEN extversion IS NULL THEN"
	" 'the extension fhir_bridge is not in this database' ELSE format('fhir_bridge %s in schema %I', extversion, nspname) END FROM (SELECT) one LEFT JOIN (pg_catalog.pg_extension e"
	" JOIN pg_catalog.pg_namespace n ON n.oid = extnamespace) ON extname = 'fhir_bridge'",
	"SELECT CASE WHEN count(p.oid) = 0 THEN 'WRONG' ELSE 'ok' END, format('function %I.%s is %s', $1::text, f, CASE WHEN count(p.oid) = 0"
	" THEN 'not there: see FHIR_SCHEMA' ELSE 'there' END) FROM unnest('{fhir_read,fhir_read_tagged,fhir_search,fhir_capabilities,fhir_validate,fhir_ndjson,fhir_search_ndjson}'::text[]) f"
	" LEFT JOIN (pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace AND nspname = $1) ON proname = f GROUP BY f",
	"SELECT CASE WHEN bool_or(has_function_privilege(p.oid, 'EXECUTE')) AND bool_and(has_schema_privilege(n.oid, 'USAGE')) THEN 'ok' ELSE 'WRONG' END,"
	" format('EXECUTE on fhir_capabilities and USAGE on schema %I', $1::text) FROM pg_catalog.pg_proc p"
	" JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace WHERE nspname = $1 AND proname = 'fhir_capabilities' HAVING count(*) > 0",
	"SELECT CASE WHEN to_regprocedure(format('%I.morphology_suggest(text,text,integer)', $1::text)) IS NULL THEN 'note' ELSE 'ok' END,"
	" 'morphology_suggest' || CASE WHEN to_regprocedure(format('%I.morphology_suggest(text,text,integer)', $1::text)) IS NULL"
	" THEN ' is not there: /suggest-morphology-codes answers 501' ELSE ' is there' END",
	NULL
};

/* Asks one question and prints what comes back. */
static void
ask(PGconn *connection, const char *question)
{
	const char *values[] = {settings.schema, settings.data_mapping, settings.anon_role, settings.clients_view, settings.export_role, settings.users_view};
	const Oid	text[] = {25, 25, 25, 25, 25, 25};
	char		named[4096];
	PGresult   *rows;

	snprintf(named, sizeof(named), "WITH given AS (SELECT $1, $2, $3, $4, $5, $6) %s", question);
	rows = PQexecParams(connection, named, 6, text, values, NULL, NULL, 0);
	if (PQresultStatus(rows) != PGRES_TUPLES_OK)
		say("WRONG", PQresultErrorMessage(rows));
	for (int i = 0; i < PQntuples(rows); i++)
		say(PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1));
	PQclear(rows);
}

/* A warning of the database's, as a line. */
static void
take_warning(void *arg, const PGresult *result)
{
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (severity != NULL && strcmp(severity, "WARNING") == 0)
		say("WRONG", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
}

/* Is the table of mappings there? */
static bool
has_mappings(PGconn *connection)
{
	const char *values[] = {settings.schema};
	PGresult   *rows = PQexecParams(connection, "SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
												" WHERE n.nspname = $1 AND c.relname = 'fhir_mapping'",
									1, NULL, values, NULL, NULL, 0);
	bool		found = PQntuples(rows) > 0;

	PQclear(rows);
	return found;
}

/* The mappings that are published, and the one of /fhir/data. */
static void
check_mappings(PGconn *connection)
{
	char	   *schema = PQescapeIdentifier(connection, settings.schema, strlen(settings.schema));
	char		question[1024];

	if (!has_mappings(connection))
	{
		say("WRONG", "there is no table of mappings: see FHIR_SCHEMA");
		PQfreemem(schema);
		return;
	}
	snprintf(question, sizeof(question), "SELECT CASE WHEN count(*) = 0 THEN 'note' ELSE 'ok' END, format('%%s mappings are published', count(*))"
										 " FROM %s.fhir_mapping WHERE published",
			 schema);
	ask(connection, question);
	/* it warns of each mapping that it leaves out, since it is broken */
	PQsetNoticeReceiver(connection, take_warning, NULL);
	snprintf(question, sizeof(question), "SELECT 'ok', format('%%s types of FHIR are served', json_array_length(%s.fhir_capabilities() #> '{rest,0,resource}'))", schema);
	ask(connection, question);
	if (settings.data_mapping[0] != '\0')
	{
		snprintf(question, sizeof(question), "SELECT CASE WHEN count(*) = 0 THEN 'WRONG' ELSE 'ok' END, format('FHIR_DATA_MAPPING %%s is %%s', $2,"
											 " CASE WHEN count(*) = 0 THEN 'no published mapping (schema.name)' ELSE 'a published mapping' END) FROM %s.fhir_mapping m JOIN pg_catalog.pg_class c"
											 " ON c.oid = relation WHERE published AND (format('%%s.%%I', relnamespace::regnamespace, name) = $2 OR format('%%s.%%s', relnamespace::regnamespace, name) = $2)",
				 schema);
		ask(connection, question);
	}
	else
		say("note", "FHIR_DATA_MAPPING is not set: /fhir/data needs ?mapping=");
	PQfreemem(schema);
}

/* Has the database room for all connections of this gateway? */
static void
check_connections(PGconn *connection)
{
	char		question[1024];

	snprintf(question, sizeof(question), "SELECT CASE WHEN wanted > room THEN 'WRONG' ELSE 'ok' END, format('this gateway takes up to %%s connections (DB_POOL, SUGGEST_POOL,"
										 " STREAM_POOL, EXPORT_WORKERS) of %%s that it may have, all gateways and others together', wanted, room) FROM (SELECT %d AS wanted,"
										 " least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
										 " - coalesce(current_setting('reserved_connections', true)::int, 0), nullif(datconnlimit, -1), nullif(rolconnlimit, -1)) AS room"
										 " FROM pg_catalog.pg_database, pg_catalog.pg_roles WHERE datname = current_database() AND rolname = session_user) AS connections",
			 settings.db_pool + settings.suggest_pool + settings.stream_pool + settings.export_workers);
	ask(connection, question);
}

/* Are the rows of CLIENTS_VIEW clients, and may the gateway read it? */
static void
check_clients(PGconn *connection)
{
	const char *all[] = {NULL};
	PGresult   *rows;
	ClientKey  *keys = NULL;
	char		text[512];

	if (settings.clients_view[0] == '\0')
		return;
	rows = PQexecParams(connection, statements[SQL_CLIENTS].text, 1, NULL, all, NULL, NULL, 0);
	snprintf(text, sizeof(text), "CLIENTS_VIEW has %d clients", PQntuples(rows));
	say(PQresultStatus(rows) == PGRES_TUPLES_OK ? "ok" : "WRONG", PQresultStatus(rows) == PGRES_TUPLES_OK ? text : PQresultErrorMessage(rows));
	for (int i = 0; i < PQntuples(rows); i++)
	{
		const char *problem = client_keys_add_row(&keys, rows, i);

		snprintf(text, sizeof(text), "CLIENTS_VIEW: client %s: %s", PQgetvalue(rows, i, 0), problem != NULL ? problem : "");
		if (problem != NULL)
			say("WRONG", text);
	}
	client_keys_free(keys);
	PQclear(rows);
}

/* Would the server ask for a password?  Else no login could be checked. */
static void
check_password(void)
{
	const char *keywords[POOL_PARAMETERS];
	const char *values[POOL_PARAMETERS];
	PGconn	   *connection;

	pool_parameters(keywords, values, settings.db_user, "certainly not the password", "fhir-bridge-gateway check");
	connection = PQconnectdbParams(keywords, values, 0);
	if (PQstatus(connection) == CONNECTION_OK && !PQconnectionUsedPassword(connection))
		say("WRONG", "the server asks this address for no password (pg_hba.conf: trust, peer or cert): /token refuses everybody");
	else
		say("ok", "the server asks for passwords");
	PQfinish(connection);
}

static void
check_database(void)
{
	const char *keywords[POOL_PARAMETERS];
	const char *values[POOL_PARAMETERS];
	PGconn	   *connection;

	pool_parameters(keywords, values, settings.db_user, settings.db_password, "fhir-bridge-gateway check");
	connection = PQconnectdbParams(keywords, values, 0);
	if (PQstatus(connection) != CONNECTION_OK)
		say("WRONG", PQerrorMessage(connection));
	else
	{
		say("ok", "the database answers");
		for (int i = 0; questions[i] != NULL; i++)
			ask(connection, questions[i]);
		check_connections(connection);
		check_mappings(connection);
		check_clients(connection);
		check_password();
	}
	PQfinish(connection);
}

/* Can exports be written, and does a lock keep others off? */
static void
check_export_dir(void)
{
	static const long shared[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC, CEPH_SUPER_MAGIC, FUSE_SUPER_MAGIC, V9FS_MAGIC};
	struct statfs about;

	if (access(settings.export_dir, R_OK | W_OK | X_OK) != 0)
	{
		say("WRONG", "EXPORT_DIR cannot be written to");
		return;
	}
	say(job_locks_hold() ? "ok" : "WRONG", job_locks_hold() ? "EXPORT_DIR can be written to, and holds locks" : "EXPORT_DIR is on a volume that holds no locks: $export answers 501");
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]) && statfs(settings.export_dir, &about) == 0; i++)
		if ((long) (about.f_type & 0xffffffff) == shared[i])
			say("note", "EXPORT_DIR is on a volume of the network or of a program: several gateways may share it if they see each other's locks (README, Bulk exports)");
}

int
check_all(void)
{
	if (!settings_read() || !client_keys_read())
		say("WRONG", "settings: see above");
	else
	{
		statements_make();
		say("ok", "settings");
		if (strncmp(settings.base_url, "http://", 7) == 0 && strncmp(settings.base_url, "http://localhost", 16) != 0)
			say("note", "FHIR_BASE_URL is http: passwords and patients' data need https outside this machine");
		if (settings.db_host[0] == '\0')
			say("note", "DB_HOST is not set: libpq's default is taken");
		if (!http_read_tls())
			say("WRONG", "TLS_CERT or TLS_KEY cannot be used");
		if (!assets_read())
			say("WRONG", "PAGE_DIR cannot be read");
		if (settings.export_dir[0] == '\0')
			say("note", "EXPORT_DIR is not set: $export answers 501");
		else
			check_export_dir();
		check_database();
	}
	return wrong > 0;
}
