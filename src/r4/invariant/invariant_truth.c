/*
 * invariant_truth.c
 *		The machine's truths: what is true, false or empty.
 *
 * plain C: no server headers
 *
 * Three-valued logic as FHIRPath has it: "true or empty" is true, "false or
 * empty" is empty.  The tests of a text (startsWith, contains, matches) and of
 * a type (is) are false of an empty stream, as in HL7's own engine: the
 * invariants rely on it (ref-1 must hold of a Reference without reference).
 */
#include "r4/invariant/invariant.h"

#include <string.h>

/* The truth of a C condition. */
static R4Truth
truth_of(bool condition)
{
	return condition ? R4_IS_TRUE : R4_IS_FALSE;
}

static R4Truth
negate(R4Truth truth)
{
	return truth == R4_IS_EMPTY ? R4_IS_EMPTY : truth_of(truth == R4_IS_FALSE);
}

/* A visitor that stops at the first node. */
static bool
stop(R4Machine *machine, uint32_t node, void *arg)
{
	(void) machine;
	(void) node;
	(void) arg;
	return false;
}

/* Code that is evaluated of each node of a stream. */
typedef struct Each
{
	const uint8_t *code;
	uint32_t	focus;			/* where a stream in the code begins */
	int			count;
} Each;

/* Goes on while the criterion is true of the nodes. */
static bool
is_true_of(R4Machine *machine, uint32_t node, void *arg)
{
	return r4_truth(machine, ((Each *) arg)->code, node) == R4_IS_TRUE;
}

/* Goes on while nodes are in a list of strings. */
static bool
is_in_list(R4Machine *machine, uint32_t node, void *arg)
{
	Each	   *each = arg;
	const R4Node *n = &machine->nodes[node];

	each->count++;
	for (int i = 0; i < each->code[0]; i++)
	{
		const uint8_t *string = each->code + 1 + 3 * i;

		if (n->kind == R4_KIND_STRING && n->len == string[2] &&
			memcmp(n->text, machine->strings + r4_word(string), n->len) == 0)
			return true;
	}
	return false;
}

/* Goes on while nodes are in another stream. */
static bool
is_in_stream(R4Machine *machine, uint32_t node, void *arg)
{
	Each	   *each = arg;
	R4Value		value;

	each->count++;
	return r4_node_value(machine, node, &value) && r4_is_in_stream(machine, &value, each->code, each->focus);
}

/* Membership of all nodes of a stream; empty of an empty one. */
static R4Truth
all_in(R4Machine *machine, const uint8_t *stream, uint32_t focus,
	   R4Visit visit, const uint8_t *where)
{
	Each		each = {where, focus, 0};
	bool		all = r4_each(machine, stream, focus, visit, &each);

	return each.count == 0 ? R4_IS_EMPTY : truth_of(all);
}

/* and, or: the second operand only when the first does not decide. */
static R4Truth
decide(R4Machine *machine, const uint8_t *code, uint32_t focus)
{
	R4Truth		decisive = code[0] == R4_OP_OR ? R4_IS_TRUE : R4_IS_FALSE;
	R4Truth		a = r4_truth(machine, code + 2, focus);
	R4Truth		b;

	if (a == decisive)
		return a;
	b = r4_truth(machine, code + 2 + code[1], focus);
	return b == decisive || a != R4_IS_EMPTY ? b : R4_IS_EMPTY;
}

static R4Truth
exclusive_or(R4Machine *machine, const uint8_t *code, uint32_t focus)
{
	R4Truth		a = r4_truth(machine, code + 2, focus);
	R4Truth		b = r4_truth(machine, code + 2 + code[1], focus);

	return a == R4_IS_EMPTY || b == R4_IS_EMPTY ? R4_IS_EMPTY : truth_of(a != b);
}

