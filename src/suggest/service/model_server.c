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
#include "utils/guc.h"

#include "suggest/service/service.h"
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
SuggestService *
suggest_model_service(ForeignServer *server, Oid role)
{
	SuggestService *service = palloc0(sizeof(SuggestService));
	StringInfoData lines;
	ListCell   *cell;

	initStringInfo(&lines);
	foreach(cell, server->options)
	{
		DefElem    *option = (DefElem *) lfirst(cell);
		const char *value = defGetString(option);
		int			number;

		if (is_ours(option->defname))
			continue;
		/* a number as its validator reads it, which is also 0x200 and 5e2; no path or word is one */
		if (parse_int(value, &number, 0, NULL))
			value = psprintf("%d", number);
		appendStringInfo(&lines, "%s=%s\n", option->defname, value);
	}
	service->kind = SUGGEST_MODEL;
	service->server = server->serverid;
	service->role = role;
	service->name = server->servername;
	service->options = suggest_to_utf8(lines.data, lines.len, "an option");
	service->memory_mb = suggest_option_number(server->options, "memory_limit", MEMORY_MB);
	service->cache_seconds = suggest_option_number(server->options, "cache_seconds", 0);
	service->notes_per_request = 1;
	service->top = TOP_QUEUED;
	service->base_url = service->login_path = service->ca_file = service->api_id = "";
	service->email = pstrdup("");
	service->password = pstrdup("");
	return service;
}
