/*
 * stream.h
 *		Answers that are made of a call's rows, and sent as they come.
 */
#ifndef GATEWAY_STREAM_H
#define GATEWAY_STREAM_H

#include "gateway/routes/handlers.h"

/* What stands around the rows. */
typedef struct StreamForm
{
	const char *type;			/* media type */
	const char *begin;
	const char *end;
	bool		lines;			/* a row holds lines of JSON: each is one more member */
	void (*nothing) (HttpRequest *request); /* answers where there is no row */
	const char *unknown;		/* the 404 of what the database does not know, or NULL */
} StreamForm;

/* Begins a call of one or two values, whose rows are the members of an array of JSON. */
extern void stream_begin(HttpRequest *request, StatementId statement, const StreamForm *form, const char *first, const char *second);

#endif
