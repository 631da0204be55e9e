/*
 * validate.c
 *		fhir_validate and fhir_is_valid: the checks as SQL functions.
 *
 * The reader with its arrays is kept from call to call in fn_extra, in the
 * function's own memory; a document that was very large gives its memory back.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "r4/validate.h"

PG_FUNCTION_INFO_V1(fhir_bridge_is_valid);
PG_FUNCTION_INFO_V1(fhir_bridge_is_valid_json);
PG_FUNCTION_INFO_V1(fhir_bridge_validate);
PG_FUNCTION_INFO_V1(fhir_bridge_validate_json);

/* Where the faults of a document go. */
typedef struct Rows
{
	Tuplestorestate *store;
	TupleDesc	descriptor;
	MemoryContext row;			/* emptied for each row */
} Rows;

/* As OperationOutcome.issue.code, in the order of R4IssueCode. */
static const char *const issue_codes[] = {
	[R4_ISSUE_STRUCTURE] = "structure",
	[R4_ISSUE_REQUIRED] = "required",
	[R4_ISSUE_VALUE] = "value",
	[R4_ISSUE_INVARIANT] = "invariant",
	[R4_ISSUE_CODE_INVALID] = "code-invalid",
	[R4_ISSUE_TOO_LONG] = "too-long"
};

/* The call site's reader. */
static R4Reader *
call_reader(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = r4_reader_create(fcinfo->flinfo->fn_mcxt);
	return fcinfo->flinfo->fn_extra;
}

/* Takes the first error and stops; warnings do not count.  arg: *bool. */
static bool
take_error(void *arg, const R4Document *document, const R4Fault *fault)
{
	bool	   *valid = arg;

	if (fault->severity == R4_ERROR)
		*valid = false;
	return *valid;
}

/* Takes a fault as a row.  arg: *Rows. */
static bool
take_row(void *arg, const R4Document *document, const R4Fault *fault)
{
	Rows	   *rows = arg;
	MemoryContext caller = MemoryContextSwitchTo(rows->row);
	StringInfoData expression;
	Datum		values[4];
	bool		nulls[4] = {false};

	CHECK_FOR_INTERRUPTS();
	initStringInfo(&expression);
	r4_append_expression(&expression, document, fault->node, fault->name);
	values[0] = CStringGetTextDatum(fault->severity == R4_ERROR ? "error" : "warning");
	values[1] = CStringGetTextDatum(issue_codes[fault->code]);
	values[2] = CStringGetTextDatum(expression.data);
	values[3] = CStringGetTextDatum(psprintf("%s: %s", fault->rule, fault->text));
	tuplestore_putvalues(rows->store, rows->descriptor, values, nulls);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(rows->row);
	return true;
}

/* Writes a document's faults as the rows of the function. */
static Datum
put_rows(FunctionCallInfo fcinfo, R4Document *document)
{
	ReturnSetInfo *result;
	Rows		rows;

	InitMaterializedSRF(fcinfo, 0);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	rows.store = result->setResult;
	rows.descriptor = result->setDesc;
	rows.row = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge fault",
									 ALLOCSET_SMALL_SIZES);
	(void) r4_check(document, take_row, &rows);
	MemoryContextDelete(rows.row);
	return (Datum) 0;
}

/* fhir_is_valid(jsonb): has the resource no error?  Stops at the first. */
Datum
fhir_bridge_is_valid(PG_FUNCTION_ARGS)
{
	Jsonb	   *resource = PG_GETARG_JSONB_P(0);
	bool		valid = true;

	(void) r4_check(r4_read_jsonb(call_reader(fcinfo), resource), take_error, &valid);
	PG_FREE_IF_COPY(resource, 0);
	PG_RETURN_BOOL(valid);
}

/* fhir_is_valid(json): the same on the text as it was written. */
Datum
fhir_bridge_is_valid_json(PG_FUNCTION_ARGS)
{
	text	   *resource = PG_GETARG_TEXT_PP(0);
	R4Document *document = r4_read_json(call_reader(fcinfo), VARDATA_ANY(resource),
										VARSIZE_ANY_EXHDR(resource));
	bool		valid = true;

	(void) r4_check(document, take_error, &valid);
	PG_FREE_IF_COPY(resource, 0);
	PG_RETURN_BOOL(valid);
}

/* fhir_validate(jsonb): a row for each fault. */
Datum
fhir_bridge_validate(PG_FUNCTION_ARGS)
{
	Jsonb	   *resource = PG_GETARG_JSONB_P(0);

	return put_rows(fcinfo, r4_read_jsonb(call_reader(fcinfo), resource));
}

/* fhir_validate(json): the same on the text as it was written. */
Datum
fhir_bridge_validate_json(PG_FUNCTION_ARGS)
{
	text	   *resource = PG_GETARG_TEXT_PP(0);

	return put_rows(fcinfo, r4_read_json(call_reader(fcinfo), VARDATA_ANY(resource),
										 VARSIZE_ANY_EXHDR(resource)));
}
