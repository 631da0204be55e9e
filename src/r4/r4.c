/*
 * r4.c
 *		Looking things up in the generated tables.
 *
 * plain C: no server headers
 *
 * generate.py says how the tables are laid out.  A slot is one name below a
 * type: an element, or behind a choice each of its alternatives.  Names are
 * hashed within their type; elements that many types have in common (id,
 * extension) are found in the type's base when it has no such name itself.
 */
#include "r4/r4.h"

#include <string.h>

#include "r4/r4_tables.h"

#define R4_TYPE_MASK ((1 << R4_TYPE_BITS) - 1)

_Static_assert(R4_NUM_TYPES - R4_FIRST_PRIMITIVE == R4_XHTML,
			   "R4Primitive and the tables must list the same types");

/*
 * Hashes a name of at least one byte by its length and five of its bytes,
 * which tell the names of one type apart as well as all bytes would.  The same
 * as hash_name in generate.py.
 */
static uint32_t
hash_name(const char *name, int len)
{
	const unsigned char *byte = (const unsigned char *) name;
	int			last = len - 1;

	return (uint32_t) len * R4_MULTIPLIER_0 +
		byte[0] * R4_MULTIPLIER_1 +
		byte[last] * R4_MULTIPLIER_2 +
		byte[last / 2] * R4_MULTIPLIER_3 +
		byte[last / 4] * R4_MULTIPLIER_4 +
		byte[last - last / 4] * R4_MULTIPLIER_5;
}

/*
 * Are n bytes the same, n at least 1?  A call of memcmp takes longer than this
 * for names, which are short: two words that overlap cover most of them.
 */
static bool
same_bytes(const char *a, const char *b, int n)
{
	uint64_t	a8[2];
	uint64_t	b8[2];
	uint32_t	a4[2];
	uint32_t	b4[2];

	if (n > 16)
		return memcmp(a, b, n) == 0;
	if (n >= 8)
	{
		memcpy(&a8[0], a, 8);
		memcpy(&a8[1], a + n - 8, 8);
		memcpy(&b8[0], b, 8);
		memcpy(&b8[1], b + n - 8, 8);
		return ((a8[0] ^ b8[0]) | (a8[1] ^ b8[1])) == 0;
	}
	if (n >= 4)
	{
		memcpy(&a4[0], a, 4);
		memcpy(&a4[1], a + n - 4, 4);
		memcpy(&b4[0], b, 4);
		memcpy(&b4[1], b + n - 4, 4);
		return ((a4[0] ^ b4[0]) | (a4[1] ^ b4[1])) == 0;
	}
	return a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1];
}

/*
 * The slot of a name among those that the type adds to its base, or -1.  Half
 * of a type's entries in r4_hash are free, so the search comes to an end.
 */
static int
find_slot(R4Type type, const char *name, int len, uint32_t hash)
{
	int			first = r4_types[type].slots;
	int			size = 2 * (r4_types[type + 1].slots - first);
	const uint8_t *table = r4_hash + 2 * first;
	int			entry = ((uint64_t) hash * size) >> 32;

	if (size == 0)
		return -1;
	while (table[entry] != R4_NO_SLOT)
	{
		int			slot = first + table[entry];
		const char *known = r4_pool + r4_slots[slot].name;

		if (same_bytes(known, name, len) && known[len] == '\0')
			return slot;
		if (++entry == size)
			entry = 0;
	}
	return -1;
}

/* Says what a slot means.  A choice itself has no type. */
static void
describe_slot(int slot, R4Child *child)
{
	const R4SlotRow *row = &r4_slots[slot];
	int			type = row->type;
	int			flags = row->flags;

	child->type = type & R4_TYPE_MASK;
	child->element = slot;
	if (flags & R4_SLOT_ALTERNATIVE)
		child->element -= type >> R4_TYPE_BITS;
	if (flags & R4_SLOT_CHOICE)
		child->type = R4_NO_TYPE;
	child->primitive = row->kind & ((1 << R4_COMPLEX_SHIFT) - 1);
	child->complex = row->kind >> R4_COMPLEX_SHIFT;
	child->repeats = (flags & R4_SLOT_REPEATS) != 0;
	child->required = (flags & R4_SLOT_REQUIRED) != 0;
	child->choice = (flags & (R4_SLOT_ALTERNATIVE | R4_SLOT_CHOICE)) != 0;
	child->modifier = (flags & R4_SLOT_MODIFIER) != 0;
	child->simple_quantity = (flags & R4_SLOT_SIMPLE_QUANTITY) != 0;
}

/*
 * Compares a name of the given length, which may hold any byte, with a
 * terminated string, in the order of their bytes.
 */
static int
compare_name(const char *name, int len, const char *string)
{
	for (int i = 0; i < len; i++)
	{
		int			difference = (unsigned char) name[i] - (unsigned char) string[i];

		if (difference != 0)
			return difference;
		if (string[i] == '\0')
			return 1;
	}
	return string[len] == '\0' ? 0 : -1;
}

/*
 * The type of this name: "Patient", "HumanName", "string", or the path of a
 * backbone element, "Patient.contact".  R4_NO_TYPE when there is none.  The
 * path of an element with a content reference is no type: its children are
 * found below the target ("Questionnaire.item").
 */
R4Type
r4_type(const char *name, int len)
{
	int			low = 0;
	int			high = R4_NUM_TYPES;

	while (low < high)
	{
		int			middle = (low + high) / 2;
		int			order = compare_name(name, len, r4_pool + r4_types[middle].name);

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
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

/* Which of the data types that the checks know by name; R4_OTHER for the rest. */
R4Complex
r4_complex(R4Type type)
{
	return type < R4_NUM_TYPES ? (R4Complex) (r4_kinds[type] >> R4_COMPLEX_SHIFT) : R4_OTHER;
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
 * Finds the element that a JSON name means below a type, and describes it.
 * False, with *child untouched, when there is none: also for "value" or
 * "value[x]" where only its alternatives exist, and below R4_NO_TYPE.
 */
bool
r4_child(R4Type parent, const char *name, int len, R4Child *child)
{
	uint32_t	hash;

	if (len < 1 || len > R4_LONGEST_NAME)
		return false;
	hash = hash_name(name, len);
	for (R4Type type = parent; type < R4_NUM_TYPES; type = r4_types[type].base)
	{
		int			slot = find_slot(type, name, len, hash);

		if (slot >= 0)
		{
			describe_slot(slot, child);
			return true;
		}
	}
	return false;
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
	describe_slot(slot, child);
	return r4_pool + r4_slots[slot].name;
}

/* How many alternatives an element has; 0 when it is no choice. */
int
r4_choice_count(uint16_t element)
{
	if (element >= R4_NUM_SLOTS || !(r4_slots[element].flags & R4_SLOT_CHOICE))
		return 0;
	return r4_slots[element].type >> R4_TYPE_BITS;
}

/* The type of the i-th alternative, from 0; R4_NO_TYPE out of range. */
R4Type
r4_choice_type(uint16_t element, int i)
{
	if (i < 0 || i >= r4_choice_count(element))
		return R4_NO_TYPE;
	return r4_slots[element + 1 + i].type & R4_TYPE_MASK;
}

/* The JSON name of the i-th alternative ("valueQuantity"); NULL out of range. */
const char *
r4_choice_name(uint16_t element, int i)
{
	if (i < 0 || i >= r4_choice_count(element))
		return NULL;
	return r4_pool + r4_slots[element + 1 + i].name;
}
