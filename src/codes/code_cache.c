/*
 * code_cache.c
 *		Code maps in the backend's memory.
 *
 * A map is read whole when it is first asked for, under a fresh catalog
 * snapshot (see catalog.c), and forgotten with all others when one of the
 * tables changes.  Who keeps a pointer to a map compares code_generation()
 * before using it again.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_collation.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/base.h"
#include "json/json.h"
#include "codes/code.h"

static inline bool
same_source(CodeSource a, CodeSource b)
{
	return a.len == b.len && memcmp(a.bytes, b.bytes, a.len) == 0;
}

#define SH_PREFIX code
#define SH_ELEMENT_TYPE CodeEntry
#define SH_KEY_TYPE CodeSource
#define SH_KEY source
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key).bytes, (key).len)
#define SH_EQUAL(table, a, b) same_source(a, b)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Columns of fhir_code_map and fhir_code_map_entry. */
#define MAP_NAME		1
#define MAP_SYSTEM		3
#define MAP_UNMAPPED	4
#define ENTRY_MAP		1
#define ENTRY_SOURCE	2
#define ENTRY_CODE		3
#define ENTRY_DISPLAY	4
#define ENTRY_SYSTEM	5

/* Up to so many entries are compared one by one. */
#define FEW_ENTRIES		8

static MemoryContext cache_context = NULL;
static List *maps = NIL;		/* CodeMap */
static uint64 generation = 1;
static bool stale = false;

/* The tables, once they are known. */
static Oid	map_table = InvalidOid;
static Oid	entry_table = InvalidOid;

/* Relation callback: what is kept may no longer be right. */
static void
relation_changed(Oid relid)
{
	if (OidIsValid(relid) && relid != map_table && relid != entry_table)
		return;
	generation++;
	stale = true;
}

/* Called once per backend. */
void
code_init(void)
{
	base_on_relation_change(relation_changed);
}

/* Changes whenever a pointer to a map must no longer be used. */
uint64
code_generation(void)
{
	return generation;
}

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

/* {system, code, display} of an entry, in the current context. */
static Jsonb *
make_coding(JsonWriter *w, const char *system, const char *code, const char *display)
{
	static const JsonKey keys[] = {
		{.name = "code", .len = 4},
		{.name = "system", .len = 6},
		{.name = "display", .len = 7}
	};
	const char *values[] = {code, system, display};
	const JsonKey *present[lengthof(keys)];
	int			n = 0;

	json_writer_reset(w);
	for (int i = 0; i < lengthof(keys); i++)
		if (values[i] != NULL)
			present[n++] = &keys[i];
	json_begin_object(w, present, n);
	for (int i = 0; i < lengthof(keys); i++)
		if (values[i] != NULL)
			json_string(w, values[i], strlen(values[i]));
	json_end(w);
	return DatumGetJsonbP(json_finish(w));
}

/* Fills an entry, in the current context. */
static void
set_entry(CodeEntry *entry, JsonWriter *w, const char *system, const char *code, const char *display)
{
	entry->code = cstring_to_text(code);
	entry->coding = make_coding(w, system, code, display);
}

/* A text column of a row: a copy, or NULL. */
static char *
column_text(Relation table, HeapTuple tuple, int column)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, column, RelationGetDescr(table), &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/* Scans a table by its first column, a text. */
static SysScanDesc
scan_by_name(Relation table, Oid index, const char *name)
{
	ScanKeyData key;

	ScanKeyEntryInitialize(&key, 0, 1, BTEqualStrategyNumber, InvalidOid, C_COLLATION_OID,
						   F_TEXTEQ, CStringGetTextDatum(name));
	return systable_beginscan(table, index, true, NULL, 1, &key);
}

/* Reads the map's entries. */
static void
read_entries(Oid function, CodeMap *map, JsonWriter *w, const char *system)
{
	Relation	table = table_open(entry_table, AccessShareLock);
	SysScanDesc scan = scan_by_name(table, base_extension_relation(function, "fhir_code_map_entry_pkey"),
									map->name);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		char	   *source = column_text(table, tuple, ENTRY_SOURCE);
		char	   *code = column_text(table, tuple, ENTRY_CODE);
		char	   *display = column_text(table, tuple, ENTRY_DISPLAY);
		char	   *own_system = column_text(table, tuple, ENTRY_SYSTEM);
		bool		found;
		CodeEntry  *entry = code_insert(map->entries, code_source(source, strlen(source)), &found);

		set_entry(entry, w, own_system ? own_system : system, code, display);
	}
	systable_endscan(scan);
	table_close(table, AccessShareLock);
}

