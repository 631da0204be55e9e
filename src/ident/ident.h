/*
 * ident.h
 *		Ids: compatible ones, private ones, and the identifiers of Taiwan.
 *
 * The words of this room.  The secret is the database's 32 random bytes in
 * the table fhir_secret.  A key is one of the values that an id is made of.
 * The message is what is hashed: the kind and the keys, each as a length and
 * UTF-8 text.
 */
#ifndef FHIR_BRIDGE_IDENT_H
#define FHIR_BRIDGE_IDENT_H

#include "postgres.h"

#include <openssl/sha.h>

#include "fmgr.h"
#include "utils/uuid.h"

#define IDENT_SECRET_LENGTH 32	/* bytes of fhir_secret.secret */
#define IDENT_FINGERPRINT_LENGTH 8	/* bytes that a mapping remembers */
#define IDENT_MD5_LENGTH 16
#define IDENT_MAC_LENGTH 32		/* HMAC-SHA-256 */

/* A message on its way into the HMAC; lives on the caller's stack. */
typedef struct IdentHmac
{
	SHA256_CTX	state;
} IdentHmac;

extern void ident_init(void);

/* in digest.c */
extern void ident_md5(const void *data, size_t length, uint8 digest[IDENT_MD5_LENGTH]);
extern void ident_hmac_set_key(const uint8 key[IDENT_SECRET_LENGTH]);
extern void ident_hmac_begin(IdentHmac *hmac);
extern void ident_hmac_add(IdentHmac *hmac, const void *data, size_t length);
extern void ident_hmac_end(IdentHmac *hmac, uint8 mac[IDENT_MAC_LENGTH]);

/* in utf8.c */
extern const char *ident_to_utf8(const char *string, int *length);

/* in fhir_id.c */
extern Oid	ident_id_function(Oid function);
extern Oid	ident_id_in_mapping(Oid function, Oid marker_type);
extern bool ident_compute_id(FunctionCallInfo fcinfo, int first, pg_uuid_t *out);
extern bool ident_compute_id_if_any(FunctionCallInfo fcinfo, int first, pg_uuid_t *out);
extern bool ident_type_is_key(Oid type);

/* in index_id.c */
extern int64 ident_index_id(Oid function, const pg_uuid_t *id);

/* in secret.c */
extern Oid	ident_secret_relation(Oid function);
extern bool ident_secret_read(Oid relid, uint8 secret[IDENT_SECRET_LENGTH]);
extern void ident_secret_use(Oid function);
extern bool ident_secret_use_if_any(Oid function);
extern void ident_secret_sign(Oid function, const char *purpose, const void *data, size_t length,
							  uint8 mac[IDENT_MAC_LENGTH]);
extern void ident_secret_fingerprint(Oid function, uint8 fp[IDENT_FINGERPRINT_LENGTH]);

#endif							/* FHIR_BRIDGE_IDENT_H */
