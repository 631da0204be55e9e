/*
 * code_file.c
 *		Large code maps in files that all sessions share.
 *
 * A terminology has some hundred thousand entries.  A copy of them in every
 * session takes a hundred megabytes and half a second; a search in the table's
 * index for each value takes longer than making the rest of a resource.  So the
 * first session that looks for many values writes the map into a file
 * (code_file_make.c), as a hash table that needs no lock since it never
 * changes, and every session maps that file into its memory.
 *
 * The file is named after the map's version, which is a new one whenever an
 * entry changes: a file is right or is not found, also within a transaction
 * that changed the map, on a standby, and after a restore.  It lies among the
 * server's temporary files, is removed with them when the server starts, and
 * by the session that writes the next version.  Where it cannot be written,
 * the index is asked.
 *
 * What is mapped can get lost while it is: the disk fails, or somebody cuts the
 * file short.  The kernel tells that by SIGBUS, which would end the server's
 * sessions all.  So the signal puts zeros into the file's place, which are an
 * empty map, and who has looked there asks code_file_is_lost().
 */
#include "postgres.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/hashfn.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/base.h"
#include "codes/code_file.h"
#include "codes/code_read.h"

struct CodeFile
{
	const char *map;
	char	   *start;			/* the whole file, mapped */
	Size		size;
	uint32		ngroups;
	const CodeFileGroup *groups;
	const char *behind;
	volatile sig_atomic_t lost; /* by the handler: there are zeros in the file's place */
	struct CodeFile *next;
	MemoryContextCallback unmap;
};

/* All that are mapped, and what SIGBUS did before. */
static CodeFile *mapped = NULL;
static struct sigaction usual;

/* SIGBUS: the memory that was read is none.  When it is a file's, it becomes zeros, and is read again. */
static void
lose_file(int signal, siginfo_t *info, void *context)
{
	const char *place = info->si_addr;

	for (CodeFile *file = mapped; file != NULL; file = file->next)
	{
		if (place < file->start || place >= file->start + file->size)
			continue;
		file->lost = true;
		if (mmap(file->start, file->size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED)
			return;
	}
	sigaction(SIGBUS, &usual, NULL);
}

/* Called for the first file that is mapped. */
static void
watch_for_losses(void)
{
	static bool watched = false;
	struct sigaction action = {.sa_sigaction = lose_file, .sa_flags = SA_SIGINFO};

	if (!watched)
		sigaction(SIGBUS, &action, &usual);
	watched = true;
}

static void
unmap(void *arg)
{
	CodeFile   *file = arg;
	CodeFile  **link = &mapped;

	while (*link != file)
		link = &(*link)->next;
	*link = file->next;
	munmap(file->start, file->size);
}

/* Has the file got lost?  To be asked after what was found has been copied; the log says so once. */
bool
code_file_is_lost(const CodeFile *file)
{
	pg_compiler_barrier();
	if (likely(!file->lost))
		return false;
	ereport(LOG,
			(errcode(ERRCODE_IO_ERROR),
			 errmsg("the file of code map \"%s\" got lost while it was in use", file->map),
			 errdetail("It was cut short, or its disk cannot be read. The map is looked up by its index.")));
	return true;
}

/* What the names of all files of a map begin with. */
char *
code_file_prefix(const char *map)
{
	return psprintf(PG_TEMP_FILE_PREFIX "_fhir_code.%u.%016" PRIx64 ".", MyDatabaseId,
					hash_bytes_extended((const unsigned char *) map, strlen(map), 0));
}

/* The name of the file of a map's version, in the folder. */
char *
code_file_name(const char *map, const pg_uuid_t *version)
{
	return psprintf("%s%s", code_file_prefix(map), DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(version))));
}

/* Finds the parts of a mapped file; false when it is none of ours, or of another map. */
static bool
find_parts(CodeFile *file, const pg_uuid_t *version)
{
	const CodeFileHead *head = (const CodeFileHead *) file->start;

	if (strcmp(head->magic, CODE_FILE_MAGIC) != 0 || memcmp(&head->version, version, sizeof(pg_uuid_t)) != 0 ||
		head->size != file->size || code_file_size(head) != file->size)
		return false;
	file->ngroups = head->ngroups;
	file->groups = (const CodeFileGroup *) (file->start + sizeof(CodeFileHead));
	file->behind = (const char *) (file->groups + head->ngroups);
	return head->map_len == strlen(file->map) &&
		memcmp(file->behind + head->behind_len, file->map, head->map_len) == 0 && !file->lost;
}

/* Maps a file; false when it is none, or there is no memory for it. */
static bool
map_file(CodeFile *file, const char *path)
{
	int			fd = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	struct stat st;
	void	   *start = MAP_FAILED;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && st.st_size >= sizeof(CodeFileHead))
		start = mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	CloseTransientFile(fd);
	if (start == MAP_FAILED)
		return false;
	file->start = start;
	file->size = st.st_size;
	file->next = mapped;
	mapped = file;
	watch_for_losses();
	return true;
}

/*
 * Maps the file of the map's version into memory, until the context is reset.
 * NULL when there is none yet.
 */
