/*
 * subselect.c
 *		Expressions with sub-selects, evaluated for one row by a query.
 *
 * Where a mapping is not inlined into the query around it, an expression that
 * holds a sub-select becomes the target of a query of its own.  The row's
 * columns are its Params, behind those that "$each" binds:
 *
 *		1 .. nparams			what "$each" binds
 *		nparams + n				column n of the mapped relation
 *		nparams + ncolumns + 1	the row as a whole
 *
 * The query is rewritten and planned when it is first needed, as the role of
 * that moment, so that row-level security and views are the reader's.  The
 * plan is kept for the run and made anew as soon as anything that it may
 * depend on has changed: any message about a relation, a function or a type,
 * another role, another setting of row_security.  Privileges are checked each
 * time, by the executor.
 *
 * Each evaluation starts the executor under the active snapshot, which is that
 * of the statement around, as for any STABLE function.  The plan's locks are
 * taken again each time: an aborted subtransaction may have given them back.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "jit/jit.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "mapping/run/run.h"
#include "mapping/run/subselect.h"

struct Subselect
{
	Query	   *query;			/* as analysed, with Params */
	Bitmapset  *columns;		/* of the relation, 0: the row as a whole */
	Oid			type;			/* of the result */
	int16		typlen;
	bool		typbyval;
	ParamListInfo params;

	/* the plan, and under what it holds */
	MemoryContext context;
	PlannedStmt *plan;			/* NULL: none yet */
	uint64		generation;
	Oid			role;
	bool		row_security;
};

/* Where the query's only row goes. */
typedef struct Receiver
{
	DestReceiver pub;
	Subselect  *select;
	MemoryContext context;		/* of the result */
	Datum		value;
	bool		isnull;
} Receiver;

/*
 * Counts what may have changed a plan, beside base_relation_generation.  Which
 * function or type it was is not looked at: such changes are rare.
 */
static uint64 object_generation = 0;

/* Syscache callback: a function or a type has changed. */
static void
object_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	object_generation++;
}

/* Called once per backend: callbacks cannot be taken back, and the server has room for few. */
void
subselect_init(void)
{
	CacheRegisterSyscacheCallback(PROCOID, object_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, object_changed, (Datum) 0);
}

/* Everything that has changed so far.  Both only grow, so that an equal sum is that of equal parts. */
static uint64
generation(void)
{
	return base_relation_generation + object_generation;
}

/*
 * The Param that stands for a column of the row, or for the row as a whole.  Params
 * are seen at every depth: nothing has to be counted up in sub-selects.
 */
static Node *
column_param(Var *column, replace_rte_variables_context *context)
{
	MappingPlan *plan = context->callback_arg;
	Param	   *param = makeNode(Param);

	param->paramkind = PARAM_EXTERN;
	param->paramid = plan->nparams + (column->varattno > 0 ? column->varattno : plan->ncolumns + 1);
	param->paramtype = column->vartype;
	param->paramtypmod = column->vartypmod;
	param->paramcollid = column->varcollid;
	param->location = -1;
	return (Node *) param;
}

/*
 * Prepares an expression of the run's plan for its rows, in the current
 * context.  Nothing is planned yet: a row may never come to it.
 */
Subselect *
subselect_begin(MappingRun *run, Node *expr)
{
	Subselect  *select = palloc0(sizeof(Subselect));
	bool		has_selects = true;
	Query	   *query = makeNode(Query);
	int			nparams = run->plan->nparams + run->plan->ncolumns + 1;

	plan_columns(expr, &select->columns);
	if (bms_is_member(0, select->columns) && !run->own)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("mapping \"%s\" uses its relation's row as a whole", run->plan->fullname),
				 errhint("Such a mapping takes rows of its own relation only.")));
	expr = replace_rte_variables(expr, 1, 0, column_param, run->plan, &has_selects);
	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	query->jointree = makeFromExpr(NIL, NULL);
	query->targetList = list_make1(makeTargetEntry((Expr *) expr, 1, pstrdup("value"), false));
	query->hasSubLinks = true;
	select->query = query;
	select->type = exprType(expr);
	get_typlenbyval(select->type, &select->typlen, &select->typbyval);
	select->params = makeParamList(nparams);
	/* columns that the query does not use stay like this: nothing in it refers to them */
	for (int i = 0; i < nparams; i++)
	{
		select->params->params[i].value = (Datum) 0;
		select->params->params[i].isnull = true;
		select->params->params[i].pflags = 0;
		select->params->params[i].ptype = InvalidOid;
	}
	select->context = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge sub-select",
											ALLOCSET_SMALL_SIZES);
	return select;
}

/*
 * Locks the relations of a query and those below; raises an error when one was
 * dropped.  AcquireRewriteLocks, which comes next, would raise an internal one.
 */
static bool
lock_existing(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *rte = (RangeTblEntry *) node;

		if (rte->rtekind == RTE_RELATION)
			relation_close(base_relation_open(rte->relid, rte->rellockmode), NoLock);
		return false;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, lock_existing, context, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, lock_existing, context);
}

/*
 * Plans the query as the role and under the settings of this moment.  Settings
 * that are pinned need no PG_TRY: an abort puts them back, also that of a
 * subtransaction.
 */
