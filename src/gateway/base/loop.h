/*
 * loop.h
 *		One event loop and what belongs to it.
 *
 * Each loop is a thread with its own listening socket (the kernel shares the
 * clients out), its own clients and its own database connections.  Nothing of a
 * loop is touched by another thread, so nothing of it has a lock; other threads
 * may only leave a call in its mailbox.
 */
#ifndef GATEWAY_LOOP_H
#define GATEWAY_LOOP_H

#include <event2/event.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Pool Pool;
typedef struct Listener Listener;
typedef struct LoopLetter LoopLetter;

/* What database connections are for: each kind has its own number of them. */
typedef enum PoolKind
{
	POOL_READ,					/* short: reads, searches */
	POOL_SUGGEST,				/* wait for a service */
	POOL_STREAM,				/* as slow as the client that reads */
	POOL_KINDS
} PoolKind;

typedef struct Loop
{
	struct event_base *base;
	int			number;
	pthread_t	thread;
	Pool	   *pools[POOL_KINDS];
	Listener   *listener;
	bool		stopping;		/* SIGTERM came: no new requests */

	int			mail_fd;		/* an eventfd */
	struct event *mail_event;
	pthread_mutex_t mail_lock;
	LoopLetter *mail;			/* under mail_lock; the newest first */
} Loop;

/* Makes a loop; its pools and listener are made by others. */
extern Loop *loop_make(int number);

/* Has the loop call work(arg) soon; from any thread. */
extern void loop_post(Loop *loop, void (*work) (void *), void *arg);

/* Microseconds that only go forward. */
extern int64_t loop_clock(void);

#endif
