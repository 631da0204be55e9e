/*
 * refused.c
 *		An export that leaves out faulty rows and keeps what is wrong with them.
 *
 * One bad row in a million should not stop an export, nor be lost: each fault
 * of a row that the mapping refuses, or whose resource the validator does,
 * becomes a row of a table of the user's choice.  It is an ordinary table, view or foreign table, written by INSERT
 * with the caller's rights; columns that are not ours get their defaults.
 *
 * Rows are read by the export's query in batches, so that no scan is open in
 * the subtransaction that a batch is mapped in (mapping/collect.c).  What was
 * refused is written behind each batch, in the export's own transaction: it
 * is gone when that fails.  Memory: a batch holds the rows and their faults.
 *
 * Without a table the first such row is an error, which says where it is: so a
 * failed export finds out what its own query could not tell (ndjson.c).  The
 * validator is not asked then, as the export itself did not.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "mapping/catalog/rows.h"
#include "r4/validate/validate.h"
#include "export/export.h"

/* Rows of a batch. */
#define BATCH_ROWS	64

/* The columns that the table must have, as text. */
enum RefusedColumn
{
	REFUSED_MAPPING,
	REFUSED_KEY,
	REFUSED_PATH,
	REFUSED_SOURCE,
	REFUSED_RULE,
	REFUSED_SQLSTATE,
	REFUSED_DIAGNOSTICS,
	REFUSED_NCOLUMNS
};

static const char *const column_names[REFUSED_NCOLUMNS] = {
	"mapping", "key", "path", "source", "rule", "sqlstate", "diagnostics"
};

/* A row for the table. */
typedef struct RefusedRow
{
	Datum		values[REFUSED_NCOLUMNS];
	char		nulls[REFUSED_NCOLUMNS];	/* as SPI has them */
} RefusedRow;

struct ExportRefused
{
	MappingPlan *plan;			/* pinned */
	Oid			table;			/* InvalidOid: the first fault is an error */
	int64		limit;			/* of refused rows; -1: none */
	int64		count;			/* refused so far */
	List	   *keys;			/* names of the columns that tell rows apart */
	MemoryContext context;		/* of all this */
	MappingRun *run;			/* made with the first row */
	TupleDesc	desc;			/* of the rows */

	MemoryContext batch;
	HeapTuple	rows[BATCH_ROWS];
	int			nrows;
	int			next;			/* the first that has not been mapped */
	HeapTuple	row;			/* the present one */
	List	   *faults;			/* RefusedRow */
	R4Reader   *reader;			/* judges what was mapped */
	R4Places	places;
};

/* Raises that the table cannot take refused rows. */
static void
report_table(Oid table, int sqlerrcode, const char *detail)
{
	ereport(ERROR,
			(errcode(sqlerrcode),
			 errmsg("table \"%s\" cannot take refused rows", get_rel_name(table)),
			 errdetail_internal("%s", detail),
			 errhint("Make one by CREATE TABLE refused (mapping text, key text, path text, source text, "
					 "rule text, sqlstate text, diagnostics text); it may have more columns with defaults.")));
}

/* The table's name.  An error when it is gone, as it may be in the midst. */
static char *
table_name(Oid table)
{
	char	   *name = get_rel_name(table);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table for refused rows does not exist")));
	return name;
}

/* May the caller insert all of our columns?  An error if not. */
static void
check_right(Oid table)
{
	AclResult	result = pg_class_aclcheck(table, GetUserId(), ACL_INSERT);

	for (int i = 0; result != ACLCHECK_OK && i < REFUSED_NCOLUMNS; i++)
		if (pg_attribute_aclcheck(table, get_attnum(table, column_names[i]), GetUserId(), ACL_INSERT) != ACLCHECK_OK)
			aclcheck_error(result, get_relkind_objtype(get_rel_relkind(table)), get_rel_name(table));
}

