/*
 * invert_kind.c
 *		Conditions of each kind of parameter, on what the template has for them.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"

#include "base/fold.h"
#include "codes/code.h"
#include "search/invert/invert.h"

/* What a judge is told. */
typedef struct Wanted
{
	const SearchCondition *condition;
	const Parameter *parameter;
	const SearchValue *value;
	const ParameterPath *path;
} Wanted;

/* InvertJudge: a text equal to the argument. */
static Predicate
judge_equals(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	return invert_equals(source, node, arg);
}

/* An object's members that say system and code: both as wanted. */
static Predicate
pair_matches(const SearchSource *source, const TemplateNode *object, const SearchValue *wanted, const char *code)
{
	Predicate	system = predicate_constant(true);
	Predicate	value = predicate_constant(true);

	if (wanted->has_system && wanted->system[0] != '\0')
		system = invert_members(source, object, "system", judge_equals, wanted->system);
	else if (wanted->has_system && template_member(object, "system") != NULL)
		system = template_member(object, "system")->kind == TEMPLATE_CONSTANT ? predicate_constant(false) : predicate_unknown();
	if (wanted->code[0] != '\0')
		value = invert_members(source, object, code, judge_equals, wanted->code);
	return predicate_and(system, value);
}

/* Does an entry of a code map have the wanted system and code?  For invert_code. */
static bool
entry_matches(const CodeEntry *entry, const void *arg)
{
	return match_coding(&entry->coding->root, arg);
}

/* A constant Coding or CodeableConcept.  Whether it is written is for its resource to say. */
static Predicate
constant_coding(Const *constant, const SearchValue *wanted)
{
	JsonbContainer *object;

	if (constant->constisnull)
		return predicate_constant(false);
	if (constant->consttype != JSONBOID)
		return predicate_unknown();
	object = &DatumGetJsonbP(constant->constvalue)->root;
	if (!match_coding(object, wanted) && !match_concept(object, wanted))
		return predicate_constant(false);
	return predicate_of(makeBoolConst(true, false), false);
}

/* InvertChosen: an expression that gives a whole Coding or CodeableConcept, as the argument wants it. */
static Predicate
coding_matches(const SearchSource *source, Node *expression, const void *arg)
{
	const SearchValue *wanted = arg;

	if (IsA(expression, Const))
		return constant_coding((Const *) expression, wanted);
	if (invert_is_choice(expression))
		return invert_choice(source, expression, coding_matches, arg);
	if (!invert_is_code(source, expression, true))
		return predicate_unknown();
	return invert_code(source, (FuncExpr *) expression,
					   &(WantedEntries){wanted->code[0] != '\0' ? wanted->code : NULL, entry_matches, wanted});
}

/* A node that is no object: a placeholder may give a whole Coding or CodeableConcept. */
static Predicate
placed_coding(const SearchSource *source, const TemplateNode *node, const SearchValue *wanted)
{
	Node	   *expression = invert_expression(node);

	return expression != NULL ? coding_matches(source, expression, wanted) : predicate_unknown();
}

/* InvertJudge: a Coding. */
static Predicate
judge_coding(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	const Wanted *wanted = arg;

	if (node->kind != TEMPLATE_OBJECT)
		return placed_coding(source, node, wanted->value);
	return pair_matches(source, node, wanted->value, "code");
}

/* A code that stands alone, with the system that its binding implies. */
static Predicate
code_matches(const SearchSource *source, const TemplateNode *node, const SearchValue *wanted)
{
	R4Set		set = r4_required_set(invert_child(node)->element);

	if (wanted->code[0] == '\0')
		return predicate_unknown();
	if (wanted->has_system && wanted->system[0] != '\0' &&
		(set == R4_NO_SET || !r4_set_has(set, wanted->system, strlen(wanted->system), wanted->code, strlen(wanted->code))))
		return predicate_constant(false);
	return invert_equals(source, node, wanted->code);
}

/* InvertJudge: a token. */
static Predicate
judge_token(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	const Wanted *wanted = arg;
	const char *type = wanted->path->type_name;

	if (wanted->condition->modifier != MODIFIER_NONE && wanted->condition->modifier != MODIFIER_NOT)
		return predicate_unknown();
	if (strcmp(type, "CodeableConcept") == 0)
	{
		if (node->kind != TEMPLATE_OBJECT)
			return placed_coding(source, node, wanted->value);
		return invert_members(source, node, "coding", judge_coding, wanted);
	}
	if (strcmp(type, "Coding") == 0)
		return judge_coding(source, node, wanted);
	if (node->kind == TEMPLATE_OBJECT)
		return pair_matches(source, node, wanted->value, "value");
	if (r4_primitive(node->type) == R4_NOT_PRIMITIVE)
		return predicate_unknown();
	return code_matches(source, node, wanted->value);
}

