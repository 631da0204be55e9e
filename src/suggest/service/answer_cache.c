/*
 * answer_cache.c
 *		The answers of the last while, in shared memory.
 *
 * Off unless a server's option cache_seconds says for how long.  An entry
 * belongs to one database, server, mapping and role, and to all that the
 * service was told: its key is an HMAC of these, with the credentials, under
 * random bytes that never leave shared memory.  So another role, password or
 * option is another key, and nothing here says what was asked.  What was
 * answered is written anew from what was read, so that nothing of the question
 * which the service may repeat is kept.
 *
 * The table lies in the area of the calls and has an eighth of it at most.
 * When that is full, a hand goes round and takes out the first entry that was
 * not used since it last came by.  Nothing is on disk: a restart forgets all.
 *
 * The control struct's cache_lock guards everything but the secret, which does
 * not change.
 */
#include "postgres.h"

#include "common/cryptohash.h"
#include "common/hmac.h"
#include "fmgr.h"
#include "miscadmin.h"

#include "suggest/service/answer_cache.h"
#include "suggest/shared/settings.h"
#include "suggest/shared/shared.h"

PG_FUNCTION_INFO_V1(fhir_bridge_aics_cache_clear);

#define SECRET_LENGTH 32
#define AREA_SHARE 8			/* the cache has one part of so many */
#define BYTES_PER_ENTRY 1024	/* for which there is one entry */
#define NONE (-1)				/* no entry's number */

typedef struct CacheEntry
{
	uint8		mac[SUGGEST_MAC_LENGTH];
	int64		kept_at;		/* by suggest_clock */
	dsa_pointer text;			/* InvalidDsaPointer for an entry that is free */
	uint32		length;			/* bytes */
	bool		is_whole;		/* the answer has all lists of a note that was asked alone */
	bool		is_used;		/* since the hand came by */
	int			next;			/* of the same chain, or of those that are free */
	int			first;			/* of the chain that has this entry's number */
} CacheEntry;

typedef struct CacheTable
{
	uint8		secret[SECRET_LENGTH];
	size_t		limit;			/* bytes of all texts */
	int			nentries;
	int			free;			/* the first one */
	int			hand;
	CacheEntry	entries[FLEXIBLE_ARRAY_MEMBER];
} CacheTable;

static CacheTable *table = NULL;	/* this process's address of it */

/* Makes the table; InvalidDsaPointer when there is no memory.  Under the lock. */
static dsa_pointer
make_table(dsa_area *area)
{
	size_t		limit = suggest_control()->area_limit / AREA_SHARE;
	int			nentries = (int) (limit / BYTES_PER_ENTRY);
	dsa_pointer place = dsa_allocate_extended(area, offsetof(CacheTable, entries) + nentries * sizeof(CacheEntry),
											  DSA_ALLOC_ZERO | DSA_ALLOC_NO_OOM | DSA_ALLOC_HUGE);
	CacheTable *made;

	if (!DsaPointerIsValid(place))
		return place;
	made = dsa_get_address(area, place);
	if (!pg_strong_random(made->secret, SECRET_LENGTH))
	{
		dsa_free(area, place);
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate a random key for the cache of suggestions")));
	}
	made->limit = limit;
	made->nentries = nentries;
	for (int i = 0; i < nentries; i++)
	{
		made->entries[i].next = i + 1 < nentries ? i + 1 : NONE;
		made->entries[i].first = NONE;
	}
	return place;
}

/* Makes or finds the table; false when there is no memory for it. */
static bool
find_table(void)
{
	SuggestControl *ctl = suggest_control();
	dsa_area   *area = suggest_area();

	if (table != NULL)
		return true;
	LWLockAcquire(&ctl->cache_lock, LW_EXCLUSIVE);
	if (!DsaPointerIsValid(ctl->cache))
		ctl->cache = make_table(area);
	LWLockRelease(&ctl->cache_lock);
	if (DsaPointerIsValid(ctl->cache))
		table = dsa_get_address(area, ctl->cache);
	return table != NULL;
}

/* Adds some bytes, with their number in front of them, to a code on its way. */
static bool
add_bytes(pg_hmac_ctx *hmac, const void *bytes, size_t length)
{
	uint64		prefix = length;

	return pg_hmac_update(hmac, (const uint8 *) &prefix, sizeof(prefix)) >= 0 &&
		pg_hmac_update(hmac, bytes, length) >= 0;
}

/*
 * The key of a question to a service: the path and the body of its request.
 * Without memory for a cache it is that of a server without one.
 */
void
suggest_cache_key(const SuggestService *service, const char *path, const char *body, SuggestCacheKey *key)
{
	Oid			belongs[] = {MyDatabaseId, service->server, service->mapping, service->role};
	const char *told[] = {service->base_url, service->login_path, service->ca_file, suggest_proxy, service->api_id,
						  service->email, service->password, path, body};
	pg_hmac_ctx *hmac;
	bool		ok;

	key->seconds = service->cache_seconds > 0 && find_table() ? service->cache_seconds : 0;
	if (key->seconds == 0)
		return;
	hmac = pg_hmac_create(PG_SHA256);
	ok = hmac != NULL && pg_hmac_init(hmac, table->secret, SECRET_LENGTH) >= 0 &&
		add_bytes(hmac, belongs, sizeof(belongs));
	for (int i = 0; ok && i < lengthof(told); i++)
		ok = add_bytes(hmac, told[i], strlen(told[i]));
	ok = ok && pg_hmac_final(hmac, key->mac, SUGGEST_MAC_LENGTH) >= 0;
	pg_hmac_free(hmac);
	if (!ok)
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("HMAC-SHA-256 is not available on this server")));
}

