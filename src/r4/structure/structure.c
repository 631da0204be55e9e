/*
 * structure.c
 *		The structure of a resource: which elements stand where, and how often.
 *
 * plain C: no server headers
 *
 * One walk over the nodes.  Each key is looked up once; the answer types the
 * node, and what is in it is checked by that type.  Which elements an object
 * has had is kept in 64 bits: elements of one type have neighbouring numbers,
 * so two of them seldom share a bit, and only then are those before looked
 * through.  Required elements are counted; they are listed only when the count
 * does not come out.
 *
 * Faults are reported where they are met and the walk goes on: a sender who has
 * to mend a resource wants all of them at once.  Only what cannot be typed is
 * not looked into, since whatever would be said of it would be a guess.
 */
#include "r4/structure/structure.h"

static bool check_value(R4Check *check, uint32_t node, const R4Child *child, bool member);
static bool check_resource(R4Check *check, uint32_t node);

/* Is the key "resourceType"? */
static bool
is_resource_type(const R4Name *name)
{
	return name->keylen == 12 && memcmp(name->key, "resourceType", 12) == 0;
}

/* Is the key "id"? */
static inline bool
is_id(const R4Name *name)
{
	return name->keylen == 2 && memcmp(name->key, "id", 2) == 0;
}

/*
 * Reports a key that is no element of the type, with names like it.  What is in
 * it is not looked at: without a type nothing could be said of it.
 */
static bool
report_unknown(R4Check *check, uint32_t node, R4Type type)
{
	const R4Name *n = &check->document->names[node];
	const char *names[3];
	int			twin = n->keylen > 0 && n->key[0] == '_';
	int			count = r4_nearest(type, n->key + twin, n->keylen - twin, names, 3);
	R4Child		child;
	R4Text		text;

	/* half right: whoever wrote this knows of twins, but not of whose */
	if (twin && r4_child(type, n->key + 1, n->keylen - 1, &child))
	{
		r4_text_start(&text, "only elements of a primitive type have a name with an underscore, this one is ");
		r4_text_add(&text, r4_type_name(child.type));
		return r4_fault(check, node, R4_ISSUE_STRUCTURE, "unknown", text.bytes);
	}
	r4_text_start(&text, r4_type_name(type));
	r4_text_add(&text, " has no such element");
	for (int i = 0; i < count; i++)
	{
		if (i == 0)
			r4_text_add(&text, "; did you mean ");
		r4_text_list(&text, names[i], i, count);
	}
	if (count > 0)
		r4_text_add(&text, "?");
	return r4_fault(check, node, R4_ISSUE_STRUCTURE, "unknown", text.bytes);
}

/*
 * Reports the elements that an object must have and has not.  A choice goes by
 * its name without [x].  A name that does not fit in stem is passed over: R4 has
 * none that long, and a fault untold is better than one with half a name.
 */
static bool
report_missing(R4Check *check, uint32_t object, R4Type type)
{
	const R4Node *nodes = check->document->nodes;
	R4Child		child;
	const char *name;

	for (int i = 0; (name = r4_child_name(type, i, &child)) != NULL; i++)
	{
		char		stem[64];
		size_t		len = strlen(name);
		int			alternatives = r4_choice_count(child.element);
		bool		found = false;
		R4Text		text;

		/* the members are searched, not remembered: this is done of faulty ones alone */
		if (!child.required || len >= sizeof(stem))
			continue;
		for (uint32_t node = object + 1; node < nodes[object].end && !found; node = nodes[node].end)
			found = nodes[node].element == child.element;
		if (found)
			continue;
		memcpy(stem, name, len + 1);
		r4_text_start(&text, r4_type_name(type));
		r4_text_add(&text, " requires ");
		if (alternatives > 0)
			stem[len - strlen("[x]")] = '\0';
		else
			r4_text_add(&text, name);
		for (int j = 0; j < alternatives; j++)
			r4_text_list(&text, r4_choice_name(child.element, j), j, alternatives);
		if (!r4_fault_missing(check, object, stem, text.bytes))
			return false;
	}
	return true;
}

/*
 * The first member of an object before node that has the same element; node
 * itself where there is none.  Alternatives of a choice are one element, and so
 * are an element and its twin.
 */
