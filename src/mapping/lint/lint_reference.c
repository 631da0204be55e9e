/*
 * lint_reference.c
 *		References whose constant text points to what their element does not
 *		allow.
 *
 * A literal reference is Type/id, an absolute URL that ends so, urn:uuid:...,
 * or #id of a contained resource.  The type can be told when it stands in the
 * constant text before the first placeholder.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"

#include "mapping/lint/lint.h"

/* The name of the element that the reference is a value of. */
static const char *
element_name(const TemplateNode *object)
{
	return object->key != NULL ? object->key : object->parent->key;
}

/* The resource that the node stands in: for a contained one, its container. */
static const TemplateNode *
container_of(const TemplateNode *node)
{
	while (node->parent != NULL)
	{
		if (node->kind == TEMPLATE_OBJECT && r4_is_resource(node->type) &&
			!(node->parent->key != NULL && strcmp(node->parent->key, "contained") == 0))
			break;
		node = node->parent;
	}
	return node;
}

/* Adds a fault when the element does not allow the type. */
static void
judge_type(Template *template, const TemplateNode *object, const TemplateNode *node, R4Type type)
{
	uint16_t	element = object->child.element;

	if (r4_may_target(element, type))
		return;
	template_node_fault(template, node,
						psprintf("It points to %s.", hint_targets(element)),
						"\"%s\" cannot point to %s", element_name(object), r4_type_name(type));
}

/* What is known of an id in an array of contained resources, by its hash. */
typedef struct ContainedId
{
	struct
	{
		const TemplateNode *array;
		uint64		hash;		/* 0: of the array itself */
	} key;
	const TemplateNode *resource;	/* the first that has it; of the array one
									 * whose id rows decide, or NULL */
} ContainedId;

