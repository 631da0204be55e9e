/*
 * attempt.c
 *		An answer made again where an expression raises an error.
 *
 * Predicates are made of expressions that raise none, with one exception: what an
 * id is made of, such as fhir_id('lab', no::integer).  To leave these out would
 * cost every site the index on them, for errors that few have.  So the first
 * attempt takes them as they are, in a subtransaction.  Where a row raises an
 * error in it, a second one is *careful*: of sources whose rows may raise errors it
 * asks nothing in SQL, and judges all rows on their resources, which are made
 * under a guard.  That is right and slow, and fhir_map_check tells of the row.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "search/select/select.h"

/* A first attempt under way. */
typedef struct FirstAttempt
{
	volatile bool undoable;		/* its subtransaction has begun */
} FirstAttempt;

static bool careful = false;
static FirstAttempt *first = NULL;	/* NULL: there is none */

/* Is this the second attempt? */
bool
attempt_is_careful(void)
{
	return careful;
}

/*
 * Rows that are read from here on may raise errors that a second attempt would
 * not.  Not while a statement runs.
 */
void
attempt_may_fail(void)
{
	MemoryContext context = CurrentMemoryContext;

	if (careful || first == NULL || first->undoable)
		return;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	first->undoable = true;
}

/* Gives the first attempt up for a second one; nothing in that. */
void
attempt_carefully(void)
{
	if (careful)
		return;
	attempt_may_fail();
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the answer has to be made again")));
}

/* What a view or a policy raises for a row is told without its message, which may hold a value. */
static void
pg_attribute_noreturn()
	rows_cannot_be_read(int sqlerrcode)
{
	outcome_error(SEARCH_FAULTY, "exception", "rows of what is published cannot be read: an expression raised SQLSTATE %s",
				  unpack_sql_state(sqlerrcode));
}

/*
 * Ends a failed attempt.  Raises its error unless it is one that a row may have
 * raised, and the attempt was undone.
 */
static void
leave(bool undoable, MemoryContext context, ResourceOwner owner)
{
	int			sqlerrcode = geterrcode();
	ErrorData  *error;

	if (!undoable)
	{
		if (!run_error_is_of_row(sqlerrcode))
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		rows_cannot_be_read(sqlerrcode);
	}
	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	FlushErrorState();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (!run_error_is_of_row(error->sqlerrcode))
		ReThrowError(error);
	FreeErrorData(error);
}

/* The careful attempt, also of what cannot be made again. */
void
attempt_last(void (*work) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	bool		before = careful;

	careful = true;
	PG_TRY();
	{
		work(arg);
	}
	PG_CATCH();
	{
		int			sqlerrcode = geterrcode();

		careful = before;
		if (!run_error_is_of_row(sqlerrcode))
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		rows_cannot_be_read(sqlerrcode);
	}
	PG_END_TRY();
	careful = before;
}

/* Calls work with its argument, and once more, carefully, when a row has raised an error. */
void
attempt(void (*work) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	FirstAttempt mine = {false};
	FirstAttempt *outer = first;
	bool		before = careful;
	volatile bool again = false;

	careful = false;
	first = &mine;
	PG_TRY();
	{
		work(arg);
		if (mine.undoable)
		{
			ReleaseCurrentSubTransaction();
			MemoryContextSwitchTo(context);
			CurrentResourceOwner = owner;
		}
	}
	PG_CATCH();
	{
		careful = before;
		first = outer;
		leave(mine.undoable, context, owner);
		again = true;
	}
	PG_END_TRY();
	careful = before;
	first = outer;
	if (again)
		attempt_last(work, arg);
}
