/*
 * trust.c
 *		The closed list of what an expression of a mapping may hold.
 *
 * A mapping is run by whoever reads its rows, with the reader's rights.  So
 * every construct must be one of which is known whose code it can run when it
 * is planned and evaluated; src/mapping/README.md says for each why it is safe.
 * A node that is not on the list is refused: a later server may bring one that
 * nobody has thought about.
 *
 * A tree is judged when it has been analysed, with the views and policies that
 * it leads to, and once more when it has been rewritten, just before it is
 * planned: what the planner gets is what was judged, whoever replaces a view or
 * a policy meanwhile.
 *
 * Analysing itself runs code: the input functions of literals.  It is done as
 * the owner of the mapped relation, see expression.c.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "mapping/expression/trust.h"

/* The error for a value of a user's type where code of the type's owner may run. */
static void
refuse_type(Oid type, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("a mapping cannot %s type %s", what, format_type_be(type)),
			 errdetail("Such a type may bring code of its owner's: casts, checks and others."),
			 errhint("Use text, a number or the domain's base type; or let a superuser own the type.")));
}

/* check_functions_in_node: judges one function. */
static bool
function_walker(Oid function, void *context)
{
	trust_function(context, function);
	return false;
}

/* Judges a call: what it is given, in one list or two, and what it gives. */
static void
trust_one_call(const TrustFrame *frame, Node *node, Oid function, List *args, List *more)
{
	TrustKind	kind = Max(trust_value(frame, node), Max(trust_values(frame, args), trust_values(frame, more)));

	trust_call(frame, function, kind, args);
}

/* Judges the call that a node is, if it is one. */
static void
trust_call_node(const TrustFrame *frame, Node *node)
{
	OpExpr	   *op = (OpExpr *) node;
	Aggref	   *aggregate = (Aggref *) node;

	switch (nodeTag(node))
	{
		case T_FuncExpr:
			trust_one_call(frame, node, ((FuncExpr *) node)->funcid, ((FuncExpr *) node)->args, NIL);
			break;
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			trust_one_call(frame, node, get_opcode(op->opno), op->args, NIL);
			break;
		case T_ScalarArrayOpExpr:
			trust_one_call(frame, node, get_opcode(((ScalarArrayOpExpr *) node)->opno),
						   ((ScalarArrayOpExpr *) node)->args, NIL);
			break;
		case T_Aggref:
			trust_one_call(frame, node, aggregate->aggfnoid, aggregate->args, aggregate->aggdirectargs);
			break;
		case T_WindowFunc:
			trust_one_call(frame, node, ((WindowFunc *) node)->winfnoid, ((WindowFunc *) node)->args, NIL);
			break;
		default:
			break;
	}
}

/* Judges a node that makes a value of a type in another way than by a function. */
static void
trust_making_node(const TrustFrame *frame, Node *node)
{
	switch (nodeTag(node))
	{
		case T_Const:
			if (!((Const *) node)->constisnull && trust_value(frame, node) == TRUST_OPEN)
				refuse_type(exprType(node), "hold a literal of");
			break;
		case T_CoerceViaIO:
			if (trust_type(frame->trust, exprType(node)) == TRUST_OPEN)
				refuse_type(exprType(node), "read text as a value of");
			break;
		case T_CoerceToDomain:
			if (trust_type(frame->trust, exprType(node)) != TRUST_PLAIN)
				refuse_type(exprType(node), "cast to");
			break;
		case T_XmlExpr:
			if (Max(trust_values(frame, ((XmlExpr *) node)->args),
					trust_values(frame, ((XmlExpr *) node)->named_args)) == TRUST_OPEN)
				ereport(ERROR,
						(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						 errmsg("a mapping cannot make XML of a user's row or domain"),
						 errhint("Cast the value to text, to a number or to the domain's base type first.")));
			break;
		default:
			break;
	}
}

/*
 * Judges the SQL/JSON constructs of later servers, which convert what they are
 * given as the json functions do.  False: it is none of them.
 */
static bool
trust_json_node(const TrustFrame *frame, Node *node)
{
	List	   *values = NIL;
	Oid			type = JSONBOID;

	if (!base_is_json_node(node, &values, &type))
		return false;
	if (trust_values(frame, values) != TRUST_PLAIN || trust_type(frame->trust, type) != TRUST_PLAIN)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("a mapping cannot make or read JSON with a value of a user's type"),
				 errhint("Cast the value to text, to a number or to the domain's base type first.")));
	return true;
}

/* Is it a node that runs no code, or whose code check_functions_in_node tells? */
static bool
is_listed(const Node *node)
{
	switch (nodeTag(node))
	{
			/* values as they are, and their parts */
		case T_Var:
		case T_Param:
		case T_Const:
		case T_RowExpr:
		case T_ArrayExpr:
		case T_FieldSelect:
		case T_SubscriptingRef:
		case T_RelabelType:
		case T_CollateExpr:
		case T_NamedArgExpr:
		case T_ConvertRowtypeExpr:
			/* decisions */
		case T_BoolExpr:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CaseTestExpr:
		case T_CoalesceExpr:
		case T_NullTest:
		case T_BooleanTest:
			/* calls: trust_call_node */
		case T_FuncExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
		case T_RowCompareExpr:
		case T_MinMaxExpr:
		case T_Aggref:
		case T_WindowFunc:
		case T_GroupingFunc:
		case T_SQLValueFunction:
			/* what makes values in another way: trust_making_node */
		case T_CoerceViaIO:
		case T_ArrayCoerceExpr:
		case T_CoerceToDomain:
		case T_XmlExpr:
			/* sub-selects */
		case T_SubLink:
		case T_Query:
		case T_TargetEntry:
		case T_RangeTblRef:
		case T_FromExpr:
		case T_JoinExpr:
		case T_RangeTblFunction:
		case T_TableFunc:
		case T_SortGroupClause:
		case T_GroupingSet:
		case T_WindowClause:
		case T_SetOperationStmt:
		case T_CommonTableExpr:
		case T_CTESearchClause:
		case T_CTECycleClause:
		case T_List:
		case T_IntList:
		case T_OidList:
			return true;
		default:
			return false;
	}
}

