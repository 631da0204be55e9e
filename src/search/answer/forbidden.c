/*
 * forbidden.c
 *		What a role may not read, or a mapping lacks, said without naming it.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "search/answer/answer.h"

/*
 * Has an attempt call work with its argument.  A right that the role lacks
 * becomes an error of this wing that names no table, column or function; so does
 * what a mapping lacks that is found out when its rows are read, such as a code
 * map.
 */
static void
guard(void (*try) (void (*work)(void *arg), void *arg), void (*work)(void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		try(work, arg);
	}
	PG_CATCH();
	{
		int			sqlerrcode = geterrcode();

		if (sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE && !outcome_is_of_mapping(sqlerrcode))
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		if (sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE)
			outcome_error(SEARCH_FORBIDDEN, "forbidden", "the role may not read all that this answer needs");
		outcome_error_hint(SEARCH_FAULTY, "exception", "fhir_map_check() lists broken mappings; fhir_map_check(name) says what one lacks when its rows are read.",
						   "what is published cannot be read: SQLSTATE %s", unpack_sql_state(sqlerrcode));
	}
	PG_END_TRY();
}

/* Calls work, and once more, carefully, when a row has raised an error. */
void
forbidden_guard(void (*work) (void *arg), void *arg)
{
	guard(attempt, work, arg);
}

/* Calls work once: for what goes on, and cannot be begun again. */
void
forbidden_guard_last(void (*work) (void *arg), void *arg)
{
	guard(attempt_last, work, arg);
}
