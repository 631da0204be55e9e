/*
 * match_member.c
 *		Looking into a resource.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "search/match/match.h"

/* A member of an object; false when it has none of the name. */
bool
match_member(JsonbContainer *object, const char *name, JsonbValue *value)
{
	return JsonContainerIsObject(object) &&
		getKeyJsonValueFromContainer(object, name, strlen(name), value) != NULL;
}

/* A member that is a string; NULL when there is none. */
char *
match_member_text(JsonbContainer *object, const char *name)
{
	JsonbValue	value;

	if (!match_member(object, name, &value) || value.type != jbvString)
		return NULL;
	return pnstrdup(value.val.string.val, value.val.string.len);
}

/* A primitive value as text; NULL for what is none. */
char *
match_text(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvBool:
			return value->val.boolean ? "true" : "false";
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
		default:
			return NULL;
	}
}
