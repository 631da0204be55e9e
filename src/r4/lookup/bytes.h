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

/* Sixteen bytes that are compared at once. */
typedef unsigned char R4Sixteen __attribute__((vector_size(16)));

static inline R4Sixteen
r4_load16(const char *from)
{
	R4Sixteen	bytes;

	memcpy(&bytes, from, sizeof(bytes));
	return bytes;
}

static inline bool
r4_is_any_set(R4Sixteen bytes)
{
	uint64_t	halves[2];

	memcpy(halves, &bytes, sizeof(bytes));
	return (halves[0] | halves[1]) != 0;
}

/*
 * Are n bytes the same, n at least 1?  A call of memcmp takes longer than this
 * for names, which are short: pieces, the last of which overlap, cover them.
 */
static inline bool
r4_same_bytes(const char *a, const char *b, int n)
{
	if (n >= 16)
	{
		R4Sixteen	differs = r4_load16(a + n - 16) ^ r4_load16(b + n - 16);

		for (int i = 0; i < n - 16; i += 16)
			differs |= r4_load16(a + i) ^ r4_load16(b + i);
		return !r4_is_any_set(differs);
	}
	if (n >= 8)
		return ((r4_load8(a) ^ r4_load8(b)) | (r4_load8(a + n - 8) ^ r4_load8(b + n - 8))) == 0;
	if (n >= 4)
		return ((r4_load4(a) ^ r4_load4(b)) | (r4_load4(a + n - 4) ^ r4_load4(b + n - 4))) == 0;
	return a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1];
}

/* One to seven bytes as a word: some of them stand in it more than once. */
static inline uint64_t
r4_load_short(const char *from, int n)
{
	uint32_t	word;

	if (n >= 4)
		return r4_load4(from) | (uint64_t) r4_load4(from + n - 4) << 32;
	word = (unsigned char) from[0] * 0x01000001U | (uint32_t) (unsigned char) from[n / 2] << 8 |
		(uint32_t) (unsigned char) from[n - 1] << 16;
	return word | (uint64_t) word << 32;
}

/* A byte in each place of a word. */
#define R4_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Is some byte of a word this one? */
static inline bool
r4_some_is(uint64_t word, char byte)
{
	uint64_t	rest = word ^ R4_EACH((unsigned char) byte);

	return ((rest - R4_EACH(1)) & ~rest & R4_EACH(0x80)) != 0;
}

/*
 * Is some of n bytes, n at least 1, less than limit, which is at most 0x80?
 * Sixteen at a time, or eight, the last of which overlap.  In a word, where a
 * byte is less, subtracting borrows into its highest bit.
 */
static inline bool
r4_has_less(const char *text, int n, unsigned char limit)
{
	const uint64_t limits = R4_EACH(limit);
	uint64_t	found;
	uint64_t	word;

	if (n >= 16)
	{
		R4Sixteen	less = (R4Sixteen) (r4_load16(text + n - 16) < limit);

		for (int i = 0; i < n - 16; i += 16)
			less |= (R4Sixteen) (r4_load16(text + i) < limit);
		return r4_is_any_set(less);
	}
	word = n >= 8 ? r4_load8(text) : r4_load_short(text, n);
	found = (word - limits) & ~word;
	if (n > 8)
	{
		word = r4_load8(text + n - 8);
		found |= (word - limits) & ~word;
	}
	return (found & R4_EACH(0x80)) != 0;
}

/*
 * Where in a hash table of this size the search for a name of at least one
 * byte begins.  Its length and three of its bytes tell the names of one type
 * apart as well as all would.  The same as place in generate.py; seed is odd.
 */
static inline uint32_t
r4_place(const char *name, int len, uint32_t seed, uint32_t size)
{
	const unsigned char *byte = (const unsigned char *) name;
	uint32_t	hash = ((uint32_t) len | (uint32_t) byte[0] << 8 | (uint32_t) byte[len - 1] << 16 |
						(uint32_t) byte[(len - 1) / 2] << 24) *
		0x27D4EB2FU;

	return (uint32_t) ((uint64_t) (hash * seed) * size >> 32);
}

#endif							/* FHIR_BRIDGE_R4_BYTES_H */
