/*
 * template.h
 *		The template of a mapping as a tree, and the faults found in it.
 *
 * A template is JSON whose strings may hold SQL expressions in braces.
 * template.c reads the JSON and its control keys, placeholder.c splits the
 * strings, typing.c walks the tree beside the R4 tables, expression.c has
 * PostgreSQL analyse the expressions, lint.c judges what stands there,
 * encoder_choose.c decides how each value is written, and plan.c turns the finished
 * tree into a plan.
 *
 * Words: a *node* is one JSON value of the template; a *placeholder* is an
 * expression in braces; a *fault* is something wrong with the template, kept
 * until all of them are known.
 */
#ifndef FHIR_BRIDGE_TEMPLATE_H
#define FHIR_BRIDGE_TEMPLATE_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "r4/lookup/r4.h"

/* A SQL expression of the template. */
typedef struct TemplateExpr
{
	char	   *sql;			/* the text, without braces */
	int			offset;			/* byte offset of its first character */
	const char *context;		/* what it is for: "placeholder", "$if", "$each" */
	Node	   *expr;			/* analysed tree, by expression.c */
	Oid			type;			/* its type, domains replaced by their base */
	int32		typmod;			/* and its modifier */
	struct Query *select;		/* a $each over a sub-select: that */
} TemplateExpr;

/* A part of a string: constant text, or an expression. */
typedef struct TemplatePart
{
	char	   *text;			/* constant text, or NULL */
	TemplateExpr *expr;			/* expression, or NULL */
} TemplatePart;

typedef enum TemplateKind
{
	TEMPLATE_OBJECT,			/* { } */
	TEMPLATE_ARRAY,				/* [ ] */
	TEMPLATE_CONSTANT,			/* a JSON scalar without a placeholder */
	TEMPLATE_NULL,				/* null: holds a place beside a twin */
	TEMPLATE_VALUE,				/* a string that is one placeholder */
	TEMPLATE_TEXT				/* text around placeholders */
} TemplateKind;

typedef struct TemplateNode
{
	TemplateKind kind;
	struct TemplateNode *parent;	/* NULL at the root */
	char	   *key;			/* name in the parent object, or NULL */
	int			index;			/* position in the parent array, or -1 */
	int			offset;			/* byte offset of the value in the template */
	int			key_offset;		/* byte offset of the key */
	List	   *children;		/* TemplateNode: members or elements */

	/* constants and strings */
	char	   *json;			/* TEMPLATE_CONSTANT: its JSON text */
	List	   *parts;			/* TemplatePart: one for TEMPLATE_VALUE */

	/* control keys of an object */
	TemplateExpr *condition;	/* $if, or NULL */
	TemplateExpr *each;			/* $each, or NULL */
	char	   *each_name;		/* the name after AS */
	int			each_param;		/* number of the first Param that carries it */
	int			each_params;	/* how many: a sub-select's columns */
	List	   *need;			/* String nodes: $need */
	bool		keep;			/* $keep */
	char	   *absent;			/* $absent: a data-absent-reason code */

	/* by typing.c */
	R4Type		type;			/* FHIR type of the value */
	R4Child		child;			/* the element; valid below an object */
	bool		required;		/* R4 requires the element */
	bool		constants_count;	/* constants alone keep the object */
	bool		spliced;		/* an array whose one placeholder gives all
								 * members */
	struct TemplateNode *twin;	/* the member "_x" of "x", and the reverse */
	struct TemplateNode *absent_of; /* written only when that node is empty */

	const char *path;			/* by plan.c: one copy for all sites of the node */
	int			scope;			/* by program.c: number of the $each, from 1 */
} TemplateNode;

/* All that is known of a template while it is compiled. */
typedef struct Template
{
	const char *text;			/* the template as given */
	const char *mapping;		/* full name for messages */
	TemplateNode *root;
	List	   *faults;			/* TemplateFault; the first TEMPLATE_MAX_FAULTS */
	bool		more_faults;	/* there are others */
	int			neach;			/* $each so far */
	int			nparams;		/* $each bindings so far */
	struct TemplateMark *marks; /* by template_line_column */
	struct HTAB *contained;		/* by lint_reference.c */
} Template;

#define TEMPLATE_MAX_FAULTS	200
#define TEMPLATE_MAX_MEMBERS 1000	/* of an object; R4 has names for some hundred */
#define TEMPLATE_MAX_DEPTH	1000
#define TEMPLATE_MAX_EACH	250 /* each has a program of its own, with the template in it */

typedef struct TemplateFault
{
	const TemplateNode *node;	/* where it is */
	int			offset;			/* byte offset in the template */
	char	   *message;		/* lower case, no full stop */
	char	   *hint;			/* a sentence, or NULL */
	int			sqlerrcode;
	int			number;			/* in the order in which they were found */
} TemplateFault;

/* in template.c */
extern TemplateNode *template_parse(Template *template);

/* in template_node.c */
extern TemplateNode *template_member(const TemplateNode *object, const char *key);
extern bool template_is_modifier(const TemplateNode *node);
extern const char *template_constant_string(const TemplateNode *node);
extern List *template_expressions(const Template *template);
extern char *template_path(const TemplateNode *node);
extern void template_line_column(Template *template, int offset, int *line, int *column);
extern void template_wrap_value(TemplateNode *node);

/* in template_fault.c */
extern void template_fault(Template *template, const TemplateNode *node, int offset,
						   int sqlerrcode, const char *hint,
						   const char *message,...) pg_attribute_printf(6, 7);
extern void template_node_fault(Template *template, const TemplateNode *node,
								const char *hint, const char *message,...) pg_attribute_printf(4, 5);
extern bool template_has_fault(const Template *template, const TemplateNode *node);
extern void template_report(Template *template);

/* in placeholder.c */
extern void placeholder_split(Template *template, TemplateNode *node,
							  const char *string, const char *raw, int raw_offset);
extern int	placeholder_raw_offset(const char *string, int position,
								   const char *raw);

/* in typing.c */
extern void template_type(Template *template);

/* in twin.c */
extern void template_pair_twin(Template *template, TemplateNode *object, TemplateNode *twin);

/* in hint.c */
extern char *hint_element(const TemplateNode *object, const char *name);
extern char *hint_member(const TemplateNode *object, const char *name);
extern char *hint_object(R4Type type);
extern char *hint_resource_type(const char *name);
extern char *hint_allowed_codes(R4Set set);
extern char *hint_code(R4Set set, const char *code);
extern char *hint_targets(uint16_t element);
extern char *hint_choices(uint16_t element);
extern char *hint_constant(const char *text);
extern const char *hint_column(List *columns, const char *word);

#endif							/* FHIR_BRIDGE_TEMPLATE_H */