/* Where the number of a key's entry stands, or NONE at its chain's end.  Under the lock. */
static int *
find_link(const uint8 *mac)
{
	uint32		hash;
	int		   *link;

	memcpy(&hash, mac, sizeof(hash));
	link = &table->entries[hash % table->nentries].first;
	while (*link != NONE && memcmp(table->entries[*link].mac, mac, SUGGEST_MAC_LENGTH) != 0)
		link = &table->entries[*link].next;
	return link;
}

/* Takes an entry out and overwrites what it held.  Under the lock. */
static void
drop(int *link)
{
	SuggestControl *ctl = suggest_control();
	int			number = *link;
	CacheEntry *entry = &table->entries[number];
	void	   *text = dsa_get_address(suggest_area(), entry->text);

	*link = entry->next;
	explicit_bzero(text, entry->length);
	explicit_bzero(entry->mac, SUGGEST_MAC_LENGTH);
	dsa_free(suggest_area(), entry->text);
	entry->text = InvalidDsaPointer;
	entry->next = table->free;
	table->free = number;
	ctl->cache_entries--;
	ctl->cache_bytes -= entry->length;
}

/* Takes the next entry out that was not used lately; there must be one.  Under the lock. */
static void
drop_oldest(void)
{
	for (;;)
	{
		CacheEntry *entry;

		table->hand = (table->hand + 1) % table->nentries;
		entry = &table->entries[table->hand];
		if (!DsaPointerIsValid(entry->text))
			continue;
		if (!entry->is_used)
		{
			drop(find_link(entry->mac));
			return;
		}
		entry->is_used = false;
	}
}

/* Puts the text of an entry, if it will do, into *answer.  Under the lock. */
static bool
take_text(const SuggestCacheKey *key, bool whole, SuggestAnswer *answer)
{
	int		   *link = find_link(key->mac);
	CacheEntry *entry = &table->entries[*link];

	if (*link == NONE)
		return false;
	if (suggest_clock() - entry->kept_at >= (int64) key->seconds * 1000)
	{
		drop(link);
		return false;
	}
	if (whole && !entry->is_whole)
		return false;
	entry->is_used = true;
	memset(answer, 0, sizeof(SuggestAnswer));
	answer->length = entry->length;
	answer->text = palloc(entry->length + 1);
	memcpy(answer->text, dsa_get_address(suggest_area(), entry->text), entry->length);
	answer->text[entry->length] = '\0';
	return true;
}

/*
 * Looks for an answer, which then is as if the service had sent it.  whole asks
 * for one that has all lists; false when there is none that is good.
 */
bool
suggest_cache_find(const SuggestCacheKey *key, bool whole, SuggestAnswer *answer)
{
	SuggestControl *ctl = suggest_control();
	bool		found;

	if (key->seconds == 0)
		return false;
	LWLockAcquire(&ctl->cache_lock, LW_EXCLUSIVE);
	found = take_text(key, whole, answer);
	LWLockRelease(&ctl->cache_lock);
	suggest_count(found ? SUGGEST_CACHE_HITS : SUGGEST_CACHE_MISSES);
	return found;
}

/* Fills a free entry, unless the area is full.  Under the lock. */
static void
put_text(const SuggestCacheKey *key, bool whole, const char *text, size_t length)
{
	SuggestControl *ctl = suggest_control();
	dsa_area   *area = suggest_area();
	dsa_pointer place = dsa_allocate_extended(area, length, DSA_ALLOC_NO_OOM);
	CacheEntry *entry = &table->entries[table->free];
	int		   *link = find_link(key->mac);

	if (!DsaPointerIsValid(place))
		return;
	memcpy(dsa_get_address(area, place), text, length);
	*link = table->free;
	table->free = entry->next;
	memcpy(entry->mac, key->mac, SUGGEST_MAC_LENGTH);
	entry->kept_at = suggest_clock();
	entry->text = place;
	entry->length = length;
	entry->is_whole = whole;
	entry->is_used = false;
	entry->next = NONE;
	ctl->cache_entries++;
	ctl->cache_bytes += length;
}

/*
 * Keeps an answer, a JSON text in UTF-8 that was read without a fault; whole
 * when it has all lists.  One that would take much of the cache is not kept.
 */
void
suggest_cache_keep(const SuggestCacheKey *key, bool whole, const char *text)
{
	SuggestControl *ctl = suggest_control();
	size_t		length = strlen(text);
	int		   *link;

	if (key->seconds == 0 || length > table->limit / 16)
		return;
	LWLockAcquire(&ctl->cache_lock, LW_EXCLUSIVE);
	link = find_link(key->mac);
	if (*link != NONE)
		drop(link);
	while (table->free == NONE || ctl->cache_bytes + length > table->limit)
		drop_oldest();
	put_text(key, whole, text, length);
	LWLockRelease(&ctl->cache_lock);
}

/* aics_cache_clear() RETURNS bigint: forgets all answers, and gives their number */
Datum
fhir_bridge_aics_cache_clear(PG_FUNCTION_ARGS)
{
	SuggestControl *ctl = suggest_control();
	int64		count;

	if (!find_table())
		PG_RETURN_INT64(0);
	LWLockAcquire(&ctl->cache_lock, LW_EXCLUSIVE);
	count = ctl->cache_entries;
	for (int i = 0; i < table->nentries; i++)
	{
		if (DsaPointerIsValid(table->entries[i].text))
			drop(find_link(table->entries[i].mac));
	}
	LWLockRelease(&ctl->cache_lock);
	PG_RETURN_INT64(count);
}
