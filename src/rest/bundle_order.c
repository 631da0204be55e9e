/*
 * bundle_order.c
 *		Which entries refer to which, and an order in which referenced ones
 *		come first.
 *
 * The order is that of a depth-first walk: entries are taken as they came, and
 * before an entry is given out, those that it refers to are.  A reference back
 * to an entry that waits for this one is part of a cycle and is passed over:
 * so a cycle is broken at the entry that came first, which comes last of them.
 * The walk has its own stack: a chain of a million parents is no recursion.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"

#include "rest/bundle.h"

/* A name that stands somewhere else. */
typedef struct BundleName
{
	const char *s;
	uint32		len;
} BundleName;

/*
 * The table of names holds the entries' numbers: a million of them shall fit
 * into a processor's cache as far as possible.
 */
typedef struct BundleNameEntry
{
	int32		entry;			/* or LOOKED_UP */
	uint32		hash;
	char		status;
} BundleNameEntry;

/* In the place of an entry: the name that is being looked up. */
#define LOOKED_UP (-1)

/* What the table's keys mean. */
typedef struct BundleNames
{
	const Bundle *bundle;
	BundleName	looked_up;
} BundleNames;

static inline BundleName
key_name(const BundleNames *names, int32 key)
{
	const Bundle *bundle = names->bundle;
	BundleName	name = names->looked_up;

	if (key != LOOKED_UP)
	{
		name.s = bundle->names.data + bundle->entries[key].name;
		name.len = bundle->entries[key].namelen;
	}
	return name;
}

static inline uint32
hash_key(const BundleNames *names, int32 key)
{
	BundleName	name = key_name(names, key);

	return hash_bytes((const unsigned char *) name.s, name.len);
}

static inline bool
keys_are_equal(const BundleNames *names, int32 a, int32 b)
{
	BundleName	x = key_name(names, a);
	BundleName	y = key_name(names, b);

	return x.len == y.len && memcmp(x.s, y.s, x.len) == 0;
}

#define SH_PREFIX bundle_names
#define SH_ELEMENT_TYPE BundleNameEntry
#define SH_KEY_TYPE int32
#define SH_KEY entry
#define SH_HASH_KEY(table, key) hash_key((table)->private_data, key)
#define SH_EQUAL(table, a, b) keys_are_equal((table)->private_data, a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* All entries with an id by their names.  Two of one name are an error. */
static bundle_names_hash *
make_names(BundleNames *keys)
{
	const Bundle *bundle = keys->bundle;
	bundle_names_hash *names = bundle_names_create(CurrentMemoryContext, bundle->nentries, keys);

	for (int i = 0; i < bundle->nentries; i++)
	{
		const BundleEntry *entry = &bundle->entries[i];
		BundleNameEntry *element;
		bool		found;

		if (entry->namelen == entry->typelen)
			continue;
		element = bundle_names_insert(names, i, &found);
		if (found)
			ereport(ERROR,
					(errcode(ERRCODE_UNIQUE_VIOLATION),
					 errmsg("entries %d and %d of a Bundle are the same resource", element->entry + 1, i + 1),
					 errdetail("Both are of type %.*s and have one id.", (int) entry->typelen,
							   bundle->names.data + entry->name),
					 errhint("A join may have given its row twice.")));
	}
	return names;
}

/*
 * The name that a reference means: without the base, and with the one escape
 * that writers of JSON put into it.  False when it cannot be one of ours.
 */
static bool
reference_name(const Bundle *bundle, const BundleReference *reference, char *to, BundleName *name)
{
	const char *s = bundle->texts.data + reference->at;
	uint32		max = bundle->baselen + BUNDLE_MAX_NAME;
	uint32		n = 0;

	for (uint32 i = 0; i < reference->len; i++)
	{
		if (s[i] == '\\' && (++i == reference->len || s[i] != '/'))
			return false;
		if (n == max)
			return false;
		to[n++] = s[i];
	}
	name->s = to;
	name->len = n;
	if (bundle->base != NULL && n > bundle->baselen && to[bundle->baselen] == '/' &&
		memcmp(to, bundle->base, bundle->baselen) == 0)
	{
		name->s += bundle->baselen + 1;
		name->len -= bundle->baselen + 1;
	}
	return true;
}

/*
 * For each reference the number of the entry that it refers to, or -1; NULL
 * when the Bundle sends no requests.  Raises an error when two entries are one
 * resource.
 */
int32 *
bundle_resolve(const Bundle *bundle)
{
	BundleNames keys = {.bundle = bundle};
	bundle_names_hash *names = make_names(&keys);
	int32	   *targets = NULL;
	char	   *buffer = palloc(bundle->baselen + BUNDLE_MAX_NAME);

	if (bundle_has_requests(bundle))
		targets = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int32) * (bundle->nreferences + 1));
	for (int i = 0; targets != NULL && i < bundle->nreferences; i++)
	{
		BundleNameEntry *element = NULL;

		if (reference_name(bundle, &bundle->references[i], buffer, &keys.looked_up))
			element = bundle_names_lookup(names, LOOKED_UP);
		targets[i] = element == NULL ? -1 : element->entry;
	}
	bundle_names_destroy(names);
	pfree(buffer);
	return targets;
}

/* The walk: what is known of each entry, and those that wait. */
typedef struct Walk
{
	const Bundle *bundle;
	const int32 *targets;
	uint32	   *next;			/* by entry: the next reference to follow */
	bool	   *seen;			/* by entry: given out, or waiting */
	int32	   *waiting;		/* a stack of entries */
	int			nwaiting;
} Walk;

static void
begin_to_wait(Walk *walk, int32 entry)
{
	walk->seen[entry] = true;
	walk->next[entry] = walk->bundle->entries[entry].references;
	walk->waiting[walk->nwaiting++] = entry;
}

/* The next entry, not seen yet, that the entry refers to; -1: no more. */
static int32
next_target(Walk *walk, int32 entry)
{
	uint32		end = bundle_end_of_references(walk->bundle, entry);

	while (walk->next[entry] < end)
	{
		int32		target = walk->targets[walk->next[entry]++];

		if (target >= 0 && !walk->seen[target])
			return target;
	}
	return -1;
}

/*
 * The entries' numbers in an order in which each comes behind those that it
 * refers to, but for cycles; otherwise as they came.
 */
int32 *
bundle_order(const Bundle *bundle, const int32 *targets)
{
	int			n = bundle->nentries;
	Walk		walk = {.bundle = bundle, .targets = targets};
	int32	   *order = palloc(sizeof(int32) * (n + 1));
	int			ordered = 0;

	walk.next = palloc(sizeof(uint32) * (n + 1));
	walk.waiting = palloc(sizeof(int32) * (n + 1));
	walk.seen = palloc0(n + 1);
	for (int i = 0; i < n; i++)
	{
		if (walk.seen[i])
			continue;
		begin_to_wait(&walk, i);
		while (walk.nwaiting > 0)
		{
			int32		entry = walk.waiting[walk.nwaiting - 1];
			int32		target = next_target(&walk, entry);

			if (target >= 0)
				begin_to_wait(&walk, target);
			else
			{
				order[ordered++] = entry;
				walk.nwaiting--;
			}
		}
		CHECK_FOR_INTERRUPTS();
	}
	Assert(ordered == n);
	return order;
}
