/*
 * invariant_set.c
 *		The invariants that compare many nodes with many others.
 *
 * plain C: no server headers
 *
 * A table of hashes takes the place of sorting, and of looking at each pair:
 * no document takes quadratic time.  A stream that many nodes are searched in,
 * one after the other, has its table made once.
 */
#include "r4/invariant/invariant.h"

#include <string.h>

#define R4_NUMBERS_ONLY
#include "r4/invariant/r4_invariant_tables.h"

#define FEW 8					/* nodes that need no table */

/* In R4Slot.hash, above a hash's bits: what stands there has been referred to. */
#define REFERRED_TO (UINT32_C(1) << 31)

/*
 * Adds a node and what is in it to a hash.  Nodes that same_node() takes as
 * equal have equal hashes: the members of an object are in no order.
 */
static void
hash_node(const R4Node *nodes, uint32_t node, R4Hash *hash)
{
	uint64_t	sum = 0;

	r4_hash_number(hash, nodes[node].kind);
	switch ((R4Kind) nodes[node].kind)
	{
		case R4_KIND_STRING:
			r4_hash_add(hash, nodes[node].text, nodes[node].len);
			break;
		case R4_KIND_NUMBER:
			r4_hash_decimal(hash, nodes[node].text, nodes[node].len);
			break;
		case R4_KIND_OBJECT:
			for (uint32_t i = r4_first(node); i < nodes[node].end; i = nodes[i].end)
			{
				R4Hash		member = r4_hash_start();

				r4_hash_add(&member, nodes[i].key, nodes[i].keylen);
				hash_node(nodes, i, &member);
				sum += r4_hash_end(&member);
			}
			r4_hash_number(hash, sum);
			break;
		case R4_KIND_ARRAY:
			for (uint32_t i = r4_first(node); i < nodes[node].end; i = nodes[i].end)
				hash_node(nodes, i, hash);
			break;
		default:
			break;
	}
}

/* The hash of a value: the same of equal ones, for texts and nodes different of others. */
static uint32_t
hash_value(const R4Machine *machine, const R4Value *value)
{
	R4Hash		hash = r4_hash_start();

	if (value->kind == R4_VALUE_TEXT)
	{
		r4_hash_add(&hash, value->text, value->len);
		r4_hash_add(&hash, value->more, value->morelen);
	}
	else if (value->kind == R4_VALUE_NODE)
		hash_node(machine->nodes, value->node, &hash);
	return r4_hash_short(&hash);
}

/* A table whose nodes' values must be distinct. */
typedef struct Distinct
{
	R4Slots		table;
	const uint8_t *value;		/* of each node */
} Distinct;

/* Puts a node into its table; stops when its value is there already. */
static bool
insert_distinct(R4Machine *machine, uint32_t node, void *arg)
{
	Distinct   *distinct = arg;
	R4Value		value;
	R4Value		other;
	R4Slot	   *slot;
	uint32_t	hash;

	if (!r4_value(machine, distinct->value, node, &value) || value.kind != R4_VALUE_TEXT)
		return true;
	hash = hash_value(machine, &value);
	slot = r4_slots_first(&distinct->table, hash);
	for (; slot->hash != 0; slot = r4_slots_next(&distinct->table, slot))
	{
		if (slot->hash == hash && r4_value(machine, distinct->value, slot->node, &other) &&
			r4_values_equal(machine, &value, &other) == R4_IS_TRUE)
			return false;
	}
	r4_slots_put(&distinct->table, slot, hash, node);
	return true;
}

/* Are the values of a stream's nodes all different?  Those are texts. */
R4Truth
r4_all_distinct(R4Machine *machine, const uint8_t *value, const uint8_t *stream, uint32_t focus)
{
	Distinct	distinct;
	uint32_t	first;
	bool		different;

	if (r4_count(machine, stream, focus, 2, &first) < 2)
		return R4_IS_TRUE;
	r4_slots_start(&distinct.table);
	distinct.value = value;
	different = r4_each(machine, stream, focus, insert_distinct, &distinct);
	r4_slots_end(&distinct.table);
	return different ? R4_IS_TRUE : R4_IS_FALSE;
}

/* Stops at a node that is equal to a value. */
static bool
differs(R4Machine *machine, uint32_t node, void *arg)
{
	R4Value		value;

	return !r4_node_value(machine, node, &value) ||
		r4_values_equal(machine, &value, arg) != R4_IS_TRUE;
}

/* The slot of a value in the machine's table, or the free one where it would be. */
static R4Slot *
find_value(R4Machine *machine, const R4Value *value, uint32_t hash)
{
	R4Slot	   *slot = r4_slots_first(&machine->other, hash);

	while (slot->hash != 0 && (slot->hash != hash || differs(machine, slot->node, (void *) value)))
		slot = r4_slots_next(&machine->other, slot);
	return slot;
}

/* Puts a node into the machine's table, of equal ones the first. */
static bool
insert_value(R4Machine *machine, uint32_t node, void *arg)
{
	R4Value		value;
	R4Slot	   *slot;
	uint32_t	hash;

	(void) arg;
	if (!r4_node_value(machine, node, &value))
		return true;
	hash = hash_value(machine, &value);
	slot = find_value(machine, &value, hash);
	if (slot->hash == 0)
		r4_slots_put(&machine->other, slot, hash, node);
	return true;
}

