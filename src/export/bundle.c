/*
 * bundle.c
 *		fhir_bundle: an aggregate that makes a Bundle of resources.
 *
 * The result is json: a jsonb container ends at 256 MB.  Each row's entry is
 * written where it stays, so that time and memory are those of the result.
 *
 * A partial Bundle of a parallel worker would have to pass through a bytea,
 * and its order would be lost: the aggregate has no combine function and runs
 * above the workers.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "nodes/execnodes.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/base.h"
#include "json/json.h"
#include "export/bundle.h"

PG_FUNCTION_INFO_V1(fhir_bridge_bundle_json);
PG_FUNCTION_INFO_V1(fhir_bridge_bundle_jsonb);
PG_FUNCTION_INFO_V1(fhir_bridge_bundle_row);
PG_FUNCTION_INFO_V1(fhir_bridge_bundle_finish);

/* What an aggregate's call site keeps from row to row. */
typedef struct BundleSite
{
	JsonBuffer	scratch;		/* text of a jsonb */
	FmgrInfo	from_row;		/* fhir_json_from_row(record) */
	bool		read;			/* the rows are known to be read from their relation */
} BundleSite;

/* Reads the type argument: a type of Bundle, and for some a method. */
static void
read_type(Bundle *bundle, const text *given)
{
	static const struct
	{
		const char *name;
		BundleType	type;
		bool		post;
	}			types[] = {
		{"collection", BUNDLE_COLLECTION, false},
		{"searchset", BUNDLE_SEARCHSET, false},
		{"batch", BUNDLE_BATCH, false},
		{"batch PUT", BUNDLE_BATCH, false},
		{"batch POST", BUNDLE_BATCH, true},
		{"transaction", BUNDLE_TRANSACTION, false},
		{"transaction PUT", BUNDLE_TRANSACTION, false},
		{"transaction POST", BUNDLE_TRANSACTION, true},
	};
	const char *name = text_to_cstring(given);

	for (int i = 0; i < lengthof(types); i++)
	{
		if (strcmp(types[i].name, name) != 0)
			continue;
		bundle->type = types[i].type;
		bundle->post = types[i].post;
		return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("type of a Bundle cannot be \"%s\"", name),
			 errhint("Allowed are collection, searchset, batch, batch POST, transaction and transaction POST; without POST a batch or transaction uses PUT.")));
}

/* Reads the base argument. */
static void
read_base(Bundle *bundle, const text *given)
{
	char	   *base = text_to_cstring(given);
	int			len = strlen(base);

	while (len > 0 && base[len - 1] == '/')
		base[--len] = '\0';
	for (int i = 0; i < len; i++)
		if ((unsigned char) base[i] <= ' ' || base[i] == '"' || base[i] == '\\')
			len = 0;
	if (len == 0 || (strncmp(base, "http://", 7) != 0 && strncmp(base, "https://", 8) != 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("base of a Bundle is no URL"),
				 errhint("Give the address of a FHIR server, such as https://fhir.example/r4.")));
	bundle->base = base;
	bundle->baselen = len;
}

/* An empty Bundle in the aggregate's memory, of the type that a row asks for. */
static Bundle *
make_bundle(FunctionCallInfo fcinfo, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	Bundle	   *bundle = palloc0(sizeof(Bundle));

	if (PG_NARGS() > 2)
	{
		if (PG_ARGISNULL(2))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("type of a Bundle must not be null")));
		bundle->given_type = PG_GETARG_TEXT_P_COPY(2);
		read_type(bundle, bundle->given_type);
	}
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
		read_base(bundle, PG_GETARG_TEXT_PP(3));
	bundle_begin(bundle, context);
	bundle->maxentries = bundle->maxreferences = 64;
	bundle->entries = palloc(sizeof(BundleEntry) * bundle->maxentries);
	bundle->references = palloc(sizeof(BundleReference) * bundle->maxreferences);
	MemoryContextSwitchTo(old);
	return bundle;
}

