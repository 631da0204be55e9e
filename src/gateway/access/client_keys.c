/*
 * client_keys.c
 *		The clients of SMART Backend Services and their public keys.
 *
 * They stand in CLIENTS_FILE, which is read at the start, or in CLIENTS_VIEW,
 * which is asked as the gateway's own role whenever a client wants a token: so
 * that a key that is taken out there is out at once.  No address that a client
 * names is ever fetched.  In the file:
 *
 *	[{"client_id": "ministry", "role": "ministry_reader",
 *	  "scope": "system/Patient.rs system/Observation.rs",
 *	  "jwks": {"keys": [{"kty": "RSA", "kid": "1", "n": "...", "e": "AQAB"}]}}]
 *
 * The view has the same as columns: client_id, role, scope, and jwks as json.
 */
#include "gateway/access/client_keys.h"

#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/access/jwt.h"
#include "gateway/access/scope.h"
#include "gateway/database/pool.h"
#include "gateway/base/gateway_settings.h"

static ClientKey *file_keys;

#define P384_BYTES			48		/* of each of a point's two numbers */

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
	unsigned char point[1 + 2 * P384_BYTES] = {4};
	Arena		arena = {NULL, NULL, 0};
	OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
	EVP_PKEY   *key = NULL;
	bool		good = curve != NULL && strcmp(curve, "P-384") == 0;

	for (int i = 0; i < 2 && good; i++)
	{
		size_t		size;
		unsigned char *data = text[i] != NULL ? base64url_decode(&arena, text[i], strlen(text[i]), &size) : NULL;

		good = data != NULL && size == P384_BYTES;
		if (good)
			memcpy(point + 1 + i * P384_BYTES, data, P384_BYTES);
	}
	if (good && OSSL_PARAM_BLD_push_utf8_string(parts, OSSL_PKEY_PARAM_GROUP_NAME, "P-384", 0) &&
		OSSL_PARAM_BLD_push_octet_string(parts, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)))
		key = build_key("EC", parts);
	arena_free(&arena);
	OSSL_PARAM_BLD_free(parts);
	return key;
}

/* Frees keys. */
void
client_keys_free(ClientKey *keys)
{
	while (keys != NULL)
	{
		ClientKey  *next = keys->next;

		EVP_PKEY_free(keys->key);
		free(keys->client);
		free(keys->kid);
		free(keys->role);
		free(keys->scope);
		free(keys);
		keys = next;
	}
}

/* Adds the keys of a set to a client's; returns what is wrong with it, or NULL. */
static const char *
add_keys(ClientKey **keys, const char *id, const char *role, const char *scope, json_t *jwks)
{
	json_t	   *set = json_object_get(jwks, "keys");
	json_t	   *jwk;
	size_t		i;

	if (id == NULL || role == NULL || scope == NULL || json_array_size(set) == 0)
		return "each client needs client_id, role, scope and jwks.keys";
	if (!scope_is_good(scope))
		return "a scope must be a list of system/<type>.rs, as system/Patient.rs system/Observation.rs";
	json_array_foreach(set, i, jwk)
	{
		const char *kind = json_string_value(json_object_get(jwk, "kty"));
		const char *kid = json_string_value(json_object_get(jwk, "kid"));
		bool		rsa = kind != NULL && strcmp(kind, "RSA") == 0;
		EVP_PKEY   *key = kid == NULL || kind == NULL ? NULL : rsa ? rsa_key(jwk) : strcmp(kind, "EC") == 0 ? ec_key(jwk) : NULL;
		ClientKey  *made;

		if (key == NULL)
			return "a key is no RSA key of 2048 bits or EC key on P-384 with a kid";
		made = must_alloc(sizeof(ClientKey));
		*made = (ClientKey){*keys, must_copy(id), must_copy(kid), must_copy(role), must_copy(scope), rsa ? "RS384" : "ES384", key};
		*keys = made;
	}
	return NULL;
}

bool
client_keys_read(void)
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
	{
		const char *id = json_string_value(json_object_get(client, "client_id"));
		const char *wrong = add_keys(&file_keys, id, json_string_value(json_object_get(client, "role")),
									 json_string_value(json_object_get(client, "scope")), json_object_get(client, "jwks"));

		if (wrong != NULL)
			fprintf(stderr, "CLIENTS_FILE: client %s: %s\n", id != NULL ? id : "without client_id", wrong);
		good &= wrong == NULL;
	}
	json_decref(list);
	return good;
}

bool
client_keys_served(void)
{
	return file_keys != NULL || settings.clients_view[0] != '\0';
}

const char *
client_keys_add_row(ClientKey **keys, const PGresult *rows, int row)
{
	const char *values[3];
	json_t	   *jwks = json_loads(PQgetvalue(rows, row, 3), JSON_REJECT_DUPLICATES, NULL);
	const char *wrong;

	for (int i = 0; i < 3; i++)
		values[i] = PQgetisnull(rows, row, i) ? NULL : PQgetvalue(rows, row, i);
	wrong = add_keys(keys, values[0], values[1], values[2], jwks);
	json_decref(jwks);
	return wrong;
}

/* The keys of a client in CLIENTS_VIEW; rows that are none are left out, which --check tells. */
static bool
ask_view(const char *client, ClientKey **keys)
{
	const char *keywords[POOL_PARAMETERS];
	const char *values[POOL_PARAMETERS];
	const char *given[] = {client};
	PGconn	   *connection;
	PGresult   *rows;
	bool		good;

	pool_parameters(keywords, values, settings.db_user, settings.db_password, "fhir-bridge-gateway clients");
	connection = PQconnectdbParams(keywords, values, 0);
	rows = PQexecParams(connection, statements[SQL_CLIENTS].text, 1, NULL, given, NULL, NULL, 0);
	good = PQresultStatus(rows) == PGRES_TUPLES_OK;
	for (int i = 0; i < PQntuples(rows); i++)
		client_keys_add_row(keys, rows, i);
	PQclear(rows);
	PQfinish(connection);
	return good;
}

bool
client_keys_of(const char *client, ClientKey **asked, const ClientKey **first)
{
	*asked = NULL;
	*first = file_keys;
	for (const ClientKey *key = file_keys; key != NULL; key = key->next)
		if (strcmp(key->client, client) == 0)
			return true;
	if (settings.clients_view[0] == '\0')
		return true;
	if (!ask_view(client, asked))
		return false;
	*first = *asked;
	return true;
}
