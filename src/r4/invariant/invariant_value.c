/*
 * invariant_value.c
 *		The machine's values, and what is equal and what comes first.
 *
 * plain C: no server headers
 *
 * Values point into the document or the code.  A concatenation is not made: a
 * text has two pieces, and the invariants need no more.
 */
#include "r4/invariant/invariant.h"

#include <string.h>

#define R4_NUMBERS_ONLY
#include "r4/invariant/r4_invariant_tables.h"

/* Makes a text. */
static bool
set_text(R4Value *value, const char *text, uint32_t len)
{
	value->kind = R4_VALUE_TEXT;
	value->text = text;
	value->len = len;
	value->more = "";
	value->morelen = 0;
	return true;
}

static bool
set_integer(R4Value *value, R4ValueKind kind, int64_t integer)
{
	value->kind = kind;
	value->integer = integer;
	return true;
}

/* The value of a node; false when it is a primitive without one. */
bool
r4_node_value(const R4Machine *machine, uint32_t node, R4Value *value)
{
	const R4Node *n = &machine->nodes[node];

	value->node = node;
	switch ((R4Kind) n->kind)
	{
		case R4_KIND_STRING:
			set_text(value, n->text, n->len);
			switch (r4_primitive(n->type))
			{
				case R4_DATE:
				case R4_DATETIME:
				case R4_INSTANT:
					value->kind = R4_VALUE_TIME;
					break;
				default:
					break;
			}
			return true;
		case R4_KIND_NUMBER:
			set_text(value, n->text, n->len);
			value->kind = R4_VALUE_NUMBER;
			return true;
		case R4_KIND_TRUE:
		case R4_KIND_FALSE:
			return set_integer(value, R4_VALUE_BOOLEAN, n->kind == R4_KIND_TRUE);
		case R4_KIND_OBJECT:
			value->kind = R4_VALUE_NODE;
			return !(n->flags & R4_NODE_TWIN);
		default:
			return false;
	}
}

/* Keeps the only node of a stream. */
typedef struct Only
{
	uint32_t	count;
	uint32_t	node;
} Only;

static bool
keep_only(R4Machine *machine, uint32_t node, void *arg)
{
	Only	   *only = arg;

	(void) machine;
	only->node = node;
	return ++only->count < 2;
}

/* The value of the only child of an element; false when there is none. */
bool
r4_child_value(R4Machine *machine, uint32_t node, uint16_t element, R4Value *value)
{
	Only		only = {0, 0};

	r4_each_child(machine, node, element, keep_only, &only);
	return only.count == 1 && r4_node_value(machine, only.node, value);
}

/* Takes an integer out of a text: a sign and digits within 32 bits. */
static bool
to_integer(R4Value *value)
{
	const char *text = value->text;
	uint32_t	i = 0;
	int64_t		integer = 0;
	bool		negative;

	if (value->kind == R4_VALUE_INTEGER)
		return true;
	if ((value->kind != R4_VALUE_TEXT && value->kind != R4_VALUE_NUMBER) ||
		value->morelen > 0 || value->len == 0)
		return false;
	negative = text[0] == '-';
	if (negative || text[0] == '+')
		i++;
	if (i == value->len)
		return false;
	for (; i < value->len; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
		integer = 10 * integer + (text[i] - '0');
		if (integer > INT32_MAX)
			return false;
	}
	return set_integer(value, R4_VALUE_INTEGER, negative ? -integer : integer);
}

/* A value made of one other: the operations that change it. */
static bool
change(R4Machine *machine, const uint8_t *code, uint32_t focus, R4Value *value)
{
	const char *dot;

	if (!r4_value(machine, code + 1, focus, value))
		return false;
	if (code[0] == R4_OP_TO_INTEGER)
		return to_integer(value);
	if (code[0] == R4_OP_TO_STRING && value->kind == R4_VALUE_NUMBER)
		value->kind = R4_VALUE_TEXT;
	if (value->kind != R4_VALUE_TEXT)
		return false;
	if (code[0] == R4_OP_BEFORE_DOT)
	{
		dot = memchr(value->text, '.', value->len);
		if (dot != NULL)
			value->len = dot - value->text;
	}
	else if (code[0] == R4_OP_BEHIND_FIRST)
	{
		if (value->len < 2)
			return false;
		do
		{
			value->text++;
			value->len--;
		} while (value->len > 0 && (value->text[0] & 0xC0) == 0x80);
	}
	return true;
}

