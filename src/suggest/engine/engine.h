/*
 * engine.h
 *		The engine's parts and how they call each other.
 *
 * One process, one thread of ours, one loop.  From below to above:
 *
 *	memory		for libcurl, overwritten when it is given back
 *	transfer	one HTTP request, by libcurl's multi interface
 *	origin		a service: how many requests at a time and a second, its breaker
 *	token		a session of a service, and the one login under way for it
 *	helper		a program that runs a local model: its process and its socket
 *	model		a model: which program answers for it now, when another is started
 *	call		one slot, from READY to DONE
 *	service_call	what it does for a service: waits, logs in, sends, tries again
 *	model_call	what it does for a model: is handed to a program, perhaps to another
 *	supervise	drainers that should be running
 *	engine		the loop
 *
 * Nobody calls upward except by function pointers.  libcurl keeps to malloc, and
 * no error is raised while it is on the stack.
 */
#ifndef FHIR_BRIDGE_SUGGEST_ENGINE_H
#define FHIR_BRIDGE_SUGGEST_ENGINE_H

#if defined(__has_include)
#if !__has_include(<curl/curl.h>)
#error "libcurl's headers are missing: apt-get install libcurl4-openssl-dev"
#endif
#endif

#include "postgres.h"

#include <curl/curl.h>
#include <sys/socket.h>

#if LIBCURL_VERSION_NUM < 0x075000
#error "libcurl 7.80 or later is needed"
#endif

#include "base/model_protocol.h"
#include "lib/stringinfo.h"
#include "suggest/shared/request.h"
#include "suggest/shared/shared.h"

#define NEVER PG_INT64_MAX		/* a timer that is not set; timers are of suggest_clock */

/* How a request, and in the end a call, went. */
typedef enum RetryAdvice
{
	RETRY_NEVER,
	RETRY_ONCE,
	RETRY
} RetryAdvice;

typedef struct Outcome
{
	SuggestFault fault;
	int			status;			/* HTTP's, 0 for none */
	RetryAdvice retry;
	int			retry_after_ms; /* asked for by the service; -1 for not told */
	char		reason[SUGGEST_REASON]; /* libcurl's words */
} Outcome;

/* in memory.c */
extern void memory_free(void *place);
extern void *memory_resize(void *place, size_t size);

/* in transfer.c */

typedef struct Transfer Transfer;
typedef void (*TransferDone) (Transfer *transfer, void *owner);

struct Transfer
{
	CURL	   *easy;
	struct curl_slist *headers;
	TransferDone done;			/* called once, unless the transfer is dropped */
	void	   *owner;
	char	   *body;			/* of the answer; malloc'd, zero-terminated */
	size_t		length;
	size_t		capacity;
	size_t		limit;			/* bytes of answer */
	bool		is_too_large;
	bool		is_refused;		/* an address that may not be called */
	bool		lacks_socket;	/* this process, or the machine, has no more */
	bool		has_answer;		/* a byte of answer has come */
	bool		allow_private;
	Outcome		outcome;
};

typedef struct TransferSpec
{
	const char *url;
	const char *ca_file;
	const char *proxy;
	const char *session;		/* NULL for a login */
	const char *body;			/* must stay until the end of the transfer */
	size_t		body_length;
	int64		timeout_ms;
	size_t		limit;			/* bytes of answer */
	bool		allow_private;
	bool		allow_http;
	TransferDone done;
	void	   *owner;
} TransferSpec;

extern void transfer_init(void);
extern int	transfer_descriptor(void);
extern int64 transfer_timer(void);
extern void transfer_turn(bool sockets_are_ready);
extern Transfer *transfer_start(const TransferSpec *spec);
extern void transfer_end(Transfer *transfer);

/* in transfer_outcome.c */
extern void outcome_of_transfer(Outcome *outcome, CURL *easy, CURLcode code, const Transfer *transfer);
extern void outcome_of_login(Outcome *outcome);
extern int64 outcome_pause(const Outcome *outcome, int attempts);

/* in address.c */
extern bool address_is_private(const struct sockaddr *address);

/* in origin.c */

typedef struct Origin Origin;

typedef enum Admission
{
	ADMITTED,
	ADMIT_LATER,				/* too many requests under way, or too soon */
	ADMIT_NEVER					/* the service is given a rest */
} Admission;

extern Origin *origin_find(const SuggestRequest *request);
extern void origin_release(Origin *origin);
extern Admission origin_enter(Origin *origin, int64 now);
extern void origin_leave(Origin *origin, SuggestFault fault, bool fair, int64 now);
extern int64 origin_next(const Origin *origin, int64 now);
extern int	origin_rest(const Origin *origin, int64 now);

