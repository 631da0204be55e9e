/*
 * invariant_test.c
 *		Tells which invariants do not hold, without a server.
 *
 *		invariant_test				lines of JSON: a line of faults for each
 *		invariant_test --list		the invariants, as r4_invariant gives them
 *		invariant_test --patterns	lines of a pattern's code in hexadecimal, a
 *									tab and a text: 1 or 0
 *		invariant_test --compare	lines of d or t and two texts, by tabs
 *		invariant_test --time n		each line of JSON n times: nanoseconds
 *
 * invariants.py asks and judges.  A fault is written as key@place, where place
 * is the key of the node or, in an array, the array's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nodes.h"
#include "r4/invariant/invariant.h"

static char line[1 << 24];

/* Takes a fault of the structure, which is of no interest here. */
static bool
ignore(void *arg, const R4Document *document, const R4Fault *fault)
{
	(void) arg;
	(void) document;
	(void) fault;
	return true;
}

/* Prints an invariant that does not hold. */
static bool
print_fault(void *arg, const R4Document *document, const R4Fault *fault)
{
	const R4Name *node = &document->names[fault->node];

	(void) arg;
	while (node->key == NULL && node != document->names)
		node = &document->names[node->parent];
	printf("%s@%.*s ", fault->rule, node->key != NULL ? node->keylen : 1,
		   node->key != NULL ? node->key : "/");
	return true;
}

/* Cuts the line's end off; returns its length. */
static size_t
cut_line(void)
{
	size_t		len = strcspn(line, "\n");

	line[len] = '\0';
	return len;
}

/* Checks each line n times, and prints the faults or the time. */
static int
check_lines(long n)
{
	struct timespec start;
	struct timespec end;
	double		total = 0;
	long		count = 0;

	while (fgets(line, sizeof(line), stdin) != NULL)
	{
		R4Document *document = read_nodes(line, cut_line());

		if (document == NULL)
		{
			printf("no JSON\n");
			continue;
		}
		r4_check_structure(document, R4_ERROR, ignore, NULL);
		if (n == 0)
		{
			r4_check_invariants(document, R4_WARNING, print_fault, NULL);
			printf("\n");
		}
		else
		{
			clock_gettime(CLOCK_MONOTONIC, &start);
			for (long i = 0; i < n; i++)
				r4_check_invariants(document, R4_WARNING, ignore, NULL);
			clock_gettime(CLOCK_MONOTONIC, &end);
			total += (end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec);
			count++;
		}
		free_nodes(document);
	}
	if (n > 0)
		printf("%ld resources, %.0f ns each\n", count, total / n / count);
	return EXIT_SUCCESS;
}

static int
list_invariants(void)
{
	R4Invariant invariant;

	for (int i = 0; r4_invariant(i, &invariant); i++)
		printf("%s\t%s\t%s\t%s\t%d\t%d\n", invariant.key, invariant.path, invariant.expression,
			   invariant.reason != NULL ? invariant.reason : "", invariant.checked, invariant.compiled);
	return EXIT_SUCCESS;
}

/* Orders pairs of decimals or times: -1, 0, 1, or x where it is not known. */
static int
compare_lines(void)
{
	while (fgets(line, sizeof(line), stdin) != NULL)
	{
		char	   *a = line + 2;
		char	   *b = a + strcspn(a, "\t") + 1;
		uint32_t	alen = (uint32_t) (b - a - 1);
		int			order = 0;
		bool		known = true;

		cut_line();
		if (line[0] == 'd')
			order = r4_compare_decimals(a, alen, b, (uint32_t) strlen(b));
		else
			known = r4_compare_times(a, alen, b, (uint32_t) strlen(b), &order);
		if (known)
			printf("%d\n", (order > 0) - (order < 0));
		else
			printf("x\n");
	}
	return EXIT_SUCCESS;
}

/* Matches texts with a pattern given as the hexadecimal digits of its code. */
static int
match_lines(void)
{
	static uint8_t pattern[4096];

	while (fgets(line, sizeof(line), stdin) != NULL)
	{
		char	   *text = line + strcspn(line, "\t") + 1;
		unsigned int byte;
		int			size = 0;

		cut_line();
		for (char *hex = line; sscanf(hex, "%2x", &byte) == 1 && hex < text - 1; hex += 2)
			pattern[size++] = (uint8_t) byte;
		printf("%d\n", r4_matches(pattern, text, (uint32_t) strlen(text)));
	}
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	if (strcmp(mode, "--list") == 0)
		return list_invariants();
	if (strcmp(mode, "--compare") == 0)
		return compare_lines();
	if (strcmp(mode, "--patterns") == 0)
		return match_lines();
	return check_lines(argc > 2 ? atol(argv[2]) : 0);
}
