/*
 * sources.c
 *		The published mappings, by resource type.
 *
 * Which there are is remembered until a relation, or the table of mappings,
 * changes; the plans are the mapping wing's to keep.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/base.h"
#include "mapping/run/id_rights.h"
#include "search/answer/answer.h"

/* A published mapping. */
typedef struct Published
{
	const char *type;			/* resource type */
	Oid			relation;
	NameData	name;
} Published;

static MemoryContext published_context = NULL;
static List *published = NIL;	/* Published, by type and then by full name */
static uint64 published_generation = 0;

/* The resource type that a template makes; NULL when it says none. */
static char *
template_type_name(const char *text)
{
	Jsonb	   *template = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));

	return match_member_text(&template->root, "resourceType");
}

/* By type; what is equal stays in the order of full names. */
static int
compare_published(const ListCell *a, const ListCell *b)
{
	return strcmp(((Published *) lfirst(a))->type, ((Published *) lfirst(b))->type);
}

/* Reads anew what is published, in the current context. */
static List *
read_published(Oid function)
{
	List	   *list = NIL;
	ListCell   *lc;

	foreach(lc, mapping_published(function))
	{
		MappingName *mapping = lfirst(lc);
		Published  *one = palloc(sizeof(Published));

		one->type = template_type_name(mapping->template);
		one->relation = mapping->relation;
		one->name = mapping->name;
		if (one->type != NULL)
			list = lappend(list, one);
	}
	list_sort(list, compare_published);
	return list;
}

/* What is published. */
static List *
get_published(Oid function)
{
	MemoryContext old;

	AcceptInvalidationMessages();
	if (published_context != NULL && published_generation == base_relation_generation)
		return published;
	if (published_context == NULL)
		published_context = AllocSetContextCreate(CacheMemoryContext, "fhir_bridge published", ALLOCSET_SMALL_SIZES);
	else
		MemoryContextReset(published_context);
	published = NIL;
	/* what changes while it is read makes the next call read again */
	published_generation = base_relation_generation;
	old = MemoryContextSwitchTo(published_context);
	published = read_published(function);
	MemoryContextSwitchTo(old);
	return published;
}

/* The resource types that are published, as char *, in their order. */
List *
sources_types(Oid function)
{
	List	   *types = NIL;
	ListCell   *lc;

	foreach(lc, get_published(function))
	{
		const char *type = ((Published *) lfirst(lc))->type;

		if (types == NIL || strcmp(llast(types), type) != 0)
			types = lappend(types, pstrdup(type));
	}
	return types;
}

/* An error unless the resource type is published. */
void
sources_check_type(Oid function, const char *type)
{
	ListCell   *lc;

	foreach(lc, get_published(function))
		if (strcmp(((Published *) lfirst(lc))->type, type) == 0)
			return;
	outcome_error(SEARCH_NOT_FOUND, "not-supported", "resource type \"%s\" is not published here", outcome_name(type));
}

/* The expressions that an id is made of, by which rows are told apart. */
static List *
key_of(const SearchSource *source)
{
	const TemplateNode *id = template_member(source->template->root, "id");
	Node	   *expression = id != NULL ? invert_expression(id) : NULL;
	FuncExpr   *call = expression != NULL ? invert_id_call(source, expression) : NULL;
	List	   *key = NIL;
	ListCell   *lc;

	if (call != NULL)
	{
		for_each_from(lc, call->args, 2)
			if (!IsA(lfirst(lc), Const))
				key = list_append_unique(key, lfirst(lc));
		return key;
	}
	if (expression != NULL)
		return list_make1(expression);
	foreach(lc, id != NULL ? id->parts : NIL)
		if (((TemplatePart *) lfirst(lc))->expr != NULL)
			key = list_append_unique(key, ((TemplatePart *) lfirst(lc))->expr->expr);
	return key;
}

/* Opens one mapping. */
static SearchSource *
open_source(Oid function, const Published *mapping, const char *base_url)
{
	SearchSource *source = palloc0(sizeof(SearchSource));

	source->function = function;
	source->type = pstrdup(mapping->type);
	LockRelationOid(mapping->relation, AccessShareLock);
	do
	{
		source->plan = mapping_plan_get(function, mapping->relation, NameStr(mapping->name));
		mapping_plan_pin(source->plan, CurrentMemoryContext);
		source->template = mapping_template(source->plan);
	} while (!mapping_plan_is_valid(source->plan) && source->template != NULL);
	if (source->template == NULL)
		return NULL;
	source->context.zone = source->plan->zone.tz;
	source->context.base_url = base_url;
	source->careful = attempt_is_careful();
	source->key = source->careful ? NIL : key_of(source);
	return source;
}

/*
 * Opens the published mappings of a resource type: SearchSource, in the order
 * of their names, good as long as the current context.  No row is to be read:
 * nobody's rights are asked for.
 */
List *
sources_look(Oid function, const char *type, const char *base_url)
{
	List	   *names = NIL;
	List	   *sources = NIL;
	ListCell   *lc;

	/* opening one may make the list of all be read anew */
	foreach(lc, get_published(function))
		if (strcmp(((Published *) lfirst(lc))->type, type) == 0)
		{
			Published  *copy = palloc(sizeof(Published));

			*copy = *(Published *) lfirst(lc);
			copy->type = type;
			names = lappend(names, copy);
		}
	foreach(lc, names)
	{
		SearchSource *source = open_source(function, lfirst(lc), base_url);

		if (source == NULL)
			continue;
		source->number = list_length(sources);
		sources = lappend(sources, source);
	}
	return sources;
}

/* The same, to read rows: an error where the caller may not run one of them. */
List *
sources_open(Oid function, const char *type, const char *base_url)
{
	List	   *sources = sources_look(function, type, base_url);
	ListCell   *lc;

	foreach(lc, sources)
		mapping_check_id_rights(function, ((SearchSource *) lfirst(lc))->plan, true);
	return sources;
}
