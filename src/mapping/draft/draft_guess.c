/*
 * draft_guess.c
 *		Which resource a relation is.
 *
 * Its table's name and its sure columns speak for it.  A table of what is not
 * drafted, one that lacks what the resource is about, and one that could as
 * well be another, are none: a false resource is worse than an error.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "mapping/draft/draft.h"

/* A resource with a lower score is not believed, nor one that is hardly better than the next. */
#define LEAST_SCORE 8
#define LEAST_LEAD 2

/* Words beside a concept's that change nothing, whatever it is. */
#define PLAIN_WORDS "text txt desc value val source src the of str string field raw 資料 欄"
#define TIME_WORDS "date time dttm datetime timestamp at on 日期 日 期 時間 間 時 年月日"

/* A resource of the table, or NULL. */
const DictionaryResource *
draft_find_resource(const char *name)
{
	for (const DictionaryResource *resource = dictionary_resources; resource->name != NULL; resource++)
		if (resource->needs != NULL && strcmp(resource->name, name) == 0)
			return resource;
	return NULL;
}

/*
 * Is a column's concept sure, in a table of the resource: does all of its name
 * say it, but for words that change nothing there?
 */
bool
draft_is_strong(Draft *draft, const DraftColumn *column, const char *resource)
{
	const DictionaryConcept *concept = column->concept;
	const DictionaryResource *known = resource != NULL ? draft_find_resource(resource) : NULL;
	const char *const lists[] = {
		PLAIN_WORDS,
		dictionary_as_list(draft->words),
		draft->prefix,
		concept == NULL ? NULL : concept->with,
		concept == NULL ? NULL : concept->words,
		known == NULL ? NULL : known->words,
		concept == NULL ? NULL : concept->sort == SORT_TIME ? TIME_WORDS :
			concept->sort == SORT_KEY ? DICTIONARY_KEY_WORDS : NULL,
	};

	return concept != NULL && dictionary_is_explained(column->left, lists, lengthof(lists));
}

/*
 * Is the column called like the resource itself?  "patient" is a reference in
 * another table, where "patient_no" may be the table's own key.
 */
static bool
is_reference(const DraftColumn *column, const char *resource)
{
	return column->concept != NULL && column->concept->resource != NULL &&
		strcmp(column->concept->resource, resource) == 0 &&
		dictionary_has_only_word(column->words, "patient person encounter visit provider practitioner doctor organization payer "
												"location specimen report order");
}

/* How much a concept speaks for a resource. */
static int
concept_score(const DictionaryConcept *concept, const char *resource)
{
	const char *list = concept->speaks;
	char	   *word;

	while ((word = dictionary_next(&list, ' ')) != NULL)
	{
		int			weight = pg_strtoint32(dictionary_next(&list, ' '));

		if (strcmp(word, resource) == 0)
			return weight;
	}
	return 0;
}

/* Has the relation a sure column of one of some concepts, between bars? */
static bool
has_one_of(Draft *draft, const char *concepts, const char *resource)
{
	char	   *name;

	while ((name = dictionary_next(&concepts, '|')) != NULL)
	{
		ListCell   *lc;

		foreach(lc, draft->columns)
			if (dictionary_is(((DraftColumn *) lfirst(lc))->concept, name) &&
				draft_is_strong(draft, lfirst(lc), resource))
				return true;
	}
	return false;
}

/*
 * Is it a detail or a version of the resource, which another relation is?  It
 * has its number as a foreign key and none of its own; or its number is but a
 * part of the key, which for a visit alone is usual.
 */
static bool
is_detail(Draft *draft, const char *resource)
{
	bool		foreign = false;
	bool		own = false;
	ListCell   *lc;

	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);

		if (column->concept == NULL || column->concept->resource == NULL ||
			strcmp(column->concept->resource, resource) != 0 || !draft_is_strong(draft, column, resource))
			continue;
		if (list_length(draft->declared) > 1 && list_member_ptr(draft->declared, column) &&
			strcmp(resource, "Encounter") != 0)
			return true;
		foreign = foreign || column->foreign != NULL;
		own = own || column->foreign == NULL;
	}
	return foreign && !own;
}

/*
 * Is a row a visit, not a person or a place: by its key, or by a column about
 * the end of a stay?
 */
