/*
 * read_jsonb.c
 *		The nodes of a jsonb, out of its binary form.
 *
 * Strings and keys are used where they stand.  A numeric is written out as
 * digits by our own code when it is in the short form that almost all are in:
 * numeric_out allocates, and takes longer than all the rest of a node.
 */
#include "postgres.h"

#include "common/int.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "json/walk.h"
#include "r4/validate/reader.h"
#include "r4/structure/structure.h"

/* The header of a numeric in its short form, as numeric.c stores it. */
#define NUMERIC_FORM 0xC000
#define NUMERIC_IS_SHORT 0x8000
#define NUMERIC_SHORT_NEGATIVE 0x2000
#define NUMERIC_SHORT_SCALE 0x1F80
#define NUMERIC_SHORT_SCALE_SHIFT 7
#define NUMERIC_SHORT_WEIGHT_SIGN 0x0040
#define NUMERIC_SHORT_WEIGHT 0x003F
#define MOST_OF_SHORT (2 + DIGITS_OF_GROUP * (NUMERIC_SHORT_WEIGHT + 1) + 63 + DIGITS_OF_GROUP) /* its text: scale is at most 63 */
#define FEW_NODES 128			/* room to begin with */
#define MANY_NODES 65536		/* room that is kept between transactions, */
#define MOST_NODES (32 * MANY_NODES)	/* and within one */
#define DIGITS_OF_GROUP 4		/* decimal digits of one of its digits */

static void append_container(R4Reader *reader, uint32 parent, const char *key, uint32 keylen,
							 const JsonbContainer *container);

/* A reader whose memory is in context.  It takes no nodes yet: the first reset does. */
R4Reader *
r4_reader_create(MemoryContext context)
{
	R4Reader   *reader = MemoryContextAllocZero(context, sizeof(R4Reader));

	reader->context = context;
	reader->overflow = AllocSetContextCreate(context, "fhir_bridge texts of a document",
											 ALLOCSET_DEFAULT_SIZES);
	reader->first = MemoryContextAlloc(context, R4_READER_BLOCK);
	reader->text = reader->first;
	reader->room = R4_READER_BLOCK;
	return reader;
}

/*
 * Gives back room for nodes beyond this many, and room for texts.  allocated is
 * set to 0 first: were there an error, nobody would use what is half gone.
 */
static void
give_back(R4Reader *reader, uint32 most)
{
	if (reader->text != reader->first)
	{
		reader->text = reader->first;
		reader->room = R4_READER_BLOCK;
		MemoryContextReset(reader->overflow);
	}
	if (reader->allocated <= most)
		return;
	reader->allocated = 0;
	pfree(reader->document.nodes);
	pfree(reader->document.names);
}

/*
 * Gives back what large documents have taken.  Not before the transaction ends:
 * fresh memory comes from the system page by page, which takes as long as a
 * third of all checks of what then stands in it.
 */
void
r4_reader_shrink(R4Reader *reader)
{
	give_back(reader, MANY_NODES);
}

/*
 * Forgets the last document.  Its nodes stay where they are and are written over:
 * whoever kept a pointer to one would read another document's.
 */
void
r4_reader_reset(R4Reader *reader)
{
	give_back(reader, MOST_NODES);
	if (reader->allocated == 0)
	{
		reader->document.nodes = MemoryContextAlloc(reader->context, FEW_NODES * sizeof(R4Node));
		reader->document.names = MemoryContextAlloc(reader->context, FEW_NODES * sizeof(R4Name));
		reader->allocated = FEW_NODES;
	}
	reader->document.count = 0;
	reader->depth = 0;
	reader->document.checked = false;
	/* not freed: it lies in the memory of the call that asked for it, which may be gone */
	reader->document.contained = NULL;
	reader->document.any_bytes = GetDatabaseEncoding() == PG_SQL_ASCII;
	reader->used = 0;
}

