/*
 * invariant.c
 *		R4's invariants on a typed document.
 *
 * plain C: no server headers
 *
 * One walk over the nodes.  A node whose type has invariants gets a mask of
 * the children that it has: a bit for each element, modulo 64.  Most
 * invariants say something about an element that is not there, and the mask
 * answers those.  Only the others are evaluated.
 *
 * An invariant holds when it is true.  Empty counts as false, as in HL7's own
 * validator ("abc" is no number, so it is not above 0), with one exception:
 * two times of different precision, or quantities of different units, that
 * cannot be ordered.  HL7 corrected the invariants that compare them (per-1,
 * rng-2) in R5 so that these hold, and so they do here.
 */
#include "r4/invariant/invariant.h"

#include "r4/invariant/r4_invariant_tables.h"

#define NODES_AT_A_TIME 1024	/* a pause, at least, for so many */

/* Moves on to the resource that a node is in, which is at its start or below. */
static void
enter_resource(R4Machine *machine, uint32_t node)
{
	bool		contained = machine->nodes[node].element == R4_ELEMENT_CONTAINED;

	machine->resource = node;
	if (!contained)
		machine->root = node;
}

/*
 * Moves back to the resource around a node where the last one has ended.  Its
 * containers are few, so nothing has to be remembered on the way in.
 */
static void
leave_resource(R4Machine *machine, uint32_t node)
{
	const R4Node *nodes = machine->nodes;
	uint32_t	around = node;

	do
		around = machine->names[around].parent;
	while (around != 0 &&
		   (nodes[around].kind != R4_KIND_OBJECT ||
			nodes[around].type >= R4_INVARIANT_TYPES ||
			!r4_invariant_lists[r4_type_invariants[nodes[around].type]].resource));
	machine->resource = around;

	/* only one level of contained resources can hold them */
	while (around != 0 && nodes[around].element == R4_ELEMENT_CONTAINED)
	{
		around = machine->names[around].parent;
		if (nodes[around].kind == R4_KIND_ARRAY)
			around = machine->names[around].parent;
	}
	machine->root = around;
}

/* The mask of a node: a bit for each child's element, modulo 64. */
static uint64_t
mask_of(const R4Node *nodes, uint32_t node)
{
	return nodes[node].kind == R4_KIND_OBJECT ? nodes[node].mask : 0;
}

/* What the elements of a node tell of a truth. */
typedef enum Told
{
	TOLD_FALSE,
	TOLD_TRUE,
	NOT_TOLD
} Told;

/* The elements that a node has, and their mask. */
typedef struct Elements
{
	const uint16_t *numbers;
	int			count;
	uint64_t	mask;
} Elements;

/* Is an element among them? */
static bool
has_element(const Elements *elements, uint16_t element)
{
	for (int i = 0; i < elements->count; i++)
		if (elements->numbers[i] == element)
			return true;
	return false;
}

/*
 * Evaluates an invariant knowing which elements of a node are present, and not
 * their values.  NOT_TOLD where that is not enough: a term looks at a value or at
 * another node, or may be empty.
 */
static Told
told(const uint8_t *code, const Elements *elements)
{
	Told		a;
	Told		b;

	switch ((R4Operation) code[0])
	{
		case R4_OP_CONSTANT:
			return code[1] == R4_IS_TRUE ? TOLD_TRUE : code[1] == R4_IS_FALSE ? TOLD_FALSE : NOT_TOLD;
		case R4_OP_AND:
		case R4_OP_OR:
			a = told(code + 2, elements);
			b = told(code + 2 + code[1], elements);
			if (a == b)
				return a;
			if (code[0] == R4_OP_AND)
				return a == TOLD_FALSE || b == TOLD_FALSE ? TOLD_FALSE : NOT_TOLD;
			return a == TOLD_TRUE || b == TOLD_TRUE ? TOLD_TRUE : NOT_TOLD;
		case R4_OP_XOR:
			a = told(code + 2, elements);
			b = told(code + 2 + code[1], elements);
			return a == NOT_TOLD || b == NOT_TOLD ? NOT_TOLD : a != b ? TOLD_TRUE : TOLD_FALSE;
		case R4_OP_NOT:
			a = told(code + 1, elements);
			return a == NOT_TOLD ? NOT_TOLD : a == TOLD_FALSE ? TOLD_TRUE : TOLD_FALSE;
		case R4_OP_HAS:
			return has_element(elements, r4_word(code + 1)) ? TOLD_TRUE : TOLD_FALSE;
		case R4_OP_HAS_BIT:
			return elements->mask >> code[1] & 1 ? TOLD_TRUE : TOLD_FALSE;
		default:
			return NOT_TOLD;
	}
}

