/*
 * explain_search.c
 *		fhir_search_sql and fhir_search_explain: how a search is answered.
 *
 * Both show what would run for the caller.  Calls that SQL cannot write are
 * shown as what they stand for: those of fhir_id's private form as fhir_id,
 * and what is judged on resources not at all, but by a word beside it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "base/base.h"
#include "ident/ident.h"
#include "mapping/plan/program.h"
#include "search/answer/answer.h"

PG_FUNCTION_INFO_V1(fhir_bridge_search_sql);
PG_FUNCTION_INFO_V1(fhir_bridge_search_explain);

/* Mutator: leaves out what is judged on resources. */
static Node *
hide_judged(Node *node, void *context)
{
	FuncExpr   *call = (FuncExpr *) node;

	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
		return (Node *) query_tree_mutator((Query *) node, hide_judged, context, 0);
	if (IsA(node, FuncExpr) && strncmp(get_func_name(call->funcid), "fhir_bridge_search_", 19) == 0)
		return call->funcresulttype == BOOLOID ? makeBoolConst(true, false) :
			invert_nullable(call->funcresulttype, (Datum) 0, true);
	return expression_tree_mutator(node, hide_judged, context);
}

/* The expression or query with what SQL can write in the place of what it cannot. */
static Node *
show(const SearchSource *source, Node *node)
{
	return export_source_plain(source->function, hide_judged(node, NULL));
}

/* Adds a row of texts (NULL is NULL) to a function's result. */
static void
put_row(ReturnSetInfo *result, const char *const *texts, int n)
{
	Datum		values[8];
	bool		nulls[8];

	for (int i = 0; i < n; i++)
	{
		nulls[i] = texts[i] == NULL;
		values[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(texts[i]);
	}
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* What is left to be judged on the resources of a selection; NULL when nothing is. */
static char *
judged_text(const Selection *selection)
{
	StringInfoData text;
	ListCell   *lc;

	if (selection->where.exact)
		return NULL;
	initStringInfo(&text);
	foreach(lc, selection->judge->conditions)
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "", ((SearchCondition *) lfirst(lc))->name);
	return text.len > 0 ? text.data : pstrdup("whether the row makes a resource");
}

/* The arguments of both functions. */
typedef struct ExplainCall
{
	FunctionCallInfo fcinfo;
	ReturnSetInfo *result;
} ExplainCall;

/* Calls the work that writes the result of either function. */
static Datum
explain(FunctionCallInfo fcinfo, BaseWork write)
{
	ExplainCall call = {fcinfo, (ReturnSetInfo *) fcinfo->resultinfo};

	InitMaterializedSRF(fcinfo, 0);
	forbidden_guard(write, &call);
	return (Datum) 0;
}

/* The search that is asked about. */
static SearchAnswer *
prepare(const ExplainCall *call)
{
	FunctionCallInfo fcinfo = call->fcinfo;

	return search_prepare(fcinfo->flinfo->fn_oid, text_to_cstring(PG_GETARG_TEXT_PP(0)),
						  text_to_cstring(PG_GETARG_TEXT_PP(1)), NULL, "strict");
}

/* Writes the statements: work of forbidden_guard. */
static void
write_statements(void *arg)
{
	ExplainCall *call = arg;
	SearchAnswer *answer = prepare(call);
	ListCell   *lc;

	foreach(lc, answer->selections)
	{
		Selection  *selection = lfirst(lc);
		bool		phased = selection->sorts != NIL && ((SelectionSort *) linitial(selection->sorts))->column;
		ExportSql	sql;
		Query	   *query;
		const char *texts[3];

		selection_select(&sql, selection, phased ? PHASE_VALUES : PHASE_ALL, NULL, answer->query->count + 1);
		query = (Query *) show(selection->source, (Node *) export_sql_query(&sql));
		texts[0] = selection->source->plan->fullname;
		texts[1] = pg_get_querydef(query, true);
		texts[2] = judged_text(selection);
		put_row(call->result, texts, lengthof(texts));
	}
}

/*
 * fhir_search_sql(type text, query text) RETURNS TABLE (mapping, statement, judged)
 *		The statement of a search's first page, one row a mapping.
 */
Datum
fhir_bridge_search_sql(PG_FUNCTION_ARGS)
{
	return explain(fcinfo, write_statements);
}

/* Walker: finds the first operand that an index could have. */
static bool
find_operand(Node *node, Node **operand)
{
	Node	   *left;

	if (node == NULL || *operand != NULL || IsA(node, SubLink))
		return false;
	if ((IsA(node, OpExpr) && list_length(((OpExpr *) node)->args) == 2) || IsA(node, ScalarArrayOpExpr))
	{
		left = IsA(node, OpExpr) ? linitial(((OpExpr *) node)->args) : linitial(((ScalarArrayOpExpr *) node)->args);
		while (IsA(left, RelabelType))
			left = (Node *) ((RelabelType *) left)->arg;
		if (IsA(left, Var) || (IsA(left, FuncExpr) && strcmp(get_func_name(((FuncExpr *) left)->funcid), "fhir_index_id") == 0) ||
			(IsA(left, CollateExpr) && IsA(((CollateExpr *) left)->arg, FuncExpr)))
			*operand = left;
		return *operand != NULL;
	}
	return expression_tree_walker(node, find_operand, (void *) operand);
}

/* Does an index begin with the operand? */
static bool
index_begins_with(Relation index, Node *operand)
{
	List	   *expressions = RelationGetIndexExpressions(index);

	if (IsA(operand, Var))
		return index->rd_index->indkey.values[0] == ((Var *) operand)->varattno;
	if (index->rd_index->indkey.values[0] != 0 || expressions == NIL)
		return false;
	if (IsA(operand, CollateExpr))
		return equal(linitial(expressions), ((CollateExpr *) operand)->arg) &&
			index->rd_indcollation[0] == C_COLLATION_OID;
	return equal(linitial(expressions), operand);
}

/* The name of an index of the relation that begins with the operand; NULL when there is none. */
static char *
find_index(Relation relation, Node *operand)
{
	char	   *name = NULL;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(relation))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		if (name == NULL && index->rd_index->indisvalid && index_begins_with(index, operand))
			name = pstrdup(RelationGetRelationName(index));
		index_close(index, AccessShareLock);
	}
	return name;
}