/* Copies the entries of a small map: there, comparing is faster than hashing. */
static void
gather_few(CodeMap *map)
{
	code_iterator it;
	CodeEntry  *entry;

	if (map->entries->members > FEW_ENTRIES)
		return;
	map->few = palloc(sizeof(CodeEntry) * FEW_ENTRIES);
	code_start_iterate(map->entries, &it);
	while ((entry = code_iterate(map->entries, &it)) != NULL)
		map->few[map->nfew++] = *entry;
}

/* Reads a map; NULL when there is none.  In the current context. */
static CodeMap *
read_map(Oid function, const char *name)
{
	Relation	table = table_open(map_table, AccessShareLock);
	SysScanDesc scan = scan_by_name(table, base_extension_relation(function, "fhir_code_map_pkey"), name);
	HeapTuple	tuple = systable_getnext(scan);
	CodeMap    *map = NULL;

	if (HeapTupleIsValid(tuple))
	{
		JsonWriter	writer;
		char	   *system = column_text(table, tuple, MAP_SYSTEM);
		char	   *unmapped = column_text(table, tuple, MAP_UNMAPPED);

		map = palloc0(sizeof(CodeMap));
		map->name = pstrdup(name);
		map->unmapped = code_unmapped(unmapped);
		map->entries = code_create(CurrentMemoryContext, 16, NULL);
		json_writer_init(&writer, JSON_BINARY, CurrentMemoryContext);
		if (map->unmapped == UNMAPPED_DEFAULT)
		{
			map->fallback = palloc0(sizeof(CodeEntry));
			set_entry(map->fallback, &writer, system, code_default(unmapped), NULL);
		}
		read_entries(function, map, &writer, system);
		gather_few(map);
	}
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	return map;
}

/* Forgets all maps after a change; pointers to them must not be used. */
static void
forget_maps(void)
{
	maps = NIL;
	stale = false;
	generation++;
	if (cache_context == NULL)
		cache_context = AllocSetContextCreate(CacheMemoryContext, "fhir_bridge code maps",
											  ALLOCSET_DEFAULT_SIZES);
	else
		MemoryContextReset(cache_context);
}

/* The map of a name, kept or read now; NULL when there is none. */
static CodeMap *
find_map(Oid function, const char *name)
{
	MemoryContext old;
	CodeMap    *map;
	ListCell   *lc;

	if (stale || cache_context == NULL)
		forget_maps();
	foreach(lc, maps)
		if (strcmp(((CodeMap *) lfirst(lc))->name, name) == 0)
			return lfirst(lc);
	old = MemoryContextSwitchTo(cache_context);
	map = read_map(function, name);
	if (map != NULL)
		maps = lappend(maps, map);
	MemoryContextSwitchTo(old);
	return map;
}

/*
 * The map of a name; NULL when there is none.  Good while code_generation()
 * stays the same.  A change that arrives while the map is read makes it read
 * again.
 */
const CodeMap *
code_map_get_if_any(Oid function, const char *name)
{
	CodeMap    *map;

	map_table = base_extension_relation(function, "fhir_code_map");
	entry_table = base_extension_relation(function, "fhir_code_map_entry");
	AcceptInvalidationMessages();
	do
	{
		CHECK_FOR_INTERRUPTS();
		map = find_map(function, name);
	} while (stale);
	return map;
}

/* The same, but an error when there is none. */
const CodeMap *
code_map_get(Oid function, const char *name)
{
	const CodeMap *map = code_map_get_if_any(function, name);

	if (map == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("code map \"%s\" does not exist", name),
				 errhint("Register it with fhir_code_map().")));
	return map;
}

/* All that the map can give, as CodeEntry: its entries, then its default. */
List *
code_map_entries(const CodeMap *map)
{
	List	   *entries = NIL;
	code_iterator it;
	CodeEntry  *entry;

	code_start_iterate(map->entries, &it);
	while ((entry = code_iterate(map->entries, &it)) != NULL)
		entries = lappend(entries, entry);
	if (map->fallback != NULL)
		entries = lappend(entries, map->fallback);
	return entries;
}

/* The entry of a source, or NULL. */
const CodeEntry *
code_map_find(const CodeMap *map, CodeSource source)
{
	for (int i = 0; i < map->nfew; i++)
		if (same_source(map->few[i].source, source))
			return &map->few[i];
	if (map->nfew > 0)
		return NULL;
	return code_lookup(map->entries, source);
}
