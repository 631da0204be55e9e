/*
 * fhir_batch.c
 *		POST /fhir: a Bundle of reads and searches, answered one after the other.
 *
 * Each entry becomes a request of its own, with the caller's role, and goes
 * through the same table of routes; its answer comes back by the sink.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/access/access.h"
#include "gateway/base/gateway_settings.h"
#include "gateway/routes/conditional.h"
#include "gateway/routes/handlers.h"
#include "gateway/routes/route.h"

#define MOST_ENTRIES		100
#define MOST_BYTES			262144	/* parsing is the loop's work */

typedef struct Batch
{
	HttpRequest *request;
	json_t	   *bundle;
	json_t	   *entries;		/* of it */
	size_t		next;
	HttpRequest *child;			/* the entry that runs, or NULL */
	bool		starting;		/* it is being started: next() goes on by itself */
	struct evbuffer *out;
} Batch;

static void
batch_free(Batch *batch)
{
	json_decref(batch->bundle);
	if (batch->out != NULL)
		evbuffer_free(batch->out);
	free(batch);
}

/* The client is gone: so is what runs for it. */
static void
on_gone(HttpRequest *request)
{
	Batch	   *batch = request->state;

	if (batch->child != NULL)
	{
		Arena		arena = batch->child->arena;

		if (batch->child->on_gone != NULL)
			batch->child->on_gone(batch->child);
		arena_free(&arena);
	}
	batch_free(batch);
}

/* A header of an entry's answer, or NULL. */
static const char *
answer_header(const HttpRequest *child, const char *name)
{
	for (int i = 0; i < child->nextra; i++)
		if (strcmp(child->extra[i].name, name) == 0)
			return child->extra[i].value;
	return NULL;
}

static void run(Batch *batch);

/* An entry is answered. */
static void
take_answer(HttpRequest *child, int status, struct evbuffer *body)
{
	Batch	   *batch = child->parent->state;
	struct evbuffer *out = batch->out;
	const char *tag = answer_header(child, "ETag");
	const char *changed = answer_header(child, "Last-Modified");
	Arena		arena;

	evbuffer_add_printf(out, "%s{", batch->next > 1 ? "," : ",\"entry\":[");
	if (status == 200 && body != NULL)
	{
		if (child->route->handle == fhir_read || child->route->handle == fhir_vread)
		{
			evbuffer_add_printf(out, "\"fullUrl\":");
			json_add_string(out, arena_printf(&child->arena, "%s/%s/%s", settings.base_url, child->params[0], child->params[1]));
			evbuffer_add_printf(out, ",");
		}
		evbuffer_add_printf(out, "\"resource\":");
		evbuffer_add_buffer(out, body);
		evbuffer_add_printf(out, ",");
	}
	evbuffer_add_printf(out, "\"response\":{\"status\":\"%d %s\"", status, http_reason(status));
	if (tag != NULL)
	{
		evbuffer_add_printf(out, ",\"etag\":");
		json_add_string(out, tag);
	}
	if (changed != NULL)
		evbuffer_add_printf(out, ",\"lastModified\":\"%s\"", conditional_instant_of(&child->arena, conditional_time(changed)));
	if (status >= 400 && body != NULL)
	{
		evbuffer_add_printf(out, ",\"outcome\":");
		evbuffer_add_buffer(out, body);
	}
	evbuffer_add_printf(out, "}}");
	if (body != NULL)
		evbuffer_free(body);
	batch->child = NULL;
	arena = child->arena;
	arena_free(&arena);
	if (!batch->starting)
		run(batch);
}

/* Adds a header to an entry's request. */
static void
add_header(HttpRequest *child, const char *name, const char *value)
{
	if (value != NULL && child->head.nheaders < HEAD_MOST_HEADERS)
		child->head.headers[child->head.nheaders++] = (Header){name, value};
}

/* The target of an entry's url, which may be absolute under our own base. */
static const char *
target_of(HttpRequest *child, const char *url)
{
	size_t		base = strlen(settings.base_url);

	if (strncmp(url, settings.base_url, base) == 0 && (url[base] == '/' || url[base] == '?'))
		url += base;
	while (*url == '/')
		url++;
	for (const char *c = url; *c != '\0'; c++)
		if ((unsigned char) *c <= ' ' || (unsigned char) *c >= 127)
			return NULL;
	return strlen(url) <= HEAD_MOST_LINE ? arena_printf(&child->arena, "/fhir/%s", url) : NULL;
}

