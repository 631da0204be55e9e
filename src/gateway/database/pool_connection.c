/*
 * pool_connection.c
 *		What a connection is at: counted, busy, idle, closed; and how calls end.
 */
#include "gateway/database/pool_private.h"

#include <stdatomic.h>
#include <stdlib.h>

static atomic_int open_count[POOL_KINDS];
static atomic_int busy_count[POOL_KINDS];
static atomic_int waiting_count[POOL_KINDS];

void
pools_count(PoolKind kind, int *open, int *busy, int *waiting)
{
	*open = atomic_load(&open_count[kind]);
	*busy = atomic_load(&busy_count[kind]);
	*waiting = atomic_load(&waiting_count[kind]);
}

void
pool_count_waiting(PoolKind kind, int n)
{
	atomic_fetch_add(&waiting_count[kind], n);
}

void
pool_count_open(PoolKind kind)
{
	atomic_fetch_add(&open_count[kind], 1);
}

void
call_forget_rows(Call *call)
{
	PQclear(call->rows);
	call->rows = NULL;
}

void
call_end(Call *call, CallEnd end)
{
	char	   *detail = (char *) call->detail;

	if (end != CALL_DONE)
		call_forget_rows(call);
	call->connection = NULL;
	call->pool = NULL;
	call->on_end(call, end);	/* the last use of the call, which may go with its request */
	free(detail);
}

void
connection_set_busy(PoolConnection *connection, bool busy)
{
	Pool	   *pool = connection->pool;

	if (busy)
	{
		TAILQ_REMOVE(&pool->idle, connection, link);
		TAILQ_INSERT_TAIL(&pool->connections, connection, link);
		atomic_fetch_add(&busy_count[pool->kind], 1);
		connection->state = CONNECTION_BUSY;
	}
	else
	{
		TAILQ_REMOVE(&pool->connections, connection, link);
		TAILQ_INSERT_HEAD(&pool->idle, connection, link);
		if (connection->state == CONNECTION_BUSY)
			atomic_fetch_sub(&busy_count[pool->kind], 1);
		connection->state = CONNECTION_IDLE;
	}
}

void
connection_close(PoolConnection *connection)
{
	Pool	   *pool = connection->pool;
	Call	   *call = connection->call;

	if (connection->cancelling)
	{
		connection->broken = true;	/* the thread needs it; cancelled() comes back */
		connection->call = NULL;
		event_del(connection->readable);
		if (call != NULL)
			call_end(call, CALL_NO_DATABASE);
		return;
	}
	TAILQ_REMOVE(connection->state == CONNECTION_IDLE ? &pool->idle : &pool->connections, connection, link);
	if (connection->state == CONNECTION_OPENING)
		pool->opening--;
	if (connection->state == CONNECTION_BUSY)
		atomic_fetch_sub(&busy_count[pool->kind], 1);
	pool->count--;
	atomic_fetch_sub(&open_count[pool->kind], 1);
	if (connection->readable != NULL)
		event_free(connection->readable);
	if (connection->writable != NULL)
		event_free(connection->writable);
	PQfinish(connection->pg);
	free(connection);
	if (call != NULL)
		call_end(call, CALL_NO_DATABASE);
}
