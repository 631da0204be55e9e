/*
 * document.h
 *		A JSON document as an array of nodes, as the checks see it.
 *
 * plain C: no server headers
 *
 * A reader (of jsonb, of JSON text) writes the nodes in the document's order:
 * a container stands before what is in it, and its end tells where the next
 * one begins.  The check then types the nodes beside the R4 tables, and the
 * invariants find their way in the typed nodes.  Arrays and no pointers
 * between nodes: a document costs few allocations, and a walk over it is a walk
 * over memory.  The names of nodes stand in an array beside them: once it has
 * been typed, a node is hardly ever asked for its name, and a walk over nodes
 * alone goes through half the memory.
 *
 * Words: a *node* is one JSON value; its *element* and *type* are what R4
 * calls it.  The members of an array that an element repeats in carry the same
 * element as the array.  A *twin* is the node of "_birthDate" and its like:
 * element and type are the primitive's.
 *
 * Strings are in the server's encoding, unescaped; numbers are their digits.
 * Both point into the reader's memory or the source and live as long as it.
 */
#ifndef FHIR_BRIDGE_R4_DOCUMENT_H
#define FHIR_BRIDGE_R4_DOCUMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "r4/lookup/r4.h"

typedef enum R4Kind
{
	R4_KIND_OBJECT,
	R4_KIND_ARRAY,
	R4_KIND_STRING,
	R4_KIND_NUMBER,
	R4_KIND_TRUE,
	R4_KIND_FALSE,
	R4_KIND_NULL
} R4Kind;

/* Flags of a node, set by the check, or by a reader that checks. */
#define R4_NODE_TYPED	0x01	/* element and type are known */
#define R4_NODE_TWIN	0x02	/* the value of "_x", or a member of its array */
#define R4_NODE_CHOICE	0x04	/* stands under the name of an alternative */
#define R4_NODE_SETTLED 0x08	/* the invariants of its type hold: by the names
								 * of its members alone, or it has none */
#define R4_NODE_REFERRED 0x10	/* a contained resource that dom-3 has found a
								 * reference to */

typedef struct R4Node
{
	union
	{
		const char *text;		/* by the reader: a string's bytes, a number's
								 * digits, not terminated */
		uint64_t	mask;		/* of an object, by the check: a bit for each of
								 * its elements, modulo 64; 0 before */
	};
	uint32_t	len;			/* by the reader: bytes of text; of a container
								 * how many members it has */
	uint32_t	end;			/* by the reader: number of the node behind it
								 * and all that is in it */
	R4Type		type;			/* by the check: R4_NO_TYPE where unknown; of a
								 * resource the one in its resourceType */
	uint16_t	element;		/* by the check: number of the element, see
								 * R4Child; R4_NO_ELEMENT where unknown */
	uint8_t		kind;			/* by the reader: R4Kind */
	uint8_t		flags;			/* R4_NODE_* */
} R4Node;

/* Where a node stands; by the reader. */
typedef struct R4Name
{
	const char *key;			/* its name in an object, not terminated; NULL in
								 * an array */
	uint32_t	parent;			/* number of its container; its own at the root,
								 * number 0 */
	uint16_t	keylen;			/* longer keys are cut, no element is that long */
} R4Name;

#define R4_NO_ELEMENT 0xFFFF

typedef struct R4Contained R4Contained;

typedef struct R4Document
{
	R4Node	   *nodes;			/* nodes[0] is the root */
	R4Name	   *names;			/* of the nodes */
	uint32_t	count;
	R4Contained *contained;		/* by r4_find_contained; NULL at first */
	bool		any_bytes;		/* by the reader: strings may be in no encoding */
	bool		checked;		/* by the reader: the nodes are typed, and their
								 * structure is without fault */
} R4Document;

/* The first node in a container, or its end when there is none. */
static inline uint32_t
r4_first(uint32_t node)
{
	return node + 1;
}

/* The node behind one in the same container; compare it with the container's end. */
static inline uint32_t
r4_next(const R4Document *document, uint32_t node)
{
	return document->nodes[node].end;
}

/* Has a node this name? */
static inline bool
r4_has_name(const R4Name *names, uint32_t node, const char *name, int len)
{
	return names[node].keylen == len && memcmp(names[node].key, name, len) == 0;
}

