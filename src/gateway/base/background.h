/*
 * background.h
 *		Threads for what would block a loop: checking passwords, cancelling
 *		statements, verifying signatures, writing exports.
 */
#ifndef GATEWAY_BACKGROUND_H
#define GATEWAY_BACKGROUND_H

#include <stdbool.h>

/* Each kind has threads and a queue of its own, so that none waits for another. */
typedef enum BackgroundKind
{
	BACKGROUND_LOGIN,
	BACKGROUND_CANCEL,
	BACKGROUND_EXPORT,
	BACKGROUND_KINDS
} BackgroundKind;

/* Starts the threads; once. */
extern void background_start(void);

/* Has a thread call work(arg); returns false, and does nothing, when too much waits. */
extern bool background_do(BackgroundKind kind, void (*work) (void *), void *arg);

/* How much waits or runs. */
extern int	background_busy(BackgroundKind kind);

#endif
