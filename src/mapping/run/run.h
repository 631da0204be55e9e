/*
 * run.h
 *		A plan at work: what one call site needs to map rows.
 *
 * A run belongs to one call site for one query (fn_extra): expression states
 * carry the privilege checks of the role that made them and are not
 * re-entrant, so they are never kept longer.  It pins its plan.
 */
#ifndef FHIR_BRIDGE_RUN_H
#define FHIR_BRIDGE_RUN_H

#include "postgres.h"

#include "access/htup_details.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "json/json.h"
#include "mapping/plan/plan.h"
#include "mapping/run/subselect.h"
#include "utils/resowner.h"

/* What is wrong with a row: the rule that it breaks. */
typedef enum RunRule
{
	RULE_FORM,					/* a value not of its type's form or range */
	RULE_OFFSET,				/* a time without its offset */
	RULE_BINDING,				/* a code outside its required binding */
	RULE_REQUIRED,				/* an element that R4 requires is empty */
	RULE_CARDINALITY,			/* several values where one belongs */
	RULE_CHOICE,				/* two choices of one value[x] */
	RULE_UNMAPPED,				/* a code that a code map does not have */
	RULE_TEXT,					/* text is lost, because one of its values is empty */
	RULE_MODIFIER,				/* an element was left out that changes the meaning */
	RULE_EXPRESSION				/* an expression raised an error */
} RunRule;

/* A fault of a row.  Good until the row is done; holds no value of it. */
typedef struct RunFault
{
	RunRule		rule;
	bool		refuses;		/* the row makes no resource because of it */
	int			sqlstate;
	const PlanSite *site;		/* path, expression, line and column */
	const char *message;		/* lower case, no full stop */
	const char *hint;			/* a sentence, or NULL */
	/* RULE_UNMAPPED: for who asks what a code map lacks, never for a message */
	const char *map;
	const char *lacked;			/* the source without an entry */
	bool		has_default;	/* the map's author has thought of others */
} RunFault;

/* Takes the faults of a guarded row one by one. */
typedef void (*RunFaultHandler) (void *arg, const RunFault *fault);

typedef struct MappingRun
{
	MappingPlan *plan;			/* pinned */
	Oid			role;			/* of arguments: whose rights were checked */
	JsonForm	form;
	MemoryContext context;		/* of the run; what a row needs is in
								 * econtext's per-tuple memory */

	/* the rows' type */
	Oid			type;
	int32		typmod;
	bool		own;			/* they are of the mapped relation's type */
	uint64		generation;		/* base_relation_generation when it was looked up */
	TupleTableSlot *slot;		/* the present row's values; nothing in it is its own */
	AttrNumber *columns;		/* attribute in the row, by the relation's */
	bool		in_place;		/* they have the same numbers, and the row is not used as a whole */
	AttrNumber	last;			/* last attribute that is needed */

	HeapTupleHeader row;		/* the present one; NULL: arguments */

	/* expressions */
	MemoryContext expressions;	/* of econtext and states */
	ExprContext *econtext;		/* per-tuple memory is reset before a row, not behind it */
	ExprState **states;			/* NULL: it is in selects, or only shown */
	struct Subselect **selects; /* those with sub-selects */
	ParamListInfo params;		/* elements of $each */

	/* one row */
	PlanFrame	frame;			/* of the resource: each row writes over the last */
	const PlanSite *site;		/* what is being evaluated, for messages */
	bool		lacks;			/* some node has NODE_LACKS */
	bool		lost;			/* a value was left out just now, see NODE_LOST */
	uint64		omissions;		/* code_omissions, as it was last seen */
	RunFault   *fault;			/* the first that is to be raised */

	/* one guarded row: see collect.c */
	RunFaultHandler on_fault;	/* NULL: faults are raised */
	void	   *fault_arg;
	bool		refused;		/* a fault has refused the row */
	bool		doubtful;		/* an expression failed: an empty element may be
								 * its consequence, and is not reported */
	int			expression;		/* evaluated last */
	Bitmapset  *broken;			/* expressions that raised an error */

	JsonBuffer	text;			/* JSON_TEXT */
	JsonBuffer	scratch;		/* characters before they are escaped */
	JsonWriter	writer;			/* JSON_BINARY */
} MappingRun;

/* How a guarded row ended. */
typedef enum RunOutcome
{
	ROW_MAPPED,					/* there is a resource */
	ROW_LEFT_OUT,				/* by "$if" or "$need" of the root: none, and no fault */
	ROW_REFUSED					/* none, because of its faults */
} RunOutcome;

/* Rows mapped with their faults collected: see collect.c. */
typedef struct RunGuard
{
	MappingRun *run;
	RunFaultHandler handler;
	void	   *arg;
	MemoryContext context;		/* of the faults of one row */
	List	   *faults;			/* RunFault: of one row */
	MemoryContext caller;		/* where the caller allocates */
	ResourceOwner owner;		/* the caller's */
	int			rows;			/* since the subtransaction began */
	bool		open;			/* the subtransaction is */
	bool		once;			/* there is none: see run_guarded_once */
} RunGuard;

/* Maps rows by run_guard_tuple. */
typedef void (*RunGuardBody) (RunGuard *guard, void *arg);

/*
 * While a guarded row is mapped: takes the faults of what calls in its
 * sub-selects write (write_call.c).  NULL: they are raised.
 */
extern RunFaultHandler run_part_fault;
extern void *run_part_fault_arg;

