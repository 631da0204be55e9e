/*
 * survey_rows.c
 *		Reading the rows of a mapped relation as the caller may see them, and
 *		mapping them with their faults collected.
 *
 * By a query of the caller's, so that privileges on columns and row-level
 * security are his; with the columns that the plan needs and those that tell
 * rows apart.  A sample is drawn from all rows, each with the same chance: the
 * first ones are the oldest in most tables, and pages hold rows of one day.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "miscadmin.h"

#include "mapping/survey/survey.h"

/* The query for a plan's rows (rows.h); sample: a number of rows, or -1. */
char *
survey_query(const MappingPlan *plan, List *keys, int sample)
{
	StringInfoData sql;

	initStringInfo(&sql);
	rows_select(&sql, plan, keys);
	if (sample >= 0)
		appendStringInfo(&sql, " ORDER BY pg_catalog.random() LIMIT %d", sample);
	return sql.data;
}

/*
 * Reads what a query gives, in batches; SPI must be connected.  Between two
 * batches the query can be cancelled.
 */
void
survey_read(const char *sql, SurveyBatch batch, void *arg)
{
	SPIPlanPtr	plan = SPI_prepare(sql, 0, NULL);
	Portal		portal;

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	for (;;)
	{
		SPITupleTable *table;
		int			n;

		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, SURVEY_BATCH);
		table = SPI_tuptable;
		n = (int) SPI_processed;
		if (n > 0)
			batch(arg, table->vals, n, table->tupdesc);
		SPI_freetuptable(table);
		if (n < SURVEY_BATCH)
			break;
	}
	SPI_cursor_close(portal);
	SPI_freeplan(plan);
}

/* While the rows of a survey are mapped; the batch is the present one. */
typedef struct RowMapper
{
	Survey	   *survey;
	RunFaultHandler on_fault;
	SurveyTaker take;			/* or NULL */
	HeapTuple  *rows;
	int			nrows;
} RowMapper;

/* RunGuardBody: maps the rows of a batch. */
static void
map_batch(RunGuard *guard, void *arg)
{
	RowMapper  *mapper = arg;
	Survey	   *survey = mapper->survey;
	MemoryContext old = MemoryContextSwitchTo(survey->row);

	survey->guard = guard;
	for (int i = 0; i < mapper->nrows; i++)
	{
		HeapTupleData space;
		HeapTuple	row;
		Datum		resource;

		CHECK_FOR_INTERRUPTS();
		survey->tuple = mapper->rows[i];
		row = rows_tuple(survey->plan, survey->tuple, survey->desc, &space);
		if (run_guard_tuple(guard, row, &resource) == ROW_MAPPED && mapper->take != NULL)
			mapper->take(survey, DatumGetJsonbP(resource));
		MemoryContextReset(survey->row);
	}
	survey->tuple = NULL;
	survey->guard = NULL;
	MemoryContextSwitchTo(old);
}

/* SurveyBatch: maps some rows. */
static void
map_rows(void *arg, HeapTuple *rows, int n, TupleDesc desc)
{
	RowMapper  *mapper = arg;
	Survey	   *survey = mapper->survey;
	MemoryContext old;

	if (survey->run == NULL)
		survey->run = rows_begin_run(survey->plan, JSON_BINARY, rows[0], desc, survey->context);
	mapper->rows = rows;
	mapper->nrows = n;
	survey->desc = desc;
	old = MemoryContextSwitchTo(survey->context);
	run_guarded(survey->run, mapper->on_fault, survey, map_batch, mapper);
	MemoryContextSwitchTo(old);
}

/*
 * Maps the rows of the survey's mapping, or the sample of them.  Faults go to
 * the handler, whose argument is the survey; a row that is refused has no
 * resource to take.
 */
void
survey_map_rows(Survey *survey, RunFaultHandler on_fault, SurveyTaker take)
{
	RowMapper	mapper = {.survey = survey, .on_fault = on_fault, .take = take};

	survey_read(survey_query(survey->plan, survey->keys, survey->sample), map_rows, &mapper);
}
