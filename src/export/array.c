/*
 * array.c
 *		get_data_fhir: every row of a mapped relation as one JSON array.
 *
 * Resources go into one buffer as the rows are read, so that time and memory
 * grow with the result alone.  The buffer becomes the result: it is not copied.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/resowner.h"

#include "base/base.h"
#include "export/export.h"
#include "mapping/run/run.h"

PG_FUNCTION_INFO_V1(fhir_bridge_get_data);

/* Receives resources, and appends them to the array. */
typedef struct ArrayReceiver
{
	DestReceiver receiver;
	JsonBuffer	buffer;			/* varlena header, '[', members with commas */
	int64		count;			/* of members */
	const char *mapping;
} ArrayReceiver;

/* Appends a row's resource, if it has one. */
static bool
receive_resource(TupleTableSlot *slot, DestReceiver *self)
{
	ArrayReceiver *receiver = (ArrayReceiver *) self;
	JsonBuffer *buffer = &receiver->buffer;
	bool		isnull;
	struct varlena *resource;
	Size		len;

	resource = (struct varlena *) DatumGetPointer(slot_getattr(slot, 1, &isnull));
	if (isnull)
		return true;
	resource = pg_detoast_datum_packed(resource);
	len = VARSIZE_ANY_EXHDR(resource);
	if (len + 1 > buffer->limit - buffer->len)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("resources of mapping \"%s\" do not fit one json value", receiver->mapping),
				 errdetail("A value ends at 1 GB, which was reached after " INT64_FORMAT " resources.",
						   receiver->count),
				 errhint("fhir_ndjson gives a line for each resource, and has no such limit.")));
	json_append(buffer, VARDATA_ANY(resource), len);
	json_append_char(buffer, ',');
	receiver->count++;
	return true;
}

/* A query at work, and who holds what it has. */
typedef struct Work
{
	ExportRun  *run;
	ResourceOwner owner;
} Work;

/* BaseWork: runs the query. */
static void
run_query(void *arg)
{
	Work	   *work = arg;
	ResourceOwner subtransaction = CurrentResourceOwner;

	CurrentResourceOwner = work->owner;
	export_run_rows(work->run, true);
	CurrentResourceOwner = subtransaction;
}

/*
 * Runs the query to its end.  An error of a row's values is raised as
 * fhir_ndjson does, which knows the row.
 */
static void
run_all(Oid function, const MappingPlan *plan, ExportRun *run)
{
	Work		work = {run, CurrentResourceOwner};
	ErrorData  *error = base_try(run_query, &work);

	if (error == NULL)
		return;
	if (run_error_is_of_row(error->sqlerrcode) && error->sqlerrcode != ERRCODE_PROGRAM_LIMIT_EXCEEDED)
	{
		char	   *name = quote_literal_cstr(plan->fullname);

		if (SPI_connect() != SPI_OK_CONNECT)
			elog(ERROR, "SPI_connect failed");
		(void) SPI_execute(psprintf("SELECT pg_catalog.count(*) FROM (SELECT %s(%s)) s", base_extension_name(function, "fhir_ndjson"), name), true, 0);
		SPI_finish();
	}
	ReThrowError(error);
}

/*
 * get_data_fhir(mapping text) RETURNS json
 *		The resources of all rows of the mapped relation, in no order; [] when
 *		there are none.  Rows that the mapping's $if leaves out have none.
 *
 * Reads with the rights and the snapshot of the caller's query.  Raises what
 * fhir_json_from_row raises about a row, and program_limit_exceeded when the
 * array would be larger than a value can be.
 */
Datum
fhir_bridge_get_data(PG_FUNCTION_ARGS)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	MappingPlan *plan = export_source_open(function, text_to_cstring(PG_GETARG_TEXT_PP(0)), CurrentMemoryContext);
	ArrayReceiver receiver = {.mapping = plan->fullname};
	ExportSql	sql;
	ExportRun	run;

	export_receiver_init(&receiver.receiver, receive_resource);
	json_buffer_init(&receiver.buffer, CurrentMemoryContext);
	json_append(&receiver.buffer, "\0\0\0\0[", VARHDRSZ + 1);
	export_sql_init(&sql, function);
	appendStringInfoString(&sql.text, "SELECT ");
	export_source_resources(&sql, plan);
	export_source_from(&sql, plan);
	export_run_begin(&run, &sql, &receiver.receiver, true);
	run_all(function, plan, &run);
	export_run_end(&run);
	json_close(&receiver.buffer, ']');
	SET_VARSIZE(receiver.buffer.data, receiver.buffer.len);
	PG_RETURN_POINTER(receiver.buffer.data);
}
