/*
 * inline.c
 *		Calls of fhir_from_row taken into the query that they stand in.
 *
 * A planner support function replaces the call, when its argument is the whole
 * row of a relation, by one that takes the template's expressions as arguments
 * (arguments.c).  Then no row is built and taken apart again, only the columns
 * that the template needs are read, and sub-selects are sub-plans of the one
 * query.  The result is byte for byte that of the plain call; whatever is
 * unusual keeps the plain call, for reasons that inline_row.c, inline_fields.c
 * and inline_call.c give, one question each.
 *
 * The plan depends on the table of mappings and on the mapped relation, so
 * that a plan kept by the server is made anew when a mapping changes.  What it
 * needs to write travels with it: between planning and running, another
 * session may replace the mapping.
 *
 * Three things differ from the plain call.  An error that an expression raises
 * has no line that names mapping and path: the server evaluates the expression
 * itself.  An object that "$each" repeats over an array is judged before what
 * stands behind it is evaluated, so that of two errors another may come first.
 * And faults that a changed relation has brought into a mapping, or a name that
 * is none, are raised when a query is planned.
 *
 * fhir_bridge.inline = off keeps all calls plain, for comparison.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parse_type.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "base/base.h"
#include "mapping/run/id_rights.h"
#include "mapping/run/run.h"
#include "mapping/inline/inline.h"

PG_FUNCTION_INFO_V1(fhir_bridge_from_row_support);

static bool inline_calls = true;

/* How deep in replacing calls: those in a template's expressions stay plain. */
static int	inline_depth = 0;

/* Where the row's columns come from. */
typedef struct RowSource
{
	Node	   *row;			/* a Var of attribute 0, or a RowExpr */
	TupleDesc	desc;			/* of the row */
	AttrNumber *attributes;		/* in the row, by the mapping's column - 1 */
	bool		own;			/* the row is of the mapped relation */
	bool		read;			/* and known to be read from it */
} RowSource;

/* Called once per backend. */
void
inline_init(void)
{
	DefineCustomBoolVariable("fhir_bridge.inline",
							 "Takes mappings into the queries that call fhir_from_row.",
							 "Off keeps every call as it is written: slower, and errors of expressions then name mapping and path.",
							 &inline_calls, true, PGC_USERSET, 0, NULL, NULL, NULL);
}

/*
 * Makes the plan depend on a relation: the server makes a kept plan anew when
 * there is a message about one of these.  The extension's tables send such a
 * message for each row that is written (base/invalidate.c).
 */
static void
depend_on(PlannerInfo *root, Oid relation)
{
	root->glob->relationOids = list_append_unique_oid(root->glob->relationOids, relation);
}

/*
 * The type of a row that can be replaced by its columns; else InvalidOid.  A
 * row of a sub-select's columns has names, but no type of its own.
 */
static Oid
row_type(PlannerInfo *root, Node *row)
{
	RowExpr    *fields = (RowExpr *) row;
	Oid			type = InvalidOid;

	if (IsA(row, Var) && inline_row_is_plain(root, (Var *) row))
		type = ((Var *) row)->vartype;
	else if (IsA(row, RowExpr) && fields->row_typeid == RECORDOID)
		return list_length(fields->colnames) == list_length(fields->args) ? RECORDOID : InvalidOid;
	else if (IsA(row, RowExpr))
		type = fields->row_typeid;
	return OidIsValid(type) && OidIsValid(typeidTypeRelid(type)) ? type : InvalidOid;
}

/*
 * The columns of a row of that type, in the current context.  A named type's
 * description is copied, not pinned, so that no way out of planning has to give
 * it back.
 */
static TupleDesc
row_columns(Node *row, Oid type)
{
	RowExpr    *fields = (RowExpr *) row;
	TupleDesc	desc;
	ListCell   *lc;

	if (type != RECORDOID)
		return lookup_rowtype_tupdesc_copy(type, -1);
	desc = CreateTemplateTupleDesc(list_length(fields->args));
	foreach(lc, fields->args)
	{
		int			i = foreach_current_index(lc);

		TupleDescInitEntry(desc, i + 1, strVal(list_nth(fields->colnames, i)),
						   exprType(lfirst(lc)), exprTypmod(lfirst(lc)), 0);
	}
	return desc;
}

