/*
 * expression_settle.c
 *		An expression made independent of the session that evaluates it.
 *
 * What follows settings becomes a call of fhir_bridge_settled, which runs the
 * same function under the mapping's zone and the pinned settings (see
 * settled_call.c).  What cannot be called in that way, and what follows the role
 * or the session, is refused, and the hint says what to write instead.  The
 * rule of what follows what is in expression_follows.c.
 *
 * A keyword such as user or current_date is refused, too, where the relation
 * has a column of that name: the column is what was meant.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "mapping/expression/expression.h"

/* The way out, where there is a general one. */
#define HINT_TIME	"Say in which zone and form: at AT TIME ZONE 'Asia/Taipei', or to_char(at AT TIME ZONE 'Asia/Taipei', 'YYYY-MM-DD')."

/* Mutator state. */
typedef struct Settle
{
	ExpressionScope *scope;
	ParseState *pstate;
	const char *zone;			/* the mapping's, or NULL */
} Settle;

static Node *settle(Node *node, Settle *walk);

/* Raises the refusal of what follows the session. */
static void
refuse(Settle *walk, const Node *node, const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
			 errmsg("%s cannot hold %s", walk->scope->checking->context, what),
			 errdetail("It follows the session that reads the row: the same row must always give the same resource."),
			 errhint("%s", hint),
			 parser_errposition(walk->pstate, exprLocation(node))));
}

/* Refuses a keyword that is a column's name. */
static void
check_column(Settle *walk, const Node *node, const char *keyword)
{
	if (get_attnum(RelationGetRelid(walk->scope->relation), keyword) != InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_COLUMN),
				 errmsg("\"%s\" is a word of SQL, not the column of that name", keyword),
				 errhint("Write this.\"%s\" for the column.", keyword),
				 parser_errposition(walk->pstate, exprLocation(node))));
}

/* An error unless the mapping says in which zone local times are. */
static void
check_zone(Settle *walk, const Node *node)
{
	if (walk->zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("%s reads a local time as an instant", walk->scope->checking->context),
				 errhint("Say in which time zone it was recorded: fhir_map(..., timezone => 'Asia/Taipei')."),
				 parser_errposition(walk->pstate, exprLocation(node))));
}

/* The worst text form among the arguments of a call, or of its result. */
static ExpressionFollows
arguments_follow(List *args)
{
	ExpressionFollows follows = FOLLOWS_NOTHING;
	ListCell   *lc;

	foreach(lc, args)
	{
		Node	   *arg = lfirst(lc);

		if (IsA(arg, RowExpr) && ((RowExpr *) arg)->row_typeid == RECORDOID)
			follows = Max(follows, arguments_follow(((RowExpr *) arg)->args));
		else if (IsA(arg, TargetEntry))
			follows = Max(follows, expression_type_follows(exprType((Node *) ((TargetEntry *) arg)->expr), false));
		else
			follows = Max(follows, expression_type_follows(exprType(arg), false));
	}
	return follows;
}

/* What a call follows, its arguments considered. */
static ExpressionFollows
call_follows(Oid function, List *args, Oid result)
{
	ExpressionFollows follows = expression_function_follows(function);

	if (follows == FOLLOWS_ARGUMENTS)
		follows = arguments_follow(args);
	else if (follows == FOLLOWS_RESULT)
		follows = expression_type_follows(result, true);
	return follows;
}

/* The refusal of a function that no list has, or that is not the last word. */
static void
refuse_function(Settle *walk, const Node *node, Oid function)
{
	char	   *name = get_func_name(function);

	check_column(walk, node, name);
	refuse(walk, node, psprintf("function %s here", name),
		   "Compute it in a view, under settings that you choose; or give the function what it would take from the session as an argument, such as a text search configuration.");
}

/* Names and defaults of arguments become places: the planner would do it later. */
static void
add_defaults(FuncExpr *call)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(call->funcid));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", call->funcid);
	call->args = expand_function_arguments(call->args, false, call->funcresulttype, tuple);
	ReleaseSysCache(tuple);
}

