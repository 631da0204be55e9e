/*
 * query_value.c
 *		The values of a condition, by the kind of its parameter.
 *
 * Commas part alternatives, bars the parts of a token or quantity, dollars the
 * components of a composite; a backslash before one of them takes its meaning
 * away.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "search/query/query.h"

/* Longest number that is taken, in characters. */
#define LONGEST_NUMBER 60

static SearchValue *read_value(const SearchQuery *query, const SearchCondition *condition,
							   const Parameter *parameter, const char *text);

/* The parts of a text between separators that no backslash stands before, still escaped. */
List *
query_split(const char *text, char separator)
{
	List	   *parts = NIL;
	const char *start = text;

	for (;; text++)
	{
		if (*text == '\\' && text[1] != '\0')
			text++;
		else if (*text == separator || *text == '\0')
		{
			parts = lappend(parts, pnstrdup(start, text - start));
			start = text + 1;
			if (*text == '\0')
				return parts;
		}
	}
}

/* The text without its escapes. */
char *
query_unescape(const char *text)
{
	char	   *copy = palloc(strlen(text) + 1);
	char	   *to = copy;

	for (; *text != '\0'; text++)
	{
		if (*text == '\\' && text[1] != '\0' && strchr("\\,|$", text[1]) != NULL)
			text++;
		*to++ = *text;
	}
	*to = '\0';
	return copy;
}

/* An error that a value is not of its parameter's form. */
static void
pg_attribute_noreturn()
	bad_value(const Parameter *parameter, const char *form)
{
	outcome_error(SEARCH_INVALID, "value", "a value of parameter \"%s\" must be %s",
				  outcome_name(parameter->code), form);
}

/* Takes the prefix off the text. */
static const char *
read_prefix(SearchValue *value, const char *text)
{
	static const char *const names[] = {"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"};

	for (int i = 0; i < lengthof(names); i++)
		if (strncmp(text, names[i], 2) == 0)
		{
			value->prefix = i;
			return text + 2;
		}
	return text;
}

/* Reads "system|code", "|code", "system|" or "code". */
static void
read_token(SearchValue *value, const Parameter *parameter, const char *text, bool of_type)
{
	List	   *parts = query_split(text, '|');

	if (of_type && list_length(parts) != 3)
		bad_value(parameter, "system|code|value");
	if (!of_type && list_length(parts) > 2)
		bad_value(parameter, "system|code");
	value->has_system = list_length(parts) > 1;
	value->system = value->has_system ? query_unescape(linitial(parts)) : "";
	value->code = query_unescape(value->has_system ? lsecond(parts) : linitial(parts));
	value->of_type = of_type ? query_unescape(lthird(parts)) : NULL;
	if (of_type && (value->system[0] == '\0' || value->code[0] == '\0' || value->of_type[0] == '\0'))
		bad_value(parameter, "system|code|value, with all of them");
	if (value->system[0] == '\0' && value->code[0] == '\0')
		bad_value(parameter, "system|code, with one of them");
}

/* A number from text. */
static Numeric
numeric_of(const char *text)
{
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/* Is the text a JSON number, and not too long?  *decimals and *exponent are those that it has. */
static bool
is_number(const char *text, int *decimals, int *exponent, bool *has_exponent)
{
	const char *s = text + (*text == '-' || *text == '+');
	int			whole = strspn(s, "0123456789");

	*decimals = *exponent = 0;
	*has_exponent = false;
	s += whole;
	if (*s == '.')
	{
		*decimals = strspn(++s, "0123456789");
		s += *decimals;
		if (*decimals == 0)
			return false;
	}
	if (*s == 'e' || *s == 'E')
	{
		const char *digits = s + 1 + (s[1] == '-' || s[1] == '+' || s[1] == ' ');
		int			n = strspn(digits, "0123456789");

		if (n == 0 || n > 2)
			return false;
		*has_exponent = true;
		*exponent = atoi(digits) * (s[1] == '-' ? -1 : 1);
		s = digits + n;
	}
	return *s == '\0' && whole + *decimals > 0 && s - text <= LONGEST_NUMBER;
}

/*
 * Reads a number, and what its digits stand for: half of the last one's unit
 * to either side.  R4's example of an exponent, 1e2, stands for 95 to 105: the
 * unit is then the next digit's.
 */
static void
read_number(SearchValue *value, const Parameter *parameter, const char *text)
{
	int			decimals;
	int			exponent;
	bool		has_exponent;
	Numeric		half;
	char	   *copy = pstrdup(text);

	if (!is_number(copy, &decimals, &exponent, &has_exponent))
		bad_value(parameter, "a number, with a prefix such as ge or without");
	for (char *s = copy; *s != '\0'; s++)
		if (*s == ' ')
			*s = '+'; /* a raw plus sign arrives as a blank */
	value->number = numeric_of(copy);
	half = numeric_of(psprintf("5e%d", exponent - decimals - 1 - has_exponent));
	value->low = DatumGetNumeric(DirectFunctionCall2(numeric_sub, NumericGetDatum(value->number), NumericGetDatum(half)));
	value->high = DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(value->number), NumericGetDatum(half)));
}