/* LIKE's pattern of a text that is contained. */
static char *
contains_pattern(const char *text)
{
	StringInfoData pattern;

	initStringInfo(&pattern);
	appendStringInfoChar(&pattern, '%');
	for (; *text != '\0'; text++)
	{
		if (strchr("%_\\", *text) != NULL)
			appendStringInfoChar(&pattern, '\\');
		appendStringInfoChar(&pattern, *text);
	}
	appendStringInfoChar(&pattern, '%');
	return pattern.data;
}

/*
 * The folded expression begins with the text: it is not below it by bytes, and
 * below the text with its last byte raised by one, or where that would be no
 * character, with the greatest of Unicode behind.
 */
static Predicate
folded_begins(const SearchSource *source, Node *text, const char *folded)
{
	Node	   *fold = invert_bytewise(invert_call(source->function, "fhir_fold", list_make1(text)));
	Node	   *low = invert_operator(">=", fold, invert_text_const(folded));
	int			len = strlen(folded);
	char	   *end = pstrdup(folded);

	if (len == 0 || (GetDatabaseEncoding() != PG_UTF8 && (unsigned char) folded[len - 1] >= 0x7F))
		return predicate_unknown();
	if ((unsigned char) folded[len - 1] < 0x7F)
		end[len - 1]++;
	else
		end = psprintf("%s\xf4\x8f\xbf\xbf", folded);
	return predicate_of((Node *) makeBoolExpr(AND_EXPR, list_make2(low, invert_operator("<", fold, invert_text_const(end))), -1),
						true);
}

/* An expression's text as a string parameter compares it. */
static Predicate
text_matches(const SearchSource *source, Node *expression, const SearchCondition *condition, const char *wanted)
{
	Node	   *text = invert_is_safe(expression) ? invert_as_text(expression) : NULL;
	char	   *folded = fold_text(wanted);
	Predicate	written;
	Predicate	like;
	Node	   *fold;

	if (text == NULL || wanted[strspn(wanted, " \t\r\n")] == '\0')
		return predicate_unknown();
	written = invert_free_of_controls(source, text);
	if (condition->modifier != MODIFIER_CONTAINS)
		return predicate_and(folded_begins(source, text, folded), written);
	fold = invert_bytewise(invert_call(source->function, "fhir_fold", list_make1(text)));
	like = predicate_of(invert_operator("~~", fold, invert_text_const(contains_pattern(folded))), true);
	return predicate_and(like, written);
}

/* Is a constant text as a string parameter asks? */
static bool
constant_matches(const char *text, const SearchCondition *condition, const char *wanted)
{
	char	   *folded = fold_text(wanted);

	if (condition->modifier == MODIFIER_CONTAINS)
		return strstr(fold_text(text), folded) != NULL;
	return strncmp(fold_text(text), folded, strlen(folded)) == 0;
}

/* InvertJudge: a text of a string. */
static Predicate
judge_text(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	const Wanted *wanted = arg;
	const SearchCondition *condition = wanted->condition;

	if (condition->modifier == MODIFIER_EXACT)
		return invert_equals(source, node, wanted->value->text);
	if (node->kind == TEMPLATE_CONSTANT && template_constant_string(node) != NULL)
		return predicate_constant(constant_matches(template_constant_string(node), condition, wanted->value->text));
	if (invert_expression(node) == NULL)
		return predicate_unknown();
	return text_matches(source, invert_expression(node), condition, wanted->value->text);
}

/* InvertJudge: a string; a name or an address by any of its parts. */
static Predicate
judge_string(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	static const char *const parts[] = {
		"text", "family", "given", "prefix", "suffix", "line", "city", "district", "state", "postalCode", "country"
	};
	Predicate	result = predicate_constant(false);

	if (node->kind != TEMPLATE_OBJECT)
		return r4_primitive(node->type) == R4_NOT_PRIMITIVE ? predicate_unknown() : judge_text(source, node, arg);
	for (int i = 0; i < lengthof(parts); i++)
		result = predicate_or(result, invert_members(source, node, parts[i], judge_text, arg));
	return result;
}

/* The constant before an id in a reference's text: "Patient/". */
const char *
invert_reference_prefix(const TemplateNode *node, Node **expression)
{
	TemplatePart *first;
	TemplatePart *last;

	*expression = NULL;
	if (node->kind != TEMPLATE_TEXT || list_length(node->parts) != 2)
		return NULL;
	first = linitial(node->parts);
	last = lsecond(node->parts);
	if (first->text == NULL || last->expr == NULL)
		return NULL;
	*expression = last->expr->expr;
	return first->text;
}

