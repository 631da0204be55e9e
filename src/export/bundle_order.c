/*
 * bundle_order.c
 *		An order of a Bundle's entries in which referenced ones come first.
 *
 * The order is that of a depth-first walk: entries are taken as they came, and
 * before an entry is given out, those that it refers to are.  A reference back
 * to an entry that waits for this one is part of a cycle and is passed over:
 * so a cycle is broken at the entry that came first, which comes last of them.
 * The walk has its own stack: a chain of a million parents is no recursion.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "export/bundle.h"

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
