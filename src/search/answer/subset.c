/*
 * subset.c
 *		_elements and _summary: a part of a resource.
 *
 * What is left out is whole members of the resource, in a summary also members
 * of its backbones; what R4 requires stays.  The part says in its meta that it
 * is one.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

#include "search/answer/answer.h"

/*
 * Does a summary have the member of an object of the type?  It has what R4 marks
 * so, what is required, and what changes the meaning of the rest.
 */
static bool
is_in_summary(R4Type type, const char *name)
{
	const char *type_name = r4_type_name(type);
	const char *backbone = strchr(type_name, '.');
	const char *resource = backbone != NULL ? pnstrdup(type_name, backbone - type_name) : type_name;
	R4Child		child;
	int			len;

	name += name[0] == '_';
	len = strlen(name);
	if (!r4_child(type, name, len, &child))
		return false;
	/* a choice is marked by its name without the type */
	if (child.choice)
		len -= strlen(r4_type_name(child.type));
	return child.required || child.modifier ||
		parameter_in_summary(resource, psprintf("%s%s%.*s", backbone != NULL ? backbone + 1 : "", backbone != NULL ? "." : "", len, name));
}

static void append_summary(StringInfo json, JsonbContainer *container, R4Type type);

/* Appends a value of a type, of a backbone those members alone that a summary has; nothing where none is left. */
static void
append_summary_value(StringInfo json, JsonbValue *value, R4Type type)
{
	if (value->type == jbvBinary && type != R4_NO_TYPE && strchr(r4_type_name(type), '.') != NULL)
		append_summary(json, value->val.binary.data, type);
	else
		appendStringInfoString(json, JsonbToCString(NULL, &JsonbValueToJsonb(value)->root, 0));
}

/* Appends the members of an object, or the objects of an array, that a summary has. */
static void
append_summary(StringInfo json, JsonbContainer *container, R4Type type)
{
	JsonbIterator *it = JsonbIteratorInit(container);
	bool		object = JsonContainerIsObject(container);
	JsonbValue	value;
	JsonbIteratorToken token;
	StringInfoData kept;
	char	   *name = NULL;

	initStringInfo(&kept);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		int			start = kept.len;
		int			head;
		R4Child		child = {.type = type};

		if (token == WJB_KEY)
			name = pnstrdup(value.val.string.val, value.val.string.len);
		if ((token != WJB_VALUE && token != WJB_ELEM) || (object && !is_in_summary(type, name)))
			continue;
		if (start > 0)
			appendStringInfoChar(&kept, ',');
		if (object)
		{
			escape_json(&kept, name);
			appendStringInfoChar(&kept, ':');
			if (!r4_child(type, name, strlen(name), &child))
				child.type = R4_NO_TYPE;	/* the twin of a primitive value */
		}
		head = kept.len;
		append_summary_value(&kept, &value, child.type);
		if (kept.len == head)
		{
			kept.len = start;
			kept.data[start] = '\0';
		}
	}
	if (kept.len > 0)
		appendStringInfo(json, object ? "{%s}" : "[%s]", kept.data);
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
			return strcmp(name, "implicitRules") == 0 || is_in_summary(resource, name);
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

/* Appends a member of a resource; of a summary what it has of it. */
static void
append_member(StringInfo json, const SearchQuery *query, const char *type, const char *name, JsonbValue *value)
{
	int			start = json->len;
	int			head;
	R4Child		child;

	appendStringInfoChar(json, ',');
	escape_json(json, name);
	appendStringInfoChar(json, ':');
	head = json->len;
	if (query->summary != SUMMARY_TRUE || query->elements != NIL || !r4_child(r4_type(type, strlen(type)), name, strlen(name), &child))
		child.type = R4_NO_TYPE;
	append_summary_value(json, value, child.type);
	if (json->len == head)
	{
		json->len = start;
		json->data[start] = '\0';
	}
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
			append_member(&json, query, type, name, &value);
	}
	appendStringInfoString(&json, ",\"meta\":");
	append_meta(&json, meta);
	appendStringInfoChar(&json, '}');
	return json.data;
}
