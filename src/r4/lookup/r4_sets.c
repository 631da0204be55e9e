/*
 * r4_sets.c
 *		Value sets, required bindings and reference targets.
 *
 * plain C: no server headers
 *
 * generate_codes.py says how the tables are laid out.
 */
#include "r4/lookup/r4.h"

#include <string.h>

#include "base/words.h"
#include "r4/lookup/place.h"
#include "r4/lookup/r4_code_tables.h"

/* Compares a text of the given length with a string of the pool, by bytes. */
static int
compare(const char *text, int len, uint16_t offset)
{
	const char *string = r4_code_pool + offset;
	int			order = strncmp(text, string, len);

	if (order != 0)
		return order;
	/* a zero byte in the text ends strncmp: such a text is in no table */
	return string[len] == '\0' ? 0 : -1;
}

/* The number of a set by its name, or R4_NO_SET. */
static int
find_set(const char *name, int len)
{
	int			low = 1;
	int			high = R4_NUM_SETS + 1;

	while (low < high)
	{
		int			middle = (low + high) / 2;
		int			order = compare(name, len, r4_sets[middle].name);

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return R4_NO_SET;
}

/* The number of a system, or -1. */
static int
find_system(const char *system, int len)
{
	int			low = 0;
	int			high = R4_NUM_SYSTEMS;

	if (memchr(system, '\0', len) != NULL)
		return -1;
	while (low < high)
	{
		int			middle = (low + high) / 2;
		int			order = compare(system, len, r4_systems[middle]);

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

/* The set that an element's codes must come from, or R4_NO_SET. */
R4Set
r4_required_set(uint16_t element)
{
	return element < R4_NUM_ELEMENTS ? r4_element_sets[element] : R4_NO_SET;
}

/* A set by its URL or short name; R4_NO_SET when it is not known. */
R4Set
r4_set(const char *name, int len)
{
	return memchr(name, '\0', len) == NULL ? find_set(name, len) : R4_NO_SET;
}

/* The URL or short name of a set, NULL for R4_NO_SET. */
const char *
r4_set_name(R4Set set)
{
	return set >= 1 && set <= R4_NUM_SETS ? r4_code_pool + r4_sets[set].name : NULL;
}

/* How many codes a set has. */
int
r4_set_size(R4Set set)
{
	return set >= 1 && set <= R4_NUM_SETS ? r4_sets[set + 1].codes - r4_sets[set].codes : 0;
}

/* The i-th code of a set, from 0; i must be in range. */
void
r4_set_code(R4Set set, int i, R4Code *code)
{
	const R4CodeRow *row = &r4_codes[r4_sets[set].codes + i];

	code->system = r4_code_pool + r4_systems[row->system];
	code->code = r4_code_pool + row->code;
	code->display = r4_code_pool + row->display;
}

/* Has a row this code, which has at least one byte? */
static bool
is_code(int row, const char *code, int len)
{
	return r4_codes[row].len == len && word_same_bytes(r4_code_pool + r4_codes[row].code, code, len);
}

/* The code as a set has it; see r4.h.  R4_NO_SET has none. */
const char *
r4_set_find(R4Set set, const char *system, int systemlen, const char *code, int len)
{
	uint32_t	entry;
	int			first;
	int			end;

	if (set < 1 || set > R4_NUM_SETS || len < 1)
		return NULL;
	first = r4_sets[set].codes;
	end = r4_sets[set + 1].codes;
	entry = r4_place(code, len, 2 * set + 1, R4_CODE_ENTRIES);
	/* half of the entries are free, so the search comes to an end */
	for (; r4_code_hash[entry] != R4_NO_CODE; entry = entry + 1 < R4_CODE_ENTRIES ? entry + 1 : 0)
	{
		int			row = r4_code_hash[entry];

		if (row < first || row >= end || !is_code(row, code, len))
			continue;
		/* those with this code, which may be of several systems */
		for (; row < end && is_code(row, code, len); row++)
			if (system == NULL || compare(system, systemlen, r4_systems[r4_codes[row].system]) == 0)
				return r4_code_pool + r4_codes[row].code;
		return NULL;
	}
	return NULL;
}

/* Does a set have the code? */
bool
r4_set_has(R4Set set, const char *system, int systemlen, const char *code, int len)
{
	return r4_set_find(set, system, systemlen, code, len) != NULL;
}

/*
 * The display of a code; "" when it has none that is kept, NULL when no set
 * has the code.
 */
const char *
r4_display(const char *system, int systemlen, const char *code, int len)
{
	int			number = find_system(system, systemlen);
	int			low = 0;
	int			high = R4_NUM_CODES;

	if (number < 0 || memchr(code, '\0', len) != NULL)
		return NULL;
	while (low < high)
	{
		int			middle = (low + high) / 2;
		const R4CodeRow *row = &r4_codes[r4_codes_by_system[middle]];

		if (number < row->system || (number == row->system && compare(code, len, row->code) <= 0))
			high = middle;
		else
			low = middle + 1;
	}
	if (low < R4_NUM_CODES)
	{
		const R4CodeRow *row = &r4_codes[r4_codes_by_system[low]];

		if (row->system == number && compare(code, len, row->code) == 0)
			return r4_code_pool + row->display;
	}
	return NULL;
}

/* Is the system one that some set has codes of? */
bool
r4_knows_system(const char *system, int len)
{
	return find_system(system, len) >= 0;
}

/* The list of types that an element's references may point to. */
static const R4Type *
target_list(uint16_t element, int *count)
{
	int			list = element < R4_NUM_ELEMENTS ? r4_element_targets[element] : 0;

	*count = r4_target_lists[list + 1] - r4_target_lists[list];
	return r4_targets + r4_target_lists[list];
}

/* How many types a reference may point to; 0: any. */
int
r4_target_count(uint16_t element)
{
	int			count;

	(void) target_list(element, &count);
	return count;
}

/* The i-th of them, from 0, by name; R4_NO_TYPE out of range. */
R4Type
r4_target(uint16_t element, int i)
{
	int			count;
	const R4Type *list = target_list(element, &count);

	return i >= 0 && i < count ? list[i] : R4_NO_TYPE;
}

/* May an element's reference point to a resource of this type? */
bool
r4_may_target(uint16_t element, R4Type type)
{
	int			count;
	const R4Type *list = target_list(element, &count);

	for (int i = 0; i < count; i++)
		if (list[i] == type)
			return true;
	return count == 0;
}
