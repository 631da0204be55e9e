/*
 * typing.c
 *		Walking the template beside the R4 tables.
 *
 * Gives each node its FHIR type, whether its element repeats and whether R4
 * requires it; pairs primitives with their twins ("birthDate" and
 * "_birthDate"); writes $absent out as the extension that it stands for.  An
 * unknown path is a fault, as is an array where one value belongs and the
 * reverse.
 *
 * A twin is typed as the primitive itself: below a primitive the R4 tables
 * have id and extension.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/value.h"

#include "mapping/template.h"

#define ABSENT_REASON_URL "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

static void type_object(Template *template, TemplateNode *object);

/* What is written where in a message: "HumanName.given" and its like. */
static bool
is_primitive(R4Type type)
{
	return r4_primitive(type) != R4_NOT_PRIMITIVE;
}

/* The text of a constant string node, or NULL. */
static const char *
constant_string(const TemplateNode *node)
{
	if (node == NULL || node->kind != TEMPLATE_CONSTANT || node->parts == NIL)
		return NULL;
	return ((TemplatePart *) linitial(node->parts))->text;
}

/* "Did you mean" for a name that a type does not have; NULL without one. */
static char *
nearest_hint(R4Type type, const char *key)
{
	const char *names[3];
	int			n = r4_nearest(type, key, strlen(key), names, lengthof(names));
	StringInfoData hint;

	if (n == 0)
		return NULL;
	initStringInfo(&hint);
	appendStringInfoString(&hint, "Did you mean ");
	for (int i = 0; i < n; i++)
		appendStringInfo(&hint, "%s\"%s\"", i == 0 ? "" : i == n - 1 ? " or " : ", ", names[i]);
	appendStringInfoChar(&hint, '?');
	return hint.data;
}

/* A constant string below a parent, as the template could have written it. */
static TemplateNode *
make_constant(TemplateNode *parent, const char *key, const char *text)
{
	TemplateNode *node = palloc0(sizeof(TemplateNode));
	TemplatePart *part = palloc0(sizeof(TemplatePart));
	StringInfoData json;

	part->text = pstrdup(text);
	initStringInfo(&json);
	appendStringInfo(&json, "\"%s\"", text);
	node->kind = TEMPLATE_CONSTANT;
	node->parent = parent;
	node->key = pstrdup(key);
	node->index = -1;
	node->offset = parent->offset;
	node->key_offset = parent->offset;
	node->type = R4_NO_TYPE;
	node->json = json.data;
	node->parts = list_make1(part);
	parent->children = lappend(parent->children, node);
	return node;
}

/* A container below a parent, as the template could have written it. */
static TemplateNode *
make_container(TemplateNode *parent, TemplateKind kind, const char *key)
{
	TemplateNode *node = palloc0(sizeof(TemplateNode));

	node->kind = kind;
	node->parent = parent;
	node->key = key ? pstrdup(key) : NULL;
	node->index = key ? -1 : list_length(parent->children);
	node->offset = parent->offset;
	node->key_offset = parent->offset;
	node->type = R4_NO_TYPE;
	parent->children = lappend(parent->children, node);
	return node;
}

/* Turns "given": "{names}" into "given": ["{names}"]. */
static void
wrap_value(TemplateNode *node)
{
	TemplateNode *element = palloc(sizeof(TemplateNode));

	*element = *node;
	element->parent = node;
	element->key = NULL;
	element->index = 0;
	element->twin = NULL;
	node->kind = TEMPLATE_ARRAY;
	node->spliced = true;
	node->parts = NIL;
	node->children = list_make1(element);
}

/* Is it a code of http://terminology.hl7.org/CodeSystem/data-absent-reason? */
static bool
is_absent_reason(const char *code)
{
	static const char *const codes[] = {
		"unknown",
		"asked-unknown",
		"temp-unknown",
		"not-asked",
		"asked-declined",
		"masked",
		"not-applicable",
		"unsupported",
		"as-text",
		"error",
		"not-a-number",
		"negative-infinity",
		"positive-infinity",
		"not-performed",
		"not-permitted",
	};

	for (int i = 0; i < lengthof(codes); i++)
		if (strcmp(code, codes[i]) == 0)
			return true;
	return false;
}

/*
 * Writes {"$absent": code} of a twin out: one more extension, which stands
 * exactly when the element beside it came out empty.
 */
