/*
 * parameter.h
 *		R4's search parameters: what each looks at in a resource.
 *
 * Words: a *parameter* is one of a resource type, by its code ("birthdate");
 * its *paths* lead to the elements that it looks at; a *composite* parameter
 * has *components*, whose paths begin at the composite's own elements.
 *
 * What is given out is allocated in the current memory context.
 */
#ifndef FHIR_BRIDGE_PARAMETER_H
#define FHIR_BRIDGE_PARAMETER_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "r4/lookup/r4.h"

typedef enum ParameterKind
{
	PARAMETER_TOKEN,			/* in the order of generate_parameters.py's KINDS */
	PARAMETER_REFERENCE,
	PARAMETER_STRING,
	PARAMETER_DATE,
	PARAMETER_COMPOSITE,
	PARAMETER_URI,
	PARAMETER_QUANTITY,
	PARAMETER_NUMBER,
	PARAMETER_SPECIAL
} ParameterKind;

/* What the URLs of all definitions begin with. */
#define PARAMETER_URL "http://hl7.org/fhir/SearchParameter/"

/* One name of a path. */
typedef struct ParameterStep
{
	const char *name;			/* in JSON: "valueQuantity" */
	R4Child		child;			/* what it means there */
	const char *member;			/* filter: this member ... */
	const char *equals;			/* ... has this value; or NULL */
	const char *target;			/* filter: a reference to this type; or NULL */
	int			index;			/* filter: the member of this number; or -1 */
} ParameterStep;

typedef struct ParameterPath
{
	ParameterStep *steps;
	int			nsteps;			/* 0: the element that it starts at */
	bool		from_root;		/* of a component: starts at the resource */
	bool		deceased;		/* Patient.deceased, which has no values but true and false */
	R4Type		type;			/* of what it leads to */
	const char *type_name;		/* "Identifier"; "boolean" for deceased */
} ParameterPath;

typedef struct Parameter
{
	const char *code;
	const char *url;			/* of its definition, behind PARAMETER_URL; NULL for a component */
	ParameterKind kind;
	const char *targets;		/* of a reference: types with commas; "*": any */
	List	   *paths;			/* ParameterPath */
	List	   *components;		/* Parameter: of a composite */
} Parameter;

/* in parameter.c */
extern Parameter *parameter_find(const char *type, const char *code);
extern Parameter *parameter_next(const char *type, int *position);
extern const char *parameter_kind_name(ParameterKind kind);
extern bool parameter_may_target(const Parameter *parameter, const char *type);
extern bool parameter_in_summary(const char *type, const char *path);

#endif							/* FHIR_BRIDGE_PARAMETER_H */
