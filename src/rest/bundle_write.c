/*
 * bundle_write.c
 *		The Bundle as JSON text.
 *
 * Its size is computed before, so that it is written once, into the result.
 */
#include "postgres.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "utils/memutils.h"

#include "rest/bundle.h"

#define UUID_CHARS	36

/* The largest json value. */
#define MAX_BUNDLE	(MaxAllocSize - VARHDRSZ)

/* Appends to memory that is known to be large enough. */
static inline char *
put(char *to, const char *s, Size n)
{
	memcpy(to, s, n);
	return to + n;
}

#define put_literal(to, s) put(to, s, strlen(s))

/* The error that a Bundle does not fit a value. */
void
bundle_too_large(const Bundle *bundle)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("Bundle is too large for one json value"),
			 errdetail("A value ends at 1 GB, which was reached after %d entries.", bundle->nentries),
			 errhint("Make several by GROUP BY, or write lines by fhir_ndjson.")));
}

/*
 * Copies a uuid in lower case; false, with undefined bytes at to, when the 36
 * characters are none.  Digits and hyphens have the bit of lower case already.
 */
static bool
put_uuid(char *to, const char *s)
{
	bool		good = s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-';

	for (int i = 0; i < UUID_CHARS; i++)
	{
		unsigned char c = s[i] | 0x20;
		bool		hyphen = i == 8 || i == 13 || i == 18 || i == 23;
		bool		letter = (unsigned char) (c - 'a') < 6;
		bool		digit = (unsigned char) (s[i] - '0') < 10;

		to[i] = c;
		good &= hyphen | letter | digit;
	}
	return good;
}

/* Writes a uuid (version 8) that is made of a name, the same for the same. */
static char *
put_named_uuid(char *to, const char *name, Size len)
{
	static const char hex[] = "0123456789abcdef";
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);
	uint8		digest[PG_SHA256_DIGEST_LENGTH];

	if (hash == NULL || pg_cryptohash_init(hash) < 0 ||
		pg_cryptohash_update(hash, (const uint8 *) name, len) < 0 ||
		pg_cryptohash_final(hash, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute a SHA-256 hash");
	pg_cryptohash_free(hash);
	digest[6] = (digest[6] & 0x0f) | 0x80;
	digest[8] = (digest[8] & 0x3f) | 0x80;
	for (int i = 0; i < 16; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = hex[digest[i] >> 4];
		*to++ = hex[digest[i] & 0x0f];
	}
	return to;
}

/* Writes urn:uuid: and the id, or where that is no uuid, one made of the name. */
static char *
put_urn(char *to, const Bundle *bundle, int number)
{
	const BundleEntry *entry = &bundle->entries[number];
	const char *name = bundle->names.data + entry->name;
	const char *id = name + entry->typelen + 1;

	to = put_literal(to, "urn:uuid:");
	if (entry->namelen == entry->typelen)
	{
		/* without an id, the entry's number tells it from others */
		char		unnamed[BUNDLE_MAX_NAME];
		int			len = snprintf(unnamed, sizeof(unnamed), "%.*s#%d", (int) entry->typelen, name, number + 1);

		return put_named_uuid(to, unnamed, len);
	}
	if (entry->namelen != entry->typelen + 1 + UUID_CHARS || !put_uuid(to, id))
		return put_named_uuid(to, name, entry->namelen);
	return to + UUID_CHARS;
}

/* Does the entry have a full URL below the base? */
static inline bool
has_based_url(const Bundle *bundle, const BundleEntry *entry)
{
	return bundle->base != NULL && !bundle->post && entry->namelen > entry->typelen;
}

/* Writes the full URL. */
static char *
put_full_url(char *to, const Bundle *bundle, int number)
{
	const BundleEntry *entry = &bundle->entries[number];

	if (!has_based_url(bundle, entry))
		return put_urn(to, bundle, number);
	to = put(to, bundle->base, bundle->baselen);
	*to++ = '/';
	return put(to, bundle->names.data + entry->name, entry->namelen);
}

/* Bytes of a urn:uuid. */
#define URN_LEN		(9 + UUID_CHARS)

/* What stands around an entry's resource, by type. */
#define ENTRY_HEAD		"{\"fullUrl\":\""
#define ENTRY_RESOURCE	"\",\"resource\":"
#define ENTRY_SEARCH	",\"search\":{\"mode\":\"match\"}"
#define ENTRY_PUT		",\"request\":{\"method\":\"PUT\",\"url\":\""
#define ENTRY_POST		",\"request\":{\"method\":\"POST\",\"url\":\""
#define ENTRY_REQUESTED	"\"}"
#define ENTRY_TAIL		"},"

/* Adds the bytes that an entry takes, its references unchanged, to the size. */
void
bundle_add_size(Bundle *bundle, int number)
{
	const BundleEntry *entry = &bundle->entries[number];
	Size		size = strlen(ENTRY_HEAD ENTRY_RESOURCE ENTRY_TAIL) + entry->len;

	size += has_based_url(bundle, entry) ? bundle->baselen + 1 + entry->namelen : URN_LEN;
	if (bundle->type == BUNDLE_SEARCHSET)
		size += strlen(ENTRY_SEARCH);
	else if (bundle_has_requests(bundle))
		size += bundle->post ? strlen(ENTRY_POST ENTRY_REQUESTED) + entry->typelen :
			strlen(ENTRY_PUT ENTRY_REQUESTED) + entry->namelen;
	bundle->size += size;
	if (bundle->size > MAX_BUNDLE)
		bundle_too_large(bundle);
}

/*
 * By how much new references are longer than the old ones.  In a batch the
 * entries are separate: none can mean what another POST will make.
 */
static int64
growth_by_references(const Bundle *bundle, const int32 *targets)
{
	int64		growth = 0;

	for (int i = 0; bundle->post && i < bundle->nreferences; i++)
	{
		if (targets[i] < 0)
			continue;
		if (bundle->type == BUNDLE_BATCH)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("entries of a batch POST refer to each other"),
					 errdetail("The server gives new ids, and takes the entries of a batch one by one."),
					 errhint("Use transaction POST, or PUT, which keeps ids.")));
		growth += URN_LEN - (int64) bundle->references[i].len;
	}
	return growth;
}

