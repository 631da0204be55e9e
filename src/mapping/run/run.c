/*
 * run.c
 *		Mapping rows at one call site.
 *
 * Rows may be of the mapped relation's type, or of any other with the needed
 * columns: they are bound by name, and the columns of the planned expressions
 * are renumbered.
 *
 * Memory: the run's own context holds what lasts; each row is evaluated and
 * written in per-tuple memory, reset before the next; the result is copied
 * once, into the caller's context.
 */
#include "postgres.h"

#include "access/tupconvert.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "parser/parse_type.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "mapping/plan/program.h"
#include "mapping/run/run.h"
#include "mapping/run/subselect.h"

/* Buffers that one very wide row has grown are given back beyond this. */
#define KEEP_BUFFER		(1024 * 1024)

/*
 * Error context: where in the template a row was when it failed.  Nothing of
 * the row itself: the message goes to a log that others read.
 */
static void
run_error_context(void *arg)
{
	MappingRun *run = arg;
	const PlanSite *site = run->site;

	if (site != NULL)
		errcontext("mapping \"%s\", %s, line %d, column %d of the template%s%s",
				   run->plan->fullname, site->path, site->line, site->column,
				   site->source ? ": " : "", site->source ? site->source : "");
}

/*
 * Finds the relation's used columns in the row type.  By name, since a
 * sub-select may have them in any order; of the very type, since the encoders
 * and expressions were made for it.
 */
static void
bind_columns(MappingRun *run, TupleDesc desc)
{
	MappingPlan *plan = run->plan;

	run->columns = palloc0(sizeof(AttrNumber) * Max(plan->ncolumns, 1));
	run->in_place = !plan->whole_row;
	for (int i = 0; i < plan->ncolumns; i++)
	{
		const char *name = plan->column_names[i];
		AttrNumber	attribute;

		if (name == NULL)
			continue;
		attribute = plan_find_attribute(desc, name);
		if (attribute == 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("mapping \"%s\" needs column \"%s\", which the row does not have",
							plan->fullname, name),
					 errhint("Give the column in the sub-select under that name.")));
		if (TupleDescAttr(desc, attribute - 1)->atttypid != plan->column_types[i])
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("mapping \"%s\" needs column \"%s\" as type %s, not %s",
							plan->fullname, name, format_type_be(plan->column_types[i]),
							format_type_be(TupleDescAttr(desc, attribute - 1)->atttypid)),
					 errhint("Cast it in the sub-select.")));
		run->columns[i] = attribute;
		run->in_place &= attribute == i + 1;
		run->last = Max(run->last, attribute);
	}
}

/*
 * The column of the row type that stands for one of the relation.  The row as a
 * whole has no stand-in: expressions on it were analysed for the relation's type.
 */
static Node *
row_column(Var *column, replace_rte_variables_context *context)
{
	MappingRun *run = context->callback_arg;
	Var		   *var = copyObject(column);

	if (var->varattno == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("mapping \"%s\" uses its relation's row as a whole",
						run->plan->fullname),
				 errhint("Such a mapping takes rows of its own relation only.")));
	var->varattno = run->columns[var->varattno - 1];
	return (Node *) var;
}

/*
 * A slot for rows of the given type, in which all values have been computed.
 * The description is a copy in which no column is generated: since 18
 * expressions refuse those that are computed when they are read, and in a row
 * that was handed over there are values in their place.
 */
static TupleTableSlot *
make_slot(TupleDesc desc)
{
	TupleDesc	columns = CreateTupleDescCopyConstr(desc);

	for (int i = 0; i < columns->natts; i++)
		base_forget_generated(columns, i);
	return MakeSingleTupleTableSlot(columns, &TTSOpsHeapTuple);
}

/*
 * Makes room for the elements of $each.  They are parameters of the expressions:
 * a state that was made once reads whichever element stands there.
 */
static void
make_params(MappingRun *run)
{
	run->params = makeParamList(run->plan->nparams);
	for (int i = 0; i < run->plan->nparams; i++)
		run->params->params[i].pflags = 0;
}

/*
 * Makes the states of the plan's expressions, and what they are evaluated in:
 * at first, and anew after an error has left them as they were in its midst.
 */
