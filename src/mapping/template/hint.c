/*
 * hint.c
 *		What to write instead: hints for an author's slips.
 *
 * A hint names what is allowed when that is a handful, else what looks like
 * the slip, else where the word would have its place.  Called when there is a
 * fault, so not built for speed.  Hints are allocated in the current context.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "mapping/template/template.h"

#define FEW_CODES 16			/* so many are listed, of more the near ones */
#define FEW_PLACES 4			/* more places than these are no help */
#define NEAREST 3				/* names of a "did you mean" */
#define MAX_CONSTANT 40			/* characters of a constant in a message */

/* Appends names: "a", "b" or "c" with quotes, without them a, b or c. */
static void
append_names(StringInfo hint, const char *const *names, int n, const char *last, bool quotes)
{
	const char *quote = quotes ? "\"" : "";

	for (int i = 0; i < n; i++)
		appendStringInfo(hint, "%s%s%s%s", i == 0 ? "" : i == n - 1 ? last : ", ",
						 quote, names[i], quote);
}

/* "Did you mean", or NULL when there is nothing to mean. */
static char *
did_you_mean(const char *const *names, int n)
{
	StringInfoData hint;

	if (n == 0)
		return NULL;
	initStringInfo(&hint);
	appendStringInfoString(&hint, "Did you mean ");
	append_names(&hint, names, n, " or ", true);
	appendStringInfoChar(&hint, '?');
	return hint.data;
}

/* Is it a data type as a reader of R4 knows it: no backbone, no primitive? */
static bool
is_data_type(R4Type type)
{
	return !r4_is_resource(type) && !r4_is_abstract_resource(type) &&
		r4_primitive(type) == R4_NOT_PRIMITIVE && strchr(r4_type_name(type), '.') == NULL;
}

/*
 * "x" is an element of those resources that have it; for a data type, of those
 * data types.  NULL when there are none or too many.
 */
static char *
hint_elsewhere(const char *name, bool resources)
{
	const char *owners[FEW_PLACES + 1];
	int			n = 0;
	R4Child		child;
	StringInfoData hint;

	for (R4Type type = 0; r4_type_name(type) != NULL && n <= FEW_PLACES; type++)
		if ((resources ? r4_is_resource(type) : is_data_type(type)) &&
			r4_child(type, name, strlen(name), &child))
			owners[n++] = r4_type_name(type);
	if (n == 0 || n > FEW_PLACES)
		return NULL;
	initStringInfo(&hint);
	appendStringInfo(&hint, "\"%s\" is an element of ", name);
	append_names(&hint, owners, n, " and ", false);
	appendStringInfoChar(&hint, '.');
	return hint.data;
}

/* Has the type of a member, not one that every type has, the element? */
static bool
member_has(R4Type type, const char *name)
{
	static const char *const everywhere[] = {"Extension", "Meta", "Narrative", "Reference"};
	R4Child		child;

	if (r4_type_name(type) == NULL || r4_primitive(type) != R4_NOT_PRIMITIVE || r4_is_abstract_resource(type))
		return false;
	for (int i = 0; i < lengthof(everywhere); i++)
		if (strcmp(r4_type_name(type), everywhere[i]) == 0)
			return false;
	return r4_child(type, name, strlen(name), &child);
}

/* The members of a type below which an element stands: "write it in". */
static char *
hint_below(R4Type parent, const char *name)
{
	const char *members[FEW_PLACES + 1];
	int			n = 0;
	R4Child		child;
	const char *member;
	StringInfoData hint;

	for (int i = 0; n <= FEW_PLACES && (member = r4_child_name(parent, i, &child)) != NULL; i++)
	{
		if (member_has(child.type, name))
			members[n++] = member;
		for (int j = 0; n <= FEW_PLACES && j < r4_choice_count(child.element); j++)
			if (member_has(r4_choice_type(child.element, j), name))
				members[n++] = r4_choice_name(child.element, j);
	}
	if (n == 0 || n > FEW_PLACES)
		return NULL;
	initStringInfo(&hint);
	appendStringInfoString(&hint, "Write it inside ");
	append_names(&hint, members, n, " or ", true);
	appendStringInfoChar(&hint, '.');
	return hint.data;
}

/* The object that an object stands in, or NULL. */
static const TemplateNode *
outer_object(const TemplateNode *object)
{
	const TemplateNode *outer = object->parent;

	while (outer != NULL && outer->kind != TEMPLATE_OBJECT)
		outer = outer->parent;
	return outer;
}

/*
 * The hint for a member that the object's type does not have; NULL when
 * nothing is like it.
 */
char *
hint_element(const TemplateNode *object, const char *name)
{
	const TemplateNode *outer = outer_object(object);
	const char *names[NEAREST];
	int			n = r4_nearest(object->type, name, strlen(name), names, NEAREST);
	bool		resource = r4_is_resource(object->type);
	R4Child		child;
	char	   *hint;

	if (outer != NULL && r4_child(outer->type, name, strlen(name), &child))
		return psprintf("\"%s\" is an element of %s: write it one level up.", name, r4_type_name(outer->type));
	if (n > 0)
		return did_you_mean(names, n);
	hint = hint_below(object->type, name);
	return hint != NULL ? hint : hint_elsewhere(name, resource);
}

