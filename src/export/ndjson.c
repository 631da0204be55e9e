/*
 * ndjson.c
 *		fhir_ndjson: the resources of a mapped relation as lines.
 *
 * The function gives one value per call and keeps the rows' query open
 * between its calls, so that it needs the same memory for ten rows and for ten
 * million, as long as it stands in a select list: COPY (SELECT fhir_ndjson(...)).
 * In FROM the server itself puts all rows of any function into a file first.
 *
 * Lines are taken from the query in batches, small enough not to matter and
 * large enough that starting and stopping the executor does not.  Where faulty
 * rows go into a table, the query gives rows instead, and refused.c makes the
 * lines.
 *
 * The planner has taken the mapping into the query, so an error that a row's
 * value raises in it knows neither mapping nor row.  A batch is therefore read
 * in a subtransaction; after such an error the rows are read again in the other
 * way, which finds the first that is wrong and raises what and where it is.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

#include "base/base.h"
#include "export/export.h"
#include "mapping/run/run.h"

PG_FUNCTION_INFO_V1(fhir_bridge_ndjson);

/* A batch ends at so many lines, or so many bytes. */
#define BATCH_LINES		64
#define BATCH_BYTES		65536

/* The largest chunk that may be asked for: with a line more, a value still holds it. */
#define MOST_CHUNK_BYTES	(256 * 1024 * 1024)

/* An export between two calls. */
typedef struct Export
{
	DestReceiver receiver;
	ExportSql	queries[2];		/* one after the other */
	int			nqueries;
	int			next;			/* query that is started next */
	ExportRun	run;
	MemoryContext context;		/* of the running query */
	ResourceOwner owner;		/* likewise: it outlives a batch's subtransaction */
	MappingPlan *plan;			/* pinned */
	ExportRefused *refused;		/* NULL: a faulty row is an error */

	MemoryContext batch;		/* of the lines */
	Datum		lines[BATCH_LINES];
	int			nlines;
	int			line;			/* the next to be given */
	Size		bytes;
	bool		full;			/* the receiver has stopped the query */

	int			chunk_bytes;	/* that a value has at least but for the last; 0: a
								 * line each */
	JsonBuffer	chunk;			/* varlena header, lines each with a line feed */
} Export;

/* Is there enough for the next value?  A chunk takes one line more than it is long. */
static bool
is_filled(const Export *export)
{
	return export->chunk_bytes > 0 ? export->chunk.len - VARHDRSZ > export->chunk_bytes : export->nlines > 0;
}

/*
 * Adds a line, which is in the batch's memory unless it goes into a chunk;
 * returns whether there is room for more.
 */
static bool
add_line(void *arg, Datum line)
{
	Export	   *export = arg;

	if (export->chunk_bytes > 0)
	{
		text	   *bytes = DatumGetTextPP(line);

		json_append(&export->chunk, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
		json_append_char(&export->chunk, '\n');
		export->nlines++;
		return !is_filled(export);
	}
	export->lines[export->nlines++] = line;
	export->bytes += datumGetSize(line, false, -1);
	return export->nlines < BATCH_LINES && export->bytes < BATCH_BYTES;
}

/* Takes a row's line, if it has one. */
static bool
receive_line(TupleTableSlot *slot, DestReceiver *self)
{
	Export	   *export = (Export *) self;
	MemoryContext old;
	bool		isnull;
	Datum		line = slot_getattr(slot, 1, &isnull);

	if (isnull)
		return true;
	if (export->chunk_bytes == 0)
	{
		old = MemoryContextSwitchTo(export->batch);
		line = datumCopy(line, false, -1);
		MemoryContextSwitchTo(old);
	}
	export->full = !add_line(export, line);
	return !export->full;
}

/* Takes a row that may be refused. */
static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	Export	   *export = (Export *) self;

	export->full = !export_refused_keep(export->refused, slot);
	return !export->full;
}

/* Makes lines of the rows that were received. */
static void
map_rows(Export *export)
{
	MemoryContext old = MemoryContextSwitchTo(export->batch);

	export_refused_map(export->refused, add_line, export);
	MemoryContextSwitchTo(old);
}

