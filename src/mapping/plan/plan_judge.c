/*
 * plan_judge.c
 *		What a plan was trusted for: noticing changes, and judging its sub-selects
 *		once more, just before they are planned.
 */
#include "postgres.h"

#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "mapping/expression/trust.h"
#include "mapping/plan/plan.h"

/* What objects of a plan are known by: the hash of a message about them. */
#define OBJECT_HASH(cacheid, oid) ((int) GetSysCacheHashValue1(cacheid, ObjectIdGetDatum(oid)))

/*
 * The functions and types that a plan reaches, as hashes, in the current
 * context: also those that no server's cache of expressions knows, because
 * views, policies or types lead to them.
 */
List *
plan_objects(const Trust *trust)
{
	List	   *objects = NIL;
	ListCell   *lc;

	foreach(lc, trust->functions)
		objects = lappend_int(objects, OBJECT_HASH(PROCOID, lfirst_oid(lc)));
	foreach(lc, trust->types)
		objects = lappend_int(objects, OBJECT_HASH(TYPEOID, lfirst_oid(lc)));
	return objects;
}

/*
 * Judges a tree that has been rewritten: the views and policies in it are those
 * that the planner gets.  An error unless it holds what may be run, and calls
 * no more functions than the mapping was approved for.
 */
void
plan_judge(const MappingPlan *plan, Node *tree)
{
	Trust		trust = {.row = get_rel_type_id(plan->relation), .rewritten = true};
	ListCell   *lc;

	trust_check(&trust, tree);
	foreach(lc, trust.untrusted)
	{
		if (!list_member_oid(plan->approved, lfirst_oid(lc)))
			trust_refuse(plan->fullname, lfirst_oid(lc));
		if (plan->changed)
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("a function of mapping \"%s\" was replaced while it ran", plan->fullname),
					 errhint("Run the statement again.")));
	}
}
