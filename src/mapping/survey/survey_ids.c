/*
 * survey_ids.c
 *		Ids that come twice, and references that lead nowhere.
 *
 * Ids are kept as 128-bit hashes of their text, 24 bytes each: two different
 * ids of a million have the same once in 10^27 tries.  The ids of another type
 * are made when the first reference to it is met, by all mappings of that
 * type, from their root's "$if" and their id alone.
 *
 * What the caller may not read cannot be followed: that is a finding of its
 * own, and no reference to that type is called dangling.  Nor is a mapping that
 * somebody else may have planted (mapping_is_followed): the caller has not
 * named it, and it would run with his rights.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "mapping/run/id_rights.h"
#include "mapping/survey/survey.h"

typedef struct IdEntry
{
	SurveyHash	id;
	char		status;			/* for simplehash */
} IdEntry;

#define SH_PREFIX ids
#define SH_ELEMENT_TYPE IdEntry
#define SH_KEY_TYPE SurveyHash
#define SH_KEY id
#define SH_HASH_KEY(table, key) ((uint32) (key).low)
#define SH_EQUAL(table, a, b) ((a).high == (b).high && (a).low == (b).low)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Room for so many ids is made at first; more than MAX are never expected. */
#define MIN_IDS				1024
#define MAX_EXPECTED_IDS	(16 * 1024 * 1024)

/* Takes an id that a mapping makes, and the row of survey_query. */
typedef void (*IdTaker) (void *arg, SurveyHash id, HeapTuple row, TupleDesc desc);

/* While the ids of one mapping are made. */
typedef struct IdReader
{
	MappingPlan *plan;
	MappingRun *run;			/* made with the first row */
	const PlanNode *id;
	MemoryContext context;
	IdTaker		taker;
	void	   *arg;
} IdReader;

/* A mapping of the database. */
typedef struct OtherMapping
{
	Oid			relation;
	char	   *name;
} OtherMapping;

/* RunFaultHandler: a row with a bad id has none; that mapping's own check says so. */
static void
ignore_fault(void *arg, const RunFault *fault)
{
}

/* SurveyBatch: the ids of some rows of another mapping. */
static void
read_ids(void *arg, HeapTuple *rows, int n, TupleDesc desc)
{
	IdReader   *reader = arg;

	if (reader->run == NULL)
	{
		reader->run = rows_begin_run(reader->plan, JSON_TEXT, rows[0], desc, reader->context);
		reader->run->on_fault = ignore_fault;
	}
	for (int i = 0; i < n; i++)
	{
		HeapTupleData space;
		JsonBuffer *id = &reader->run->scratch;

		if (run_tuple_id(reader->run, rows_tuple(reader->plan, rows[i], desc, &space), reader->id))
			reader->taker(reader->arg, survey_hash(id->data, id->len), rows[i], desc);
	}
}

/* The node of a plan's id, when it is one that rows differ in; or NULL. */
static const PlanNode *
id_node(const MappingPlan *plan)
{
	const PlanNode *id = plan_member(plan->root.root, "id");

	if (id == NULL || (id->kind != PLAN_VALUE && id->kind != PLAN_TEXT))
		return NULL;
	return id->kind == PLAN_VALUE && id->slot->encoder.form == FORM_JSONB ? NULL : id;
}

/*
 * Makes the ids of a mapping, raising what may go wrong.  *nkeys receives how
 * many key columns the rows have; where it is NULL they have none.
 */
static void
make_ids(Survey *survey, const OtherMapping *other, int *nkeys, IdTaker taker, void *arg)
{
	IdReader	reader = {.taker = taker, .arg = arg};
	List	   *keys = NIL;

	reader.context = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge ids", ALLOCSET_DEFAULT_SIZES);
	reader.plan = mapping_plan_get(survey->function, other->relation, other->name);
	mapping_plan_pin(reader.plan, reader.context);
	mapping_check_id_rights(survey->function, reader.plan, true);
	reader.id = id_node(reader.plan);
	if (nkeys != NULL)
	{
		keys = rows_keys(reader.plan);
		*nkeys = list_length(keys);
	}
	if (reader.id != NULL)
		survey_read(survey_query(reader.plan, keys, -1), read_ids, &reader);
	MemoryContextDelete(reader.context);
}

