/*
 * code_read.h
 *		The tables of code maps, for the files of this room.
 */
#ifndef FHIR_BRIDGE_CODE_READ_H
#define FHIR_BRIDGE_CODE_READ_H

#include "postgres.h"

#include "access/genam.h"
#include "storage/itemptr.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#include "codes/code.h"

/* The table of entries, and the index of its primary key: map, source. */
typedef struct CodeTables
{
	Oid			entry;
	Oid			entry_key;
} CodeTables;

typedef struct CodeScan
{
	Relation	table;
	SysScanDesc scan;
	ItemPointerData place;		/* of the last row */
} CodeScan;

/* An entry; a column that is NULL has no bytes. */
typedef struct CodeRow
{
	CodeSource	source;			/* without blanks around */
	CodeSource	stored;			/* the same as the table has it */
	CodeSource	code;
	CodeSource	display;
	CodeSource	system;
} CodeRow;

/* The row of a map. */
typedef struct CodeMapRow
{
	char	   *system;			/* or NULL */
	char	   *unmapped;
	bool		has_version;
	pg_uuid_t	version;
} CodeMapRow;

/* in code_table.c */
extern CodeTables code_find_tables(Oid function);
extern bool code_read_map(Oid function, const char *name, CodeMapRow *row);
extern void code_begin_entries(CodeScan *scan, const CodeTables *tables, const char *map, const CodeSource *source);
extern bool code_next_entry(CodeScan *scan, CodeRow *row);
extern void code_end_entries(CodeScan *scan);

/* in code_file.c */
typedef struct CodeFile CodeFile;

/* Where reading all of a file is; zeros at its beginning. */
typedef struct CodeFileScan
{
	uint32		group;
	int			nth;			/* entry in it, */
	int			nmore;			/* and of those without room, which come behind them */
	const char *at;				/* the next of these */
} CodeFileScan;

extern CodeFile *code_file_open(MemoryContext context, const char *map, const pg_uuid_t *version);
extern bool code_file_find(const CodeFile *file, CodeSource source, bool coding, CodeRow *row);
extern bool code_file_next(const CodeFile *file, CodeFileScan *scan, const char *code, CodeRow *row);
extern bool code_file_is_lost(const CodeFile *file);

/* in code_file_make.c */
extern CodeFile *code_file_make(MemoryContext context, Oid function, const char *map, const pg_uuid_t *version);

#endif							/* FHIR_BRIDGE_CODE_READ_H */
