/*
 * expression.h
 *		The SQL expressions of a template, analysed by PostgreSQL.
 */
#ifndef FHIR_BRIDGE_EXPRESSION_H
#define FHIR_BRIDGE_EXPRESSION_H

#include "postgres.h"

#include "mapping/expression/trust.h"
#include "mapping/template/template.h"
#include "parser/parse_node.h"
#include "utils/relcache.h"

/* What a name that $each binds stands for: an element, or a row's column. */
typedef struct ExpressionColumn
{
	const char *name;			/* of a sub-select's column, else NULL */
	int			param;			/* number of its Param */
	Oid			type;
	int32		typmod;
	Oid			collation;
} ExpressionColumn;

/* A name that $each binds, innermost first in a list. */
typedef struct ExpressionBinding
{
	const char *name;			/* the name after AS */
	ExpressionColumn *columns;	/* one element, or a sub-select's columns */
	int			ncolumns;
} ExpressionBinding;

/* What a function or a type follows besides its arguments, the better first. */
typedef enum ExpressionFollows
{
	FOLLOWS_NOTHING,			/* but the clock, and what the database holds */
	FOLLOWS_ARGUMENTS,			/* what the text forms of its arguments do */
	FOLLOWS_RESULT,				/* what reading its result from text does */
	FOLLOWS_SETTINGS,			/* settings that can be pinned for a call */
	FOLLOWS_ZONE,				/* the same, and the mapping must have a time zone */
	FOLLOWS_UNKNOWN				/* the role, the session, the server's state */
} ExpressionFollows;

/* What the expressions of one template see. */
typedef struct ExpressionScope
{
	Template   *template;
	Relation	relation;		/* the mapped relation, open and locked */
	Oid			function;		/* one of the extension's functions */
	Oid			id_function;	/* fhir_id, and the form of it that mappings */
	Oid			id_in_mapping;	/* run without EXECUTE */
	Oid			settled;		/* what calls become that follow settings */
	const char *timezone;		/* the mapping's, or NULL */
	bool		registering;	/* collect faults instead of raising the first */
	List	   *bindings;		/* ExpressionBinding */
	const TemplateExpr *checking;	/* by expression_check.c, for messages */
	bool		uses_id;		/* out: some expression calls fhir_id */
	Trust		trust;			/* out: what is reached, and what of it needs approval */
	List	   *relations;		/* OIDs of views that have been looked at */
	Oid			marker_type;	/* of the argument that only a mapping can give */
} ExpressionScope;

/* Goes through a whole query. */
typedef void (*ExpressionQueryWalker) (ExpressionScope *scope, Query *query);

/* in expression.c */
extern void expression_analyse_template(ExpressionScope *scope);

/* in expression_check.c */
extern Node *expression_check(ExpressionScope *scope, ParseState *pstate,
							  TemplateExpr *expr, Node *node);

/* in expression_follows.c */
extern ExpressionFollows expression_function_follows(Oid function);
extern ExpressionFollows expression_type_follows(Oid type, bool input);

/* in expression_operators.c */
extern void expression_check_operators(ParseState *pstate, Node *node);

/* in expression_settle.c */
extern Node *expression_settle(ExpressionScope *scope, ParseState *pstate, Node *node);

/* in expression_hint.c */
extern const char *expression_hint(const ExpressionScope *scope, const TemplateExpr *expr, const ErrorData *error, int cursor);
extern const char *expression_column_hint(const ExpressionScope *scope, const TemplateExpr *expr, int cursor);

/* in expression_select.c */
extern void expression_qualify_tables(const ExpressionScope *scope, Node *raw);
extern void expression_check_name(ExpressionScope *scope, ParseState *pstate,
								  const ColumnRef *cref, Node *found);
extern SubLink *expression_analyse_select(ParseState *pstate, Node *select);
extern void expression_check_query(ExpressionScope *scope, Query *query,
								   ExpressionQueryWalker walk);

#endif							/* FHIR_BRIDGE_EXPRESSION_H */
