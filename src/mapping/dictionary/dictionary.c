/*
 * dictionary.c
 *		Reading names of tables and columns with the dictionary.
 *
 * Names have been taken apart by dictionary_split.c.  A pattern
 * of ASCII words matches whole words ("chart_no"), the same without the gaps
 * ("chartno"), and when it has at least five letters also the start or the end
 * of a word ("birthdt").  Chinese is written without gaps: any part of the name
 * matches.
 *
 * Of several words that match, one that is the whole name decides, then the
 * heaviest, then one of whole words, the longest, and the last, since both
 * languages put the noun behind what describes it.
 */
#include "postgres.h"

#include "mapping/dictionary/dictionary.h"

/*
 * The end of a pattern without gaps in the words of a name that begin at a
 * gap, whose gaps are skipped; NULL when it does not match.
 */
static const char *
match_dense(const char *at, const char *dense, int len)
{
	int			matched = 0;

	for (; *at != '\0' && matched < len; at++)
	{
		if (*at == '_' && matched > 0)
			continue;
		if (*at != dense[matched])
			return NULL;
		matched++;
	}
	return matched == len ? at : NULL;
}

/* The best match of one of several patterns. */
typedef struct WordMatch
{
	const char *pattern;
	int			len;
	int			start;			/* in the name */
	int			end;			/* -1: none */
	bool		whole;			/* of whole words */
	bool		all;			/* of all words */
} WordMatch;

/* Where in the words of a name a pattern of len bytes matches last. */
static WordMatch
match_word(const char *words, const char *pattern, int len)
{
	WordMatch	found = {pattern, len, 0, -1};
	char		dense[64];
	int			denselen = 0;

	Assert(len < sizeof(dense));
	for (int i = 0; i < len; i++)
		if (pattern[i] != '_')
			dense[denselen++] = pattern[i];
	for (const char *at = words; *at != '\0'; at++)
	{
		const char *end = NULL;

		if (IS_HIGHBIT_SET(*pattern))
			end = strncmp(at, pattern, len) == 0 ? at + len : NULL;
		else if (at > words && at[-1] == '_')
		{
			end = match_dense(at, dense, denselen);
			if (end != NULL && *end != '_' && denselen < 5)
				end = NULL;
		}
		else if (denselen >= 5 && strncmp(at, dense, denselen) == 0 && at[denselen] == '_')
			end = at + denselen;
		if (end == NULL)
			continue;
		found.start = at - words;
		found.end = end - words;
		found.whole = at > words && at[-1] == '_' && *end == '_';
		found.all = found.whole && at == words + 1 && end[1] == '\0';
	}
	return found;
}

/* Is a match better than another of the same weight? */
static bool
is_better(const WordMatch *a, const WordMatch *b)
{
	if (a->whole != b->whole && !IS_HIGHBIT_SET(*a->pattern) && !IS_HIGHBIT_SET(*b->pattern))
		return a->whole;
	return a->len > b->len || (a->len == b->len && a->end > b->end);
}

/* The best of the patterns up to a bar; *patterns is moved behind it. */
static WordMatch
match_group(const char *words, const char **patterns)
{
	WordMatch	best = {.end = -1};
	const char *at = *patterns;

	while (*at != '\0' && *at != '|')
	{
		WordMatch	word = match_word(words, at, strcspn(at, " |"));

		if (word.end >= 0 && (best.end < 0 || is_better(&word, &best)))
			best = word;
		at += word.len;
		at += strspn(at, " ");
	}
	*patterns = *at == '|' ? at + 1 : NULL;
	return best;
}

static WordMatch
match_words(const char *words, const char *patterns)
{
	return match_group(words, &patterns);
}

/* Does the name hold one of the words? */
bool
dictionary_has_word(const char *words, const char *patterns)
{
	return match_words(words, patterns).end >= 0;
}

/* Is the name one of the words and nothing else? */
bool
dictionary_has_only_word(const char *words, const char *patterns)
{
	return match_words(words, patterns).all;
}

/* Does the name say that the value is a date or a time? */
bool
dictionary_says_time(const char *words)
{
	static const char *const ends = "date time datetime dttm timestamp at 日期 時間 日 時";

	return match_words(words, ends).end == strlen(words) - 1 || dictionary_has_word(words, "birth dob 生日 出生");
}

/* Does one concept's match beat another's: all of the name, then the weight? */
static bool
beats(const WordMatch *a, int weight, const WordMatch *b, int other)
{
	if (a->all != b->all)
		return a->all;
	return weight != other ? weight > other : is_better(a, b);
}