/* The state of the aggregate, made at its first row. */
static Bundle *
get_bundle(FunctionCallInfo fcinfo)
{
	MemoryContext context;
	Bundle	   *bundle;
	text	   *type;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "fhir_bundle called outside of an aggregate");
	if (PG_ARGISNULL(0))
		return make_bundle(fcinfo, context);
	bundle = (Bundle *) PG_GETARG_POINTER(0);
	if (PG_NARGS() <= 2)
		return bundle;
	type = PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2);
	if (type == NULL || VARSIZE_ANY_EXHDR(type) != VARSIZE_ANY_EXHDR(bundle->given_type) ||
		memcmp(VARDATA_ANY(type), VARDATA_ANY(bundle->given_type), VARSIZE_ANY_EXHDR(type)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("type of a Bundle changes from row to row"),
				 errhint("GROUP BY the type makes a Bundle of each.")));
	return bundle;
}

/* What the call site keeps, made at its first row. */
static BundleSite *
get_site(FunctionCallInfo fcinfo)
{
	BundleSite *site = fcinfo->flinfo->fn_extra;

	if (site == NULL)
	{
		site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(BundleSite));
		json_buffer_init(&site->scratch, fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = site;
	}
	return site;
}

/*
 * Is a string an id (or a type) as FHIR writes it, of at most max bytes, and
 * so needs no escape?  Without branches, which no processor could guess in a
 * uuid, and in bytes, of which a compiler takes many at once.
 */
static bool
is_token(const char *s, Size len, Size max)
{
	uint8		good = 1;

	if (len < 1 || len > max)
		return false;
	for (Size i = 0; i < len; i++)
	{
		uint8		c = s[i];
		uint8		letter = (uint8) ((c | 0x20) - 'a') < 26;
		uint8		digit = (uint8) (c - '0') < 10;

		good &= letter | digit | (c == '-') | (c == '.');
	}
	return good != 0;
}

/* Raises an error when a resource cannot be an entry. */
static void
check_entry(const Bundle *bundle, const BundleName *name)
{
	if (name->type == NULL || !is_token(name->type, name->typelen, BUNDLE_MAX_TYPE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("entry %d of a Bundle is no FHIR resource", bundle->nentries + 1),
				 errdetail("It has no \"resourceType\" with a type's name.")));
	if (name->id != NULL && !is_token(name->id, name->idlen, BUNDLE_MAX_ID))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("id of entry %d of a Bundle is no FHIR id", bundle->nentries + 1),
				 errdetail("An id has 1 to 64 letters, digits, hyphens and dots.")));
	if (name->id == NULL && bundle_has_requests(bundle) && !bundle->post)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("entry %d of a Bundle has no id, which PUT needs", bundle->nentries + 1),
				 errhint("With the type \"%s POST\" the server gives it one.",
						 bundle->type == BUNDLE_BATCH ? "batch" : "transaction")));
}

/* Adds a resource, as text of n bytes. */
static void
add_resource(Bundle *bundle, const char *json, Size n)
{
	BundleName	name;

	if (bundle->nentries == bundle->maxentries)
	{
		bundle->maxentries *= 2;
		bundle->entries = repalloc_huge(bundle->entries, sizeof(BundleEntry) * bundle->maxentries);
	}
	bundle->entries[bundle->nentries].references = bundle->nreferences;
	bundle_scan(bundle, json, n, &name);
	check_entry(bundle, &name);
	bundle_write_entry(bundle, &name, json, n);
}

/*
 * fhir_bridge_bundle_json(state internal, resource json [, type text [, base text]])
 *		RETURNS internal
 *		Adds a resource; NULL is none.
 */
Datum
fhir_bridge_bundle_json(PG_FUNCTION_ARGS)
{
	Bundle	   *bundle = get_bundle(fcinfo);

	if (!PG_ARGISNULL(1))
	{
		text	   *json = PG_GETARG_TEXT_PP(1);

		add_resource(bundle, VARDATA_ANY(json), VARSIZE_ANY_EXHDR(json));
	}
	PG_RETURN_POINTER(bundle);
}

/*
 * fhir_bridge_bundle_jsonb(state internal, resource jsonb [, type text [, base text]])
 *		RETURNS internal
 *		The same, of jsonb: as compact text.
 */
