/*
 * code.c
 *		fhir_code, fhir_coding and fhir_concept.
 *
 * The three differ in what they return for the same look-up.  A value that is
 * NULL or blank gives NULL.  A value that the map does not have follows the
 * map's rule; the error names the map, never the value.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/base.h"
#include "json/blank.h"
#include "json/json.h"
#include "codes/code.h"

PG_FUNCTION_INFO_V1(fhir_bridge_code);
PG_FUNCTION_INFO_V1(fhir_bridge_coding);
PG_FUNCTION_INFO_V1(fhir_bridge_concept);

CodeWatch	code_watch = NULL;
void	   *code_watch_arg = NULL;
uint64		code_omissions = 0;

/* What a call site keeps. */
typedef struct CodeSite
{
	uint64		generation;		/* under which map may be used */
	CodeMap    *map;
	Oid			type;			/* base type of the value */
	bool		constant_name;	/* the first argument never changes */
} CodeSite;

/*
 * As what a value is looked up: the base type, ANYENUM for all enums, text for
 * what is stored as text (citext); InvalidOid for what has no plain text.
 */
static Oid
source_type(Oid type)
{
	type = getBaseType(type);
	switch (type)
	{
		case UNKNOWNOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case CHAROID:
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case UUIDOID:
			return type;
		default:
			if (get_typtype(type) == TYPTYPE_ENUM)
				return ANYENUMOID;
			return IsBinaryCoercible(type, TEXTOID) ? TEXTOID : InvalidOid;
	}
}

/* Can values of the type be looked up? */
bool
code_type_is_looked_up(Oid type)
{
	return OidIsValid(source_type(type));
}

/* The type of the second argument, refused when it has no plain text. */
static Oid
value_type(FunctionCallInfo fcinfo)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 1);
	Oid			source = source_type(type);

	if (!OidIsValid(source))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a value of type %s cannot be looked up in a code map", format_type_be(type)),
				 errhint("Cast it to text.")));
	return source;
}

/* The value as the source that maps are written with. */
static CodeSource
value_source(Oid type, Datum value)
{
	char	   *character;
	const char *s;

	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			value = PointerGetDatum(PG_DETOAST_DATUM_PACKED(value));
			return code_source(VARDATA_ANY(DatumGetPointer(value)),
							   VARSIZE_ANY_EXHDR(DatumGetPointer(value)));
		case UNKNOWNOID:
			s = DatumGetCString(value);
			break;
		case NAMEOID:
			s = NameStr(*DatumGetName(value));
			break;
		case CHAROID:
			character = palloc(4);
			return code_source(character, base_char_text(DatumGetChar(value), character));
		case BOOLOID:
			s = DatumGetBool(value) ? "true" : "false";
			break;
		case INT2OID:
			s = psprintf("%d", DatumGetInt16(value));
			break;
		case INT4OID:
			s = psprintf("%d", DatumGetInt32(value));
			break;
		case INT8OID:
			s = psprintf(INT64_FORMAT, DatumGetInt64(value));
			break;
		case NUMERICOID:
			s = DatumGetCString(DirectFunctionCall1(numeric_out, value));
			break;
		case UUIDOID:
			s = DatumGetCString(DirectFunctionCall1(uuid_out, value));
			break;
		default:
			s = DatumGetCString(DirectFunctionCall1(enum_out, value));
			break;
	}
	return code_source(s, strlen(s));
}

/* Does the site hold the map that the call names? */
static bool
site_is_current(CodeSite *site, text *name)
{
	if (site->generation != code_generation())
		return false;
	return site->constant_name ||
		(strncmp(site->map->name, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)) == 0 &&
		 site->map->name[VARSIZE_ANY_EXHDR(name)] == '\0');
}

/* The call site with its map. */
static CodeSite *
get_site(FunctionCallInfo fcinfo)
{
	CodeSite   *site = fcinfo->flinfo->fn_extra;
	text	   *name = PG_GETARG_TEXT_PP(0);

	if (site == NULL)
	{
		Oid			type = value_type(fcinfo);

		site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CodeSite));
		site->type = type;
		site->constant_name = get_fn_expr_arg_stable(fcinfo->flinfo, 0);
		fcinfo->flinfo->fn_extra = site;
	}
	if (site->map == NULL || !site_is_current(site, name))
	{
		site->map = code_map_get(fcinfo->flinfo->fn_oid, text_to_cstring(name));
		site->generation = code_generation();
	}
	return site;
}

