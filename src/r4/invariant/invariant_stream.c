/*
 * invariant_stream.c
 *		The machine's streams: nodes, one after the other, to a visitor.
 *
 * plain C: no server headers
 *
 * An element that repeats is an array in JSON: its members are the stream's
 * nodes.  A primitive that has no value but an extension is the node of its
 * twin ("_birthDate"); otherwise twins are passed over.
 */
#include "r4/invariant/invariant.h"

#include <string.h>

#define R4_NUMBERS_ONLY
#include "r4/invariant/r4_invariant_tables.h"

/* Gives a child, or the members of an array, to a visitor. */
static bool
visit_items(R4Machine *machine, uint32_t child, R4Visit visit, void *arg)
{
	const R4Node *nodes = machine->nodes;

	if (nodes[child].kind != R4_KIND_ARRAY)
		return visit(machine, child, arg);
	for (uint32_t i = r4_first(child); i < nodes[child].end; i = nodes[i].end)
	{
		r4_step(&machine->steps);
		/* nulls only fill the places of a twin's members */
		if (nodes[child].flags & R4_NODE_TWIN && nodes[i].kind == R4_KIND_NULL)
			continue;
		if (!visit(machine, i, arg))
			return false;
	}
	return true;
}

/*
 * May an element stand below a node?  Most that are asked for do not, and the
 * object's own node tells so: its members, in memory beside it, are not read.
 */
static inline bool
may_have(const R4Node *node, uint16_t element)
{
	return node->kind == R4_KIND_OBJECT && node->mask >> (element % 64) & 1;
}

/* Gives the nodes of an element below a node; false when the visitor stopped. */
bool
r4_each_child(R4Machine *machine, uint32_t node, uint16_t element, R4Visit visit, void *arg)
{
	const R4Node *nodes = machine->nodes;
	uint32_t	twin = 0;

	if (!may_have(&nodes[node], element))
		return true;
	for (uint32_t i = r4_first(node); i < nodes[node].end; i = nodes[i].end)
	{
		if (nodes[i].element != element)
			continue;
		if (!(nodes[i].flags & R4_NODE_TWIN))
			return visit_items(machine, i, visit, arg);
		twin = i;
	}
	return twin == 0 || visit_items(machine, twin, visit, arg);
}

/* Is there any node of an element below a node? */
bool
r4_has_child(const R4Machine *machine, uint32_t node, uint16_t element)
{
	const R4Node *nodes = machine->nodes;

	if (!may_have(&nodes[node], element))
		return false;
	for (uint32_t i = r4_first(node); i < nodes[node].end; i = nodes[i].end)
	{
		if (nodes[i].element == element)
			return true;
	}
	return false;
}

/* A stream that is made of another, and who takes it. */
typedef struct Pipe
{
	const uint8_t *code;		/* of the operation */
	uint32_t	focus;
	R4Visit		visit;
	void	   *arg;
	int			rest;			/* elements of a path that follow */
	uint32_t	count;
} Pipe;

/* Goes down a path: code is at the next of its elements. */
static bool
visit_path(R4Machine *machine, uint32_t node, void *arg)
{
	Pipe	   *pipe = arg;
	Pipe		next = *pipe;

	if (pipe->rest == 0)
		return pipe->visit(machine, node, pipe->arg);
	next.code += 2;
	next.rest--;
	return r4_each_child(machine, node, r4_word(pipe->code), visit_path, &next);
}

static bool
visit_step(R4Machine *machine, uint32_t node, void *arg)
{
	Pipe	   *pipe = arg;

	return r4_each_child(machine, node, r4_word(pipe->code + 1), pipe->visit, pipe->arg);
}

/* Gives the children whose key is the string of the code. */
static bool
visit_named(R4Machine *machine, uint32_t node, void *arg)
{
	Pipe	   *pipe = arg;
	const R4Node *nodes = machine->nodes;
	const char *name = machine->strings + r4_word(pipe->code + 1);
	uint16_t	len = pipe->code[3];

	if (nodes[node].kind != R4_KIND_OBJECT)
		return true;
	for (uint32_t i = r4_first(node); i < nodes[node].end; i = nodes[i].end)
	{
		if (r4_has_name(machine->names, i, name, len))
			return visit_items(machine, i, pipe->visit, pipe->arg);
	}
	return true;
}

/* Gives all children. */
static bool
visit_children(R4Machine *machine, uint32_t node, void *arg)
{
	Pipe	   *pipe = arg;
	const R4Node *nodes = machine->nodes;

	if (nodes[node].kind != R4_KIND_OBJECT)
		return true;
	for (uint32_t i = r4_first(node); i < nodes[node].end; i = nodes[i].end)
	{
		if (nodes[i].flags & R4_NODE_TYPED && !(nodes[i].flags & R4_NODE_TWIN) &&
			!visit_items(machine, i, pipe->visit, pipe->arg))
			return false;
	}
	return true;
}

/* Gives all that is in a node: the nodes up to its end. */
static bool
visit_descendants(R4Machine *machine, uint32_t node, void *arg)
{
	Pipe	   *pipe = arg;

	for (uint32_t i = r4_first(node); i < machine->nodes[node].end; i++)
	{
		r4_step(&machine->steps);
		if (machine->nodes[i].kind != R4_KIND_ARRAY && !pipe->visit(machine, i, pipe->arg))
			return false;
	}
	return true;
}

