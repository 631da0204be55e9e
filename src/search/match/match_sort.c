/*
 * match_sort.c
 *		What a resource is sorted by.
 *
 * Of several values the one that comes first in the wanted order counts, as R4
 * has it.  A date is sorted by where its range begins, a string as it is folded,
 * a token by its code, a reference by its text.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/fmgrprotos.h"

#include "base/fold.h"
#include "search/match/match.h"

/* A search for the first value. */
typedef struct SortWalk
{
	const MatchContext *context;
	const SearchSort *sort;
	MatchSort  *result;
} SortWalk;

/* Keeps a value when it comes before the one that is there. */
static void
offer(SortWalk *walk, const MatchSort *value)
{
	MatchSort  *best = walk->result;
	int			order;

	if (best->missing)
		order = -1;
	else if (value->text != NULL)
		order = strcmp(value->text, best->text);
	else if (value->number != NULL)
		order = DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(value->number), NumericGetDatum(best->number)));
	else
		order = value->time < best->time ? -1 : value->time > best->time;
	if (best->missing || (walk->sort->descending ? order > 0 : order < 0))
		*best = *value;
}

/* Offers a text, folded for a string. */
static void
offer_text(SortWalk *walk, char *text)
{
	MatchSort	value = {0};

	if (text == NULL)
		return;
	value.text = walk->sort->parameter->kind == PARAMETER_STRING ? fold_text(text) : text;
	offer(walk, &value);
}

/* Offers the texts of a member, which may be an array. */
static void
offer_member(SortWalk *walk, JsonbContainer *object, const char *name)
{
	JsonbValue	value;

	if (!match_member(object, name, &value))
		return;
	if (value.type != jbvBinary)
	{
		offer_text(walk, match_text(&value));
		return;
	}
	if (!JsonContainerIsArray(value.val.binary.data))
		return;
	for (int i = 0; i < JsonContainerSize(value.val.binary.data); i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(value.val.binary.data, i);

		if (element->type != jbvBinary)
			offer_text(walk, match_text(element));
		else
			offer_member(walk, element->val.binary.data, "code");
	}
}

/* Offers what a data type is sorted by. */
static void
offer_object(SortWalk *walk, JsonbContainer *object, const ParameterPath *path)
{
	static const struct
	{
		const char *type;
		const char *members[8];
	}			members[] = {
		{"HumanName", {"family", "given", "text"}},
		{"Address", {"country", "state", "city", "district", "line", "text"}},
		{"CodeableConcept", {"coding"}},
		{"Coding", {"code"}},
		{"Identifier", {"value"}},
		{"ContactPoint", {"value"}},
		{"Reference", {"reference"}},
	};

	for (int i = 0; i < lengthof(members); i++)
		if (strcmp(members[i].type, path->type_name) == 0)
			for (int j = 0; members[i].members[j] != NULL; j++)
				offer_member(walk, object, members[i].members[j]);
}

/* Offers the number of a Quantity, Money, or a Range's lower end. */
static void
offer_quantity(SortWalk *walk, JsonbContainer *object)
{
	MatchSort	value = {0};
	JsonbValue	number;
	JsonbValue	end;

	if (match_member(object, "value", &number) && number.type == jbvNumeric)
	{
		value.number = number.val.numeric;
		offer(walk, &value);
	}
	else if (match_member(object, "low", &end) && end.type == jbvBinary)
		offer_quantity(walk, end.val.binary.data);
}

/* MatchVisitor: offers a value, and goes on. */
static bool
visit(JsonbValue *value, const ParameterPath *path, void *arg)
{
	SortWalk   *walk = arg;
	MatchSort	sorted = {0};
	TimestampTz high;

	switch (walk->sort->parameter->kind)
	{
		case PARAMETER_DATE:
			if (match_time_range(walk->context, value, path, &sorted.time, &high))
				offer(walk, &sorted);
			break;
		case PARAMETER_NUMBER:
		case PARAMETER_QUANTITY:
			if (value->type == jbvNumeric)
			{
				sorted.number = value->val.numeric;
				offer(walk, &sorted);
			}
			else if (value->type == jbvBinary)
				offer_quantity(walk, value->val.binary.data);
			break;
		default:
			if (value->type == jbvBinary)
				offer_object(walk, value->val.binary.data, path);
			else
				offer_text(walk, match_text(value));
			break;
	}
	return false;
}

/* What a resource is sorted by; missing when it has no such value. */
void
match_sort(const MatchContext *context, const SearchSort *sort, Jsonb *resource, MatchSort *result)
{
	SortWalk	walk = {context, sort, result};
	ListCell   *lc;

	memset(result, 0, sizeof(MatchSort));
	result->missing = true;
	foreach(lc, sort->parameter->paths)
	{
		const ParameterPath *path = lfirst(lc);
		JsonbValue	value;

		if (!path->deceased)
			(void) match_walk(&resource->root, &resource->root, path, visit, &walk);
		else if (match_member(&resource->root, "deceasedDateTime", &value) ||
				 (match_member(&resource->root, "deceasedBoolean", &value) && value.type == jbvBool && value.val.boolean))
			offer_text(&walk, "true");
		else
			offer_text(&walk, "false");
	}
}
