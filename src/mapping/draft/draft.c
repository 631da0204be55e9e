/*
 * draft.c
 *		fhir_map_draft: a first template for a relation; and why it is so.
 *
 * The draft is JSON, which has no comments: what could not be used is summed up
 * in a NOTICE, and each guess with its reason is in the rows of
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

/* An error for a relation that looks like no resource; guessing one would be worse. */
static void
refuse_relation(Draft *draft)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("relation \"%s\" looks like no resource that can be drafted", draft->table),
			 draft->instead != NULL ? errdetail("Its name is that of %s, as which it cannot be drafted.", draft->instead) : 0,
			 errhint("Name the resource when you know it, as in fhir_map_draft(%s, 'Observation'). Drafts are known for %s.",
					 quote_literal_cstr(draft->qualified), draft_known_resources())));
}

/* Drafts the template that a call of either function asks for. */
static Draft *
make_draft(FunctionCallInfo fcinfo)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	Oid			relation;
	Draft	   *draft;
	int			rows = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2);

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("relation must not be null")));
	if (rows < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows must not be negative")));
	relation = PG_GETARG_OID(0);
	mapping_check_has_rows(relation);
	draft = draft_begin(function, relation, PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)),
						draft_load_mappings(function, relation), rows);
	if (draft->resource == NULL)
		refuse_relation(draft);
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

/* Names up to this many columns that are not used; more are only counted. */
#define NAMED_COLUMNS 5

/* Says what the draft leaves out, and what it asks, in one notice. */
static void
report_draft(Draft *draft)
{
	StringInfoData names;
	char	   *message;
	char	   *detail = NULL;
	int			unused = 0;
	int			open = list_length(draft->questions) + (draft->condition != NULL && draft->condition[0] == '?');
	ListCell   *lc;

	initStringInfo(&names);
	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);

		if (!is_used(draft, column) && unused++ < NAMED_COLUMNS)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", column->sql);
		else if (is_used(draft, column) && column->decide != NULL)
			open++;
	}
	if (unused == 0 && open == 0)
		return;
	if (unused == 0)
		message = psprintf("all %d columns used", list_length(draft->columns));
	else if (unused <= NAMED_COLUMNS)
		message = psprintf("columns not used: %s", names.data);
	else
		message = psprintf("%d of %d columns used", list_length(draft->columns) - unused, list_length(draft->columns));
	if (open == 1)
		detail = "One thing is for you to decide before the draft is complete.";
	else if (open > 1)
		detail = psprintf("%d things are for you to decide before the draft is complete.", open);
	ereport(NOTICE,
			(errmsg_internal("%s", message),
			 detail ? errdetail_internal("%s", detail) : 0,
			 errhint("SELECT * FROM fhir_map_draft_columns(%s) says why, and what to decide.",
					 quote_literal_cstr(draft->qualified))));
}

/* Says what is doubtful about the ids, and that times need a zone. */
static void
report_doubts(Draft *draft)
{
	if (draft->key_is_other)
		ereport(NOTICE,
				(errmsg("a row of \"%s\" is not one %s: the id is made of %s, which several rows may have",
						draft->table, draft->resource, ((DraftColumn *) linitial(draft->key))->sql),
				 errhint("Map a view with one row for each %s.", draft->resource)));
	else if (draft->key_is_guessed)
		ereport(NOTICE,
				(errmsg("relation \"%s\" has no primary key: the id is a guess", draft->table),
				 errhint("Make the id of columns that are unique together.")));
	if (!draft->may_call_id)
		ereport(NOTICE,
				(errmsg("you may not call fhir_id: ids are made by md5_uuid, which is not private"),
				 errhint("GRANT EXECUTE ON FUNCTION fhir_id, then draft again.")));
	if (draft->needs_zone)
		ereport(NOTICE,
				(errmsg("times of \"%s\" have no zone, and the draft does not guess it", draft->table),
				 errhint("Give it to fhir_map, as in timezone => 'Asia/Taipei'.")));
}

/*
 * fhir_map_draft(relation regclass, resource text, rows integer) RETURNS json
 *		A template for fhir_map.
 *
 * resource NULL guesses the type; what looks like none is an error that lists
 * them.  rows is how many rows may be read to tell what columns hold; 0 or
 * NULL reads none.  What is not known stands in the template as a question,
 * {? ...}, which fhir_map refuses.  Columns without a place, questions and
 * doubts about ids and zones are raised as NOTICEs.
 */
Datum
fhir_bridge_map_draft(PG_FUNCTION_ARGS)
{
	Draft	   *draft = make_draft(fcinfo);

	report_doubts(draft);
	report_draft(draft);
	PG_RETURN_TEXT_P(cstring_to_text(draft_print(draft)));
}

/* Adds a row; any text but the reason may be NULL. */
static void
put_row(ReturnSetInfo *result, const char *const *texts)
{
	Datum		values[6] = {0};
	bool		nulls[6] = {false};

	for (int i = 0; i < lengthof(values); i++)
	{
		nulls[i] = texts[i] == NULL;
		if (texts[i] != NULL)
			values[i] = CStringGetTextDatum(texts[i]);
	}
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Adds a row for one use of a column, or for none. */
static void
add_row(ReturnSetInfo *result, Draft *draft, const DraftColumn *column, const DraftUse *use)
{
	const char *texts[] = {
		column->name,
		format_type_be(column->declared),
		use != NULL ? draft_node_path(draft, use->node) : NULL,
		use != NULL ? use->expression : NULL,
		use != NULL ? use->reason : column->unused,
		use == NULL || strstr(use->expression, "fhir_code(") != NULL ? column->decide : NULL,
	};

	put_row(result, texts);
}

/* Adds a row for a question. */
static void
add_question(ReturnSetInfo *result, Draft *draft, const DraftQuestion *question)
{
	const char *texts[] = {
		NULL,
		NULL,
		draft_node_path(draft, question->node),
		question->node->value,
		"R4 wants it, or its value says nothing without it; no column tells it",
		question->text,
	};

	put_row(result, texts);
}

/*
 * fhir_map_draft_columns(relation regclass, resource text, rows integer)
 *			RETURNS TABLE (column_name, type, path, expression, reason, decide)
 *		What fhir_map_draft makes of each column: one row for each place that it
 *		has got, or one without a path for a column that is not used; then one
 *		without a column for each question.  decide says what the author has to
 *		decide.
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
	foreach(lc, draft->questions)
		add_question(result, draft, lfirst(lc));
	return (Datum) 0;
}
