/*
 * since.c
 *		What has changed: a mapping's meta.lastUpdated as a predicate.
 *
 * The expression behind meta.lastUpdated is compared on the source table, so
 * that an index on the column serves.  It is compared as it is written: a
 * local time in the mapping's time zone.  Where the element is left out, nobody
 * knows when the row was changed, and it is handed over.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "export/export.h"

/* The slot behind meta.lastUpdated; meta itself in *meta.  An error when there is none. */
static const PlanSlot *
find_slot(const MappingPlan *plan, const PlanNode **meta)
{
	const PlanNode *node;

	*meta = plan_member(plan->root.root, "meta");
	node = plan_member(*meta, "lastUpdated");
	if (node == NULL || node->kind != PLAN_VALUE)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("mapping \"%s\" has no meta.lastUpdated to compare", plan->fullname),
				 errhint("Add \"meta\": {\"lastUpdated\": \"{...}\"} with the column that tells when a row was changed.")));
	if (node->slot->encoder.array ||
		(node->slot->encoder.kind != ENCODE_TIMESTAMPTZ && node->slot->encoder.kind != ENCODE_TIMESTAMP))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("meta.lastUpdated of mapping \"%s\" is no timestamp that can be compared", plan->fullname),
				 errhint("Give it as timestamptz, or as timestamp with the mapping's time zone.")));
	return node->slot;
}

static void
append_since(ExportSql *sql, TimestampTz since)
{
	export_sql_node(sql, (Node *) makeConst(TIMESTAMPTZOID, -1, InvalidOid, sizeof(TimestampTz),
											TimestampTzGetDatum(since), false, FLOAT8PASSBYVAL));
}

/*
 * Appends an expression of the template.  It must not be evaluated where a $if
 * above it is false: what it would raise there is no fault.
 */
static void
append_guarded(ExportSql *sql, const MappingPlan *plan, Node *node, const PlanNode *const *guards, int nguards)
{
	bool		guarded = false;

	for (int i = 0; i < nguards; i++)
	{
		if (guards[i]->condition.expression < 0)
			continue;
		appendStringInfoString(&sql->text, guarded ? " AND " : "CASE WHEN ");
		export_sql_node(sql, export_source_expression(plan, guards[i]->condition.expression));
		guarded = true;
	}
	if (guarded)
		appendStringInfoString(&sql->text, " THEN ");
	export_sql_node(sql, node);
	if (guarded)
		appendStringInfoString(&sql->text, " END");
}

/* Appends the value; a column stands bare, for an index. */
static void
append_value(ExportSql *sql, const MappingPlan *plan, const PlanSlot *slot, const PlanNode *meta)
{
	const PlanNode *guards[] = {plan->root.root, meta};

	append_guarded(sql, plan, export_source_value(plan, slot), guards, slot->column > 0 ? 0 : lengthof(guards));
}

/* Appends " OR " what is true where meta.lastUpdated is not written. */
static void
append_unknown(ExportSql *sql, const MappingPlan *plan, const PlanSlot *slot, const PlanNode *meta)
{
	const PlanNode *guards[] = {plan->root.root};

	appendStringInfoString(&sql->text, " OR ");
	append_value(sql, plan, slot, meta);
	appendStringInfoString(&sql->text, " IS NULL");
	if (slot->column == 0 || meta->condition.expression < 0)
		return;
	appendStringInfoString(&sql->text, " OR (");
	append_guarded(sql, plan, export_source_expression(plan, meta->condition.expression), guards, lengthof(guards));
	appendStringInfoString(&sql->text, ") IS NOT TRUE");
}

/*
 * Appends the condition that a row was changed at since or later.  Rows whose
 * time is unknown may have been, and none is to be lost: they are changed, too.
 *
 * A local time is first compared loosely, in a way that an index serves: when
 * clocks are set back, an earlier instant can have the later local time.
 */
void
export_since(ExportSql *sql, const MappingPlan *plan, TimestampTz since)
{
	const PlanNode *meta;
	const PlanSlot *slot = find_slot(plan, &meta);

	appendStringInfoString(&sql->text, "((");
	if (slot->encoder.kind == ENCODE_TIMESTAMP)
	{
		const char *zone = plan->zone.tz == NULL ? "UTC" : pg_get_timezone_name(plan->zone.tz);

		append_value(sql, plan, slot, meta);
		appendStringInfoString(&sql->text, " >= pg_catalog.timezone(");
		export_sql_text(sql, zone);
		appendStringInfoString(&sql->text, ", ");
		append_since(sql, since);
		appendStringInfoString(&sql->text, ") - '1 day'::pg_catalog.interval AND pg_catalog.timezone(");
		export_sql_text(sql, zone);
		appendStringInfoString(&sql->text, ", ");
		append_value(sql, plan, slot, meta);
		appendStringInfoChar(&sql->text, ')');
	}
	else
		append_value(sql, plan, slot, meta);
	appendStringInfoString(&sql->text, " >= ");
	append_since(sql, since);
	appendStringInfoChar(&sql->text, ')');
	append_unknown(sql, plan, slot, meta);
	appendStringInfoChar(&sql->text, ')');
}
