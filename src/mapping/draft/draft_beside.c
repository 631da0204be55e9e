/*
 * draft_beside.c
 *		What a draft needs beside its columns.
 *
 * Constants and questions, from the table of draft_constants.c; the status;
 * and for required elements whose columns may be empty, the reason for their
 * absence.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "codes/code.h"
#include "mapping/draft/draft.h"

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
		return *use != NULL ||
			(draft_find(draft, constant->group) != NULL && strchr(constant->value, '$') == NULL);
	}
	if (draft_find(draft, pnstrdup(constant->path, strcspn(constant->path, "."))) != NULL ||
		!draft_is_free(draft, constant->path))
		return false;
	if (constant->when == NULL)
		return true;
	if (strncmp(constant->when, "table:", 6) == 0)
		return dictionary_has_word(draft->words, constant->when + 6);
	*use = find_use(draft, constant->when);
	return *use != NULL;
}

/*
 * The system of a column of ICD codes: by a column of their version, by the
 * column's name, or by the rows that were read; else a question.  procedures:
 * they are of ICD-10-PCS and ICD-9-CM's third volume.
 */
static char *
icd_system(Draft *draft, const DraftColumn *column, bool procedures)
{
	const char *ten = procedures ? "http://www.cms.gov/Medicare/Coding/ICD10" : "http://hl7.org/fhir/sid/icd-10-cm";
	const char *nine = "http://hl7.org/fhir/sid/icd-9-cm";
	int			looks = column->looks & (LOOK_ICD_9 | LOOK_ICD_10);
	ListCell   *lc;

	foreach(lc, draft->columns)
	{
		DraftColumn *version = lfirst(lc);

		if (dictionary_is(version->concept, "ICD version") && draft_is_strong(draft, version, draft->resource))
			return psprintf("{CASE trim(%s::text) WHEN '9' THEN '%s' WHEN '10' THEN '%s' END}", version->sql, nine, ten);
	}
	if (dictionary_has_word(column->words, "icd_9") || (looks == LOOK_ICD_9 && !procedures))
		return pstrdup(nine);
	if (dictionary_has_word(column->words, procedures ? "pcs" : "icd_10_cm cm"))
		return pstrdup(ten);
	if (procedures)
		return pstrdup("?which system: http://www.cms.gov/Medicare/Coding/ICD10 (PCS), the national one, or icd-9-cm");
	return pstrdup(looks == LOOK_ICD_10 || dictionary_has_word(column->words, "icd_10") ?
					   "?which system: http://hl7.org/fhir/sid/icd-10-cm or http://hl7.org/fhir/sid/icd-10"
				   : "?which system: http://hl7.org/fhir/sid/icd-10-cm, icd-10 or icd-9-cm");
}

/* The unit of a vital sign that is measured in several, when its name or the rows tell it. */
static char *
unit_code(const DraftColumn *column, const char *unit)
{
	if (strcmp(unit, "Cel") == 0 &&
		(dictionary_has_word(column->words, "c celsius 攝氏") || (column->looks & (LOOK_CELSIUS | LOOK_FAHRENHEIT)) == LOOK_CELSIUS))
		return pstrdup(unit);
	if (dictionary_has_word(column->words, unit))
		return pstrdup(unit);
	return psprintf("?which unit: %s",
					strcmp(unit, "Cel") == 0 ? "Cel or [degF]" : strcmp(unit, "kg") == 0 ? "kg, g or [lb_av]" : "cm, m or [in_i]");
}

/* The system of a class of encounter, for each row; see draft_class_value. */
static char *
class_system(const DraftColumn *column)
{
	return psprintf("{CASE %s WHEN 'UNK' THEN 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor'"
					" ELSE 'http://terminology.hl7.org/CodeSystem/v3-ActCode' END}",
					draft_class_value(column));
}

/*
 * A constant's text with what its $ stands for filled in: $column, the name of
 * the column that feeds it; $text, its value; $ alone, its value or NULL; or
 * one of the functions above.  It starts with ? when it is a question.
 */
