/*
 * code_entries.c
 *		The entries of a code map, from whatever holds them.
 *
 * Besides JSON as fhir_code_map takes it, that is a ConceptMap of FHIR, or a
 * query (or the name of a relation) with the columns source and code and, if
 * wanted, display and system.  A query runs as the caller, and only reads.
 *
 * Where one source has two codes, somebody has to choose: that is an error.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

#include "codes/code.h"

/* From the rows of a query: the entries, and how many rows, rows with a source, and sources there are. */
static const char *const from_rows =
	"SELECT pg_catalog.jsonb_object_agg(pg_catalog.btrim(r ->> 'source'), pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object("
	"'code', r -> 'code' #>> '{}', 'display', r -> 'display' #>> '{}', 'system', r -> 'system' #>> '{}')))"
	" FILTER (WHERE r ->> 'source' IS NOT NULL), pg_catalog.count(*), pg_catalog.count(r ->> 'source'), pg_catalog.count(DISTINCT pg_catalog.btrim(r ->> 'source'))"
	" FROM (SELECT pg_catalog.to_jsonb(q) AS r FROM (%s\n) q) s";

/*
 * From a ConceptMap: the targets that mean the same or more.  What is narrower,
 * or only related, would say what the hospital's code does not.
 */
static const char *const from_concept_map =
	"SELECT e ->> 'code' AS source, t ->> 'code' AS code, t ->> 'display' AS display, g ->> 'target' AS system"
	" FROM pg_catalog.jsonb_array_elements(%s::pg_catalog.jsonb -> 'group') g,"
	" LATERAL pg_catalog.jsonb_array_elements(g -> 'element') e, LATERAL pg_catalog.jsonb_array_elements(e -> 'target') t"
	" WHERE t ->> 'equivalence' IN ('equal', 'equivalent', 'wider', 'subsumes') AND t ->> 'code' IS NOT NULL";

/* The entries that a query gives, in the caller's memory. */
static Datum
entries_of_query(const char *map, const char *query)
{
	MemoryContext caller = CurrentMemoryContext;
	Datum		entries;
	bool		isnull;
	int64		counts[3];		/* rows, those with a source, sources */

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(psprintf(from_rows, query), true, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not read the entries of a code map");
	for (int i = 0; i < lengthof(counts); i++)
		counts[i] = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2 + i, &isnull));
	entries = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (counts[0] == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("code map \"%s\" would have no entry", map)));
	if (counts[1] < counts[0])
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("code map \"%s\": " INT64_FORMAT " of " INT64_FORMAT " rows have no source", map, counts[0] - counts[1], counts[0]),
				 errhint("The columns are source and code and, if wanted, display and system.")));
	if (counts[2] < counts[1])
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("code map \"%s\": " INT64_FORMAT " of " INT64_FORMAT " rows give a source again", map, counts[1] - counts[2], counts[0]),
				 errhint("Choose one code for each source, as by SELECT DISTINCT ON (source).")));
	MemoryContextSwitchTo(caller);
	entries = PointerGetDatum(PG_DETOAST_DATUM_COPY(entries));
	SPI_finish();
	return entries;
}

/* Is the JSON a ConceptMap? */
static bool
is_concept_map(Jsonb *json)
{
	JsonbValue	value;

	return JB_ROOT_IS_OBJECT(json) &&
		getKeyJsonValueFromContainer(&json->root, "resourceType", strlen("resourceType"), &value) != NULL &&
		value.type == jbvString && value.val.string.len == strlen("ConceptMap") &&
		memcmp(value.val.string.val, "ConceptMap", value.val.string.len) == 0;
}

/* The entries of JSON: as they are, or those of a ConceptMap. */
static Datum
entries_of_json(const char *map, Datum json)
{
	char	   *text;

	if (!is_concept_map(DatumGetJsonbP(json)))
		return json;
	text = DatumGetCString(DirectFunctionCall1(jsonb_out, json));
	return entries_of_query(map, psprintf(from_concept_map, quote_literal_cstr(text)));
}

/* Does the text begin as a query does? */
static bool
is_query(const char *text)
{
	static const char *const words[] = {"select", "with", "values", "table", "("};

	text += strspn(text, " \t\r\n");
	for (int i = 0; i < lengthof(words); i++)
		if (pg_strncasecmp(text, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/*
 * The entries as jsonb.  given is of the given type: jsonb, json, or text that
 * is JSON, a query or the name of a relation.  map is for messages.
 */
Datum
code_entries(const char *map, Oid type, Datum given)
{
	const char *string;

	switch (type)
	{
		case JSONBOID:
			return entries_of_json(map, given);
		case UNKNOWNOID:
			string = DatumGetCString(given);
			break;
		case JSONOID:
		case TEXTOID:
		case VARCHAROID:
			string = TextDatumGetCString(given);
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("entries of code map \"%s\" must be JSON, or the text of a query", map)));
	}
	if (type == JSONOID || string[strspn(string, " \t\r\n")] == '{' || string[strspn(string, " \t\r\n")] == '[' || string[strspn(string, " \t\r\n")] == '"')
		return entries_of_json(map, DirectFunctionCall1(jsonb_in, CStringGetDatum(string)));
	return entries_of_query(map, is_query(string) ? string : psprintf("SELECT * FROM %s", string));
}
