/*
 * hits.c
 *		The resources of rows that were found.
 *
 * Rows are mapped under a guard: one whose mapping raises an error is left out
 * and counted, and does not fail the page.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/typcache.h"

#include "search/answer/answer.h"

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
		HeapTupleData tuple;
		Datum		result;
		RunOutcome	outcome;

		if (hit->selection != mapping->selection)
			continue;
		tuple.t_len = HeapTupleHeaderGetDatumLength(hit->row);
		ItemPointerSetInvalid(&tuple.t_self);
		tuple.t_tableOid = InvalidOid;
		tuple.t_data = hit->row;
		outcome = run_guard_tuple(guard, &tuple, &result);
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
		MappingRun *run;
		TupleDesc	desc;

		if (list_member_ptr(done, hit->selection))
			continue;
		done = lappend(done, (void *) hit->selection);
		desc = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(hit->row), HeapTupleHeaderGetTypMod(hit->row));
		run = run_begin(hit->selection->source->plan, form, desc, CurrentMemoryContext);
		run_guarded(run, ignore_fault, NULL, map_hits, &mapping);
	}
}
