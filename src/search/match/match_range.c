/*
 * match_range.c
 *		Dates, numbers and quantities: ranges against ranges.
 *
 * A date stands for a range of time; a time with seconds is taken as an
 * instant.  What a prefix asks is said of the two ranges, as R4 has it.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "search/match/match.h"

/*
 * Does the range from low to before high stand to the wanted one as the prefix
 * says?  "ap" widens what is wanted by a tenth of its distance to now.
 */
bool
match_period(SearchPrefix prefix, TimestampTz wanted_low, TimestampTz wanted_high, TimestampTz low,
			 TimestampTz high, TimestampTz now)
{
	bool		inside = low >= wanted_low && high <= wanted_high;
	int64		tolerance;

	switch (prefix)
	{
		case PREFIX_EQ:
			return inside;
		case PREFIX_NE:
			return !inside;
		case PREFIX_GT:
			return high > wanted_high;
		case PREFIX_LT:
			return low < wanted_low;
		case PREFIX_GE:
			return high > wanted_high || inside;
		case PREFIX_LE:
			return low < wanted_low || inside;
		case PREFIX_SA:
			return low >= wanted_high;
		case PREFIX_EB:
			return high <= wanted_low;
		case PREFIX_AP:
			tolerance = Max(Max(now - wanted_high, wanted_low - now), 0) / 10;
			return low < wanted_high + tolerance && high > wanted_low - tolerance;
	}
	return false;
}

/* The range of a date or time in a resource; false when the text is none. */
static bool
text_range(const MatchContext *context, const char *text, int len, TimestampTz *low, TimestampTz *high)
{
	bool		instant;

	if (!query_date_range(text, len, context->zone, low, high, &instant))
		return false;
	if (instant)
		*high = *low + 1;
	return true;
}

/* The range of a member of an object; false when there is none. */
static bool
member_range(const MatchContext *context, JsonbContainer *object, const char *name, TimestampTz *low, TimestampTz *high)
{
	char	   *text = match_member_text(object, name);

	return text != NULL && text_range(context, text, strlen(text), low, high);
}

/* The range of a Period, whose missing ends are open; false when it has none. */
static bool
period_range(const MatchContext *context, JsonbContainer *period, TimestampTz *low, TimestampTz *high)
{
	TimestampTz other;
	bool		starts = member_range(context, period, "start", low, &other);
	bool		ends = member_range(context, period, "end", &other, high);

	if (!starts)
		*low = PG_INT64_MIN;
	if (!ends)
		*high = PG_INT64_MAX;
	return starts || ends;
}

/* The outer limits of a Timing: its events, and the bounds of its repetition. */
static bool
timing_range(const MatchContext *context, JsonbContainer *timing, TimestampTz *low, TimestampTz *high)
{
	JsonbValue	value;
	JsonbValue	bounds;
	bool		found = false;
	TimestampTz from;
	TimestampTz until;

	*low = PG_INT64_MAX;
	*high = PG_INT64_MIN;
	if (match_member(timing, "event", &value) && value.type == jbvBinary)
		for (int i = 0; i < JsonContainerSize(value.val.binary.data); i++)
		{
			JsonbValue *event = getIthJsonbValueFromContainer(value.val.binary.data, i);

			if (event->type == jbvString &&
				text_range(context, event->val.string.val, event->val.string.len, &from, &until))
			{
				*low = Min(*low, from);
				*high = Max(*high, until);
				found = true;
			}
		}
	if (match_member(timing, "repeat", &value) && value.type == jbvBinary &&
		match_member(value.val.binary.data, "boundsPeriod", &bounds) && bounds.type == jbvBinary &&
		period_range(context, bounds.val.binary.data, &from, &until))
	{
		*low = Min(*low, from);
		*high = Max(*high, until);
		found = true;
	}
	return found;
}

/* The range of time of a value; false when it has none. */
bool
match_time_range(const MatchContext *context, JsonbValue *value, const ParameterPath *path, TimestampTz *low,
				 TimestampTz *high)
{
	if (value->type == jbvString)
		return text_range(context, value->val.string.val, value->val.string.len, low, high);
	if (value->type != jbvBinary)
		return false;
	if (strcmp(path->type_name, "Timing") == 0)
		return timing_range(context, value->val.binary.data, low, high);
	return period_range(context, value->val.binary.data, low, high);
}

/* Dates. */
bool
match_date(const MatchContext *context, const SearchValue *wanted, JsonbValue *value, const ParameterPath *path)
{
	TimestampTz wanted_low;
	TimestampTz wanted_high;
	TimestampTz low;
	TimestampTz high;
	bool		instant;
	const char *text = wanted->text;

	return match_time_range(context, value, path, &low, &high) &&
		query_date_range(text, strlen(text), context->zone, &wanted_low, &wanted_high, &instant) &&
		match_period(wanted->prefix, wanted_low, wanted_high, low, high, GetCurrentTransactionStartTimestamp());
}

/* Order of two numbers. */
static int
compare(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a), NumericGetDatum(b)));
}

