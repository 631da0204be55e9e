/*
 * draft_column.c
 *		What kind of value a column has.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

#include "mapping/draft/draft.h"

/* The column of a draft by number, or NULL. */
DraftColumn *
draft_column(Draft *draft, AttrNumber number)
{
	ListCell   *lc;

	foreach(lc, draft->columns)
		if (((DraftColumn *) lfirst(lc))->number == number)
			return lfirst(lc);
	return NULL;
}

/* Is the value text of some kind? */
bool
draft_is_text(const DraftColumn *column)
{
	char		category;
	bool		preferred;

	get_type_category_preferred(column->type, &category, &preferred);
	return category == TYPCATEGORY_STRING || category == TYPCATEGORY_ENUM;
}

/* Is the value a whole number? */
bool
draft_is_integer(const DraftColumn *column)
{
	return column->type == INT2OID || column->type == INT4OID || column->type == INT8OID;
}

/* Is the value a number? */
bool
draft_is_number(const DraftColumn *column)
{
	return draft_is_integer(column) || column->type == NUMERICOID ||
		column->type == FLOAT4OID || column->type == FLOAT8OID;
}

/* Is its type one of a date, with or without time? */
bool
draft_is_time(const DraftColumn *column)
{
	return column->type == DATEOID || column->type == TIMESTAMPOID || column->type == TIMESTAMPTZOID;
}

/* The value as text that functions of text take. */
const char *
draft_as_text(const DraftColumn *column)
{
	return get_typtype(column->type) == TYPTYPE_ENUM ? psprintf("%s::text", column->sql) : column->sql;
}

/* The value, NULL where blank text or 0 stands for nothing. */
char *
draft_or_null(const DraftColumn *column)
{
	if (draft_is_text(column))
		return psprintf("nullif(trim(%s), '')", draft_as_text(column));
	return draft_is_number(column) ? psprintf("nullif(%s, 0)", column->sql) : pstrdup(column->sql);
}
