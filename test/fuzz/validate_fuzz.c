/*
 * validate_fuzz.c
 *		Any JSON as a resource: its structure and its invariants checked.
 *
 * The nodes come from the tests' reader, so that what is fuzzed is the checks
 * alone, which see whatever a partner sends.  Every fault is looked at as
 * fhir_validate does; then the document is checked once more up to the first,
 * which must be of the same verdict.
 */
#include <stdlib.h>
#include <string.h>

#include "../r4/nodes.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a report has seen. */
typedef struct Seen
{
	size_t		faults;
	size_t		characters;		/* of their texts */
	bool		first;			/* the first error is enough */
} Seen;

/* Looks at all that a fault says. */
static bool
see(void *arg, const R4Document *document, const R4Fault *fault)
{
	Seen	   *seen = arg;

	if (fault->node >= document->count)
		abort();
	if (fault->severity == R4_ERROR)
		seen->faults++;
	if (fault->name != NULL)
		seen->characters += strlen(fault->name);
	if (fault->text != NULL)
		seen->characters += strlen(fault->text);
	seen->characters += strlen(fault->rule);
	return !seen->first || fault->severity != R4_ERROR;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text = malloc(size + 1);
	R4Document *document;
	Seen		all = {0};
	Seen		first = {.first = true};

	memcpy(text, data, size);
	document = read_nodes(text, size);
	if (document == NULL)
	{
		free(text);
		return -1;
	}
	if (!r4_check(document, R4_WARNING, see, &all))
		abort();
	free_nodes(document);
	document = read_nodes(text, size);
	if (r4_check(document, R4_WARNING, see, &first) != (all.faults == 0) || first.faults != (all.faults > 0))
		abort();
	free_nodes(document);
	free(text);
	return 0;
}