/*
 * The mapping that the call means; false when there is not exactly one.  What
 * the plain call would raise for an unclear name it raises itself, when it is
 * run: planning a query that meets no row must not fail.  A name that is a
 * constant is the exception (see the first comment).
 */
static bool
find_mapping(const FuncExpr *call, Oid type, Oid *relation, NameData *name)
{
	const Const *given = list_length(call->args) > 1 ? lsecond(call->args) : NULL;

	if (given == NULL && type == RECORDOID)
		return false;
	if (given == NULL)
	{
		*relation = typeidTypeRelid(type);
		return mapping_find_only(call->funcid, *relation, name);
	}
	if (!IsA(given, Const) || given->constisnull)
		return false;
	*relation = mapping_find_name(call->funcid, TextDatumGetCString(given->constvalue), name);
	return OidIsValid(*relation);
}

/*
 * Finds the mapping's columns in the row; false when one does not fit.  run.c
 * has a function of this name that says what does not: here the call only
 * stays plain, and comes to that message by itself.
 */
static bool
bind_columns(RowSource *source, const MappingPlan *plan)
{
	if (plan->whole_row && !source->own)
		return false;
	source->attributes = palloc0(sizeof(AttrNumber) * Max(plan->ncolumns, 1));
	for (int i = 0; i < plan->ncolumns; i++)
	{
		if (plan->column_names[i] == NULL)
			continue;
		source->attributes[i] = plan_find_attribute(source->desc, plan->column_names[i]);
		if (source->attributes[i] == 0 ||
			TupleDescAttr(source->desc, source->attributes[i] - 1)->atttypid != plan->column_types[i])
			return false;
	}
	return true;
}

/*
 * What stands for a column of the mapping's, some sub-selects below the call:
 * the column of the same name, or for the row as a whole the call's argument.  A
 * column is copied for each place, since the planner changes nodes where they
 * stand.
 */
static Node *
column_source(Var *column, replace_rte_variables_context *context)
{
	RowSource  *source = context->callback_arg;
	int			depth = column->varlevelsup;
	AttrNumber	number = column->varattno > 0 ? source->attributes[column->varattno - 1] : 0;
	Node	   *result = copyObject(source->row);

	if (number > 0 && IsA(result, RowExpr))
		result = list_nth(((RowExpr *) result)->args, number - 1);
	else if (number > 0)
	{
		Form_pg_attribute attribute = TupleDescAttr(source->desc, number - 1);
		Var		   *var = (Var *) result;

		var->varattno = number;
		var->varattnosyn = number;
		var->vartype = attribute->atttypid;
		var->vartypmod = attribute->atttypmod;
		var->varcollid = attribute->attcollation;
		var->location = -1;
	}
	if (depth > 0)
		IncrementVarSublevelsUp(result, depth, 0);
	return result;
}

/*
 * Walker: would another role be shown other rows by a query, or one below it?
 * The first minor releases of 15 to 17 do not hand the mark upward.
 */
static bool
depends_on_role(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return ((Query *) node)->hasRowSecurity ||
			query_tree_walker((Query *) node, depends_on_role, context, 0);
	return expression_tree_walker(node, depends_on_role, context);
}

/*
 * Rewrites the sub-selects of a call, as the role that plans: views are
 * expanded, policies of row-level security added.
 */
static Node *
rewrite_selects(PlannerInfo *root, Node *call)
{
	Query	   *query = makeNode(Query);
	RangeTblEntry *row = makeNode(RangeTblEntry);

	/* the mapped row: nothing is known of it but that it is there */
	row->rtekind = RTE_RESULT;
	row->eref = makeAlias("this", NIL);
	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	query->rtable = list_make1(row);
	query->jointree = makeFromExpr(NIL, NULL);
	query->targetList = list_make1(makeTargetEntry((Expr *) call, 1, NULL, false));
	query->hasSubLinks = true;
	AcquireRewriteLocks(query, true, false);
	query = linitial_node(Query, QueryRewrite(query));
	if (depends_on_role((Node *) query, NULL))
		root->glob->dependsOnRole = true;
	return (Node *) linitial_node(TargetEntry, query->targetList)->expr;
}

