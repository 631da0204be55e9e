/*
 * draft_value.c
 *		The expression that makes a column's value fit an element.
 *
 * Nothing is asked of the rows: what a text column holds is guessed from its
 * name and length.  Seven characters of a date are a year of the Republic of
 * China, eight a compact date.  Times without zone are taken as those of the
 * session's TimeZone, which is written into the expression: a mapping must not
 * depend on the session that reads it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "parser/parse_type.h"
#include "pgtime.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

#include "mapping/draft/draft.h"

/* A number in text; such a pattern needs no backslash in JSON. */
#define NUMBER_PATTERN "'^ *[+-]?[0-9]+([.][0-9]+)? *$'"

/* Is the value text of some kind? */
bool
draft_is_text(const DraftColumn *column)
{
	char		category;
	bool		preferred;

	get_type_category_preferred(column->type, &category, &preferred);
	return category == TYPCATEGORY_STRING || category == TYPCATEGORY_ENUM;
}

static bool
is_integer(const DraftColumn *column)
{
	return column->type == INT2OID || column->type == INT4OID || column->type == INT8OID;
}

bool
draft_is_number(const DraftColumn *column)
{
	return is_integer(column) || column->type == NUMERICOID ||
		column->type == FLOAT4OID || column->type == FLOAT8OID;
}

/* Is its type one of a date, with or without time? */
bool
draft_is_time(const DraftColumn *column)
{
	return column->type == DATEOID || column->type == TIMESTAMPOID || column->type == TIMESTAMPTZOID;
}

/* The value as text that functions of text take. */
static const char *
as_text(const DraftColumn *column)
{
	return get_typtype(column->type) == TYPTYPE_ENUM ? psprintf("%s::text", column->sql) : column->sql;
}

/* How many characters or digits the type holds; 0: not said. */
static int
declared_length(const DraftColumn *column)
{
	if (column->typmod < (int32) VARHDRSZ)
		return 0;
	if (column->type == NUMERICOID)
		return ((column->typmod - VARHDRSZ) >> 16) & 0xFFFF;
	return column->type == VARCHAROID || column->type == BPCHAROID ? column->typmod - VARHDRSZ : 0;
}

/* The value, NULL where blank text or 0 stands for nothing. */
char *
draft_or_null(const DraftColumn *column)
{
	if (draft_is_text(column))
		return psprintf("nullif(trim(%s), '')", as_text(column));
	return draft_is_number(column) ? psprintf("nullif(%s, 0)", column->sql) : pstrdup(column->sql);
}

/* The session's time zone as a SQL literal. */
static char *
zone_literal(void)
{
	return quote_literal_cstr(pg_get_timezone_name(session_timezone));
}

/* A date or time in text, by its length; *time receives whether it has time. */
static char *
time_from_text(const DraftColumn *column, R4Primitive target, bool *time)
{
	const char *text = as_text(column);

	*time = false;
	switch (declared_length(column))
	{
		case 6:
		case 7:
		case 9:
			return psprintf("roc_date(%s)", text);
		case 8:
			return psprintf("to_date(%s, 'YYYYMMDD')", draft_or_null(column));
		case 12:
		case 14:
			*time = true;
			return psprintf("to_timestamp(%s, '%s')::timestamp", draft_or_null(column),
							declared_length(column) == 14 ? "YYYYMMDDHH24MISS" : "YYYYMMDDHH24MI");
		default:
			if (draft_has_word(draft_split_name(column->name), "roc 民國"))
				return psprintf("roc_date(%s)", text);
			/* text in FHIR's own form; an instant would be too much to hope for */
			return target == R4_INSTANT ? NULL : pstrdup(column->sql);
	}
}

/* A date or time in a number: 19790101, or 790101 of the Republic's years. */
static char *
time_from_number(const DraftColumn *column)
{
	if (column->type == NUMERICOID && (declared_length(column) == 6 || declared_length(column) == 7))
		return psprintf("roc_date(lpad(%s::text, 7, '0'))", draft_or_null(column));
	return psprintf("to_date(%s::text, 'YYYYMMDD')", draft_or_null(column));
}