/* The bounds of "ap": a tenth of the number to either side. */
void
match_number_bounds(const SearchValue *wanted, Numeric *low, Numeric *high)
{
	Datum		tenth = DirectFunctionCall2(numeric_div, DirectFunctionCall1(numeric_abs, NumericGetDatum(wanted->number)),
											DirectFunctionCall1(int4_numeric, Int32GetDatum(10)));

	*low = DatumGetNumeric(DirectFunctionCall2(numeric_sub, NumericGetDatum(wanted->number), tenth));
	*high = DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(wanted->number), tenth));
}

/* Does the range from low to high, both within, with NULL for an open end, stand to what is wanted as its prefix says? */
static bool
range_matches(const SearchValue *wanted, Numeric low, Numeric high)
{
	bool		inside = low != NULL && high != NULL && compare(low, wanted->low) >= 0 &&
		(compare(high, wanted->high) < 0);
	Numeric		from;
	Numeric		until;

	switch (wanted->prefix)
	{
		case PREFIX_EQ:
			return inside;
		case PREFIX_NE:
			return !inside;
		case PREFIX_GT:
			return high == NULL || compare(high, wanted->number) > 0;
		case PREFIX_LT:
			return low == NULL || compare(low, wanted->number) < 0;
		case PREFIX_GE:
			return high == NULL || compare(high, wanted->number) >= 0;
		case PREFIX_LE:
			return low == NULL || compare(low, wanted->number) <= 0;
		case PREFIX_SA:
			return low != NULL && compare(low, wanted->number) > 0;
		case PREFIX_EB:
			return high != NULL && compare(high, wanted->number) < 0;
		case PREFIX_AP:
			match_number_bounds(wanted, &from, &until);
			return (high == NULL || compare(high, from) >= 0) && (low == NULL || compare(low, until) <= 0);
	}
	return false;
}

/* A member that is a number; NULL when there is none. */
static Numeric
member_number(JsonbContainer *object, const char *name)
{
	JsonbValue	value;

	if (!match_member(object, name, &value) || value.type != jbvNumeric)
		return NULL;
	return value.val.numeric;
}

/* Numbers; a Range by its ends. */
bool
match_number(const SearchValue *wanted, JsonbValue *value, const ParameterPath *path)
{
	if (value->type == jbvNumeric)
		return range_matches(wanted, value->val.numeric, value->val.numeric);
	return value->type == jbvBinary && match_quantity(wanted, value, path);
}

/* Does a Quantity, or an end of a Range, have the wanted unit? */
static bool
unit_matches(const SearchValue *wanted, JsonbContainer *quantity)
{
	char	   *code = match_member_text(quantity, "code");
	char	   *unit = match_member_text(quantity, "unit");
	char	   *system = match_member_text(quantity, "system");

	if (wanted->code == NULL || (wanted->code[0] == '\0' && !wanted->has_system))
		return true;
	if (wanted->has_system)
		return system != NULL && strcmp(system, wanted->system) == 0 &&
			(wanted->code[0] == '\0' || (code != NULL && strcmp(code, wanted->code) == 0));
	return (code != NULL && strcmp(code, wanted->code) == 0) || (unit != NULL && strcmp(unit, wanted->code) == 0);
}

/* An end of a Range: its Quantity with the wanted unit. */
static bool
read_end(const SearchValue *wanted, JsonbContainer *range, const char *name, Numeric *number, bool *unit)
{
	JsonbValue	end;

	*number = NULL;
	if (!match_member(range, name, &end) || end.type != jbvBinary)
		return false;
	*number = member_number(end.val.binary.data, "value");
	*unit = *unit && unit_matches(wanted, end.val.binary.data);
	return *number != NULL;
}

/* Money, whose currency is a code of ISO 4217. */
static bool
match_money(const SearchValue *wanted, JsonbContainer *money)
{
	Numeric		number = member_number(money, "value");
	char	   *currency = match_member_text(money, "currency");

	if (number == NULL || (wanted->has_system && strcmp(wanted->system, "urn:iso:std:iso:4217") != 0))
		return false;
	if (wanted->code[0] != '\0' && (currency == NULL || strcmp(currency, wanted->code) != 0))
		return false;
	return range_matches(wanted, number, number);
}

/* Quantities.  Units are compared as they are written, not converted. */
bool
match_quantity(const SearchValue *wanted, JsonbValue *value, const ParameterPath *path)
{
	JsonbContainer *object;
	Numeric		low;
	Numeric		high;
	bool		unit = true;

	if (value->type != jbvBinary)
		return false;
	object = value->val.binary.data;
	if (strcmp(path->type_name, "Money") == 0)
		return match_money(wanted, object);
	if (strcmp(path->type_name, "Range") == 0)
	{
		bool		starts = read_end(wanted, object, "low", &low, &unit);
		bool		ends = read_end(wanted, object, "high", &high, &unit);

		return (starts || ends) && unit && range_matches(wanted, low, high);
	}
	low = member_number(object, "value");
	return low != NULL && unit_matches(wanted, object) && range_matches(wanted, low, low);
}
