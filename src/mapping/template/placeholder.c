/*
 * placeholder.c
 *		Splitting a string of the template into text and placeholders.
 *
 * A placeholder is a SQL expression in braces.  Where it ends is decided by
 * SQL's lexical rules: a brace inside quotes, a dollar-quoted string, a
 * comment, parentheses or brackets does not end it.  {{ and }} are literal
 * braces.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/json.h"

#include "mapping/template/template.h"

/* Past a quoted piece that starts at s: '...', "..." or E'...' after the E. */
static const char *
skip_quoted(const char *s, bool escapes)
{
	char		quote = *s++;

	while (*s != '\0')
	{
		if (escapes && *s == '\\' && s[1] != '\0')
			s += 2;
		else if (*s == quote && s[1] == quote)
			s += 2;
		else if (*s++ == quote)
			break;
	}
	return s;
}

/* Past a dollar-quoted string that starts at s, or s when it is none. */
static const char *
skip_dollar_quoted(const char *s)
{
	const char *tag = s + 1;
	const char *end;
	int			len;

	if (!isdigit((unsigned char) *tag))
		while (isalnum((unsigned char) *tag) || *tag == '_' || IS_HIGHBIT_SET(*tag))
			tag++;
	if (*tag != '$')
		return s;
	len = tag + 1 - s;
	for (end = tag + 1; *end != '\0'; end++)
		if (strncmp(end, s, len) == 0)
			return end + len;
	return end;
}

/* Past a comment that starts at s, or s when there is none. */
static const char *
skip_comment(const char *s)
{
	int			depth = 1;

	if (s[0] == '-' && s[1] == '-')
		return s + strcspn(s, "\n");
	if (s[0] != '/' || s[1] != '*')
		return s;
	for (s += 2; *s != '\0' && depth > 0; s++)
	{
		if (s[0] == '*' && s[1] == '/')
			depth--, s++;
		else if (s[0] == '/' && s[1] == '*')
			depth++, s++;
	}
	return s;
}

/* Past whatever SQL treats as one piece at s; s when it is plain text. */
static const char *
skip_piece(const char *s, const char *start)
{
	if (*s == '\'')
	{
		bool		escapes = s > start && (s[-1] == 'E' || s[-1] == 'e') &&
			(s - 1 == start || !(isalnum((unsigned char) s[-2]) || s[-2] == '_'));

		return skip_quoted(s, escapes);
	}
	if (*s == '"')
		return skip_quoted(s, false);
	if (*s == '$' && (s == start || !(isalnum((unsigned char) s[-1]) || s[-1] == '_')))
		return skip_dollar_quoted(s);
	return skip_comment(s);
}

/* The closing brace of the placeholder whose expression starts at s, or NULL. */
static const char *
placeholder_end(const char *start)
{
	int			depth = 0;
	const char *s = start;

	while (*s != '\0')
	{
		const char *next = skip_piece(s, start);

		if (next != s)
		{
			s = next;
			continue;
		}
		if (*s == '(' || *s == '[')
			depth++;
		else if (*s == ')' || *s == ']')
			depth--;
		else if (*s == '}' && depth <= 0)
			return s;
		s++;
	}
	return NULL;
}

/*
 * The byte offset in raw (JSON text between quotes) of the character that
 * stands at byte `position` of the unescaped string.
 */
int
placeholder_raw_offset(const char *string, int position, const char *raw)
{
	int			i = 0;
	int			r = 0;

	while (i < position && string[i] != '\0')
	{
		if (raw[r] != '\\')
		{
			i++;
			r++;
		}
		else if (raw[r + 1] != 'u')
		{
			i++;
			r += 2;
		}
		else
		{
			unsigned int code = (unsigned int) strtoul(pnstrdup(raw + r + 2, 4), NULL, 16);

			i += pg_mblen(string + i);
			r += (code >= 0xD800 && code <= 0xDBFF) ? 12 : 6;
		}
	}
	return r;
}

/* Adds the text gathered so far to the node's parts. */
static void
flush_text(TemplateNode *node, StringInfo text)
{
	TemplatePart *part;

	if (text->len == 0)
		return;
	part = palloc0(sizeof(TemplatePart));
	part->text = pstrdup(text->data);
	node->parts = lappend(node->parts, part);
	resetStringInfo(text);
}

/* Adds the placeholder between start and end to the node's parts. */
static void
add_placeholder(TemplateNode *node, const char *string, const char *start,
				const char *end, const char *raw, int raw_offset)
{
	TemplatePart *part = palloc0(sizeof(TemplatePart));
	TemplateExpr *expr = palloc0(sizeof(TemplateExpr));

	expr->sql = pnstrdup(start, end - start);
	expr->offset = raw_offset + placeholder_raw_offset(string, start - string, raw + raw_offset);
	expr->context = "placeholder";
	part->expr = expr;
	node->parts = lappend(node->parts, part);
}

/* Sets the node's kind from its parts. */
static void
classify(Template *template, TemplateNode *node)
{
	TemplatePart *first = node->parts == NIL ? NULL : linitial(node->parts);
	StringInfoData json;

	if (first == NULL)
	{
		first = palloc0(sizeof(TemplatePart));
		first->text = pstrdup("");
		node->parts = list_make1(first);
	}
	if (list_length(node->parts) > 1)
	{
		node->kind = TEMPLATE_TEXT;
		return;
	}
	if (first->expr != NULL)
	{
		node->kind = TEMPLATE_VALUE;
		return;
	}
	initStringInfo(&json);
	escape_json(&json, first->text);
	node->kind = TEMPLATE_CONSTANT;
	node->json = json.data;
}

/*
 * Splits a string of the template into the node's parts.  `string` is the
 * unescaped text; raw + raw_offset is where its JSON form starts, after the
 * quote.  Faults: a brace that is never closed, one that was never opened, an
 * empty placeholder, an empty string.
 */
void
placeholder_split(Template *template, TemplateNode *node, const char *string,
				  const char *raw, int raw_offset)
{
	const char *s = string;
	StringInfoData text;

	initStringInfo(&text);
	if (*s == '\0')
		template_node_fault(template, node, "Leave the member out.",
							"a string must not be empty");
	while (*s != '\0')
	{
		if ((*s == '{' || *s == '}') && s[1] == *s)
		{
			appendStringInfoChar(&text, *s);
			s += 2;
		}
		else if (*s == '{')
		{
			const char *end = placeholder_end(s + 1);

			if (end == NULL)
			{
				template_node_fault(template, node,
									"Write } behind the expression; within quotes, parentheses and brackets it does not end it. Write {{ for a literal brace.",
									"placeholder is never closed");
				break;
			}
			flush_text(node, &text);
			if (strspn(s + 1, " \t\n\r") >= end - s - 1)
				template_node_fault(template, node, NULL, "placeholder is empty");
			else
				add_placeholder(node, string, s + 1, end, raw, raw_offset);
			s = end + 1;
		}
		else if (*s == '}')
		{
			template_node_fault(template, node, "Write }} for a literal brace.",
								"closing brace without an opening one");
			s++;
		}
		else
			appendStringInfoChar(&text, *s++);
	}
	flush_text(node, &text);
	classify(template, node);
}
