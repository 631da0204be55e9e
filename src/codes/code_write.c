/*
 * code_write.c
 *		The entries of a code map on their way into the table.
 *
 * They are sorted by their source first, as the rows that are there are by
 * their index.  So each source is seen once; a terminology that is registered
 * again costs little where it is as it was; and the index grows in its own
 * order.  Rows are written many at a time, as COPY does.  Triggers of the table
 * are not run; the sessions are told once, at the end.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplesort.h"

#include "base/base.h"
#include "codes/code_read.h"
#include "codes/code_write.h"

/* Columns of what is sorted; in the table, the map's name stands before them. */
#define SOURCE			0
#define COLUMNS			4

/* So many rows are written at a time. */
#define BATCH			1000

struct CodeRows
{
	Tuplesortstate *sort;
	TupleTableSlot *slot;		/* source, code, display, system */
	MemoryContext row_context;
	int64		given;			/* rows with a source */
};

/* A batch of rows on its way into the table. */
typedef struct Batch
{
	Relation	table;
	ResultRelInfo *result;
	EState	   *estate;
	BulkInsertState bulk;
	MemoryContext context;		/* of their values */
	TupleTableSlot *slots[BATCH];
	int			n;
} Batch;

/* Rows to be sorted, in the current context. */
CodeRows *
code_rows_begin(void)
{
	CodeRows   *rows = palloc0(sizeof(CodeRows));
	TupleDesc	desc = CreateTemplateTupleDesc(COLUMNS);
	AttrNumber	key = SOURCE + 1;
	Oid			less = TextLessOperator;
	Oid			collation = C_COLLATION_OID;
	bool		nulls_first = false;

	for (int i = 0; i < COLUMNS; i++)
	{
		TupleDescInitEntry(desc, i + 1, NULL, TEXTOID, -1, 0);
		TupleDescInitEntryCollation(desc, i + 1, C_COLLATION_OID);
	}
	rows->slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	rows->sort = tuplesort_begin_heap(desc, 1, &key, &less, &collation, &nulls_first, work_mem, NULL, TUPLESORT_NONE);
	rows->row_context = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge code map row", ALLOCSET_SMALL_SIZES);
	return rows;
}

/* Adds an entry.  What has no bytes is NULL; source and code must have some. */
void
code_rows_put(CodeRows *rows, CodeSource source, CodeSource code, CodeSource display, CodeSource system)
{
	CodeSource	columns[COLUMNS] = {code_source(source.bytes, source.len), code, display, system};
	MemoryContext old = MemoryContextSwitchTo(rows->row_context);

	ExecClearTuple(rows->slot);
	for (int i = 0; i < COLUMNS; i++)
	{
		rows->slot->tts_isnull[i] = columns[i].bytes == NULL;
		if (columns[i].bytes != NULL)
			rows->slot->tts_values[i] = PointerGetDatum(cstring_to_text_with_len(columns[i].bytes, columns[i].len));
	}
	MemoryContextSwitchTo(old);
	tuplesort_puttupleslot(rows->sort, ExecStoreVirtualTuple(rows->slot));
	MemoryContextReset(rows->row_context);
	rows->given++;
}

/* How many entries there are. */
int64
code_rows_given(const CodeRows *rows)
{
	return rows->given;
}

/* Makes ready to write into the table. */
static void
open_batch(Batch *batch, Oid table)
{
	batch->table = table_open(table, RowExclusiveLock);
	batch->result = makeNode(ResultRelInfo);
	InitResultRelInfo(batch->result, batch->table, 1, NULL, 0);
	ExecOpenIndices(batch->result, false);
	batch->estate = CreateExecutorState();
	batch->bulk = GetBulkInsertState();
	batch->context = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge code map batch", ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < BATCH; i++)
		batch->slots[i] = table_slot_create(batch->table, NULL);
	batch->n = 0;
}

/* Writes the rows that are there. */
static void
write_batch(Batch *batch)
{
	if (batch->n == 0)
		return;
	table_multi_insert(batch->table, batch->slots, batch->n, GetCurrentCommandId(true), 0, batch->bulk);
	for (int i = 0; i < batch->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		base_insert_index_tuples(batch->result, batch->slots[i], batch->estate);
		ExecClearTuple(batch->slots[i]);
	}
	MemoryContextReset(batch->context);
	batch->n = 0;
}

/* Writes the last rows, and closes the table. */
static void
close_batch(Batch *batch)
{
	write_batch(batch);
	FreeBulkInsertState(batch->bulk);
	for (int i = 0; i < BATCH; i++)
		ExecDropSingleTupleTableSlot(batch->slots[i]);
	ExecCloseIndices(batch->result);
	FreeExecutorState(batch->estate);
	CacheInvalidateRelcache(batch->table);
	table_close(batch->table, NoLock);
	CommandCounterIncrement();
}

