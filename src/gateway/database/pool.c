/*
 * pool.c
 *		Opens, keeps and closes the database connections of a loop.
 *
 * Connections open when a call wants one, up to the pool's number, without
 * blocking the loop.  After a failure the next attempt waits, twice as long each
 * time up to 4 seconds; calls that find no connection at all meanwhile are told
 * at once.  A timer looks four times a second for calls that have waited or
 * run too long, and closes connections that are old.
 */
#include "gateway/database/pool_private.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/gateway_log.h"
#include "gateway/base/gateway_settings.h"
#include "gateway/base/arena.h"

#define LIFETIME			(30 * 60 * INT64_C(1000000))
#define FIRST_BACKOFF		INT64_C(100000)
#define MOST_BACKOFF		INT64_C(4000000)
#define MOST_WAITING		1000	/* calls of a loop and kind */
#define OPEN_TIME			INT64_C(10000000)

static void open_connection(Pool *pool);

void
pool_parameters(const char *keywords[], const char *values[], const char *user, const char *password, const char *name)
{
	const char *pairs[][2] = {
		{"host", settings.db_host}, {"port", settings.db_port}, {"dbname", settings.db_name},
		{"user", user}, {"password", password}, {"sslmode", settings.db_sslmode},
		{"sslrootcert", settings.db_sslrootcert},
		{"application_name", name}, {"client_encoding", "UTF8"}, {"connect_timeout", "8"},
		{"gssencmode", "disable"}, {"keepalives_idle", "30"}, {"fallback_application_name", name},
	};
	int			n = 0;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i][1][0] != '\0')
		{
			keywords[n] = pairs[i][0];
			values[n++] = pairs[i][1];
		}
	keywords[n] = values[n] = NULL;
}

/* Takes a call out of the waiting ones. */
static void
unqueue(Call *call)
{
	TAILQ_REMOVE(&call->pool->waiting, call, link);
	call->pool->nwaiting--;
	pool_count_waiting(call->pool->kind, -1);
}

/* Ends all waiting calls. */
static void
refuse_waiting(Pool *pool, CallEnd end)
{
	Call	   *call;

	while ((call = TAILQ_FIRST(&pool->waiting)) != NULL)
	{
		unqueue(call);
		call_end(call, end);
	}
}

/* Opens connections for the calls that wait, as far as that is allowed. */
static void
open_wanted(Pool *pool)
{
	while (pool->opening < pool->nwaiting && pool->count < pool->most && loop_clock() >= pool->next_attempt)
		open_connection(pool);
}

/* Gives a connection whose pipeline has ended the next call, or makes it idle. */
static void
freed(PoolConnection *connection)
{
	Pool	   *pool = connection->pool;
	Call	   *call;

	if (connection->cancelling)
		return;					/* cancelled() comes back */
	if (connection->broken || connection->large || loop_clock() - connection->opened > LIFETIME)
	{
		connection_close(connection);
		open_wanted(pool);
		return;
	}
	connection_set_busy(connection, false);
	call = TAILQ_FIRST(&pool->waiting);
	if (call != NULL)
	{
		unqueue(call);
		connection_set_busy(connection, true);
		connection_run(connection, call);
	}
}

/* An attempt to open a connection has failed. */
static void
opening_failed(PoolConnection *connection)
{
	Pool	   *pool = connection->pool;
	bool		alone;

	pool->backoff = pool->backoff == 0 ? FIRST_BACKOFF : pool->backoff * 2;
	if (pool->backoff > MOST_BACKOFF)
		pool->backoff = MOST_BACKOFF;
	pool->next_attempt = loop_clock() + pool->backoff;
	log_database_failure(connection->pg);
	connection_close(connection);
	alone = pool->count == pool->opening;
	if (alone)
		refuse_waiting(pool, CALL_NO_DATABASE);
}

