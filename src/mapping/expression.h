/*
 * expression.h
 *		The SQL expressions of a template, analysed by PostgreSQL.
 */
#ifndef FHIR_BRIDGE_EXPRESSION_H
#define FHIR_BRIDGE_EXPRESSION_H

#include "postgres.h"

#include "mapping/template.h"
#include "parser/parse_node.h"
#include "utils/relcache.h"

/* A name that $each binds, innermost first in a list. */
typedef struct ExpressionBinding
{
	const char *name;			/* the name after AS */
	int			param;			/* number of its Param */
	Oid			type;			/* of one element */
	int32		typmod;
	Oid			collation;
} ExpressionBinding;

/* What the expressions of one template see. */
typedef struct ExpressionScope
{
	Template   *template;
	Relation	relation;		/* the mapped relation, open and locked */
	Oid			function;		/* one of the extension's functions */
	Oid			id_function;	/* fhir_id, and the form of it that mappings */
	Oid			id_in_mapping;	/* run without EXECUTE */
	bool		registering;	/* collect faults instead of raising the first */
	List	   *bindings;		/* ExpressionBinding */
	bool		uses_id;		/* out: some expression calls fhir_id */
	List	   *untrusted;		/* out: OIDs of functions that need approval */
} ExpressionScope;

/* in expression.c */
extern void expression_analyse_template(ExpressionScope *scope);

/* in expression_check.c */
extern Node *expression_check(ExpressionScope *scope, ParseState *pstate,
							  TemplateExpr *expr, Node *node);

#endif							/* FHIR_BRIDGE_EXPRESSION_H */
