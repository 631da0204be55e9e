/*
 * trust_type.c
 *		Types of values, and whose code comes with them.
 *
 * Base types and operator classes are made by superusers alone, so reading,
 * writing out and comparing a value runs only what superusers have made.  What
 * anybody can tie to a type of his own is: a CHECK of a domain, run by the
 * input of all that contains it; the canonical and difference functions of a
 * range type, run by its operators and by the planner; and casts, which the
 * json functions and SQL functions over any type look up while they run.
 *
 * The owner of a type may change it while a query runs.  So a type is judged
 * by who owns it and its parts, not by what it is now.  The row type of a table
 * that the query reads cannot change meanwhile: the table is locked.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "mapping/expression/trust.h"

/* Is the code of a role everybody's to run?  A superuser can do as he likes anyway. */
bool
trust_role(Oid role)
{
	return superuser_arg(role);
}

/* The worse of two. */
static TrustKind
worse(TrustKind a, TrustKind b)
{
	return Max(a, b);
}

/* The columns of a row type. */
static TrustKind
trust_columns(Trust *trust, Oid type)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(type, -1);
	TrustKind	kind = TRUST_PLAIN;

	check_stack_depth();
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			kind = worse(kind, trust_type(trust, TupleDescAttr(desc, i)->atttypid));
	return kind;
}

/* What values of a type bring with them. */
TrustKind
trust_type(Trust *trust, Oid type)
{
	HeapTuple	tuple;
	FormData_pg_type form;

	if (type == RECORDOID || type == RECORDARRAYOID)
		return TRUST_OPEN;		/* its parts are known from the expression alone */
	if (type < FirstNormalObjectId)
		return TRUST_PLAIN;
	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("type with OID %u does not exist", type)));
	form = *(Form_pg_type) GETSTRUCT(tuple);
	ReleaseSysCache(tuple);
	trust->types = list_append_unique_oid(trust->types, type);
	if (OidIsValid(form.typelem) && OidIsValid(get_element_type(type)))
		return trust_type(trust, form.typelem);
	if (form.typtype == TYPTYPE_ENUM)
		return trust_role(form.typowner) ? TRUST_PLAIN : TRUST_LABELS;
	if (form.typtype == TYPTYPE_DOMAIN || !trust_role(form.typowner))
		return TRUST_OPEN;
	if (form.typtype == TYPTYPE_RANGE)
		return trust_type(trust, get_range_subtype(type));
	if (form.typtype == TYPTYPE_MULTIRANGE)
		return trust_type(trust, get_multirange_range(type));
	if (form.typtype == TYPTYPE_COMPOSITE)
		return trust_columns(trust, type);
	return TRUST_PLAIN;
}

/* The worst of some types. */
TrustKind
trust_types(Trust *trust, List *types)
{
	TrustKind	kind = TRUST_PLAIN;
	ListCell   *lc;

	foreach(lc, types)
		kind = worse(kind, trust_type(trust, lfirst_oid(lc)));
	return kind;
}

/* The worst of a query's columns. */
static TrustKind
trust_targets(const TrustFrame *outer, const Query *query)
{
	TrustFrame	frame = {outer->trust, query, outer, outer->policy};
	TrustKind	kind = TRUST_PLAIN;
	ListCell   *lc;

	foreach(lc, query->targetList)
		if (!((TargetEntry *) lfirst(lc))->resjunk)
			kind = worse(kind, trust_value(&frame, (Node *) ((TargetEntry *) lfirst(lc))->expr));
	return kind;
}

/* The query of a name that WITH gives, in the frame that has it. */
static TrustKind
trust_cte(const TrustFrame *frame, const RangeTblEntry *rte)
{
	ListCell   *lc;

	for (Index i = 0; i < rte->ctelevelsup && frame != NULL; i++)
		frame = frame->outer;
	foreach(lc, frame != NULL ? frame->query->cteList : NIL)
	{
		CommonTableExpr *cte = lfirst(lc);

		if (strcmp(cte->ctename, rte->ctename) == 0 && !cte->cterecursive && IsA(cte->ctequery, Query))
			return trust_targets(frame, (Query *) cte->ctequery);
	}
	return TRUST_OPEN;
}

/* The rows of a function in FROM. */
static TrustKind
trust_function_rows(const TrustFrame *frame, const RangeTblEntry *rte)
{
	RangeTblFunction *function = linitial(rte->functions);
	TupleDesc	desc = NULL;
	TrustKind	kind = TRUST_PLAIN;
	Oid			type;

	if (list_length(rte->functions) != 1)
		return TRUST_OPEN;
	if (function->funccoltypes != NIL)
		return trust_types(frame->trust, function->funccoltypes);
	if (get_expr_result_type(function->funcexpr, &type, &desc) == TYPEFUNC_SCALAR)
		return trust_type(frame->trust, type);
	for (int i = 0; desc != NULL && i < desc->natts; i++)
		kind = worse(kind, trust_type(frame->trust, TupleDescAttr(desc, i)->atttypid));
	return desc != NULL ? kind : TRUST_OPEN;
}