static bool
is_visit(Draft *draft)
{
	DraftColumn *key = list_length(draft->declared) == 1 ? linitial(draft->declared) : NULL;
	ListCell   *lc;

	if (key != NULL && dictionary_is(key->concept, "encounter") && draft_is_strong(draft, key, NULL))
		return true;
	foreach(lc, draft->columns)
	{
		const char *words = ((DraftColumn *) lfirst(lc))->words;

		if (strstr(words, "discharge") != NULL || strstr(words, "出院") != NULL || strstr(words, "離院") != NULL)
			return true;
	}
	return false;
}

/* Has the relation what the resource is about, and whom? */
static bool
can_be(Draft *draft, const DictionaryResource *resource)
{
	R4Type		type = r4_type(resource->name, strlen(resource->name));
	R4Child		child;
	bool		of_patient = r4_child(type, "subject", 7, &child) || r4_child(type, "patient", 7, &child);

	return !is_detail(draft, resource->name) && !(strcmp(resource->name, "Patient") == 0 && is_visit(draft)) &&
		has_one_of(draft, resource->needs, resource->name) &&
		(!of_patient ||
		 has_one_of(draft, "patient|patient's name|national id|encounter|specimen|order|report", resource->name));
}

/* What speaks for a resource, and against it: the table's name, and each sure concept once. */
static int
resource_score(Draft *draft, const char *resource)
{
	int			score = dictionary_score(draft->words, resource);
	List	   *seen = NIL;
	ListCell   *lc;

	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);

		if (is_reference(column, resource))
			score -= 5;
		else if (draft_is_strong(draft, column, resource) && !list_member_ptr(seen, column->concept))
		{
			score += concept_score(column->concept, resource);
			seen = lappend(seen, unconstify(DictionaryConcept *, column->concept));
		}
	}
	return score;
}

/*
 * Chooses the resource.  None when the table is called like what is not
 * drafted, or like a resource that its columns do not make, or when what is
 * best is hardly better than another.
 */
void
draft_guess_resource(Draft *draft)
{
	const DictionaryResource *best = NULL;
	const DictionaryResource *named = NULL;
	int			score = LEAST_SCORE - 1;
	int			next = 0;

	for (const DictionaryResource *resource = dictionary_resources; resource->name != NULL; resource++)
	{
		int			mine = resource->needs != NULL && can_be(draft, resource) ? resource_score(draft, resource->name) : 0;

		if (resource->needs == NULL && dictionary_score(draft->words, resource->name) == DICTIONARY_LAST_WORD)
		{
			draft->instead = resource->name;
			return;
		}
		/* an order or a report may be of anything, what else a table is called it is */
		if (dictionary_score(draft->words, resource->name) == DICTIONARY_LAST_WORD &&
			strcmp(resource->name, "ServiceRequest") != 0 && strcmp(resource->name, "DiagnosticReport") != 0)
			named = resource;
		if (mine > score)
		{
			next = best == NULL ? 0 : score;
			best = resource;
			score = mine;
		}
		else
			next = Max(next, mine);
	}
	if (best == NULL || score - next < LEAST_LEAD)
		return;
	if (named == NULL || named == best || dictionary_score(draft->words, best->name) == DICTIONARY_LAST_WORD)
		draft->resource = best->name;
	else
		draft->instead = named->name;
}

/* The resource, or an error unless it is one that can be drafted. */
const char *
draft_check_resource(const char *resource)
{
	const DictionaryResource *known = draft_find_resource(resource);

	if (known == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 r4_is_resource(r4_type(resource, strlen(resource))) ?
					 errmsg("resource type \"%s\" cannot be drafted", resource) :
					 errmsg("\"%s\" is no resource type of FHIR R4", resource),
				 errhint("Drafts are known for %s.", draft_known_resources())));
	return known->name;
}

/* The resources that can be drafted, for a hint. */
char *
draft_known_resources(void)
{
	StringInfoData list;

	initStringInfo(&list);
	for (const DictionaryResource *resource = dictionary_resources; resource->name != NULL; resource++)
		if (resource->needs != NULL)
			appendStringInfo(&list, "%s%s", list.len > 0 ? ", " : "", resource->name);
	return list.data;
}