static void
expand_absent(Template *template, TemplateNode *twin, TemplateNode *element)
{
	TemplateNode *extensions = template_member(twin, "extension");
	TemplateNode *extension;

	if (!is_absent_reason(twin->absent))
	{
		template_node_fault(template, twin,
							"Codes are unknown, asked-unknown, not-asked, asked-declined, masked, not-applicable, error, not-performed, not-permitted and others of data-absent-reason.",
							"value of \"$absent\" must be a code of data-absent-reason");
		return;
	}
	if (element == NULL)
	{
		template_node_fault(template, twin, "Write the element beside it.",
							"\"$absent\" stands without its element");
		return;
	}
	if (extensions == NULL)
		extensions = make_container(twin, TEMPLATE_ARRAY, "extension");
	if (extensions->kind == TEMPLATE_VALUE)
		wrap_value(extensions);
	if (extensions->kind != TEMPLATE_ARRAY)
		return;					/* a fault of its own */
	extension = make_container(extensions, TEMPLATE_OBJECT, NULL);
	extension->absent_of = element;
	make_constant(extension, "url", ABSENT_REASON_URL);
	make_constant(extension, "valueCode", twin->absent);
}

/* Pairs the members of a primitive array with those of its twin. */
static void
pair_arrays(Template *template, TemplateNode *array, TemplateNode *twin)
{
	ListCell   *a;
	ListCell   *b;

	if (array->kind != TEMPLATE_ARRAY || twin->kind != TEMPLATE_ARRAY)
		return;
	if (list_length(array->children) != list_length(twin->children))
	{
		template_node_fault(template, twin,
							"Hold a place by null where one of the two has nothing.",
							"\"%s\" must have as many members as \"%s\"", twin->key, array->key);
		return;
	}
	forboth(a, array->children, b, twin->children)
	{
		TemplateNode *element = lfirst(a);
		TemplateNode *other = lfirst(b);

		element->twin = other;
		other->twin = element;
	}
}

/* Pairs "x" with "_x" and expands $absent in the pair. */
static void
pair_twin(Template *template, TemplateNode *object, TemplateNode *twin)
{
	TemplateNode *element = template_member(object, twin->key + 1);
	ListCell   *lc;

	if (element != NULL)
	{
		twin->twin = element;
		element->twin = twin;
		pair_arrays(template, element, twin);
	}
	if (twin->kind == TEMPLATE_OBJECT && twin->absent)
		expand_absent(template, twin, element);
	if (twin->kind != TEMPLATE_ARRAY)
		return;
	foreach(lc, twin->children)
	{
		TemplateNode *child = lfirst(lc);

		if (child->kind == TEMPLATE_OBJECT && child->absent)
			expand_absent(template, child, child->twin);
	}
}

/* The type of a resource from its resourceType, which it puts in front. */
static R4Type
resource_type(Template *template, TemplateNode *object)
{
	TemplateNode *node = template_member(object, "resourceType");
	const char *name = constant_string(node);
	R4Type		type;

	if (name == NULL)
	{
		template_node_fault(template, node ? node : object,
							"Start the object with \"resourceType\": \"Patient\" or another type.",
							"a resource needs a constant \"resourceType\"");
		return R4_NO_TYPE;
	}
	object->children = lcons(node, list_delete_ptr(object->children, node));
	type = r4_type(name, strlen(name));
	if (!r4_is_resource(type))
	{
		template_node_fault(template, node, NULL,
							"\"%s\" is no resource type of FHIR R4", name);
		return R4_NO_TYPE;
	}
	return type;
}

/* Members without which an object of the type says nothing (rule 3). */
static void
add_built_in_need(TemplateNode *object)
{
	static const struct
	{
		const char *type;
		const char *member;
	}			needs[] = {
		{"Identifier", "value"}, {"ContactPoint", "value"}, {"Coding", "code"},
		{"Quantity", "value"}, {"Age", "value"}, {"Count", "value"},
		{"Distance", "value"}, {"Duration", "value"},
	};

	for (int i = 0; i < lengthof(needs); i++)
		if (strcmp(r4_type_name(object->type), needs[i].type) == 0 &&
			template_member(object, needs[i].member) != NULL)
			object->need = lappend(object->need, makeString(pstrdup(needs[i].member)));
}

