/*
 * plan_life.c
 *		How long a plan is kept.
 *
 * A plan owns its memory context.  Whoever runs it pins it for as long as a
 * memory context of his own lives; the last pin of a plan that its cache has
 * dropped frees it.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "mapping/plan/plan.h"

/* Frees a plan that nothing uses any more. */
void
mapping_plan_free(MappingPlan *plan)
{
	MemoryContextDelete(plan->context);
}

/* Gives a pin back; frees the plan when it was the last of a dropped one. */
void
mapping_plan_unpin(MappingPlan *plan)
{
	Assert(plan->pins > 0);
	plan->pins--;
	if (plan->pins == 0 && plan->dropped)
		mapping_plan_free(plan);
}

/* Memory context callback: the run's memory goes, so does its pin. */
static void
unpin_callback(void *arg)
{
	mapping_plan_unpin(arg);
}

/* Keeps a plan until the memory context is reset or deleted. */
void
mapping_plan_pin(MappingPlan *plan, MemoryContext context)
{
	MemoryContextCallback *callback = MemoryContextAlloc(context, sizeof(MemoryContextCallback));

	callback->func = unpin_callback;
	callback->arg = plan;
	MemoryContextRegisterResetCallback(context, callback);
	plan->pins++;
}