/* Starts an entry: whatever is wrong with it is its own answer. */
static void
start(Batch *batch, json_t *entry)
{
	HttpRequest *parent = batch->request;
	json_t	   *asked = json_object_get(entry, "request");
	const char *method = json_string_value(json_object_get(asked, "method"));
	const char *url = json_string_value(json_object_get(asked, "url"));
	const char *since = json_string_value(json_object_get(asked, "ifModifiedSince"));
	int64_t		seconds;
	bool		found;
	Arena		arena = {NULL, NULL, 0};
	HttpRequest *child = arena_zero(&arena, sizeof(HttpRequest));

	batch->child = child;
	child->arena = arena;
	child->loop = parent->loop;
	child->parent = parent;
	child->sink = take_answer;
	child->body = "";
	child->began = parent->began;
	child->role = parent->role;
	child->user = parent->user;
	child->scope = parent->scope;
	child->anonymous = parent->anonymous;
	child->head.method = METHOD_GET;
	child->head.method_name = "GET";
	child->head.minor = 1;
	child->head.target = url != NULL ? target_of(child, url) : NULL;
	add_header(child, "Prefer", head_list(&child->arena, &parent->head, "Prefer"));
	add_header(child, "If-None-Match", json_string_value(json_object_get(asked, "ifNoneMatch")));
	if (since != NULL && conditional_instant(since, &seconds))
		add_header(child, "If-Modified-Since", conditional_date(&child->arena, seconds));
	found = child->head.target != NULL && http_server.find(child) == 200 && child->route != NULL && (child->route->flags & ROUTE_BATCH);
	child->fhir = true;			/* whatever the address is, the answer stands in a Bundle */
	if (child->head.target == NULL || url_split(&child->arena, child->head.target, &child->path) != 200)
		reply_error(child, 400, NULL, "the entry has no request.url that could be one");
	else if (method == NULL || strcmp(method, "GET") != 0)
		reply_error(child, 405, NULL, "a batch takes GET alone");
	else if (!found)
		reply_error(child, 404, NULL, "Not Found");
	else if (fhir_negotiate(child))
		child->route->handle(child);
}

/* Runs the entries that are left, as far as they are answered at once. */
static void
run(Batch *batch)
{
	HttpRequest *request = batch->request;
	struct evbuffer *out;

	while (batch->child == NULL && batch->next < json_array_size(batch->entries))
	{
		batch->starting = true;
		start(batch, json_array_get(batch->entries, batch->next++));
		batch->starting = false;
	}
	if (batch->child != NULL)
		return;
	out = batch->out;
	evbuffer_add_printf(out, batch->next > 0 ? "]}" : "}"); /* FHIR knows no empty array */
	batch->out = NULL;
	request->on_gone = NULL;
	batch_free(batch);
	reply_buffer(request, 200, HTTP_FHIR_JSON, out);
}

void
fhir_batch(HttpRequest *request)
{
	json_t	   *bundle = request->body_size <= MOST_BYTES ? json_loadb(request->body, request->body_size, 0, NULL) : NULL;
	const char *type = json_string_value(json_object_get(bundle, "type"));
	const char *kind = json_string_value(json_object_get(bundle, "resourceType"));
	json_t	   *entries = json_object_get(bundle, "entry");
	const char *wrong = NULL;
	Batch	   *batch;

	if (request->body_size > MOST_BYTES)
	{
		reply_error(request, 413, NULL, "a batch may have 256 kB");
		return;
	}
	if (kind == NULL || strcmp(kind, "Bundle") != 0)
		wrong = "the body is no Bundle";
	else if (type == NULL || strcmp(type, "batch") != 0)
		wrong = "this service only reads: the Bundle's type must be batch";
	else if (entries != NULL && !json_is_array(entries))
		wrong = "entry must be an array";
	else if (json_array_size(entries) > MOST_ENTRIES)
		wrong = "a batch may have 100 entries";
	if (wrong != NULL)
	{
		json_decref(bundle);
		reply_error(request, 400, NULL, wrong);
		return;
	}
	batch = must_alloc(sizeof(Batch));
	*batch = (Batch){.request = request, .bundle = bundle, .entries = entries, .out = evbuffer_new()};
	evbuffer_add_printf(batch->out, "{\"resourceType\":\"Bundle\",\"type\":\"batch-response\"");
	request->state = batch;
	request->on_gone = on_gone;
	run(batch);
}
