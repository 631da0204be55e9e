/*
 * index_id.c
 *		A tag of an id, for indexes on the hospital's own tables.
 *
 * An index on fhir_id() would stop writers who may not call it, would serve
 * no reader who may not, and none under row-level security, since fhir_id()
 * is not leakproof: it raises errors.  The tag is free of all three.  It is a
 * code of the id under the same secret for a purpose of its own, so that who
 * may compute the tag of a key still cannot tell whose id is whose: to go from
 * a tag to an id, or back, takes the secret.
 *
 * Two ids may have the same tag.  Who looks by the tag compares the id, too.
 */
#include "postgres.h"

#include "ident/ident.h"

PG_FUNCTION_INFO_V1(fhir_bridge_index_id);

/* The tag of an id; function is one of the extension's.  The secret must be there. */
int64
ident_index_id(Oid function, const pg_uuid_t *id)
{
	uint8		mac[IDENT_MAC_LENGTH];
	int64		tag;

	ident_secret_sign(function, "index", id->data, UUID_LEN, mac);
	memcpy(&tag, mac, sizeof(tag));
	return tag;
}

/*
 * fhir_index_id(kind text, VARIADIC key "any") RETURNS bigint
 *		The tag of fhir_id(kind, key...).
 *
 * Raises no error for any value, since writers of an indexed table would meet
 * it: NULL for what fhir_id() refuses (NaN, infinite times, other types), and
 * where there is no secret.
 */
Datum
fhir_bridge_index_id(PG_FUNCTION_ARGS)
{
	pg_uuid_t	id;

	if (!ident_compute_id_if_any(fcinfo, 0, &id))
		PG_RETURN_NULL();
	PG_RETURN_INT64(ident_index_id(fcinfo->flinfo->fn_oid, &id));
}
