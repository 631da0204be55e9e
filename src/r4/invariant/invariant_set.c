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

/*
 * Adds a node and what is in it to a hash.  Nodes that same_node() takes as
 * equal have equal hashes: the members of an object are in no order.
 */
static void
hash_node(const R4Document *document, uint32_t node, R4Hash *hash)
{
	const R4Node *nodes = document->nodes;
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

				r4_hash_add(&member, document->names[i].key, document->names[i].keylen);
				hash_node(document, i, &member);
				sum += r4_hash_end(&member);
			}
			r4_hash_number(hash, sum);
			break;
		case R4_KIND_ARRAY:
			for (uint32_t i = r4_first(node); i < nodes[node].end; i = nodes[i].end)
				hash_node(document, i, hash);
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
		hash_node(machine->document, value->node, &hash);
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

/* Keeps a node of the stream, if it has a value. */
static bool
keep_other(R4Machine *machine, uint32_t node, void *arg)
{
	R4Value		value;

	(void) arg;
	if (!r4_node_value(machine, node, &value))
		return true;
	if (machine->others_count == machine->others_room)
	{
		uint32_t	room = machine->others_room > 0 ? 2 * machine->others_room : R4_FEW_SLOTS;
		uint32_t   *others = r4_allocate(room * sizeof(uint32_t));

		if (machine->others != NULL)
		{
			memcpy(others, machine->others, machine->others_count * sizeof(uint32_t));
			r4_free(machine->others);
		}
		machine->others = others;
		machine->others_room = room;
	}
	machine->others[machine->others_count++] = node;
	return true;
}

/* The slot of a value in the machine's table, or the free one where it would be. */
static R4Slot *
find_value(R4Machine *machine, const R4Value *value, uint32_t hash)
{
	R4Slot	   *slot = r4_slots_first(&machine->other, hash);

	while (slot->hash != 0 && (slot->hash != hash || differs(machine, machine->others[slot->node - 1], (void *) value)))
		slot = r4_slots_next(&machine->other, slot);
	return slot;
}

/* Puts all nodes that are kept into the machine's table, of equal ones the first. */
static void
hash_others(R4Machine *machine)
{
	r4_slots_start(&machine->other);
	machine->others_hashed = true;
	for (uint32_t i = 0; i < machine->others_count; i++)
	{
		R4Value		value;
		R4Slot	   *slot;
		uint32_t	hash;

		r4_step(&machine->steps);
		(void) r4_node_value(machine, machine->others[i], &value);
		hash = hash_value(machine, &value);
		slot = find_value(machine, &value, hash);
		if (slot->hash == 0)
			r4_slots_put(&machine->other, slot, hash, i + 1);
	}
}

/* Ends what the machine keeps of a stream. */
void
r4_forget_stream(R4Machine *machine)
{
	if (machine->others != NULL)
		r4_free(machine->others);
	if (machine->others_hashed)
		r4_slots_end(&machine->other);
	machine->others = NULL;
	machine->others_room = 0;
	machine->others_hashed = false;
	machine->other_code = NULL;
}

/* Keeps the nodes of a stream, unless they are. */
static void
keep_stream(R4Machine *machine, const uint8_t *stream, uint32_t focus)
{
	if (machine->other_code == stream && machine->other_focus == focus && machine->other_context == machine->context)
		return;
	r4_forget_stream(machine);
	machine->other_code = stream;
	machine->other_focus = focus;
	machine->other_context = machine->context;
	machine->others_count = 0;
	machine->others_next = 0;
	r4_each(machine, stream, focus, keep_other, NULL);
}

/* Is a value that of the node behind the one that was found last, or of this one again? */
static bool
is_next(R4Machine *machine, const R4Value *value)
{
	uint32_t	next = machine->others_next;

	if (next > 0 && !differs(machine, machine->others[next - 1], (void *) value))
		return true;
	if (next == machine->others_count || differs(machine, machine->others[next], (void *) value))
		return false;
	machine->others_next++;
	return true;
}

/*
 * Is a value among those of a stream?  Values are mostly asked for in the
 * stream's order: then none is hashed, and the table is not made at all.
 */
bool
r4_is_in_stream(R4Machine *machine, const R4Value *value, const uint8_t *stream, uint32_t focus)
{
	R4Slot	   *slot;
	uint32_t	first;

	if (r4_count(machine, stream, focus, FEW + 1, &first) <= FEW)
		return !r4_each(machine, stream, focus, differs, (void *) value);
	if (stream[0] == R4_OP_PATH)
		focus = r4_start_of(machine, stream[1], focus);
	keep_stream(machine, stream, focus);
	if (is_next(machine, value))
		return true;
	if (!machine->others_hashed)
		hash_others(machine);
	slot = find_value(machine, value, hash_value(machine, value));
	if (slot->hash == 0)
		return false;
	machine->others_next = slot->node;
	return true;
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

/* Marks the contained resources of a resource that it refers to; how many are not marked. */
static uint32_t
mark_referred_to(R4Machine *machine, uint32_t resource, uint32_t contained)
{
	R4Node	   *nodes = machine->document->nodes;
	uint32_t	rest = nodes[contained].len;

	for (uint32_t i = r4_first(resource); i < nodes[resource].end && rest > 0; i++)
	{
		uint32_t	found;

		r4_step(&machine->steps);
		if (!is_local(&nodes[i]))
			continue;
		found = r4_find_contained(machine->document, resource, nodes[i].text + 1, nodes[i].len - 1);
		if (found == 0 || nodes[found].flags & R4_NODE_REFERRED)
			continue;
		nodes[found].flags |= R4_NODE_REFERRED;
		rest--;
	}
	return rest;
}

/*
 * Is a contained resource used, where those that are referred to are marked?
 * One without an id cannot be referred to, and FHIRPath passes it over.
 */
static bool
is_used(R4Machine *machine, uint32_t resource, uint32_t node)
{
	const R4Node *nodes = machine->nodes;
	uint32_t	id = nodes[node].flags & R4_NODE_REFERRED ? 0 : id_of(nodes, node);

	if (id == 0 || refers_back(machine, node))
		return true;
	/* of two with one id, the first was found */
	return nodes[r4_find_contained(machine->document, resource, nodes[id].text, nodes[id].len)].flags & R4_NODE_REFERRED;
}

/*
 * dom-3: each contained resource must be referred to in the resource, or refer
 * to it.
 */
R4Truth
r4_contained_used(R4Machine *machine)
{
	const R4Node *nodes = machine->nodes;
	uint32_t	resource = machine->context;
	uint32_t	contained = contained_of(nodes, resource);

	if (contained == 0 || mark_referred_to(machine, resource, contained) == 0)
		return R4_IS_TRUE;
	for (uint32_t i = r4_first(contained); i < nodes[contained].end; i = nodes[i].end)
		if (!is_used(machine, resource, i))
			return R4_IS_FALSE;
	return R4_IS_TRUE;
}

/* The resource of this id that the root contains; 0 when there is none. */
uint32_t
r4_contained_node(R4Machine *machine, const char *id, uint32_t len)
{
	uint32_t	found = r4_find_contained(machine->document, machine->root, id, len);

	return found != 0 && id_of(machine->nodes, found) != 0 ? found : 0;
}
