/*
 * mapping_cache.c
 *		Compiled mappings, one set for the whole backend.
 *
 * A plan is kept under its relation and name.  Callbacks mark plans as no
 * longer valid and do nothing else: they may come at any time, also while a
 * mapping is being compiled.  A plan that a run uses is pinned; it is freed
 * when it is neither valid nor pinned.
 *
 * fhir_map never puts what it compiled here: messages about the current
 * command are not replayed when it is rolled back.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "ident/ident.h"
#include "mapping/catalog/mapping.h"

typedef struct CacheKey
{
	Oid			relation;
	NameData	name;
} CacheKey;

typedef struct CacheEntry
{
	CacheKey	key;
	MappingPlan *plan;			/* NULL while it is compiled */
} CacheEntry;

static HTAB *cache = NULL;
static MemoryContext cache_context = NULL;

/* The mapping table, once it is known; a change of it concerns every plan. */
static Oid	mapping_table = InvalidOid;

/* Likewise the secret's: it seals what plans hand over. */
static Oid	secret_table = InvalidOid;

/* Relation callback: marks the plans that may have changed. */
static void
relation_changed(Oid relid)
{
	HASH_SEQ_STATUS status;
	CacheEntry *entry;
	bool		all = !OidIsValid(relid) || relid == mapping_table || relid == secret_table;

	if (cache == NULL)
		return;
	hash_seq_init(&status, cache);
	while ((entry = hash_seq_search(&status)) != NULL)
		if (entry->plan != NULL && (all || entry->plan->relation == relid || list_member_oid(entry->plan->relations, relid)))
			entry->plan->valid = false;
}

/* Counts messages about functions, types and roles, as base_relation_generation does. */
static uint64 object_changes = 0;

/*
 * Syscache callback: a function, a type or a role has changed.  What a plan was
 * trusted for may be another's, or another thing, now.
 */
static void
object_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	HASH_SEQ_STATUS status;
	CacheEntry *entry;
	bool		all = hashvalue == 0 || cacheid == AUTHOID;

	object_changes++;
	if (cache == NULL)
		return;
	hash_seq_init(&status, cache);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		MappingPlan *plan = entry->plan;

		if (plan == NULL || (plan->functions == NIL && plan->types == NIL) ||
			!(all || list_member_int(cacheid == PROCOID ? plan->functions : plan->types, (int) hashvalue)))
			continue;
		plan->valid = false;
		plan->changed = true;
	}
}

/* Called once per backend. */
void
mapping_init(void)
{
	CacheRegisterSyscacheCallback(PROCOID, object_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, object_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, object_changed, (Datum) 0);
	base_on_relation_change(relation_changed);
}

/* Creates the cache when the first mapping is used. */
static void
make_cache(void)
{
	HASHCTL		ctl = {.keysize = sizeof(CacheKey), .entrysize = sizeof(CacheEntry)};

	cache_context = AllocSetContextCreate(CacheMemoryContext, "fhir_bridge mappings",
										  ALLOCSET_DEFAULT_SIZES);
	ctl.hcxt = cache_context;
	cache = hash_create("fhir_bridge mappings", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Takes a plan out of use. */
static void
release_plan(CacheEntry *entry)
{
	MappingPlan *plan = entry->plan;

	entry->plan = NULL;
	if (plan == NULL)
		return;
	plan->valid = false;
	plan->dropped = true;
	if (plan->pins == 0)
		mapping_plan_free(plan);
}

/*
 * Forgets the plans that are no longer valid and that no run uses: those of
 * mappings and relations that are gone would never be asked for again.
 */
static void
sweep_cache(void)
{
	HASH_SEQ_STATUS status;
	CacheEntry *entry;

	hash_seq_init(&status, cache);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (entry->plan != NULL &&
			(mapping_plan_is_valid(entry->plan) || entry->plan->pins > 0))
			continue;
		release_plan(entry);
		hash_search(cache, &entry->key, HASH_REMOVE, NULL);
	}
}

/*
 * Reads and compiles a mapping in a context that goes with the transaction,
 * then hands its memory to the cache.  A message that arrived meanwhile makes
 * it start again; when they do not end, the plan is good for this call only.
 */
static MappingPlan *
compile_current(Oid function, const CacheKey *key)
{
	MappingPlan *plan = NULL;

	for (int attempt = 0; attempt < 3; attempt++)
	{
		MappingSource source;
		uint64		before;

		if (plan != NULL)
			mapping_plan_free(plan);
		AcceptInvalidationMessages();
		before = base_relation_generation + object_changes;
		if (!mapping_read(function, key->relation, NameStr(key->name), &source))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("mapping \"%s\" does not exist", NameStr(key->name))));
		plan = mapping_compile(function, &source, false, NULL);
		plan->valid = before == base_relation_generation + object_changes;
		if (plan->valid)
			break;
	}
	MemoryContextSetParent(plan->context, cache_context);
	return plan;
}

/*
 * The plan of a mapping that exists, compiled when it is not at hand.  Raises
 * the faults that a changed relation or function has brought.  Pin it before
 * anything else is done.
 */
MappingPlan *
mapping_plan_get(Oid function, Oid relation, const char *name)
{
	CacheKey	key;
	CacheEntry *entry;
	MappingPlan *plan;
	bool		found;

	if (cache == NULL)
		make_cache();
	mapping_table = base_extension_relation(function, "fhir_mapping");
	secret_table = ident_secret_relation(function);
	memset(&key, 0, sizeof(key));
	key.relation = relation;
	namestrcpy(&key.name, name);
	AcceptInvalidationMessages();
	entry = hash_search(cache, &key, HASH_FIND, NULL);
	if (entry != NULL && entry->plan != NULL && mapping_plan_is_valid(entry->plan))
		return entry->plan;

	sweep_cache();
	plan = compile_current(function, &key);
	/* compiling may have run mappings of its own: look the entry up again */
	entry = hash_search(cache, &key, HASH_ENTER, &found);
	if (!found)
		entry->plan = NULL;
	release_plan(entry);
	entry->plan = plan;
	return plan;
}

/*
 * The plan of a mapping by its name, pinned until the memory context ends.  An
 * error when there is no mapping of that name.
 */
MappingPlan *
mapping_plan_by_name(Oid function, const char *text, MemoryContext context)
{
	NameData	name;
	Oid			relation = mapping_find_name(function, text, &name);
	MappingPlan *plan;

	if (!OidIsValid(relation))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("mapping \"%s\" does not exist", text),
				 errhint("The table fhir_mapping lists what is registered.")));
	plan = mapping_plan_get(function, relation, NameStr(name));
	mapping_plan_pin(plan, context);
	return plan;
}
