/*
 * compat.h
 *		Differences between PostgreSQL 15 to 18, and nothing else.
 */
#ifndef FHIR_BRIDGE_COMPAT_H
#define FHIR_BRIDGE_COMPAT_H

#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "common/jsonapi.h"
#include "mb/pg_wchar.h"
#include "utils/acl.h"

/* postgres.h no longer brings the varlena macros since 16. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Ownership and privilege checks were unified in 16. */
#if PG_VERSION_NUM < 160000
#define object_ownercheck(classid, objectid, roleid) \
	((classid) == RelationRelationId ? pg_class_ownercheck(objectid, roleid) : \
	 pg_proc_ownercheck(objectid, roleid))
#define object_aclcheck(classid, objectid, roleid, mode) \
	((classid) == ProcedureRelationId ? pg_proc_aclcheck(objectid, roleid, mode) : \
	 (classid) == NamespaceRelationId ? pg_namespace_aclcheck(objectid, roleid, mode) : \
	 pg_class_aclcheck(objectid, roleid, mode))
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

/* A JSON lexer over a C string in the server's encoding, with unescaping. */
#if PG_VERSION_NUM >= 170000
#define json_lex_context(text, length) \
	makeJsonLexContextCstringLen(NULL, text, length, GetDatabaseEncoding(), true)
#else
#define json_lex_context(text, length) \
	makeJsonLexContextCstringLen(unconstify(char *, text), length, GetDatabaseEncoding(), true)
#endif

/* Vars say since 16 which outer joins may have made them NULL. */
#if PG_VERSION_NUM >= 160000
#define base_var_is_nulled(var) (!bms_is_empty((var)->varnullingrels))
#else
#define base_var_is_nulled(var) (false)
#endif

/* RETURNING old and new came with 18. */
#if PG_VERSION_NUM >= 180000
#define base_var_is_returning(var) ((var)->varreturningtype != VAR_RETURNING_DEFAULT)
#else
#define base_var_is_returning(var) (false)
#endif

/* The executor is no longer told since 18 that it runs a query once. */
#if PG_VERSION_NUM >= 180000
#define base_executor_run(query) ExecutorRun(query, ForwardScanDirection, 0)
#else
#define base_executor_run(query) ExecutorRun(query, ForwardScanDirection, 0, true)
#endif

#endif							/* FHIR_BRIDGE_COMPAT_H */