/* The SELECT of the lines up to its WHERE, which is not left empty. */
static ExportSql *
add_query(Export *export, FunctionCallInfo fcinfo, const MappingPlan *plan)
{
	ExportSql  *sql = &export->queries[export->nqueries++];

	export_sql_init(sql, fcinfo->flinfo->fn_oid);
	if (export->refused != NULL)
		export_refused_select(sql, export->refused);
	else
	{
		appendStringInfoString(&sql->text, "SELECT ");
		export_source_resources(sql, plan);
		export_source_from(sql, plan);
	}
	appendStringInfoString(&sql->text, " WHERE ");
	if (PG_ARGISNULL(1))
		appendStringInfoString(&sql->text, "true");
	else
		export_since(sql, plan, PG_GETARG_TIMESTAMPTZ(1));
	return sql;
}

/* Writes the queries, with what takes their rows. */
static void
add_queries(Export *export, FunctionCallInfo fcinfo)
{
	ExportOrder order;

	export->nqueries = export->next = 0;
	export_receiver_init(&export->receiver, export->refused != NULL ? receive_row : receive_line);
	if (PG_ARGISNULL(2))
	{
		(void) add_query(export, fcinfo, export->plan);
		return;
	}
	export_order_init(&order, fcinfo->flinfo->fn_oid, export->plan, text_to_cstring(PG_GETARG_TEXT_PP(2)));
	if (!export_order_keyed(add_query(export, fcinfo, export->plan), &order))
		export->nqueries--;
	if (!export_order_rest(add_query(export, fcinfo, export->plan), &order))
		export->nqueries--;
}

static bool fill_batch(Export *export, FunctionCallInfo fcinfo);

/*
 * Raises an error of the query: one of a row's values with the row's key and
 * the place in the mapping, which are looked for once more from the start.
 */
static void
report_error(Export *export, FunctionCallInfo fcinfo, ErrorData *error)
{
	MemoryContext old;

	if (!run_error_is_of_row(error->sqlerrcode))
		ReThrowError(error);
	old = MemoryContextSwitchTo(export->context);
	export->run.query = NULL;	/* it goes with the transaction */
	export->refused = export_refused_begin(export->plan, InvalidOid, -1);
	add_queries(export, fcinfo);
	MemoryContextSwitchTo(old);
	while (fill_batch(export, fcinfo))
		CHECK_FOR_INTERRUPTS();
	ReThrowError(error);		/* no row by itself: an order, or another session's doing */
}

/* BaseWork: runs the query for a batch, with what it holds in the hands of the export. */
static void
run_batch(void *arg)
{
	Export	   *export = arg;
	ResourceOwner subtransaction = CurrentResourceOwner;

	CurrentResourceOwner = export->owner;
	export_run_rows(&export->run, false);
	CurrentResourceOwner = subtransaction;
}

/* Gives the running query's next rows to the receiver. */
static void
run_query(Export *export, FunctionCallInfo fcinfo)
{
	ErrorData  *error;

	if (export->refused != NULL)
	{
		export_run_rows(&export->run, false);
		return;
	}
	export->owner = CurrentResourceOwner;
	error = base_try(run_batch, export);
	if (error != NULL)
		report_error(export, fcinfo, error);
}

/* Starts a query.  That of all lines has a plan that is kept: of a small table, making it would take longest. */
static void
begin_query(Export *export, FunctionCallInfo fcinfo, const ExportSql *sql)
{
	KeptStatement statement;

	if (export->refused != NULL || !PG_ARGISNULL(1) || !PG_ARGISNULL(2))
	{
		export_run_begin(&export->run, sql, &export->receiver, false);
		return;
	}
	statement_take(sql, true, &statement);
	statement_begin(&export->run, &statement, NIL, &export->receiver);
}

/*
 * The next lines, or the next chunk, from the next query when one has ended.
 * False: no more.
 */
static bool
fill_batch(Export *export, FunctionCallInfo fcinfo)
{
	MemoryContextReset(export->batch);
	export->nlines = export->line = 0;
	export->bytes = 0;
	json_buffer_reset(&export->chunk);
	json_append(&export->chunk, "\0\0\0\0", VARHDRSZ);
	for (;;)
	{
		if (export->refused != NULL)
			map_rows(export);
		if (is_filled(export))
			return true;
		if (export->run.query == NULL)
		{
			MemoryContext old;

			if (export->next == export->nqueries)
				return export->nlines > 0;
			old = MemoryContextSwitchTo(export->context);
			begin_query(export, fcinfo, &export->queries[export->next++]);
			MemoryContextSwitchTo(old);
		}
		export->full = false;
		run_query(export, fcinfo);
		if (!export->full)
			export_run_end(&export->run);
	}
}

/*
 * The next line, or the next lines with line feeds between them, which are good
 * until the next call.  False: no more.
 */
