/*
 * plan_build.h
 *		Making plans from templates, while a mapping is compiled.
 *
 * Apart from plan.h, so that what runs for each row sees no template.
 */
#ifndef FHIR_BRIDGE_PLAN_BUILD_H
#define FHIR_BRIDGE_PLAN_BUILD_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "mapping/plan/plan.h"
#include "mapping/plan/program.h"
#include "mapping/template/template.h"

/* What a value is made from. */
typedef struct PlanValue
{
	Node	   *expr;			/* analysed; NULL: not made yet from what follows */
	TemplateNode *each;			/* the object that a $each repeats, or NULL */
	List	   *values;			/* PlanValue: of that object's scope */
	List	   *conditions;		/* Node: $if of the groups around it in its own
								 * scope, from outside */
} PlanValue;

/* What a plan's values are made from, as lists of PlanValue. */
typedef struct PlanSources
{
	List	   *expressions;	/* by number: what a row of the relation is asked */
	List	   *values;			/* of the resource, in the order in which the
								 * function that writes it takes them */
} PlanSources;

/* in plan.c */
extern void plan_build(MappingPlan *plan, Template *template, TemplateNode *scope,
					   TupleDesc desc, PlanSources *sources);

/* in plan_columns.c */
extern void plan_note_column(MappingPlan *plan, TupleDesc desc, AttrNumber column);
extern void plan_finish_expressions(MappingPlan *plan, TupleDesc desc, List *expressions);

/* in plan_constant.c */
extern bool plan_is_constant(const TemplateNode *node);
extern void plan_constant_text(StringInfo buf, const TemplateNode *node);

/* in plan_group.c */
extern void plan_finish_group(PlanNode *plan, const TemplateNode *node);

/* in plan_text.c */
extern void plan_build_text(PlanScope *scope);
extern const char *plan_copy_characters(MemoryContext plan, const char *s, int n);

/* in plan_whole.c */
extern void plan_build_whole(PlanScope *scope);

/* in program.c */
extern Datum program_make(Template *template, const ProgramCalls *calls, const TemplateNode *scope);

/* in arguments.c */
extern List *arguments_of_expressions(Template *template, const ProgramCalls *calls, List *expressions);
extern List *arguments_of_values(Template *template, const ProgramCalls *calls, List *values);
extern Node *arguments_call(Template *template, const ProgramCalls *calls, TemplateNode *scope,
							List *arguments);

/* in replacement.c */
extern Node *replacement_make(Template *template, const ProgramCalls *calls, List *values);

#endif							/* FHIR_BRIDGE_PLAN_BUILD_H */
