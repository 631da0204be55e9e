/*
 * code_file.c
 *		Large code maps in files that all sessions share.
 *
 * A terminology has some hundred thousand entries.  A copy of them in every
 * session takes a hundred megabytes and half a second; a search in the table's
 * index for each value takes longer than making the rest of a resource.  So the
 * first session that looks for many values writes the map into a file, as a
 * hash table that needs no lock since it never changes, and every session maps
 * that file into its memory.
 *
 * The file is named after the map's version, which is a new one whenever an
 * entry changes: a file is right or is not found, also within a transaction
 * that changed the map, on a standby, and after a restore.  It lies among the
 * server's temporary files, is removed with them when the server starts, and
 * by the session that writes the next version.  Where it cannot be written,
 * the index is asked.
 */
#include "postgres.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file_utils.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#include "base/base.h"
#include "codes/code_read.h"

#define MAGIC			"fhir_bridge codes 1"
#define FOLDER			"base/" PG_TEMP_FILES_DIR
#define NO_STRING		PG_UINT16_MAX	/* length of a column that is NULL */

/* So many bytes of a part fit: offsets count words of four bytes. */
#define MAX_PART		((Size) 512 * 1024 * 1024)

/*
 * The entries lie in buckets, each in the one that its hash says or, when that
 * is full, in one behind it: memory is waited for once in a look-up, and hardly
 * anything else takes time.
 */
#define BUCKET_SIZE		128
#define BUCKET_FILLED	72		/* bytes of a bucket that are taken, on the average */

typedef struct FileBucket
{
	uint8		passed;			/* an entry of this bucket, or of one before, lies behind it */
	uint8		records[BUCKET_SIZE - 1];	/* the first that begins with 0, or the end, ends them */
} FileBucket;

/* An entry in a bucket.  What does not fit into it lies elsewhere. */
typedef struct FileRecord
{
	uint8		source_len;		/* or IS_LONG */
	uint8		code_len;		/* of a long one: bits of its hash */
	uint8		offset[4];		/* of the rest or, of a long one, of its FileLong, in words */
	uint8		bytes[FLEXIBLE_ARRAY_MEMBER];	/* source and code */
} FileRecord;

#define RECORD_HEAD		offsetof(FileRecord, bytes)
#define IS_LONG			PG_UINT8_MAX
#define MAX_RECORD		64

/* A long entry: source and code follow. */
typedef struct FileLong
{
	uint32		source_len;
	uint32		code_len;
	uint32		rest;
} FileLong;

/* What is read for a Coding: display and system follow. */
typedef struct FileRest
{
	uint16		display_len;
	uint16		system_len;
} FileRest;

/* The beginning of a file; buckets and rests follow. */
typedef struct FileHead
{
	char		magic[24];
	pg_uuid_t	version;
	uint64		size;			/* of the file */
	uint32		nbuckets;
	uint32		rests_len;
	uint32		map_len;		/* the map's name is the first of the rests */
	uint8		fill[BUCKET_SIZE - 24 - UUID_LEN - 8 - 12]; /* buckets begin where lines of the processor's cache do */
} FileHead;

StaticAssertDecl(sizeof(FileHead) == BUCKET_SIZE && sizeof(FileBucket) == BUCKET_SIZE, "buckets are not aligned");

struct CodeFile
{
	const FileHead *head;		/* the whole file, mapped */
	const FileBucket *buckets;
	const char *rests;			/* long entries are among them */
	MemoryContextCallback unmap;
};

/* A file while it is made. */
typedef struct CodeFileMaker
{
	StringInfoData records;		/* each behind its hash */
	StringInfoData rests;
} CodeFileMaker;

static uint32
hash_source(CodeSource source)
{
	return hash_bytes((const unsigned char *) source.bytes, source.len);
}

/* The bucket of a hash. */
static inline uint32
bucket_of(uint32 hash, uint32 nbuckets)
{
	return ((uint64) hash * nbuckets) >> 32;
}

