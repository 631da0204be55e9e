/*
 * secret.c
 *		The database's secret: reading it, remembering it, replacing it.
 *
 * The secret is the one row of the table fhir_secret, which only its owner
 * may read.  fhir_id() reads it for everybody, by a scan that asks for no
 * privilege: who may call fhir_id() may have ids, not the secret.
 *
 * The scan takes a fresh catalog snapshot (snapshot NULL), not the query's.
 * In REPEATABLE READ the query's would show the old row after the message
 * that it was replaced has been used up, and the old key would stay cached.
 *
 * The backend remembers the secret as two hash states in digest.c until the
 * table's relcache entry is invalidated, which the table's triggers do.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "base/base.h"
#include "ident/ident.h"

#define SECRET_TABLE "fhir_secret"
#define SECRET_COLUMN 1			/* (secret, made_at, singleton) */

PG_FUNCTION_INFO_V1(fhir_bridge_new_secret);
PG_FUNCTION_INFO_V1(fhir_bridge_replace_secret);

static bool secret_in_use = false;	/* digest.c holds the present secret */
static Oid	secret_relid = InvalidOid;	/* the table it was read from */
static uint64 secret_changes = 0;	/* counts invalidations */

/*
 * Callback: the table may have changed.  Only marks; the hash states stay
 * whole for a message that is being hashed.
 */
static void
secret_changed(Oid relid)
{
	if (relid == secret_relid || !OidIsValid(relid))
	{
		secret_in_use = false;
		secret_changes++;
	}
}

/* Called once by _PG_init. */
void
ident_init(void)
{
	base_on_relation_change(secret_changed);
}

/* The table's OID, given any function of the extension. */
Oid
ident_secret_relation(Oid function)
{
	return base_extension_relation(function, SECRET_TABLE);
}

/*
 * Copies the secret of one row.  Raises an error when it is not 32 bytes
 * long, which the table's CHECK prevents.
 */
static void
copy_secret(Relation rel, HeapTuple tuple, uint8 secret[IDENT_SECRET_LENGTH])
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, SECRET_COLUMN, RelationGetDescr(rel), &isnull);
	bytea	   *bytes = isnull ? NULL : DatumGetByteaPP(value);

	if (bytes == NULL || VARSIZE_ANY_EXHDR(bytes) != IDENT_SECRET_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the secret in table \"%s\" is not %d bytes long",
						RelationGetRelationName(rel), IDENT_SECRET_LENGTH)));
	memcpy(secret, VARDATA_ANY(bytes), IDENT_SECRET_LENGTH);
}

/*
 * Reads the newest committed secret, or this transaction's own.  No privilege
 * is asked for.  Gives false when the table has no row.
 */
bool
ident_secret_read(Oid relid, uint8 secret[IDENT_SECRET_LENGTH])
{
	Relation	rel = table_open(relid, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple = systable_getnext(scan);
	bool		found = HeapTupleIsValid(tuple);

	if (found)
		copy_secret(rel, tuple, secret);
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

/*
 * Reads the secret into digest.c; when there is none, false or an error.
 * Locks accept invalidation messages, so
 * what arrives while the row is read leaves the secret marked as outdated.
 */
static bool
load_secret(Oid function, bool missing_ok)
{
	uint8		secret[IDENT_SECRET_LENGTH];
	uint64		changes;

	secret_relid = ident_secret_relation(function);
	changes = secret_changes;
	if (!ident_secret_read(secret_relid, secret))
	{
		if (missing_ok)
			return false;
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" has no secret", SECRET_TABLE),
				 errhint("Restore its row from a dump, or set the secret with fhir_id_key().")));
	}
	ident_hmac_set_key(secret);
	explicit_bzero(secret, sizeof(secret));
	secret_in_use = (changes == secret_changes);
	return true;
}

/*
 * Makes sure that digest.c hashes with the present secret; function is any
 * function of the extension (flinfo->fn_oid).
 */
void
ident_secret_use(Oid function)
{
	if (unlikely(!secret_in_use))
		(void) load_secret(function, false);
}

/* The same; false, and no error, where the table has no secret. */
bool
ident_secret_use_if_any(Oid function)
{
	return likely(secret_in_use) || load_secret(function, true);
}

/*
 * The authentication code of a message of ours under the secret, for a purpose
 * of its own: no id's message and no other purpose's has the same beginning,
 * since an id's first four bytes are a length below 1 GB.
 */
void
ident_secret_sign(Oid function, const char *purpose, const void *data, size_t length,
				  uint8 mac[IDENT_MAC_LENGTH])
{
	const uint32 mark = 0xFFFFFFFF;
	IdentHmac	hmac;

	ident_secret_use(function);
	ident_hmac_begin(&hmac);
	ident_hmac_add(&hmac, &mark, sizeof(mark));
	ident_hmac_add(&hmac, purpose, strlen(purpose) + 1);
	ident_hmac_add(&hmac, data, length);
	ident_hmac_end(&hmac, mac);
}

/*
 * A short name for the present secret that does not give it away: a mapping
 * remembers it and notices that it now runs with another secret.  The message
 * cannot be that of an id, whose first four bytes are a length below 1 GB.
 */
void
ident_secret_fingerprint(Oid function, uint8 fp[IDENT_FINGERPRINT_LENGTH])
{
	static const char message[] = "fingerprint";
	IdentHmac	hmac;
	uint8		mac[IDENT_MAC_LENGTH];

	ident_secret_use(function);
	ident_hmac_begin(&hmac);
	ident_hmac_add(&hmac, message, strlen(message));
	ident_hmac_end(&hmac, mac);
	memcpy(fp, mac, IDENT_FINGERPRINT_LENGTH);
}

/*
 * fhir_bridge_new_secret() RETURNS bytea
 *		32 bytes from the system's source of strong random numbers.
 */
Datum
fhir_bridge_new_secret(PG_FUNCTION_ARGS)
{
	bytea	   *result = palloc(VARHDRSZ + IDENT_SECRET_LENGTH);

	SET_VARSIZE(result, VARHDRSZ + IDENT_SECRET_LENGTH);
	if (!pg_strong_random(VARDATA(result), IDENT_SECRET_LENGTH))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate a random secret")));
	PG_RETURN_BYTEA_P(result);
}

/*
 * Deletes the present row.  One that this command has deleted already is left
 * alone: it stands before a second row of the same command, which the primary
 * key then refuses.
 */
static void
delete_secret(Relation rel, ItemPointer tid)
{
	TM_FailureData failure;

	switch (heap_delete(rel, tid, GetCurrentCommandId(true), InvalidSnapshot,
						true, &failure, false))
	{
		case TM_Ok:
		case TM_SelfModified:
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("could not replace the secret because another session replaces it")));
	}
}

/*
 * fhir_bridge_replace_secret() RETURNS trigger
 *		Deletes the present row before another is inserted.
 *
 * A restore creates the extension, and with it a new secret, before it copies
 * the old row.  Without this the copy would fail on the primary key, the
 * restore would go on, and every id would be another one.
 */
Datum
fhir_bridge_replace_secret(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BEFORE(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("fhir_bridge_replace_secret must be fired BEFORE INSERT FOR EACH ROW")));
	scan = systable_beginscan(trigdata->tg_relation, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		delete_secret(trigdata->tg_relation, &tuple->t_self);
	systable_endscan(scan);
	return PointerGetDatum(trigdata->tg_trigtuple);
}
