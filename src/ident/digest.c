/*
 * digest.c
 *		MD5 and HMAC-SHA-256 on states that live on the caller's stack.
 *
 * An id is one or two blocks of a hash, so that what stands around the hash
 * decides the speed.  The server's pg_cryptohash and pg_hmac make a context
 * for each call and tie it to a resource owner; OpenSSL's EVP calls set up
 * and wipe a provider's context each time, which takes twice as long as MD5
 * of one block.  OpenSSL's plain calls (MD5_Init and its like) have none of
 * that.  They are deprecated since 3.0 in favour of EVP; whether the
 * algorithm may be used at all is therefore still asked of EVP, once per
 * backend: in FIPS mode MD5 is refused.
 *
 * HMAC (RFC 2104) is SHA-256 over the padded key and the message, inside
 * SHA-256 over the padded key again.  The two padded keys are hashed when the
 * key is set; a message starts from copies of these two states, which saves
 * half of the compressions.  The key itself is not kept.
 */
#include "postgres.h"

/* the plain calls, without a warning at each */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include "ident/ident.h"

#define HMAC_INNER_PAD 0x36
#define HMAC_OUTER_PAD 0x5c

static bool md5_is_allowed = false;

static SHA256_CTX hmac_inner;	/* has hashed the inner padded key */
static SHA256_CTX hmac_outer;	/* has hashed the outer padded key */

/* Can the algorithm be had from OpenSSL as it is configured? */
static bool
is_available(const char *algorithm)
{
	EVP_MD	   *md = EVP_MD_fetch(NULL, algorithm, NULL);

	if (md == NULL)
		ERR_clear_error();		/* the server's TLS code reads the same queue */
	EVP_MD_free(md);
	return md != NULL;
}

/*
 * Asks for MD5, once per backend.  Raises an error where OpenSSL has none to
 * give; the next call asks again.
 */
static void
check_md5(void)
{
	if (!is_available("MD5"))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("MD5 is not available on this server"),
				 errdetail("The server's OpenSSL refuses MD5, as it does in FIPS mode."),
				 errhint("Use fhir_id(), which is built on SHA-256.")));
	md5_is_allowed = true;
}

/* MD5 of length bytes.  Raises an error when OpenSSL refuses MD5. */
void
ident_md5(const void *data, size_t length, uint8 digest[IDENT_MD5_LENGTH])
{
	MD5_CTX		state;

	if (unlikely(!md5_is_allowed))
		check_md5();
	MD5_Init(&state);
	MD5_Update(&state, data, length);
	MD5_Final(digest, &state);
}

/* Starts a state with one block: the key, filled with zeros, under a pad. */
static void
hash_padded_key(SHA256_CTX *state, const uint8 key[IDENT_SECRET_LENGTH], uint8 pad)
{
	uint8		block[SHA256_CBLOCK];

	memset(block, pad, sizeof(block));
	for (int i = 0; i < IDENT_SECRET_LENGTH; i++)
		block[i] ^= key[i];
	SHA256_Init(state);
	SHA256_Update(state, block, sizeof(block));
	explicit_bzero(block, sizeof(block));
}

/* Sets the key of all following messages. */
void
ident_hmac_set_key(const uint8 key[IDENT_SECRET_LENGTH])
{
	if (!is_available("SHA256"))
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("SHA-256 is not available on this server")));
	hash_padded_key(&hmac_inner, key, HMAC_INNER_PAD);
	hash_padded_key(&hmac_outer, key, HMAC_OUTER_PAD);
}

/* Starts a message.  ident_hmac_set_key must have been called. */
void
ident_hmac_begin(IdentHmac *hmac)
{
	hmac->state = hmac_inner;
}

/* Adds length bytes to the message. */
void
ident_hmac_add(IdentHmac *hmac, const void *data, size_t length)
{
	SHA256_Update(&hmac->state, data, length);
}

/* Ends the message and writes its authentication code. */
void
ident_hmac_end(IdentHmac *hmac, uint8 mac[IDENT_MAC_LENGTH])
{
	uint8		inner[IDENT_MAC_LENGTH];

	SHA256_Final(inner, &hmac->state);
	hmac->state = hmac_outer;
	SHA256_Update(&hmac->state, inner, sizeof(inner));
	SHA256_Final(mac, &hmac->state);
}
