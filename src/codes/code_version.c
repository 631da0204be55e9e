/*
 * code_version.c
 *		Versions of code maps: another one whenever entries change.
 *
 * fhir_code_map() gives a map its version itself.  Where somebody else writes
 * the entries (a restore, an owner's UPDATE, logical replication), a trigger
 * does: it does not ask which maps they belong to, since that is rare.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/inval.h"
#include "utils/rel.h"

#include "base/base.h"

PG_FUNCTION_INFO_V1(fhir_bridge_code_entries_changed);

/*
 * fhir_bridge_code_entries_changed() RETURNS trigger
 *		AFTER STATEMENT, and for replicated rows, which run no triggers of
 *		statements, AFTER ROW, on the table of entries.
 *
 * A row gives no new version, since the next of the transaction would have to
 * give one, too: maps have none, and are looked up by the index, until their
 * own row comes.
 */
Datum
fhir_bridge_code_entries_changed(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	Oid			function = fcinfo->flinfo->fn_oid;
	BaseOwner	owner;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("fhir_bridge_code_entries_changed can only be called as a trigger")));
	CacheInvalidateRelcacheByRelid(RelationGetRelid(data->tg_relation));
	base_be_owner(&owner, function);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(psprintf(TRIGGER_FIRED_FOR_ROW(data->tg_event) ?
								 "UPDATE %s SET version = NULL WHERE version IS NOT NULL" :
								 "UPDATE %s SET version = pg_catalog.gen_random_uuid()",
							 base_extension_name(function, "fhir_code_map")),
					false, 0) != SPI_OK_UPDATE)
		elog(ERROR, "could not give code maps a version");
	SPI_finish();
	base_be_caller(&owner);
	return PointerGetDatum(NULL);
}
