/*
 * code_file.h
 *		The file of a large code map, for the two files of code that read and write it.
 *
 * Behind the head come groups of one size, what has no room in them, and at
 * last the map's name.  An entry's source and code stand in the group of its
 * hash, whose place is known without looking anywhere: waiting for memory is
 * what takes the time of a look-up, and so it is done once.  Display and system
 * lie behind the groups, and so does the whole of an entry that a group has no
 * room for.
 */
#ifndef FHIR_BRIDGE_CODE_FILE_H
#define FHIR_BRIDGE_CODE_FILE_H

#include "postgres.h"

#include "common/file_utils.h"
#include "storage/fd.h"
#include "utils/uuid.h"

#include "base/words.h"
#include "codes/code.h"

#define CODE_FILE_MAGIC		"fhir_bridge codes 4"
#define CODE_FILE_FOLDER	"base/" PG_TEMP_FILES_DIR

/*
 * A group is two lines of the processor's cache.  It has so few bytes of sources
 * and codes on the average that of a terminology one entry in fifty finds no
 * room: that one is waited for twice and more.  Emptier groups would spare that,
 * and take more of the caches: of 44, 50, 56, 62 and 72 bytes the ones in the middle
 * are the quickest.
 */
#define CODE_GROUP_SIZE		128
#define CODE_GROUP_FILL		56
#define CODE_GROUP_ENTRIES	8

/* The length of a string is one less than its first byte, or stands in the next four; 0: there is none. */
#define CODE_NO_STRING		0
#define CODE_LONG_STRING	0xFF

typedef struct CodeFileHead
{
	char		magic[24];
	pg_uuid_t	version;
	uint64		size;			/* of the file */
	uint32		ngroups;
	uint32		behind_len;
	uint32		map_len;
	uint32		unused;			/* the groups begin where a line does */
} CodeFileHead;

/*
 * Entries of near hashes.  Zeros are a group of none.  Behind it lie source,
 * code, display and system of those that have no room in it, and then display
 * and system of each that has.
 */
typedef struct CodeFileGroup
{
	uint8		marks[CODE_GROUP_ENTRIES];	/* of the entries' hashes; 0: there is none */
	uint8		places[CODE_GROUP_ENTRIES]; /* where in bytes they begin */
	uint32		behind;			/* where what lies behind it begins */
	uint16		more;			/* entries without room */
	char		bytes[CODE_GROUP_SIZE - 22];	/* source and code of each */
} CodeFileGroup;

StaticAssertDecl(sizeof(CodeFileHead) == 64 && sizeof(CodeFileGroup) == CODE_GROUP_SIZE, "lines of the processor's cache");

/* The bytes of a file. */
static inline uint64
code_file_size(const CodeFileHead *head)
{
	return sizeof(CodeFileHead) + sizeof(CodeFileGroup) * (uint64) head->ngroups + head->behind_len + head->map_len;
}

/*
 * The hash of a source, eight bytes at a time, the last of which overlap.  A
 * group cannot be asked for before it is known, and hash_bytes() takes three times
 * as long for a few bytes.
 */
static inline uint32
code_file_hash(CodeSource source)
{
	const uint64 multiplier = UINT64CONST(0x9E3779B97F4A7C15);	/* odd, and without a pattern */
	uint64		hash = source.len;
	uint64		last;

	if (unlikely(source.len == 0))
		return 0;
	for (int i = 0; i < source.len - 8; i += 8)
	{
		hash = (hash ^ word_load8(source.bytes + i)) * multiplier;
		hash ^= hash >> 32;
	}
	last = source.len >= 8 ? word_load8(source.bytes + source.len - 8) : word_load_short(source.bytes, source.len);
	hash = (hash ^ last) * multiplier;
	hash ^= hash >> 32;
	return (hash * multiplier) >> 32;
}

/* What a group keeps of a hash. */
static inline uint8
code_file_mark(uint32 hash)
{
	return hash % 255 + 1;
}

/* The group of a hash. */
static inline uint32
code_file_group(uint32 hash, uint32 ngroups)
{
	return ((uint64) hash * ngroups) >> 32;
}

/* in code_file.c */
extern char *code_file_prefix(const char *map);
extern char *code_file_name(const char *map, const pg_uuid_t *version);

#endif							/* FHIR_BRIDGE_CODE_FILE_H */
