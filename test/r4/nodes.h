/*
 * nodes.h
 *		JSON text as the checks' nodes, without a server: for tests and fuzzers.
 *
 * A parser of the least that is needed.  Strings stay as they are written:
 * escapes are not undone.
 */
#ifndef FHIR_BRIDGE_TEST_NODES_H
#define FHIR_BRIDGE_TEST_NODES_H

#include <stddef.h>

#include "r4/lookup/document.h"

/*
 * The document of n bytes of JSON, NULL when they are no JSON or nested beyond
 * 1000.  It points into the text.  Free it with free_nodes.
 */
extern R4Document *read_nodes(const char *text, size_t n);
extern void free_nodes(R4Document *document);

/* How often the checks have paused. */
extern int	host_pauses;

#endif							/* FHIR_BRIDGE_TEST_NODES_H */
