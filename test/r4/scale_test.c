/*
 * scale_test.c
 *		The checks pause often enough, and as often for each of many elements as
 *		of few: whatever goes over a document counts its steps (host.h).
 *
 *		scale_test <scale.tsv
 *
 * A line has six fields: a name, the document's beginning, an item, what
 * follows the items, another item, and the end; the last two may be empty.  In
 * an item @ is its number.  Items are joined by commas where they are no part
 * of a text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodes.h"
#include "r4/lookup/host.h"

#define FEW 4000
#define MANY 40000
#define STEPS 1024				/* between two pauses */

/* A text that grows. */
typedef struct Text
{
	char	   *bytes;
	size_t		len;
	size_t		room;
} Text;

static void
append(Text *text, const char *bytes, size_t len)
{
	if (text->len + len > text->room)
	{
		text->room = 2 * (text->len + len);
		text->bytes = realloc(text->bytes, text->room);
	}
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
}

/* Appends so many items. */
static void
append_items(Text *text, const char *item, int count)
{
	const char *comma = strchr("{\"[", item[0]) != NULL ? "," : "";

	for (int i = 1; i <= count && item[0] != '\0'; i++)
	{
		char		number[12];

		if (i > 1)
			append(text, comma, strlen(comma));
		snprintf(number, sizeof(number), "%d", i);
		for (const char *c = item; *c != '\0'; c++)
			append(text, *c == '@' ? number : c, *c == '@' ? strlen(number) : 1);
	}
}

static bool
ignore(void *arg, const R4Document *document, const R4Fault *fault)
{
	(void) arg;
	(void) document;
	(void) fault;
	return true;
}

/* The pauses of checking a document of so many items. */
static int
pauses_of(char **fields, int count, int *elements)
{
	Text		text = {NULL, 0, 0};
	R4Document *document;
	int			before = host_pauses;

	append(&text, fields[1], strlen(fields[1]));
	append_items(&text, fields[2], count);
	append(&text, fields[3], strlen(fields[3]));
	append_items(&text, fields[4], count);
	append(&text, fields[5], strlen(fields[5]));
	document = read_nodes(text.bytes, text.len);
	if (document == NULL)
	{
		printf("%s: no JSON\n", fields[0]);
		exit(EXIT_FAILURE);
	}
	r4_check(document, R4_WARNING, ignore, NULL);
	*elements = (int) document->count;
	free_nodes(document);
	free(text.bytes);
	return host_pauses - before;
}

int
main(void)
{
	static char line[4096];
	int			passed = 0;
	int			failed = 0;

	while (fgets(line, sizeof(line), stdin) != NULL)
	{
		char	   *rest = line;
		char	   *fields[6];
		int			elements;
		int			few;
		int			many;

		line[strcspn(line, "\n")] = '\0';
		for (int i = 0; i < 6; i++)
			fields[i] = strsep(&rest, "\t");
		few = pauses_of(fields, FEW, &elements);
		many = pauses_of(fields, MANY, &elements);
		if (many <= 2 * (MANY / FEW) * (few + 1) && many >= elements / (2 * STEPS) - 1)
			passed++;
		else
		{
			failed++;
			printf("%s: %d pauses of %d items, %d of %d, which are %d nodes\n", fields[0], few, FEW, many, MANY, elements);
		}
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
