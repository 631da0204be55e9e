/*
 * invert_range.c
 *		Dates and numbers of the template within bounds.
 *
 * A date or time in a column is a value of one width, a day or an instant, so
 * that what a prefix asks of its range is an interval of values: one or two
 * comparisons, which an index serves.  Values that FHIR cannot hold (infinite,
 * before year 1) are not written, and stay outside every interval.  Where such a
 * value is an error of its row, an interval that reaches that far has no end: the
 * row makes no resource, and is told of as a faulty one.  It is more than a
 * comparison less: the planner looks into the index for the last value of a
 * column whenever a comparison goes beyond what it has sampled.  So it is with
 * numbers that are none.
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "search/invert/invert.h"

/* The first day of year 1 and that after year 9999, since 2000. */
#define FIRST_DAY	(date2j(1, 1, 1) - POSTGRES_EPOCH_JDATE)
#define LAST_DAY	(date2j(10000, 1, 1) - POSTGRES_EPOCH_JDATE)

/* How a date stands in the database. */
typedef struct DateLeaf
{
	const SearchSource *source;
	Node	   *expression;
	Oid			type;			/* date, timestamp, timestamptz */
	bool		day;			/* written as a day */
	pg_tz	   *zone;
} DateLeaf;

/* From low to before high, in days or microseconds as the leaf is written. */
typedef struct Within
{
	int64		low;
	int64		high;
} Within;

/* What the template has for a date; false when it is no column of a time. */
static bool
find_leaf(const SearchSource *source, const TemplateNode *node, DateLeaf *leaf)
{
	leaf->source = source;
	leaf->expression = invert_expression(node);
	if (leaf->expression == NULL || !invert_is_safe(leaf->expression))
		return false;
	leaf->type = getBaseType(exprType(leaf->expression));
	leaf->day = leaf->type == DATEOID || r4_primitive(node->type) == R4_DATE;
	leaf->zone = source->context.zone;
	return leaf->type == DATEOID || leaf->type == TIMESTAMPOID || leaf->type == TIMESTAMPTZOID;
}

/* The wall's time at an instant. */
static int64
wall_time(TimestampTz time, pg_tz *zone)
{
	int			tz;
	struct pg_tm tm;
	fsec_t		fsec;
	Timestamp	local;

	if (zone == NULL)
		return time;
	if (timestamp2tm(time, &tz, &tm, &fsec, NULL, zone) != 0 || tm2timestamp(&tm, fsec, NULL, &local) != 0)
		return time;
	return local;
}

/* The bound in the leaf's unit: the day that holds it, or the first day that does not begin before. */
static int64
bound(const DateLeaf *leaf, TimestampTz time, bool up)
{
	int64		local;
	int64		day;

	if (!leaf->day)
		return time;
	local = wall_time(time, leaf->zone);
	day = local / USECS_PER_DAY - (local % USECS_PER_DAY < 0);
	return day + (up && day * USECS_PER_DAY < local);
}

/* All values that can be written. */
static Within
all_values(const DateLeaf *leaf)
{
	if (leaf->day)
		return (Within){FIRST_DAY, LAST_DAY};
	return (Within){query_local_time((int64) FIRST_DAY * USECS_PER_DAY, leaf->zone),
					query_local_time((int64) LAST_DAY * USECS_PER_DAY, leaf->zone)};
}

/* expression <operator> a time, of a leaf's own type. */
static Node *
beside(Node *expression, const char *operator, Oid type, int64 time)
{
	return invert_operator(operator, expression, invert_const(type, type == DATEOID ? DateADTGetDatum(time) : Int64GetDatum(time)));
}

/* expression >= low AND expression < high. */
static Node *
between(Node *expression, Oid type, int64 low, int64 high)
{
	return (Node *) makeBoolExpr(AND_EXPR, list_make2(beside(expression, ">=", type, low), beside(expression, "<", type, high)), -1);
}

/*
 * A local time within instants.  Where clocks are set back an earlier instant
 * can have the later local time: it is compared loosely, in a way that an index
 * serves, and then for what instant it is.
 */
