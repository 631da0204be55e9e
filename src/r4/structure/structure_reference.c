/*
 * structure_reference.c
 *		What a Reference may point to.
 *
 * plain C: no server headers
 *
 * The type of the target is read from the reference itself: Type/id, a URL
 * that ends like that, or the contained resource behind #id.  A URN, or a URL
 * of another form, says nothing about its type.
 */
#include "r4/structure/structure.h"

/* A piece of the text of a reference. */
typedef struct Piece
{
	const char *text;
	int			len;
} Piece;

/* Does a piece begin with a string? */
static bool
begins(Piece piece, const char *string)
{
	int			len = (int) strlen(string);

	return piece.len >= len && memcmp(piece.text, string, len) == 0;
}

/*
 * Cuts off the last segment of a path, which is returned; the slash goes too.
 * From behind, since what stands before Type/id may be any number of segments.
 */
static Piece
cut_segment(Piece *path)
{
	int			start = path->len;
	Piece		segment;

	while (start > 0 && path->text[start - 1] != '/')
		start--;
	segment.text = path->text + start;
	segment.len = path->len - start;
	path->len = start > 0 ? start - 1 : 0;
	return segment;
}

/*
 * Does a scheme begin a text: a colon before any slash, query or fragment?  An id
 * has no colon, so that Type/id has none before its slash.
 */
static bool
has_scheme(Piece reference)
{
	for (int i = 0; i < reference.len; i++)
	{
		char		c = reference.text[i];

		if (c == ':')
			return i > 0;
		if (c == '/' || c == '?' || c == '#')
			return false;
	}
	return false;
}

/*
 * The type in a reference that ends with Type/id, or Type/id/_history/version,
 * and in a relative one also Type?search; R4_NO_TYPE when it names none.
 */
static R4Type
type_in_path(Piece reference, bool absolute)
{
	Piece		type;
	Piece		id;
	int			i = 0;

	while (i < reference.len && reference.text[i] != '?' && reference.text[i] != '#')
		i++;
	/* a conditional reference, as a transaction may have it: what is searched has a type, and no id yet */
	if (i < reference.len && reference.text[i] == '?' && !absolute)
	{
		reference.len = i;
		type = cut_segment(&reference);
		return r4_type(type.text, type.len);
	}
	reference.len = i;
	id = cut_segment(&reference);
	type = cut_segment(&reference);
	if (type.len == 8 && memcmp(type.text, "_history", 8) == 0)
	{
		id = cut_segment(&reference);
		type = cut_segment(&reference);
	}
	if (!r4_text_is_valid(R4_ID, id.text, id.len))
		return R4_NO_TYPE;
	return r4_type(type.text, type.len);
}

/*
 * The type of the contained resource with an id; R4_NO_TYPE when there is none,
 * which is for an invariant to say (ref-1).  "#" alone is what contains.
 */
static R4Type
type_of_contained(const R4Check *check, Piece id)
{
	const R4Node *nodes = check->document->nodes;
	uint32_t	contained;
	uint32_t	name;

	if (id.len == 0)
		return nodes[check->resource].type;
	contained = r4_find_contained(check->document, check->resource, id.text, (uint32_t) id.len);
	if (contained == 0)
		return R4_NO_TYPE;
	/* it may not have been checked yet, so its type is read here */
	name = r4_member(check->document, contained, "resourceType", 12);
	return name != 0 && nodes[name].kind == R4_KIND_STRING ? r4_type(nodes[name].text, nodes[name].len) : R4_NO_TYPE;
}

/*
 * Reports a target of a type that the element does not allow.  An element that
 * may refer to any type has an empty list, and never comes here.
 */
static bool
report_target(R4Check *check, uint32_t node, uint16_t element)
{
	int			count = r4_target_count(element);
	R4Text		text;

	r4_text_start(&text, "must refer to ");
	for (int i = 0; i < count; i++)
		r4_text_list(&text, r4_type_name(r4_target(element, i)), i, count);
	return r4_fault(check, node, R4_ISSUE_STRUCTURE, "target", text.bytes);
}

/*
 * The resource type of a reference that is Type/id, as most are; R4_NO_TYPE of
 * any other.  It spares these the search for a scheme, a query and a version.
 */
