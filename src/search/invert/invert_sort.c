/*
 * invert_sort.c
 *		A column that rows can be sorted by, in the place of their resources.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "nodes/value.h"
#include "utils/lsyscache.h"

#include "search/invert/invert.h"

/* Is the object written whenever something in it is? */
static bool
is_free(const TemplateNode *object, const TemplateNode *member)
{
	if (object->kind != TEMPLATE_OBJECT || object->each != NULL || (object->condition != NULL && object->parent != NULL))
		return false;
	return object->parent == NULL || object->need == NIL ||
		(list_length(object->need) == 1 && strcmp(strVal(linitial(object->need)), member->key) == 0);
}

/* The only member of a name, also in an array of one; NULL when it is not as simple. */
static const TemplateNode *
only_member(const TemplateNode *object, const char *name)
{
	const TemplateNode *member = object->kind == TEMPLATE_OBJECT ? template_member(object, name) : NULL;

	if (member == NULL || !is_free(object, member))
		return NULL;
	if (member->kind != TEMPLATE_ARRAY)
		return member;
	return list_length(member->children) == 1 ? linitial(member->children) : NULL;
}

/* The one node that a path leads to, with nothing around that leaves it out; NULL when it is not as simple. */
static const TemplateNode *
only_node(const SearchSource *source, const ParameterPath *path)
{
	const TemplateNode *node = source->template->root;

	for (int i = 0; node != NULL && i < path->nsteps; i++)
	{
		if (path->steps[i].member != NULL || path->steps[i].target != NULL || path->steps[i].index >= 0)
			return NULL;
		node = only_member(node, path->steps[i].name);
	}
	return node;
}

/* The text that a data type is sorted by, where the template has one alone; NULL otherwise. */
static const TemplateNode *
sorted_text(const TemplateNode *node)
{
	static const char *const members[][5] = {
		{"HumanName", "family", "given", "text"}, {"Identifier", "value"}, {"Coding", "code"},
		{"CodeableConcept", "coding"}, {"ContactPoint", "value"}
	};
	const TemplateNode *found = NULL;

	if (node->kind != TEMPLATE_OBJECT)
		return node;
	for (int i = 0; i < lengthof(members); i++)
		for (int j = 1; strcmp(members[i][0], r4_type_name(node->type)) == 0 && j < 5 && members[i][j] != NULL; j++)
		{
			if (template_member(node, members[i][j]) == NULL)
				continue;
			if (found != NULL)
				return NULL;
			found = only_member(node, members[i][j]);
			if (found == NULL)
				return NULL;
		}
	return found != NULL && found->kind == TEMPLATE_OBJECT ? sorted_text(found) : found;
}

/* Is there a place for a value of the path? */
static bool
is_there(const SearchSource *source, const Parameter *parameter, const ParameterPath *path)
{
	Parameter	one = *parameter;

	one.paths = list_make1((void *) path);
	return invert_feeds(source, &one);
}

/* The number of a Quantity that is written with it; NULL when it is not as simple. */
static const TemplateNode *
quantity_number(const TemplateNode *node)
{
	const TemplateNode *value = node->kind == TEMPLATE_OBJECT ? template_member(node, "value") : NULL;

	return value != NULL && is_free(node, value) ? value : NULL;
}

/* The node that a parameter's values all come from; NULL when there is none, or there are several. */
static const TemplateNode *
sorted_node(const SearchSource *source, const Parameter *parameter)
{
	const TemplateNode *node = NULL;
	ListCell   *lc;

	foreach(lc, parameter->paths)
	{
		if (((ParameterPath *) lfirst(lc))->deceased)
			return NULL;
		if (!is_there(source, parameter, lfirst(lc)))
			continue;
		if (node != NULL)
			return NULL;
		node = only_node(source, lfirst(lc));
		if (node == NULL)
			return NULL;
	}
	return node;
}

/*
 * The expression of the only value that rows can be sorted by: a date, time,
 * number or text in a column; its values that are written are those for which
 * *written holds.  NULL when resources have to be made for it.
 */
Node *
invert_sort(const SearchSource *source, const SearchSort *sort, Predicate *written)
{
	ParameterKind kind = sort->parameter->kind;
	const TemplateNode *node = sorted_node(source, sort->parameter);
	Node	   *expression;
	Node	   *text;

	if (node != NULL && kind == PARAMETER_QUANTITY)
		node = quantity_number(node);
	if (node != NULL && (kind == PARAMETER_STRING || kind == PARAMETER_TOKEN))
		node = sorted_text(node);
	expression = node != NULL ? invert_expression(node) : NULL;
	if (expression == NULL || !invert_is_safe(expression))
		return NULL;
	switch (kind)
	{
		case PARAMETER_DATE:
			*written = invert_date_written(source, node);
			break;
		case PARAMETER_NUMBER:
		case PARAMETER_QUANTITY:
			*written = invert_number_written(source, node);
			break;
		case PARAMETER_STRING:
		case PARAMETER_TOKEN:
			text = invert_as_text(expression);
			if (text == NULL || r4_primitive(node->type) == R4_NOT_PRIMITIVE)
				return NULL;
			*written = invert_written(source, node);
			if (kind == PARAMETER_STRING)
				text = invert_call(source->function, "fhir_fold", list_make1(text));
			return written->node != NULL && written->exact ? invert_bytewise(text) : NULL;
		default:
			return NULL;
	}
	return written->node != NULL && written->exact && IsA(expression, Var) ? expression : NULL;
}
