/*
 * code.h
 *		Code maps: a hospital's codes, and the FHIR codes that they mean.
 *
 * A *map* has a name, a default system, and a rule for what is not in it; an
 * *entry* gives a *source*, the hospital's code, its FHIR code.
 */
#ifndef FHIR_BRIDGE_CODE_H
#define FHIR_BRIDGE_CODE_H

#include "postgres.h"

#include "fmgr.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"

/* What becomes of a source without an entry. */
typedef enum CodeUnmapped
{
	UNMAPPED_ERROR,
	UNMAPPED_OMIT,				/* nothing */
	UNMAPPED_TEXT,				/* a concept with the source as text */
	UNMAPPED_DEFAULT			/* a code given with the map */
} CodeUnmapped;

/* A source: bytes without blanks around, not terminated. */
typedef struct CodeSource
{
	const char *bytes;
	int			len;
} CodeSource;

typedef struct CodeEntry
{
	CodeSource	source;
	uint32		hash;
	char		status;			/* for simplehash */
	text	   *code;
	Jsonb	   *coding;			/* {system, code, display} */
} CodeEntry;

struct code_hash;

typedef struct CodeMap
{
	char	   *name;
	CodeUnmapped unmapped;
	CodeEntry  *fallback;		/* UNMAPPED_DEFAULT */
	CodeEntry  *few;			/* all entries of a small map, side by side */
	int			nfew;			/* 0: look in entries */
	struct code_hash *entries;
} CodeMap;

/* in code_cache.c */
extern void code_init(void);
extern uint64 code_generation(void);
extern const CodeMap *code_map_get(Oid function, const char *name);
extern const CodeMap *code_map_get_if_any(Oid function, const char *name);
extern List *code_map_entries(const CodeMap *map);
extern const CodeEntry *code_map_find(const CodeMap *map, CodeSource source);
extern CodeSource code_source(const char *bytes, int len);

/*
 * Told of each value that a map does not have, while it is set: by guard.c
 * alone, around one row.  An error that the map would raise is then not
 * raised, the value has no code.
 */
typedef void (*CodeWatch) (void *arg, const CodeMap *map, CodeSource source);

/* in code.c */
extern CodeWatch code_watch;
extern void *code_watch_arg;

/* Counts the values that a map has left out: who sees it change knows that one was. */
extern uint64 code_omissions;

extern bool code_type_is_looked_up(Oid type);

/* in code_entries.c */
extern Datum code_entries(const char *map, Oid type, Datum given);

/* in code_register.c */
extern CodeUnmapped code_unmapped(const char *text);
extern const char *code_default(const char *unmapped);

#endif							/* FHIR_BRIDGE_CODE_H */
