/*
 * pool.h
 *		Database connections of a loop, and calls on them.
 *
 * A call is one statement under one role.  It goes out as one pipeline, so that
 * it costs one round trip: first the statement SQL_ENTER, which makes the
 * transaction read-only, sets its time limit and takes the role (or fails when
 * the role is not granted any more, may not log in, or has expired), then the
 * call's own.  Both are one implicit transaction, which the pipeline's end
 * commits or rolls back: the connection always comes back as the gateway's own
 * role, without a statement that could be forgotten.
 *
 * A connection that lost its way (an answer nobody waits for, a broken socket)
 * is closed, never reused.
 */
#ifndef GATEWAY_POOL_H
#define GATEWAY_POOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "libpq-fe.h"

#include "gateway/database/statement.h"
#include "gateway/base/loop.h"

#define CALL_MOST_VALUES	8
#define CALL_MOST_DETAIL	65536	/* bytes of an error's detail that are kept */

/* How a call ended. */
typedef enum CallEnd
{
	CALL_DONE,
	CALL_FAILED,				/* the statement's error: sqlstate and detail say which */
	CALL_NO_ROLE,				/* the role could not be taken */
	CALL_NO_DATABASE,			/* no connection, or it broke */
	CALL_BUSY,					/* all connections were busy for too long, or too many waited */
	CALL_TOO_LONG				/* cut at its time limit */
} CallEnd;

typedef struct Call Call;
typedef struct PoolConnection PoolConnection;

struct Call
{
	StatementId statement;
	const char *role;			/* NULL: the gateway's own */
	bool		anonymous;		/* the role need not be one that may log in */
	const char *values[CALL_MOST_VALUES];
	int			seconds;		/* time limit */
	bool		streams;		/* rows are wanted one by one, as they come */

	/* Called with each row as it comes, if the call streams; it takes the result. */
	void (*on_row) (Call *call, PGresult *row);

	/* Called once, last; the call may then be freed or used again. */
	void (*on_end) (Call *call, CallEnd end);
	void	   *owner;

	/*
	 * All rows, of a call that does not stream, valid in on_end; who wants to
	 * keep them sets this to NULL and frees them.
	 */
	PGresult   *rows;

	/* of the error, valid in on_end */
	char		sqlstate[6];
	const char *detail;			/* NULL when there was none */

	/* the pool's own */
	TAILQ_ENTRY(Call)
	link;
	Pool	   *pool;
	PoolConnection *connection; /* NULL while it waits */
	int64_t		deadline;
};

/* Makes the pools of a loop. */
extern void pools_make(Loop *loop);

/* Begins a call, which must stay in memory until its end or call_cancel(). */
extern void call_begin(Loop *loop, PoolKind kind, Call *call);

/* Forgets a call that has begun: on_end will not come, the server is told to stop. */
extern void call_cancel(Call *call);

/* In on_row: has the next row, or the end, come already? */
extern bool call_has_more(const Call *call);

/* Stops reading rows, or goes on. */
extern void call_pause(Call *call, bool paused);

/* A connection string's keywords and values for the given user; NULL-terminated. */
extern void pool_parameters(const char *keywords[], const char *values[], const char *user, const char *password,
							const char *name);
#define POOL_PARAMETERS		16

/* Connections of a kind over all loops: open and busy.  For /metrics. */
extern void pools_count(PoolKind kind, int *open, int *busy, int *waiting);

#endif