/* Does an invariant hold without an element that is not in the mask? */
static inline bool
is_not_needed(const R4InvariantRow *row, uint64_t mask)
{
	return (row->need[0] < 64 && !(mask >> row->need[0] & 1)) ||
		(row->need[1] < 64 && !(mask >> row->need[1] & 1));
}

/* Does an invariant hold at a node, whose mask is the machine's? */
static bool
holds(R4Machine *machine, const R4InvariantRow *row, uint32_t node)
{
	R4Truth		truth;

	if (is_not_needed(row, machine->mask))
		return true;
	machine->context = node;
	machine->undecided = false;
	truth = r4_truth(machine, r4_invariant_code + row->code, node);
	return truth == R4_IS_TRUE || (truth == R4_IS_EMPTY && machine->undecided);
}

/* Reports that an invariant does not hold; returns whether to go on. */
static bool
report_invariant(const R4Machine *machine, const R4InvariantRow *row,
				 uint32_t node, R4Report report, void *arg)
{
	R4Fault		fault;

	fault.severity = row->severity == 0 ? R4_ERROR : R4_WARNING;
	fault.code = R4_ISSUE_INVARIANT;
	fault.node = node;
	fault.name = NULL;
	fault.rule = r4_invariant_strings + row->key;
	fault.text = r4_invariant_strings + row->human;
	return report(arg, machine->document, &fault);
}

/* What check_child needs to know. */
typedef struct ChildCheck
{
	const R4InvariantRow *row;
	R4Report	report;
	void	   *arg;
} ChildCheck;

/* Checks an invariant that an element has, at one of its nodes. */
static bool
check_child(R4Machine *machine, uint32_t node, void *arg)
{
	ChildCheck *check = arg;

	machine->mask = mask_of(machine->nodes, node);
	return holds(machine, check->row, node) ||
		report_invariant(machine, check->row, node, check->report, check->arg);
}

/* Checks all invariants of a node; returns whether to go on. */
static bool
check_node(R4Machine *machine, uint32_t node, int list, R4Severity least, R4Report report, void *arg)
{
	uint64_t	mask = mask_of(machine->nodes, node);

	for (; list != 0; list = r4_invariant_lists[list].next)
	{
		int			end = r4_invariant_lists[list + 1].first;

		for (int i = r4_invariant_lists[list].first; i < end; i++)
		{
			const R4InvariantEntry *entry = &r4_invariant_entries[i];
			const R4InvariantRow *row = &r4_invariant_rows[entry->invariant];

			if (row->severity > least)
				continue;
			machine->mask = mask;
			if (entry->element == R4_NO_ELEMENT)
			{
				if (!holds(machine, row, node) &&
					!report_invariant(machine, row, node, report, arg))
					return false;
			}
			else if (mask >> (entry->element % 64) & 1)
			{
				ChildCheck	check = {row, report, arg};

				if (!r4_each_child(machine, node, entry->element, check_child, &check))
					return false;
			}
		}
	}
	return true;
}

/* What has to be looked at to know whether an invariant holds, beyond the elements. */
static R4Unsettled
unsettled_of(const R4InvariantEntry *entry, const Elements *elements, R4Severity least)
{
	const R4InvariantRow *row = &r4_invariant_rows[entry->invariant];

	if (row->severity > least)
		return R4_SETTLED;
	if (entry->element != R4_NO_ELEMENT ? !has_element(elements, entry->element) :
		is_not_needed(row, elements->mask) || told(r4_invariant_code + row->code, elements) == TOLD_TRUE)
		return R4_SETTLED;
	return row->outside ? R4_UNSETTLED_OUTSIDE : R4_UNSETTLED_INSIDE;
}

