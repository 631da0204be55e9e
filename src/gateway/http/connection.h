/*
 * connection.h
 *		A client's connection, as connection.c, reply.c and listen.c share it.
 */
#ifndef GATEWAY_CONNECTION_H
#define GATEWAY_CONNECTION_H

#include <event2/bufferevent.h>
#include <sys/queue.h>

#include "gateway/http/http.h"

typedef enum ConnectionPhase
{
	PHASE_IDLE,					/* nothing of a request has come */
	PHASE_HEAD,					/* a part of its head */
	PHASE_BODY,
	PHASE_ROUTE,				/* a route works on it */
	PHASE_CLOSING				/* what is left goes out, then the end */
} ConnectionPhase;

typedef struct Connection
{
	TAILQ_ENTRY(Connection)
	link;
	Loop	   *loop;
	struct bufferevent *buffer;
	bool		direct;			/* no TLS: answers are written at once */
	struct event *timer;
	ConnectionPhase phase;
	size_t		scanned;		/* bytes of the head that were looked at */
	HttpRequest *request;		/* NULL between requests */
	char		address[48];
} Connection;

TAILQ_HEAD(Connections, Connection);

struct Listener
{
	struct evconnlistener *listener;
	struct Connections idle;	/* the longest idle first */
	struct Connections active;
	int			count;
};

/* Takes a connection that has just been accepted. */
extern void connection_begin(Loop *loop, struct bufferevent *buffer, const char *address, bool direct);

/* A request is answered: goes on with the next, or closes. */
extern void connection_next(Connection *connection, HttpRequest *request);

/* Closes at once, and tells the request's route. */
extern void connection_drop(Connection *connection);

/* Closes what is idle; the others close after their answers. */
extern void connections_stop(Loop *loop);

extern void connection_count_add(int n);

#endif
