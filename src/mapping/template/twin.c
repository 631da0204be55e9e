/*
 * twin.c
 *		Twins of primitives: "_birthDate" beside "birthDate".
 *
 * An element and its twin are paired, and so are the members of a primitive
 * array and those of its twin.  {"$absent": code} in a twin is written out as
 * the extension that it stands for.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "mapping/template/template.h"

#define ABSENT_REASON_URL "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

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

/*
 * Writes {"$absent": code} of a twin out: one more extension, which stands
 * exactly when the element beside it came out empty.
 */
static void
expand_absent(Template *template, TemplateNode *twin, TemplateNode *element)
{
	TemplateNode *extensions = template_member(twin, "extension");
	TemplateNode *extension;

	if (!r4_set_has(r4_set("data-absent-reason", strlen("data-absent-reason")), NULL, 0, twin->absent, strlen(twin->absent)))
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
		template_wrap_value(extensions);
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
void
template_pair_twin(Template *template, TemplateNode *object, TemplateNode *twin)
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
