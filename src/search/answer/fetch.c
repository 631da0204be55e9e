/*
 * fetch.c
 *		The rows of one page, from all sources of a type.
 *
 * Rows are in the order of the sort keys, absent values last, then of their
 * source, then of the source's key.  Each source gives its own rows in that
 * order, as many as a page has, behind the row where the last page ended; they
 * are merged here.  To begin behind a row costs the same wherever it stands:
 * the bound's first comparison is one that an index begins at.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "search/answer/answer.h"

/* A value to sort by as those of all sources are compared: an instant, a number, a text. */
Datum
fetch_normal(const SelectionSort *sort, Datum value, const SearchSource *source)
{
	switch (getBaseType(exprType(sort->node)))
	{
		case DATEOID:
			if (DATE_NOT_FINITE(DatumGetDateADT(value)))
				return TimestampTzGetDatum(DATE_IS_NOBEGIN(DatumGetDateADT(value)) ? DT_NOBEGIN : DT_NOEND);
			return TimestampTzGetDatum(query_local_time((int64) DatumGetDateADT(value) * USECS_PER_DAY, source->context.zone));
		case INT2OID:
			return DirectFunctionCall1(int2_numeric, value);
		case INT4OID:
			return DirectFunctionCall1(int4_numeric, value);
		case INT8OID:
			return DirectFunctionCall1(int8_numeric, value);
		default:
			return value;
	}
}

/* Order of two values of one parameter, both there. */
static int
compare_values(ParameterKind kind, Datum a, Datum b)
{
	TimestampTz left;
	TimestampTz right;

	switch (kind)
	{
		case PARAMETER_DATE:
			left = DatumGetTimestampTz(a);
			right = DatumGetTimestampTz(b);
			return left < right ? -1 : left > right;
		case PARAMETER_NUMBER:
		case PARAMETER_QUANTITY:
			return DatumGetInt32(DirectFunctionCall2(numeric_cmp, a, b));
		default:
			return strcmp(TextDatumGetCString(a), TextDatumGetCString(b));
	}
}

/* Order of two hits of different sources. */
static int
compare_hits(const SearchHit *a, const SearchHit *b)
{
	int			i = 0;
	ListCell   *left;
	ListCell   *right;

	forboth(left, a->selection->sorts, right, b->selection->sorts)
	{
		const SelectionSort *sort = lfirst(left);
		int			order;

		if (a->missing[i] != b->missing[i])
			return a->missing[i] ? 1 : -1;
		if (!a->missing[i])
		{
			order = compare_values(sort->sort->parameter->kind,
								   fetch_normal(sort, a->sorts[i], a->selection->source),
								   fetch_normal(lfirst(right), b->sorts[i], b->selection->source));
			if (order != 0)
				return sort->sort->descending ? -order : order;
		}
		i++;
	}
	return a->selection->source->number - b->selection->source->number;
}

/* Two lists of hits in order as one, of which no more than limit are needed. */
static List *
merge(List *a, List *b, int limit)
{
	List	   *merged = NIL;
	int			i = 0;
	int			j = 0;

	while (list_length(merged) < limit && (i < list_length(a) || j < list_length(b)))
	{
		if (j == list_length(b) || (i < list_length(a) && compare_hits(list_nth(a, i), list_nth(b, j)) <= 0))
			merged = lappend(merged, list_nth(a, i++));
		else
			merged = lappend(merged, list_nth(b, j++));
	}
	return merged;
}

/* A value of the position as the source's own type has it, or as near to it as the operator takes. */
static Const *
local_value(const SelectionSort *sort, const SearchSource *source, Const *normal)
{
	Datum		value;

	if (normal->constisnull || getBaseType(exprType(sort->node)) != DATEOID)
		return normal;
	/* the day at whose beginning the instant is, in the source's zone, or the one that it falls on */
	value = DirectFunctionCall2(timestamptz_zone,
								CStringGetTextDatum(source->context.zone != NULL ? pg_get_timezone_name(source->context.zone) : "UTC"),
								normal->constvalue);
	return (Const *) invert_const(DATEOID, DirectFunctionCall1(timestamp_date, value));
}

/* Is the instant of a position exactly where a day of the source begins? */
static bool
is_exact(const SelectionSort *sort, const SearchSource *source, Const *normal, Const *local)
{
	return local == normal || normal->constisnull ||
		DatumGetTimestampTz(fetch_normal(sort, local->constvalue, source)) == DatumGetTimestampTz(normal->constvalue);
}

/* a AND b, where a may be NULL. */
static Node *
and_node(Node *a, Node *b)
{
	return a == NULL ? b : (Node *) makeBoolExpr(AND_EXPR, list_make2(a, b), -1);
}

/* a OR b, where either may be NULL. */
static Node *
or_node(Node *a, Node *b)
{
	if (a == NULL || b == NULL)
		return a == NULL ? b : a;
	return (Node *) makeBoolExpr(OR_EXPR, list_make2(a, b), -1);
}

/*
 * value behind a bound, or equal to it and the rest holds: loosely, which is
 * where an index begins, and not equal unless the rest holds.  Written so, the
 * planner expects as many rows as there are; it would take "value > bound OR
 * ..." beside the loose comparison for a second condition, multiply the two,
 * and loop over what it believes to be one row.
 */
