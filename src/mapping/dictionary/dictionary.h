/*
 * dictionary.h
 *		Names of tables and columns, read with a dictionary.
 *
 * A name is taken apart into *words* between underlines.  What columns can be
 * about are *concepts*, whose *patterns* are compared with the words.
 */
#ifndef FHIR_BRIDGE_DICTIONARY_H
#define FHIR_BRIDGE_DICTIONARY_H

#include "postgres.h"

/* Words beside a number of a resource that change nothing. */
#define DICTIONARY_KEY_WORDS "id no code key 號 號碼 編號 代號 代碼 碼 序號"

/* What the last word of a table's name says for its resource. */
#define DICTIONARY_LAST_WORD	15

/* How a concept's columns are read. */
typedef enum DictionarySort
{
	SORT_VALUE,
	SORT_TIME,					/* dates and times */
	SORT_KEY					/* a number of a resource */
} DictionarySort;

/* What a column can be about: see dictionary_concepts.c. */
typedef struct DictionaryConcept
{
	const char *name;			/* for a reader, and to look it up */
	DictionarySort sort;
	const char *resource;		/* of a key */
	const char *words;			/* in three groups between bars */
	const char *with;			/* words beside it that change nothing, or NULL */
	const char *speaks;			/* resources and weights, or NULL */
	const char *places;			/* paths, or NULL */
} DictionaryConcept;

/* What a relation can be about: see dictionary_resources.c. */
typedef struct DictionaryResource
{
	const char *name;
	const char *words;			/* of tables' names, between blanks, UTF-8 */
	const char *needs;			/* concepts between bars; NULL: never drafted */
} DictionaryResource;

/* in dictionary_concepts.c */
extern const DictionaryConcept dictionary_concepts[];
extern const DictionaryConcept *dictionary_concept(const char *name);
extern bool dictionary_is(const DictionaryConcept *concept, const char *name);

/* in dictionary_split.c */
extern char *dictionary_split_name(const char *name);

/* in dictionary.c */
extern bool dictionary_is_among(const char *word, int len, const char *patterns);
extern char *dictionary_as_list(const char *words);
extern const DictionaryConcept *dictionary_read_name(const char *words, bool time_only, char **why, char **left);
extern bool dictionary_says_time(const char *words);
extern bool dictionary_has_word(const char *words, const char *patterns);
extern bool dictionary_has_only_word(const char *words, const char *patterns);
extern int	dictionary_score(const char *words, const char *resource);
extern bool dictionary_is_explained(const char *left, const char *const *lists, int count);
extern char *dictionary_next(const char **list, char separator);

/* in dictionary_resources.c */
extern const DictionaryResource dictionary_resources[];

#endif							/* FHIR_BRIDGE_DICTIONARY_H */
