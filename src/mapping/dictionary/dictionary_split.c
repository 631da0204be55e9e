/*
 * dictionary_split.c
 *		Taking names of tables and columns apart.
 *
 * Names are compared in UTF-8, in small letters: "_" stands between words,
 * where a capital follows a small letter, and between letters and digits:
 * chartNo, CHART_NO and chart-no are all "_chart_no_", and so is CHARTNO,
 * because "no" is a usual ending.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "ident/ident.h"
#include "mapping/dictionary/dictionary.h"

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
	"res rec dtl mst tbl log uom";

/* Is this a word of the dictionary, gaps aside? */
static bool
is_known(const char *word, int len)
{
	for (const DictionaryConcept *concept = dictionary_concepts; concept->name != NULL; concept++)
		if (dictionary_is_among(word, len, concept->words))
			return true;
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
dictionary_split_name(const char *name)
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
