/*
 * selection_rows.c
 *		The statement of a selection, and its rows.
 *
 * The statement reads the columns that the mapping needs, the values to sort by
 * and the key; it limits the rows, and resources are made of those alone.
 * Values are constants in the analysed statement; its text has parameters.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/datum.h"

#include "search/answer/answer.h"

/* Appends a node behind a comma, under an alias. */
static void
append_value(ExportSql *sql, Node *node, const char *alias, int number)
{
	appendStringInfoString(&sql->text, ", ");
	export_sql_node(sql, node);
	appendStringInfo(&sql->text, " AS %s%d", alias, number);
}

/* Appends WHERE: the selection, the phase, the bound. */
static void
append_where(ExportSql *sql, const Selection *selection, Node *where, SearchPhase phase, Node *bound)
{
	const SelectionSort *first = selection->sorts != NIL ? linitial(selection->sorts) : NULL;

	appendStringInfoString(&sql->text, " WHERE ");
	export_sql_node(sql, where);
	if (phase != PHASE_ALL)
	{
		Predicate	written = phase == PHASE_VALUES ? first->written : predicate_not(first->written);

		appendStringInfoString(&sql->text, " AND ");
		export_sql_node(sql, written.node);
	}
	if (bound != NULL)
	{
		appendStringInfoString(&sql->text, " AND ");
		export_sql_node(sql, bound);
	}
}

/* Writes the statement that reads rows of a phase behind a bound, at most so many. */
void
selection_select(ExportSql *sql, const Selection *selection, SearchPhase phase, Node *bound, int limit)
{
	const SearchSource *source = selection->source;
	const char *comma = " ORDER BY ";
	ListCell   *lc;

	export_sql_init(sql, source->function);
	appendStringInfo(&sql->text, "%sSELECT %s", selection->judged != NULL ? "SELECT * FROM (" : "", export_source_is_narrow(source->plan) ? "needed" : "this");
	foreach(lc, selection->sorts)
		append_value(sql, ((SelectionSort *) lfirst(lc))->node, "s", foreach_current_index(lc));
	foreach(lc, source->key)
		append_value(sql, lfirst(lc), "k", foreach_current_index(lc));
	export_source_from(sql, source->plan);
	append_where(sql, selection, selection->where.node, phase, bound);
	foreach(lc, selection->sorts)
	{
		const SelectionSort *sort = lfirst(lc);
		bool		first = foreach_current_index(lc) == 0;

		if (first && phase == PHASE_REST)
			continue;
		/* where all have a value, the order of NULLs is the one that an index has */
		appendStringInfo(&sql->text, "%ss%d%s%s", comma, foreach_current_index(lc), sort->sort->descending ? " DESC" : "",
						 first && phase == PHASE_VALUES ? "" : " NULLS LAST");
		comma = ", ";
	}
	foreach(lc, source->key)
	{
		appendStringInfo(&sql->text, "%sk%d", comma, foreach_current_index(lc));
		comma = ", ";
	}
	if (selection->judged != NULL)
	{
		/* rows are judged in their order, until there are enough */
		appendStringInfoString(&sql->text, " OFFSET 0) AS found WHERE ");
		export_sql_node(sql, selection->judged);
	}
	appendStringInfoString(&sql->text, " LIMIT ");
	export_sql_node(sql, invert_const(INT8OID, Int64GetDatum(limit)));
}

/* Receives rows. */
typedef struct RowReceiver
{
	DestReceiver receiver;
	const Selection *selection;
	SearchPhase phase;
	MemoryContext context;
	List	   *hits;
	int64		count;
} RowReceiver;

/* Copies a value of a row, which is not missing. */
static Datum
copy_value(TupleTableSlot *slot, int column)
{
	Form_pg_attribute attribute = TupleDescAttr(slot->tts_tupleDescriptor, column);

	if (attribute->attlen == -1)
		return PointerGetDatum(PG_DETOAST_DATUM_COPY(slot->tts_values[column]));
	return datumCopy(slot->tts_values[column], attribute->attbyval, attribute->attlen);
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowReceiver *receiver = (RowReceiver *) self;
	const Selection *selection = receiver->selection;
	int			nsorts = list_length(selection->sorts);
	int			nkeys = list_length(selection->source->key);
	MemoryContext old = MemoryContextSwitchTo(receiver->context);
	SearchHit  *hit = palloc0(sizeof(SearchHit));

	slot_getallattrs(slot);
	hit->selection = selection;
	hit->phase = receiver->phase;
	hit->row = DatumGetHeapTupleHeaderCopy(slot->tts_values[0]);
	hit->sorts = palloc0(sizeof(Datum) * Max(nsorts, 1));
	hit->missing = palloc0(sizeof(bool) * Max(nsorts, 1));
	hit->key = palloc0(sizeof(Datum) * Max(nkeys, 1));
	for (int i = 0; i < nsorts; i++)
	{
		hit->missing[i] = slot->tts_isnull[1 + i];
		if (!hit->missing[i])
			hit->sorts[i] = copy_value(slot, 1 + i);
	}
	/* a first key that is not written counts as missing, whatever the column holds */
	if (receiver->phase == PHASE_REST)
		hit->missing[0] = true;
	for (int i = 0; i < nkeys; i++)
		if (!slot->tts_isnull[1 + nsorts + i])
			hit->key[i] = copy_value(slot, 1 + nsorts + i);
	receiver->hits = lappend(receiver->hits, hit);
	MemoryContextSwitchTo(old);
	return true;
}

/* Runs a statement for a receiver. */
static void
run(const ExportSql *sql, DestReceiver *receiver)
{
	ExportRun	running = {0};

	export_run_begin(&running, sql, receiver, false);
	export_run_rows(&running, true);
	export_run_end(&running);
}

/* Rows of a phase behind a bound (or NULL), at most so many: SearchHit, in order, without resources. */
List *
selection_rows(const Selection *selection, SearchPhase phase, Node *bound, int limit)
{
	RowReceiver receiver = {.selection = selection, .phase = phase, .context = CurrentMemoryContext};
	ExportSql	sql;

	if (predicate_is(selection->where, false) || limit <= 0)
		return NIL;
	selection_select(&sql, selection, phase, bound, limit);
	export_receiver_init(&receiver.receiver, receive_row);
	run(&sql, &receiver.receiver);
	return receiver.hits;
}

static bool
receive_count(TupleTableSlot *slot, DestReceiver *self)
{
	slot_getallattrs(slot);
	((RowReceiver *) self)->count = DatumGetInt64(slot->tts_values[0]);
	return true;
}

/* How many rows are found; no more than limit are counted, unless it is negative. */
int64
selection_count(const Selection *selection, int64 limit)
{
	RowReceiver receiver = {.selection = selection};
	ExportSql	sql;

	if (predicate_is(selection->where, false))
		return 0;
	export_sql_init(&sql, selection->source->function);
	appendStringInfoString(&sql.text, "SELECT pg_catalog.count(*) FROM (SELECT");
	export_source_from(&sql, selection->source->plan);
	append_where(&sql, selection, selection->whole, PHASE_ALL, NULL);
	if (limit >= 0)
	{
		appendStringInfoString(&sql.text, " LIMIT ");
		export_sql_node(&sql, invert_const(INT8OID, Int64GetDatum(limit)));
	}
	appendStringInfoString(&sql.text, ") AS found");
	export_receiver_init(&receiver.receiver, receive_count);
	run(&sql, &receiver.receiver);
	return receiver.count;
}
