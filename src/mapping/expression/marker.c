/*
 * marker.c
 *		The private type fhir_bridge_program, and the markers of it.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "libpq/pqformat.h"

#include "mapping/expression/marker.h"

PG_FUNCTION_INFO_V1(fhir_bridge_program_in);
PG_FUNCTION_INFO_V1(fhir_bridge_program_out);

/* Adds a string as it is; pq_sendstring would give it the client's encoding. */
void
marker_send_string(StringInfo buf, const char *s)
{
	pq_sendbytes(buf, s, strlen(s) + 1);
}

/*
 * A marker for the mapping of the given full name, and the path of what calls
 * the function in its template; NULL where nobody asks for that.
 */
Datum
marker_make(const char *name, const char *path)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, MARKER_KIND);
	marker_send_string(&buf, name);
	marker_send_string(&buf, path != NULL ? path : "");
	return PointerGetDatum(pq_endtypsend(&buf));
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
