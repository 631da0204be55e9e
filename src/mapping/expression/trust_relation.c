/*
 * trust_relation.c
 *		What comes with the tables and views that a sub-select reads.
 *
 * A view brings its query, a table its policies of row-level security: all of
 * them, because other roles will be under others.  A foreign table reads its
 * columns from text.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "nodes/makefuncs.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rowsecurity.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/base.h"
#include "mapping/expression/trust.h"

/* The policies of a table, as far as they concern reading, each as a query. */
static List *
policy_queries(const RangeTblEntry *rte, Relation relation)
{
	List	   *queries = NIL;
	ListCell   *lc;

	if (!relation->rd_rel->relrowsecurity || relation->rd_rsdesc == NULL)
		return NIL;
	foreach(lc, relation->rd_rsdesc->policies)
	{
		RowSecurityPolicy *policy = lfirst(lc);
		Query	   *query = makeNode(Query);

		if (policy->qual == NULL || (policy->polcmd != '*' && policy->polcmd != 'r'))
			continue;
		query->commandType = CMD_SELECT;
		query->rtable = list_make1((RangeTblEntry *) copyObject(rte));
		query->jointree = makeFromExpr(NIL, copyObject((Node *) policy->qual));
		queries = lappend(queries, query);
	}
	return queries;
}

/* An error for a foreign table with a column whose reading runs somebody's code. */
static void
check_foreign(Trust *trust, Relation relation)
{
	TupleDesc	desc = RelationGetDescr(relation);

	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped &&
			trust_type(trust, TupleDescAttr(desc, i)->atttypid) == TRUST_OPEN)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("a sub-select in a mapping cannot read foreign table \"%s\"", RelationGetRelationName(relation)),
					 errdetail("Its column \"%s\" is of a type whose reading runs its owner's checks.",
							   NameStr(TupleDescAttr(desc, i)->attname)),
					 errhint("Declare the column with the domain's base type.")));
}

/*
 * The queries that a relation brings into the one that reads it, each relation
 * once.  *policies says that they are policies of a table whose owner is no
 * superuser.
 */
List *
trust_relation(Trust *trust, const RangeTblEntry *rte, bool *policies)
{
	Relation	relation;
	List	   *queries;

	*policies = false;
	if (list_member_oid(trust->relations, rte->relid))
		return NIL;
	trust->relations = lappend_oid(trust->relations, rte->relid);
	if (trust->rewritten)
		return NIL;				/* what it brings stands in the tree */
	relation = base_relation_open(rte->relid, AccessShareLock);
	if (rte->relkind == RELKIND_FOREIGN_TABLE)
		check_foreign(trust, relation);
	if (rte->relkind == RELKIND_VIEW)
		queries = list_make1(copyObject(get_view_query(relation)));
	else
	{
		queries = policy_queries(rte, relation);
		*policies = !trust_role(relation->rd_rel->relowner);
	}
	relation_close(relation, NoLock);
	return queries;
}
