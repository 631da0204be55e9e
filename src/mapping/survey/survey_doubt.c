/*
 * survey_doubt.c
 *		What is wrong with a resource that has come out.
 *
 * First what the validator finds, then what is legal and yet wrong: blanks
 * around a text, a unit without its code, a code without its system, a display
 * that is not the code's, an id that came before, a reference that leads
 * nowhere.  jsonb that was spliced in is looked at like all the rest.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "mapping/survey/survey.h"

/* A document that is looked at. */
typedef struct Lint
{
	Survey	   *survey;
	const R4Document *document;
} Lint;

/* Finds the types that are looked at closely. */
void
survey_find_types(SurveyTypes *types)
{
	static const char *const quantities[] = {"Quantity", "Age", "Count", "Distance", "Duration"};

	types->coding = r4_type("Coding", strlen("Coding"));
	types->reference = r4_type("Reference", strlen("Reference"));
	for (int i = 0; i < lengthof(quantities); i++)
		types->quantities[i] = r4_type(quantities[i], strlen(quantities[i]));
}

/* Appends the path of a node: the JSON names from the resource on. */
static void
append_path(StringInfo path, const R4Document *document, uint32 node)
{
	const R4Name *n = &document->names[node];

	if (node == 0)
	{
		R4Type		type = document->nodes[0].type;

		appendStringInfoString(path, type != R4_NO_TYPE ? r4_type_name(type) : "resource");
		return;
	}
	append_path(path, document, n->parent);
	if (n->key != NULL)
		appendStringInfo(path, ".%.*s", n->keylen, n->key);
}

/* The path of a node without indexes, and a name below it. */
static char *
path_of(const R4Document *document, uint32 node, const char *name)
{
	StringInfoData path;

	initStringInfo(&path);
	append_path(&path, document, node);
	if (name != NULL)
		appendStringInfo(&path, ".%s", name);
	return path.data;
}

/* R4Report: what the validator finds.  That a narrative is missing is normal. */
static bool
report_fault(void *arg, const R4Document *document, const R4Fault *fault)
{
	Survey	   *survey = arg;
	char	   *path;

	if (strcmp(fault->rule, "dom-6") == 0)
		return true;
	path = path_of(document, fault->node, fault->name);
	survey_finding(survey, fault->severity == R4_ERROR ? "error" : "warning", path,
				   survey_source(survey, path), fault->rule, fault->text);
	return true;
}

/* A warning at a node. */
static void
warn(Lint *lint, uint32 node, const char *rule, const char *diagnostics)
{
	char	   *path = path_of(lint->document, node, NULL);

	survey_finding(lint->survey, "warning", path, survey_source(lint->survey, path), rule, diagnostics);
}

/* The string of an object by its name, or NULL. */
static const R4Node *
string_member(const R4Document *document, uint32 object, const char *name)
{
	int			len = strlen(name);
	uint32		end = document->nodes[object].end;

	for (uint32 i = r4_first(object); i < end; i = r4_next(document, i))
	{
		const R4Node *node = &document->nodes[i];

		if (r4_has_name(document->names, i, name, len))
			return node->kind == R4_KIND_STRING ? node : NULL;
	}
	return NULL;
}

static bool
is_text(const R4Node *node, const char *text)
{
	return node->len == strlen(text) && memcmp(node->text, text, node->len) == 0;
}

/* The number of a node that the document's own array holds. */
static uint32
number_of(const R4Document *document, const R4Node *node)
{
	return node - document->nodes;
}

/* A Coding: its system, and its display. */
static void
lint_coding(Lint *lint, uint32 node)
{
	const R4Document *document = lint->document;
	const R4Node *code = string_member(document, node, "code");
	const R4Node *system = string_member(document, node, "system");
	const R4Node *display = string_member(document, node, "display");
	const char *right;

	if (code == NULL)
		return;
	if (system == NULL)
	{
		warn(lint, number_of(document, code), "coding without system", "a code means nothing without its system");
		return;
	}
	if (display == NULL)
		return;
	right = r4_display(system->text, system->len, code->text, code->len);
	if (right != NULL && right[0] != '\0' &&
		(strlen(right) != display->len || pg_strncasecmp(right, display->text, display->len) != 0))
		warn(lint, number_of(document, display), "display of another code", "the display is not the one that the code system gives");
}

