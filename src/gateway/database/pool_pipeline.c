/*
 * pool_pipeline.c
 *		Sends a call as one pipeline and takes its results.
 *
 * The results of a pipeline come in the order of its steps, each step's ended
 * by a NULL but for the last one's.  After an error the server skips to the
 * end of the pipeline, where it rolls back.
 */
#include "gateway/database/pool_private.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/background.h"
#include "gateway/base/gateway_settings.h"
#include "gateway/base/arena.h"

/* Time beyond the statement's own limit, for the server to say that it is over. */
#define GRACE				INT64_C(2000000)

/* A connection's input buffer never shrinks; after a larger answer it is closed. */
#define LARGE_ANSWER		(1024 * 1024)

/* Adds a statement to the pipeline, and its preparation if the server has not got it. */
static bool
send_statement(PoolConnection *connection, StatementId id, const char *const values[], Step prepare, Step execute)
{
	const Statement *statement = &statements[id];

	if ((connection->prepared & (UINT32_C(1) << id)) == 0)
	{
		if (!PQsendPrepare(connection->pg, statement->name, statement->text, 0, NULL))
			return false;
		connection->steps[connection->nsteps++] = prepare;
	}
	connection->steps[connection->nsteps++] = execute;
	return PQsendQueryPrepared(connection->pg, statement->name, statement->nvalues, values, NULL, NULL, 0) == 1;
}

void
connection_run(PoolConnection *connection, Call *call)
{
	char		limit[16];
	const char *enter[] = {call->role, limit, call->anonymous ? "t" : "f"};
	int			left;

	snprintf(limit, sizeof(limit), "%d", call->seconds * 1000);
	call->connection = connection;
	connection->call = call;
	connection->statement = call->statement;
	connection->nsteps = connection->step = 0;
	connection->end = CALL_DONE;
	connection->deadline = loop_clock() + call->seconds * INT64_C(1000000) + GRACE;
	if (!send_statement(connection, SQL_ENTER, enter, STEP_PREPARE_ENTER, STEP_ENTER) ||
		!send_statement(connection, call->statement, call->values, STEP_PREPARE, STEP_STATEMENT) ||
		!PQpipelineSync(connection->pg))
	{
		connection_close(connection);
		return;
	}
	connection->steps[connection->nsteps++] = STEP_SYNC;
	left = PQflush(connection->pg);
	if (left < 0)
		connection_close(connection);
	else if (left > 0)
		event_add(connection->writable, NULL);
}

/* Keeps what a call may know of an error: its SQLSTATE and detail, no message. */
static void
keep_error(PoolConnection *connection, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
	Call	   *call = connection->call;
	Step		step = connection->steps[connection->step];

	if (connection->end != CALL_DONE)
		return;
	if (sqlstate != NULL && strcmp(sqlstate, "57014") == 0)
		connection->end = CALL_TOO_LONG;
	else if (step == STEP_ENTER && sqlstate != NULL && (strncmp(sqlstate, "22", 2) == 0 || strcmp(sqlstate, "42501") == 0))
		connection->end = CALL_NO_ROLE;
	else
		connection->end = CALL_FAILED;
	if (call == NULL)
		return;
	snprintf(call->sqlstate, sizeof(call->sqlstate), "%s", sqlstate != NULL ? sqlstate : "XX000");
	if (detail != NULL && strlen(detail) <= CALL_MOST_DETAIL)
		call->detail = must_copy(detail);	/* freed by call_end() */
}

/* The pipeline is over: the call ends, the connection is free. */
static void
finish(PoolConnection *connection)
{
	Call	   *call = connection->call;
	CallEnd		end = connection->end;

	connection->call = NULL;
	connection->nsteps = 0;
	connection->pool->freed(connection);
	if (call != NULL)
		call_end(call, end);
}

