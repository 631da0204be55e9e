/*
 * kept.c
 *		Statements of searches and exports: analysed once a session, planned with
 *		their values.
 *
 * A search is written anew each time, from what is published and mapped at that
 * moment, and so are an export's lines.  Text and nodes, with parameters in the
 * place of a search's values, are the name under which the analysed statement is
 * kept.  So what is run is what was written, whatever has changed; that the
 * server's own objects are still what they were is known to its plan cache, in
 * which the analysed statement lies.
 *
 * A plan for any value can be ten thousand times slower than one for the
 * values: a statement is planned each time.  Those are planned once in which no
 * value changes what is best.  Such is a comparison with an id: its tag is spread
 * evenly, and no value is more frequent than another.  Such is a page of all
 * resources: its values say at which row it begins, and its limit, not they, how
 * many rows are read from there in their order.  And so is what has no values.
 *
 * The plan cache must never analyse a statement again by itself, since its text
 * alone does not say what the parameters stand for.  So a statement is taken
 * from it only while it is valid, with all of its relations locked before: no
 * message can make it invalid between the question and the plan.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/params.h"
#include "parser/parse_node.h"
#include "rewrite/rewriteHandler.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/resowner.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "export/sql/export_sql.h"

/* So many are kept; then the one that was used longest ago goes. */
#define MOST_STATEMENTS 200

/* A statement that is kept. */
typedef struct Kept
{
	dlist_node	link;			/* those used last come first */
	uint64		number;			/* no other one of the session has it */
	MemoryContext context;		/* of all below but the source */
	uint32		hash;			/* of the text */
	char	   *text;
	List	   *nodes;			/* with parameters for values */
	bool		once;
	CachedPlanSource *source;
	uint64		roles;			/* role_changes when it was analysed */
	int			planned;		/* so often it is being planned now */
	bool		dropped;		/* meanwhile it was forgotten */
} Kept;

static dlist_head kept = DLIST_STATIC_INIT(kept);
static int	nkept = 0;
static uint64 nmade = 0;

/*
 * Messages about roles so far.  Which policies are a role's, the plan cache does
 * not ask again when it becomes a member of another, or may go round them.
 */
static uint64 role_changes = 0;

/* Syscache callback. */
static void
role_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	role_changes++;
}

/* Asks for these messages, once. */
static void
hear_of_roles(void)
{
	static bool hears = false;

	if (hears)
		return;
	CacheRegisterSyscacheCallback(AUTHOID, role_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, role_changed, (Datum) 0);
	hears = true;
}

/* Puts a parameter in the place of each value. */
static Node *
take_values(Node *node, KeptStatement *statement)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Const) && ((Const *) node)->location == STATEMENT_VALUE)
	{
		Const	   *constant = (Const *) node;
		Param	   *param = makeNode(Param);

		statement->values = lappend(statement->values, constant);
		param->paramkind = PARAM_EXTERN;
		param->paramid = list_length(statement->values);
		param->paramtype = constant->consttype;
		param->paramtypmod = constant->consttypmod;
		param->paramcollid = constant->constcollid;
		param->location = -1;
		return (Node *) param;
	}
	if (IsA(node, Query))
		return (Node *) query_tree_mutator((Query *) node, take_values, (void *) statement, 0);
	return expression_tree_mutator(node, take_values, (void *) statement);
}

/* Mutator: makes values constants of the statement. */
static Node *
fix_values(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Const))
	{
		Const	   *constant = copyObject((Const *) node);

		constant->location = -1;
		return (Node *) constant;
	}
	if (IsA(node, Query))
		return (Node *) query_tree_mutator((Query *) node, fix_values, NULL, 0);
	return expression_tree_mutator(node, fix_values, NULL);
}

/* A copy of a node whose values are part of the statement: with others it is another one. */
Node *
statement_fixed(Node *node)
{
	return fix_values(node, NULL);
}

/* The values as the planner and the executor take them. */
static ParamListInfo
make_params(List *values)
{
	ParamListInfo params = makeParamList(list_length(values));
	ListCell   *lc;

	foreach(lc, values)
	{
		const Const *constant = lfirst(lc);
		ParamExternData *param = &params->params[foreach_current_index(lc)];

		param->value = constant->constvalue;
		param->isnull = constant->constisnull;
		param->pflags = PARAM_FLAG_CONST;
		param->ptype = constant->consttype;
	}
	return params;
}