/* Adds a row: the map's name, and the columns of the sorted slot. */
static void
add_row(Batch *batch, Datum map, TupleTableSlot *from)
{
	TupleTableSlot *to;
	MemoryContext old;

	if (batch->n == BATCH)
		write_batch(batch);
	to = batch->slots[batch->n++];
	old = MemoryContextSwitchTo(batch->context);
	slot_getallattrs(from);
	memset(to->tts_isnull, true, to->tts_tupleDescriptor->natts * sizeof(bool));
	to->tts_values[0] = map;
	to->tts_isnull[0] = false;
	for (int i = 0; i < COLUMNS; i++)
	{
		to->tts_isnull[i + 1] = from->tts_isnull[i];
		if (!from->tts_isnull[i])
			to->tts_values[i + 1] = PointerGetDatum(DatumGetTextPCopy(from->tts_values[i]));
	}
	ExecStoreVirtualTuple(to);
	MemoryContextSwitchTo(old);
}

/* A column of the sorted slot. */
static CodeSource
column(TupleTableSlot *slot, int i)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, i + 1, &isnull);

	return code_bytes(value, isnull);
}

/* Has the slot the source that is kept?  Keeps it, if not. */
static bool
is_again(StringInfo last, TupleTableSlot *slot, bool first)
{
	CodeSource	source = column(slot, SOURCE);
	bool		again = !first && last->len == source.len && memcmp(last->data, source.bytes, last->len) == 0;

	if (!again)
	{
		resetStringInfo(last);
		appendBinaryStringInfo(last, source.bytes, source.len);
	}
	return again;
}

/* The order of the index: that of bytes. */
static int
compare(CodeSource a, CodeSource b)
{
	int			order = memcmp(a.bytes, b.bytes, Min(a.len, b.len));

	return order != 0 ? order : a.len - b.len;
}

static bool
is_same(CodeSource a, CodeSource b)
{
	return (a.bytes == NULL) == (b.bytes == NULL) && a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

/* Does the row say the same of its source as the sorted slot? */
static bool
says_same(const CodeRow *row, TupleTableSlot *slot)
{
	return is_same(row->code, column(slot, 1)) && is_same(row->display, column(slot, 2)) && is_same(row->system, column(slot, 3));
}

/* The next sorted row whose source was not there before; counts those that it passes. */
static bool
next_new(CodeRows *rows, StringInfo last, bool first, int64 *again)
{
	while (tuplesort_gettupleslot(rows->sort, true, false, rows->slot, NULL))
	{
		if (!is_again(last, rows->slot, first))
			return true;
		(*again)++;
	}
	return false;
}

/* Makes the rows of the map in the batch's table those that are sorted; how many sources came again. */
static int64
merge(CodeRows *rows, Batch *batch, CodeScan *there, Datum map)
{
	StringInfoData last;
	CodeRow		old;
	int64		again = 0;
	bool		has_new;
	bool		has_old;

	initStringInfo(&last);
	has_new = next_new(rows, &last, true, &again);
	has_old = code_next_entry(there, &old);
	while (has_new || has_old)
	{
		int			order = !has_old ? 1 : !has_new ? -1 : compare(old.stored, column(rows->slot, SOURCE));
		bool		same = order == 0 && says_same(&old, rows->slot);

		CHECK_FOR_INTERRUPTS();
		if (order <= 0 && !same)
			simple_table_tuple_delete(batch->table, &there->place, GetActiveSnapshot());
		if (order >= 0 && !same)
			add_row(batch, map, rows->slot);
		if (order >= 0)
			has_new = next_new(rows, &last, false, &again);
		if (order <= 0)
			has_old = code_next_entry(there, &old);
	}
	return again;
}

/*
 * Makes the sorted rows the entries of the map, and ends them.  The number of
 * those whose source had been before.
 */
int64
code_rows_write(CodeRows *rows, Oid function, const char *map)
{
	CodeTables	tables = code_find_tables(function);
	Batch	   *batch = palloc(sizeof(Batch));
	CodeScan	there;
	int64		again;

	open_batch(batch, tables.entry);
	tuplesort_performsort(rows->sort);
	code_begin_entries(&there, &tables, map, NULL);
	again = merge(rows, batch, &there, CStringGetTextDatum(map));
	code_end_entries(&there);
	close_batch(batch);
	tuplesort_end(rows->sort);
	ExecDropSingleTupleTableSlot(rows->slot);
	return again;
}
