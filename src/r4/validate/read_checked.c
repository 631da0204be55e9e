/*
 * read_checked.c
 *		A plain resource out of a jsonb, checked while it is read.
 *
 * Almost every resource that is checked is without fault, and most of its
 * objects have a shape that was met before.  So the walk does at once what
 * r4_read_jsonb and r4_check_structure do one after the other: a shape says
 * what each member has to be, and whether the invariants hold by the names
 * alone.  Anything else ends the attempt, be it a fault or only unusual; then
 * the two do their work from the start, and find out.
 *
 * So every structural rule stands twice: here, and in structure.c, which alone
 * knows what to report.  What that buys is in src/r4/README.md, with figures;
 * r4_shapes.sql holds both together.
 *
 * r4_check_plain needs no document: it walks over the values and keeps none.
 * Only an object whose invariants, or codes, depend on its values is *kept* as
 * typed nodes: that object alone, if they do not look beyond it.  Where they
 * do, r4_read_checked keeps the whole resource.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "json/walk.h"
#include "base/words.h"
#include "r4/structure/structure.h"
#include "r4/validate/reader.h"
#include "r4/validate/shape.h"

#define MOST_CHARACTERS (1024 * 1024)	/* of a string, for R4 */
#define MOST_DEPTH (R4_MAX_DEPTH / 2)	/* of objects: there may be an array around each */
#define MOST_POSTPONED 16		/* references to contained resources */
#define MOST_IDS 16				/* ids of elements in a resource */

/* A Reference whose target may not have been read yet. */
typedef struct Postponed
{
	uint32		node;
	uint32		resource;		/* see R4Check */
} Postponed;

