/*
 * draft_time.c
 *		The expression that makes a column's value a date or a time.
 *
 * Times without zone stay without: fhir_map then asks for the zone, which no
 * draft can know.
 *
 * What a text or a number holds is taken from the rows that were read.  When
 * none was, from the declared length: seven characters are a date of the
 * Republic of China, eight a compact date, fourteen one with its time.  Where
 * neither tells, nothing is made of it: '0900' must not become the year 900.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "mapping/draft/draft.h"

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

/* What the rows or the length say of a text or a number; 0: nothing. */
static int
time_look(const DraftColumn *column)
{
	int			looks = column->looks & (LOOK_YEAR | LOOK_DAY | LOOK_MINUTE | LOOK_SECOND | LOOK_ROC | LOOK_ISO | LOOK_CLOCK);

	if (column->looks != 0)
		return (looks & (looks - 1)) == 0 ? looks : 0;
	switch (declared_length(column))
	{
		case 7:
		case 9:
			return LOOK_ROC;
		case 8:
			return LOOK_DAY;
		case 10:
			return draft_is_text(column) ? LOOK_ISO : 0;
		case 12:
			return LOOK_MINUTE;
		case 14:
			return LOOK_SECOND;
		default:
			break;
	}
	if (dictionary_has_word(column->words, "roc 民國"))
		return LOOK_ROC;
	if (dictionary_has_word(column->words, "year") && draft_is_number(column))
		return LOOK_YEAR;
	if (draft_is_text(column) && declared_length(column) == 0 &&
		dictionary_has_word(column->words, "date birth birthday dob datetime timestamp 日期 生日"))
		return LOOK_ISO;
	return 0;
}

/* The value as text, NULL where blank text or 0 stands for nothing. */
static char *
text_or_null(const DraftColumn *column)
{
	return draft_is_text(column) ? draft_or_null(column) : psprintf("%s::text", draft_or_null(column));
}

/* A date or time in text or a number. */
static char *
parse_time(Draft *draft, const DraftColumn *column, R4Primitive target)
{
	char	   *time;

	switch (time_look(column))
	{
		case LOOK_YEAR:
			return target == R4_INSTANT ? NULL : text_or_null(column);
		case LOOK_DAY:
			return target == R4_INSTANT ? NULL : psprintf("to_date(%s, 'YYYYMMDD')", text_or_null(column));
		case LOOK_ROC:
			if (target == R4_INSTANT)
				return NULL;
			return draft_is_text(column) ? psprintf("roc_date(%s)", draft_as_text(column)) :
				psprintf("roc_date(lpad(%s, 7, '0'))", text_or_null(column));
		case LOOK_MINUTE:
			time = psprintf("to_timestamp(%s, 'YYYYMMDDHH24MI')::timestamp", text_or_null(column));
			break;
		case LOOK_SECOND:
			time = psprintf("to_timestamp(%s, 'YYYYMMDDHH24MISS')::timestamp", text_or_null(column));
			break;
		case LOOK_ISO:
			/* text in FHIR's own form; an instant would be too much to hope for */
			return target == R4_INSTANT ? NULL : pstrdup(column->sql);
		default:
			return NULL;
	}
	if (target == R4_DATE)
		return psprintf("(%s)::date", time);
	draft->needs_zone = true;
	return time;
}

/* A date, dateTime or instant; NULL when it is not known that the column is one. */
char *
draft_time_value(Draft *draft, const DraftColumn *column, R4Primitive target)
{
	switch (column->type)
	{
		case DATEOID:
			return target == R4_INSTANT ? NULL : pstrdup(column->sql);
		case TIMESTAMPTZOID:
			return pstrdup(column->sql);
		case TIMESTAMPOID:
			if (target == R4_DATE)
				return psprintf("%s::date", column->sql);
			draft->needs_zone = true;
			return pstrdup(column->sql);
		default:
			return draft_is_text(column) || draft_is_number(column) ? parse_time(draft, column, target) : NULL;
	}
}
