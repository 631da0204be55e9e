/*
 * template_fault.c
 *		Faults of a template: collected, then reported in one error.
 *
 * An author wants to see all that is wrong at once.  Each fault names the
 * path in the template, line and column, and where it can what to write.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "mapping/template/template.h"

#define MAX_PATHS 8				/* before a hint that is for many */

static void add_fault(Template *template, const TemplateNode *node, int offset, int sqlerrcode,
					  const char *hint, const char *message, va_list args) pg_attribute_printf(6, 0);

/*
 * Adds a fault; the format arguments never hold a value of a row.  The path is
 * found when the fault is reported: resourceType may come last.
 */
static void
add_fault(Template *template, const TemplateNode *node, int offset, int sqlerrcode,
		  const char *hint, const char *message, va_list args)
{
	TemplateFault *fault;
	StringInfoData text;

	if (list_length(template->faults) >= TEMPLATE_MAX_FAULTS)
	{
		template->more_faults = true;
		return;
	}
	fault = palloc0(sizeof(TemplateFault));
	initStringInfo(&text);
	for (;;)
	{
		va_list		copy;
		int			needed;

		va_copy(copy, args);
		needed = appendStringInfoVA(&text, message, copy);
		va_end(copy);
		if (needed == 0)
			break;
		enlargeStringInfo(&text, needed);
	}
	fault->node = node;
	fault->offset = offset;
	fault->message = text.data;
	fault->hint = hint ? pstrdup(hint) : NULL;
	fault->sqlerrcode = sqlerrcode;
	fault->number = list_length(template->faults);
	template->faults = lappend(template->faults, fault);
}

/* Adds a fault of a node at a byte offset of the template. */
void
template_fault(Template *template, const TemplateNode *node, int offset,
			   int sqlerrcode, const char *hint, const char *message,...)
{
	va_list		args;

	va_start(args, message);
	add_fault(template, node, offset, sqlerrcode, hint, message, args);
	va_end(args);
}

/* Adds a fault of a node: at its key where it has one, else at its value. */
void
template_node_fault(Template *template, const TemplateNode *node,
					const char *hint, const char *message,...)
{
	va_list		args;

	va_start(args, message);
	add_fault(template, node, node->key_offset,
			  ERRCODE_INVALID_PARAMETER_VALUE, hint, message, args);
	va_end(args);
}

/* Faults are listed in the order of the template, then as they were found. */
static int
compare_faults(const ListCell *a, const ListCell *b)
{
	const TemplateFault *left = lfirst(a);
	const TemplateFault *right = lfirst(b);

	if (left->offset != right->offset)
		return left->offset - right->offset;
	return left->number - right->number;
}

/* Has a fault of the node itself been found? */
bool
template_has_fault(const Template *template, const TemplateNode *node)
{
	ListCell   *lc;

	foreach(lc, template->faults)
		if (((TemplateFault *) lfirst(lc))->node == node)
			return true;
	return false;
}

/* A hint, and the paths that it is for. */
typedef struct HintGroup
{
	const char *hint;
	const char *last;			/* of the paths */
	StringInfoData paths;
	int			count;			/* of them; only the first few are written */
} HintGroup;

/* Adds a fault's hint to the groups: to that of the same hint, else as a new one. */
static List *
add_hint(List *groups, const TemplateFault *fault, const char *path)
{
	HintGroup  *group;
	ListCell   *lc;

	if (fault->hint == NULL)
		return groups;
	foreach(lc, groups)
	{
		group = lfirst(lc);
		if (strcmp(group->hint, fault->hint) != 0)
			continue;
		if (strcmp(group->last, path) == 0)
			return groups;
		group->last = path;
		if (group->count++ < MAX_PATHS)
			appendStringInfo(&group->paths, ", %s", path);
		return groups;
	}
	group = palloc(sizeof(HintGroup));
	group->hint = fault->hint;
	group->last = path;
	group->count = 1;
	initStringInfo(&group->paths);
	appendStringInfoString(&group->paths, path);
	return lappend(groups, group);
}

/*
 * The text of all hints: one as it is, when there is one fault; else each
 * behind the paths that it is for.
 */
static char *
hint_text(List *groups, bool single)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, groups)
	{
		HintGroup  *group = lfirst(lc);

		if (text.len > 0)
			appendStringInfoChar(&text, '\n');
		if (!single)
			appendStringInfoString(&text, group->paths.data);
		if (group->count > MAX_PATHS)
			appendStringInfo(&text, " and %d more", group->count - MAX_PATHS);
		if (!single)
			appendStringInfoString(&text, ": ");
		appendStringInfoString(&text, group->hint);
	}
	return text.data;
}

/*
 * Raises one error for all faults, or returns when there are none.
 *
 * A single fault is the primary message; several are counted there and listed
 * in the detail.
 */
void
template_report(Template *template)
{
	StringInfoData detail;
	List	   *groups = NIL;
	TemplateFault *first;
	int			count = list_length(template->faults);
	ListCell   *lc;

	if (count == 0)
		return;
	list_sort(template->faults, compare_faults);
	first = linitial(template->faults);
	initStringInfo(&detail);
	foreach(lc, template->faults)
	{
		TemplateFault *fault = lfirst(lc);
		char	   *path = template_path(fault->node);
		int			line;
		int			column;

		template_line_column(template, fault->offset, &line, &column);
		if (detail.len > 0)
			appendStringInfoChar(&detail, '\n');
		appendStringInfo(&detail, "%s, line %d, column %d", path, line, column);
		if (count > 1)
			appendStringInfo(&detail, ": %s", fault->message);
		groups = add_hint(groups, fault, path);
	}
	if (count == 1)
		ereport(ERROR,
				(errcode(first->sqlerrcode),
				 errmsg("mapping \"%s\": %s", template->mapping, first->message),
				 errdetail_internal("At %s.", detail.data),
				 groups != NIL ? errhint("%s", hint_text(groups, true)) : 0));
	ereport(ERROR,
			(errcode(first->sqlerrcode),
			 template->more_faults ?
				 errmsg("mapping \"%s\": template has more than %d faults", template->mapping, count) :
				 errmsg("mapping \"%s\": template has %d faults", template->mapping, count),
			 errdetail_internal("%s", detail.data),
			 groups != NIL ? errhint("%s", hint_text(groups, false)) : 0));
}
