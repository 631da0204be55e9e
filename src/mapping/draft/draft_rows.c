/*
 * draft_rows.c
 *		What a few rows look like, when the caller lets us read them.
 *
 * Names do not tell years from dates, names from codes, ICD-9 from ICD-10, or
 * flags from times.  The values do: what all of those that were read look
 * like is kept as bits, and no value is.  The rows are read as the caller, who
 * needs SELECT on the relation.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "mapping/draft/draft.h"

/* A look, and the POSIX expression of the values that have it. */
typedef struct LookPattern
{
	DraftLook	look;
	const char *pattern;
} LookPattern;

static const LookPattern patterns[] = {
	{LOOK_YEAR, "^(1[89]|20)[0-9]{2}$"},
	{LOOK_DAY, "^(1[89]|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])$"},
	{LOOK_MINUTE, "^(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([01][0-9]|2[0-3])[0-5][0-9]$"},
	{LOOK_SECOND, "^(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]$"},
	{LOOK_ROC, "^[01][0-9]{2}[/.-]?(0[1-9]|1[0-2])[/.-]?(0[1-9]|[12][0-9]|3[01])$"},
	{LOOK_ISO, "^[12][0-9]{3}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?(T.*)?$"},
	{LOOK_CLOCK, "^([01]?[0-9]|2[0-3]):?[0-5][0-9](:?[0-5][0-9])?$"},
	{LOOK_NAME, "[[:space:]]|[a-z]{3}|[^\\x01-\\x7f]"},
	{LOOK_ICD_10, "^[A-Z][0-9][0-9A-Z]([.]?[0-9A-Z]{1,4})?$"},
	{LOOK_ICD_9, "^([0-9]{3}|V[0-9]{2}|E[0-9]{3})([.]?[0-9]{1,2})?$"},
	{LOOK_FLAG, "^[YNTFynft01]$"},
	{LOOK_SEX, "^[MFUmfu01239]$"},
	{LOOK_CELSIUS, "^(2[5-9]|3[0-9]|4[0-5])([.][0-9]*)?$"},
	{LOOK_FAHRENHEIT, "^(8[5-9]|9[0-9]|10[0-9]|11[0-5])([.][0-9]*)?$"},
};

/* The query: one row for each column with values, its number and its looks. */
static char *
look_query(Draft *draft, int rows)
{
	StringInfoData sql;
	ListCell   *lc;
	const char *separator = "";

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT v.n, pg_catalog.bit_and(l.looks) FROM (SELECT * FROM ");
	appendStringInfo(&sql, "%s LIMIT %d) r CROSS JOIN LATERAL (VALUES ", draft->qualified, rows);
	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);

		if (!draft_is_text(column) && !draft_is_number(column))
			continue;
		appendStringInfo(&sql, "%s(%d, pg_catalog.btrim(r.%s::pg_catalog.text))", separator, column->number, column->sql);
		separator = ", ";
	}
	appendStringInfoString(&sql, ") v (n, value) CROSS JOIN LATERAL (SELECT ");
	for (int i = 0; i < lengthof(patterns); i++)
		appendStringInfo(&sql, "%sCASE WHEN v.value OPERATOR(pg_catalog.~) %s THEN %d ELSE 0 END",
						 i > 0 ? " OPERATOR(pg_catalog.+) " : "", quote_literal_cstr(patterns[i].pattern), patterns[i].look);
	appendStringInfoString(&sql, ") l (looks) WHERE v.value OPERATOR(pg_catalog.<>) '' GROUP BY v.n");
	return *separator == '\0' ? NULL : sql.data;
}

/* What is in the rows corrects what the name says: names under a "code", codes under a "diagnosis". */
static void
correct_concept(DraftColumn *column)
{
	const char *instead = NULL;

	if (dictionary_is(column->concept, "code") && (column->looks & LOOK_NAME) != 0)
		instead = "name of a code";
	else if (dictionary_is(column->concept, "diagnosis") && (column->looks & (LOOK_ICD_9 | LOOK_ICD_10)) != 0)
		instead = "ICD code";
	if (instead != NULL)
	{
		column->concept = dictionary_concept(instead);
		column->why = psprintf("%s; by its rows %s", column->why, instead);
	}
	else if (column->concept != NULL && column->concept->sort == SORT_TIME && (column->looks & LOOK_FLAG) != 0)
	{
		column->concept = NULL;
		column->unused = "its name says a time, its rows are flags";
	}
}

/*
 * Reads at most rows rows and notes in each column what all its values look
 * like.  A column without values stays unseen.
 */
void
draft_look(Draft *draft, int rows)
{
	MemoryContext context = CurrentMemoryContext;
	char	   *sql = look_query(draft, rows);

	if (sql == NULL)
		return;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read rows of relation %u", draft->relation);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		MemoryContext old;
		DraftColumn *column;
		HeapTuple	tuple = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		bool		isnull;
		int			number = DatumGetInt32(SPI_getbinval(tuple, desc, 1, &isnull));

		/* one bit more, so that "seen, like nothing" differs from "unseen" */
		column = draft_column(draft, number);
		column->looks = DatumGetInt32(SPI_getbinval(tuple, desc, 2, &isnull)) | LOOK_SEEN;
		old = MemoryContextSwitchTo(context);
		correct_concept(column);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
}