/* A value made of two others: a sum of integers, or two texts joined. */
static bool
join(R4Machine *machine, const uint8_t *code, uint32_t focus, R4Value *value)
{
	R4Value		second;
	bool		has_first = r4_value(machine, code + 2, focus, value);
	bool		has_second = r4_value(machine, code + 2 + code[1], focus, &second);

	if (code[0] == R4_OP_ADD)
	{
		if (!has_first || !has_second || value->kind != R4_VALUE_INTEGER ||
			second.kind != R4_VALUE_INTEGER)
			return false;
		value->integer += second.integer;
		return true;
	}
	if (!has_first || value->kind != R4_VALUE_TEXT)
		set_text(value, "", 0);
	if (has_second && second.kind == R4_VALUE_TEXT)
	{
		value->more = second.text;
		value->morelen = second.len;
	}
	return true;
}

/*
 * The value that code stands for, where its paths begin at focus; false when
 * it is empty.
 */
bool
r4_value(R4Machine *machine, const uint8_t *code, uint32_t focus, R4Value *value)
{
	uint32_t	node;

	switch ((R4Operation) code[0])
	{
		case R4_OP_NODE:
			return r4_count(machine, code + 1, focus, 2, &node) == 1 &&
				r4_node_value(machine, node, value);
		case R4_OP_CHILD_VALUE:
			return r4_child_value(machine, focus, r4_word(code + 1), value);
		case R4_OP_STRING:
			return set_text(value, machine->strings + r4_word(code + 1), code[3]);
		case R4_OP_INTEGER:
			return set_integer(value, R4_VALUE_INTEGER, code[1]);
		case R4_OP_BOOLEAN:
			return set_integer(value, R4_VALUE_BOOLEAN, code[1]);
		case R4_OP_COUNT:
			return set_integer(value, R4_VALUE_INTEGER,
							   r4_count(machine, code + 1, focus, UINT32_MAX, &node));
		case R4_OP_ADD:
		case R4_OP_CONCAT:
			return join(machine, code, focus, value);
		case R4_OP_BEHIND_FIRST:
		case R4_OP_BEFORE_DOT:
		case R4_OP_TO_INTEGER:
		case R4_OP_TO_STRING:
			return change(machine, code, focus, value);
		default:
			return false;
	}
}

/* The bytes of a text of two pieces, one by one. */
static bool
same_text(const R4Value *a, const R4Value *b)
{
	if (a->len == b->len && a->morelen == b->morelen)
		return memcmp(a->text, b->text, a->len) == 0 &&
			memcmp(a->more, b->more, a->morelen) == 0;
	if (a->len + a->morelen != b->len + b->morelen)
		return false;
	for (uint32_t i = 0; i < a->len + a->morelen; i++)
	{
		char		x = i < a->len ? a->text[i] : a->more[i - a->len];
		char		y = i < b->len ? b->text[i] : b->more[i - b->len];

		if (x != y)
			return false;
	}
	return true;
}

/* Are two nodes equal, with all that is in them? */
static bool
same_node(const R4Document *document, uint32_t a, uint32_t b)
{
	const R4Node *nodes = document->nodes;
	uint32_t	j = r4_first(b);

	if (nodes[a].kind != nodes[b].kind || nodes[a].type != nodes[b].type)
		return false;
	switch ((R4Kind) nodes[a].kind)
	{
		case R4_KIND_STRING:
			return nodes[a].len == nodes[b].len &&
				memcmp(nodes[a].text, nodes[b].text, nodes[a].len) == 0;
		case R4_KIND_NUMBER:
			return r4_compare_decimals(nodes[a].text, nodes[a].len,
									   nodes[b].text, nodes[b].len) == 0;
		case R4_KIND_OBJECT:
		case R4_KIND_ARRAY:
			if (nodes[a].len != nodes[b].len)
				return false;
			for (uint32_t i = r4_first(a); i < nodes[a].end; i = nodes[i].end)
			{
				if (nodes[a].kind == R4_KIND_OBJECT)
					j = r4_member(document, b, document->names[i].key, document->names[i].keylen);
				if (j == 0 || !same_node(document, i, j))
					return false;
				j = nodes[j].end;
			}
			return true;
		default:
			return true;
	}
}

/* The digits of an integer that is not negative, at the end of buffer. */
static const char *
digits_of(int64_t integer, char *buffer, int size, uint32_t *len)
{
	int			at = size;
	bool		negative = integer < 0;

	if (negative)
		integer = -integer;
	do
		buffer[--at] = '0' + integer % 10;
	while ((integer /= 10) > 0);
	if (negative)
		buffer[--at] = '-';
	*len = size - at;
	return buffer + at;
}

