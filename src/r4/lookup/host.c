/*
 * host.c
 *		The server as the checks see it; see host.h.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "r4/lookup/host.h"

/* Zeroed memory in the current context; an error when there is none. */
void *
r4_allocate(size_t size)
{
	return MemoryContextAllocExtended(CurrentMemoryContext, size, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* Gives it back before its context does. */
void
r4_free(void *memory)
{
	pfree(memory);
}

/* Takes interrupts: it does not return from a cancelled query. */
void
r4_pause(void)
{
	CHECK_FOR_INTERRUPTS();
}

/* Are a string's bytes known to be characters?  Not all are in SQL_ASCII. */
bool
r4_is_text(const char *text, uint32_t len)
{
	return GetDatabaseEncoding() != PG_SQL_ASCII || pg_verify_mbstr(PG_UTF8, text, (int) len, true);
}

/* The key of hashes, made when it is first asked for. */
const uint64_t *
r4_hash_key(void)
{
	static uint64_t key[2];
	static bool made = false;

	if (!made && !pg_strong_random(key, sizeof(key)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not make random bytes")));
	made = true;
	return key;
}
