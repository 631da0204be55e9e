/*
 * conditional.h
 *		If-None-Match and If-Modified-Since, and the instants of FHIR.
 */
#ifndef GATEWAY_CONDITIONAL_H
#define GATEWAY_CONDITIONAL_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"

/*
 * The tags of If-None-Match, one a line, without quotes and W/ marks, however
 * the client wrote them.  *any is set when "*" is among them.
 */
extern char *conditional_tags(Arena *arena, const char *header, bool *any);

/* A time as HTTP writes it, in any of the three forms of RFC 9110, in seconds since 1970; -1 when it is none. */
extern int64_t conditional_time(const char *header);

/* The other way round; returns arena memory. */
extern char *conditional_date(Arena *arena, int64_t seconds);

/* Is it an instant as FHIR writes it?  Sets its seconds since 1970, without their fraction. */
extern bool conditional_instant(const char *text, int64_t *seconds);

/* The other way round; returns arena memory. */
extern char *conditional_instant_of(Arena *arena, int64_t seconds);

#endif