static uint32_t
same_before(const R4Document *document, uint32_t node)
{
	const R4Node *nodes = document->nodes;
	uint32_t	i = document->names[node].parent + 1;

	while (i < node && nodes[i].element != nodes[node].element)
		i = nodes[i].end;
	return i;
}

/*
 * Checks a member whose element has already stood in the object, from the node
 * first on: only its twin may.  The same key again, or another alternative of
 * the choice, is a fault.
 */
static bool
check_again(R4Check *check, uint32_t first, uint32_t node)
{
	const R4Node *nodes = check->document->nodes;
	const R4Name *names = check->document->names;
	const R4Node *n = &nodes[node];
	int			twin = (n->flags & R4_NODE_TWIN) != 0;

	for (uint32_t i = first; i < node; i = nodes[i].end)
	{
		int			other = (nodes[i].flags & R4_NODE_TWIN) != 0;

		if (nodes[i].element != n->element)
			continue;
		if (names[i].keylen - other != names[node].keylen - twin ||
			memcmp(names[i].key + other, names[node].key + twin, names[node].keylen - twin) != 0)
			return r4_fault(check, node, R4_ISSUE_STRUCTURE, "choice",
							"of a choice only one alternative may stand");
		if (other == twin)
			return r4_fault(check, node, R4_ISSUE_STRUCTURE, "duplicate",
							"a name may stand only once in an object");
	}
	return true;
}

/*
 * Reports a container with nothing in it.  R4 has this as an invariant of every
 * element; here it costs nothing, and so ele-1 is not compiled for each.
 */
static bool
report_empty(R4Check *check, uint32_t node)
{
	return r4_fault(check, node, R4_ISSUE_INVARIANT, "ele-1",
					"all elements must have a value or children: leave out what is empty");
}

/*
 * Reports a null.  It has a use in the arrays of primitives and their twins
 * alone, so there the text says what that use is.
 */
static bool
report_null(R4Check *check, uint32_t node)
{
	const R4Node *nodes = check->document->nodes;

	if (nodes[check->document->names[node].parent].kind == R4_KIND_ARRAY && r4_primitive(nodes[node].type) != R4_NOT_PRIMITIVE)
		return r4_fault(check, node, R4_ISSUE_STRUCTURE, "null",
						"in an array of primitives null may stand only where the array of the name with, or without, underscore has something");
	return r4_fault(check, node, R4_ISSUE_STRUCTURE, "null", "must not be null: leave out what has no value");
}

/*
 * Reports an array where one value belongs, or one value where an array does.
 * What is in it is not checked: both readings of it would be guesses.
 */
static bool
report_array(R4Check *check, uint32_t node, bool repeats)
{
	return r4_fault(check, node, R4_ISSUE_STRUCTURE, "array",
					repeats ? "the element repeats, so it must be an array, also with one value" : "the element does not repeat, so it must be one value, not an array");
}

/* Reports a node that must be an object of the type. */
static bool
report_no_object(R4Check *check, uint32_t node, R4Type type)
{
	R4Text		text;

	r4_text_start(&text, "must be an object of type ");
	r4_text_add(&text, r4_type_name(type));
	return r4_fault(check, node, R4_ISSUE_STRUCTURE, "type", text.bytes);
}

/*
 * The other half of a primitive and its twin: of "given" the member "_given",
 * and the reverse; 0 when it does not stand in the object.  Found by name, since
 * the members behind node have no element yet; asked of arrays alone, so that the
 * search is seldom made.
 */
static uint32_t
other_half(const R4Document *document, uint32_t node)
{
	const R4Node *nodes = document->nodes;
	const R4Name *n = &document->names[node];
	bool		twin = (nodes[node].flags & R4_NODE_TWIN) != 0;
	uint32_t	object = n->parent;

	for (uint32_t i = object + 1; i < nodes[object].end; i = nodes[i].end)
	{
		const R4Name *other = &document->names[i];

		if (twin ? r4_has_name(document->names, i, n->key + 1, n->keylen - 1) : other->keylen == n->keylen + 1 && other->key[0] == '_' && memcmp(other->key + 1, n->key, n->keylen) == 0)
			return i;
	}
	return 0;
}

