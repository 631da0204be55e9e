/*
 * access.h
 *		Who is calling: tokens, addresses, origins.
 */
#ifndef GATEWAY_ACCESS_H
#define GATEWAY_ACCESS_H

#include "gateway/http/http.h"

/* Whose requests a route takes. */
typedef enum Access
{
	ACCESS_OPEN,				/* anybody's; runs as the gateway's own role */
	ACCESS_USER,				/* with a token */
	ACCESS_FHIR					/* with a token, or FHIR_ANON_ROLE's */
} Access;

/*
 * Finds out the caller of a request and sets its role; answers it with 401 or
 * 403 and returns false when it is not for the caller.  scoped says whether
 * the scopes of clients cover it: they are FHIR's, and open nothing else.
 */
extern bool access_check(HttpRequest *request, Access access, bool scoped);

/* May the caller's scope do this with a type (see scope_covers)?  Answers with 403 and returns false when not. */
extern bool access_type(HttpRequest *request, const char *type, const char *rights);

/* May the caller's scope make this search?  Answers with 403 and returns false when not. */
extern bool access_search(HttpRequest *request, const char *query);

/* Believes X-Forwarded-For of trusted proxies; sets address and origin. */
extern void access_origin(HttpRequest *request);

/* POST /token. */
extern void login_handle(HttpRequest *request);

/* Answers a login: with a token of the role, or with the error, as OAuth2 has them. */
extern void login_answer(HttpRequest *request, const char *user, const char *role, const char *scope);
extern void login_refuse(HttpRequest *request, int status, const char *error, const char *text);

/* The claims of a good client assertion; see access_client.c. */
typedef struct ClientGrant
{
	const char *client;
	const char *role;
	char	   *scope;			/* granted */
	const char *error;			/* NULL: good; else OAuth2's error, temporarily_unavailable without the database */
	const char *text;
} ClientGrant;

/* Checks an assertion; in a thread, since signatures take time. */
extern void client_check(Arena *arena, const char *assertion, const char *scope, ClientGrant *grant);

#endif
