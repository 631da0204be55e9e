/*
 * access.c
 *		Who is calling; see access.h.
 */
#include "gateway/access/access.h"

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

/* Takes the caller from the token, or answers with 401. */
static bool
take_token(HttpRequest *request, const char *token)
{
	JwtClaims	claims;

	if (!jwt_read(&request->arena, settings.jwt_secret, token, time(NULL), &claims))
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
access_type(HttpRequest *request, const char *type)
{
	if (scope_covers(request->scope, type))
		return true;
	reply_error(request, 403, NULL, "The token's scope does not cover this type");
	return false;
}

bool
access_search(HttpRequest *request, const char *query)
{
	return scope_covers(request->scope, "*") || !scope_looks_further(&request->arena, query) || access_type(request, "*");
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
		if (length == 0 || length >= sizeof(address) || strspn(begin, "0123456789abcdefABCDEF.:") < length)
			return;
		memcpy(address, begin, length);
		address[length] = '\0';
		memcpy(request->address, address, length + 1);
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
	const char *forwarded = head_value(&request->head, "X-Forwarded-For");
	const char *origin = head_value(&request->head, "Origin");

	if (forwarded != NULL && proxy_is_trusted(settings.trusted_proxies, request->address))
		forwarded_address(request, forwarded);
	if (origin != NULL && settings_lists(settings.cors_origins, origin))
		request->origin = origin;
}
