/*
 * broken.c
 *		Mappings that can no longer be read, and why.
 *
 * What a template was judged by may change: its relation's columns, tables of
 * its sub-selects, functions, code that nobody vouches for any more, and this
 * extension itself with a release.  A mapping is broken when it cannot be
 * compiled; no row is read for that, and nothing of the template is run that
 * a reader would not run.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/elog.h"
#include "utils/lsyscache.h"

#include "base/base.h"
#include "mapping/catalog/mapping.h"

PG_FUNCTION_INFO_V1(fhir_bridge_map_check_all);

/* The mapping that is compiled, for base_try. */
typedef struct Attempt
{
	Oid			function;
	Oid			relation;
	const char *name;
} Attempt;

/* BaseWork: compiles a mapping, as a reader's first call does. */
static void
compile(void *arg)
{
	const Attempt *attempt = arg;
	MappingSource source;

	if (!mapping_read(attempt->function, attempt->relation, attempt->name, &source))
		return;
	source.fingerprint = NULL;	/* another secret is no fault of the template */
	mapping_plan_free(mapping_compile(attempt->function, &source, false, NULL));
}

/*
 * What is wrong with a mapping, in the current context; NULL when it can be
 * read.  function is any of the extension's.
 */
ErrorData *
mapping_broken(Oid function, Oid relation, const char *name)
{
	Attempt		attempt = {function, relation, name};

	return base_try(compile, &attempt);
}

/* Where in the template: what the error's context begins with; NULL when it says nothing of it. */
static char *
place(const ErrorData *error, const char *fullname)
{
	char	   *prefix = psprintf("mapping \"%s\", ", fullname);

	if (error->context == NULL || strncmp(error->context, prefix, strlen(prefix)) != 0)
		return NULL;
	return pnstrdup(error->context + strlen(prefix), strcspn(error->context + strlen(prefix), "\n"));
}

/* What is wrong, in one text without the mapping's name: message, detail, place. */
char *
mapping_broken_text(const ErrorData *error, const char *fullname)
{
	char	   *prefix = psprintf("mapping \"%s\": ", fullname);
	char	   *where = place(error, fullname);
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, error->message + (strncmp(error->message, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0));
	if (error->detail != NULL)
		appendStringInfo(&text, "\n%s", error->detail);
	if (where != NULL)
		appendStringInfo(&text, "\nAt %s.", where);
	return text.data;
}

/* Adds the row of a mapping, unless it can be read. */
static void
check_one(Oid function, HeapTuple row, TupleDesc desc, ReturnSetInfo *result)
{
	bool		isnull;
	Oid			relation = DatumGetObjectId(SPI_getbinval(row, desc, 1, &isnull));
	char	   *name = SPI_getvalue(row, desc, 2);
	Datum		values[3];
	bool		nulls[3] = {false, false, false};

	if (get_rel_name(relation) == NULL)
	{
		char	   *waiting = SPI_getvalue(row, desc, 3);

		values[0] = CStringGetTextDatum(name);
		values[1] = CStringGetTextDatum(psprintf("relation %s does not exist", waiting));
		values[2] = CStringGetTextDatum("The mapping came with a restored dump, and waits for a relation of this name. "
										"The extension's owner may delete it from fhir_mapping.");
	}
	else
	{
		char	   *fullname = mapping_full_name(relation, name);
		ErrorData  *error = mapping_broken(function, relation, name);

		if (error == NULL)
			return;
		values[0] = CStringGetTextDatum(fullname);
		values[1] = CStringGetTextDatum(mapping_broken_text(error, fullname));
		nulls[2] = error->hint == NULL;
		values[2] = nulls[2] ? (Datum) 0 : CStringGetTextDatum(error->hint);
		FreeErrorData(error);
	}
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * fhir_map_check() RETURNS TABLE (mapping text, diagnostics text, hint text)
 *		The mappings of the database that cannot be read, and why.
 */
Datum
fhir_bridge_map_check_all(PG_FUNCTION_ARGS)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	char	   *sql = psprintf("SELECT relation::pg_catalog.oid, name, relation FROM %s"
							   " ORDER BY relation::pg_catalog.text, name",
							   base_extension_name(function, "fhir_mapping"));
	SPITupleTable *mappings;

	InitMaterializedSRF(fcinfo, 0);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the mapping catalog");
	mappings = SPI_tuptable;
	for (uint64 i = 0; i < mappings->numvals; i++)
		check_one(function, mappings->vals[i], mappings->tupdesc, (ReturnSetInfo *) fcinfo->resultinfo);
	SPI_finish();
	return (Datum) 0;
}