static bool
next_value(Export *export, FunctionCallInfo fcinfo, Datum *value)
{
	bool		whole = export->chunk_bytes > 0;

	if ((whole || export->line == export->nlines) && !fill_batch(export, fcinfo))
		return false;
	if (whole)
		SET_VARSIZE(export->chunk.data, export->chunk.len - 1);
	*value = whole ? PointerGetDatum(export->chunk.data) : export->lines[export->line++];
	return true;
}

/* Called when the caller's query ends before the export has. */
static void
stop_export(Datum arg)
{
	export_run_end(&((Export *) DatumGetPointer(arg))->run);
}

/* What becomes of refused rows, by the last two arguments; NULL: an error. */
static ExportRefused *
begin_refused(FunctionCallInfo fcinfo, MappingPlan *plan)
{
	int64		limit = PG_ARGISNULL(4) ? -1 : PG_GETARG_INT64(4);

	if (!PG_ARGISNULL(4) && limit < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("reject_limit must not be negative"),
				 errhint("Give a number of rows, or NULL for no limit.")));
	if (PG_ARGISNULL(3) && limit >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("reject_limit needs a table for refused rows"),
				 errhint("Give it as refused => 'table'.")));
	return PG_ARGISNULL(3) ? NULL : export_refused_begin(plan, PG_GETARG_OID(3), limit);
}

/* How large chunks are to be, by the last argument; 0: a line each. */
static int
chunk_size(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(5))
		return 0;
	if (PG_GETARG_INT32(5) < 1 || PG_GETARG_INT32(5) > MOST_CHUNK_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("chunk_bytes must be between 1 and %d", MOST_CHUNK_BYTES),
				 errhint("65536 is enough to spare the cost of single values; NULL gives a value for each line.")));
	return PG_GETARG_INT32(5);
}

/* Makes the export in the current context, with its queries written. */
static Export *
begin_export(FunctionCallInfo fcinfo)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	Export	   *export = palloc0(sizeof(Export));
	MappingPlan *plan;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("mapping must not be null")));
	export->context = CurrentMemoryContext;
	export->chunk_bytes = chunk_size(fcinfo);
	json_buffer_init(&export->chunk, CurrentMemoryContext);
	export->batch = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge lines", ALLOCSET_DEFAULT_SIZES);
	plan = export_source_open(function, text_to_cstring(PG_GETARG_TEXT_PP(0)), CurrentMemoryContext);
	export->refused = begin_refused(fcinfo, plan);
	export->plan = plan;
	add_queries(export, fcinfo);
	return export;
}

/*
 * fhir_ndjson(mapping text, since timestamptz, after text, refused regclass,
 *			reject_limit bigint, chunk_bytes int) RETURNS SETOF text
 *		The resources of the mapped relation, one line each, without the line
 *		feed.  Rows that the mapping's $if leaves out have no line.
 *
 * since takes the rows whose meta.lastUpdated is that time or later.  after
 * orders the lines by what their ids are made of, and begins behind the line
 * with that id; '' begins at the first.  refused takes what is wrong with rows
 * that the mapping refuses, which have no line either; more than reject_limit
 * such rows are an error.  chunk_bytes joins lines by line feeds to values of
 * at least so many bytes, which a client that writes values as they are gets
 * through faster.
 *
 * Reads with the rights and the snapshot of the caller's query.  Without
 * refused it raises what fhir_json_from_row raises about a row, with it what
 * the conditions of since and after raise; it names no id.
 */
Datum
fhir_bridge_ndjson(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	Export	   *export;
	Datum		value;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old;

		call = SRF_FIRSTCALL_INIT();
		old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
		call->user_fctx = begin_export(fcinfo);
		MemoryContextSwitchTo(old);
		/* registered after the server's own, hence called before it */
		RegisterExprContextCallback(((ReturnSetInfo *) fcinfo->resultinfo)->econtext,
									stop_export, PointerGetDatum(call->user_fctx));
	}
	call = SRF_PERCALL_SETUP();
	export = call->user_fctx;
	if (!next_value(export, fcinfo, &value))
	{
		UnregisterExprContextCallback(((ReturnSetInfo *) fcinfo->resultinfo)->econtext,
									  stop_export, PointerGetDatum(export));
		if (export->refused != NULL)
			export_refused_end(export->refused);
		SRF_RETURN_DONE(call);
	}
	SRF_RETURN_NEXT(call, value);
}
