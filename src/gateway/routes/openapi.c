/*
 * openapi.c
 *		/openapi.json: version 3.1, made from the table of routes.
 */
#include "gateway/routes/openapi.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/gateway_settings.h"
#include "gateway/routes/handlers.h"
#include "gateway/routes/route.h"

static char *description;
static size_t description_size;

static void
add(struct evbuffer *out, const char *text)
{
	evbuffer_add(out, text, strlen(text));
}

/* Adds the parameters of the path, of the query and of the headers. */
static void
add_parameters(struct evbuffer *out, const Route *route)
{
	const char *comma = "";

	add(out, ",\"parameters\":[");
	for (const char *brace = strchr(route->pattern, '{'); brace != NULL; brace = strchr(brace + 1, '{'))
	{
		evbuffer_add_printf(out, "%s{\"name\":\"%.*s\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}}",
							comma, (int) strcspn(brace + 1, "}"), brace + 1);
		comma = ",";
	}
	for (const char *field = route->query; field != NULL && *field != '\0';)
	{
		size_t		name = strcspn(field, " ");
		size_t		size = strcspn(field, ";");

		evbuffer_add_printf(out, "%s{\"name\":\"%.*s\",\"in\":\"query\",\"description\":\"%.*s\",\"schema\":{\"type\":\"string\"}}",
							comma, (int) name, field, (int) (size - name - 1), field + name + 1);
		comma = ",";
		field += size;
		field += strspn(field, "; ");
	}
	if (route->flags & ROUTE_BEGINS)
		evbuffer_add_printf(out, "%s{\"name\":\"Prefer\",\"in\":\"header\",\"required\":true,\"schema\":{\"type\":\"string\",\"const\":\"respond-async\",\"default\":\"respond-async\"}}", comma);
	add(out, "]");
}

/* Adds a media type with its schema. */
static void
add_content(struct evbuffer *out, const Route *route, const char *schema, bool form)
{
	evbuffer_add_printf(out, "\"content\":{\"%s\":{\"schema\":%s}}", form ? "application/x-www-form-urlencoded" : route->flags & ROUTE_FHIR ? HTTP_FHIR_JSON : HTTP_JSON, schema != NULL ? schema : "{}");
}

/* Adds one method of a route. */
static void
add_operation(struct evbuffer *out, const Route *route, const char *method)
{
	char		id[96];
	char	   *end = id;

	for (const char *c = route->pattern; *c != '\0' && end < id + sizeof(id) - 1; c++)
		if (strchr("/{}$.-", *c) == NULL)
			*end++ = *c;
		else if (end > id && end[-1] != '_')
			*end++ = '_';
	*end = '\0';
	evbuffer_add_printf(out, "\"%s\":{\"operationId\":\"%s_%s\",\"tags\":[\"%s\"],\"summary\":\"%s\"", method, method, id, route->tag, route->summary);
	add_parameters(out, route);
	if (strcmp(method, "post") == 0)
	{
		add(out, ",\"requestBody\":{");
		add_content(out, route, route->body, (route->flags & ROUTE_FORM) != 0);
		add(out, "}");
	}
	add(out, ",\"responses\":{");
	if (route->flags & ROUTE_BEGINS)
		add(out, "\"202\":{\"description\":\"it is begun: Content-Location says where to ask\"}");
	else if (strcmp(method, "delete") == 0)
		add(out, "\"202\":{\"description\":\"it is being removed\"}");
	else
	{
		add(out, "\"200\":{\"description\":\"as asked\",");
		add_content(out, route, route->answer, false);
		add(out, "}");
	}
	evbuffer_add_printf(out, ",\"default\":{\"description\":\"an error\",\"content\":{\"%s\":{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}}}}}",
						route->flags & ROUTE_FHIR ? HTTP_FHIR_JSON : HTTP_JSON, route->flags & ROUTE_FHIR ? "OperationOutcome" : "Error");
	if (route->access != ACCESS_OPEN)
		evbuffer_add_printf(out, ",\"security\":[%s{\"password\":[]}]", route->access == ACCESS_FHIR && settings.anon_role[0] ? "{}," : "");
	add(out, "}");
}

/* Adds all methods of a path, which may be those of several routes. */
static void
add_path(struct evbuffer *out, const Route *routes, int count, int first)
{
	static const struct
	{
		int			method;
		const char *name;
	} methods[] = {{METHOD_GET, "get"}, {METHOD_POST, "post"}, {METHOD_DELETE, "delete"}};
	const char *comma = "";

	evbuffer_add_printf(out, "\"%s\":{", routes[first].pattern);
	for (int i = first; i < count; i++)
		for (int m = 0; m < 3 && strcmp(routes[i].pattern, routes[first].pattern) == 0; m++)
			if (routes[i].methods & methods[m].method)
			{
				add(out, comma);
				add_operation(out, &routes[i], methods[m].name);
				comma = ",";
			}
	add(out, "}");
}

/* Is this route the first of its path that is described? */
static bool
is_first(const Route *routes, int number)
{
	if (routes[number].flags & ROUTE_HIDDEN)
		return false;
	for (int i = 0; i < number; i++)
		if (strcmp(routes[i].pattern, routes[number].pattern) == 0)
			return false;
	return true;
}

void
openapi_make(const Route *routes, int count)
{
	struct evbuffer *out = evbuffer_new();
	const char *comma = "";

	add(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"fhir_bridge gateway\",\"version\":\"" FHIR_BRIDGE_VERSION "\","
			 "\"description\":\"FHIR R4 and ICD suggestions, straight from the hospital's tables in PostgreSQL.\"},\"servers\":[{\"url\":");
	json_add_string(out, settings.root_url[0] ? settings.root_url : "/");
	add(out, "}],\"paths\":{");
	for (int i = 0; i < count; i++)
		if (is_first(routes, i))
		{
			add(out, comma);
			add_path(out, routes, count, i);
			comma = ",";
		}
	add(out, "},\"components\":{\"securitySchemes\":{\"password\":{\"type\":\"oauth2\",\"flows\":{\"password\":{\"tokenUrl\":");
	json_add_string(out, "/token");
	add(out, ",\"scopes\":{}}}}},\"schemas\":{"
			 "\"Error\":{\"type\":\"object\",\"properties\":{\"detail\":{}}},"
			 "\"OperationOutcome\":{\"type\":\"object\",\"required\":[\"resourceType\",\"issue\"],\"properties\":{\"resourceType\":{\"const\":\"OperationOutcome\"},"
			 "\"issue\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"severity\":{\"type\":\"string\"},\"code\":{\"type\":\"string\"},"
			 "\"diagnostics\":{\"type\":\"string\"}}}}}}}}}");
	description_size = evbuffer_get_length(out);
	description = must_alloc(description_size);
	evbuffer_remove(out, description, description_size);
	evbuffer_free(out);
}

void
openapi_get(HttpRequest *request)
{
	struct evbuffer *body = evbuffer_new();

	evbuffer_add_reference(body, description, description_size, NULL, NULL);
	reply_buffer(request, 200, HTTP_JSON, body);
}
