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
#include "nodes/nodes.h"
#include "utils/jsonb.h"
#include "utils/uuid.h"

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

/* An entry; of a large map it is made for the one look-up. */
typedef struct CodeEntry
{
	CodeSource	source;
	uint32		hash;
	char		status;			/* for simplehash */
	text	   *code;
	Jsonb	   *coding;			/* {system, code, display} */
} CodeEntry;

struct code_hash;
struct CodeFile;

/*
 * A map.  Up to SMALL_MAP entries are kept in memory; a larger one lies in a
 * file (code_file.c), once so many were looked for that it pays to write it.
 */
typedef struct CodeMap
{
	char	   *name;
	char	   *system;			/* of entries without their own, or NULL */
	CodeUnmapped unmapped;
	CodeEntry  *fallback;		/* UNMAPPED_DEFAULT */
	CodeEntry  *few;			/* all entries of a very small map, side by side */
	int			nfew;			/* 0: look in entries */
	struct code_hash *entries;	/* NULL of a large map */
	struct CodeFile *file;		/* of a large map; NULL: ask the index */
	pg_uuid_t  *version;		/* the file's, or NULL if there cannot be one */
	uint32		searches;		/* by the index, so far */
} CodeMap;

/* Told of an entry, which is good until it returns. */
typedef void (*CodeVisit) (const CodeEntry *entry, void *arg);

/* in code_cache.c */
extern void code_init(void);
extern uint64 code_generation(void);
extern CodeMap *code_map_get(Oid function, const char *name);
extern CodeMap *code_map_get_if_any(Oid function, const char *name);
extern void code_map_each(Oid function, CodeMap *map, const char *code, CodeVisit visit, void *arg);
extern const CodeEntry *code_map_find(Oid function, CodeMap *map, CodeSource source, bool coding, CodeEntry *room);

/*
 * Told of each value that a map does not have, while it is set: by
 * collect.c alone, around one row.  An error that the map would raise is then not
 * raised, the value has no code.
 */
typedef void (*CodeWatch) (void *arg, const CodeMap *map, CodeSource source);

/* in code.c */
extern CodeWatch code_watch;
extern void *code_watch_arg;

/* Counts the values that a map has left out: who sees it change knows that one was. */
extern uint64 code_omissions;

extern bool code_type_is_looked_up(Oid type);

/* A call of one of the functions that look up, as it stands in an expression. */
typedef struct CodeCall
{
	bool		whole;			/* gives a Coding or CodeableConcept, not the code alone */
	const char *map;			/* NULL: each row names its own */
	Node	   *value;			/* what is looked up */
} CodeCall;

/* in code_call.c */
extern bool code_read_call(Node *node, Oid schema, CodeCall *call);

/* in code_table.c */
extern CodeSource code_source(const char *bytes, int len);
extern CodeSource code_bytes(Datum value, bool isnull);
extern bool code_is_text(CodeSource string, const char *text);

/* in code_register.c */
extern CodeUnmapped code_unmapped(const char *text);
extern const char *code_default(const char *unmapped);

#endif							/* FHIR_BRIDGE_CODE_H */