/* The hint for a word that is no member of a template's object, or NULL. */
char *
hint_member(const TemplateNode *object, const char *name)
{
	R4Nearest	nearest;
	ListCell   *lc;

	r4_nearest_start(&nearest, name, strlen(name), NEAREST);
	foreach(lc, object->children)
		r4_nearest_offer(&nearest, ((TemplateNode *) lfirst(lc))->key);
	return did_you_mean(nearest.names, nearest.count);
}

/* The hint for a scalar where an object of the type belongs: its elements. */
char *
hint_object(R4Type type)
{
	const char *names[FEW_PLACES];
	int			n = 0;
	R4Child		child;
	const char *name;
	StringInfoData hint;

	for (int i = 0; n < lengthof(names) && (name = r4_child_name(type, i, &child)) != NULL; i++)
	{
		R4Child		common;

		/* what every element has is not what was meant */
		if (!r4_child(r4_type("BackboneElement", strlen("BackboneElement")), name, strlen(name), &common))
			names[n++] = name;
	}
	if (n == 0)
		return NULL;
	initStringInfo(&hint);
	appendStringInfoString(&hint, "Write an object with elements such as ");
	append_names(&hint, names, n, " or ", true);
	appendStringInfoChar(&hint, '.');
	return hint.data;
}

/* The hint for a word that is no resource type. */
char *
hint_resource_type(const char *name)
{
	R4Nearest	nearest;

	r4_nearest_start(&nearest, name, strlen(name), NEAREST);
	for (R4Type type = 0; r4_type_name(type) != NULL; type++)
		if (r4_is_resource(type))
			r4_nearest_offer(&nearest, r4_type_name(type));
	if (nearest.count == 0)
		return pstrdup("Types are those of http://hl7.org/fhir/R4/resourcelist.html, such as Patient or Observation.");
	return did_you_mean(nearest.names, nearest.count);
}

/* All codes of a small set. */
static char *
list_codes(R4Set set)
{
	const char *codes[FEW_CODES];
	int			n = 0;
	StringInfoData hint;

	for (int i = 0; i < r4_set_size(set); i++)
	{
		R4Code		code;

		r4_set_code(set, i, &code);
		/* the same code of two systems is one for the reader */
		if (n == 0 || strcmp(codes[n - 1], code.code) != 0)
			codes[n++] = code.code;
	}
	initStringInfo(&hint);
	append_names(&hint, codes, n, " and ", false);
	return hint.data;
}

/* The codes that an element allows: all of a few, else the value set. */
char *
hint_allowed_codes(R4Set set)
{
	if (r4_set_size(set) <= FEW_CODES)
		return psprintf("Codes are %s.", list_codes(set));
	return psprintf("Codes are those of %s.", r4_set_name(set));
}

/* The hint for a code that is not in the set. */
char *
hint_code(R4Set set, const char *code)
{
	R4Nearest	nearest;
	char	   *allowed = hint_allowed_codes(set);

	if (r4_set_size(set) <= FEW_CODES)
		return allowed;
	r4_nearest_start(&nearest, code, strlen(code), NEAREST);
	for (int i = 0; i < r4_set_size(set); i++)
	{
		R4Code		known;

		r4_set_code(set, i, &known);
		r4_nearest_offer(&nearest, known.code);
	}
	if (nearest.count == 0)
		return allowed;
	return psprintf("%s %s", did_you_mean(nearest.names, nearest.count), allowed);
}

/* The types that a reference may point to, as "Practitioner, Patient or ...". */
char *
hint_targets(uint16_t element)
{
	int			n = r4_target_count(element);
	const char **names = palloc(sizeof(char *) * n);
	StringInfoData hint;

	for (int i = 0; i < n; i++)
		names[i] = r4_type_name(r4_target(element, i));
	initStringInfo(&hint);
	append_names(&hint, names, n, " or ", false);
	return hint.data;
}

/* The alternatives of a choice: the first ones of many. */
char *
hint_choices(uint16_t element)
{
	const char *names[FEW_PLACES];
	int			n = r4_choice_count(element);
	bool		many = n > lengthof(names);
	StringInfoData hint;

	n = Min(n, lengthof(names));
	for (int i = 0; i < n; i++)
		names[i] = r4_choice_name(element, i);
	initStringInfo(&hint);
	append_names(&hint, names, n, many ? ", " : " or ", true);
	if (many)
		appendStringInfoString(&hint, " or another of its kind");
	return hint.data;
}

/* A constant of the template as messages show it: cut when it is long. */
char *
hint_constant(const char *text)
{
	int			len = strlen(text);
	int			cut = pg_mbcharcliplen(text, len, MAX_CONSTANT);

	return cut == len ? pstrdup(text) : psprintf("%s...", pnstrdup(text, cut));
}

/* The column, of names as C strings, that a word is likely to mean, or NULL. */
const char *
hint_column(List *columns, const char *word)
{
	R4Nearest	nearest;
	ListCell   *lc;

	foreach(lc, columns)
		if (strcmp(lfirst(lc), word) == 0)
			return lfirst(lc);
	r4_nearest_start(&nearest, word, strlen(word), 1);
	foreach(lc, columns)
		r4_nearest_offer(&nearest, lfirst(lc));
	return nearest.count > 0 ? nearest.names[0] : NULL;
}
