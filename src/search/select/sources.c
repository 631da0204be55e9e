/*
 * sources.c
 *		The published mappings, by resource type.
 *
 * Which there are is remembered until a relation, or the table of mappings,
 * changes; the plans are the mapping wing's to keep.
 */
#include "postgres.h"

#include "access/relation.h"
#include "nodes/nodeFuncs.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/base.h"
#include "mapping/run/id_rights.h"
#include "search/select/select.h"

/* A published mapping. */
typedef struct Published
{
	const char *type;			/* resource type */
	Oid			relation;
	NameData	name;
	const char *fullname;
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
		one->fullname = mapping_full_name(mapping->relation, NameStr(mapping->name));
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

/* Sources of a type that a search has opened. */
typedef struct OpenedType
{
	const char *type;
	List	   *sources;		/* SearchSource */
	bool		permitted;		/* the caller may run them */
} OpenedType;

/* The expressions that an id is made of, by which rows are told apart. */
static List *
key_of(const SearchSource *source)
{
	const TemplateNode *id = template_member(source->template->root, "id");
	Node	   *expression = id != NULL ? invert_expression(id) : NULL;
	FuncExpr   *call = invert_own_id_call(source);
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

/*
 * The columns that have a value in every row.  Only a table's own constraint
 * says so, and nothing of tables that inherit it without being partitions.
 */
static Bitmapset *
columns_not_null(Oid relid)
{
	Relation	relation = base_relation_open(relid, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(relation);
	Bitmapset  *columns = NULL;

	if (relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE ||
		(relation->rd_rel->relkind == RELKIND_RELATION && !relation->rd_rel->relhassubclass))
		for (int i = 0; i < desc->natts; i++)
			if (!TupleDescAttr(desc, i)->attisdropped && base_column_is_not_null(desc, i))
				columns = bms_add_member(columns, i + 1);
	relation_close(relation, NoLock);
	return columns;
}

/* Walker: true at an id whose keys may raise errors.  Sub-selects are walked, too. */
static bool
id_may_raise(Node *node, void *source)
{
	const FuncExpr *call;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, id_may_raise, source, 0);
	call = IsA(node, FuncExpr) ? invert_id_call(source, node) : NULL;
	return (call != NULL && !invert_is_safe((Node *) list_copy_tail(call->args, 1))) ||
		expression_tree_walker(node, id_may_raise, source);
}

/* May reading a relation's rows raise errors that come and go with the conditions?  Not of a table without policies. */
static bool
relation_may_raise(Oid relid)
{
	Relation	relation = base_relation_open(relid, AccessShareLock);
	Form_pg_class form = relation->rd_rel;
	bool		plain = (form->relkind == RELKIND_RELATION || form->relkind == RELKIND_MATVIEW) &&
		!form->relhassubclass && !form->relrowsecurity && !base_has_virtual_columns(RelationGetDescr(relation));

	relation_close(relation, NoLock);
	return !plain;
}

/* May a first attempt at a source's rows fail where a careful one does not? */
static bool
may_fail(const SearchSource *source, List *key)
{
	MappingPlan *plan = source->plan;
	ListCell   *lc;

	if (!invert_is_safe((Node *) key) || relation_may_raise(plan->relation) ||
		(plan->nexpressions > 0 && id_may_raise(plan->cached->expr, (void *) source)))
		return true;
	foreach(lc, plan->relations)
		if (relation_may_raise(lfirst_oid(lc)))
			return true;
	return false;
}

/* The facts of a source's plan. */
static SourceFacts *
get_facts(const SearchSource *source)
{
	MappingPlan *plan = source->plan;
	MemoryContext old;
	SourceFacts *facts;

	if (plan->facts != NULL)
		return plan->facts;
	old = MemoryContextSwitchTo(plan->context);
	facts = palloc0(sizeof(SourceFacts));
	facts->key = key_of(source);
	facts->not_null = columns_not_null(plan->relation);
	facts->may_fail = may_fail(source, facts->key);
	facts->read.tag_alone = true;
	facts->generation = base_relation_generation;
	MemoryContextSwitchTo(old);
	plan->facts = facts;
	return facts;
}

/*
 * Pins a source's plan and takes its template, which is NULL where the mapping
 * has gone.  One that cannot be compiled any more is an error that names it: to
 * answer without its rows would be silent.
 */
static void
open_plan(SearchSource *source, const Published *mapping)
{
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		do
		{
			source->plan = mapping_plan_get(source->function, mapping->relation, NameStr(mapping->name));
			mapping_plan_pin(source->plan, CurrentMemoryContext);
			source->template = mapping_template(source->plan);
		} while (!mapping_plan_is_valid(source->plan) && source->template != NULL);
	}
	PG_CATCH();
	{
		if (!outcome_is_of_mapping(geterrcode()))
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		outcome_error_hint(SEARCH_FAULTY, "exception", "fhir_map_check() says what is wrong; fhir_map() replaces the mapping, and fhir_unpublish() takes it out of the answers.",
						   "mapping %s is broken: what it was made for has changed", mapping->fullname);
	}
	PG_END_TRY();
}

/* Opens one mapping. */
static SearchSource *
open_source(SearchSources *all, const Published *mapping)
{
	SearchSource *source = palloc0(sizeof(SearchSource));
	const SourceFacts *facts;

	source->function = all->function;
	source->all = all;
	source->type = pstrdup(mapping->type);
	LockRelationOid(mapping->relation, AccessShareLock);
	open_plan(source, mapping);
	if (source->template == NULL)
		return NULL;
	source->context.zone = source->plan->zone.tz;
	source->context.base_url = all->base_url;
	facts = get_facts(source);
	source->careful = attempt_is_careful() && facts->may_fail;
	source->key = source->careful ? NIL : facts->key;
	source->not_null = facts->not_null;
	return source;
}

/* Opens the published mappings of a type, in the order of their names. */
static List *
open_type(SearchSources *all, const char *type)
{
	List	   *names = NIL;
	List	   *sources = NIL;
	ListCell   *lc;

	/* opening one may make the list of all be read anew */
	foreach(lc, get_published(all->function))
		if (strcmp(((Published *) lfirst(lc))->type, type) == 0)
		{
			Published  *copy = palloc(sizeof(Published));

			*copy = *(Published *) lfirst(lc);
			copy->type = type;
			copy->fullname = pstrdup(copy->fullname);
			names = lappend(names, copy);
		}
	foreach(lc, names)
	{
		SearchSource *source = open_source(all, lfirst(lc));

		if (source == NULL)
			continue;
		source->number = list_length(sources);
		sources = lappend(sources, source);
	}
	return sources;
}

/* Nothing opened yet; good as long as the current context, in which all is opened. */
SearchSources *
sources_begin(Oid function, const char *base_url)
{
	SearchSources *all = palloc0(sizeof(SearchSources));

	all->function = function;
	all->base_url = base_url;
	return all;
}

/* A type's entry. */
static OpenedType *
get_type(SearchSources *all, const char *type)
{
	OpenedType *opened;
	ListCell   *lc;

	foreach(lc, all->opened)
		if (strcmp(((OpenedType *) lfirst(lc))->type, type) == 0)
			return lfirst(lc);
	opened = palloc0(sizeof(OpenedType));
	opened->type = pstrdup(type);
	opened->sources = open_type(all, opened->type);
	all->opened = lappend(all->opened, opened);
	return opened;
}

/*
 * The published mappings of a resource type: SearchSource, in the order of
 * their names.  No row is to be read: nobody's rights are asked for.
 */
List *
sources_look(SearchSources *all, const char *type)
{
	return get_type(all, type)->sources;
}

/* The same, to read rows: an error where the caller may not run one of them. */
List *
sources_open(SearchSources *all, const char *type)
{
	OpenedType *opened = get_type(all, type);
	ListCell   *lc;

	foreach(lc, opened->permitted ? NIL : opened->sources)
	{
		const MappingPlan *plan = ((SearchSource *) lfirst(lc))->plan;

		mapping_check_id_rights(all->function, plan, true);
		if (plan->facts->may_fail)
			attempt_may_fail();
	}
	opened->permitted = true;
	return opened->sources;
}

/* May a source feed a parameter?  Asked once. */
static bool
source_feeds(const SearchSource *source, const Parameter *parameter)
{
	SourceFacts *facts = source->plan->facts;
	MemoryContext old;
	bool		feeds;

	if (facts->generation != base_relation_generation)
	{
		list_free(facts->fed);
		list_free(facts->unfed);
		facts->fed = facts->unfed = NIL;
		facts->generation = base_relation_generation;
	}
	if (list_member_ptr(facts->fed, parameter))
		return true;
	if (list_member_ptr(facts->unfed, parameter))
		return false;
	feeds = invert_feeds(source, parameter);
	old = MemoryContextSwitchTo(source->plan->context);
	if (feeds)
		facts->fed = lappend(facts->fed, (void *) parameter);
	else
		facts->unfed = lappend(facts->unfed, (void *) parameter);
	MemoryContextSwitchTo(old);
	return feeds;
}

/* May a published mapping of the type feed the parameter?  An error where the caller may not run them. */
bool
sources_feed(SearchSources *all, const char *type, const Parameter *parameter)
{
	ListCell   *lc;

	foreach(lc, sources_open(all, type))
		if (source_feeds(lfirst(lc), parameter))
			return true;
	return false;
}