/* The call of fhir_bridge_settled for a function; InvalidOid casts by text. */
static Node *
settled_call(Settle *walk, Node *original, Oid function, List *args, bool variadic, Oid inputcollid)
{
	ExpressionScope *scope = walk->scope;
	Oid			result = exprType(original);
	FuncExpr   *call = makeNode(FuncExpr);

	call->funcid = scope->settled;
	call->funcresulttype = result;
	call->funcvariadic = variadic;
	call->funcformat = COERCE_EXPLICIT_CALL;
	call->funccollid = exprCollation(original);
	call->inputcollid = inputcollid;
	call->location = exprLocation(original);
	call->args = list_concat(list_make3(makeConst(OIDOID, -1, InvalidOid, sizeof(Oid), ObjectIdGetDatum(function), false, true),
										makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
												  CStringGetTextDatum(walk->zone != NULL ? walk->zone : "UTC"), false, false),
										makeNullConst(result, -1, get_typcollation(result))),
							 args);
	return (Node *) call;
}

/* Is it AT TIME ZONE with a zone of the time zone database, such as Asia/Taipei? */
static bool
names_a_zone(Oid function, List *args)
{
	Const	   *zone = function == F_TIMEZONE_TEXT_TIMESTAMPTZ || function == F_TIMEZONE_TEXT_TIMESTAMP ? linitial(args) : NULL;
	char	   *name;

	if (zone == NULL)			/* by an interval, there are no abbreviations */
		return function == F_TIMEZONE_INTERVAL_TIMESTAMPTZ || function == F_TIMEZONE_INTERVAL_TIMESTAMP ||
			function == F_TIMEZONE_INTERVAL_TIMETZ;
	if (!IsA(zone, Const) || zone->constisnull)
		return false;
	name = TextDatumGetCString(zone->constvalue);
	return strchr(name, '/') != NULL || pg_strcasecmp(name, "UTC") == 0;
}

/* A call of a function or operator, whose arguments are settled already. */
static Node *
settle_call(Settle *walk, Node *node, Oid function, List *args, bool variadic, Oid inputcollid)
{
	ExpressionFollows follows = call_follows(function, args, exprType(node));

	if (follows == FOLLOWS_NOTHING || names_a_zone(function, args))
		return node;
	if (follows == FOLLOWS_UNKNOWN || expression_returns_set(node))
		refuse_function(walk, node, function);
	if (follows == FOLLOWS_ZONE)
		check_zone(walk, node);
	return settled_call(walk, node, function, args, variadic, inputcollid);
}

/* Text beside a value: "at || ''" is a cast, and then plain. */
static Node *
settle_concatenation(Settle *walk, OpExpr *node)
{
	int			value = node->opfuncid == F_TEXTANYCAT ? 1 : 0;
	CoerceViaIO *cast = makeNode(CoerceViaIO);

	cast->arg = list_nth(node->args, value);
	cast->resulttype = TEXTOID;
	cast->resultcollid = DEFAULT_COLLATION_OID;
	cast->coerceformat = COERCE_IMPLICIT_CAST;
	cast->location = node->location;
	if (expression_type_follows(exprType((Node *) cast->arg), false) == FOLLOWS_NOTHING)
		return (Node *) node;
	lfirst(list_nth_cell(node->args, value)) = settled_call(walk, (Node *) cast, InvalidOid, list_make1(cast->arg), false, InvalidOid);
	return (Node *) makeFuncExpr(F_TEXTCAT, TEXTOID, node->args, node->opcollid, node->inputcollid, COERCE_EXPLICIT_CALL);
}

