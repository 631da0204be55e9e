/*
 * outcome.h
 *		What is wrong with a request: errors, warnings, and the OperationOutcome
 *		that tells of them.
 */
#ifndef FHIR_BRIDGE_OUTCOME_H
#define FHIR_BRIDGE_OUTCOME_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

#include "base/compat.h"

/*
 * SQLSTATEs of the wing: ZF and the HTTP status that an answer would have.
 */
#define SEARCH_INVALID		MAKE_SQLSTATE('Z', 'F', '4', '0', '0')
#define SEARCH_FORBIDDEN	MAKE_SQLSTATE('Z', 'F', '4', '0', '3')
#define SEARCH_NOT_FOUND	MAKE_SQLSTATE('Z', 'F', '4', '0', '4')
#define SEARCH_GONE			MAKE_SQLSTATE('Z', 'F', '4', '1', '0')
#define SEARCH_FAULTY		MAKE_SQLSTATE('Z', 'F', '5', '0', '0')

/* One issue of an OperationOutcome. */
typedef struct OutcomeIssue
{
	const char *severity;		/* "warning" */
	const char *code;			/* of R4's issue-type */
	char	   *text;			/* diagnostics */
} OutcomeIssue;

/* in outcome.c */
extern void outcome_error_hint(int sqlerrcode, const char *code, const char *hint, const char *format,...)
	pg_attribute_printf(4, 5) pg_attribute_noreturn();
extern bool outcome_is_of_mapping(int sqlerrcode);
extern OutcomeIssue *outcome_issue(const char *severity, const char *code, const char *format,...)
	pg_attribute_printf(3, 4);
extern void outcome_write(StringInfo json, List *issues);
extern const char *outcome_name(const char *name);

/* An error without a hint: SQLSTATE, code, format and its arguments. */
#define outcome_error(sqlerrcode, code, ...) outcome_error_hint(sqlerrcode, code, NULL, __VA_ARGS__)

#endif							/* FHIR_BRIDGE_OUTCOME_H */