static Node *
behind_or(const char *loosely, Node *value, Node *bound, Node *rest)
{
	return and_node(invert_operator(loosely, value, bound), or_node(invert_operator("<>", value, bound), rest));
}

/* Rows of the same source with a key behind that of the position. */
static Node *
key_behind(const Selection *selection, const SearchPosition *position)
{
	Node	   *behind = NULL;

	for (int i = list_length(selection->key) - 1; i >= 0; i--)
	{
		Node	   *column = list_nth(selection->key, i);
		Node	   *value = list_nth(position->key, i);

		behind = behind == NULL ? invert_operator(">", column, value) : behind_or(">=", column, value, behind);
	}
	return behind != NULL ? behind : makeBoolConst(false, false);
}

/* What is behind the position for rows that are equal to it in all that they are sorted by. */
static Node *
tie_behind(const Selection *selection, const SearchPosition *position)
{
	int			number = selection->source->number;

	if (number != position->source)
		return makeBoolConst(number > position->source, false);
	return key_behind(selection, position);
}

/*
 * The condition that a row of a phase stands behind the position, which is in
 * the same phase.
 */
static Node *
bound_of(const Selection *selection, const SearchPosition *position, SearchPhase phase)
{
	const SearchSource *source = selection->source;
	Node	   *equal = NULL;
	Node	   *behind = NULL;
	const SelectionSort *first = NULL;	/* a column with the value in every row */
	Const	   *first_value = NULL;
	int			skip = phase == PHASE_REST ? 1 : 0;

	for (int i = skip; i < list_length(selection->sorts); i++)
	{
		const SelectionSort *sort = list_nth(selection->sorts, i);
		Const	   *normal = list_nth(position->normal, i);
		Const	   *value = local_value(sort, source, normal);
		bool		exact = is_exact(sort, source, normal, value);
		bool		all_there = i == 0 && phase == PHASE_VALUES;
		const char *operator= sort->sort->descending ? "<" : ">";
		Node	   *after = NULL;

		if (normal->constisnull)
		{
			equal = and_node(equal, invert_is_null(sort->node, false));
			continue;
		}
		if (all_there && exact)
		{
			first = sort;
			first_value = value;
			continue;
		}
		/* an instant within a day: the day itself began before it */
		if (!exact && sort->sort->descending)
			operator= "<=";
		after = invert_operator(operator, sort->node, (Node *) value);
		if (!all_there)
			after = or_node(after, invert_is_null(sort->node, false));
		behind = or_node(behind, and_node(equal, after));
		equal = and_node(equal, exact ? invert_operator("=", sort->node, (Node *) value) : makeBoolConst(false, false));
	}
	behind = or_node(behind, and_node(equal, tie_behind(selection, position)));
	if (first == NULL)
		return behind;
	return behind_or(first->sort->descending ? "<=" : ">=", first->node, (Node *) first_value, behind);
}

/*
 * Rows of a selection behind the position (NULL: from the start), as many as are
 * there or limit, of which the first are needed.  Each statement has the same
 * limit, whatever there is already: a kept one is for its own.
 */
static List *
fetch_selection(const Selection *selection, const SearchPosition *position, int limit)
{
	SearchPhase first = selection->sorts != NIL && ((SelectionSort *) linitial(selection->sorts))->column ?
		PHASE_VALUES : PHASE_ALL;
	List	   *hits = NIL;

	if (first == PHASE_ALL)
		return selection_rows(selection, PHASE_ALL, position != NULL ? bound_of(selection, position, PHASE_ALL) : NULL, limit);
	/* the value of the position's row says which phase it is in, whatever its source has */
	if (position == NULL || !((Const *) linitial(position->normal))->constisnull)
		hits = selection_rows(selection, PHASE_VALUES,
							  position != NULL ? bound_of(selection, position, PHASE_VALUES) : NULL, limit);
	if (list_length(hits) < limit && !((SelectionSort *) linitial(selection->sorts))->always)
	{
		bool		behind = position != NULL && ((Const *) linitial(position->normal))->constisnull;

		hits = list_concat(hits, selection_rows(selection, PHASE_REST,
												behind ? bound_of(selection, position, PHASE_REST) : NULL,
												limit));
	}
	return hits;
}

/*
 * Fetches the rows of the page behind a position (NULL: the first page) into
 * the answer's hits, without resources.  Returns whether there are more.
 */
bool
fetch_page(SearchAnswer *answer, const SearchPosition *position)
{
	int			limit = answer->query->count + 1;
	List	   *hits = NIL;
	bool		more;
	ListCell   *lc;

	foreach(lc, answer->selections)
	{
		const Selection *selection = lfirst(lc);
		bool		sorted = selection->sorts != NIL;

		if (!sorted && (list_length(hits) >= limit || (position != NULL && selection->source->number < position->source)))
			continue;
		hits = merge(hits, fetch_selection(selection, position, limit), limit);
	}
	more = list_length(hits) > answer->query->count;
	answer->hits = list_truncate(hits, answer->query->count);
	return more;
}
