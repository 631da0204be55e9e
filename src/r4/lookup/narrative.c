/*
 * narrative.c
 *		The XHTML of a narrative: txt-1 and txt-2.
 *
 * plain C: no server headers
 *
 * A narrative is shown in other people's browsers, so it may hold only the
 * formatting of HTML 4.0's chapters 7 to 11 (without 9.4) and 15, links and
 * images: no scripts, forms, frames or event handlers.  R4 writes it as XML:
 * one div, every element closed, every attribute quoted, and of the entities
 * only XML's own five and numbers.  The text is read once; what is open is
 * kept on a small stack.
 */
#include "base/words.h"
#include "r4/lookup/r4.h"

#include <stddef.h>

#define MAX_OPEN 128			/* elements in each other */

#define NOT_CLOSED "must be well-formed XHTML: every element must be closed, in its order"
#define NOT_FORMED "must be well-formed XHTML: attributes quoted, < and & written as &lt; and &amp;"

/* What is left of the text, and what was found so far. */
typedef struct Xhtml
{
	const char *next;
	const char *end;
	const char *open[MAX_OPEN]; /* names of the open elements */
	int			openlen[MAX_OPEN];
	int			depth;
	bool		content;		/* there was something to see */
	bool		namespaced;		/* the div has XHTML's namespace */
} Xhtml;

static const char *const elements[] = {
	"a", "abbr", "acronym", "address", "area", "b", "bdo", "big", "blockquote", "br", "caption", "cite", "code", "col",
	"colgroup", "dd", "dfn", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li",
	"map", "ol", "p", "pre", "q", "samp", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
	"thead", "tr", "tt", "ul", "var", NULL
};

/* Attributes that any element may have. */
static const char *const attributes[] = {
	"abbr", "accesskey", "align", "axis", "char", "charoff", "class", "colspan", "dir", "headers", "id", "lang", "rowspan",
	"scope", "span", "style", "tabindex", "title", "valign", "width", "xml:lang", NULL
};

/* Attributes of one element. */
static const char *const own_attributes[] = {
	"a.charset", "a.coords", "a.href", "a.hreflang", "a.name", "a.rel", "a.rev", "a.shape", "a.type", "area.alt",
	"area.coords", "area.href", "area.nohref", "area.shape", "blockquote.cite", "img.alt", "img.border", "img.height",
	"img.ismap", "img.longdesc", "img.src", "img.usemap", "map.name", "pre.xml:space", "q.cite", "table.border",
	"table.cellpadding", "table.cellspacing", "table.frame", "table.rules", "table.summary", "td.nowrap", "th.nowrap", NULL
};

/* Is a text one of a list that NULL ends? */
static bool
is_listed(const char *text, int len, const char *const *list)
{
	for (; *list != NULL; list++)
		if (**list == *text && strncmp(*list, text, len) == 0 && (*list)[len] == '\0')
			return true;
	return false;
}

/* Is a text this string? */
static bool
is_text(const char *text, int len, const char *string)
{
	return len == (int) strlen(string) && memcmp(text, string, len) == 0;
}

