/*
 * draft_value.c
 *		The expression that makes a column's value fit an element.
 *
 * Codes are translated where everybody means the same by them, and nothing is
 * made of the others.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "ident/ident.h"
#include "mapping/draft/draft.h"

/* A number in text; such a pattern needs no backslash in JSON. */
#define NUMBER_PATTERN "'^ *[+-]?[0-9]+([.][0-9]+)? *$'"

/* Appends one arm of a CASE: the codes, and the words of Chinese with them. */
static void
append_arm(StringInfo buf, const char *value, const char *codes, const char *chinese, const char *result)
{
	appendStringInfo(buf, " WHEN lower(trim(%s)) IN (%s", value, codes);
	if (GetDatabaseEncoding() == PG_UTF8)
		appendStringInfo(buf, ", %s", chinese);
	appendStringInfo(buf, ") THEN '%s'", result);
}

/* An administrative gender from the codes that hospitals use; others are unknown. */
static char *
sex_value(const DraftColumn *column)
{
	StringInfoData buf;

	if (column->type == BOOLOID)
		return dictionary_has_word(column->words, "male") ?
			psprintf("CASE WHEN %s THEN 'male' WHEN NOT %s THEN 'female' END", column->sql, column->sql) : NULL;
	if (draft_is_integer(column) || column->type == NUMERICOID)
		return column->looks != 0 && (column->looks & LOOK_SEX) == 0 ? NULL :
			psprintf("CASE %s WHEN 1 THEN 'male' WHEN 2 THEN 'female' WHEN 0 THEN 'unknown' END", column->sql);
	if (!draft_is_text(column))
		return NULL;
	initStringInfo(&buf);
	appendStringInfoString(&buf, "CASE");
	append_arm(&buf, draft_as_text(column), "'m', 'male', '1'", "'男'", "male");
	append_arm(&buf, draft_as_text(column), "'f', 'female', '2'", "'女'", "female");
	appendStringInfo(&buf, " WHEN trim(%s) <> '' THEN 'unknown' END", draft_as_text(column));
	return buf.data;
}

/* A class of encounter from the codes that hospitals use; UNK for others. */
char *
draft_class_value(const DraftColumn *column)
{
	StringInfoData buf;

	if (!draft_is_text(column))
		return NULL;
	initStringInfo(&buf);
	appendStringInfoString(&buf, "CASE");
	append_arm(&buf, draft_as_text(column), "'i', 'imp', 'ipd', 'inpatient'", "'住', '住院'", "IMP");
	append_arm(&buf, draft_as_text(column), "'e', 'er', 'emer', 'emergency'", "'急', '急診'", "EMER");
	append_arm(&buf, draft_as_text(column), "'o', 'amb', 'opd', 'outpatient', 'ambulatory'", "'門', '門診'", "AMB");
	appendStringInfoString(&buf, " ELSE 'UNK' END");
	return buf.data;
}

/* A decimal; from text only where it is a number. */
static char *
decimal_value(const DraftColumn *column)
{
	if (draft_is_number(column))
		return pstrdup(column->sql);
	if (!draft_is_text(column) || dictionary_is(column->concept, "dose"))
		return NULL;
	return psprintf("CASE WHEN %s ~ " NUMBER_PATTERN " THEN %s::numeric END", draft_as_text(column), draft_as_text(column));
}

/*
 * What decimal_value leaves over of a text column: a string.  For the place
 * beside the number.
 */
char *
draft_other_value(const DraftColumn *column)
{
	return draft_is_text(column) ?
		psprintf("CASE WHEN %s !~ " NUMBER_PATTERN " THEN %s END", draft_as_text(column), draft_as_text(column)) : NULL;
}

/* A whole number. */
static char *
integer_value(const DraftColumn *column)
{
	if (draft_is_integer(column) || column->type == NUMERICOID)
		return pstrdup(column->sql);
	if (!draft_is_text(column))
		return NULL;
	return psprintf("CASE WHEN %s ~ '^ *[0-9]{1,9} *$' THEN %s::integer END", draft_as_text(column), draft_as_text(column));
}

/* A boolean; codes that are neither yes nor no are nothing. */
static char *
boolean_value(const DraftColumn *column)
{
	if (column->type == BOOLOID)
		return pstrdup(column->sql);
	if (draft_is_integer(column))
		return psprintf("CASE %s WHEN 1 THEN true WHEN 0 THEN false END", column->sql);
	if (!draft_is_text(column))
		return NULL;
	return psprintf("CASE WHEN upper(trim(%s)) IN ('Y', 'YES', 'T', 'TRUE', '1') THEN true"
					" WHEN upper(trim(%s)) IN ('N', 'NO', 'F', 'FALSE', '0') THEN false END",
					draft_as_text(column), draft_as_text(column));
}

/* A string; NULL for what has no text that is the same in every session. */
static char *
string_value(Draft *draft, const DraftColumn *column, bool repeats)
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
		return draft_time_value(draft, column, R4_DATETIME);
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
			return draft_time_value(draft, column, r4_primitive(type));
		case R4_TIME:
			return column->type == TIMEOID ? pstrdup(column->sql) : NULL;
		case R4_BASE64BINARY:
			return column->type == BYTEAOID ? pstrdup(column->sql) : NULL;
		default:
			if (dictionary_is(column->concept, "sex"))
				return sex_value(column);
			if (dictionary_is(column->concept, "class of encounter"))
				return draft_class_value(column);
			return string_value(draft, column, repeats);
	}
}

/* The text of a key's value, the same in every session. */
char *
draft_key_text(const DraftColumn *column, bool optional)
{
	char	   *text;

	if (draft_is_text(column))
		text = pstrdup(draft_as_text(column));
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
		default:
			return ident_type_is_key(column->type) ? pstrdup(column->sql) : psprintf("%s::text", column->sql);
	}
}
