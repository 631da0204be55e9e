/*
 * typing.c
 *		Walking the template beside the R4 tables.
 *
 * Gives each node its FHIR type, whether its element repeats and whether R4
 * requires it.  An unknown path is a fault, as is an array where one value
 * belongs and the reverse.  What may stand in a value is judged by lint.c.
 *
 * A twin is typed as the primitive itself: below a primitive the R4 tables
 * have id and extension.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/value.h"

#include "mapping/template/template.h"

static void type_object(Template *template, TemplateNode *object);

/* Is a type one of single values, and no object's? */
static bool
is_primitive(R4Type type)
{
	return r4_primitive(type) != R4_NOT_PRIMITIVE;
}

/* The type of a resource from its resourceType, which it puts in front. */
static R4Type
resource_type(Template *template, TemplateNode *object)
{
	TemplateNode *node = template_member(object, "resourceType");
	const char *name = template_constant_string(node);
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
		template_node_fault(template, node, hint_resource_type(name),
							"\"%s\" is no resource type of FHIR R4", hint_constant(name));
		return R4_NO_TYPE;
	}
	return type;
}

/* Members without which an object of the type says nothing (rule 3 of src/mapping/README.md). */
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

	CHECK_FOR_INTERRUPTS();
	node->type = type;
	switch (node->kind)
	{
		case TEMPLATE_OBJECT:
			if (node->absent && !twin)
				template_node_fault(template, node, "Write it as \"_birthDate\": {\"$absent\": \"unknown\"}.",
									"\"$absent\" has its place in the twin of a primitive");
			if (primitive)
				template_node_fault(template, node, "Write the value itself, as in \"{column}\".",
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
				template_node_fault(template, node,
									twin ? "Write {\"$absent\": \"unknown\"}, or an object with \"extension\"." : hint_object(type),
									"a value of type %s must be an object", twin ? "Element" : r4_type_name(type));
			break;
		case TEMPLATE_ARRAY:
			template_node_fault(template, node, NULL, "an array has no place in an array");
			break;
		case TEMPLATE_VALUE:
			/* encoder_choose.c judges the expression's type; a twin takes objects */
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
		template_wrap_value(node);
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
		template_node_fault(template, node, hint_element(object, name),
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
			template_pair_twin(template, object, node);
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