void
run_bind_expressions(MappingRun *run)
{
	MappingPlan *plan = run->plan;
	MemoryContext old;
	ListCell   *lc;

	/*
	 * Without the callbacks of its expressions: these may be of an attempt that
	 * was undone, and look at what is gone.  What a failure below leaves behind
	 * must not be freed again, hence the NULL.
	 */
	if (run->econtext != NULL)
		FreeExprContext(run->econtext, false);
	run->econtext = NULL;
	MemoryContextReset(run->expressions);
	old = MemoryContextSwitchTo(run->expressions);
	run->econtext = CreateStandaloneExprContext();
	run->econtext->ecxt_scantuple = run->slot;
	run->econtext->ecxt_param_list_info = run->params;
	run->states = palloc0(sizeof(ExprState *) * Max(plan->nexpressions, 1));
	run->selects = palloc0(sizeof(Subselect *) * Max(plan->nexpressions, 1));
	foreach(lc, plan->nexpressions > 0 ? (List *) plan->cached->expr : NIL)
	{
		Node	   *expr = lfirst(lc);
		int			i = foreach_current_index(lc);

		/* making a state looks at privileges on functions: an error is of this place */
		run->site = &plan->expression_sites[i];
		if (plan->expression_shown[i])
			continue;
		if (plan->expression_selects[i])
		{
			run->selects[i] = subselect_begin(run, arguments_in_form(plan->calls, expr, run->form));
			continue;
		}
		/* the plan's tree is read where it is, as its pin allows; renumbered, it is a copy */
		if (!run->own && !run->in_place)
			expr = replace_rte_variables(expr, 1, 0, row_column, run, NULL);
		run->states[i] = ExecInitExprWithParams((Expr *) expr, run->params);
	}
	MemoryContextSwitchTo(old);
}

/*
 * Makes what all runs have: a frame, and room for the result.  The buffers last
 * from row to row, so that most rows need no memory of their own but the copy
 * that is returned.
 */
static void
make_room(MappingRun *run)
{
	run_make_frame(&run->frame, &run->plan->root);
	json_buffer_init(&run->scratch, run->context);
	if (run->form == JSON_TEXT)
		json_buffer_init(&run->text, run->context);
	else
		json_writer_init(&run->writer, run->form, run->context);
}

/*
 * Makes a run of a pinned plan for rows of the given type.  Everything is
 * allocated in context, which the caller deletes.  Raises an error when the
 * row type lacks a column, or an expression must not be run by this role.
 */
MappingRun *
run_begin(MappingPlan *plan, JsonForm form, TupleDesc desc, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	MappingRun *run = palloc0(sizeof(MappingRun));
	ErrorContextCallback callback = {error_context_stack, run_error_context, run};

	error_context_stack = &callback;
	run->plan = plan;
	run->form = form;
	run->context = context;
	run->type = desc->tdtypeid;
	run->typmod = desc->tdtypmod;
	run->own = typeOrDomainTypeRelid(desc->tdtypeid) == plan->relation;
	bind_columns(run, desc);
	run->slot = make_slot(desc);
	run->expressions = AllocSetContextCreate(context, "fhir_bridge expressions", ALLOCSET_SMALL_SIZES);
	make_params(run);
	run_bind_expressions(run);
	make_room(run);
	error_context_stack = callback.previous;
	MemoryContextSwitchTo(old);
	return run;
}

/*
 * Makes a run of a pinned plan that was made from a program: its columns are
 * arguments, which the caller puts into run->slot.  Everything is allocated in
 * context.  It has no states, since each value and condition is an argument; and
 * of a slot the two arrays alone, which are all that deciding reads.
 */
MappingRun *
run_begin_arguments(MappingPlan *plan, JsonForm form, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	MappingRun *run = palloc0(sizeof(MappingRun));
	int			n = Max(plan->narguments, 1);

	run->plan = plan;
	run->form = form;
	run->context = context;
	run->columns = palloc(sizeof(AttrNumber) * n);
	for (int i = 0; i < n; i++)
		run->columns[i] = i + 1;
	run->slot = palloc0(sizeof(TupleTableSlot));
	run->slot->tts_values = palloc0(sizeof(Datum) * n);
	run->slot->tts_isnull = palloc0(sizeof(bool) * n);
	run->econtext = CreateStandaloneExprContext();
	make_room(run);
	MemoryContextSwitchTo(old);
	return run;
}

/*
 * Gives back what one very wide row has taken: a session may go on for days, and
 * has a run for each call of each kept plan.
 */
static void
shrink_buffer(MappingRun *run)
{
	JsonBuffer *buffer = run->form == JSON_TEXT ? &run->text : &run->writer.buffer;

	if (unlikely(buffer->cap > KEEP_BUFFER))
		json_buffer_renew(buffer);
}

