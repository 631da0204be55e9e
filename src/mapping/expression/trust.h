/*
 * trust.h
 *		Whose code an expression of a mapping can run.
 *
 * A mapping runs with the rights of who reads its rows.  src/mapping/README.md
 * has the closed list of what an expression may reach, and why each is safe.
 */
#ifndef FHIR_BRIDGE_TRUST_H
#define FHIR_BRIDGE_TRUST_H

#include "postgres.h"

#include "base/compat.h"
#include "nodes/parsenodes.h"

/* What may run code where a value of a type is read, compared, made or converted. */
typedef enum TrustKind
{
	TRUST_PLAIN,				/* PostgreSQL's and superusers' code alone */
	TRUST_LABELS,				/* an enum of somebody: conversions may be his */
	TRUST_OPEN					/* a domain, or something with parts of somebody's */
} TrustKind;

/* What a tree reaches; lists of OIDs, allocated in the current context. */
typedef struct Trust
{
	Oid			row;			/* in: the mapped relation's row type */
	bool		rewritten;		/* in: views and policies are in the tree */
	List	   *functions;		/* all that are not PostgreSQL's own */
	List	   *untrusted;		/* of these, those that a superuser has to approve */
	List	   *types;			/* all that are not PostgreSQL's own */
	List	   *relations;		/* tables and views that sub-selects read */
} Trust;

/* A query, and the one around it. */
typedef struct TrustFrame
{
	Trust	   *trust;
	const Query *query;
	const struct TrustFrame *outer; /* NULL: the mapped row is around it */
	bool		policy;			/* in a policy of row-level security */
} TrustFrame;

/* in trust.c */
extern void trust_check(Trust *trust, Node *node);
extern void trust_check_names(Trust *trust, Node *raw);

/* in trust_type.c */
extern bool trust_role(Oid role);
extern TrustKind trust_type(Trust *trust, Oid type);
extern TrustKind trust_types(Trust *trust, List *types);
extern TrustKind trust_value(const TrustFrame *frame, Node *node);
extern TrustKind trust_values(const TrustFrame *frame, List *nodes);

/* in trust_function.c */
extern void trust_function(const TrustFrame *frame, Oid function);
extern void trust_call(const TrustFrame *frame, Oid function, TrustKind kind, List *args);

extern void trust_refuse(const char *mapping, Oid function) pg_attribute_noreturn();

/* in trust_relation.c */
extern List *trust_relation(Trust *trust, const RangeTblEntry *rte, bool *policies);

#endif							/* FHIR_BRIDGE_TRUST_H */
