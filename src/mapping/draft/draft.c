/*
 * draft.c
 *		fhir_map_draft: a first template for a relation; and why it is so.
 *
 * The draft is JSON, which has no comments: what could not be used is said in
 * a NOTICE, and each guess with its reason in the rows of
 * fhir_map_draft_columns.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/base.h"
#include "mapping/draft/draft.h"
#include "mapping/catalog/mapping.h"

PG_FUNCTION_INFO_V1(fhir_bridge_map_draft);
PG_FUNCTION_INFO_V1(fhir_bridge_map_draft_columns);

/* Drafts the template that a call of either function asks for. */
static Draft *
make_draft(FunctionCallInfo fcinfo)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	Oid			relation;
	Draft	   *draft;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("relation must not be null")));
	relation = PG_GETARG_OID(0);
	mapping_check_has_rows(relation);
	draft = draft_begin(function, relation, PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)),
						draft_load_mappings(function, relation), true);
	draft_fill(draft);
	return draft;
}

/* Has the column a use? */
static bool
is_used(Draft *draft, const DraftColumn *column)
{
	ListCell   *lc;

	foreach(lc, draft->uses)
		if (((DraftUse *) lfirst(lc))->column == column)
			return true;
	return false;
}

/* Says which columns the draft leaves out. */
static void
report_unused(Draft *draft)
{
	StringInfoData names;
	ListCell   *lc;

	initStringInfo(&names);
	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);

		if (!is_used(draft, column))
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", column->sql);
	}
	if (names.len > 0)
		ereport(NOTICE,
				(errmsg("columns not used: %s", names.data),
				 errhint("SELECT * FROM fhir_map_draft_columns(%s) says why.",
						 quote_literal_cstr(quote_qualified_identifier(get_namespace_name(get_rel_namespace(draft->relation)),
																	   draft->table)))));
}

/* Says what is doubtful about the ids. */
static void
report_id(Draft *draft)
{
	if (draft->key_is_guessed)
		ereport(NOTICE,
				(errmsg("relation \"%s\" has no primary key: the id is a guess", draft->table),
				 errhint("Make the id of columns that are unique together.")));
	if (!draft->may_call_id)
		ereport(NOTICE,
				(errmsg("you may not call fhir_id: ids are made by md5_uuid, which is not private"),
				 errhint("GRANT EXECUTE ON FUNCTION fhir_id, then draft again.")));
}

/*
 * fhir_map_draft(relation regclass, resource text) RETURNS text
 *		A template that fhir_map takes as it stands.
 *
 * resource NULL guesses the type.  Columns without a place, and doubts about
 * the id, are raised as NOTICEs.
 */
Datum
fhir_bridge_map_draft(PG_FUNCTION_ARGS)
{
	Draft	   *draft = make_draft(fcinfo);

	report_id(draft);
	report_unused(draft);
	PG_RETURN_TEXT_P(cstring_to_text(draft_print(draft)));
}

/* Adds a row for one use of a column, or for none. */
static void
add_row(ReturnSetInfo *result, Draft *draft, const DraftColumn *column, const DraftUse *use)
{
	Datum		values[5] = {0};
	bool		nulls[5] = {false};

	values[0] = CStringGetTextDatum(column->name);
	values[1] = CStringGetTextDatum(format_type_be(column->declared));
	nulls[2] = nulls[3] = use == NULL;
	if (use != NULL)
	{
		values[2] = CStringGetTextDatum(draft_node_path(draft, use->node));
		values[3] = CStringGetTextDatum(use->expression);
	}
	values[4] = CStringGetTextDatum(use != NULL ? use->reason : column->unused);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * fhir_map_draft_columns(relation regclass, resource text) RETURNS TABLE
 *			(column_name, type, path, expression, reason)
 *		What fhir_map_draft makes of each column: one row for each place that it
 *		has got, or one without a path for a column that is not used.
 */
Datum
fhir_bridge_map_draft_columns(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Draft	   *draft = make_draft(fcinfo);
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);
		ListCell   *cell;

		foreach(cell, draft->uses)
			if (((DraftUse *) lfirst(cell))->column == column)
				add_row(result, draft, column, lfirst(cell));
		if (!is_used(draft, column))
			add_row(result, draft, column, NULL);
	}
	return (Datum) 0;
}
