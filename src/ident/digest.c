/*
 * digest.c
 *		MD5 and HMAC-SHA-256 on OpenSSL contexts that the backend keeps.
 *
 * The server's own pg_cryptohash and pg_hmac are not used: each call makes a
 * context and ties it to a resource owner, which costs several times the hash
 * itself.  Here the algorithm is fetched once and the contexts are reused.
 *
 * HMAC (RFC 2104) is SHA-256 over the padded key and the message, inside
 * SHA-256 over the padded key again.  The two padded keys are hashed when the
 * key is set; a message starts from copies of these two states, which saves
 * half of the compressions.  The key itself is not kept.
 *
 * Memory: the contexts are OpenSSL's, allocated once per backend, never
 * freed.  There is one working context, so one message at a time.
 */
#include "postgres.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "ident/ident.h"

#define SHA256_BLOCK_LENGTH 64
#define HMAC_INNER_PAD 0x36
#define HMAC_OUTER_PAD 0x5c

static EVP_MD *md5 = NULL;
static EVP_MD_CTX *md5_context = NULL;

static EVP_MD *sha256 = NULL;
static EVP_MD_CTX *hmac_inner = NULL;	/* has hashed the inner padded key */
static EVP_MD_CTX *hmac_outer = NULL;	/* has hashed the outer padded key */
static EVP_MD_CTX *hmac_work = NULL;

/*
 * Reports the failure of an OpenSSL call and leaves its error queue empty: the
 * server's TLS code reads the same queue.
 */
static void
report_openssl_failure(void)
{
	const char *reason = ERR_reason_error_string(ERR_get_error());

	ERR_clear_error();
	ereport(ERROR,
			(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
			 errmsg("could not compute a digest"),
			 errdetail("OpenSSL: %s.", reason ? reason : "unknown reason")));
}

/* Raises an error unless an OpenSSL call gave 1, its sign of success. */
static inline void
check_openssl(int result)
{
	if (unlikely(result != 1))
		report_openssl_failure();
}

/* A new context, kept by the caller for the backend's life. */
static EVP_MD_CTX *
new_context(void)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (context == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("OpenSSL could not allocate a digest context.")));
	return context;
}

/*
 * Fetches MD5, once per backend.  Raises an error where OpenSSL has none to
 * give, as in FIPS mode; the next call asks again.
 */
static void
prepare_md5(void)
{
	if (md5 == NULL)
		md5 = EVP_MD_fetch(NULL, "MD5", NULL);
	if (md5 == NULL)
	{
		ERR_clear_error();
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("MD5 is not available on this server"),
				 errdetail("The server's OpenSSL refuses MD5, as it does in FIPS mode."),
				 errhint("Use fhir_id(), which is built on SHA-256.")));
	}
	md5_context = new_context();
}

/* MD5 of length bytes.  Raises an error when OpenSSL refuses MD5. */
void
ident_md5(const void *data, size_t length, uint8 digest[IDENT_MD5_LENGTH])
{
	if (unlikely(md5_context == NULL))
		prepare_md5();
	check_openssl(EVP_DigestInit_ex(md5_context, md5, NULL));
	check_openssl(EVP_DigestUpdate(md5_context, data, length));
	check_openssl(EVP_DigestFinal_ex(md5_context, digest, NULL));
}

/* Fetches SHA-256 and makes the three contexts, once per backend. */
static void
prepare_hmac(void)
{
	if (sha256 == NULL)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (sha256 == NULL)
		report_openssl_failure();
	if (hmac_inner == NULL)
		hmac_inner = new_context();
	if (hmac_outer == NULL)
		hmac_outer = new_context();
	if (hmac_work == NULL)
		hmac_work = new_context();
}

/* Starts a context with one block: the key, filled with zeros, under a pad. */
static void
hash_padded_key(EVP_MD_CTX *context, const uint8 key[IDENT_SECRET_LENGTH], uint8 pad)
{
	uint8		block[SHA256_BLOCK_LENGTH];

	memset(block, pad, sizeof(block));
	for (int i = 0; i < IDENT_SECRET_LENGTH; i++)
		block[i] ^= key[i];
	check_openssl(EVP_DigestInit_ex(context, sha256, NULL));
	check_openssl(EVP_DigestUpdate(context, block, sizeof(block)));
	explicit_bzero(block, sizeof(block));
}

/* Sets the key of all following messages. */
void
ident_hmac_set_key(const uint8 key[IDENT_SECRET_LENGTH])
{
	prepare_hmac();
	hash_padded_key(hmac_inner, key, HMAC_INNER_PAD);
	hash_padded_key(hmac_outer, key, HMAC_OUTER_PAD);
}

/*
 * Starts a message.  ident_hmac_set_key must have been called.  A message that
 * an error cuts short is forgotten by the next start.
 */
void
ident_hmac_begin(IdentHmac *hmac)
{
	hmac->used = 0;
	check_openssl(EVP_MD_CTX_copy_ex(hmac_work, hmac_inner));
}

/* Hands the waiting bytes to OpenSSL. */
static void
flush(IdentHmac *hmac)
{
	check_openssl(EVP_DigestUpdate(hmac_work, hmac->buffer, hmac->used));
	hmac->used = 0;
}

/*
 * Adds length bytes to the message.  Short pieces are joined first, because
 * OpenSSL's call costs more than they do.
 */
void
ident_hmac_add(IdentHmac *hmac, const void *data, size_t length)
{
	if (length > sizeof(hmac->buffer) - hmac->used)
		flush(hmac);
	if (length > sizeof(hmac->buffer))
		check_openssl(EVP_DigestUpdate(hmac_work, data, length));
	else
	{
		memcpy(hmac->buffer + hmac->used, data, length);
		hmac->used += length;
	}
}

/* Ends the message and writes its authentication code. */
void
ident_hmac_end(IdentHmac *hmac, uint8 mac[IDENT_MAC_LENGTH])
{
	uint8		inner[IDENT_MAC_LENGTH];

	flush(hmac);
	check_openssl(EVP_DigestFinal_ex(hmac_work, inner, NULL));
	check_openssl(EVP_MD_CTX_copy_ex(hmac_work, hmac_outer));
	check_openssl(EVP_DigestUpdate(hmac_work, inner, sizeof(inner)));
	check_openssl(EVP_DigestFinal_ex(hmac_work, mac, NULL));
}
