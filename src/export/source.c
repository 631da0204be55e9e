/*
 * source.c
 *		A mapped relation as the FROM of a query of ours.
 *
 * The query calls fhir_json_from_row on a row of the columns that the mapping
 * needs, so that the planner takes the call into the query as it would a
 * user's.  The whole row, where such calls stay as they are, would read every
 * column: one that nobody needs may be large and stored elsewhere, or hidden
 * from the caller.  Only a mapping that uses its row as a whole gets it.
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/value.h"
#include "optimizer/clauses.h"
#include "parser/parse_func.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/base.h"
#include "ident/ident.h"
#include "mapping/run/id_rights.h"
#include "mapping/plan/program.h"
#include "mapping/catalog/rows.h"
#include "export/export.h"

/*
 * The plan of a mapping by its name, pinned until the memory context goes.
 * Raises an error when there is none, when its relation has no rows to read,
 * and when it makes ids that the caller may not have.
 */
MappingPlan *
export_source_open(Oid function, const char *mapping, MemoryContext context)
{
	MappingPlan *plan = mapping_plan_by_name(function, mapping, context);

	LockRelationOid(plan->relation, AccessShareLock);	/* as a query does: its name stays */
	mapping_check_has_rows(plan->relation);
	mapping_check_id_rights(function, plan, true);
	return plan;
}

/*
 * Does the call get the needed columns alone?  A row of some columns has no
 * type that Citus could write into a shard's query, where the call is taken
 * into the query anyway and reads only what it needs.
 */
bool
export_source_is_narrow(const MappingPlan *plan)
{
	return !plan->whole_row && !base_has_citus();
}

/*
 * Appends the call that makes the resource of a row; NULL where the mapping's
 * $if leaves the row out.
 */
void
export_source_resources(ExportSql *sql, const MappingPlan *plan)
{
	appendStringInfo(&sql->text, "%s(%s, ", base_extension_name(sql->function, "fhir_json_from_row"),
					 export_source_is_narrow(plan) ? "needed.*" : "this.*");
	export_sql_text(sql, plan->fullname);
	appendStringInfoChar(&sql->text, ')');
}

/* Appends FROM with the relation as "this", and its needed columns as "needed". */
void
export_source_from(ExportSql *sql, const MappingPlan *plan)
{
	appendStringInfo(&sql->text, " FROM %s AS this",
					 base_relation_name(plan->relation));
	if (!export_source_is_narrow(plan))
		return;
	appendStringInfoString(&sql->text, ", LATERAL (SELECT ");
	(void) rows_append_columns(&sql->text, plan);
	appendStringInfoString(&sql->text, ") AS needed");
}

/*
 * An expression of the plan as a node for export_sql_node.  Raises an error when
 * it holds a sub-select, which was planned for another query.
 */
Node *
export_source_expression(const MappingPlan *plan, int number)
{
	Node	   *node = list_nth((List *) plan->cached->expr, number);

	if (contain_subplans(node))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("mapping \"%s\" cannot be exported in parts", plan->fullname),
				 errdetail("Its id or meta.lastUpdated comes from a sub-select."),
				 errhint("Map a view that has the value as a column.")));
	return node;
}

/* The value of a slot, a column or an expression, in the same way. */
Node *
export_source_value(const MappingPlan *plan, const PlanSlot *slot)
{
	Oid			type;
	int32		typmod;
	Oid			collation;

	if (slot->column <= 0)
		return export_source_expression(plan, slot->expression);
	get_atttypetypmodcoll(plan->relation, slot->column, &type, &typmod, &collation);
	return (Node *) makeVar(EXPORT_SOURCE_INDEX, slot->column, type, typmod, collation, 0);
}

/* The two forms of fhir_id. */
typedef struct IdFunctions
{
	Oid			plain;
	Oid			in_mapping;
} IdFunctions;

static Node *
restore_id_calls(Node *node, IdFunctions *functions)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
		return (Node *) query_tree_mutator((Query *) node, restore_id_calls, (void *) functions, 0);
	node = expression_tree_mutator(node, restore_id_calls, (void *) functions);
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == functions->in_mapping)
	{
		FuncExpr   *call = (FuncExpr *) node;

		call->funcid = functions->plain;
		call->args = list_delete_first(call->args);
	}
	return node;
}

/*
 * A copy of an expression or query, with fhir_id where the mapping runs the form
 * of it that needs no right.  function is any of the extension's.
 */
Node *
export_source_plain(Oid function, Node *node)
{
	ProgramCalls calls = {0};
	IdFunctions functions;

	program_find_calls(function, &calls);
	functions.plain = ident_id_function(function);
	functions.in_mapping = ident_id_in_mapping(function, calls.type);
	return restore_id_calls(node, &functions);
}

/*
 * The expression as an index may have it.  Who may not call fhir_id gets the
 * expression as it is, and no index.
 */
Node *
export_source_indexed(const ExportSql *sql, Node *node)
{
	if (object_aclcheck(ProcedureRelationId, ident_id_function(sql->function), GetUserId(), ACL_EXECUTE) != ACLCHECK_OK)
		return node;
	return export_source_plain(sql->function, node);
}