/* Does an error say that a mapping cannot be read, and no more? */
static bool
is_of_mapping(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case ERRCODE_OPERATOR_INTERVENTION: /* a cancel */
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_INTERNAL_ERROR:
		case ERRCODE_TRANSACTION_ROLLBACK:
			return false;
		default:
			return true;
	}
}

/* The arguments of make_ids. */
typedef struct MakeIds
{
	Survey	   *survey;
	const OtherMapping *other;
	int		   *nkeys;
	IdTaker		taker;
	void	   *arg;
} MakeIds;

/* make_ids as work of base_try. */
static void
make_ids_work(void *arg)
{
	MakeIds    *m = arg;

	make_ids(m->survey, m->other, m->nkeys, m->taker, m->arg);
}

/*
 * Makes the ids of a mapping in a subtransaction.  NULL, or why it was not
 * done; a cancel or a lack of memory is raised on.
 */
static const char *
try_ids(Survey *survey, const OtherMapping *other, int *nkeys, IdTaker taker, void *arg)
{
	MakeIds		m = {survey, other, nkeys, taker, arg};
	ErrorData  *error;

	if (!mapping_is_followed(other->relation, survey->plan->relation))
		return "is another role's, which you are not a member of";
	error = base_try(make_ids_work, &m);
	if (error == NULL)
		return NULL;
	if (!is_of_mapping(error->sqlerrcode))
		ReThrowError(error);
	FreeErrorData(error);
	return "cannot be read";
}

/* The mappings of the database that make a type, in the survey's memory. */
static List *
mappings_of_type(Survey *survey, R4Type type)
{
	char	   *sql = psprintf("SELECT relation::pg_catalog.oid, name FROM %s"
							   " WHERE template OPERATOR(pg_catalog.->>) 'resourceType' OPERATOR(pg_catalog.=) %s"
							   " AND EXISTS (SELECT FROM pg_catalog.pg_class c"
							   " WHERE c.oid OPERATOR(pg_catalog.=) relation::pg_catalog.oid)",
							   base_extension_name(survey->function, "fhir_mapping"),
							   quote_literal_cstr(r4_type_name(type)));
	List	   *others = NIL;

	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read fhir_mapping");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(survey->context);
		OtherMapping *other = palloc(sizeof(OtherMapping));
		bool		isnull;

		other->relation = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
		other->name = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2);
		others = lappend(others, other);
		MemoryContextSwitchTo(old);
	}
	SPI_freetuptable(SPI_tuptable);
	return others;
}

/* IdTaker: keeps an id. */
static void
keep_id(void *arg, SurveyHash id, HeapTuple row, TupleDesc desc)
{
	SurveyType *type = arg;
	bool		found;

	(void) ids_insert(type->ids, id, &found);
}

/* The ids of a type, made now when they are first asked for. */
static SurveyType *
ids_of_type(Survey *survey, R4Type type)
{
	SurveyType *result;
	MemoryContext old;
	List	   *others;
	ListCell   *lc;

	foreach(lc, survey->others)
		if (((SurveyType *) lfirst(lc))->type == type)
			return lfirst(lc);

	/* cursors are not opened within the guard */
	run_guard_pause(survey->guard);
	others = mappings_of_type(survey, type);
	old = MemoryContextSwitchTo(survey->context);
	result = palloc0(sizeof(SurveyType));
	result->type = type;
	result->known = others != NIL;
	result->ids = ids_create(survey->context, MIN_IDS, NULL);
	survey->others = lappend(survey->others, result);
	MemoryContextSwitchTo(old);
	foreach(lc, others)
	{
		const OtherMapping *other = lfirst(lc);
		const char *why = try_ids(survey, other, NULL, keep_id, result);

		if (why == NULL)
			continue;
		result->known = false;
		survey_finding(survey, "warning", r4_type_name(survey->plan->root.root->type), NULL, "reference not followed",
					   psprintf("mapping %s %s: references to %s are not followed",
								mapping_full_name(other->relation, other->name), why, r4_type_name(type)));
	}
	run_guard_resume(survey->guard);
	return result;
}