/* How much is unsettled by a node's elements; see document.h. */
R4Unsettled
r4_invariants_unsettled(R4Type type, const uint16_t *numbers, int count, R4Severity least, uint64_t *asked)
{
	int			list = type < R4_INVARIANT_TYPES ? r4_type_invariants[type] : 0;
	Elements	elements = {numbers, count, 0};
	R4Unsettled most = R4_SETTLED;

	*asked = 0;
	for (int i = 0; i < count; i++)
		elements.mask |= UINT64_C(1) << (numbers[i] % 64);
	for (; list != 0; list = r4_invariant_lists[list].next)
	{
		int			end = r4_invariant_lists[list + 1].first;

		for (int i = r4_invariant_lists[list].first; i < end; i++)
		{
			const R4InvariantEntry *entry = &r4_invariant_entries[i];
			R4Unsettled unsettled = unsettled_of(entry, &elements, least);

			if (unsettled > most)
				most = unsettled;
			if (unsettled != R4_SETTLED)
				*asked |= entry->element == R4_NO_ELEMENT ? r4_invariant_rows[entry->invariant].mentions :
					UINT64_C(1) << (entry->element % 64);
		}
	}
	return most;
}

/* Checks the invariants of the nodes up to an end; returns whether to go on. */
static bool
check_nodes(R4Machine *machine, const R4Node *node, const R4Node *end, R4Severity least, R4Report report, void *arg)
{
	const R4Node *nodes = machine->nodes;

	for (; node < end; node++)
	{
		uint32_t	i;
		int			list;

		if ((node->flags & (R4_NODE_TYPED | R4_NODE_TWIN | R4_NODE_SETTLED)) != R4_NODE_TYPED ||
			node->kind == R4_KIND_ARRAY || node->type >= R4_INVARIANT_TYPES)
			continue;
		list = r4_type_invariants[node->type];
		if (list == 0)
			continue;
		i = (uint32_t) (node - nodes);
		if (i >= nodes[machine->resource].end)
			leave_resource(machine, i);
		if (r4_invariant_lists[list].resource)
			enter_resource(machine, i);
		if (!check_node(machine, i, list, least, report, arg))
			return false;
	}
	return true;
}

/*
 * Evaluates the invariants of a typed document, up to a severity.  Reports
 * those that do not hold at the node whose invariant it is, a node after what
 * it is in.  Returns false when report wanted no more.
 */
bool
r4_check_invariants(R4Document *document, R4Severity least, R4Report report, void *arg)
{
	R4Machine	machine;
	bool		more = true;

	memset(&machine, 0, offsetof(R4Machine, other));
	machine.document = document;
	machine.nodes = document->nodes;
	machine.names = document->names;
	machine.strings = r4_invariant_strings;
	machine.patterns = r4_invariant_patterns;
	machine.other_code = NULL;
	/* counted many at a time: most are values, which have no invariants */
	for (uint32_t i = 0; more && i < document->count; i += NODES_AT_A_TIME)
	{
		uint32_t	n = document->count - i < NODES_AT_A_TIME ? document->count - i : NODES_AT_A_TIME;

		r4_steps(&machine.steps, n);
		more = check_nodes(&machine, document->nodes + i, document->nodes + i + n, least, report, arg);
	}
	r4_forget_stream(&machine);
	return more;
}

/* The i-th invariant in HL7's order, from 0; false behind the last. */
bool
r4_invariant(int i, R4Invariant *invariant)
{
	const R4InvariantRow *row = &r4_invariant_rows[i];

	if (i < 0 || i >= R4_NUM_INVARIANTS)
		return false;
	invariant->key = r4_invariant_strings + row->key;
	invariant->path = r4_invariant_strings + row->path;
	invariant->human = r4_invariant_strings + row->human;
	invariant->expression = r4_invariant_strings + row->expression;
	invariant->reason = row->reason != 0 ? r4_invariant_strings + row->reason : NULL;
	invariant->severity = row->severity == 0 ? R4_ERROR : R4_WARNING;
	invariant->checked = row->checked;
	invariant->compiled = row->code != 0xFFFF;
	return true;
}