/* iif: its condition must be true for the first result. */
static R4Truth
choose(R4Machine *machine, const uint8_t *code, uint32_t focus)
{
	const uint8_t *then = code + 2 + code[1];

	if (r4_truth(machine, code + 2, focus) == R4_IS_TRUE)
		return r4_truth(machine, then + 1, focus);
	return r4_truth(machine, then + 1 + then[0], focus);
}

/* The only node of a stream as a truth. */
static R4Truth
only_boolean(R4Machine *machine, const uint8_t *code, uint32_t focus)
{
	uint32_t	node;

	if (r4_count(machine, code + 1, focus, 2, &node) != 1)
		return R4_IS_EMPTY;
	switch (machine->nodes[node].kind)
	{
		case R4_KIND_TRUE:
			return R4_IS_TRUE;
		case R4_KIND_FALSE:
			return R4_IS_FALSE;
		default:
			return R4_IS_EMPTY;
	}
}

static R4Truth
has_value(R4Machine *machine, const uint8_t *code, uint32_t focus)
{
	uint32_t	node;

	if (r4_count(machine, code + 1, focus, 2, &node) != 1)
		return R4_IS_FALSE;
	return truth_of(machine->nodes[node].kind != R4_KIND_OBJECT &&
					machine->nodes[node].kind != R4_KIND_NULL);
}

static R4Truth
is_of_type(R4Machine *machine, const uint8_t *code, uint32_t focus)
{
	uint32_t	node;

	if (r4_count(machine, code + 3, focus, 2, &node) != 1)
		return R4_IS_FALSE;
	return truth_of(machine->nodes[node].type == r4_word(code + 1));
}

/* The most common comparison: a child with a literal. */
static R4Truth
child_is(R4Machine *machine, const uint8_t *code, uint32_t focus)
{
	R4Value		value;

	if (!r4_child_value(machine, focus, r4_word(code + 1), &value))
		return R4_IS_EMPTY;
	return truth_of(value.kind == R4_VALUE_TEXT && value.len == code[5] &&
					memcmp(value.text, machine->strings + r4_word(code + 3), code[5]) == 0);
}

/* The same with the start of the child; false of none. */
static R4Truth
child_starts(R4Machine *machine, const uint8_t *code, uint32_t focus)
{
	R4Value		value;

	return truth_of(r4_child_value(machine, focus, r4_word(code + 1), &value) &&
					value.kind == R4_VALUE_TEXT && value.len >= code[5] &&
					memcmp(value.text, machine->strings + r4_word(code + 3), code[5]) == 0);
}

/* The comparisons of two values. */
static R4Truth
compare(R4Machine *machine, const uint8_t *code, uint32_t focus)
{
	R4Value		a;
	R4Value		b;

	if (!r4_value(machine, code + 2, focus, &a) ||
		!r4_value(machine, code + 2 + code[1], focus, &b))
		return R4_IS_EMPTY;
	if (code[0] == R4_OP_EQUAL)
		return r4_values_equal(machine, &a, &b);
	return r4_values_ordered(machine, code[0], &a, &b);
}

/* The byte at a place of a text of two pieces. */
static char
text_byte(const R4Value *value, uint32_t i)
{
	return i < value->len ? value->text[i] : value->more[i - value->len];
}

/* Does one text stand in another at this place? */
static bool
text_at(const R4Value *text, uint32_t at, const R4Value *part)
{
	uint32_t	partlen = part->len + part->morelen;

	if (text->len + text->morelen - at < partlen)
		return false;
	for (uint32_t i = 0; i < partlen; i++)
	{
		if (text_byte(text, at + i) != text_byte(part, i))
			return false;
	}
	return true;
}

/* startsWith and contains. */
static R4Truth
search(R4Machine *machine, const uint8_t *code, uint32_t focus)
{
	R4Value		text;
	R4Value		part;
	uint32_t	last = 0;

	if (!r4_value(machine, code + 2, focus, &text) || text.kind != R4_VALUE_TEXT ||
		!r4_value(machine, code + 2 + code[1], focus, &part) || part.kind != R4_VALUE_TEXT)
		return R4_IS_FALSE;
	if (code[0] == R4_OP_HAS_TEXT)
		last = text.len + text.morelen;
	for (uint32_t at = 0; at <= last; at++)
	{
		if (text_at(&text, at, &part))
			return R4_IS_TRUE;
	}
	return R4_IS_FALSE;
}

