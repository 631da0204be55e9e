/*
 * selection.c
 *		What a search asks of one source, as a statement.
 *
 * The statement reads the columns that the mapping needs, the values to sort by
 * and the key; it limits the rows, and resources are made of those alone.
 * Values are constants in the analysed statement; its text has parameters.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

#include "base/base.h"
#include "search/select/select.h"

/*
 * The row that is handed to functions of judge.c: of the columns that the
 * mapping needs, or the source's own.  found says that they are the first
 * columns of a sub-select that reads the source.
 */
static Node *
row_node(const SearchSource *source, bool found)
{
	const MappingPlan *plan = source->plan;
	RowExpr    *row = makeNode(RowExpr);
	int			column = 0;

	if (!export_source_is_narrow(plan))
		return (Node *) makeVar(EXPORT_SOURCE_INDEX, found ? 1 : 0, get_rel_type_id(plan->relation), -1, InvalidOid, 0);
	for (int i = 0; i < plan->ncolumns; i++)
	{
		Oid			type;
		int32		typmod;
		Oid			collation;

		if (plan->column_names[i] == NULL)
			continue;
		get_atttypetypmodcoll(plan->relation, i + 1, &type, &typmod, &collation);
		row->args = lappend(row->args, makeVar(EXPORT_SOURCE_INDEX, found ? ++column : i + 1, type, typmod, collation, 0));
		row->colnames = lappend(row->colnames, makeString(pstrdup(plan->column_names[i])));
	}
	row->row_typeid = RECORDOID;
	row->row_format = COERCE_EXPLICIT_CALL;
	row->location = -1;
	return (Node *) row;
}

/* A call of a function of judge.c, which SQL's own grammar has no way to write. */
static Node *
judge_call(const Selection *selection, Node *row, const char *name, Oid type, int number)
{
	Oid			types[] = {RECORDOID, INTERNALOID, INT4OID};
	int			nargs = number >= 0 ? 3 : 2;
	List	   *arguments = list_make2(row, invert_const(INTERNALOID, PointerGetDatum(selection->judge)));

	if (number >= 0)
		arguments = lappend(arguments, invert_const(INT4OID, Int32GetDatum(number)));
	return (Node *) makeFuncExpr(base_extension_function(selection->source->function, name, nargs, types), type,
								 arguments, get_typcollation(type), InvalidOid, COERCE_EXPLICIT_CALL);
}

/* CASE WHEN it is written THEN value END: what is not written counts as absent. */
static Node *
where_written(Node *value, Node *written)
{
	CaseExpr   *guarded = makeNode(CaseExpr);
	CaseWhen   *when = makeNode(CaseWhen);

	when->expr = (Expr *) written;
	when->result = (Expr *) value;
	when->location = -1;
	guarded->casetype = exprType(value);
	guarded->casecollid = exprCollation(value);
	guarded->args = list_make1(when);
	guarded->defresult = (Expr *) invert_nullable(exprType(value), (Datum) 0, true);
	guarded->location = -1;
	return (Node *) guarded;
}

/* Has every row that makes a resource a value there?  One that FHIR cannot hold is an error. */
static bool
is_always_written(const SearchSource *source, Node *value)
{
	return source->plan->on_invalid == ON_INVALID_ERROR && predicate_is(invert_there(source, value), true);
}

/* What rows are sorted by for one key. */
static SelectionSort *
make_sort(const Selection *selection, const SearchSort *sort, int number)
{
	SelectionSort *made = palloc0(sizeof(SelectionSort));

	made->sort = sort;
	made->node = selection->source->careful ? NULL : invert_sort(selection->source, sort, &made->written);
	made->column = made->node != NULL && number == 0;
	made->always = made->column && is_always_written(selection->source, made->node);
	if (made->node != NULL && number > 0)
		made->node = where_written(made->node, made->written.node);
	if (made->node != NULL)
		return made;
	if (sort->parameter->kind == PARAMETER_DATE)
		made->node = judge_call(selection, row_node(selection->source, false), "fhir_bridge_search_time", TIMESTAMPTZOID, number);
	else if (sort->parameter->kind == PARAMETER_NUMBER || sort->parameter->kind == PARAMETER_QUANTITY)
		made->node = judge_call(selection, row_node(selection->source, false), "fhir_bridge_search_number", NUMERICOID, number);
	else
		made->node = invert_bytewise(judge_call(selection, row_node(selection->source, false), "fhir_bridge_search_text", TEXTOID, number));
	return made;
}

/* The id of the row's resource, where the expressions that it is made of may raise errors. */
static Node *
key_by_id(const Selection *selection)
{
	SearchSort *sort = palloc0(sizeof(SearchSort));
	List	   *sorts = selection->judge->sorts;

	sort->parameter = parameter_find(selection->source->type, "_id");
	selection->judge->sorts = lappend(list_copy(sorts), sort);
	return invert_bytewise(judge_call(selection, row_node(selection->source, false), "fhir_bridge_search_text", TEXTOID, list_length(sorts)));
}

/*
 * What the conditions (SearchCondition) ask of a source, in an order
 * (SearchSort).  All of it is allocated in the current context.
 */
Selection *
selection_make(SearchSource *source, List *conditions, List *sorts)
{
	Selection  *selection = palloc0(sizeof(Selection));
	Predicate	shown = invert_shown(source);
	ListCell   *lc;

	selection->source = source;
	selection->judge = palloc0(sizeof(SearchJudge));
	selection->judge->source = source;
	selection->judge->context = CurrentMemoryContext;
	selection->judge->sorts = sorts;
	selection->where = shown;
	foreach(lc, conditions)
	{
		SearchCondition *condition = lfirst(lc);
		Predicate	one = chain_predicate(source, condition, selection_make);

		selection->parts = lappend(selection->parts, memcpy(palloc(sizeof(Predicate)), &one, sizeof(Predicate)));
		if (!one.exact)
			selection->judge->conditions = lappend(selection->judge->conditions, condition);
		selection->where = predicate_and(selection->where, one);
	}
	if (selection->where.node == NULL)
		selection->where.node = makeBoolConst(true, false);
	selection->whole = selection->where.node;
	if (!selection->where.exact)
	{
		Node	   *judged = judge_call(selection, row_node(source, false), "fhir_bridge_search_matches", BOOLOID, -1);

		selection->whole = (Node *) makeBoolExpr(AND_EXPR, list_make2(selection->where.node, judged), -1);
		selection->judged = judge_call(selection, row_node(source, true), "fhir_bridge_search_matches", BOOLOID, -1);
	}
	foreach(lc, sorts)
		selection->sorts = lappend(selection->sorts, make_sort(selection, lfirst(lc), foreach_current_index(lc)));
	selection->key = source->careful ? list_make1(key_by_id(selection)) : source->key;
	return selection;
}
