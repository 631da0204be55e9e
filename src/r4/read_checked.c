/*
 * read_checked.c
 *		The nodes of a plain resource out of a jsonb, checked while they are read.
 *
 * Almost every resource that is checked is without fault, and most of its
 * objects have a shape that was met before.  So the reader does at once what
 * r4_read_jsonb and r4_check_structure do one after the other: a shape says
 * what each member has to be, and a value that is this becomes a typed node.
 * Anything else ends the attempt, be it a fault or only unusual; then the
 * two do their work from the start, and find out.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "json/walk.h"
#include "r4/bytes.h"
#include "r4/check.h"
#include "r4/reader.h"
#include "r4/shape.h"

#define MOST_CHARACTERS (1024 * 1024)	/* of a string, for R4 */
#define MOST_DEPTH (R4_MAX_DEPTH / 2)	/* of objects: there may be an array around each */
#define MOST_POSTPONED 16		/* references to contained resources */

/* A Reference whose target may not have been read yet. */
typedef struct Postponed
{
	uint32		node;
	uint32		resource;		/* see R4Check */
} Postponed;

typedef struct Walk
{
	R4Reader   *reader;
	R4Check		check;
	int			postponed_count;
	Postponed	postponed[MOST_POSTPONED];
} Walk;

/* Where a value stands: its container, and its name there, or no bytes in an array. */
typedef struct Place
{
	uint32		parent;
	uint32		keylen;
	const char *key;
} Place;

/* A value as its entry describes it. */
typedef JsonChild Value;

static bool read_object(Walk *walk, R4Member *member, Place place, Value value);

/* A report that wants no fault: it ends the attempt.  arg: nothing. */
static bool
stop(void *arg, const R4Document *document, const R4Fault *fault)
{
	return false;
}

/* Appends a typed node; its number. */
static pg_attribute_always_inline uint32
append_node(Walk *walk, const R4Member *member, Place place, R4Kind kind, const char *text, uint32 len)
{
	R4Reader   *reader = walk->reader;
	uint32		number = reader->document.count;
	R4Node	   *node;

	if (unlikely(number == reader->allocated))
		r4_reader_grow(reader);
	node = &reader->document.nodes[number];
	node->key = place.key;
	node->text = text;
	node->len = len;
	node->end = number + 1;
	node->parent = place.parent;
	node->keylen = place.keylen;
	node->kind = kind;
	node->flags = member->flags;
	node->type = member->child.type;
	node->element = member->child.element;
	reader->document.count = number + 1;
	return number;
}

/* Reads a primitive that is written as a string. */
static pg_attribute_always_inline bool
read_string(Walk *walk, const R4Member *member, Place place, Value value)
{
	uint32		number = append_node(walk, member, place, R4_KIND_STRING, value.data, value.len);

	if (unlikely(value.type != JENTRY_ISSTRING))
		return false;
	if (member->least == 0 || value.len == 0 || value.len > MOST_CHARACTERS ||
		r4_has_less(value.data, value.len, member->least))
		return r4_check_primitive(&walk->check, number, (R4Primitive) member->child.primitive, member->set);
	return member->set == R4_NO_SET || r4_set_has(member->set, NULL, 0, value.data, value.len);
}

/* Reads a number or a boolean. */
static bool
read_scalar(Walk *walk, const R4Member *member, Place place, Value value)
{
	const char *text = NULL;
	uint32		len = 0;
	R4Kind		kind;

	switch (value.type)
	{
		case JENTRY_ISNUMERIC:
			kind = R4_KIND_NUMBER;
			text = r4_numeric_text(walk->reader, value.data, &len);
			break;
		case JENTRY_ISBOOL_TRUE:
			kind = R4_KIND_TRUE;
			break;
		case JENTRY_ISBOOL_FALSE:
			kind = R4_KIND_FALSE;
			break;
		default:
			return false;
	}
	return r4_check_primitive(&walk->check, append_node(walk, member, place, kind, text, len),
							  (R4Primitive) member->child.primitive, R4_NO_SET);
}

/* Reads an array of one of the three. */
static bool
read_array(Walk *walk, R4Member *member, Place place, Value value)
{
	const JsonbContainer *array = (const JsonbContainer *) value.data;
	JsonCursor	cursor;
	Place		inside = {0};

	if (value.type != JENTRY_ISCONTAINER || !JsonContainerIsArray(array) || JsonContainerSize(array) == 0)
		return false;
	inside.parent = append_node(walk, member, place, R4_KIND_ARRAY, NULL, JsonContainerSize(array));
	cursor = json_cursor_first(array);
	for (uint32 i = JsonContainerSize(array); i > 0; i--)
	{
		Value		item = json_cursor_next(&cursor);
		bool		good;

		if (member->task == R4_TASK_OBJECTS)
			good = read_object(walk, member, inside, item);
		else if (member->task == R4_TASK_STRINGS)
			good = read_string(walk, member, inside, item);
		else
			good = read_scalar(walk, member, inside, item);
		if (!good)
			return false;
	}
	walk->reader->document.nodes[inside.parent].end = walk->reader->document.count;
	return true;
}

/* Reads a member of an object that is not a string. */
static bool
read_member(Walk *walk, R4Member *member, Place place, Value value)
{
	switch ((R4Task) member->task)
	{
		case R4_TASK_NONE:
			(void) append_node(walk, member, place, R4_KIND_STRING, value.data, value.len);
			return true;
		case R4_TASK_SCALAR:
			return read_scalar(walk, member, place, value);
		case R4_TASK_OBJECT:
			return read_object(walk, member, place, value);
		default:
			return read_array(walk, member, place, value);
	}
}