/* How many rows a relation is thought to have, for the size of a table of ids. */
static uint32
expected_rows(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	float4		rows;

	if (!HeapTupleIsValid(tuple))
		return MIN_IDS;
	rows = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
	ReleaseSysCache(tuple);
	return (uint32) Min(Max(rows, MIN_IDS), MAX_EXPECTED_IDS);
}

/* Looks whether the id of the present row's resource came before, and keeps it. */
void
survey_own_id(Survey *survey, const char *id, int n)
{
	bool		found;

	if (survey->own == NULL)
		survey->own = ids_create(survey->context,
								 survey->sample < 0 ? expected_rows(survey->plan->relation) : MIN_IDS, NULL);
	(void) ids_insert(survey->own, survey_hash(id, n), &found);
	if (found)
	{
		char	   *path = psprintf("%s.id", r4_type_name(survey->plan->root.root->type));

		survey_finding(survey, "error", path, survey_source(survey, path), "duplicate id",
					   "another row makes the same id");
	}
}

/*
 * The type that a reference of the present row's resource leads to, if no row
 * makes such an id; else R4_NO_TYPE.  Only one to a type that some mapping
 * makes, as Type/id, is followed.
 */
R4Type
survey_dangling(Survey *survey, const char *reference, int n)
{
	const char *slash = memchr(reference, '/', n);
	const char *end;
	SurveyType *target;
	R4Type		type;

	if (slash == NULL)
		return R4_NO_TYPE;
	type = r4_type(reference, slash - reference);
	if (!r4_is_resource(type))
		return R4_NO_TYPE;
	target = ids_of_type(survey, type);
	if (!target->known)
		return R4_NO_TYPE;
	slash++;
	end = memchr(slash, '/', reference + n - slash);	/* of a version */
	if (end == NULL)
		end = reference + n;
	return ids_lookup(target->ids, survey_hash(slash, end - slash)) == NULL ? type : R4_NO_TYPE;
}

/* While the ids of another mapping are compared with ours. */
typedef struct SameIds
{
	Survey	   *survey;
	int			nkeys;			/* of the other mapping's rows */
	int64		count;
	char	   *example;		/* key of the first of its rows, or NULL */
} SameIds;

/* IdTaker: counts an id that the survey's mapping makes, too. */
static void
compare_id(void *arg, SurveyHash id, HeapTuple row, TupleDesc desc)
{
	SameIds    *same = arg;
	MemoryContext old;

	if (ids_lookup(same->survey->own, id) == NULL || same->count++ > 0)
		return;
	old = MemoryContextSwitchTo(same->survey->context);
	same->example = rows_key(row, desc, same->nkeys);
	MemoryContextSwitchTo(old);
}

/* Looks for the ids of all rows, once read, among those of other mappings. */
void
survey_same_ids(Survey *survey)
{
	const MappingPlan *plan = survey->plan;
	ListCell   *lc;

	if (survey->own == NULL)
		return;
	foreach(lc, mappings_of_type(survey, plan->root.root->type))
	{
		const OtherMapping *other = lfirst(lc);
		SameIds		same = {.survey = survey};
		char	   *path = psprintf("%s.id", r4_type_name(plan->root.root->type));
		char	   *name = mapping_full_name(other->relation, other->name);
		const char *why;

		if (other->relation == plan->relation && strcmp(other->name, NameStr(plan->name)) == 0)
			continue;
		why = try_ids(survey, other, &same.nkeys, compare_id, &same);
		if (why != NULL)
			survey_finding(survey, "warning", path, NULL, "ids not compared",
						   psprintf("mapping %s %s: its ids are not compared", name, why));
		/* one row that two receivers get is one resource in two forms */
		if (same.count > 0 && other->relation != plan->relation)
			survey_findings(survey, "error", path, name, "id of two mappings",
							psprintf("mapping %s makes the same type and id; the example is its row's", name),
							same.count, same.example);
	}
}
