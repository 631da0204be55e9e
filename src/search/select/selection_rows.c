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

#include "base/base.h"
#include "mapping/catalog/rows.h"
#include "search/select/select.h"

/* Appends a row of the source: the columns that its mapping needs, or itself.  Returns whether that is any. */
static bool
append_row(ExportSql *sql, const MappingPlan *plan)
{
	if (export_source_is_narrow(plan))
		return rows_append_columns(&sql->text, plan);
	appendStringInfoString(&sql->text, "this");
	return true;
}

/* Appends a node under an alias, behind a comma where there is any before. */
static void
append_value(ExportSql *sql, Node *node, const char *alias, int number, bool *any)
{
	if (*any)
		appendStringInfoString(&sql->text, ", ");
	export_sql_node(sql, node);
	appendStringInfo(&sql->text, " AS %s%d", alias, number);
	*any = true;
}

/* Appends FROM. */
static void
append_from(ExportSql *sql, const SearchSource *source)
{
	appendStringInfo(&sql->text, " FROM %s AS this", base_relation_name(source->plan->relation));
}

/*
 * Is it all resources of the source?  The only values of its statements are where
 * a page begins, see export/sql/kept.c; what the mapping asks of a row is a part
 * of them, as the limit is, so that the planner knows these.
 */
static bool
is_of_all(const Selection *selection)
{
	return !selection->unique && selection->parts == NIL && selection->judged == NULL;
}

/* Appends WHERE: the selection, the phase, the bound. */
static void
append_where(ExportSql *sql, const Selection *selection, Node *where, SearchPhase phase, Node *bound)
{
	const SelectionSort *first = selection->sorts != NIL ? linitial(selection->sorts) : NULL;
	List	   *conditions = list_make1(where);

	if (phase != PHASE_ALL)
		conditions = lappend(conditions, (phase == PHASE_VALUES ? first->written : predicate_not(first->written)).node);
	if (is_of_all(selection))
		conditions = (List *) statement_fixed((Node *) conditions);
	if (bound != NULL)
		conditions = lappend(conditions, bound);
	appendStringInfoString(&sql->text, " WHERE ");
	export_sql_node(sql, invert_tidy(conditions));
}

/* Appends LIMIT. */
static void
append_limit(ExportSql *sql, const Selection *selection, int64 limit)
{
	Node	   *most = invert_const(INT8OID, Int64GetDatum(limit));

	appendStringInfoString(&sql->text, " LIMIT ");
	export_sql_node(sql, is_of_all(selection) ? statement_fixed(most) : most);
}

/*
 * Writes the statement that reads rows of a phase behind a bound, at most so
 * many; a negative limit is none.  Rows of one id are alike in their keys, too:
 * they have no order, and the receiver takes no more than it wants.
 */
void
selection_select(ExportSql *sql, const Selection *selection, SearchPhase phase, Node *bound, int limit)
{
	const SearchSource *source = selection->source;
	const char *comma = " ORDER BY ";
	bool		any;
	ListCell   *lc;

	export_sql_init(sql, source->function);
	appendStringInfo(&sql->text, "%sSELECT ", selection->judged != NULL ? "SELECT * FROM (" : "");
	any = append_row(sql, source->plan);
	foreach(lc, selection->sorts)
		append_value(sql, ((SelectionSort *) lfirst(lc))->node, "s", foreach_current_index(lc), &any);
	foreach(lc, selection->key)
		append_value(sql, lfirst(lc), "k", foreach_current_index(lc), &any);
	append_from(sql, source);
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
	foreach(lc, selection->unique ? NIL : selection->key)
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
	if (!selection->unique && limit >= 0)
		append_limit(sql, selection, limit);
}

/* Receives rows. */
typedef struct RowReceiver
{
	DestReceiver receiver;
	const Selection *selection;
	SearchPhase phase;
	MemoryContext context;
	TupleDesc	desc;			/* of the rows */
	List	   *hits;
	int			limit;			/* so many are taken */
	int64		count;
} RowReceiver;

/* A column of a copied row, which is not missing. */
static Datum
row_value(const SearchHit *hit, int column, Datum value)
{
	if (TupleDescAttr(hit->desc, column)->attlen == -1)
		return PointerGetDatum(PG_DETOAST_DATUM(value));
	return value;
}

