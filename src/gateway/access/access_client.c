/*
 * access_client.c
 *		SMART Backend Services: programs that sign what they say.
 *
 * Which keys a client has, client_keys.c knows.  An assertion is good once: its
 * jti is remembered until it has expired.
 */
#include <jansson.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/access/access.h"
#include "gateway/access/client_keys.h"
#include "gateway/access/jwt.h"
#include "gateway/access/scope.h"
#include "gateway/base/gateway_settings.h"

#define MOST_ASSERTION		8192
#define MOST_LIFE			300		/* seconds that an assertion may be good for */
#define CLOCK_SKEW			30
#define ES384_BYTES			48		/* of each of a signature's two numbers */
#define MOST_JTIS			65536

/* An assertion that was used. */
typedef struct Used
{
	unsigned char digest[32];	/* of client and jti */
	int64_t		expires;
} Used;

static Used used[MOST_JTIS];
static int	nused;
static pthread_mutex_t used_lock = PTHREAD_MUTEX_INITIALIZER;

/* Is the signature of ES384, two numbers side by side, made into what OpenSSL reads? */
static bool
ecdsa_der(const unsigned char *raw, size_t size, unsigned char **der, int *der_size)
{
	ECDSA_SIG  *signature = ECDSA_SIG_new();
	bool		good = size == 2 * ES384_BYTES &&
		ECDSA_SIG_set0(signature, BN_bin2bn(raw, ES384_BYTES, NULL), BN_bin2bn(raw + ES384_BYTES, ES384_BYTES, NULL)) == 1;

	*der = NULL;
	*der_size = good ? i2d_ECDSA_SIG(signature, der) : 0;
	ECDSA_SIG_free(signature);
	return *der_size > 0;
}

/* Bytes and their signature. */
typedef struct Signed
{
	const char *data;
	size_t		size;
	const unsigned char *signature;
	size_t		signature_size;
} Signed;

/* Is the signature the key's? */
static bool
verify(const ClientKey *key, const Signed *parts)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const unsigned char *signature = parts->signature;
	size_t		size = parts->signature_size;
	unsigned char *der = NULL;
	int			der_size = 0;
	bool		good = EVP_DigestVerifyInit(context, NULL, EVP_sha384(), NULL, key->key) == 1;

	if (good && strcmp(key->algorithm, "ES384") == 0)
	{
		good = ecdsa_der(signature, size, &der, &der_size);
		signature = der;
		size = der_size;
	}
	good = good && EVP_DigestVerify(context, signature, size, (const unsigned char *) parts->data, parts->size) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(context);
	return good;
}

/* Remembers an assertion; returns false when it was used before, or too many are remembered. */
static bool
use_once(const char *client, const char *jti, int64_t expires, int64_t now)
{
	Used		mine = {{0}, expires};
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int			kept = 0;
	bool		fresh = true;

	EVP_DigestInit_ex(context, EVP_sha256(), NULL);
	EVP_DigestUpdate(context, client, strlen(client) + 1);
	EVP_DigestUpdate(context, jti, strlen(jti));
	EVP_DigestFinal_ex(context, mine.digest, NULL);
	EVP_MD_CTX_free(context);
	pthread_mutex_lock(&used_lock);
	for (int i = 0; i < nused; i++)
		if (used[i].expires >= now)
		{
			fresh &= memcmp(used[i].digest, mine.digest, sizeof(mine.digest)) != 0;
			used[kept++] = used[i];
		}
	nused = kept;
	if (nused == MOST_JTIS)
		fresh = false;
	if (fresh)
		used[nused++] = mine;
	pthread_mutex_unlock(&used_lock);
	return fresh;
}

/* Is the audience the token's address? */
static bool
is_audience(json_t *audience)
{
	char		address[1024];
	size_t		i;
	json_t	   *one;

	snprintf(address, sizeof(address), "%s/token", settings.root_url);
	if (json_is_string(audience))
		return strcmp(json_string_value(audience), address) == 0;
	json_array_foreach(audience, i, one)
		if (json_is_string(one) && strcmp(json_string_value(one), address) == 0)
			return true;
	return false;
}

/* Refuses an assertion. */
static void
refuse(ClientGrant *grant, const char *error, const char *text)
{
	grant->error = error;
	grant->text = text;
}

