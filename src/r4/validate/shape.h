/*
 * shape.h
 *		Private to this room: the shapes of jsonb objects.
 *
 * The resources of one table are much alike: the names that one object has, a
 * thousand others have too.  jsonb keeps an object's names together, sorted,
 * and before them a table of their lengths.  These bytes, and the type that
 * the object is of, are its *shape*.  What follows from them alone is worked
 * out once: what each member means, that none is unknown, missing or doubled,
 * and whether the invariants are settled.
 *
 * A shape that is not *plain* has something that the check must look at.
 * A shape stores the names of members and R4's own codes, never a value.
 */
#ifndef FHIR_BRIDGE_R4_SHAPE_H
#define FHIR_BRIDGE_R4_SHAPE_H

#include "postgres.h"

#include "json/walk.h"
#include "base/words.h"
#include "r4/lookup/document.h"
#include "utils/jsonb.h"

/* What the value of a member has to be. */
typedef enum R4Task
{
	R4_TASK_NONE,				/* resourceType: known already */
	R4_TASK_STRING,				/* a primitive that is written as a string */
	R4_TASK_SCALAR,				/* one that is a number or a boolean */
	R4_TASK_OBJECT,				/* of a data type, a twin, or a resource */
	R4_TASK_STRINGS,			/* arrays of them */
	R4_TASK_SCALARS,
	R4_TASK_OBJECTS
} R4Task;

/* Members of a shape that the walk asks for. */
typedef enum R4Known
{
	R4_KNOWN_COMPARATOR,		/* of a Quantity */
	R4_KNOWN_DATA,				/* of an Attachment */
	R4_KNOWN_ID,
	R4_KNOWN_REFERENCE,			/* of a Reference */
	R4_KNOWN_RESOURCETYPE,
	R4_KNOWN_SIZE,				/* of an Attachment */
	R4_KNOWN_TYPE,				/* of a Reference */
	R4_KNOWN_COUNT
} R4Known;

typedef struct R4Shape R4Shape;

typedef struct R4Member
{
	R4Shape    *last;			/* the shape that an object here had last, or NULL */
	R4Child		child;			/* what its name means */
	uint16		offset;			/* of the name, behind the object's entries */
	uint8		keylen;
	uint8		flags;			/* of its node */
	uint8		task;			/* R4Task */
	uint8		least;			/* a string without smaller bytes than this is of
								 * its type's form; 0: that takes more */
	bool		asked[R4_WARNING + 1];	/* unsettled invariants, up to a severity, may look
										 * into it */
	bool		judged;			/* there is a set, or a form */
	uint8		form;			/* R4Form of a URI */
	uint8		code_len;
	R4Set		set;			/* that the codes of its value must be of */
	uint8		other_len;
	const char *code;			/* of the set, the last that was met, in the tables;
								 * of a form, the last good URI, in memory of its own;
								 * of a Reference, the last type that it named */
	const char *other;			/* the one before: many members have two in turn,
								 * such as the systems of a concept's codings */
} R4Member;

struct R4Shape
{
	R4Shape    *next;			/* with the same hash */
	R4Type		type;
	uint16		count;			/* members */
	uint32		names_len;		/* bytes of all names */
	uint64		mask;			/* of its node */
	bool		plain;
	bool		bundle;			/* is it a Bundle? */
	bool		unique;			/* has it an id that no other element may have? */
	uint8		unsettled[R4_WARNING + 1];	/* R4Unsettled up to a severity; of a Reference,
											 * as far as it is not to a contained resource */
	uint8		resource_len;
	int16		known[R4_KNOWN_COUNT];	/* which member it is, or -1 */
	const char *resource;		/* the type's name if it is a resource, or NULL */
	const char *names;			/* copies of the object's */
	const JEntry *entries;
	R4Member	members[FLEXIBLE_ARRAY_MEMBER]; /* when it is plain */
};

/* Has an object the names of a shape? */
static inline bool
r4_has_names(const JsonbContainer *object, const R4Shape *shape)
{
	int			count = shape->count;

	return JsonContainerSize(object) == (uint32) count &&
		word_same_bytes((const char *) shape->entries, (const char *) object->children, count * sizeof(JEntry)) &&
		word_same_bytes(shape->names, (const char *) (object->children + 2 * count), shape->names_len);
}

/* Has an object, which is of this type, the shape? */
static inline bool
r4_has_shape(const JsonbContainer *object, R4Type type, const R4Shape *shape)
{
	return shape->type == type && r4_has_names(object, shape);
}

/*
 * The value of the member at i of an object, which has the shape.  Most entries
 * hold lengths, so those before are added up: few members are asked for like this.
 */
static inline JsonChild
r4_shape_value(const R4Shape *shape, const JsonbContainer *object, int i)
{
	JsonCursor	cursor = {object->children + shape->count, (const char *) (object->children + 2 * shape->count),
						 shape->names_len};

	for (; i > 0; i--)
		JBE_ADVANCE_OFFSET(cursor.offset, *cursor.entry++);
	return json_cursor_next(&cursor);
}

/* in shape.c */

/*
 * The shape of an object of at least one member.  It lives until
 * r4_limit_shapes is called, between documents.  Never NULL: what cannot be
 * learned has one that is not plain.
 */
extern R4Shape *r4_shape(R4Type type, const JsonbContainer *object);

/* The same of a resource, which says its type itself; NULL when it does not. */
extern R4Shape *r4_resource_shape(const JsonbContainer *object);
extern void r4_limit_shapes(void);

/* Remembers the URI of a member that has a form as good. */
extern void r4_remember_uri(R4Member *member, const char *text, uint32 len);

/* Is a text the one that a member was good with last?  Nothing is read where there is none: no text that is asked for is empty. */
static inline bool
r4_is_last(const R4Member *member, const char *text, uint32 len)
{
	return member->code_len == len && word_same_bytes(member->code, text, len);
}

/* in member.c */

struct R4Reader;

extern bool r4_member_allows(const R4Member *member, const char *text, uint32 len);
extern bool r4_member_holds(R4Member *member, const char *text, uint32 len);
extern bool r4_member_knows_type(const R4Member *member, const char *reference, uint32 len);
extern void r4_member_remember_type(R4Member *member, const char *reference, uint32 len);
extern bool r4_is_good_attachment(struct R4Reader *reader, const R4Shape *shape, const JsonbContainer *object);

#endif							/* FHIR_BRIDGE_R4_SHAPE_H */
