/*
 * r4.c
 *		Looking things up in the generated tables.
 *
 * generate.py says how the tables are laid out.  A slot is one name below a
 * type; slots of a type are sorted by name, and elements that many types have
 * in common (id, extension) are found in the type's base when the type itself
 * has no such name.
 */
#include "r4/r4.h"

#include <stddef.h>

#include "r4/r4_tables.h"

#define R4_TYPE_MASK ((1 << R4_TYPE_BITS) - 1)

_Static_assert(R4_NUM_TYPES - R4_FIRST_PRIMITIVE == R4_XHTML,
			   "R4Primitive and the tables must list the same types");

/*
 * Compares a name of the given length with a terminated string, in the order
 * of their bytes.  Written out because both are a few bytes long, and because
 * a name may hold any byte, NUL too.
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
 * The slot of a name among those that the type adds to its base, or -1.
 */
static int
find_slot(R4Type type, const char *name, int len)
{
	int			low = r4_types[type].slots;
	int			high = r4_types[type + 1].slots;

	while (low < high)
	{
		int			middle = (low + high) / 2;
		int			order = compare_name(name, len, r4_pool + r4_slot_names[middle]);

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

/* Says what a slot means.  A choice itself has no type. */
static void
describe_slot(int slot, R4Child *child)
{
	int			type = r4_slot_types[slot];
	int			flags = r4_slot_flags[slot];

	child->type = type & R4_TYPE_MASK;
	child->element = slot;
	if (flags & R4_SLOT_ALTERNATIVE)
		child->element += type >> R4_TYPE_BITS;
	if (flags & R4_SLOT_CHOICE)
		child->type = R4_NO_TYPE;
	child->repeats = (flags & R4_SLOT_REPEATS) != 0;
	child->required = (flags & R4_SLOT_REQUIRED) != 0;
	child->choice = (flags & (R4_SLOT_ALTERNATIVE | R4_SLOT_CHOICE)) != 0;
	child->modifier = (flags & R4_SLOT_MODIFIER) != 0;
	child->simple_quantity = (flags & R4_SLOT_SIMPLE_QUANTITY) != 0;
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
	for (R4Type type = parent; type < R4_NUM_TYPES; type = r4_types[type].base)
	{
		int			slot = find_slot(type, name, len);

		if (slot >= 0 && !(r4_slot_flags[slot] & R4_SLOT_CHOICE))
		{
			describe_slot(slot, child);
			return true;
		}
	}
	return false;
}

/* How many elements the type adds to its base. */
static int
count_own(R4Type type)
{
	return r4_types[type + 1].order - r4_types[type].order;
}

/* How many elements stand below a type; a choice is one. */
int
r4_child_count(R4Type parent)
{
	int			count = 0;

	for (R4Type type = parent; type < R4_NUM_TYPES; type = r4_types[type].base)
		count += count_own(type);
	return count;
}

/*
 * The i-th element below a type, from 0, in the order of the definition: its
 * name, and its description in *child.  A choice is given as "value[x]",
 * without a type.  NULL when i is out of range.
 */
const char *
r4_child_name(R4Type parent, int i, R4Child *child)
{
	int			slot;

	if (i < 0 || i >= r4_child_count(parent))
		return NULL;

	/* What is inherited comes first. */
	while (i < r4_child_count(r4_types[parent].base))
		parent = r4_types[parent].base;
	i -= r4_child_count(r4_types[parent].base);

	slot = r4_types[parent].slots + r4_order[r4_types[parent].order + i];
	describe_slot(slot, child);
	return r4_pool + r4_slot_names[slot];
}

/* The slot of the i-th alternative of a choice, or -1. */
static int
choice_slot(uint16_t element, int i)
{
	if (i < 0 || i >= r4_choice_count(element))
		return -1;
	return element - r4_choices[(r4_slot_types[element] & R4_TYPE_MASK) + i];
}

/* How many alternatives an element has; 0 when it is no choice. */
int
r4_choice_count(uint16_t element)
{
	if (element >= R4_NUM_SLOTS || !(r4_slot_flags[element] & R4_SLOT_CHOICE))
		return 0;
	return r4_slot_types[element] >> R4_TYPE_BITS;
}

/* The type of the i-th alternative, from 0; R4_NO_TYPE out of range. */
R4Type
r4_choice_type(uint16_t element, int i)
{
	int			slot = choice_slot(element, i);

	return slot < 0 ? R4_NO_TYPE : r4_slot_types[slot] & R4_TYPE_MASK;
}

/* The JSON name of the i-th alternative ("valueQuantity"); NULL out of range. */
const char *
r4_choice_name(uint16_t element, int i)
{
	int			slot = choice_slot(element, i);

	return slot < 0 ? NULL : r4_pool + r4_slot_names[slot];
}