/* The place of an id, which is made where it is not there. */
static ContainedId *
find_id(Template *template, const TemplateNode *array, const char *id, bool *found)
{
	ContainedId wanted = {0};

	if (template->contained == NULL)
	{
		HASHCTL		control = {.keysize = sizeof(wanted.key), .entrysize = sizeof(ContainedId), .hcxt = CurrentMemoryContext};

		template->contained = hash_create("fhir_bridge contained ids", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	wanted.key.array = array;
	wanted.key.hash = id == NULL ? 0 : DatumGetUInt64(hash_any_extended((const unsigned char *) id, strlen(id), 1)) | 1;
	return hash_search(template->contained, &wanted.key, HASH_ENTER, found);
}

/* Takes the ids of an array, up to the first resource whose id rows decide. */
static const TemplateNode *
take_ids(Template *template, const TemplateNode *array)
{
	ContainedId *whole;
	bool		found;
	ListCell   *lc;

	whole = find_id(template, array, NULL, &found);
	if (found)
		return whole->resource;
	whole->resource = NULL;
	foreach(lc, array->children)
	{
		const TemplateNode *resource = lfirst(lc);
		const TemplateNode *member = resource->kind == TEMPLATE_OBJECT ? template_member(resource, "id") : NULL;
		const char *known = template_constant_string(member);
		ContainedId *id;

		if (resource->kind != TEMPLATE_OBJECT || (member != NULL && known == NULL))
			return whole->resource = resource;
		if (known == NULL)
			continue;
		id = find_id(template, array, known, &found);
		if (!found)
			id->resource = resource;
	}
	return NULL;
}

/* A constant "#id": it must be the id of a contained resource. */
static void
judge_fragment(Template *template, const TemplateNode *object, const TemplateNode *node, const char *id)
{
	const TemplateNode *contained = template_member(container_of(object), "contained");
	bool		rows_decide = false;
	bool		found = false;
	ContainedId *known;

	if (id[0] == '\0' || (contained != NULL && contained->kind != TEMPLATE_ARRAY))
		return;					/* the container itself; a fault of its own */
	if (contained != NULL)
	{
		rows_decide = take_ids(template, contained) != NULL;
		known = find_id(template, contained, id, &found);
		if (!found)
			known->resource = NULL;
		else if (known->resource != NULL && known->resource->type != R4_NO_TYPE)
			judge_type(template, object, node, known->resource->type);
		found = found && known->resource != NULL;
	}
	if (!found && !rows_decide)
		template_node_fault(template, node,
							psprintf("Add \"contained\": [{\"resourceType\": ..., \"id\": \"%s\"}].", id),
							"\"#%s\" is the id of no contained resource", hint_constant(id));
}

/*
 * The type in the text of an absolute URL: the last path segment that is the
 * name of a resource type and is followed by another.
 */
static R4Type
type_in_url(const char *text)
{
	const char *segment = strstr(text, "://") + strlen("://");
	R4Type		found = R4_NO_TYPE;
	const char *slash;

	for (; (slash = strchr(segment, '/')) != NULL; segment = slash + 1)
	{
		R4Type		type = r4_type(segment, slash - segment);

		if (r4_is_resource(type))
			found = type;
	}
	return found;
}

/* Judges Type/id; whole when no placeholder follows. */
static void
judge_relative(Template *template, const TemplateNode *object, const TemplateNode *node,
			   const char *text, bool whole)
{
	int			len = strcspn(text, "/?");
	char	   *name = pnstrdup(text, len);
	R4Type		type = r4_type(name, len);

	if (text[len] == '\0')
	{
		if (whole)
			template_node_fault(template, node, "Write type and id, as in \"Patient/{patient_id}\".",
								"\"%s\" is no reference", hint_constant(text));
		return;
	}
	if (!r4_is_resource(type))
	{
		template_node_fault(template, node, hint_resource_type(name),
							"\"%s\" is no resource type of FHIR R4", hint_constant(name));
		return;
	}
	if (whole && text[len] == '/')
	{
		const char *id = text + len + 1;

		if (!r4_text_is_valid(R4_ID, id, strcspn(id, "/")))
			template_node_fault(template, node, "An id has 1 to 64 letters, digits, hyphens and dots.",
								"\"%s\" is no reference", hint_constant(text));
	}
	judge_type(template, object, node, type);
}

/* A type that the element's references may point to, for a hint. */
static const char *
example_target(uint16_t element)
{
	R4Type		patient = r4_type("Patient", strlen("Patient"));

	return r4_type_name(r4_may_target(element, patient) ? patient : r4_target(element, 0));
}

/* Judges an expression alone: a number, a date or a uuid is an id at most. */
static void
judge_value(Template *template, const TemplateNode *object, const TemplateNode *node, const TemplateExpr *expr)
{
	if (expr->expr == NULL || !lint_is_no_text(expr->type))
		return;
	template_fault(template, node, expr->offset, ERRCODE_DATATYPE_MISMATCH,
				   psprintf("Write the type before the id, as in \"%s/{%s}\".",
							example_target(object->child.element), hint_constant(expr->sql)),
				   "a value of type %s is no reference", format_type_be(expr->type));
}

/* Judges the "reference" of an object of type Reference; others are left alone. */
void
lint_reference(Template *template, const TemplateNode *object)
{
	const TemplateNode *node;
	const char *text;
	bool		whole;

	if (object->parent == NULL || strcmp(r4_type_name(object->type), "Reference") != 0)
		return;
	node = template_member(object, "reference");
	if (node == NULL || node->parts == NIL || template_has_fault(template, node))
		return;
	if (node->kind == TEMPLATE_VALUE)
		judge_value(template, object, node, ((TemplatePart *) linitial(node->parts))->expr);
	if (node->kind != TEMPLATE_CONSTANT && node->kind != TEMPLATE_TEXT)
		return;
	text = ((TemplatePart *) linitial(node->parts))->text;
	whole = node->kind == TEMPLATE_CONSTANT;
	if (text == NULL || text[strspn(text, " \t\r\n")] == '\0' || strncmp(text, "urn:", 4) == 0)
		return;
	if (text[0] == '#')
	{
		if (whole)
			judge_fragment(template, object, node, text + 1);
	}
	else if (strstr(text, "://") != NULL)
	{
		R4Type		type = type_in_url(text);

		if (type != R4_NO_TYPE)
			judge_type(template, object, node, type);
	}
	else
		judge_relative(template, object, node, text, whole);
}
