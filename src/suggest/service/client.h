/*
 * client.h
 *		Calls as a backend or a drainer makes them.
 */
#ifndef FHIR_BRIDGE_SUGGEST_CLIENT_H
#define FHIR_BRIDGE_SUGGEST_CLIENT_H

#include "postgres.h"

#include "suggest/shared/request.h"
#include "suggest/shared/shared.h"
#include "suggest/service/service.h"

/* How a call ended; texts are of the context of suggest_call_end. */
typedef struct SuggestAnswer
{
	SuggestFault fault;
	int			http_status;
	int			attempts;
	int			retry_ms;		/* -1: trying again will not help */
	char		reason[SUGGEST_REASON];
	char	   *text;			/* bytes as they came, zero-terminated; a model's fault has words in UTF-8, others NULL */
	int			length;
} SuggestAnswer;

/* in ask.c */
extern void suggest_check_enabled(void);
extern char *suggest_note(text *note);
extern size_t suggest_batch_limit(void);
extern char *suggest_notes_path(const SuggestService *service);
extern char *suggest_notes_body(const SuggestService *service, char **notes, int count);
extern char *suggest_search_body(const SuggestService *service, const char *query);
extern SuggestRequest *suggest_model_request(const SuggestService *service, SuggestQuestion question, const char *body);
extern SuggestRequest *suggest_request(const SuggestService *service, const char *path, const char *body);

/* in client.c */
#define SUGGEST_NO_WAIT (-1)	/* for no slot: it is the caller's to try again */

extern int	suggest_call_begin(const SuggestRequest *request, int wait_ms);
extern bool suggest_call_done(int slot);
extern void suggest_call_wait(int slot);
extern void suggest_call_end(int slot, SuggestAnswer *answer);
extern void suggest_calls_abandon(void);
extern void suggest_call(SuggestRequest *request, SuggestAnswer *answer);

/* in fault_words.c */
extern int	suggest_fault_sqlstate(SuggestFault fault);
extern const char *suggest_fault_message(SuggestFault fault);
extern char *suggest_fault_detail(const SuggestAnswer *answer);
extern void suggest_fault_raise(const SuggestAnswer *answer) pg_attribute_noreturn();

#endif							/* FHIR_BRIDGE_SUGGEST_CLIENT_H */
