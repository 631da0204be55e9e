/*
 * fhir_id.c
 *		The private id: HMAC-SHA-256 of a kind and its keys, as UUID version 8.
 *
 * The message is the kind and then each key: four bytes of length, high byte
 * first, then the value's canonical text in UTF-8.  The lengths make
 * ('a', 'bc') and ('ab', 'c') differ.  The first 16 bytes of the code are the
 * id, with the version and variant of RFC 9562 written over six bits.
 *
 * Canonical text depends on no setting, and equal values of different types
 * have the same: 1, 1.0, '1' and char(3) '1  '.  Types whose text depends on
 * settings or on rounding are refused, so that an id never changes by itself.
 * These forms are part of every id ever given: they must stay as they are.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "port/pg_bswap.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "base/base.h"
#include "ident/ident.h"

#define UUID_TEXT_LENGTH 36

/* What one place in a query passes; kept in its fn_extra. */
typedef struct IdentCallSite
{
	bool		variadic;		/* the keys come as one array */
	bool		lenient;		/* what cannot be a key gives no id, and no error */
	int16		typlen;			/* storage of the array's elements */
	bool		typbyval;
	char		typalign;
	Oid			types[FLEXIBLE_ARRAY_MEMBER];	/* base type of each key, or
												 * of the array's elements */
} IdentCallSite;

PG_FUNCTION_INFO_V1(fhir_bridge_fhir_id);

/*
 * The type as which a value is written: the base of a domain.  A type that
 * has no canonical text is InvalidOid, or an error.
 */
static Oid
key_type(Oid declared, bool missing_ok)
{
	Oid			type = getBaseType(declared);

	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case UNKNOWNOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case BOOLOID:
		case UUIDOID:
		case DATEOID:
		case TIMESTAMPTZOID:
			return type;
		default:
			if (missing_ok)
				return InvalidOid;
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("an id cannot be made of a value of type %s",
							format_type_be(declared)),
					 errdetail("Only types are taken whose text never depends on settings or on rounding."),
					 errhint("Cast it to text, integer, numeric, boolean, uuid, date or timestamp with time zone.")));
	}
}

/* Can a key be of the type? */
bool
ident_type_is_key(Oid type)
{
	return OidIsValid(key_type(type, true));
}

/* The type of argument number n, as the parser saw it. */
static Oid
argument_type(FunctionCallInfo fcinfo, int n)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, n);

	if (!OidIsValid(type))
		elog(ERROR, "could not determine the type of argument %d", n + 1);
	return type;
}

/* Builds the call site's type information, once per query. */
static IdentCallSite *
make_call_site(FunctionCallInfo fcinfo, int first, bool lenient)
{
	int			nkeys = fcinfo->nargs - first - 1;
	IdentCallSite *site = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt,
											 offsetof(IdentCallSite, types) + nkeys * sizeof(Oid));

	site->variadic = get_fn_expr_variadic(fcinfo->flinfo);
	site->lenient = lenient;
	if (site->variadic)
	{
		Oid			element = get_base_element_type(argument_type(fcinfo, first + 1));

		site->types[0] = key_type(element, lenient);
		get_typlenbyvalalign(element, &site->typlen, &site->typbyval, &site->typalign);
	}
	else
	{
		for (int i = 0; i < nkeys; i++)
			site->types[i] = key_type(argument_type(fcinfo, first + i + 1), lenient);
	}
	fcinfo->flinfo->fn_extra = site;
	return site;
}

/* Adds one canonical text, already UTF-8, behind its length. */
static void
add_utf8(IdentHmac *hmac, const char *string, int length)
{
	uint32		prefix = pg_hton32(length);

	ident_hmac_add(hmac, &prefix, sizeof(prefix));
	ident_hmac_add(hmac, string, length);
}

/* Adds a string in the database's encoding. */
static void
add_string(IdentHmac *hmac, const char *string, int length)
{
	const char *utf8 = ident_to_utf8(string, &length);

	add_utf8(hmac, utf8, length);
	if (utf8 != string)
		pfree((char *) utf8);
}

/* Adds a text, varchar, or (padding removed) char value. */
static void
add_text(IdentHmac *hmac, Datum value, bool padded)
{
	struct varlena *given = (struct varlena *) DatumGetPointer(value);
	struct varlena *string = pg_detoast_datum_packed(given);
	int			length = VARSIZE_ANY_EXHDR(string);

	if (padded)
		length = bpchartruelen(VARDATA_ANY(string), length);
	add_string(hmac, VARDATA_ANY(string), length);
	if (string != given)
		pfree(string);
}

