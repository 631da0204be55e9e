/*
 * invariant.h
 *		The machine that evaluates R4's invariants, and the list of them.
 *
 * plain C: no server headers
 *
 * generate_invariants.py turns each FHIRPath expression into a few bytes of
 * code: a term in prefix form, whose operands follow it.  There are terms of
 * three kinds: a truth is true, false or empty; a stream gives nodes one after
 * the other to a visitor; a value is a single string, number, boolean, time or
 * node, or empty.  No collection is ever stored, so there is no memory to run
 * out of, and what is not asked for is not computed.
 *
 * Numbers of elements, types and offsets take two bytes, low byte first.
 * Where a term has two operands, the length of the first precedes it.
 */
#ifndef FHIR_BRIDGE_R4_INVARIANT_H
#define FHIR_BRIDGE_R4_INVARIANT_H

#include <stddef.h>

#include "r4/lookup/document.h"
#include "r4/lookup/siphash.h"
#include "r4/lookup/slots.h"

/* Read by the generator: one name a line, the numbers are the places. */
typedef enum R4Operation
{
	/* truths */
	R4_OP_CONSTANT,				/* truth: of this value, R4Truth */
	R4_OP_AND,					/* length, truth, truth */
	R4_OP_OR,					/* length, truth, truth */
	R4_OP_XOR,					/* length, truth, truth */
	R4_OP_NOT,					/* truth */
	R4_OP_IIF,					/* length, truth, length, truth, truth */
	R4_OP_HAS,					/* element: has the invariant's own node it? */
	R4_OP_HAS_BIT,				/* bit: the same, where R4Machine.mask tells */
	R4_OP_HAS_CHILD,			/* element: has the focus it? */
	R4_OP_EXISTS,				/* stream */
	R4_OP_HAS_VALUE,			/* stream: one node, a primitive with a value */
	R4_OP_VALUE,				/* stream: one boolean */
	R4_OP_ALL,					/* length, truth of each, stream */
	R4_OP_IS,					/* type, stream: one node of this type */
	R4_OP_CHILD_IS,				/* element, string: equal to the focus's child */
	R4_OP_CHILD_STARTS,			/* element, string: the start of the focus's child */
	R4_OP_EQUAL,				/* length, value, value; the next ones too */
	R4_OP_LESS,
	R4_OP_LESS_EQUAL,
	R4_OP_GREATER,
	R4_OP_GREATER_EQUAL,
	R4_OP_IN_LIST,				/* count, strings, stream: all in the list */
	R4_OP_IN,					/* length, stream, stream: all in the other */
	R4_OP_CONTAINED_ID,			/* value: id of a contained resource */
	R4_OP_STARTS,				/* length, value, value */
	R4_OP_HAS_TEXT,				/* length, value, value */
	R4_OP_MATCHES,				/* offset of a pattern, value */
	R4_OP_DISTINCT,				/* length, value of each, stream */
	R4_OP_CONTAINED,			/* is the invariant's own node contained? */
	R4_OP_CONTAINED_USED,		/* dom-3 */

	/* streams */
	R4_OP_THIS,
	R4_OP_CONTEXT,				/* the invariant's own node */
	R4_OP_RESOURCE,
	R4_OP_ROOT,
	R4_OP_PATH,					/* one of the four, count, elements */
	R4_OP_STEP,					/* element, stream: its children */
	R4_OP_CHILD_NAMED,			/* string, stream: children by their key */
	R4_OP_CHILDREN,				/* stream */
	R4_OP_DESCENDANTS,			/* stream */
	R4_OP_WHERE,				/* length, truth, stream */
	R4_OP_KNOWN,				/* length, truth, stream: truth is not empty */
	R4_OP_FIRST,				/* stream */
	R4_OP_TAIL,					/* stream: all but the first */
	R4_OP_OF_TYPE,				/* type, stream */
	R4_OP_UNION,				/* length, stream, stream: one, then the other */
	R4_OP_INTERSECT,			/* length, stream, stream */
	R4_OP_RESOLVE,				/* stream: contained resources referred to */

	/* values */
	R4_OP_NODE,					/* stream: its only node */
	R4_OP_CHILD_VALUE,			/* element: the focus's only such child */
	R4_OP_STRING,				/* string */
	R4_OP_INTEGER,				/* byte */
	R4_OP_BOOLEAN,				/* byte */
	R4_OP_COUNT,				/* stream */
	R4_OP_ADD,					/* length, value, value */
	R4_OP_CONCAT,				/* length, value, value: empty is "" */
	R4_OP_BEHIND_FIRST,			/* value: substring(1) */
	R4_OP_BEFORE_DOT,			/* value: up to its first "." */
	R4_OP_TO_INTEGER,			/* value */
	R4_OP_TO_STRING				/* value */
} R4Operation;

typedef enum R4Truth
{
	R4_IS_FALSE,
	R4_IS_TRUE,
	R4_IS_EMPTY
} R4Truth;

