/*
 * login.c
 *		POST /token: a password, or a client's signed assertion, for a token.
 *
 * The password is checked by PostgreSQL: a connection is opened as that role,
 * in a thread.  It is only believed when the server has really asked for a
 * password; under "trust" or "peer" every one would be right.  A role that may
 * do more than a user's (a superuser, one that sees past row-level security,
 * one for replication) gets no token, nor does one that the gateway was not
 * granted.
 */
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/access/access.h"
#include "gateway/access/jwt.h"
#include "gateway/access/throttle.h"
#include "gateway/base/background.h"
#include "gateway/database/pool.h"
#include "gateway/base/gateway_log.h"
#include "gateway/base/gateway_metrics.h"
#include "gateway/base/gateway_settings.h"

#define CONNECT_TIME		(10 * INT64_C(1000000))
#define MOST_NAME			256
#define MOST_PASSWORD		1024
#define ASSERTION_TYPE		"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

typedef enum LoginResult
{
	LOGIN_GOOD,
	LOGIN_WRONG,
	LOGIN_NO_DATABASE
} LoginResult;

/* A login on its way to a thread and back; in memory of its own. */
typedef struct Login
{
	HttpRequest *request;		/* NULL when the client is gone */
	Loop	   *loop;
	Arena		arena;
	char	   *user;			/* NULL: a client with an assertion */
	char	   *password;
	char	   *assertion;
	char	   *scope;
	LoginResult result;
	char	   *role;
	ClientGrant grant;
} Login;

/* Overwrites a secret before its memory is given back. */
static void
forget(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
}

void
login_answer(HttpRequest *request, const char *user, const char *role, const char *scope)
{
	int64_t		now = time(NULL);
	int			minutes = scope != NULL && settings.token_minutes > 60 ? 60 : settings.token_minutes;
	JwtClaims	claims = {user, role, scope, now, now + minutes * 60};
	json_t	   *answer = json_pack("{s:s, s:s, s:i, s:s*}", "access_token", jwt_make(&request->arena, settings.jwt_secret, &claims),
								   "token_type", "bearer", "expires_in", minutes * 60, "scope", scope);
	char	   *json = json_dumps(answer, JSON_COMPACT);

	metrics_count(METRIC_TOKENS_ISSUED);
	json_decref(answer);
	reply_header(request, "Cache-Control", "no-store");
	reply_header(request, "Pragma", "no-cache");
	reply_json(request, 200, json);
	free(json);
}

void
login_refuse(HttpRequest *request, int status, const char *error, const char *text)
{
	json_t	   *answer = json_pack("{s:s, s:s, s:s}", "detail", text, "error", error, "error_description", text);
	char	   *json = json_dumps(answer, JSON_COMPACT);

	json_decref(answer);
	reply_header(request, "Cache-Control", "no-store");
	reply_header(request, "Pragma", "no-cache");
	if (status == 401)
		reply_header(request, "WWW-Authenticate", "Bearer");
	if (status == 503)
		reply_header(request, "Retry-After", "5");
	reply_json(request, status, json);
	free(json);
}

/* Asks, as the user who has logged in, for its role's name if it may have a token. */
static LoginResult
judge_role(PGconn *connection, Login *login)
{
	const char *values[] = {settings.db_user};
	PGresult   *rows = PQexecParams(connection,
									"SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = session_user AND NOT rolsuper"
									" AND NOT rolbypassrls AND NOT rolreplication AND rolname <> $1::name"
									" AND pg_catalog.pg_has_role($1::name, oid, 'MEMBER')",
									1, NULL, values, NULL, NULL, 0);
	LoginResult result = LOGIN_NO_DATABASE;

	if (PQresultStatus(rows) == PGRES_TUPLES_OK)
	{
		result = PQntuples(rows) == 1 ? LOGIN_GOOD : LOGIN_WRONG;
		if (result == LOGIN_GOOD)
			login->role = arena_copy(&login->arena, PQgetvalue(rows, 0, 0), PQgetlength(rows, 0, 0));
	}
	PQclear(rows);
	return result;
}

