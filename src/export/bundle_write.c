/*
 * bundle_write.c
 *		The Bundle as JSON text.
 *
 * Each entry brings the comma before it, and the first one the opening of the
 * array.  So the buffer lacks nothing but the Bundle's end, which is written
 * behind what counts as its content: more entries overwrite it.
 *
 * Only where references between the entries ask for another order, or become
 * others, are the entries copied to where they belong.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "utils/memutils.h"

#include "export/bundle.h"

#define UUID_CHARS	36

/* Bytes of a urn:uuid. */
#define URN_LEN		(9 + UUID_CHARS)

/* What stands around the entries, and around an entry's resource, by type. */
#define BUNDLE_HEAD		"{\"resourceType\":\"Bundle\",\"type\":\""
#define FIRST_ENTRY		",\"entry\":["
#define NEXT_ENTRY		","
#define ENTRY_HEAD		"{\"fullUrl\":\""
#define ENTRY_RESOURCE	"\",\"resource\":"
#define ENTRY_SEARCH	",\"search\":{\"mode\":\"match\"}"
#define ENTRY_PUT		",\"request\":{\"method\":\"PUT\",\"url\":\""
#define ENTRY_POST		",\"request\":{\"method\":\"POST\",\"url\":\""
#define ENTRY_REQUESTED	"\"}"
#define ENTRY_TAIL		"}"
#define BUNDLE_TAIL		"]}"

/* The most that they take, with the Bundle's end, but for the base. */
#define ENTRY_ROOM \
	(strlen(FIRST_ENTRY ENTRY_HEAD ENTRY_RESOURCE ENTRY_POST ENTRY_REQUESTED ENTRY_TAIL BUNDLE_TAIL) + \
	 1 + 2 * BUNDLE_MAX_NAME)

/* Appends to memory that is known to be large enough. */
static inline char *
put(char *to, const char *s, Size n)
{
	memcpy(to, s, n);
	return to + n;
}

#define put_literal(to, s) put(to, s, strlen(s))

/* Writes Type/id. */
static inline char *
put_name(char *to, const BundleName *name)
{
	to = put(to, name->type, name->typelen);
	*to++ = '/';
	return put(to, name->id, name->idlen);
}

/* The error that a Bundle does not fit a value. */
static void
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
	uint8		good = 1;
	uint8		hyphens = 0;

	for (int i = 0; i < UUID_CHARS; i++)
	{
		uint8		c = s[i];
		uint8		lower = c | 0x20;
		uint8		letter = (uint8) (lower - 'a') < 6;
		uint8		digit = (uint8) (c - '0') < 10;
		uint8		hyphen = c == '-';

		to[i] = lower;
		hyphens += hyphen;
		good &= letter | digit | hyphen;
	}
	return good != 0 && hyphens == 4 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-';
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

/*
 * Writes urn:uuid: and the id, or where that is no uuid, one made of the name;
 * number is the entry's, which tells it from others without an id.
 */
static char *
put_urn(char *to, const BundleName *name, int number)
{
	char		made_of[BUNDLE_MAX_NAME + 16];
	int			len;

	to = put_literal(to, "urn:uuid:");
	if (name->idlen == UUID_CHARS && put_uuid(to, name->id))
		return to + UUID_CHARS;
	if (name->id != NULL)
		len = put_name(made_of, name) - made_of;
	else
		len = snprintf(made_of, sizeof(made_of), "%.*s#%d", (int) name->typelen, name->type, number);
	return put_named_uuid(to, made_of, len);
}

/* Writes the full URL: below the base, where it is known and the id stays. */
static char *
put_full_url(char *to, const Bundle *bundle, const BundleName *name)
{
	if (bundle->base == NULL || bundle->post || name->id == NULL)
		return put_urn(to, name, bundle->nentries + 1);
	to = put(to, bundle->base, bundle->baselen);
	*to++ = '/';
	return put_name(to, name);
}

/* Begins a Bundle, whose buffer is to live in a context. */
void
bundle_begin(Bundle *bundle, MemoryContext context)
{
	static const char *const types[] = {"collection", "searchset", "batch", "transaction"};
	const char *type = types[bundle->type];

	json_buffer_init(&bundle->buffer, context);
	bundle->buffer.len = VARHDRSZ;
	json_append(&bundle->buffer, BUNDLE_HEAD, strlen(BUNDLE_HEAD));
	json_append(&bundle->buffer, type, strlen(type));
	json_append_char(&bundle->buffer, '"');
}

/*
 * Writes the next entry: a resource as text of n bytes, with its name.
 * References that were found in it are told where it stands.  Raises an error
 * when the Bundle would not fit a value.
 */
