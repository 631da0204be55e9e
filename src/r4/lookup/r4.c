/*
 * r4.c
 *		Looking things up in the generated tables.
 *
 * plain C: no server headers
 *
 * generate.py says how the tables are laid out.  A slot is one name below a
 * type: an element, or behind a choice each of its alternatives.  Names are
 * hashed within their type; elements that many types have in common (id,
 * extension) are slots of the type's base alone, but in the hash of each type.
 */
#include "r4/lookup/r4.h"

#include "base/words.h"
#include "r4/lookup/place.h"
#include "r4/lookup/r4_tables.h"

_Static_assert(R4_NUM_TYPES - R4_FIRST_PRIMITIVE == R4_XHTML,
			   "R4Primitive and the tables must list the same types");

/*
 * The type of this name: "Patient", "HumanName", "string", or the path of a
 * backbone element, "Patient.contact".  R4_NO_TYPE when there is none.  The
 * path of an element with a content reference is no type: its children are
 * found below the target ("Questionnaire.item").
 */
R4Type
r4_type(const char *name, int len)
{
	uint32_t	entry;

	if (len < 1 || len > R4_LONGEST_TYPE_NAME)
		return R4_NO_TYPE;
	entry = r4_place(name, len, R4_TYPE_SEED, R4_TYPE_ENTRIES);
	for (; r4_type_hash[entry] != R4_NO_SLOT; entry = entry + 1 < R4_TYPE_ENTRIES ? entry + 1 : 0)
	{
		const char *found = r4_pool + r4_types[r4_type_hash[entry]].name;

		if (word_same_bytes(found, name, len) && strlen(found) == (size_t) len)
			return r4_type_hash[entry];
	}
	return R4_NO_TYPE;
}

/* The name of a type, NULL for R4_NO_TYPE. */
const char *
r4_type_name(R4Type type)
{
	return type < R4_NUM_TYPES ? r4_pool + r4_types[type].name : NULL;
}

/*
 * Which primitive a type is.  Types are sorted by name and only primitives
 * begin with a small letter, so they are the last ones.
 */
R4Primitive
r4_primitive(R4Type type)
{
	if (type < R4_FIRST_PRIMITIVE || type >= R4_NUM_TYPES)
		return R4_NOT_PRIMITIVE;
	return (R4Primitive) (type - R4_FIRST_PRIMITIVE + R4_BASE64BINARY);
}

/* Whether a type can stand in "resourceType". */
bool
r4_is_resource(R4Type type)
{
	R4Type		base;

	if (type >= R4_NUM_TYPES || r4_is_abstract_resource(type))
		return false;
	base = r4_types[type].base;
	return r4_is_abstract_resource(base);
}

/*
 * Whether a type says no more than that a resource stands there: Resource in
 * contained and Bundle.entry.resource.  A value's own resourceType tells which.
 */
bool
r4_is_abstract_resource(R4Type type)
{
	return type == R4_TYPE_RESOURCE || type == R4_TYPE_DOMAINRESOURCE;
}

/*
 * Finds the element that a JSON name means below a type.  NULL when there is
 * none: also for "value" or "value[x]" where only its alternatives exist, and
 * below R4_NO_TYPE.
 */
const R4Child *
r4_find_child(R4Type parent, const char *name, int len)
{
	const R4TypeRow *type;
	const uint16_t *table;
	uint32_t	size;
	uint32_t	entry;

	if (parent >= R4_NUM_TYPES || len < 1 || len > R4_LONGEST_NAME)
		return NULL;
	type = &r4_types[parent];
	table = r4_hash + type->hash;
	size = type[1].hash - type->hash;
	if (size == 0)
		return NULL;
	entry = r4_place(name, len, type->seed, size);
	/* half of the entries are free, so the search comes to an end */
	while (table[entry] != R4_NO_SLOT)
	{
		const R4SlotRow *row = &r4_slots[table[entry]];

		if (row->len == len && word_same_bytes(r4_pool + row->name, name, len))
			return &row->child;
		if (++entry == size)
			entry = 0;
	}
	return NULL;
}

/* The same as a copy; false, with *child untouched, when there is none. */
bool
r4_child(R4Type parent, const char *name, int len, R4Child *child)
{
	const R4Child *found = r4_find_child(parent, name, len);

	if (found == NULL)
		return false;
	*child = *found;
	return true;
}

/* How many elements stand below a type; a choice is one. */
int
r4_child_count(R4Type parent)
{
	int			count = 0;

	for (R4Type type = parent; type < R4_NUM_TYPES; type = r4_types[type].base)
		count += r4_types[type + 1].elements - r4_types[type].elements;
	return count;
}

/* How many of them the type requires; of a choice one alternative. */
int
r4_required_count(R4Type parent)
{
	return parent < R4_NUM_TYPES ? r4_required_counts[parent] : 0;
}

/*
 * The i-th element below a type, from 0, in the order of the definition: its
 * name, and its description in *child.  A choice is given as "value[x]",
 * without a type.  NULL when i is out of range.
 */
const char *
r4_child_name(R4Type parent, int i, R4Child *child)
{
	int			inherited;
	int			slot;

	if (i < 0 || i >= r4_child_count(parent))
		return NULL;

	/* What is inherited comes first. */
	while (i < (inherited = r4_child_count(r4_types[parent].base)))
		parent = r4_types[parent].base;

	slot = r4_types[parent].slots;
	for (i -= inherited; i > 0; i--)
		slot += 1 + r4_choice_count(slot);
	*child = r4_slots[slot].child;
	return r4_pool + r4_slots[slot].name;
}

/* How many alternatives an element has; 0 when it is no choice. */
int
r4_choice_count(uint16_t element)
{
	return element < R4_NUM_SLOTS ? r4_slots[element].alternatives : 0;
}

/* The type of the i-th alternative, from 0; R4_NO_TYPE out of range. */
R4Type
r4_choice_type(uint16_t element, int i)
{
	if (i < 0 || i >= r4_choice_count(element))
		return R4_NO_TYPE;
	return r4_slots[element + 1 + i].child.type;
}

/* The JSON name of the i-th alternative ("valueQuantity"); NULL out of range. */
const char *
r4_choice_name(uint16_t element, int i)
{
	if (i < 0 || i >= r4_choice_count(element))
		return NULL;
	return r4_pool + r4_slots[element + 1 + i].name;
}
