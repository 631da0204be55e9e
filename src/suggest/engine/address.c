/*
 * address.c
 *		Which addresses are not out in the world.
 *
 * A name that somebody else answers for may point anywhere, also at the
 * machine itself or at a cloud's metadata service, and may change between one
 * look and the next.  So the address is judged where the socket is made, after
 * all name resolution.
 */
#include "postgres.h"

#include <netinet/in.h>

#include "suggest/engine/engine.h"

/* A range of IPv4 addresses, in host order. */
typedef struct Range
{
	uint32		base;
	int			bits;
} Range;

/* The special-purpose ranges of RFC 6890 and multicast. */
static const Range private_ranges[] = {
	{0x00000000, 8},			/* this network */
	{0x0a000000, 8},			/* private */
	{0x64400000, 10},			/* shared by carriers; some clouds' metadata */
	{0x7f000000, 8},			/* loopback */
	{0xa9fe0000, 16},			/* link-local; most clouds' metadata */
	{0xac100000, 12},			/* private */
	{0xc0000000, 24},			/* protocol assignments */
	{0xc0a80000, 16},			/* private */
	{0xc6120000, 15},			/* benchmarks */
	{0xe0000000, 3},			/* multicast, reserved, broadcast */
};

static bool
is_private_v4(uint32 address)
{
	for (int i = 0; i < lengthof(private_ranges); i++)
	{
		if ((address ^ private_ranges[i].base) >> (32 - private_ranges[i].bits) == 0)
			return true;
	}
	return false;
}

/*
 * Only 2000::/3 is given out to the world.  Within it, 6to4 (2002::/16) and
 * Teredo (2001::/32) carry an IPv4 address; NAT64 (64:ff9b::/96) does too, and
 * its addresses are as good as that one.
 */
static bool
is_private_v6(const uint8 *a)
{
	static const uint8 nat64[12] = {0x00, 0x64, 0xff, 0x9b};

	if (memcmp(a, nat64, sizeof(nat64)) == 0)
		return is_private_v4((uint32) a[12] << 24 | a[13] << 16 | a[14] << 8 | a[15]);
	return (a[0] & 0xe0) != 0x20 ||
		(a[0] == 0x20 && a[1] == 0x02) ||
		(a[0] == 0x20 && a[1] == 0x01 && a[2] == 0 && a[3] == 0);
}

/* Is this no address of the public internet? */
bool
address_is_private(const struct sockaddr *address)
{
	switch (address->sa_family)
	{
		case AF_INET:
			return is_private_v4(ntohl(((const struct sockaddr_in *) address)->sin_addr.s_addr));
		case AF_INET6:
			return is_private_v6(((const struct sockaddr_in6 *) address)->sin6_addr.s6_addr);
		default:
			return true;
	}
}
