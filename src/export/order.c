/*
 * order.c
 *		The order of a resumable export, and where it goes on.
 *
 * An id is often the HMAC of a key, so that rows in the order of their ids
 * would be read from all over the table, by an index that nobody else needs.
 * But an id is a function of the columns that its expression reads: rows with
 * different ids differ in these columns.  So the *key* is these columns, in the
 * order in which the expression names them, which mostly is the primary key,
 * and its index gives the order.  The last id written is looked up once, to
 * learn its key; an id that is a bare column is its own key.
 *
 * Another server may sort text otherwise than this one, and be asked to do one
 * of both, the comparison with the last key or the order.  Where a foreign table is
 * read, text is therefore compared by its bytes, which stays here.
 *
 * Keys that compare as equal may still differ, where numbers have trailing zeros
 * or a collation takes no notice of case; the ids' text then orders what is tied.
 *
 * Rows with a NULL in the key cannot be compared with it; where there may be
 * some they are the *rest*, which comes last, in the order of the ids' text.
 * So are all rows, where a column of the key has no order (json).
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "access/relation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#include "base/base.h"
#include "mapping/catalog/rows.h"
#include "export/export.h"

/* Receives the key of the row that was written last. */
typedef struct KeyReceiver
{
	DestReceiver receiver;
	ExportOrder *order;
	MemoryContext context;		/* where the key is kept */
	bool		found;
} KeyReceiver;

/* The node of the id.  Raises an error when the template has none with a value. */
static const PlanNode *
id_node(const MappingPlan *plan)
{
	const PlanNode *node = plan_member(plan->root.root, "id");

	if (node == NULL || (node->kind != PLAN_VALUE && node->kind != PLAN_TEXT))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("mapping \"%s\" has no id that tells its rows apart", plan->fullname)));
	return node;
}

/*
 * May a column of the key be NULL?  Only a table's own constraints say no, and
 * say nothing of tables that inherit it without being partitions.
 */
static bool
key_is_nullable(const ExportOrder *order)
{
	Relation	relation = base_relation_open(order->plan->relation, AccessShareLock);
	char		kind = relation->rd_rel->relkind;
	bool		nullable = (kind != RELKIND_PARTITIONED_TABLE &&
							(kind != RELKIND_RELATION || relation->rd_rel->relhassubclass));
	ListCell   *lc;

	foreach(lc, order->columns)
		nullable |= !base_column_is_not_null(RelationGetDescr(relation), lfirst_int(lc) - 1);
	relation_close(relation, NoLock);
	return nullable;
}

/* Appends the columns of the key, joined by a word. */
static void
append_key(ExportSql *sql, const ExportOrder *order, const char *suffix, const char *between)
{
	ListCell   *lc;

	foreach(lc, order->columns)
	{
		appendStringInfo(&sql->text, "%sthis.%s", foreach_current_index(lc) > 0 ? between : "",
						 quote_identifier(order->plan->column_names[lfirst_int(lc) - 1]));
		if (list_member_int(order->bytewise, lfirst_int(lc)))
			appendStringInfoString(&sql->text, " COLLATE pg_catalog.\"C\"");
		appendStringInfoString(&sql->text, suffix);
	}
}

/* Does the source read rows of other servers? */
static bool
reads_foreign(const ExportOrder *order)
{
	ExportSql	sql;

	export_sql_init(&sql, order->function);
	appendStringInfoString(&sql.text, "SELECT ");
	append_key(&sql, order, "", ", ");
	export_source_from(&sql, order->plan);
	return export_sql_reads_foreign(&sql);
}

/*
 * Learns how the columns of the key compare: by their type's operator class for
 * btree, which also says whether equal values are the same.
 */
static void
find_comparison(ExportOrder *order)
{
	List	   *collated = NIL;
	ListCell   *lc;

	foreach(lc, order->columns)
	{
		Oid			type;
		int32		typmod;
		Oid			collation;
		TypeCacheEntry *entry;
		Oid			equal_image;

		get_atttypetypmodcoll(order->plan->relation, lfirst_int(lc), &type, &typmod, &collation);
		if (OidIsValid(collation))
			collated = lappend_int(collated, lfirst_int(lc));
		entry = lookup_type_cache(type, TYPECACHE_LT_OPR);
		order->unordered |= !OidIsValid(entry->lt_opr);
		equal_image = !OidIsValid(entry->btree_opf) ? InvalidOid :
			get_opfamily_proc(entry->btree_opf, entry->btree_opintype, entry->btree_opintype, BTEQUALIMAGE_PROC);
		order->ties |= !OidIsValid(equal_image) ||
			!DatumGetBool(OidFunctionCall1Coll(equal_image, collation, ObjectIdGetDatum(entry->btree_opintype)));
	}
	if (collated != NIL && reads_foreign(order))
		order->bytewise = collated;
}

