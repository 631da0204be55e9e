/*
 * lint_result.c
 *		The results of an expression that are known before any row.
 *
 * An expression such as CASE WHEN stop IS NULL THEN 'active' ELSE 'stopped' END
 * can give no other texts than those two; fhir_code('sex', x) gives what its
 * map gives.  Other results are left to the rows.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/base.h"
#include "codes/code.h"
#include "mapping/lint/lint.h"

/* A constant's text; NULL when it is NULL, blank or no text. */
static const char *
const_text(const Node *node)
{
	const Const *value = (const Const *) node;
	char	   *string;

	if (!IsA(node, Const) || value->constisnull ||
		(value->consttype != TEXTOID && value->consttype != VARCHAROID && value->consttype != BPCHAROID))
		return NULL;
	string = TextDatumGetCString(value->constvalue);
	return string[strspn(string, " \t\r\n\f\v")] != '\0' ? string : NULL;
}

/* Visits what the expression can give. */
static void
visit(const Node *node, Oid schema, const ResultCallbacks *callbacks)
{
	ListCell   *lc;
	CodeCall	call;

	check_stack_depth();
	if (node == NULL)
		return;
	switch (nodeTag(node))
	{
		case T_RelabelType:
			visit((Node *) ((const RelabelType *) node)->arg, schema, callbacks);
			break;
		case T_CaseExpr:
			foreach(lc, ((const CaseExpr *) node)->args)
				visit((Node *) lfirst_node(CaseWhen, lc)->result, schema, callbacks);
			visit((Node *) ((const CaseExpr *) node)->defresult, schema, callbacks);
			break;
		case T_CoalesceExpr:
			foreach(lc, ((const CoalesceExpr *) node)->args)
				visit(lfirst(lc), schema, callbacks);
			break;
		case T_Const:
			{
				const char *text = const_text(node);

				if (text != NULL)
					callbacks->text(callbacks->context, text);
				break;
			}
		case T_FuncExpr:
			if (code_read_call((Node *) node, schema, &call) && call.map != NULL)
				callbacks->look_up(callbacks->context, call.map, call.whole);
			break;
		default:
			break;
	}
}

/* Is a SQL type one of numbers, conditions, times or uuids, which are no texts of the author's? */
bool
lint_is_no_text(Oid type)
{
	return type == UUIDOID || strchr("BDN", TypeCategory(type)) != NULL;
}

/*
 * Calls back for each result that the analysed expression is known to give.
 * function is any of the extension's.
 */
void
lint_each_result(const TemplateExpr *expr, Oid function, const ResultCallbacks *callbacks)
{
	if (expr->expr != NULL)
		visit(expr->expr, base_extension_schema(function), callbacks);
}
