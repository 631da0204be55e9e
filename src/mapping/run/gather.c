/*
 * gather.c
 *		The keys and values of a small table, read once in a query.
 *
 * A template's "(SELECT name FROM ward WHERE ward.code = this.ward)" runs for
 * each row; that takes longer than all the rest of the resource.  Where
 * inline_gather.c finds one by a unique key of a small table, it goes on so:
 * the first rows run it as it stands; then the table is read as a whole, by a
 * sub-select that the server evaluates once in a query, and each row is looked
 * up in what that has given.  Rights, policies and the snapshot are the
 * server's, as they are for every sub-select.
 *
 * What is gathered is one flat value, since workers get a copy.  Its type is
 * one that no SQL can make; offsets are looked at all the same.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#include "base/base.h"
#include "mapping/run/gather.h"

PG_FUNCTION_INFO_V1(fhir_bridge_gather_row);
PG_FUNCTION_INFO_V1(fhir_bridge_gather_end);
PG_FUNCTION_INFO_V1(fhir_bridge_gathered);
PG_FUNCTION_INFO_V1(fhir_bridge_often);
PG_FUNCTION_INFO_V1(fhir_bridge_rows_out);

#define MAGIC	0x66686762

/* What was gathered: this, slots, entries. */
typedef struct Gathered
{
	int32		header;			/* of a varlena */
	uint32		magic;
	Oid			key_type;		/* see key_class() */
	Oid			value_type;
	uint32		nslots;			/* each an offset from the beginning, 0 when it is empty */
	uint32		unused;
} Gathered;

/* An entry: the key follows, and the value at the next place that suits it. */
typedef struct Entry
{
	uint32		hash;
	uint32		key_len : 30;	/* no text has more bytes */
	uint32		isnull : 1;
	uint32		again : 1;		/* the key came again */
} Entry;

/* A key as it is compared: its bytes. */
typedef struct Key
{
	const void *bytes;
	uint32		len;
	int64		number;			/* what bytes points to, of a number */
} Key;

/* What an aggregate or a call site keeps. */
typedef struct GatherSite
{
	Oid			key_type;
	Oid			value_type;
	int16		value_len;
	bool		value_byval;
	StringInfoData entries;		/* offsets of a state are from the beginning of these */
	uint32	   *offsets;
	uint32		n;
	uint32		room;
} GatherSite;

/*
 * Integers of all lengths are compared alike; InvalidOid: none of ours.  Types
 * whose equal values may differ in their bytes must not be here, such as bpchar
 * with its blanks, or numeric with its zeroes.
 */
static Oid
key_class(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return INT8OID;
		case TEXTOID:
		case VARCHAROID:
			return TEXTOID;
		case UUIDOID:
		case DATEOID:
			return type;
		default:
			return InvalidOid;
	}
}

/* Are keys of the type gathered? */
bool
gather_takes_key(Oid type)
{
	return OidIsValid(key_class(type));
}

/* Are values of the type gathered: those without a structure that could be wrong? */
bool
gather_takes_value(Oid type)
{
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case BOOLOID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case UUIDOID:
			return true;
		default:
			return false;
	}
}

/*
 * The bytes of a key.  Numbers are widened first, so that an int4 finds an int8;
 * texts are compared by their bytes, which inline_gather.c allows for
 * deterministic collations alone.  bytes may point into *key itself, so a Key is
 * not copied.
 */
static void
set_key(Key *key, Oid type, Datum value)
{
	text	   *string;

	key->bytes = &key->number;
	key->len = sizeof(key->number);
	switch (type)
	{
		case INT2OID:
			key->number = DatumGetInt16(value);
			break;
		case INT4OID:
			key->number = DatumGetInt32(value);
			break;
		case INT8OID:
			key->number = DatumGetInt64(value);
			break;
		case DATEOID:
			key->number = DatumGetDateADT(value);
			break;
		case UUIDOID:
			key->bytes = DatumGetUUIDP(value);
			key->len = UUID_LEN;
			break;
		default:
			string = DatumGetTextPP(value);
			key->bytes = VARDATA_ANY(string);
			key->len = VARSIZE_ANY_EXHDR(string);
			break;
	}
}

/*
 * A call site or state for the types of key and value, which are arguments 1 and
 * 2 of both functions.  It is asked once; any other type is refused here, so that
 * what follows need not be ready for it.
 */
static GatherSite *
make_site(FunctionCallInfo fcinfo, MemoryContext context)
{
	GatherSite *site = MemoryContextAllocZero(context, sizeof(GatherSite));

	site->key_type = get_fn_expr_argtype(fcinfo->flinfo, 1);
	site->value_type = get_fn_expr_argtype(fcinfo->flinfo, 2);
	if (!gather_takes_key(site->key_type) || !gather_takes_value(site->value_type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("values of these types are not gathered")));
	get_typlenbyval(site->value_type, &site->value_len, &site->value_byval);
	return site;
}