/*
 * The id that a reference points to, by the keys that it is made of: these are
 * columns that have indexes of their own.  Nothing is known when the keys were
 * not found.
 */
static Predicate
keys_equal(const SearchSource *source, Node *expression, const SearchValue *value, const char *type, int len)
{
	FuncExpr   *call = invert_id_call(source, expression);
	const char *kind = call != NULL ? invert_id_kind(call) : NULL;
	ListCell   *lc;

	foreach(lc, kind != NULL ? value->keys : NIL)
	{
		const SearchKey *key = lfirst(lc);
		Predicate	equal = predicate_constant(true);
		ListCell   *text;
		int			n = 2;

		if (strlen(key->type) != len || strncmp(key->type, type, len) != 0 || strcmp(key->kind, kind) != 0 ||
			list_length(key->texts) != list_length(call->args) - 2)
			continue;
		foreach(text, key->texts)
			equal = predicate_and(equal, invert_expression_equals(source, list_nth(call->args, n++), lfirst(text)));
		if (equal.exact)
			return equal;
	}
	return predicate_unknown();
}

/* Is it known that no reference of the call has the value's id, since nobody has it? */
static bool
nobody_has(const SearchSource *source, Node *expression, const SearchValue *value, const char *type, int len)
{
	FuncExpr   *call = value->absent != NIL ? invert_id_call(source, expression) : NULL;
	const char *kind = call != NULL ? invert_id_kind(call) : NULL;
	ListCell   *lc;

	foreach(lc, kind != NULL ? value->absent : NIL)
	{
		const SearchAbsent *absent = lfirst(lc);

		if (strlen(absent->type) == len && strncmp(absent->type, type, len) == 0 && strcmp(absent->kind, kind) == 0 &&
			invert_never_dangles(source, call, absent->relation, absent->own))
			return true;
	}
	return false;
}

/* InvertJudge: the text of a reference. */
static Predicate
judge_reference_text(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	const Wanted *wanted = arg;
	const SearchValue *value = wanted->value;
	Node	   *expression;
	const char *prefix = invert_reference_prefix(node, &expression);
	const char *slash;
	Predicate	by_keys;

	if (prefix == NULL || value->id == NULL || strchr(prefix, ':') != NULL)
		return predicate_unknown();
	slash = strchr(prefix, '/');
	if (slash == NULL || slash[1] != '\0')
		return predicate_unknown();
	if ((value->type != NULL && (strlen(value->type) != slash - prefix || strncmp(prefix, value->type, slash - prefix) != 0)) ||
		(wanted->condition->modifier_type != NULL &&
		 (strlen(wanted->condition->modifier_type) != slash - prefix ||
		  strncmp(prefix, wanted->condition->modifier_type, slash - prefix) != 0)))
		return predicate_constant(false);
	by_keys = keys_equal(source, expression, value, prefix, slash - prefix);
	if (by_keys.exact)
		return by_keys;
	if (nobody_has(source, expression, value, prefix, slash - prefix))
		return predicate_constant(false);
	return invert_expression_equals(source, expression, value->id);
}

/* InvertJudge: a reference. */
static Predicate
judge_reference(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	const Wanted *wanted = arg;

	if (node->kind != TEMPLATE_OBJECT)
		return predicate_unknown();
	if (wanted->condition->modifier == MODIFIER_IDENTIFIER)
		return predicate_unknown();
	return invert_members(source, node, "reference", judge_reference_text, arg);
}

/* InvertJudge: a Quantity's number. */
static Predicate
judge_number(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	return invert_number(source, node, arg);
}

/* A Quantity of the template: its number and its unit. */
static Predicate
quantity_matches(const SearchSource *source, const TemplateNode *node, const SearchValue *wanted)
{
	Predicate	unit = predicate_constant(true);

	if (node->kind != TEMPLATE_OBJECT || invert_child(node)->complex != R4_QUANTITY)
		return predicate_unknown();
	if (wanted->has_system)
	{
		unit = invert_members(source, node, "system", judge_equals, wanted->system);
		if (wanted->code[0] != '\0')
			unit = predicate_and(unit, invert_members(source, node, "code", judge_equals, wanted->code));
	}
	else if (wanted->code[0] != '\0')
		unit = predicate_or(invert_members(source, node, "code", judge_equals, wanted->code),
							invert_members(source, node, "unit", judge_equals, wanted->code));
	return predicate_and(unit, invert_members(source, node, "value", judge_number, wanted));
}

