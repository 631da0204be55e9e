/*
 * approval.c
 *		Functions that a superuser has approved for a mapping.
 *
 * A mapping may call functions of PostgreSQL and of superusers (trust.c says
 * why).  For others a superuser has to register it; what was approved
 * is kept as a digest of the functions' definitions, so that the approval is
 * void as soon as one of them changes.
 */
#include "postgres.h"

#include <openssl/evp.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"

#include "mapping/catalog/mapping.h"

/* qsort comparator for definitions. */
static int
compare_definitions(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/*
 * The SHA-256 digest of the functions' definitions, whatever their order; the
 * definition has name, arguments, body and settings.  NULL for no functions.
 */
bytea *
mapping_approval_digest(List *functions)
{
	List	   *definitions = NIL;
	StringInfoData all;
	bytea	   *digest;
	ListCell   *lc;

	if (functions == NIL)
		return NULL;
	foreach(lc, functions)
	{
		Datum		definition = DirectFunctionCall1(pg_get_functiondef, ObjectIdGetDatum(lfirst_oid(lc)));

		definitions = lappend(definitions, TextDatumGetCString(definition));
	}
	list_sort(definitions, compare_definitions);
	initStringInfo(&all);
	foreach(lc, definitions)
		appendBinaryStringInfo(&all, lfirst(lc), strlen(lfirst(lc)) + 1);
	digest = palloc(VARHDRSZ + EVP_MAX_MD_SIZE);
	SET_VARSIZE(digest, VARHDRSZ + 32);
	if (!EVP_Digest(all.data, all.len, (unsigned char *) VARDATA(digest), NULL, EVP_sha256(), NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not compute a SHA-256 digest")));
	return digest;
}

/* An error unless the functions are those that were approved. */
void
mapping_check_approval(const MappingSource *source, List *untrusted)
{
	bytea	   *digest = mapping_approval_digest(untrusted);

	if (digest == NULL)
		return;
	if (source->approved != NULL && VARSIZE_ANY(source->approved) == VARSIZE_ANY(digest) &&
		memcmp(VARDATA_ANY(source->approved), VARDATA_ANY(digest), VARSIZE_ANY_EXHDR(digest)) == 0)
		return;
	trust_refuse(source->fullname, linitial_oid(untrusted));
}
