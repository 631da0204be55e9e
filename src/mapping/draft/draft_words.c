/*
 * draft_words.c
 *		Reading names of tables and columns with the dictionary.
 *
 * Names are compared in UTF-8, in small letters, and taken apart: "_" stands
 * between words, where a capital follows a small letter, and between letters
 * and digits: chartNo, CHART_NO and chart-no are all "_chart_no_", and so is
 * CHARTNO, because "no" is a usual ending.  A pattern
 * of ASCII words matches whole words ("chart_no"), the same without the gaps
 * ("chartno"), and when it has at least five letters also the start or the end
 * of a word ("birthdt").  Chinese is written without gaps: any part of the name
 * matches.
 *
 * Of several words that match the heaviest decides, then the longest, then the
 * last, since both languages put the noun behind what describes it.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "ident/ident.h"
#include "mapping/draft/draft.h"

/* Kinds of characters, as far as they separate words. */
typedef enum CharacterClass
{
	CLASS_GAP,
	CLASS_SMALL,
	CLASS_CAPITAL,
	CLASS_DIGIT,
	CLASS_OTHER					/* part of a character beyond ASCII */
} CharacterClass;

static CharacterClass
character_class(unsigned char c)
{
	if (IS_HIGHBIT_SET(c))
		return CLASS_OTHER;
	if (c >= 'a' && c <= 'z')
		return CLASS_SMALL;
	if (c >= 'A' && c <= 'Z')
		return CLASS_CAPITAL;
	return c >= '0' && c <= '9' ? CLASS_DIGIT : CLASS_GAP;
}

/* Words that are written in several ways, and how the dictionary has them. */
static const char *const spellings[][2] = {
	{"cd", "code"}, {"nm", "name"}, {"dt", "date"}, {"tm", "time"}, {"num", "no"}, {"nbr", "no"},
	{"number", "no"}, {"flg", "flag"}, {"stat", "status"}, {"amt", "quantity"},
};

/* Endings that are written onto short words: ITEMCD, drugnm, visitdate. */
static const char *const endings =
	"no num id cd code nm name dt date dttm tm time dr qty flag flg unit type desc dept bed tel addr sex "
	"res rec dtl mst tbl log";

/* Is this a word of the dictionary, gaps aside? */
static bool
is_known(const char *word, int len)
{
	for (const DraftWords *entry = draft_concept_words; entry->patterns != NULL; entry++)
	{
		const char *at = entry->patterns;
		int			matched = 0;

		for (;; at++)
		{
			if (*at == '_')
				continue;
			if (*at == ' ' || *at == '\0')
			{
				if (matched == len)
					return true;
				matched = 0;
				if (*at == '\0')
					break;
			}
			else
				matched = matched >= 0 && matched < len && word[matched] == *at ? matched + 1 : -1;
		}
	}
	return false;
}

/* Appends one word of small letters, spelled like the dictionary, and a gap. */
static void
append_word(StringInfo words, const char *word, int len)
{
	for (int i = 0; i < lengthof(spellings); i++)
		if (strlen(spellings[i][0]) == len && strncmp(word, spellings[i][0], len) == 0)
		{
			word = spellings[i][1];
			len = strlen(word);
		}
	appendBinaryStringInfo(words, word, len);
	appendStringInfoChar(words, '_');
}

/* The length of the longest known ending of a word, which is not all of it. */
static int
ending_length(const char *word, int len)
{
	int			longest = 0;

	for (const char *at = endings; *at != '\0'; at += strspn(at, " "))
	{
		int			n = strcspn(at, " ");

		if (n < len && n > longest && strncmp(word + len - n, at, n) == 0)
			longest = n;
		at += n;
	}
	return longest;
}

/* Appends a word, taken apart when it is unknown and has a known ending. */
static void
append_parts(StringInfo words, const char *word, int len)
{
	int			ending = is_known(word, len) ? 0 : ending_length(word, len);

	if (ending > 0)
		append_word(words, word, len - ending);
	append_word(words, ending > 0 ? word + len - ending : word, ending > 0 ? ending : len);
}

/*
 * Takes a name in the server's encoding apart: UTF-8, small letters, "_"
 * around every word.
 */
