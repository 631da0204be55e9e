/*
 * roc_date.c
 *		Dates of the Republic of China calendar, as Taiwan's hospitals write them.
 *
 * Year 1 is 1912.  The forms, with white space around them allowed:
 *
 *	0790101, 790101				year of three or two digits, month, day
 *	79/1/1, 079-01-01, 79.1.1	year of one to three digits, one separator
 *	民國79年1月1日				with or without 民國
 *
 * Not accepted: eight digits and years of four digits, which are the Gregorian
 * calendar; years before the Republic (民國前) and year 0; five digits, which
 * could be cut in two ways; a time of day; two different separators.
 */
#include "postgres.h"

#include "fmgr.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"

#include "base/base.h"
#include "ident/ident.h"

#define ROC_YEAR_OFFSET 1911	/* Gregorian year = ROC year + this */

/* UTF-8 of 民國, 年, 月, 日 */
#define ROC_ERA "\xe6\xb0\x91\xe5\x9c\x8b"
#define ROC_YEAR "\xe5\xb9\xb4"
#define ROC_MONTH "\xe6\x9c\x88"
#define ROC_DAY "\xe6\x97\xa5"

/* What is still to be read; every reader below moves next on success only. */
typedef struct RocReader
{
	const char *next;
	const char *end;
} RocReader;

/* A date as written. */
typedef struct RocDate
{
	int			year;			/* of the Republic */
	int			month;
	int			day;
} RocDate;

PG_FUNCTION_INFO_V1(fhir_bridge_roc_date);

/* Removes white space at both ends; what it is depends on no locale. */
static void
trim(RocReader *reader)
{
	while (reader->next < reader->end && scanner_isspace(*reader->next))
		reader->next++;
	while (reader->next < reader->end && scanner_isspace(reader->end[-1]))
		reader->end--;
}

/* Reads one fixed string. */
static bool
read_word(RocReader *reader, const char *word)
{
	int			length = strlen(word);

	if (reader->end - reader->next < length || memcmp(reader->next, word, length) != 0)
		return false;
	reader->next += length;
	return true;
}

/* Reads a number of between min and max digits, as many as there are. */
static bool
read_number(RocReader *reader, int min, int max, int *number)
{
	const char *start = reader->next;
	int			value = 0;
	int			digits = 0;

	while (start + digits < reader->end && digits < max &&
		   start[digits] >= '0' && start[digits] <= '9')
		value = value * 10 + (start[digits++] - '0');
	if (digits < min)
		return false;
	*number = value;
	reader->next += digits;
	return true;
}

/* Reads year, month and day with these words after each. */
static bool
read_parts(RocReader reader, const char *after_year, const char *after_month,
		   const char *after_day, RocDate *date)
{
	return read_number(&reader, 1, 3, &date->year) && read_word(&reader, after_year) &&
		read_number(&reader, 1, 2, &date->month) && read_word(&reader, after_month) &&
		read_number(&reader, 1, 2, &date->day) && read_word(&reader, after_day) &&
		reader.next == reader.end;
}

/* Reads six or seven digits: the last four are month and day. */
static bool
read_digits(RocReader reader, RocDate *date)
{
	int			length = reader.end - reader.next;

	return (length == 6 || length == 7) &&
		read_number(&reader, length - 4, length - 4, &date->year) &&
		read_number(&reader, 2, 2, &date->month) &&
		read_number(&reader, 2, 2, &date->day);
}

/* Reads any of the forms. */
static bool
read_date(RocReader reader, RocDate *date)
{
	if (read_word(&reader, ROC_ERA))
		return read_parts(reader, ROC_YEAR, ROC_MONTH, ROC_DAY, date);
	return read_digits(reader, date) ||
		read_parts(reader, "/", "/", "", date) ||
		read_parts(reader, "-", "-", "", date) ||
		read_parts(reader, ".", ".", "", date) ||
		read_parts(reader, ROC_YEAR, ROC_MONTH, ROC_DAY, date);
}

/*
 * Turns a date as written into the server's.  Raises 22008 for year 0 and for
 * a day that the calendar does not have.
 */
static DateADT
roc_to_date(const RocDate *date)
{
	int			year = date->year + ROC_YEAR_OFFSET;

	if (date->year < 1 || date->month < 1 || date->month > MONTHS_PER_YEAR ||
		date->day < 1 || date->day > day_tab[isleap(year)][date->month - 1])
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
				 errmsg("date of the Republic of China calendar does not exist"),
				 errhint("Years count from 1, which is 1912; month and day must be real.")));
	return date2j(year, date->month, date->day) - POSTGRES_EPOCH_JDATE;
}

/*
 * roc_date(text) RETURNS date
 *
 * Strict; text of nothing but white space gives NULL.  Raises 22007 for any
 * form not listed above.
 */
Datum
fhir_bridge_roc_date(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	int			length = VARSIZE_ANY_EXHDR(value);
	const char *utf8 = ident_to_utf8(VARDATA_ANY(value), &length);
	RocReader	reader = {utf8, utf8 + length};
	RocDate		date;

	trim(&reader);
	if (reader.next == reader.end)
		PG_RETURN_NULL();
	if (!read_date(reader, &date))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("invalid date of the Republic of China calendar"),
				 errhint("Write it as 0790101, 790101, 79/1/1, 079-01-01, 79.1.1, or with the Chinese words for year, month and day.")));
	PG_RETURN_DATEADT(roc_to_date(&date));
}
