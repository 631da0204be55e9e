/*
 * read_tagged.c
 *		fhir_read_tagged: a resource with the tag of its version, as HTTP wants it.
 *
 * The tag and the time of change stand in the resource's meta.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "r4/lookup/r4.h"
#include "search/answer/answer.h"

/* Seed of the tags: one of a later version may differ, so that clients ask anew. */
#define TAG_SEED		UINT64CONST(1)

PG_FUNCTION_INFO_V1(fhir_bridge_read_tagged);

extern Datum fhir_bridge_read(PG_FUNCTION_ARGS);

/* The characters of a string of this primitive type; NULL where the value is none. */
static char *
text_of(TextPart value, R4Primitive primitive)
{
	if (value.at == NULL || value.size < 2 || *value.at != '"' || !r4_text_is_valid(primitive, value.at + 1, value.size - 2))
		return NULL;
	return pnstrdup(value.at + 1, value.size - 2);
}

/* Is a text among those of an array? */
static bool
is_known(ArrayType *known, const char *tag)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	deconstruct_array(known, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
		if (!nulls[i] && strcmp(TextDatumGetCString(elements[i]), tag) == 0)
			return true;
	return false;
}

/* What fhir_read says, with our first two arguments. */
static bool
read_it(FunctionCallInfo fcinfo, Datum *json)
{
	LOCAL_FCINFO(read, 3);

	InitFunctionCallInfoData(*read, fcinfo->flinfo, 3, InvalidOid, NULL, NULL);
	read->args[0] = fcinfo->args[0];
	read->args[1] = fcinfo->args[1];
	read->args[2] = (NullableDatum){(Datum) 0, true};
	*json = fhir_bridge_read(read);
	return !read->isnull;
}

/*
 * fhir_read_tagged(type text, id text, known text[], version text,
 *					OUT resource json, OUT tag text, OUT changed timestamptz)
 *		The resource as fhir_read has it, with meta.versionId, or a hash of the
 *		text where that is none, and meta.lastUpdated.
 *
 * The resource is NULL where its tag is among the known ones.  All is NULL where
 * there is none that the caller may see, or its tag is not the version.
 */
Datum
fhir_bridge_read_tagged(PG_FUNCTION_ARGS)
{
	Datum		values[3] = {0};
	bool		nulls[3] = {true, true, true};
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("fhir_read_tagged gives a row")));
	desc = BlessTupleDesc(desc);
	if (read_it(fcinfo, &values[0]))
	{
		text	   *json = DatumGetTextPP(values[0]);
		TextPart	meta = text_member((TextPart){VARDATA_ANY(json), (int) VARSIZE_ANY_EXHDR(json)}, "meta");
		char	   *tag = text_of(text_member(meta, "versionId"), R4_ID);
		char	   *changed = text_of(text_member(meta, "lastUpdated"), R4_INSTANT);

		if (tag == NULL)
			tag = psprintf("%016llx", (unsigned long long) hash_bytes_extended((unsigned char *) VARDATA_ANY(json), VARSIZE_ANY_EXHDR(json), TAG_SEED));
		if (PG_ARGISNULL(3) || strcmp(text_to_cstring(PG_GETARG_TEXT_PP(3)), tag) == 0)
		{
			nulls[0] = !PG_ARGISNULL(2) && is_known(PG_GETARG_ARRAYTYPE_P(2), tag);
			values[1] = CStringGetTextDatum(tag);
			nulls[1] = false;
			nulls[2] = changed == NULL;
			if (changed != NULL)
				values[2] = DirectFunctionCall3(timestamptz_in, CStringGetDatum(changed), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
		}
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}