/*
 * Connects, or not.  Done in steps, since a connection that fails says why in
 * a form for programs only when it was asked to before the server answers.
 */
static PGconn *
connect_as(Login *login)
{
	const char *keywords[POOL_PARAMETERS];
	const char *values[POOL_PARAMETERS];
	PGconn	   *connection;
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;
	int64_t		until = loop_clock() + CONNECT_TIME;

	pool_parameters(keywords, values, login->user, login->password, "fhir-bridge-gateway login");
	connection = PQconnectStartParams(keywords, values, 0);
	if (connection == NULL)
		abort();
	PQsetErrorVerbosity(connection, PQERRORS_SQLSTATE);
	while (PQstatus(connection) != CONNECTION_BAD && next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED && loop_clock() < until)
	{
		struct pollfd ready = {PQsocket(connection), next == PGRES_POLLING_READING ? POLLIN : POLLOUT, 0};

		if (poll(&ready, 1, (int) ((until - loop_clock()) / 1000) + 1) > 0)
			next = PQconnectPoll(connection);
	}
	return connection;
}

/*
 * Did the server refuse the user, or what was said of the user?  Of all else,
 * such as that there is no room for a connection, the password is no cause.
 */
static bool
is_refused(PGconn *connection)
{
	const char *text = PQerrorMessage(connection);
	size_t		length = strlen(text);

	while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == ' '))
		length--;
	if (length < 6 || text[length - 6] != ' ')
		return false;
	/* invalid authorization; and the right to connect to the database is missing */
	return strncmp(text + length - 5, "28", 2) == 0 || strncmp(text + length - 5, "42501", 5) == 0;
}

/* Checks the password by connecting. */
static LoginResult
check_password(Login *login)
{
	PGconn	   *connection = connect_as(login);
	LoginResult result = LOGIN_WRONG;

	if (PQstatus(connection) == CONNECTION_OK)
	{
		if (PQconnectionUsedPassword(connection))
			result = judge_role(connection, login);
		else
			log_line("error", "\"event\":\"login\",\"why\":\"the server asks for no password (see pg_hba.conf), so none can be checked\"");
	}
	else if (!is_refused(connection))
		result = LOGIN_NO_DATABASE;
	PQfinish(connection);
	return result;
}

static void login_done(void *arg);

/* In a thread. */
static void
check(void *arg)
{
	Login	   *login = arg;

	if (login->user != NULL)
		login->result = check_password(login);
	else
		client_check(&login->arena, login->assertion, login->scope, &login->grant);
	forget(login->password);
	loop_post(login->loop, login_done, login);
}

/* Answers a login whose password was checked. */
static void
answer_password(Login *login)
{
	HttpRequest *request = login->request;

	if (login->result == LOGIN_GOOD)
		login_answer(request, login->role, login->role, NULL);
	else if (login->result == LOGIN_NO_DATABASE)
		login_refuse(request, 503, "temporarily_unavailable", "The database cannot be reached, or has no room");
	else
	{
		metrics_count(METRIC_LOGINS_FAILED);
		throttle_take(THROTTLE_LOGIN_USER, login->user, settings.login_failures);
		throttle_take(THROTTLE_LOGIN_ADDRESS, request->address, settings.login_failures);
		login_refuse(request, 401, "invalid_grant", "Incorrect username or password");
	}
}

/* Answers a client whose assertion was checked. */
static void
answer_client(Login *login)
{
	const char *error = login->grant.error;

	if (error == NULL)
		login_answer(login->request, login->grant.client, login->grant.role, login->grant.scope);
	else if (strcmp(error, "temporarily_unavailable") == 0)
		login_refuse(login->request, 503, error, login->grant.text);
	else
	{
		metrics_count(METRIC_LOGINS_FAILED);
		throttle_take(THROTTLE_LOGIN_ADDRESS, login->request->address, settings.login_failures);
		login_refuse(login->request, strcmp(error, "invalid_client") == 0 ? 401 : 400, error, login->grant.text);
	}
}

