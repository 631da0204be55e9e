/*
 * include.c
 *		_include and _revinclude: what belongs to the resources of a page.
 *
 * References are taken from the resources that were made; what they point to is
 * read by its id, and what points to them by the keys of the reference, one
 * search for each kind.  No more than SEARCH_MOST are added to a page.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "search/answer/answer.h"

/* A page's resources while it grows. */
typedef struct Growth
{
	SearchAnswer *answer;
	HTAB	   *known;			/* "Type/id" of all that is there */
	List	   *fresh;			/* SearchHit: added by the last round */
	bool		cut;
} Growth;

/* The hit's resource as jsonb; NULL when it has none. */
Jsonb *
hit_resource(SearchHit *hit)
{
	if (hit->resource == NULL && hit->json != NULL)
		hit->resource = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(hit->json)));
	return hit->resource;
}

/* The id of the hit's resource; NULL when it has none. */
const char *
hit_id(SearchHit *hit)
{
	Jsonb	   *resource;

	if (hit->json == NULL && hit->resource == NULL)
		hits_map(list_make1(hit), JSON_BINARY, NULL);
	resource = hit_resource(hit);
	return resource != NULL ? match_member_text(&resource->root, "id") : NULL;
}

/* A condition that a parameter has one of the texts as its value. */
SearchCondition *
include_condition(const char *type, const char *code, List *texts)
{
	SearchCondition *condition = palloc0(sizeof(SearchCondition));
	ListCell   *lc;

	condition->name = code;
	condition->value = "";
	condition->resource = type;
	condition->parameter = parameter_find(type, code);
	foreach(lc, texts)
	{
		SearchValue *value = palloc0(sizeof(SearchValue));
		char	   *slash = strchr(lfirst(lc), '/');

		value->text = value->code = lfirst(lc);
		value->system = "";
		value->type = slash != NULL ? pnstrdup(lfirst(lc), slash - (char *) lfirst(lc)) : NULL;
		value->id = slash != NULL ? slash + 1 : lfirst(lc);
		condition->values = lappend(condition->values, value);
	}
	return condition;
}

/* "Type/id" of a hit; NULL when it has no resource. */
static char *
hit_key(SearchHit *hit)
{
	const char *id = hit_id(hit);

	return id != NULL ? psprintf("%s/%s", hit->selection->source->type, id) : NULL;
}

/* MatchVisitor's argument: references of one type that are not known yet. */
typedef struct Pointers
{
	const Growth *growth;
	const MatchContext *context;
	const char *target;			/* type, or NULL */
	List	   *keys;			/* char *: "Type/id" */
	HTAB	   *seen;
} Pointers;

/* MatchVisitor: notes what a reference points to. */
static bool
take_pointer(JsonbValue *value, const ParameterPath *path, void *arg)
{
	Pointers   *pointers = arg;
	char	   *key = match_reference_target(pointers->context, value);
	int			len = pointers->target != NULL ? strlen(pointers->target) : 0;

	if (key == NULL || strlen(key) >= MATCH_KEY_LENGTH ||
		(len > 0 && (strncmp(key, pointers->target, len) != 0 || key[len] != '/')) ||
		hash_search(pointers->growth->known, key, HASH_FIND, NULL) != NULL ||
		hash_search(pointers->seen, key, HASH_FIND, NULL) != NULL)
		return false;
	match_keys_add(pointers->seen, key);
	pointers->keys = lappend(pointers->keys, key);
	return false;
}

/* The parameters that an include follows in a source type: one, or all that are references. */
static List *
include_parameters(const SearchInclude *include)
{
	List	   *parameters = NIL;
	Parameter  *parameter;
	int			position = 0;

	if (include->parameter != NULL)
		return list_make1(include->parameter);
	while ((parameter = parameter_next(include->source, &position)) != NULL)
		if (parameter->kind == PARAMETER_REFERENCE)
			parameters = lappend(parameters, parameter);
	return parameters;
}

/* Adds the resources of rows to the page, as far as there is room and they are new. */
static void
add_hits(Growth *growth, List *hits)
{
	SearchAnswer *answer = growth->answer;
	ListCell   *lc;

	hits_map(hits, JSON_TEXT, NULL);
	foreach(lc, hits)
	{
		SearchHit  *hit = lfirst(lc);
		char	   *key = hit->json != NULL ? hit_key(hit) : NULL;

		if (key == NULL || hash_search(growth->known, key, HASH_FIND, NULL) != NULL)
			continue;
		if (list_length(answer->included) >= SEARCH_MOST)
		{
			growth->cut = true;
			return;
		}
		match_keys_add(growth->known, key);
		answer->included = lappend(answer->included, hit);
		growth->fresh = lappend(growth->fresh, hit);
	}
}

