/*
 * token.c
 *		Sessions of services: kept here and nowhere else.
 *
 * A session is found by a hash of all that its login says, password included:
 * a role that does not know the password cannot meet another role's session.
 * One login is under way for a session; everybody else waits for it.  A login
 * that the service refused is not repeated for a while, so that a wrong
 * password does not lock the account.
 *
 * A session that the service refuses is dropped only if it is the one that was
 * used: of many calls that meet its end, one logs in.
 */
#include "postgres.h"

#include <openssl/evp.h>

#include "common/pg_prng.h"
#include "lib/ilist.h"
#include "utils/memutils.h"

#include "base/base.h"
#include "suggest/engine/engine.h"
#include "suggest/shared/json_depth.h"
#include "suggest/shared/settings.h"

#define TOKENS 256				/* remembered, unless more are in use */
#define REFUSED_MS 30000
#define LOGIN_ANSWER_LIMIT 65536	/* bytes */
#define LONGEST_SESSION 8192	/* bytes */
#define HASH_LENGTH 32

struct Token
{
	dlist_node	node;			/* of tokens, latest use first */
	uint8		hash[HASH_LENGTH];
	int			users;			/* calls that hold it */
	char	   *session;		/* NULL for none */
	uint64		generation;		/* of the session */
	int64		expires_at;
	uint64		logins;			/* begun */
	uint64		failed_login;	/* number of the last one that failed */
	Outcome		failure;		/* of that one */
	int64		refused_until;
	Transfer   *transfer;		/* of the login under way */
	char	   *body;			/* of the same */
	size_t		body_length;
	Origin	   *origin;			/* of the same */
};

static dlist_head tokens = DLIST_STATIC_INIT(tokens);
static int	ntokens = 0;

/* Overwrites and frees a text; NULL is fine. */
static void
forget_text(char **text)
{
	if (*text != NULL)
	{
		explicit_bzero(*text, strlen(*text));
		pfree(*text);
		*text = NULL;
	}
}

/* Drops the session, if there is one. */
static void
drop_session(Token *token)
{
	if (token->session != NULL)
		pg_atomic_fetch_sub_u32(&suggest_control()->tokens, 1);
	forget_text(&token->session);
}

/* Forgets sessions that nobody uses, the least recently used first. */
static void
forget_tokens(int most)
{
	while (ntokens > most)
	{
		Token	   *unused = NULL;
		dlist_iter	iter;

		dlist_foreach(iter, &tokens)
		{
			Token	   *token = dlist_container(Token, node, iter.cur);

			if (token->users == 0 && token->transfer == NULL)
				unused = token;
		}
		if (unused == NULL)
			return;
		drop_session(unused);
		dlist_delete(&unused->node);
		ntokens--;
		pfree(unused);
	}
}

/* The hash of all that a login says and of whom it trusts. */
static void
hash_login(const SuggestRequest *request, uint8 *hash)
{
	static const SuggestText texts[] = {SUGGEST_TEXT_LOGIN_URL, SUGGEST_TEXT_CA_FILE, SUGGEST_TEXT_PROXY, SUGGEST_TEXT_LOGIN};
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool		ok = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL);

	for (int i = 0; ok && i < lengthof(texts); i++)
		ok = EVP_DigestUpdate(context, suggest_text(request, texts[i]), request->length[texts[i]] + 1);
	ok = ok && EVP_DigestFinal_ex(context, hash, NULL);
	EVP_MD_CTX_free(context);
	if (!ok)
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("SHA-256 is not available on this server")));
}

/* The session's entry of a request, held until token_release. */
Token *
token_find(const SuggestRequest *request)
{
	uint8		hash[HASH_LENGTH];
	dlist_iter	iter;
	Token	   *token;

	hash_login(request, hash);
	dlist_foreach(iter, &tokens)
	{
		token = dlist_container(Token, node, iter.cur);
		if (memcmp(token->hash, hash, HASH_LENGTH) == 0)
		{
			dlist_move_head(&tokens, &token->node);
			token->users++;
			return token;
		}
	}
	token = MemoryContextAllocZero(TopMemoryContext, sizeof(Token));
	memcpy(token->hash, hash, HASH_LENGTH);
	token->users = 1;
	dlist_push_head(&tokens, &token->node);
	ntokens++;
	forget_tokens(TOKENS);
	return token;
}

/* Lets go of an entry. */
void
token_release(Token *token)
{
	token->users--;
}

/* What has to happen before the session can be used. */
TokenState
token_state(Token *token, int64 now)
{
	if (token->session != NULL && now >= token->expires_at)
		drop_session(token);
	if (token->session != NULL)
		return TOKEN_VALID;
	if (token->transfer != NULL)
		return TOKEN_LOGIN;
	return now < token->refused_until ? TOKEN_REFUSED : TOKEN_NEEDED;
}

/* The session, and which one it is. */
const char *
token_session(const Token *token, uint64 *generation)
{
	*generation = token->generation;
	return token->session;
}

/* The number of the last login. */
uint64
token_logins(const Token *token)
{
	return token->logins;
}

/* Did the login of this number, or a later one, fail?  Then also how. */
bool
token_has_failed(const Token *token, uint64 login, Outcome *outcome)
{
	if (token->session != NULL || token->failed_login < login || token->failed_login == 0)
		return false;
	*outcome = token->failure;
	return true;
}

/* A call's session was refused: drops it, unless there is a newer one. */
void
token_reject(Token *token, uint64 generation)
{
	if (token->session != NULL && token->generation == generation)
		drop_session(token);
}

/* Forgets all sessions and refusals. */
void
token_flush(void)
{
	dlist_iter	iter;

	dlist_foreach(iter, &tokens)
	{
		Token	   *token = dlist_container(Token, node, iter.cur);

		drop_session(token);
		token->refused_until = 0;
	}
	forget_tokens(0);
}