/* The member of an object by its name; 0 when it has none. */
static inline uint32_t
r4_member(const R4Document *document, uint32_t object, const char *name, int len)
{
	const R4Node *nodes = document->nodes;

	for (uint32_t i = object + 1; i < nodes[object].end; i = nodes[i].end)
		if (r4_has_name(document->names, i, name, len))
			return i;
	return 0;
}

/* As OperationOutcome.issue.severity; there are no fatal ones. */
typedef enum R4Severity
{
	R4_ERROR,
	R4_WARNING
} R4Severity;

/* As OperationOutcome.issue.code. */
typedef enum R4IssueCode
{
	R4_ISSUE_STRUCTURE,			/* unknown element, wrong JSON type, null */
	R4_ISSUE_REQUIRED,			/* an element is missing */
	R4_ISSUE_VALUE,				/* a value not of its type's form */
	R4_ISSUE_INVARIANT,			/* a constraint does not hold */
	R4_ISSUE_CODE_INVALID,		/* a code outside its required binding */
	R4_ISSUE_TOO_LONG			/* a text, or a nesting, beyond its limit */
} R4IssueCode;

/* What is wrong.  Texts never hold a value of the document. */
typedef struct R4Fault
{
	R4Severity	severity;
	R4IssueCode code;
	uint32_t	node;			/* where; the container when name is given */
	const char *name;			/* an element below node that is missing, or
								 * NULL; as FHIRPath writes it ("value") */
	const char *rule;			/* the key of an invariant ("obs-7"), or the
								 * check's own name ("required", "binding") */
	const char *text;			/* what the rule asks for */
} R4Fault;

/*
 * Takes a fault; returns whether to look for more.  The fault and its texts
 * are the check's: copy what is kept.
 */
typedef bool (*R4Report) (void *arg, const R4Document *document, const R4Fault *fault);

/* in contained.c */

/*
 * The resource of this id that another contains; 0 when there is none.  The
 * document keeps a table of them, which r4_forget_contained ends.
 */
extern uint32_t r4_find_contained(R4Document *document, uint32_t resource, const char *id, uint32_t len);
extern void r4_forget_contained(R4Document *document);

/* in structure.c */

/*
 * Types the nodes and checks their structure: elements, cardinality, JSON
 * types, forms of primitives, required bindings, choices, references, twins, ids
 * of elements, the entries of Bundles.  HTML in texts is a warning.
 * The root must be a resource.  Faults are reported in the document's order,
 * what an object lacks behind all that is in it; what stands below a fault may
 * be left untyped.  Four invariants belong here, since they are about form:
 * ele-1 (nothing empty), txt-1 and txt-2 (narratives), sqty-1 (no comparator).
 * Returns false when report wanted no more.
 */
extern bool r4_check_structure(R4Document *document, R4Severity least, R4Report report, void *arg);

/*
 * Both checks: structure, unless the reader did that, then the invariants of
 * which the least severe that is wanted is given.
 */
extern bool r4_check(R4Document *document, R4Severity least, R4Report report, void *arg);

/* in invariant.c */

/* What has to be looked at to know whether the invariants of a node hold. */
typedef enum R4Unsettled
{
	R4_SETTLED,					/* nothing more: they do */
	R4_UNSETTLED_INSIDE,		/* the node and what is in it */
	R4_UNSETTLED_OUTSIDE		/* the document around it, too */
} R4Unsettled;

/*
 * How much is unsettled of the invariants of a type, up to a severity, by the
 * elements alone that a node has.  *asked gets a bit for each that has to be
 * looked into, modulo 64.
 */
extern R4Unsettled r4_invariants_unsettled(R4Type type, const uint16_t *elements, int count,
										   R4Severity least, uint64_t *asked);

/*
 * Evaluates the invariants of constraints.tsv on a typed document that has no
 * structural faults in the nodes concerned: errors alone, or warnings, the least
 * severe, too.  Reports those that do not hold at the node whose invariant it
 * is.  Returns false when report wanted no more.
 */
extern bool r4_check_invariants(R4Document *document, R4Severity least, R4Report report, void *arg);

#endif							/* FHIR_BRIDGE_R4_DOCUMENT_H */
