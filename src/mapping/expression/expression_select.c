/*
 * expression_select.c
 *		Sub-selects in the expressions of a template.
 *
 * A sub-select may stand in an expression, and "$each" may repeat over the
 * rows of one.  It sees the row as "this", whose columns need no prefix where
 * no column of its own has the name: a bare name that both sides have is
 * refused, because the meaning would change with the child table's columns.
 *
 * A table without a schema is one of the mapped relation's schema: names are
 * looked up under a pinned search_path, which has no tables of a site.
 *
 * What runs inside a view that a sub-select reads runs as the role that reads
 * the mapping.  A mapping is therefore answerable for the functions of such
 * views, too.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/base.h"
#include "mapping/expression/expression.h"

/* While tables get their schema. */
typedef struct Qualify
{
	Oid			schema;			/* of the mapped relation */
	List	   *ctes;			/* String: names that WITH gives */
} Qualify;

/* Gathers the names that WITH gives, anywhere in a raw tree. */
static bool
gather_ctes(Node *node, Qualify *qualify)
{
	if (node == NULL)
		return false;
	if (IsA(node, CommonTableExpr))
		qualify->ctes = lappend(qualify->ctes, makeString(((CommonTableExpr *) node)->ctename));
	return raw_expression_tree_walker(node, gather_ctes, (void *) qualify);
}

/* Gives a table without a schema the mapped relation's, where it is there. */
static bool
qualify_tables(Node *node, Qualify *qualify)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeVar))
	{
		RangeVar   *table = (RangeVar *) node;

		if (table->schemaname == NULL &&
			!list_member(qualify->ctes, makeString(table->relname)) &&
			OidIsValid(get_relname_relid(table->relname, qualify->schema)))
			table->schemaname = get_namespace_name(qualify->schema);
	}
	return raw_expression_tree_walker(node, qualify_tables, (void *) qualify);
}

/* Qualifies the tables in a raw expression, which is changed. */
void
expression_qualify_tables(const ExpressionScope *scope, Node *raw)
{
	Qualify		qualify = {.schema = RelationGetNamespace(scope->relation)};

	(void) gather_ctes(raw, &qualify);
	(void) qualify_tables(raw, &qualify);
}

/* How many sub-selects stand around what is being parsed. */
static int
parse_depth(const ParseState *pstate)
{
	int			depth = 0;

	while ((pstate = pstate->parentParseState) != NULL)
		depth++;
	return depth;
}

/* Is it a name that "$each" has bound? */
static bool
is_binding(const ExpressionScope *scope, const char *name)
{
	ListCell   *lc;

	foreach(lc, scope->bindings)
		if (strcmp(((ExpressionBinding *) lfirst(lc))->name, name) == 0)
			return true;
	return false;
}

/*
 * Judges a name that the parser has resolved: inside a sub-select it must not
 * be one that means something outside, too.  Raises an error for one that is.
 */
void
expression_check_name(ExpressionScope *scope, ParseState *pstate, const ColumnRef *cref, Node *found)
{
	int			depth = parse_depth(pstate);
	const char *name;

	if (depth == 0 || !IsA(linitial(cref->fields), String))
		return;
	if (IsA(found, Var) && ((Var *) found)->varlevelsup == depth)
		return;					/* of the row itself */
	name = strVal(linitial(cref->fields));
	if (list_length(cref->fields) > 1)
	{
		if (strcmp(name, "this") == 0 || is_binding(scope, name))
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_ALIAS),
					 errmsg("alias \"%s\" in a sub-select hides an outer name", name),
					 errhint("Choose another alias."),
					 parser_errposition(pstate, cref->location)));
	}
	else if (is_binding(scope, name) ||
			 get_attnum(RelationGetRelid(scope->relation), name) != InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_COLUMN),
				 errmsg("name \"%s\" exists in the sub-select and outside of it", name),
				 errhint("Write this.%s for the mapped row's column, or put the table's name or alias before it.", name),
				 parser_errposition(pstate, cref->location)));
}

/*
 * Analyses the sub-select of a "$each"; select is its raw form.  Returns it as
 * an expression whose subselect the caller takes.
 */
SubLink *
expression_analyse_select(ParseState *pstate, Node *select)
{
	SubLink    *link = makeNode(SubLink);
	Query	   *query = parse_sub_analyze(select, pstate, NULL, false, true);

	if (!IsA(query, Query) || query->commandType != CMD_SELECT)
		elog(ERROR, "unexpected non-SELECT command in a sub-select");
	pstate->p_hasSubLinks = true;
	link->subLinkType = EXPR_SUBLINK;
	link->subselect = (Node *) query;
	link->location = -1;
	return link;
}

/* Raises the error for what a sub-select must not do. */
static void
refuse(const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("a sub-select in a mapping cannot %s", what),
			 errhint("%s", hint)));
}

/*
 * Judges a view that a sub-select reads, as if the sub-select had its text;
 * walk is called for its query.
 */
static void
check_view(ExpressionScope *scope, Oid view, ExpressionQueryWalker walk)
{
	Relation	relation;
	Query	   *query;

	if (list_member_oid(scope->relations, view))
		return;
	scope->relations = lappend_oid(scope->relations, view);
	relation = base_relation_open(view, AccessShareLock);
	query = copyObject(get_view_query(relation));
	relation_close(relation, NoLock);
	if (contain_volatile_functions((Node *) query))
		refuse(psprintf("read view \"%s\", which calls a volatile function", get_rel_name(view)),
			   "The same row must always give the same resource.");
	walk(scope, query);
}

/*
 * Judges one level of a sub-select, not what stands below: what it reads and
 * that it does no more than that.  walk is called for the queries of views.
 */
void
expression_check_query(ExpressionScope *scope, Query *query, ExpressionQueryWalker walk)
{
	ListCell   *lc;

	check_stack_depth();
	if (query->commandType != CMD_SELECT)
		refuse("change data", "A mapping only reads.");
	if (query->rowMarks != NIL)
		refuse("lock rows", "Leave out FOR UPDATE and its like: a mapping only reads.");
	if (base_reads_citus((Node *) query))
		refuse("read a table of Citus", "Map a view that has the sub-select as a column: Citus plans it there.");
	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst(lc);

		if (rte->rtekind != RTE_RELATION)
			continue;
		if (rte->tablesample != NULL)
			refuse("sample rows", "The same row must always give the same resource.");
		if (get_rel_persistence(rte->relid) == RELPERSISTENCE_TEMP)
			refuse("read a temporary table", "Other sessions and parallel workers do not see it.");
		if (rte->relkind == RELKIND_VIEW)
			check_view(scope, rte->relid, walk);
	}
}
