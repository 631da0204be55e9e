/*
 * validate.h
 *		Checking resources inside the server.
 *
 * A reader turns jsonb, or JSON text, into the array of nodes that the checks
 * work on (document.h).  It keeps its memory from one document to the next, so
 * a million resources cost no more allocations than the largest of them.  What
 * large ones have taken it gives back when the transaction ends.
 */
#ifndef FHIR_BRIDGE_R4_VALIDATE_H
#define FHIR_BRIDGE_R4_VALIDATE_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "r4/lookup/document.h"
#include "utils/jsonb.h"

typedef struct R4Reader R4Reader;

/* in read_jsonb.c */

/*
 * A reader whose memory is in context, and its end of a transaction, for one
 * that lives longer.
 */
extern R4Reader *r4_reader_create(MemoryContext context);
extern void r4_reader_shrink(R4Reader *reader);

/*
 * The document of a detoasted jsonb, of n bytes of JSON text in the server's
 * encoding.  It is the reader's and good until the next one; it also points
 * into the source.  Text that is no JSON is an error of the server's parser;
 * members that stand twice are both in the document.
 */
extern R4Document *r4_read_jsonb(R4Reader *reader, const Jsonb *source);
extern R4Document *r4_read_json(R4Reader *reader, const char *source, int n);

/* in read_checked.c */

/*
 * Checks a detoasted jsonb as r4_check does, for faults of a severity, without
 * making its document: when it is a resource that has none, or none but in
 * invariants of its root.  False says that it is not as plain as that, and that
 * nothing has been reported: then read it, and check.
 */
extern bool r4_check_plain(R4Reader *reader, const Jsonb *source, R4Severity least, R4Report report, void *arg);

/*
 * The document of a detoasted jsonb as r4_read_jsonb reads it.  When it has no
 * fault of this severity in its structure, and is as plain as most, that has
 * been checked on the way: r4_check, for the same severity, does not have to,
 * and finds the same.
 */
extern R4Document *r4_read_checked(R4Reader *reader, const Jsonb *source, R4Severity least);

/* in location.c */

/* A member of an array, and which it is, from 0. */
typedef struct R4Place
{
	uint32		node;
	uint32		index;
} R4Place;

/* Arrays in arrays whose places are kept. */
#define R4_PLACES 32

/*
 * The places of the last fault: faults come nearly in the document's order, so
 * that a thousand of them in one array are counted through but once.  count is
 * 0 for a new document.
 */
typedef struct R4Places
{
	int			count;
	R4Place		last[R4_PLACES];	/* of the outermost array, and so on */
} R4Places;

/*
 * Appends where a fault is, as FHIRPath: Patient.name[0].given[1],
 * Observation.value.ofType(Quantity).unit.  name is an element below the node
 * that is missing, or NULL.
 */
extern void r4_append_expression(StringInfo to, R4Places *places, const R4Document *document,
								 uint32 node, const char *name);

#endif							/* FHIR_BRIDGE_R4_VALIDATE_H */
