/*
 * code_cache.c
 *		Code maps in the backend's memory.
 *
 * A map is read when it is first asked for, under a fresh catalog snapshot (see
 * code_table.c), and forgotten with all others when one of the tables changes.
 * Who keeps a pointer to a map compares code_generation() before using it again.
 *
 * A small map is read whole.  The entries of a larger one stay in their table
 * and are found by its index, which is best for a session that maps a row or
 * two; once as much time has gone into that as it takes to write them into a
 * file that all sessions share, this is done (code_file.c).
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#include "base/base.h"
#include "json/json.h"
#include "codes/code.h"
#include "codes/code_read.h"

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

/* Up to so many entries are compared one by one. */
#define FEW_ENTRIES		8

/* Up to so many entries are copied into memory: 0.4 kB each at most. */
#define SMALL_MAP		2000

/* After so many searches of a large map it pays to write its file. */
#define FILE_PAYS		20000

static MemoryContext cache_context = NULL;
static List *maps = NIL;		/* CodeMap */
static uint64 generation = 1;
static bool stale = false;
static JsonWriter *coding_writer = NULL;

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

/* {system, code, display} of an entry, in the current context; what has no bytes is left out. */
static Jsonb *
make_coding(CodeSource system, CodeSource code, CodeSource display)
{
	static const JsonKey keys[] = {
		{.name = "code", .len = 4},
		{.name = "system", .len = 6},
		{.name = "display", .len = 7}
	};
	const CodeSource values[] = {code, system, display};
	const JsonKey *present[lengthof(keys)];
	JsonWriter *w = coding_writer;
	int			n = 0;

	json_writer_reset(w);
	for (int i = 0; i < lengthof(keys); i++)
		if (values[i].bytes != NULL)
			present[n++] = &keys[i];
	json_begin_object(w, present, n);
	for (int i = 0; i < lengthof(keys); i++)
		if (values[i].bytes != NULL)
			json_string(w, values[i].bytes, values[i].len);
	json_end(w);
	return DatumGetJsonbP(json_finish(w));
}

/* A string of ours as the columns of rows are. */
static CodeSource
from_string(const char *string)
{
	CodeSource	result = {string, string == NULL ? 0 : strlen(string)};

	return result;
}

/* Fills an entry of the map from a row, in the current context. */
static void
set_entry(CodeEntry *entry, const CodeMap *map, const CodeRow *row, bool coding)
{
	entry->code = cstring_to_text_with_len(row->code.bytes, row->code.len);
	if (coding)
		entry->coding = make_coding(row->system.bytes != NULL ? row->system : from_string(map->system),
									row->code, row->display);
}

/* Has the map more entries than are copied? */
static bool
is_large(const CodeTables *tables, const CodeMap *map)
{
	CodeScan	scan;
	CodeRow		row;
	int			n = 0;

	code_begin_entries(&scan, tables, map->name, NULL);
	while (n <= SMALL_MAP && code_next_entry(&scan, &row))
		n++;
	code_end_entries(&scan);
	return n > SMALL_MAP;
}

/* Copies the map's entries into the current context. */
static void
read_entries(const CodeTables *tables, CodeMap *map)
{
	CodeScan	scan;
	CodeRow		row;

	map->entries = code_create(CurrentMemoryContext, 16, NULL);
	code_begin_entries(&scan, tables, map->name, NULL);
	while (code_next_entry(&scan, &row))
	{
		CodeSource	source = {pnstrdup(row.source.bytes, row.source.len), row.source.len};
		bool		found;

		set_entry(code_insert(map->entries, source, &found), map, &row, true);
	}
	code_end_entries(&scan);
}

/* Copies the entries of a very small map: there, comparing is faster than hashing. */
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

/* Reads the map of a row, into the current context. */
static CodeMap *
read_map(Oid function, const char *name, const CodeMapRow *row)
{
	CodeTables	tables = code_find_tables(function);
	CodeMap    *map = palloc0(sizeof(CodeMap));

	map->name = pstrdup(name);
	map->system = row->system == NULL ? NULL : pstrdup(row->system);
	map->unmapped = code_unmapped(row->unmapped);
	if (map->unmapped == UNMAPPED_DEFAULT)
	{
		CodeRow		given = {.code = from_string(code_default(row->unmapped))};

		map->fallback = palloc0(sizeof(CodeEntry));
		set_entry(map->fallback, map, &given, true);
	}
	if (row->has_version)
	{
		map->version = palloc(sizeof(pg_uuid_t));
		*map->version = row->version;
		map->file = code_file_open(CurrentMemoryContext, name, map->version);
	}
	if (map->file == NULL && !is_large(&tables, map))
	{
		read_entries(&tables, map);
		gather_few(map);
	}
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
	coding_writer = MemoryContextAlloc(cache_context, sizeof(JsonWriter));
	json_writer_init(coding_writer, JSON_BINARY, cache_context);
}

/* The map of a name, kept or read now; NULL when there is none. */
static CodeMap *
find_map(Oid function, const char *name)
{
	MemoryContext old;
	CodeMapRow	row;
	CodeMap    *map;
	ListCell   *lc;

	if (stale || cache_context == NULL)
		forget_maps();
	foreach(lc, maps)
		if (strcmp(((CodeMap *) lfirst(lc))->name, name) == 0)
			return lfirst(lc);
	/* in the caller's context: what is read of a map that is not there is not kept */
	if (!code_read_map(function, name, &row))
		return NULL;
	old = MemoryContextSwitchTo(cache_context);
	map = read_map(function, name, &row);
	maps = lappend(maps, map);
	MemoryContextSwitchTo(old);
	return map;
}

