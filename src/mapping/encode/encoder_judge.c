/*
 * encoder_judge.c
 *		What FHIR asks of a value's characters.
 *
 * A text column can hold anything, so what it becomes is judged per row: the
 * form of its primitive type (r4/primitive.c has them all), and where R4 binds
 * the element to a value set with strength "required", the code.  Which of
 * these a value can miss at all is settled when the plan is made: an integer
 * is an id, whatever it is, a timestamp never is.
 *
 * A jsonb value that is spliced is not judged here: fhir_map_check looks at
 * the resource that it becomes part of.
 */
#include "postgres.h"

#include "mapping/encode/encoder.h"

/* Is the form that of any text without control characters? */
static bool
is_free_text(R4Primitive primitive)
{
	return primitive == R4_STRING || primitive == R4_MARKDOWN || primitive == R4_XHTML;
}

/* May a value of another kind than text miss the form of an id? */
static bool
may_miss_id(EncoderKind kind)
{
	switch (kind)
	{
		case ENCODE_NUMERIC:	/* has any number of digits */
		case ENCODE_FLOAT4:
		case ENCODE_FLOAT8:
		case ENCODE_TIMESTAMP:	/* has colons */
		case ENCODE_TIMESTAMPTZ:
		case ENCODE_TIME:
			return true;
		default:
			return false;
	}
}

/* The constant text of a member, or NULL. */
static const char *
constant_member(const TemplateNode *object, const char *key)
{
	const TemplateNode *member = template_member(object, key);

	if (member == NULL || member->kind != TEMPLATE_CONSTANT || member->parts == NIL)
		return NULL;
	return ((TemplatePart *) linitial(member->parts))->text;
}

/* Is the node an object of the type? */
static bool
is_object_of(const TemplateNode *node, const char *type)
{
	return node != NULL && node->kind == TEMPLATE_OBJECT && node->type != R4_NO_TYPE &&
		strcmp(r4_type_name(node->type), type) == 0;
}

/*
 * The set of the element that a Coding stands for: its own, or that of the
 * CodeableConcept whose only coding it is.  One of several may lie outside.
 */
static R4Set
coding_set(const TemplateNode *coding)
{
	const TemplateNode *array = coding->parent;
	const TemplateNode *concept = array != NULL ? array->parent : NULL;
	R4Set		set = r4_required_set(coding->child.element);

	if (set != R4_NO_SET || coding->index < 0)
		return set;
	if (!is_object_of(concept, "CodeableConcept") || list_length(array->children) != 1 || coding->each != NULL)
		return R4_NO_SET;
	return r4_required_set(concept->child.element);
}

/*
 * The set that a value's code must come from, and the system beside it.  A
 * code in a Coding is judged only beside a constant system.
 */
static R4Set
required_set(const TemplateNode *node, const char **system)
{
	const TemplateNode *parent = node->parent;

	*system = NULL;
	if (parent == NULL)
		return R4_NO_SET;
	if (is_object_of(parent, "Coding") && node->key != NULL && strcmp(node->key, "code") == 0)
	{
		*system = constant_member(parent, "system");
		return *system != NULL ? coding_set(parent) : R4_NO_SET;
	}
	return r4_required_set(node->child.element);
}

/* Can a value of the encoder's kind miss the form of its primitive type? */
static bool
may_miss_form(const Encoder *encoder)
{
	switch (encoder->primitive)
	{
		case R4_OID:
		case R4_UUID:
			return true;
		case R4_ID:
			return encoder->kind <= ENCODE_ENUM || may_miss_id(encoder->kind);
		default:
			return encoder->kind <= ENCODE_ENUM;
	}
}

/* Chooses what is asked of the characters of a placeholder's value. */
void
encoder_choose_form(Encoder *encoder, const TemplateNode *node)
{
	const char *system;

	encoder->primitive = r4_primitive(node->type);
	encoder->single = encoder->kind == ENCODE_JSONB && node->index < 0;
	if (encoder->kind == ENCODE_JSONB || encoder->kind == ENCODE_BYTEA || encoder->check != CHECK_NONE)
		return;
	if (node->kind == TEMPLATE_TEXT || is_free_text(encoder->primitive))
	{
		if (encoder->kind <= ENCODE_ENUM)
			encoder->check = CHECK_STRING;
		return;
	}
	encoder->set = required_set(node, &system);
	encoder->system = system ? pstrdup(system) : NULL;
	if (encoder->set != R4_NO_SET)
		encoder->seen = palloc0(sizeof(EncoderSeen) * ENCODER_NUM_SEEN);
	if (encoder->set != R4_NO_SET || may_miss_form(encoder))
		encoder->check = CHECK_FORM;
}

/*
 * What is asked of a text around placeholders as a whole, as an encoder of
 * text; NULL when nothing is asked beyond what its placeholders are.
 */
