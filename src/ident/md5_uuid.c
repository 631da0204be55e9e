/*
 * md5_uuid.c
 *		The compatible id: what md5(), hashlib and HASH_MD5 give, as uuid.
 *
 * Compatible, not private: there are about 520 million valid Taiwanese
 * identity numbers, and one processor core hashes them all in minutes.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/uuid.h"

#include "base/base.h"
#include "ident/ident.h"

PG_FUNCTION_INFO_V1(fhir_bridge_md5_uuid);

/*
 * md5_uuid(text) RETURNS uuid
 *		MD5 of the UTF-8 bytes; all 128 bits, no version or variant set.
 *
 * Strict.  Raises 0A000 when OpenSSL refuses MD5 (FIPS).
 */
Datum
fhir_bridge_md5_uuid(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	int			length = VARSIZE_ANY_EXHDR(value);
	const char *utf8 = ident_to_utf8(VARDATA_ANY(value), &length);
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));

	ident_md5(utf8, length, result->data);
	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_UUID_P(result);
}
