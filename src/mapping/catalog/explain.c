/*
 * explain.c
 *		fhir_map_explain: a mapping's plan as rows.
 *
 * The plan is what runs, so it is what is shown: constant subtrees are one
 * row, and columns are those that the planned expressions read.  Below a $each
 * a value's columns are also those of what is repeated, so that the rows can be
 * read both ways: from element to columns, and from column to elements.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "nodes/bitmapset.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/base.h"
#include "mapping/catalog/mapping.h"

PG_FUNCTION_INFO_V1(fhir_bridge_map_explain);

/* Columns of the result, from 0. */
enum ExplainColumn
{
	EXPLAIN_STEP,
	EXPLAIN_PATH,
	EXPLAIN_SOURCE,
	EXPLAIN_COLUMNS,
	EXPLAIN_FHIR_TYPE,
	EXPLAIN_SQL_TYPE,
	EXPLAIN_WRITTEN,
	EXPLAIN_LINE,
	EXPLAIN_COLUMN,
	EXPLAIN_NCOLUMNS
};

/* While a plan is explained. */
typedef struct Explain
{
	MappingPlan *plan;
	ReturnSetInfo *result;
	int			step;			/* rows so far */
	Bitmapset **params;			/* columns behind each Param, by number - 1 */
} Explain;

/* What one row says. */
typedef struct ExplainRow
{
	const PlanSite *site;
	const char *source;			/* expression, or JSON; may be NULL */
	Bitmapset  *columns;
	R4Type		type;
	char	   *sql_type;		/* or NULL: a constant */
	const char *written;
} ExplainRow;

/* Walker state: where columns are gathered. */
typedef struct ParamWalk
{
	Explain    *explain;
	Bitmapset  *columns;
} ParamWalk;

static void explain_members(Explain *explain, const PlanNode *node, bool certain);

/* Walker: gathers the columns behind the Params that an expression reads. */
static bool
param_walker(Node *node, ParamWalk *walk)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, param_walker, (void *) walk, 0);
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN)
		walk->columns = bms_add_members(walk->columns,
										walk->explain->params[((Param *) node)->paramid - 1]);
	return expression_tree_walker(node, param_walker, (void *) walk);
}

/* One of the plan's expressions. */
static Node *
plan_expression(const MappingPlan *plan, int number)
{
	return list_nth((List *) plan->cached->expr, number);
}

/* The columns of an expression of the plan, also through its Params. */
static Bitmapset *
expression_columns(Explain *explain, int number)
{
	ParamWalk	walk = {explain, NULL};
	Node	   *expr = plan_expression(explain->plan, number);

	plan_columns(expr, &walk.columns);
	if (bms_is_member(0, walk.columns))
	{
		walk.columns = bms_del_member(walk.columns, 0);
		if (explain->plan->ncolumns > 0)
			walk.columns = bms_add_range(walk.columns, 1, explain->plan->ncolumns);
	}
	(void) param_walker(expr, &walk);
	return walk.columns;
}

/* The columns of a slot. */
static Bitmapset *
slot_columns(Explain *explain, const PlanSlot *slot)
{
	if (slot->column > 0)
		return bms_make_singleton(slot->column);
	return expression_columns(explain, slot->expression);
}

/* The SQL type of a slot. */
static char *
slot_type(const PlanSlot *slot)
{
	char	   *name = format_type_be(slot->encoder.type);

	return slot->encoder.array ? psprintf("%s[]", name) : name;
}