/* Takes one result; the step is over when it is NULL. */
static void
take_result(PoolConnection *connection, PGresult *result)
{
	Step		step = connection->steps[connection->step];
	Call	   *call = connection->call;
	bool		kept = false;

	switch (PQresultStatus(result))
	{
		case PGRES_TUPLES_OK:
		case PGRES_SINGLE_TUPLE:
			if (PQresultMemorySize(result) > LARGE_ANSWER)
				connection->large = true;
			if (step != STEP_STATEMENT || call == NULL)
				break;
			kept = !call->streams || PQntuples(result) > 0; /* what ends a stream has no row */
			if (!call->streams)
				call->rows = result;
			else if (kept)
				call->on_row(call, result);
			break;
		case PGRES_COMMAND_OK:
			if (step == STEP_PREPARE_ENTER)
				connection->prepared |= UINT32_C(1) << SQL_ENTER;
			if (step == STEP_PREPARE)
				connection->prepared |= UINT32_C(1) << connection->statement;
			break;
		case PGRES_PIPELINE_ABORTED:
			break;
		default:
			keep_error(connection, result);
			break;
	}
	if (!kept)
		PQclear(result);
}

void
connection_read(PoolConnection *connection)
{
	if (!PQconsumeInput(connection->pg) || PQstatus(connection->pg) == CONNECTION_BAD)
	{
		connection_close(connection);
		return;
	}
	while (connection->nsteps > 0 && !PQisBusy(connection->pg))
	{
		PGresult   *result;

		result = PQgetResult(connection->pg);
		if (result == NULL)
		{
			/* rows come one by one only if that is said before any has been read */
			if (connection->steps[++connection->step] == STEP_STATEMENT && connection->call != NULL && connection->call->streams)
				PQsetSingleRowMode(connection->pg);
		}
		else if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
		{
			PQclear(result);
			finish(connection);
			return;
		}
		else if (PQstatus(connection->pg) == CONNECTION_BAD)
		{
			PQclear(result);
			connection_close(connection);
			return;
		}
		else
			take_result(connection, result);
		/* the client is slow: on_row has asked to wait */
		if (connection->call != NULL && !event_pending(connection->readable, EV_READ, NULL))
			return;
	}
}

/* In the loop: a cancel request has been sent. */
static void
cancelled(void *arg)
{
	PoolConnection *connection = arg;

	connection->cancelling = false;
	if (connection->broken)
		connection_close(connection);
	else if (connection->nsteps == 0)
		connection->pool->freed(connection);	/* its pipeline ended meanwhile */
}

/* A cancel request on its way to a thread and back. */
typedef struct Cancel
{
	PGcancel   *cancel;
	PoolConnection *connection;
	Loop	   *loop;
} Cancel;

/* In a thread: sends the request, which takes a connection of its own. */
static void
send_cancel(void *arg)
{
	Cancel	   *cancel = arg;
	char		error[256];

	PQcancel(cancel->cancel, error, sizeof(error));
	PQfreeCancel(cancel->cancel);
	loop_post(cancel->loop, cancelled, cancel->connection);
	free(cancel);
}

void
connection_abandon(PoolConnection *connection)
{
	Cancel	   *cancel = must_alloc(sizeof(Cancel));

	*cancel = (Cancel){PQgetCancel(connection->pg), connection, connection->pool->loop};
	event_add(connection->readable, NULL);	/* the call may have been paused */
	connection->deadline = loop_clock() + 2 * GRACE;
	connection->cancelling = true;
	/* rows that are still to come are read and dropped; a long stream is not worth it */
	if (connection->steps[connection->step] == STEP_STATEMENT)
		connection->broken = connection->pool->kind == POOL_STREAM;
	if (!background_do(BACKGROUND_CANCEL, send_cancel, cancel))
	{
		PQfreeCancel(cancel->cancel);
		free(cancel);
		connection->cancelling = false;
		connection->broken = true;
		connection->deadline = 0;	/* the timer closes it */
	}
}
