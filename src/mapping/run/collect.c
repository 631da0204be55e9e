/*
 * collect.c
 *		Rows mapped with their faults collected instead of raised.
 *
 * An export should not stop at the one row in a million that has no birth date
 * in its column, and a report should list all that is wrong with a row.  The
 * plan's own faults are handed over (row_fault.c).  What an expression raises
 * has to be caught, and whatever it had open undone: so rows are mapped in a
 * subtransaction.  It is not one for each row: it stays open from row to row,
 * and is ended and begun anew after an error, and now and then.  Expressions
 * write nothing, so nothing is lost with it.
 *
 *		run_guarded(run, handler, arg, body, body_arg);
 *
 * calls body(guard, body_arg), which calls run_guard_tuple for row after row.
 * An error that leaves the body undoes the subtransaction, which must never
 * stay open.  Within the body nothing may be opened that outlives a row, and
 * nothing fetched from a cursor that was opened outside; run_guard_pause ends
 * the subtransaction for such things, run_guard_resume begins another.
 *
 * After an error the row is mapped again with the expression as NULL, until
 * all of its faults are known; what is missing because of that is no fault.
 * Errors that are not the row's own (a privilege, a cancel, a lost connection)
 * are raised on.  An error's text may hold a value: only its SQLSTATE is kept.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"

#include "codes/code.h"
#include "mapping/run/run.h"

/* Rows that share a subtransaction. */
#define ROWS_AT_ONCE	10000

RunFaultHandler run_part_fault = NULL;
void	   *run_part_fault_arg = NULL;

/*
 * Opens the subtransaction that rows are mapped in.  Beginning one switches to
 * its own memory context, which goes when it is undone: results must not lie
 * there.
 */
static void
begin_subtransaction(RunGuard *guard)
{
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(guard->caller);
	guard->open = true;
	guard->rows = 0;
}

/*
 * Ends it, keeping or undoing what was done in it.  The resource owner is put
 * back by hand, as PL/pgSQL does: releasing leaves the parent's, which need not
 * be the one that the caller had.
 */
static void
end_subtransaction(RunGuard *guard, bool commit)
{
	guard->open = false;
	if (commit)
		ReleaseCurrentSubTransaction();
	else
		RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(guard->caller);
	CurrentResourceOwner = guard->owner;
}

/* A copy of a site: its plan may go before the row is done. */
static const PlanSite *
copy_site(const PlanSite *site)
{
	PlanSite   *copy = palloc(sizeof(PlanSite));

	*copy = *site;
	copy->path = pstrdup(site->path);
	if (site->source != NULL)
		copy->source = pstrdup(site->source);
	return copy;
}

/*
 * RunFaultHandler: keeps a fault until the row is done.  It is copied out of
 * per-tuple memory, and handed on only later: the row may be mapped again, and
 * its faults found anew.
 */
static void
keep_fault(void *arg, const RunFault *fault)
{
	RunGuard   *guard = arg;
	MemoryContext old = MemoryContextSwitchTo(guard->context);
	RunFault   *copy = palloc(sizeof(RunFault));

	*copy = *fault;
	copy->message = pstrdup(fault->message);
	if (fault->site != NULL)
		copy->site = copy_site(fault->site);
	if (fault->map != NULL)
	{
		copy->map = pstrdup(fault->map);
		copy->lacked = pstrdup(fault->lacked);
	}
	guard->faults = lappend(guard->faults, copy);
	MemoryContextSwitchTo(old);
}

/* RunFaultHandler: keeps a fault of a part of the row, which is the row's. */
static void
keep_part_fault(void *arg, const RunFault *fault)
{
	RunGuard   *guard = arg;

	guard->run->refused |= fault->refuses;
	guard->run->doubtful |= fault->refuses;
	keep_fault(guard, fault);
}

/*
 * From here on nothing is collected.  The hooks are the backend's: one that was
 * left in place would collect the faults of the next query.
 */
static void
stop_collecting(RunGuard *guard)
{
	code_watch = NULL;
	run_part_fault = NULL;
	guard->run->on_fault = NULL;
}

/* CodeWatch: a value without an entry in a code map. */
static void
keep_unmapped(void *arg, const CodeMap *map, CodeSource source)
{
	RunGuard   *guard = arg;
	MappingRun *run = guard->run;
	RunFault	fault = {
		.rule = RULE_UNMAPPED,
		.refuses = map->unmapped == UNMAPPED_ERROR,
		.sqlstate = ERRCODE_INVALID_PARAMETER_VALUE,
		.site = run->site,
		.hint = "Add it to the map by fhir_code_map().",
		.map = map->name,
		.has_default = map->unmapped == UNMAPPED_DEFAULT,
	};

	fault.lacked = pnstrdup(source.bytes, source.len);
	fault.message = psprintf("code map \"%s\" has no entry for a value of %s", map->name,
							 run->site ? run->site->path : "the row");
	run->refused |= fault.refuses;
	run->doubtful |= fault.refuses;
	keep_fault(guard, &fault);
}