/* The index that serves a predicate, or the statement that makes one; NULL where neither helps. */
static char *
index_text(const SearchSource *source, Node *predicate)
{
	Node	   *operand = NULL;
	Relation	relation;
	char	   *text;
	bool		by_bytes;
	char		kind = get_rel_relkind(source->plan->relation);

	(void) find_operand(predicate, &operand);
	if (operand == NULL || (kind != RELKIND_RELATION && kind != RELKIND_MATVIEW && kind != RELKIND_PARTITIONED_TABLE))
		return NULL;
	relation = relation_open(source->plan->relation, AccessShareLock);
	text = find_index(relation, operand);
	relation_close(relation, AccessShareLock);
	if (text != NULL)
		return text;
	by_bytes = IsA(operand, CollateExpr);
	if (by_bytes)
		operand = (Node *) ((CollateExpr *) operand)->arg;
	return psprintf("CREATE INDEX ON %s (%s%s);", base_relation_name(source->plan->relation),
					deparse_expression(operand, deparse_context_for("this", source->plan->relation), false, false),
					by_bytes ? " COLLATE \"C\"" : "");
}

/* How a condition is answered, in words. */
static const char *
answered_text(const Predicate *predicate)
{
	if (predicate_is(*predicate, false))
		return "by no row";
	if (predicate_is(*predicate, true))
		return "by every row";
	if (predicate->exact)
		return "in SQL";
	return predicate->node != NULL ? "in SQL, then on each resource" : "on each resource";
}

/* Explains the conditions: work of forbidden_guard. */
static void
write_conditions(void *arg)
{
	ExplainCall *call = arg;
	SearchAnswer *answer = prepare(call);
	ListCell   *lc;

	foreach(lc, answer->selections)
	{
		Selection  *selection = lfirst(lc);
		const SearchSource *source = selection->source;
		ListCell   *condition;
		ListCell   *part;

		forboth(condition, answer->query->conditions, part, selection->parts)
		{
			const Predicate *predicate = lfirst(part);
			bool		is_constant = predicate->node == NULL || IsA(predicate->node, Const);
			Node	   *node = is_constant ? NULL : show(source, predicate->node);
			const char *texts[5] = {
				((SearchCondition *) lfirst(condition))->name, source->plan->fullname, answered_text(predicate), NULL, NULL
			};

			if (node != NULL)
			{
				texts[3] = deparse_expression(node, deparse_context_for("this", source->plan->relation), false, false);
				texts[4] = index_text(source, node);
			}
			put_row(call->result, texts, lengthof(texts));
		}
	}
}

/*
 * fhir_search_explain(type text, query text) RETURNS TABLE (parameter, mapping, answered, condition, index)
 *		How each parameter is answered by each mapping, and what index serves it.
 */
Datum
fhir_bridge_search_explain(PG_FUNCTION_ARGS)
{
	return explain(fcinfo, write_conditions);
}