/* The length of a record with its strings. */
static inline int
record_len(const FileRecord *record)
{
	return RECORD_HEAD + (record->source_len == IS_LONG ? 0 : record->source_len + record->code_len);
}

/* What the names of all files of a map begin with. */
static char *
file_prefix(const char *map)
{
	return psprintf(PG_TEMP_FILE_PREFIX "_fhir_code.%u.%016" PRIx64 ".", MyDatabaseId,
					hash_bytes_extended((const unsigned char *) map, strlen(map), 0));
}

/* The name of the file of a map's version, in the folder. */
static char *
file_name(const char *map, const pg_uuid_t *version)
{
	return psprintf("%s%s", file_prefix(map), DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(version))));
}

/* Finds the parts of a mapped file; false when it is none of ours, or of another map. */
static bool
find_parts(CodeFile *file, Size size, const char *map, const pg_uuid_t *version)
{
	const FileHead *head = file->head;

	if (size < sizeof(FileHead) || head->size != size || strcmp(head->magic, MAGIC) != 0 ||
		memcmp(&head->version, version, sizeof(pg_uuid_t)) != 0 ||
		size != sizeof(FileHead) + sizeof(FileBucket) * (Size) head->nbuckets + head->rests_len)
		return false;
	file->buckets = (const FileBucket *) (head + 1);
	file->rests = (const char *) (file->buckets + head->nbuckets);
	return head->map_len == strlen(map) && memcmp(file->rests, map, head->map_len) == 0;
}

static void
unmap(void *arg)
{
	const FileHead *head = arg;

	munmap(arg, head->size);
}

/*
 * Maps the file of the map's version into memory, until the context is reset.
 * NULL when there is none yet.
 */
CodeFile *
code_file_open(MemoryContext context, const char *map, const pg_uuid_t *version)
{
	char	   *path = psprintf(FOLDER "/%s", file_name(map, version));
	int			fd = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	struct stat st;
	void	   *start = MAP_FAILED;
	CodeFile   *file;

	pfree(path);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && st.st_size >= sizeof(FileHead))
		start = mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	CloseTransientFile(fd);
	if (start == MAP_FAILED)
		return NULL;
	file = MemoryContextAllocZero(context, sizeof(CodeFile));
	file->head = start;
	if (!find_parts(file, st.st_size, map, version))
	{
		munmap(start, st.st_size);
		return NULL;
	}
	file->unmap.func = unmap;
	file->unmap.arg = start;
	MemoryContextRegisterResetCallback(context, &file->unmap);
	return file;
}

/* A string of a file. */
static inline CodeSource
file_string(const void *bytes, uint32 len)
{
	CodeSource	result = {len == NO_STRING ? NULL : bytes, len == NO_STRING ? 0 : len};

	return result;
}

/* What lies at an offset among the rests. */
static inline const void *
rest_at(const CodeFile *file, uint32 offset)
{
	return file->rests + sizeof(uint32) * (Size) offset;
}

/* Is the long entry that of the source?  Then it is read. */
static bool
read_long(const CodeFile *file, uint32 offset, CodeSource source, CodeRow *row)
{
	const FileLong *entry = rest_at(file, offset);
	const char *bytes = (const char *) (entry + 1);

	if (entry->source_len != source.len || memcmp(bytes, source.bytes, source.len) != 0)
		return false;
	row->source = source;
	row->code.bytes = bytes + source.len;
	row->code.len = entry->code_len;
	row->rest = rest_at(file, entry->rest);
	return true;
}

/* Is the record that of the source?  Then it is read. */
static inline bool
read_record(const CodeFile *file, const FileRecord *record, uint32 hash, CodeSource source, CodeRow *row)
{
	uint32		offset;

	if (record->source_len == IS_LONG)
	{
		memcpy(&offset, record->offset, sizeof(offset));
		return record->code_len == (uint8) hash && read_long(file, offset, source, row);
	}
	if (record->source_len != source.len || memcmp(record->bytes, source.bytes, source.len) != 0)
		return false;
	memcpy(&offset, record->offset, sizeof(offset));
	row->source = source;
	row->code.bytes = (const char *) record->bytes + source.len;
	row->code.len = record->code_len;
	row->rest = rest_at(file, offset);
	return true;
}