/* The server has sent something, or closed the connection. */
static void
on_readable(evutil_socket_t fd, short events, void *arg)
{
	connection_read(arg);
}

/* There is room for what could not be sent. */
static void
on_writable(evutil_socket_t fd, short events, void *arg)
{
	PoolConnection *connection = arg;
	int			left = PQflush(connection->pg);

	if (left < 0)
		connection_close(connection);
	else if (left > 0)
		event_add(connection->writable, NULL);
}

/* Notices are dropped: nobody could read them, and they may hold values. */
static void
drop_notice(void *arg, const PGresult *notice)
{
}

/* A connection is open. */
static void
opened(PoolConnection *connection)
{
	Pool	   *pool = connection->pool;

	if (PQsetnonblocking(connection->pg, 1) != 0 || !PQenterPipelineMode(connection->pg))
	{
		opening_failed(connection);
		return;
	}
	PQsetNoticeReceiver(connection->pg, drop_notice, NULL);
	pool->backoff = 0;
	pool->next_attempt = 0;
	pool->opening--;
	log_database_back();
	connection->readable = event_new(pool->loop->base, PQsocket(connection->pg), EV_READ | EV_PERSIST, on_readable, connection);
	connection->writable = event_new(pool->loop->base, PQsocket(connection->pg), EV_WRITE, on_writable, connection);
	event_add(connection->readable, NULL);
	freed(connection);
}

/* Takes the next step of opening a connection; its socket may change on the way. */
static void
poll_opening(evutil_socket_t fd, short events, void *arg)
{
	PoolConnection *connection = arg;
	PostgresPollingStatusType status;

	if (connection->readable != NULL)
		event_free(connection->readable);
	connection->readable = NULL;
	status = PQconnectPoll(connection->pg);
	if (status == PGRES_POLLING_OK)
		opened(connection);
	else if (status == PGRES_POLLING_FAILED)
		opening_failed(connection);
	else
	{
		connection->readable = event_new(connection->pool->loop->base, PQsocket(connection->pg),
										 status == PGRES_POLLING_READING ? EV_READ : EV_WRITE, poll_opening, connection);
		event_add(connection->readable, NULL);
	}
}

/* Begins to open a connection. */
static void
open_connection(Pool *pool)
{
	const char *keywords[POOL_PARAMETERS];
	const char *values[POOL_PARAMETERS];
	PoolConnection *connection = must_alloc(sizeof(PoolConnection));

	memset(connection, 0, sizeof(PoolConnection));
	connection->pool = pool;
	connection->state = CONNECTION_OPENING;
	connection->opened = loop_clock();
	connection->deadline = connection->opened + OPEN_TIME;
	pool->count++;
	pool->opening++;
	pool_count_open(pool->kind);
	TAILQ_INSERT_TAIL(&pool->connections, connection, link);
	pool_parameters(keywords, values, settings.db_user, settings.db_password, "fhir-bridge-gateway");
	connection->pg = PQconnectStartParams(keywords, values, 0);
	if (connection->pg == NULL)
		abort();
	if (PQstatus(connection->pg) == CONNECTION_BAD)
		opening_failed(connection);
	else
	{
		connection->readable = event_new(pool->loop->base, PQsocket(connection->pg), EV_WRITE, poll_opening, connection);
		event_add(connection->readable, NULL);
	}
}