typedef struct Walk
{
	R4Reader   *reader;
	bool		apart;			/* nodes are kept of single objects only */
	R4Check		check;
	R4Report	report;			/* takes what the root's invariants find; apart only */
	void	   *arg;
	int			ids_from;		/* in ids: the first of the present resource */
	int			ids_count;
	JsonChild	ids[MOST_IDS];	/* of elements */
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

static const Place nowhere = {0};

/* A value as its entry describes it. */
typedef JsonChild Value;

/*
 * Each function of the walk is compiled twice: keep_* builds nodes, pass_* only
 * checks.  They are always inlined into these, so that keep is a constant in
 * each and what it decides costs nothing.
 *
 * All of them return false to end the attempt, whatever the reason.  Nothing has
 * to be undone then: the nodes are the reader's, which the next reading resets.
 */
#define FOR_EACH static pg_attribute_always_inline

static bool keep_object(Walk *walk, R4Member *member, Place place, Value value);
static bool pass_object(Walk *walk, R4Member *member, Value value);

/* A report that wants no fault: it ends the attempt.  arg: nothing. */
static bool
stop(void *arg, const R4Document *document, const R4Fault *fault)
{
	return false;
}

/*
 * Appends a typed node; its number.  The array may move as it grows: pointers to
 * nodes are not kept across this call.
 */
FOR_EACH uint32
append_node(Walk *walk, bool keep, const R4Member *member, Place place, R4Kind kind, const char *text, uint32 len)
{
	R4Reader   *reader = walk->reader;
	uint32		number = reader->document.count;
	R4Node	   *node;

	if (!keep)
		return 0;
	if (unlikely(number == reader->allocated))
		r4_reader_grow(reader);
	reader->document.names[number] = (R4Name){place.key, place.parent, place.keylen};
	node = &reader->document.nodes[number];
	node->text = text;
	node->len = len;
	node->end = number + 1;
	node->kind = kind;
	node->flags = member->flags;
	node->type = member->child.type;
	node->element = member->child.element;
	reader->document.count = number + 1;
	return number;
}

/* Ends the node of a container; settled: its invariants are. */
FOR_EACH void
end_node(Walk *walk, bool keep, uint32 number, bool settled)
{
	R4Node	   *node = &walk->reader->document.nodes[number];

	if (!keep)
		return;
	node->end = walk->reader->document.count;
	if (settled)
		node->flags |= R4_NODE_SETTLED;
}

/*
 * Reads a primitive that is written as a string.  Most have only a least byte
 * that their form allows, which is asked of sixteen bytes at a time; what this
 * does not answer r4_member_allows does.
 */
FOR_EACH bool
read_string(Walk *walk, bool keep, R4Member *member, Place place, Value value)
{
	if (unlikely(value.type != JENTRY_ISSTRING))
		return false;
	(void) append_node(walk, keep, member, place, R4_KIND_STRING, value.data, value.len);
	/* an empty one is sent on, too: 0 - 1 is more than any length, as they are unsigned */
	if ((member->least == 0 || value.len - 1 >= MOST_CHARACTERS || word_has_less(value.data, value.len, member->least)) &&
		!r4_member_allows(member, value.data, value.len))
		return false;
	/* what is no fault but a warning is for the check to find */
	if (unlikely(walk->check.least == R4_WARNING) && member->least == ' ' && r4_has_tag(value.data, value.len))
		return false;
	return likely(!member->judged) || r4_is_last(member, value.data, value.len) || r4_member_holds(member, value.data, value.len);
}

/* Reads a number or a boolean. */
FOR_EACH bool
read_scalar(Walk *walk, bool keep, const R4Member *member, Place place, Value value)
{
	R4Primitive primitive = (R4Primitive) member->child.primitive;
	const char *text = NULL;
	uint32		len = 0;

	switch (value.type)
	{
		case JENTRY_ISNUMERIC:
			if (primitive == R4_BOOLEAN)
				return false;
			if (!keep && primitive == R4_DECIMAL)
				return true;	/* as any number in a jsonb */
			text = r4_numeric_text(walk->reader, value.data, &len);
			(void) append_node(walk, keep, member, place, R4_KIND_NUMBER, text, len);
			return r4_text_is_valid(primitive, text, len);
		case JENTRY_ISBOOL_TRUE:
		case JENTRY_ISBOOL_FALSE:
			(void) append_node(walk, keep, member, place,
							   value.type == JENTRY_ISBOOL_TRUE ? R4_KIND_TRUE : R4_KIND_FALSE, NULL, 0);
			return primitive == R4_BOOLEAN;
		default:
			return false;
	}
}

/*
 * Reads an array of one of the three.  Twins of arrays are not plain (shape.c),
 * so that a null in it is unusual, and whatever is no value of the task ends the
 * attempt.
 */
FOR_EACH bool
read_array(Walk *walk, bool keep, R4Member *member, Place place, Value value)
{
	const JsonbContainer *array = (const JsonbContainer *) value.data;
	JsonCursor	cursor;
	Place		inside = {0};

	if (value.type != JENTRY_ISCONTAINER || !JsonContainerIsArray(array) || JsonContainerSize(array) == 0)
		return false;
	inside.parent = append_node(walk, keep, member, place, R4_KIND_ARRAY, NULL, JsonContainerSize(array));
	cursor = json_cursor_first(array);
	for (uint32 i = JsonContainerSize(array); i > 0; i--)
	{
		Value		item = json_cursor_next(&cursor);
		bool		good;

		if (unlikely((i & 1023) == 0))
			CHECK_FOR_INTERRUPTS();
		if (member->task == R4_TASK_OBJECTS)
			good = keep ? keep_object(walk, member, inside, item) : pass_object(walk, member, item);
		else if (member->task == R4_TASK_STRINGS)
			good = read_string(walk, keep, member, inside, item);
		else
			good = read_scalar(walk, keep, member, inside, item);
		if (!good)
			return false;
	}
	end_node(walk, keep, inside.parent, false);
	return true;
}

/* Reads a member of an object that is not a string, whose padding is stripped. */
FOR_EACH bool
read_other(Walk *walk, bool keep, R4Member *member, Place place, Value value)
{
	switch ((R4Task) member->task)
	{
		case R4_TASK_NONE:
			(void) append_node(walk, keep, member, place, R4_KIND_STRING, value.data, value.len);
			return true;
		case R4_TASK_SCALAR:
			return read_scalar(walk, keep, member, place, value);
		case R4_TASK_OBJECT:
			return keep ? keep_object(walk, member, place, value) : pass_object(walk, member, value);
		default:
			return read_array(walk, keep, member, place, value);
	}
}

/*
 * Reads the member of an object at a cursor, which moves on.  Strings have no
 * padding to strip, and are most of what there is: so they are asked first.
 */
FOR_EACH bool
read_member(Walk *walk, bool keep, R4Member *member, Place place, JsonCursor *cursor)
{
	Value		value = json_cursor_next_padded(cursor);

	if (likely(member->task == R4_TASK_STRING))
		return read_string(walk, keep, member, place, value);
	json_strip_padding(cursor, &value);
	return read_other(walk, keep, member, place, value);
}

/*
 * Reads the members of an object, whose own node has this number; with apart,
 * only those that read_resource_apart will not read.
 */
FOR_EACH bool
read_members(Walk *walk, bool keep, bool apart, uint32 number, R4Shape *shape, const JsonbContainer *object)
{
	R4Member   *end = shape->members + shape->count;
	const char *names = (const char *) (object->children + 2 * shape->count);
	JsonCursor	cursor = {object->children + shape->count, names, shape->names_len};

	for (R4Member *member = shape->members; member < end; member++)
	{
		Place		place = {number, member->keylen, names + member->offset};

		if (apart && unlikely(member->asked[walk->check.least]))
			(void) json_cursor_next_padded(&cursor);
		else if (!read_member(walk, keep, member, place, &cursor))
			return false;
	}
	return true;
}

/*
 * Is the id of an element that has been read that of no other in the resource?
 * False also when there are too many to look at each.  They stay in the source,
 * which is there until the walk ends.
 */
static bool
is_new_id(Walk *walk, Value id)
{
	/* few resources have any: a table would cost more than looking at each */
	if (walk->ids_count == MOST_IDS)
		return false;
	for (int i = walk->ids_from; i < walk->ids_count; i++)
		if (walk->ids[i].len == id.len && word_same_bytes(walk->ids[i].data, id.data, id.len))
			return false;
	walk->ids[walk->ids_count++] = id;
	return true;
}

/*
 * Checks what a Reference that has been read refers to, or postpones it when
 * that is in the document.
 */
FOR_EACH bool
check_reference(Walk *walk, bool keep, uint32 number, R4Member *member, const R4Shape *shape,
				const JsonbContainer *object)
{
	int			i = shape->known[R4_KNOWN_REFERENCE];
	int			j = shape->known[R4_KNOWN_TYPE];
	Value		reference = {0};
	Value		type = {0};

	if (i >= 0)
		reference = r4_shape_value(shape, object, i);
	if (j >= 0)
		type = r4_shape_value(shape, object, j);
	/* there is a first byte: no empty string has come through read_string */
	if (i < 0 || reference.data[0] != '#')
	{
		end_node(walk, keep, number, shape->unsettled[walk->check.least] == R4_SETTLED);
		if (j < 0 && r4_member_knows_type(member, reference.data, reference.len))
			return true;
		if (!r4_is_good_reference(member->child.element, reference.data, reference.len, type.data, type.len))
			return false;
		if (i >= 0)
			r4_member_remember_type(member, reference.data, reference.len);
		return true;
	}
	/* it may stand further on in the document, which is not there yet, or not at all */
	if (!keep || walk->apart || walk->postponed_count == MOST_POSTPONED)
		return false;
	end_node(walk, keep, number, false);
	walk->postponed[walk->postponed_count++] = (Postponed){number, walk->check.resource};
	return true;
}

/*
 * Reads the members of a resource that its invariants look into, on a document
 * of its own.  It has of the other members the names.
 */
static bool
read_resource_apart(Walk *walk, R4Shape *shape, const JsonbContainer *object)
{
	const char *names = (const char *) (object->children + 2 * shape->count);
	JsonCursor	cursor = {object->children + shape->count, names, shape->names_len};
	R4Document *document = &walk->reader->document;

	document->count = 0;
	(void) r4_reader_append(walk->reader, 0, NULL, 0, R4_KIND_OBJECT, NULL, shape->count);
	document->nodes[0].type = shape->type;
	document->nodes[0].flags |= R4_NODE_TYPED;
	document->nodes[0].mask = shape->mask;
	for (R4Member *member = shape->members; member < shape->members + shape->count; member++)
	{
		Place		place = {0, member->keylen, names + member->offset};

		if (member->asked[walk->check.least])
		{
			if (!read_member(walk, true, member, place, &cursor))
				return false;
			continue;
		}
		(void) json_cursor_next_padded(&cursor);
		document->nodes[append_node(walk, true, member, place, R4_KIND_NULL, NULL, 0)].flags |= R4_NODE_SETTLED;
	}
	end_node(walk, true, 0, false);
	return true;
}

/*
 * Checks a resource of this shape, of which no nodes are kept.  The members that
 * its invariants ask for are read last: only then is it known that all else is
 * good, and what is reported is all there is.
 */
static bool
pass_resource(Walk *walk, R4Shape *shape, const JsonbContainer *object)
{
	R4Unsettled unsettled = (R4Unsettled) shape->unsettled[walk->check.least];
	bool		root = walk->check.depth == 0;

	if (unsettled == R4_UNSETTLED_OUTSIDE || !read_members(walk, false, true, 0, shape, object))
		return false;
	if (unsettled == R4_SETTLED)
		return true;
	if (!read_resource_apart(walk, shape, object))
		return false;
	if (!root)
		return r4_check_invariants(&walk->reader->document, walk->check.least, stop, NULL);

	/*
	 * Of the root they are reported, below it they end the attempt: a document
	 * that begins with an inner resource cannot say where that stands.  The most
	 * common warning, dom-6, is of the root.
	 */
	(void) r4_check_invariants(&walk->reader->document, walk->check.least, walk->report, walk->arg);
	return true;
}

/* Reads a resource of this shape, whose own node has this number. */
FOR_EACH bool
read_shaped(Walk *walk, bool keep, uint32 number, bool contained, R4Shape *shape, const JsonbContainer *object)
{
	uint32		outer = walk->check.resource;
	bool		good;

	if (!keep)
		return pass_resource(walk, shape, object);
	walk->reader->document.nodes[number].type = shape->type;
	walk->reader->document.nodes[number].flags |= R4_NODE_TYPED;
	walk->reader->document.nodes[number].mask = shape->mask;
	if (!contained)
		walk->check.resource = number;
	good = read_members(walk, keep, false, number, shape, object);
	end_node(walk, keep, number, false);
	if (shape->bundle)
		good = good && r4_check_bundle(&walk->check, number);
	walk->check.resource = outer;
	return good;
}

/* Reads a resource, also the root; contained ones must have an id. */
FOR_EACH bool
read_resource(Walk *walk, bool keep, uint32 number, bool contained, const JsonbContainer *object)
{
	R4Shape    *shape = r4_resource_shape(object);
	int			outer_ids = walk->ids_from;
	bool		good;

	if (shape == NULL || !shape->plain || (contained && shape->known[R4_KNOWN_ID] < 0))
		return false;
	/* its entries are looked at together */
	if (!keep && shape->bundle)
		return false;
	/* the ids around it are none of its own, and wait until it has been read */
	walk->ids_from = walk->ids_count;
	good = read_shaped(walk, keep, number, contained, shape, object);
	walk->ids_count = walk->ids_from;
	walk->ids_from = outer_ids;
	return good;
}

/*
 * Checks an object whose values decide, as a document of its own.  One document
 * serves all of these, one after the other; the objects in it are part of it.
 */
static bool
check_apart(Walk *walk, R4Member *member, Value value)
{
	R4Document *document = &walk->reader->document;
	Place		root = {0};

	document->count = 0;
	return keep_object(walk, member, root, value) && r4_check_invariants(document, walk->check.least, stop, NULL);
}

/*
 * Reads an object of a data type, or a twin, whose shape is plain.  The rules
 * behind the members are those of check_object in structure.c.
 */
FOR_EACH bool
read_type(Walk *walk, bool keep, uint32 number, R4Member *member, R4Shape *shape, const JsonbContainer *object)
{
	R4Complex	complex = (R4Complex) member->child.complex;

	if (!read_members(walk, keep, false, number, shape, object))
		return false;
	if (unlikely(shape->unique) && !is_new_id(walk, r4_shape_value(shape, object, shape->known[R4_KNOWN_ID])))
		return false;
	if (complex == R4_REFERENCE)
		return check_reference(walk, keep, number, member, shape, object);
	end_node(walk, keep, number, shape->unsettled[walk->check.least] == R4_SETTLED);
	if (complex == R4_OTHER)
		return true;
	if (complex == R4_ATTACHMENT)
		return r4_is_good_attachment(walk->reader, shape, object);
	if (member->child.simple_quantity && shape->known[R4_KNOWN_COMPARATOR] >= 0)
		return false;
	return member->set == R4_NO_SET || r4_check_binding(&walk->check, number, member->set);
}

/*
 * Reads the object that an element must be, or a twin.  A member remembers the
 * shape that it had last: of resources of one make that is the shape it has now,
 * and no table is asked.
 */
FOR_EACH bool
read_object(Walk *walk, bool keep, R4Member *member, Place place, Value value)
{
	const JsonbContainer *object = (const JsonbContainer *) value.data;
	R4Shape    *shape = member->last;
	uint32		number;
	bool		good;

	if (value.type != JENTRY_ISCONTAINER || !JsonContainerIsObject(object) || JsonContainerSize(object) == 0 ||
		walk->check.depth == MOST_DEPTH)
		return false;
	if (member->child.complex != R4_RESOURCE)
	{
		if (shape == NULL || !r4_has_shape(object, member->child.type, shape))
			shape = member->last = r4_shape(member->child.type, object);
		if (!shape->plain)
			return false;
		if (!keep && (shape->unsettled[walk->check.least] != R4_SETTLED || member->set != R4_NO_SET))
			return check_apart(walk, member, value);
	}
	/* what stands apart must not depend on anything beyond, or be typed by its own name */
	if (keep && walk->apart &&
		(member->child.complex == R4_RESOURCE || shape->unsettled[walk->check.least] == R4_UNSETTLED_OUTSIDE))
		return false;
	number = append_node(walk, keep, member, place, R4_KIND_OBJECT, NULL, JsonContainerSize(object));
	if (keep && member->child.complex != R4_RESOURCE)
		walk->reader->document.nodes[number].mask = shape->mask;
	CHECK_FOR_INTERRUPTS();
	walk->check.depth++;
	if (member->child.complex == R4_RESOURCE)
		good = read_resource(walk, keep, number, member->child.repeats, object);
	else
		good = read_type(walk, keep, number, member, shape, object);
	walk->check.depth--;
	return good;
}

/* read_object, compiled twice. */
static bool
keep_object(Walk *walk, R4Member *member, Place place, Value value)
{
	return read_object(walk, true, member, place, value);
}

static bool
pass_object(Walk *walk, R4Member *member, Value value)
{
	return read_object(walk, false, member, nowhere, value);
}

/* Starts a walk over a document, for faults of a severity, and tells whether it may be plain. */
static bool
start_walk(Walk *walk, R4Reader *reader, bool keep, R4Severity least, const Jsonb *source)
{
	r4_prefetch(source);
	check_stack_depth();		/* once: the walk goes no deeper than MOST_DEPTH, which fits */
	r4_limit_shapes();			/* now, while no shape is in use */
	r4_reader_reset(reader);
	walk->reader = reader;
	walk->apart = !keep;
	walk->check = (R4Check){.document = &reader->document, .report = stop, .least = least};
	walk->ids_from = 0;
	walk->ids_count = 0;
	walk->postponed_count = 0;
	/* where strings are any bytes, each would have to be looked at for that, too */
	return !reader->document.any_bytes && JB_ROOT_IS_OBJECT(source) && JB_ROOT_COUNT(source) > 0;
}

/* Checks a jsonb that is as plain as most without making its document; see validate.h. */
bool
r4_check_plain(R4Reader *reader, const Jsonb *source, R4Severity least, R4Report report, void *arg)
{
	Walk		walk;

	walk.report = report;
	walk.arg = arg;
	return start_walk(&walk, reader, false, least, source) && read_resource(&walk, false, 0, false, &source->root);
}

/* Reads a document; false when it is not plain. */
static bool
read_plain(R4Reader *reader, const Jsonb *source, R4Severity least)
{
	Walk		walk;
	bool		good;

	if (!start_walk(&walk, reader, true, least, source))
		return false;
	good = read_resource(&walk, true, r4_reader_append(reader, 0, NULL, 0, R4_KIND_OBJECT, NULL, JB_ROOT_COUNT(source)),
						 false, &source->root);
	/* now that all contained resources have been read */
	for (int i = 0; i < walk.postponed_count && good; i++)
	{
		walk.check.resource = walk.postponed[i].resource;
		good = r4_check_reference(&walk.check, walk.postponed[i].node);
	}
	return good;
}

/* The document of a detoasted jsonb, already checked if it is plain; see validate.h. */
R4Document *
r4_read_checked(R4Reader *reader, const Jsonb *source, R4Severity least)
{
	if (!read_plain(reader, source, least))
		return r4_read_jsonb(reader, source);
	reader->document.checked = true;
	return &reader->document;
}
