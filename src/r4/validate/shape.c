/*
 * shape.c
 *		Finding and learning the shapes of jsonb objects; see shape.h.
 *
 * The shapes of a backend are in one hash table, in a memory context of their
 * own.  Nothing is thrown out one by one: when they have become too large, they
 * are all forgotten before the next document, and learned anew.  A list of what
 * was used last would have to be kept for each object that is met, to spare a
 * megabyte's learning once in a long while.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "r4/validate/shape.h"
#include "r4/structure/structure.h"

#define R4_NUMBERS_ONLY
#include "r4/invariant/r4_invariant_tables.h"

#define BUCKETS 1024			/* a power of 2 */
#define MOST_BYTES (1024 * 1024)	/* of all shapes */
#define MOST_MEMBERS 255		/* of a shape that is plain, */
#define MOST_NAMES_BYTES 4096	/* and of its names */
#define MOST_REMEMBERED 128		/* bytes of a URI */
#define MULTIPLIER UINT64CONST(0x9E3779B97F4A7C15)	/* odd, and without a pattern */

/* The names of R4Known. */
static const struct
{
	uint32		len;
	const char *name;
}			known_names[] = {
	[R4_KNOWN_COMPARATOR] = {10, "comparator"},
	[R4_KNOWN_DATA] = {4, "data"},
	[R4_KNOWN_ID] = {2, "id"},
	[R4_KNOWN_REFERENCE] = {9, "reference"},
	[R4_KNOWN_RESOURCETYPE] = {12, "resourceType"},
	[R4_KNOWN_SIZE] = {4, "size"},
	[R4_KNOWN_TYPE] = {4, "type"},
};

static R4Shape *buckets[BUCKETS];
static R4Shape beyond = {.plain = false};	/* of all objects that have too many names, or
											 * no bytes in them */
static MemoryContext shapes_context = NULL; /* where they are; NULL at first */
static Size shapes_bytes = 0;	/* that they take */

/*
 * Forgets the shapes when they have become too large: all of them, since members
 * point at the shapes that their objects had last.  Those that are in use come
 * back with the next documents.  The URIs that members remember lie in the same
 * memory.
 */
void
r4_limit_shapes(void)
{
	if (likely(shapes_bytes < MOST_BYTES))
		return;
	memset(buckets, 0, sizeof(buckets));
	MemoryContextReset(shapes_context);
	shapes_bytes = 0;
}

/*
 * What has to be done with the value of an element: settled once for a name, so
 * that the walk makes one choice for a member and looks nothing up.
 */
static R4Task
task_of(const R4Child *child, bool twin)
{
	if (twin || child->primitive == R4_NOT_PRIMITIVE)
		return child->repeats ? R4_TASK_OBJECTS : R4_TASK_OBJECT;
	switch ((R4Primitive) child->primitive)
	{
		case R4_BOOLEAN:
		case R4_DECIMAL:
		case R4_INTEGER:
		case R4_POSITIVEINT:
		case R4_UNSIGNEDINT:
			return child->repeats ? R4_TASK_SCALARS : R4_TASK_SCALAR;
		default:
			return child->repeats ? R4_TASK_STRINGS : R4_TASK_STRING;
	}
}

/*
 * The smallest byte that a primitive may have anywhere; 0 where form is more than
 * that.  It is only a first question: a string with a smaller byte is looked at
 * again by the whole form, which takes a line feed in a text, a blank in a code.
 */
static uint8
least_byte(R4Primitive primitive)
{
	switch (primitive)
	{
		case R4_MARKDOWN:
		case R4_STRING:
			return ' ';
		case R4_CANONICAL:
		case R4_CODE:
		case R4_URI:
		case R4_URL:
			return ' ' + 1;
		default:
			return 0;
	}
}

/*
 * Describes a member by its name; false when the check must look at it: it is
 * unknown, or a twin whose array must go in step with another.
 */
static bool
describe(R4Type type, const char *name, uint32 len, R4Member *member)
{
	bool		twin = name[0] == '_';	/* R4 has no other names with it, so what is none is unknown */
	const R4Child *child = r4_find_child(type, name + twin, len - twin);

	/* a name of more than 255 bytes is cut here, and unknown below */
	member->keylen = len;
	if (len == 12 && memcmp(name, "resourceType", 12) == 0 && r4_is_resource(type))
	{
		member->child = (R4Child){.type = R4_NO_TYPE, .element = R4_NO_ELEMENT};
		member->task = R4_TASK_NONE;
		return true;
	}
	/* arrays in step are for the check: a shape knows of names, not of how many values there are */
	if (child == NULL || (twin && (child->primitive == R4_NOT_PRIMITIVE || child->repeats)))
		return false;
	member->child = *child;
	member->task = task_of(child, twin);
	member->flags = R4_NODE_TYPED | (twin ? R4_NODE_TWIN : 0) | (child->choice ? R4_NODE_CHOICE : 0);
	if (!twin)
	{
		member->least = least_byte((R4Primitive) child->primitive);
		/* a string or URI is bound now and then, but its binding is not judged (structure_value.c) */
		if (child->primitive == R4_CODE || child->primitive == R4_NOT_PRIMITIVE)
			member->set = r4_required_set(child->element);
		member->form = r4_form_of(type, name, len, (R4Primitive) child->primitive);
		member->judged = member->set != R4_NO_SET || member->form != R4_FORM_NONE;
	}
	if (child->primitive != R4_NOT_PRIMITIVE)
		member->flags |= R4_NODE_SETTLED;	/* no primitive has any that are compiled */
	return true;
}

