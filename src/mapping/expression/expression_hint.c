/*
 * expression_hint.c
 *		What to write instead of an expression that PostgreSQL refuses.
 *
 * The server's parser does not know that the expression stands in a template,
 * where people write a SELECT without parentheses, JSON's double quotes around
 * a text, or braces where none belong.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/formatting.h"

#include "mapping/expression/expression.h"

/* Does the expression begin with a word, in letters of either case? */
static bool
begins_with(const char *sql, const char *word)
{
	int			len = strlen(word);

	sql += strspn(sql, " \t\n\r");
	return pg_strncasecmp(sql, word, len) == 0 && !isalnum((unsigned char) sql[len]) && sql[len] != '_';
}

/* Does the expression hold a word of small letters, in either case? */
static bool
contains(const char *sql, const char *word)
{
	return strstr(asc_tolower(sql, strlen(sql)), word) != NULL;
}

/* The hint for a syntax error, or NULL. */
static const char *
hint_syntax(const TemplateExpr *expr)
{
	bool		placeholder = strcmp(expr->context, "placeholder") == 0;

	if (!placeholder && expr->sql[strspn(expr->sql, " \t\n\r")] == '{')
		return psprintf("The expression of \"%s\" is written without braces.", expr->context);
	if (begins_with(expr->sql, "select") || begins_with(expr->sql, "with"))
		return placeholder ? "A sub-select stands in parentheses: \"{(SELECT ...)}\"." :
			"A sub-select stands in parentheses.";
	if (strchr(expr->sql, ';') != NULL)
		return "An expression has no semicolon.";
	return NULL;
}

/* Does a name stand at the parser's cursor (characters, from 1), and no operator? */
static bool
is_name(const char *sql, int cursor)
{
	for (int i = 1; i < cursor && *sql != '\0'; i++)
		sql += pg_mblen(sql);
	return isalpha((unsigned char) *sql) || *sql == '_' || *sql == '"' || IS_HIGHBIT_SET(*sql);
}

/*
 * The hint for an error that the parser has raised about an expression: the
 * server's own, or what a template's author is likely to have meant; NULL when
 * there is none.
 */
const char *
expression_hint(const TemplateExpr *expr, const ErrorData *error, int cursor)
{
	const char *hint = error->hint;

	switch (error->sqlerrcode)
	{
		case ERRCODE_SYNTAX_ERROR:
			return hint != NULL ? hint : hint_syntax(expr);
		case ERRCODE_UNDEFINED_TABLE:
			if (hint == NULL && contains(expr->sql, "from"))
				return "A table without a schema is one of the mapped relation's schema; a column of the row is this.column.";
			return hint != NULL ? hint : "A column of the row is written alone, or as this.column.";
		case ERRCODE_UNDEFINED_COLUMN:
			if (hint == NULL && strchr(expr->sql, '"') != NULL)
				return "A text is written in single quotes, as in {'text'}; double quotes are for names.";
			return hint;
		case ERRCODE_DATETIME_FIELD_OVERFLOW:
			return "Dates are read as year, month, day, whatever DateStyle says: '2000-03-01'.";
		case ERRCODE_UNDEFINED_FUNCTION:
			if (hint != NULL && is_name(expr->sql, cursor))
				return psprintf("%s Functions of a schema of yours are written with it.", hint);
			return hint;
		default:
			return hint;
	}
}