/* Is the table one for refused rows, and can it be written?  An error if not. */
static void
check_table(Oid table)
{
	(void) table_name(table);
	if (!isTempNamespace(get_rel_namespace(table)))
		PreventCommandIfReadOnly("INSERT of refused rows");
	for (int i = 0; i < REFUSED_NCOLUMNS; i++)
	{
		AttrNumber	column = get_attnum(table, column_names[i]);
		Oid			type;

		if (column <= 0)
			report_table(table, ERRCODE_UNDEFINED_COLUMN,
						 psprintf("It has no column \"%s\".", column_names[i]));
		type = get_atttype(table, column);
		if (TypeCategory(type) != TYPCATEGORY_STRING)
			report_table(table, ERRCODE_DATATYPE_MISMATCH,
						 psprintf("Its column \"%s\" is of type %s, not text.", column_names[i], format_type_be(type)));
	}
	check_right(table);
}

/*
 * Begins to map a plan's rows into resources, with the faults of those that it
 * refuses into the table; InvalidOid: the first fault is raised.  More than limit
 * such rows are an error; -1 is no limit.  Everything is allocated in the current context.  Raises errors when
 * the table cannot be written, or has not our columns.
 */
ExportRefused *
export_refused_begin(MappingPlan *plan, Oid table, int64 limit)
{
	ExportRefused *refused = palloc0(sizeof(ExportRefused));

	if (OidIsValid(table))
		check_table(table);
	refused->plan = plan;
	refused->table = table;
	refused->limit = limit;
	refused->keys = rows_keys(plan);
	refused->reader = r4_reader_create(CurrentMemoryContext);
	refused->context = CurrentMemoryContext;
	refused->batch = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge refused rows", ALLOCSET_DEFAULT_SIZES);
	return refused;
}

/* Appends SELECT and FROM for the rows that export_refused_keep takes. */
void
export_refused_select(ExportSql *sql, const ExportRefused *refused)
{
	rows_select(&sql->text, refused->plan, refused->keys);
}

/* Keeps a row to be mapped; returns whether there is room for more. */
bool
export_refused_keep(ExportRefused *refused, TupleTableSlot *slot)
{
	MemoryContext old;

	if (refused->next == refused->nrows)
	{
		MemoryContextReset(refused->batch);
		refused->nrows = refused->next = 0;
		refused->faults = NIL;
	}
	old = MemoryContextSwitchTo(refused->batch);
	refused->rows[refused->nrows++] = ExecCopySlotHeapTuple(slot);
	MemoryContextSwitchTo(refused->context);
	if (refused->desc == NULL)
		refused->desc = CreateTupleDescCopy(slot->tts_tupleDescriptor);
	MemoryContextSwitchTo(old);
	return refused->nrows < BATCH_ROWS;
}

/* Sets a column of a row for the table; NULL is NULL. */
static void
set_column(RefusedRow *row, int column, const char *text)
{
	row->nulls[column] = text != NULL ? ' ' : 'n';
	if (text != NULL)
		row->values[column] = CStringGetTextDatum(text);
}

/* The columns that tell rows apart, with commas between them; NULL for none. */
static char *
key_names(const ExportRefused *refused)
{
	StringInfoData names;
	ListCell   *lc;

	if (refused->keys == NIL)
		return NULL;
	initStringInfo(&names);
	foreach(lc, refused->keys)
		appendStringInfo(&names, "%s%s", lc == list_head(refused->keys) ? "" : ",", quote_identifier(strVal(lfirst(lc))));
	return names.data;
}

/*
 * Raises a fault of the present row, with its place in the template and the
 * row's key.  The key is for the caller, who may read it; it may be a person's
 * number, so the server's log has the names of its columns alone.
 */