/*
 * Checks the members of an object, and what it lacks, by its type.  resource:
 * it has resourceType beside its elements, and its id is none of an element.
 * False when the report has had enough, as all functions here that check.
 *
 * What depends on several members comes behind the loop, when all of them have
 * their types: what is required, the id, and for the callers what R4 asks of a
 * Reference or a Bundle.
 *
 * The depth is counted down on the way that goes on alone: once the report has had
 * enough, the check ends and nobody asks for it.
 */
static bool
check_members(R4Check *check, uint32_t object, R4Type type, bool resource)
{
	/* kept across all that is below: a check types nodes, and never adds one */
	R4Node	   *nodes = check->document->nodes;
	const R4Name *names = check->document->names;
	uint32_t	end = nodes[object].end;
	uint64_t	seen = 0;
	uint32_t	id = 0;
	int			missing = r4_required_count(type);

	if (end == object + 1)
		return report_empty(check, object);
	/*
	 * This function recurses: without a limit, a document decides how deep the
	 * stack gets.  What was not checked has no types, by which the invariants
	 * above it would find it missing; the flag spares them.
	 */
	if (check->depth >= R4_MAX_DEPTH)
	{
		nodes[object].flags |= R4_NODE_SETTLED;
		return r4_fault(check, object, R4_ISSUE_TOO_LONG, "depth",
						"no more than 256 arrays and objects may stand in each other; what is below was not checked");
	}
	/*
	 * What is below searches members by their names, for each of them, and so do
	 * the object's invariants, which the flag spares.
	 */
	if (nodes[object].len > R4_MAX_MEMBERS)
	{
		nodes[object].flags |= R4_NODE_SETTLED;
		return r4_fault(check, object, R4_ISSUE_TOO_LONG, "members",
						"an object may have no more than 1000 members; what is in it was not checked");
	}
	r4_steps(&check->steps, nodes[object].len);
	check->depth++;
	for (uint32_t node = object + 1; node < end; node = nodes[node].end)
	{
		R4Node	   *n = &nodes[node];
		const R4Name *name = &names[node];
		int			twin = name->keylen > 0 && name->key[0] == '_';
		uint64_t	bit;
		uint32_t	first = node;
		const R4Child *child;

		/* it is no element: R4 has it in JSON alone, and its value has been read before */
		if (resource && is_resource_type(name))
		{
			if (r4_member(check->document, object, "resourceType", 12) != node &&
				!r4_fault(check, node, R4_ISSUE_STRUCTURE, "duplicate", "a name may stand only once in an object"))
				return false;
			continue;
		}
		/* a node that is not typed is left alone by the invariants, with what is in it */
		child = r4_find_child(type, name->key + twin, name->keylen - twin);
		if (child == NULL || (twin && child->primitive == R4_NOT_PRIMITIVE))
		{
			if (!report_unknown(check, node, type))
				return false;
			continue;
		}
		if (is_id(name))
			id = node;
		n->type = child->type;
		n->element = child->element;
		n->flags = R4_NODE_TYPED | (twin ? R4_NODE_TWIN : 0) | (child->choice ? R4_NODE_CHOICE : 0);

		/*
		 * Elements that are 64 apart share a bit, and an element and its twin
		 * do: only where it is set are the members before searched, so that an
		 * object whose names differ is gone through once.
		 */
		bit = UINT64_C(1) << (child->element % 64);
		if (seen & bit)
			first = same_before(check->document, node);
		seen |= bit;
		if (first != node)
		{
			if (!check_again(check, first, node))
				return false;
		}
		else if (child->required)
			missing--;			/* also for a twin alone: that has, say, a data-absent-reason */
		/* most are single primitives with a value */
		if (child->primitive != R4_NOT_PRIMITIVE && !child->repeats && !twin &&
			n->kind >= R4_KIND_STRING && n->kind <= R4_KIND_FALSE)
		{
			if (!r4_check_primitive(check, node, (R4Primitive) child->primitive))
				return false;
		}
		else if (!check_value(check, node, child, false))
			return false;
	}
	check->depth--;
	nodes[object].mask = seen;	/* spares the invariants from going through the members again */
	return (missing <= 0 || report_missing(check, object, type)) &&
		(resource || id == 0 || r4_check_element_id(check, object, id));
}

