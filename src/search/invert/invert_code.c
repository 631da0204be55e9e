/*
 * invert_code.c
 *		Code maps read backwards: which of the hospital's codes give a code.
 *
 * A map takes white space off its source, and an equality does not: so a
 * source is compared as it is, which an index serves, and where it has white
 * space around it, without that.  A column of char(n) has none behind it.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/base.h"
#include "codes/code.h"
#include "search/invert/invert.h"

/* What code_source() takes off. */
#define SPACES " \t\n\v\f\r"

/* So many sources a condition lists; where more give what is wanted, the resources are judged. */
#define MOST_SOURCES 10000

/* Is the expression a call of the extension's function of a constant map? */
bool
invert_is_code(const SearchSource *source, Node *node, bool whole)
{
	CodeCall	call;

	return code_read_call(node, base_extension_schema(source->function), &call) && call.map != NULL && call.whole == whole;
}

/* expression = ANY (the texts), which is not for an empty list. */
Node *
invert_any_text(Node *expression, List *texts)
{
	ScalarArrayOpExpr *any = makeNode(ScalarArrayOpExpr);
	Oid			type = getBaseType(exprType(expression)) == BPCHAROID ? BPCHAROID : TEXTOID;
	OpExpr	   *equal = (OpExpr *) invert_operator("=", expression, invert_const(type, CStringGetTextDatum("")));
	Datum	   *values = palloc(sizeof(Datum) * list_length(texts));
	ArrayType  *array;
	ListCell   *lc;

	foreach(lc, texts)
		values[foreach_current_index(lc)] = PointerGetDatum(cstring_to_text(lfirst(lc)));
	array = construct_array(values, list_length(texts), type, -1, false, TYPALIGN_INT);
	any->opno = equal->opno;
	any->opfuncid = equal->opfuncid;
	any->useOr = true;
	any->inputcollid = equal->inputcollid;
	any->args = list_make2(linitial(equal->args), invert_const(get_array_type(type), PointerGetDatum(array)));
	any->location = -1;
	return (Node *) any;
}

/* Does an expression say that a column has no white space around it: column = btrim(column, SPACES)? */
static bool
says_trimmed(Node *check, AttrNumber column)
{
	OpExpr	   *equal = (OpExpr *) check;
	ListCell   *lc;

	if (!IsA(check, OpExpr) || list_length(equal->args) != 2 || strcmp(get_opname(equal->opno), "=") != 0)
		return false;
	foreach(lc, equal->args)
	{
		Node	   *side = strip_implicit_coercions(lfirst(lc));
		Node	   *other = strip_implicit_coercions(list_nth(equal->args, 1 - foreach_current_index(lc)));
		FuncExpr   *trim = (FuncExpr *) side;
		Const	   *spaces;
		Node	   *trimmed;

		if (!IsA(side, FuncExpr) || trim->funcid != F_BTRIM_TEXT_TEXT || !IsA(other, Var))
			continue;
		trimmed = strip_implicit_coercions(linitial(trim->args));
		spaces = lsecond(trim->args);
		if (IsA(trimmed, Var) && ((Var *) trimmed)->varattno == column && ((Var *) other)->varattno == column &&
			IsA(spaces, Const) && !spaces->constisnull && strcmp(TextDatumGetCString(spaces->constvalue), SPACES) == 0)
			return true;
	}
	return false;
}

/* Does a CHECK of the table, and of those that inherit it, say that the column has no white space around it? */
static bool
is_checked(const SearchSource *source, AttrNumber column)
{
	Relation	relation = relation_open(source->plan->relation, AccessShareLock);
	TupleConstr *constraints = RelationGetDescr(relation)->constr;
	bool		found = false;

	for (int i = 0; !found && constraints != NULL && i < constraints->num_check; i++)
		found = constraints->check[i].ccvalid && !constraints->check[i].ccnoinherit &&
			says_trimmed(stringToNode(constraints->check[i].ccbin), column);
	relation_close(relation, NoLock);
	return found;
}

/*
 * Is it known that the expression has no white space around one of the sources?
 * A CHECK may say so; and char(n) has no room for it beside a source of n
 * characters.
 */
static bool
is_trimmed(const SearchSource *source, Node *expression, List *sources)
{
	ListCell   *lc;

	if (!IsA(expression, Var))
		return false;
	if (is_checked(source, ((Var *) expression)->varattno))
		return true;
	if (exprType(expression) != BPCHAROID || exprTypmod(expression) < VARHDRSZ)
		return false;
	foreach(lc, sources)
		if (pg_mbstrlen(lfirst(lc)) < exprTypmod(expression) - VARHDRSZ)
			return false;
	return true;
}