static void
report_row(const ExportRefused *refused, const RunFault *fault, const PlanSite *site)
{
	const char *fullname = refused->plan->fullname;
	char	   *names = key_names(refused);
	char	   *key = rows_key(refused->row, refused->desc, list_length(refused->keys));

	ereport(ERROR,
			(errcode(fault->sqlstate),
			 errmsg("mapping \"%s\": %s", fullname, fault->message),
			 names == NULL ? 0 : errdetail("In the row with (%s) = (%s).", names, key),
			 names == NULL ? 0 : errdetail_log("In a row that the client is told by its (%s).", names),
			 errhint("%s%sfhir_map_check(%s) counts what is wrong with all rows; fhir_ndjson(%s, refused => 'a_table') leaves such rows out.",
					 fault->hint != NULL ? fault->hint : "", fault->hint != NULL ? " " : "",
					 quote_literal_cstr(fullname), quote_literal_cstr(fullname)),
			 site->source == NULL ? errcontext("%s, line %d, column %d of the template", site->path, site->line, site->column) :
				 errcontext("%s, line %d, column %d of the template: %s", site->path, site->line, site->column, site->source)));
}

/* RunFaultHandler: keeps a fault that has refused the present row. */
static void
keep_fault(void *arg, const RunFault *fault)
{
	ExportRefused *refused = arg;
	const PlanSite *site = fault->site != NULL ? fault->site : &refused->plan->root.root->site;
	MemoryContext old;
	RefusedRow *row;

	if (!fault->refuses)
		return;
	if (!OidIsValid(refused->table))
		report_row(refused, fault, site);
	old = MemoryContextSwitchTo(refused->batch);
	row = palloc0(sizeof(RefusedRow));
	set_column(row, REFUSED_MAPPING, refused->plan->fullname);
	set_column(row, REFUSED_KEY, rows_key(refused->row, refused->desc, list_length(refused->keys)));
	set_column(row, REFUSED_PATH, site->path);
	set_column(row, REFUSED_SOURCE, site->source);
	set_column(row, REFUSED_RULE, run_rule_name(fault->rule));
	set_column(row, REFUSED_SQLSTATE, unpack_sql_state(fault->sqlstate));
	set_column(row, REFUSED_DIAGNOSTICS, fault->message);
	refused->faults = lappend(refused->faults, row);
	MemoryContextSwitchTo(old);
}

/* Keeps an error that the validator has found in the present row's resource. */
static void
keep_error(ExportRefused *refused, const char *path, const char *rule, const char *text)
{
	MemoryContext old = MemoryContextSwitchTo(refused->batch);
	RefusedRow *row = palloc0(sizeof(RefusedRow));

	set_column(row, REFUSED_MAPPING, refused->plan->fullname);
	set_column(row, REFUSED_KEY, rows_key(refused->row, refused->desc, list_length(refused->keys)));
	set_column(row, REFUSED_PATH, path);
	set_column(row, REFUSED_SOURCE, NULL);
	set_column(row, REFUSED_RULE, rule);
	set_column(row, REFUSED_SQLSTATE, unpack_sql_state(ERRCODE_CHECK_VIOLATION));
	set_column(row, REFUSED_DIAGNOSTICS, text);
	refused->faults = lappend(refused->faults, row);
	MemoryContextSwitchTo(old);
}

/* R4Report: keeps a fault.  arg: ExportRefused. */
static bool
keep_r4_fault(void *arg, const R4Document *document, const R4Fault *fault)
{
	ExportRefused *refused = arg;
	StringInfoData path;

	initStringInfo(&path);
	r4_append_expression(&path, &refused->places, document, fault->node, fault->name);
	keep_error(refused, path.data, fault->rule, fault->text);
	pfree(path.data);
	return true;
}

/*
 * Is a resource one that fhir_validate finds no error in, and has it an id?
 * What fhir_map_check calls an error does not leave the house, unless the
 * mapping keeps such values; that two rows make the same id, no row can tell.
 */
static bool
is_valid(ExportRefused *refused, Datum resource)
{
	text	   *json = DatumGetTextPP(resource);
	int			before = list_length(refused->faults);
	R4Document *document;

	if (!OidIsValid(refused->table))
		return true;
	document = r4_read_json(refused->reader, VARDATA_ANY(json), VARSIZE_ANY_EXHDR(json));

	refused->places.count = 0;
	if (refused->plan->on_invalid != ON_INVALID_KEEP)
		(void) r4_check(document, R4_ERROR, keep_r4_fault, refused);
	if (r4_member(document, 0, "id", 2) == 0)
		keep_error(refused, psprintf("%s.id", r4_type_name(document->nodes[0].type)), "no id",
				   "the resource has no id: nothing can refer to it");
	return list_length(refused->faults) == before;
}