/*
 * Where the value of an entry at the offset begins.  Aligned for any type, since
 * the value is used where it lies.
 */
static inline Size
value_offset(Size entry, uint32 key_len)
{
	return MAXALIGN(entry + sizeof(Entry) + key_len);
}

/*
 * fhir_bridge_gather_row(internal, key "any", value "any") RETURNS internal
 *		Adds a row of the table; one without a key is never asked for.  Values
 *		are copied whole, detoasted: a row is gone when the next one is added.
 */
Datum
fhir_bridge_gather_row(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	GatherSite *state;
	Entry		entry = {0};
	Key			key;

	/* what is kept from row to row lies in the aggregate's memory */
	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "fhir_bridge_gather_row is called by an aggregate alone");
	if (!PG_ARGISNULL(0))
		state = (GatherSite *) PG_GETARG_POINTER(0);
	else
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		state = make_site(fcinfo, context);
		initStringInfo(&state->entries);
		state->room = 64;
		state->offsets = palloc(sizeof(uint32) * state->room);
		MemoryContextSwitchTo(old);
	}
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state);
	set_key(&key, state->key_type, PG_GETARG_DATUM(1));
	entry.hash = hash_bytes(key.bytes, key.len);
	entry.key_len = key.len;
	entry.isnull = PG_ARGISNULL(2);
	if (state->n == state->room)
		state->offsets = repalloc_huge(state->offsets, sizeof(uint32) * (state->room *= 2));
	/* an offset, no pointer: the entries move as they grow */
	state->offsets[state->n++] = state->entries.len;
	appendBinaryStringInfo(&state->entries, (char *) &entry, sizeof(entry));
	appendBinaryStringInfo(&state->entries, key.bytes, key.len);
	while (state->entries.len % MAXIMUM_ALIGNOF != 0)
		appendStringInfoChar(&state->entries, '\0');
	if (!entry.isnull && state->value_byval)
	{
		Datum		value = PG_GETARG_DATUM(2);

		appendBinaryStringInfo(&state->entries, (char *) &value, sizeof(value));
	}
	else if (!entry.isnull && state->value_len > 0)
		appendBinaryStringInfo(&state->entries, DatumGetPointer(PG_GETARG_DATUM(2)), state->value_len);
	else if (!entry.isnull)
	{
		struct varlena *value = PG_DETOAST_DATUM(PG_GETARG_DATUM(2));

		appendBinaryStringInfo(&state->entries, (char *) value, VARSIZE(value));
	}
	while (state->entries.len % MAXIMUM_ALIGNOF != 0)
		appendStringInfoChar(&state->entries, '\0');
	PG_RETURN_POINTER(state);
}

/*
 * Finds the slot of a key: its own, or the empty one where it would be.  0 is
 * empty, as no entry lies where the header does.  A third of the slots is empty,
 * so that few are passed.  The loop ends also in a table without an empty one: no
 * value's bytes are believed.
 */
static uint32
find_slot(const char *gathered, const uint32 *slots, uint32 nslots, uint32 hash, const void *bytes, uint32 len, Size size)
{
	/* scaled, not a remainder: cheaper, and below nslots whatever that is */
	uint32		slot = ((uint64) hash * nslots) >> 32;

	for (uint32 passed = 0; passed < nslots && slots[slot] != 0; passed++)
	{
		const Entry *entry = (const Entry *) (gathered + slots[slot]);

		if (slots[slot] + sizeof(Entry) > size || slots[slot] + sizeof(Entry) + entry->key_len > size)
			elog(ERROR, "gathered rows are damaged");
		if (entry->hash == hash && entry->key_len == len && memcmp(entry + 1, bytes, len) == 0)
			return slot;
		slot = slot + 1 < nslots ? slot + 1 : 0;
	}
	return slot;
}

/*
 * fhir_bridge_gather_end(internal) RETURNS fhir_bridge_rows
 *		What was gathered, as one value.  The state is only read: the server
 *		may let several aggregates share one.
 */