/*
 * Decides what stands in run->slot.  False: it has no resource.  A fault is
 * raised only when all has been evaluated: whatever an expression raises is
 * then raised first, here as where the mapping is inlined.
 */
static bool
decide_row(MappingRun *run)
{
	bool		decided;

	run->fault = NULL;
	decided = run_decide(run);
	if (unlikely(run->fault != NULL))
		run_raise_fault(run);
	return decided && !run->refused;
}

/*
 * Decides and writes what stands in run->slot, see run_row.  What is evaluated
 * lies in per-tuple memory, to which frames and values point until the row is
 * written.  The copy of the result alone is the caller's.
 */
static bool
write_row(MappingRun *run, Datum *result)
{
	MemoryContext old = MemoryContextSwitchTo(run->econtext->ecxt_per_tuple_memory);
	bool		written = run_write_whole(run);

	/* what that has seen of the row is forgotten: it reports no faults */
	if (!written && decide_row(run))
	{
		written = true;
		run->site = NULL;
		if (run->form == JSON_TEXT)
			run_write_text(run);
		else
			run_write_binary(run);
	}
	run->site = NULL;
	MemoryContextSwitchTo(old);
	if (written)
		*result = run->form == JSON_TEXT ? json_finish_buffer(&run->text) : json_finish(&run->writer);
	shrink_buffer(run);
	return written;
}

/*
 * Maps one row.  False: it has no resource.  The result, json or jsonb as the
 * run's form says, is allocated in the current context.  Raises faults of the
 * row and whatever the expressions raise, with path, line and column as
 * context.
 */
bool
run_row(MappingRun *run, HeapTupleHeader row, Datum *result)
{
	HeapTupleData tuple;

	tuple.t_len = HeapTupleHeaderGetDatumLength(row);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = row;
	return run_tuple(run, &tuple, result);
}

/* Puts a tuple into run->slot; where the row is used as a whole, it is a datum's. */
static void
store_tuple(MappingRun *run, HeapTuple tuple)
{
	run->site = NULL;
	run->row = tuple->t_data;
	ResetExprContext(run->econtext);
	ExecStoreHeapTuple(tuple, run->slot, false);
	/* once and up to the last column that is used: attributes behind it are never looked at */
	if (run->last > 0)
		slot_getsomeattrs(run->slot, run->last);
}

/* The same for a tuple. */
bool
run_tuple(MappingRun *run, HeapTuple tuple, Datum *result)
{
	ErrorContextCallback callback = {error_context_stack, run_error_context, run};
	bool		written;

	error_context_stack = &callback;
	store_tuple(run, tuple);
	written = write_row(run, result);
	/* the tuple is the caller's; an error passes by here, as nothing is held by the slot */
	ExecClearTuple(run->slot);
	error_context_stack = callback.previous;
	return written;
}

/*
 * Puts the id of a tuple's resource, and nothing else of it, into run->scratch.
 * id is the node of it: a PLAN_VALUE or a PLAN_TEXT.  False: there is no
 * resource, or no id.  The characters are the run's, good until it maps the next
 * row.
 */
bool
run_tuple_id(MappingRun *run, HeapTuple tuple, const PlanNode *id)
{
	ErrorContextCallback callback = {error_context_stack, run_error_context, run};
	MemoryContext old;
	bool		there;

	error_context_stack = &callback;
	store_tuple(run, tuple);
	old = MemoryContextSwitchTo(run->econtext->ecxt_per_tuple_memory);
	run->refused = false;

	/*
	 * Who reads ids alone must find those that the whole resource has: a row
	 * without the root's "$if" has none, and what would refuse the id does.
	 */
	there = run_condition_holds(run, &run->plan->root.root->condition) &&
		(id->kind == PLAN_TEXT ? run_decide_text(run, &run->frame, id) != 0 :
		 run_decide_slot(run, &run->frame, id->slot, id->number)) &&
		!run->refused;
	if (there)
		run_gather_text(run, &run->frame, id);
	MemoryContextSwitchTo(old);
	ExecClearTuple(run->slot);
	error_context_stack = callback.previous;
	return there;
}

/*
 * The same for a run of run_begin_arguments, whose slot the caller has filled.
 */
bool
run_arguments(MappingRun *run, Datum *result)
{
	ErrorContextCallback callback = {error_context_stack, run_error_context, run};
	bool		written;

	error_context_stack = &callback;
	run->site = NULL;
	ResetExprContext(run->econtext);
	written = write_row(run, result);
	error_context_stack = callback.previous;
	return written;
}