/* A text of one of the sources, with white space around or without. */
static Predicate
text_in(const SearchSource *source, Node *expression, List *sources)
{
	Node	   *text = invert_as_text(expression);
	/* char(n) is compared as it is, for its index */
	Node	   *as_it_is = invert_any_text(exprType(expression) == BPCHAROID ? expression : text, sources);
	/* a collation may take different texts for equal */
	bool		exact = !OidIsValid(exprCollation(text)) || get_collation_isdeterministic(exprCollation(text));
	Node	   *trimmed;
	Node	   *blanks;

	if (is_trimmed(source, expression, sources))
		return predicate_of(as_it_is, exact);
	trimmed = invert_call(InvalidOid, "btrim", list_make2(text, invert_text_const(SPACES)));
	blanks = (Node *) makeBoolExpr(AND_EXPR, list_make2(invert_operator("<>", text, trimmed), invert_any_text(trimmed, sources)), -1);
	return predicate_of((Node *) makeBoolExpr(OR_EXPR, list_make2(as_it_is, blanks), -1), exact);
}

/* A column that is no text: one that is written as one of the sources. */
static Predicate
value_in(Node *expression, List *sources)
{
	Predicate	result = predicate_constant(false);
	ListCell   *lc;

	foreach(lc, sources)
		result = predicate_or(result, invert_compare(expression, lfirst(lc)));
	return result;
}

/* A value for which the map has no entry, and its default is wanted: not blank, and none of the sources. */
static Predicate
not_in(Predicate in, Node *expression)
{
	Node	   *text = invert_as_text(expression);
	Predicate	there = predicate_of(invert_is_null(expression, true), true);

	/* other white space than ASCII's makes a blank, too: so it is not exact */
	if (text != NULL)
		there = predicate_of(invert_operator("<>", invert_call(InvalidOid, "btrim", list_make2(text, invert_text_const(SPACES))),
											 invert_text_const("")),
							 false);
	return predicate_and(there, predicate_not(in));
}

/* The sources of entries. */
typedef struct SourceList
{
	const WantedEntries *wanted;
	List	   *sources;		/* char * */
} SourceList;

/* Is an entry one of those that are wanted, if it has the code? */
static bool
meets(const CodeEntry *entry, const WantedEntries *wanted)
{
	return wanted->meets == NULL || wanted->meets(entry, wanted->arg);
}

static void
add_source(const CodeEntry *entry, void *arg)
{
	SourceList *list = arg;

	if (meets(entry, list->wanted))
		list->sources = lappend(list->sources, pnstrdup(entry->source.bytes, entry->source.len));
}

/* The sources of the map's entries that are wanted, as char *. */
static List *
sources_of(const SearchSource *source, CodeMap *map, const WantedEntries *wanted)
{
	SourceList	list = {wanted, NIL};

	code_map_each(source->function, map, wanted->code, add_source, &list);
	return list.sources;
}

/* The expression is one of the sources. */
static Predicate
source_in(const SearchSource *source, Node *expression, List *sources)
{
	if (sources == NIL)
		return predicate_constant(false);
	if (list_length(sources) > MOST_SOURCES)
		return predicate_unknown();
	return invert_as_text(expression) != NULL ? text_in(source, expression, sources) : value_in(expression, sources);
}

/* Does the map's default belong to those that are wanted? */
static bool
wants_default(const CodeMap *map, const WantedEntries *wanted)
{
	return map->fallback != NULL && meets(map->fallback, wanted) &&
		(wanted->code == NULL || strcmp(text_to_cstring(map->fallback->code), wanted->code) == 0);
}

/* The map that a call looks into. */
static CodeMap *
map_of(const SearchSource *source, const FuncExpr *call)
{
	return code_map_get(source->function, TextDatumGetCString(((Const *) linitial(call->args))->constvalue));
}

/* A call of fhir_code, fhir_coding or fhir_concept gives one of the map's entries that are wanted. */
Predicate
invert_code(const SearchSource *source, FuncExpr *call, const WantedEntries *wanted)
{
	CodeMap    *map = map_of(source, call);
	Node	   *expression = lsecond(call->args);
	Predicate	in;

	if (!invert_is_safe(expression))
		return predicate_unknown();
	in = source_in(source, expression, sources_of(source, map, wanted));
	if (!wants_default(map, wanted))
		return in;
	if (map->entries == NULL)
		return predicate_unknown(); /* too many to be listed in a condition */
	return predicate_or(in, not_in(source_in(source, expression, sources_of(source, map, &(WantedEntries){0})), expression));
}

/* A call of fhir_code, fhir_coding or fhir_concept gives something. */
Predicate
invert_code_has_value(const SearchSource *source, FuncExpr *call)
{
	CodeMap    *map = map_of(source, call);

	if (map->entries == NULL || map->unmapped == UNMAPPED_TEXT)
		return predicate_unknown(); /* too many to be listed; or a text stands for those that are not in it */
	return invert_code(source, call, &(WantedEntries){0});
}
