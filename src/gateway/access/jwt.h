/*
 * jwt.h
 *		Our own tokens: JWT with HMAC-SHA-256, and nothing else.
 *
 * The algorithm is fixed, so the header of a token is compared with the one
 * that we write, byte for byte: there is no "alg" to be confused by.
 */
#ifndef GATEWAY_JWT_H
#define GATEWAY_JWT_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"

#define JWT_MOST_BYTES		4096

/* Who a token is for. */
typedef struct JwtClaims
{
	const char *subject;		/* user or client */
	const char *role;			/* database role */
	const char *scope;			/* NULL: no limit */
	int64_t		issued;			/* seconds since 1970 */
	int64_t		expires;
} JwtClaims;

/* Makes a token; its strings may hold any text.  Returns arena memory. */
extern char *jwt_make(Arena *arena, const char *secret, const JwtClaims *claims);

/*
 * Reads a token.  Returns false for one that is not ours, has no exp, or whose
 * exp is past (or nbf or iat to come, by more than 30 seconds).
 */
extern bool jwt_read(Arena *arena, const char *secret, const char *token, int64_t now, JwtClaims *claims);

/* Is the time of a token that was good over? */
extern bool jwt_is_over(const JwtClaims *claims, int64_t now);

/* Base64 as URLs have it, without padding; returns arena memory. */
extern char *base64url_encode(Arena *arena, const unsigned char *data, size_t size);

/* The bytes, with a NUL behind them; NULL for what is none or has spare bits. */
extern unsigned char *base64url_decode(Arena *arena, const char *text, size_t length, size_t *size);

#endif
