/*
 * inline_gather.c
 *		Which sub-selects are worth gathering, and what they become.
 *
 * "(SELECT name FROM ward WHERE ward.code = this.ward)" becomes
 *
 *		CASE WHEN fhir_bridge_often(ward, n)
 *			THEN fhir_bridge_gathered((SELECT fhir_bridge_gather(code, name) FROM ward), ward, NULL)
 *			ELSE (SELECT name FROM ward WHERE ward.code = ward) END
 *
 * where the first inner sub-select takes nothing from the row, so that the
 * server evaluates it once in a query, when it is first needed.  See
 * mapping/run/gather.c.
 *
 * It is done only where nothing can be seen of it but its time: one plain table
 * without policies, known to be small, by a column with a unique index and an
 * equality of that index, for a column and nothing computed.  So reading all
 * rows raises no error that reading some would not.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "storage/bufmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/base.h"
#include "mapping/inline/inline.h"
#include "mapping/run/gather.h"

/* A table of more rows is not read for one resource after another. */
#define MOST_ROWS		100000

/* Reading a row of the table costs an eighth of running the sub-select. */
#define ROWS_PER_RUN	8

/* But so many times it is run at least: the query may have few rows. */
#define FEWEST_RUNS		100

/* Are there long values, stored apart?  Together they may be more than one value of the server's can hold. */
static bool
has_long_values(Relation table)
{
	Relation	apart;
	bool		found;

	if (!OidIsValid(table->rd_rel->reltoastrelid))
		return false;
	apart = table_open(table->rd_rel->reltoastrelid, AccessShareLock);
	found = RelationGetNumberOfBlocks(apart) > 0;
	table_close(apart, AccessShareLock);
	return found;
}

/* A sub-select of the form that is gathered. */
typedef struct Lookup
{
	RangeTblEntry *table;
	OpExpr	   *equality;
	Node	   *key;			/* of the table: a column, maybe with a binary-compatible type */
	Node	   *asked;			/* what the row is looked up by */
	Node	   *value;			/* of the table, likewise */
} Lookup;

/* The column of a sub-select's only table that an expression is; or NULL. */
static const Var *
column_of(Node *node)
{
	const Var  *var;

	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	var = (const Var *) node;
	return IsA(node, Var) && var->varlevelsup == 0 && var->varno == 1 && var->varattno > 0 ? var : NULL;
}

/*
 * Has the query nothing but a table, a condition and a column?  Each clause is
 * named, since what is not known here would be lost without a word: the query
 * that gathers has the table alone.
 */
static bool
is_simple(const Query *query)
{
	RangeTblEntry *table = query->rtable == NIL ? NULL : linitial(query->rtable);

	return query->commandType == CMD_SELECT && list_length(query->rtable) == 1 && table->rtekind == RTE_RELATION &&
		table->relkind == RELKIND_RELATION && table->securityQuals == NIL && table->tablesample == NULL &&
		!query->hasRowSecurity && !query->hasAggs && !query->hasWindowFuncs && !query->hasTargetSRFs &&
		!query->hasSubLinks && !query->hasDistinctOn && query->cteList == NIL && query->groupClause == NIL &&
		query->groupingSets == NIL && query->havingQual == NULL && query->distinctClause == NIL &&
		query->sortClause == NIL && query->limitOffset == NULL && query->limitCount == NULL &&
		query->rowMarks == NIL && query->setOperations == NULL && list_length(query->targetList) == 1 &&
		list_length(query->jointree->fromlist) == 1 && IsA(linitial(query->jointree->fromlist), RangeTblRef);
}

/*
 * Reads the parts of a sub-select; false when it is of another form.  What is
 * asked for must come from the row around (else the server evaluates the
 * sub-select once by itself) and from nothing that may differ when it is
 * evaluated twice.
 */
static bool
read_lookup(Lookup *lookup, const Query *query)
{
	OpExpr	   *equality = (OpExpr *) query->jointree->quals;

	if (!is_simple(query) || equality == NULL || !IsA(equality, OpExpr) || list_length(equality->args) != 2)
		return false;
	lookup->table = linitial(query->rtable);
	lookup->equality = equality;
	lookup->value = (Node *) linitial_node(TargetEntry, query->targetList)->expr;
	for (int i = 0; i < 2; i++)
	{
		lookup->key = list_nth(equality->args, i);
		lookup->asked = list_nth(equality->args, 1 - i);
		if (column_of(lookup->key) != NULL && column_of(lookup->value) != NULL &&
			!contain_vars_of_level(lookup->asked, 0) && contain_vars_of_level(lookup->asked, 1) &&
			!checkExprHasSubLink(lookup->asked) && !contain_volatile_functions(lookup->asked))
			return true;
	}
	return false;
}

/*
 * Is it an index by which the equality finds one row at most?  One that is
 * partial, not valid or checked at the end of a transaction allows two rows, if
 * only for a while, and so does one whose equality, or collation, is not that of
 * the query.
 */
static bool
index_is_unique(Oid id, const Lookup *lookup)
{
	Relation	index = index_open(id, AccessShareLock);
	Form_pg_index form = index->rd_index;
	Oid			family = index->rd_opfamily[0];
	bool		unique = form->indisunique && form->indimmediate && form->indisvalid && form->indnkeyatts == 1 &&
		form->indkey.values[0] == column_of(lookup->key)->varattno &&
		heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL) &&
		family == get_opclass_family(GetDefaultOpClass(exprType(lookup->key), BTREE_AM_OID)) &&
		get_op_opfamily_strategy(lookup->equality->opno, family) == BTEqualStrategyNumber &&
		(!OidIsValid(lookup->equality->inputcollid) ||
		 (lookup->equality->inputcollid == index->rd_indcollation[0] && get_collation_isdeterministic(lookup->equality->inputcollid)));

	index_close(index, AccessShareLock);
	return unique;
}

