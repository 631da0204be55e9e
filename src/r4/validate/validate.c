/*
 * validate.c
 *		fhir_validate and fhir_is_valid: the checks as SQL functions.
 *
 * A backend has one reader for all calls: no check runs within another.  So a
 * function of the server's SQL, which starts each statement anew, finds its
 * arrays as the last one has left them.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "r4/validate/validate.h"

PG_FUNCTION_INFO_V1(fhir_bridge_is_valid);
PG_FUNCTION_INFO_V1(fhir_bridge_is_valid_json);
PG_FUNCTION_INFO_V1(fhir_bridge_validate);
PG_FUNCTION_INFO_V1(fhir_bridge_validate_json);

/* Where the faults of a document go. */
typedef struct Rows
{
	ReturnSetInfo *result;
	MemoryContext row;			/* emptied for each row */
	R4Places	places;
} Rows;

/* As OperationOutcome.issue.code, in the order of R4IssueCode. */
static const char *const issue_codes[] = {
	[R4_ISSUE_STRUCTURE] = "structure",
	[R4_ISSUE_REQUIRED] = "required",
	[R4_ISSUE_VALUE] = "value",
	[R4_ISSUE_INVARIANT] = "invariant",
	[R4_ISSUE_CODE_INVALID] = "code-invalid",
	[R4_ISSUE_TOO_LONG] = "too-long"};

static R4Reader *the_reader = NULL; /* made with the first call */

/*
 * At the end of a transaction, memory goes back: one large Bundle must not make
 * a pooled connection large for good.  arg: nothing.
 */
static void
end_transaction(XactEvent event, void *arg)
{
	/* it raises no error, which nothing could take at this point */
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		r4_reader_shrink(the_reader);
}

/* The backend's reader.  An error may have left a document in it, which the next one replaces. */
static R4Reader *
get_reader(void)
{
	if (unlikely(the_reader == NULL))
	{
		the_reader = r4_reader_create(TopMemoryContext);
		/* behind the reader, which the callback takes for granted */
		RegisterXactCallback(end_transaction, NULL);
	}
	return the_reader;
}

/*
 * Takes the first fault and stops.  arg: *bool.  Only errors come here, since no
 * more is asked for.
 */
static bool
take_error(void *arg, const R4Document *document, const R4Fault *fault)
{
	bool	   *valid = arg;

	*valid = false;
	return false;
}

/* A string as a text in the current context. */
static Datum
text_datum(const char *string)
{
	return PointerGetDatum(cstring_to_text(string));
}

/*
 * Takes a fault as a row.  The store is made for the first one: most resources
 * have none, and a store that was never asked for is an empty set to the
 * executor.  arg: *Rows.
 */
static bool
take_row(void *arg, const R4Document *document, const R4Fault *fault)
{
	Rows	   *rows = arg;
	ReturnSetInfo *result = rows->result;
	MemoryContext caller;
	StringInfoData buffer;
	Datum		values[4];
	bool		nulls[4] = {false};

	CHECK_FOR_INTERRUPTS();
	if (result->setResult == NULL)
	{
		caller = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
		result->setResult = tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0,
												  false, work_mem);
		MemoryContextSwitchTo(caller);
	}
	/* the store copies what it is given, so that a fault's row can go at once */
	caller = MemoryContextSwitchTo(rows->row);
	values[0] = text_datum(fault->severity == R4_ERROR ? "error" : "warning");
	values[1] = text_datum(issue_codes[fault->code]);
	initStringInfo(&buffer);
	r4_append_expression(&buffer, &rows->places, document, fault->node, fault->name);
	values[2] = PointerGetDatum(cstring_to_text_with_len(buffer.data, buffer.len));
	resetStringInfo(&buffer);
	appendStringInfoString(&buffer, fault->rule);
	appendBinaryStringInfo(&buffer, ": ", 2);
	appendStringInfoString(&buffer, fault->text);
	values[3] = PointerGetDatum(cstring_to_text_with_len(buffer.data, buffer.len));
	tuplestore_putvalues(result->setResult, result->expectedDesc, values, nulls);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(rows->row);
	return true;
}

/*
 * Prepares a call's rows.  The executor knows their type and gives it with the
 * call, so nothing is looked up: that would take longer than the checks.  Places
 * are of one document, and are forgotten before the next.
 */
static void
start_rows(FunctionCallInfo fcinfo, Rows *rows)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext row = fcinfo->flinfo->fn_extra;

	if (result == NULL || !IsA(result, ReturnSetInfo))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	if (!(result->allowedModes & SFRM_Materialize) || result->expectedDesc == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("materialize mode required, but it is not allowed in this context")));
	/* made once by a call site, and gone with it */
	if (row == NULL)
		fcinfo->flinfo->fn_extra = row = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "fhir_bridge fault",
															   ALLOCSET_START_SMALL_SIZES);
	result->returnMode = SFRM_Materialize;
	rows->result = result;
	rows->row = row;
	rows->places.count = 0;
}

/* fhir_is_valid(jsonb): has the resource no error?  Stops at the first. */
Datum
fhir_bridge_is_valid(PG_FUNCTION_ARGS)
{
	Jsonb	   *resource = PG_GETARG_JSONB_P(0);
	R4Reader   *reader = get_reader();
	bool		valid = true;

	/*
	 * The quick walk first; whatever it cannot tell is found out from the start.
	 * The resource is freed last: the document points into it.
	 */
	if (!r4_check_plain(reader, resource, R4_ERROR, take_error, &valid))
		(void) r4_check(r4_read_checked(reader, resource, R4_ERROR), R4_ERROR, take_error, &valid);
	PG_FREE_IF_COPY(resource, 0);
	PG_RETURN_BOOL(valid);
}

/* fhir_is_valid(json): the same on the text as it was written. */
Datum
fhir_bridge_is_valid_json(PG_FUNCTION_ARGS)
{
	text	   *resource = PG_GETARG_TEXT_PP(0);
	R4Document *document = r4_read_json(get_reader(), VARDATA_ANY(resource),
										VARSIZE_ANY_EXHDR(resource));
	bool		valid = true;

	(void) r4_check(document, R4_ERROR, take_error, &valid);
	PG_FREE_IF_COPY(resource, 0);
	PG_RETURN_BOOL(valid);
}

/* fhir_validate(jsonb): a row for each fault. */
Datum
fhir_bridge_validate(PG_FUNCTION_ARGS)
{
	Jsonb	   *resource = PG_GETARG_JSONB_P(0);
	R4Reader   *reader = get_reader();
	Rows		rows;

	start_rows(fcinfo, &rows);
	if (!r4_check_plain(reader, resource, R4_WARNING, take_row, &rows))
		(void) r4_check(r4_read_checked(reader, resource, R4_WARNING), R4_WARNING, take_row, &rows);
	return (Datum) 0;
}

/* fhir_validate(json): the same on the text as it was written. */
Datum
fhir_bridge_validate_json(PG_FUNCTION_ARGS)
{
	text	   *resource = PG_GETARG_TEXT_PP(0);
	Rows		rows;

	start_rows(fcinfo, &rows);
	(void) r4_check(r4_read_json(get_reader(), VARDATA_ANY(resource),
								 VARSIZE_ANY_EXHDR(resource)),
					R4_WARNING, take_row, &rows);
	return (Datum) 0;
}