/* The entry of a source; false when there is none. */
bool
code_file_find(const CodeFile *file, CodeSource source, CodeRow *row)
{
	uint32		hash = hash_source(source);
	uint32		b = bucket_of(hash, file->head->nbuckets);

	for (;;)
	{
		const FileBucket *bucket = &file->buckets[b];
		int			at = 0;

		while (at + RECORD_HEAD <= sizeof(bucket->records) && bucket->records[at] != 0)
		{
			const FileRecord *record = (const FileRecord *) (bucket->records + at);

			if (read_record(file, record, hash, source, row))
				return true;
			at += record_len(record);
		}
		if (!bucket->passed)
			return false;
		b = b + 1 < file->head->nbuckets ? b + 1 : 0;
	}
}

/* Reads what a Coding needs beside the code. */
void
code_file_rest(CodeRow *row)
{
	const FileRest *rest = row->rest;
	const char *bytes = (const char *) (rest + 1);

	row->display = file_string(bytes, rest->display_len);
	row->system = file_string(bytes + row->display.len, rest->system_len);
}

/* Fills up to a whole word. */
static void
align(StringInfo part)
{
	while (part->len % sizeof(uint32) != 0)
		appendStringInfoChar(part, '\0');
}

static bool
fits(CodeSource string)
{
	return string.len < NO_STRING;
}

static uint16
length_of(CodeSource string)
{
	return string.bytes == NULL ? NO_STRING : string.len;
}

static void
append(StringInfo part, CodeSource string)
{
	if (string.len > 0)
		appendBinaryStringInfo(part, string.bytes, string.len);
}

/* Adds what is read for a Coding; its offset. */
static uint32
add_rest(CodeFileMaker *maker, const CodeRow *row)
{
	uint32		offset = maker->rests.len / sizeof(uint32);
	FileRest	rest = {length_of(row->display), length_of(row->system)};

	appendBinaryStringInfo(&maker->rests, (char *) &rest, sizeof(rest));
	append(&maker->rests, row->display);
	append(&maker->rests, row->system);
	align(&maker->rests);
	return offset;
}

/* Adds a long entry; its offset. */
static uint32
add_long(CodeFileMaker *maker, const CodeRow *row)
{
	FileLong	entry = {row->source.len, row->code.len, add_rest(maker, row)};
	uint32		offset = maker->rests.len / sizeof(uint32);

	appendBinaryStringInfo(&maker->rests, (char *) &entry, sizeof(entry));
	append(&maker->rests, row->source);
	append(&maker->rests, row->code);
	align(&maker->rests);
	return offset;
}

/* Adds an entry; false when it does not fit. */
static bool
add_entry(CodeFileMaker *maker, const CodeRow *row)
{
	uint32		hash = hash_source(row->source);
	bool		is_long = (Size) row->source.len + row->code.len + RECORD_HEAD > MAX_RECORD;
	FileRecord	record = {0};
	uint32		offset;

	if (!fits(row->display) || !fits(row->system) || maker->records.len > MAX_PART || maker->rests.len > MAX_PART)
		return false;
	if (row->source.len == 0)
		return true;			/* nobody looks for it */
	offset = is_long ? add_long(maker, row) : add_rest(maker, row);
	record.source_len = is_long ? IS_LONG : row->source.len;
	record.code_len = is_long ? (uint8) hash : row->code.len;
	memcpy(record.offset, &offset, sizeof(offset));
	appendBinaryStringInfo(&maker->records, (char *) &hash, sizeof(hash));
	appendBinaryStringInfo(&maker->records, (char *) &record, RECORD_HEAD);
	if (!is_long)
	{
		append(&maker->records, row->source);
		append(&maker->records, row->code);
	}
	return true;
}

