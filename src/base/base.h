/*
 * base.h
 *		What every room may use: catalog lookups, invalidation, versions.
 */
#ifndef FHIR_BRIDGE_BASE_H
#define FHIR_BRIDGE_BASE_H

#include "postgres.h"

#include "mb/pg_wchar.h"
#include "nodes/pg_list.h"
#include "pgtime.h"
#include "storage/lockdefs.h"
#include "utils/relcache.h"

#include "base/compat.h"

/* in invalidate.c */

/*
 * Called when the relation's catalog entry, or the contents of one of the
 * extension's own tables, may have changed; InvalidOid means any relation.
 * A callback only marks: no catalog access, no freeing of what is in use.
 */
typedef void (*BaseRelationCallback) (Oid relid);

/*
 * Counts these messages: what was looked up under one number, such as a row
 * type, may be another under the next.
 */
extern uint64 base_relation_generation;
extern uint64 base_function_generation;

extern void base_init(void);
extern void base_on_relation_change(BaseRelationCallback callback);

/* in objects.c */
extern Oid	base_extension_schema(Oid function);
extern Oid	base_extension_relation(Oid function, const char *name);
extern Oid	base_extension_function(Oid function, const char *name, int nargs, const Oid *types);
extern char *base_relation_name(Oid relation);
extern Oid	base_relation_owner(Oid relation);
extern char *base_extension_name(Oid function, const char *name);
extern Oid	base_extension_owner(void);
extern int	base_pin_search_path(Oid function);
extern Relation base_relation_open(Oid relation, LOCKMODE mode);

/* The caller, while the extension's owner acts. */
typedef struct BaseOwner
{
	Oid			caller;
	int			context;		/* security context of the caller */
	int			nestlevel;		/* of the pinned search_path */
} BaseOwner;

extern void base_be_owner(BaseOwner *owner, Oid function);
extern void base_be_caller(BaseOwner *owner);

/* in encoding.c */

/*
 * Are n bytes of a text UTF-8, or of an encoding that the server knows and can
 * convert?  Only a database in SQL_ASCII holds others.
 */
static inline bool
base_is_utf8(const char *s, int n)
{
	return GetDatabaseEncoding() != PG_SQL_ASCII || pg_verify_mbstr(PG_UTF8, s, n, true);
}

extern int	base_char_text(char c, char *to);

/* in pin.c */

/* A session's settings, while a built-in function runs under the pinned ones. */
typedef struct BaseSettings
{
	int			date_style;
	int			date_order;
	int			interval_style;
	int			float_digits;
	int			bytea_output;
	int			xml_binary;
	int			xml_option;
	bool		array_nulls;
	bool		quote_all;
	pg_tz	   *zone;
} BaseSettings;

extern int	base_pin_settings(Oid function, const char *zone);
extern int	base_pin_language(void);
extern void base_enter_settings(BaseSettings *saved, pg_tz *zone);
extern void base_leave_settings(const BaseSettings *saved);

/* in citus.c */
extern bool base_has_citus(void);
extern bool base_reads_citus(Node *node);

/* in params.c */
extern Node *base_replace_params(Node *node, int first, List *nodes);

/* in subtransaction.c */
typedef void (*BaseWork) (void *arg);

extern ErrorData *base_try(BaseWork work, void *arg);

#endif							/* FHIR_BRIDGE_BASE_H */
