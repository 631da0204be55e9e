/*
 * settled_call.c
 *		One built-in function, called under the pinned settings.
 *
 * fhir_bridge_settled(function, zone, result, arguments...) is what a call
 * becomes that follows the session's settings.  It gives what the function
 * gives in a session whose settings are PostgreSQL's own defaults and whose
 * time zone is zone.  Function 0 casts by text: the argument's output function,
 * then the input function of the result's type.
 *
 * The session's variables are changed for the length of the call.  Only
 * functions of pg_catalog that expression_follows.c knows are called, with
 * arguments of their own types: everybody may call this one, too.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "mapping/expression/expression.h"

PG_FUNCTION_INFO_V1(fhir_bridge_settled);

/* What stands before the function's own arguments. */
#define OWN_ARGUMENTS	3

/* One call site. */
typedef struct SettledCall
{
	pg_tz	   *zone;
	bool		by_text;		/* a cast: output, then input */
	bool		language;		/* base_pin_language is needed as well */
	FmgrInfo	function;		/* or the output function */
	FmgrInfo	input;
	Oid			ioparam;
	int			nargs;
	FunctionCallInfo fcinfo;	/* of function */
} SettledCall;

/* Do the actual arguments and the result fit the function's declaration? */
static bool
types_fit(Form_pg_proc form, List *args, Oid result)
{
	int			nargs = list_length(args);
	Oid		   *actual = palloc(sizeof(Oid) * Max(nargs, 1));
	Oid		   *declared = palloc(sizeof(Oid) * Max(nargs, 1));

	if (nargs < form->pronargs || (nargs > form->pronargs && form->provariadic != ANYOID))
		return false;
	for (int i = 0; i < nargs; i++)
	{
		actual[i] = exprType(list_nth(args, i));
		declared[i] = i < form->pronargs ? form->proargtypes.values[i] : ANYOID;
		if (declared[i] != actual[i] && declared[i] != ANYOID && !IsPolymorphicType(declared[i]) &&
			!(declared[i] == RECORDOID && type_is_rowtype(actual[i])))
			return false;
	}
	return enforce_generic_type_consistency(actual, declared, nargs, form->prorettype, false) == result;
}

/* An error for a function that must not be called here, or not like this. */
static void
check_call(Oid function, List *args, Oid result)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	bool		good;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	good = form->pronamespace == PG_CATALOG_NAMESPACE && form->prokind == PROKIND_FUNCTION && !form->proretset &&
		form->provolatile != PROVOLATILE_VOLATILE && expression_function_follows(function) != FOLLOWS_UNKNOWN &&
		object_aclcheck(ProcedureRelationId, function, GetUserId(), ACL_EXECUTE) == ACLCHECK_OK &&
		types_fit(form, args, result);
	ReleaseSysCache(tuple);
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("this function is for calls inside of mappings")));
}

/* May the language of the server change what a format gives? */
static bool
format_needs_language(List *args)
{
	Const	   *format = list_length(args) == 2 ? lsecond(args) : NULL;

	if (format == NULL || exprType((Node *) format) != TEXTOID)
		return false;
	if (!IsA(format, Const))
		return true;
	return !format->constisnull && strpbrk(TextDatumGetCString(format->constvalue), "dDgGlLsStT") != NULL;
}

/* The zone by its name, which fhir_map has judged. */
static pg_tz *
find_zone(const char *name)
{
	pg_tz	   *zone = pg_tzset(name);

	if (zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" is not known", name)));
	return zone;
}

/* Looks up the output and the input function of a cast. */
static void
prepare_cast(SettledCall *call, FmgrInfo *flinfo, Oid from, Oid to)
{
	Oid			output;
	Oid			input;
	bool		varlena;

	getTypeOutputInfo(from, &output, &varlena);
	getTypeInputInfo(to, &input, &call->ioparam);
	fmgr_info_cxt(output, &call->function, flinfo->fn_mcxt);
	fmgr_info_cxt(input, &call->input, flinfo->fn_mcxt);
}

/* Looks up the function, and tells it of what types its arguments are. */
static void
prepare_function(SettledCall *call, FmgrInfo *flinfo, Oid function, const FuncExpr *outer, List *args)
{
	FuncExpr   *inner = makeNode(FuncExpr);

	check_call(function, args, outer->funcresulttype);
	inner->funcid = function;
	inner->funcresulttype = outer->funcresulttype;
	inner->funcvariadic = outer->funcvariadic;
	inner->funccollid = outer->funccollid;
	inner->inputcollid = outer->inputcollid;
	inner->args = args;
	fmgr_info_cxt(function, &call->function, flinfo->fn_mcxt);
	fmgr_info_set_expr((Node *) inner, &call->function);
	call->language = format_needs_language(args) || strcmp(get_func_name(function), "timezone") == 0;
}