static R4Type
type_before_id(Piece reference)
{
	const char *slash = memchr(reference.text, '/', (size_t) reference.len);
	int			len = slash != NULL ? (int) (slash - reference.text) : 0;
	R4Type		type;

	if (len == 0 || !r4_text_is_valid(R4_ID, slash + 1, reference.len - len - 1))
		return R4_NO_TYPE;
	type = r4_type(reference.text, len);
	return r4_is_resource(type) ? type : R4_NO_TYPE;
}

/*
 * Does a reference, other than to a contained resource, have a form of R4?
 * Sets *type to the type that it names, R4_NO_TYPE when it names none.
 */
static bool
is_reference(Piece reference, R4Type *type)
{
	bool		absolute;

	/* once forward through its bytes, and not back and forth as below */
	*type = type_before_id(reference);
	if (*type != R4_NO_TYPE)
		return true;
	absolute = has_scheme(reference);
	/* an URL of another form, or of a model beyond R4, may be right: that is for its server to say */
	if (absolute && !begins(reference, "http://") && !begins(reference, "https://"))
		return r4_urn_is_good(reference.text, (uint32_t) reference.len);
	*type = type_in_path(reference, absolute);
	if (!r4_is_resource(*type))
		*type = R4_NO_TYPE;
	return absolute || *type != R4_NO_TYPE;
}

/*
 * The type that Reference.type states; R4_NO_TYPE when it is a logical model,
 * or a type beyond R4.
 */
static R4Type
stated_type(Piece name)
{
	R4Type		type = r4_type(name.text, name.len);

	return r4_is_resource(type) ? type : R4_NO_TYPE;
}

/*
 * Are the texts of a Reference, other than to a contained resource, without fault?
 * The questions are those of r4_check_reference: a rule that changes there has to
 * change here.
 */
bool
r4_is_good_reference(uint16_t element, const char *reference, int len, const char *type, int typelen)
{
	Piece		whole = {reference, len};
	R4Type		named = R4_NO_TYPE;
	R4Type		stated = R4_NO_TYPE;

	if (reference != NULL && !is_reference(whole, &named))
		return false;
	if (type != NULL)
		stated = stated_type((Piece){type, typelen});
	return (named == R4_NO_TYPE || r4_may_target(element, named)) &&
		(stated == R4_NO_TYPE ||
		 (r4_may_target(element, stated) && (named == R4_NO_TYPE || named == stated)));
}

/*
 * Checks the text of a reference and sets *type to the type that it names,
 * R4_NO_TYPE when it names none.  "#" comes first: all else is judged by the text
 * alone, but that by what the document contains.
 */
static bool
check_text(R4Check *check, uint32_t node, R4Type *type)
{
	const R4Node *n = &check->document->nodes[node];
	Piece		reference = {n->text, (int) n->len};

	if (begins(reference, "#"))
	{
		reference.text++;
		reference.len--;
		*type = type_of_contained(check, reference);
		return true;
	}
	return is_reference(reference, type) ||
		r4_fault(check, node, R4_ISSUE_VALUE, "reference",
				 "must be Type/id with a type and an id of R4, an absolute URL, urn:uuid:, urn:oid: or #id");
}

/*
 * Checks a Reference beside the target types of its element.  The text and
 * Reference.type may each name a type; what names none says nothing that could
 * be wrong.  r4_is_good_reference asks the same without a report, for the walk
 * of read_checked.c.
 */
bool
r4_check_reference(R4Check *check, uint32_t node)
{
	const R4Node *nodes = check->document->nodes;
	uint16_t	element = nodes[node].element;
	uint32_t	reference = r4_member(check->document, node, "reference", 9);
	uint32_t	type = r4_member(check->document, node, "type", 4);
	R4Type		named = R4_NO_TYPE;
	R4Type		stated = R4_NO_TYPE;

	if (reference != 0 && nodes[reference].kind == R4_KIND_STRING && nodes[reference].len > 0 &&
		!check_text(check, reference, &named))
		return false;
	if (named != R4_NO_TYPE && !r4_may_target(element, named))
		return report_target(check, reference, element);
	if (type != 0 && nodes[type].kind == R4_KIND_STRING)
		stated = stated_type((Piece){nodes[type].text, (int) nodes[type].len});
	if (stated == R4_NO_TYPE)
		return true;
	if (!r4_may_target(element, stated))
		return report_target(check, type, element);
	if (named != R4_NO_TYPE && stated != named)
		return r4_fault(check, type, R4_ISSUE_VALUE, "reference", "must be the type that the reference names");
	return true;
}
