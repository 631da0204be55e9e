/*
 * match.c
 *		Walking a parameter's paths through a resource, and judging conditions.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "search/match/match.h"

/* What a walk carries along. */
typedef struct Walk
{
	const ParameterPath *path;
	MatchVisitor visitor;
	void	   *arg;
} Walk;

/* Does a reference, relative or absolute, point to a resource of the type? */
static bool
points_to(JsonbContainer *reference, const char *type)
{
	char	   *url = match_member_text(reference, "reference");
	char	   *declared = match_member_text(reference, "type");
	int			len = strlen(type);
	char	   *slash;

	if (url == NULL)
		return declared != NULL && strcmp(declared, type) == 0;
	slash = strstr(url, "/_history/");
	if (slash != NULL)
		*slash = '\0';
	slash = strrchr(url, '/');
	if (slash == NULL || slash - url < len || strncmp(slash - len, type, len) != 0)
		return declared != NULL && strcmp(declared, type) == 0;
	return slash - len == url || slash[-len - 1] == '/';
}

/* Does a value pass the filters of a step? */
static bool
passes(const ParameterStep *step, JsonbValue *value, int number)
{
	char	   *member;

	if (step->index >= 0)
		return number == step->index;
	if (step->member == NULL && step->target == NULL)
		return true;
	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		return false;
	if (step->target != NULL)
		return points_to(value->val.binary.data, step->target);
	member = match_member_text(value->val.binary.data, step->member);
	return member != NULL && strcmp(member, step->equals) == 0;
}

static bool walk_from(const Walk *walk, int step, JsonbContainer *object);

/* Goes on behind a step with one of its values. */
static bool
walk_value(const Walk *walk, int step, JsonbValue *value, int number)
{
	if (!passes(&walk->path->steps[step], value, number))
		return false;
	if (step + 1 == walk->path->nsteps)
		return walk->visitor(value, walk->path, walk->arg);
	return value->type == jbvBinary && walk_from(walk, step + 1, value->val.binary.data);
}

/* Walks from a step on; true when the visitor has stopped it. */
static bool
walk_from(const Walk *walk, int step, JsonbContainer *object)
{
	JsonbValue	value;

	if (!match_member(object, walk->path->steps[step].name, &value))
		return false;
	if (value.type != jbvBinary || !JsonContainerIsArray(value.val.binary.data))
		return walk_value(walk, step, &value, 0);
	for (int i = 0; i < JsonContainerSize(value.val.binary.data); i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(value.val.binary.data, i);

		if (element->type != jbvNull && walk_value(walk, step, element, i))
			return true;
	}
	return false;
}

/*
 * Tells the visitor of each value that a path leads to, from start, or from the
 * resource's root; of a path without steps, of start.  Returns whether it was
 * stopped.
 */
bool
match_walk(JsonbContainer *root, JsonbContainer *start, const ParameterPath *path, MatchVisitor visitor, void *arg)
{
	Walk		walk = {path, visitor, arg};

	if (path->nsteps == 0)
	{
		JsonbValue	whole = {.type = jbvBinary};

		whole.val.binary.data = start;
		whole.val.binary.len = 0;
		return visitor(&whole, path, arg);
	}
	return walk_from(&walk, 0, path->from_root ? root : start);
}

/* One condition being judged on one resource. */
typedef struct Judgement
{
	const MatchContext *context;
	const SearchCondition *condition;
	const Parameter *parameter;
	const SearchValue *wanted;
	JsonbContainer *root;
} Judgement;

/* MatchVisitor: stops at a value that matches. */
static bool
visit_value(JsonbValue *value, const ParameterPath *path, void *arg)
{
	Judgement  *judgement = arg;

	return match_value(judgement->context, judgement->condition, judgement->parameter, judgement->wanted, value, path);
}

/* MatchVisitor: stops at any value. */
static bool
visit_any(JsonbValue *value, const ParameterPath *path, void *arg)
{
	return true;
}

/* MatchVisitor: stops at a reference that a chain allows. */
static bool
visit_chained(JsonbValue *value, const ParameterPath *path, void *arg)
{
	Judgement  *judgement = arg;
	char	   *key = match_reference_target(judgement->context, value);

	return key != NULL && strlen(key) < MATCH_KEY_LENGTH &&
		hash_search(judgement->condition->references, key, HASH_FIND, NULL) != NULL;
}

/* The value of Patient.deceased, which every patient has. */
static bool
match_deceased(const Judgement *judgement)
{
	JsonbValue	value;
	bool		deceased = match_member(judgement->root, "deceasedDateTime", &value) ||
		(match_member(judgement->root, "deceasedBoolean", &value) && value.type == jbvBool && value.val.boolean);

	/* it has no text */
	return judgement->condition->modifier != MODIFIER_TEXT && match_token_text(judgement->wanted, deceased ? "true" : "false", R4_NO_SET);
}

/* Does one of the parameter's values below start match? */
static bool
match_paths(const Judgement *judgement, JsonbContainer *start, MatchVisitor visitor)
{
	ListCell   *lc;

	foreach(lc, judgement->parameter->paths)
	{
		const ParameterPath *path = lfirst(lc);

		if (path->deceased ? (visitor == visit_any || match_deceased(judgement)) : match_walk(judgement->root, start, path, visitor, (void *) judgement))
			return true;
	}
	return false;
}

/* MatchVisitor: stops at an element in which all components match. */
static bool
visit_composite(JsonbValue *value, const ParameterPath *path, void *arg)
{
	Judgement  *judgement = arg;
	ListCell   *component;
	ListCell   *part;

	if (value->type != jbvBinary)
		return false;
	forboth(component, judgement->parameter->components, part, judgement->wanted->parts)
	{
		Judgement	inner = *judgement;

		inner.parameter = lfirst(component);
		inner.wanted = lfirst(part);
		if (!match_paths(&inner, value->val.binary.data, visit_value))
			return false;
	}
	return true;
}

/* Does the resource itself stand among the keys of a _has? */
static bool
match_has(const SearchCondition *condition, JsonbContainer *root)
{
	char	   *type = match_member_text(root, "resourceType");
	char	   *id = match_member_text(root, "id");
	char	   *key;

	if (type == NULL || id == NULL)
		return false;
	key = psprintf("%s/%s", type, id);
	return strlen(key) < MATCH_KEY_LENGTH && hash_search(condition->references, key, HASH_FIND, NULL) != NULL;
}

/* Does the resource meet the condition? */
bool
match_condition(const MatchContext *context, const SearchCondition *condition, Jsonb *resource)
{
	Judgement	judgement = {context, condition, condition->parameter, NULL, &resource->root};
	bool		found = false;
	ListCell   *lc;

	if (condition->has != NULL)
		return match_has(condition, &resource->root);
	if (condition->chain != NIL)
		return match_paths(&judgement, &resource->root, visit_chained);
	if (condition->modifier == MODIFIER_MISSING)
		return match_paths(&judgement, &resource->root, visit_any) != condition->missing;
	foreach(lc, condition->values)
	{
		judgement.wanted = lfirst(lc);
		found = match_paths(&judgement, &resource->root,
							condition->parameter->kind == PARAMETER_COMPOSITE ? visit_composite : visit_value);
		if (found)
			break;
	}
	return found != (condition->modifier == MODIFIER_NOT);
}
