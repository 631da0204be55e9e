/*
 * bytes.h
 *		Private to this room: bytes and short names, some at a time.
 *
 * plain C: no server headers
 */
#ifndef FHIR_BRIDGE_R4_BYTES_H
#define FHIR_BRIDGE_R4_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Eight bytes, and four, from any address. */
static inline uint64_t
r4_load8(const char *from)
{
	uint64_t	word;

	memcpy(&word, from, sizeof(word));
	return word;
}

static inline uint32_t
r4_load4(const char *from)
{
	uint32_t	word;

	memcpy(&word, from, sizeof(word));
	return word;
}

/*
 * Are n bytes the same, n at least 1?  A call of memcmp takes longer than this
 * for names, which are short: words that overlap cover them.
 */
static inline bool
r4_same_bytes(const char *a, const char *b, int n)
{
	if (n >= 8)
	{
		if (r4_load8(a) != r4_load8(b) || r4_load8(a + n - 8) != r4_load8(b + n - 8))
			return false;
		if (n > 32)
			return memcmp(a, b, n) == 0;
		return n <= 16 ||
			((r4_load8(a + 8) ^ r4_load8(b + 8)) | (r4_load8(a + n - 16) ^ r4_load8(b + n - 16))) == 0;
	}
	if (n >= 4)
		return ((r4_load4(a) ^ r4_load4(b)) | (r4_load4(a + n - 4) ^ r4_load4(b + n - 4))) == 0;
	return a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1];
}

/*
 * Is some byte less than limit, which is at most 0x80?  Eight bytes at a time,
 * the last of which overlap: where a byte is less, subtracting borrows into its
 * highest bit.
 */
static inline bool
r4_has_less(const char *text, int len, unsigned char limit)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t limits = ones * limit;
	uint64_t	found = 0;
	uint64_t	word;

	if (len >= 8)
	{
		for (int i = 0; i + 8 < len; i += 8)
		{
			word = r4_load8(text + i);
			found |= (word - limits) & ~word;
		}
		word = r4_load8(text + len - 8);
	}
	else if (len >= 4)
		word = r4_load4(text) | (uint64_t) r4_load4(text + len - 4) << 32;
	else if (len > 0)
		word = ~UINT64_C(0xFFFFFF) | (unsigned char) text[0] |
			(uint64_t) (unsigned char) text[len / 2] << 8 | (uint64_t) (unsigned char) text[len - 1] << 16;
	else
		return false;
	found |= (word - limits) & ~word;
	return (found & (ones << 7)) != 0;
}

#endif							/* FHIR_BRIDGE_R4_BYTES_H */
