/*
 * jwt.c
 *		Makes and reads our own tokens; see jwt.h.
 */
#include "gateway/access/jwt.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#define HEADER			"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"	/* {"alg":"HS256","typ":"JWT"} */
#define CLOCK_SKEW		30
#define DIGEST_BYTES	32

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *
base64url_encode(Arena *arena, const unsigned char *data, size_t size)
{
	char	   *text = arena_alloc(arena, size * 4 / 3 + 4);
	char	   *out = text;

	for (size_t i = 0; i < size; i += 3)
	{
		uint32_t	bits = data[i] << 16;

		if (i + 1 < size)
			bits |= data[i + 1] << 8;
		if (i + 2 < size)
			bits |= data[i + 2];
		*out++ = digits[bits >> 18];
		*out++ = digits[bits >> 12 & 63];
		if (i + 1 < size)
			*out++ = digits[bits >> 6 & 63];
		if (i + 2 < size)
			*out++ = digits[bits & 63];
	}
	*out = '\0';
	return text;
}

unsigned char *
base64url_decode(Arena *arena, const char *text, size_t length, size_t *size)
{
	unsigned char *data = arena_alloc(arena, length * 3 / 4 + 1);
	uint32_t	bits = 0;
	int			nbits = 0;

	*size = 0;
	if (length % 4 == 1)
		return NULL;
	for (size_t i = 0; i < length; i++)
	{
		const char *digit = text[i] != '\0' ? strchr(digits, text[i]) : NULL;

		if (digit == NULL)
			return NULL;
		bits = bits << 6 | (uint32_t) (digit - digits);
		nbits += 6;
		if (nbits >= 8)
		{
			nbits -= 8;
			data[(*size)++] = bits >> nbits & 255;
		}
	}
	if ((bits & ((1u << nbits) - 1)) != 0)
		return NULL;
	data[*size] = '\0';
	return data;
}

/* The signature of header and payload. */
static bool
sign(const char *secret, const char *text, size_t size, unsigned char digest[DIGEST_BYTES])
{
	unsigned int length = 0;

	return HMAC(EVP_sha256(), secret, (int) strlen(secret), (const unsigned char *) text, size, digest, &length) != NULL &&
		length == DIGEST_BYTES;
}

char *
jwt_make(Arena *arena, const char *secret, const JwtClaims *claims)
{
	json_t	   *payload = json_pack("{s:s, s:s, s:s*, s:I, s:I}", "sub", claims->subject, "role", claims->role,
									"scope", claims->scope, "iat", (json_int_t) claims->issued, "exp", (json_int_t) claims->expires);
	char	   *json = json_dumps(payload, JSON_COMPACT);
	char	   *text;
	unsigned char digest[DIGEST_BYTES];

	if (json == NULL)
		abort();				/* roles are UTF-8, checked when they come */
	text = arena_printf(arena, "%s.%s", HEADER, base64url_encode(arena, (unsigned char *) json, strlen(json)));
	free(json);
	json_decref(payload);
	if (!sign(secret, text, strlen(text), digest))
		abort();
	return arena_printf(arena, "%s.%s", text, base64url_encode(arena, digest, DIGEST_BYTES));
}

/* Copies a claim that must be text; NULL when it is not there or no text. */
static const char *
text_claim(Arena *arena, json_t *payload, const char *name)
{
	json_t	   *value = json_object_get(payload, name);

	return json_is_string(value) ? arena_copy(arena, json_string_value(value), json_string_length(value)) : NULL;
}

bool
jwt_is_over(const JwtClaims *claims, int64_t now)
{
	return claims->expires <= now - CLOCK_SKEW;
}

/* Reads a payload whose signature is right. */
static bool
read_claims(Arena *arena, json_t *payload, int64_t now, JwtClaims *claims)
{
	json_t	   *expires = json_object_get(payload, "exp");
	json_t	   *from = json_object_get(payload, "nbf");
	json_t	   *issued = json_object_get(payload, "iat");

	claims->subject = text_claim(arena, payload, "sub");
	claims->role = text_claim(arena, payload, "role");
	claims->scope = text_claim(arena, payload, "scope");
	claims->issued = json_integer_value(issued);
	claims->expires = json_integer_value(expires);
	return claims->subject != NULL && claims->role != NULL && claims->role[0] != '\0' &&
		json_is_integer(expires) && !jwt_is_over(claims, now) && json_is_integer(issued) &&
		claims->issued <= now + CLOCK_SKEW &&
		(from == NULL || (json_is_integer(from) && json_integer_value(from) <= now + CLOCK_SKEW));
}

bool
jwt_read(Arena *arena, const char *secret, const char *token, int64_t now, JwtClaims *claims)
{
	size_t		length = strnlen(token, JWT_MOST_BYTES + 1);
	size_t		head = strlen(HEADER);
	const char *payload = token + head + 1;
	const char *signature;
	unsigned char *given;
	unsigned char *json;
	unsigned char digest[DIGEST_BYTES];
	size_t		size;
	json_t	   *parsed;
	bool		good;

	if (length > JWT_MOST_BYTES || length < head + 3 || memcmp(token, HEADER, head) != 0 || token[head] != '.')
		return false;
	signature = strchr(payload, '.');
	if (signature == NULL)
		return false;
	given = base64url_decode(arena, signature + 1, strlen(signature + 1), &size);
	if (given == NULL || size != DIGEST_BYTES || !sign(secret, token, signature - token, digest) ||
		CRYPTO_memcmp(given, digest, DIGEST_BYTES) != 0)
		return false;
	json = base64url_decode(arena, payload, signature - payload, &size);
	if (json == NULL)
		return false;
	parsed = json_loadb((char *) json, size, JSON_REJECT_DUPLICATES, NULL);
	good = json_is_object(parsed) && read_claims(arena, parsed, now, claims);
	json_decref(parsed);
	return good;
}
