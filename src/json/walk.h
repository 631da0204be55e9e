/*
 * walk.h
 *		For rooms that read jsonb at speed: its binary form, piecewise.
 *
 * The server's JsonbIterator allocates for each container and copies each
 * value's description; walking the entries in their order needs neither.
 */
#ifndef FHIR_BRIDGE_JSON_WALK_H
#define FHIR_BRIDGE_JSON_WALK_H

#include "json/json.h"

/* One child of a container, or a root value. */
typedef struct JsonChild
{
	uint32		type;			/* the type bits of its entry */
	uint32		len;			/* its bytes, without padding */
	const char *data;			/* behind the padding */
} JsonChild;

/* A position among the keys, or among the values, of a container. */
typedef struct JsonCursor
{
	const JEntry *entry;		/* of the next child */
	const char *base;			/* where the children's bytes begin */
	uint32		offset;			/* of the next child, from base */
} JsonCursor;

/* Does a value of this type begin at a multiple of 4? */
static inline bool
json_type_aligned(uint32 type)
{
	return type == JENTRY_ISNUMERIC || type == JENTRY_ISCONTAINER;
}

/* A cursor at the first child: an array's first member, an object's first key. */
static inline JsonCursor
json_cursor_first(const JsonbContainer *container)
{
	uint32		count = JsonContainerSize(container);
	JsonCursor	cursor;

	if (JsonContainerIsObject(container))
		count *= 2;
	cursor.entry = container->children;
	cursor.base = (const char *) (container->children + count);
	cursor.offset = 0;
	return cursor;
}

/* A cursor at the first value, of an array or an object. */
static inline JsonCursor
json_cursor_values(const JsonbContainer *container)
{
	JsonCursor	cursor = json_cursor_first(container);

	if (JsonContainerIsObject(container) && JsonContainerSize(container) > 0)
	{
		int			count = JsonContainerSize(container);

		cursor.entry += count;
		cursor.offset = getJsonbOffset(container, count);
	}
	return cursor;
}

/*
 * The child at the cursor, which moves on; the caller counts.  Padding is still
 * before its bytes: that is for callers who mostly meet strings.
 */
static inline JsonChild
json_cursor_next_padded(JsonCursor *cursor)
{
	JEntry		entry = *cursor->entry++;
	JsonChild	child;

	child.type = entry & JENTRY_TYPEMASK;
	child.data = cursor->base + cursor->offset;
	child.len = cursor->offset;
	JBE_ADVANCE_OFFSET(cursor->offset, entry);
	child.len = cursor->offset - child.len;
	return child;
}

/* Takes the padding, if there is any, off a child of the cursor's container. */
static inline void
json_strip_padding(const JsonCursor *cursor, JsonChild *child)
{
	/* children are aligned like the container, and base is a multiple of 4 */
	uint32		padding = -(uint32) (child->data - cursor->base) & 3;

	if (json_type_aligned(child->type))
	{
		child->data += padding;
		child->len -= padding;
	}
}

/* The child at the cursor, which moves on.  The caller counts. */
static inline JsonChild
json_cursor_next(JsonCursor *cursor)
{
	JsonChild	child = json_cursor_next_padded(cursor);

	json_strip_padding(cursor, &child);
	return child;
}

/* Makes room for n bytes at the next multiple of 4, with zeroes before. */
static inline void
json_reserve_aligned(JsonBuffer *b, Size n)
{
	const uint32 zero = 0;
	Size		padding = -b->len & 3;

	json_reserve(b, padding + n);
	memcpy(json_tail(b), &zero, sizeof(zero));	/* the rest is slack */
	b->len += padding;
}

/* in prepare.c */
extern Size json_head_size(const JsonKey *const *keys, int n);
extern void json_write_head(char *to, const JsonKey *const *keys, int n);

/* in value.c */
extern void json_write_child(JsonWriter *w, const JsonChild *child);

/* in walk.c */
extern JsonChild json_root_value(const Jsonb *value);

#endif							/* FHIR_BRIDGE_JSON_WALK_H */
