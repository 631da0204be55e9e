/*
 * compat.h
 *		Differences between PostgreSQL 15 to 18, and nothing else.
 */
#ifndef FHIR_BRIDGE_COMPAT_H
#define FHIR_BRIDGE_COMPAT_H

#include "access/tupdesc.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "common/base64.h"
#include "common/jsonapi.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/wait_event.h"

/* postgres.h no longer brings the varlena macros since 16. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* The SQL/JSON functions of 17 have paths in their nodes. */
#if PG_VERSION_NUM >= 170000
#include "utils/jsonpath.h"
#endif

/* Ownership and privilege checks were unified in 16. */
#if PG_VERSION_NUM < 160000
#define object_ownercheck(classid, objectid, roleid) \
	((classid) == RelationRelationId ? pg_class_ownercheck(objectid, roleid) : \
	 pg_proc_ownercheck(objectid, roleid))
#define object_aclcheck(classid, objectid, roleid, mode) \
	((classid) == ProcedureRelationId ? pg_proc_aclcheck(objectid, roleid, mode) : \
	 (classid) == NamespaceRelationId ? pg_namespace_aclcheck(objectid, roleid, mode) : \
	 (classid) == ForeignServerRelationId ? pg_foreign_server_aclcheck(objectid, roleid, mode) : \
	 pg_class_aclcheck(objectid, roleid, mode))
#endif

/* What a query's relations ask of the role is a list of its own since 16. */
#if PG_VERSION_NUM >= 160000
#define base_query_is_permitted(query) ExecCheckPermissions((query)->rtable, (query)->rteperminfos, false)
#define base_plan_must_be_permitted(plan) ((void) ExecCheckPermissions((plan)->rtable, (plan)->permInfos, true))
#else
#define base_query_is_permitted(query) ExecCheckRTPerms((query)->rtable, false)
#define base_plan_must_be_permitted(plan) ((void) ExecCheckRTPerms((plan)->rtable, true))
#endif

/* A scan of an index with one key; it may be counted since 18 what EXPLAIN shows of it. */
#if PG_VERSION_NUM >= 180000
#define base_index_begin(table, index, snapshot) index_beginscan(table, index, snapshot, NULL, 1, 0)
#else
#define base_index_begin(table, index, snapshot) index_beginscan(table, index, snapshot, 1, 0)
#endif

/* Generated columns may be computed when they are read since 18; expressions over rows refuse them. */
#if PG_VERSION_NUM >= 180000
#define base_forget_generated(desc, i) \
	(TupleDescAttr(desc, i)->attgenerated = '\0', populate_compact_attribute(desc, i))
#define base_has_virtual_columns(desc) ((desc)->constr != NULL && (desc)->constr->has_generated_virtual)
#else
#define base_forget_generated(desc, i) ((void) (desc))
#define base_has_virtual_columns(desc) ((void) (desc), false)
#endif

/* Actions of the JSON parser return an error code since 16. */
#if PG_VERSION_NUM >= 160000
#define JSON_ACTION JsonParseErrorType
#define JSON_ACTION_DONE return JSON_SUCCESS
#else
#define JSON_ACTION void
#define JSON_ACTION_DONE return
#endif

/* Whether a plan is run only once is the executor's own knowledge since 18. */
#if PG_VERSION_NUM >= 180000
#define executor_run(query, count, once) ExecutorRun(query, ForwardScanDirection, count)
#else
#define executor_run(query, count, once) ExecutorRun(query, ForwardScanDirection, count, once)
#endif

/*
 * Until 15, an aggregate's result is copied unless it is in the current memory
 * context.  A final function that says where it is, by leaving that context as
 * the current one, spares the copy; Agg and WindowAgg go back to their own.
 */
#if PG_VERSION_NUM < 160000
#define base_keep_result(context) ((void) MemoryContextSwitchTo(context))
#else
#define base_keep_result(context) ((void) 0)
#endif

