/*
 * bundle.h
 *		Private to this room: a Bundle between the rows of an aggregate.
 *
 * The Bundle is written as its rows come, each entry whole and once, into a
 * buffer that begins with the result's header.  Where type and id of an entry
 * stand in it is all that is kept besides: a million entries are 24 MB, and
 * offsets, not pointers, because the buffer moves when it grows.
 */
#ifndef FHIR_BRIDGE_EXPORT_BUNDLE_H
#define FHIR_BRIDGE_EXPORT_BUNDLE_H

#include "postgres.h"

#include "base/compat.h"
#include "json/buffer.h"

/* Longest type and id that FHIR allows, and so the longest "Type/id". */
#define BUNDLE_MAX_TYPE	64
#define BUNDLE_MAX_ID	64
#define BUNDLE_MAX_NAME	(BUNDLE_MAX_TYPE + 1 + BUNDLE_MAX_ID)

typedef enum BundleType
{
	BUNDLE_COLLECTION,
	BUNDLE_SEARCHSET,
	BUNDLE_BATCH,
	BUNDLE_TRANSACTION
} BundleType;

/* What tells a resource from others, where it is written: in an entry, or in a reference. */
typedef struct BundleName
{
	const char *type;			/* NULL: there is none */
	Size		typelen;
	const char *id;				/* NULL: there is none */
	Size		idlen;
} BundleName;

typedef struct BundleEntry
{
	uint32		at;				/* of its bracket, in the buffer */
	uint32		type;			/* of the type's name, in the buffer */
	uint32		id;				/* of the id, in the buffer */
	uint32		hash;			/* of type and id */
	uint32		references;		/* number of its first reference */
	uint8		typelen;
	uint8		idlen;			/* 0: it has no id */
} BundleEntry;

/* A string under the key "reference" that may name an entry. */
typedef struct BundleReference
{
	uint32		at;				/* in the buffer, behind the quote */
	uint32		len;			/* as it stands there, perhaps with escapes */
	uint32		hash;			/* of the type and the id that it names */
} BundleReference;

typedef struct Bundle
{
	BundleType	type;
	bool		post;			/* batch, transaction: POST, not PUT */
	text	   *given_type;		/* the argument, to see that it stays */
	const char *base;			/* of full URLs, without slash; or NULL */
	Size		baselen;

	JsonBuffer	buffer;			/* varlena header, the Bundle but for its end */
	BundleEntry *entries;
	int			nentries;
	int			maxentries;
	BundleReference *references;
	int			nreferences;
	int			maxreferences;
} Bundle;

/* Does the type send its entries to a server? */
static inline bool
bundle_has_requests(const Bundle *bundle)
{
	return bundle->type == BUNDLE_BATCH || bundle->type == BUNDLE_TRANSACTION;
}

/* Does it matter which entries refer to which: for their order, or their new ids? */
static inline bool
bundle_needs_references(const Bundle *bundle)
{
	return bundle->type == BUNDLE_TRANSACTION || bundle->post;
}

/* References of an entry: from its first to the next entry's. */
static inline uint32
bundle_end_of_references(const Bundle *bundle, int entry)
{
	return entry + 1 < bundle->nentries ? bundle->entries[entry + 1].references :
		bundle->nreferences;
}

/* in scan.c */
extern void bundle_scan(Bundle *bundle, const char *json, Size len, BundleName *name);

/* in bundle_names.c */
extern uint32 bundle_hash_name(const BundleName *name);
extern bool bundle_reference_name(const Bundle *bundle, const char *s, Size len, BundleName *name);
extern int32 *bundle_resolve(const Bundle *bundle);

/* in bundle_order.c */
extern int32 *bundle_order(const Bundle *bundle, const int32 *targets);

/* in bundle_write.c */
extern void bundle_begin(Bundle *bundle, MemoryContext context);
extern void bundle_write_entry(Bundle *bundle, const BundleName *name, const char *json, Size len);
extern Datum bundle_finish(Bundle *bundle);

#endif							/* FHIR_BRIDGE_EXPORT_BUNDLE_H */
