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

/* An entry that was read; key and rest follow, as the parts have them. */
typedef struct MadeEntry
{
	uint32		hash;
	uint32		key_len;
	uint32		rest_len;
} MadeEntry;

/* Adds the length of a string; one of 0 is NULL if it has no bytes. */
static void
append_length(StringInfo to, CodeSource string)
{
	if (string.bytes == NULL)
		appendStringInfoChar(to, (char) CODE_NO_STRING);
	else if (string.len < CODE_LONG_STRING)
		appendStringInfoChar(to, (char) string.len);
	else
	{
		appendStringInfoChar(to, (char) CODE_LONG_STRING);
		appendBinaryStringInfo(to, (char *) &string.len, sizeof(string.len));
	}
}

/* Adds two strings as read_pair() reads them; how many bytes that took. */
static int
append_pair(StringInfo to, CodeSource first, CodeSource second)
{
	int			before = to->len;

	append_length(to, first);
	append_length(to, second);
	if (first.len > 0)
		appendBinaryStringInfo(to, first.bytes, first.len);
	if (second.len > 0)
		appendBinaryStringInfo(to, second.bytes, second.len);
	return to->len - before;
}

/* Reads all entries of the map; false when they are too many. */
static bool
read_entries(StringInfo made, CodeFileHead *head, const CodeTables *tables, const char *map)
{
	CodeScan	scan;
	CodeRow		row;
	bool		fit = true;

	code_begin_entries(&scan, tables, map, NULL);
	while (fit && code_next_entry(&scan, &row))
	{
		MadeEntry	entry = {code_file_hash(row.source)};
		int			place = made->len;

		CHECK_FOR_INTERRUPTS();
		fit = (Size) made->len + row.code.len + row.display.len + row.system.len < MAX_ENTRIES;
		if (!fit)
			break;
		appendBinaryStringInfo(made, (char *) &entry, sizeof(entry));
		entry.key_len = append_pair(made, row.source, row.code);
		entry.rest_len = append_pair(made, row.display, row.system);
		memcpy(made->data + place, &entry, sizeof(entry));
		head->keys_len += entry.key_len;
		head->rests_len += entry.rest_len;
	}
	code_end_entries(&scan);
	return fit;
}

static CodeFilePart
new_part(uint32 ngroups, Size len)
{
	CodeFilePart part = {palloc0(sizeof(uint32) * ((Size) ngroups + 1)), palloc(len)};

	return part;
}

/* Puts the strings of an entry before those that are there of its group. */
static void
put(CodeFilePart *part, uint32 group, const char *bytes, Size len)
{
	part->starts[group] -= len;
	memcpy(part->bytes + part->starts[group], bytes, len);
}

/* The two parts with all entries: each group's bytes are counted, then filled from its end. */
static void
make_parts(const CodeFileHead *head, StringInfo made, CodeFilePart *keys, CodeFilePart *rests)
{
	const char *end = made->data + made->len;
	MadeEntry	entry;
	uint32		group;

	*keys = new_part(head->ngroups, head->keys_len);
	*rests = new_part(head->ngroups, head->rests_len);
	for (const char *at = made->data; at < end; at += sizeof(entry) + entry.key_len + entry.rest_len)
	{
		memcpy(&entry, at, sizeof(entry));
		group = code_file_group(entry.hash, head->ngroups);
		keys->starts[group] += entry.key_len;
		rests->starts[group] += entry.rest_len;
	}
	for (uint32 i = 1; i <= head->ngroups; i++)
	{
		keys->starts[i] += keys->starts[i - 1];
		rests->starts[i] += rests->starts[i - 1];
	}
	for (const char *at = made->data; at < end; at += sizeof(entry) + entry.key_len + entry.rest_len)
	{
		memcpy(&entry, at, sizeof(entry));
		group = code_file_group(entry.hash, head->ngroups);
		put(keys, group, at + sizeof(entry), entry.key_len);
		put(rests, group, at + sizeof(entry) + entry.key_len, entry.rest_len);
	}
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

/* Writes the parts into a file of this name, which is there as a whole or not at all. */
static bool
write_file(const char *name, const CodeFileHead *head, const char *map, const CodeFilePart *keys, const CodeFilePart *rests)
{
	Size		starts_len = sizeof(uint32) * ((Size) head->ngroups + 1);
	char	   *path = psprintf(CODE_FILE_FOLDER "/%s", name);
	char	   *draft = psprintf(CODE_FILE_FOLDER "/" PG_TEMP_FILE_PREFIX "_fhir_code.%d", MyProcPid);
	int			fd = OpenTransientFile(draft, O_WRONLY | O_CREAT | O_TRUNC | PG_BINARY);
	bool		written;

	if (fd < 0 && errno == ENOENT && MakePGDirectory(CODE_FILE_FOLDER) == 0)
		fd = OpenTransientFile(draft, O_WRONLY | O_CREAT | O_TRUNC | PG_BINARY);
	written = fd >= 0 && write_part(fd, head, sizeof(CodeFileHead)) &&
		write_part(fd, keys->starts, starts_len) && write_part(fd, rests->starts, starts_len) &&
		write_part(fd, keys->bytes, head->keys_len) && write_part(fd, rests->bytes, head->rests_len) &&
		write_part(fd, map, head->map_len);
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
	StringInfoData made;
	CodeFilePart keys;
	CodeFilePart rests;
	CodeMapRow	now;

	initStringInfo(&made);
	if (!read_entries(&made, &head, &tables, map) || !code_read_map(function, map, &now) || !now.has_version ||
		memcmp(&now.version, version, sizeof(pg_uuid_t)) != 0)
		return false;
	head.ngroups = head.keys_len / CODE_GROUP_SIZE + 1;
	head.size = code_file_size(&head);
	make_parts(&head, &made, &keys, &rests);
	if (!write_file(code_file_name(map, version), &head, map, &keys, &rests))
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
