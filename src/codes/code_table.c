/*
 * code_table.c
 *		Rows of the code maps' tables, by their indexes.
 *
 * They are read as the server reads its own catalogs: by nobody's rights and
 * under a fresh snapshot, whatever the query around sees.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_collation.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "base/base.h"
#include "codes/code_read.h"

/* Columns of fhir_code_map and fhir_code_map_entry. */
#define MAP_SYSTEM		3
#define MAP_UNMAPPED	4
#define MAP_VERSION		5
#define ENTRY_SOURCE	2
#define ENTRY_CODE		3
#define ENTRY_DISPLAY	4
#define ENTRY_SYSTEM	5

/* A source as it is compared: without blanks around. */
CodeSource
code_source(const char *bytes, int len)
{
	CodeSource	source;

	while (len > 0 && isspace((unsigned char) *bytes))
		bytes++, len--;
	while (len > 0 && isspace((unsigned char) bytes[len - 1]))
		len--;
	source.bytes = bytes;
	source.len = len;
	return source;
}

/* Are its bytes those of the text? */
bool
code_is_text(CodeSource string, const char *text)
{
	return strlen(text) == string.len && memcmp(string.bytes, text, string.len) == 0;
}

/* The bytes of a text, as it lies there if it can; NULL has none. */
CodeSource
code_bytes(Datum value, bool isnull)
{
	CodeSource	result = {NULL, 0};

	if (!isnull)
	{
		struct varlena *packed = PG_DETOAST_DATUM_PACKED(value);

		result.bytes = VARDATA_ANY(packed);
		result.len = VARSIZE_ANY_EXHDR(packed);
	}
	return result;
}

/* A text column of a row. */
static CodeSource
column(TupleDesc desc, HeapTuple tuple, int number)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, number, desc, &isnull);

	return code_bytes(value, isnull);
}

/* Opens the scan of a table by the first columns of its primary key, which are texts. */
static void
begin(CodeScan *scan, Oid table, Oid index, int nkeys, const CodeSource *keys)
{
	ScanKeyData key[2];

	for (int i = 0; i < nkeys; i++)
		ScanKeyEntryInitialize(&key[i], 0, i + 1, BTEqualStrategyNumber, InvalidOid, C_COLLATION_OID,
							   F_TEXTEQ, PointerGetDatum(cstring_to_text_with_len(keys[i].bytes, keys[i].len)));
	scan->table = table_open(table, AccessShareLock);
	scan->scan = systable_beginscan(scan->table, index, true, NULL, nkeys, key);
}

/* The row of a map, in the current context; false when there is none. */
bool
code_read_map(Oid function, const char *name, CodeMapRow *row)
{
	CodeScan	scan;
	CodeSource	key = {name, strlen(name)};
	HeapTuple	tuple;

	begin(&scan, base_extension_relation(function, "fhir_code_map"),
		  base_extension_relation(function, "fhir_code_map_pkey"), 1, &key);
	tuple = systable_getnext(scan.scan);
	if (HeapTupleIsValid(tuple))
	{
		TupleDesc	desc = RelationGetDescr(scan.table);
		CodeSource	system = column(desc, tuple, MAP_SYSTEM);
		CodeSource	unmapped = column(desc, tuple, MAP_UNMAPPED);
		bool		isnull;
		Datum		version = heap_getattr(tuple, MAP_VERSION, desc, &isnull);

		row->system = system.bytes == NULL ? NULL : pnstrdup(system.bytes, system.len);
		row->unmapped = pnstrdup(unmapped.bytes, unmapped.len);
		row->has_version = !isnull;
		if (!isnull)
			row->version = *DatumGetUUIDP(version);
	}
	code_end_entries(&scan);
	return HeapTupleIsValid(tuple);
}

/* What the scans of a map's entries need to know. */
CodeTables
code_find_tables(Oid function)
{
	CodeTables	tables;

	tables.entry = base_extension_relation(function, "fhir_code_map_entry");
	tables.entry_key = base_extension_relation(function, "fhir_code_map_entry_pkey");
	return tables;
}

/* Begins to read the entries of a map: all in the order of their sources, or that of one source. */
void
code_begin_entries(CodeScan *scan, const CodeTables *tables, const char *map, const CodeSource *source)
{
	CodeSource	keys[2] = {{map, strlen(map)}};

	if (source != NULL)
		keys[1] = *source;
	begin(scan, tables->entry, tables->entry_key, source != NULL ? 2 : 1, keys);
}

/* The next entry, which lies in its row if it can: good until the one after it; false when there is none. */
bool
code_next_entry(CodeScan *scan, CodeRow *row)
{
	TupleDesc	desc = RelationGetDescr(scan->table);
	HeapTuple	tuple = systable_getnext(scan->scan);

	if (!HeapTupleIsValid(tuple))
		return false;
	scan->place = tuple->t_self;
	row->stored = column(desc, tuple, ENTRY_SOURCE);
	row->source = code_source(row->stored.bytes, row->stored.len);
	row->code = column(desc, tuple, ENTRY_CODE);
	row->display = column(desc, tuple, ENTRY_DISPLAY);
	row->system = column(desc, tuple, ENTRY_SYSTEM);
	return true;
}

/* Ends a scan. */
void
code_end_entries(CodeScan *scan)
{
	systable_endscan(scan->scan);
	table_close(scan->table, AccessShareLock);
}
