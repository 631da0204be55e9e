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

/* The one node that a path leads to, with nothing around that leaves it out; NULL when it is not as simple. */
static const TemplateNode *
only_node(const SearchSource *source, const ParameterPath *path)
{
	const TemplateNode *node = source->template->root;

	for (int i = 0; i < path->nsteps; i++)
	{
		const TemplateNode *member = template_member(node, path->steps[i].name);

		if (member == NULL || !is_free(node, member) || path->steps[i].member != NULL || path->steps[i].target != NULL ||
			path->steps[i].index >= 0 || member->kind == TEMPLATE_ARRAY)
			return NULL;
		node = member;
	}
	return node;
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

/*
 * The expression of the only value that rows can be sorted by: a date, time or
 * number in a column; its values that are written are those for which *written
 * holds.  NULL when resources have to be made for it.
 */
Node *
invert_sort(const SearchSource *source, const SearchSort *sort, Predicate *written)
{
	const TemplateNode *node = NULL;
	Node	   *expression;
	ListCell   *lc;

	if (sort->parameter->kind != PARAMETER_DATE && sort->parameter->kind != PARAMETER_QUANTITY &&
		sort->parameter->kind != PARAMETER_NUMBER)
		return NULL;
	foreach(lc, sort->parameter->paths)
	{
		if (!is_there(source, sort->parameter, lfirst(lc)))
			continue;
		if (node != NULL)
			return NULL;
		node = only_node(source, lfirst(lc));
		if (node == NULL)
			return NULL;
	}
	if (node != NULL && sort->parameter->kind == PARAMETER_QUANTITY)
		node = quantity_number(node);
	expression = node != NULL ? invert_expression(node) : NULL;
	if (expression == NULL || !IsA(expression, Var) || !invert_is_safe(expression))
		return NULL;
	if (sort->parameter->kind == PARAMETER_DATE)
		*written = invert_date_written(source, node);
	else
		*written = invert_number_written(source, node);
	return written->node != NULL && written->exact ? expression : NULL;
}