/* Simplifies what simplify_function would not look at again. */
static Node *
simplify(PlannerInfo *root, Oid function, const MappingPlan *plan, Node *node)
{
	int			nestlevel = base_pin_settings(function, plan->zone.tz != NULL ? pg_get_timezone_name(plan->zone.tz) : NULL);

	inline_depth++;
	PG_TRY();
	{
		node = eval_const_expressions(root, node);
	}
	PG_FINALLY();
	{
		inline_depth--;
	}
	PG_END_TRY();
	AtEOXact_GUC(true, nestlevel);
	return node;
}

/*
 * The call over the given row, ready to stand in the query; NULL when not.
 *
 * The order is that of the server for a query: rewritten while the columns are
 * still those of an unknown row, so that nothing of the query around is
 * rewritten twice; judged, since only then all that views have brought is
 * seen; then bound to the row; simplified last, as simplify_function does not
 * look again at what a support function returns.
 */
static Node *
build_call(PlannerInfo *root, const FuncExpr *call, const MappingPlan *plan, RowSource *source)
{
	JsonForm	form = call->funcresulttype == JSONOID ? JSON_TEXT : JSON_BINARY;

	/* the plan's own call serves other queries, and the steps below change it in place */
	Node	   *node = arguments_in_form(plan->calls, copyObject(plan->call), form);
	bool		selects = checkExprHasSubLink(node);
	bool		inserted = selects;

	if (IsA(source->row, RowExpr) &&
		!inline_fields_are_plain(root, (RowExpr *) source->row, source->attributes, node))
		return NULL;
	if (selects)
	{
		/* the rewriter would refuse policies here and now, be there rows or not */
		if (!row_security)
			return NULL;
		node = rewrite_selects(root, node);
		plan_judge(plan, node);
		/* what views have brought is judged as well */
		if (base_reads_citus(node) || !replacement_is_fixed(plan->calls, node) ||
			!inline_note_hazard(root, node) || !inline_note_policy(node))
			return NULL;
	}
	if (!inline_role_may_run(root, node))
		return NULL;
	/* from here on the call is taken: nothing before has changed the query */
	root->parse->hasSubLinks |= selects;
	if (source->read)
		inline_note_rows(node);
	node = replace_rte_variables(node, 1, 0, column_source, source, &inserted);
	inline_note_waiting(root, node);
	if (selects)
		node = inline_gather(call->funcid, node);
	return simplify(root, call->funcid, plan, node);
}

/*
 * Makes the plan depend on the types that the mapping was trusted for.  What
 * else it reaches the planner finds in the call.
 */
static void
depend_on_types(PlannerInfo *root, const MappingPlan *plan)
{
	ListCell   *lc;

	foreach(lc, plan->types)
	{
		PlanInvalItem *item = makeNode(PlanInvalItem);

		item->cacheId = TYPEOID;
		item->hashValue = (uint32) lfirst_int(lc);
		root->glob->invalItems = lappend(root->glob->invalItems, item);
	}
}

/*
 * Finds where the mapping's columns come from; false when one does not fit.
 * Whether the row is read from the mapped relation decides who may make ids of
 * it: rows that a caller has invented would tell him the id of any number.
 */
static bool
find_source(PlannerInfo *root, RowSource *source, Oid type, const MappingPlan *plan)
{
	source->own = type != RECORDOID && typeidTypeRelid(type) == plan->relation;
	source->desc = row_columns(source->row, type);
	if (!bind_columns(source, plan))
		return false;
	source->read = inline_row_is_read(root, source->row, plan, source->attributes);
	return true;
}

/*
 * What the call becomes in its query; NULL: it stays.  A plan depends on each
 * table from the moment that the table was asked, also where the answer is
 * that the call stays: tomorrow's answer may be another.
 */
