/*
 * lint_code.c
 *		Codes that the element's required binding does not allow.
 *
 * A code may be a constant, one of the constants that an expression chooses
 * from, or what a code map gives; the entries of a map are configuration, no
 * data, and may stand in a message.  A CodeableConcept needs one coding of the
 * value set; others may stand beside it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "mapping/lint/lint.h"
#include "codes/code.h"

#define MAX_CODES_SHOWN 5		/* of a map's wrong ones */

/* A place for a code: what it must be, and where faults are. */
typedef struct CodePlace
{
	Template   *template;
	const TemplateNode *node;	/* the value */
	int			offset;			/* of its faults */
	Oid			function;
	R4Set		set;
	const char *system;			/* that stands beside it, or NULL: any */
	const char *element;		/* name of the element that is bound */
} CodePlace;

/* The name of the element that a node is a value of. */
static const char *
element_name(const TemplateNode *node)
{
	return node->key != NULL ? node->key : node->parent->key;
}

/* Does the set have the code, in the system or with NULL in any? */
static bool
set_has(R4Set set, const char *system, const char *code)
{
	return r4_set_has(set, system, system ? strlen(system) : 0, code, strlen(code));
}

/* A system of the set: that of a code, or with NULL of any. */
static const char *
system_of(R4Set set, const char *code)
{
	for (int i = 0; i < r4_set_size(set); i++)
	{
		R4Code		known;

		r4_set_code(set, i, &known);
		if (code == NULL || strcmp(known.code, code) == 0)
			return known.system;
	}
	return NULL;
}

/* Has the set codes of the system? */
static bool
set_has_system(R4Set set, const char *system)
{
	for (int i = 0; i < r4_set_size(set); i++)
	{
		R4Code		known;

		r4_set_code(set, i, &known);
		if (strcmp(known.system, system) == 0)
			return true;
	}
	return false;
}

/* Adds a fault unless the place allows the code; also the callback of results. */
static void
judge_code(void *context, const char *code)
{
	CodePlace  *place = context;

	if (!set_has(place->set, place->system, code))
		template_fault(place->template, place->node, place->offset, ERRCODE_INVALID_PARAMETER_VALUE,
					   hint_code(place->set, code), "\"%s\" is no code of \"%s\"",
					   hint_constant(code), place->element);
}

/* The system of a map's entry, or NULL. */
static const char *
entry_system(const CodeEntry *entry)
{
	JsonbValue	value;

	if (getKeyJsonValueFromContainer(&entry->coding->root, "system", strlen("system"), &value) == NULL)
		return NULL;
	return pnstrdup(value.val.string.val, value.val.string.len);
}

/* Does the place allow what the entry gives: its code, or its coding? */
static bool
entry_is_allowed(const CodePlace *place, const CodeEntry *entry, bool coding)
{
	const char *system = coding ? entry_system(entry) : place->system;

	if (coding && system == NULL)
		return false;
	return set_has(place->set, system, text_to_cstring(entry->code));
}