Encoder *
encoder_of_text(const TemplateNode *node)
{
	R4Primitive primitive = r4_primitive(node->type);
	Encoder    *encoder;
	const char *system;

	if (primitive == R4_NOT_PRIMITIVE || is_free_text(primitive))
		return NULL;
	encoder = palloc0(sizeof(Encoder));
	encoder->kind = ENCODE_TEXT;
	encoder->form = FORM_ESCAPED;
	encoder->check = CHECK_FORM;
	encoder->primitive = primitive;
	encoder->set = required_set(node, &system);
	encoder->system = system ? pstrdup(system) : NULL;
	if (encoder->set != R4_NO_SET)
		encoder->seen = palloc0(sizeof(EncoderSeen) * ENCODER_NUM_SEEN);
	return encoder;
}

/*
 * Is the code in the encoder's set?  The same few come again and again: they
 * are compared with those seen before as words.
 */
static bool
is_in_set(const Encoder *encoder, const char *s, int n)
{
	EncoderSeen key = {.len = n};
	EncoderSeen *seen;

	if (n >= 8)
	{
		memcpy(&key.first, s, 8);
		memcpy(&key.last, s + n - 8, 8);
	}
	else
		for (int i = 0; i < n; i++)
			key.first = key.last = key.first << 8 | (unsigned char) s[i];
	seen = &encoder->seen[(key.first ^ key.first >> 8 ^ n) % ENCODER_NUM_SEEN];
	if (n > 0 && seen->len == n && seen->first == key.first && seen->last == key.last)
		return true;
	if (!r4_set_has(encoder->set, encoder->system, encoder->system ? strlen(encoder->system) : 0, s, n))
		return false;
	if (n <= 16)
		*seen = key;
	return true;
}

/* Judges the characters of a value with CHECK_STRING or CHECK_FORM. */
EncoderState
encoder_judge(const Encoder *encoder, const char *s, int n)
{
	if (encoder->check == CHECK_STRING)
		return encoder_has_controls(s, n) && !r4_text_is_valid(R4_STRING, s, n) ? VALUE_MALFORMED : VALUE_PRESENT;
	/* the codes of a set are well-formed */
	if (encoder->set != R4_NO_SET && is_in_set(encoder, s, n))
		return VALUE_PRESENT;
	if (!r4_text_is_valid(encoder->primitive, s, n))
		return VALUE_MALFORMED;
	return encoder->set != R4_NO_SET ? VALUE_UNBOUND : VALUE_PRESENT;
}

/* Would the text be a dateTime or instant, had it an offset? */
bool
encoder_lacks_offset(const Encoder *encoder, const char *s, int n)
{
	char	   *with;

	if (encoder->check != CHECK_FORM || n > ENCODER_MAX_CHARS ||
		(encoder->primitive != R4_DATETIME && encoder->primitive != R4_INSTANT))
		return false;
	with = psprintf("%.*sZ", n, s);
	return r4_text_is_valid(encoder->primitive, with, n + 1);
}

/* The form of a primitive type, in words. */
static const char *
form_of(R4Primitive primitive)
{
	switch (primitive)
	{
		case R4_DATE:
			return "a date: YYYY, YYYY-MM or YYYY-MM-DD";
		case R4_DATETIME:
			return "a date, or a date and time with its zone: YYYY-MM-DDThh:mm:ss+zz:zz";
		case R4_INSTANT:
			return "a date and time with its zone: YYYY-MM-DDThh:mm:ss+zz:zz";
		case R4_TIME:
			return "a time: hh:mm:ss";
		case R4_ID:
			return "an id: 1 to 64 letters, digits, hyphens and dots";
		case R4_CODE:
			return "a code: words with one blank between them and none around";
		case R4_OID:
			return "an OID: urn:oid: and numbers with dots between them";
		case R4_UUID:
			return "a UUID: urn:uuid: and 36 characters in small letters";
		case R4_BASE64BINARY:
			return "base64";
		default:
			return "a URI: it has white space or control characters";
	}
}

/* What a malformed or invalid value should have been, in words. */
const char *
encoder_expectation(const Encoder *encoder)
{
	switch (encoder->check)
	{
		case CHECK_STRING:
			return "free of control characters";
		case CHECK_INTEGER:
			return "a whole number of 32 bits";
		case CHECK_UNSIGNED:
			return "a whole number from 0 to 2147483647";
		case CHECK_POSITIVE:
			return "a whole number from 1 to 2147483647";
		case CHECK_FORM:
			if (encoder->kind <= ENCODE_ENUM || may_miss_form(encoder))
				return form_of(encoder->primitive);
			break;
		case CHECK_NONE:
			break;
	}
	if (encoder->kind == ENCODE_TIME)
		return "a time before 24:00";
	return encoder->form == FORM_NUMBER || encoder->kind == ENCODE_NUMERIC ||
		encoder->kind == ENCODE_FLOAT4 || encoder->kind == ENCODE_FLOAT8 ?
		"a finite number" : "a date from the year 1 to the year 9999";
}