/* ParserSetupHook: see the head of this file. */
static void
refuse_again(ParseState *pstate, void *arg)
{
	elog(ERROR, "a kept statement cannot be analysed again");
}

/* Frees a statement that is not in the list any more. */
static void
free_kept(Kept *one)
{
	DropCachedPlan(one->source);
	MemoryContextDelete(one->context);
}

/* Forgets a statement; one that is being planned is freed behind that. */
static void
drop(Kept *one)
{
	dlist_delete(&one->link);
	nkept--;
	one->dropped = true;
	if (one->planned == 0)
		free_kept(one);
}

/* Locks relations as the statement that reads them would. */
static void
lock_relations(List *relations)
{
	ListCell   *lc;

	foreach(lc, relations)
		LockRelationOid(lfirst_oid(lc), AccessShareLock);
}

/*
 * Locks a statement's relations, then says whether it is what analysing it
 * would give now.  The policies of another role are other ones.
 */
static bool
is_current(Kept *one)
{
	CachedPlanSource *source = one->source;

	if (!CachedPlanIsValid(source))
		return false;
	lock_relations(source->relationOids);
	/* partitions are the plan's alone: who waits for one may hear of its table, too */
	if (source->gplan != NULL)
		lock_relations(linitial_node(PlannedStmt, source->gplan->stmt_list)->relationOids);
	if (!CachedPlanIsValid(source) || (source->dependsOnRLS && one->roles != role_changes))
		return false;
	/* what a plan that is kept calls may lie elsewhere on another path */
	return !one->once || base_search_path_is(source->search_path);
}

/* Was a statement analysed for another role, whose policies or rights to go round them are others? */
static bool
is_anothers(const CachedPlanSource *source)
{
	return source->dependsOnRLS &&
		(source->rewriteRoleId != GetUserId() || source->rewriteRowSecurity != row_security);
}

/* Analyses and keeps a statement whose values are parameters. */
static Kept *
make(const ExportSql *sql, bool once, uint32 hash)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge statement", ALLOCSET_SMALL_SIZES);
	uint64		roles = role_changes;
	Query	   *query = export_sql_query(sql);
	RawStmt    *raw = linitial_node(RawStmt, pg_parse_query(sql->text.data));
	CachedPlanSource *source = CreateCachedPlan(raw, sql->text.data, CMDTAG_SELECT);
	MemoryContext old;
	List	   *rewritten;
	Kept	   *one;

	/* relations of sub-selects in nodes were analysed, and locked, long ago */
	AcquireRewriteLocks(query, true, false);
	rewritten = pg_rewrite_query(query);
	if (list_length(rewritten) != 1)
		elog(ERROR, "a SELECT was rewritten to %d statements", list_length(rewritten));
	CompleteCachedPlan(source, rewritten, NULL, NULL, 0, refuse_again, NULL,
					   once ? CURSOR_OPT_GENERIC_PLAN : CURSOR_OPT_CUSTOM_PLAN, false);
	old = MemoryContextSwitchTo(context);
	one = palloc0(sizeof(Kept));
	one->context = context;
	one->number = ++nmade;
	one->hash = hash;
	one->text = pstrdup(sql->text.data);
	one->nodes = copyObject(sql->nodes);
	one->once = once;
	one->source = source;
	one->roles = roles;
	MemoryContextSwitchTo(old);
	/* nothing fails from here on */
	SaveCachedPlan(source);
	MemoryContextSetParent(context, CacheMemoryContext);
	dlist_push_head(&kept, &one->link);
	nkept++;
	return one;
}

/* Is it kept for this text and these nodes? */
static bool
is_kept_for(const Kept *one, const KeptStatement *statement)
{
	return one->number == statement->kept ||
		(one->hash == statement->hash && one->once == statement->once && strcmp(one->text, statement->sql.text.data) == 0 &&
		 equal(one->nodes, statement->sql.nodes));
}