/* Takes the values to sort by and the key out of a row, in which they are the last. */
static void
take_values(SearchHit *hit)
{
	int			nsorts = list_length(hit->selection->sorts);
	int			nkeys = list_length(hit->selection->key);
	int			first = hit->desc->natts - nsorts - nkeys;
	Datum	   *values = palloc(sizeof(Datum) * Max(hit->desc->natts, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(hit->desc->natts, 1));

	heap_deform_tuple(hit->row, hit->desc, values, nulls);
	for (int i = first; i < hit->desc->natts; i++)
		if (!nulls[i])
			values[i] = row_value(hit, i, values[i]);
	hit->sorts = values + first;
	hit->missing = nulls + first;
	hit->key = values + first + nsorts;
	/* a first key that is not written counts as missing, whatever the column holds */
	if (hit->phase == PHASE_REST)
		hit->missing[0] = true;
}

/* Takes the rows' columns: a row's own slot may be that of a partition, without names. */
static void
receive_columns(DestReceiver *self, int operation, TupleDesc desc)
{
	RowReceiver *receiver = (RowReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);

	receiver->desc = CreateTupleDescCopy(desc);
	MemoryContextSwitchTo(old);
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowReceiver *receiver = (RowReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);
	SearchHit  *hit = palloc0(sizeof(SearchHit));

	hit->selection = receiver->selection;
	hit->phase = receiver->phase;
	hit->desc = receiver->desc;
	hit->row = ExecCopySlotHeapTuple(slot);
	take_values(hit);
	receiver->hits = lappend(receiver->hits, hit);
	MemoryContextSwitchTo(old);
	return list_length(receiver->hits) < receiver->limit;
}

/* Rows of a phase behind a bound (or NULL), at most so many: SearchHit, in order, without resources. */
List *
selection_rows(const Selection *selection, SearchPhase phase, Node *bound, int limit)
{
	RowReceiver receiver = {.selection = selection, .phase = phase, .context = CurrentMemoryContext, .limit = limit};
	ExportSql	sql;

	if (predicate_is(selection->where, false) || limit <= 0)
		return NIL;
	selection_select(&sql, selection, phase, bound, limit);
	export_receiver_init(&receiver.receiver, receive_row);
	receiver.receiver.rStartup = receive_columns;
	statement_run(&sql, selection->unique || is_of_all(selection), &receiver.receiver);
	return receiver.hits;
}

struct SelectionScan
{
	RowReceiver receiver;
	Selection	selection;		/* without order */
	ExportRun	run;
};

/*
 * Begins to read all rows of a selection, in no order, some at a time, under the
 * caller's snapshot and rights.  NULL: there can be none.
 */
SelectionScan *
selection_scan_begin(const Selection *selection, int most)
{
	SelectionScan *scan = palloc0(sizeof(SelectionScan));
	ExportSql	sql;

	if (predicate_is(selection->where, false))
		return NULL;
	scan->selection = *selection;
	scan->selection.sorts = scan->selection.key = NIL;
	scan->receiver = (RowReceiver){.selection = &scan->selection, .phase = PHASE_ALL, .limit = most};
	export_receiver_init(&scan->receiver.receiver, receive_row);
	scan->receiver.receiver.rStartup = receive_columns;
	selection_select(&sql, &scan->selection, PHASE_ALL, NULL, -1);
	export_run_begin(&scan->run, &sql, &scan->receiver.receiver, false);
	return scan;
}

/* The next rows, in the current context: SearchHit, without resources.  NIL: there are no more, and the scan has ended. */
List *
selection_scan_next(SelectionScan *scan)
{
	scan->receiver.context = CurrentMemoryContext;
	scan->receiver.hits = NIL;
	if (scan->run.query != NULL)
		export_run_rows(&scan->run, false);
	/* a query at its end must not run again: it would begin anew */
	if (list_length(scan->receiver.hits) < scan->receiver.limit)
		selection_scan_end(scan);
	return scan->receiver.hits;
}

/* Ends a scan; one that has ended is left alone. */
void
selection_scan_end(SelectionScan *scan)
{
	export_run_end(&scan->run);
}

/*
 * The row that has an id, by a statement that write writes once a mapping: see
 * by_id_run for what false means.
 */
bool
selection_rows_by_id(const Selection *selection, IdStatement *by_id, const char *id, IdWrite write, List **hits)
{
	RowReceiver receiver = {.selection = selection, .phase = PHASE_ALL, .context = CurrentMemoryContext, .limit = 1};

	export_receiver_init(&receiver.receiver, receive_row);
	receiver.receiver.rStartup = receive_columns;
	if (!by_id_run(selection->source, by_id, id, write, &receiver.receiver))
		return false;
	*hits = receiver.hits;
	return true;
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
	append_from(&sql, selection->source);
	append_where(&sql, selection, selection->whole, PHASE_ALL, NULL);
	if (limit >= 0)
		append_limit(&sql, selection, limit);
	appendStringInfoString(&sql.text, ") AS found");
	export_receiver_init(&receiver.receiver, receive_count);
	statement_run(&sql, selection->unique || is_of_all(selection), &receiver.receiver);
	return receiver.count;
}
