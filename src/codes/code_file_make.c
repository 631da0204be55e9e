/*
 * code_file_make.c
 *		Writes the file of a large code map.
 *
 * The entries are read into memory, counted by group and put into place, which
 * takes some hundred bytes each for the time being.  The file has the name that
 * others look for only when it is whole.
 */
#include "postgres.h"

#include <fcntl.h>
#include <unistd.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "codes/code_file.h"
#include "codes/code_read.h"

/* Of so many bytes of entries a file is made: offsets are of 32 bits, and memory has an end. */
#define MAX_ENTRIES		((Size) 512 * 1024 * 1024)

/* An entry that was read: its strings lie as read_string() reads them, source and code before display and system. */
typedef struct MadeEntry
{
	uint32		hash;
	uint32		key_len;
	uint32		rest_len;
	uint32		place;			/* of its strings */
} MadeEntry;

typedef struct Made
{
	MadeEntry  *entries;
	int			n;
	int			room;
	StringInfoData strings;
	Size		keys_len;		/* of which the number of groups follows */
} Made;

/* Adds a string; how many bytes that took. */
static uint32
append_string(StringInfo to, CodeSource string)
{
	int			before = to->len;

	if (string.bytes == NULL)
		appendStringInfoChar(to, CODE_NO_STRING);
	else if (string.len < CODE_LONG_STRING - 1)
		appendStringInfoChar(to, (char) (string.len + 1));
	else
	{
		appendStringInfoChar(to, (char) CODE_LONG_STRING);
		appendBinaryStringInfo(to, (char *) &string.len, sizeof(string.len));
	}
	if (string.len > 0)
		appendBinaryStringInfo(to, string.bytes, string.len);
	return to->len - before;
}

/* Keeps an entry. */
static void
add_entry(Made *made, const CodeRow *row)
{
	MadeEntry	entry = {.hash = code_file_hash(row->source), .place = made->strings.len};

	if (made->n == made->room)
	{
		made->room *= 2;
		made->entries = repalloc_huge(made->entries, sizeof(MadeEntry) * made->room);
	}
	entry.key_len = append_string(&made->strings, row->source);
	entry.key_len += append_string(&made->strings, row->code);
	entry.rest_len = append_string(&made->strings, row->display);
	entry.rest_len += append_string(&made->strings, row->system);
	/* a group for each is enough, however long they are */
	made->keys_len += Min(entry.key_len, CODE_GROUP_FILL);
	made->entries[made->n++] = entry;
}

/* Reads all entries of the map; false when they are too many. */
static bool
read_entries(Made *made, const CodeTables *tables, const char *map)
{
	CodeScan	scan;
	CodeRow		row;
	bool		fit = true;

	initStringInfo(&made->strings);
	made->room = 4096;
	made->entries = palloc(sizeof(MadeEntry) * made->room);
	code_begin_entries(&scan, tables, map, NULL);
	while (fit && code_next_entry(&scan, &row))
	{
		CHECK_FOR_INTERRUPTS();
		fit = (Size) made->strings.len + row.source.len + row.code.len + row.display.len + row.system.len +
				sizeof(MadeEntry) * made->n <
			MAX_ENTRIES;
		if (fit)
			add_entry(made, &row);
	}
	code_end_entries(&scan);
	return fit;
}

static int
compare_hashes(const void *a, const void *b)
{
	uint32		one = ((const MadeEntry *) a)->hash;
	uint32		other = ((const MadeEntry *) b)->hash;

	return one < other ? -1 : one > other;
}

/* Fills a group with entries, and puts behind what lies behind it; false when too many have no room. */
static bool
fill_group(CodeFileGroup *group, const MadeEntry *entries, int n, const char *strings, StringInfo rests, StringInfo behind)
{
	Size		len = 0;
	int			kept = 0;

	resetStringInfo(rests);
	group->behind = behind->len;
	for (int i = 0; i < n; i++)
	{
		const MadeEntry *entry = &entries[i];
		const char *key = strings + entry->place;

		if (kept == CODE_GROUP_ENTRIES || entry->key_len > sizeof(group->bytes) - len)
		{
			appendBinaryStringInfo(behind, key, entry->key_len + entry->rest_len);
			continue;
		}
		group->marks[kept] = code_file_mark(entry->hash);
		group->places[kept++] = len;
		memcpy(group->bytes + len, key, entry->key_len);
		len += entry->key_len;
		appendBinaryStringInfo(rests, key + entry->key_len, entry->rest_len);
	}
	group->more = n - kept;
	appendBinaryStringInfo(behind, rests->data, rests->len);
	return n - kept <= PG_UINT16_MAX;
}