/* Adds an integer of any width. */
static void
add_integer(IdentHmac *hmac, int64 value)
{
	char		buffer[MAXINT8LEN + 1];

	add_utf8(hmac, buffer, pg_lltoa(value, buffer));
}

/*
 * Adds a number without exponent, trailing zeros or a bare point: 1.50 is
 * 1.5, and 1.0 is 1.  Raises an error for NaN and the infinities.
 */
static void
add_numeric(IdentHmac *hmac, Datum value)
{
	Numeric		number = DatumGetNumeric(value);
	char	   *digits;
	int			length;

	if (numeric_is_nan(number) || numeric_is_inf(number))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("an id cannot be made of NaN or infinity")));
	digits = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number)));
	length = strlen(digits);
	if (strchr(digits, '.') != NULL)
	{
		while (digits[length - 1] == '0')
			length--;
		if (digits[length - 1] == '.')
			length--;
	}
	add_utf8(hmac, digits, length);
	pfree(digits);
	if ((Pointer) number != DatumGetPointer(value))
		pfree(number);
}

/* Adds a uuid in its usual form, lower case with hyphens. */
static void
add_uuid(IdentHmac *hmac, const pg_uuid_t *uuid)
{
	static const char digits[] = "0123456789abcdef";
	char		buffer[UUID_TEXT_LENGTH];
	char	   *next = buffer;

	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*next++ = '-';
		*next++ = digits[uuid->data[i] >> 4];
		*next++ = digits[uuid->data[i] & 0x0F];
	}
	add_utf8(hmac, buffer, UUID_TEXT_LENGTH);
}

/*
 * Adds a date (2024-02-29) or an instant (2024-02-29T08:00:00.5+00:00, always
 * in UTC).  Raises an error for the infinities.
 *
 * The server's JSON encoder is used because DateStyle and TimeZone do not
 * reach it when the zone is given.
 */
static void
add_time(IdentHmac *hmac, Datum value, Oid type)
{
	const int	utc = 0;
	char		buffer[MAXDATELEN + 1];
	bool		infinite;

	if (type == DATEOID)
		infinite = DATE_NOT_FINITE(DatumGetDateADT(value));
	else
		infinite = TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(value));
	if (infinite)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("an id cannot be made of an infinite date or time")));
	JsonEncodeDateTime(buffer, value, type, &utc);
	add_utf8(hmac, buffer, strlen(buffer));
}

/* Adds one key; type comes from key_type. */
static void
add_key(IdentHmac *hmac, Oid type, Datum value)
{
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
			add_text(hmac, value, false);
			break;
		case BPCHAROID:
			add_text(hmac, value, true);
			break;
		case NAMEOID:
		case UNKNOWNOID:		/* an untyped literal is a C string, too */
			add_string(hmac, DatumGetCString(value), strlen(DatumGetCString(value)));
			break;
		case INT2OID:
			add_integer(hmac, DatumGetInt16(value));
			break;
		case INT4OID:
			add_integer(hmac, DatumGetInt32(value));
			break;
		case INT8OID:
			add_integer(hmac, DatumGetInt64(value));
			break;
		case NUMERICOID:
			add_numeric(hmac, value);
			break;
		case BOOLOID:
			if (DatumGetBool(value))
				add_utf8(hmac, "true", 4);
			else
				add_utf8(hmac, "false", 5);
			break;
		case UUIDOID:
			add_uuid(hmac, DatumGetUUIDP(value));
			break;
		default:
			Assert(type == DATEOID || type == TIMESTAMPTZOID);
			add_time(hmac, value, type);
			break;
	}
}

/* Has a value of a type canonical text? */
static bool
has_text(Oid type, Datum value)
{
	switch (type)
	{
		case InvalidOid:
			return false;
		case NUMERICOID:
			return !numeric_is_nan(DatumGetNumeric(value)) && !numeric_is_inf(DatumGetNumeric(value));
		case DATEOID:
			return !DATE_NOT_FINITE(DatumGetDateADT(value));
		case TIMESTAMPTZOID:
			return !TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(value));
		default:
			return true;
	}
}

/*
 * Adds one key to a call's message; false when there is nothing to add and the
 * call must raise no error.
 */
static bool
add_call_key(IdentHmac *hmac, const IdentCallSite *site, Oid type, Datum value)
{
	if (site->lenient && !has_text(type, value))
		return false;
	add_key(hmac, type, value);
	return true;
}