/* What map_rows gives resources to. */
typedef struct RefusedTaker
{
	ExportRefused *refused;
	ExportTake	take;
	void	   *arg;
} RefusedTaker;

/* RunGuardBody: maps the rows of the batch, until no more is wanted. */
static void
map_rows(RunGuard *guard, void *arg)
{
	RefusedTaker *taker = arg;
	ExportRefused *refused = taker->refused;
	bool		more = true;

	while (more && refused->next < refused->nrows)
	{
		HeapTupleData space;
		Datum		resource;

		CHECK_FOR_INTERRUPTS();
		refused->row = refused->rows[refused->next++];
		switch (run_guard_tuple(guard, rows_tuple(refused->plan, refused->row, refused->desc, &space), &resource))
		{
			case ROW_MAPPED:
				if (is_valid(refused, resource))
					more = taker->take(taker->arg, resource);
				else
					refused->count++;
				break;
			case ROW_REFUSED:
				refused->count++;
				break;
			case ROW_LEFT_OUT:
				break;
		}
	}
}

/* Writes the faults of the batch into the table. */
static void
insert_faults(ExportRefused *refused)
{
	Oid			types[REFUSED_NCOLUMNS];
	StringInfoData sql;
	SPIPlanPtr	plan;
	ListCell   *lc;

	if (refused->faults == NIL)
		return;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s (",
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(refused->table)),
												table_name(refused->table)));
	for (int i = 0; i < REFUSED_NCOLUMNS; i++)
	{
		types[i] = TEXTOID;
		appendStringInfo(&sql, "%s%s", i > 0 ? ", " : "", column_names[i]);
	}
	appendStringInfoString(&sql, ") VALUES ($1, $2, $3, $4, $5, $6, $7)");
	plan = SPI_prepare(sql.data, REFUSED_NCOLUMNS, types);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	foreach(lc, refused->faults)
	{
		RefusedRow *row = lfirst(lc);
		int			result = SPI_execute_plan(plan, row->values, row->nulls, false, 0);

		if (result < 0)
			elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(result));
	}
	SPI_finish();
	refused->faults = NIL;
}

/* Raises that too many rows were refused, with what is wrong with the last. */
static void
report_limit(const ExportRefused *refused)
{
	const RefusedRow *last = llast(refused->faults);

	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("mapping \"%s\" refused more than " INT64_FORMAT " rows", refused->plan->fullname, refused->limit),
			 errdetail("Of the last one: %s.", TextDatumGetCString(last->values[REFUSED_DIAGNOSTICS])),
			 errhint("fhir_map_check counts what is wrong with all rows.")));
}

/*
 * Maps the rows that are kept, and hands over their resources (json, in the
 * current context) until take returns false; the next call goes on there.
 * Without any rows it does nothing.
 */
void
export_refused_map(ExportRefused *refused, ExportTake take, void *arg)
{
	RefusedTaker taker = {refused, take, arg};

	if (refused->next == refused->nrows)
		return;
	if (refused->run == NULL)
		refused->run = rows_begin_run(refused->plan, JSON_TEXT, refused->rows[0], refused->desc, refused->context);
	run_guarded(refused->run, keep_fault, refused, map_rows, &taker);
	if (refused->limit >= 0 && refused->count > refused->limit)
		report_limit(refused);
	insert_faults(refused);
}

/* Tells the user, at the end, that rows were refused. */
void
export_refused_end(const ExportRefused *refused)
{
	if (refused->count > 0)
		ereport(NOTICE,
				(errmsg_plural("mapping \"%s\" refused " INT64_FORMAT " row, see table \"%s\"",
							   "mapping \"%s\" refused " INT64_FORMAT " rows, see table \"%s\"",
							   refused->count, refused->plan->fullname, refused->count,
							   table_name(refused->table))));
}
