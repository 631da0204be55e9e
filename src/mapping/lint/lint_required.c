/*
 * lint_required.c
 *		Elements that R4 requires and a template does not have, and choices
 *		that stand twice.
 *
 * Whether a required element comes out is for each row to show; here it is
 * missing when no member could ever give it.  A member under "$if" could, and
 * so could a twin; of a choice, each of its alternatives.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "mapping/lint/lint.h"

/* Does the object have the member, or its twin? */
static bool
has_member(const TemplateNode *object, const char *name)
{
	ListCell   *lc;

	foreach(lc, object->children)
	{
		const char *key = ((TemplateNode *) lfirst(lc))->key;

		if (strcmp(key[0] == '_' ? key + 1 : key, name) == 0)
			return true;
	}
	return false;
}

/* Does the object have one of the alternatives of a choice? */
static bool
has_choice(const TemplateNode *object, uint16_t element)
{
	for (int i = 0; i < r4_choice_count(element); i++)
		if (has_member(object, r4_choice_name(element, i)))
			return true;
	return false;
}

/*
 * Is one of the object's unknown members likely to be meant for this one?  Then
 * its own fault is enough.
 */
static bool
is_misspelt(const TemplateNode *object, const char *name)
{
	ListCell   *lc;

	foreach(lc, object->children)
	{
		const char *key = ((TemplateNode *) lfirst(lc))->key;
		const char *meant;
		R4Child		child;

		if (!r4_child(object->type, key, strlen(key), &child) &&
			r4_nearest(object->type, key, strlen(key), &meant, 1) == 1 && strcmp(meant, name) == 0)
			return true;
	}
	return false;
}

/* What a required element could be: its type, its targets, its codes. */
static char *
missing_hint(const char *name, const R4Child *child)
{
	const char *type = r4_type_name(child->type);
	bool		reference = type != NULL && strcmp(type, "Reference") == 0;
	StringInfoData hint;

	initStringInfo(&hint);
	if (child->choice)
	{
		appendStringInfo(&hint, "Add %s.", hint_choices(child->element));
		return hint.data;
	}
	appendStringInfo(&hint, "Add \"%s\", %s %s", name, child->repeats ? "an array of" : "of type", type);
	if (reference && r4_target_count(child->element) > 0 && r4_target_count(child->element) <= LINT_FEW_TARGETS)
		appendStringInfo(&hint, " to %s", hint_targets(child->element));
	appendStringInfoChar(&hint, '.');
	if (r4_required_set(child->element) != R4_NO_SET)
		appendStringInfo(&hint, " %s", hint_allowed_codes(r4_required_set(child->element)));
	return hint.data;
}

/* Adds a fault for each element that the object's type requires and it has not. */
void
lint_required(Template *template, const TemplateNode *object)
{
	R4Child		child;
	const char *name;

	for (int i = 0; (name = r4_child_name(object->type, i, &child)) != NULL; i++)
	{
		if (!child.required ||
			(child.choice ? has_choice(object, child.element) : has_member(object, name)) ||
			is_misspelt(object, name))
			continue;
		template_node_fault(template, object, missing_hint(name, &child),
							"%s needs \"%s\"", r4_type_name(object->type), name);
	}
}

/* Is the node the same for every row, and written wherever its parent is? */
static bool
is_unconditional(const TemplateNode *node)
{
	ListCell   *lc;

	if (node->kind == TEMPLATE_VALUE || node->kind == TEMPLATE_TEXT || node->kind == TEMPLATE_NULL ||
		node->condition != NULL || node->each != NULL || node->absent_of != NULL)
		return false;
	foreach(lc, node->children)
		if (!is_unconditional(lfirst(lc)))
			return false;
	return true;
}

/*
 * Adds a fault for each constant that stands beside an earlier one of the same
 * choice: both would be written for every row.
 */
void
lint_choices(Template *template, const TemplateNode *object)
{
	ListCell   *a;
	ListCell   *b;

	foreach(a, object->children)
	{
		const TemplateNode *later = lfirst(a);

		if (!later->child.choice || later->key[0] == '_' || !is_unconditional(later))
			continue;
		foreach(b, object->children)
		{
			const TemplateNode *earlier = lfirst(b);

			if (earlier == later)
				break;
			if (!earlier->child.choice || earlier->child.element != later->child.element ||
				earlier->key[0] == '_' || !is_unconditional(earlier))
				continue;
			template_node_fault(template, later,
								"Keep one of them, or give each an \"$if\".",
								"\"%s\" and \"%s\" are choices of one element and stand in every row",
								earlier->key, later->key);
			break;
		}
	}
}