/*
 * Checks a twin, or one member of its array, that is not null.  Its type is that
 * of the primitive, of which it has the members that any element has.
 */
static bool
check_twin_object(R4Check *check, uint32_t node, R4Type type)
{
	if (check->document->nodes[node].kind != R4_KIND_OBJECT)
		return r4_fault(check, node, R4_ISSUE_STRUCTURE, "type",
						"what stands beside a primitive must be an object with id or extension");
	return check_members(check, node, type, false);
}

/*
 * Checks the members of an array beside those of its other half, number other
 * or 0: a primitive's array and that of its twin go in step, and null may
 * stand in one only where the other has something.  A null is a fault of the
 * array in which it stands, so that each array is walked once, with the other
 * beside it.
 */
static bool
check_in_step(R4Check *check, uint32_t array, uint32_t other, const R4Child *child)
{
	R4Node	   *nodes = check->document->nodes;
	bool		twin = (nodes[array].flags & R4_NODE_TWIN) != 0;
	uint32_t	beside = other + 1;
	uint32_t	beside_end = other != 0 && nodes[other].kind == R4_KIND_ARRAY ? nodes[other].end : 0;

	for (uint32_t node = array + 1; node < nodes[array].end; node = nodes[node].end)
	{
		bool		good;

		r4_step(&check->steps);
		/* typed before it is judged: what is said of a null goes by the type */
		nodes[node].type = child->type;
		nodes[node].element = child->element;
		nodes[node].flags = nodes[array].flags;
		if (nodes[node].kind == R4_KIND_NULL)
			good = (beside < beside_end && nodes[beside].kind != R4_KIND_NULL) || report_null(check, node);
		else if (nodes[node].kind == R4_KIND_ARRAY)
			good = report_array(check, node, false);
		else
			good = twin ? check_twin_object(check, node, child->type) : check_value(check, node, child, true);
		if (!good)
			return false;
		if (beside < beside_end)
			beside = nodes[beside].end;
	}
	return true;
}

/*
 * Checks an array, of a twin too.  Only a primitive's needs its other half: of
 * other elements no twin may stand in the object.
 */
static bool
check_array(R4Check *check, uint32_t array, const R4Child *child)
{
	R4Node	   *nodes = check->document->nodes;
	bool		twin = (nodes[array].flags & R4_NODE_TWIN) != 0;
	uint32_t	other = 0;
	bool		more;

	if (nodes[array].len == 0)
		return report_empty(check, array);
	/* lengths are compared from the twin's side alone, or each fault would be told twice */
	if (twin)
	{
		other = other_half(check->document, array);
		if (other != 0 && nodes[other].kind == R4_KIND_ARRAY && nodes[other].len != nodes[array].len &&
			!r4_fault(check, array, R4_ISSUE_STRUCTURE, "twin",
					  "the array must have as many members as that of the name without underscore, with null where there is nothing to say"))
			return false;
	}
	else if (child->primitive != R4_NOT_PRIMITIVE)
		other = other_half(check->document, array);
	check->depth++;
	more = check_in_step(check, array, other, child);
	check->depth--;
	return more;
}

/*
 * Checks an object of a data type or backbone, or a resource in it.  Its members
 * come first: what follows goes by their values, and takes what is malformed for
 * absent, which has been reported.
 */
static bool
check_object(R4Check *check, uint32_t node, const R4Child *child)
{
	R4Complex	complex = (R4Complex) child->complex;
	R4Set		set;

	if (complex == R4_RESOURCE)
		return check_resource(check, node); /* it says itself of which type it is */
	if (!check_members(check, node, child->type, false))
		return false;
	if (complex == R4_OTHER)
		return true;
	if (complex == R4_ATTACHMENT)
		return r4_check_attachment(check, node);
	if (complex == R4_REFERENCE)
		return r4_check_reference(check, node);
	if (child->simple_quantity && r4_member(check->document, node, "comparator", 10) != 0 &&
		!r4_fault(check, r4_member(check->document, node, "comparator", 10), R4_ISSUE_INVARIANT, "sqty-1",
				  "a SimpleQuantity must have no comparator"))
		return false;
	set = r4_required_set(child->element);
	return set == R4_NO_SET || r4_check_binding(check, node, set);
}