static bool
visit_where(R4Machine *machine, uint32_t node, void *arg)
{
	Pipe	   *pipe = arg;
	R4Truth		truth = r4_truth(machine, pipe->code + 2, node);

	if (pipe->code[0] == R4_OP_WHERE ? truth != R4_IS_TRUE : truth == R4_IS_EMPTY)
		return true;
	return pipe->visit(machine, node, pipe->arg);
}

/* Gives the first node, and keeps that it was enough. */
static bool
visit_first(R4Machine *machine, uint32_t node, void *arg)
{
	Pipe	   *pipe = arg;

	pipe->count = pipe->visit(machine, node, pipe->arg);
	return false;
}

static bool
visit_tail(R4Machine *machine, uint32_t node, void *arg)
{
	Pipe	   *pipe = arg;

	return pipe->count++ == 0 || pipe->visit(machine, node, pipe->arg);
}

static bool
visit_of_type(R4Machine *machine, uint32_t node, void *arg)
{
	Pipe	   *pipe = arg;

	return machine->nodes[node].type != r4_word(pipe->code + 1) ||
		pipe->visit(machine, node, pipe->arg);
}

/* Gives the nodes that are in the other stream, too. */
static bool
visit_intersect(R4Machine *machine, uint32_t node, void *arg)
{
	Pipe	   *pipe = arg;
	R4Value		value;

	return !r4_node_value(machine, node, &value) ||
		!r4_is_in_stream(machine, &value, pipe->code + 2 + pipe->code[1], pipe->focus) ||
		pipe->visit(machine, node, pipe->arg);
}

/* Gives the contained resource that a Reference leads to. */
static bool
visit_resolve(R4Machine *machine, uint32_t node, void *arg)
{
	Pipe	   *pipe = arg;
	R4Value		value;
	uint32_t	found;

	if (!r4_child_value(machine, node, R4_ELEMENT_REFERENCE, &value) ||
		value.kind != R4_VALUE_TEXT || value.len < 2 || value.text[0] != '#')
		return true;
	found = r4_contained_node(machine, value.text + 1, value.len - 1);
	return found == 0 || pipe->visit(machine, found, pipe->arg);
}

/* The node that a path starts at. */
uint32_t
r4_start_of(const R4Machine *machine, uint8_t operation, uint32_t focus)
{
	switch ((R4Operation) operation)
	{
		case R4_OP_CONTEXT:
			return machine->context;
		case R4_OP_RESOURCE:
			return machine->resource;
		case R4_OP_ROOT:
			return machine->root;
		default:
			return focus;
	}
}

/*
 * Gives the nodes of the stream that code stands for, where its paths begin at
 * focus.  Returns false when the visitor stopped.
 */
bool
r4_each(R4Machine *machine, const uint8_t *code, uint32_t focus, R4Visit visit, void *arg)
{
	Pipe		pipe = {.code = code, .focus = focus, .visit = visit, .arg = arg};

	switch ((R4Operation) code[0])
	{
		case R4_OP_PATH:
			pipe.code = code + 3;
			pipe.rest = code[2];
			return visit_path(machine, r4_start_of(machine, code[1], focus), &pipe);
		case R4_OP_STEP:
			return r4_each(machine, code + 3, focus, visit_step, &pipe);
		case R4_OP_CHILD_NAMED:
			return r4_each(machine, code + 4, focus, visit_named, &pipe);
		case R4_OP_CHILDREN:
			return r4_each(machine, code + 1, focus, visit_children, &pipe);
		case R4_OP_DESCENDANTS:
			return r4_each(machine, code + 1, focus, visit_descendants, &pipe);
		case R4_OP_WHERE:
		case R4_OP_KNOWN:
			return r4_each(machine, code + 2 + code[1], focus, visit_where, &pipe);
		case R4_OP_FIRST:
			pipe.count = true;
			r4_each(machine, code + 1, focus, visit_first, &pipe);
			return pipe.count;
		case R4_OP_TAIL:
			return r4_each(machine, code + 1, focus, visit_tail, &pipe);
		case R4_OP_OF_TYPE:
			return r4_each(machine, code + 3, focus, visit_of_type, &pipe);
		case R4_OP_UNION:
			return r4_each(machine, code + 2, focus, visit, arg) &&
				r4_each(machine, code + 2 + code[1], focus, visit, arg);
		case R4_OP_INTERSECT:
			return r4_each(machine, code + 2, focus, visit_intersect, &pipe);
		case R4_OP_RESOLVE:
			return r4_each(machine, code + 1, focus, visit_resolve, &pipe);
		default:
			return visit(machine, r4_start_of(machine, code[0], focus), arg);
	}
}

/* What count_node keeps. */
typedef struct Counter
{
	uint32_t	limit;
	uint32_t	count;
	uint32_t	first;
} Counter;

static bool
count_node(R4Machine *machine, uint32_t node, void *arg)
{
	Counter    *counter = arg;

	(void) machine;
	if (counter->count == 0)
		counter->first = node;
	return ++counter->count < counter->limit;
}

/* How many nodes a stream has, up to a limit; the first of them in *first. */
uint32_t
r4_count(R4Machine *machine, const uint8_t *code, uint32_t focus,
		 uint32_t limit, uint32_t *first)
{
	Counter		counter = {limit, 0, 0};

	r4_each(machine, code, focus, count_node, &counter);
	*first = counter.first;
	return counter.count;
}
