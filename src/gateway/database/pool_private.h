/*
 * pool_private.h
 *		What pool.c (which connection does what), pool_pipeline.c (a call on a
 *		connection) and pool_connection.c (the state of one) share.
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
	void (*freed) (PoolConnection *connection); /* its pipeline has ended: what is next? */
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

/* Moves a connection between the lists of the busy and of the idle. */
extern void connection_set_busy(PoolConnection *connection, bool busy);

/* For /metrics. */
extern void pool_count_open(PoolKind kind);
extern void pool_count_waiting(PoolKind kind, int n);

/* The call's end; the last use of it. */
extern void call_end(Call *call, CallEnd end);

/* Frees the rows that have come. */
extern void call_forget_rows(Call *call);

#endif
