/*
 * fhir_routes.c
 *		Read, vread, search, metadata, $validate: HTTP in, one SQL call, JSON out.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/access/access.h"
#include "gateway/access/client_keys.h"
#include "gateway/base/gateway_settings.h"
#include "gateway/routes/conditional.h"
#include "gateway/routes/handlers.h"
#include "gateway/routes/route.h"

/* Has the client what is at hand already? */
static bool
is_unchanged(HttpRequest *request, PGresult *rows)
{
	const char *tags = head_list(&request->arena, &request->head, "If-None-Match");
	const char *since = head_value(&request->head, "If-Modified-Since");
	const char *changed = row_text(rows, 2);
	bool		any = false;

	if (row_text(rows, 0) == NULL)
		return true;			/* the statement has compared the tags */
	if (tags != NULL)
	{
		conditional_tags(&request->arena, tags, &any);
		return any;
	}
	if (since != NULL && changed != NULL)
	{
		int64_t		given = conditional_time(since);

		return given >= 0 && strtoll(changed, NULL, 10) <= given;
	}
	return false;
}

/* Answers a read: 200 with the resource, 304, or 404. */
static void
answer_read(HttpRequest *request, PGresult *rows)
{
	const char *changed;

	if (PQntuples(rows) == 0)
	{
		PQclear(rows);
		reply_error(request, 404, NULL, "There is no such resource");
		return;
	}
	changed = row_text(rows, 2);
	reply_header(request, "ETag", arena_printf(&request->arena, "W/\"%s\"", row_text(rows, 1)));
	if (changed != NULL)
		reply_header(request, "Last-Modified", conditional_date(&request->arena, strtoll(changed, NULL, 10)));
	if (is_unchanged(request, rows))
	{
		PQclear(rows);
		reply_empty(request, 304);
	}
	else
		answer_value(request, rows);
}

/* Reads a resource, of a version unless that is NULL. */
static void
read_version(HttpRequest *request, const char *version)
{
	const char *tags = head_list(&request->arena, &request->head, "If-None-Match");
	bool		any;
	Call	   *call;

	if (!access_type(request, request->params[0], "r"))
		return;
	call = request_call(request, SQL_READ, answer_read);
	call->values[0] = request->params[0];
	call->values[1] = request->params[1];
	call->values[2] = version;
	call->values[3] = tags != NULL ? conditional_tags(&request->arena, tags, &any) : NULL;
	request_begin(request, POOL_READ, call);
}

void
fhir_read(HttpRequest *request)
{
	read_version(request, NULL);
}

void
fhir_vread(HttpRequest *request)
{
	read_version(request, request->params[2]);
}

/* How unknown parameters are taken: what Prefer says, else the settings. */
static const char *
handling_of(HttpRequest *request)
{
	const char *wanted = fhir_preference(request, "handling");

	return wanted != NULL && (strcmp(wanted, "strict") == 0 || strcmp(wanted, "lenient") == 0) ? wanted : settings.handling;
}

/* Search by GET and by POST; parameters may stand in the address, the body, or both. */
void
fhir_search(HttpRequest *request)
{
	const char *query = request->path.query;
	Call	   *call;

	if (!access_type(request, request->params[0], "s"))
		return;
	if (request->head.method == METHOD_POST && request->body_size > 0)
		query = query[0] == '\0' ? request->body : arena_printf(&request->arena, "%s&%s", query, request->body);
	if (!access_search(request, query))
		return;
	call = request_call(request, SQL_SEARCH, answer_value);
	call->values[0] = request->params[0];
	call->values[1] = query;
	call->values[2] = settings.base_url;
	call->values[3] = handling_of(request);
	request_begin(request, POOL_READ, call);
}

void
fhir_metadata(HttpRequest *request)
{
	Call	   *call = request_call(request, SQL_CAPABILITIES, answer_value);

	call->values[0] = settings.base_url;
	call->values[1] = settings.export_dir[0] != '\0' ? "t" : "f";
	call->values[2] = settings.cors_origins[0] != '\0' ? "t" : "f";
	call->values[3] = arena_printf(&request->arena, "%s/token", settings.root_url);
	request_begin(request, POOL_READ, call);
}

void
fhir_validate(HttpRequest *request)
{
	bool		bad = false;
	const char *profile = url_field(&request->arena, request->path.query, "profile", &bad);
	Call	   *call;

	if (bad)
	{
		reply_error(request, 400, NULL, "a parameter cannot be decoded");
		return;
	}
	call = request_call(request, SQL_VALIDATE, answer_value);
	call->values[0] = request->body;
	call->values[1] = request->params[0];
	call->values[2] = profile;
	request_begin(request, POOL_READ, call);
}

/*
 * What SMART 2 requires of a server that has Backend Services alone.  It wants
 * the challenge methods said also where there is no authorization to use them.
 */
void
fhir_smart(HttpRequest *request)
{
	struct evbuffer *body = evbuffer_new();

	evbuffer_add_printf(body, "{\"token_endpoint\":\"%s/token\",", settings.root_url);
	if (client_keys_served())
		evbuffer_add_printf(body, "\"grant_types_supported\":[\"client_credentials\"],\"code_challenge_methods_supported\":[\"S256\"],"
								  "\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"],"
								  "\"token_endpoint_auth_signing_alg_values_supported\":[\"RS384\",\"ES384\"],"
								  "\"scopes_supported\":[\"system/*.rs\"],\"capabilities\":[\"client-confidential-asymmetric\",\"permission-v2\"]}");
	else
		evbuffer_add_printf(body, "\"grant_types_supported\":[],\"capabilities\":[]}");
	reply_buffer(request, 200, HTTP_JSON, body);
}
