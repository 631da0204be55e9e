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
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/rel.h"
#include "utils/varlena.h"

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

/* The names of the relation's columns. */
static List *
column_names(Relation relation)
{
	TupleDesc	desc = RelationGetDescr(relation);
	List	   *names = NIL;

	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			names = lappend(names, NameStr(TupleDescAttr(desc, i)->attname));
	return names;
}

/*
 * The name at the parser's cursor (characters, from 1), as it stands there but
 * without quotes, and without what says that it is the row's.  NULL where
 * another name qualifies it: that of a sub-select's table, say.
 */
static char *
name_at(const char *sql, int cursor)
{
	const char *end;

	for (int i = 1; i < cursor && *sql != '\0'; i++)
		sql += pg_mblen(sql);
	if (strncmp(sql, "this.", strlen("this.")) == 0)
		sql += strlen("this.");
	if (*sql == '"')
	{
		end = strchr(sql + 1, '"');
		return end == NULL || end[1] == '.' ? NULL : pnstrdup(sql + 1, end - sql - 1);
	}
	for (end = sql; isalnum((unsigned char) *end) || *end == '_' || *end == '$' || IS_HIGHBIT_SET(*end); end++)
		;
	return end == sql || *end == '.' ? NULL : pnstrdup(sql, end - sql);
}

/* The column that the server would take a name for, by how many characters differ; NULL when it is like none. */
static const char *
column_like(List *columns, const char *name)
{
	const char *column = NULL;
	int			least = 4;		/* the server's own limit is three */
	int			len = strlen(name);
	ListCell   *lc;

	if (len >= NAMEDATALEN)
		return NULL;
	foreach(lc, columns)
	{
		int			price = varstr_levenshtein_less_equal(name, len, lfirst(lc), strlen(lfirst(lc)), 1, 1, 1, least, true);

		if (price >= least || price > len / 2)
			continue;
		least = price;
		column = lfirst(lc);
	}
	return column;
}

/* Is it a name that only a keyword of the same letters makes need quotes? */
static bool
is_word(const char *name)
{
	return strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name);
}

/* The text without the blanks around it. */
static char *
trimmed(const char *sql)
{
	size_t		len;

	sql += strspn(sql, " \t\n\r");
	for (len = strlen(sql); len > 0 && strchr(" \t\n\r", sql[len - 1]) != NULL; len--)
		;
	return pnstrdup(sql, len);
}

/*
 * The hint for an expression that means a column which has to be quoted: by the
 * unknown name at the parser's cursor, or where that is 0 by a name which it has
 * somewhere ({Patient Name}, {upper(Patient Name)}).  NULL when no such column
 * is meant.  JSON wants the quotes escaped.
 */
const char *
expression_column_hint(const ExpressionScope *scope, const TemplateExpr *expr, int cursor)
{
	List	   *columns = column_names(scope->relation);
	const char *column = NULL;
	char	   *name;
	ListCell   *lc;

	foreach(lc, columns)
		if (quote_identifier(lfirst(lc)) != lfirst(lc) &&
			(cursor == 0 ? !is_word(lfirst(lc)) && contains(expr->sql, asc_tolower(lfirst(lc), strlen(lfirst(lc)))) :
			 pg_strcasecmp(lfirst(lc), trimmed(expr->sql)) == 0) &&
			(column == NULL || strlen(lfirst(lc)) > strlen(column)))
			column = lfirst(lc);
	if (column == NULL && cursor > 0 && (name = name_at(expr->sql, cursor)) != NULL)
	{
		column = hint_column(columns, name);
		if (column == NULL)
			column = column_like(columns, name);
	}
	if (column == NULL || quote_identifier(column) == column)
		return NULL;
	return psprintf("A column whose name has blanks, capitals or signs is quoted: %s.",
					strcmp(expr->context, "placeholder") == 0 ? psprintf("{\\\"%s\\\"}", column) : psprintf("\\\"%s\\\"", column));
}

/*
 * The server's "perhaps you meant" with the column as a template has it: the
 * server shows table and column in one pair of quotes.
 */
static const char *
hint_quoted(const char *hint)
{
	const char *open = strchr(hint, '"');
	const char *dot = open == NULL ? NULL : strchr(open, '.');
	const char *end = strrchr(hint, '"');
	char	   *column;

	if (dot == NULL || end == NULL || end <= dot)
		return hint;
	column = pnstrdup(dot + 1, end - dot - 1);
	if (strchr(column, '"') != NULL || quote_identifier(column) == column)
		return hint;
	return psprintf("Perhaps you meant %s.\\\"%s\\\".", pnstrdup(open + 1, dot - open - 1), column);
}

/*
 * The hint for an error that the parser has raised about an expression: the
 * server's own, or what a template's author is likely to have meant; NULL when
 * there is none.
 */
const char *
expression_hint(const ExpressionScope *scope, const TemplateExpr *expr, const ErrorData *error, int cursor)
{
	const char *hint = error->hint;
	const char *column;

	switch (error->sqlerrcode)
	{
		case ERRCODE_SYNTAX_ERROR:
			column = expression_column_hint(scope, expr, 0);
			return column != NULL ? column : hint != NULL ? hint : hint_syntax(expr);
		case ERRCODE_UNDEFINED_TABLE:
			if (hint == NULL && contains(expr->sql, "from"))
				return "A table without a schema is one of the mapped relation's schema; a column of the row is this.column.";
			return hint != NULL ? hint : "A column of the row is written alone, or as this.column.";
		case ERRCODE_UNDEFINED_COLUMN:
			column = expression_column_hint(scope, expr, cursor);
			if (column != NULL)
				return column;
			if (hint != NULL)
				return hint_quoted(hint);
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
