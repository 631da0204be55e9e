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

/* The hashes by which messages about objects of a syscache are told apart. */
static List *
object_hashes(int cacheid, const List *objects)
{
	List	   *hashes = NIL;
	const ListCell *lc;

	foreach(lc, objects)
		hashes = lappend_int(hashes, (int) GetSysCacheHashValue1(cacheid, ObjectIdGetDatum(lfirst_oid(lc))));
	return hashes;
}

/*
 * Notes in a plan, whose memory is the current context, what was judged: also
 * what no server's cache of expressions knows, because views, policies or types
 * lead to it.
 */
void
plan_note_trust(MappingPlan *plan, const Trust *trust)
{
	plan->relations = list_copy(trust->relations);
	plan->functions = object_hashes(PROCOID, trust->functions);
	plan->types = object_hashes(TYPEOID, trust->types);
	plan->approved = list_copy(trust->untrusted);
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
