/*
 * plan_build.h
 *		Making plans from templates, while a mapping is compiled.
 *
 * Apart from plan.h, so that what runs for each row sees no template.
 */
#ifndef FHIR_BRIDGE_PLAN_BUILD_H
#define FHIR_BRIDGE_PLAN_BUILD_H

#include "postgres.h"

#include "mapping/plan/plan.h"
#include "mapping/plan/program.h"
#include "mapping/template/template.h"

/* in plan.c */
extern void plan_build(MappingPlan *plan, Template *template, TemplateNode *scope,
					   TupleDesc desc, List **expressions);

/* in plan_group.c */
extern void plan_finish_group(PlanNode *plan, const TemplateNode *node);

/* in plan_text.c */
extern void plan_build_text(PlanScope *scope);
extern const char *plan_copy_characters(MemoryContext plan, const char *s, int n);

/* in plan_whole.c */
extern void plan_build_whole(PlanScope *scope);

/* in program.c */
extern Datum program_make(Template *template, const TemplateNode *scope);

/* in arguments.c */
extern List *arguments_of_scope(Template *template, TemplateNode *scope);
extern Node *arguments_each(Template *template, TemplateNode *node);
extern Node *arguments_call(Template *template, TemplateNode *scope, List *arguments);
extern Node *arguments_condition(Node *condition, Node *value);

#endif							/* FHIR_BRIDGE_PLAN_BUILD_H */
