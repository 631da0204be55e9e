/*
 * access_client.c
 *		SMART Backend Services: programs that sign what they say.
 *
 * A client's public keys stand in CLIENTS_FILE, which is read at the start; no
 * address that a client names is ever fetched.  An assertion is good once: its
 * jti is remembered until it has expired.
 *
 *	[{"client_id": "ministry", "role": "ministry_reader",
 *	  "scope": "system/Patient.rs system/Observation.rs",
 *	  "jwks": {"keys": [{"kty": "RSA", "kid": "1", "n": "...", "e": "AQAB"}]}}]
 */
#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/access/access.h"
#include "gateway/access/scope.h"
#include "gateway/access/jwt.h"
#include "gateway/gateway_settings.h"

#define MOST_ASSERTION		8192
#define MOST_LIFE			300		/* seconds that an assertion may be good for */
#define CLOCK_SKEW			30
#define ES384_BYTES			48		/* of each of a signature's two numbers */
#define MOST_JTIS			65536

typedef struct Key
{
	struct Key *next;
	char	   *client;
	char	   *kid;
	char	   *role;
	char	   *scope;
	const char *algorithm;		/* RS384 or ES384 */
	EVP_PKEY   *key;
} Key;

/* An assertion that was used. */
typedef struct Used
{
	unsigned char digest[32];	/* of client and jti */
	int64_t		expires;
} Used;

static Key *keys;
static int	nclients;
static Used used[MOST_JTIS];
static int	nused;
static pthread_mutex_t used_lock = PTHREAD_MUTEX_INITIALIZER;

int
clients_count(void)
{
	return nclients;
}

/* Adds a number of a key, given in base64url. */
static bool
push_number(OSSL_PARAM_BLD *parts, const char *name, const char *text, BIGNUM **number)
{
	Arena		arena = {NULL, NULL, 0};
	size_t		size;
	unsigned char *data = text != NULL ? base64url_decode(&arena, text, strlen(text), &size) : NULL;

	*number = data != NULL ? BN_bin2bn(data, (int) size, NULL) : NULL;
	arena_free(&arena);
	return *number != NULL && OSSL_PARAM_BLD_push_BN(parts, name, *number);
}

/* Makes a key of so built parts. */
static EVP_PKEY *
build_key(const char *kind, OSSL_PARAM_BLD *parts)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(parts);
	EVP_PKEY   *key = NULL;

	if (context != NULL && params != NULL && EVP_PKEY_fromdata_init(context) == 1)
		EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(context);
	return key;
}

/* An RSA key of at least 2048 bits. */
static EVP_PKEY *
rsa_key(json_t *jwk)
{
	OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
	BIGNUM	   *n = NULL;
	BIGNUM	   *e = NULL;
	EVP_PKEY   *key = NULL;

	if (push_number(parts, OSSL_PKEY_PARAM_RSA_N, json_string_value(json_object_get(jwk, "n")), &n) &&
		push_number(parts, OSSL_PKEY_PARAM_RSA_E, json_string_value(json_object_get(jwk, "e")), &e) && BN_num_bits(n) >= 2048)
		key = build_key("RSA", parts);
	BN_free(n);
	BN_free(e);
	OSSL_PARAM_BLD_free(parts);
	return key;
}

/* A key on the curve P-384. */
static EVP_PKEY *
ec_key(json_t *jwk)
{
	const char *curve = json_string_value(json_object_get(jwk, "crv"));
	const char *text[2] = {json_string_value(json_object_get(jwk, "x")), json_string_value(json_object_get(jwk, "y"))};
	unsigned char point[1 + 2 * ES384_BYTES] = {4};
	Arena		arena = {NULL, NULL, 0};
	OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
	EVP_PKEY   *key = NULL;
	bool		good = curve != NULL && strcmp(curve, "P-384") == 0;

	for (int i = 0; i < 2 && good; i++)
	{
		size_t		size;
		unsigned char *data = text[i] != NULL ? base64url_decode(&arena, text[i], strlen(text[i]), &size) : NULL;

		good = data != NULL && size == ES384_BYTES;
		if (good)
			memcpy(point + 1 + i * ES384_BYTES, data, ES384_BYTES);
	}
	if (good && OSSL_PARAM_BLD_push_utf8_string(parts, OSSL_PKEY_PARAM_GROUP_NAME, "P-384", 0) &&
		OSSL_PARAM_BLD_push_octet_string(parts, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)))
		key = build_key("EC", parts);
	arena_free(&arena);
	OSSL_PARAM_BLD_free(parts);
	return key;
}

/* Reads one client; complains and returns false when something is missing. */
static bool
read_client(json_t *client)
{
	const char *id = json_string_value(json_object_get(client, "client_id"));
	const char *role = json_string_value(json_object_get(client, "role"));
	const char *scope = json_string_value(json_object_get(client, "scope"));
	json_t	   *set = json_object_get(json_object_get(client, "jwks"), "keys");
	json_t	   *jwk;
	size_t		i;

	if (id == NULL || role == NULL || scope == NULL || json_array_size(set) == 0)
	{
		fprintf(stderr, "CLIENTS_FILE: each client needs client_id, role, scope and jwks.keys\n");
		return false;
	}
	json_array_foreach(set, i, jwk)
	{
		const char *kind = json_string_value(json_object_get(jwk, "kty"));
		const char *kid = json_string_value(json_object_get(jwk, "kid"));
		bool		rsa = kind != NULL && strcmp(kind, "RSA") == 0;
		EVP_PKEY   *key = kind == NULL ? NULL : rsa ? rsa_key(jwk) : strcmp(kind, "EC") == 0 ? ec_key(jwk) : NULL;
		Key		   *made;

		if (key == NULL || kid == NULL)
		{
			fprintf(stderr, "CLIENTS_FILE: client %s: key %zu is no RSA key of 2048 bits or EC key on P-384 with a kid\n", id, i + 1);
			return false;
		}
		made = must_alloc(sizeof(Key));
		*made = (Key){keys, must_copy(id), must_copy(kid), must_copy(role), must_copy(scope), rsa ? "RS384" : "ES384", key};
		keys = made;
	}
	nclients++;
	return true;
}

