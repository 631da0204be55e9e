/*
 * code_json.c
 *		The entries of a code map from JSON: {"M": "male", "F": {"code": "female",
 *		...}}, or a ConceptMap of FHIR.
 */
#include "postgres.h"

#include "utils/jsonb.h"

#include "base/uri.h"
#include "codes/code.h"
#include "codes/code_write.h"

/* An error that names the entry's source, which is the author's own text. */
void
code_report_entry(const char *map, CodeSource source, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("code map \"%s\", entry \"%.*s\": %s", map, source.len, source.bytes, what),
			 errhint("An entry is {\"M\": \"male\"} or {\"M\": {\"code\": \"male\", \"display\": ..., \"system\": ...}}.")));
}

/* A string of the JSON. */
static CodeSource
string_of(const JsonbValue *value)
{
	CodeSource	result = {value->val.string.val, value->val.string.len};

	return result;
}

/* An error when an entry has a system of its own that is no absolute URI: no receiver would know it. */
void
code_check_system(const char *map, CodeSource source, CodeSource system)
{
	if (system.bytes != NULL && !base_uri_is_absolute(system.bytes, system.len))
		code_report_entry(map, source, "its system is no absolute URI");
}

/* Puts the value of a member of an entry's object where it belongs: code, display, system. */
static void
take_member(const char *map, CodeSource source, CodeSource name, const JsonbValue *value, CodeSource *members)
{
	static const char *const known[] = {"code", "display", "system"};

	for (int i = 0; i < lengthof(known); i++)
	{
		if (name.len != strlen(known[i]) || memcmp(name.bytes, known[i], name.len) != 0)
			continue;
		if (value->type != jbvString || value->val.string.len == 0)
			code_report_entry(map, source, "a member is no string, or empty");
		members[i] = string_of(value);
		return;
	}
	code_report_entry(map, source, "unknown member");
}

/* Puts an entry whose value is an object. */
static void
put_object(CodeRows *rows, const char *map, CodeSource source, JsonbContainer *object)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	value;
	CodeSource	name = {NULL, 0};
	CodeSource	members[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};

	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_BEGIN_ARRAY)
			code_report_entry(map, source, "it is an array");
		if (token == WJB_KEY)
			name = string_of(&value);
		if (token == WJB_VALUE)
			take_member(map, source, name, &value, members);
	}
	if (members[0].bytes == NULL)
		code_report_entry(map, source, "it has no code");
	code_check_system(map, source, members[2]);
	code_rows_put(rows, source, members[0], members[1], members[2]);
}

/* Puts the entries of an object of codes, or of objects with a code.  map is for errors. */
void
code_rows_of_json(CodeRows *rows, const char *map, Jsonb *entries)
{
	static const CodeSource none = {NULL, 0};
	JsonbIterator *it = JsonbIteratorInit(&entries->root);
	JsonbIteratorToken token;
	JsonbValue	value;
	CodeSource	source = none;

	if (!JB_ROOT_IS_OBJECT(entries))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("entries of code map \"%s\" must be a JSON object", map),
				 errhint("For example {\"M\": \"male\", \"F\": \"female\"}.")));
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			source = string_of(&value);
		if (token != WJB_VALUE)
			continue;
		if (value.type == jbvBinary)
			put_object(rows, map, source, value.val.binary.data);
		else if (value.type == jbvString && value.val.string.len > 0)
			code_rows_put(rows, source, string_of(&value), none, none);
		else
			code_report_entry(map, source, "its code is no string, or empty");
	}
}

/* Has the JSON object a member that is this string? */
static bool
member_is(JsonbContainer *object, const char *name, const char *string)
{
	JsonbValue	value;

	return JsonContainerIsObject(object) && getKeyJsonValueFromContainer(object, name, strlen(name), &value) != NULL &&
		value.type == jbvString && value.val.string.len == strlen(string) &&
		memcmp(value.val.string.val, string, value.val.string.len) == 0;
}

/* A member that is a string, or nothing. */
static CodeSource
string_member(JsonbContainer *object, const char *name)
{
	JsonbValue	value;
	CodeSource	none = {NULL, 0};

	if (getKeyJsonValueFromContainer(object, name, strlen(name), &value) == NULL || value.type != jbvString)
		return none;
	return string_of(&value);
}

/* A walk over the objects in an array that is a member of an object. */
typedef struct Members
{
	JsonbIterator *it;			/* NULL: there are none */
} Members;

static Members
members_of(JsonbContainer *object, const char *name)
{
	JsonbValue	value;
	Members		members = {NULL};

	if (getKeyJsonValueFromContainer(object, name, strlen(name), &value) != NULL &&
		value.type == jbvBinary && JsonContainerIsArray(value.val.binary.data))
		members.it = JsonbIteratorInit(value.val.binary.data);
	return members;
}

/* The next object; NULL at the end. */
static JsonbContainer *
next_member(Members *members)
{
	JsonbIteratorToken token;
	JsonbValue	value;

	while (members->it != NULL && (token = JsonbIteratorNext(&members->it, &value, true)) != WJB_DONE)
		if (token == WJB_ELEM && value.type == jbvBinary && JsonContainerIsObject(value.val.binary.data))
			return value.val.binary.data;
	return NULL;
}

/* Is the JSON a ConceptMap? */
bool
code_is_concept_map(Jsonb *json)
{
	return member_is(&json->root, "resourceType", "ConceptMap");
}

/* Puts a target of a ConceptMap, if it and its element have a code. */
static void
put_target(CodeRows *rows, const char *map, JsonbContainer *group, JsonbContainer *element, JsonbContainer *target)
{
	CodeSource	source = string_member(element, "code");
	CodeSource	code = string_member(target, "code");

	if (code.bytes == NULL)
		return;
	if (source.bytes == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("code map \"%s\": an element of the ConceptMap has no code", map)));
	code_rows_put(rows, source, code, string_member(target, "display"), string_member(group, "target"));
}

/*
 * Puts the targets of a ConceptMap that mean the same or more.  What is
 * narrower, or only related, would say what the hospital's code does not.
 */
void
code_rows_of_concept_map(CodeRows *rows, const char *map, Jsonb *json)
{
	static const char *const meanings[] = {"equal", "equivalent", "wider", "subsumes"};
	Members		groups = members_of(&json->root, "group");
	JsonbContainer *group;
	JsonbContainer *element;
	JsonbContainer *target;

	while ((group = next_member(&groups)) != NULL)
	{
		Members		elements = members_of(group, "element");

		while ((element = next_member(&elements)) != NULL)
		{
			Members		targets = members_of(element, "target");

			while ((target = next_member(&targets)) != NULL)
			{
				bool		means = false;

				for (int i = 0; i < lengthof(meanings); i++)
					means |= member_is(target, "equivalence", meanings[i]);
				if (means)
					put_target(rows, map, group, element, target);
			}
		}
	}
}
