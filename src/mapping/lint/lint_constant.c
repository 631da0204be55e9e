/*
 * lint_constant.c
 *		Constants that are no values of their element's type.
 *
 * The form of a text is judged by the R4 room, as fhir_validate judges it.
 * Text around placeholders is judged where its constant part alone can be
 * wrong: a blank in an id or a uri stays one whatever the row holds.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/uri.h"
#include "mapping/lint/lint.h"

/* What a primitive is in JSON. */
typedef enum ConstantForm
{
	CONSTANT_STRING,
	CONSTANT_NUMBER,
	CONSTANT_BOOLEAN
} ConstantForm;

/* Which JSON a primitive type is written as. */
static ConstantForm
form_of_type(R4Primitive primitive)
{
	switch (primitive)
	{
		case R4_BOOLEAN:
			return CONSTANT_BOOLEAN;
		case R4_DECIMAL:
		case R4_INTEGER:
		case R4_POSITIVEINT:
		case R4_UNSIGNEDINT:
			return CONSTANT_NUMBER;
		default:
			return CONSTANT_STRING;
	}
}

/* Which JSON a constant of the template is. */
static ConstantForm
form_of_node(const TemplateNode *node)
{
	if (node->parts != NIL)
		return CONSTANT_STRING;
	return node->json[0] == 't' || node->json[0] == 'f' ? CONSTANT_BOOLEAN : CONSTANT_NUMBER;
}

/* What values of a primitive type look like. */
static const char *
form_hint(R4Primitive primitive)
{
	switch (primitive)
	{
		case R4_NOT_PRIMITIVE:
			return NULL;
		case R4_BASE64BINARY:
			return "A base64Binary is groups of four of the characters A-Z, a-z, 0-9, + and /, the last filled up with =.";
		case R4_BOOLEAN:
			return "Write true or false, without quotes.";
		case R4_CANONICAL:
		case R4_URI:
		case R4_URL:
			return "It holds no blanks.";
		case R4_CODE:
			return "A code has no blanks around it, and single ones within.";
		case R4_DATE:
			return "A date is YYYY, YYYY-MM or YYYY-MM-DD, and a day of the calendar.";
		case R4_DATETIME:
			return "A dateTime is YYYY, YYYY-MM, YYYY-MM-DD, or with time and zone, as in 2024-05-17T08:30:00+08:00.";
		case R4_DECIMAL:
			return "Write a number, without quotes.";
		case R4_ID:
			return "An id has 1 to 64 letters, digits, hyphens and dots.";
		case R4_INSTANT:
			return "An instant has time and zone, as in 2024-05-17T08:30:00+08:00.";
		case R4_INTEGER:
			return "Write a whole number of 32 bits, without quotes.";
		case R4_UNSIGNEDINT:
			return "Write a whole number from 0 on, without quotes.";
		case R4_POSITIVEINT:
			return "Write a whole number from 1 on, without quotes.";
		case R4_OID:
			return "An oid is urn:oid: and numbers with dots between, as in urn:oid:1.2.3.";
		case R4_TIME:
			return "A time is hh:mm:ss.";
		case R4_UUID:
			return "A uuid is urn:uuid: and 32 hexadecimal digits in small letters, with hyphens.";
		case R4_MARKDOWN:
		case R4_STRING:
		case R4_XHTML:
			return "It holds no control characters but tab and the ends of lines.";
	}
	return NULL;
}

/* Does a text hold more than white space? */
static bool
has_content(const char *text)
{
	return text[strspn(text, " \t\r\n\f\v")] != '\0';
}

/* Adds a fault when a text, with or without placeholders, is no narrative's XHTML. */
static void
lint_narrative(Template *template, const TemplateNode *node, const char *text, int len)
{
	const char *rule;
	const char *fault = r4_narrative_fault(text, len, &rule);

	if (fault != NULL)
		template_node_fault(template, node,
							"A narrative is \"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">...</div>\".",
							"\"%s\" %s", node->key, fault);
}

/*
 * Adds a fault when a system, or the fullUrl of a Bundle's entry, is no absolute
 * URI: R4's prose asks for one, and so does fhir_validate.
 */
static void
lint_absolute(Template *template, const TemplateNode *node, const char *text)
{
	if (r4_primitive(node->type) != R4_URI || node->key == NULL ||
		(strcmp(node->key, "system") != 0 && strcmp(node->key, "fullUrl") != 0) ||
		base_uri_is_absolute(text, strlen(text)))
		return;
	template_node_fault(template, node,
						strcmp(node->key, "fullUrl") == 0 ? "Write the resource's URL, or urn:uuid: and a UUID." :
							"Systems are named as http://loinc.org, http://snomed.info/sct or urn:oid:1.2.3 are; for a list of your own take a URL of your house.",
						"\"%s\" of \"%s\" is no absolute URI", hint_constant(text), node->key);
}

/*
 * Adds a fault when a constant is not a legal value of its primitive type.
 * For any other node, and one that has a fault already, nothing.
 */
void
lint_constant(Template *template, const TemplateNode *node)
{
	R4Primitive primitive = r4_primitive(node->type);
	ConstantForm wanted = form_of_type(primitive);
	ConstantForm given;
	const char *text;
	const char *hint = form_hint(primitive);

	if (node->kind != TEMPLATE_CONSTANT || primitive == R4_NOT_PRIMITIVE || template_has_fault(template, node))
		return;
	given = form_of_node(node);
	text = given == CONSTANT_STRING ? template_constant_string(node) : node->json;
	if (given == CONSTANT_STRING && !has_content(text))
	{
		template_node_fault(template, node, "Leave the member out.", "a string must not be blank");
		return;
	}
	if (given == wanted && primitive == R4_XHTML)
	{
		lint_narrative(template, node, text, strlen(text));
		return;
	}
	if (given == wanted && r4_text_is_valid(primitive, text, strlen(text)))
	{
		lint_absolute(template, node, text);
		return;
	}
	if (given != wanted && wanted == CONSTANT_STRING)
		hint = "Write it in quotes.";
	else if (given != wanted && given == CONSTANT_STRING && r4_text_is_valid(primitive, text, strlen(text)))
		hint = "Write it without quotes.";
	template_node_fault(template, node, hint,
						given == CONSTANT_STRING ? "\"%s\" is not of type %s" : "%s is not of type %s",
						hint_constant(text), r4_type_name(node->type));
}

/*
 * Adds a fault when text around placeholders can give no legal value,
 * whatever they give.  A letter stands for each of them.
 */
void
lint_text(Template *template, const TemplateNode *node)
{
	R4Primitive primitive = r4_primitive(node->type);
	StringInfoData text;
	ListCell   *lc;

	if (node->kind != TEMPLATE_TEXT || template_has_fault(template, node) ||
		(primitive != R4_ID && primitive != R4_CODE && primitive != R4_URI &&
		 primitive != R4_URL && primitive != R4_CANONICAL && primitive != R4_XHTML))
		return;
	initStringInfo(&text);
	foreach(lc, node->parts)
	{
		TemplatePart *part = lfirst(lc);

		appendStringInfoString(&text, part->text ? part->text : "x");
	}
	if (primitive == R4_XHTML)
		lint_narrative(template, node, text.data, text.len);
	else if (!r4_text_is_valid(primitive, text.data, text.len))
		template_node_fault(template, node, form_hint(primitive),
							"the text around the placeholder makes no value of type %s",
							r4_type_name(node->type));
}
