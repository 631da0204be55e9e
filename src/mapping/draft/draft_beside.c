/*
 * draft_beside.c
 *		What a draft needs beside its columns.
 *
 * Constants, from the table of draft_constants.c; and for required elements
 * whose columns may be empty, the reason for their absence.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "mapping/draft/draft.h"

/* Text as it stands in a template: its braces doubled. */
static char *
literal(const char *text)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (; *text != '\0'; text++)
	{
		if (*text == '{' || *text == '}')
			appendStringInfoChar(&buf, *text);
		appendStringInfoChar(&buf, *text);
	}
	return buf.data;
}

/* The first use at a path or below it, or NULL. */
static DraftUse *
find_use(Draft *draft, const char *path)
{
	int			len = strlen(path);
	ListCell   *lc;

	foreach(lc, draft->uses)
	{
		DraftUse   *use = lfirst(lc);

		if (strncmp(use->path, path, len) == 0 && (use->path[len] == '\0' || use->path[len] == '.'))
			return use;
	}
	return NULL;
}

/* Does a constant apply?  *use receives what feeds its path, or its group. */
static bool
constant_applies(Draft *draft, const DraftConstant *constant, DraftUse **use)
{
	*use = NULL;
	if (constant->resource != NULL && strcmp(constant->resource, draft->resource) != 0)
		return false;
	if (constant->group != NULL)
	{
		*use = find_use(draft, constant->group);
		return *use != NULL;
	}
	if (draft_find(draft, pnstrdup(constant->path, strcspn(constant->path, "."))) != NULL ||
		!draft_is_free(draft, constant->path))
		return false;
	if (constant->when == NULL)
		return true;
	if (strncmp(constant->when, "table:", 6) == 0)
		return draft_has_word(draft->words, constant->when + 6);
	*use = find_use(draft, constant->when);
	return *use != NULL;
}

/* A constant's text with $table, $column or $ (an expression) filled in. */
static char *
constant_value(Draft *draft, const DraftConstant *constant, const DraftUse *use)
{
	const char *value = constant->value;
	const char *dollar = strchr(value, '$');
	const char *instead;
	int			len = 1;

	if (dollar == NULL)
		return pstrdup(value);
	if (strncmp(dollar, "$table", 6) == 0)
	{
		instead = literal(draft->table);
		len = 6;
	}
	else if (strncmp(dollar, "$column", 7) == 0)
	{
		instead = draft_url_part(use->column->name);
		len = 7;
	}
	else
		instead = draft_or_null(use->column);
	return psprintf("%.*s%s%s", (int) (dollar - value), value, instead, dollar + len);
}

/* What stands beside the columns. */
void
draft_fill_constants(Draft *draft)
{
	for (const DraftConstant *constant = draft_constants; constant->value != NULL; constant++)
	{
		DraftUse   *use;
		const char *path = constant->path;
		bool		json = constant->value[0] == '[' || strncmp(constant->value, "{\"", 2) == 0;
		char	   *value;

		if (!constant_applies(draft, constant, &use))
			continue;
		if (constant->group != NULL)
			path = psprintf("%s.%s", constant->group, path);
		if (!draft_is_free(draft, path))
			continue;
		value = constant_value(draft, constant, use);
		if (strstr(constant->value, "$ ") != NULL)
			draft_use(draft, use->column, path, value, psprintf("%s, which tells the status", use->column->why));
		else
			draft_set(draft, path, value)->json = json;
	}
}

/* Is every value below an element one that may be empty? */
static bool
may_be_empty(Draft *draft, const char *element)
{
	int			len = strlen(element);
	bool		any = false;
	ListCell   *lc;

	foreach(lc, draft->uses)
	{
		DraftUse   *use = lfirst(lc);

		if (strncmp(use->path, element, len) != 0 || (use->path[len] != '.' && use->path[len] != '\0'))
			continue;
		/* what has an ELSE always gives something */
		if (use->column->not_null || strstr(use->expression, " ELSE ") != NULL)
			return false;
		any = true;
	}
	return any;
}

/*
 * The path of the value of a required element whose twin can say that it is
 * absent: it must stand in the element itself, which is always written.  A
 * concept of codes alone gets a text.
 */
static const char *
absent_path(Draft *draft, const DraftNode *element)
{
	ListCell   *lc;
	char	   *text = psprintf("%s.text", element->name);
	DraftUse   *use = find_use(draft, element->name);

	if (element->value != NULL)
		return element->name;
	if (strcmp(r4_type_name(element->type), "CodeableConcept") == 0)
	{
		if (draft_find(draft, text) == NULL)
			draft_use(draft, use->column, text, use->expression, "text beside a code that may be missing");
		return text;
	}
	foreach(lc, draft->uses)
	{
		use = lfirst(lc);
		if (use->node->parent == element)
			return use->path;
	}
	return NULL;
}

/*
 * Where a required element could come out empty, says so in the resource: its
 * value's twin gets a reason for its absence.
 */
void
draft_fill_absent(Draft *draft)
{
	ListCell   *lc;

	foreach(lc, list_copy(draft->root->children))
	{
		DraftNode  *node = lfirst(lc);
		R4Child		child;
		const char *path;
		const char *step;

		if (!r4_child(draft->root->type, node->name, strlen(node->name), &child) || !child.required ||
			!may_be_empty(draft, node->name))
			continue;
		path = absent_path(draft, node);
		if (path == NULL)
			continue;
		step = strrchr(path, '.');
		step = step ? step + 1 : path;
		draft_set(draft, psprintf("%.*s_%s", (int) (step - path), path, step),
				  "{\"$absent\": \"unknown\"}")
			->json = true;
	}
}