/*
 * Makes room for more nodes; the present ones may move.  Raises
 * program_limit_exceeded when their number would not fit.  allocated is set last:
 * should memory end between the two, both arrays hold as many as it says.
 */
void
r4_reader_grow(R4Reader *reader)
{
	uint32		more;

	if (pg_mul_u32_overflow(reader->allocated, 2, &more))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("document has too many values to be checked")));
	reader->document.nodes = repalloc_huge(reader->document.nodes, (Size) more * sizeof(R4Node));
	reader->document.names = repalloc_huge(reader->document.names, (Size) more * sizeof(R4Name));
	reader->allocated = more;
}

/* Writes a whole number of at most 4 digits, without leading zeroes. */
static char *
write_group(char *to, int value)
{
	if (value >= 1000)
		*to++ = '0' + value / 1000;
	if (value >= 100)
		*to++ = '0' + value / 100 % 10;
	if (value >= 10)
		*to++ = '0' + value / 10 % 10;
	*to++ = '0' + value % 10;
	return to;
}

/* Writes the 4 digits of a group, the leading zeroes too. */
static char *
write_whole_group(char *to, int value)
{
	*to++ = '0' + value / 1000;
	*to++ = '0' + value / 100 % 10;
	*to++ = '0' + value / 10 % 10;
	*to++ = '0' + value % 10;
	return to;
}

/*
 * Writes a numeric of the short form, digits groups of it at groups, with its
 * scale; returns the end.  There must be room for the sign, 4 digits for each
 * group before the point or one, the point, and the scale with 3 digits more.
 */
static char *
write_short_numeric(char *to, uint16 header, const int16 *groups, int count)
{
	int			scale = (header & NUMERIC_SHORT_SCALE) >> NUMERIC_SHORT_SCALE_SHIFT;
	int			weight = header & NUMERIC_SHORT_WEIGHT;
	int			group = 0;

	if (header & NUMERIC_SHORT_WEIGHT_SIGN)
		weight -= NUMERIC_SHORT_WEIGHT + 1;
	if (header & NUMERIC_SHORT_NEGATIVE)
		*to++ = '-';

	/* before the point: groups that are not stored are zero */
	if (weight < 0 || count == 0)
		*to++ = '0';
	else
	{
		to = write_group(to, groups[0]);
		for (group = 1; group <= weight; group++)
			to = write_whole_group(to, group < count ? groups[group] : 0);
	}
	if (scale > 0)
	{
		char	   *end;

		*to++ = '.';
		/* in whole groups, up to three digits too far: the next byte goes to end all the same */
		end = to + scale;
		if (count == 0)
			weight = -1;
		group = weight + 1;
		for (; to < end; group++)
			to = write_whole_group(to, group >= 0 && group < count ? groups[group] : 0);
		to = end;
	}
	return to;
}

/*
 * The digits of a numeric, which begins with its 4-byte header, and in *len
 * how many bytes they are.  They live as long as the document.  Numerics in a
 * jsonb begin at a multiple of 4, so that their digits can be read in place.
 */
const char *
r4_numeric_text(R4Reader *reader, const char *data, uint32 *len)
{
	uint16		header;
	char	   *text;
	char	   *kept;

	memcpy(&header, data + VARHDRSZ, sizeof(header));
	if ((header & NUMERIC_FORM) == NUMERIC_IS_SHORT)
	{
		const char *groups = data + VARHDRSZ + sizeof(header);
		int			count = (VARSIZE(data) - VARHDRSZ - sizeof(header)) / sizeof(int16);

		/* room for the most that it can be; what is too much is given back */
		text = r4_reader_reserve(reader, MOST_OF_SHORT);
		*len = write_short_numeric(text, header, (const int16 *) groups, count) - text;
		reader->used -= MOST_OF_SHORT - *len;
		return text;
	}
	text = DatumGetCString(DirectFunctionCall1(numeric_out, PointerGetDatum(data)));
	*len = strlen(text);
	kept = memcpy(r4_reader_reserve(reader, *len), text, *len);
	pfree(text);
	return kept;
}

