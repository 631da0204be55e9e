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

/* Who answers. */
typedef enum SuggestKind
{
	SUGGEST_SERVICE,			/* by HTTP */
	SUGGEST_MODEL,				/* a program that the engine starts */
	SUGGEST_KINDS
} SuggestKind;

/* What a model is asked. */
typedef enum SuggestQuestion
{
	SUGGEST_ASK_LABELS,			/* the body is a note */
	SUGGEST_ASK_TOKENS,			/* the same */
	SUGGEST_ASK_FACTS			/* about the model; it is read if need be */
} SuggestQuestion;

/* The texts of a request; those of the other kind are empty. */
typedef enum SuggestText
{
	SUGGEST_TEXT_LOGIN_URL,
	SUGGEST_TEXT_URL,			/* empty for a call that only logs in */
	SUGGEST_TEXT_CA_FILE,		/* empty for the system's authorities */
	SUGGEST_TEXT_PROXY,			/* empty for none */
	SUGGEST_TEXT_LOGIN,			/* JSON; the only text that holds the password */
	SUGGEST_TEXT_OPTIONS,		/* of a model: lines "name=value" */
	SUGGEST_TEXT_BODY,			/* JSON for a service, a note for a model */
	SUGGEST_TEXTS
} SuggestText;

typedef struct SuggestRequest
{
	uint32		size;			/* bytes, with this head */
	SuggestKind kind;
	int			timeout_ms;		/* for the whole call, from its first request */
	int			queue_ms;		/* for waiting until that one may be sent */
	int			attempts;		/* most tries */
	uint32		max_answer;		/* bytes */
	bool		allow_private;	/* the service's address may be a private one */
	bool		allow_http;		/* its scheme may be http */
	SuggestQuestion question;	/* of a model */
	int			top;			/* labels wanted of a model, 0 for all */
	int			memory_mb;		/* that its program may take, 0 for no limit */
	uint64		owner;			/* the model's server, in the whole cluster */
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
