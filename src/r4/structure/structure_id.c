/*
 * structure_id.c
 *		The ids of elements, which are unique in their resource.
 *
 * plain C: no server headers
 *
 * Few documents have such ids, so the table is made with the first of them and
 * kept for the whole document: its slots are by id and resource, and one table
 * serves all resources of a Bundle.
 *
 * A contained resource is one of its own.  An ElementDefinition has the same id
 * in the snapshot and in the differential: there it is a path, which sdf-16 and
 * sdf-17 judge.
 */
#include "r4/lookup/siphash.h"
#include "r4/structure/structure.h"

/*
 * The resource that a node stands in: going up, the first object whose type is
 * one.  Asked only of ids that have the same hash, so nothing is kept for it.
 */
static uint32_t
scope_of(const R4Document *document, uint32_t node)
{
	const R4Node *nodes = document->nodes;

	do
		node = document->names[node].parent;
	while (node != 0 && !(nodes[node].kind == R4_KIND_OBJECT && r4_is_resource(nodes[node].type)));
	return node;
}

/* Is the id of this node, in a scope, that of another? */
static bool
is_same(const R4Document *document, uint32_t id, uint32_t other, uint32_t scope)
{
	const R4Node *nodes = document->nodes;

	return nodes[id].len == nodes[other].len && memcmp(nodes[id].text, nodes[other].text, nodes[id].len) == 0 &&
		scope_of(document, other) == scope;
}

/*
 * Checks the id, a member, of an object that is no resource.  An id that is no
 * string, or empty, has been reported.  Of several with one id each but the first
 * is a fault.
 */
bool
r4_check_element_id(R4Check *check, uint32_t object, uint32_t id)
{
	const R4Node *nodes = check->document->nodes;
	R4Hash		hash;
	R4Slot	   *slot;
	uint32_t	bits;

	if (nodes[id].kind != R4_KIND_STRING || nodes[id].len == 0 ||
		r4_is_named(nodes[object].type, "ElementDefinition"))
		return true;
	if (check->ids == NULL)
	{
		check->ids = r4_allocate(sizeof(R4Slots));
		r4_slots_start(check->ids);
	}
	/* with the scope, or a thousand resources with the same ids would fill one chain */
	hash = r4_hash_start();
	r4_hash_add(&hash, nodes[id].text, nodes[id].len);
	r4_hash_number(&hash, check->scope);
	bits = r4_hash_short(&hash);
	slot = r4_slots_first(check->ids, bits);
	for (; slot->hash != 0; slot = r4_slots_next(check->ids, slot))
		if (slot->hash == bits && is_same(check->document, id, slot->node, check->scope))
			return r4_fault(check, id, R4_ISSUE_VALUE, "unique-id", "must be the id of no other element in the resource");
	r4_slots_put(check->ids, slot, bits, id);
	return true;
}

/* Ends the table of ids.  An error passes by: then it goes with the memory that r4_allocate takes from. */
void
r4_forget_ids(R4Check *check)
{
	if (check->ids == NULL)
		return;
	r4_slots_end(check->ids);
	r4_free(check->ids);
	check->ids = NULL;
}
