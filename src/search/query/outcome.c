/*
 * outcome.c
 *		Errors as OperationOutcomes.
 *
 * An error's DETAIL is an OperationOutcome, ready to be sent.  Messages name
 * parameters, never what was searched for: that may be a patient's, and errors
 * are logged.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/json.h"

#include "search/query/outcome.h"

/* Longest part of a name of the request that a message shows. */
#define LONGEST_NAME 64

static char *format_text(const char *format, va_list args) pg_attribute_printf(1, 0);

/* A message from a format. */
static char *
format_text(const char *format, va_list args)
{
	StringInfoData text;

	initStringInfo(&text);
	for (;;)
	{
		va_list		copy;
		int			needed;

		va_copy(copy, args);
		needed = appendStringInfoVA(&text, format, copy);
		va_end(copy);
		if (needed == 0)
			return text.data;
		enlargeStringInfo(&text, needed);
	}
}

/* An issue; its text is the format's. */
OutcomeIssue *
outcome_issue(const char *severity, const char *code, const char *format,...)
{
	OutcomeIssue *issue = palloc(sizeof(OutcomeIssue));
	va_list		args;

	va_start(args, format);
	issue->severity = severity;
	issue->code = code;
	issue->text = format_text(format, args);
	va_end(args);
	return issue;
}

/* Appends an OperationOutcome of the issues (OutcomeIssue), at least one. */
void
outcome_write(StringInfo json, List *issues)
{
	const char *comma = "";
	ListCell   *lc;

	appendStringInfoString(json, "{\"resourceType\":\"OperationOutcome\",\"issue\":[");
	foreach(lc, issues)
	{
		OutcomeIssue *issue = lfirst(lc);

		appendStringInfo(json, "%s{\"severity\":\"%s\",\"code\":\"%s\",\"diagnostics\":", comma,
						 issue->severity, issue->code);
		escape_json(json, issue->text);
		appendStringInfoChar(json, '}');
		comma = ",";
	}
	appendStringInfoString(json, "]}");
}

/*
 * Raises an error with one of this room's SQLSTATEs and R4's code of the issue.
 * The message must not hold what was searched for.  The hint, which may be NULL
 * and is not part of the OperationOutcome, says by what call the site mends it.
 */
void
outcome_error_hint(int sqlerrcode, const char *code, const char *hint, const char *format,...)
{
	OutcomeIssue issue = {"error", code};
	StringInfoData json;
	va_list		args;

	va_start(args, format);
	issue.text = format_text(format, args);
	va_end(args);
	initStringInfo(&json);
	outcome_write(&json, list_make1(&issue));
	ereport(ERROR,
			(errcode(sqlerrcode), errmsg("%s", issue.text), errdetail("%s", json.data), hint != NULL ? errhint("%s", hint) : 0));
}

/*
 * Is an error one of what a mapping was made for: a column, table, function or
 * code map that is no longer there, or is another thing now?
 */
bool
outcome_is_of_mapping(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case MAKE_SQLSTATE('0', 'A', '0', '0', '0'):	/* feature not supported */
		case MAKE_SQLSTATE('2', '2', '0', '0', '0'):	/* data exception: of a template */
		case MAKE_SQLSTATE('3', 'F', '0', '0', '0'):	/* invalid schema name */
			return true;
		case MAKE_SQLSTATE('4', '2', '0', '0', '0'):	/* syntax error or access rule violation */
			return sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE;
		default:
			return false;
	}
}

/*
 * A name of the request as a message may show it: letters, digits and the
 * marks of parameter names; what else there is becomes "?".
 */
const char *
outcome_name(const char *name)
{
	char	   *copy = pnstrdup(name, LONGEST_NAME);

	for (char *s = copy; *s != '\0'; s++)
		if (!isalnum((unsigned char) *s) && strchr("_-:.", *s) == NULL)
			*s = '?';
	return copy;
}
