/*
 * reader.h
 *		Private to this room: the reader's memory, which both readers fill.
 *
 * An error may leave it in the midst of a document: the next reset forgets that,
 * however far it had come.
 */
#ifndef FHIR_BRIDGE_R4_READER_H
#define FHIR_BRIDGE_R4_READER_H

#include "miscadmin.h"
#include "r4/validate/validate.h"

struct R4Reader
{
	MemoryContext context;		/* of everything below */
	MemoryContext overflow;		/* of further blocks; emptied for each document */
	R4Document	document;		/* the one that was read last */
	uint32		allocated;		/* nodes that there is room for */
	char	   *first;			/* R4_READER_BLOCK bytes for texts of the document
								 * that the source does not hold as they are */
	char	   *text;			/* the block in use: first, or one in overflow */
	Size		used;			/* bytes of it */
	Size		room;			/* bytes that it has */
	int			depth;			/* containers around what is read */
};

#define R4_READER_BLOCK 8192	/* bytes of a block of texts */

#define R4_CACHE_LINE 64		/* bytes, of most processors */
#define R4_PREFETCHED 4096		/* bytes of a document */

/* Lets memory bring a document all at once: a walk over it jumps to and fro. */
static inline void
r4_prefetch(const Jsonb *source)
{
	Size		size = Min(VARSIZE(source), R4_PREFETCHED);

	for (Size i = 0; i < size; i += R4_CACHE_LINE)
		__builtin_prefetch((const char *) source + i);
}

/*
 * Room for n bytes that live as long as the document.  What is left of the block
 * before is lost until the next document: a text must lie in one piece.
 */
static inline char *
r4_reader_reserve(R4Reader *reader, Size n)
{
	char	   *place;

	if (n > reader->room - reader->used)
	{
		reader->text = MemoryContextAllocHuge(reader->overflow, Max(n, R4_READER_BLOCK));
		reader->room = Max(n, R4_READER_BLOCK);
		reader->used = 0;
	}
	place = reader->text + reader->used;
	reader->used += n;
	return place;
}

/* in read_jsonb.c */
extern void r4_reader_reset(R4Reader *reader);
extern void r4_reader_grow(R4Reader *reader);
extern const char *r4_numeric_text(R4Reader *reader, const char *data, uint32 *len);

/*
 * Appends a leaf, or a container whose members are still to come, and returns
 * its number.  Nodes may move.  Interrupts are taken here, since every node of the
 * readers that only read comes by.
 */
static inline uint32
r4_reader_append(R4Reader *reader, uint32 parent, const char *key, uint32 keylen,
				 R4Kind kind, const char *text, uint32 len)
{
	uint32		number = reader->document.count;

	if (unlikely((number & 1023) == 0))
		CHECK_FOR_INTERRUPTS();
	if (unlikely(number == reader->allocated))
		r4_reader_grow(reader);
	reader->document.names[number] = (R4Name){key, parent, Min(keylen, PG_UINT16_MAX)};
	reader->document.nodes[number] = (R4Node){
		.text = text,
		.len = len,
		.end = number + 1,
		.kind = kind,
		.type = R4_NO_TYPE,
		.element = R4_NO_ELEMENT
	};
	/* it shares its place with text, which may be the shorter of the two */
	if (kind == R4_KIND_OBJECT)
		reader->document.nodes[number].mask = 0;
	reader->document.count = number + 1;
	return number;
}

#endif							/* FHIR_BRIDGE_R4_READER_H */
