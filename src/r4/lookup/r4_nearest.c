/*
 * r4_nearest.c
 *		Names for "did you mean": known words that look like an unknown one.
 *
 * plain C: no server headers
 *
 * Three kinds of likeness, from the strongest: a few typing slips apart;
 * one name begins the other ("ident", "descriptions"); and the right choice
 * with a type that it has not ("valueText"), of use only where nothing looks
 * better.  The price of a name is its number of slips, or a fixed price above
 * these for the other kinds.  Letter case is no slip.  Called when an error is
 * reported, so not built for speed.
 */
#include "r4/lookup/r4.h"

#include <string.h>

#define MAX_LENGTH 64			/* no element's name is longer */
#define MAX_SLIPS 3
#define MIN_BEGINNING 3			/* letters; two prove nothing */

#define PRICE_OF_BEGINNING (MAX_SLIPS + 1)
#define PRICE_OF_CHOICE (MAX_SLIPS + 2)
#define TOO_DEAR (MAX_SLIPS + 3)

/* A letter in lower case; names of elements are ASCII whatever the locale. */
static char
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static int
smallest(int a, int b)
{
	return a < b ? a : b;
}

/*
 * How many slips lie between two names of up to MAX_LENGTH letters: letters
 * too many, missing, wrong, or two neighbours swapped.  This is the
 * Damerau-Levenshtein distance in its restricted form (optimal string
 * alignment: no letter is touched twice), by the usual table of which three
 * rows are kept.
 */
static int
count_slips(const char *a, int alen, const char *b, int blen)
{
	int			rows[3][MAX_LENGTH + 1];
	int		   *before = rows[0];
	int		   *last = rows[1];
	int		   *row = rows[2];

	for (int j = 0; j <= blen; j++)
		last[j] = j;
	for (int i = 1; i <= alen; i++)
	{
		int		   *spare = before;

		row[0] = i;
		for (int j = 1; j <= blen; j++)
		{
			bool		same = fold(a[i - 1]) == fold(b[j - 1]);

			row[j] = smallest(last[j - 1] + !same,
							  smallest(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 &&
				fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1]))
				row[j] = smallest(row[j], before[j - 2] + 1);
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[blen];
}

/* Whether the first len letters are the same but for their case. */
static bool
same_letters(const char *a, const char *b, int len)
{
	for (int i = 0; i < len; i++)
	{
		if (fold(a[i]) != fold(b[i]))
			return false;
	}
	return true;
}

/*
 * The price of one known name for the unknown one, TOO_DEAR when they are not
 * alike.  stem is how many letters of an alternative are its choice's
 * ("value"), 0 for any other element.
 */
static int
price_name(const char *name, int len, const char *known, int stem)
{
	int			known_len = strlen(known);
	int			shorter = smallest(len, known_len);
	int			slips = count_slips(name, len, known, known_len);

	/* One slip in a short name, one more for every six letters. */
	if (slips <= smallest(1 + len / 6, MAX_SLIPS) && slips < shorter)
		return slips;
	if (shorter >= MIN_BEGINNING && same_letters(name, known, shorter))
		return PRICE_OF_BEGINNING;
	if (stem > 0 && stem <= len && same_letters(name, known, stem))
		return PRICE_OF_CHOICE;
	return TOO_DEAR;
}

/*
 * Keeps a name if it is among the cheapest.  Of two that cost the same, the
 * one that came first stays in front.
 */
static void
keep_name(R4Nearest *nearest, const char *known, int price)
{
	int			place = nearest->count;

	while (place > 0 && nearest->prices[place - 1] > price)
		place--;
	if (price >= TOO_DEAR || place == nearest->max)
		return;

	if (nearest->count < nearest->max)
		nearest->count++;
	for (int i = nearest->count - 1; i > place; i--)
	{
		nearest->prices[i] = nearest->prices[i - 1];
		nearest->names[i] = nearest->names[i - 1];
	}
	nearest->prices[place] = price;
	nearest->names[place] = known;
}

/* Starts a search for words like the given one; one that is too long finds none. */
void
r4_nearest_start(R4Nearest *nearest, const char *word, int len, int max)
{
	nearest->word = word;
	nearest->len = len;
	nearest->max = smallest(max, R4_MAX_NEAREST);
	nearest->count = 0;
}

/* Offers a known word: kept when it is one of the nearest. */
void
r4_nearest_offer(R4Nearest *nearest, const char *known)
{
	if (nearest->len <= MAX_LENGTH && strlen(known) <= MAX_LENGTH)
		keep_name(nearest, known, price_name(nearest->word, nearest->len, known, 0));
}

/*
 * Fills names with up to max names of elements below a type that look like
 * the unknown one, the best first, equally good ones in the order of the
 * definition; returns how many.  A choice is given by its alternatives.  Not
 * more than R4_MAX_NEAREST are found, and none for a name that is longer than any.
 */
int
r4_nearest(R4Type parent, const char *name, int len, const char **names, int max)
{
	R4Nearest	nearest;
	R4Child		child;
	const char *known;

	r4_nearest_start(&nearest, name, len, max);
	if (len > MAX_LENGTH)
		return 0;

	for (int i = 0; (known = r4_child_name(parent, i, &child)) != NULL; i++)
	{
		int			stem = strlen(known) - strlen("[x]");

		if (!child.choice)
			keep_name(&nearest, known, price_name(name, len, known, 0));
		for (int j = 0; j < r4_choice_count(child.element); j++)
		{
			const char *alternative = r4_choice_name(child.element, j);

			keep_name(&nearest, alternative, price_name(name, len, alternative, stem));
		}
	}

	/* Whoever wrote valueSting is not helped by valueQuantity. */
	while (nearest.count > 1 && nearest.prices[0] < PRICE_OF_CHOICE &&
		   nearest.prices[nearest.count - 1] == PRICE_OF_CHOICE)
		nearest.count--;
	memcpy(names, nearest.names, sizeof(char *) * nearest.count);
	return nearest.count;
}
