/*
 * statement.h
 *		All SQL that the gateway ever sends.
 *
 * The texts are constant but for the schema of the extension and the names of
 * USERS_VIEW and CLIENTS_VIEW, which come from the settings and are quoted at
 * the start. What
 * comes from clients is only ever a parameter.
 */
#ifndef GATEWAY_STATEMENT_H
#define GATEWAY_STATEMENT_H

#include <stdbool.h>

typedef enum StatementId
{
	SQL_ENTER,					/* takes the role; before each of the others */
	SQL_PING,
	SQL_READ,
	SQL_SEARCH,
	SQL_CAPABILITIES,
	SQL_VALIDATE,
	SQL_EVERYTHING,
	SQL_DATA,
	SQL_USER,
	SQL_USER_ITEMS,
	SQL_CLIENTS,				/* as the gateway's own role */
	SQL_ICD_SUGGEST,
	SQL_DIAGNOSIS,
	SQL_ICD_SEARCH,
	SQL_MORPHOLOGY,
	SQL_EXPORT_PLAN,
	SQL_EXPORT_ABOUT,			/* what the next COPY is about: it takes no parameters */
	SQL_EXPORT_LINES,
	SQL_EXPORT_SEARCH,
	SQL_EXPORT_SEARCHES,		/* several, one a line, whose resources stand once */
	SQL_EXPORT_MEMBERS,
	STATEMENTS
} StatementId;

typedef struct Statement
{
	const char *name;			/* of the prepared statement */
	char	   *text;
	int			nvalues;
} Statement;

extern Statement statements[STATEMENTS];

/* Puts the schema and the views into the texts. */
extern void statements_make(void);

#endif
