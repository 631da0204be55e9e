/*
 * invariant_set.c
 *		The invariants that compare many nodes with many others.
 *
 * plain C: no server headers
 *
 * A table of hashes on the stack takes the place of sorting.  It is as large
 * as the number of nodes asks for, up to R4_MAX_SLOTS; more nodes than that are
 * done in several rounds, each with the hashes that are its own, so that no
 * document is too large and none takes quadratic time.
 */
#include "r4/invariant/invariant.h"

#include <string.h>

#define R4_NUMBERS_ONLY
#include "r4/invariant/r4_invariant_tables.h"

#define SMALL_SLOTS 64
#define FEW 8					/* resources that need no table */

/* In R4Slot.hash, above a hash's bits: what stands there has been referred to. */
#define REFERRED_TO (UINT32_C(1) << 31)

typedef struct Table
{
	R4Slot	   *slots;
	uint32_t	size;			/* a power of 2, at least twice what is in it */
	uint32_t	rounds;
	uint32_t	round;			/* the hashes that are taken now */
	const uint8_t *value;		/* of each node: what must be distinct */
} Table;

/* Mixes bytes into a hash (FNV-1a). */
static uint32_t
hash_bytes(uint32_t hash, const char *text, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char) text[i]) * UINT32_C(16777619);
	return hash;
}

/* The hash of a text: 31 bits, never 0.  Equal texts have equal hashes. */
static uint32_t
hash_text(const R4Value *value)
{
	uint32_t	hash = hash_bytes(UINT32_C(2166136261), value->text, value->len);

	hash = hash_bytes(hash, value->more, value->morelen);
	hash ^= hash >> 15;
	hash *= UINT32_C(0x85EBCA77);
	hash = (hash ^ hash >> 13) & ~REFERRED_TO;
	return hash != 0 ? hash : 1;
}

/* Makes a table for so many nodes, in the memory of R4_MAX_SLOTS slots. */
static void
set_up(Table *table, R4Slot *slots, uint32_t count)
{
	table->slots = slots;
	table->rounds = count / (R4_MAX_SLOTS / 2) + 1;
	table->size = SMALL_SLOTS;
	while (table->size < R4_MAX_SLOTS && table->size < 2 * count)
		table->size *= 2;
}

/* Puts a node into its table; stops when its value is there already. */
static bool
insert_distinct(R4Machine *machine, uint32_t node, void *arg)
{
	Table	   *table = arg;
	R4Value		value;
	R4Value		other;
	uint32_t	hash;
	uint32_t	at;

	if (!r4_value(machine, table->value, node, &value) || value.kind != R4_VALUE_TEXT)
		return true;
	hash = hash_text(&value);
	if (hash % table->rounds != table->round)
		return true;
	at = hash / table->rounds & (table->size - 1);
	for (uint32_t probes = 0; table->slots[at].hash != 0; probes++)
	{
		if (table->slots[at].hash == hash &&
			r4_value(machine, table->value, table->slots[at].node, &other) &&
			r4_values_equal(machine, &value, &other) == R4_IS_TRUE)
			return false;
		if (probes == table->size)
			return true;		/* full: only with hashes made to collide */
		at = (at + 1) & (table->size - 1);
	}
	table->slots[at].hash = hash;
	table->slots[at].node = node;
	return true;
}

/* Are the values of a stream's nodes all different?  Those are texts. */
R4Truth
r4_all_distinct(R4Machine *machine, const uint8_t *value, const uint8_t *stream, uint32_t focus)
{
	R4Slot		slots[R4_MAX_SLOTS];
	Table		table = {.value = value};
	uint32_t	first;
	uint32_t	count = r4_count(machine, stream, focus, UINT32_MAX, &first);

	if (count < 2)
		return R4_IS_TRUE;
	set_up(&table, slots, count);
	for (table.round = 0; table.round < table.rounds; table.round++)
	{
		memset(slots, 0, table.size * sizeof(R4Slot));
		if (!r4_each(machine, stream, focus, insert_distinct, &table))
			return R4_IS_FALSE;
	}
	return R4_IS_TRUE;
}

/* An array of contained resources: its node, or 0. */
static uint32_t
contained_of(const R4Node *nodes, uint32_t resource)
{
	for (uint32_t i = r4_first(resource); i < nodes[resource].end; i = nodes[i].end)
	{
		if (nodes[i].element == R4_ELEMENT_CONTAINED && nodes[i].kind == R4_KIND_ARRAY)
			return i;
	}
	return 0;
}

/* The id of a resource: its node, or 0. */
static uint32_t
id_of(const R4Node *nodes, uint32_t resource)
{
	if (nodes[resource].kind != R4_KIND_OBJECT)
		return 0;
	for (uint32_t i = r4_first(resource); i < nodes[resource].end; i = nodes[i].end)
	{
		if (nodes[i].element == R4_ELEMENT_RESOURCE_ID && nodes[i].kind == R4_KIND_STRING)
			return i;
	}
	return 0;
}

/* Is a node a text that may refer to a contained resource: "#" and its id? */
static bool
is_local(const R4Node *node)
{
	R4Primitive primitive;

	if (node->kind != R4_KIND_STRING || node->len < 1 || node->text[0] != '#' ||
		!(node->flags & R4_NODE_TYPED))
		return false;
	if (node->element == R4_ELEMENT_REFERENCE)
		return true;
	primitive = r4_primitive(node->type);
	return primitive == R4_CANONICAL || primitive == R4_URI || primitive == R4_URL;
}