/*
 * Appends a value that is no string, and what is in it.  Its bytes are value,
 * behind the padding; type is that of its entry.
 */
static void
append_value(R4Reader *reader, uint32 parent, const char *key, uint32 keylen,
			 uint32 type, const char *value)
{
	R4Kind		kind = R4_KIND_NULL;
	const char *text = NULL;
	uint32		len = 0;

	switch (type)
	{
		case JENTRY_ISCONTAINER:
			append_container(reader, parent, key, keylen, (const JsonbContainer *) value);
			return;
		case JENTRY_ISNUMERIC:
			kind = R4_KIND_NUMBER;
			text = r4_numeric_text(reader, value, &len);
			break;
		case JENTRY_ISBOOL_TRUE:
			kind = R4_KIND_TRUE;
			break;
		case JENTRY_ISBOOL_FALSE:
			kind = R4_KIND_FALSE;
			break;
		case JENTRY_ISNULL:
			break;
		default:
			elog(ERROR, "unknown type of jsonb entry: %x", type);
	}
	(void) r4_reader_append(reader, parent, key, keylen, kind, text, len);
}

/*
 * Appends an array or object, and what is in it, unless that is too deep.
 * Recurses.  A jsonb object has first all keys, then all values: two offsets go
 * along, of which that of the values begins where the keys end.
 */
static void
append_container(R4Reader *reader, uint32 parent, const char *key, uint32 keylen,
				 const JsonbContainer *container)
{
	bool		object = JsonContainerIsObject(container);
	uint32		count = JsonContainerSize(container);
	const JEntry *keys = container->children;
	const JEntry *values = keys + (object ? count : 0);
	const JEntry *end = values + count;
	const char *base = (const char *) end;
	uint32		key_offset = 0; /* of the next key, from base */
	uint32		offset = 0;		/* of the next value, behind the last key */
	uint32		number = r4_reader_append(reader, parent, key, keylen,
										  object ? R4_KIND_OBJECT : R4_KIND_ARRAY, NULL, count);

	/* what is left out here the check never comes to, see R4_DEPTH_READ */
	if (reader->depth >= R4_DEPTH_READ)
	{
		reader->document.nodes[number].len = 0;
		return;
	}
	check_stack_depth();
	reader->depth++;
	for (const JEntry *entry = keys; entry < values; entry++)
		JBE_ADVANCE_OFFSET(offset, *entry);

	for (; values < end; values++)
	{
		uint32		type = *values & JENTRY_TYPEMASK;
		uint32		start = offset;

		JBE_ADVANCE_OFFSET(offset, *values);
		key = NULL;
		keylen = 0;
		if (object)
		{
			key = base + key_offset;
			keylen = key_offset;
			JBE_ADVANCE_OFFSET(key_offset, *keys);
			keylen = key_offset - keylen;
			keys++;
		}
		if (likely(type == JENTRY_ISSTRING))
			(void) r4_reader_append(reader, number, key, keylen,
									R4_KIND_STRING, base + start, offset - start);
		else
			/* a container or numeric is aligned; the others have no bytes */
			append_value(reader, number, key, keylen, type, base + INTALIGN(start));
	}
	/* by its number: the nodes may have moved */
	reader->document.nodes[number].end = reader->document.count;
	reader->depth--;
}

/*
 * The document of a detoasted jsonb.  It is the reader's, points into the
 * source, and is good until the next one is read.  A root that is no container
 * stands in an array of one in jsonb, which is no array of the document.
 */
R4Document *
r4_read_jsonb(R4Reader *reader, const Jsonb *source)
{
	JsonChild	root = json_root_value(source);

	r4_prefetch(source);
	r4_reader_reset(reader);
	if (root.type == JENTRY_ISSTRING)
		(void) r4_reader_append(reader, 0, NULL, 0, R4_KIND_STRING, root.data, root.len);
	else
		append_value(reader, 0, NULL, 0, root.type, root.data);
	return &reader->document;
}
