/*
 * words.h
 *		Looking at eight bytes of a text at a time, or sixteen.
 *
 * plain C: no server headers
 *
 * Bytes of a text are asked the same question all at once, in a word.  Short
 * texts are covered by pieces that overlap, so that nothing beyond their ends
 * is read.
 */
#ifndef FHIR_BRIDGE_WORDS_H
#define FHIR_BRIDGE_WORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Eight bytes, and four, from any address. */
static inline uint64_t
word_load8(const char *from)
{
	uint64_t	word;

	memcpy(&word, from, sizeof(word));
	return word;
}

static inline uint32_t
word_load4(const char *from)
{
	uint32_t	word;

	memcpy(&word, from, sizeof(word));
	return word;
}

/* Sixteen bytes that are compared at once. */
typedef unsigned char WordSixteen __attribute__((vector_size(16)));

static inline WordSixteen
word_load16(const char *from)
{
	WordSixteen bytes;

	memcpy(&bytes, from, sizeof(bytes));
	return bytes;
}

static inline bool
word_is_any_set(WordSixteen bytes)
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
word_same_bytes(const char *a, const char *b, int n)
{
	if (n >= 16)
	{
		WordSixteen differs = word_load16(a + n - 16) ^ word_load16(b + n - 16);

		for (int i = 0; i < n - 16; i += 16)
			differs |= word_load16(a + i) ^ word_load16(b + i);
		return !word_is_any_set(differs);
	}
	if (n >= 8)
		return ((word_load8(a) ^ word_load8(b)) | (word_load8(a + n - 8) ^ word_load8(b + n - 8))) == 0;
	if (n >= 4)
		return ((word_load4(a) ^ word_load4(b)) | (word_load4(a + n - 4) ^ word_load4(b + n - 4))) == 0;
	return a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1];
}

/* One to seven bytes as a word: some of them stand in it more than once. */
static inline uint64_t
word_load_short(const char *from, int n)
{
	uint32_t	word;

	if (n >= 4)
		return word_load4(from) | (uint64_t) word_load4(from + n - 4) << 32;
	word = (unsigned char) from[0] * 0x01000001U | (uint32_t) (unsigned char) from[n / 2] << 8 |
		(uint32_t) (unsigned char) from[n - 1] << 16;
	return word | (uint64_t) word << 32;
}

/* A byte in each place of a word. */
#define WORD_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Is some byte of a word this one? */
static inline bool
word_some_is(uint64_t word, char byte)
{
	uint64_t	rest = word ^ WORD_EACH((unsigned char) byte);

	return ((rest - WORD_EACH(1)) & ~rest & WORD_EACH(0x80)) != 0;
}

/*
 * Is some of n bytes, n at least 1, less than limit, which is at most 0x80?
 * Sixteen at a time, or eight, the last of which overlap.  In a word, where a
 * byte is less, subtracting borrows into its highest bit.
 */
static inline bool
word_has_less(const char *text, int n, unsigned char limit)
{
	const uint64_t limits = WORD_EACH(limit);
	uint64_t	found;
	uint64_t	word;

	if (n >= 16)
	{
		WordSixteen less = (WordSixteen) (word_load16(text + n - 16) < limit);

		for (int i = 0; i < n - 16; i += 16)
			less |= (WordSixteen) (word_load16(text + i) < limit);
		return word_is_any_set(less);
	}
	word = n >= 8 ? word_load8(text) : word_load_short(text, n);
	found = (word - limits) & ~word;
	if (n > 8)
	{
		word = word_load8(text + n - 8);
		found |= (word - limits) & ~word;
	}
	return (found & WORD_EACH(0x80)) != 0;
}

#endif							/* FHIR_BRIDGE_WORDS_H */