/* May an element have an attribute? */
static bool
is_attribute(const char *element, int elementlen, const char *name, int len)
{
	char		both[40];

	if (is_listed(name, len, attributes))
		return true;
	if (elementlen + 1 + len > (int) sizeof(both))
		return false;
	memcpy(both, element, elementlen);
	both[elementlen] = '.';
	memcpy(both + elementlen + 1, name, len);
	return is_listed(both, elementlen + 1 + len, own_attributes);
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_digit(char c, bool hexadecimal)
{
	return (c >= '0' && c <= '9') ||
		(hexadecimal && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
}

static void
skip_space(Xhtml *x)
{
	while (x->next < x->end && is_space(*x->next))
		x->next++;
}

/* Skips a string if it is next. */
static bool
skip(Xhtml *x, const char *string)
{
	ptrdiff_t	len = (ptrdiff_t) strlen(string);

	if (x->end - x->next < len || memcmp(x->next, string, len) != 0)
		return false;
	x->next += len;
	return true;
}

/*
 * Skips text eight bytes at a time as long as there are neither < nor & in
 * them, nor the other character.
 */
static void
skip_text(Xhtml *x, char other)
{
	while (x->end - x->next >= 8)
	{
		uint64_t	word = word_load8(x->next);

		if (word_some_is(word, '<') || word_some_is(word, '&') || word_some_is(word, other))
			return;
		x->next += 8;
	}
}

/* Skips everything up to and with a string; false when it does not come. */
static bool
skip_past(Xhtml *x, const char *string)
{
	while (x->next < x->end)
	{
		if (skip(x, string))
			return true;
		x->next++;
	}
	return false;
}

/* Does a character end a name?  Besides white space. */
static bool
ends_name(char c)
{
	switch (c)
	{
		case '\0':
		case '"':
		case '&':
		case '\'':
		case '/':
		case '<':
		case '=':
		case '>':
			return true;
		default:
			return false;
	}
}

/* Reads a name of letters, digits, and what else stands in XML's names. */
static int
read_name(Xhtml *x)
{
	const char *first = x->next;

	while (x->next < x->end && !is_space(*x->next) && !ends_name(*x->next))
		x->next++;
	return (int) (x->next - first);
}

/* Reads an entity behind its &; NULL, or what is wrong. */
static const char *
read_entity(Xhtml *x)
{
	uint32_t	number = 0;

	if (skip(x, "#"))
	{
		bool		hexadecimal = skip(x, "x");
		const char *first = x->next;

		for (; x->next < x->end && is_digit(*x->next, hexadecimal); x->next++)
		{
			int			digit = *x->next <= '9' ? *x->next - '0' : (*x->next | 0x20) - 'a' + 10;

			number = number * (hexadecimal ? 16 : 10) + digit;
			if (number > 0x10FFFF)
				return NOT_FORMED;
		}
		if (x->next == first || !skip(x, ";") || number == 0)
			return NOT_FORMED;
		x->content = x->content || number > ' ';
		return NULL;
	}
	if (!skip(x, "lt;") && !skip(x, "gt;") && !skip(x, "amp;") && !skip(x, "quot;") && !skip(x, "apos;"))
		return "must not use HTML's named entities: write the character itself, or its number (&#160;)";
	x->content = true;
	return NULL;
}

/* Does the value of a link or source begin with the scheme of a script? */
static bool
is_script(const char *value, const char *end)
{
	const char *scheme = "javascript:";

	while (value < end && is_space(*value))
		value++;
	for (; *scheme != '\0'; scheme++, value++)
		if (value >= end || (*value | 0x20) != (*scheme | 0x20))
			return false;
	return true;
}

/* Reads one attribute of the innermost element; NULL, or what is wrong. */
static const char *
read_attribute(Xhtml *x)
{
	const char *element = x->open[x->depth - 1];
	int			elementlen = x->openlen[x->depth - 1];
	const char *name = x->next;
	int			len = read_name(x);
	const char *value;
	bool		content = x->content;
	char		quote;

	skip_space(x);
	if (len == 0 || !skip(x, "="))
		return NOT_FORMED;
	skip_space(x);
	if (x->next == x->end || (*x->next != '"' && *x->next != '\''))
		return NOT_FORMED;
	quote = *x->next++;
	value = x->next;
	skip_text(x, quote);
	while (x->next < x->end && *x->next != quote)
	{
		const char *fault = NULL;

		if (*x->next == '<')
			return NOT_FORMED;
		if (*x->next++ == '&')
			fault = read_entity(x);
		if (fault != NULL)
			return fault;
	}
	x->content = content;
	if (x->next == x->end)
		return NOT_FORMED;
	if (is_text(name, len, "xmlns"))
	{
		if (!is_text(value, (int) (x->next - value), "http://www.w3.org/1999/xhtml"))
			return "must be in the namespace http://www.w3.org/1999/xhtml";
		x->namespaced = true;
	}
	else if (!is_attribute(element, elementlen, name, len))
		return "may have only the attributes of plain HTML formatting: no events, no foreign ones";
	else if (is_script(value, x->next))
		return "must not link to a script";
	x->next++;
	return NULL;
}

/* Reads a start tag behind its <; NULL, or what is wrong. */
static const char *
read_start(Xhtml *x)
{
	const char *name = x->next;
	int			len = read_name(x);

	if (len == 0)
		return NOT_FORMED;
	if (x->depth == 0 && !is_text(name, len, "div"))
		return "must be one div with XHTML in it";
	if (!is_listed(name, len, elements))
		return "may have only the elements of plain HTML formatting: no scripts, forms, frames or objects";
	if (x->depth == MAX_OPEN)
		return "must not have more than 128 elements in each other";
	x->open[x->depth] = name;
	x->openlen[x->depth++] = len;
	x->content = x->content || is_text(name, len, "img");
	for (;;)
	{
		const char *fault;
		const char *before = x->next;

		skip_space(x);
		if (skip(x, "/>"))
		{
			x->depth--;
			return NULL;
		}
		if (skip(x, ">"))
			return NULL;
		if (x->next == before)
			return NOT_FORMED;
		fault = read_attribute(x);
		if (fault != NULL)
			return fault;
	}
}

/* Reads what begins with <; NULL, or what is wrong. */
static const char *
read_markup(Xhtml *x)
{
	if (skip(x, "!--"))
		return skip_past(x, "-->") ? NULL : NOT_FORMED;
	if (x->depth > 0 && skip(x, "![CDATA["))
	{
		const char *first = x->next;

		if (!skip_past(x, "]]>"))
			return NOT_FORMED;
		for (; first < x->next - 3; first++)
			x->content = x->content || !is_space(*first);
		return NULL;
	}
	if (skip(x, "!") || skip(x, "?"))
		return "must have no document type and no processing instructions";
	if (skip(x, "/"))
	{
		const char *name = x->next;
		int			len = read_name(x);

		skip_space(x);
		if (x->depth == 0 || x->openlen[x->depth - 1] != len ||
			memcmp(x->open[x->depth - 1], name, len) != 0 || !skip(x, ">"))
			return NOT_CLOSED;
		x->depth--;
		return NULL;
	}
	return read_start(x);
}

/*
 * What is wrong with a narrative's div, as a text of what it should be, with
 * the invariant in *rule; NULL when it is good.
 */
const char *
r4_narrative_fault(const char *text, uint32_t len, const char **rule)
{
	Xhtml		x = {.next = text, .end = text + len};
	bool		begun = false;

	*rule = "txt-1";
	while (x.next < x.end)
	{
		const char *fault = NULL;
		char		c = *x.next++;

		if (c == '<')
		{
			bool		starts = x.depth == 0 && x.next < x.end && *x.next != '!';

			if (starts && begun)
				return "must be one div with XHTML in it";
			fault = read_markup(&x);
			begun = begun || starts;
		}
		else if (x.depth == 0)
			fault = is_space(c) ? NULL : "must be one div with XHTML in it";
		else if (c == '&')
			fault = read_entity(&x);
		else if (x.content)
			skip_text(&x, '<');
		else
			x.content = !is_space(c);
		if (fault != NULL)
			return fault;
	}
	if (x.depth > 0)
		return NOT_CLOSED;
	if (!begun)
		return "must be one div with XHTML in it";
	if (!x.namespaced)
		return "must be in the namespace http://www.w3.org/1999/xhtml: <div xmlns=...>";
	*rule = "txt-2";
	return x.content ? NULL : "must have some content that is not white space";
}
