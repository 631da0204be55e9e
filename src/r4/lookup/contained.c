/*
 * contained.c
 *		Contained resources by their id.
 *
 * plain C: no server headers
 *
 * A resource that contains a few is searched.  Those of one that contains more
 * go into the document's table, all at once when the first is asked for; a slot
 * of the resource itself tells that this has been done.
 *
 * References mostly lead to contained resources in their order.  So the one
 * behind the last that was found is tried first: it lies beside it, where a
 * table of many thousands leads to anywhere in memory.
 */
#include "r4/lookup/document.h"
#include "r4/lookup/siphash.h"
#include "r4/lookup/slots.h"

#define FEW 8					/* resources that need no table */

struct R4Contained
{
	R4Slots		table;			/* contained resources, and those around */
	uint32_t	last;			/* contained resource that was found; 0: none was */
	uint32_t	resource;		/* the one that contains it */
	bool		again;			/* contains some resource two of one id? */
	uint32_t	steps;
};

/* The hash of an id below a resource; of the resource itself without one. */
static uint32_t
hash_of(uint32_t resource, const char *id, uint32_t len)
{
	R4Hash		hash = r4_hash_start();

	r4_hash_add(&hash, id, len);
	r4_hash_add(&hash, (const char *) &resource, sizeof(resource));
	return r4_hash_short(&hash);
}

/* Has a resource, by its number, this id? */
static bool
has_id(const R4Document *document, uint32_t resource, const char *id, uint32_t len)
{
	const R4Node *nodes = document->nodes;
	uint32_t	own = nodes[resource].kind == R4_KIND_OBJECT ? r4_member(document, resource, "id", 2) : 0;

	return own != 0 && nodes[own].kind == R4_KIND_STRING && nodes[own].len == len &&
		memcmp(nodes[own].text, id, len) == 0;
}

/* The slot of a contained resource, or the free one where it would be. */
static R4Slot *
find_slot(const R4Document *document, R4Slots *table, uint32_t contained, const char *id, uint32_t len, uint32_t hash)
{
	R4Slot	   *slot = r4_slots_first(table, hash);

	while (slot->hash != 0 &&
		   (slot->hash != hash || document->names[slot->node].parent != contained ||
			!has_id(document, slot->node, id, len)))
		slot = r4_slots_next(table, slot);
	return slot;
}

/* Takes the resources of an array, unless that has been done; of equal ids the first. */
static void
take_all(R4Document *document, uint32_t resource, uint32_t contained)
{
	const R4Node *nodes = document->nodes;
	R4Slots    *table = &document->contained->table;
	uint32_t	hash = hash_of(resource, "", 0);
	R4Slot	   *slot = r4_slots_first(table, hash);

	for (; slot->hash != 0; slot = r4_slots_next(table, slot))
		if (slot->hash == hash && slot->node == resource)
			return;
	r4_slots_put(table, slot, hash, resource);
	for (uint32_t i = contained + 1; i < nodes[contained].end; i = nodes[i].end)
	{
		uint32_t	id = nodes[i].kind == R4_KIND_OBJECT ? r4_member(document, i, "id", 2) : 0;

		r4_step(&document->contained->steps);
		if (id == 0 || nodes[id].kind != R4_KIND_STRING)
			continue;
		hash = hash_of(resource, nodes[id].text, nodes[id].len);
		slot = find_slot(document, table, contained, nodes[id].text, nodes[id].len, hash);
		if (slot->hash == 0)
			r4_slots_put(table, slot, hash, i);
		else
			document->contained->again = true;
	}
}

/*
 * The resource of this id that is the one found last, or behind it in the same
 * array; 0 when it is neither, or when another of this id might come first.
 */
static uint32_t
find_beside(const R4Document *document, uint32_t resource, uint32_t contained, const char *id, uint32_t len)
{
	const R4Contained *table = document->contained;
	uint32_t	next;

	if (table->last == 0 || table->resource != resource || table->again)
		return 0;
	next = document->nodes[table->last].end;
	if (next < document->nodes[contained].end && has_id(document, next, id, len))
		return next;
	return has_id(document, table->last, id, len) ? table->last : 0;
}

/* The resource of this id that another contains; see document.h. */
uint32_t
r4_find_contained(R4Document *document, uint32_t resource, const char *id, uint32_t len)
{
	const R4Node *nodes = document->nodes;
	uint32_t	contained = r4_member(document, resource, "contained", 9);
	uint32_t	found;

	if (contained == 0 || nodes[contained].kind != R4_KIND_ARRAY)
		return 0;
	if (nodes[contained].len <= FEW)
	{
		for (uint32_t i = contained + 1; i < nodes[contained].end; i = nodes[i].end)
			if (has_id(document, i, id, len))
				return i;
		return 0;
	}
	if (document->contained == NULL)
	{
		document->contained = r4_allocate(sizeof(R4Contained));
		r4_slots_start(&document->contained->table);
	}
	found = find_beside(document, resource, contained, id, len);
	if (found == 0)
	{
		take_all(document, resource, contained);
		found = find_slot(document, &document->contained->table, contained, id, len, hash_of(resource, id, len))->node;
	}
	document->contained->resource = resource;
	document->contained->last = found;
	return found;
}

/* Ends the document's table. */
void
r4_forget_contained(R4Document *document)
{
	if (document->contained == NULL)
		return;
	r4_slots_end(&document->contained->table);
	r4_free(document->contained);
	document->contained = NULL;
}