static Node *
replace_call(PlannerInfo *root, FuncExpr *call)
{
	RowSource	source = {.row = linitial(call->args)};
	NameData	name;
	Oid			relation;
	Oid			type;
	MappingPlan *plan;

	/* whatever is found now, another mapping may be there tomorrow */
	depend_on(root, base_extension_relation(call->funcid, "fhir_mapping"));
	type = row_type(root, source.row);
	if (!OidIsValid(type) || inline_query_is_sent(root) || !find_mapping(call, type, &relation, &name))
		return NULL;
	depend_on(root, relation);
	plan = mapping_plan_get(call->funcid, relation, NameStr(name));
	if (plan->modifier_maps != NIL)
		depend_on(root, base_extension_relation(call->funcid, "fhir_code_map"));
	if (plan->call == NULL || !find_source(root, &source, type, plan) ||
		!mapping_may_make_ids(call->funcid, plan, source.read) || run_may_lose_modifiers(call->funcid, plan))
		return NULL;
	depend_on_types(root, plan);
	depend_on(root, base_extension_relation(call->funcid, "fhir_secret"));	/* it seals the program */
	return build_call(root, call, plan, &source);
}

/*
 * A call that stays, but whose row is known to be read from the mapped
 * relation, gets a mark by which it makes ids where row-level security hides
 * rows from the role: ROW_IS_READ.  NULL: no mark is needed, or none is due.
 */
static Node *
mark_call(PlannerInfo *root, FuncExpr *call)
{
	RowSource	source = {.row = linitial(call->args)};
	Oid			type = exprType(source.row);
	NameData	name;
	Oid			relation;
	MappingPlan *plan;

	if (type != RECORDOID && !OidIsValid(typeOrDomainTypeRelid(type)))
		return NULL;
	if ((IsA(source.row, RowExpr) && type == RECORDOID &&
		 list_length(((RowExpr *) source.row)->colnames) != list_length(((RowExpr *) source.row)->args)) ||
		!(IsA(source.row, RowExpr) || (IsA(source.row, Var) && type != RECORDOID)) ||
		!find_mapping(call, type, &relation, &name) ||
		check_enable_rls(relation, InvalidOid, true) != RLS_ENABLED)
		return NULL;
	root->glob->dependsOnRole = true;
	depend_on(root, base_extension_relation(call->funcid, "fhir_mapping"));
	depend_on(root, relation);
	plan = mapping_plan_get(call->funcid, relation, NameStr(name));
	if (!plan->uses_id || !find_source(root, &source, type, plan) || !source.read)
		return NULL;
	/*
	 * The mark stands in a field that the function itself never looks at, and
	 * that neither EXPLAIN nor a view shows.  It also says that the call has
	 * been looked at: see inline_call.
	 */
	call = copyObject(call);
	call->inputcollid = call->funcid;
	return (Node *) call;
}

/*
 * What the call becomes; NULL: it stays.  A marked call has been looked at: the
 * planner may simplify a tree more than once.
 */
static Node *
inline_call(PlannerInfo *root, FuncExpr *call)
{
	Node	   *result = NULL;

	if (inline_depth > 0 || call->inputcollid == call->funcid || !inline_root_is_plannable(root))
		return NULL;
	/* who cannot look up the mapping's functions is told so when it is run */
	if (object_aclcheck(NamespaceRelationId, base_extension_schema(call->funcid), GetUserId(),
						ACL_USAGE) != ACLCHECK_OK)
		return NULL;
	if (inline_calls)
		result = replace_call(root, call);
	return result != NULL ? result : mark_call(root, call);
}

/*
 * fhir_bridge_from_row_support(internal) RETURNS internal
 *		The planner support function of fhir_from_row and fhir_json_from_row.
 */
Datum
fhir_bridge_from_row_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	Node	   *result = NULL;

	if (IsA(request, SupportRequestSimplify))
	{
		SupportRequestSimplify *simplify = (SupportRequestSimplify *) request;

		result = inline_call(simplify->root, simplify->fcall);
	}
	PG_RETURN_POINTER(result);
}