/* A Quantity: its unit's code. */
static void
lint_quantity(Lint *lint, uint32 node)
{
	const R4Document *document = lint->document;
	const R4Node *unit = string_member(document, node, "unit");
	const R4Node *system = string_member(document, node, "system");

	if (unit == NULL)
		return;
	if (system == NULL || !is_text(system, "http://unitsofmeasure.org") ||
		string_member(document, node, "code") == NULL)
		warn(lint, number_of(document, unit), "unit without UCUM code",
			 "a unit needs its code in http://unitsofmeasure.org to be computed with");
}

/* Is it a type made of Quantity? */
static bool
is_quantity(const SurveyTypes *types, R4Type type)
{
	for (int i = 0; i < lengthof(types->quantities); i++)
		if (types->quantities[i] == type)
			return true;
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A string: blanks around it. */
static void
lint_string(Lint *lint, uint32 node)
{
	const R4Node *n = &lint->document->nodes[node];
	R4Primitive primitive;

	if (n->len == 0 || !(is_blank(n->text[0]) || is_blank(n->text[n->len - 1])))
		return;
	primitive = r4_primitive(n->type);
	if (primitive == R4_STRING || primitive == R4_MARKDOWN)
		warn(lint, node, "blanks around text", "the text begins or ends with blanks");
}

/* A Reference: where it leads. */
static void
lint_reference(Lint *lint, uint32 node)
{
	const R4Node *reference = string_member(lint->document, node, "reference");
	R4Type		type;

	if (reference == NULL)
		return;
	type = survey_dangling(lint->survey, reference->text, reference->len);
	if (type != R4_NO_TYPE)
		warn(lint, number_of(lint->document, reference), "dangling reference",
			 psprintf("no row of the mappings of %s makes this id", r4_type_name(type)));
}

/* Does the resource say when it was changed, where its mapping wants to? */
static void
lint_time_of_change(Lint *lint)
{
	Survey	   *survey = lint->survey;
	const R4Document *document = lint->document;
	uint32		end = document->nodes[0].end;
	const char *path = psprintf("%s.meta.lastUpdated", r4_type_name(document->nodes[0].type));

	if (survey_source(survey, path) == NULL)
		return;
	for (uint32 i = r4_first(0); i < end; i = r4_next(document, i))
		if (r4_has_name(document->names, i, "meta", 4) &&
			string_member(document, i, "lastUpdated") != NULL)
			return;
	survey_finding(survey, "warning", path, survey_source(survey, path), "time of change unknown",
				   "the row does not say when it was changed: an export of what changed hands it over each time");
}

/* Looks at each typed node of the document. */
static void
lint_document(Lint *lint)
{
	const R4Document *document = lint->document;
	const SurveyTypes *types = &lint->survey->types;
	const R4Node *id = string_member(document, 0, "id");

	if (id != NULL)
		survey_own_id(lint->survey, id->text, id->len);
	else
		survey_finding(lint->survey, "error", psprintf("%s.id", r4_type_name(document->nodes[0].type)), NULL, "no id",
					   "the resource has no id: nothing can refer to it, and no receiver can tell it from another");
	lint_time_of_change(lint);
	for (uint32 i = 0; i < document->count; i++)
	{
		const R4Node *node = &document->nodes[i];

		if (!(node->flags & R4_NODE_TYPED) || (node->flags & R4_NODE_TWIN))
			continue;
		if (node->kind == R4_KIND_STRING)
			lint_string(lint, i);
		else if (node->kind != R4_KIND_OBJECT)
			continue;
		else if (node->type == types->coding)
			lint_coding(lint, i);
		else if (node->type == types->reference)
			lint_reference(lint, i);
		else if (is_quantity(types, node->type))
			lint_quantity(lint, i);
	}
}

/* Looks at the resource of the present row. */
void
survey_resource(Survey *survey, Jsonb *resource)
{
	R4Document *document = r4_read_checked(survey->reader, resource, R4_WARNING);
	Lint		lint = {survey, document};

	(void) r4_check(document, R4_WARNING, report_fault, survey);
	lint_document(&lint);
}