/* A login's answer while it is read: {"session": "...", ...}. */
typedef struct LoginAnswer
{
	int			depth;
	bool		is_session;		/* the present member is the session */
	char	   *session;
} LoginAnswer;

static JSON_ACTION
login_open(void *state)
{
	((LoginAnswer *) state)->depth++;
	JSON_ACTION_DONE;
}

static JSON_ACTION
login_close(void *state)
{
	((LoginAnswer *) state)->depth--;
	JSON_ACTION_DONE;
}

static JSON_ACTION
login_member(void *state, char *name, bool isnull)
{
	LoginAnswer *answer = state;

	answer->is_session = (answer->depth == 1 && strcmp(name, "session") == 0);
	JSON_ACTION_DONE;
}

static JSON_ACTION
login_scalar(void *state, char *text, JsonTokenType type)
{
	LoginAnswer *answer = state;

	if (answer->is_session && answer->depth == 1 && type == JSON_TOKEN_STRING)
		answer->session = text;
	JSON_ACTION_DONE;
}

/*
 * Takes the session out of a login's answer; NULL when there is none that can
 * stand in a header.  It goes there as it is, so nothing but printable ASCII
 * may be in it.
 */
static char *
read_session(const Transfer *transfer)
{
	const char *text = transfer->body;
	LoginAnswer answer = {0};
	JsonSemAction actions = {
		.semstate = &answer,
		.object_start = login_open,
		.object_end = login_close,
		.array_start = login_open,
		.array_end = login_close,
		.object_field_start = login_member,
		.scalar = login_scalar,
	};

	if (transfer->length == 0 || memchr(text, '\0', transfer->length) != NULL ||
		!suggest_json_is_shallow(text, transfer->length) ||
		pg_parse_json(json_lex_context(text, transfer->length), &actions) != JSON_SUCCESS ||
		answer.session == NULL || answer.session[0] == '\0' || strlen(answer.session) > LONGEST_SESSION)
		return NULL;
	for (const char *c = answer.session; *c != '\0'; c++)
	{
		if (*c <= 0x20 || *c >= 0x7f)
			return NULL;
	}
	return answer.session;
}

/*
 * How long a session is used: a tenth less than it is good for, and a little
 * less at random, so that not all are renewed at once.
 */
static int64
session_life(void)
{
	int64		whole = (int64) suggest_token_lifetime * 60000;

	return whole * 9 / 10 - (int64) (pg_prng_double(&pg_global_prng_state) * whole / 100);
}

/* A login has failed. */
static void
note_failure(Token *token, const Outcome *failure, int64 now)
{
	token->failed_login = token->logins;
	token->failure = *failure;
	if (failure->fault == SUGGEST_FAULT_LOGIN || failure->fault == SUGGEST_FAULT_LOGIN_FORBIDDEN)
	{
		token->refused_until = now + REFUSED_MS;
		ereport(LOG,
				(errmsg("fhir_bridge: a login at the suggestion service was refused with HTTP status %d",
						failure->status)));
	}
}

/* A login has ended. */
static void
login_done(Transfer *transfer, void *owner)
{
	Token	   *token = owner;
	int64		now = suggest_clock();
	Outcome		outcome = transfer->outcome;
	char	   *session = NULL;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "login answer", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);

	outcome_of_login(&outcome);
	if (outcome.fault == SUGGEST_OK && (session = read_session(transfer)) == NULL)
		outcome.fault = SUGGEST_FAULT_LOGIN_ANSWER;
	if (session != NULL)
	{
		token->session = MemoryContextStrdup(TopMemoryContext, session);
		token->generation++;
		token->expires_at = now + session_life();
		token->refused_until = 0;
		pg_atomic_fetch_add_u32(&suggest_control()->tokens, 1);
		explicit_bzero(session, strlen(session));
	}
	else
		note_failure(token, &outcome, now);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);

	origin_leave(token->origin, outcome.fault, true, now);
	origin_release(token->origin);
	forget_text(&token->body);
	transfer_end(transfer);
	token->transfer = NULL;
}

/*
 * Begins a login with the request's credentials, which the service has
 * admitted, and which leaves it when it has ended; false when libcurl has no
 * memory.  Others wait for it, too: it goes on when the call that wanted it
 * goes away, and has the configured time, be that call's shorter.
 */
bool
token_login(Token *token, const SuggestRequest *request)
{
	TransferSpec spec = {
		.url = suggest_text(request, SUGGEST_TEXT_LOGIN_URL),
		.ca_file = suggest_text(request, SUGGEST_TEXT_CA_FILE),
		.proxy = suggest_text(request, SUGGEST_TEXT_PROXY),
		.body_length = request->length[SUGGEST_TEXT_LOGIN],
		.timeout_ms = Max(request->timeout_ms, suggest_timeout),
		.limit = LOGIN_ANSWER_LIMIT,
		.allow_private = request->allow_private,
		.allow_http = request->allow_http,
		.done = login_done,
		.owner = token,
	};

	token->logins++;
	token->origin = origin_find(request);
	token->body = MemoryContextStrdup(TopMemoryContext, suggest_text(request, SUGGEST_TEXT_LOGIN));
	spec.body = token->body;
	token->transfer = transfer_start(&spec);
	suggest_count(SUGGEST_LOGINS);
	if (token->transfer == NULL)
	{
		Outcome		failure = {.fault = SUGGEST_FAULT_MEMORY};

		note_failure(token, &failure, suggest_clock());
		origin_leave(token->origin, SUGGEST_FAULT_STOPPED, true, suggest_clock());
		origin_release(token->origin);
		forget_text(&token->body);
		return false;
	}
	return true;
}
