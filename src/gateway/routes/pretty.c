/*
 * pretty.c
 *		Indents JSON; the database's own jsonb_pretty would sort the members.
 */
#include "gateway/routes/pretty.h"

#include <string.h>

/* A new line, indented. */
static void
new_line(struct evbuffer *out, int depth)
{
	evbuffer_add_printf(out, "\n%*s", depth * 2, "");
}

/* The length of the string that begins here, with its quotes. */
static size_t
string_length(const char *text)
{
	size_t		i = 1;

	while (text[i] != '"' && text[i] != '\0')
		i += text[i] == '\\' && text[i + 1] != '\0' ? 2 : 1;
	return text[i] == '"' ? i + 1 : i;
}

void
pretty_print(struct evbuffer *out, const char *json)
{
	int			depth = 0;

	while (*json != '\0')
	{
		size_t		size = 1;

		switch (*json)
		{
			case ' ':
			case '\n':
			case '\r':
			case '\t':
				break;
			case '{':
			case '[':
				evbuffer_add(out, json, 1);
				size += strspn(json + 1, " \n\r\t");
				if (json[size] != '}' && json[size] != ']')
					new_line(out, ++depth);
				else
					evbuffer_add(out, json + size++, 1);
				break;
			case '}':
			case ']':
				new_line(out, --depth);
				evbuffer_add(out, json, 1);
				break;
			case ',':
				evbuffer_add(out, json, 1);
				new_line(out, depth);
				break;
			case ':':
				evbuffer_add(out, ": ", 2);
				break;
			case '"':
				size = string_length(json);
				evbuffer_add(out, json, size);
				break;
			default:
				size = strcspn(json, " \n\r\t{}[],:\"");
				evbuffer_add(out, json, size);
				break;
		}
		json += size;
	}
	evbuffer_add(out, "\n", 1);
}