/*
 * How many rows a table has that is known to be small, and whose key is unique;
 * or -1.  A table that was never analysed is not known to be small.  The query
 * around holds a lock on it, so that none is taken here.
 */
static int
rows_of(const Lookup *lookup)
{
	Relation	table = table_open(lookup->table->relid, NoLock);
	float4		rows = table->rd_rel->reltuples;
	bool		unique = false;
	ListCell   *lc;

	/* a table that has grown since is told by its size */
	if (rows >= 0 && rows <= MOST_ROWS && table->rd_rel->relam == HEAP_TABLE_AM_OID && table->rd_rel->relpages > 0 &&
		RelationGetNumberOfBlocks(table) <= 2 * (BlockNumber) table->rd_rel->relpages && !table->rd_rel->relhassubclass &&
		!has_long_values(table))
		foreach(lc, RelationGetIndexList(table))
			unique |= index_is_unique(lfirst_oid(lc), lookup);
	table_close(table, NoLock);
	return unique ? rows : -1;
}

/* The sub-select that gathers the table: fhir_bridge_gather(key, value). */
static Node *
gather_select(Oid function, const SubLink *link, const Lookup *lookup)
{
	Oid			types[] = {ANYOID, ANYOID};
	Aggref	   *gather = makeNode(Aggref);
	Query	   *query = copyObject((Query *) link->subselect);
	SubLink    *result = makeNode(SubLink);

	gather->aggfnoid = base_extension_function(function, "fhir_bridge_gather", 2, types);
	gather->aggtype = get_func_rettype(gather->aggfnoid);
	gather->aggtranstype = INTERNALOID;
	gather->aggargtypes = list_make2_oid(exprType(lookup->key), exprType(lookup->value));
	gather->args = list_make2(makeTargetEntry((Expr *) copyObject(lookup->key), 1, NULL, false),
							  makeTargetEntry((Expr *) copyObject(lookup->value), 2, NULL, false));
	gather->aggkind = AGGKIND_NORMAL;
	gather->aggsplit = AGGSPLIT_SIMPLE;
	gather->aggno = gather->aggtransno = -1;
	gather->location = -1;
	query->targetList = list_make1(makeTargetEntry((Expr *) gather, 1, pstrdup("gathered"), false));
	query->jointree->quals = NULL;
	query->hasAggs = true;
	result->subLinkType = EXPR_SUBLINK;
	result->subselect = (Node *) query;
	result->location = -1;
	return (Node *) result;
}

/*
 * The CASE of the first comment.  The sub-select of the table stands in the
 * branch that is seldom reached at first: the server evaluates such a one when
 * it is needed, not before.  asked moves out of the sub-select that it stood in.
 */
static Node *
gather(Oid function, SubLink *link, const Lookup *lookup, int rows)
{
	Oid			rows_type;
	Oid			value_type = exprType(lookup->value);
	Oid			often_types[] = {ANYOID, INT4OID};
	Oid			gathered_types[] = {InvalidOid, ANYOID, ANYELEMENTOID};
	Node	   *select = gather_select(function, link, lookup);
	Node	   *asked = copyObject(lookup->asked);
	CaseExpr   *result = makeNode(CaseExpr);
	CaseWhen   *when = makeNode(CaseWhen);
	Const	   *times = makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum(Max(rows / ROWS_PER_RUN, FEWEST_RUNS)), false, true);

	rows_type = exprType(select);
	gathered_types[0] = rows_type;
	IncrementVarSublevelsUp(asked, -1, 1);
	when->expr = (Expr *) makeFuncExpr(base_extension_function(function, "fhir_bridge_often", 2, often_types), BOOLOID,
									   list_make2(asked, times), InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	when->result = (Expr *) makeFuncExpr(base_extension_function(function, "fhir_bridge_gathered", 3, gathered_types), value_type,
										 list_make3(select, copyObject(asked), makeNullConst(value_type, exprTypmod(lookup->value), exprCollation(lookup->value))),
										 exprCollation(lookup->value), InvalidOid, COERCE_EXPLICIT_CALL);
	when->location = -1;
	result->casetype = value_type;
	result->casecollid = exprCollation(lookup->value);
	result->args = list_make1(when);
	result->defresult = (Expr *) link;
	result->location = -1;
	return (Node *) result;
}

/* Mutator: puts what is gathered in the place of sub-selects. */
static Node *
gather_mutator(Node *node, Oid *function)
{
	SubLink    *link = (SubLink *) node;
	Lookup		lookup;
	int			rows;

	if (node == NULL)
		return NULL;
	if (!IsA(node, SubLink))
		return expression_tree_mutator(node, gather_mutator, (void *) function);
	if (link->subLinkType != EXPR_SUBLINK || !read_lookup(&lookup, (Query *) link->subselect) ||
		!gather_takes_key(exprType(lookup.key)) || !gather_takes_key(exprType(lookup.asked)) ||
		!gather_takes_value(exprType(lookup.value)) || (rows = rows_of(&lookup)) < 0)
		return node;
	return gather(*function, link, &lookup, rows);
}

/*
 * Puts what is gathered in the place of sub-selects of a call, which are
 * rewritten and stand in the query: see above.
 */
Node *
inline_gather(Oid function, Node *call)
{
	return gather_mutator(call, &function);
}