CodeFile *
code_file_open(MemoryContext context, const char *map, const pg_uuid_t *version)
{
	CodeFile   *file = MemoryContextAllocZero(context, sizeof(CodeFile));

	file->map = MemoryContextStrdup(context, map);
	file->unmap.func = unmap;
	file->unmap.arg = file;
	if (!map_file(file, psprintf(CODE_FILE_FOLDER "/%s", code_file_name(map, version))))
		return NULL;
	if (find_parts(file, version))
	{
		MemoryContextRegisterResetCallback(context, &file->unmap);
		return file;
	}
	unmap(file);
	return NULL;
}

/* Reads a string, which has no bytes if there is none; what follows it. */
static inline const char *
read_string(const char *at, CodeSource *string)
{
	string->len = (uint8) *at++;
	string->bytes = NULL;
	if (string->len == CODE_NO_STRING)
		return at;
	if (likely(string->len != CODE_LONG_STRING))
		string->len--;
	else
	{
		memcpy(&string->len, at, sizeof(string->len));
		at += sizeof(string->len);
	}
	string->bytes = at;
	return at + string->len;
}

/* Compares, the last bytes first: codes of one length mostly begin alike. */
static inline bool
same_source(CodeSource a, CodeSource b)
{
	uint64		end_of_a;
	uint64		end_of_b;

	if (a.len != b.len)
		return false;
	if (a.len < sizeof(uint64))
		return memcmp(a.bytes, b.bytes, a.len) == 0;
	memcpy(&end_of_a, a.bytes + a.len - sizeof(uint64), sizeof(uint64));
	memcpy(&end_of_b, b.bytes + b.len - sizeof(uint64), sizeof(uint64));
	return end_of_a == end_of_b && (a.len == sizeof(uint64) || memcmp(a.bytes, b.bytes, a.len) == 0);
}

/* Reads an entry for which its group had no room; what follows it. */
static const char *
read_whole(const char *at, CodeRow *row)
{
	at = read_string(read_string(at, &row->source), &row->code);
	return read_string(read_string(at, &row->display), &row->system);
}

/* Reads display and system of the nth entry in a group. */
static void
read_rest(const CodeFile *file, const CodeFileGroup *group, int nth, CodeRow *row)
{
	const char *at = file->behind + group->behind;
	CodeRow		other;

	/* its lines are asked for at once, not each when the one before has told how long its strings are */
	__builtin_prefetch(at + CODE_GROUP_SIZE / 2);
	__builtin_prefetch(at + CODE_GROUP_SIZE);
	for (int i = 0; i < group->more; i++)
		at = read_whole(at, &other);
	for (int i = 0; i <= nth; i++)
		at = read_string(read_string(at, &row->display), &row->system);
}

/* The entry of a source among those for which their group had no room. */
static bool
find_behind(const CodeFile *file, const CodeFileGroup *group, CodeSource source, CodeRow *row)
{
	const char *at = file->behind + group->behind;

	for (int i = 0; i < group->more; i++)
	{
		at = read_whole(at, row);
		if (same_source(row->source, source))
			return true;
	}
	return false;
}

/*
 * The entry of a source, with display and system if a Coding is to be made of
 * it; false when there is none.  The memory of its group is waited for once: both
 * lines are asked for at once, and until the code is known no branch depends on
 * them that a processor would guess wrong, so that it goes on meanwhile.
 */
bool
code_file_find(const CodeFile *file, CodeSource source, bool coding, CodeRow *row)
{
	uint32		hash = code_file_hash(source);
	const CodeFileGroup *group = &file->groups[code_file_group(hash, file->ngroups)];
	uint8		mark = code_file_mark(hash);
	uint32		hits = 0;

	__builtin_prefetch((const char *) group + CODE_GROUP_SIZE / 2);
	for (int i = 0; i < CODE_GROUP_ENTRIES; i++)
		hits |= (uint32) (group->marks[i] == mark) << i;
	for (; hits != 0; hits &= hits - 1)
	{
		int			nth = pg_rightmost_one_pos32(hits);
		const char *at = read_string(group->bytes + group->places[nth], &row->source);

		if (!same_source(row->source, source))
			continue;
		read_string(at, &row->code);
		if (coding)
			read_rest(file, group, nth, row);
		return true;
	}
	return group->more > 0 && find_behind(file, group, source, row);
}

/* The next entry of the file: of each group those in it, then those that it had no room for; false when there are no more. */
static bool
next_entry(const CodeFile *file, CodeFileScan *scan, CodeRow *row)
{
	for (; scan->group < file->ngroups; scan->group++, scan->nth = 0, scan->nmore = 0)
	{
		const CodeFileGroup *group = &file->groups[scan->group];

		CHECK_FOR_INTERRUPTS();
		if (scan->nth < CODE_GROUP_ENTRIES && group->marks[scan->nth] != 0)
		{
			read_string(read_string(group->bytes + group->places[scan->nth], &row->source), &row->code);
			read_rest(file, group, scan->nth++, row);
			return true;
		}
		if (scan->nmore < group->more)
		{
			scan->at = read_whole(scan->nmore++ == 0 ? file->behind + group->behind : scan->at, row);
			return true;
		}
	}
	return false;
}

/* The next entry that has the code, or any when it is NULL; false when there are no more. */
bool
code_file_next(const CodeFile *file, CodeFileScan *scan, const char *code, CodeRow *row)
{
	while (next_entry(file, scan, row))
		if (code == NULL || code_is_text(row->code, code))
			return true;
	return false;
}
