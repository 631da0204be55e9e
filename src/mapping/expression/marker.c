/*
 * marker.c
 *		The private type fhir_bridge_program, and the markers of it.
 */
#include "postgres.h"

#include <openssl/crypto.h>

#include "common/hashfn.h"
#include "fmgr.h"
#include "libpq/pqformat.h"

#include "base/compat.h"
#include "ident/ident.h"
#include "mapping/expression/marker.h"

PG_FUNCTION_INFO_V1(fhir_bridge_program_in);
PG_FUNCTION_INFO_V1(fhir_bridge_program_out);

#define SEAL_LENGTH 16			/* bytes of the code that are kept */

/* The value that was found good last, if it is short. */
static char checked[256];
static Size checked_length = 0;

/* Adds a string as it is; pq_sendstring would give it the client's encoding. */
void
marker_send_string(StringInfo buf, const char *s)
{
	pq_sendbytes(buf, s, strlen(s) + 1);
}

/* The bytes of a value that its seal is made of. */
static Size
sealed_length(const bytea *value)
{
	return VARSIZE_ANY_EXHDR(value) - SEAL_LENGTH;
}

/* The code of some bytes; where there is no secret, and so no id either, it is zero. */
static void
seal(Oid function, const char *data, Size length, uint8 mac[IDENT_MAC_LENGTH])
{
	if (ident_secret_use_if_any(function))
		ident_secret_sign(function, "program", data, length, mac);
	else
		memset(mac, 0, IDENT_MAC_LENGTH);
}

/* Seals a value again that has been changed. */
void
marker_reseal(Oid function, bytea *value)
{
	uint8		mac[IDENT_MAC_LENGTH];

	seal(function, VARDATA_ANY(value), sealed_length(value), mac);
	memcpy(VARDATA_ANY(value) + sealed_length(value), mac, SEAL_LENGTH);
}

/* Ends a marker or program with its seal; function is any of the extension's. */
Datum
marker_finish(Oid function, StringInfo buf)
{
	static const char room[SEAL_LENGTH] = {0};
	bytea	   *value;

	pq_sendbytes(buf, room, SEAL_LENGTH);
	value = pq_endtypsend(buf);
	marker_reseal(function, value);
	return PointerGetDatum(value);
}

/* Is it the value that was checked last?  Markers come by the million. */
static bool
was_checked(const bytea *value)
{
	return checked_length == VARSIZE_ANY_EXHDR(value) &&
		memcmp(checked, VARDATA_ANY(value), checked_length) == 0;
}

/* An error unless the extension has made the value, of that kind. */
void
marker_check(Oid function, Datum datum, char kind)
{
	bytea	   *value = DatumGetByteaPP(datum);
	uint8		mac[IDENT_MAC_LENGTH];

	if (was_checked(value) && VARDATA_ANY(value)[0] == kind)
		return;
	if (VARSIZE_ANY_EXHDR(value) > SEAL_LENGTH && VARDATA_ANY(value)[0] == kind)
	{
		seal(function, VARDATA_ANY(value), sealed_length(value), mac);
		if (CRYPTO_memcmp(VARDATA_ANY(value) + sealed_length(value), mac, SEAL_LENGTH) == 0)
		{
			if (VARSIZE_ANY_EXHDR(value) <= sizeof(checked))
			{
				checked_length = VARSIZE_ANY_EXHDR(value);
				memcpy(checked, VARDATA_ANY(value), checked_length);
			}
			return;
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("a value of type fhir_bridge_program was not made by this database"),
			 errhint("If the secret of fhir_id has just been replaced, run the statement again.")));
}

/*
 * A marker for the mapping of the given full name, and the path of what calls
 * the function in its template; NULL where nobody asks for that.
 */
Datum
marker_make(Oid function, const char *name, const char *path)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, MARKER_KIND);
	marker_send_string(&buf, name);
	marker_send_string(&buf, path != NULL ? path : "");
	return marker_finish(function, &buf);
}

/* Starts reading a marker or program at its kind; no copy is made. */
void
marker_read_begin(StringInfo buf, const bytea *program)
{
	memset(buf, 0, sizeof(StringInfoData));
	buf->data = (char *) VARDATA_ANY(program);
	buf->len = buf->maxlen = VARSIZE_ANY_EXHDR(program);
}

/* The full name of a marker's mapping, and its path; no copy is made. */
const char *
marker_read(Datum marker, const char **path)
{
	StringInfoData buf;
	const char *name;

	marker_read_begin(&buf, DatumGetByteaPP(marker));
	(void) pq_getmsgbyte(&buf);
	name = pq_getmsgrawstring(&buf);
	*path = pq_getmsgrawstring(&buf);
	return name;
}

/*
 * fhir_bridge_program_in(cstring) RETURNS fhir_bridge_program
 *		Refuses: programs are made by the planner alone.
 */
Datum
fhir_bridge_program_in(PG_FUNCTION_ARGS)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("a value of type fhir_bridge_program cannot be given"),
			 errhint("It is private to the extension: call fhir_from_row().")));
	PG_RETURN_NULL();
}

/*
 * fhir_bridge_program_out(fhir_bridge_program) RETURNS cstring
 *		What EXPLAIN shows: the mapping's name, and a hash that tells one version
 *		of its template from another.
 */
Datum
fhir_bridge_program_out(PG_FUNCTION_ARGS)
{
	StringInfoData buf;
	const char *name;
	const char *template;

	marker_read_begin(&buf, PG_GETARG_BYTEA_PP(0));
	if (pq_getmsgbyte(&buf) != PROGRAM_KIND)
		PG_RETURN_CSTRING(pstrdup(pq_getmsgrawstring(&buf)));
	name = pq_getmsgrawstring(&buf);
	(void) pq_getmsgint(&buf, 4);
	(void) pq_getmsgbyte(&buf);
	template = pq_getmsgrawstring(&buf);
	PG_RETURN_CSTRING(psprintf("%s %08x", name,
							   hash_bytes((const unsigned char *) template, strlen(template))));
}
