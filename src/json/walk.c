/*
 * walk.c
 *		A jsonb as compact text.
 *
 * The server prints jsonb with a space behind each colon and comma, and
 * escapes a byte at a time; both count when a resource is exported.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/fmgrprotos.h"

#include "json/json.h"
#include "json/walk.h"

static void append_container(JsonBuffer *b, const JsonbContainer *container);

/*
 * The root value of a detoasted jsonb: the container itself, or the scalar
 * out of its pseudo array.
 */
JsonChild
json_root_value(const Jsonb *value)
{
	JsonChild	root;

	if (JsonContainerIsScalar(&value->root))
	{
		JsonCursor	cursor = json_cursor_first(&value->root);

		return json_cursor_next(&cursor);
	}
	root.type = JENTRY_ISCONTAINER;
	root.len = VARSIZE(value) - VARHDRSZ;
	root.data = (const char *) &value->root;
	return root;
}

/* Appends a string with its quotes. */
static inline void
append_string(JsonBuffer *b, const JsonChild *child)
{
	json_append_char(b, '"');
	json_append_escaped(b, child->data, child->len);
	json_append_char(b, '"');
}

/* Appends one value, and nothing behind it. */
static void
append_value(JsonBuffer *b, const JsonChild *child)
{
	switch (child->type)
	{
		case JENTRY_ISSTRING:
			append_string(b, child);
			break;
		case JENTRY_ISNUMERIC:
			{
				char	   *digits = DatumGetCString(DirectFunctionCall1(numeric_out,
																		 PointerGetDatum(child->data)));

				json_append(b, digits, strlen(digits));
				pfree(digits);
				break;
			}
		case JENTRY_ISBOOL_TRUE:
			json_append(b, "true", 4);
			break;
		case JENTRY_ISBOOL_FALSE:
			json_append(b, "false", 5);
			break;
		case JENTRY_ISNULL:
			json_append(b, "null", 4);
			break;
		case JENTRY_ISCONTAINER:
			append_container(b, (const JsonbContainer *) child->data);
			break;
		default:
			elog(ERROR, "unknown type of jsonb entry: %x", child->type);
	}
}

/* Appends an array or object.  Recurses once for each level of the value. */
static void
append_container(JsonBuffer *b, const JsonbContainer *container)
{
	bool		object = JsonContainerIsObject(container);
	JsonCursor	keys = json_cursor_first(container);
	JsonCursor	values = json_cursor_values(container);

	check_stack_depth();
	json_append_char(b, object ? '{' : '[');
	for (uint32 i = JsonContainerSize(container); i > 0; i--)
	{
		JsonChild	child;

		if (object)
		{
			child = json_cursor_next(&keys);
			append_string(b, &child);
			json_append_char(b, ':');
		}
		child = json_cursor_next(&values);
		append_value(b, &child);
		json_append_char(b, ',');
	}
	json_close(b, object ? '}' : ']');
}

/*
 * Appends the value as compact JSON: no spaces, keys in jsonb's order,
 * numbers with their scale, escapes as escape_json makes them.  value must be
 * detoasted.
 */
void
json_append_jsonb(JsonBuffer *b, const Jsonb *value)
{
	JsonChild	root = json_root_value(value);

	append_value(b, &root);
}
