/*
 * invalidate.c
 *		How cached state learns that a table has changed.
 *
 * A backend has few slots for relcache callbacks and going beyond them is
 * FATAL, so the extension takes one and hands the message on to its rooms.
 *
 * The server sends no message when rows of an ordinary table change.  The
 * extension's own tables (mappings, code maps, the secret) therefore carry
 * triggers that invalidate the table's relcache entry; the message goes to
 * every backend at commit, comes back to this one at the next command, and
 * is replayed on rollback.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/base.h"

#define MAX_CALLBACKS 8

/* Messages about relations so far, see base.h. */
uint64		base_relation_generation = 0;

/* The same about functions. */
uint64		base_function_generation = 0;

static BaseRelationCallback callbacks[MAX_CALLBACKS];
static int	ncallbacks = 0;

PG_FUNCTION_INFO_V1(fhir_bridge_table_changed);

/* The one relcache callback: hands the message to each room. */
static void
relation_changed(Datum arg, Oid relid)
{
	base_relation_generation++;
	for (int i = 0; i < ncallbacks; i++)
		callbacks[i] (relid);
}

/* Syscache callback. */
static void
function_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	base_function_generation++;
}

/* Called by _PG_init, before any room registers. */
void
base_init(void)
{
	CacheRegisterSyscacheCallback(PROCOID, function_changed, (Datum) 0);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
}

/* Registers a room's callback, once, from the room's init function. */
void
base_on_relation_change(BaseRelationCallback callback)
{
	if (ncallbacks >= MAX_CALLBACKS)
		elog(ERROR, "fhir_bridge: too many relation callbacks");
	callbacks[ncallbacks++] = callback;
}

/*
 * fhir_bridge_table_changed() RETURNS trigger
 *		For row and TRUNCATE triggers, ENABLE ALWAYS, on the extension's tables.
 *
 * It never validates: an error in one row would abort the whole COPY of a
 * restore.  Returns the row unchanged.
 */
Datum
fhir_bridge_table_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("fhir_bridge_table_changed can only be called as a trigger")));
	CacheInvalidateRelcacheByRelid(RelationGetRelid(trigdata->tg_relation));
	if (TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event))
		return PointerGetDatum(trigdata->tg_newtuple);
	return PointerGetDatum(trigdata->tg_trigtuple);
}
