/*
 * random.c
 *		Random JSON text from a seed, the same on every machine.
 *
 * It prefers what a writer gets wrong: members around the stride of 32, keys
 * whose order by length differs from the alphabet, numbers of every scale,
 * characters that must be escaped in both spellings, empties, white space.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(json_test_random);

#define MAX_DEPTH	8

static uint64 state;			/* of the generator, set from the seed */

static void append_value(StringInfo out, int depth);

/* xorshift64*: a number below n. */
static uint32
any_below(uint32 n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32) ((state * UINT64CONST(0x2545F4914F6CDD1D)) >> 33) % n;
}

/* White space between two tokens, now and then. */
static void
append_space(StringInfo out)
{
	while (any_below(6) == 0)
		appendStringInfoChar(out, " \t\n\r"[any_below(4)]);
}

/* A character from one of the regions that are encoded differently. */
static uint32
any_character(void)
{
	switch (any_below(12))
	{
		case 0:
			return 1 + any_below(0x1f);
		case 1:
			return "\"\\/\b\f\n\r\t \x7f"[any_below(10)];
		case 2:
			return 0x80 + any_below(0x780);
		case 3:
			return 0x4e00 + any_below(0x5000);
		case 4:
			return 0x10000 + any_below(0x100000);
		case 5:
			return 0x2000 + any_below(0x30);
		default:
			return ' ' + any_below(0x5f);
	}
}

/* A character of a JSON string in one of its spellings. */
static void
append_character(StringInfo out, uint32 c)
{
	static const char letters[] = "\"\"\\\\//\bb\ff\nn\rr\tt";
	unsigned char utf8[MAX_MULTIBYTE_CHAR_LEN + 1] = "";
	bool		must = (c < ' ' || c == '"' || c == '\\');

	for (int i = 0; letters[i] != '\0'; i += 2)
		if (c == (unsigned char) letters[i] && any_below(2) == 0)
		{
			appendStringInfo(out, "\\%c", letters[i + 1]);
			return;
		}
	if (!must && any_below(8) != 0)
		appendStringInfoString(out, (char *) unicode_to_utf8(c, utf8));
	else if (c < 0x10000)
		appendStringInfo(out, any_below(2) ? "\\u%04x" : "\\u%04X", c);
	else
		appendStringInfo(out, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
}

/* A string, often short, sometimes nothing but white space. */
static void
append_string(StringInfo out)
{
	uint32		n = any_below(10) == 0 ? any_below(300) : any_below(20);
	bool		blank = any_below(8) == 0;
	bool		plain = any_below(3) != 0;

	appendStringInfoChar(out, '"');
	while (n-- > 0)
	{
		uint32		c = any_character();

		if (blank)
			c = any_below(2) ? ' ' : (any_below(2) ? 0x3000 : '\t');
		else if (plain)
			c = 'a' + any_below(26);
		append_character(out, c);
	}
	appendStringInfoChar(out, '"');
}

static void
append_digits(StringInfo out, uint32 n)
{
	while (n-- > 0)
		appendStringInfoChar(out, '0' + any_below(any_below(3) ? 10 : 1));
}

/* A number: zero, integer or fraction, with an exponent now and then. */
static void
append_number(StringInfo out)
{
	if (any_below(3) == 0)
		appendStringInfoChar(out, '-');
	if (any_below(3) == 0)
		appendStringInfoChar(out, '0');
	else
	{
		appendStringInfoChar(out, '1' + any_below(9));
		append_digits(out, any_below(12) == 0 ? any_below(60) : any_below(5));
	}
	if (any_below(2) == 0)
	{
		appendStringInfoChar(out, '.');
		append_digits(out, 1 + (any_below(12) == 0 ? any_below(60) : any_below(4)));
	}
	if (any_below(8) == 0)
		appendStringInfo(out, "%c%s%u", "eE"[any_below(2)],
						 ((const char *[]){"", "+", "-"})[any_below(3)],
						 any_below(10) == 0 ? any_below(300) : any_below(35));
}

/* How many members: mostly few, sometimes around a multiple of 32. */
static uint32
any_count(int depth)
{
	if (any_below(depth < 2 ? 8 : 50) == 0)
		return 32 * (1 + any_below(3)) - 2 + any_below(5);
	return any_below(depth < 2 ? 7 : 4);
}

/* An array or an object; keys may come twice. */
static void
append_container(StringInfo out, int depth)
{
	bool		object = any_below(2) == 0;

	appendStringInfoChar(out, object ? '{' : '[');
	append_space(out);
	for (uint32 i = any_count(depth); i > 0; i--)
	{
		if (object)
		{
			append_string(out);
			append_space(out);
			appendStringInfoChar(out, ':');
			append_space(out);
		}
		append_value(out, depth + 1);
		if (i > 1)
			appendStringInfoChar(out, ',');
		append_space(out);
	}
	appendStringInfoChar(out, object ? '}' : ']');
}

/* Any value; containers become rarer with depth. */
static void
append_value(StringInfo out, int depth)
{
	uint32		kind = any_below(10);

	append_space(out);
	if (depth == 0 ? kind > 0 : (kind > 6 && depth < MAX_DEPTH))
		append_container(out, depth);
	else if (kind > 3)
		append_string(out);
	else if (kind > 1)
		append_number(out);
	else
		appendStringInfoString(out, ((const char *[]){"true", "false", "null"})[any_below(3)]);
	append_space(out);
}

/* json_test_random(seed int) RETURNS text */
Datum
json_test_random(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	state = UINT64CONST(0x9E3779B97F4A7C15) * (uint32) (PG_GETARG_INT32(0) + 1);
	initStringInfo(&out);
	append_value(&out, 0);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
