/*
 * view.c
 *		fhir_resource_view: a view of a mapped relation with the resource as a
 *		column.
 *
 * postgres_fdw sends conditions on columns to the other server, but never a
 * function of the select list.  A foreign table over such a view therefore has
 * the resources made where the rows are, and brings text alone over.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "commands/defrem.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "base/base.h"
#include "export/export.h"

PG_FUNCTION_INFO_V1(fhir_bridge_resource_view);

/*
 * The view's qualified name: as given, in the relation's schema when it has
 * none; by default the relation's name with "_resource".
 */
static char *
view_name(Oid relation, text *given)
{
	char	   *schema = get_namespace_name(get_rel_namespace(relation));
	char	   *name = makeObjectName(get_rel_name(relation), NULL, "resource");

	if (given != NULL)
	{
		char	   *given_schema;

		DeconstructQualifiedName(textToQualifiedNameList(given), &given_schema, &name);
		if (given_schema != NULL)
			schema = given_schema;
	}
	return quote_qualified_identifier(schema, name);
}

/* Runs a statement with the caller's rights. */
static void
run_statement(const char *sql)
{
	if (SPI_execute(sql, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not run a statement of fhir_resource_view");
}

/*
 * fhir_resource_view(mapping text, view text, resource text) RETURNS text
 *		Creates a view of all columns of the mapped relation and one more, a
 *		json, with each row's resource.  Returns its qualified name.
 *
 * The view has its reader's rights.  The caller needs CREATE on its schema.
 * Raises an error when the relation has a column of the resource's name.
 */
Datum
fhir_bridge_resource_view(PG_FUNCTION_ARGS)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	MappingPlan *plan;
	char	   *resource;
	char	   *view;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("mapping and resource must not be null")));
	plan = export_source_open(function, text_to_cstring(PG_GETARG_TEXT_PP(0)), CurrentMemoryContext);
	view = view_name(plan->relation, PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	resource = text_to_cstring(PG_GETARG_TEXT_PP(2));
	if (get_attnum(plan->relation, resource) != InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("relation \"%s\" has a column \"%s\" already", get_rel_name(plan->relation), resource),
				 errhint("Give another name for the column of resources as the third argument.")));

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	run_statement(psprintf("CREATE VIEW %s WITH (security_invoker = true) AS SELECT this.*, %s(this.*, %s) AS %s FROM %s AS this",
						   view,
						   base_extension_name(function, "fhir_json_from_row"),
						   quote_literal_cstr(plan->fullname), quote_identifier(resource),
						   base_relation_name(plan->relation)));
	run_statement(psprintf("COMMENT ON VIEW %s IS %s", view,
						   quote_literal_cstr(psprintf("rows with their resources, by the mapping %s", plan->fullname))));
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text(view));
}