/* in collect.c */
extern void run_guarded(MappingRun *run, RunFaultHandler handler, void *arg,
						RunGuardBody body, void *body_arg);
extern RunOutcome run_guarded_once(MappingRun *run, RunFaultHandler handler, void *arg, HeapTuple tuple, Datum *result);
extern RunOutcome run_guard_tuple(RunGuard *guard, HeapTuple tuple, Datum *result);
extern bool run_error_is_of_row(int sqlerrcode);
extern void run_guard_pause(RunGuard *guard);
extern void run_guard_resume(RunGuard *guard);

/* in run.c */
extern MappingRun *run_begin(MappingPlan *plan, JsonForm form, TupleDesc desc,
							 MemoryContext context);
extern MappingRun *run_begin_arguments(MappingPlan *plan, JsonForm form, MemoryContext context);
extern bool run_row(MappingRun *run, HeapTupleHeader row, Datum *result);
extern bool run_arguments(MappingRun *run, Datum *result);
extern bool run_tuple(MappingRun *run, HeapTuple tuple, Datum *result);
extern bool run_tuple_id(MappingRun *run, HeapTuple tuple, const PlanNode *id);
extern void run_bind_expressions(MappingRun *run);

/* in row_fault.c */
extern void run_fault(MappingRun *run, const RunFault *fault);
extern void run_raise_fault(MappingRun *run);
extern bool run_value_fault(MappingRun *run, const Encoder *encoder, const PlanSite *site,
							EncoderState state, Datum value);
extern void run_missing_fault(MappingRun *run, const PlanNode *member, bool refuses);
extern void run_text_fault(MappingRun *run, const PlanNode *text);
extern void run_modifier_fault(MappingRun *run, const PlanNode *member);
extern void run_choice_fault(MappingRun *run, const PlanNode *first, const PlanNode *other);
extern const char *run_rule_name(RunRule rule);
extern const char *run_rule_code(RunRule rule);

/* in decide_value.c */
extern void run_gather_text(MappingRun *run, const PlanFrame *frame, const PlanNode *node);
extern uint8 run_decide_text(MappingRun *run, PlanFrame *frame, const PlanNode *node);
extern uint8 run_decide_list(MappingRun *run, PlanFrame *frame, const PlanNode *node);
extern int	run_each_members(MappingRun *run, const PlanNode *node, Datum **members);
extern int	run_array_elements(Datum value, const Encoder *element, Datum **members);
extern int	run_jsonb_elements(Jsonb *json, const char *mapping, const char *path, Datum **members);

/* in decide_required.c */
extern const PlanNode *run_missing_required(const PlanFrame *frame, const PlanNode *node);
extern void run_judge_required(MappingRun *run);

/* in decide.c */
extern bool run_decide(MappingRun *run);
extern bool run_may_lose_modifiers(Oid function, const MappingPlan *plan);
extern bool run_condition_holds(MappingRun *run, const PlanExpression *condition);
extern void run_make_frame(PlanFrame *frame, const PlanScope *scope);

/* in write_text.c */
extern void run_write_text(MappingRun *run);
extern bool run_write_whole(MappingRun *run);

/* in write_binary.c */
extern void run_write_binary(MappingRun *run);

/*
 * Evaluates one of the plan's expressions.  In a guarded row one that has
 * raised an error is NULL.  What is allocated for it lies in per-tuple memory:
 * callers have switched to that, and a query's result is copied there.
 */
static inline Datum
run_evaluate(MappingRun *run, int expression, bool *isnull)
{
	if (unlikely(run->broken != NULL) && bms_is_member(expression, run->broken))
	{
		*isnull = true;
		return (Datum) 0;
	}
	/* before it runs: should it raise an error, collect.c asks which one did */
	run->expression = expression;
	if (unlikely(run->states[expression] == NULL))
		return subselect_evaluate(run->selects[expression], run, isnull);
	return ExecEvalExprSwitchContext(run->states[expression], run->econtext, isnull);
}

/*
 * The row's value for a slot, before anything is asked of it.  That of a column
 * may point into the row, which its owner keeps until it has been written.
 */
static inline Datum
run_slot_value(MappingRun *run, const PlanSlot *slot, bool *isnull)
{
	run->site = &slot->site;
	if (slot->column > 0)
	{
		int			column = run->columns[slot->column - 1] - 1;

		*isnull = run->slot->tts_isnull[column];
		return run->slot->tts_values[column];
	}
	return run_evaluate(run, slot->expression, isnull);
}

/*
 * Is a value that is not NULL there to be written?  It may be replaced, by one
 * that is detoasted or pruned: what is kept for the writers is *value behind this.
 */
static inline bool
run_value_is_present(MappingRun *run, const PlanSlot *slot, Datum *value)
{
	EncoderState state = encoder_prepare(&slot->encoder, value);

	if (likely(state == VALUE_PRESENT))
		return true;
	return state != VALUE_EMPTY && run_value_fault(run, &slot->encoder, &slot->site, state, *value);
}

/* PLAN_VALUE, and the slots of a PLAN_TEXT. */
static inline bool
run_decide_slot(MappingRun *run, PlanFrame *frame, const PlanSlot *slot, int number)
{
	bool		isnull;
	Datum		value = run_slot_value(run, slot, &isnull);

	if (isnull || !run_value_is_present(run, slot, &value))
		return false;
	frame->values[number] = value;
	return true;
}

#endif							/* FHIR_BRIDGE_RUN_H */