typedef enum R4ValueKind
{
	R4_VALUE_TEXT,				/* text, and more behind it */
	R4_VALUE_NUMBER,			/* text: the digits */
	R4_VALUE_INTEGER,
	R4_VALUE_BOOLEAN,			/* integer: 0 or 1 */
	R4_VALUE_TIME,				/* text of a date, dateTime or instant */
	R4_VALUE_NODE				/* an object */
} R4ValueKind;

typedef struct R4Value
{
	R4ValueKind kind;
	const char *text;			/* not terminated */
	const char *more;			/* what a concatenation adds to text */
	uint32_t	len;
	uint32_t	morelen;
	int64_t		integer;
	uint32_t	node;			/* where the value is in the document */
} R4Value;

/* What an evaluation knows. */
typedef struct R4Machine
{
	R4Document *document;
	const R4Node *nodes;
	const R4Name *names;
	const char *strings;		/* where strings in the code begin */
	const uint8_t *patterns;	/* where patterns begin */
	uint32_t	context;		/* the invariant's own node */
	uint32_t	resource;		/* the resource that it is in */
	uint32_t	root;			/* the one that this is contained in, or itself */
	uint64_t	mask;			/* of context: a bit for each child's element,
								 * modulo 64 */
	bool		undecided;		/* times or quantities that R4 cannot order
								 * were compared */
	uint32_t	steps;			/* see r4_step */
	const uint8_t *other_code;	/* a stream, or NULL, */
	uint32_t	other_focus;	/* from here on, */
	uint32_t	other_context;	/* in an invariant of this node: */
	uint32_t   *others;			/* its nodes that have a value, in their order, */
	uint32_t	others_count;
	uint32_t	others_room;
	uint32_t	others_next;	/* behind the one that was found last */
	bool		others_hashed;	/* are they in the table? */
	R4Slots		other;			/* places in others and 1, by their values */
} R4Machine;

/* Takes a node of a stream; returns whether to go on. */
typedef bool (*R4Visit) (R4Machine *machine, uint32_t node, void *arg);

/* Two bytes of code. */
static inline uint16_t
r4_word(const uint8_t *code)
{
	return (uint16_t) (code[0] | code[1] << 8);
}

/* in invariant_truth.c */
extern R4Truth r4_truth(R4Machine *machine, const uint8_t *code, uint32_t focus);

/* in invariant_stream.c; false when the visitor stopped */
extern bool r4_each(R4Machine *machine, const uint8_t *code, uint32_t focus,
					R4Visit visit, void *arg);
extern bool r4_each_child(R4Machine *machine, uint32_t node, uint16_t element,
						  R4Visit visit, void *arg);
extern bool r4_has_child(const R4Machine *machine, uint32_t node, uint16_t element);
extern uint32_t r4_start_of(const R4Machine *machine, uint8_t operation, uint32_t focus);
extern uint32_t r4_count(R4Machine *machine, const uint8_t *code, uint32_t focus,
						 uint32_t limit, uint32_t *first);

/* in invariant_value.c; false: empty */
extern bool r4_value(R4Machine *machine, const uint8_t *code, uint32_t focus,
					 R4Value *value);
extern bool r4_node_value(const R4Machine *machine, uint32_t node, R4Value *value);
extern bool r4_child_value(R4Machine *machine, uint32_t node, uint16_t element,
						   R4Value *value);
extern R4Truth r4_values_equal(R4Machine *machine, const R4Value *a, const R4Value *b);
extern R4Truth r4_values_ordered(R4Machine *machine, R4Operation operation,
								 const R4Value *a, const R4Value *b);

/* in invariant_set.c */
extern R4Truth r4_all_distinct(R4Machine *machine, const uint8_t *value,
							   const uint8_t *stream, uint32_t focus);
extern bool r4_is_in_stream(R4Machine *machine, const R4Value *value,
							const uint8_t *stream, uint32_t focus);
extern void r4_forget_stream(R4Machine *machine);
extern uint32_t r4_contained_node(R4Machine *machine, const char *id, uint32_t len);
extern R4Truth r4_contained_used(R4Machine *machine);

/* in compare.c: negative, 0, positive; times: false when not to be told */
extern void r4_hash_decimal(R4Hash *hash, const char *text, uint32_t len);
extern int	r4_compare_decimals(const char *a, uint32_t alen,
								const char *b, uint32_t blen);
extern bool r4_compare_times(const char *a, uint32_t alen,
							 const char *b, uint32_t blen, int *order);

/* in matcher.c */
extern bool r4_matches(const uint8_t *pattern, const char *text, uint32_t len);

/* An invariant, as users are told of it. */
typedef struct R4Invariant
{
	const char *key;
	const char *path;			/* where constraints.tsv defines it */
	const char *human;
	const char *expression;
	const char *reason;			/* why it is not checked, or what to know of
								 * how it is; may be NULL */
	bool		checked;
	bool		compiled;		/* by the machine, not in another check */
	R4Severity	severity;
} R4Invariant;

/* in invariant.c: the i-th invariant in HL7's order, from 0; false behind the last */
extern bool r4_invariant(int i, R4Invariant *invariant);

#endif							/* FHIR_BRIDGE_R4_INVARIANT_H */