/* A date, dateTime or instant; NULL when the column cannot be one. */
static char *
time_value(const DraftColumn *column, R4Primitive target)
{
	bool		time = false;
	char	   *value;

	switch (column->type)
	{
		case DATEOID:
			return target == R4_INSTANT ? NULL : pstrdup(column->sql);
		case TIMESTAMPTZOID:
			return target == R4_DATE ?
				psprintf("(%s AT TIME ZONE %s)::date", column->sql, zone_literal()) : pstrdup(column->sql);
		case TIMESTAMPOID:
			return target == R4_DATE ? psprintf("%s::date", column->sql) :
				psprintf("%s AT TIME ZONE %s", column->sql, zone_literal());
		default:
			break;
	}
	if (draft_is_text(column))
		value = time_from_text(column, target, &time);
	else if (draft_is_number(column))
		value = time_from_number(column);
	else
		return NULL;
	if (!time)
		return target == R4_INSTANT ? NULL : value;
	return target == R4_DATE ? psprintf("(%s)::date", value) :
		psprintf("(%s) AT TIME ZONE %s", value, zone_literal());
}

/* Appends one arm of a CASE: the codes, and the words of Chinese with them. */
static void
append_arm(StringInfo buf, const char *value, const char *codes, const char *chinese, const char *result)
{
	appendStringInfo(buf, " WHEN lower(trim(%s)) IN (%s", value, codes);
	if (GetDatabaseEncoding() == PG_UTF8)
		appendStringInfo(buf, ", %s", chinese);
	appendStringInfo(buf, ") THEN '%s'", result);
}

/* An administrative gender from the codes that hospitals use. */
static char *
sex_value(const DraftColumn *column)
{
	StringInfoData buf;

	if (column->type == BOOLOID)
		return draft_has_word(draft_split_name(column->name), "male") ?
			psprintf("CASE WHEN %s THEN 'male' WHEN NOT %s THEN 'female' END", column->sql, column->sql) : NULL;
	if (is_integer(column) || column->type == NUMERICOID)
		return psprintf("CASE WHEN %s = 1 THEN 'male' WHEN %s = 2 THEN 'female' WHEN %s IS NOT NULL THEN 'unknown' END",
						column->sql, column->sql, column->sql);
	if (!draft_is_text(column))
		return NULL;
	initStringInfo(&buf);
	appendStringInfoString(&buf, "CASE");
	append_arm(&buf, as_text(column), "'m', 'male', '1'", "'男'", "male");
	append_arm(&buf, as_text(column), "'f', 'female', '2'", "'女'", "female");
	appendStringInfo(&buf, " WHEN trim(%s) <> '' THEN 'unknown' END", as_text(column));
	return buf.data;
}

/* A class of encounter from the codes that hospitals use. */
static char *
class_value(const DraftColumn *column)
{
	StringInfoData buf;

	if (!draft_is_text(column))
		return NULL;
	initStringInfo(&buf);
	appendStringInfoString(&buf, "CASE");
	append_arm(&buf, as_text(column), "'i', 'imp', 'ipd', 'inpatient'", "'住', '住院'", "IMP");
	append_arm(&buf, as_text(column), "'e', 'er', 'emer', 'emergency'", "'急', '急診'", "EMER");
	appendStringInfoString(&buf, " ELSE 'AMB' END");
	return buf.data;
}

/* A decimal; from text only where it is a number. */
static char *
decimal_value(const DraftColumn *column)
{
	if (draft_is_number(column))
		return pstrdup(column->sql);
	if (!draft_is_text(column) || column->concept == CONCEPT_DOSE)
		return NULL;
	return psprintf("CASE WHEN %s ~ " NUMBER_PATTERN " THEN %s::numeric END", as_text(column), as_text(column));
}

/*
 * What decimal_value leaves over of a text column: a string.  For the place
 * beside the number.
 */
char *
draft_other_value(const DraftColumn *column)
{
	return draft_is_text(column) ?
		psprintf("CASE WHEN %s !~ " NUMBER_PATTERN " THEN %s END", as_text(column), as_text(column)) : NULL;
}

/* A whole number. */
static char *
integer_value(const DraftColumn *column)
{
	if (is_integer(column) || column->type == NUMERICOID)
		return pstrdup(column->sql);
	if (!draft_is_text(column))
		return NULL;
	return psprintf("CASE WHEN %s ~ '^ *[0-9]{1,9} *$' THEN %s::integer END", as_text(column), as_text(column));
}