/* Reads "number", "number|system|code" or "number||code". */
static void
read_quantity(SearchValue *value, const Parameter *parameter, const char *text)
{
	List	   *parts = query_split(text, '|');

	if (list_length(parts) != 1 && list_length(parts) != 3)
		bad_value(parameter, "number, number|system|code or number||code");
	read_number(value, parameter, linitial(parts));
	value->system = list_length(parts) == 3 ? query_unescape(lsecond(parts)) : "";
	value->has_system = value->system[0] != '\0';
	value->code = list_length(parts) == 3 ? query_unescape(lthird(parts)) : "";
}

/* Reads a date or time. */
static void
read_date(SearchValue *value, const Parameter *parameter, const char *text)
{
	TimestampTz low;
	TimestampTz high;
	bool		instant;

	value->text = pstrdup(text);
	if (!query_date_range(text, strlen(text), NULL, &low, &high, &instant))
		bad_value(parameter, "a date such as 2024, 2024-02, 2024-02-29 or 2024-02-29T10:00:00+08:00, with a prefix such as ge or without");
}

/* Does the text look like a resource's id? */
static bool
is_id(const char *text)
{
	return r4_text_is_valid(R4_ID, text, strlen(text));
}

/* Reads "id", "Type/id" or a URL, which below our own base is as without it. */
static void
read_reference(const SearchQuery *query, const SearchCondition *condition, SearchValue *value, const char *text)
{
	int			base = query->base_url != NULL ? strlen(query->base_url) : 0;
	char	   *given = query_unescape(text);
	char	   *relative = given;
	char	   *slash;
	char	   *history;

	value->text = given;
	if (base > 0 && strncmp(given, query->base_url, base) == 0 && given[base] == '/')
		relative = given + base + 1;
	else if (strstr(given, "://") != NULL || strncmp(given, "urn:", 4) == 0)
	{
		value->url = given;
		return;
	}
	relative = pstrdup(relative);
	history = strstr(relative, "/_history/");
	if (history != NULL)
		*history = '\0';
	slash = strchr(relative, '/');
	if (slash != NULL)
	{
		R4Type		type = r4_type(relative, slash - relative);

		if (type != R4_NO_TYPE && r4_is_resource(type) && is_id(slash + 1))
		{
			value->type = pnstrdup(relative, slash - relative);
			value->id = slash + 1;
			return;
		}
	}
	else if (is_id(relative))
	{
		value->id = relative;
		if (condition->modifier == MODIFIER_TYPE)
			value->type = pstrdup(condition->modifier_type);
		return;
	}
	value->url = given;
}

/* Reads the components of a composite. */
static void
read_composite(const SearchQuery *query, const SearchCondition *condition, SearchValue *value,
			   const Parameter *parameter, const char *text)
{
	List	   *parts = query_split(text, '$');
	ListCell   *part;
	ListCell   *component;

	if (list_length(parts) != list_length(parameter->components))
		bad_value(parameter, psprintf("%d values with $ between them", list_length(parameter->components)));
	forboth(part, parts, component, parameter->components)
		value->parts = lappend(value->parts, read_value(query, condition, lfirst(component), lfirst(part)));
}

/* Reads one value of a parameter. */
static SearchValue *
read_value(const SearchQuery *query, const SearchCondition *condition, const Parameter *parameter, const char *text)
{
	SearchValue *value = palloc0(sizeof(SearchValue));

	if (text[0] == '\0')
		bad_value(parameter, "given between its commas");
	value->text = query_unescape(text);
	switch (parameter->kind)
	{
		case PARAMETER_TOKEN:
			if (condition->modifier != MODIFIER_TEXT)
				read_token(value, parameter, text, condition->modifier == MODIFIER_OF_TYPE);
			break;
		case PARAMETER_DATE:
			read_date(value, parameter, read_prefix(value, value->text));
			break;
		case PARAMETER_NUMBER:
			read_number(value, parameter, read_prefix(value, value->text));
			break;
		case PARAMETER_QUANTITY:
			read_quantity(value, parameter, read_prefix(value, text));
			break;
		case PARAMETER_REFERENCE:
			if (condition->modifier == MODIFIER_IDENTIFIER)
				read_token(value, parameter, text, false);
			else
				read_reference(query, condition, value, text);
			break;
		case PARAMETER_COMPOSITE:
			read_composite(query, condition, value, parameter, text);
			break;
		case PARAMETER_STRING:
		case PARAMETER_URI:
		case PARAMETER_SPECIAL:
			break;
	}
	return value;
}

/* Reads the values of a condition; raises an error for one not of its form. */
void
query_read_values(const SearchQuery *query, SearchCondition *condition)
{
	List	   *texts = query_split(condition->value, ',');
	ListCell   *lc;

	if (list_length(texts) > SEARCH_MOST_VALUES)
		outcome_error(SEARCH_INVALID, "too-costly", "parameter \"%s\" has more than %d values",
					  outcome_name(condition->name), SEARCH_MOST_VALUES);
	foreach(lc, texts)
		condition->values = lappend(condition->values,
									read_value(query, condition, condition->parameter, lfirst(lc)));
}