/* Base64 is made of bytes, not of characters, since 18. */
#if PG_VERSION_NUM >= 180000
#define base64_encode(from, length, to, room) pg_b64_encode((const uint8 *) (from), length, to, room)
#define base64_decode(from, length, to, room) pg_b64_decode(from, length, (uint8 *) (to), room)
#else
#define base64_encode(from, length, to, room) pg_b64_encode(from, length, to, room)
#define base64_decode(from, length, to, room) pg_b64_decode(from, length, to, room)
#endif

/*
 * Is a node one of the SQL/JSON constructs that came with 16 and 17?  *values
 * are what it converts, *type what it makes, where these are not nodes below.
 */
#if PG_VERSION_NUM >= 160000
static inline bool
base_is_json_node(Node *node, List **values, Oid *type)
{
	switch (nodeTag(node))
	{
		case T_JsonConstructorExpr:
			*values = ((JsonConstructorExpr *) node)->args;
			*type = ((JsonConstructorExpr *) node)->returning->typid;
			return true;
#if PG_VERSION_NUM >= 170000
		case T_JsonExpr:
			*values = list_concat(list_make1(((JsonExpr *) node)->formatted_expr),
								  list_copy(((JsonExpr *) node)->passing_values));
			*type = ((JsonExpr *) node)->returning->typid;
			return true;
		case T_JsonBehavior:
			return true;
#endif
		case T_JsonFormat:
		case T_JsonReturning:
		case T_JsonValueExpr:
		case T_JsonIsPredicate:
			return true;
		default:
			return false;
	}
}
#else
#define base_is_json_node(node, values, type) (false)
#endif

/*
 * The SQL/JSON functions of 17 compare times in the session's zone.  May a path
 * of this node do so?  Those of JSON_TABLE's rows lie in a plan of its own.
 */
#if PG_VERSION_NUM >= 170000
static inline bool
base_json_path_follows(Node *path, JsonExpr *expr)
{
	return !IsA(path, Const) ||
		(!((Const *) path)->constisnull &&
		 jspIsMutable(DatumGetJsonPathP(((Const *) path)->constvalue), expr->passing_names, expr->passing_values));
}

static inline bool
base_json_plan_follows(Node *plan, JsonExpr *expr)
{
	if (plan == NULL)
		return false;
	if (IsA(plan, JsonTableSiblingJoin))
		return base_json_plan_follows((Node *) ((JsonTableSiblingJoin *) plan)->lplan, expr) ||
			base_json_plan_follows((Node *) ((JsonTableSiblingJoin *) plan)->rplan, expr);
	return base_json_path_follows((Node *) castNode(JsonTablePathScan, plan)->path->value, expr) ||
		base_json_plan_follows((Node *) castNode(JsonTablePathScan, plan)->child, expr);
}

static inline bool
base_json_follows_zone(Node *node)
{
	if (IsA(node, JsonExpr))
		return base_json_path_follows(((JsonExpr *) node)->path_spec, (JsonExpr *) node);
	return IsA(node, TableFunc) && ((TableFunc *) node)->functype == TFT_JSON_TABLE &&
		base_json_plan_follows(((TableFunc *) node)->plan, castNode(JsonExpr, ((TableFunc *) node)->docexpr));
}
#else
#define base_json_follows_zone(node) (false)
#endif

/* A JSON lexer over a C string in the server's encoding, with unescaping. */
#if PG_VERSION_NUM >= 170000
#define json_lex_context(text, length) \
	makeJsonLexContextCstringLen(NULL, text, length, GetDatabaseEncoding(), true)
#else
#define json_lex_context(text, length) \
	makeJsonLexContextCstringLen(unconstify(char *, text), length, GetDatabaseEncoding(), true)
#endif

/* JSON has constructors of its own since 16, and functions of paths since 17. */
#if PG_VERSION_NUM >= 170000
#define base_json_arguments(node) \
	(IsA(node, JsonConstructorExpr) ? ((JsonConstructorExpr *) (node))->args : \
	 IsA(node, JsonExpr) ? ((JsonExpr *) (node))->passing_values : NIL)
