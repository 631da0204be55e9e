/*
 * server.c
 *		Foreign servers: which kind they are, who may use them, their options.
 */
#include "postgres.h"

#include "catalog/pg_foreign_server.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "base/base.h"
#include "suggest/service/service.h"

static const struct
{
	const char *wrapper;
	const char *example;		/* of its options */
}			kinds[SUGGEST_KINDS] = {
	[SUGGEST_SERVICE] = {"fhir_bridge_aics", "base_url 'https://...'"},
	[SUGGEST_MODEL] = {"fhir_bridge_model", "model_dir '/...'"},
};

/* A server's kind; SUGGEST_KINDS for one of another wrapper. */
SuggestKind
suggest_kind(const ForeignServer *server)
{
	const char *wrapper = GetForeignDataWrapper(server->fdwid)->fdwname;
	int			kind = 0;

	while (kind < SUGGEST_KINDS && strcmp(kinds[kind].wrapper, wrapper) != 0)
		kind++;
	return kind;
}

/*
 * The server of this name, which must be of the kind given; of any for
 * SUGGEST_KINDS.  Raises an error when there is none, when it is of another
 * wrapper, or when the role has no USAGE on it.
 */
Oid
suggest_server(const char *name, SuggestKind kind, Oid role)
{
	ForeignServer *server = GetForeignServerByName(name, true);
	int			wanted = kind < SUGGEST_KINDS ? kind : SUGGEST_SERVICE;
	SuggestKind found;
	AclResult	acl;

	if (server == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("server \"%s\" does not exist", name),
				 errhint("CREATE SERVER %s FOREIGN DATA WRAPPER %s OPTIONS (%s).",
						 quote_identifier(name), kinds[wanted].wrapper, kinds[wanted].example)));
	found = suggest_kind(server);
	if (found == SUGGEST_KINDS || (kind != SUGGEST_KINDS && found != kind))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not of foreign data wrapper %s", name, kinds[wanted].wrapper)));
	acl = object_aclcheck(ForeignServerRelationId, server->serverid, role, ACL_USAGE);
	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_FOREIGN_SERVER, name);
	return server->serverid;
}

/* An option's value; the given default when it is not set. */
const char *
suggest_option(List *options, const char *name, const char *otherwise)
{
	ListCell   *cell;

	foreach(cell, options)
	{
		DefElem    *element = (DefElem *) lfirst(cell);

		if (strcmp(element->defname, name) == 0)
			return defGetString(element);
	}
	return otherwise;
}

/* A number among the options, which the validator has checked. */
int
suggest_option_number(List *options, const char *name, int otherwise)
{
	const char *text = suggest_option(options, name, NULL);
	int			number;

	return text && parse_int(text, &number, 0, NULL) ? number : otherwise;
}

/* How many notes a request to this server may hold; a model takes one. */
int
suggest_notes_per_request(ForeignServer *server)
{
	return suggest_option_number(server->options, "notes_per_request", 1);
}