static char *
boolean_value(const DraftColumn *column)
{
	if (column->type == BOOLOID)
		return pstrdup(column->sql);
	if (is_integer(column))
		return psprintf("%s <> 0", column->sql);
	return draft_is_text(column) ?
		psprintf("upper(trim(%s)) IN ('Y', 'YES', 'T', 'TRUE', '1')", as_text(column)) : NULL;
}

/* A string; NULL for what has no text that is the same in every session. */
static char *
string_value(const DraftColumn *column, bool repeats)
{
	Oid			element = get_element_type(column->type);

	switch (OidIsValid(element) ? element : column->type)
	{
		case BYTEAOID:
		case JSONOID:
		case JSONBOID:
		case INTERVALOID:
		case TIMETZOID:
		case MONEYOID:
			return NULL;
		default:
			break;
	}
	if (OidIsValid(element))
		return repeats && (element == TEXTOID || element == VARCHAROID) ? pstrdup(column->sql) :
			psprintf("array_to_string(%s, ' ')", column->sql);
	if (column->type == TIMESTAMPOID || column->type == TIMESTAMPTZOID)
		return time_value(column, R4_DATETIME);
	if (draft_is_text(column) || draft_is_number(column) || column->type == DATEOID || column->type == TIMEOID ||
		column->type == UUIDOID || column->type == BOOLOID)
		return pstrdup(column->sql);
	return psprintf("%s::text", column->sql);
}

/*
 * The expression that gives a column's value the element's type, without
 * braces; NULL when the column cannot have it.  The path's end tells gender and
 * class apart from other codes.
 */
char *
draft_value(Draft *draft, const DraftColumn *column, const char *path, R4Type type)
{
	bool		repeats = false;

	(void) draft_path_type(draft, path, &repeats);
	switch (r4_primitive(type))
	{
		case R4_NOT_PRIMITIVE:
			return NULL;
		case R4_BOOLEAN:
			return boolean_value(column);
		case R4_DECIMAL:
			return decimal_value(column);
		case R4_INTEGER:
		case R4_POSITIVEINT:
		case R4_UNSIGNEDINT:
			return integer_value(column);
		case R4_DATE:
		case R4_DATETIME:
		case R4_INSTANT:
			return time_value(column, r4_primitive(type));
		case R4_TIME:
			return column->type == TIMEOID ? pstrdup(column->sql) : NULL;
		case R4_BASE64BINARY:
			return column->type == BYTEAOID ? pstrdup(column->sql) : NULL;
		default:
			if (column->concept == CONCEPT_SEX)
				return sex_value(column);
			if (column->concept == CONCEPT_CLASS)
				return class_value(column);
			return string_value(column, repeats);
	}
}

/* The text of a key's value, the same in every session. */
char *
draft_key_text(const DraftColumn *column, bool optional)
{
	char	   *text;

	if (draft_is_text(column))
		text = pstrdup(as_text(column));
	else if (column->type == DATEOID)
		text = psprintf("to_char(%s, 'YYYYMMDD')", column->sql);
	else if (column->type == TIMESTAMPOID)
		text = psprintf("to_char(%s, 'YYYYMMDDHH24MISSUS')", column->sql);
	else if (column->type == TIMESTAMPTZOID)
		text = psprintf("to_char(%s AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS')", column->sql);
	else if (column->type == FLOAT4OID || column->type == FLOAT8OID)
		text = psprintf("%s::numeric::text", column->sql);
	else
		text = psprintf("%s::text", column->sql);
	return optional ? psprintf("coalesce(%s, '')", text) : text;
}

/*
 * A key's value as fhir_id takes it.  optional: it may be NULL, and the id is
 * made all the same.
 */
char *
draft_key_value(const DraftColumn *column, bool optional)
{
	if (optional)
		return draft_key_text(column, true);
	switch (column->type)
	{
		case FLOAT4OID:
		case FLOAT8OID:
			return psprintf("%s::numeric", column->sql);
		case TIMESTAMPOID:
			return psprintf("%s AT TIME ZONE 'UTC'", column->sql);
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case BOOLOID:
		case UUIDOID:
		case DATEOID:
		case TIMESTAMPTZOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
			return pstrdup(column->sql);
		default:
			return psprintf("%s::text", column->sql);
	}
}
