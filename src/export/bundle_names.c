/*
 * bundle_names.c
 *		The names of a Bundle's entries, "Type/id": that no two are the same, and
 *		which entries the references mean.
 *
 * A name's hash is computed while its text is at hand, so that afterwards the
 * texts are looked at only where two hashes are equal.  Hashes are sorted, with
 * the numbers of their entries: that goes through memory from one end to the
 * other, where a hash table of a million entries would miss the processor's
 * cache with each.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"

#include "export/bundle.h"

/*
 * A hash of a name, with a seed that nobody outside knows: ids come from those
 * who send notes and forms, and many of one hash would each be compared.
 */
uint32
bundle_hash_name(const BundleName *name)
{
	static uint64 seed = 0;

	if (unlikely(seed == 0) && !pg_strong_random(&seed, sizeof(seed)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not make random bytes")));
	return hash_combine((uint32) hash_bytes_extended((const unsigned char *) name->type, name->typelen, seed),
						(uint32) hash_bytes_extended((const unsigned char *) name->id, name->idlen, seed));
}

/* Where the part behind the last slash begins; at s when there is none. */
static const char *
last_part(const char *s, const char *end)
{
	while (end > s && end[-1] != '/')
		end--;
	return end;
}

/* The end of what stands before such a part: without the slash, which JSON may escape. */
static const char *
end_before(const char *s, const char *part)
{
	part--;
	return part > s && part[-1] == '\\' ? part - 1 : part;
}

/* Is a string the base, but for escaped slashes? */
static bool
is_base(const Bundle *bundle, const char *s, const char *end)
{
	for (Size i = 0; i < bundle->baselen; i++)
	{
		if (end - s >= 2 && s[0] == '\\' && s[1] == '/')
			s++;
		if (s == end || *s++ != bundle->base[i])
			return false;
	}
	return s == end;
}

/*
 * Splits the value of a reference, of len bytes as JSON writes them, into type
 * and id: Type/id, perhaps below the base.  False when it has another form;
 * when it is true, the parts may still be no type and no id.
 */
bool
bundle_reference_name(const Bundle *bundle, const char *s, Size len, BundleName *name)
{
	const char *end = s + len;

	name->id = last_part(s, end);
	name->idlen = end - name->id;
	if (name->id == s)
		return false;
	end = end_before(s, name->id);
	name->type = last_part(s, end);
	name->typelen = end - name->type;
	return name->type == s ||
		(bundle->base != NULL && is_base(bundle, s, end_before(s, name->type)));
}

/*
 * What is sorted: hashes, and below each the number of its entry, or the
 * number of entries and that of its reference.
 */
typedef uint64 NumberedHash;

#define HASH_SHIFT 32
#define numbered_hash(hash, number) ((NumberedHash) (hash) << HASH_SHIFT | (uint32) (number))
#define hash_of(item) ((uint32) ((item) >> HASH_SHIFT))
#define number_of(item) ((int32) (uint32) (item))

/* Sorts by hashes, byte by byte from the lowest; equal ones stay as they were. */
static void
sort_hashes(NumberedHash *hashes, Size n)
{
	NumberedHash *from = hashes;
	NumberedHash *other = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(NumberedHash) * (n + 1));
	NumberedHash *to = other;

	for (int shift = HASH_SHIFT; shift < 64; shift += 8)
	{
		Size		next[257] = {0};	/* by byte: where the next one goes */
		NumberedHash *sorted = to;

		for (Size i = 0; i < n; i++)
			next[(from[i] >> shift & 0xff) + 1]++;
		for (int byte = 0; byte < 256; byte++)
			next[byte + 1] += next[byte];
		for (Size i = 0; i < n; i++)
			to[next[from[i] >> shift & 0xff]++] = from[i];
		to = from;
		from = sorted;
	}
	Assert(from == hashes);
	pfree(other);
}

/* The names of the entries with an id and of the references, sorted; *n is how many they are. */
static NumberedHash *
sorted_names(const Bundle *bundle, Size *n)
{
	NumberedHash *hashes = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(NumberedHash) * ((Size) bundle->nentries + bundle->nreferences + 1));

	*n = 0;
	for (int i = 0; i < bundle->nentries; i++)
		if (bundle->entries[i].idlen > 0)
			hashes[(*n)++] = numbered_hash(bundle->entries[i].hash, i);
	for (int i = 0; i < bundle->nreferences; i++)
		hashes[(*n)++] = numbered_hash(bundle->references[i].hash, bundle->nentries + i);
	sort_hashes(hashes, *n);
	return hashes;
}