static Node *
local_between(const DateLeaf *leaf, Within interval)
{
	Node	   *loose = between(leaf->expression, TIMESTAMPOID, wall_time(interval.low, leaf->zone) - USECS_PER_DAY,
								wall_time(interval.high, leaf->zone) + USECS_PER_DAY);
	const char *zone = leaf->zone != NULL ? pg_get_timezone_name(leaf->zone) : "UTC";
	Node	   *instant = invert_call(InvalidOid, "timezone", list_make2(invert_text_const(zone), leaf->expression));
	CaseExpr   *guarded = makeNode(CaseExpr);
	CaseWhen   *when = makeNode(CaseWhen);

	when->expr = copyObject((Expr *) loose);
	when->result = (Expr *) between(instant, TIMESTAMPTZOID, interval.low, interval.high);
	when->location = -1;
	guarded->casetype = BOOLOID;
	guarded->args = list_make1(when);
	guarded->defresult = (Expr *) makeBoolConst(false, false);
	guarded->location = -1;
	return (Node *) makeBoolExpr(AND_EXPR, list_make2(loose, guarded), -1);
}

/* The same of a leaf, whose end is left open where it is that of all values, and others are errors. */
static Predicate
interval_of(const DateLeaf *leaf, Within interval, bool no_low, bool no_high)
{
	if (leaf->source->plan->on_invalid != ON_INVALID_ERROR || (!no_low && !no_high))
		return predicate_of(between(leaf->expression, leaf->type, interval.low, interval.high), true);
	if (no_low && no_high)
		return invert_there(leaf->source, leaf->expression);
	return predicate_of(no_low ? beside(leaf->expression, "<", leaf->type, interval.high) :
							beside(leaf->expression, ">=", leaf->type, interval.low),
						true);
}

/* The leaf's value is within the interval, cut to what can be written. */
static Predicate
within(const DateLeaf *leaf, Within interval)
{
	Within		all = all_values(leaf);
	bool		no_low = interval.low <= all.low;
	bool		no_high = interval.high >= all.high;

	interval.low = Max(interval.low, all.low);
	interval.high = Min(interval.high, all.high);
	if (interval.low >= interval.high)
		return predicate_constant(false);
	if (leaf->type == TIMESTAMPOID && !leaf->day)
		return predicate_of(local_between(leaf, interval), true);
	if (leaf->day && leaf->type != DATEOID)
	{
		interval.low *= USECS_PER_DAY;
		interval.high *= USECS_PER_DAY;
	}
	if (leaf->day && leaf->type == TIMESTAMPTZOID)
	{
		interval.low = query_local_time(interval.low, leaf->zone);
		interval.high = query_local_time(interval.high, leaf->zone);
	}
	return interval_of(leaf, interval, no_low, no_high);
}

/* What the condition asks, as instants: the range that the text stands for, widened for "ap". */
static bool
wanted_range(const SearchSource *source, const SearchValue *wanted, TimestampTz *low, TimestampTz *high)
{
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	int64		tolerance;
	bool		instant;

	if (!query_date_range(wanted->text, strlen(wanted->text), source->context.zone, low, high, &instant))
		return false;
	if (wanted->prefix == PREFIX_AP)
	{
		tolerance = Max(Max(now - *high, *low - now), 0) / 10;
		*low -= tolerance;
		*high += tolerance;
	}
	return true;
}

/* One date or time. */
static Predicate
date_matches(const SearchSource *source, const TemplateNode *node, const SearchValue *wanted)
{
	DateLeaf	leaf;
	TimestampTz low;
	TimestampTz high;
	Within		all;
	int64		from;			/* the first value whose range begins within */
	int64		until;			/* the first whose range ends outside */

	if (!find_leaf(source, node, &leaf) || !wanted_range(source, wanted, &low, &high))
		return predicate_unknown();
	all = all_values(&leaf);
	from = bound(&leaf, low, true);
	until = bound(&leaf, high, false);
	switch (wanted->prefix)
	{
		case PREFIX_EQ:
			return within(&leaf, (Within){from, until});
		case PREFIX_NE:
			if (from >= until)
				return within(&leaf, all);
			return predicate_or(within(&leaf, (Within){all.low, from}), within(&leaf, (Within){until, all.high}));
		case PREFIX_GT:
			return within(&leaf, (Within){until, all.high});
		case PREFIX_GE:
			return within(&leaf, (Within){Min(from, until), all.high});
		case PREFIX_LT:
			return within(&leaf, (Within){all.low, from});
		case PREFIX_LE:
			return within(&leaf, (Within){all.low, Max(from, until)});
		case PREFIX_SA:
			return within(&leaf, (Within){bound(&leaf, high, true), all.high});
		case PREFIX_EB:
			return within(&leaf, (Within){all.low, bound(&leaf, low, false)});
		case PREFIX_AP:
			return within(&leaf, (Within){bound(&leaf, low, false), bound(&leaf, high, true)});
	}
	return predicate_unknown();
}

