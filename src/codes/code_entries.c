/*
 * code_entries.c
 *		The entries of a code map, from whatever holds them.
 *
 * Besides JSON as fhir_code_map takes it, that is a ConceptMap of FHIR, or a
 * query (or the name of a relation) with the columns source and code and, if
 * wanted, display and system.  A query runs as the caller, and only reads.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "lib/stringinfo.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"

#include "codes/code.h"
#include "codes/code_write.h"

#define COLUMNS 4

/* Columns of a query. */
static const char *const columns[COLUMNS] = {"source", "code", "display", "system"};

/* Takes the rows of a query. */
typedef struct RowTaker
{
	DestReceiver pub;
	CodeRows   *rows;
	const char *map;
	int64		no_source;
} RowTaker;

/* Puts a row.  But for the source, what is empty is as if it were NULL. */
static bool
take_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowTaker   *taker = (RowTaker *) self;
	CodeSource	values[COLUMNS];

	slot_getallattrs(slot);
	for (int i = 0; i < COLUMNS; i++)
	{
		values[i] = code_bytes(slot->tts_values[i], slot->tts_isnull[i]);
		if (i > 0 && values[i].len == 0)
			values[i].bytes = NULL;
	}
	if (values[0].bytes == NULL)
		taker->no_source++;
	else if (values[1].bytes == NULL)
		code_report_entry(taker->map, code_source(values[0].bytes, values[0].len), "it has no code");
	else
	{
		code_check_system(taker->map, values[0], values[3]);
		code_rows_put(taker->rows, values[0], values[1], values[2], values[3]);
	}
	return true;
}

static void
start_rows(DestReceiver *self, int operation, TupleDesc typeinfo)
{
}

static void
end_rows(DestReceiver *self)
{
}

/* The query's column as text, as to_jsonb() writes it: not by the session's settings. */
static void
append_column(StringInfo sql, TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		char		category;
		bool		preferred;

		if (strcmp(NameStr(attribute->attname), name) != 0)
			continue;
		get_type_category_preferred(attribute->atttypid, &category, &preferred);
		appendStringInfo(sql, category == TYPCATEGORY_STRING ? "q.%s::pg_catalog.text" : "pg_catalog.to_jsonb(q.%s) #>> '{}'", name);
		return;
	}
	appendStringInfoString(sql, "NULL::pg_catalog.text");
}

/* The query of its four columns as text. */
static char *
query_of_texts(const char *query)
{
	SPIPlanPtr	plan = SPI_prepare(query, 0, NULL);
	TupleDesc	desc = NULL;
	StringInfoData sql;

	if (plan != NULL && list_length(SPI_plan_get_plan_sources(plan)) == 1)
		desc = ((CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan)))->resultDesc;
	initStringInfo(&sql);
	for (int i = 0; i < COLUMNS; i++)
	{
		appendStringInfoString(&sql, i == 0 ? "SELECT " : ", ");
		if (desc == NULL)
			appendStringInfo(&sql, "q.%s", columns[i]); /* the error is the parser's */
		else
			append_column(&sql, desc, columns[i]);
	}
	appendStringInfo(&sql, " FROM (%s\n) q", query);
	return sql.data;
}

/* Puts the entries that a query gives. */
static void
rows_of_query(CodeRows *rows, const char *map, const char *query)
{
	RowTaker	taker = {.pub = {take_row, start_rows, end_rows, end_rows, DestTuplestore}, .rows = rows, .map = map};
	SPIExecuteOptions options = {.read_only = true, .dest = &taker.pub};

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_extended(query_of_texts(query), &options) != SPI_OK_SELECT)
		elog(ERROR, "could not read the entries of a code map");
	SPI_finish();
	if (taker.no_source > 0)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("code map \"%s\": " INT64_FORMAT " of " INT64_FORMAT " rows have no source", map,
						taker.no_source, code_rows_given(rows) + taker.no_source),
				 errhint("The columns are source and code and, if wanted, display and system.")));
}

/* Puts the entries of JSON, or those of a ConceptMap; true of the first. */
static bool
rows_of_json(CodeRows *rows, const char *map, Jsonb *json)
{
	if (!code_is_concept_map(json))
	{
		code_rows_of_json(rows, map, json);
		return true;
	}
	code_rows_of_concept_map(rows, map, json);
	return false;
}

/* Does the text begin as a query does? */
static bool
is_query(const char *text)
{
	static const char *const words[] = {"select", "with", "values", "table", "("};

	text += strspn(text, " \t\r\n");
	for (int i = 0; i < lengthof(words); i++)
		if (pg_strncasecmp(text, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/*
 * Puts the entries.  given is of the given type: jsonb, json, or text that is
 * JSON, a query or the name of a relation.  Whether it was plain JSON, whose
 * sources are different but for blanks.  map is for errors.
 */
bool
code_rows_read(CodeRows *rows, const char *map, Oid type, Datum given)
{
	const char *string;
	char		first;

	switch (type)
	{
		case JSONBOID:
			return rows_of_json(rows, map, DatumGetJsonbP(given));
		case UNKNOWNOID:
			string = DatumGetCString(given);
			break;
		case JSONOID:
		case TEXTOID:
		case VARCHAROID:
			string = TextDatumGetCString(given);
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("entries of code map \"%s\" must be JSON, or the text of a query", map)));
	}
	first = string[strspn(string, " \t\r\n")];
	if (type == JSONOID || first == '{' || first == '[' || first == '"')
		return rows_of_json(rows, map, DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(string))));
	rows_of_query(rows, map, is_query(string) ? string : psprintf("SELECT * FROM %s", string));
	return false;
}