/* Finds the columns of the key. */
static void
find_key(ExportOrder *order)
{
	const PlanNode *id = id_node(order->plan);

	/* these raise an error for a sub-select */
	if (id->kind == PLAN_VALUE)
		(void) export_source_value(order->plan, id->slot);
	for (int i = 0; i < id->nparts; i++)
		if (id->parts[i].slot != NULL)
			(void) export_source_value(order->plan, id->parts[i].slot);
	rows_add_columns(order->plan, id, &order->columns);
	if (order->columns == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("id of mapping \"%s\" reads no column", order->plan->fullname)));
	if (list_member_int(order->columns, InvalidAttrNumber))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("id of mapping \"%s\" uses the row as a whole", order->plan->fullname),
				 errhint("Such rows have no order in which an export can go on.")));
	order->nullable = key_is_nullable(order);
	find_comparison(order);
}

/* Is the text of a value, as SQL casts it, also how it is written as an id? */
static bool
casts_as_written(const Encoder *encoder)
{
	switch (encoder->kind)
	{
		case ENCODE_TEXT:
		case ENCODE_BPCHAR:
		case ENCODE_NAME:
		case ENCODE_ENUM:
		case ENCODE_UUID:
		case ENCODE_INT2:
		case ENCODE_INT4:
		case ENCODE_INT8:
		case ENCODE_NUMERIC:
			return !encoder->array;
		default:
			return false;
	}
}

/* Appends a slot's value as text. */
static void
append_slot_text(ExportSql *sql, const ExportOrder *order, const PlanSlot *slot)
{
	if (!casts_as_written(&slot->encoder))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("id of mapping \"%s\" has a part of type %s, which cannot be compared",
						order->plan->fullname, format_type_be(slot->encoder.type)),
				 errhint("Make the id of text, numbers and uuids.")));
	export_sql_node(sql, export_source_value(order->plan, slot));
	appendStringInfoString(&sql->text, "::pg_catalog.text");
}

/* Appends the id as text. */
static void
append_id_text(ExportSql *sql, const ExportOrder *order)
{
	const PlanNode *id = id_node(order->plan);

	appendStringInfoChar(&sql->text, '(');
	if (id->kind == PLAN_VALUE)
		append_slot_text(sql, order, id->slot);
	for (int i = 0; i < id->nparts; i++)
	{
		if (i > 0)
			appendStringInfoString(&sql->text, " || ");
		if (id->parts[i].slot != NULL)
			append_slot_text(sql, order, id->parts[i].slot);
		else
			export_sql_text(sql, id->parts[i].text);
	}
	appendStringInfoString(&sql->text, ") COLLATE pg_catalog.\"C\"");
}

/* Is the text an integer, or a uuid, as an id is written? */
static bool
is_integer(const char *s)
{
	size_t		n = strspn(s, "-0123456789");

	return n > 0 && n < 19 && s[n] == '\0' && strchr(s + 1, '-') == NULL && strcmp(s, "-") != 0;
}

static bool
is_uuid(const char *s)
{
	return strlen(s) == 36 && strspn(s, "-0123456789abcdef") == 36 &&
		s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' &&
		strspn(s, "0123456789abcdef") == 8;
}

/*
 * The last id as a constant that compares with the value as an index on it
 * does; NULL when it must be compared as text.
 */
static Node *
typed_after(const ExportOrder *order, const PlanSlot *slot)
{
	switch (slot->encoder.kind)
	{
		case ENCODE_TEXT:
			if ((slot->encoder.type != TEXTOID && slot->encoder.type != VARCHAROID) ||
				!get_collation_isdeterministic(exprCollation(export_source_value(order->plan, slot))))
				return NULL;
			return (Node *) makeConst(TEXTOID, -1, get_typcollation(TEXTOID), -1,
									  CStringGetTextDatum(order->after), false, false);
		case ENCODE_UUID:
			if (!is_uuid(order->after))
				return NULL;
			return (Node *) makeConst(UUIDOID, -1, InvalidOid, UUID_LEN,
									  DirectFunctionCall1(uuid_in, CStringGetDatum(order->after)),
									  false, false);
		case ENCODE_INT2:
		case ENCODE_INT4:
		case ENCODE_INT8:
			if (!is_integer(order->after))
				return NULL;
			return (Node *) makeConst(INT8OID, -1, InvalidOid, sizeof(int64),
									  Int64GetDatum(strtoll(order->after, NULL, 10)), false, FLOAT8PASSBYVAL);
		default:
			return NULL;
	}
}

/* Appends the condition that a row has the last id. */
static void
append_is_after(ExportSql *sql, const ExportOrder *order)
{
	const PlanNode *id = id_node(order->plan);
	Node	   *typed = id->kind == PLAN_VALUE ? typed_after(order, id->slot) : NULL;

	if (typed != NULL)
	{
		export_sql_node(sql, export_source_indexed(sql, export_source_value(order->plan, id->slot)));
		appendStringInfoString(&sql->text, " = ");
		export_sql_node(sql, typed);
	}
	else
	{
		append_id_text(sql, order);
		appendStringInfoString(&sql->text, " = ");
		export_sql_text(sql, order->after);
	}
}

