/*
 * query_condition.c
 *		One condition of a query: its parameter, modifier, chain and values.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "search/query/query.h"

/* The modifiers that a kind of parameter has, beside a resource type. */
static bool
kind_has_modifier(const Parameter *parameter, SearchModifier modifier)
{
	switch (modifier)
	{
		case MODIFIER_NONE:
		case MODIFIER_MISSING:
			return true;
		case MODIFIER_EXACT:
		case MODIFIER_CONTAINS:
			return parameter->kind == PARAMETER_STRING;
		case MODIFIER_NOT:
		case MODIFIER_TEXT:
			return parameter->kind == PARAMETER_TOKEN;
		case MODIFIER_OF_TYPE:
			return parameter->kind == PARAMETER_TOKEN && parameter->paths != NIL &&
				strcmp(((ParameterPath *) linitial(parameter->paths))->type_name, "Identifier") == 0;
		case MODIFIER_IDENTIFIER:
		case MODIFIER_TYPE:
			return parameter->kind == PARAMETER_REFERENCE;
	}
	return false;
}

/* Sets the modifier of a condition by its name; an error when there is no such. */
static void
set_modifier(SearchCondition *condition, const char *name)
{
	static const char *const names[] = {
		"", "exact", "contains", "missing", "not", "text", "identifier", "of-type"
	};
	R4Type		type = r4_type(name, strlen(name));

	condition->modifier = MODIFIER_TYPE;
	for (int i = MODIFIER_EXACT; i < lengthof(names); i++)
		if (strcmp(names[i], name) == 0)
			condition->modifier = i;
	if (condition->modifier == MODIFIER_TYPE)
		condition->modifier_type = name;
	if (!kind_has_modifier(condition->parameter, condition->modifier) ||
		(condition->modifier == MODIFIER_TYPE && (type == R4_NO_TYPE || !r4_is_resource(type) || !parameter_may_target(condition->parameter, name))))
		outcome_error(SEARCH_INVALID, "not-supported", "parameter \"%s\" has no modifier \"%s\"",
					  outcome_name(condition->parameter->code), outcome_name(name));
}

/* The condition of a chain on each published type that the reference may point to. */
static bool
read_chain(SearchQuery *query, SearchCondition *condition, const char *rest, int depth)
{
	ListCell   *lc;

	if (condition->parameter->kind != PARAMETER_REFERENCE)
		outcome_error(SEARCH_INVALID, "invalid", "parameter \"%s\" is no reference and cannot be chained",
					  outcome_name(condition->parameter->code));
	foreach(lc, query->types)
	{
		const char *type = lfirst(lc);
		SearchCondition *next;

		if (condition->modifier_type != NULL ? strcmp(condition->modifier_type, type) != 0 : !parameter_may_target(condition->parameter, type))
			continue;
		next = query_condition(query, type, rest, condition->value, depth + 1);
		if (next != NULL)
			condition->chain = lappend(condition->chain, next);
	}
	return condition->chain != NIL;
}

/* _has:Type:reference:rest.  NULL when a part of it is not known. */
static SearchCondition *
read_has(SearchQuery *query, const char *resource, const char *name, const char *value, int depth)
{
	SearchCondition *condition = palloc0(sizeof(SearchCondition));
	char	   *copy = pstrdup(name + strlen("_has:"));
	char	   *reference = strchr(copy, ':');
	char	   *rest = reference != NULL ? strchr(reference + 1, ':') : NULL;

	if (rest == NULL)
		outcome_error(SEARCH_INVALID, "invalid", "_has must be _has:Type:reference:parameter");
	*reference++ = '\0';
	*rest++ = '\0';
	condition->name = name;
	condition->value = value;
	condition->resource = resource;
	if (!query_is_published(query, copy))
		return NULL;
	condition->parameter = parameter_find(copy, reference);
	if (condition->parameter == NULL || condition->parameter->kind != PARAMETER_REFERENCE ||
		!parameter_may_target(condition->parameter, resource))
		return NULL;
	condition->has = query_condition(query, copy, rest, value, depth + 1);
	return condition->has != NULL ? condition : NULL;
}

/* The values of a condition that ends its chain. */
static void
read_end(SearchQuery *query, SearchCondition *condition)
{
	if (condition->modifier != MODIFIER_MISSING)
	{
		query_read_values(query, condition);
		return;
	}
	if (strcmp(condition->value, "true") != 0 && strcmp(condition->value, "false") != 0)
		outcome_error(SEARCH_INVALID, "value", "parameter \"%s\" must be true or false", outcome_name(condition->name));
	condition->missing = condition->value[0] == 't';
}

/*
 * The condition of a parameter on a resource type.  depth counts the chains
 * around it.  NULL when the parameter, or one that it is chained to, is not
 * known; an error for a modifier that it has not, and for a value not of its
 * form.
 */
SearchCondition *
query_condition(SearchQuery *query, const char *resource, const char *name, const char *value, int depth)
{
	SearchCondition *condition;
	char	   *code;
	char	   *chain;
	char	   *modifier;

	check_stack_depth();
	if (depth > SEARCH_DEEPEST_CHAIN)
		outcome_error(SEARCH_INVALID, "too-costly", "chains go at most %d references deep", SEARCH_DEEPEST_CHAIN);
	if (strncmp(name, "_has:", 5) == 0)
		return read_has(query, resource, name, value, depth);
	code = pstrdup(name);
	chain = strchr(code, '.');
	if (chain != NULL)
		*chain++ = '\0';
	modifier = strchr(code, ':');
	if (modifier != NULL)
		*modifier++ = '\0';
	condition = palloc0(sizeof(SearchCondition));
	condition->name = name;
	condition->value = value;
	condition->resource = resource;
	condition->parameter = parameter_find(resource, code);
	if (condition->parameter == NULL || condition->parameter->kind == PARAMETER_SPECIAL)
		return NULL;
	if (modifier != NULL)
		set_modifier(condition, modifier);
	if (chain != NULL)
		return read_chain(query, condition, chain, depth) ? condition : NULL;
	read_end(query, condition);
	return condition;
}