/* Reads all entries of the map; false when they do not fit. */
static bool
read_entries(CodeFileMaker *maker, const CodeTables *tables, const char *map)
{
	CodeScan	scan;
	CodeRow		row;
	bool		fit = true;

	code_begin_entries(&scan, tables, map, NULL);
	while (fit && code_next_entry(&scan, &row))
	{
		CHECK_FOR_INTERRUPTS();
		fit = add_entry(maker, &row);
	}
	code_end_entries(&scan);
	return fit;
}

/* Puts a record into its bucket, or the first behind it that has room; used says how full each is. */
static void
put_record(FileBucket *buckets, uint8 *used, uint32 nbuckets, uint32 hash, const FileRecord *record)
{
	uint32		b = bucket_of(hash, nbuckets);
	int			len = record_len(record);

	while (used[b] + len > sizeof(buckets[b].records))
	{
		buckets[b].passed = 1;
		b = b + 1 < nbuckets ? b + 1 : 0;
	}
	memcpy(buckets[b].records + used[b], record, len);
	used[b] += len;
}

/* The buckets with the maker's records. */
static FileBucket *
make_buckets(const CodeFileMaker *maker, uint32 nbuckets)
{
	FileBucket *buckets = MemoryContextAllocExtended(CurrentMemoryContext, sizeof(FileBucket) * (Size) nbuckets,
													 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	uint8	   *used = MemoryContextAllocExtended(CurrentMemoryContext, nbuckets, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	const char *at = maker->records.data;

	while (at < maker->records.data + maker->records.len)
	{
		const FileRecord *record = (const FileRecord *) (at + sizeof(uint32));
		uint32		hash;

		memcpy(&hash, at, sizeof(hash));
		put_record(buckets, used, nbuckets, hash, record);
		at += sizeof(hash) + record_len(record);
	}
	return buckets;
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
write_file(const char *name, const FileHead *head, const FileBucket *buckets, const CodeFileMaker *maker)
{
	char	   *path = psprintf(FOLDER "/%s", name);
	char	   *draft = psprintf(FOLDER "/" PG_TEMP_FILE_PREFIX "_fhir_code.%d", MyProcPid);
	int			fd = OpenTransientFile(draft, O_WRONLY | O_CREAT | O_TRUNC | PG_BINARY);
	bool		written;

	if (fd < 0 && errno == ENOENT && MakePGDirectory(FOLDER) == 0)
		fd = OpenTransientFile(draft, O_WRONLY | O_CREAT | O_TRUNC | PG_BINARY);
	written = fd >= 0 && write_part(fd, head, sizeof(FileHead)) &&
		write_part(fd, buckets, sizeof(FileBucket) * (Size) head->nbuckets) &&
		write_part(fd, maker->rests.data, maker->rests.len);
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
	DIR		   *folder = AllocateDir(FOLDER);
	struct dirent *entry;

	while (folder != NULL && (entry = ReadDirExtended(folder, FOLDER, LOG)) != NULL)
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && strcmp(entry->d_name, name) != 0)
			(void) unlink(psprintf(FOLDER "/%s", entry->d_name));
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
	CodeFileMaker maker;
	CodeTables	tables = code_find_tables(function);
	FileHead	head = {.magic = MAGIC, .version = *version, .map_len = strlen(map)};
	CodeMapRow	now;

	initStringInfo(&maker.records);
	initStringInfo(&maker.rests);
	appendBinaryStringInfo(&maker.rests, map, head.map_len);
	align(&maker.rests);
	if (!read_entries(&maker, &tables, map) || !code_read_map(function, map, &now) || !now.has_version ||
		memcmp(&now.version, version, sizeof(pg_uuid_t)) != 0)
		return false;
	head.nbuckets = maker.records.len / BUCKET_FILLED + 1;
	head.rests_len = maker.rests.len;
	head.size = sizeof(FileHead) + sizeof(FileBucket) * (Size) head.nbuckets + head.rests_len;
	if (!write_file(file_name(map, version), &head, make_buckets(&maker, head.nbuckets), &maker))
		return false;
	remove_others(file_prefix(map), file_name(map, version));
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