static char *
constant_value(Draft *draft, const DraftConstant *constant, const DraftUse *use)
{
	const char *value = constant->value;
	const char *dollar = strchr(value, '$');

	if (dollar == NULL)
		return pstrdup(value);
	if (strcmp(value, "$icd") == 0 || strcmp(value, "$pcs") == 0)
		return icd_system(draft, use->column, value[1] == 'p');
	if (strcmp(value, "$Cel") == 0 || strcmp(value, "$kg") == 0 || strcmp(value, "$cm") == 0)
		return unit_code(use->column, value + 1);
	if (strcmp(value, "$class") == 0)
		return class_system(use->column);
	if (strcmp(value, "$text") == 0)
		return psprintf("{%s}", draft_as_text(use->column));
	if (strcmp(value, "$national") == 0)
		return dictionary_has_word(use->column->words, "身分證 身份證 twid") ? pstrdup("http://www.moi.gov.tw") :
																			   psprintf("https://hospital.example/fhir/%s", draft_url_part(use->column->name));
	if (strncmp(dollar, "$column", 7) == 0)
		return psprintf("%.*s%s%s", (int) (dollar - value), value, draft_url_part(use->column->name), dollar + 7);
	return psprintf("%.*s%s%s", (int) (dollar - value), value, draft_or_null(use->column), dollar + 1);
}

/* Writes a constant, or asks its question. */
static void
fill_constant(Draft *draft, const DraftConstant *constant, const char *path, DraftUse *use)
{
	char	   *value = constant_value(draft, constant, use);
	bool		json = constant->value[0] == '[' || strncmp(constant->value, "{\"", 2) == 0;

	if (value[0] == '?' && constant->group != NULL)
		draft_ask(draft, path, value + 1);
	else if (value[0] == '?')
		draft_ask(draft, pnstrdup(value + 1, strcspn(value + 1, " ")), strchr(value, ' ') + 1);
	else if (strstr(constant->value, "$ ") != NULL)
		draft_use(draft, use->column, path, value, psprintf("%s, which tells the status", use->column->why));
	else
		draft_set(draft, path, value)->json = json;
}

/* What stands beside the columns. */
void
draft_fill_constants(Draft *draft)
{
	for (const DraftConstant *constant = draft_constants; constant->value != NULL; constant++)
	{
		DraftUse   *use;
		const char *path = constant->path;

		if (!constant_applies(draft, constant, &use))
			continue;
		if (constant->group != NULL)
			path = psprintf("%s.%s", constant->group, path);
		if (draft_is_free(draft, path))
			fill_constant(draft, constant, path, use);
	}
}

/* The codes that R4 allows for an element, for a reader. */
static char *
known_codes(R4Type type, const char *name)
{
	R4Child		child;
	StringInfoData codes;

	initStringInfo(&codes);
	if (!r4_child(type, name, strlen(name), &child))
		elog(ERROR, "%s has no element \"%s\"", r4_type_name(type), name);
	for (int i = 0; i < r4_set_size(r4_required_set(child.element)); i++)
	{
		R4Code		code;

		r4_set_code(r4_required_set(child.element), i, &code);
		appendStringInfo(&codes, "%s%s", i > 0 ? ", " : "", code.code);
	}
	return codes.data;
}

/*
 * Which status of the resource a column is: "status" where R4 requires one,
 * "clinicalStatus", or NULL.  A status of a condition may be another one.
 */
static const char *
status_element(Draft *draft, const DraftColumn *column)
{
	R4Child		child;
	bool		status = dictionary_is(column->concept, "status");

	if (!draft_is_strong(draft, column, draft->resource))
		return NULL;
	if (r4_child(draft->root->type, "clinicalStatus", 14, &child))
		return dictionary_is(column->concept, "clinical status") ||
			(status && strcmp(draft->resource, "AllergyIntolerance") == 0) ? "clinicalStatus" : NULL;
	return status && r4_child(draft->root->type, "status", 6, &child) && child.required ? "status" : NULL;
}

/*
 * A status of the hospital's own codes: through a code map.  The author has to
 * make it, since no name says what X means; until then it is a question.
 */
void
draft_fill_status(Draft *draft)
{
	ListCell   *lc;

	foreach(lc, draft->columns)
	{
		DraftColumn *column = lfirst(lc);
		const char *element = status_element(draft, column);
		char	   *map;
		char	   *value;

		if (element == NULL || draft_find(draft, element) != NULL)
			continue;
		map = psprintf("%s.%s", draft->table, column->name);
		value = psprintf("fhir_code(%s, %s)", quote_literal_cstr(map), column->sql);
		if (code_map_get_if_any(draft->function, map) == NULL)
		{
			value = psprintf("? %s, once its code map is made", value);
			column->decide = psprintf("what its codes mean: SELECT fhir_code_map(%s, '{\"<its code>\": \"<one of %s>\", ...}'), then draft again",
									  quote_literal_cstr(map), known_codes(draft->root->type, element));
		}
		draft_use(draft, column, strcmp(element, "status") == 0 ? element : "clinicalStatus.coding.code",
				  psprintf("{%s}", value), column->why);
		column->placed = true;
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
