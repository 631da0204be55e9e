/*
 * pin.c
 *		The settings that a mapping is read and run under, whatever the session has.
 *
 * A row must give the same resource in every session.  What PostgreSQL makes of
 * an expression follows settings at three moments: when it is parsed (a literal
 * such as '03/01/2000' is read then), when it is planned (a function in SQL is
 * parsed then), and when it runs (a time is put into words).  For the first two
 * base_pin_settings sets them as SET LOCAL would.  For the third, where each
 * call counts, base_enter_settings changes the server's variables themselves,
 * for the length of one call of one built-in function.
 *
 * The values are PostgreSQL's own defaults, and the time zone the mapping's.
 * Only dates are read as year, month and day: what may be day/month/year or
 * month/day/year is then an error instead of a guess.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/xml.h"

#include "base/base.h"

/* A setting and the value that it is pinned to. */
typedef struct Pin
{
	const char *name;
	const char *value;
} Pin;

/* What parsing and planning look at, besides search_path and TimeZone. */
static const Pin pins[] = {
	{"standard_conforming_strings", "on"},
	{"backslash_quote", "safe_encoding"},
	{"transform_null_equals", "off"},
	{"array_nulls", "on"},
	{"DateStyle", "ISO, YMD"},
	{"IntervalStyle", "postgres"},
	{"timezone_abbreviations", "Default"},
	{"extra_float_digits", "1"},
	{"bytea_output", "hex"},
	{"xmlbinary", "base64"},
	{"xmloption", "content"},
	{"quote_all_identifiers", "off"},
	{"default_text_search_config", "pg_catalog.simple"},
	{"lc_monetary", "C"},
	{"lc_numeric", "C"},
	{"lc_time", "C"},
};

/* Sets one setting until the nest level ends, where it is another. */
static void
pin_one(const char *name, const char *value)
{
	const char *present = GetConfigOption(name, true, false);

	if (present != NULL && strcmp(present, value) != 0)
		(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Pins search_path, as base_pin_search_path does, and every setting that the
 * meaning of an expression may follow.  zone is the name of the time zone;
 * NULL is UTC.  Returns the nest level, which the caller ends by
 * AtEOXact_GUC(true, level); an error ends it by itself.
 */
int
base_pin_settings(Oid function, const char *zone)
{
	int			nestlevel = base_pin_search_path(function);

	for (int i = 0; i < lengthof(pins); i++)
		pin_one(pins[i].name, pins[i].value);
	pin_one("TimeZone", zone != NULL ? zone : "UTC");
	return nestlevel;
}

/*
 * Pins what has no variable of its own and is dear to change: how money,
 * numbers and the names of months are written in the server's language, and
 * what the abbreviations of time zones mean.  Returns the nest level, or 0
 * when everything is as it should be.
 */
int
base_pin_language(void)
{
	static const Pin language[] = {
		{"lc_monetary", "C"}, {"lc_numeric", "C"}, {"lc_time", "C"}, {"timezone_abbreviations", "Default"}
	};
	int			nestlevel = 0;

	for (int i = 0; i < lengthof(language); i++)
	{
		const char *present = GetConfigOption(language[i].name, true, false);

		if (present == NULL || strcmp(present, language[i].value) == 0)
			continue;
		if (nestlevel == 0)
			nestlevel = NewGUCNestLevel();
		pin_one(language[i].name, language[i].value);
	}
	return nestlevel;
}

/*
 * Takes the pinned settings until base_leave_settings, which must be called,
 * also after an error.  In between only built-in functions may run: they read
 * these variables and do not set them.
 */
void
base_enter_settings(BaseSettings *saved, pg_tz *zone)
{
	*saved = (BaseSettings){
		.date_style = DateStyle, .date_order = DateOrder, .interval_style = IntervalStyle,
		.float_digits = extra_float_digits,
		.bytea_output = bytea_output,
		.xml_binary = xmlbinary,
		.xml_option = xmloption,
		.array_nulls = Array_nulls,
		.quote_all = quote_all_identifiers,
		.zone = session_timezone
	};
	DateStyle = USE_ISO_DATES;
	DateOrder = DATEORDER_YMD;
	IntervalStyle = INTSTYLE_POSTGRES;
	extra_float_digits = 1;
	bytea_output = BYTEA_OUTPUT_HEX;
	xmlbinary = XMLBINARY_BASE64;
	xmloption = XMLOPTION_CONTENT;
	Array_nulls = true;
	quote_all_identifiers = false;
	session_timezone = zone;
}

/* Gives the session its settings back. */
void
base_leave_settings(const BaseSettings *saved)
{
	DateStyle = saved->date_style;
	DateOrder = saved->date_order;
	IntervalStyle = saved->interval_style;
	extra_float_digits = saved->float_digits;
	bytea_output = saved->bytea_output;
	xmlbinary = saved->xml_binary;
	xmloption = saved->xml_option;
	Array_nulls = saved->array_nulls;
	quote_all_identifiers = saved->quote_all;
	session_timezone = saved->zone;
}
