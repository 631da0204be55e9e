/*
 * slots.h
 *		Tables of nodes by their hash, as large as what is in them.
 *
 * plain C: no server headers
 *
 * Small ones need no memory of their own.  A table grows before it is half
 * full, so a search ends soon at a free slot.  What a hash is of, and when two
 * nodes are the same, is the caller's.
 *
 * A search begins where the upper bits of a hash say: so the slots stand nearly
 * in the order of their hashes, in a larger table too, and growing goes through
 * both from one end to the other.  By the lower bits each slot would go to
 * another part of memory, which is what takes time in a table beyond the cache.
 */
#ifndef FHIR_BRIDGE_R4_SLOTS_H
#define FHIR_BRIDGE_R4_SLOTS_H

#include "r4/lookup/host.h"

#define R4_FEW_BITS 6
#define R4_FEW_SLOTS (1 << R4_FEW_BITS)
#define R4_HASH_BITS 31			/* of r4_hash_short */

/* hash and node are 0 where it is free. */
typedef struct R4Slot
{
	uint32_t	hash;
	uint32_t	node;
} R4Slot;

typedef struct R4Slots
{
	R4Slot	   *slots;
	uint32_t	size;			/* a power of 2 */
	int			shift;			/* of a hash, to a number below it */
	uint32_t	used;
	R4Slot		few[R4_FEW_SLOTS];
} R4Slots;

/* Makes an empty table. */
static inline void
r4_slots_start(R4Slots *table)
{
	*table = (R4Slots){NULL, R4_FEW_SLOTS, R4_HASH_BITS - R4_FEW_BITS, 0, {{0, 0}}};
}

/* The slots: a table may move, and its few slots with it. */
static inline R4Slot *
r4_slots_of(R4Slots *table)
{
	return table->slots != NULL ? table->slots : table->few;
}

static inline void
r4_slots_end(R4Slots *table)
{
	if (table->slots != NULL)
		r4_free(table->slots);
	table->slots = NULL;
}

/* Doubles a table. */
static inline void
r4_slots_grow(R4Slots *table)
{
	R4Slot	   *old = r4_slots_of(table);
	uint32_t	size = 2 * table->size;
	R4Slot	   *slots = r4_allocate(size * sizeof(R4Slot));

	for (uint32_t i = 0; i < table->size; i++)
	{
		uint32_t	at = old[i].hash >> (table->shift - 1);

		if (old[i].hash == 0)
			continue;
		while (slots[at].hash != 0)
			at = (at + 1) & (size - 1);
		slots[at] = old[i];
	}
	r4_slots_end(table);
	table->slots = slots;
	table->size = size;
	table->shift--;
}

/* Puts a node into the free slot that a search of its hash has ended at. */
static inline void
r4_slots_put(R4Slots *table, R4Slot *slot, uint32_t hash, uint32_t node)
{
	*slot = (R4Slot){hash, node};
	if (++table->used >= table->size / 2)
		r4_slots_grow(table);
}

/* The first slot that a search of a hash looks at, and the one behind another. */
static inline R4Slot *
r4_slots_first(R4Slots *table, uint32_t hash)
{
	return r4_slots_of(table) + (hash >> table->shift);
}

static inline R4Slot *
r4_slots_next(R4Slots *table, const R4Slot *slot)
{
	R4Slot	   *slots = r4_slots_of(table);

	return slots + ((slot - slots + 1) & (table->size - 1));
}

#endif							/* FHIR_BRIDGE_R4_SLOTS_H */
