/*
 * matcher.c
 *		Matches texts with the patterns of R4's invariants.
 *
 * plain C: no server headers
 *
 * invariant_regex.py makes the code, says what it means, and makes sure that
 * no item ever has to give back what it took: a match is one walk over the
 * text.  A character beyond ASCII counts once, in UTF-8.
 */
#include "r4/invariant/invariant.h"

#define ITEM_CHAR 1
#define ITEM_CLASS 2
#define ITEM_GROUP 3
#define UNLIMITED 255

static const char *match_items(const uint8_t *code, const uint8_t *codeend,
							   const char *text, const char *end);

/* Is the character at text one of a class?  Then the place behind it, or NULL. */
static const char *
match_class(const uint8_t *item, const char *text, const char *end)
{
	unsigned char byte;

	if (text == end)
		return NULL;
	byte = (unsigned char) *text++;
	if (byte < 128)
		return item[4 + byte / 8] >> (byte % 8) & 1 ? text : NULL;
	if (!item[3])
		return NULL;
	while (text < end && (*text & 0xC0) == 0x80)
		text++;
	return text;
}

/* Takes an item as often as it can; NULL when that is not often enough. */
static const char *
match_repeated(const uint8_t *item, const char *text, const char *end)
{
	int			count = 0;
	const char *next;

	while (item[2] == UNLIMITED || count < item[2])
	{
		if (item[0] == ITEM_CLASS)
			next = match_class(item, text, end);
		else
			next = match_items(item + 4, item + 4 + item[3], text, end);
		if (next == NULL)
			break;
		text = next;
		if (count < UNLIMITED)
			count++;
	}
	return count >= item[1] ? text : NULL;
}

/* Matches items in order; the place behind them, or NULL. */
static const char *
match_items(const uint8_t *code, const uint8_t *codeend, const char *text, const char *end)
{
	while (code < codeend && text != NULL)
	{
		if (code[0] == ITEM_CHAR)
		{
			text = text < end && (uint8_t) *text == code[1] ? text + 1 : NULL;
			code += 2;
			continue;
		}
		text = match_repeated(code, text, end);
		code += code[0] == ITEM_CLASS ? 20 : 4 + code[3];
	}
	return text;
}

/* Does a pattern match the whole of a text? */
bool
r4_matches(const uint8_t *pattern, const char *text, uint32_t len)
{
	const char *end = text + len;

	return match_items(pattern + 2, pattern + 2 + r4_word(pattern), text, end) == end;
}