Datum
fhir_bridge_gather_end(PG_FUNCTION_ARGS)
{
	GatherSite *state = PG_ARGISNULL(0) ? NULL : (GatherSite *) PG_GETARG_POINTER(0);
	uint32		nslots = state == NULL ? 1 : state->n + state->n / 2 + 1;
	Size		start = MAXALIGN(sizeof(Gathered) + sizeof(uint32) * (Size) nslots);
	Size		size = start + (state == NULL ? 0 : state->entries.len);
	Gathered   *result;
	uint32	   *slots;

	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a table is too large to be gathered")));
	result = palloc0(size);
	slots = (uint32 *) (result + 1);
	SET_VARSIZE(result, size);
	result->magic = MAGIC;
	result->nslots = nslots;
	if (state == NULL)
		PG_RETURN_POINTER(result);
	result->key_type = key_class(state->key_type);
	result->value_type = state->value_type;
	memcpy((char *) result + start, state->entries.data, state->entries.len);
	/* slots come last, since only now it is known how many there have to be */
	for (uint32 i = 0; i < state->n; i++)
	{
		Entry	   *entry = (Entry *) ((char *) result + start + state->offsets[i]);
		uint32		slot = find_slot((char *) result, slots, nslots, entry->hash, entry + 1, entry->key_len, size);

		if (slots[slot] != 0)
			((Entry *) ((char *) result + slots[slot]))->again = true;
		else
			slots[slot] = start + state->offsets[i];
	}
	PG_RETURN_POINTER(result);
}

/*
 * The value of an entry, which lies in what was gathered and lives as long: for
 * the whole query.  Nothing is copied.  Its type is stored plain, so that no
 * detoasting makes a copy that would go with the row.
 */
static Datum
entry_value(const char *gathered, Size offset, const GatherSite *site, Size size)
{
	Size		at = value_offset(offset, ((const Entry *) (gathered + offset))->key_len);

	if (site->value_byval && at + sizeof(Datum) <= size)
		return *(const Datum *) (gathered + at);
	if (site->value_len > 0 && at + site->value_len <= size)
		return PointerGetDatum(gathered + at);
	if (site->value_len < 0 && at + VARHDRSZ <= size && VARATT_IS_4B_U(gathered + at) && at + VARSIZE(gathered + at) <= size)
		return PointerGetDatum(gathered + at);
	elog(ERROR, "gathered rows are damaged");
}

/*
 * fhir_bridge_gathered(gathered, key "any", result anyelement) RETURNS anyelement
 *		The value of the key; NULL when there is none.  The third argument gives
 *		the type.  An error where the sub-select would have raised it.
 */
Datum
fhir_bridge_gathered(PG_FUNCTION_ARGS)
{
	GatherSite *site = fcinfo->flinfo->fn_extra;
	const Gathered *gathered;
	const uint32 *slots;
	const Entry *entry;
	Size		size;
	Key			key;
	uint32		slot;

	if (site == NULL)
		fcinfo->flinfo->fn_extra = site = make_site(fcinfo, fcinfo->flinfo->fn_mcxt);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	gathered = (const Gathered *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	size = VARSIZE(gathered);
	slots = (const uint32 *) (gathered + 1);
	if (size < sizeof(Gathered) + sizeof(uint32) || gathered->magic != MAGIC ||
		sizeof(Gathered) + sizeof(uint32) * (Size) gathered->nslots > size)
		elog(ERROR, "gathered rows are damaged");
	if (!OidIsValid(gathered->key_type))
		PG_RETURN_NULL();		/* there was no row */
	/* the types that a call names need not be those that were gathered: anybody may write one */
	if (gathered->key_type != key_class(site->key_type) || gathered->value_type != site->value_type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("gathered rows are of other types")));
	set_key(&key, site->key_type, PG_GETARG_DATUM(1));
	slot = find_slot((const char *) gathered, slots, gathered->nslots, hash_bytes(key.bytes, key.len), key.bytes, key.len, size);
	if (slots[slot] == 0)
		PG_RETURN_NULL();
	entry = (const Entry *) ((const char *) gathered + slots[slot]);
	/* under a unique index no key comes twice; whether there is one is not known here */
	if (entry->again)
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("more than one row returned by a subquery used as an expression")));
	if (entry->isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(entry_value((const char *) gathered, slots[slot], site, size));
}

/*
 * fhir_bridge_often(key "any", times int) RETURNS boolean
 *		Has the query come to this place more than so many times?  Each worker
 *		counts for itself, and a rescan goes on counting.  The key is not looked
 *		at: by it the call depends on the row, and is not made once for all.
 */
Datum
fhir_bridge_often(PG_FUNCTION_ARGS)
{
	int		   *count = fcinfo->flinfo->fn_extra;

	if (count == NULL)
		fcinfo->flinfo->fn_extra = count = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(int));
	/* counting ends here, so that it cannot overflow */
	if (*count > PG_GETARG_INT32(1))
		PG_RETURN_BOOL(true);
	(*count)++;
	PG_RETURN_BOOL(false);
}

/*
 * fhir_bridge_rows_out(fhir_bridge_rows) RETURNS cstring
 *		How large it is: what is in it nobody asked to print.
 */
Datum
fhir_bridge_rows_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(psprintf("%zu bytes", (size_t) VARSIZE(PG_DETOAST_DATUM(PG_GETARG_DATUM(0)))));
}