/* An end of a Period. */
typedef struct PeriodEnd
{
	bool		there;			/* the template has it */
	DateLeaf	leaf;
	Predicate	written;
} PeriodEnd;

/* Reads an end of a Period; false when it is not simple. */
static bool
read_end(const SearchSource *source, const TemplateNode *period, const char *name, PeriodEnd *end)
{
	const TemplateNode *node = template_member(period, name);

	end->there = node != NULL;
	end->written = predicate_constant(false);
	if (node == NULL)
		return true;
	if (!find_leaf(source, node, &end->leaf))
		return false;
	end->written = within(&end->leaf, all_values(&end->leaf));
	return true;
}

/* The Period begins at a time or later. */
static Predicate
begins_from(const PeriodEnd *start, TimestampTz time)
{
	if (!start->there)
		return predicate_constant(false);
	return within(&start->leaf, (Within){bound(&start->leaf, time, true), PG_INT64_MAX});
}

/* The Period ends at a time or before. */
static Predicate
ends_until(const PeriodEnd *end, TimestampTz time)
{
	if (!end->there)
		return predicate_constant(false);
	return within(&end->leaf, (Within){PG_INT64_MIN, bound(&end->leaf, time, false)});
}

/* A Period, whose missing ends are open. */
static Predicate
period_matches(const SearchSource *source, const TemplateNode *period, const SearchValue *wanted)
{
	PeriodEnd	start;
	PeriodEnd	end;
	TimestampTz low;
	TimestampTz high;
	Predicate	inside;
	Predicate	before;
	Predicate	after;
	Predicate	there;
	Predicate	result = predicate_unknown();

	if (!read_end(source, period, "start", &start) || !read_end(source, period, "end", &end) ||
		!wanted_range(source, wanted, &low, &high))
		return predicate_unknown();
	there = predicate_or(start.written, end.written);
	inside = predicate_and(begins_from(&start, low), ends_until(&end, high));
	after = predicate_not(ends_until(&end, high));	/* goes on behind what is wanted */
	before = predicate_not(begins_from(&start, low));
	switch (wanted->prefix)
	{
		case PREFIX_EQ:
			result = inside;
			break;
		case PREFIX_NE:
			result = predicate_not(inside);
			break;
		case PREFIX_GT:
			result = after;
			break;
		case PREFIX_GE:
			result = predicate_or(after, inside);
			break;
		case PREFIX_LT:
			result = before;
			break;
		case PREFIX_LE:
			result = predicate_or(before, inside);
			break;
		case PREFIX_SA:
			result = begins_from(&start, high);
			break;
		case PREFIX_EB:
			result = ends_until(&end, low);
			break;
		case PREFIX_AP:
			result = predicate_and(predicate_not(begins_from(&start, high)), predicate_not(ends_until(&end, low)));
			break;
	}
	result = predicate_and(there, result);
	result.constant = false;
	return result;
}

/* A date, time or Period of the template. */
Predicate
invert_date(const SearchSource *source, const TemplateNode *node, const SearchValue *wanted)
{
	if (node->kind == TEMPLATE_OBJECT)
		return strcmp(r4_type_name(node->type), "Period") == 0 ? period_matches(source, node, wanted) : predicate_unknown();
	return date_matches(source, node, wanted);
}

/* A date or time of the template is written; known where it is a column. */
Predicate
invert_date_written(const SearchSource *source, const TemplateNode *node)
{
	DateLeaf	leaf;

	/* the order of local times is not always that of the instants */
	if (!find_leaf(source, node, &leaf) || leaf.type == TIMESTAMPOID)
		return predicate_unknown();
	return within(&leaf, all_values(&leaf));
}