/*
 * A row as a whole, or a column that holds a record.  The mapped row itself is
 * in no query, or is nothing that is known: RTE_RESULT.
 */
static TrustKind
trust_row(const TrustFrame *frame, const Var *var)
{
	const RangeTblEntry *rte = NULL;
	bool		table = var->varattno == 0 && var->vartype != RECORDOID;

	for (Index i = 0; i < var->varlevelsup && frame->outer != NULL; i++)
		frame = frame->outer;
	if (frame->query != NULL && var->varno >= 1 && var->varno <= list_length(frame->query->rtable))
		rte = rt_fetch(var->varno, frame->query->rtable);
	if (rte == NULL || rte->rtekind == RTE_RESULT)
		return table ? trust_columns(frame->trust, var->vartype) : TRUST_OPEN;
	switch (rte->rtekind)
	{
		case RTE_RELATION:
			return table ? trust_columns(frame->trust, var->vartype) : TRUST_OPEN;
		case RTE_SUBQUERY:
			return trust_targets(frame, rte->subquery);
		case RTE_CTE:
			return trust_cte(frame, rte);
		case RTE_VALUES:
		case RTE_TABLEFUNC:
			return trust_types(frame->trust, rte->coltypes);
		case RTE_FUNCTION:
			return table ? trust_type(frame->trust, var->vartype) : trust_function_rows(frame, rte);
		default:
			return TRUST_OPEN;
	}
}

/* What a column of the grouping step stands for, in the frame that *frame becomes; NULL: it is none. */
static Node *
behind_grouping(const TrustFrame **frame, const Var *var)
{
	const TrustFrame *owner = *frame;
	const RangeTblEntry *rte;

	for (Index i = 0; i < var->varlevelsup && owner != NULL; i++)
		owner = owner->outer;
	if (owner == NULL || owner->query == NULL || var->varno < 1 || var->varno > list_length(owner->query->rtable))
		return NULL;
	rte = rt_fetch(var->varno, owner->query->rtable);
	if (var->varattno < 1 || var->varattno > list_length(base_group_expressions(rte)))
		return NULL;
	*frame = owner;
	return list_nth(base_group_expressions(rte), var->varattno - 1);
}

/* While the worst of an expression's parts is looked for. */
typedef struct PartWalk
{
	const TrustFrame *frame;
	TrustKind	kind;
} PartWalk;

/* Walker: the values that an expression is made of. */
static bool
part_walker(Node *node, PartWalk *walk)
{
	if (node == NULL)
		return false;
	if (IsA(node, TargetEntry) || IsA(node, List) || IsA(node, CaseWhen))
		return expression_tree_walker(node, part_walker, (void *) walk);
	if (IsA(node, SortGroupClause))
		return false;
	walk->kind = worse(walk->kind, trust_value(walk->frame, node));
	return false;
}

/* Is it a call of what is not PostgreSQL's own? */
static bool
is_foreign_call(const Node *node)
{
	return (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid >= FirstNormalObjectId) ||
		(IsA(node, OpExpr) && ((OpExpr *) node)->opno >= FirstNormalObjectId) ||
		(IsA(node, Aggref) && ((Aggref *) node)->aggfnoid >= FirstNormalObjectId) ||
		(IsA(node, WindowFunc) && ((WindowFunc *) node)->winfnoid >= FirstNormalObjectId);
}

/* What a value of an expression brings with it. */
TrustKind
trust_value(const TrustFrame *frame, Node *node)
{
	Oid			type = exprType(node);
	PartWalk	walk = {frame, TRUST_PLAIN};
	Node	   *grouped = IsA(node, Var) ? behind_grouping(&frame, (Var *) node) : NULL;

	check_stack_depth();
	if (grouped != NULL)
		return trust_value(frame, grouped);
	if (IsA(node, Var) && (type == RECORDOID || ((Var *) node)->varattno == 0))
		return trust_row(frame, (Var *) node);
	if (IsA(node, Param) && OidIsValid(type) && type == frame->trust->row)
		return trust_columns(frame->trust, type);
	if (type != RECORDOID && type != RECORDARRAYOID)
		return trust_type(frame->trust, type);
	if (IsA(node, Const))
		return ((Const *) node)->constisnull ? TRUST_PLAIN : TRUST_OPEN;
	if (IsA(node, SubLink) && IsA(((SubLink *) node)->subselect, Query))
		return trust_targets(frame, (Query *) ((SubLink *) node)->subselect);
	if (IsA(node, Var) || IsA(node, Param) || is_foreign_call(node))
		return TRUST_OPEN;
	(void) expression_tree_walker(node, part_walker, (void *) &walk);
	return walk.kind;
}

/* The worst of some expressions. */
TrustKind
trust_values(const TrustFrame *frame, List *nodes)
{
	PartWalk	walk = {frame, TRUST_PLAIN};

	(void) part_walker((Node *) nodes, &walk);
	return walk.kind;
}
