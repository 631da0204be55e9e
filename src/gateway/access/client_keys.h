/*
 * client_keys.h
 *		The clients of SMART Backend Services and their public keys.
 */
#ifndef GATEWAY_CLIENT_KEYS_H
#define GATEWAY_CLIENT_KEYS_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "libpq-fe.h"

typedef struct ClientKey
{
	struct ClientKey *next;
	char	   *client;
	char	   *kid;
	char	   *role;
	char	   *scope;
	const char *algorithm;		/* RS384 or ES384 */
	EVP_PKEY   *key;
} ClientKey;

/* Reads CLIENTS_FILE; returns false, with what is wrong on stderr, when it cannot. */
extern bool client_keys_read(void);

/* May there be clients at all? */
extern bool client_keys_served(void);

/*
 * A list that has all keys of a client, and perhaps others' too: the file's
 * clients come before the view's.  asked is to be freed.  Returns false when the
 * view cannot be asked.  Blocks: for a thread.
 */
extern bool client_keys_of(const char *client, ClientKey **asked, const ClientKey **first);
extern void client_keys_free(ClientKey *keys);

/* Adds the keys of a row of CLIENTS_VIEW; returns what is wrong with it, or NULL. */
extern const char *client_keys_add_row(ClientKey **keys, const PGresult *rows, int row);

#endif