/* InvertJudge: a value of the parameter's kind. */
static Predicate
judge_value(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	const Wanted *wanted = arg;

	switch (wanted->parameter->kind)
	{
		case PARAMETER_TOKEN:
			return judge_token(source, node, arg);
		case PARAMETER_STRING:
			return judge_string(source, node, arg);
		case PARAMETER_REFERENCE:
			return judge_reference(source, node, arg);
		case PARAMETER_URI:
			return invert_equals(source, node, wanted->value->text);
		case PARAMETER_DATE:
			return invert_date(source, node, wanted->value);
		case PARAMETER_QUANTITY:
			return quantity_matches(source, node, wanted->value);
		case PARAMETER_NUMBER:
			return invert_number(source, node, wanted->value);
		case PARAMETER_COMPOSITE:
		case PARAMETER_SPECIAL:
			break;
	}
	return predicate_unknown();
}

/* One value of a condition: met by a value that one of the paths leads to. */
static Predicate
value_met(const SearchSource *source, const SearchCondition *condition, const SearchValue *value)
{
	Predicate	result = predicate_constant(false);
	ListCell   *lc;

	foreach(lc, condition->parameter->paths)
	{
		Wanted		wanted = {condition, condition->parameter, value, lfirst(lc)};

		result = predicate_or(result, invert_path(source, lfirst(lc), judge_value, &wanted));
	}
	return result;
}

/* Where a composite stands, and what is asked of its components. */
typedef struct Composite
{
	const SearchCondition *condition;
	const SearchValue *value;
} Composite;

/* InvertJudge: an element in which all components match. */
static Predicate
judge_composite(const SearchSource *source, const TemplateNode *node, const void *arg)
{
	const Composite *composite = arg;
	Predicate	result = predicate_constant(true);
	ListCell   *component;
	ListCell   *part;

	if (node->kind != TEMPLATE_OBJECT)
		return predicate_unknown();
	forboth(component, composite->condition->parameter->components, part, composite->value->parts)
	{
		const Parameter *parameter = lfirst(component);
		Predicate	any = predicate_constant(false);
		ListCell   *lc;

		foreach(lc, parameter->paths)
		{
			ParameterPath *path = lfirst(lc);
			Wanted		wanted = {composite->condition, parameter, lfirst(part), path};

			if (path->from_root || path->nsteps != 1 || path->steps[0].member != NULL || path->steps[0].target != NULL)
				return predicate_unknown();
			any = predicate_or(any, invert_members(source, node, path->steps[0].name, judge_value, &wanted));
		}
		result = predicate_and(result, any);
	}
	return result;
}

/* One value of a composite. */
static Predicate
composite_met(const SearchSource *source, const SearchCondition *condition, const SearchValue *value)
{
	Composite	composite = {condition, value};
	Predicate	result = predicate_constant(false);
	ListCell   *lc;

	foreach(lc, condition->parameter->paths)
		result = predicate_or(result, invert_path(source, lfirst(lc), judge_composite, &composite));
	return result;
}

/*
 * The condition as a predicate on the source's rows.  Not for chains and _has,
 * whose other resources have to be asked first.
 */
Predicate
invert_condition(const SearchSource *source, const SearchCondition *condition)
{
	Predicate	result = predicate_constant(false);
	ListCell   *lc;

	/* Patient.deceased is true or false of everybody */
	if (condition->modifier == MODIFIER_MISSING && ((ParameterPath *) linitial(condition->parameter->paths))->deceased)
		return predicate_constant(!condition->missing);
	if (condition->modifier == MODIFIER_MISSING)
		return invert_feeds(source, condition->parameter) ? predicate_unknown() : predicate_constant(condition->missing);
	foreach(lc, condition->values)
		result = predicate_or(result, condition->parameter->kind == PARAMETER_COMPOSITE ? composite_met(source, condition, lfirst(lc)) : value_met(source, condition, lfirst(lc)));
	if (condition->modifier == MODIFIER_NOT)
		result = predicate_not(result);
	result.constant = false;
	return result;
}

/* The key is there: a row without it has no id. */
static Predicate
has_key(const SearchSource *source)
{
	Predicate	result = predicate_constant(true);
	ListCell   *lc;

	/* it may raise an error: then the search is made again, see attempt.c */
	foreach(lc, source->key)
		result = predicate_and(result, invert_there(source, lfirst(lc)));
	return result;
}

/* The row has a resource, as far as the root's $if and $need and its id say. */
Predicate
invert_shown(const SearchSource *source)
{
	const TemplateNode *root = source->template->root;
	Predicate	shown = predicate_constant(true);

	if (source->careful)
		return predicate_unknown();
	if (root->condition != NULL)
		shown = root->condition->expr != NULL && invert_is_safe(root->condition->expr) ?
			predicate_of(root->condition->expr, true) : predicate_unknown();
	if (root->need != NIL)
		shown = predicate_and(shown, predicate_unknown());
	return predicate_and(shown, has_key(source));
}