/* Back in the loop. */
static void
login_done(void *arg)
{
	Login	   *login = arg;
	HttpRequest *request = login->request;

	if (request != NULL)
	{
		request->on_gone = NULL;
		if (login->user != NULL)
			answer_password(login);
		else
			answer_client(login);
	}
	arena_free(&login->arena);
	free(login);
}

static void
on_gone(HttpRequest *request)
{
	((Login *) request->state)->request = NULL;
}

/* Gives a login to a thread. */
static void
begin(HttpRequest *request, Login *login)
{
	login->request = request;
	login->loop = request->loop;
	request->state = login;
	request->on_gone = on_gone;
	if (!background_do(BACKGROUND_LOGIN, check, login))
	{
		forget(login->password);
		request->on_gone = NULL;
		arena_free(&login->arena);
		free(login);
		login_refuse(request, 503, "temporarily_unavailable", "Too many logins at a time");
	}
}

/* A copy in the login's memory; NULL stays NULL. */
static char *
keep(Login *login, const char *text)
{
	return text != NULL ? arena_copy(&login->arena, text, strlen(text)) : NULL;
}

/* Answers as FastAPI does when a field is missing. */
static void
missing(HttpRequest *request, const char *field)
{
	reply_json(request, 422, arena_printf(&request->arena,
										  "{\"detail\":[{\"loc\":[\"body\",\"%s\"],\"msg\":\"field required\",\"type\":\"missing\"}]}", field));
}

/* The password grant of OAuth2. */
static void
password_grant(HttpRequest *request, const char *user, const char *password)
{
	Login	   *login;

	if (user == NULL || user[0] == '\0' || password == NULL || password[0] == '\0')
		missing(request, user == NULL || user[0] == '\0' ? "username" : "password");
	else if (strlen(user) > MOST_NAME || strlen(password) > MOST_PASSWORD)
		missing(request, strlen(user) > MOST_NAME ? "username" : "password");
	else
	{
		login = must_alloc(sizeof(Login));
		memset(login, 0, sizeof(Login));
		login->user = keep(login, user);
		login->password = keep(login, password);
		begin(request, login);
	}
}

/* The grant of SMART Backend Services. */
static void
client_grant(HttpRequest *request, const char *type, const char *assertion, const char *scope)
{
	Login	   *login;

	if (type == NULL || strcmp(type, ASSERTION_TYPE) != 0 || assertion == NULL || assertion[0] == '\0')
	{
		login_refuse(request, 400, "invalid_request", "client_assertion_type must be " ASSERTION_TYPE ", with a client_assertion");
		return;
	}
	login = must_alloc(sizeof(Login));
	memset(login, 0, sizeof(Login));
	login->assertion = keep(login, assertion);
	login->scope = keep(login, scope != NULL ? scope : "");
	begin(request, login);
}

void
login_handle(HttpRequest *request)
{
	bool		bad = false;
	const char *names[] = {"grant_type", "username", "password", "scope", "client_assertion_type", "client_assertion"};
	const char *values[6];

	for (int i = 0; i < 6; i++)
		values[i] = url_field(&request->arena, request->body, names[i], &bad);
	explicit_bzero((char *) request->body, request->body_size);
	if (bad)
		login_refuse(request, 401, "invalid_grant", "Incorrect username or password");
	else if (!throttle_allows(THROTTLE_LOGIN_ADDRESS, request->address, settings.login_failures) ||
			 (values[1] != NULL && !throttle_allows(THROTTLE_LOGIN_USER, values[1], settings.login_failures)))
	{
		metrics_count(METRIC_LOGINS_THROTTLED);
		reply_header(request, "Retry-After", "60");
		login_refuse(request, 429, "slow_down", "Too many wrong logins; try again in a minute");
	}
	else if (values[0] != NULL && strcmp(values[0], "client_credentials") == 0)
		client_grant(request, values[4], values[5], values[3]);
	else if (values[0] != NULL && values[0][0] != '\0' && strcmp(values[0], "password") != 0)
		login_refuse(request, 400, "unsupported_grant_type", "grant_type must be password or client_credentials");
	else
		password_grant(request, values[1], values[2]);
}
