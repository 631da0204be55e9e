/*
 * vocabulary.c
 *		A hash table from words to their numbers.  plain C: no server headers.
 *
 * The hash (FNV-1a) goes byte by byte, so that the longest word at a place is
 * found by hashing the place's bytes once.
 */
#include "model/tokens/vocabulary.h"

#include <stdlib.h>
#include <string.h>

/* The entry of a word in two parts, or the unused one where it would be. */
static VocabularyEntry *
find_entry(const Vocabulary *vocabulary, uint64_t hash, const char *prefix, size_t prefix_length,
		   const char *text, size_t length)
{
	size_t		mask = vocabulary->size - 1;

	for (size_t i = (hash ^ hash >> 32) & mask;; i = (i + 1) & mask)
	{
		VocabularyEntry *entry = &vocabulary->entries[i];
		const char *found = vocabulary->texts.data + entry->text;

		if (entry->token == NO_TOKEN ||
			(entry->hash == hash && entry->length == prefix_length + length &&
			 memcmp(found, prefix, prefix_length) == 0 && memcmp(found + prefix_length, text, length) == 0))
			return entry;
	}
}

/* Makes the table twice as large. */
static void
grow(Vocabulary *vocabulary)
{
	VocabularyEntry *old = vocabulary->entries;
	size_t		old_size = vocabulary->size;

	vocabulary->size = old_size > 0 ? old_size * 2 : 1024;
	vocabulary->entries = heap_get(vocabulary->size * sizeof(VocabularyEntry));
	for (size_t i = 0; i < vocabulary->size; i++)
		vocabulary->entries[i].token = NO_TOKEN;
	for (size_t i = 0; i < old_size; i++)
	{
		if (old[i].token != NO_TOKEN)
			*find_entry(vocabulary, old[i].hash, "", 0, vocabulary->texts.data + old[i].text, old[i].length) = old[i];
	}
	free(old);
}

/* Remembers where the word of a number stands. */
static void
note_place(Vocabulary *vocabulary, int32_t token, size_t text)
{
	size_t		needed = (size_t) token + 1;

	if (needed > vocabulary->nplaces)
	{
		vocabulary->places = heap_grow(vocabulary->places, needed, &vocabulary->places_capacity, sizeof(size_t));
		memset(vocabulary->places + vocabulary->nplaces, 0, (needed - vocabulary->nplaces) * sizeof(size_t));
		vocabulary->nplaces = needed;
	}
	vocabulary->places[token] = text + 1;
}

/*
 * Adds a word with a number from 0 to TOKEN_MAX; one that is there already gets
 * the new number.
 */
void
vocabulary_add(Vocabulary *vocabulary, const char *text, size_t length, int32_t token)
{
	uint64_t	hash = vocabulary_hash(VOCABULARY_SEED, text, length);
	VocabularyEntry *entry;

	if (vocabulary->used * 2 >= vocabulary->size)
		grow(vocabulary);
	entry = find_entry(vocabulary, hash, "", 0, text, length);
	if (entry->token == NO_TOKEN)
	{
		entry->hash = hash;
		entry->text = vocabulary->texts.length;
		entry->length = (uint32_t) length;
		bytes_add(&vocabulary->texts, text, length);
		bytes_add(&vocabulary->texts, "", 1);
		vocabulary->used++;
	}
	entry->token = token;
	note_place(vocabulary, token, entry->text);
	if (length > vocabulary->longest)
		vocabulary->longest = length;
}

/* A word's number, or NO_TOKEN. */
int32_t
vocabulary_find(const Vocabulary *vocabulary, const char *text, size_t length)
{
	return vocabulary_find_joined(vocabulary, vocabulary_hash(VOCABULARY_SEED, text, length), "", 0, text, length);
}

/* The number of the word prefix || text, whose hash is known, or NO_TOKEN. */
int32_t
vocabulary_find_joined(const Vocabulary *vocabulary, uint64_t hash, const char *prefix, size_t prefix_length,
					   const char *text, size_t length)
{
	if (vocabulary->size == 0)
		return NO_TOKEN;
	return find_entry(vocabulary, hash, prefix, prefix_length, text, length)->token;
}

/* The word of a number; NULL for none. */
const char *
vocabulary_text(const Vocabulary *vocabulary, int32_t token)
{
	if (token < 0 || (size_t) token >= vocabulary->nplaces || vocabulary->places[token] == 0)
		return NULL;
	return vocabulary->texts.data + vocabulary->places[token] - 1;
}
