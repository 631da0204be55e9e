/*
 * hits.c
 *		The resources of rows that were found.
 *
 * Rows are mapped under a guard: one whose mapping raises an error is left out
 * and counted, and does not fail the page.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

#include "search/select/select.h"

/* The row of a hit, where it stands in a column by itself. */
static HeapTupleHeader
whole_row(const SearchHit *hit)
{
	bool		isnull;

	return DatumGetHeapTupleHeader(heap_getattr(hit->row, 1, hit->desc, &isnull));
}

/* A run for rows like the hit's, in the current context. */
MappingRun *
hit_run(const SearchHit *hit, JsonForm form)
{
	MappingPlan *plan = hit->selection->source->plan;
	TupleDesc	desc = hit->desc;

	if (!export_source_is_narrow(plan))
	{
		HeapTupleHeader row = whole_row(hit);

		desc = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(row), HeapTupleHeaderGetTypMod(row));
	}
	return run_begin(plan, form, desc, CurrentMemoryContext);
}

/* The tuple that such a run takes; it may use space. */
HeapTuple
hit_tuple(const SearchHit *hit, HeapTuple space)
{
	if (export_source_is_narrow(hit->selection->source->plan))
		return hit->row;
	space->t_data = whole_row(hit);
	space->t_len = HeapTupleHeaderGetDatumLength(space->t_data);
	ItemPointerSetInvalid(&space->t_self);
	space->t_tableOid = InvalidOid;
	return space;
}

/* Rows of one source on their way. */
typedef struct Mapping
{
	List	   *hits;
	const Selection *selection;
	JsonForm	form;
	int64	   *faulty;
} Mapping;

/* RunFaultHandler: what is wrong is told by fhir_map_check. */
static void
ignore_fault(void *arg, const RunFault *fault)
{
}

/* RunGuardBody: maps the hits of one source. */
static void
map_hits(RunGuard *guard, void *arg)
{
	Mapping    *mapping = arg;
	ListCell   *lc;

	foreach(lc, mapping->hits)
	{
		SearchHit  *hit = lfirst(lc);
		HeapTupleData space;
		Datum		result;
		RunOutcome	outcome;

		if (hit->selection != mapping->selection)
			continue;
		outcome = run_guard_tuple(guard, hit_tuple(hit, &space), &result);
		if (outcome == ROW_REFUSED && mapping->faulty != NULL)
			(*mapping->faulty)++;
		if (outcome != ROW_MAPPED)
			continue;
		if (mapping->form == JSON_TEXT)
			hit->json = TextDatumGetCString(result);
		else
			hit->resource = DatumGetJsonbP(result);
	}
}

/*
 * Makes the resources of hits, as text or as jsonb.  *faulty, if given, is
 * raised by those that make none because of their faults.
 */
void
hits_map(List *hits, JsonForm form, int64 *faulty)
{
	List	   *done = NIL;
	ListCell   *lc;

	foreach(lc, hits)
	{
		SearchHit  *hit = lfirst(lc);
		Mapping		mapping = {hits, hit->selection, form, faulty};

		if (list_member_ptr(done, hit->selection))
			continue;
		done = lappend(done, (void *) hit->selection);
		run_guarded(hit_run(hit, form), ignore_fault, NULL, map_hits, &mapping);
	}
}
