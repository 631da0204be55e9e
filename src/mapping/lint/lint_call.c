/*
 * lint_call.c
 *		Calls of the extension's functions that must fail for every row.
 *
 * A code map whose name is mistyped, a value that no code map can be asked for,
 * and a key that no id can be made of are known before any row is read.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/base.h"
#include "codes/code.h"
#include "ident/ident.h"
#include "mapping/lint/lint.h"

/* Where a call stands. */
typedef struct CallWalk
{
	Template   *template;
	const TemplateNode *node;
	const TemplateExpr *expr;
	Oid			function;		/* any of the extension's */
	Oid			schema;			/* the extension's */
} CallWalk;

/* fhir_code(map, value) and its like. */
static void
judge_look_up(CallWalk *walk, const CodeCall *call)
{
	Oid			type = exprType(call->value);

	if (!code_type_is_looked_up(type))
		template_fault(walk->template, walk->node, walk->expr->offset, ERRCODE_DATATYPE_MISMATCH,
					   type == JSONBOID || type == JSONOID ? "Take the text: document ->> 'key'." : "Cast it to text.",
					   "a value of type %s cannot be looked up in a code map", format_type_be(type));
	if (call->map != NULL && code_map_get_if_any(walk->function, call->map) == NULL)
		template_fault(walk->template, walk->node, walk->expr->offset, ERRCODE_UNDEFINED_OBJECT,
					   "Register it first, with fhir_code_map(). The table fhir_code_map lists those that are there.",
					   "code map \"%s\" does not exist", hint_constant(call->map));
}

/* fhir_id(kind, key...), as it stands in a mapping: behind a marker. */
static void
judge_id(CallWalk *walk, const FuncExpr *call)
{
	if (call->funcvariadic)
		return;
	for (int i = 2; i < list_length(call->args); i++)
	{
		Oid			type = exprType(list_nth(call->args, i));

		if (!ident_type_is_key(type))
			template_fault(walk->template, walk->node, walk->expr->offset, ERRCODE_DATATYPE_MISMATCH,
						   type == TIMESTAMPOID ? "Make an instant of it, as in at AT TIME ZONE 'Asia/Taipei'." :
							   "Keys are text, integer, numeric, boolean, uuid, date and timestamp with time zone: cast it to one of these.",
						   "an id cannot be made of a value of type %s", format_type_be(type));
	}
}

/* Walker: the calls of an expression, also those in its sub-selects. */
static bool
call_walker(Node *node, CallWalk *walk)
{
	const FuncExpr *call = (const FuncExpr *) node;
	CodeCall	look_up;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, call_walker, (void *) walk, 0);
	if (code_read_call(node, walk->schema, &look_up))
		judge_look_up(walk, &look_up);
	else if (IsA(node, FuncExpr) && get_func_namespace(call->funcid) == walk->schema &&
			 strcmp(get_func_name(call->funcid), "fhir_bridge_id_in_mapping") == 0)
		judge_id(walk, call);
	return expression_tree_walker(node, call_walker, (void *) walk);
}

/* Adds the faults of an expression's calls. */
static void
lint_expression(CallWalk *walk, const TemplateExpr *expr)
{
	if (expr == NULL || expr->expr == NULL)
		return;
	walk->expr = expr;
	(void) call_walker(expr->expr, walk);
}

/* Adds the faults of the calls in a node's own expressions. */
void
lint_calls(Template *template, const TemplateNode *node, Oid function)
{
	CallWalk	walk = {.template = template, .node = node, .function = function, .schema = base_extension_schema(function)};
	ListCell   *lc;

	lint_expression(&walk, node->condition);
	lint_expression(&walk, node->each);
	foreach(lc, node->parts)
		lint_expression(&walk, ((const TemplatePart *) lfirst(lc))->expr);
}
