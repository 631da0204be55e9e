/*
 * place.h
 *		Where names stand in the generated tables.
 *
 * plain C: no server headers
 */
#ifndef FHIR_BRIDGE_R4_PLACE_H
#define FHIR_BRIDGE_R4_PLACE_H

#include <stdint.h>

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

#endif							/* FHIR_BRIDGE_R4_PLACE_H */