bool
clients_read(void)
{
	json_error_t error;
	json_t	   *list;
	json_t	   *client;
	size_t		i;
	bool		good = true;

	if (settings.clients_file[0] == '\0')
		return true;
	list = json_load_file(settings.clients_file, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_array(list))
	{
		fprintf(stderr, "CLIENTS_FILE: is no JSON array: line %d\n", error.line);
		return false;
	}
	json_array_foreach(list, i, client)
		good &= read_client(client);
	json_decref(list);
	return good;
}

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

/* Is the signature of these bytes the key's? */
static bool
verify(const Key *key, const char *data, size_t size, const unsigned char *signature, size_t signature_size)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	int			der_size = 0;
	bool		good = EVP_DigestVerifyInit(context, NULL, EVP_sha384(), NULL, key->key) == 1;

	if (good && strcmp(key->algorithm, "ES384") == 0)
	{
		good = ecdsa_der(signature, signature_size, &der, &der_size);
		signature = der;
		signature_size = der_size;
	}
	good = good && EVP_DigestVerify(context, signature, signature_size, (const unsigned char *) data, size) == 1;
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

/* Those of the asked scopes that the client may have; an asterisk for the type gives all of its own. */
static char *
grant_scope(Arena *arena, const char *asked, const char *allowed)
{
	char	   *granted = arena_alloc(arena, strlen(asked) + strlen(allowed) + 2);
	size_t		length;

	granted[0] = '\0';
	for (; *asked != '\0'; asked += length)
	{
		char	   *one;
		char	   *dot;

		asked += strspn(asked, " ");
		length = strcspn(asked, " ");
		one = arena_copy(arena, asked, length);
		if (strcmp(one, "system/*.rs") == 0 || strcmp(one, "system/*.read") == 0)
			return strcpy(granted, allowed);
		dot = strchr(one, '.');
		if (dot == NULL || strncmp(one, "system/", 7) != 0 ||
			(strcmp(dot, ".rs") != 0 && strcmp(dot, ".read") != 0 && strcmp(dot, ".r") != 0 && strcmp(dot, ".s") != 0))
			continue;
		*dot = '\0';
		if (scope_covers(allowed, one + 7))
			sprintf(granted + strlen(granted), "%s%.*s", granted[0] != '\0' ? " " : "", (int) length, asked);
	}
	return granted;
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
judge(Arena *arena, const Key *key, json_t *claims, const char *scope, ClientGrant *grant)
{
	int64_t		now = time(NULL);
	const char *issuer = json_string_value(json_object_get(claims, "iss"));
	const char *subject = json_string_value(json_object_get(claims, "sub"));
	const char *jti = json_string_value(json_object_get(claims, "jti"));
	json_t	   *expires = json_object_get(claims, "exp");

	if (issuer == NULL || subject == NULL || strcmp(issuer, key->client) != 0 || strcmp(subject, key->client) != 0)
		refuse(grant, "invalid_client", "iss and sub must be the client's id");
	else if (!is_audience(json_object_get(claims, "aud")))
		refuse(grant, "invalid_client", "aud must be the token's address");
	else if (!json_is_integer(expires) || json_integer_value(expires) <= now - CLOCK_SKEW ||
			 json_integer_value(expires) > now + MOST_LIFE + CLOCK_SKEW)
		refuse(grant, "invalid_client", "exp must be at most five minutes ahead");
	else if (jti == NULL || !use_once(key->client, jti, json_integer_value(expires) + CLOCK_SKEW, now))
		refuse(grant, "invalid_client", "jti must be new");
	else
	{
		grant->scope = grant_scope(arena, scope, key->scope);
		if (grant->scope[0] == '\0')
			refuse(grant, "invalid_scope", "none of the scopes is the client's");
		grant->client = key->client;
		grant->role = key->role;
	}
}

/* The key that an assertion's header names. */
static const Key *
find_key(json_t *header, const char *client)
{
	const char *algorithm = json_string_value(json_object_get(header, "alg"));
	const char *kid = json_string_value(json_object_get(header, "kid"));

	for (const Key *key = keys; key != NULL && algorithm != NULL && kid != NULL && client != NULL; key = key->next)
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

void
client_check(Arena *arena, const char *assertion, const char *scope, ClientGrant *grant)
{
	const char *dot = strchr(assertion, '.');
	const char *second = dot != NULL ? strchr(dot + 1, '.') : NULL;
	json_t	   *header = NULL;
	json_t	   *claims = NULL;
	unsigned char *signature = NULL;
	size_t		size = 0;
	const Key  *key = NULL;

	if (second != NULL && strlen(assertion) <= MOST_ASSERTION)
	{
		header = parse_part(arena, assertion, dot - assertion);
		claims = parse_part(arena, dot + 1, second - dot - 1);
		signature = base64url_decode(arena, second + 1, strlen(second + 1), &size);
		key = find_key(header, json_string_value(json_object_get(claims, "iss")));
	}
	if (key == NULL || signature == NULL || !verify(key, assertion, second - assertion, signature, size))
		refuse(grant, "invalid_client", "the assertion is not signed by a known key of the client (RS384, ES384)");
	else
		judge(arena, key, claims, scope, grant);
	json_decref(header);
	json_decref(claims);
}