/*
 * The entry for the call's value, with its Coding if that is asked for; room is
 * for one of a large map.  NULL when there is none to use: the value is blank,
 * or the map leaves it out; *source says which, and what the value was.  Raises
 * an error where the map says so.
 */
static const CodeEntry *
look_up(FunctionCallInfo fcinfo, CodeSite **site, CodeSource *source, bool coding, CodeEntry *room)
{
	const CodeEntry *entry;

	*site = get_site(fcinfo);
	*source = value_source((*site)->type, PG_GETARG_DATUM(1));
	if (json_is_blank(source->bytes, source->len))
	{
		source->len = 0;
		return NULL;
	}
	entry = code_map_find(fcinfo->flinfo->fn_oid, (*site)->map, *source, coding, room);
	if (entry != NULL)
		return entry;
	if (code_watch != NULL)
		code_watch(code_watch_arg, (*site)->map, *source);
	else if ((*site)->map->unmapped == UNMAPPED_ERROR)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("code map \"%s\" has no entry for a value", (*site)->map->name),
				 errhint("Add it to the map, or let fhir_code_map() say what becomes of others: unmapped => 'omit', 'text' or 'default:<code>'.")));
	if ((*site)->map->unmapped == UNMAPPED_OMIT)
		code_omissions++;
	return (*site)->map->fallback;
}

/*
 * fhir_code(map text, value "any") RETURNS text
 *		The FHIR code of a hospital's code.
 */
Datum
fhir_bridge_code(PG_FUNCTION_ARGS)
{
	CodeSite   *site;
	CodeSource	source;
	CodeEntry	room;
	const CodeEntry *entry = look_up(fcinfo, &site, &source, false, &room);
	text	   *code;

	if (entry == NULL)
		PG_RETURN_NULL();
	if (entry == &room)
		PG_RETURN_TEXT_P(entry->code);	/* made for this look-up */
	code = palloc(VARSIZE(entry->code));
	memcpy(code, entry->code, VARSIZE(entry->code));
	PG_RETURN_TEXT_P(code);
}

/*
 * fhir_coding(map text, value "any") RETURNS jsonb
 *		The Coding: system, code, display.
 */
Datum
fhir_bridge_coding(PG_FUNCTION_ARGS)
{
	CodeSite   *site;
	CodeSource	source;
	CodeEntry	room;
	const CodeEntry *entry = look_up(fcinfo, &site, &source, true, &room);
	Jsonb	   *coding;

	if (entry == NULL)
		PG_RETURN_NULL();
	coding = palloc(VARSIZE(entry->coding));
	memcpy(coding, entry->coding, VARSIZE(entry->coding));
	PG_RETURN_JSONB_P(coding);
}

/*
 * fhir_concept(map text, value "any") RETURNS jsonb
 *		The CodeableConcept: the Coding, and the hospital's code as text.
 */
Datum
fhir_bridge_concept(PG_FUNCTION_ARGS)
{
	CodeSite   *site;
	CodeSource	source;
	CodeEntry	room;
	const CodeEntry *entry = look_up(fcinfo, &site, &source, true, &room);
	JsonKey		text_key = {.name = "text", .len = 4};
	JsonKey		coding_key = {.name = "coding", .len = 6};
	const JsonKey *keys[] = {&text_key, &coding_key};
	JsonWriter	writer;

	if (entry == NULL && (source.len == 0 || site->map->unmapped != UNMAPPED_TEXT))
		PG_RETURN_NULL();
	json_writer_init(&writer, JSON_BINARY, CurrentMemoryContext);
	json_writer_reset(&writer);
	json_begin_object(&writer, keys, entry != NULL ? 2 : 1);
	json_string(&writer, source.bytes, source.len);
	if (entry != NULL)
	{
		json_begin_array(&writer, 1);
		json_jsonb(&writer, entry->coding);
		json_end(&writer);
	}
	json_end(&writer);
	return json_finish(&writer);
}
