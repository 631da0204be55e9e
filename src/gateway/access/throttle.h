/*
 * throttle.h
 *		How often somebody may do something in a minute.
 *
 * Each key has a bucket that fills evenly; an empty one refuses.  The table is
 * bounded: a key takes the place of one that has been full for longest, so that
 * many addresses cost no memory.
 */
#ifndef GATEWAY_THROTTLE_H
#define GATEWAY_THROTTLE_H

#include <stdbool.h>

typedef enum ThrottleKind
{
	THROTTLE_LOGIN_USER,
	THROTTLE_LOGIN_ADDRESS,
	THROTTLE_SUGGEST
} ThrottleKind;

/* May this key do it now?  Takes nothing. */
extern bool throttle_allows(ThrottleKind kind, const char *key, int per_minute);

/* Takes one; returns whether there was one. */
extern bool throttle_take(ThrottleKind kind, const char *key, int per_minute);

#endif