/* Orders two numbers, of which each is of either kind. */
static int
compare_numbers(const R4Value *a, const R4Value *b)
{
	char		abuffer[24];
	char		bbuffer[24];
	uint32_t	alen = a->len;
	uint32_t	blen = b->len;
	const char *atext = a->text;
	const char *btext = b->text;

	if (a->kind == R4_VALUE_INTEGER && b->kind == R4_VALUE_INTEGER)
		return (a->integer > b->integer) - (a->integer < b->integer);
	if (a->kind == R4_VALUE_INTEGER)
		atext = digits_of(a->integer, abuffer, sizeof(abuffer), &alen);
	if (b->kind == R4_VALUE_INTEGER)
		btext = digits_of(b->integer, bbuffer, sizeof(bbuffer), &blen);
	return r4_compare_decimals(atext, alen, btext, blen);
}

static bool
is_number(const R4Value *value)
{
	return value->kind == R4_VALUE_NUMBER || value->kind == R4_VALUE_INTEGER;
}

/* Are two values equal?  Those of different kinds are not. */
R4Truth
r4_values_equal(R4Machine *machine, const R4Value *a, const R4Value *b)
{
	bool		equal = false;
	int			order;

	if (is_number(a) && is_number(b))
		equal = compare_numbers(a, b) == 0;
	else if (a->kind == R4_VALUE_TIME && b->kind == R4_VALUE_TIME)
	{
		if (!r4_compare_times(a->text, a->len, b->text, b->len, &order))
			return R4_IS_EMPTY;
		equal = order == 0;
	}
	else if (a->kind == R4_VALUE_NODE && b->kind == R4_VALUE_NODE)
		equal = same_node(machine->document, a->node, b->node);
	else if (a->kind != b->kind)
		equal = false;
	else if (a->kind == R4_VALUE_TEXT)
		equal = same_text(a, b);
	else
		equal = a->integer == b->integer;
	return equal ? R4_IS_TRUE : R4_IS_FALSE;
}

/* Do two quantities agree in a child? */
static bool
same_child(R4Machine *machine, uint32_t a, uint32_t b, uint16_t element)
{
	R4Value		x;
	R4Value		y;
	bool		has_x = r4_child_value(machine, a, element, &x);
	bool		has_y = r4_child_value(machine, b, element, &y);

	return has_x == has_y &&
		(!has_x || r4_values_equal(machine, &x, &y) == R4_IS_TRUE);
}

/*
 * Orders two quantities.  Their units must be the same: the same code of one
 * system or, where there is none, the same text.
 */
static bool
compare_quantities(R4Machine *machine, const R4Value *a, const R4Value *b, int *order)
{
	R4Value		x;
	R4Value		y;

	if (!r4_child_value(machine, a->node, R4_ELEMENT_QUANTITY_VALUE, &x) ||
		!r4_child_value(machine, b->node, R4_ELEMENT_QUANTITY_VALUE, &y) ||
		!is_number(&x) || !is_number(&y) ||
		!same_child(machine, a->node, b->node, R4_ELEMENT_QUANTITY_SYSTEM) ||
		!same_child(machine, a->node, b->node, R4_ELEMENT_QUANTITY_CODE))
		return false;
	if (!r4_has_child(machine, a->node, R4_ELEMENT_QUANTITY_CODE) &&
		!same_child(machine, a->node, b->node, R4_ELEMENT_QUANTITY_UNIT))
		return false;
	*order = compare_numbers(&x, &y);
	return true;
}

/*
 * Do two values stand in an order?  Times and quantities whose order cannot be
 * told give empty, and the machine keeps that this was the reason.
 */
R4Truth
r4_values_ordered(R4Machine *machine, R4Operation operation, const R4Value *a, const R4Value *b)
{
	int			order;
	bool		holds;

	if (is_number(a) && is_number(b))
		order = compare_numbers(a, b);
	else if (a->kind == R4_VALUE_TIME && b->kind == R4_VALUE_TIME)
	{
		if (!r4_compare_times(a->text, a->len, b->text, b->len, &order))
		{
			machine->undecided = true;
			return R4_IS_EMPTY;
		}
	}
	else if (a->kind == R4_VALUE_NODE && b->kind == R4_VALUE_NODE)
	{
		if (!compare_quantities(machine, a, b, &order))
		{
			machine->undecided = true;
			return R4_IS_EMPTY;
		}
	}
	else
		return R4_IS_EMPTY;

	switch (operation)
	{
		case R4_OP_LESS:
			holds = order < 0;
			break;
		case R4_OP_LESS_EQUAL:
			holds = order <= 0;
			break;
		case R4_OP_GREATER:
			holds = order > 0;
			break;
		default:
			holds = order >= 0;
			break;
	}
	return holds ? R4_IS_TRUE : R4_IS_FALSE;
}