/* What one call site needs, made at its first call. */
static SettledCall *
prepare(FunctionCallInfo fcinfo)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	FuncExpr   *outer = (FuncExpr *) flinfo->fn_expr;
	MemoryContext old = MemoryContextSwitchTo(flinfo->fn_mcxt);
	SettledCall *call = palloc0(sizeof(SettledCall));
	List	   *args;

	if (outer == NULL || !IsA(outer, FuncExpr) || PG_ARGISNULL(0) || PG_ARGISNULL(1) ||
		list_length(outer->args) != PG_NARGS())
		elog(ERROR, "fhir_bridge_settled was called in an unexpected way");
	args = list_copy_tail(outer->args, OWN_ARGUMENTS);
	call->nargs = list_length(args);
	call->zone = find_zone(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	call->by_text = !OidIsValid(PG_GETARG_OID(0));
	call->fcinfo = palloc0(SizeForFunctionCallInfo(Max(call->nargs, 1)));
	if (call->by_text)
		prepare_cast(call, flinfo, exprType(linitial(args)), outer->funcresulttype);
	else
		prepare_function(call, flinfo, PG_GETARG_OID(0), outer, args);
	call->language |= call->by_text;
	InitFunctionCallInfoData(*call->fcinfo, &call->function, call->nargs, PG_GET_COLLATION(), NULL, NULL);
	MemoryContextSwitchTo(old);
	return call;
}

/* Calls the function under the settings as they are now. */
static Datum
invoke(SettledCall *call, FunctionCallInfo fcinfo)
{
	Datum		result;

	if (call->by_text)
		return InputFunctionCall(&call->input, OutputFunctionCall(&call->function, PG_GETARG_DATUM(OWN_ARGUMENTS)),
								 call->ioparam, -1);
	for (int i = 0; i < call->nargs; i++)
		call->fcinfo->args[i] = fcinfo->args[OWN_ARGUMENTS + i];
	call->fcinfo->isnull = false;
	result = FunctionCallInvoke(call->fcinfo);
	fcinfo->isnull = call->fcinfo->isnull;
	return result;
}

/*
 * Hands an error on.  The server's advice to change DateStyle would be of no
 * use: say what is.
 */
static void
rethrow(void)
{
	ErrorData  *error;

	MemoryContextSwitchTo(CurTransactionContext);
	error = CopyErrorData();
	if (error->sqlerrcode != ERRCODE_DATETIME_FIELD_OVERFLOW)
		PG_RE_THROW();
	FlushErrorState();
	error->hint = "Dates are read as year, month, day; to_date(text, 'DD/MM/YYYY') reads others.";
	ReThrowError(error);
}

/* Has a strict function a NULL among its arguments? */
static bool
is_null(const SettledCall *call, FunctionCallInfo fcinfo)
{
	if (!call->by_text && !call->function.fn_strict)
		return false;
	for (int i = 0; i < call->nargs; i++)
		if (PG_ARGISNULL(OWN_ARGUMENTS + i))
			return true;
	return false;
}

/* Calls the function under the pinned settings. */
static Datum
invoke_settled(SettledCall *call, FunctionCallInfo fcinfo)
{
	BaseSettings saved;
	Datum		result;

	base_enter_settings(&saved, call->zone);
	PG_TRY();
	{
		result = invoke(call, fcinfo);
	}
	PG_CATCH();
	{
		base_leave_settings(&saved);
		rethrow();
	}
	PG_END_TRY();
	base_leave_settings(&saved);
	return result;
}

/*
 * fhir_bridge_settled(function oid, zone text, result anyelement,
 *					   VARIADIC arguments "any") RETURNS anyelement
 *		What the function gives under the pinned settings; see above.
 *
 * result is a NULL of the result's type.  NULL arguments are the function's
 * affair; a cast of NULL is NULL.
 */
Datum
fhir_bridge_settled(PG_FUNCTION_ARGS)
{
	SettledCall *call = fcinfo->flinfo->fn_extra;
	int			nestlevel;
	Datum		result;

	if (call == NULL)
		call = fcinfo->flinfo->fn_extra = prepare(fcinfo);
	if (is_null(call, fcinfo))
		PG_RETURN_NULL();
	nestlevel = call->language ? base_pin_language() : 0;
	result = invoke_settled(call, fcinfo);
	if (nestlevel > 0)
		AtEOXact_GUC(true, nestlevel);
	return result;
}
