/*
 * suggestion.c
 *		Reading the service's two kinds of answer.
 *
 * Members that nobody asked for are passed over, so that the service may add
 * some; what is asked for must be there and of its type.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "suggest/service/suggestion.h"

/* A diagnosis while it is read: [[{"icd", "prob"}, ...], ...]. */
typedef struct Diagnosis
{
	SuggestItems *result;
	int			capacity;
	SuggestItem item;			/* the open one */
	bool		has_prob;
} Diagnosis;

/* Opens a list or an item; anything else at these depths is another shape. */
static void
diagnosis_enter(SuggestWalk *walk, char kind)
{
	Diagnosis  *d = walk->state;

	if (walk->depth <= 2 ? kind != '[' : (walk->depth == 3 && kind != '{'))
		suggest_refuse_shape();
	if (walk->depth == 4 && (strcmp(walk->key[2], "icd") == 0 || strcmp(walk->key[2], "prob") == 0))
		suggest_refuse_shape();
	if (walk->depth == 2)
	{
		d->result->nlists++;
		d->item.rank = 0;
	}
	else if (walk->depth == 3)
	{
		d->item.list = d->result->nlists;
		d->item.rank++;
		d->item.icd = NULL;
		d->has_prob = false;
	}
}

/* Closes an item, which must have both of its members by now. */
static void
diagnosis_leave(SuggestWalk *walk)
{
	Diagnosis  *d = walk->state;
	SuggestItems *result = d->result;

	if (walk->depth != 3)
		return;
	if (d->item.icd == NULL || !d->has_prob)
		suggest_refuse_shape();
	if (result->nitems == d->capacity)
	{
		d->capacity = Max(16, d->capacity * 2);
		result->items = result->items ? repalloc(result->items, d->capacity * sizeof(SuggestItem)) :
			palloc(d->capacity * sizeof(SuggestItem));
	}
	result->items[result->nitems++] = d->item;
}

/* A member of an item. */
static void
diagnosis_scalar(SuggestWalk *walk, char *token, JsonTokenType type)
{
	Diagnosis  *d = walk->state;

	if (walk->depth < 3)
		suggest_refuse_shape();
	if (walk->depth > 3)
		return;
	if (strcmp(walk->key[2], "icd") == 0)
	{
		if (type != JSON_TOKEN_STRING || token[0] == '\0')
			suggest_refuse_shape();
		d->item.icd = token;
	}
	else if (strcmp(walk->key[2], "prob") == 0)
	{
		d->item.prob = type == JSON_TOKEN_NUMBER ? strtod(token, NULL) : -1;
		if (!(d->item.prob >= 0 && d->item.prob <= 1))
			suggest_refuse_shape();
		d->has_prob = true;
	}
}

/*
 * Reads the answer to a diagnosis.  Raises 22032, 22021, 22P05 or 08P01;
 * an answer without any list is of another shape too.
 */
SuggestItems *
suggest_read_diagnosis(const SuggestAnswer *answer)
{
	Diagnosis	diagnosis = {.result = palloc0(sizeof(SuggestItems))};
	SuggestWalk walk = {
		.state = &diagnosis,
		.enter = diagnosis_enter,
		.leave = diagnosis_leave,
		.scalar = diagnosis_scalar,
	};

	suggest_walk(&walk, answer->text, answer->length);
	if (diagnosis.result->nlists == 0)
		suggest_refuse_shape();
	return diagnosis.result;
}

/* A search while it is read: {"children": [{"icd10_list": [{...}]}]}. */
typedef struct Search
{
	SuggestCodes *result;
	int			capacity;
	SuggestCode code;			/* the open one */
	bool		has_children;
} Search;

/* Is the walk among the children, and from depth 4 in a list of codes? */
static bool
is_in_codes(const SuggestWalk *walk)
{
	return walk->kind[0] == '{' && walk->depth >= 5 &&
		walk->key[0] != NULL && strcmp(walk->key[0], "children") == 0 && walk->kind[1] == '[' &&
		walk->kind[2] == '{' && walk->key[2] != NULL && strcmp(walk->key[2], "icd10_list") == 0 &&
		walk->kind[3] == '[';
}

/* Opens something: the children, a code, or what nobody asked for. */
static void
search_enter(SuggestWalk *walk, char kind)
{
	Search	   *s = walk->state;

	if (walk->depth == 1 && kind != '{')
		suggest_refuse_shape();
	if (walk->depth == 2 && strcmp(walk->key[0], "children") == 0)
	{
		if (kind != '[')
			suggest_refuse_shape();
		s->has_children = true;
	}
	if (walk->depth == 5 && is_in_codes(walk))
	{
		if (kind != '{')
			suggest_refuse_shape();
		memset(&s->code, 0, sizeof(SuggestCode));
		s->code.billable = -1;
	}
}

/* Closes a code, which must have its first member by now. */
static void
search_leave(SuggestWalk *walk)
{
	Search	   *s = walk->state;
	SuggestCodes *result = s->result;

	if (walk->depth != 5 || !is_in_codes(walk))
		return;
	if (s->code.icd == NULL)
		suggest_refuse_shape();
	if (result->ncodes == s->capacity)
	{
		s->capacity = Max(16, s->capacity * 2);
		result->codes = result->codes ? repalloc(result->codes, s->capacity * sizeof(SuggestCode)) :
			palloc(s->capacity * sizeof(SuggestCode));
	}
	result->codes[result->ncodes++] = s->code;
}

/* A text member of a code; null is NULL. */
static char *
text_member(char *token, JsonTokenType type)
{
	if (type == JSON_TOKEN_NULL)
		return NULL;
	if (type != JSON_TOKEN_STRING)
		suggest_refuse_shape();
	return token;
}

/* The member billable: true, false, 1, 0, a word for these, or null. */
static int
billable_member(char *token, JsonTokenType type)
{
	bool		value;

	if (type == JSON_TOKEN_NULL)
		return -1;
	if (!parse_bool(token, &value))
		suggest_refuse_shape();
	return value;
}

/* A member of a code. */
static void
search_scalar(SuggestWalk *walk, char *token, JsonTokenType type)
{
	Search	   *s = walk->state;

	if (walk->depth == 0)
		suggest_refuse_shape();
	if (walk->depth != 5 || !is_in_codes(walk) || walk->kind[4] != '{')
		return;
	if (strcmp(walk->key[4], "code") == 0)
		s->code.icd = text_member(token, type);
	else if (strcmp(walk->key[4], "english_name") == 0)
		s->code.english_name = text_member(token, type);
	else if (strcmp(walk->key[4], "chinese_name") == 0)
		s->code.chinese_name = text_member(token, type);
	else if (strcmp(walk->key[4], "billable") == 0)
		s->code.billable = billable_member(token, type);
}

/* Reads the answer to a search.  Raises 22032, 22021, 22P05 or 08P01. */
SuggestCodes *
suggest_read_search(const SuggestAnswer *answer)
{
	Search		search = {.result = palloc0(sizeof(SuggestCodes))};
	SuggestWalk walk = {
		.state = &search,
		.enter = search_enter,
		.leave = search_leave,
		.scalar = search_scalar,
	};

	suggest_walk(&walk, answer->text, answer->length);
	if (!search.has_children)
		suggest_refuse_shape();
	return search.result;
}
