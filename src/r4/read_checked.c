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

/* Where the value of a member is. */
typedef struct Value
{
	uint32		parent;			/* number of its container */
	const char *key;			/* NULL in an array */
	uint32		keylen;
	uint32		type;			/* the type bits of its entry */
	uint32		len;			/* its bytes, with padding */
	const char *data;			/* behind the padding */
} Value;

static bool read_object(Walk *walk, const R4Member *member, const Value *value);

/* A report that wants no fault: it ends the attempt.  arg: nothing. */
static bool
stop(void *arg, const R4Document *document, const R4Fault *fault)
{
	return false;
}

/* Appends a typed node; see r4_reader_append. */
static inline uint32
append_typed(Walk *walk, const R4Member *member, const Value *value, R4Kind kind, const char *text, uint32 len)
{
	uint32		number = r4_reader_append(walk->reader, value->parent, value->key, value->keylen, kind, text, len);
	R4Node	   *node = &walk->reader->document.nodes[number];

	node->flags = member->flags;
	node->type = member->child.type;
	node->element = member->child.element;
	return number;
}

/* Reads a primitive that is written as a string. */
static inline bool
read_string(Walk *walk, const R4Member *member, const Value *value)
{
	uint32		number;

	if (value->type != JENTRY_ISSTRING)
		return false;
	number = append_typed(walk, member, value, R4_KIND_STRING, value->data, value->len);
	if (member->least == 0 || value->len == 0 || value->len > MOST_CHARACTERS ||
		r4_has_less(value->data, value->len, member->least))
		return r4_check_primitive(&walk->check, number, (R4Primitive) member->child.primitive, member->set);
	return member->set == R4_NO_SET || member->child.primitive != R4_CODE ||
		r4_set_has(member->set, NULL, 0, value->data, value->len);
}