/* Adds the resources of a type that meet a condition. */
static void
add_found(Growth *growth, const char *type, SearchCondition *condition)
{
	const SearchAnswer *answer = growth->answer;
	List	   *conditions = list_make1(condition);
	int			limit = SEARCH_MOST + 1 - list_length(answer->included);
	ListCell   *lc;

	chain_resolve(answer->sources, conditions);
	foreach(lc, sources_open(answer->sources, type))
		add_hits(growth, selection_rows(selection_make(lfirst(lc), conditions, NIL), PHASE_ALL, NULL, limit));
}

/* Adds what the references of hits point to. */
static void
follow(Growth *growth, const SearchInclude *include, List *hits)
{
	Pointers	pointers = {growth, NULL, include->target, NIL, match_keys_create()};
	List	   *parameters = include_parameters(include);
	ListCell   *lc;

	foreach(lc, hits)
	{
		SearchHit  *hit = lfirst(lc);
		Jsonb	   *resource = strcmp(hit->selection->source->type, include->source) == 0 ? hit_resource(hit) : NULL;
		ListCell   *parameter;
		ListCell   *path;

		pointers.context = &hit->selection->source->context;
		foreach(parameter, resource != NULL ? parameters : NIL)
			foreach(path, ((Parameter *) lfirst(parameter))->paths)
				(void) match_walk(&resource->root, &resource->root, lfirst(path), take_pointer, &pointers);
	}
	foreach(lc, growth->answer->query->types)
	{
		const char *type = lfirst(lc);
		List	   *ids = NIL;
		ListCell   *key;

		foreach(key, pointers.keys)
			if (strncmp(lfirst(key), type, strlen(type)) == 0 && ((char *) lfirst(key))[strlen(type)] == '/')
				ids = lappend(ids, (char *) lfirst(key) + strlen(type) + 1);
		if (ids != NIL)
			add_found(growth, type, include_condition(type, "_id", ids));
	}
}

/* Adds what points to hits. */
static void
follow_back(Growth *growth, const SearchInclude *include, List *hits)
{
	ListCell   *parameter;
	ListCell   *lc;

	foreach(parameter, include_parameters(include))
	{
		List	   *keys = NIL;

		foreach(lc, hits)
		{
			SearchHit  *hit = lfirst(lc);

			if ((include->target == NULL || strcmp(include->target, hit->selection->source->type) == 0) &&
				parameter_may_target(lfirst(parameter), hit->selection->source->type) && hit_key(hit) != NULL)
				keys = lappend(keys, hit_key(hit));
		}
		if (keys != NIL)
			add_found(growth, include->source,
					  include_condition(include->source, ((Parameter *) lfirst(parameter))->code, keys));
	}
}

/* Follows the includes from hits; in later rounds those that iterate alone. */
static void
follow_all(Growth *growth, List *hits, bool later)
{
	ListCell   *lc;

	foreach(lc, growth->answer->query->includes)
	{
		const SearchInclude *include = lfirst(lc);

		if (later && !include->iterate)
			continue;
		if (include->reverse)
			follow_back(growth, include, hits);
		else
			follow(growth, include, hits);
	}
}

/* Adds to the answer what its query includes; a warning says when not all of it had room. */
void
include_all(SearchAnswer *answer)
{
	Growth		growth = {answer, match_keys_create(), NIL, false};
	List	   *hits = answer->hits;
	ListCell   *lc;
	bool		later = false;

	if (answer->query->includes == NIL)
		return;
	foreach(lc, hits)
	{
		char	   *key = ((SearchHit *) lfirst(lc))->json != NULL ? hit_key(lfirst(lc)) : NULL;

		if (key != NULL)
			match_keys_add(growth.known, key);
	}
	while (hits != NIL && !growth.cut)
	{
		growth.fresh = NIL;
		follow_all(&growth, hits, later);
		hits = growth.fresh;
		later = true;
	}
	if (growth.cut)
		answer->query->issues = lappend(answer->query->issues,
										outcome_issue("warning", "too-costly", "only the first %d included resources are here", SEARCH_MOST));
}