char *
draft_split_name(const char *name)
{
	int			length = strlen(name);
	const char *utf8 = ident_to_utf8(name, &length);
	char	   *text = pnstrdup(utf8, length);
	StringInfoData words;
	int			start = 0;

	initStringInfo(&words);
	appendStringInfoChar(&words, '_');
	for (int i = 0; i < length; i++)
	{
		CharacterClass class = character_class(text[i]);
		CharacterClass next = character_class(text[i + 1]);

		if (class == CLASS_CAPITAL)
			text[i] += 'a' - 'A';
		/* words end where the class changes, but for a small letter behind a capital */
		if (next == class || (class == CLASS_CAPITAL && next == CLASS_SMALL))
			continue;
		if (class != CLASS_GAP)
			append_parts(&words, text + start, i + 1 - start);
		start = i + 1;
	}
	return words.data;
}

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

/*
 * Where in the words of a name a pattern of len bytes matches last: the offset
 * behind the match, or -1.
 */
static int
match_word(const char *words, const char *pattern, int len)
{
	char		dense[64];
	int			denselen = 0;
	int			found = -1;

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
		if (end != NULL)
			found = end - words;
	}
	return found;
}

/* The best match of one of several patterns, between blanks. */
typedef struct WordMatch
{
	const char *pattern;
	int			len;
	int			end;			/* in the name; -1: none */
} WordMatch;

/* Is a match better than another of the same weight? */
static bool
is_better(const WordMatch *a, const WordMatch *b)
{
	return a->len > b->len || (a->len == b->len && a->end > b->end);
}

/* The longest of the patterns that match, of equal ones the last in the name. */
static WordMatch
match_words(const char *words, const char *patterns)
{
	WordMatch	best = {.end = -1};

	while (*patterns != '\0')
	{
		WordMatch	word = {.pattern = patterns, .len = strcspn(patterns, " ")};

		word.end = match_word(words, word.pattern, word.len);
		if (word.end >= 0 && (best.end < 0 || is_better(&word, &best)))
			best = word;
		patterns += word.len;
		patterns += strspn(patterns, " ");
	}
	return best;
}

/* Does the name hold one of the words? */
bool
draft_has_word(const char *words, const char *patterns)
{
	return match_words(words, patterns).end >= 0;
}

/* Is the name one of the words and nothing else? */
bool
draft_has_only_word(const char *words, const char *patterns)
{
	WordMatch	found = match_words(words, patterns);

	return found.len > 0 && found.len + 2 == strlen(words);
}

/* Does the name say that the value is a date or a time? */
bool
draft_says_time(const char *words)
{
	static const char *const ends = "date time datetime dttm timestamp at 日期 時間 日 時";

	return match_words(words, ends).end == strlen(words) - 1 || draft_has_word(words, "birth dob 生日 出生");
}

/*
 * What a column's name says.  time_only: the value is a date or time, so that
 * other concepts are out of the question; else a time is believed only when
 * the name ends with it, which start_ward does not.  *why receives the word
 * that said it.
 */
DraftConcept
draft_concept(const char *words, bool time_only, const char **why)
{
	const DraftWords *best = NULL;
	WordMatch	best_match = {.end = -1};
	int			end = strlen(words) - 1;

	for (const DraftWords *entry = draft_concept_words; entry->patterns != NULL; entry++)
	{
		WordMatch	found;

		if (time_only && entry->concept > CONCEPT_LAST_TIME)
			continue;
		found = match_words(words, entry->patterns);
		if (!time_only && entry->concept <= CONCEPT_LAST_TIME && found.end != end)
			continue;
		if (found.end >= 0 &&
			(best == NULL || entry->weight > best->weight ||
			 (entry->weight == best->weight && is_better(&found, &best_match))))
		{
			best = entry;
			best_match = found;
		}
	}
	if (best == NULL)
		return CONCEPT_NONE;
	*why = pnstrdup(best_match.pattern, best_match.len);
	return best->concept;
}

/*
 * What a table's name says for a resource: 15 for its last word, 4 for one
 * before it, 0 for none.
 */
int
draft_word_score(const char *words, const char *resource)
{
	int			last = -1;
	int			mine = -1;

	for (const DraftResourceWords *entry = draft_resource_words; entry->patterns != NULL; entry++)
	{
		int			end = match_words(words, entry->patterns).end;

		last = Max(last, end);
		if (strcmp(entry->resource, resource) == 0)
			mine = end;
	}
	if (mine < 0)
		return 0;
	return mine == last ? 15 : 4;
}