Datum
fhir_bridge_bundle_jsonb(PG_FUNCTION_ARGS)
{
	Bundle	   *bundle = get_bundle(fcinfo);

	if (!PG_ARGISNULL(1))
	{
		BundleSite *site = get_site(fcinfo);

		json_buffer_reset(&site->scratch);
		json_append_jsonb(&site->scratch, PG_GETARG_JSONB_P(1));
		add_resource(bundle, site->scratch.data, site->scratch.len);
	}
	PG_RETURN_POINTER(bundle);
}

/* Finds fhir_json_from_row(record) for a call site. */
static void
find_from_row(BundleSite *site, FunctionCallInfo fcinfo)
{
	Oid			types[] = {RECORDOID};

	fmgr_info_cxt(base_extension_function(fcinfo->flinfo->fn_oid, "fhir_json_from_row", lengthof(types), types),
				  &site->from_row, fcinfo->flinfo->fn_mcxt);
}

/*
 * Are the rows that the aggregate gets known to be read from their relation?
 * Then row-level security has let them pass, see ROW_IS_READ.  The aggregate's
 * argument is a whole row, as it was written, of an entry of the query's range
 * table; one that the planner has made is not known.
 */
static bool
rows_are_read(FunctionCallInfo fcinfo, Oid type)
{
	Aggref	   *aggregate = AggGetAggref(fcinfo);
	Var		   *row = aggregate != NULL ? (Var *) linitial_node(TargetEntry, aggregate->args)->expr : NULL;
	EState	   *estate;
	RangeTblEntry *rte;

	if (row == NULL || !IsA(row, Var) || row->varnosyn == 0 || row->varattnosyn != 0 || row->vartype != type)
		return false;
	estate = castNode(AggState, fcinfo->context)->ss.ps.state;
	if (row->varnosyn > estate->es_range_table_size)
		return false;
	rte = exec_rt_fetch(row->varnosyn, estate);
	return rte->rtekind == RTE_RELATION && get_rel_type_id(rte->relid) == type;
}

/*
 * fhir_bridge_bundle_row(state internal, mapped record [, type text [, base text]])
 *		RETURNS internal
 *		The same, of a row of a relation with one mapping.
 */
Datum
fhir_bridge_bundle_row(PG_FUNCTION_ARGS)
{
	Bundle	   *bundle = get_bundle(fcinfo);
	BundleSite *site = get_site(fcinfo);
	LOCAL_FCINFO(call, 1);
	text	   *json;

	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(bundle);
	if (HeapTupleHeaderGetTypeId(PG_GETARG_HEAPTUPLEHEADER(1)) == RECORDOID)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the row is of no relation, so its mapping is not known"),
				 errhint("Write fhir_bundle(fhir_json_from_row(row, 'mapping')).")));
	if (!OidIsValid(site->from_row.fn_oid))
	{
		find_from_row(site, fcinfo);
		site->read = rows_are_read(fcinfo, HeapTupleHeaderGetTypeId(PG_GETARG_HEAPTUPLEHEADER(1)));
	}
	InitFunctionCallInfoData(*call, &site->from_row, 1, site->read ? site->from_row.fn_oid : InvalidOid, NULL, NULL);
	call->args[0].value = PG_GETARG_DATUM(1);
	call->args[0].isnull = false;
	json = (text *) DatumGetPointer(FunctionCallInvoke(call));
	if (!call->isnull)
		add_resource(bundle, VARDATA_ANY(json), VARSIZE_ANY_EXHDR(json));
	PG_RETURN_POINTER(bundle);
}

/*
 * fhir_bridge_bundle_finish(state internal) RETURNS json
 *		The Bundle; NULL when there were no rows at all.  Rows may be added
 *		afterwards, and it may be called again.  Raises an error when two
 *		entries are the same resource, and when the Bundle would be larger than
 *		a value can be.
 */
Datum
fhir_bridge_bundle_finish(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(bundle_finish((Bundle *) PG_GETARG_POINTER(0)));
}