/* Order of codes in a message. */
static int
compare_codes(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* What is collected of a map. */
typedef struct WrongCodes
{
	const CodePlace *place;
	bool		coding;
	List	   *codes;			/* char * */
} WrongCodes;

/* Adds the code of an entry that the place does not allow. */
static void
add_wrong_code(const CodeEntry *entry, void *arg)
{
	WrongCodes *wrong = arg;

	if (!entry_is_allowed(wrong->place, entry, wrong->coding))
		wrong->codes = lappend(wrong->codes, text_to_cstring(entry->code));
}

/* The codes of a map that the place does not allow, sorted, each once. */
static List *
wrong_codes(const CodePlace *place, CodeMap *map, bool coding)
{
	WrongCodes	wrong = {place, coding, NIL};
	List	   *once = NIL;
	ListCell   *lc;

	code_map_each(place->function, map, NULL, add_wrong_code, &wrong);
	if (map->fallback != NULL)
		add_wrong_code(map->fallback, &wrong);
	list_sort(wrong.codes, compare_codes);
	foreach(lc, wrong.codes)
		if (once == NIL || strcmp(lfirst(lc), llast(once)) != 0)
			once = lappend(once, lfirst(lc));
	return once;
}

/* Adds one fault for all codes of a map that the place does not allow. */
static void
judge_map(void *context, const char *name, bool coding)
{
	CodePlace  *place = context;
	CodeMap    *map = code_map_get_if_any(place->function, name);
	List	   *wrong;
	ListCell   *lc;
	StringInfoData codes;

	if (map == NULL)
		return;					/* it may be registered later */
	wrong = wrong_codes(place, map, coding);
	if (wrong == NIL)
		return;
	initStringInfo(&codes);
	foreach(lc, wrong)
	{
		int			i = foreach_current_index(lc);

		if (i == MAX_CODES_SHOWN)
		{
			appendStringInfo(&codes, " and %d more", list_length(wrong) - i);
			break;
		}
		appendStringInfo(&codes, "%s\"%s\"", i > 0 ? ", " : "", hint_constant(lfirst(lc)));
	}
	template_fault(place->template, place->node, place->offset, ERRCODE_INVALID_PARAMETER_VALUE,
				   psprintf("%s Correct the map with fhir_code_map().", hint_allowed_codes(place->set)),
				   coding ? "code map \"%s\" gives %s: no coding that \"%s\" allows" :
					   "code map \"%s\" gives %s: no code of \"%s\"",
				   name, codes.data, place->element);
}

/* Has the set a code that a value of the type is written as? */
static bool
set_has_type(R4Set set, Oid type)
{
	for (int i = 0; i < r4_set_size(set); i++)
	{
		R4Code		code;

		r4_set_code(set, i, &code);
		if (type == BOOLOID ? strcmp(code.code, "true") == 0 || strcmp(code.code, "false") == 0 :
			isdigit((unsigned char) code.code[0]))
			return true;
	}
	return false;
}

/* Judges an expression: by its type, or by what it is known to give. */
static void
judge_expression(CodePlace *place, const TemplateExpr *expr)
{
	ResultCallbacks callbacks = {judge_code, judge_map, place};

	place->offset = expr->offset;
	if (expr->expr != NULL && lint_is_no_text(expr->type) && !set_has_type(place->set, expr->type))
		template_fault(place->template, place->node, place->offset, ERRCODE_DATATYPE_MISMATCH,
					   psprintf("Translate it by fhir_code() or a CASE. %s", hint_allowed_codes(place->set)),
					   "a value of type %s is no code of \"%s\"", format_type_be(expr->type), place->element);
	else
		lint_each_result(expr, place->function, &callbacks);
}

/* Judges the value of a place: a constant, or the known results of an expression. */
static void
judge_value(CodePlace *place)
{
	const TemplateNode *node = place->node;
	const char *code = template_constant_string(node);

	if (template_has_fault(place->template, node))
		return;
	place->offset = node->key_offset;
	if (code != NULL)
		judge_code(place, code);
	else if (node->kind == TEMPLATE_VALUE)
		judge_expression(place, ((TemplatePart *) linitial(node->parts))->expr);
}

/* A node that is a code (or another primitive) with a required binding. */
void
lint_code(Template *template, const TemplateNode *node, Oid function)
{
	CodePlace	place = {.template = template, .node = node, .function = function};

	if (node->parent == NULL || r4_primitive(node->type) == R4_NOT_PRIMITIVE)
		return;
	place.set = r4_required_set(node->child.element);
	place.element = element_name(node);
	if (place.set != R4_NO_SET)
		judge_value(&place);
}

/* Does the object lack a member and its twin? */
static bool
lacks(const TemplateNode *object, const char *name)
{
	return template_member(object, name) == NULL &&
		template_member(object, psprintf("_%s", name)) == NULL;
}

/* A Coding, the only one: its system and its code must be of the set. */
static void
judge_coding(CodePlace *place, const TemplateNode *coding)
{
	const TemplateNode *code = template_member(coding, "code");
	const TemplateNode *system = template_member(coding, "system");
	const char *code_text = template_constant_string(code);
	const char *right;

	place->system = template_constant_string(system);
	if (lacks(coding, "code"))
		template_node_fault(place->template, coding, hint_allowed_codes(place->set),
							"a coding of \"%s\" needs \"code\"", place->element);
	if (code_text != NULL && !set_has(place->set, NULL, code_text))
		place->system = NULL;	/* the code is to blame, not the system */
	right = system_of(place->set, code_text && place->system ? code_text : NULL);
	if (lacks(coding, "system"))
		template_node_fault(place->template, coding, psprintf("Add \"system\": \"%s\".", right),
							"a coding of \"%s\" needs \"system\"", place->element);
	else if (place->system != NULL &&
			 !(code_text ? set_has(place->set, place->system, code_text) : set_has_system(place->set, place->system)))
	{
		template_node_fault(place->template, system, psprintf("Write \"%s\".", right),
							"\"%s\" allows no code of system \"%s\"", place->element, hint_constant(place->system));
		return;
	}
	if (code == NULL)
		return;
	place->node = code;
	judge_value(place);
}

/* Could the member of "coding" be of the set?  What rows decide could. */
static bool
coding_could_fit(R4Set set, const TemplateNode *coding)
{
	const char *code;
	const char *system;

	if (coding->kind != TEMPLATE_OBJECT)
		return true;
	code = template_constant_string(template_member(coding, "code"));
	system = template_constant_string(template_member(coding, "system"));
	if (lacks(coding, "code") || lacks(coding, "system"))
		return false;
	if (code != NULL)
		return set_has(set, system, code);
	return system == NULL || set_has_system(set, system);
}

/* The codings of a CodeableConcept: one of them must be of the set. */
static void
judge_codings(CodePlace *place, const TemplateNode *codings)
{
	ListCell   *lc;

	if (list_length(codings->children) == 1)
	{
		TemplateNode *coding = linitial(codings->children);

		place->node = coding;
		if (coding->kind == TEMPLATE_OBJECT)
			judge_coding(place, coding);
		else
			judge_value(place);
		return;
	}
	foreach(lc, codings->children)
		if (coding_could_fit(place->set, lfirst(lc)))
			return;
	template_node_fault(place->template, codings, hint_allowed_codes(place->set),
						"\"%s\" has no coding of its value set", place->element);
}

/* A node that is a CodeableConcept with a required binding.  No Coding of R4 has one. */
void
lint_concept(Template *template, const TemplateNode *node, Oid function)
{
	CodePlace	place = {.template = template, .node = node, .function = function};
	const TemplateNode *codings;

	if (node->parent == NULL || strcmp(r4_type_name(node->type), "CodeableConcept") != 0)
		return;
	place.set = r4_required_set(node->child.element);
	place.element = element_name(node);
	if (place.set == R4_NO_SET || template_has_fault(template, node))
		return;
	if (node->kind != TEMPLATE_OBJECT)
	{
		judge_value(&place);
		return;
	}
	codings = template_member(node, "coding");
	if (codings == NULL)
		template_node_fault(template, node,
							psprintf("Add \"coding\": [{\"system\": \"%s\", \"code\": ...}]. %s",
									 system_of(place.set, NULL), hint_allowed_codes(place.set)),
							"\"%s\" needs a coding of its value set", place.element);
	else if (codings->kind == TEMPLATE_ARRAY && codings->children != NIL)
		judge_codings(&place, codings);
}