/* A bound for a column of whole numbers; false when none of them comes near it. */
static bool
whole_bound(Numeric number, bool up, int64 *value)
{
	Datum		whole = DirectFunctionCall1(up ? numeric_ceil : numeric_floor, NumericGetDatum(number));
	Datum		limit = DirectFunctionCall1(int8_numeric, Int64GetDatum(INT64CONST(1000000000000000000)));

	if (DatumGetInt32(DirectFunctionCall2(numeric_cmp, DirectFunctionCall1(numeric_abs, whole), limit)) > 0)
		return false;
	*value = DatumGetInt64(DirectFunctionCall1(numeric_int8, whole));
	return true;
}

/* expression <operator> number, where the operator is >, >=, < or <=. */
static Predicate
compare(Node *expression, const char *operator, Numeric number)
{
	bool		loose = operator[1] == '=';
	bool		greater = operator[0] == '>';
	int64		whole;
	double		value;

	switch (getBaseType(exprType(expression)))
	{
		case NUMERICOID:
			return predicate_of(invert_operator(operator, expression, invert_const(NUMERICOID, NumericGetDatum(number))), true);
		case INT2OID:
		case INT4OID:
		case INT8OID:
			if (!whole_bound(number, greater == loose, &whole))
				return predicate_unknown();
			return predicate_of(invert_operator(operator, expression, invert_const(INT8OID, Int64GetDatum(whole))), true);
		case FLOAT8OID:
			/* rounding keeps the order: what is written as more is not less here */
			value = strtod(DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number))), NULL);
			return predicate_of(invert_operator(greater ? ">=" : "<=", expression,
												invert_const(FLOAT8OID, Float8GetDatum(value))),
								false);
		default:
			return predicate_unknown();
	}
}

/* A number that can be written: infinite ones and NaN are not, or are errors of their rows. */
static Predicate
is_finite(const SearchSource *source, Node *expression)
{
	Numeric		plus;
	Numeric		minus;

	if (getBaseType(exprType(expression)) != NUMERICOID || source->plan->on_invalid == ON_INVALID_ERROR)
		return invert_there(source, expression);
	plus = DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum("Infinity"), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	minus = DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum("-Infinity"), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	return predicate_and(compare(expression, "<", plus), compare(expression, ">", minus));
}

/* A number of the template. */
Predicate
invert_number(const SearchSource *source, const TemplateNode *node, const SearchValue *wanted)
{
	Node	   *expression = invert_expression(node);
	Predicate	result = predicate_unknown();
	Numeric		low;
	Numeric		high;

	if (expression == NULL || !invert_is_safe(expression))
		return predicate_unknown();
	switch (wanted->prefix)
	{
		case PREFIX_EQ:
			result = predicate_and(compare(expression, ">=", wanted->low), compare(expression, "<", wanted->high));
			break;
		case PREFIX_NE:
			result = predicate_or(compare(expression, "<", wanted->low), compare(expression, ">=", wanted->high));
			break;
		case PREFIX_GT:
		case PREFIX_SA:
			result = compare(expression, ">", wanted->number);
			break;
		case PREFIX_GE:
			result = compare(expression, ">=", wanted->number);
			break;
		case PREFIX_LT:
		case PREFIX_EB:
			result = compare(expression, "<", wanted->number);
			break;
		case PREFIX_LE:
			result = compare(expression, "<=", wanted->number);
			break;
		case PREFIX_AP:
			match_number_bounds(wanted, &low, &high);
			result = predicate_and(compare(expression, ">=", low), compare(expression, "<=", high));
			break;
	}
	/* elsewhere a value may be outside of what the element can hold */
	if (r4_primitive(node->type) != R4_DECIMAL)
		result.exact = false;
	return predicate_and(result, is_finite(source, expression));
}

/* A number of the template is written. */
Predicate
invert_number_written(const SearchSource *source, const TemplateNode *node)
{
	Node	   *expression = invert_expression(node);
	Oid			type = expression != NULL ? getBaseType(exprType(expression)) : InvalidOid;

	if (r4_primitive(node->type) != R4_DECIMAL || !invert_is_safe(expression) ||
		(type != NUMERICOID && type != INT2OID && type != INT4OID && type != INT8OID))
		return predicate_unknown();
	return is_finite(source, expression);
}
