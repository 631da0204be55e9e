/*
 * chain.c
 *		Conditions on other resources: chains, _has, and the keys of references.
 *
 * A reference and the id that it points to are made of the same key by the same
 * call of fhir_id.  So a chain becomes a comparison of key columns,
 *
 *		(lab.chart_no) IN (SELECT id_no FROM patient WHERE ...)
 *
 * which the planner joins as it would a user's, and no id is computed.  Where
 * the two are not made so, or a condition is not exact in SQL, the other
 * resources are found first, and the references are compared with what was
 * found.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "base/base.h"
#include "search/select/select.h"

/* Are two types compared by one operator, and equal just where their ids are? */
static bool
types_agree(Oid a, Oid b)
{
	a = getBaseType(a);
	b = getBaseType(b);
	if ((a == TEXTOID || a == VARCHAROID) && (b == TEXTOID || b == VARCHAROID))
		return true;
	if ((a == INT2OID || a == INT4OID || a == INT8OID) && (b == INT2OID || b == INT4OID || b == INT8OID))
		return true;
	return a == b && (a == BPCHAROID || a == UUIDOID || a == BOOLOID);
}

/* Walker: true at a Param. */
static bool
has_param(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, Param) || expression_tree_walker(node, has_param, context);
}

/* Can two calls of fhir_id be compared by their keys?  Other kinds make other ids. */
static bool
calls_compare(const FuncExpr *a, const FuncExpr *b)
{
	if (list_length(a->args) != list_length(b->args) || invert_id_kind(a) == NULL || invert_id_kind(b) == NULL ||
		strcmp(invert_id_kind(a), invert_id_kind(b)) != 0)
		return false;
	for (int i = 2; i < list_length(a->args); i++)
	{
		Node	   *left = list_nth(a->args, i);
		Node	   *right = list_nth(b->args, i);

		if (!types_agree(exprType(left), exprType(right)) || !invert_is_safe(left) || !invert_is_safe(right) ||
			has_param(right, NULL))
			return false;
	}
	return true;
}

/*
 * (keys of outer) IN (SELECT keys of inner FROM relation WHERE condition),
 * where inner and condition are of the relation's rows.
 */
