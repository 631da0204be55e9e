/*
 * program.h
 *		Handing the values of a template over as arguments of a call.
 *
 * A *scope* is the resource, or the object that a "$each" repeats.  Its values
 * can be computed by any query, and be given to one of two functions, which
 * write the scope as jsonb or as json.  What these functions have to know
 * travels with the call as a *program*, a constant of a type of its own: no
 * catalog is read for it, so that workers and cached plans write what the
 * planner saw.
 *
 * arguments.c makes the calls, program.c makes and reads programs, write_call.c
 * runs them.
 */
#ifndef FHIR_BRIDGE_PROGRAM_H
#define FHIR_BRIDGE_PROGRAM_H

#include "postgres.h"

#include "json/json.h"
#include "mapping/plan/plan.h"

/* The functions that calls are made of, and the mapping they are for. */
typedef struct ProgramCalls
{
	const MappingSource *source;
	bool		uses_id;		/* some expression calls fhir_id */
	Oid			type;			/* fhir_bridge_program */
	Oid			write_jsonb;
	Oid			write_json;
	Oid			elements;		/* of an SQL array */
	Oid			jsonb_elements; /* of a jsonb array */
	Oid			support;		/* planner support of fhir_from_row */
} ProgramCalls;

/* The most values that a call can carry beside its program. */
#define PROGRAM_MAX_ARGUMENTS (FUNC_MAX_ARGS - 1)

/* in program.c */
extern void program_find_calls(Oid function, ProgramCalls *calls);
extern Datum program_with_policy(Oid function, Datum program, Oid relation);
extern Datum program_with_rows(Oid function, Datum program);
extern MappingPlan *program_plan(Datum program);

/* in arguments.c */
extern Node *arguments_in_form(const ProgramCalls *calls, Node *node, JsonForm form);

/* in replacement.c */
extern bool replacement_is_fixed(const ProgramCalls *calls, Node *call);

#endif							/* FHIR_BRIDGE_PROGRAM_H */
