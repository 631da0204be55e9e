/*
 * head.h
 *		The head of an HTTP/1.1 request: its line and its headers.
 *
 * The reader is strict on purpose.  A gateway and the proxy before it must
 * never disagree about where a request ends, so everything that RFC 9112 lets
 * a lenient server guess is refused here: bare line feeds, folded headers,
 * white space before a colon, repeated or signed lengths, transfer codings.
 * It knows neither sockets nor events, so that it can be fuzzed as it is.
 */
#ifndef GATEWAY_HEAD_H
#define GATEWAY_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"

#define HEAD_MOST_HEADERS	64
#define HEAD_MOST_LINE		8192	/* bytes of the request line, or of a header */
#define HEAD_MOST_BYTES		32768	/* of the whole head */

/* Methods as bits, so that a route can have several. */
enum
{
	METHOD_GET = 1,
	METHOD_HEAD = 2,
	METHOD_POST = 4,
	METHOD_PUT = 8,
	METHOD_PATCH = 16,
	METHOD_DELETE = 32,
	METHOD_OPTIONS = 64,
	METHOD_OTHER = 128			/* known to nobody, TRACE and CONNECT among them */
};

typedef struct Header
{
	const char *name;			/* as it came; compared without case */
	const char *value;			/* without white space around */
} Header;

typedef struct Head
{
	int			method;			/* one of METHOD_... */
	const char *method_name;
	const char *target;			/* path and query, begins with "/", or is "*" */
	int			minor;			/* of HTTP/1.x: 0 or 1 */
	Header		headers[HEAD_MOST_HEADERS];
	int			nheaders;
	uint64_t	length;			/* of the body; 0 when none is announced */
	bool		keep_alive;		/* the client would send another request */
	bool		expects_continue;	/* it waits for "100 Continue" */
} Head;

/*
 * Looks for the end of a head in what has come so far.  scanned is how much of
 * it was looked at before (0 at first) and is brought up to date.  Returns 0
 * when more must come, 200 and the head's length when it is whole, or the
 * status of a refusal.
 */
extern int	head_find_end(const char *data, size_t size, size_t *scanned, size_t *length);

/*
 * Reads a whole head, in place: text must end with a NUL of the caller's and
 * is written to; the strings of head point into it.  Returns 200, or the status
 * of a refusal, after which the connection cannot be trusted any more.
 */
extern int	head_read(char *text, size_t length, Head *head);

/* The value of a header, or NULL; the first if there are several. */
extern const char *head_value(const Head *head, const char *name);

/*
 * The value of a header that is a list, or NULL.  Such a header may come in
 * several lines, as one that a proxy has added does: they are one list, in
 * their order (RFC 9110, 5.3), in arena memory.
 */
extern const char *head_list(Arena *arena, const Head *head, const char *name);

#endif
