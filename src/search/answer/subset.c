/*
 * subset.c
 *		_elements and _summary: a part of a resource.
 *
 * What is left out is whole members of the resource; what R4 requires stays.
 * The part says in its meta that it is one.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

#include "search/answer/answer.h"

/* Does a parameter of the type look at the member? */
static bool
is_searched(const char *type, const char *name)
{
	Parameter  *parameter;
	int			position = 0;
	ListCell   *lc;

	while ((parameter = parameter_next(type, &position)) != NULL)
		foreach(lc, parameter->paths)
		{
			const ParameterPath *path = lfirst(lc);

			if (path->nsteps > 0 && strcmp(path->steps[0].name, name) == 0)
				return true;
		}
	return false;
}

/* Is the member in the list, or its choice ("value" of valueQuantity)? */
static bool
is_listed(List *elements, R4Type type, const char *name)
{
	ListCell   *lc;
	R4Child		child;

	if (name[0] == '_')
		name++;
	foreach(lc, elements)
	{
		const char *element = lfirst(lc);
		int			len = strlen(element);

		if (strcmp(element, name) == 0)
			return true;
		if (strncmp(element, name, len) == 0 && r4_child(type, name, strlen(name), &child) && child.choice)
			return true;
	}
	return false;
}

/* Is the member kept? */
static bool
is_kept(const SearchQuery *query, const char *type, const char *name)
{
	R4Type		resource = r4_type(type, strlen(type));
	R4Child		child;

	if (strcmp(name, "resourceType") == 0 || strcmp(name, "id") == 0)
		return true;
	if (query->elements != NIL && is_listed(query->elements, resource, name))
		return true;
	if (r4_child(resource, name + (name[0] == '_'), strlen(name) - (name[0] == '_'), &child) && child.required)
		return true;
	switch (query->summary)
	{
		case SUMMARY_TRUE:
			return strcmp(name, "implicitRules") == 0 || is_searched(type, name + (name[0] == '_'));
		case SUMMARY_TEXT:
			return strcmp(name, "text") == 0;
		case SUMMARY_DATA:
			return strcmp(name, "text") != 0;
		case SUMMARY_FALSE:
		case SUMMARY_COUNT:
			break;
	}
	return false;
}

/* Appends meta with the tag of a part. */
static void
append_meta(StringInfo json, const char *meta)
{
	static const char *const tag =
		"{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ObservationValue\",\"code\":\"SUBSETTED\"}";
	Jsonb	   *object = meta != NULL ? DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(meta))) : NULL;
	JsonbIterator *it = object != NULL ? JsonbIteratorInit(&object->root) : NULL;
	JsonbValue	value;
	JsonbValue	tags;
	JsonbIteratorToken token;
	bool		first = true;
	char	   *name = NULL;

	appendStringInfoChar(json, '{');
	while (it != NULL && (token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = pnstrdup(value.val.string.val, value.val.string.len);
		if (token != WJB_VALUE || strcmp(name, "tag") == 0)
			continue;
		appendStringInfo(json, "%s\"%s\":", first ? "" : ",", name);
		appendStringInfoString(json, JsonbToCString(NULL, &JsonbValueToJsonb(&value)->root, 0));
		first = false;
	}
	appendStringInfo(json, "%s\"tag\":[", first ? "" : ",");
	if (object != NULL && match_member(&object->root, "tag", &tags) && tags.type == jbvBinary)
		for (int i = 0; i < JsonContainerSize(tags.val.binary.data); i++)
			appendStringInfo(json, "%s,", JsonbToCString(NULL,
														 &JsonbValueToJsonb(getIthJsonbValueFromContainer(tags.val.binary.data, i))->root, 0));
	appendStringInfo(json, "%s]}", tag);
}

/* The hit's resource as the answer has it: all of it, or the part that is asked for. */
char *
subset_json(const SearchQuery *query, const SearchHit *hit)
{
	const char *type = hit->selection->source->type;
	Jsonb	   *resource;
	JsonbIterator *it;
	JsonbValue	value;
	JsonbIteratorToken token;
	StringInfoData json;
	char	   *name = NULL;
	char	   *meta = NULL;

	if (query->elements == NIL && (query->summary == SUMMARY_FALSE || query->summary == SUMMARY_COUNT))
		return hit->json;
	resource = hit_resource((SearchHit *) hit);
	initStringInfo(&json);
	appendStringInfo(&json, "{\"resourceType\":\"%s\"", type);
	it = JsonbIteratorInit(&resource->root);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = pnstrdup(value.val.string.val, value.val.string.len);
		if (token != WJB_VALUE)
			continue;
		if (strcmp(name, "meta") == 0)
			meta = JsonbToCString(NULL, &JsonbValueToJsonb(&value)->root, 0);
		else if (strcmp(name, "resourceType") != 0 && is_kept(query, type, name))
		{
			appendStringInfoChar(&json, ',');
			escape_json(&json, name);
			appendStringInfoChar(&json, ':');
			appendStringInfoString(&json, JsonbToCString(NULL, &JsonbValueToJsonb(&value)->root, 0));
		}
	}
	appendStringInfoString(&json, ",\"meta\":");
	append_meta(&json, meta);
	appendStringInfoChar(&json, '}');
	return json.data;
}