/*
 * Is an error one of the row's own, which the next row need not have?  By its
 * class, and only of classes that are known to be: a query that was cancelled, a
 * lost right or a full disk must end the whole.
 */
bool
run_error_is_of_row(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case MAKE_SQLSTATE('2', '1', '0', '0', '0'):	/* cardinality violation */
		case MAKE_SQLSTATE('2', '2', '0', '0', '0'):	/* data exception */
		case MAKE_SQLSTATE('2', '3', '0', '0', '0'):	/* integrity constraint violation */
		case MAKE_SQLSTATE('3', '8', '0', '0', '0'):	/* external routine exception */
		case MAKE_SQLSTATE('3', '9', '0', '0', '0'):
		case MAKE_SQLSTATE('5', '4', '0', '0', '0'):	/* program limit exceeded */
		case MAKE_SQLSTATE('P', '0', '0', '0', '0'):	/* raised by PL/pgSQL */
			return true;
		default:
			return false;
	}
}

/* The usual SQLSTATEs in words. */
static const char *
state_in_words(int sqlerrcode)
{
	switch (sqlerrcode)
	{
		case ERRCODE_INVALID_TEXT_REPRESENTATION:
			return ": a text is not of the form that its cast needs";
		case ERRCODE_INVALID_DATETIME_FORMAT:
		case ERRCODE_DATETIME_FIELD_OVERFLOW:
			return ": a text is no date or time";
		case ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE:
			return ": a number is out of range";
		case ERRCODE_DIVISION_BY_ZERO:
			return ": division by zero";
		case ERRCODE_PROGRAM_LIMIT_EXCEEDED:
			return ": more than the server can hold";
		default:
			return "";
	}
}

/* Keeps what an expression raised, by its place and SQLSTATE alone. */
static void
keep_error(RunGuard *guard, int sqlerrcode)
{
	MappingRun *run = guard->run;
	RunFault	fault = {
		.rule = RULE_EXPRESSION,
		.refuses = true,
		.sqlstate = sqlerrcode,
		.site = run->site != NULL ? run->site : &run->plan->root.root->site,
	};

	fault.message = psprintf("expression of %s failed, SQLSTATE %s%s", fault.site->path,
							 unpack_sql_state(sqlerrcode), state_in_words(sqlerrcode));
	keep_fault(guard, &fault);
}

/*
 * Forgets the faults of an attempt that is made again, but for errors: the next
 * attempt finds the others once more, but not these, whose expressions are NULL
 * from now on.  What is forgotten stays in guard->context until the row is done.
 */
static void
forget_attempt(RunGuard *guard)
{
	ListCell   *lc;

	foreach(lc, guard->faults)
		if (((RunFault *) lfirst(lc))->rule != RULE_EXPRESSION)
			guard->faults = foreach_delete_current(guard->faults, lc);
}

/*
 * Hands what an expression raised to the handler, which raises an error in its
 * turn.  It must: without a subtransaction, what the expression had open is
 * undone by that error alone.
 */
static void
pg_attribute_noreturn()
	give_up(RunGuard *guard, int sqlerrcode)
{
	keep_error(guard, sqlerrcode);
	guard->handler(guard->arg, llast(guard->faults));
	elog(ERROR, "a fault that refuses a row was let pass");
}

/*
 * Maps the row once.  False: an expression raised an error, whose SQLSTATE is
 * in *sqlerrcode; the subtransaction has been undone and begun anew.
 */
static bool
attempt(RunGuard *guard, HeapTuple tuple, Datum *result, bool *written, int *sqlerrcode)
{
	MappingRun *run = guard->run;

	/* set within PG_TRY and read behind it: a jump may lose what is in a register */
	volatile bool done = false;
	volatile bool made = false;

	run->on_fault = keep_fault;
	run->fault_arg = guard;
	code_watch = keep_unmapped;
	code_watch_arg = guard;
	run_part_fault = keep_part_fault;
	run_part_fault_arg = guard;
	PG_TRY();
	{
		made = run_tuple(run, tuple, result);
		done = true;
	}
	PG_CATCH();
	{
		/* first of all: whatever follows may raise an error itself */
		stop_collecting(guard);
		*sqlerrcode = geterrcode();
		if (!run_error_is_of_row(*sqlerrcode))
			PG_RE_THROW();
		/* the handler of an error begins in its memory, which FlushErrorState empties */
		MemoryContextSwitchTo(guard->caller);
		FlushErrorState();
		if (guard->once)
			give_up(guard, *sqlerrcode);
		end_subtransaction(guard, false);
		begin_subtransaction(guard);
	}
	PG_END_TRY();
	stop_collecting(guard);
	*written = made;
	return done;
}

/*
 * Maps the row, again and again until no expression raises an error.  Each
 * attempt leaves one expression more out, so that there is at most one attempt
 * more than there are expressions.  An error that comes from none of them ends it:
 * nothing more can be learnt of the row.
 */