/*
 * Checks the value of an element, or one member of its array.  The order is from
 * the outside inward: null, array or not, twin or not, JSON type, content.  Each
 * answer rests on those before it, so that one mistake is one fault.
 */
static bool
check_value(R4Check *check, uint32_t node, const R4Child *child, bool member)
{
	const R4Node *n = &check->document->nodes[node];

	if (n->kind == R4_KIND_NULL)
		return report_null(check, node);
	if (!member && child->repeats != (n->kind == R4_KIND_ARRAY))
		return report_array(check, node, child->repeats);
	if (n->kind == R4_KIND_ARRAY)
		return check_array(check, node, child);
	if (n->flags & R4_NODE_TWIN)
		return check_twin_object(check, node, child->type);
	if (child->primitive != R4_NOT_PRIMITIVE)
		return r4_check_primitive(check, node, (R4Primitive) child->primitive);
	if (n->kind != R4_KIND_OBJECT)
		return report_no_object(check, node, child->type);
	return check_object(check, node, child);
}

/*
 * Checks a resource by its own resourceType: the root, one in an entry, or a
 * contained one.  What it sets for those below, it puts back: behind it the
 * resource around goes on.
 */
static bool
check_resource(R4Check *check, uint32_t node)
{
	R4Node	   *n = &check->document->nodes[node];
	uint32_t	outer = check->resource;
	uint32_t	outer_scope = check->scope;
	const R4Name *names = check->document->names;
	bool		contained = names[node].keylen == 0 && node != 0 && r4_has_name(names, names[node].parent, "contained", 9);
	uint32_t	name;
	bool		more;

	if (n->kind != R4_KIND_OBJECT)
		return r4_fault(check, node, R4_ISSUE_STRUCTURE, "type", "must be a resource, an object with resourceType");
	if (n->end == node + 1)
		return report_empty(check, node);
	name = r4_member(check->document, node, "resourceType", 12);
	if (name == 0)
		return r4_fault_missing(check, node, "resourceType", "a resource must say which it is in resourceType");
	n->type = R4_NO_TYPE;
	/* what stands around has typed the node as a resource of any kind; now it says which */
	if (check->document->nodes[name].kind == R4_KIND_STRING)
		n->type = r4_type(check->document->nodes[name].text, check->document->nodes[name].len);
	if (!r4_is_resource(n->type))
	{
		n->type = R4_NO_TYPE;
		return r4_fault(check, name, R4_ISSUE_STRUCTURE, "resource",
						"resourceType must be the name of one of R4's 146 resources, such as Patient");
	}
	n->flags |= R4_NODE_TYPED;
	/* "#id" means what the outermost contains; ids of elements are each resource's own */
	if (!contained)
		check->resource = node;
	check->scope = node;
	more = check_members(check, node, n->type, true) &&
		(!r4_is_named(n->type, "Bundle") || r4_check_bundle(check, node));
	check->resource = outer;
	check->scope = outer_scope;
	if (more && contained && r4_member(check->document, node, "id", 2) == 0)
		return r4_fault_missing(check, node, "id", "a contained resource must have an id, by which it is referred to");
	return more;
}

/*
 * Types the nodes and checks their structure; see document.h.  Also where faults
 * are found the types are set as far as they are known: the invariants, which
 * come next, go by them.
 */
bool
r4_check_structure(R4Document *document, R4Severity least, R4Report report, void *arg)
{
	R4Check		check = {.document = document, .report = report, .arg = arg, .least = least};
	bool		more = check_resource(&check, 0);

	r4_forget_ids(&check);
	return more;
}

/* Both checks; see document.h. */
bool
r4_check(R4Document *document, R4Severity least, R4Report report, void *arg)
{
	bool		more = (document->checked || r4_check_structure(document, least, report, arg)) &&
		r4_check_invariants(document, least, report, arg);

	r4_forget_contained(document);
	return more;
}