/* The names of columns as text[], in the relation's order. */
static Datum
column_names(const MappingPlan *plan, const Bitmapset *columns)
{
	Datum	   *names = palloc(sizeof(Datum) * Max(bms_num_members(columns), 1));
	int			n = 0;
	int			column = -1;

	while ((column = bms_next_member(columns, column)) >= 0)
		if (plan->column_names[column - 1] != NULL)
			names[n++] = CStringGetTextDatum(plan->column_names[column - 1]);
	return PointerGetDatum(construct_array(names, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* Adds a row to the result. */
static void
add_row(Explain *explain, const ExplainRow *row)
{
	Datum		values[EXPLAIN_NCOLUMNS] = {0};
	bool		nulls[EXPLAIN_NCOLUMNS] = {false};
	const char *fhir_type = r4_type_name(row->type);

	nulls[EXPLAIN_SOURCE] = row->source == NULL;
	nulls[EXPLAIN_FHIR_TYPE] = fhir_type == NULL;
	nulls[EXPLAIN_SQL_TYPE] = row->sql_type == NULL;
	values[EXPLAIN_STEP] = Int32GetDatum(++explain->step);
	values[EXPLAIN_PATH] = CStringGetTextDatum(row->site->path);
	if (row->source != NULL)
		values[EXPLAIN_SOURCE] = CStringGetTextDatum(row->source);
	values[EXPLAIN_COLUMNS] = column_names(explain->plan, row->columns);
	if (fhir_type != NULL)
		values[EXPLAIN_FHIR_TYPE] = CStringGetTextDatum(fhir_type);
	if (row->sql_type != NULL)
		values[EXPLAIN_SQL_TYPE] = CStringGetTextDatum(row->sql_type);
	values[EXPLAIN_WRITTEN] = CStringGetTextDatum(row->written);
	values[EXPLAIN_LINE] = Int32GetDatum(row->site->line);
	values[EXPLAIN_COLUMN] = Int32GetDatum(row->site->column);
	tuplestore_putvalues(explain->result->setResult, explain->result->setDesc, values, nulls);
}

/* A condition or the subject of a $each; the node's own type is shown. */
static Bitmapset *
explain_expression(Explain *explain, const PlanExpression *expression, R4Type type,
				   const char *written, bool written_rows)
{
	ExplainRow	row = {.site = &expression->site, .type = type, .written = written};
	Node	   *node = plan_expression(explain->plan, expression->expression);

	row.source = expression->site.source;
	row.columns = expression_columns(explain, expression->expression);
	/* rows of a sub-select are gathered as what is written of them */
	row.sql_type = written_rows ? pstrdup("record") :
		format_type_with_typemod(exprType(node), exprTypmod(node));
	add_row(explain, &row);
	return row.columns;
}

/* Appends constant text of a template, its braces doubled as written there. */
static void
append_literal(StringInfo buf, const char *text)
{
	for (; *text != '\0'; text++)
	{
		if (*text == '{' || *text == '}')
			appendStringInfoChar(buf, *text);
		appendStringInfoChar(buf, *text);
	}
}

/* Text around slots: the string as the template has it. */
static void
explain_text(Explain *explain, const PlanNode *node)
{
	ExplainRow	row = {.site = &node->site, .type = node->type, .sql_type = "text", .written = "when not empty"};
	StringInfoData source;

	initStringInfo(&source);
	for (int i = 0; i < node->nparts; i++)
	{
		const PlanPart *part = &node->parts[i];

		if (part->slot == NULL)
			append_literal(&source, part->text);
		else
		{
			appendStringInfo(&source, "{%s}", part->slot->site.source);
			row.columns = bms_add_members(row.columns, slot_columns(explain, part->slot));
		}
	}
	row.source = source.data;
	add_row(explain, &row);
}

/* A value, or the members that a placeholder gives. */
static void
explain_value(Explain *explain, const PlanNode *node)
{
	ExplainRow	row = {.site = &node->slot->site, .type = node->type, .written = "when not empty"};

	row.source = node->slot->site.source;
	row.columns = slot_columns(explain, node->slot);
	row.sql_type = slot_type(node->slot);
	add_row(explain, &row);
}

/* A constant; certain says that nothing around it can take it away. */
static void
explain_constant(Explain *explain, const PlanNode *node, bool certain)
{
	ExplainRow	row = {.site = &node->site, .type = node->type};

	row.source = node->fragment->text;
	row.written = certain ? "always" : "with its group";
	add_row(explain, &row);
}

/* An object repeated: what it is repeated over, then its members. */
static void
explain_each(Explain *explain, const PlanNode *node)
{
	const PlanNode *body = node->scope->root;

	Bitmapset  *columns = explain_expression(explain, &node->each, node->type, "for each", node->slot != NULL);

	for (int i = 0; i < node->nparams; i++)
		explain->params[node->param - 1 + i] = columns;
	if (body->condition.expression >= 0)
		explain_expression(explain, &body->condition, node->type, "when $if", false);
	explain_members(explain, body, false);
}

/* Something that stands exactly when its element does not. */
static void
explain_absent(Explain *explain, const PlanNode *node)
{
	ExplainRow	row = {.site = &node->site, .type = node->type};

	row.written = psprintf("when %s is empty", node->absent_of->name != NULL ? node->absent_of->name : node->absent_of->site.path);
	add_row(explain, &row);
}

/* A node and what stands below it. */
static void
explain_node(Explain *explain, const PlanNode *node, bool certain)
{
	switch (node->kind)
	{
		case PLAN_CONSTANT:
			explain_constant(explain, node, certain);
			return;
		case PLAN_NULL:
			return;
		case PLAN_VALUE:
		case PLAN_LIST:
			explain_value(explain, node);
			return;
		case PLAN_TEXT:
			explain_text(explain, node);
			return;
		case PLAN_EACH:
			explain_each(explain, node);
			return;
		case PLAN_OBJECT:
		case PLAN_ARRAY:
			break;
	}
	if (node->absent_of != NULL)
		explain_absent(explain, node);
	if (node->condition.expression >= 0)
		explain_expression(explain, &node->condition, node->type, "when $if", false);
	/* members of an array decide one by one; an object's go with it */
	certain = certain && node->condition.expression < 0 && node->absent_of == NULL && node->nneed == 0 &&
		(node->kind == PLAN_ARRAY || node->constants_count || !node->has_values);
	explain_members(explain, node, certain);
}

/* The members of a container in the template's order. */
static void
explain_members(Explain *explain, const PlanNode *node, bool certain)
{
	for (int i = 0; i < node->nchildren; i++)
		explain_node(explain, node->children[i], certain);
}

/*
 * fhir_map_explain(name text) RETURNS TABLE (step, path, source, columns,
 *			fhir_type, sql_type, written, line, "column")
 *		The compiled plan of a mapping, one row for each thing that may be
 *		written and for each condition, in the template's order.
 *
 * Raises the faults that a changed relation or function has brought.
 */
Datum
fhir_bridge_map_explain(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge explain",
												  ALLOCSET_DEFAULT_SIZES);
	Explain		explain = {.result = result};
	const PlanNode *root;
	MemoryContext old;

	InitMaterializedSRF(fcinfo, 0);
	old = MemoryContextSwitchTo(context);
	explain.plan = mapping_plan_by_name(fcinfo->flinfo->fn_oid, text_to_cstring(PG_GETARG_TEXT_PP(0)), context);
	explain.params = palloc0(sizeof(Bitmapset *) * Max(explain.plan->nparams, 1));
	root = explain.plan->root.root;
	if (root->condition.expression >= 0)
		explain_expression(&explain, &root->condition, root->type, "when $if", false);
	explain_members(&explain, root, root->condition.expression < 0);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return (Datum) 0;
}