static bool
map_row(RunGuard *guard, HeapTuple tuple, Datum *result)
{
	MappingRun *run = guard->run;
	bool		written;
	int			sqlerrcode;

	for (;;)
	{
		run->expression = -1;
		if (attempt(guard, tuple, result, &written, &sqlerrcode))
			return written;
		run->refused = true;
		run->doubtful = true;
		forget_attempt(guard);
		keep_error(guard, sqlerrcode);
		/* no expression can be blamed, or it has been already */
		if (run->expression < 0 || bms_is_member(run->expression, run->broken))
			written = true;
		else
		{
			/* it has to outlast the attempts, each of which resets per-tuple memory */
			MemoryContext old = MemoryContextSwitchTo(guard->context);

			run->broken = bms_add_member(run->broken, run->expression);
			MemoryContextSwitchTo(old);
		}
		/* also behind the last attempt: the next row finds states that work */
		run_bind_expressions(run);
		if (written)
			return false;
	}
}

/*
 * Maps one row.  When there is a resource, *result is allocated in the current
 * context, json or jsonb as the run's form says.
 */
RunOutcome
run_guard_tuple(RunGuard *guard, HeapTuple tuple, Datum *result)
{
	MappingRun *run = guard->run;
	ListCell   *lc;
	bool		written;
	bool		refused;

	guard->caller = CurrentMemoryContext;
	/* the server asks for no such number: beside so many rows an end and a beginning cost nothing */
	if (guard->rows++ >= ROWS_AT_ONCE)
	{
		end_subtransaction(guard, true);
		begin_subtransaction(guard);
	}
	run->refused = false;
	run->doubtful = false;
	run->broken = NULL;
	written = map_row(guard, tuple, result);
	refused = run->refused;
	/* the handler may raise an error; the run must be as new before it does */
	run->refused = false;
	run->broken = NULL;
	foreach(lc, guard->faults)
		guard->handler(guard->arg, lfirst(lc));
	guard->faults = NIL;
	MemoryContextReset(guard->context);
	return refused ? ROW_REFUSED : written ? ROW_MAPPED : ROW_LEFT_OUT;
}

/*
 * Ends the subtransaction for a while: nothing may be mapped meanwhile.  The
 * current context becomes that in which the last row was asked for.
 */
void
run_guard_pause(RunGuard *guard)
{
	end_subtransaction(guard, true);
}

/* Begins another. */
void
run_guard_resume(RunGuard *guard)
{
	begin_subtransaction(guard);
}

/*
 * Undoes the subtransaction if it is open, and raises the present error on.  The
 * error is copied and its state cleared first: undoing may meet an error of its
 * own.
 */
static void
leave_by_error(RunGuard *guard, MemoryContext context)
{
	ErrorData  *error;

	if (!guard->open)
		PG_RE_THROW();
	guard->caller = context;
	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	FlushErrorState();
	end_subtransaction(guard, false);
	ReThrowError(error);
}

/*
 * Maps one row, as run_guard_tuple does, for a caller who goes on only where no
 * fault refuses it: the handler must raise an error for each that does.  So
 * there is nothing to be undone, and no subtransaction.  An error leaves the
 * faults to the current context, below which theirs is.
 */
RunOutcome
run_guarded_once(MappingRun *run, RunFaultHandler handler, void *arg, HeapTuple tuple, Datum *result)
{
	RunGuard	guard = {.run = run, .handler = handler, .arg = arg, .once = true};
	RunOutcome	outcome;

	guard.context = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge faults", ALLOCSET_SMALL_SIZES);
	outcome = run_guard_tuple(&guard, tuple, result);
	MemoryContextDelete(guard.context);
	return outcome;
}

/*
 * Calls body with a guard for rows of the run.  Each fault of a row is handed
 * to the handler once the row is done, also those that on_invalid lets pass;
 * fault and texts are gone when the handler returns.  Body and handler may
 * raise errors.  Not in a parallel query, in which no subtransaction may begin.
 * The result of a row is the caller's: no end of a subtransaction takes it away.
 */
void
run_guarded(MappingRun *run, RunFaultHandler handler, void *arg, RunGuardBody body, void *body_arg)
{
	MemoryContext context = CurrentMemoryContext;
	RunGuard   *guard = palloc0(sizeof(RunGuard));

	guard->run = run;
	guard->handler = handler;
	guard->arg = arg;
	guard->context = AllocSetContextCreate(context, "fhir_bridge faults", ALLOCSET_SMALL_SIZES);
	guard->caller = context;
	guard->owner = CurrentResourceOwner;
	PG_TRY();
	{
		begin_subtransaction(guard);
		body(guard, body_arg);
		end_subtransaction(guard, true);
	}
	PG_CATCH();
	{
		leave_by_error(guard, context);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	MemoryContextDelete(guard->context);
	pfree(guard);
}