/* A cast through the text form of two types. */
static Node *
settle_cast(Settle *walk, CoerceViaIO *node)
{
	ExpressionFollows out = arguments_follow(list_make1(node->arg));
	ExpressionFollows in = expression_type_follows(node->resulttype, true);

	if (Max(out, in) == FOLLOWS_UNKNOWN)
		refuse(walk, (Node *) node, psprintf("a cast from %s to %s", format_type_be(exprType((Node *) node->arg)),
											 format_type_be(node->resulttype)),
			   "Compute it in a view, under settings that you choose.");
	if (Max(out, in) == FOLLOWS_NOTHING)
		return (Node *) node;
	if (in == FOLLOWS_ZONE)
		check_zone(walk, (Node *) node);
	return settled_call(walk, (Node *) node, InvalidOid, list_make1(node->arg), false, InvalidOid);
}

/* The present time in the mapping's zone: timezone(zone, now()). */
static Node *
local_now(const Settle *walk)
{
	Node	   *zone = (Node *) makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
										  CStringGetTextDatum(walk->zone != NULL ? walk->zone : "UTC"), false, false);
	Node	   *now = (Node *) makeFuncExpr(F_NOW, TIMESTAMPTZOID, NIL, InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);

	return (Node *) makeFuncExpr(F_TIMEZONE_TEXT_TIMESTAMPTZ, TIMESTAMPOID, list_make2(zone, now),
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

/* One function of one argument, cut to a precision where there is one. */
static Node *
cut(Node *value, Oid function, Oid cutter, Oid type, int32 typmod)
{
	if (OidIsValid(function))
		value = (Node *) makeFuncExpr(function, type, list_make1(value), InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	if (typmod >= 0)
		value = (Node *) makeFuncExpr(cutter, type,
									  list_make2(value, makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum(typmod), false, true)),
									  InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	return value;
}

/* current_date and its like: the clock is the same for all, the zone is not. */
static Node *
settle_keyword(Settle *walk, SQLValueFunction *node)
{
	static const char *const keywords[] = {
		[SVFOP_CURRENT_DATE] = "current_date",
		[SVFOP_CURRENT_TIME] = "current_time",
		[SVFOP_CURRENT_TIME_N] = "current_time",
		[SVFOP_CURRENT_TIMESTAMP] = "current_timestamp",
		[SVFOP_CURRENT_TIMESTAMP_N] = "current_timestamp",
		[SVFOP_LOCALTIME] = "localtime",
		[SVFOP_LOCALTIME_N] = "localtime",
		[SVFOP_LOCALTIMESTAMP] = "localtimestamp",
		[SVFOP_LOCALTIMESTAMP_N] = "localtimestamp",
		[SVFOP_CURRENT_ROLE] = "current_role",
		[SVFOP_CURRENT_USER] = "current_user",
		[SVFOP_USER] = "user",
		[SVFOP_SESSION_USER] = "session_user",
		[SVFOP_CURRENT_CATALOG] = "current_catalog",
		[SVFOP_CURRENT_SCHEMA] = "current_schema",
	};

	check_column(walk, (Node *) node, keywords[node->op]);
	switch (node->op)
	{
		case SVFOP_CURRENT_TIMESTAMP:
		case SVFOP_CURRENT_TIMESTAMP_N:
		case SVFOP_CURRENT_CATALOG:
			return (Node *) node;
		case SVFOP_CURRENT_DATE:
			return cut(local_now(walk), F_DATE_TIMESTAMP, InvalidOid, DATEOID, -1);
		case SVFOP_LOCALTIME:
		case SVFOP_LOCALTIME_N:
			return cut(local_now(walk), F_TIME_TIMESTAMP, F_TIME_TIME_INT4, TIMEOID, node->typmod);
		case SVFOP_LOCALTIMESTAMP:
		case SVFOP_LOCALTIMESTAMP_N:
			return cut(local_now(walk), InvalidOid, F_TIMESTAMP_TIMESTAMP_INT4, TIMESTAMPOID, node->typmod);
		case SVFOP_CURRENT_TIME:
		case SVFOP_CURRENT_TIME_N:
			refuse(walk, (Node *) node, "current_time", "Write localtime, which is the mapping's zone's.");
			break;
		default:
			refuse(walk, (Node *) node, keywords[node->op],
				   "Who may see which rows is row-level security's affair; what a row becomes is the same for all.");
	}
	return NULL;
}

/* A construct whose operator or aggregate the server calls by itself. */
static void
check_inner(Settle *walk, const Node *node, Oid function, List *args, const char *hint)
{
	if (call_follows(function, args, exprType(node)) != FOLLOWS_NOTHING)
		refuse(walk, node, psprintf("function %s here", get_func_name(function)), hint);
}

/* A construct that puts values into words by itself: XML's, JSON's. */
static void
check_words(Settle *walk, const Node *node, List *args)
{
	if (arguments_follow(args) != FOLLOWS_NOTHING)
		refuse(walk, node, "a value of this type here", "Put it into words first: to_char(value, format) or value::text.");
}

/* What stands in FROM: functions that give rows, and tables made of documents. */
static void
check_columns(Settle *walk, const Node *node, List *types)
{
	ListCell   *lc;

	foreach(lc, types)
		if (expression_type_follows(lfirst_oid(lc), true) != FOLLOWS_NOTHING)
			refuse(walk, node, psprintf("a column of type %s here", format_type_be(lfirst_oid(lc))),
				   "Read it as text, and cast that.");
}

/*
 * to_char of a date is that of an instant to the parser, which would ask for a
 * zone and get the same day in any: it becomes that of a timestamp.
 */
static Node *
date_to_char(FuncExpr *call)
{
	FuncExpr   *cast = call->funcid == F_TO_CHAR_TIMESTAMPTZ_TEXT ? linitial(call->args) : NULL;
	FuncExpr   *result;

	if (cast == NULL || !IsA(cast, FuncExpr) || cast->funcid != F_TIMESTAMPTZ_DATE ||
		cast->funcformat != COERCE_IMPLICIT_CAST)
		return (Node *) call;
	result = copyObject(call);
	result->funcid = F_TO_CHAR_TIMESTAMP_TEXT;
	cast = linitial(result->args);
	cast->funcid = F_TIMESTAMP_DATE;
	cast->funcresulttype = TIMESTAMPOID;
	return (Node *) result;
}

/*
 * Is it to_timestamp of a text that names no zone, turned back into local time
 * at once?  The zone then cancels out.
 */
static bool
is_round_trip(const FuncExpr *call)
{
	FuncExpr   *inner = call->funcid == F_TIMESTAMP_TIMESTAMPTZ || call->funcid == F_DATE_TIMESTAMPTZ ||
		call->funcid == F_TIME_TIMESTAMPTZ ? linitial(call->args) : NULL;
	Const	   *format;
	char	   *words;

	if (inner == NULL || !IsA(inner, FuncExpr) || inner->funcid != F_TO_TIMESTAMP_TEXT_TEXT)
		return false;
	format = lsecond(inner->args);
	if (!IsA(format, Const) || format->constisnull)
		return false;
	words = TextDatumGetCString(format->constvalue);
	words = asc_tolower(words, strlen(words));
	return strstr(words, "tz") == NULL && strstr(words, "of") == NULL;
}

/* Such a call: the zone that has no gaps for both. */
static Node *
settle_round_trip(Settle *walk, FuncExpr *call)
{
	Settle		utc = {walk->scope, walk->pstate, "UTC"};
	FuncExpr   *inner = linitial(call->args);
	List	   *args = (List *) expression_tree_mutator((Node *) inner->args, settle, (void *) walk);

	args = list_make1(settle_call(&utc, (Node *) inner, inner->funcid, args, false, inner->inputcollid));
	return settle_call(&utc, (Node *) call, call->funcid, args, false, call->inputcollid);
}

/* Judges the function of one entry in FROM. */
static void
check_from(Settle *walk, const RangeTblFunction *from)
{
	FuncExpr   *call = (FuncExpr *) from->funcexpr;
	ExpressionFollows follows;

	if (!IsA(call, FuncExpr))
		return;
	follows = expression_function_follows(call->funcid);
	if (follows == FOLLOWS_RESULT && from->funccoltypes != NIL)
		check_columns(walk, (Node *) call, from->funccoltypes);
	else if (call_follows(call->funcid, call->args, call->funcresulttype) != FOLLOWS_NOTHING)
		refuse_function(walk, (Node *) call, call->funcid);
}

/* Frames of windows, as RANGE '1 day' PRECEDING, add to times by themselves. */
static void
check_windows(Settle *walk, const Query *query)
{
	ListCell   *lc;

	foreach(lc, query->windowClause)
	{
		WindowClause *window = lfirst(lc);
		Oid			functions[] = {window->startInRangeFunc, window->endInRangeFunc};

		for (int i = 0; i < lengthof(functions); i++)
			if (OidIsValid(functions[i]) && expression_function_follows(functions[i]) != FOLLOWS_NOTHING)
				refuse(walk, NULL, "a frame over instants", HINT_TIME);
	}
}

/* A value as JSON, by a function that can be settled. */
static Node *
as_json(Settle *walk, Node *value, bool binary)
{
	FuncExpr   *call = makeFuncExpr(binary ? F_TO_JSONB : F_TO_JSON, binary ? JSONBOID : JSONOID, list_make1(value),
									InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);

	return settled_call(walk, (Node *) call, call->funcid, call->args, false, InvalidOid);
}

/*
 * The argument of an aggregate that has to be put into words before it is
 * aggregated: the value of JSON's.  Refuses the aggregate where that is not
 * enough.
 */
static int
value_of_aggregate(Settle *walk, Node *node, Oid function, List *args)
{
	char	   *name = get_func_name(function);
	int			value = strstr(name, "_object_agg") != NULL ? 1 : 0;

	if (strncmp(name, "json", 4) != 0 || strstr(name, "_agg") == NULL || list_length(args) <= value ||
		arguments_follow(args) == FOLLOWS_UNKNOWN || (value == 1 && arguments_follow(list_make1(linitial(args))) != FOLLOWS_NOTHING))
		refuse(walk, node, psprintf("function %s here", name), "Put the values into words first: value::text.");
	return value;
}

/* An aggregate, which the server calls by itself. */
static Node *
settle_aggregate(Settle *walk, Aggref *node)
{
	int			value;
	TargetEntry *target;

	if (call_follows(node->aggfnoid, node->args, node->aggtype) == FOLLOWS_NOTHING)
		return (Node *) node;
	value = value_of_aggregate(walk, (Node *) node, node->aggfnoid, node->args);
	target = list_nth(node->args, value);
	if (target->ressortgroupref != 0)
		refuse(walk, (Node *) node, "an aggregate that sorts what it makes JSON of", "Sort by the value's text: ORDER BY value::text.");
	target->expr = (Expr *) as_json(walk, (Node *) target->expr, node->aggtype == JSONBOID);
	lfirst_oid(list_nth_cell(node->aggargtypes, value)) = node->aggtype;
	return (Node *) node;
}

/* The same over a window. */
static Node *
settle_window(Settle *walk, WindowFunc *node)
{
	int			value;

	if (call_follows(node->winfnoid, node->args, node->wintype) == FOLLOWS_NOTHING)
		return (Node *) node;
	value = value_of_aggregate(walk, (Node *) node, node->winfnoid, node->args);
	lfirst(list_nth_cell(node->args, value)) = as_json(walk, list_nth(node->args, value), node->wintype == JSONBOID);
	return (Node *) node;
}

/* Judges what can only be accepted or refused. */
static void
check_node(Settle *walk, Node *node)
{
	const char *same_type = "Cast both sides to one type.";

	if (base_json_follows_zone(node))
		refuse(walk, node, "a JSON path over times here",
			   "Call jsonb_path_query_first_tz or another function of its kind, which compares in the mapping's zone.");
	switch (nodeTag(node))
	{
		case T_DistinctExpr:
		case T_NullIfExpr:
			check_inner(walk, node, ((OpExpr *) node)->opfuncid, ((OpExpr *) node)->args, same_type);
			break;
		case T_ScalarArrayOpExpr:
			check_inner(walk, node, ((ScalarArrayOpExpr *) node)->opfuncid, NIL, same_type);
			break;
		case T_RowCompareExpr:
			{
				ListCell   *lc;

				foreach(lc, ((RowCompareExpr *) node)->opnos)
					check_inner(walk, node, get_opcode(lfirst_oid(lc)), NIL, same_type);
				break;
			}
		case T_XmlExpr:
			check_words(walk, node, ((XmlExpr *) node)->named_args);
			check_words(walk, node, ((XmlExpr *) node)->args);
			break;
		case T_TableFunc:
			check_columns(walk, node, ((TableFunc *) node)->coltypes);
			break;
		case T_RangeTblFunction:
			check_from(walk, (RangeTblFunction *) node);
			break;
		default:
			check_words(walk, node, base_json_arguments(node));
			if (OidIsValid(base_json_result(node)))
				check_columns(walk, node, list_make1_oid(base_json_result(node)));
	}
}

/* The functions of FROM stay calls; their arguments are settled. */
static Node *
settle_from(Settle *walk, RangeTblFunction *from)
{
	RangeTblFunction *result = makeNode(RangeTblFunction);

	*result = *from;
	if (IsA(from->funcexpr, FuncExpr))
	{
		FuncExpr   *call = makeNode(FuncExpr);

		*call = *(FuncExpr *) from->funcexpr;
		call->args = (List *) expression_tree_mutator((Node *) call->args, settle, (void *) walk);
		result->funcexpr = (Node *) call;
	}
	else
		result->funcexpr = settle(from->funcexpr, walk);
	return (Node *) result;
}

/* Mutator: replaces or refuses what follows the session. */
static Node *
settle(Node *node, Settle *walk)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
	{
		check_windows(walk, (Query *) node);
		return (Node *) query_tree_mutator((Query *) node, settle, (void *) walk, 0);
	}
	if (IsA(node, SQLValueFunction))
		return settle_keyword(walk, (SQLValueFunction *) node);
	check_node(walk, node);
	if (IsA(node, RangeTblFunction))
		return settle_from(walk, (RangeTblFunction *) node);
	if (IsA(node, FuncExpr) && is_round_trip((FuncExpr *) node))
		return settle_round_trip(walk, (FuncExpr *) node);
	if (IsA(node, FuncExpr))
		node = date_to_char((FuncExpr *) node);
	node = expression_tree_mutator(node, settle, (void *) walk);
	if (IsA(node, Aggref))
		return settle_aggregate(walk, (Aggref *) node);
	if (IsA(node, WindowFunc))
		return settle_window(walk, (WindowFunc *) node);
	if (IsA(node, CoerceViaIO))
		return settle_cast(walk, (CoerceViaIO *) node);
	if (IsA(node, FuncExpr))
	{
		FuncExpr   *call = (FuncExpr *) node;

		if (expression_function_follows(call->funcid) > FOLLOWS_RESULT)
			add_defaults(call);
		return settle_call(walk, node, call->funcid, call->args, call->funcvariadic, call->inputcollid);
	}
	if (IsA(node, OpExpr))
	{
		OpExpr	   *call = (OpExpr *) node;

		if (call->opfuncid == F_TEXTANYCAT || call->opfuncid == F_ANYTEXTCAT)
			return settle_concatenation(walk, call);
		return settle_call(walk, node, call->opfuncid, call->args, false, call->inputcollid);
	}
	return node;
}

/*
 * Returns an analysed expression that gives the same in every session.  Raises
 * an error for the first thing that cannot.
 */
Node *
expression_settle(ExpressionScope *scope, ParseState *pstate, Node *node)
{
	Settle		walk = {scope, pstate, scope->timezone};

	return settle(node, &walk);
}