/* Reads a number or a boolean. */
static bool
read_scalar(Walk *walk, const R4Member *member, const Value *value)
{
	const char *text = NULL;
	uint32		len = 0;
	R4Kind		kind;

	switch (value->type)
	{
		case JENTRY_ISNUMERIC:
			kind = R4_KIND_NUMBER;
			text = r4_numeric_text(walk->reader, value->data, &len);
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
	return r4_check_primitive(&walk->check, append_typed(walk, member, value, kind, text, len),
							  (R4Primitive) member->child.primitive, R4_NO_SET);
}

/* Reads an array of one of the three. */
static bool
read_array(Walk *walk, const R4Member *member, const Value *value)
{
	const JsonbContainer *container = (const JsonbContainer *) value->data;
	uint32		count;
	const JEntry *entry;
	const JEntry *end;
	uint32		offset = 0;
	Value		item;
	bool		good = true;

	if (value->type != JENTRY_ISCONTAINER || !JsonContainerIsArray(container) || JsonContainerSize(container) == 0)
		return false;
	count = JsonContainerSize(container);
	entry = container->children;
	end = entry + count;
	item.parent = append_typed(walk, member, value, R4_KIND_ARRAY, NULL, count);
	item.key = NULL;
	item.keylen = 0;
	for (; entry < end && good; entry++)
	{
		uint32		start = offset;

		JBE_ADVANCE_OFFSET(offset, *entry);
		item.type = *entry & JENTRY_TYPEMASK;
		item.len = offset - start;
		if (member->task == R4_TASK_OBJECTS)
		{
			item.data = (const char *) end + INTALIGN(start);
			good = read_object(walk, member, &item);
		}
		else if (member->task == R4_TASK_STRINGS)
		{
			item.data = (const char *) end + start;
			good = read_string(walk, member, &item);
		}
		else
		{
			item.data = (const char *) end + INTALIGN(start);
			good = read_scalar(walk, member, &item);
		}
	}
	walk->reader->document.nodes[item.parent].end = walk->reader->document.count;
	return good;
}

/* Reads the members of an object into nodes behind its own, which has this number. */
static bool
read_members(Walk *walk, uint32 number, R4Type type, const JsonbContainer *object)
{
	const R4Shape *shape = r4_shape(type, object);
	const JEntry *entry = object->children + shape->count;
	const char *names = (const char *) (entry + shape->count);
	uint32		offset = shape->names_len;
	Value		value;
	bool		good = shape->plain;

	value.parent = number;
	for (const R4Member *member = shape->members; good && member < shape->members + shape->count; member++, entry++)
	{
		uint32		start = offset;

		JBE_ADVANCE_OFFSET(offset, *entry);
		value.key = names + member->offset;
		value.keylen = member->keylen;
		value.type = *entry & JENTRY_TYPEMASK;
		value.len = offset - start;
		value.data = names + (json_type_aligned(value.type) ? INTALIGN(start) : start);
		switch ((R4Task) member->task)
		{
			case R4_TASK_NONE:
				(void) append_typed(walk, member, &value, R4_KIND_STRING, value.data, value.len);
				break;
			case R4_TASK_STRING:
				good = read_string(walk, member, &value);
				break;
			case R4_TASK_SCALAR:
				good = read_scalar(walk, member, &value);
				break;
			case R4_TASK_OBJECT:
				good = read_object(walk, member, &value);
				break;
			default:
				good = read_array(walk, member, &value);
				break;
		}
	}
	walk->reader->document.nodes[number].end = walk->reader->document.count;
	if (shape->settled)
		walk->reader->document.nodes[number].flags |= R4_NODE_SETTLED;
	return good;
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
	walk->postponed[walk->postponed_count++] = (Postponed) {number, walk->check.resource};
	return true;
}

/* The resource that an object says it is; R4_NO_TYPE when it says none. */
static R4Type
resource_type(const JsonbContainer *object)
{
	uint32		count = JsonContainerSize(object);
	const char *base = (const char *) (object->children + 2 * count);
	uint32		offset = 0;

	for (uint32 i = 0; i < count; i++)
	{
		uint32		start = offset;

		JBE_ADVANCE_OFFSET(offset, object->children[i]);
		if (offset - start == 12 && memcmp(base + start, "resourceType", 12) == 0)
		{
			R4Type		type;

			if ((object->children[count + i] & JENTRY_TYPEMASK) != JENTRY_ISSTRING)
				return R4_NO_TYPE;
			type = r4_type(base + getJsonbOffset(object, count + i), getJsonbLength(object, count + i));
			return r4_is_resource(type) ? type : R4_NO_TYPE;
		}
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
	good = read_members(walk, number, type, object) &&
		(!contained || r4_member(&walk->reader->document, number, "id", 2) != 0);
	walk->check.resource = outer;
	return good;
}

/* Reads the object that an element must be, or a twin. */
static bool
read_object(Walk *walk, const R4Member *member, const Value *value)
{
	const JsonbContainer *object = (const JsonbContainer *) value->data;
	const R4Document *document = &walk->reader->document;
	R4Complex	complex = (R4Complex) member->child.complex;
	uint32		number;
	bool		good;

	if (value->type != JENTRY_ISCONTAINER || !JsonContainerIsObject(object) || JsonContainerSize(object) == 0 ||
		walk->check.depth == R4_MAX_DEPTH / 2)
		return false;
	number = append_typed(walk, member, value, R4_KIND_OBJECT, NULL, JsonContainerSize(object));
	walk->check.depth++;
	if (complex == R4_RESOURCE)
		good = read_resource(walk, number, member->child.repeats, object);
	else
		good = read_members(walk, number, member->child.type, object);
	walk->check.depth--;
	if (!good || complex == R4_OTHER || complex == R4_RESOURCE)
		return good;
	if (complex == R4_REFERENCE)
		return check_reference(walk, number);
	if (member->child.simple_quantity && r4_member(document, number, "comparator", 10) != 0)
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
	walk.check = (R4Check) {.document = &reader->document, .report = stop};
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
