/*
 * proxy.c
 *		Whose X-Forwarded-For is believed: the addresses of TRUSTED_PROXIES.
 *
 * An entry is an address or a network, as 10.0.0.1, 10.0.0.0/8 or fd00::/8;
 * an ingress controller's own address changes with each of its restarts.
 */
#include "gateway/base/proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATORS ", \t"

/* A network; bits counts from its address's first. */
typedef struct Network
{
	unsigned char address[16];
	int			family;
	int			bits;
} Network;

/* Reads an address of AF_INET or AF_INET6; returns its family, or 0. */
static int
read_address(const char *text, unsigned char *address)
{
	if (inet_pton(AF_INET, text, address) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, text, address) == 1 ? AF_INET6 : 0;
}

/* Reads one entry of size bytes; returns false when it is none. */
static bool
read_network(const char *entry, size_t size, Network *network)
{
	char		text[64];
	char	   *slash;
	char	   *end = NULL;
	int			most;

	if (size >= sizeof(text))
		return false;
	memcpy(text, entry, size);
	text[size] = '\0';
	slash = strchr(text, '/');
	if (slash != NULL)
		*slash = '\0';
	network->family = read_address(text, network->address);
	most = network->family == AF_INET ? 32 : 128;
	network->bits = slash == NULL ? most : (int) strtol(slash + 1, &end, 10);
	return network->family != 0 && network->bits >= 0 && network->bits <= most &&
		(slash == NULL || (end > slash + 1 && *end == '\0'));
}

/* Does an address lie in a network? */
static bool
holds(const Network *network, int family, const unsigned char *address)
{
	int			bytes = network->bits / 8;
	int			rest = network->bits % 8;

	return network->family == family && memcmp(network->address, address, bytes) == 0 &&
		(rest == 0 || ((network->address[bytes] ^ address[bytes]) >> (8 - rest)) == 0);
}

bool
proxies_are_good(const char *list)
{
	Network		network;

	for (list += strspn(list, SEPARATORS); *list != '\0'; list += strspn(list, SEPARATORS))
	{
		size_t		size = strcspn(list, SEPARATORS);

		if (!read_network(list, size, &network))
			return false;
		list += size;
	}
	return true;
}

bool
proxy_is_trusted(const char *list, const char *text)
{
	unsigned char address[16];
	int			family = read_address(text, address);
	Network		network;

	for (list += strspn(list, SEPARATORS); *list != '\0' && family != 0; list += strspn(list, SEPARATORS))
	{
		size_t		size = strcspn(list, SEPARATORS);

		if (read_network(list, size, &network) && holds(&network, family, address))
			return true;
		list += size;
	}
	return false;
}