/*
 * Adds the elements of VARIADIC array, in storage order.  Gives false when
 * one is NULL; raises an error when there is none.
 */
static bool
add_array(IdentHmac *hmac, const IdentCallSite *site, Datum value)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	deconstruct_array(array, ARR_ELEMTYPE(array), site->typlen, site->typbyval,
					  site->typalign, &elements, &nulls, &count);
	if (count == 0 && site->lenient)
		return false;
	if (count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an id needs at least one key")));
	for (int i = 0; i < count; i++)
	{
		if (nulls[i] || !add_call_key(hmac, site, site->types[0], elements[i]))
			return false;
	}
	return true;
}

/* Adds the kind and all keys.  Gives false when one of them is NULL. */
static bool
add_message(IdentHmac *hmac, FunctionCallInfo fcinfo, int first, const IdentCallSite *site)
{
	for (int i = first; i < fcinfo->nargs; i++)
		if (PG_ARGISNULL(i))
			return false;
	add_text(hmac, PG_GETARG_DATUM(first), false);
	if (site->variadic)
		return add_array(hmac, site, PG_GETARG_DATUM(first + 1));
	for (int i = first + 1; i < fcinfo->nargs; i++)
		if (!add_call_key(hmac, site, site->types[i - first - 1], PG_GETARG_DATUM(i)))
			return false;
	return true;
}

/* Computes the id of a call, as the two functions below say. */
static bool
compute_id(FunctionCallInfo fcinfo, int first, bool lenient, pg_uuid_t *out)
{
	IdentCallSite *site = fcinfo->flinfo->fn_extra;
	IdentHmac	hmac;
	uint8		mac[IDENT_MAC_LENGTH];

	if (unlikely(site == NULL))
		site = make_call_site(fcinfo, first, lenient);
	if (!lenient)
		ident_secret_use(fcinfo->flinfo->fn_oid);
	else if (!ident_secret_use_if_any(fcinfo->flinfo->fn_oid))
		return false;
	ident_hmac_begin(&hmac);
	if (!add_message(&hmac, fcinfo, first, site))
		return false;
	ident_hmac_end(&hmac, mac);
	memcpy(out->data, mac, UUID_LEN);
	out->data[6] = (out->data[6] & 0x0F) | 0x80;	/* version 8 */
	out->data[8] = (out->data[8] & 0x3F) | 0x80;	/* variant 10 */
	return true;
}

/*
 * Computes the id for the arguments of a call (kind text, VARIADIC keys "any"),
 * of which kind is number `first`, counted from 0.
 * Gives false, and leaves *out alone, when one of them is NULL.  Keeps type
 * information in fn_extra; checks no privilege.  Raises an error for a type
 * or value without canonical text.
 */
bool
ident_compute_id(FunctionCallInfo fcinfo, int first, pg_uuid_t *out)
{
	return compute_id(fcinfo, first, false, out);
}

/*
 * The same for a call that must raise no error whatever its keys hold: false
 * also where there is no canonical text or no secret.
 */
bool
ident_compute_id_if_any(FunctionCallInfo fcinfo, int first, pg_uuid_t *out)
{
	return compute_id(fcinfo, first, true, out);
}

/* The function fhir_id, given any of the extension's functions. */
Oid
ident_id_function(Oid function)
{
	static Oid	given = InvalidOid;
	static Oid	known = InvalidOid;
	static uint64 generation = 0;
	Oid			types[] = {TEXTOID, ANYOID};

	if (given != function || generation != base_function_generation)
	{
		given = InvalidOid;
		generation = base_function_generation;
		known = base_extension_function(function, "fhir_id", lengthof(types), types);
		given = function;
	}
	return known;
}

/*
 * The form of fhir_id that mappings call: it needs no EXECUTE, but a first
 * argument of the private type that is given here.
 */
Oid
ident_id_in_mapping(Oid function, Oid marker_type)
{
	Oid			types[] = {marker_type, TEXTOID, ANYOID};

	return base_extension_function(function, "fhir_bridge_id_in_mapping", lengthof(types), types);
}

/*
 * fhir_id(kind text, VARIADIC key "any") RETURNS uuid
 *
 * Strict, and NULL also for a NULL inside VARIADIC array.
 */
Datum
fhir_bridge_fhir_id(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));

	if (!ident_compute_id(fcinfo, 0, result))
		PG_RETURN_NULL();
	PG_RETURN_UUID_P(result);
}
