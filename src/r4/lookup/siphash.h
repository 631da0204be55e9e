/*
 * siphash.h
 *		Hashes of texts that strangers choose.
 *
 * plain C: no server headers
 *
 * SipHash-1-3 (Aumasson and Bernstein): without the key, nobody can choose texts
 * that meet in a table and make a search of each go through all.
 */
#ifndef FHIR_BRIDGE_R4_SIPHASH_H
#define FHIR_BRIDGE_R4_SIPHASH_H

#include "base/words.h"
#include "r4/lookup/host.h"

typedef struct R4Hash
{
	uint64_t	v[4];
	uint64_t	tail;			/* bytes that are not eight yet */
	uint32_t	len;			/* bytes so far */
} R4Hash;

static inline uint64_t
r4_rotate(uint64_t word, int bits)
{
	return word << bits | word >> (64 - bits);
}

static inline void
r4_hash_round(uint64_t *v)
{
	v[0] += v[1];
	v[1] = r4_rotate(v[1], 13) ^ v[0];
	v[0] = r4_rotate(v[0], 32);
	v[2] += v[3];
	v[3] = r4_rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = r4_rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = r4_rotate(v[1], 17) ^ v[2];
	v[2] = r4_rotate(v[2], 32);
}

static inline void
r4_hash_word(R4Hash *hash, uint64_t word)
{
	hash->v[3] ^= word;
	r4_hash_round(hash->v);
	hash->v[0] ^= word;
}

static inline R4Hash
r4_hash_start(void)
{
	const uint64_t *key = r4_hash_key();

	return (R4Hash){{key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
					 key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)},
					0,
					0};
}

/* Adds bytes: a text in two pieces gives the hash of the whole. */
static inline void
r4_hash_add(R4Hash *hash, const char *text, uint32_t len)
{
	while (len > 0)
	{
		if (hash->len % 8 == 0 && len >= 8)
		{
			r4_hash_word(hash, word_load8(text));
			hash->len += 8;
			text += 8;
			len -= 8;
			continue;
		}
		((unsigned char *) &hash->tail)[hash->len++ % 8] = (unsigned char) *text++;
		len--;
		if (hash->len % 8 == 0)
		{
			r4_hash_word(hash, hash->tail);
			hash->tail = 0;
		}
	}
}

/* Adds a number. */
static inline void
r4_hash_number(R4Hash *hash, uint64_t number)
{
	r4_hash_add(hash, (const char *) &number, sizeof(number));
}

/* The hash of all that was added. */
static inline uint64_t
r4_hash_end(R4Hash *hash)
{
	r4_hash_word(hash, hash->tail ^ (uint64_t) hash->len << 56);
	hash->v[2] ^= 0xFF;
	for (int i = 0; i < 3; i++)
		r4_hash_round(hash->v);
	return hash->v[0] ^ hash->v[1] ^ hash->v[2] ^ hash->v[3];
}

/* The same in 31 bits, never 0. */
static inline uint32_t
r4_hash_short(R4Hash *hash)
{
	uint32_t	bits = (uint32_t) (r4_hash_end(hash) >> 33);

	return bits != 0 ? bits : 1;
}

#endif							/* FHIR_BRIDGE_R4_SIPHASH_H */
