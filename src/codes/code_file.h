/*
 * code_file.h
 *		The file of a large code map, for the two files of code that read and write it.
 *
 * Behind the head come two parts, of each where its groups begin, then their
 * bytes, and at last the map's name.  A part has of each entry two strings,
 * behind their lengths; those of one group lie side by side, without gaps.  The
 * fewer the bytes, the more of them are near to the processor: waiting for the
 * others is what takes the time of a look-up.
 */
#ifndef FHIR_BRIDGE_CODE_FILE_H
#define FHIR_BRIDGE_CODE_FILE_H

#include "postgres.h"

#include "common/file_utils.h"
#include "common/hashfn.h"
#include "storage/fd.h"
#include "utils/uuid.h"

#include "codes/code.h"

#define CODE_FILE_MAGIC		"fhir_bridge codes 2"
#define CODE_FILE_FOLDER	"base/" PG_TEMP_FILES_DIR

/* So many bytes of keys has a group on the average. */
#define CODE_GROUP_SIZE		96

/* The length of a string that takes more than a byte, and of one that is NULL. */
#define CODE_LONG_STRING	0xFE
#define CODE_NO_STRING		0xFF

typedef struct CodeFileHead
{
	char		magic[24];
	pg_uuid_t	version;
	uint64		size;			/* of the file */
	uint32		ngroups;
	uint32		keys_len;
	uint32		rests_len;
	uint32		map_len;
} CodeFileHead;

typedef struct CodeFilePart
{
	uint32	   *starts;			/* of the groups, and the end of the last */
	char	   *bytes;
} CodeFilePart;

/* The bytes of a file. */
static inline uint64
code_file_size(const CodeFileHead *head)
{
	return sizeof(CodeFileHead) + 2 * sizeof(uint32) * ((uint64) head->ngroups + 1) + head->keys_len + head->rests_len + head->map_len;
}

static inline uint32
code_file_hash(CodeSource source)
{
	return hash_bytes((const unsigned char *) source.bytes, source.len);
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
