/*
 * forbidden.c
 *		What a role may not read, said without naming it.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "search/answer/answer.h"

/*
 * Calls work with its argument.  A right that the role lacks becomes an error
 * of this wing that names no table, column or function.
 */
void
forbidden_guard(void (*work) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		attempt(work, arg);
	}
	PG_CATCH();
	{
		if (geterrcode() != ERRCODE_INSUFFICIENT_PRIVILEGE)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		outcome_error(SEARCH_FORBIDDEN, "forbidden", "the role may not read all that this answer needs");
	}
	PG_END_TRY();
}