/* The kept statement that a text and nodes are; NULL when there is none, or it has changed. */
static Kept *
find(const KeptStatement *statement)
{
	dlist_iter	iter;

	dlist_foreach(iter, &kept)
	{
		Kept	   *one = dlist_container(Kept, link, iter.cur);

		if (is_anothers(one->source) || !is_kept_for(one, statement))
			continue;
		if (is_current(one))
		{
			dlist_move_head(&kept, &one->link);
			return one;
		}
		drop(one);
		return NULL;
	}
	return NULL;
}

/* The kept statement, made where it is not there. */
static Kept *
get(KeptStatement *statement)
{
	Kept	   *one = find(statement);

	if (one == NULL)
	{
		while (nkept >= MOST_STATEMENTS)
			drop(dlist_tail_element(Kept, link, &kept));
		hear_of_roles();
		/* what changed while it was analysed is seen by whoever asks next */
		one = make(&statement->sql, statement->once, statement->hash);
	}
	statement->kept = one->number;
	return one;
}

/*
 * Takes a statement apart from its values, in the current context; the values
 * are the statement's own constants.  once says that it needs no plan of its own for
 * each.
 */
void
statement_take(const ExportSql *sql, bool once, KeptStatement *statement)
{
	statement->sql = *sql;
	statement->once = once;
	statement->kept = 0;
	statement->values = NIL;
	statement->sql.nodes = (List *) take_values((Node *) sql->nodes, statement);
	statement->hash = hash_bytes((const unsigned char *) sql->text.data, sql->text.len);
}

/* A statement is planned: it is freed if it was forgotten meanwhile. */
static void
end_planning(Kept *one)
{
	one->planned--;
	if (one->dropped && one->planned == 0)
		free_kept(one);
}

/*
 * The plan of a statement that needs one alone, and the description of its rows.
 * Planning calls functions of policies and conditions; their searches may be so
 * many that this statement is forgotten.
 */
static CachedPlan *
get_plan(Kept *one, ParamListInfo params, ResourceOwner owner, TupleDesc *desc)
{
	CachedPlan *plan;

	one->planned++;
	PG_TRY();
	{
		plan = GetCachedPlan(one->source, params, owner, NULL);
		*desc = CreateTupleDescCopy(one->source->resultDesc);
	}
	PG_CATCH();
	{
		end_planning(one);
		PG_RE_THROW();
	}
	PG_END_TRY();
	end_planning(one);
	return plan;
}

/*
 * Starts it with values (Const, like its own) for a receiver, under the caller's
 * snapshot and rights.  Everything is allocated in the current context, which
 * must live until export_run_end, or kept.  Rows of one key of an index are given at
 * once, and the run has ended.
 */
void
statement_begin(ExportRun *run, KeptStatement *statement, List *values, DestReceiver *receiver)
{
	ParamListInfo params = make_params(values);
	Kept	   *one = get(statement);
	const char *text = statement->sql.text.data;

	if (statement->once)
	{
		ResourceOwner owner = CurrentResourceOwner;
		TupleDesc	desc;
		CachedPlan *plan = get_plan(one, params, owner, &desc);
		PlannedStmt *planned = linitial_node(PlannedStmt, plan->stmt_list);

		if (statement_run_index(planned, desc, params, receiver))
		{
			run->query = NULL;
			ReleaseCachedPlan(plan, owner);
			return;
		}
		export_run_planned(run, planned, text, params, receiver);
		run->plan = plan;
		run->owner = owner;
	}
	else
	{
		Query	   *query = copyObject(linitial_node(Query, one->source->query_list));

		export_run_planned(run, pg_plan_query(query, text, 0, params), text, params, receiver);
	}
}

/* Runs it from its start to its end. */
void
statement_run_values(KeptStatement *statement, List *values, DestReceiver *receiver)
{
	ExportRun	run;

	statement_begin(&run, statement, values, receiver);
	if (run.query != NULL)
		export_run_rows(&run, true);
	export_run_end(&run);
}

/* The same for one that is not taken apart. */
void
statement_run(const ExportSql *sql, bool once, DestReceiver *receiver)
{
	KeptStatement statement;

	statement_take(sql, once, &statement);
	statement_run_values(&statement, statement.values, receiver);
}