/*
 * Does the member at i stand beside another of the same element that is not
 * its other half?  jsonb has no name twice, so that is a choice.  In pairs, since
 * it is asked once for a shape.
 */
static bool
is_second_choice(const R4Shape *shape, int i)
{
	const R4Member *member = &shape->members[i];
	int			twin = (member->flags & R4_NODE_TWIN) != 0;

	for (int j = 0; j < i; j++)
	{
		const R4Member *other = &shape->members[j];
		int			other_twin = (other->flags & R4_NODE_TWIN) != 0;

		if (other->child.element == member->child.element && member->task != R4_TASK_NONE &&
			(other->keylen - other_twin != member->keylen - twin ||
			 memcmp(shape->names + other->offset + other_twin, shape->names + member->offset + twin,
					member->keylen - twin) != 0))
			return true;
	}
	return false;
}

/*
 * Has an element come before the member at i, as its other half?  A required
 * element and its twin are one element that is there, not two.
 */
static bool
is_other_half(const R4Shape *shape, int i)
{
	for (int j = 0; j < i; j++)
		if (shape->members[j].child.element == shape->members[i].child.element)
			return true;
	return false;
}

/*
 * Describes the members of a shape; false when it is not plain.  All that follows
 * from the names is settled here: unknown ones, choices, what is required, which
 * invariants hold by presence alone.  Values are the walk's.
 */
static bool
describe_members(R4Shape *shape)
{
	uint32		offset = 0;
	int			missing = r4_required_count(shape->type);
	uint16		elements[MOST_MEMBERS]; /* enough: bucket_of turns away what has more */
	int			count = 0;

	for (int i = 0; i < shape->count; i++)
	{
		R4Member   *member = &shape->members[i];
		uint32		start = offset;

		JBE_ADVANCE_OFFSET(offset, shape->entries[i]);
		/* an empty name: word_same_bytes wants one byte at least */
		if (offset == start)
			return false;
		member->offset = start;
		if (!describe(shape->type, shape->names + start, offset - start, member) || is_second_choice(shape, i))
			return false;
		if (member->task == R4_TASK_NONE)
			continue;
		shape->mask |= UINT64CONST(1) << (member->child.element % 64);
		if (member->child.required && !is_other_half(shape, i))
			missing--;
		/* what refers to a contained resource, ref-1 has to look for: the walk sees to that */
		if (member->child.element != R4_ELEMENT_REFERENCE)
			elements[count++] = member->child.element;
	}
	for (R4Severity least = R4_ERROR; least <= R4_WARNING; least++)
	{
		uint64		asked;

		shape->unsettled[least] = r4_invariants_unsettled(shape->type, elements, count, least, &asked);
		for (int i = 0; i < shape->count; i++)
			shape->members[i].asked[least] = asked >> (shape->members[i].child.element % 64) & 1;
	}
	return missing == 0;
}

/* Is a name that of one of the members that the walk asks for? */
static inline bool
is_known(R4Known known, JsonChild name)
{
	return name.len == known_names[known].len && memcmp(name.data, known_names[known].name, name.len) == 0;
}

/* Finds the members that the walk asks for, all as the names are gone through once. */
static void
find_known(R4Shape *shape, const JsonbContainer *object)
{
	JsonCursor	cursor = json_cursor_first(object);

	for (R4Known known = 0; known < R4_KNOWN_COUNT; known++)
		shape->known[known] = -1;
	for (int i = 0; i < shape->count; i++)
	{
		JsonChild	name = json_cursor_next_padded(&cursor);

		for (R4Known known = 0; known < R4_KNOWN_COUNT; known++)
			if (is_known(known, name))
				shape->known[known] = i;
	}
}

/* Remembers the URI of a member that has a form as good, and forgets the one before the last; see shape.h. */
void
r4_remember_uri(R4Member *member, const char *text, uint32 len)
{
	/*
	 * Never one in the tables, which are constant: what has a set has no form that
	 * leads here.  So other is NULL or room that was taken below.
	 */
	const char *place = member->other;

	if (len > MOST_REMEMBERED)
		return;
	if (place == NULL)
	{
		place = MemoryContextAlloc(shapes_context, MOST_REMEMBERED);
		shapes_bytes += MOST_REMEMBERED;
	}
	member->other = member->code;
	member->other_len = member->code_len;
	member->code = memcpy(unconstify(char *, place), text, len);
	member->code_len = len;
}