/* The timer: ends what takes too long, closes what is old, opens what is wanted. */
static void
tidy(evutil_socket_t fd, short events, void *arg)
{
	Pool	   *pool = arg;
	int64_t		now = loop_clock();
	Call	   *call;
	PoolConnection *connection;
	PoolConnection *next;

	while ((call = TAILQ_FIRST(&pool->waiting)) != NULL && call->deadline < now)
	{
		unqueue(call);
		call_end(call, CALL_BUSY);
	}
	for (connection = TAILQ_FIRST(&pool->connections); connection != NULL; connection = next)
	{
		next = TAILQ_NEXT(connection, link);
		if (connection->deadline > now)
			continue;
		if (connection->state == CONNECTION_OPENING)
		{
			opening_failed(connection);
			return;				/* the list may be another now */
		}
		if (connection->call != NULL)
		{
			call = connection->call;
			connection->call = NULL;
			connection_abandon(connection);
			call_end(call, CALL_TOO_LONG);
			return;
		}
		connection->broken = true;
		if (!connection->cancelling)
		{
			connection_close(connection);
			return;
		}
	}
	for (connection = TAILQ_FIRST(&pool->idle); connection != NULL; connection = next)
	{
		next = TAILQ_NEXT(connection, link);
		if (now - connection->opened > LIFETIME)
			connection_close(connection);
	}
	open_wanted(pool);
	/* one connection for reads is always there, so that the first call is quick */
	if (pool->kind == POOL_READ && pool->count == 0 && now >= pool->next_attempt && !pool->loop->stopping)
		open_connection(pool);
}

void
pools_make(Loop *loop)
{
	const int	sizes[POOL_KINDS] = {settings.db_pool, settings.suggest_pool, settings.stream_pool};
	const struct timeval quarter = {0, 250000};

	for (int kind = 0; kind < POOL_KINDS; kind++)
	{
		Pool	   *pool = must_alloc(sizeof(Pool));

		memset(pool, 0, sizeof(Pool));
		pool->loop = loop;
		pool->kind = kind;
		pool->freed = freed;
		/* a share of the connections, at least one */
		pool->most = sizes[kind] / settings.loops + (loop->number < sizes[kind] % settings.loops);
		if (pool->most < 1)
			pool->most = 1;
		TAILQ_INIT(&pool->connections);
		TAILQ_INIT(&pool->idle);
		TAILQ_INIT(&pool->waiting);
		pool->janitor = event_new(loop->base, -1, EV_PERSIST, tidy, pool);
		event_add(pool->janitor, &quarter);
		loop->pools[kind] = pool;
		if (kind == POOL_READ)
			open_connection(pool);
	}
}

void
call_begin(Loop *loop, PoolKind kind, Call *call)
{
	Pool	   *pool = loop->pools[kind];
	PoolConnection *connection = TAILQ_FIRST(&pool->idle);

	call->pool = pool;
	call->connection = NULL;
	call->sqlstate[0] = '\0';
	call->detail = NULL;
	call->rows = NULL;
	if (connection != NULL)
	{
		connection_set_busy(connection, true);
		connection_run(connection, call);
	}
	else if (pool->nwaiting >= MOST_WAITING)
		call_end(call, CALL_BUSY);
	else if (pool->count == 0 && loop_clock() < pool->next_attempt)
		call_end(call, CALL_NO_DATABASE);
	else
	{
		call->deadline = loop_clock() + settings.pool_seconds * INT64_C(1000000);
		TAILQ_INSERT_TAIL(&pool->waiting, call, link);
		pool->nwaiting++;
		pool_count_waiting(kind, 1);
		open_wanted(pool);
	}
}

void
call_cancel(Call *call)
{
	if (call->pool == NULL)
		return;
	if (call->connection == NULL)
		unqueue(call);
	else
	{
		PoolConnection *connection = call->connection;

		connection->call = NULL;
		connection_abandon(connection);
	}
	free((char *) call->detail);
	call->detail = NULL;
	call_forget_rows(call);
	call->pool = NULL;
	call->connection = NULL;
}

bool
call_has_more(const Call *call)
{
	return !PQisBusy(call->connection->pg);
}

void
call_pause(Call *call, bool paused)
{
	if (call->connection == NULL)
		return;
	if (paused)
		event_del(call->connection->readable);
	else
	{
		event_add(call->connection->readable, NULL);
		event_active(call->connection->readable, EV_READ, 0);	/* rows may be in libpq's buffer */
	}
}
