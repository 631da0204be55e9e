/*
 * fault.h
 *		How a call can end badly, in one list.
 *
 * The engine decides which fault it was, from HTTP's status, libcurl's code or
 * what became of a model's program; fault_words.c has the words and the SQLSTATE of each.
 */
#ifndef FHIR_BRIDGE_SUGGEST_FAULT_H
#define FHIR_BRIDGE_SUGGEST_FAULT_H

typedef enum SuggestFault
{
	SUGGEST_OK,
	SUGGEST_FAULT_DNS,			/* the host's name has no address */
	SUGGEST_FAULT_CONNECT,		/* no connection */
	SUGGEST_FAULT_TLS,			/* no trust */
	SUGGEST_FAULT_BROKEN,		/* the answer was cut short or is not HTTP */
	SUGGEST_FAULT_TIMEOUT,		/* the call's own limit, not statement_timeout */
	SUGGEST_FAULT_TOO_LARGE,	/* more bytes than the limit */
	SUGGEST_FAULT_ADDRESS,		/* the host's address is a private one */
	SUGGEST_FAULT_LOGIN,		/* 401 on login */
	SUGGEST_FAULT_LOGIN_FORBIDDEN,	/* 403 on login */
	SUGGEST_FAULT_LOGIN_ANSWER, /* login's answer has no usable session */
	SUGGEST_FAULT_SESSION,		/* 401 with a fresh session */
	SUGGEST_FAULT_FORBIDDEN,	/* 403 */
	SUGGEST_FAULT_REQUEST,		/* 400, 413, 422 */
	SUGGEST_FAULT_NOT_FOUND,	/* 404 and other 4xx */
	SUGGEST_FAULT_REDIRECT,		/* 3xx, never followed */
	SUGGEST_FAULT_SERVICE,		/* 5xx */
	SUGGEST_FAULT_BUSY,			/* 429 to the end, no turn in time, or no descriptor */
	SUGGEST_FAULT_RESTING,		/* the breaker is open */
	SUGGEST_FAULT_STOPPED,		/* the engine ended while the call was out */
	SUGGEST_FAULT_MEMORY,		/* the shared area is full */
	SUGGEST_FAULT_MODEL,		/* there is no program for the model; the answer says why */
	SUGGEST_FAULT_MODEL_RUN,	/* it ran, and gave no answer for the note; the answer says why */
	SUGGEST_FAULT_MODEL_SLOW,	/* the call's own limit */
	SUGGEST_FAULT_NOTE,			/* programs have ended with this note, again and again */
	SUGGEST_FAULT_TRANSPORT,	/* anything else that libcurl may say */
	SUGGEST_FAULTS
} SuggestFault;

#endif							/* FHIR_BRIDGE_SUGGEST_FAULT_H */