/* in token.c */

typedef struct Token Token;

typedef enum TokenState
{
	TOKEN_NEEDED,				/* somebody has to log in */
	TOKEN_LOGIN,				/* a login is under way */
	TOKEN_VALID,
	TOKEN_REFUSED				/* the last login was refused, lately */
} TokenState;

extern Token *token_find(const SuggestRequest *request);
extern void token_release(Token *token);
extern TokenState token_state(Token *token, int64 now);
extern const char *token_session(const Token *token, uint64 *generation);
extern bool token_login(Token *token, const SuggestRequest *request);
extern uint64 token_logins(const Token *token);
extern bool token_has_failed(const Token *token, uint64 login, Outcome *outcome);
extern void token_reject(Token *token, uint64 generation);
extern void token_flush(void);

/* in call.c */

typedef struct Call Call;

/* What a call of one kind does between READY and DONE. */
typedef struct CallKind
{
	size_t		size;			/* of its struct, whose first member is a Call */
	void (*begin) (Call *call);
	void (*step) (Call *call, int64 now);	/* a turn; may end this call and no other */
	void (*time_out) (Call *call);	/* its limit has come: ends it */
	int64 (*timer) (const Call *call, int64 now);	/* when it wants a turn, its limit aside */
	void (*release) (Call *call);	/* it has ended, or nobody waits for it */
} CallKind;

struct Call
{
	const CallKind *kind;
	SuggestSlot *slot;
	SuggestRequest *request;	/* our own copy */
	int			attempts;		/* requests of its own, and failed logins; or programs that it was given to */
	int64		queue_until;
	int64		deadline;		/* NEVER before it is under way */
};

extern void call_take_ready(const CallKind *const *kinds);
extern void call_turn(void);
extern int64 call_timer(void);
extern int	call_count(void);
extern void call_start_clock(Call *call);
extern void call_finish(Call *call, const Outcome *outcome, int64 pause, const char *answer, size_t length);

/* in service_call.c */
extern const CallKind service_calls;

/* in helper.c */

typedef struct Helper Helper;

typedef enum HelperState
{
	HELPER_STARTS,				/* it reads the model */
	HELPER_READY,
	HELPER_REFUSED,				/* it could not use the model, and said why */
	HELPER_ENDED				/* its socket is closed, or must be */
} HelperState;

/* A program that runs a model, or has run one. */
struct Helper
{
	pid_t		pid;
	int			socket;
	HelperState state;
	void	   *owner;			/* whoever started it */
	int64		started_at;
	StringInfoData in;			/* heard, not yet a whole frame */
	StringInfoData out;			/* to be said, as far as the socket did not take it */
	bool		wants_out;		/* the socket is watched for room */
	bool		was_ready;
	char	   *text;			/* about its model, or why it refused it; NULL before */
	int			ncalls;			/* calls that it has not ended yet */
	int			threads;		/* calls that it works on at the same time, when it is ready */
};

typedef void (*HelperHeard) (Helper *helper, const ModelFrame *frame, const char *body);

extern void helper_init(HelperHeard heard);
extern const char *helper_lacks(void);
extern int	helper_descriptor(void);
extern Helper *helper_start(void *owner, const char *options, int memory_mb);
extern void helper_say(Helper *helper, ModelFrame head, const char *body, size_t length);
extern void helper_turn(bool sockets_are_ready);
extern void helper_kill(Helper *helper);
extern void helper_free(Helper *helper);
extern int64 helper_timer(void);

/* in model.c */

typedef struct Model Model;

extern Model *model_find(const SuggestRequest *request);
extern void model_release(Model *model);
extern Helper *model_helper(Model *model, int64 now);
extern const char *model_refusal(const Model *model, int64 now);
extern int64 model_next(const Model *model);
extern void model_heard(Helper *helper, const ModelFrame *frame, const char *body);
extern void model_has_answered(Helper *helper);
extern void model_turn(void);
extern int64 model_timer(void);

/* in model_call.c */
extern const CallKind model_calls;

extern void model_call_heard(Helper *helper, const ModelFrame *frame, const char *body);
extern void model_call_turn(void);

/* in model_cancel.c */
extern void model_cancel(Helper *helper, uint64 number);
extern void model_cancel_forget(const Helper *helper, uint64 number);
extern void model_cancel_turn(void);
extern int64 model_cancel_timer(void);

/* in supervise.c */
extern void supervise_turn(void);
extern int64 supervise_timer(void);
extern void supervise_sweep(void);
extern bool supervise_is_busy(void);

#endif							/* FHIR_BRIDGE_SUGGEST_ENGINE_H */
