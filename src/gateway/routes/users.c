/*
 * users.c
 *		/users/me and /users/me/items: who the caller is, and what it can read.
 */
#include <string.h>

#include "gateway/routes/handlers.h"

/* The caller as JSON, and whether USERS_VIEW has switched it off. */
static void
answer_user(HttpRequest *request, PGresult *rows)
{
	const char *disabled = PQntuples(rows) > 0 ? row_text(rows, 1) : NULL;

	if (disabled != NULL && strcmp(disabled, "f") == 0)
	{
		answer_value(request, rows);
		return;
	}
	PQclear(rows);
	if (disabled != NULL)
		reply_error(request, 400, NULL, "Inactive user");
	else
		reply_error(request, 401, "login", "Could not validate credentials");
}

void
user_me(HttpRequest *request)
{
	request_begin(request, POOL_READ, request_call(request, SQL_USER, answer_user));
}

void
user_items(HttpRequest *request)
{
	request_begin(request, POOL_READ, request_call(request, SQL_USER_ITEMS, answer_value));
}