/* Writes a resource; a POST's references to other entries become their URNs. */
static char *
put_resource(char *to, const Bundle *bundle, int number, const int32 *targets)
{
	const BundleEntry *entry = &bundle->entries[number];
	const char *from = bundle->texts.data + entry->at;
	const char *end = from + entry->len;
	uint32		references = bundle->post ? bundle_end_of_references(bundle, number) : 0;

	for (uint32 i = entry->references; i < references; i++)
	{
		const char *value = bundle->texts.data + bundle->references[i].at;

		if (targets[i] < 0)
			continue;
		to = put(to, from, value - from);
		to = put_urn(to, bundle, targets[i]);
		from = value + bundle->references[i].len;
	}
	return put(to, from, end - from);
}

/* Writes an entry and its comma. */
static char *
put_entry(char *to, const Bundle *bundle, int number, const int32 *targets)
{
	const BundleEntry *entry = &bundle->entries[number];

	to = put_literal(to, ENTRY_HEAD);
	to = put_full_url(to, bundle, number);
	to = put_literal(to, ENTRY_RESOURCE);
	to = put_resource(to, bundle, number, targets);
	if (bundle->type == BUNDLE_SEARCHSET)
		to = put_literal(to, ENTRY_SEARCH);
	else if (bundle_has_requests(bundle))
	{
		to = bundle->post ? put_literal(to, ENTRY_POST) : put_literal(to, ENTRY_PUT);
		to = put(to, bundle->names.data + entry->name, bundle->post ? entry->typelen : entry->namelen);
		to = put_literal(to, ENTRY_REQUESTED);
	}
	return put_literal(to, ENTRY_TAIL);
}

/*
 * The Bundle as a json datum in the current context.  Raises an error when two
 * entries are one resource, when the entries of a batch POST refer to each
 * other, and when it is too large.
 */
Datum
bundle_write(const Bundle *bundle)
{
	static const char *const types[] = {"collection", "searchset", "batch", "transaction"};
	int32	   *targets = bundle_resolve(bundle);
	int32	   *order = bundle->type == BUNDLE_TRANSACTION ? bundle_order(bundle, targets) : NULL;
	Size		size = bundle->size + growth_by_references(bundle, targets) + 64;
	char	   *result;
	char	   *to;

	if (size > MAX_BUNDLE)
		bundle_too_large(bundle);
	result = palloc(VARHDRSZ + size);
	to = put_literal(VARDATA(result), "{\"resourceType\":\"Bundle\",\"type\":\"");
	to = put_literal(to, types[bundle->type]);
	to = put_literal(to, "\"");
	if (bundle->nentries > 0)
		to = put_literal(to, ",\"entry\":[");
	for (int i = 0; i < bundle->nentries; i++)
		to = put_entry(to, bundle, order == NULL ? i : order[i], targets);
	if (bundle->nentries > 0)
		to[-1] = ']';
	*to++ = '}';
	Assert(to <= result + VARHDRSZ + size);
	SET_VARSIZE(result, to - result);
	return PointerGetDatum(result);
}
