/*
 * access.c
 *		Who is calling; see access.h.
 */
#include "gateway/access/access.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "gateway/access/jwt.h"
#include "gateway/access/scope.h"
#include "gateway/base/gateway_metrics.h"
#include "gateway/base/gateway_settings.h"
#include "gateway/base/proxy.h"

/* The token of an Authorization header, or NULL when there is none of ours. */
static const char *
bearer_token(const HttpRequest *request)
{
	const char *value = head_value(&request->head, "Authorization");

	if (value == NULL || strncasecmp(value, "Bearer ", 7) != 0)
		return NULL;
	value += 7;
	return value + strspn(value, " ");
}

/*
 * A token that was good.  A client sends the same one with each request, and
 * proving it takes half of what the gateway does for a read.
 */
typedef struct Known
{
	size_t		length;			/* 0: nothing is here */
	char		token[1024];
	char		names[256];		/* what the claims point to */
	JwtClaims	claims;
} Known;

#define KNOWN_TOKENS	64		/* a thread's: nothing is shared */

static _Thread_local Known known_tokens[KNOWN_TOKENS];

/* Where a token is if it is known: its end is that of a digest, so all places are alike. */
static Known *
known_place(const char *token, size_t length)
{
	const unsigned char *end = (const unsigned char *) token + length;

	return &known_tokens[length < 3 ? 0 : (end[-2] * 31 + end[-3]) % KNOWN_TOKENS];
}

/* Copies a name into a place for several, as far as there is room; an absent one is good. */
static bool
keep_name(Known *place, size_t *used, const char **name)
{
	size_t		size = *name != NULL ? strlen(*name) + 1 : 0;

	if (size > sizeof(place->names) - *used)
		return false;
	if (size > 0)
		*name = memcpy(place->names + *used, *name, size);
	*used += size;
	return true;
}

/* Keeps a token that is good; one that is unusually long is not kept. */
static void
keep_token(Known *place, const char *token, size_t length, const JwtClaims *claims)
{
	size_t		used = 0;

	place->length = 0;
	if (length > sizeof(place->token))
		return;
	memcpy(place->token, token, length);
	place->claims = *claims;
	if (keep_name(place, &used, &place->claims.subject) && keep_name(place, &used, &place->claims.role) &&
		keep_name(place, &used, &place->claims.scope))
		place->length = length;
}

/*
 * Is it a good token, and whose?  What was good before is so until its time is
 * over.  It is compared in a time that says nothing of where it differs.
 */
static bool
read_token(Arena *arena, const char *token, JwtClaims *claims)
{
	size_t		length = strlen(token);
	Known	   *place = known_place(token, length);
	int64_t		now = time(NULL);

	if (length == 0 || place->length != length || CRYPTO_memcmp(place->token, token, length) != 0)
	{
		if (!jwt_read(arena, settings.jwt_secret, token, now, claims))
			return false;
		keep_token(place, token, length, claims);
		return true;
	}
	*claims = place->claims;
	/* the place may be another token's before the request is over */
	claims->subject = arena_copy(arena, claims->subject, strlen(claims->subject));
	claims->role = arena_copy(arena, claims->role, strlen(claims->role));
	if (claims->scope != NULL)
		claims->scope = arena_copy(arena, claims->scope, strlen(claims->scope));
	return !jwt_is_over(claims, now);
}

/* Takes the caller from the token, or answers with 401. */
static bool
take_token(HttpRequest *request, const char *token)
{
	JwtClaims	claims;

	if (!read_token(&request->arena, token, &claims))
	{
		metrics_count(METRIC_TOKENS_REFUSED);
		reply_error(request, 401, "login", "Could not validate credentials");
		return false;
	}
	request->user = claims.subject;
	request->role = claims.role;
	request->scope = claims.scope;
	return true;
}

bool
access_check(HttpRequest *request, Access access, bool scoped)
{
	const char *token = bearer_token(request);

	if (access == ACCESS_OPEN)
		return true;
	if (token != NULL)
	{
		if (!take_token(request, token))
			return false;
		if (request->scope != NULL && !scoped)
		{
			reply_error(request, 403, NULL, "The token's scope does not cover this");
			return false;
		}
	}
	else if (access == ACCESS_FHIR && settings.anon_role[0] != '\0' && head_value(&request->head, "Authorization") == NULL)
	{
		request->role = settings.anon_role;
		request->anonymous = true;
	}
	else
	{
		reply_error(request, 401, "login", "Not authenticated");
		return false;
	}
	return true;
}

bool
access_type(HttpRequest *request, const char *type, const char *rights)
{
	if (scope_covers(request->scope, type, rights))
		return true;
	reply_error(request, 403, NULL, "The token's scope does not cover this type");
	return false;
}

bool
access_search(HttpRequest *request, const char *query)
{
	return scope_covers(request->scope, "*", "rs") || !scope_looks_further(&request->arena, query) || access_type(request, "*", "rs");
}

/*
 * Takes the address out of a part of X-Forwarded-For.  Some proxies add the
 * client's port, which is another with each connection, and brackets.  Returns
 * false when it is none.
 */
static bool
take_address(const char *part, size_t length, char address[48])
{
	const char *colon = memchr(part, ':', length);
	unsigned char bytes[16];

	if (length > 0 && part[0] == '[')
	{
		const char *bracket = memchr(part, ']', length);

		length = bracket != NULL ? (size_t) (bracket - ++part) : 0;
	}
	else if (colon != NULL && memchr(colon + 1, ':', length - (colon + 1 - part)) == NULL)
		length = colon - part;
	if (length == 0 || length >= 48)
		return false;
	memcpy(address, part, length);
	address[length] = '\0';
	return inet_pton(AF_INET, address, bytes) == 1 || inet_pton(AF_INET6, address, bytes) == 1;
}

/* The last address of X-Forwarded-For that is no trusted proxy's. */
static void
forwarded_address(HttpRequest *request, const char *list)
{
	const char *end = list + strlen(list);

	while (end > list)
	{
		const char *begin = end;
		char		address[48];
		size_t		length;

		while (begin > list && begin[-1] != ',')
			begin--;
		length = end - begin;
		while (length > 0 && (*begin == ' ' || *begin == '\t'))
		{
			begin++;
			length--;
		}
		while (length > 0 && (begin[length - 1] == ' ' || begin[length - 1] == '\t'))
			length--;
		if (!take_address(begin, length, address))
			return;
		memcpy(request->address, address, strlen(address) + 1);
		if (!proxy_is_trusted(settings.trusted_proxies, address))
			return;
		while (begin > list && begin[-1] != ',')
			begin--;
		end = begin > list ? begin - 1 : list;
	}
}

void
access_origin(HttpRequest *request)
{
	const char *forwarded = head_list(&request->arena, &request->head, "X-Forwarded-For");
	const char *origin = head_value(&request->head, "Origin");

	if (forwarded != NULL && proxy_is_trusted(settings.trusted_proxies, request->address))
		forwarded_address(request, forwarded);
	if (origin != NULL && settings_lists(settings.cors_origins, origin))
		request->origin = origin;
}
