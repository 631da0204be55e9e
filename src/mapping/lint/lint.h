/*
 * lint.h
 *		Judging a typed and analysed template: what would be wrong for any row.
 *
 * lint.c walks the tree and asks the other files, one for each kind of
 * fault.  The checks are made when a mapping is registered, not when it is
 * loaded: what was registered by an older version goes on working.
 */
#ifndef FHIR_BRIDGE_LINT_H
#define FHIR_BRIDGE_LINT_H

#include "postgres.h"

#include "mapping/template/template.h"

/* So many types are listed in a hint. */
#define LINT_FEW_TARGETS	12

/* in lint.c */
extern void lint_template(Template *template, Oid relation, Oid function);

/* in lint_id.c */
extern void lint_id(Template *template, Oid relation);
extern void lint_contained_id(Template *template, const TemplateNode *object);

/* in lint_required.c */
extern void lint_required(Template *template, const TemplateNode *object);
extern void lint_choices(Template *template, const TemplateNode *object);

/* in lint_constant.c */
extern void lint_constant(Template *template, const TemplateNode *node);
extern void lint_text(Template *template, const TemplateNode *node);

/* in lint_result.c */

/* Called for a result that an expression can give: a text, or a look-up. */
typedef struct ResultCallbacks
{
	void (*text) (void *context, const char *text);
	void (*look_up) (void *context, const char *map, bool coding);
	void	   *context;
} ResultCallbacks;

extern void lint_each_result(const TemplateExpr *expr, Oid function, const ResultCallbacks *callbacks);
extern bool lint_is_no_text(Oid type);

/* in lint_code.c */
extern void lint_code(Template *template, const TemplateNode *node, Oid function);
extern void lint_concept(Template *template, const TemplateNode *node, Oid function);

/* in lint_call.c */
extern void lint_calls(Template *template, const TemplateNode *node, Oid function);

/* in lint_modifier.c */
extern List *lint_modifier_maps(const Template *template, Oid function);
extern void lint_modifier_notice(const Template *template, Oid function, bool omits);

/* in lint_reference.c */
extern void lint_reference(Template *template, const TemplateNode *object);

#endif							/* FHIR_BRIDGE_LINT_H */
