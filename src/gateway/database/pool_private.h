/*
 * pool_private.h
 *		What pool.c (connections) and pool_pipeline.c (calls) share.
 */
#ifndef GATEWAY_POOL_PRIVATE_H
#define GATEWAY_POOL_PRIVATE_H

#include "gateway/database/pool.h"

/* What the next result of a pipeline belongs to. */
typedef enum Step
{
	STEP_PREPARE_ENTER,
	STEP_ENTER,
	STEP_PREPARE,
	STEP_STATEMENT,
	STEP_SYNC
} Step;

typedef enum ConnectionState
{
	CONNECTION_OPENING,
	CONNECTION_IDLE,
	CONNECTION_BUSY
} ConnectionState;

struct PoolConnection
{
	TAILQ_ENTRY(PoolConnection)
	link;
	Pool	   *pool;
	PGconn	   *pg;
	ConnectionState state;
	struct event *readable;
	struct event *writable;
	int64_t		opened;

	uint32_t	prepared;		/* a bit for each statement that the server has */
	Call	   *call;			/* NULL when idle, or when nobody waits for the answer */
	StatementId statement;
	Step		steps[5];
	int			nsteps;
	int			step;			/* the one whose results come next */
	int64_t		deadline;		/* after which the connection is given up */
	bool		cancelling;		/* a thread sends the server a cancel request */
	bool		broken;			/* to be closed instead of reused */
	bool		large;			/* had a large answer: its buffer is closed with it */
	CallEnd		end;			/* as it looks so far */
};

TAILQ_HEAD(CallList, Call);
TAILQ_HEAD(ConnectionList, PoolConnection);

struct Pool
{
	Loop	   *loop;
	PoolKind	kind;
	int			most;			/* connections */
	int			count;			/* connections in any state */
	int			opening;
	struct ConnectionList connections;	/* busy and opening */
	struct ConnectionList idle; /* the last used first */
	struct CallList waiting;
	int			nwaiting;
	struct event *janitor;
	int64_t		next_attempt;	/* to open a connection, after a failure */
	int64_t		backoff;
};

/* Sends a call's pipeline; the connection is idle. */
extern void connection_run(PoolConnection *connection, Call *call);

/* Takes what the server has sent. */
extern void connection_read(PoolConnection *connection);

/* Tells the server to stop what runs; nobody waits for the rest. */
extern void connection_abandon(PoolConnection *connection);

/* Closes a connection; its call, if any, ends with CALL_NO_DATABASE or what it had. */
extern void connection_close(PoolConnection *connection);

/* Gives a connection whose pipeline has ended the next call, or makes it idle. */
extern void connection_free(PoolConnection *connection);

/* The call's end; the last use of it. */
extern void call_end(Call *call, CallEnd end);

#endif