/* The name of an entry with an id, or of a reference, by the number that is sorted. */
static BundleName
name_of(const Bundle *bundle, int32 number)
{
	const char *data = bundle->buffer.data;
	BundleName	name;

	if (number < bundle->nentries)
	{
		const BundleEntry *entry = &bundle->entries[number];

		name = (BundleName){data + entry->type, entry->typelen, data + entry->id, entry->idlen};
	}
	else
	{
		const BundleReference *reference = &bundle->references[number - bundle->nentries];

		bundle_reference_name(bundle, data + reference->at, reference->len, &name);
	}
	return name;
}

static bool
names_are_equal(const BundleName *a, const BundleName *b)
{
	return a->typelen == b->typelen && a->idlen == b->idlen &&
		memcmp(a->type, b->type, a->typelen) == 0 && memcmp(a->id, b->id, a->idlen) == 0;
}

/*
 * The number of the first entry that has a name, of those from first on that
 * have one hash; -1 when none before end has it.
 */
static int32
find_entry(const Bundle *bundle, const BundleName *name, const NumberedHash *first, const NumberedHash *end)
{
	CHECK_FOR_INTERRUPTS();
	for (const NumberedHash *item = first;
		 item < end && number_of(*item) < bundle->nentries && hash_of(*item) == hash_of(*first); item++)
	{
		BundleName	other = name_of(bundle, number_of(*item));

		if (names_are_equal(&other, name))
			return number_of(*item);
	}
	return -1;
}

/* Where names of a hash begin among sorted ones, which have some. */
static const NumberedHash *
first_of_hash(const NumberedHash *names, Size n, uint32 hash)
{
	Size		low = 0;
	Size		high = n;

	while (low < high)
	{
		Size		middle = (low + high) / 2;

		if (hash_of(names[middle]) < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return &names[low];
}

/* Raises an error when two entries are one resource: about the first that repeats another. */
static void
check_entries(const Bundle *bundle, const NumberedHash *names, Size n)
{
	int32		first = -1;
	int32		second = bundle->nentries;

	for (Size i = 1, same = 0; i < n; i++)
	{
		int32		number = number_of(names[i]);
		BundleName	name;
		int32		found;

		if (hash_of(names[i]) != hash_of(names[same]))
			same = i;
		if (i == same || number >= second)
			continue;
		name = name_of(bundle, number);
		found = find_entry(bundle, &name, &names[same], &names[i]);
		if (found < 0)
			continue;
		first = found;
		second = number;
	}
	if (first >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("entries %d and %d of a Bundle are the same resource", first + 1, second + 1),
				 errdetail("Both are of type %.*s and have one id.", (int) bundle->entries[first].typelen,
						   bundle->buffer.data + bundle->entries[first].type),
				 errhint("A join may have given its row twice.")));
}

/*
 * For each reference the number of the first entry that has its hash, or -1;
 * NULL when there is none for any.
 */
static int32 *
likely_targets(const Bundle *bundle, const NumberedHash *names, Size n)
{
	int32	   *targets = NULL;

	for (Size i = 1, same = 0; i < n; i++)
	{
		int32		number = number_of(names[i]);

		if (hash_of(names[i]) != hash_of(names[same]))
			same = i;
		if (number < bundle->nentries || number_of(names[same]) >= bundle->nentries)
			continue;
		if (targets == NULL)
		{
			targets = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int32) * bundle->nreferences);
			memset(targets, -1, sizeof(int32) * bundle->nreferences);
		}
		targets[number - bundle->nentries] = number_of(names[same]);
	}
	return targets;
}

/*
 * For each reference the number of the entry that it means, or -1; NULL when
 * none means an entry.  Raises an error when two entries are one resource.
 *
 * Names with one hash stand side by side, the entries before the references
 * and either in their order.  The texts of references are compared in the order
 * of the Bundle, and not of their hashes: what a reference means is often near,
 * and each would be two places anywhere in memory.
 */
int32 *
bundle_resolve(const Bundle *bundle)
{
	Size		n;
	NumberedHash *names = sorted_names(bundle, &n);
	int32	   *targets;
	bool		any = false;

	check_entries(bundle, names, n);
	targets = likely_targets(bundle, names, n);
	for (int i = 0; targets != NULL && i < bundle->nreferences; i++)
	{
		BundleName	name;
		BundleName	entry;

		if (targets[i] < 0)
			continue;
		name = name_of(bundle, bundle->nentries + i);
		entry = name_of(bundle, targets[i]);
		if (!names_are_equal(&entry, &name))
			targets[i] = find_entry(bundle, &name, first_of_hash(names, n, bundle->references[i].hash), &names[n]);
		any |= targets[i] >= 0;
	}
	pfree(names);
	return any ? targets : NULL;
}