/* Does a contained resource refer to the one around it, by "#" alone? */
static bool
refers_back(const R4Node *nodes, uint32_t resource)
{
	for (uint32_t i = r4_first(resource); i < nodes[resource].end; i++)
	{
		if (nodes[i].len == 1 && is_local(&nodes[i]) &&
			(nodes[i].element == R4_ELEMENT_REFERENCE ||
			 r4_primitive(nodes[i].type) == R4_CANONICAL))
			return true;
	}
	return false;
}

/*
 * The slot of an id in a table, or the free one where it would be.  A text
 * that refers to it is its "#" longer.
 */
static R4Slot *
find_slot(const R4Node *nodes, const Table *table, const char *id, uint32_t len, uint32_t hash)
{
	uint32_t	at = hash & (table->size - 1);

	for (;;)
	{
		R4Slot	   *slot = &table->slots[at];

		if (slot->hash == 0 ||
			((slot->hash & ~REFERRED_TO) == hash && nodes[slot->node].len == len &&
			 memcmp(nodes[slot->node].text, id, len) == 0))
			return slot;
		at = (at + 1) & (table->size - 1);
	}
}

/* The hash of an id. */
static uint32_t
hash_id(const char *id, uint32_t len)
{
	R4Value		value = {.text = id, .len = len, .more = ""};

	return hash_text(&value);
}

/*
 * Puts the ids of contained resources, from one on, into a table: as many as
 * it takes, all or only those of resources that do not refer back.  Returns
 * the first that is left, or the array's end.
 */
static uint32_t
take_ids(const R4Node *nodes, Table *table, uint32_t from, uint32_t end, bool all)
{
	uint32_t	i = from;

	memset(table->slots, 0, table->size * sizeof(R4Slot));
	for (uint32_t taken = 0; i < end && taken < table->size / 2; i = nodes[i].end)
	{
		uint32_t	id = id_of(nodes, i);

		/* one without an id cannot be referred to, and FHIRPath passes it over */
		if (id != 0 && (all || !refers_back(nodes, i)))
		{
			uint32_t	hash = hash_id(nodes[id].text, nodes[id].len);
			R4Slot	   *slot = find_slot(nodes, table, nodes[id].text, nodes[id].len, hash);

			if (slot->hash == 0)
			{
				taken++;
				slot->hash = hash;
				slot->node = id;
			}
		}
	}
	return i;
}

/* Does a resource refer to all ids in a table?  Marks those that it does. */
static bool
all_referred_to(const R4Node *nodes, Table *table, uint32_t resource)
{
	for (uint32_t i = r4_first(resource); i < nodes[resource].end; i++)
	{
		R4Slot	   *slot;

		if (!is_local(&nodes[i]))
			continue;
		slot = find_slot(nodes, table, nodes[i].text + 1, nodes[i].len - 1,
						 hash_id(nodes[i].text + 1, nodes[i].len - 1));
		if (slot->hash != 0)
			slot->hash |= REFERRED_TO;
	}
	for (uint32_t i = 0; i < table->size; i++)
	{
		if (table->slots[i].hash != 0 && !(table->slots[i].hash & REFERRED_TO))
			return false;
	}
	return true;
}

/*
 * dom-3: each contained resource must be referred to in the resource, or refer
 * to it.
 */
R4Truth
r4_contained_used(R4Machine *machine)
{
	const R4Node *nodes = machine->nodes;
	R4Slot		slots[R4_MAX_SLOTS];
	Table		table;
	uint32_t	contained = contained_of(nodes, machine->context);
	uint32_t	next;

	if (contained == 0)
		return R4_IS_TRUE;
	set_up(&table, slots, nodes[contained].len);
	for (uint32_t i = r4_first(contained); i < nodes[contained].end; i = next)
	{
		next = take_ids(nodes, &table, i, nodes[contained].end, false);
		if (!all_referred_to(nodes, &table, machine->context))
			return R4_IS_FALSE;
	}
	return R4_IS_TRUE;
}

/* Searches contained resources one by one, from one on. */
static uint32_t
search_contained(const R4Node *nodes, uint32_t from, uint32_t end, const char *id, uint32_t len)
{
	for (uint32_t i = from; i < end; i = nodes[i].end)
	{
		uint32_t	found = id_of(nodes, i);

		if (found != 0 && nodes[found].len == len &&
			memcmp(nodes[found].text, id, len) == 0)
			return i;
	}
	return 0;
}

/*
 * The resource of this id that the root contains; 0 when there is none.  Where
 * there are many, the machine keeps a table of them for the next time.
 */
uint32_t
r4_find_contained(R4Machine *machine, const char *id, uint32_t len)
{
	const R4Node *nodes = machine->nodes;
	uint32_t	contained = contained_of(nodes, machine->root);
	Table		table = {.slots = machine->ids, .size = machine->ids_size};
	R4Slot	   *slot;

	if (contained == 0)
		return 0;
	if (nodes[contained].len <= FEW)
		return search_contained(nodes, r4_first(contained), nodes[contained].end, id, len);
	if (machine->ids_root != machine->root)
	{
		set_up(&table, machine->ids, nodes[contained].len);
		machine->ids_rest = take_ids(nodes, &table, r4_first(contained),
									 nodes[contained].end, true);
		machine->ids_size = table.size;
		machine->ids_root = machine->root;
	}
	slot = find_slot(nodes, &table, id, len, hash_id(id, len));
	if (slot->hash != 0)
		return nodes[slot->node].parent;
	return search_contained(nodes, machine->ids_rest, nodes[contained].end, id, len);
}