static R4Truth
matches(R4Machine *machine, const uint8_t *code, uint32_t focus)
{
	R4Value		value;

	return truth_of(r4_value(machine, code + 3, focus, &value) &&
					value.kind == R4_VALUE_TEXT && value.morelen == 0 &&
					r4_matches(machine->patterns + r4_word(code + 1), value.text, value.len));
}

/* Is there a contained resource of this id? */
static R4Truth
is_contained(R4Machine *machine, const uint8_t *code, uint32_t focus)
{
	R4Value		value;

	if (!r4_value(machine, code + 1, focus, &value) || value.kind != R4_VALUE_TEXT)
		return R4_IS_EMPTY;
	return truth_of(r4_contained_node(machine, value.text, value.len) != 0);
}

/* The truth that code stands for, where its paths begin at focus. */
R4Truth
r4_truth(R4Machine *machine, const uint8_t *code, uint32_t focus)
{
	Each		each = {code + 2, focus, 0};

	switch ((R4Operation) code[0])
	{
		case R4_OP_CONSTANT:
			return (R4Truth) code[1];
		case R4_OP_AND:
		case R4_OP_OR:
			return decide(machine, code, focus);
		case R4_OP_XOR:
			return exclusive_or(machine, code, focus);
		case R4_OP_NOT:
			return negate(r4_truth(machine, code + 1, focus));
		case R4_OP_IIF:
			return choose(machine, code, focus);
		case R4_OP_HAS:
			if (!(machine->mask >> (code[1] % 64) & 1))
				return R4_IS_FALSE;
			return truth_of(r4_has_child(machine, focus, r4_word(code + 1)));
		case R4_OP_HAS_BIT:
			return truth_of(machine->mask >> code[1] & 1);
		case R4_OP_HAS_CHILD:
			return truth_of(r4_has_child(machine, focus, r4_word(code + 1)));
		case R4_OP_EXISTS:
			return truth_of(!r4_each(machine, code + 1, focus, stop, NULL));
		case R4_OP_HAS_VALUE:
			return has_value(machine, code, focus);
		case R4_OP_VALUE:
			return only_boolean(machine, code, focus);
		case R4_OP_ALL:
			return truth_of(r4_each(machine, code + 2 + code[1], focus, is_true_of, &each));
		case R4_OP_IS:
			return is_of_type(machine, code, focus);
		case R4_OP_CHILD_IS:
			return child_is(machine, code, focus);
		case R4_OP_CHILD_STARTS:
			return child_starts(machine, code, focus);
		case R4_OP_EQUAL:
		case R4_OP_LESS:
		case R4_OP_LESS_EQUAL:
		case R4_OP_GREATER:
		case R4_OP_GREATER_EQUAL:
			return compare(machine, code, focus);
		case R4_OP_IN_LIST:
			return all_in(machine, code + 2 + 3 * code[1], focus, is_in_list, code + 1);
		case R4_OP_IN:
			return all_in(machine, code + 2, focus, is_in_stream, code + 2 + code[1]);
		case R4_OP_CONTAINED_ID:
			return is_contained(machine, code, focus);
		case R4_OP_STARTS:
		case R4_OP_HAS_TEXT:
			return search(machine, code, focus);
		case R4_OP_MATCHES:
			return matches(machine, code, focus);
		case R4_OP_DISTINCT:
			return r4_all_distinct(machine, code + 2, code + 2 + code[1], focus);
		case R4_OP_CONTAINED:
			return truth_of(machine->resource != machine->root);
		case R4_OP_CONTAINED_USED:
			return r4_contained_used(machine);
		default:
			break;
	}
	return R4_IS_EMPTY;			/* no truth: the generator made none such */
}