#define base_json_result(node) (IsA(node, JsonExpr) ? ((JsonExpr *) (node))->returning->typid : InvalidOid)
#elif PG_VERSION_NUM >= 160000
#define base_json_arguments(node) (IsA(node, JsonConstructorExpr) ? ((JsonConstructorExpr *) (node))->args : NIL)
#define base_json_result(node) (InvalidOid)
#else
#define base_json_arguments(node) (NIL)
#define base_json_result(node) (InvalidOid)
#endif

/* Vars say since 16 which outer joins may have made them NULL. */
#if PG_VERSION_NUM >= 160000
#define base_var_is_nulled(var) (!bms_is_empty((var)->varnullingrels))
#else
#define base_var_is_nulled(var) (false)
#endif

/* A not-null constraint may not have been validated since 18, which attnotnull does not tell. */
#if PG_VERSION_NUM >= 180000
#define base_column_is_not_null(desc, i) (TupleDescCompactAttr(desc, i)->attnullability == ATTNULLABLE_VALID)
#else
#define base_column_is_not_null(desc, i) (TupleDescAttr(desc, i)->attnotnull)
#endif

/* Foreign keys by periods, which lie in those that they refer to, came with 18. */
#if PG_VERSION_NUM >= 180000
#define base_constraint_has_period(form) ((form)->conperiod)
#else
#define base_constraint_has_period(form) ((void) (form), false)
#endif

/* RETURNING old and new came with 18. */
#if PG_VERSION_NUM >= 180000
#define base_var_is_returning(var) ((var)->varreturningtype != VAR_RETURNING_DEFAULT)
#else
#define base_var_is_returning(var) (false)
#endif

/* What the columns of the grouping step are, which has an entry of its own among a query's since 18. */
#if PG_VERSION_NUM >= 180000
#define base_group_expressions(rte) ((rte)->rtekind == RTE_GROUP ? (rte)->groupexprs : NIL)
#else
#define base_group_expressions(rte) ((void) (rte), NIL)
#endif

/* Is the search_path what it was when it was noted?  Such notes have another type since 17. */
#if PG_VERSION_NUM >= 170000
#define base_search_path_is(noted) SearchPathMatchesCurrentEnvironment(noted)
#else
#define base_search_path_is(noted) OverrideSearchPathMatchesCurrent(noted)
#endif

/* Index entries of inserted rows: told since 16 whether only summaries are wanted. */
#if PG_VERSION_NUM >= 160000
#define base_insert_index_tuples(rri, slot, estate) \
	ExecInsertIndexTuples(rri, slot, estate, false, false, NULL, NIL, false)
#else
#define base_insert_index_tuples(rri, slot, estate) \
	ExecInsertIndexTuples(rri, slot, estate, false, false, NULL, NIL)
#endif

/* A process is known to others by its number, which has its own variable since 17. */
#if PG_VERSION_NUM >= 170000
#define my_proc_number() MyProcNumber
#else
#define my_proc_number() (MyProc->pgprocno)
#endif

/* A set of wait events that lives as long as its process. */
#if PG_VERSION_NUM >= 170000
#define create_wait_event_set(nevents) CreateWaitEventSet(NULL, nevents)
#else
#define create_wait_event_set(nevents) CreateWaitEventSet(TopMemoryContext, nevents)
#endif

/* Extensions may name what they wait for since 17; the number is kept in *event. */
#if PG_VERSION_NUM >= 170000
#define named_wait_event(event, name) \
	(*(event) != 0 ? *(event) : (*(event) = WaitEventExtensionNew(name)))
#else
#define named_wait_event(event, name) ((void) (event), PG_WAIT_EXTENSION)
#endif

/* Shared memory that is asked for after the server's start has a registry since 17. */
#if PG_VERSION_NUM >= 170000
#include "storage/dsm_registry.h"
#define HAVE_NAMED_SEGMENTS 1
#endif

/* A function that never returns is marked in front of its type by newer servers. */
#ifndef pg_attribute_noreturn
#define pg_attribute_noreturn() __attribute__((noreturn))
#endif

#endif							/* FHIR_BRIDGE_COMPAT_H */
