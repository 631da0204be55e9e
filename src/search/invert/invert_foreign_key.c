/*
 * invert_foreign_key.c
 *		References to ids that nobody has.
 *
 * A reference may point to nothing, or to a row that the caller does not see.
 * So an id that was not found is compared as it is, and without an index on the
 * reference's tag the whole table is read.  A foreign key says more: where the
 * target has no such row, no row refers to it.  That holds for whom no policy
 * hides rows of the target from.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "search/invert/invert.h"

/* The column of the source's rows that a key of an id is, if it compares by its characters; or 0. */
static AttrNumber
key_column(Node *key)
{
	Var		   *var = (Var *) key;

	if (!IsA(key, Var) || var->varno != EXPORT_SOURCE_INDEX || var->varlevelsup != 0 || var->varattno <= 0 ||
		(OidIsValid(var->varcollid) && !get_collation_isdeterministic(var->varcollid)))
		return 0;
	return var->varattno;
}

/* The place of a column in a foreign key's; -1 when it is none of it. */
static int
find_column(const ForeignKeyCacheInfo *key, AttrNumber column)
{
	for (int i = 0; i < key->nkeys; i++)
		if (key->conkey[i] == column)
			return i;
	return -1;
}

/* Is a foreign key true of every row, at any moment of a transaction? */
static bool
key_holds(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	Form_pg_constraint form;
	bool		holds;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_constraint) GETSTRUCT(tuple);
	holds = form->convalidated && !form->condeferrable && !base_constraint_has_period(form);
	ReleaseSysCache(tuple);
	return holds;
}

/* Does a foreign key say of the keys of a reference that a row of the target has them as its own? */
static bool
key_covers(const ForeignKeyCacheInfo *key, const FuncExpr *call, const FuncExpr *own)
{
	if (key->nkeys != list_length(call->args) - 2)
		return false;
	for (int i = 2; i < list_length(call->args); i++)
	{
		Node	   *from = list_nth(call->args, i);
		Node	   *to = list_nth(own->args, i);
		int			place = find_column(key, key_column(from));

		if (key_column(from) == 0 || key_column(to) == 0 || place < 0 || key->confkey[place] != key_column(to) ||
			getBaseType(exprType(from)) != getBaseType(exprType(to)))
			return false;
	}
	return true;
}

/* Are all rows of a relation its own, and those of its partitions? */
static bool
is_closed(Relation relation)
{
	return relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE ||
		(relation->rd_rel->relkind == RELKIND_RELATION && !relation->rd_rel->relhassubclass);
}

/*
 * Has every reference of a source that the call makes a row in the target,
 * whose ids the other call makes, and does the caller see all of these?
 */
bool
invert_never_dangles(const SearchSource *source, const FuncExpr *call, Oid target, const FuncExpr *own)
{
	Relation	relation;
	bool		covered = false;
	ListCell   *lc;

	if (list_length(call->args) != list_length(own->args) || check_enable_rls(target, InvalidOid, true) == RLS_ENABLED)
		return false;
	relation = base_relation_open(source->plan->relation, AccessShareLock);
	foreach(lc, is_closed(relation) ? RelationGetFKeyList(relation) : NIL)
	{
		ForeignKeyCacheInfo *key = lfirst(lc);

		if (key->confrelid == target && key_holds(key->conoid) && key_covers(key, call, own))
			covered = true;
	}
	relation_close(relation, NoLock);
	return covered;
}