/* One value of an element: its kind must fit the element's type. */
static void
type_value(Template *template, TemplateNode *node, R4Type type, bool twin)
{
	bool		primitive = is_primitive(type) && !twin;

	node->type = type;
	switch (node->kind)
	{
		case TEMPLATE_OBJECT:
			if (node->absent && !twin)
				template_node_fault(template, node, "Write it as \"_birthDate\": {\"$absent\": \"unknown\"}.",
									"\"$absent\" has its place in the twin of a primitive");
			if (primitive)
				template_node_fault(template, node, NULL,
									"a value of type %s is no object", r4_type_name(type));
			else
			{
				if (r4_is_abstract_resource(type))
					node->type = resource_type(template, node);
				if (node->type != R4_NO_TYPE)
					type_object(template, node);
			}
			break;
		case TEMPLATE_NULL:
			if (node->twin == NULL || node->key != NULL)
				template_node_fault(template, node, "Leave it out.",
									"null has no place in a resource");
			break;
		case TEMPLATE_CONSTANT:
		case TEMPLATE_TEXT:
			if (!primitive)
				template_node_fault(template, node, NULL,
									"a value of type %s must be an object", r4_type_name(type));
			break;
		case TEMPLATE_ARRAY:
			template_node_fault(template, node, NULL, "an array has no place in an array");
			break;
		case TEMPLATE_VALUE:
			/* encoder.c judges the expression's type; a twin takes objects */
			if (twin)
				node->type = r4_type("Element", strlen("Element"));
			break;
	}
}

/* The values of one element: an array where it repeats, else one value. */
static void
type_element(Template *template, TemplateNode *node, const R4Child *child, bool twin)
{
	ListCell   *lc;

	node->child = *child;
	node->required = child->required && !twin;
	if (child->repeats && node->kind == TEMPLATE_VALUE)
		wrap_value(node);
	if (child->repeats && node->kind != TEMPLATE_ARRAY)
	{
		template_node_fault(template, node, "Write [ ] around it.",
							"\"%s\" repeats: its value is an array", node->key);
		return;
	}
	if (!child->repeats)
	{
		if (node->kind == TEMPLATE_ARRAY)
			template_node_fault(template, node, "Leave the brackets out.",
								"\"%s\" does not repeat: its value is no array", node->key);
		else
			type_value(template, node, child->type, twin);
		if (node->kind == TEMPLATE_OBJECT && node->required)
			node->constants_count = true;
		return;
	}
	if (node->children == NIL)
		template_node_fault(template, node, "Leave the member out.",
							"an array must not be empty");
	foreach(lc, node->children)
	{
		TemplateNode *element = lfirst(lc);

		element->child = *child;
		type_value(template, element, child->type, twin);
		if (element->kind == TEMPLATE_OBJECT && node->required && list_length(node->children) == 1)
			element->constants_count = true;
	}
}

/* One member of an object: finds its element. */
static void
type_member(Template *template, TemplateNode *object, TemplateNode *node)
{
	bool		twin = node->key[0] == '_';
	const char *name = node->key + (twin ? 1 : 0);
	R4Child		child;

	if (strcmp(node->key, "resourceType") == 0 && r4_is_resource(object->type))
		return;
	if (!r4_child(object->type, name, strlen(name), &child))
	{
		template_node_fault(template, node, nearest_hint(object->type, name),
							"%s has no element \"%s\"", r4_type_name(object->type), name);
		return;
	}
	if (twin && !is_primitive(child.type))
	{
		template_node_fault(template, node, NULL,
							"\"%s\" is no primitive and has no twin", name);
		return;
	}
	type_element(template, node, &child, twin);
}

/* The members of an object whose type is known. */
static void
type_object(Template *template, TemplateNode *object)
{
	ListCell   *lc;

	if (object->children == NIL && object->absent == NULL)
		template_node_fault(template, object, "Leave it out.", "an object must not be empty");
	foreach(lc, object->children)
	{
		TemplateNode *node = lfirst(lc);

		if (node->key[0] == '_')
			pair_twin(template, object, node);
	}
	foreach(lc, object->children)
		type_member(template, object, lfirst(lc));
	add_built_in_need(object);
}

/*
 * Types the whole tree.  Faults are added to template->faults; nodes below a
 * fault may be left without a type.
 */
void
template_type(Template *template)
{
	TemplateNode *root = template->root;
	TemplateNode *meta;

	if (root->absent != NULL)
		template_node_fault(template, root, NULL, "a resource cannot have \"$absent\"");
	root->type = resource_type(template, root);
	if (root->type == R4_NO_TYPE)
		return;
	root->constants_count = true;
	type_object(template, root);
	meta = template_member(root, "meta");
	if (meta != NULL && meta->kind == TEMPLATE_OBJECT)
		meta->constants_count = true;
}