/* Takes the key of the row that was written last. */
static bool
receive_key(TupleTableSlot *slot, DestReceiver *self)
{
	KeyReceiver *receiver = (KeyReceiver *) self;
	ExportOrder *order = receiver->order;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);

	slot_getallattrs(slot);
	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(slot->tts_tupleDescriptor, i);
		Datum		value = slot->tts_isnull[i] ? (Datum) 0 :
			datumCopy(slot->tts_values[i], attribute->attbyval, attribute->attlen);

		order->in_rest |= slot->tts_isnull[i];
		order->bound = lappend(order->bound,
							   makeConst(attribute->atttypid, attribute->atttypmod, attribute->attcollation,
										 attribute->attlen, value, slot->tts_isnull[i], attribute->attbyval));
	}
	MemoryContextSwitchTo(old);
	receiver->found = true;
	return false;
}

/* Looks the key of the last id up. */
static void
find_bound(ExportOrder *order)
{
	KeyReceiver receiver = {.order = order, .context = CurrentMemoryContext};
	ExportSql	sql;
	ExportRun	run;

	export_receiver_init(&receiver.receiver, receive_key);
	export_sql_init(&sql, order->function);
	appendStringInfoString(&sql.text, "SELECT ");
	append_key(&sql, order, "", ", ");
	export_source_from(&sql, order->plan);
	appendStringInfoString(&sql.text, " WHERE ");
	append_is_after(&sql, order);
	export_run_begin(&run, &sql, &receiver.receiver, false);
	export_run_rows(&run, true);
	export_run_end(&run);
	if (!receiver.found)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no row of mapping \"%s\" has the id given as after", order->plan->fullname),
				 errdetail("It is gone, or this role does not see it, or its id is another now."),
				 errhint("Give the id of an earlier line.")));
}

/*
 * Finds the order of a mapping's rows, and in it the place behind the last id
 * written ("" is the start).  Raises errors when the id has no key, or when no
 * row has the last one; they do not show it.
 */
void
export_order_init(ExportOrder *order, Oid function, const MappingPlan *plan, const char *after)
{
	const PlanNode *id;
	Node	   *typed = NULL;

	memset(order, 0, sizeof(ExportOrder));
	order->plan = plan;
	order->function = function;
	order->after = after;
	find_key(order);
	if (after[0] == '\0')
		return;
	if (order->unordered)
	{
		order->in_rest = true;
		return;
	}
	id = id_node(plan);
	if (id->kind == PLAN_VALUE && id->slot->column > 0)
		typed = typed_after(order, id->slot);
	if (typed != NULL)
		order->bound = list_make1(typed);
	else
		find_bound(order);
}

/* Appends how the id compares with the last. */
static void
append_id_is_later(ExportSql *sql, const ExportOrder *order)
{
	append_id_text(sql, order);
	appendStringInfoString(&sql->text, " > ");
	export_sql_text(sql, order->after);
}

/* Appends how the key compares with the last. */
static void
append_key_compares(ExportSql *sql, const ExportOrder *order, const char *operator)
{
	ListCell   *lc;

	appendStringInfoChar(&sql->text, '(');
	append_key(sql, order, "", ", ");
	appendStringInfo(&sql->text, ") %s (", operator);
	foreach(lc, order->bound)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoString(&sql->text, ", ");
		export_sql_node(sql, lfirst(lc));
	}
	appendStringInfoChar(&sql->text, ')');
}

/*
 * Appends condition and order of the rows without NULLs in their key, after
 * the last.  False: all of them have been written.  The text continues a WHERE
 * that is not empty.
 */
bool
export_order_keyed(ExportSql *sql, const ExportOrder *order)
{
	if (order->in_rest || order->unordered)
		return false;
	if (order->nullable)
	{
		appendStringInfoString(&sql->text, " AND ");
		append_key(sql, order, " IS NOT NULL", " AND ");
	}
	if (order->bound != NIL)
	{
		appendStringInfoString(&sql->text, " AND ");
		append_key_compares(sql, order, order->ties ? ">=" : ">");
		if (order->ties)
		{
			appendStringInfoString(&sql->text, " AND (");
			append_key_compares(sql, order, ">");
			appendStringInfoString(&sql->text, " OR ");
			append_id_is_later(sql, order);
			appendStringInfoChar(&sql->text, ')');
		}
	}
	appendStringInfoString(&sql->text, " ORDER BY ");
	append_key(sql, order, "", ", ");
	if (order->ties)
	{
		appendStringInfoString(&sql->text, ", ");
		append_id_text(sql, order);
	}
	return true;
}

/* The same for the rows that no key orders.  False: there are none. */
bool
export_order_rest(ExportSql *sql, const ExportOrder *order)
{
	if (!order->nullable && !order->unordered)
		return false;
	if (!order->unordered)
	{
		appendStringInfoString(&sql->text, " AND (");
		append_key(sql, order, " IS NULL", " OR ");
		appendStringInfoChar(&sql->text, ')');
	}
	if (order->in_rest)
	{
		appendStringInfoString(&sql->text, " AND ");
		append_id_is_later(sql, order);
	}
	appendStringInfoString(&sql->text, " ORDER BY ");
	append_id_text(sql, order);
	return true;
}
