/*
 * model_server.c
 *		A local model: the server whose options describe it.
 *
 * There are no credentials: a role needs USAGE on the server, and nothing leaves
 * the machine.  The paths were given by a superuser, which the validator sees to.
 */
#include "postgres.h"

#include "commands/defrem.h"
#include "lib/stringinfo.h"

#include "suggest/service/site.h"
#include "suggest/service/utf8_service.h"

#define MEMORY_MB 8192			/* of a model's program, unless the server says otherwise */
#define TOP_QUEUED 100			/* labels of a note that was queued */

/* Options that are not the program's. */
static bool
is_ours(const char *name)
{
	return strcmp(name, "memory_limit") == 0 || strcmp(name, "cache_seconds") == 0;
}

/* The model as the role may use it. */
SuggestSite *
suggest_model_site(ForeignServer *server, Oid role)
{
	SuggestSite *site = palloc0(sizeof(SuggestSite));
	StringInfoData lines;
	ListCell   *cell;

	initStringInfo(&lines);
	foreach(cell, server->options)
	{
		DefElem    *option = (DefElem *) lfirst(cell);

		if (!is_ours(option->defname))
			appendStringInfo(&lines, "%s=%s\n", option->defname, defGetString(option));
	}
	site->kind = SUGGEST_MODEL;
	site->server = server->serverid;
	site->role = role;
	site->name = server->servername;
	site->options = suggest_to_utf8(lines.data, lines.len, "an option");
	site->memory_mb = suggest_option_number(server->options, "memory_limit", MEMORY_MB);
	site->cache_seconds = suggest_option_number(server->options, "cache_seconds", 0);
	site->notes_per_request = 1;
	site->top = TOP_QUEUED;
	site->base_url = site->login_path = site->ca_file = site->api_id = "";
	return site;
}
