/*
 * fold.c
 *		fhir_fold: a text without case, accents and compatibility forms.
 *
 * Each character becomes what the generated table says, whatever stands around
 * it: full-width letters become ASCII's, marks vanish, case is folded.  The
 * table is the project's own, so that an index on fhir_fold() stays good when
 * the server's Unicode or the system's locales change.  In a database that is
 * not in UTF-8 only ASCII letters are folded.
 *
 * Raises no error, since it is leakproof.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/fold.h"

/* A character that becomes others. */
typedef struct FoldEntry
{
	uint32		code;
	uint16		offset;			/* in fold_bytes */
	uint8		len;
} FoldEntry;

#include "base/fold_tables.h"

PG_FUNCTION_INFO_V1(fhir_bridge_fold);

/* Most bytes that one byte of a text may become. */
#define MOST_GROWTH 12

/* A text of more bytes stays as it is: what it would become may be too long. */
#define LONGEST ((int) (MaxAllocSize - VARHDRSZ) / MOST_GROWTH)

/* The entry of a character, or NULL. */
static const FoldEntry *
find_entry(uint32 code)
{
	int			low = 0;
	int			high = lengthof(fold_entries) - 1;

	while (low <= high)
	{
		int			middle = (low + high) / 2;

		if (fold_entries[middle].code == code)
			return &fold_entries[middle];
		if (fold_entries[middle].code < code)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return NULL;
}

/* Folds n bytes of text into another, which has room.  Returns the length. */
static int
fold_bytes_to(char *to, const char *text, int n)
{
	char	   *start = to;
	bool		utf8 = GetDatabaseEncoding() == PG_UTF8;

	for (int i = 0; i < n;)
	{
		unsigned char c = text[i];
		const FoldEntry *entry;
		int			len;

		if (c < 0x80 || !utf8)
		{
			*to++ = c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
			i++;
			continue;
		}
		len = Min(pg_utf_mblen((const unsigned char *) text + i), n - i);
		entry = find_entry(utf8_to_unicode((const unsigned char *) text + i));
		memcpy(to, entry != NULL ? (const char *) fold_bytes + entry->offset : text + i, entry != NULL ? entry->len : len);
		to += entry != NULL ? entry->len : len;
		i += len;
	}
	return to - start;
}

/* The folded text, allocated in the current context. */
char *
fold_text(const char *text)
{
	int			n = strlen(text);
	char	   *folded = palloc((Size) n * MOST_GROWTH + 1);

	folded[fold_bytes_to(folded, text, n)] = '\0';
	return folded;
}

/*
 * fhir_fold(text) RETURNS text
 *		The text without case, accents and compatibility forms.
 */
Datum
fhir_bridge_fold(PG_FUNCTION_ARGS)
{
	text	   *given = PG_GETARG_TEXT_PP(0);
	int			n = VARSIZE_ANY_EXHDR(given);
	text	   *folded;

	if (n > LONGEST)
		PG_RETURN_TEXT_P(given);
	folded = palloc(VARHDRSZ + n * MOST_GROWTH);
	SET_VARSIZE(folded, VARHDRSZ + fold_bytes_to(VARDATA(folded), VARDATA_ANY(given), n));
	PG_RETURN_TEXT_P(folded);
}