/*
 * The map of a name; NULL when there is none.  Good while code_generation()
 * stays the same.  A change that arrives while the map is read makes it read
 * again.
 */
CodeMap *
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
CodeMap *
code_map_get(Oid function, const char *name)
{
	CodeMap    *map = code_map_get_if_any(function, name);

	if (map == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("code map \"%s\" does not exist", name),
				 errhint("Register it with fhir_code_map().")));
	return map;
}

/* Counts searches of a large map without a file: when they are many, it is made. */
static void
count_searches(Oid function, CodeMap *map, uint32 n)
{
	bool		few = map->searches < FILE_PAYS;

	map->searches += n;
	if (map->version != NULL && few && map->searches >= FILE_PAYS)
		map->file = code_file_make(cache_context, function, map->name, map->version);
}

/* Finds an entry of a large map by the index, into room. */
static bool
search_index(Oid function, CodeMap *map, CodeSource source, bool coding, CodeEntry *room)
{
	CodeTables	tables = code_find_tables(function);
	CodeScan	scan;
	CodeRow		row;
	bool		found;

	code_begin_entries(&scan, &tables, map->name, &source);
	found = code_next_entry(&scan, &row);
	if (found)
		set_entry(room, map, &row, coding);
	code_end_entries(&scan);
	count_searches(function, map, 1);
	return found;
}

/* Finds an entry of a large map in its file, into room; by the index, where the file has got lost. */
static bool
search_file(Oid function, CodeMap *map, CodeSource source, bool coding, CodeEntry *room)
{
	CodeRow		row;
	bool		found = code_file_find(map->file, source, coding, &row);

	if (found)
		set_entry(room, map, &row, coding);
	if (likely(!code_file_is_lost(map->file)))
		return found;
	map->file = NULL;
	map->searches = 0;
	return search_index(function, map, source, coding, room);
}

/*
 * The entry of a source, or NULL.  That of a large map is put into room, in the
 * current context, with its Coding if that is asked for.
 */
const CodeEntry *
code_map_find(Oid function, CodeMap *map, CodeSource source, bool coding, CodeEntry *room)
{
	for (int i = 0; i < map->nfew; i++)
		if (same_source(map->few[i].source, source))
			return &map->few[i];
	if (map->nfew > 0)
		return NULL;
	if (map->entries != NULL)
		return code_lookup(map->entries, source);
	if (map->file != NULL ? search_file(function, map, source, coding, room) : search_index(function, map, source, coding, room))
		return room;
	return NULL;
}

/* Calls visit for the entry of a row of a large map; scratch is reset. */
static void
visit_row(const CodeMap *map, const CodeRow *row, MemoryContext scratch, CodeVisit visit, void *arg)
{
	CodeEntry	entry = {.source = row->source};
	MemoryContext caller = MemoryContextSwitchTo(scratch);

	set_entry(&entry, map, row, true);
	MemoryContextSwitchTo(caller);
	visit(&entry, arg);
	MemoryContextReset(scratch);
}

/* Calls visit for the entries of a large map that have the code, read from its table. */
static void
visit_table(Oid function, const CodeMap *map, const char *code, MemoryContext scratch, CodeVisit visit, void *arg)
{
	CodeTables	tables = code_find_tables(function);
	CodeScan	scan;
	CodeRow		row;

	code_begin_entries(&scan, &tables, map->name, NULL);
	while (code_next_entry(&scan, &row))
	{
		CHECK_FOR_INTERRUPTS();
		if (code == NULL || code_is_text(row.code, code))
			visit_row(map, &row, scratch, visit, arg);
	}
	code_end_entries(&scan);
}

/* The same, read from its file.  Who has been told of entries that are none, since it got lost, is stopped. */
static void
visit_file(CodeMap *map, const char *code, MemoryContext scratch, CodeVisit visit, void *arg)
{
	CodeFileScan scan = {0};
	CodeRow		row = {0};

	while (code_file_next(map->file, &scan, code, &row))
		visit_row(map, &row, scratch, visit, arg);
	if (likely(!code_file_is_lost(map->file)))
		return;
	map->file = NULL;
	ereport(ERROR,
			(errcode(ERRCODE_IO_ERROR),
			 errmsg("the file of code map \"%s\" got lost while it was read", map->name),
			 errhint("Run the statement again: the map's table is read then.")));
}

/* Calls visit for the entries of a large map that have the code; a file is made, which is quicker to read the next time. */
static void
visit_large(Oid function, CodeMap *map, const char *code, CodeVisit visit, void *arg)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge code map row", ALLOCSET_SMALL_SIZES);

	if (map->file == NULL)
		count_searches(function, map, FILE_PAYS);
	if (map->file != NULL)
		visit_file(map, code, scratch, visit, arg);
	else
		visit_table(function, map, code, scratch, visit, arg);
	MemoryContextDelete(scratch);
}

/* Calls visit for each entry of the map that has the code, or for all when it is NULL; but for its default. */
void
code_map_each(Oid function, CodeMap *map, const char *code, CodeVisit visit, void *arg)
{
	code_iterator it;
	CodeEntry  *entry;

	if (map->entries == NULL)
	{
		visit_large(function, map, code, visit, arg);
		return;
	}
	code_start_iterate(map->entries, &it);
	while ((entry = code_iterate(map->entries, &it)) != NULL)
		if (code == NULL || code_is_text((CodeSource){VARDATA_ANY(entry->code), VARSIZE_ANY_EXHDR(entry->code)}, code))
			visit(entry, arg);
}