/* Reads the members of an object into nodes behind its own, which has this number. */
static bool
read_members(Walk *walk, uint32 number, R4Shape *shape, const JsonbContainer *object)
{
	R4Member   *end = shape->members + shape->count;
	const char *names = (const char *) (object->children + 2 * shape->count);
	JsonCursor	cursor = {object->children + shape->count, names, shape->names_len};
	R4Node	   *node;

	if (!shape->plain)
		return false;
	for (R4Member *member = shape->members; member < end; member++)
	{
		Place		place = {number, member->keylen, names + member->offset};
		Value		value = json_cursor_next(&cursor);

		if (!(likely(member->task == R4_TASK_STRING) ? read_string(walk, member, place, value) : read_member(walk, member, place, value)))
			return false;
	}
	node = &walk->reader->document.nodes[number];
	node->end = walk->reader->document.count;
	if (shape->settled)
		node->flags |= R4_NODE_SETTLED;
	return true;
}

/*
 * Checks a Reference that has been read, or postpones it when what it refers
 * to is in the document.
 */
static bool
check_reference(Walk *walk, uint32 number)
{
	const R4Document *document = &walk->reader->document;
	uint32		reference = r4_member(document, number, "reference", 9);

	if (reference == 0 || document->nodes[reference].text[0] != '#')
		return r4_check_reference(&walk->check, number);
	if (walk->postponed_count == MOST_POSTPONED)
		return false;
	walk->postponed[walk->postponed_count++] = (Postponed){number, walk->check.resource};
	return true;
}

/* The resource that an object says it is; R4_NO_TYPE when it says none. */
static R4Type
resource_type(const JsonbContainer *object)
{
	uint32		count = JsonContainerSize(object);
	JsonCursor	cursor = json_cursor_first(object);

	for (uint32 i = 0; i < count; i++)
	{
		JsonChild	child = json_cursor_next(&cursor);
		R4Type		type;

		if (child.len != 12 || memcmp(child.data, "resourceType", 12) != 0)
			continue;
		/* the value stands as many entries behind the name as there are names */
		for (i = 0; i < count; i++)
			child = json_cursor_next(&cursor);
		type = child.type == JENTRY_ISSTRING ? r4_type(child.data, child.len) : R4_NO_TYPE;
		return r4_is_resource(type) ? type : R4_NO_TYPE;
	}
	return R4_NO_TYPE;
}

/* Reads a resource, also the root; contained ones must have an id. */
static bool
read_resource(Walk *walk, uint32 number, bool contained, const JsonbContainer *object)
{
	R4Type		type = resource_type(object);
	uint32		outer = walk->check.resource;
	bool		good;

	if (type == R4_NO_TYPE)
		return false;
	walk->reader->document.nodes[number].type = type;
	walk->reader->document.nodes[number].flags |= R4_NODE_TYPED;
	if (!contained)
		walk->check.resource = number;
	good = read_members(walk, number, r4_shape(type, object), object) &&
		(!contained || r4_member(&walk->reader->document, number, "id", 2) != 0);
	walk->check.resource = outer;
	return good;
}

/* Reads the object that an element must be, or a twin. */
static bool
read_object(Walk *walk, R4Member *member, Place place, Value value)
{
	const JsonbContainer *object = (const JsonbContainer *) value.data;
	R4Complex	complex = (R4Complex) member->child.complex;
	uint32		number;
	bool		good;

	if (value.type != JENTRY_ISCONTAINER || !JsonContainerIsObject(object) || JsonContainerSize(object) == 0 ||
		walk->check.depth == MOST_DEPTH)
		return false;
	number = append_node(walk, member, place, R4_KIND_OBJECT, NULL, JsonContainerSize(object));
	walk->check.depth++;
	if (complex == R4_RESOURCE)
		good = read_resource(walk, number, member->child.repeats, object);
	else
	{
		if (member->last == NULL || !r4_has_shape(object, member->child.type, member->last))
			member->last = r4_shape(member->child.type, object);
		good = read_members(walk, number, member->last, object);
	}
	walk->check.depth--;
	if (!good || complex == R4_OTHER || complex == R4_RESOURCE)
		return good;
	if (complex == R4_REFERENCE)
		return check_reference(walk, number);
	if (member->child.simple_quantity && r4_member(walk->check.document, number, "comparator", 10) != 0)
		return false;
	return member->set == R4_NO_SET || r4_check_binding(&walk->check, number, complex, member->set);
}

/* Reads a document; false when it is not plain. */
static bool
read_plain(R4Reader *reader, const Jsonb *source)
{
	Walk		walk;
	bool		good;

	if (!JB_ROOT_IS_OBJECT(source) || JB_ROOT_COUNT(source) == 0)
		return false;
	walk.reader = reader;
	walk.check = (R4Check){.document = &reader->document, .report = stop};
	walk.postponed_count = 0;
	good = read_resource(&walk, r4_reader_append(reader, 0, NULL, 0, R4_KIND_OBJECT, NULL, JB_ROOT_COUNT(source)),
						 false, &source->root);
	for (int i = 0; i < walk.postponed_count && good; i++)
	{
		walk.check.resource = walk.postponed[i].resource;
		good = r4_check_reference(&walk.check, walk.postponed[i].node);
	}
	return good;
}

/* The document of a detoasted jsonb, already checked if it is plain; see validate.h. */
R4Document *
r4_read_checked(R4Reader *reader, const Jsonb *source)
{
	check_stack_depth();
	r4_limit_shapes();
	r4_reader_reset(reader);
	if (!read_plain(reader, source))
		return r4_read_jsonb(reader, source);
	reader->document.checked = true;
	return &reader->document;
}