/*
 * What a column's name says.  time_only: the value is a date or time, so that
 * other concepts are out of the question; else a time is believed only when
 * the name ends with it, which start_ward does not.  *why receives the word
 * that said it, *left the words beside it.  NULL when it says nothing.
 */
const DictionaryConcept *
dictionary_read_name(const char *words, bool time_only, char **why, char **left)
{
	const DictionaryConcept *best = NULL;
	WordMatch	best_match = {.end = -1};
	int			best_weight = 0;
	int			end = strlen(words) - 1;

	for (const DictionaryConcept *concept = dictionary_concepts; concept->name != NULL; concept++)
	{
		const char *patterns = concept->words;

		if (time_only && concept->sort != SORT_TIME)
			continue;
		for (int weight = 3; patterns != NULL; weight--)
		{
			WordMatch	found = match_group(words, &patterns);

			if (found.end < 0 || (!time_only && concept->sort == SORT_TIME && found.end != end) ||
				(best != NULL && !beats(&found, weight, &best_match, best_weight)))
				continue;
			best = concept;
			best_match = found;
			best_weight = weight;
		}
	}
	if (best == NULL)
		return NULL;
	*why = pnstrdup(best_match.pattern, best_match.len);
	*left = psprintf("%.*s_%s", best_match.start, words, words + best_match.end);
	return best;
}

/*
 * What a table's name says for a resource: DICTIONARY_LAST_WORD for its last word,
 * 4 for one before it or for the beginning of a longer word ("spell" in
 * "spelled"), 0 for none.
 */
int
dictionary_score(const char *words, const char *resource)
{
	int			last = -1;
	WordMatch	mine = {.end = -1};

	for (const DictionaryResource *entry = dictionary_resources; entry->name != NULL; entry++)
	{
		WordMatch	found = match_words(words, entry->words);

		last = Max(last, found.end);
		if (strcmp(entry->name, resource) == 0)
			mine = found;
	}
	if (mine.end < 0)
		return 0;
	return mine.end == last && (IS_HIGHBIT_SET(*mine.pattern) || words[mine.end] == '_') ? DICTIONARY_LAST_WORD : 4;
}

/* Is this one of some patterns, gaps aside? */
bool
dictionary_is_among(const char *word, int len, const char *patterns)
{
	int			matched = 0;

	for (const char *at = patterns;; at++)
	{
		if (*at == '_')
			continue;
		if (*at == ' ' || *at == '|' || *at == '\0')
		{
			if (matched == len)
				return true;
			matched = 0;
			if (*at == '\0')
				return false;
		}
		else
			matched = matched >= 0 && matched < len && word[matched] == *at ? matched + 1 : -1;
	}
}

/* Words of a name between blanks instead of "_". */
char *
dictionary_as_list(const char *words)
{
	char	   *list = pstrdup(words + 1);

	for (char *at = list; *at != '\0'; at++)
		if (*at == '_')
			*at = ' ';
	return list;
}

/* The next of the words of a list; NULL at its end. */
char *
dictionary_next(const char **list, char separator)
{
	const char *start;
	const char *end;

	if (*list == NULL || **list == '\0')
		return NULL;
	start = *list + strspn(*list, " ");
	end = strchr(start, separator);
	if (end == NULL)
		end = start + strlen(start);
	*list = *end == '\0' ? end : end + 1;
	return end > start ? pnstrdup(start, end - start) : NULL;
}

/* How long the longest Chinese word of some lists at the start of a text is. */
static int
chinese_prefix(const char *text, int len, const char *const *lists, int count)
{
	int			longest = 0;

	for (int i = 0; i < count; i++)
	{
		const char *list = lists[i];

		while (list != NULL && *list != '\0')
		{
			int			n = strcspn(list, " |");

			if (IS_HIGHBIT_SET(*list) && n <= len && n > longest && strncmp(text, list, n) == 0)
				longest = n;
			list += n + (list[n] != '\0');
		}
	}
	return longest;
}

/*
 * Are the words that a concept left over ones that change nothing: numbers,
 * and words of some lists?  Lists may be NULL.
 */
bool
dictionary_is_explained(const char *left, const char *const *lists, int count)
{
	while (*left != '\0')
	{
		int			len = strcspn(left, "_");
		bool		known = strspn(left, "0123456789") >= len;

		for (int i = 0; i < count && !known; i++)
			known = lists[i] != NULL && dictionary_is_among(left, len, lists[i]);
		while (!known && len > 0 && IS_HIGHBIT_SET(*left))
		{
			int			n = chinese_prefix(left, len, lists, count);

			if (n == 0)
				return false;
			left += n;
			len -= n;
			known = len == 0;
		}
		if (!known)
			return false;
		left += len;
		left += *left == '_';
	}
	return true;
}