static Node *
keys_in(Oid function, const FuncExpr *outer, const FuncExpr *inner, Oid relation, Node *condition)
{
	StringInfoData sql;
	int			n = list_length(outer->args) - 2;
	Oid		   *types = palloc(sizeof(Oid) * (2 * n + 1));
	List	   *nodes = NIL;
	Query	   *query;
	int			nestlevel;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT (");
	for (int i = 0; i < n; i++)
	{
		appendStringInfo(&sql, "%s$%d", i > 0 ? ", " : "", i + 1);
		nodes = lappend(nodes, list_nth(outer->args, i + 2));
	}
	appendStringInfoString(&sql, ") IN (SELECT ");
	for (int i = 0; i < n; i++)
	{
		appendStringInfo(&sql, "%s$%d", i > 0 ? ", " : "", n + i + 1);
		nodes = lappend(nodes, list_nth(inner->args, i + 2));
	}
	appendStringInfo(&sql, " FROM %s AS this WHERE $%d)", base_relation_name(relation), 2 * n + 1);
	nodes = lappend(nodes, invert_tidy(list_make1(condition)));
	for (int i = 0; i <= 2 * n; i++)
		types[i] = exprType(list_nth(nodes, i));
	nestlevel = base_pin_search_path(function);
	query = parse_analyze_fixedparams(linitial_node(RawStmt, pg_parse_query(sql.data)), sql.data, types, 2 * n + 1, NULL);
	AtEOXact_GUC(true, nestlevel);
	return base_replace_params((Node *) ((TargetEntry *) linitial(query->targetList))->expr, 1, nodes);
}

/* A source that a chain may lead to, and what is asked of it. */
typedef struct ChainTarget
{
	SearchSource *source;
	Predicate	where;
} ChainTarget;

/* InvertJudge: a reference's text that points to one of the targets (List of ChainTarget). */
static Predicate
judge_chain_text(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	Node	   *expression;
	const char *prefix = invert_reference_prefix(node, &expression);
	FuncExpr   *call = expression != NULL ? invert_id_call(source, expression) : NULL;
	Predicate	result = predicate_constant(false);
	ListCell   *lc;

	if (prefix == NULL || call == NULL || prefix[strlen(prefix) - 1] != '/' || strchr(prefix, ':') != NULL)
		return predicate_unknown();
	foreach(lc, (List *) arg)
	{
		const ChainTarget *target = lfirst(lc);
		FuncExpr   *own = invert_own_id_call(target->source);

		if (strlen(target->source->type) != strlen(prefix) - 1 ||
			strncmp(target->source->type, prefix, strlen(prefix) - 1) != 0 || predicate_is(target->where, false))
			continue;
		if (own == NULL || !target->where.exact || !calls_compare(call, own))
			return predicate_unknown();
		result = predicate_or(result, predicate_of(keys_in(source->function, call, own, target->source->plan->relation,
														   target->where.node),
												   true));
	}
	return result;
}

/* InvertJudge: a reference that points to one of the targets. */
static Predicate
judge_chain(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	if (node->kind != TEMPLATE_OBJECT)
		return predicate_unknown();
	return invert_members(source, node, "reference", judge_chain_text, arg);
}

/*
 * A condition's predicate on a source with what makes its rows resources.  Rows
 * that raise other faults of their own are seen as they are in the table.
 */
static Predicate
shown_where(SearchSource *source, SearchCondition *condition, ChainSelect select)
{
	return predicate_and(predicate_and(invert_shown(source), invert_complete(source)), chain_predicate(source, condition, select));
}

/* A chain as a comparison of keys. */
static Predicate
chain_by_keys(const SearchSource *source, SearchCondition *condition, ChainSelect select)
{
	List	   *targets = NIL;
	Predicate	result = predicate_constant(false);
	ListCell   *lc;

	foreach(lc, condition->chain)
	{
		SearchCondition *next = lfirst(lc);
		ListCell   *one;

		foreach(one, sources_open(source->all, next->resource))
		{
			ChainTarget *target = palloc(sizeof(ChainTarget));

			target->source = lfirst(one);
			target->where = shown_where(target->source, next, select);
			targets = lappend(targets, target);
		}
	}
	foreach(lc, condition->parameter->paths)
		result = predicate_or(result, invert_path(source, lfirst(lc), judge_chain, targets));
	return result;
}

/* The references of one type in a source of a _has. */
typedef struct HasReferences
{
	const char *type;			/* that they point to */
	List	   *calls;			/* FuncExpr */
	bool		simple;
} HasReferences;

/* InvertJudge: notes the call that makes a reference's id, which is there when its keys are. */
static Predicate
judge_has_text(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	HasReferences *references = (HasReferences *) arg;
	Node	   *expression;
	const char *prefix = invert_reference_prefix(node, &expression);
	FuncExpr   *call = expression != NULL ? invert_id_call(source, expression) : NULL;
	Predicate	there = predicate_constant(true);

	if (prefix == NULL || call == NULL || prefix[strlen(prefix) - 1] != '/' || has_param((Node *) call, NULL))
	{
		references->simple = false;
		return predicate_unknown();
	}
	if (strlen(references->type) != strlen(prefix) - 1 || strncmp(references->type, prefix, strlen(prefix) - 1) != 0)
		return predicate_constant(false);
	references->calls = lappend(references->calls, call);
	for (int i = 2; i < list_length(call->args); i++)
		there = predicate_and(there, invert_there(source, list_nth(call->args, i)));
	return there;
}

/* InvertJudge: the same of a reference. */
static Predicate
judge_has(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	if (node->kind == TEMPLATE_OBJECT)
		return invert_members(source, node, "reference", judge_has_text, arg);
	((HasReferences *) arg)->simple = false;
	return predicate_unknown();
}

/* A _has as a comparison of keys. */
static Predicate
has_by_keys(const SearchSource *source, SearchCondition *condition, ChainSelect select)
{
	FuncExpr   *own = invert_own_id_call(source);
	Predicate	result = predicate_constant(false);
	ListCell   *lc;

	if (own == NULL)
		return predicate_unknown();
	foreach(lc, sources_open(source->all, condition->has->resource))
	{
		SearchSource *other = lfirst(lc);
		HasReferences references = {source->type, NIL, true};
		Predicate	where = predicate_constant(false);
		ListCell   *path;

		foreach(path, condition->parameter->paths)
			where = predicate_or(where, invert_path(other, lfirst(path), judge_has, &references));
		if (predicate_is(where, false))
			continue;
		where = predicate_and(where, shown_where(other, condition->has, select));
		if (!references.simple || list_length(references.calls) != 1 || !where.exact ||
			!calls_compare(own, linitial(references.calls)))
			return predicate_unknown();
		result = predicate_or(result, predicate_of(keys_in(source->function, own, linitial(references.calls),
														   other->plan->relation, where.node),
												   true));
	}
	return result;
}

/* MatchVisitor's argument: where references go. */
typedef struct ReferenceTaker
{
	const MatchContext *context;
	HTAB	   *keys;
} ReferenceTaker;

/* MatchVisitor: notes what a reference points to. */
static bool
take_reference(JsonbValue *value, const ParameterPath *path, void *arg)
{
	ReferenceTaker *taker = arg;
	char	   *key = match_reference_target(taker->context, value);

	if (key != NULL)
		match_keys_add(taker->keys, key);
	return false;
}

/* Finds the resources of a condition, and notes them, or with a parameter what they point to. */
static void
note_found(SearchSources *all, SearchCondition *condition, const Parameter *parameter, HTAB *keys, ChainSelect select)
{
	ListCell   *lc;

	foreach(lc, sources_open(all, condition->resource))
	{
		Selection  *selection = select(lfirst(lc), list_make1(condition), NIL);
		List	   *hits = selection_rows(selection, PHASE_ALL, NULL, PG_INT32_MAX);
		ReferenceTaker taker = {&selection->source->context, keys};
		ListCell   *one;

		hits_map(hits, JSON_BINARY, NULL);
		foreach(one, hits)
		{
			Jsonb	   *resource = ((SearchHit *) lfirst(one))->resource;
			ListCell   *path;
			char	   *id = resource != NULL ? match_member_text(&resource->root, "id") : NULL;

			if (id != NULL && parameter == NULL)
				match_keys_add(keys, psprintf("%s/%s", condition->resource, id));
			foreach(path, id != NULL && parameter != NULL ? parameter->paths : NIL)
				(void) match_walk(&resource->root, &resource->root, lfirst(path), take_reference, &taker);
		}
	}
}

/* Finds what a chain or a _has is about, once for the search. */
static void
find_references(const SearchSource *source, SearchCondition *condition, ChainSelect select)
{
	ListCell   *lc;

	if (condition->references != NULL)
		return;
	condition->references = match_keys_create();
	if (condition->has != NULL)
		note_found(source->all, condition->has, condition->parameter, condition->references, select);
	foreach(lc, condition->chain)
		note_found(source->all, lfirst(lc), NULL, condition->references, select);
}

/*
 * A condition as a predicate on the source's rows; those of other resources are
 * looked up where they must be, by selections that select makes.
 */
Predicate
chain_predicate(const SearchSource *source, SearchCondition *condition, ChainSelect select)
{
	Predicate	result;

	if (condition->chain == NIL && condition->has == NULL)
		return source->careful ? predicate_unknown() : invert_condition(source, condition);
	if (source->careful)
		result = predicate_unknown();
	else
		result = condition->has != NULL ? has_by_keys(source, condition, select) : chain_by_keys(source, condition, select);
	if (!result.exact)
	{
		find_references(source, condition, select);
		if (hash_get_num_entries(condition->references) == 0)
			return predicate_constant(false);
	}
	return result;
}

/* Receives the keys of one row. */
typedef struct KeyReceiver
{
	DestReceiver receiver;
	bool		found;			/* there was a row */
	List	   *texts;			/* char *; NIL: no row, or a key that has no text */
	MemoryContext context;
} KeyReceiver;

/* A key as fhir_id writes it; NULL for types for which that is not as simple. */
static char *
key_text(Oid type, Datum value)
{
	switch (getBaseType(type))
	{
		case TEXTOID:
		case VARCHAROID:
			return TextDatumGetCString(value);
		case BPCHAROID:
			return TextDatumGetCString(DirectFunctionCall1(rtrim1, value));
		case INT2OID:
			return psprintf("%d", DatumGetInt16(value));
		case INT4OID:
			return psprintf("%d", DatumGetInt32(value));
		case INT8OID:
			return psprintf(INT64_FORMAT, DatumGetInt64(value));
		case UUIDOID:
			return DatumGetCString(DirectFunctionCall1(uuid_out, value));
		case BOOLOID:
			return DatumGetBool(value) ? "true" : "false";
		default:
			return NULL;
	}
}

static bool
receive_key(TupleTableSlot *slot, DestReceiver *self)
{
	KeyReceiver *receiver = (KeyReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);

	slot_getallattrs(slot);
	receiver->found = true;
	receiver->texts = NIL;
	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
	{
		char	   *text = slot->tts_isnull[i] ? NULL :
			key_text(TupleDescAttr(slot->tts_tupleDescriptor, i)->atttypid, slot->tts_values[i]);

		if (text == NULL)
		{
			receiver->texts = NIL;
			break;
		}
		receiver->texts = lappend(receiver->texts, text);
	}
	MemoryContextSwitchTo(old);
	return false;				/* the first row's will do */
}

/* IdWrite: the keys that the id is made of. */
static bool
select_key(ExportSql *sql, const SearchSource *source, const char *id)
{
	FuncExpr   *call = invert_own_id_call(source);
	Predicate	where = invert_id_equals(source, call, id);

	if (!where.exact || predicate_is(where, false))
		return false;
	export_sql_init(sql, source->function);
	for (int i = 2; i < list_length(call->args); i++)
	{
		appendStringInfoString(&sql->text, i == 2 ? "SELECT " : ", ");
		export_sql_node(sql, list_nth(call->args, i));
	}
	appendStringInfo(&sql->text, " FROM %s AS this WHERE ", base_relation_name(source->plan->relation));
	export_sql_node(sql, where.node);
	return true;
}

/* Finds the keys that a source's id is made of, or notes that no row is seen to have it. */
static void
find_key(const SearchSource *source, SearchValue *value)
{
	FuncExpr   *call = invert_own_id_call(source);
	KeyReceiver receiver = {.texts = NIL, .context = CurrentMemoryContext};
	SearchKey  *key;
	SearchAbsent *absent;

	if (call == NULL || invert_id_kind(call) == NULL)
		return;
	export_receiver_init(&receiver.receiver, receive_key);
	if (!by_id_run(source, &source->plan->facts->find, value->id, select_key, &receiver.receiver))
		return;
	if (!receiver.found)
	{
		absent = palloc(sizeof(SearchAbsent));
		absent->type = source->type;
		absent->kind = invert_id_kind(call);
		absent->relation = source->plan->relation;
		absent->own = call;
		value->absent = lappend(value->absent, absent);
	}
	if (receiver.texts == NIL)
		return;
	key = palloc(sizeof(SearchKey));
	key->type = source->type;
	key->kind = invert_id_kind(call);
	key->texts = receiver.texts;
	value->keys = lappend(value->keys, key);
}

/* Looks for the keys of the resource that a value points to, in all types that it may have. */
static void
resolve_value(SearchSources *all, const SearchCondition *condition, SearchValue *value)
{
	ListCell   *lc;

	if (value->id == NULL || strlen(value->id) != 36 || value->keys != NIL)
		return;
	foreach(lc, sources_types(all->function))
	{
		const char *type = lfirst(lc);
		ListCell   *one;

		if (value->type != NULL ? strcmp(value->type, type) != 0 : !parameter_may_target(condition->parameter, type))
			continue;
		foreach(one, sources_open(all, type))
			find_key(lfirst(one), value);
	}
}

/*
 * Looks up the keys of all resources that conditions name by their id, once
 * before a search: by these the referring rows are found.
 */
void
chain_resolve(SearchSources *all, List *conditions)
{
	ListCell   *lc;

	foreach(lc, conditions)
	{
		SearchCondition *condition = lfirst(lc);
		ListCell   *value;

		if (condition->has != NULL)
			chain_resolve(all, list_make1(condition->has));
		chain_resolve(all, condition->chain);
		if (condition->parameter->kind != PARAMETER_REFERENCE || condition->modifier == MODIFIER_IDENTIFIER)
			continue;
		foreach(value, condition->values)
			resolve_value(all, condition, lfirst(value));
	}
}
