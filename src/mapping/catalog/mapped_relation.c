/*
 * mapped_relation.c
 *		The type of fhir_mapping.relation: a relation that may be missing.
 *
 * It is written as regclass writes itself, so that a dump has the relation's
 * present name.  But reading a name that is not there is no error, as it would
 * be with regclass, where one such row keeps COPY from loading any: a dump of
 * the extension's schema may be restored before, or without, the schemas whose
 * relations are mapped.  Such a value keeps the name, and waits for a relation
 * that bears it (ddl.c).
 *
 * A value is the relation's OID, in a varlena header; one that waits has
 * InvalidOid and its name behind it.  So the bytes are the same where the
 * relations are, and the index compares them as bytea.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/regproc.h"
#include "utils/varlena.h"

#include "mapping/catalog/mapping.h"

PG_FUNCTION_INFO_V1(fhir_bridge_relation_in);
PG_FUNCTION_INFO_V1(fhir_bridge_relation_out);
PG_FUNCTION_INFO_V1(fhir_bridge_relation_oid);
PG_FUNCTION_INFO_V1(fhir_bridge_relation_of);

/* A value with the OID, or with the name of what is missing. */
static Datum
make_relation(Oid oid, const char *name)
{
	size_t		len = name == NULL ? 0 : strlen(name);
	bytea	   *value = palloc(VARHDRSZ + sizeof(Oid) + len);

	SET_VARSIZE(value, VARHDRSZ + sizeof(Oid) + len);
	memcpy(VARDATA(value), &oid, sizeof(Oid));
	if (len > 0)
		memcpy(VARDATA(value) + sizeof(Oid), name, len);
	return PointerGetDatum(value);
}

/* The value of a relation, as the index has it; in the current context. */
Datum
mapped_relation(Oid relation)
{
	return make_relation(relation, NULL);
}

/* The relation of a value; InvalidOid of one that waits. */
Oid
mapped_relation_oid(Datum value)
{
	bytea	   *bytes = DatumGetByteaPP(value);
	Oid			oid;

	memcpy(&oid, VARDATA_ANY(bytes), sizeof(Oid));
	return oid;
}

/*
 * fhir_bridge_relation_in(cstring) RETURNS fhir_bridge_relation
 *		A number, or a name as SQL has it; a warning where there is no such relation.
 */
Datum
fhir_bridge_relation_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	List	   *names;
	Oid			oid;

	if (text[0] != '\0' && strspn(text, "0123456789") == strlen(text))
		return mapped_relation(DatumGetObjectId(DirectFunctionCall1(oidin, CStringGetDatum(text))));
	names = textToQualifiedNameList(cstring_to_text(text));
	oid = RangeVarGetRelid(makeRangeVarFromNameList(names), NoLock, true);
	if (OidIsValid(oid))
		return mapped_relation(oid);
	ereport(WARNING,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("relation \"%s\" does not exist: its mapping waits for it", NameListToString(names))));
	return make_relation(InvalidOid, NameListToQuotedString(names));
}

/*
 * fhir_bridge_relation_out(fhir_bridge_relation) RETURNS cstring
 *		As regclass; of one that waits its name.
 */
Datum
fhir_bridge_relation_out(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	Oid			oid = mapped_relation_oid(PointerGetDatum(bytes));

	if (OidIsValid(oid))
		return DirectFunctionCall1(regclassout, ObjectIdGetDatum(oid));
	PG_RETURN_CSTRING(pnstrdup(VARDATA_ANY(bytes) + sizeof(Oid), VARSIZE_ANY_EXHDR(bytes) - sizeof(Oid)));
}

/* The cast to oid and to regclass: 0 for one that waits. */
Datum
fhir_bridge_relation_oid(PG_FUNCTION_ARGS)
{
	PG_RETURN_OID(mapped_relation_oid(PG_GETARG_DATUM(0)));
}

/* The cast from regclass. */
Datum
fhir_bridge_relation_of(PG_FUNCTION_ARGS)
{
	return mapped_relation(PG_GETARG_OID(0));
}