/* Learns the shape of an object, which goes to the front of its bucket. */
static R4Shape *
learn_shape(R4Type type, const JsonbContainer *object, R4Shape **bucket)
{
	uint32		count = JsonContainerSize(object);
	uint32		names_len = getJsonbOffset(object, count);
	Size		members_size = offsetof(R4Shape, members) + count * sizeof(R4Member);
	Size		size = members_size + count * sizeof(JEntry) + names_len;
	R4Shape    *shape;

	/*
	 * A document of a million shapes is read without them from here on: they
	 * are not forgotten before it ends, since members point at them.
	 */
	if (names_len == 0 || names_len > MOST_NAMES_BYTES || shapes_bytes >= MOST_BYTES)
		return &beyond;
	if (shapes_context == NULL)
		shapes_context = AllocSetContextCreate(TopMemoryContext, "fhir_bridge shapes", ALLOCSET_DEFAULT_SIZES);
	shape = MemoryContextAlloc(shapes_context, size);
	/* the members too: describe sets of each no more than what its name decides */
	memset(shape, 0, members_size);
	shape->type = type;
	if (r4_is_resource(type))
	{
		shape->resource = r4_type_name(type);
		shape->resource_len = strlen(shape->resource);
		shape->bundle = strcmp(shape->resource, "Bundle") == 0;
	}
	shape->count = count;
	shape->names_len = names_len;
	shape->entries = memcpy((char *) shape + members_size, object->children, count * sizeof(JEntry));
	shape->names = memcpy((char *) (shape->entries + count), object->children + 2 * count, names_len);
	find_known(shape, object);
	shape->unique = shape->resource == NULL && shape->known[R4_KNOWN_ID] >= 0 && !r4_is_named(type, "ElementDefinition");
	shape->plain = describe_members(shape);
	/* linked when it is whole: an error before would leave no half of it to be found */
	shape->next = *bucket;
	*bucket = shape;
	shapes_bytes += size;
	return shape;
}

/*
 * The bucket of the objects that have these names, and what sort of type; NULL
 * when their names are too many.
 */
static R4Shape **
bucket_of(uint64 hash, const JsonbContainer *object)
{
	uint32		count = JsonContainerSize(object);

	if (unlikely(count > MOST_MEMBERS))
		return NULL;
	/* the lengths of the names alone: few sets of names agree in all of them, and they stand together */
	for (uint32 i = 0; i < count; i++)
		hash = (hash + object->children[i]) * MULTIPLIER;
	return &buckets[hash >> 32 & (BUCKETS - 1)];
}

/* The shape of an object of at least one member; see shape.h. */
R4Shape *
r4_shape(R4Type type, const JsonbContainer *object)
{
	R4Shape   **bucket = bucket_of(type, object);

	if (unlikely(bucket == NULL))
		return &beyond;
	for (R4Shape *shape = *bucket; shape != NULL; shape = shape->next)
		if (r4_has_shape(object, type, shape))
			return shape;
	return learn_shape(type, object, bucket);
}

/*
 * The type that a resource says it is; R4_NO_TYPE when it says none.  Not by
 * bisection, as the server finds a name: this is asked only where no shape is known.
 */
static R4Type
type_of_resource(const JsonbContainer *object)
{
	JsonCursor	names = json_cursor_first(object);
	JsonCursor	values = json_cursor_values(object);
	R4Type		type = R4_NO_TYPE;

	for (uint32 i = 0; i < JsonContainerSize(object); i++)
	{
		JsonChild	name = json_cursor_next_padded(&names);
		JsonChild	value = json_cursor_next(&values);

		if (is_known(R4_KNOWN_RESOURCETYPE, name) && value.type == JENTRY_ISSTRING)
			type = r4_type(value.data, value.len);
	}
	return r4_is_resource(type) ? type : R4_NO_TYPE;
}

/* Does a resource, which has the names of a shape, say that it is of its type? */
static bool
has_type_of(const JsonbContainer *object, const R4Shape *shape)
{
	JsonChild	child = r4_shape_value(shape, object, shape->known[R4_KNOWN_RESOURCETYPE]);

	return child.type == JENTRY_ISSTRING && child.len == shape->resource_len &&
		word_same_bytes(child.data, shape->resource, child.len);
}

/* The shape of a resource; see shape.h. */
R4Shape *
r4_resource_shape(const JsonbContainer *object)
{
	/* all resources as if of no type: which is theirs is read from a value, once a shape says where */
	R4Shape   **bucket = bucket_of(R4_NO_TYPE, object);
	R4Type		type;

	if (unlikely(bucket == NULL))
		return NULL;
	for (R4Shape *shape = *bucket; shape != NULL; shape = shape->next)
		if (shape->resource != NULL && r4_has_names(object, shape) && has_type_of(object, shape))
			return shape;
	type = type_of_resource(object);
	return type == R4_NO_TYPE ? NULL : learn_shape(type, object, bucket);
}