/* Judges the claims of an assertion whose signature is right. */
static void
judge(Arena *arena, const ClientKey *key, json_t *claims, const char *scope, ClientGrant *grant)
{
	int64_t		now = time(NULL);
	const char *issuer = json_string_value(json_object_get(claims, "iss"));
	const char *subject = json_string_value(json_object_get(claims, "sub"));
	const char *jti = json_string_value(json_object_get(claims, "jti"));
	json_t	   *expires = json_object_get(claims, "exp");
	json_t	   *from = json_object_get(claims, "nbf");
	double		end = json_number_value(expires);	/* may have a fraction (RFC 7519, 2) */

	if (issuer == NULL || subject == NULL || strcmp(issuer, key->client) != 0 || strcmp(subject, key->client) != 0)
		refuse(grant, "invalid_client", "iss and sub must be the client's id");
	else if (!is_audience(json_object_get(claims, "aud")))
		refuse(grant, "invalid_client", "aud must be the token's address");
	else if (!json_is_number(expires) || end <= now - CLOCK_SKEW || end > now + MOST_LIFE + CLOCK_SKEW)
		refuse(grant, "invalid_client", "exp must be at most five minutes ahead");
	else if (from != NULL && (!json_is_number(from) || json_number_value(from) > now + CLOCK_SKEW))
		refuse(grant, "invalid_client", "nbf is still to come");
	else if (jti == NULL || jti[0] == '\0' || !use_once(key->client, jti, (int64_t) end + 1 + CLOCK_SKEW, now))
		refuse(grant, "invalid_client", "jti must be new");
	else
	{
		grant->scope = scope_grant(arena, scope, key->scope);
		if (grant->scope[0] == '\0')
			refuse(grant, "invalid_scope", "none of the scopes is the client's");
		grant->client = arena_copy(arena, key->client, strlen(key->client));
		grant->role = arena_copy(arena, key->role, strlen(key->role));
	}
}

/* The key of a list that an assertion's header names.  A header that must be understood ("crit") is not: RFC 7515, 4.1.11. */
static const ClientKey *
find_key(const ClientKey *keys, json_t *header, const char *client)
{
	const char *algorithm = json_string_value(json_object_get(header, "alg"));
	const char *kid = json_string_value(json_object_get(header, "kid"));

	if (json_object_get(header, "crit") != NULL)
		return NULL;
	for (const ClientKey *key = keys; key != NULL && algorithm != NULL && kid != NULL; key = key->next)
		if (strcmp(key->client, client) == 0 && strcmp(key->kid, kid) == 0 && strcmp(key->algorithm, algorithm) == 0)
			return key;
	return NULL;
}

/* Parses one of an assertion's first two parts. */
static json_t *
parse_part(Arena *arena, const char *text, size_t length)
{
	size_t		size;
	unsigned char *data = base64url_decode(arena, text, length, &size);

	return data != NULL ? json_loadb((char *) data, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

/* Takes the parts of an assertion; returns the client that it says it is of, or NULL. */
static const char *
read_assertion(Arena *arena, const char *assertion, json_t **header, json_t **claims, Signed *parts)
{
	const char *dot = strchr(assertion, '.');
	const char *second = dot != NULL ? strchr(dot + 1, '.') : NULL;

	*header = *claims = NULL;
	if (second == NULL || strlen(assertion) > MOST_ASSERTION)
		return NULL;
	*header = parse_part(arena, assertion, dot - assertion);
	*claims = parse_part(arena, dot + 1, second - dot - 1);
	*parts = (Signed){assertion, second - assertion, NULL, 0};
	parts->signature = base64url_decode(arena, second + 1, strlen(second + 1), &parts->signature_size);
	return parts->signature != NULL ? json_string_value(json_object_get(*claims, "iss")) : NULL;
}

void
client_check(Arena *arena, const char *assertion, const char *scope, ClientGrant *grant)
{
	json_t	   *header;
	json_t	   *claims;
	Signed		parts;
	const char *client = read_assertion(arena, assertion, &header, &claims, &parts);
	ClientKey  *asked = NULL;
	const ClientKey *keys = NULL;
	const ClientKey *key;

	if (client != NULL && !client_keys_of(client, &asked, &keys))
		refuse(grant, "temporarily_unavailable", "The clients' keys cannot be read");
	else if (client == NULL || (key = find_key(keys, header, client)) == NULL || !verify(key, &parts))
		refuse(grant, "invalid_client", "the assertion is not signed by a known key of the client (RS384, ES384)");
	else
		judge(arena, key, claims, scope, grant);
	client_keys_free(asked);
	json_decref(header);
	json_decref(claims);
}