static bool trust_walker(Node *node, TrustFrame *frame);

/* Judges a query; frame is that of the query around it. */
static void
trust_query(const TrustFrame *frame, Query *query)
{
	TrustFrame	below = {frame->trust, query, frame, frame->policy};

	check_stack_depth();
	(void) query_tree_walker(query, trust_walker, (void *) &below, QTW_EXAMINE_RTES_BEFORE);
}

/* Judges what a relation brings with it. */
static void
trust_brought(const TrustFrame *frame, const RangeTblEntry *rte)
{
	TrustFrame	outside = {.trust = frame->trust};
	ListCell   *lc;

	foreach(lc, trust_relation(frame->trust, rte, &outside.policy))
		trust_query(&outside, lfirst(lc));
}

/* Judges what a query reads. */
static void
trust_entry(TrustFrame *frame, RangeTblEntry *rte)
{
	TrustFrame	policy = *frame;
	ListCell   *lc;

	switch (rte->rtekind)
	{
		case RTE_RELATION:
			trust_brought(frame, rte);
			break;
		case RTE_FUNCTION:
			foreach(lc, rte->functions)
				if (trust_types(frame->trust, ((RangeTblFunction *) lfirst(lc))->funccoltypes) != TRUST_PLAIN)
					ereport(ERROR,
							(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
							 errmsg("a mapping cannot have a function make columns of a user's type"),
							 errhint("Declare the columns as text, as numbers or as the domain's base type.")));
			break;
		case RTE_TABLEFUNC:
			if (trust_types(frame->trust, rte->coltypes) == TRUST_OPEN)
				ereport(ERROR,
						(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						 errmsg("a mapping cannot make columns of a user's domain or row type of a document"),
						 errhint("Declare the columns as text, as numbers or as the domain's base type.")));
			break;
		case RTE_NAMEDTUPLESTORE:
			elog(ERROR, "unexpected transition table in a mapping");
			break;
		default:
			break;
	}
	policy.policy = frame->trust->rewritten && rte->rtekind == RTE_RELATION;
	if (rte->securityQuals != NIL)
		(void) trust_walker((Node *) rte->securityQuals, &policy);
}

/* Walker over all of a tree. */
static bool
trust_walker(Node *node, TrustFrame *frame)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		trust_entry(frame, (RangeTblEntry *) node);
		return false;
	}
	if (IsA(node, Query))
	{
		trust_query(frame, (Query *) node);
		return false;
	}
	if (!trust_json_node(frame, node) && !is_listed(node))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a mapping cannot hold this construct (node %d)", (int) nodeTag(node)),
				 errdetail("It is not on the list of those whose code is known.")));
	(void) check_functions_in_node(node, function_walker, frame);
	trust_call_node(frame, node);
	trust_making_node(frame, node);
	return expression_tree_walker(node, trust_walker, (void *) frame);
}

/*
 * Judges an analysed or rewritten expression, and adds to *trust what it
 * reaches.  Raises an error for what is not on the list; functions that need
 * approval are only noted.
 */
void
trust_check(Trust *trust, Node *node)
{
	TrustFrame	frame = {.trust = trust};

	(void) trust_walker(node, &frame);
}

/* The kind of a type that raw syntax names; what is no type is left to the parser. */
static TrustKind
trust_name(Trust *trust, TypeName *name, Oid *type)
{
	HeapTuple	tuple = LookupTypeNameExtended(NULL, name, NULL, false, true);

	if (!HeapTupleIsValid(tuple))
		return TRUST_PLAIN;
	*type = typeTypeId(tuple);
	ReleaseSysCache(tuple);
	return trust_type(trust, *type);
}

/* Walker over raw syntax: refuses casts that may read a literal of an open type. */
static bool
name_walker(Node *node, Trust *trust)
{
	Oid			type = InvalidOid;

	if (node == NULL)
		return false;
	if (IsA(node, TypeCast))
	{
		TypeCast   *cast = (TypeCast *) node;
		bool		value = IsA(cast->arg, ColumnRef) || IsA(cast->arg, FuncCall) ||
			(IsA(cast->arg, A_Const) && ((A_Const *) cast->arg)->isnull);

		if (!value && trust_name(trust, cast->typeName, &type) == TRUST_OPEN)
			refuse_type(type, "cast this to");
	}
	return raw_expression_tree_walker(node, name_walker, (void *) trust);
}

/*
 * Judges the types that an expression names, before it is analysed: analysing
 * reads its literals.
 */
void
trust_check_names(Trust *trust, Node *raw)
{
	(void) name_walker(raw, trust);
}
