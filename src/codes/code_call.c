/*
 * code_call.c
 *		Calls of fhir_code, fhir_coding and fhir_concept in analysed expressions.
 *
 * Whoever judges or turns round a template asks here which map it looks into;
 * the functions are known by their names, as no other of the extension's has
 * these.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "codes/code.h"

/*
 * Reads a call that looks up a value; false for any other node.  schema is the
 * extension's.
 */
bool
code_read_call(Node *node, Oid schema, CodeCall *call)
{
	FuncExpr   *function = (FuncExpr *) node;
	const Const *map;
	const char *name;

	if (node == NULL || !IsA(node, FuncExpr) || list_length(function->args) != 2 ||
		get_func_namespace(function->funcid) != schema)
		return false;
	name = get_func_name(function->funcid);
	call->whole = strcmp(name, "fhir_coding") == 0 || strcmp(name, "fhir_concept") == 0;
	if (!call->whole && strcmp(name, "fhir_code") != 0)
		return false;
	map = linitial(function->args);
	call->map = IsA(map, Const) && !map->constisnull && map->consttype == TEXTOID ?
		TextDatumGetCString(map->constvalue) : NULL;
	call->value = lsecond(function->args);
	return true;
}
