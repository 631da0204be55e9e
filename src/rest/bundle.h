/*
 * bundle.h
 *		Private to this room: a Bundle between the rows of an aggregate.
 *
 * The resources' texts stand in one buffer, one after the other, and so do
 * their names ("Patient/1"), so that a million entries are three allocations.
 * Offsets, not pointers, because buffers move when they grow.
 */
#ifndef FHIR_BRIDGE_REST_BUNDLE_H
#define FHIR_BRIDGE_REST_BUNDLE_H

#include "postgres.h"

#include "base/compat.h"
#include "json/buffer.h"

typedef enum BundleType
{
	BUNDLE_COLLECTION,
	BUNDLE_SEARCHSET,
	BUNDLE_BATCH,
	BUNDLE_TRANSACTION
} BundleType;

typedef struct BundleEntry
{
	uint32		at;				/* of the resource, in texts */
	uint32		len;
	uint32		name;			/* of "Type/id", in names; "Type" without an id */
	uint16		typelen;		/* bytes of the type */
	uint16		namelen;		/* of the whole name; the type's without an id */
	uint32		references;		/* number of its first reference */
} BundleEntry;

/* A string under the key "reference". */
typedef struct BundleReference
{
	uint32		at;				/* in texts, behind the quote */
	uint32		len;			/* as it stands there, perhaps with escapes */
} BundleReference;

typedef struct Bundle
{
	MemoryContext context;		/* the aggregate's */
	BundleType	type;
	bool		post;			/* batch, transaction: POST, not PUT */
	text	   *given_type;		/* the argument, to see that it stays */
	const char *base;			/* of full URLs, without slash; or NULL */
	int			baselen;

	JsonBuffer	texts;
	JsonBuffer	names;
	BundleEntry *entries;
	int			nentries;
	int			maxentries;
	BundleReference *references;
	int			nreferences;
	int			maxreferences;
	Size		size;			/* of the result, but for changed references */
} Bundle;

/* Does the type send its entries to a server? */
static inline bool
bundle_has_requests(const Bundle *bundle)
{
	return bundle->type == BUNDLE_BATCH || bundle->type == BUNDLE_TRANSACTION;
}

/* References of an entry: from its first to the next entry's. */
static inline uint32
bundle_end_of_references(const Bundle *bundle, int entry)
{
	return entry + 1 < bundle->nentries ? bundle->entries[entry + 1].references :
		bundle->nreferences;
}

/* Longest full URL besides its base: urn:uuid: and a uuid, or a name. */
#define BUNDLE_MAX_NAME	160

/* What a scan of a resource's text found. */
typedef struct BundleScan
{
	const char *type;			/* NULL: there is none */
	int			typelen;
	const char *id;				/* NULL: there is none */
	int			idlen;
} BundleScan;

typedef void (*BundleReferenceFound) (Bundle *bundle, const char *value, Size len);

/* in scan.c */
extern void bundle_scan(Bundle *bundle, const char *json, Size len, BundleScan *scan,
						BundleReferenceFound found);

/* in bundle_order.c */
extern int32 *bundle_resolve(const Bundle *bundle);
extern int32 *bundle_order(const Bundle *bundle, const int32 *targets);

/* in bundle_write.c */
extern void bundle_add_size(Bundle *bundle, int entry);
extern void bundle_too_large(const Bundle *bundle);
extern Datum bundle_write(const Bundle *bundle);

#endif							/* FHIR_BRIDGE_REST_BUNDLE_H */
