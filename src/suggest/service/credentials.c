/*
 * credentials.c
 *		aics_set_credentials: a user mapping without the password in a statement.
 *
 * CREATE USER MAPPING with a password in its text ends up in logs and in
 * pg_stat_statements.  Here the password is an argument, meant for a bind
 * parameter, and the server's own command is called without any text.
 */
#include "postgres.h"

#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "suggest/service/service.h"

PG_FUNCTION_INFO_V1(fhir_bridge_aics_set_credentials);

/* Has the role's own mapping an option of this name? */
static bool
has_option(Oid role, Oid server, const char *name)
{
	UserMapping *mapping = GetUserMapping(role, server);
	ListCell   *cell;

	foreach(cell, mapping->options)
	{
		if (strcmp(((DefElem *) lfirst(cell))->defname, name) == 0)
			return true;
	}
	return false;
}

/* One option for the command. */
static DefElem *
make_option(const char *name, char *value, DefElemAction action)
{
	return makeDefElemExtended(NULL, pstrdup(name), value ? (Node *) makeString(value) : NULL, action, -1);
}

/* The present role, as the commands name it. */
static RoleSpec *
current_role(void)
{
	RoleSpec   *role = makeNode(RoleSpec);

	role->roletype = ROLESPEC_CURRENT_USER;
	role->location = -1;
	return role;
}

/* Changes the mapping that the role has. */
static void
alter_mapping(Oid server, char *name, char *email, char *password)
{
	AlterUserMappingStmt *stmt = makeNode(AlterUserMappingStmt);
	Oid			role = GetUserId();

	stmt->user = current_role();
	stmt->servername = name;
	stmt->options = list_make2(make_option("email", email, has_option(role, server, "email") ? DEFELEM_SET : DEFELEM_ADD),
							   make_option("password", password,
										   has_option(role, server, "password") ? DEFELEM_SET : DEFELEM_ADD));
	if (has_option(role, server, "password_file"))
		stmt->options = lappend(stmt->options, make_option("password_file", NULL, DEFELEM_DROP));
	AlterUserMapping(stmt);
}

/* Makes a mapping for the role. */
static void
create_mapping(char *name, char *email, char *password)
{
	CreateUserMappingStmt *stmt = makeNode(CreateUserMappingStmt);

	stmt->user = current_role();
	stmt->servername = name;
	stmt->options = list_make2(make_option("email", email, DEFELEM_UNSPEC),
							   make_option("password", password, DEFELEM_UNSPEC));
	CreateUserMapping(stmt);
}

/*
 * aics_set_credentials(server text, email text, password text) RETURNS void
 *		Makes or changes the caller's own user mapping; needs USAGE on the server.
 */
Datum
fhir_bridge_aics_set_credentials(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *email = text_to_cstring(PG_GETARG_TEXT_PP(1));
	char	   *password = text_to_cstring(PG_GETARG_TEXT_PP(2));
	Oid			server;

	PreventCommandIfReadOnly("aics_set_credentials()");
	server = suggest_server(name, SUGGEST_SERVICE, GetUserId());
	if (SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(GetUserId()), ObjectIdGetDatum(server)))
		alter_mapping(server, name, email, password);
	else
		create_mapping(name, email, password);
	explicit_bzero(password, strlen(password));
	PG_RETURN_VOID();
}
