/*
 * r4_bench.c
 *		How long an R4 look-up takes, without a server.
 *
 *		cc -O2 -Isrc -o r4_bench test/r4/r4_bench.c src/r4/lookup/r4.c && ./r4_bench
 *
 * Prints one line a case: its name, a tab, nanoseconds for one look-up.  Each
 * figure is the best of several rounds, which is the one that other work on
 * the machine disturbs least.
 */
#include "r4/lookup/r4.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define ROUNDS 7
#define REPEATS 200000
#define MAX_ELEMENTS 10000

static volatile unsigned int sink;	/* keeps the compiler from dropping the work */

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

/* Walks the path from its type; returns how many look-ups that took. */
static int
walk(const char *path)
{
	const char *step = path + strcspn(path, ".");
	R4Child		child = {.type = r4_type(path, step - path)};
	int			steps = 1;

	for (; *step == '.'; steps++)
	{
		size_t		len = strcspn(++step, ".");

		r4_child(child.type, step, len, &child);
		step += len;
	}
	sink += child.element;
	return steps;
}

/* Every name below every type. */
static struct
{
	R4Type		type;
	const char *name;
	int			len;
} all[MAX_ELEMENTS];
static int	num_all = 0;

static void
collect_all(void)
{
	R4Child		child;
	const char *name;

	for (R4Type type = 0; r4_type_name(type) != NULL; type++)
	{
		for (int i = 0; (name = r4_child_name(type, i, &child)) != NULL; i++)
		{
			if (child.choice || num_all == MAX_ELEMENTS)
				continue;
			all[num_all].type = type;
			all[num_all].name = name;
			all[num_all++].len = strlen(name);
		}
	}
}

/* One look-up below a type found beforehand, as the mapping compiler does. */
static void
time_child(const char *type, const char *name)
{
	R4Type		parent = r4_type(type, strlen(type));
	int			len = strlen(name);
	double		best = 1e18;

	for (int round = 0; round < ROUNDS; round++)
	{
		double		start = now();
		R4Child		child = {0};

		for (int i = 0; i < REPEATS; i++)
		{
			r4_child(parent, name, len, &child);
			sink += child.element;
		}
		start = now() - start;
		best = start < best ? start : best;
	}
	printf("r4_child %s %s\t%.1f\n", type, name, best / REPEATS);
}

static void
time_walk(const char *path)
{
	double		best = 1e18;
	int			steps = 0;

	for (int round = 0; round < ROUNDS; round++)
	{
		double		start = now();

		for (int i = 0; i < REPEATS; i++)
			steps = walk(path);
		start = now() - start;
		best = start < best ? start : best;
	}
	printf("walk %s, each of %d steps\t%.1f\n", path, steps, best / REPEATS / steps);
}

/* Each element once, so that neither caches nor branch prediction help much. */
static void
time_all(void)
{
	double		best = 1e18;

	collect_all();
	for (int round = 0; round < ROUNDS * 20; round++)
	{
		double		start = now();
		R4Child		child = {0};

		for (int i = 0; i < num_all; i++)
		{
			r4_child(all[i].type, all[i].name, all[i].len, &child);
			sink += child.element;
		}
		start = now() - start;
		best = start < best ? start : best;
	}
	printf("r4_child, all %d elements in turn\t%.1f\n", num_all, best / num_all);
}

int
main(void)
{
	time_child("Patient", "name");
	time_child("Patient", "id");
	time_child("Patient", "nothing");
	time_child("Observation", "valueQuantity");
	time_child("Extension", "valueCodeableConcept");
	time_child("HumanName", "given");
	time_child("ElementDefinition", "fixedCodeableConcept");
	time_walk("Patient.contact.name.given");
	time_walk("Observation.component.valueQuantity.value");
	time_all();
	return 0;
}