/* The groups of all entries, which come to be sorted, and what lies behind them; NULL when there can be none. */
static CodeFileGroup *
make_groups(Made *made, uint32 ngroups, StringInfo behind)
{
	CodeFileGroup *groups = MemoryContextAllocExtended(CurrentMemoryContext, sizeof(CodeFileGroup) * (Size) ngroups,
													   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	StringInfoData rests;
	int			next = 0;

	initStringInfo(&rests);
	initStringInfo(behind);
	qsort(made->entries, made->n, sizeof(MadeEntry), compare_hashes);
	for (uint32 group = 0; group < ngroups; group++)
	{
		int			first = next;

		CHECK_FOR_INTERRUPTS();
		while (next < made->n && code_file_group(made->entries[next].hash, ngroups) == group)
			next++;
		if (!fill_group(&groups[group], made->entries + first, next - first, made->strings.data, &rests, behind))
			return NULL;
	}
	return groups;
}

/* Writes all of a part; false when the disk is full, or worse. */
static bool
write_part(int fd, const void *part, Size len)
{
	const char *bytes = part;

	while (len > 0)
	{
		ssize_t		written = write(fd, bytes, Min(len, 1024 * 1024));

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		bytes += written;
		len -= written;
	}
	return true;
}

/* Writes a file of this name, which is there as a whole or not at all. */
static bool
write_file(const char *name, const CodeFileHead *head, const CodeFileGroup *groups, const char *behind, const char *map)
{
	char	   *path = psprintf(CODE_FILE_FOLDER "/%s", name);
	char	   *draft = psprintf(CODE_FILE_FOLDER "/" PG_TEMP_FILE_PREFIX "_fhir_code.%d", MyProcPid);
	int			fd = OpenTransientFile(draft, O_WRONLY | O_CREAT | O_TRUNC | PG_BINARY);
	bool		written;

	if (fd < 0 && errno == ENOENT && MakePGDirectory(CODE_FILE_FOLDER) == 0)
		fd = OpenTransientFile(draft, O_WRONLY | O_CREAT | O_TRUNC | PG_BINARY);
	written = fd >= 0 && write_part(fd, head, sizeof(CodeFileHead)) &&
		write_part(fd, groups, sizeof(CodeFileGroup) * (Size) head->ngroups) &&
		write_part(fd, behind, head->behind_len) && write_part(fd, map, head->map_len);
	if (fd >= 0)
		CloseTransientFile(fd);
	if (written && rename(draft, path) == 0)
		return true;
	ereport(LOG,
			(errcode_for_file_access(),
			 errmsg("could not write \"%s\": %m", path),
			 errdetail("Values of a large code map are looked up by its index, which takes longer.")));
	(void) unlink(draft);
	return false;
}

/* Removes the files of other versions of the map; who still uses one keeps it. */
static void
remove_others(const char *prefix, const char *name)
{
	DIR		   *folder = AllocateDir(CODE_FILE_FOLDER);
	struct dirent *entry;

	while (folder != NULL && (entry = ReadDirExtended(folder, CODE_FILE_FOLDER, LOG)) != NULL)
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && strcmp(entry->d_name, name) != 0)
			(void) unlink(psprintf(CODE_FILE_FOLDER "/%s", entry->d_name));
	if (folder != NULL)
		FreeDir(folder);
}

/*
 * Writes the file of the map's version; false when there will be none.  The
 * entries may be those of the next version, if that was committed a moment ago:
 * the caller has to see whether the version is still the same, before.
 */
static bool
make_file(Oid function, const char *map, const pg_uuid_t *version)
{
	CodeTables	tables = code_find_tables(function);
	CodeFileHead head = {.magic = CODE_FILE_MAGIC, .version = *version, .map_len = strlen(map)};
	Made		made = {NULL};
	StringInfoData behind;
	CodeFileGroup *groups;
	CodeMapRow	now;

	if (!read_entries(&made, &tables, map) || !code_read_map(function, map, &now) || !now.has_version ||
		memcmp(&now.version, version, sizeof(pg_uuid_t)) != 0)
		return false;
	head.ngroups = made.keys_len / CODE_GROUP_FILL + 1;
	groups = make_groups(&made, head.ngroups, &behind);
	if (groups == NULL)
		return false;
	head.behind_len = behind.len;
	head.size = code_file_size(&head);
	if (!write_file(code_file_name(map, version), &head, groups, behind.data, map))
		return false;
	remove_others(code_file_prefix(map), code_file_name(map, version));
	return true;
}

/* Writes the file of the map's version, and maps it as code_file_open() does; NULL when it cannot be had. */
CodeFile *
code_file_make(MemoryContext context, Oid function, const char *map, const pg_uuid_t *version)
{
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge code map file", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(work);
	CodeFile   *file = NULL;

	if (make_file(function, map, version))
		file = code_file_open(context, map, version);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	return file;
}