void
bundle_write_entry(Bundle *bundle, const BundleName *name, const char *json, Size n)
{
	BundleEntry *entry = &bundle->entries[bundle->nentries];
	JsonBuffer *buffer = &bundle->buffer;
	Size		room = n + bundle->baselen + ENTRY_ROOM;
	Size		resource;
	char	   *to;

	if (room > buffer->limit - buffer->len)
		bundle_too_large(bundle);
	json_reserve(buffer, room);
	to = json_tail(buffer);
	to = bundle->nentries == 0 ? put_literal(to, FIRST_ENTRY) : put_literal(to, NEXT_ENTRY);
	entry->at = to - buffer->data;
	to = put_literal(to, ENTRY_HEAD);
	to = put_full_url(to, bundle, name);
	to = put_literal(to, ENTRY_RESOURCE);
	resource = to - buffer->data;
	to = put(to, json, n);
	if (bundle->type == BUNDLE_SEARCHSET)
		to = put_literal(to, ENTRY_SEARCH);
	else if (bundle_has_requests(bundle))
	{
		to = bundle->post ? put_literal(to, ENTRY_POST) : put_literal(to, ENTRY_PUT);
		to = bundle->post ? put(to, name->type, name->typelen) : put_name(to, name);
		to = put_literal(to, ENTRY_REQUESTED);
	}
	to = put_literal(to, ENTRY_TAIL);
	buffer->len = to - buffer->data;

	entry->type = resource + (name->type - json);
	entry->typelen = name->typelen;
	entry->idlen = name->idlen;
	if (name->id != NULL)
	{
		entry->id = resource + (name->id - json);
		entry->hash = bundle_hash_name(name);
	}
	for (int i = entry->references; i < bundle->nreferences; i++)
		bundle->references[i].at += resource;
	bundle->nentries++;
}

/* Copies an entry; a POST's references to other entries become their URNs. */
static char *
put_entry(char *to, const Bundle *bundle, int number, const int32 *targets)
{
	const char *data = bundle->buffer.data;
	const char *from = data + bundle->entries[number].at;
	const char *end = data + (number + 1 < bundle->nentries ? bundle->entries[number + 1].at - strlen(NEXT_ENTRY) : bundle->buffer.len);
	uint32		references = bundle->post ? bundle_end_of_references(bundle, number) : 0;

	for (uint32 i = bundle->entries[number].references; i < references; i++)
	{
		const char *value = data + bundle->references[i].at;

		if (targets[i] < 0)
			continue;
		to = put(to, from, value - from);
		to = put(to, data + bundle->entries[targets[i]].at + strlen(ENTRY_HEAD), URN_LEN);
		from = value + bundle->references[i].len;
	}
	return put(to, from, end - from);
}

/* Do entries stand in this order already? */
static bool
is_in_order(const Bundle *bundle, const int32 *order)
{
	for (int i = 0; i < bundle->nentries; i++)
		if (order[i] != i)
			return false;
	return true;
}

/*
 * A transaction whose entries refer to each other: a copy, in the current
 * context, with them in order and a POST's references replaced.
 */
static Datum
copy_in_order(const Bundle *bundle, const int32 *targets, const int32 *order)
{
	int64		size = bundle->buffer.len + strlen(BUNDLE_TAIL);
	char	   *result;
	char	   *to;

	for (int i = 0; bundle->post && i < bundle->nreferences; i++)
		if (targets[i] >= 0)
			size += URN_LEN - (int64) bundle->references[i].len;
	if (size > MaxAllocSize)
		bundle_too_large(bundle);
	result = palloc(size);
	to = put(result, bundle->buffer.data, bundle->entries[0].at);
	for (int i = 0; i < bundle->nentries; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			to = put_literal(to, NEXT_ENTRY);
		to = put_entry(to, bundle, order[i], targets);
	}
	to = put_literal(to, BUNDLE_TAIL);
	Assert(to == result + size);
	SET_VARSIZE(result, size);
	return PointerGetDatum(result);
}

/*
 * The Bundle as a json datum.  More entries may follow, and another call.
 * Raises an error when two entries are one resource, when the entries of a
 * batch POST refer to each other, and when it is too large.
 *
 * The datum is the buffer itself where nothing has to be moved.  It stays as
 * it is until an entry is added or the aggregate's memory goes.  Agg and
 * WindowAgg do both only when they are asked for their next row, which is when
 * they reset the memory that a copy would have been in.
 */
Datum
bundle_finish(Bundle *bundle)
{
	int32	   *targets = bundle_resolve(bundle);
	char	   *to = json_tail(&bundle->buffer);

	if (targets != NULL && bundle->type == BUNDLE_TRANSACTION)
	{
		int32	   *order = bundle_order(bundle, targets);

		/* what each refers to often came first: then the entries stay where they are */
		if (bundle->post || !is_in_order(bundle, order))
			return copy_in_order(bundle, targets, order);
	}
	else if (targets != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("entries of a batch POST refer to each other"),
				 errdetail("The server gives new ids, and takes the entries of a batch one by one."),
				 errhint("Use transaction POST, or PUT, which keeps ids.")));
	to = bundle->nentries > 0 ? put_literal(to, BUNDLE_TAIL) : put_literal(to, "}");
	SET_VARSIZE(bundle->buffer.data, to - bundle->buffer.data);
	base_keep_result(bundle->buffer.context);
	return PointerGetDatum(bundle->buffer.data);
}
