/*
 * lint_id.c
 *		The ids of a template's resources.
 *
 * A resource that is published, exported, referred to or read again needs an
 * id, and FHIR's bulk data asks for one in every line.  Three types are no
 * records, but what is sent once: R4 says that Parameters and OperationOutcome
 * have no place of their own, and a Bundle is seldom kept.  They may go without.
 * So may the resources in a Bundle, whose receiver may be about to give them
 * ids.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_constraint.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

#include "mapping/lint/lint.h"

/* Is a resource of the type sent once, and never asked for by its id? */
static bool
is_passing(R4Type type)
{
	static const char *const passing[] = {"Bundle", "OperationOutcome", "Parameters"};

	for (int i = 0; i < lengthof(passing); i++)
		if (strcmp(r4_type_name(type), passing[i]) == 0)
			return true;
	return false;
}

/* Has the object a member that is likely to be meant for "id"? */
static bool
is_misspelt(const TemplateNode *object)
{
	ListCell   *lc;

	foreach(lc, object->children)
	{
		const char *key = ((TemplateNode *) lfirst(lc))->key;

		if (pg_strcasecmp(key[0] == '_' ? key + 1 : key, "id") == 0)
			return true;
	}
	return false;
}

/* Appends a column as an expression in a JSON string has it. */
static void
append_column(StringInfo hint, const char *column)
{
	StringInfoData json;

	initStringInfo(&json);
	escape_json(&json, quote_identifier(column));
	appendBinaryStringInfo(hint, json.data + 1, json.len - 2);
}

/*
 * What to write: the call with the columns of the relation's primary key, or
 * in words where there is none.
 */
static char *
missing_hint(const char *type, Oid relation)
{
	Oid			constraint;
	Bitmapset  *key = get_primary_key_attnos(relation, true, &constraint);
	int			column = -1;
	StringInfoData hint;

	initStringInfo(&hint);
	appendStringInfo(&hint, "Add \"id\": \"{fhir_id('%s', ", asc_tolower(type, strlen(type)));
	if (key == NULL)
		appendStringInfoString(&hint, "...)}\", made of the columns that tell one row from another.");
	else
	{
		for (bool first = true; (column = bms_next_member(key, column)) >= 0; first = false)
		{
			if (!first)
				appendStringInfoString(&hint, ", ");
			append_column(&hint, get_attname(relation, column + FirstLowInvalidHeapAttributeNumber, false));
		}
		appendStringInfoString(&hint, ")}\", made of the primary key.");
	}
	return hint.data;
}

/*
 * Adds a fault for a resource of the relation's rows that has no id, or the
 * same one for every row.  (A relation that has but one row says so by an
 * expression.)
 */
void
lint_id(Template *template, Oid relation)
{
	const TemplateNode *id = template_member(template->root, "id");
	const char *constant = template_constant_string(id);
	const char *type = r4_type_name(template->root->type);

	if (id == NULL && !is_passing(template->root->type) && !is_misspelt(template->root))
		template_node_fault(template, template->root, missing_hint(type, relation), "%s needs \"id\"", type);
	if (constant == NULL || template_has_fault(template, id))
		return;
	template_node_fault(template, id,
						psprintf("Write an expression in braces, as in \"{%s}\" for a column of that name; where the relation has one row, \"{'%s'}\".",
								 hint_constant(constant), hint_constant(constant)),
						"\"id\" is the same for every row");
}

/* Does a reference stand in the node, or below it? */
static bool
has_reference(const TemplateNode *node)
{
	ListCell   *lc;

	if (node->key != NULL && strcmp(node->key, "reference") == 0)
		return true;
	foreach(lc, node->children)
		if (has_reference(lfirst(lc)))
			return true;
	return false;
}

/*
 * Adds a fault for a contained resource that nothing can refer to, for it has
 * no id, and that refers to nothing, so not to what contains it (dom-3).
 */
void
lint_contained_id(Template *template, const TemplateNode *object)
{
	const TemplateNode *array = object->parent;

	if (array == NULL || array->key == NULL || strcmp(array->key, "contained") != 0 ||
		!r4_is_resource(object->type) || template_member(object, "id") != NULL || is_misspelt(object) ||
		has_reference(object))
		return;
	template_node_fault(template, object, "Add \"id\": \"name\", and refer to it by {\"reference\": \"#name\"}.",
						"a contained resource needs \"id\"");
}
