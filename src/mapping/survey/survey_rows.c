/*
 * survey_rows.c
 *		Reading the rows of a mapped relation as the caller may see them.
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
