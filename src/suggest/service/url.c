/*
 * url.c
 *		What a service's address may look like, and whether its host is allowed.
 *
 * The address is the only place that says whom the server talks to, so it is
 * held to a small part of what RFC 3986 allows: scheme, host, port and a plain
 * path.  No user name, query or fragment, nothing encoded in the host.
 */
#include "postgres.h"

#include <ctype.h>

#include "utils/builtins.h"
#include "utils/varlena.h"

#include "suggest/service/service.h"

#define HOST_NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-."
#define HOST_V6_CHARACTERS "abcdef0123456789:."
#define PATH_CHARACTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/%+"

/* Is what follows the host an optional port and a plain path? */
static bool
is_port_and_path(const char *rest)
{
	if (*rest == ':')
	{
		size_t		digits = strspn(++rest, "0123456789");
		long		port = digits < 6 ? strtol(rest, NULL, 10) : 0;

		if (port < 1 || port > 65535)
			return false;
		rest += digits;
	}
	return *rest == '\0' || (*rest == '/' && rest[strspn(rest, PATH_CHARACTERS)] == '\0');
}

/*
 * Takes a URL apart.  Returns NULL when it is one that may be called, else a
 * sentence that says what is wrong; the host is palloc'd.
 */
const char *
suggest_url_parse(const char *url, SuggestUrl *parts)
{
	size_t		length;
	const char *host;
	char	   *c;

	if (strncmp(url, "https://", 8) == 0)
		host = url + 8;
	else if (strncmp(url, "http://", 7) == 0)
		host = url + 7;
	else
		return "The address must begin with https://.";
	parts->is_https = (url[4] == 's');

	if (strchr(host, '@') != NULL)
		return "The address must not have a user name.";
	if (strpbrk(host, "?#") != NULL)
		return "The address must have neither query nor fragment.";
	if (*host == '[')
	{
		length = strcspn(++host, "]");
		if (host[length] != ']' || !is_port_and_path(host + length + 1))
			return "The address has a bad host, port or path.";
	}
	else
	{
		length = strcspn(host, ":/");
		if (!is_port_and_path(host + length))
			return "The address has a bad port or path.";
	}
	parts->host = pnstrdup(host, length);
	for (c = parts->host; *c != '\0'; c++)
		*c = tolower((unsigned char) *c);
	if (length == 0 || length > 253 ||
		parts->host[strspn(parts->host, host[-1] == '[' ? HOST_V6_CHARACTERS : HOST_NAME_CHARACTERS)] != '\0')
		return "The address has a bad host.";
	return NULL;
}

/*
 * Is the host in the list, a setting's comma-separated names?  Without regard
 * to case; no wild cards.
 */
bool
suggest_host_allowed(const char *host, const char *list)
{
	char	   *copy = pstrdup(list);
	List	   *names;
	ListCell   *cell;

	if (!SplitGUCList(copy, ',', &names))
		return false;
	foreach(cell, names)
	{
		if (pg_strcasecmp(host, (const char *) lfirst(cell)) == 0)
			return true;
	}
	return false;
}