/* Ends the machine's table of a stream. */
void
r4_forget_stream(R4Machine *machine)
{
	if (machine->other_code != NULL)
		r4_slots_end(&machine->other);
	machine->other_code = NULL;
}

/* Is a value among those of a stream? */
bool
r4_is_in_stream(R4Machine *machine, const R4Value *value, const uint8_t *stream, uint32_t focus)
{
	uint32_t	first;

	if (r4_count(machine, stream, focus, FEW + 1, &first) <= FEW)
		return !r4_each(machine, stream, focus, differs, (void *) value);
	if (stream[0] == R4_OP_PATH)
		focus = r4_start_of(machine, stream[1], focus);
	if (machine->other_code != stream || machine->other_focus != focus || machine->other_context != machine->context)
	{
		r4_forget_stream(machine);
		r4_slots_start(&machine->other);
		machine->other_code = stream;
		machine->other_focus = focus;
		machine->other_context = machine->context;
		r4_each(machine, stream, focus, insert_value, NULL);
	}
	return find_value(machine, value, hash_value(machine, value))->hash != 0;
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
refers_back(R4Machine *machine, uint32_t resource)
{
	const R4Node *nodes = machine->nodes;

	for (uint32_t i = r4_first(resource); i < nodes[resource].end; i++)
	{
		r4_step(&machine->steps);
		if (nodes[i].len == 1 && is_local(&nodes[i]) &&
			(nodes[i].element == R4_ELEMENT_REFERENCE ||
			 r4_primitive(nodes[i].type) == R4_CANONICAL))
			return true;
	}
	return false;
}

/* The hash of an id. */
static uint32_t
hash_id(const char *id, uint32_t len)
{
	R4Hash		hash = r4_hash_start();

	r4_hash_add(&hash, id, len);
	return r4_hash_short(&hash);
}

/*
 * The slot of an id in a table, or the free one where it would be.  A text
 * that refers to it is its "#" longer.
 */
static R4Slot *
find_id(const R4Node *nodes, R4Slots *table, const char *id, uint32_t len, uint32_t hash)
{
	R4Slot	   *slot = r4_slots_first(table, hash);

	while (slot->hash != 0 &&
		   ((slot->hash & ~REFERRED_TO) != hash || nodes[slot->node].len != len ||
			memcmp(nodes[slot->node].text, id, len) != 0))
		slot = r4_slots_next(table, slot);
	return slot;
}

/* Puts the ids of an array's resources that do not refer back into a table. */
static void
take_ids(R4Machine *machine, R4Slots *table, uint32_t contained)
{
	const R4Node *nodes = machine->nodes;

	for (uint32_t i = r4_first(contained); i < nodes[contained].end; i = nodes[i].end)
	{
		uint32_t	id = id_of(nodes, i);

		/* one without an id cannot be referred to, and FHIRPath passes it over */
		if (id != 0 && !refers_back(machine, i))
		{
			uint32_t	hash = hash_id(nodes[id].text, nodes[id].len);
			R4Slot	   *slot = find_id(nodes, table, nodes[id].text, nodes[id].len, hash);

			if (slot->hash == 0)
				r4_slots_put(table, slot, hash, id);
		}
	}
}

/* Does a resource refer to all ids in a table?  Marks those that it does. */
static bool
all_referred_to(R4Machine *machine, R4Slots *table, uint32_t resource)
{
	const R4Node *nodes = machine->nodes;
	uint32_t	rest = table->used;

	for (uint32_t i = r4_first(resource); i < nodes[resource].end && rest > 0; i++)
	{
		R4Slot	   *slot;

		r4_step(&machine->steps);
		if (!is_local(&nodes[i]))
			continue;
		slot = find_id(nodes, table, nodes[i].text + 1, nodes[i].len - 1,
					   hash_id(nodes[i].text + 1, nodes[i].len - 1));
		if (slot->hash == 0 || slot->hash & REFERRED_TO)
			continue;
		slot->hash |= REFERRED_TO;
		rest--;
	}
	return rest == 0;
}

/*
 * dom-3: each contained resource must be referred to in the resource, or refer
 * to it.
 */
R4Truth
r4_contained_used(R4Machine *machine)
{
	uint32_t	contained = contained_of(machine->nodes, machine->context);
	R4Slots		table;
	bool		used;

	if (contained == 0)
		return R4_IS_TRUE;
	r4_slots_start(&table);
	take_ids(machine, &table, contained);
	used = all_referred_to(machine, &table, machine->context);
	r4_slots_end(&table);
	return used ? R4_IS_TRUE : R4_IS_FALSE;
}

/* The resource of this id that the root contains; 0 when there is none. */
uint32_t
r4_contained_node(R4Machine *machine, const char *id, uint32_t len)
{
	uint32_t	found = r4_find_contained(machine->document, machine->root, id, len);

	return found != 0 && id_of(machine->nodes, found) != 0 ? found : 0;
}
