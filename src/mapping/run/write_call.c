/*
 * write_call.c
 *		The private functions that write a scope from its arguments.
 *
 * fhir_bridge_write_jsonb and fhir_bridge_write_json take a program and the
 * values of its scope.  The call site keeps a run of the program's plan, in
 * whose slot the arguments stand as a row's columns do elsewhere: from there
 * on deciding and writing are the same.
 *
 * fhir_bridge_elements gives what a "$each" over an array repeats over.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rls.h"

#include "mapping/run/id_rights.h"
#include "mapping/expression/marker.h"
#include "mapping/plan/program.h"
#include "mapping/run/run.h"

PG_FUNCTION_INFO_V1(fhir_bridge_write_jsonb);
PG_FUNCTION_INFO_V1(fhir_bridge_write_json);
PG_FUNCTION_INFO_V1(fhir_bridge_elements);
PG_FUNCTION_INFO_V1(fhir_bridge_jsonb_elements);

/*
 * Refuses to run under "row_security = off" a plan that was made with a policy
 * in it.  The server asks for that when it rewrites a query, and plans one that
 * is kept anew for another role, but not for another value of the setting.
 */
static void
check_row_security(const MappingPlan *plan)
{
	if (OidIsValid(plan->policed) && !row_security)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("query would be affected by row-level security policy for table \"%s\"",
						get_rel_name(plan->policed))));
}

/*
 * The run of a call site, made at its first call.  The seal is looked at before
 * anything of the program is believed: a caller could write its bytes himself.
 * The pin ends with the memory of the call site, after an error as well.
 */
static MappingRun *
make_run(FunctionCallInfo fcinfo, JsonForm form)
{
	MemoryContext context = fcinfo->flinfo->fn_mcxt;
	MappingPlan *plan;
	MappingRun *run;

	marker_check(fcinfo->flinfo->fn_oid, PG_GETARG_DATUM(0), PROGRAM_KIND);
	plan = program_plan(PG_GETARG_DATUM(0));
	mapping_plan_pin(plan, context);
	check_row_security(plan);
	/* a variadic call has at least one */
	if (Max(plan->narguments, 1) != PG_NARGS() - 1)
		elog(ERROR, "mapping \"%s\" has %d values, not %d", plan->fullname,
			 plan->narguments, PG_NARGS() - 1);
	mapping_check_id_rights(fcinfo->flinfo->fn_oid, plan, plan->read);
	run = run_begin_arguments(plan, form, context);
	run->role = GetUserId();
	/* last: after an error above, the next call finds no run and starts anew */
	fcinfo->flinfo->fn_extra = run;
	return run;
}

/*
 * Faults of a part go to who collects those of its row, if somebody does.  Asked
 * at each call, as the run may outlive the guard.  What a part's fault refuses is
 * the row around, which keep_part_fault sees to.
 */
static inline void
set_fault_handler(MappingRun *run)
{
	run->on_fault = run->plan->part ? run_part_fault : NULL;
	if (likely(run->on_fault == NULL))
		return;
	run->fault_arg = run_part_fault_arg;
	run->refused = false;
	run->doubtful = false;
}

/* Both functions; they differ in the form of the result. */
static Datum
write_scope(FunctionCallInfo fcinfo, JsonForm form)
{
	MappingRun *run = fcinfo->flinfo->fn_extra;
	Datum		result;
	int			n = PG_NARGS() - 1;

	if (unlikely(run == NULL))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		run = make_run(fcinfo, form);
	}
	/* the state of an expression may be kept for another role */
	if (run->plan->uses_id && unlikely(run->role != GetUserId()))
	{
		mapping_check_id_rights(fcinfo->flinfo->fn_oid, run->plan, run->plan->read);
		run->role = GetUserId();
	}
	/* split into two arrays: one search for a NULL goes over all of a row at once */
	for (int i = 0; i < n; i++)
	{
		run->slot->tts_values[i] = fcinfo->args[i + 1].value;
		run->slot->tts_isnull[i] = fcinfo->args[i + 1].isnull;
	}
	set_fault_handler(run);
	if (!run_arguments(run, &result))
		PG_RETURN_NULL();
	return result;
}

/*
 * fhir_bridge_write_jsonb(fhir_bridge_program, VARIADIC "any") RETURNS jsonb
 *		Writes the program's scope; NULL when nothing of it is written.
 */
Datum
fhir_bridge_write_jsonb(PG_FUNCTION_ARGS)
{
	return write_scope(fcinfo, JSON_BINARY);
}

/*
 * fhir_bridge_write_json(fhir_bridge_program, VARIADIC "any") RETURNS json
 *		The same as text.
 */
Datum
fhir_bridge_write_json(PG_FUNCTION_ARGS)
{
	return write_scope(fcinfo, JSON_TEXT);
}

/* What an elements function has still to give. */
typedef struct Elements
{
	Datum	   *members;
	int			n;
	int			next;
} Elements;

/*
 * Starts a set; the members are allocated in the memory of all its calls.  The
 * array is copied there, since members point into it: what detoasting makes
 * elsewhere goes after the first call.
 */
static Elements *
elements_begin(FunctionCallInfo fcinfo, bool json)
{
	FuncCallContext *call = SRF_FIRSTCALL_INIT();
	MemoryContext old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
	Elements   *elements = palloc0(sizeof(Elements));

	marker_check(fcinfo->flinfo->fn_oid, PG_GETARG_DATUM(0), MARKER_KIND);
	if (json)
	{
		const char *path;
		const char *name = marker_read(PG_GETARG_DATUM(0), &path);

		elements->n = run_jsonb_elements(PG_GETARG_JSONB_P_COPY(1), name, path, &elements->members);
	}
	else
	{
		ArrayType  *array = PG_GETARG_ARRAYTYPE_P_COPY(1);
		Encoder		element = {0};

		get_typlenbyvalalign(ARR_ELEMTYPE(array), &element.typlen, &element.typbyval, &element.typalign);
		elements->n = run_array_elements(PointerGetDatum(array), &element, &elements->members);
	}
	call->user_fctx = elements;
	MemoryContextSwitchTo(old);
	return elements;
}

/* The next element, or the end of the set. */
static Datum
elements_next(FunctionCallInfo fcinfo, bool json)
{
	FuncCallContext *call;
	Elements   *elements;

	if (SRF_IS_FIRSTCALL())
		(void) elements_begin(fcinfo, json);
	call = SRF_PERCALL_SETUP();
	elements = call->user_fctx;
	if (elements->next < elements->n)
		SRF_RETURN_NEXT(call, elements->members[elements->next++]);
	SRF_RETURN_DONE(call);
}

/*
 * fhir_bridge_elements(fhir_bridge_program, anyarray) RETURNS SETOF anyelement
 *		The elements of an array in their order, without NULL ones.
 */
Datum
fhir_bridge_elements(PG_FUNCTION_ARGS)
{
	return elements_next(fcinfo, false);
}

/*
 * fhir_bridge_elements(fhir_bridge_program, jsonb) RETURNS SETOF jsonb
 *		The elements of a jsonb array, without null ones; null has none.  Any
 *		other value is an error.
 */
Datum
fhir_bridge_jsonb_elements(PG_FUNCTION_ARGS)
{
	return elements_next(fcinfo, true);
}
