/*
 * request.h
 *		One call as it lies in shared memory between a backend and the engine.
 *
 * A fixed head, then the texts one after another, each with a zero byte
 * behind it.  The engine is told everything: it reads no catalog and no
 * session's settings.  All texts are UTF-8.
 */
#ifndef FHIR_BRIDGE_SUGGEST_REQUEST_H
#define FHIR_BRIDGE_SUGGEST_REQUEST_H

#include "postgres.h"

typedef enum SuggestText
{
	SUGGEST_TEXT_LOGIN_URL,
	SUGGEST_TEXT_URL,			/* empty for a call that only logs in */
	SUGGEST_TEXT_CA_FILE,		/* empty for the system's authorities */
	SUGGEST_TEXT_PROXY,			/* empty for none */
	SUGGEST_TEXT_LOGIN,			/* JSON; the only text that holds the password */
	SUGGEST_TEXT_BODY,			/* JSON */
	SUGGEST_TEXTS
} SuggestText;

typedef struct SuggestRequest
{
	uint32		size;			/* bytes, with this head */
	int			timeout_ms;		/* for the whole call, from its first request */
	int			queue_ms;		/* for waiting until that one may be sent */
	int			attempts;		/* most tries */
	uint32		max_answer;		/* bytes */
	bool		allow_private;	/* the service's address may be a private one */
	bool		allow_http;		/* its scheme may be http */
	uint32		offset[SUGGEST_TEXTS];	/* of each text, from the start */
	uint32		length[SUGGEST_TEXTS];	/* bytes, without the zero */
} SuggestRequest;

/* One of the request's texts. */
static inline const char *
suggest_text(const SuggestRequest *request, SuggestText which)
{
	return (const char *) request + request->offset[which];
}

#endif							/* FHIR_BRIDGE_SUGGEST_REQUEST_H */
