/*
 * gateway_log.h
 *		The log: one JSON object a line, on stderr.
 *
 * Lines say what happened to a route, never to a patient: a request's path,
 * query, body, token and the messages of the database stay out of them.
 */
#ifndef GATEWAY_LOG_H
#define GATEWAY_LOG_H

#include <stdint.h>

#include "libpq-fe.h"

/* Writes a line at once; format gives the members behind time and level. */
extern void log_line(const char *level, const char *format,...) __attribute__((format(printf, 2, 3)));

/* Writes a line about a request, soon: such lines are collected. */
extern void log_request(const char *method, const char *route, int status, int64_t microseconds, const char *address,
						const char *user);

/* Writes what this thread has collected. */
extern void log_flush(void);

/* Says, once per outage, that the database cannot be reached, and once that it is back. */
extern void log_database_failure(PGconn *connection);
extern void log_database_back(void);

#endif