static void
plan_query(Subselect *select, MappingRun *run)
{
	MemoryContext old;
	Query	   *query;
	List	   *rewritten;
	int			nestlevel;

	/* before anything below can fail: else the next row would run what is freed here */
	select->plan = NULL;
	MemoryContextReset(select->context);
	old = MemoryContextSwitchTo(select->context);
	nestlevel = base_pin_settings(run->plan->function,
								  run->plan->zone.tz != NULL ? pg_get_timezone_name(run->plan->zone.tz) : NULL);
	/* taken before the catalogs are read: a message that comes meanwhile makes the plan stale, not current */
	select->generation = generation();
	select->role = GetUserId();
	select->row_security = row_security;
	/* rewriter and planner change what they are given, and it is needed again */
	query = copyObject(select->query);
	(void) lock_existing((Node *) query, NULL);
	AcquireRewriteLocks(query, true, false);
	rewritten = QueryRewrite(query);
	/* views and policies have brought functions of their own by now */
	plan_judge(run->plan, (Node *) linitial_node(Query, rewritten));
	select->plan = pg_plan_query(linitial_node(Query, rewritten), "", 0, NULL);
	select->plan->jitFlags = PGJIT_NONE;	/* it would be compiled for each row */
	AtEOXact_GUC(true, nestlevel);
	MemoryContextSwitchTo(old);
}

/*
 * Is there a plan that holds for this moment?  The role is asked, since a
 * function of another's may run in the same query; the setting, because it
 * decides whether policies are applied or refused.
 */
static bool
plan_holds(const Subselect *select)
{
	return select->plan != NULL && select->generation == generation() &&
		select->role == GetUserId() && select->row_security == row_security;
}

/*
 * Locks what the plan reads, as it was locked when it was made.  Views are in the
 * list by their OIDs: a changed view must be noticed, too.
 */
static void
lock_relations(const PlannedStmt *plan)
{
	ListCell   *lc;

	foreach(lc, plan->rtable)
	{
		RangeTblEntry *rte = lfirst(lc);

		if (rte->rtekind == RTE_RELATION ||
			(rte->rtekind == RTE_SUBQUERY && OidIsValid(rte->relid)))
			LockRelationOid(rte->relid, rte->rellockmode);
	}
}

/*
 * A plan with its locks; one that became stale as they came is made anew.  Waiting
 * for a lock reads the messages of whoever held it: so it is asked again behind
 * the locks, as the server does for plans that it keeps.
 */
static void
ensure_plan(Subselect *select, MappingRun *run)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (!plan_holds(select))
			plan_query(select, run);
		lock_relations(select->plan);
		if (plan_holds(select))
			return;
	}
}

/*
 * Sets the Params from the row and from what "$each" has bound.  They are not
 * copied: the row stands in its slot until the value has been computed.
 */
static void
set_params(Subselect *select, MappingRun *run)
{
	MappingPlan *plan = run->plan;
	int			column = -1;

	for (int i = 0; i < plan->nparams; i++)
		select->params->params[i] = run->params->params[i];
	while ((column = bms_next_member(select->columns, column)) >= 0)
	{
		ParamExternData *param = &select->params->params[plan->nparams - 1 +
														 (column > 0 ? column : plan->ncolumns + 1)];

		if (column == 0)
		{
			param->ptype = run->type;
			param->value = PointerGetDatum(run->row);
			param->isnull = false;
		}
		else
		{
			int			attribute = run->columns[column - 1] - 1;

			param->ptype = plan->column_types[column - 1];
			param->value = run->slot->tts_values[attribute];
			param->isnull = run->slot->tts_isnull[attribute];
		}
	}
}

/*
 * DestReceiver: takes the row's only column.  Copied, since the executor's memory
 * goes before the value is written.
 */
static bool
receive(TupleTableSlot *slot, DestReceiver *self)
{
	Receiver   *receiver = (Receiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);
	Datum		value = slot_getattr(slot, 1, &receiver->isnull);

	if (!receiver->isnull)
		receiver->value = datumCopy(value, receiver->select->typbyval, receiver->select->typlen);
	MemoryContextSwitchTo(old);
	return true;
}

/* DestReceiver: nothing to do. */
static void
receive_startup(DestReceiver *self, int operation, TupleDesc desc)
{
}

static void
receive_nothing(DestReceiver *self)
{
}

/*
 * The value for the run's present row.  Allocated in the current context.
 * Raises what the query raises: missing privileges first of all.  After an error
 * nothing is left to be ended here: the executor's memory is below the current
 * context, and snapshot, pins and locks are the resource owner's.
 */
Datum
subselect_evaluate(Subselect *select, MappingRun *run, bool *isnull)
{
	Receiver	receiver = {
		.pub = {receive, receive_startup, receive_nothing, receive_nothing, DestNone},
		.select = select,
		.context = CurrentMemoryContext,
		.isnull = true};
	QueryDesc  *query;

	check_stack_depth();
	ensure_plan(select, run);
	set_params(select, run);
	query = CreateQueryDesc(select->plan, "", GetActiveSnapshot(), InvalidSnapshot,
							&receiver.pub, select->params, NULL, 0);
	ExecutorStart(query, 0);
	executor_run(query, 0, true);
	ExecutorFinish(query);
	ExecutorEnd(query);
	FreeQueryDesc(query);
	*isnull = receiver.isnull;
	return receiver.value;
}
