/*
 * encoder_choose.c
 *		Choosing an encoder: which SQL types may become which FHIR types.
 *
 * The choice is made when a mapping is compiled; a type that can never become
 * the element's type is a fault of the template, with a hint what to write.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "mapping/encode/encoder_choose.h"

/* How values of the SQL types are read, before FHIR is asked. */
static const struct
{
	Oid			type;
	EncoderKind kind;
	EncoderForm form;
	bool		varlena;
}			sql_types[] = {
	{TEXTOID, ENCODE_TEXT, FORM_ESCAPED, true},
	{VARCHAROID, ENCODE_TEXT, FORM_ESCAPED, true},
	{XMLOID, ENCODE_TEXT, FORM_ESCAPED, true},
	{BPCHAROID, ENCODE_BPCHAR, FORM_ESCAPED, true},
	{NAMEOID, ENCODE_NAME, FORM_ESCAPED, false},
	{CHAROID, ENCODE_CHAR, FORM_ESCAPED, false},
	{UUIDOID, ENCODE_UUID, FORM_ASCII, false},
	{BOOLOID, ENCODE_BOOL, FORM_BOOL, false},
	{INT2OID, ENCODE_INT2, FORM_NUMBER, false},
	{INT4OID, ENCODE_INT4, FORM_NUMBER, false},
	{INT8OID, ENCODE_INT8, FORM_NUMBER, false},
	{NUMERICOID, ENCODE_NUMERIC, FORM_NUMBER, true},
	{FLOAT4OID, ENCODE_FLOAT4, FORM_NUMBER, false},
	{FLOAT8OID, ENCODE_FLOAT8, FORM_NUMBER, false},
	{DATEOID, ENCODE_DATE, FORM_ASCII, false},
	{TIMESTAMPOID, ENCODE_TIMESTAMP, FORM_ASCII, false},
	{TIMESTAMPTZOID, ENCODE_TIMESTAMPTZ, FORM_ASCII, false},
	{TIMEOID, ENCODE_TIME, FORM_ASCII, false},
	{BYTEAOID, ENCODE_BYTEA, FORM_ASCII, true},
	{JSONBOID, ENCODE_JSONB, FORM_JSONB, true},
};

/* The encoder of a SQL type; false for types that are refused everywhere. */
static bool
encoder_of_type(Oid type, Encoder *encoder)
{
	memset(encoder, 0, sizeof(Encoder));
	encoder->type = type;
	get_typlenbyvalalign(type, &encoder->typlen, &encoder->typbyval, &encoder->typalign);
	for (int i = 0; i < lengthof(sql_types); i++)
	{
		if (sql_types[i].type != type)
			continue;
		encoder->kind = sql_types[i].kind;
		encoder->form = sql_types[i].form;
		encoder->varlena = sql_types[i].varlena;
		return true;
	}
	encoder->form = FORM_ESCAPED;
	if (get_typtype(type) == TYPTYPE_ENUM)
		encoder->kind = ENCODE_ENUM;
	else if (IsBinaryCoercible(type, TEXTOID))
	{
		encoder->kind = ENCODE_TEXT;
		encoder->varlena = true;
	}
	else
		return false;
	return true;
}

/* Is it a kind of text? */
static bool
is_text(const Encoder *encoder)
{
	return encoder->kind <= ENCODE_ENUM;
}

static bool
is_whole_number(const Encoder *encoder)
{
	return encoder->kind == ENCODE_INT2 || encoder->kind == ENCODE_INT4 || encoder->kind == ENCODE_INT8;
}

static bool
is_timestamp(const Encoder *encoder)
{
	return encoder->kind == ENCODE_TIMESTAMP || encoder->kind == ENCODE_TIMESTAMPTZ;
}

/* Fits a date, dateTime or instant; returns the hint, or NULL when it fits. */
static const char *
fit_time(Encoder *encoder, R4Primitive target)
{
	if (is_text(encoder))
		return NULL;
	if (target == R4_DATE && is_timestamp(encoder))
	{
		encoder->kind = encoder->kind == ENCODE_TIMESTAMP ? ENCODE_TIMESTAMP_DAY : ENCODE_TIMESTAMPTZ_DAY;
		return NULL;
	}
	if (is_timestamp(encoder) || (encoder->kind == ENCODE_DATE && target != R4_INSTANT))
		return NULL;
	return target == R4_INSTANT ? "An instant takes a timestamptz." :
		"It takes a date, a timestamp, or text of that form.";
}

/* Fits an integer type; returns the hint, or NULL when it fits. */
static const char *
fit_integer(Encoder *encoder, R4Primitive target)
{
	if (!is_whole_number(encoder) && encoder->kind != ENCODE_NUMERIC)
		return "Cast it to integer.";
	encoder->check = target == R4_POSITIVEINT ? CHECK_POSITIVE :
		target == R4_UNSIGNEDINT ? CHECK_UNSIGNED : CHECK_INTEGER;
	if (target == R4_INTEGER && (encoder->kind == ENCODE_INT2 || encoder->kind == ENCODE_INT4))
		encoder->check = CHECK_NONE;
	return NULL;
}

/* Fits a FHIR type that is written as a string; returns the hint, or NULL. */
static const char *
fit_string(Encoder *encoder, R4Primitive target)
{
	if (encoder->kind == ENCODE_BYTEA)
		return "Binary data goes into a base64Binary element; or write encode(..., 'base64').";
	if (target == R4_XHTML && encoder->type != XMLOID)
		return "Write the markup around the placeholder, as in \"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">{...}</div>\"; or give a value of type xml.";
	if (encoder->form == FORM_NUMBER || encoder->form == FORM_BOOL)
		encoder->form = FORM_ASCII;
	return NULL;
}

/* The hint for a single value where an object of the type belongs. */
static const char *
hint_of_object(R4Type type)
{
	const char *name = r4_type_name(type);
	const char *hint = hint_object(type);

	if (hint == NULL)
		return "Give a jsonb value, or write the object out.";
	if (strcmp(name, "CodeableConcept") == 0)
		return psprintf("%s Or give a jsonb value, such as that of fhir_concept().", hint);
	if (strcmp(name, "Coding") == 0)
		return psprintf("%s Or give a jsonb value, such as that of fhir_coding().", hint);
	return psprintf("%s Or give a jsonb value.", hint);
}

/* Fits the SQL type to the FHIR type; returns the hint, or NULL. */
static const char *
fit(Encoder *encoder, R4Type type)
{
	R4Primitive target = r4_primitive(type);

	if (encoder->kind == ENCODE_JSONB)
		return NULL;
	switch (target)
	{
		case R4_NOT_PRIMITIVE:
			return hint_of_object(type);
		case R4_BOOLEAN:
			return encoder->kind == ENCODE_BOOL ? NULL : "Write a condition, such as {flag = 'Y'}.";
		case R4_DECIMAL:
			return encoder->form == FORM_NUMBER ? NULL : "Cast it to numeric.";
		case R4_INTEGER:
		case R4_POSITIVEINT:
		case R4_UNSIGNEDINT:
			return fit_integer(encoder, target);
		case R4_DATE:
		case R4_DATETIME:
		case R4_INSTANT:
			return fit_time(encoder, target);
		case R4_TIME:
			return encoder->kind == ENCODE_TIME || is_text(encoder) ? NULL : "Cast it to time.";
		case R4_OID:
			return is_text(encoder) ? NULL : "Give text of the form urn:oid:1.2.3.";
		case R4_UUID:
			return is_text(encoder) ? NULL : "Write \"urn:uuid:{...}\".";
		case R4_BASE64BINARY:
			return encoder->kind == ENCODE_BYTEA || is_text(encoder) ? NULL : "Give a bytea value.";
		default:
			return fit_string(encoder, target);
	}
}

/* Is a primitive type one whose values are no strings? */
static bool
is_no_string(R4Primitive target)
{
	return target == R4_BOOLEAN || target == R4_DECIMAL || target == R4_INTEGER ||
		target == R4_POSITIVEINT || target == R4_UNSIGNEDINT;
}

/* Fits a placeholder within text; returns the hint, or NULL. */
static const char *
fit_text(Encoder *encoder, R4Primitive target)
{
	if (encoder->kind == ENCODE_JSONB || encoder->kind == ENCODE_BYTEA || encoder->array)
		return "Text can only be put around a single plain value.";
	if (is_no_string(target))
		return "Write one placeholder, without text around it.";
	encoder->xml = target == R4_XHTML && encoder->type != XMLOID && encoder->form == FORM_ESCAPED;
	return NULL;
}

/* Is the form that of any text without control characters? */
static bool
is_free_text(R4Primitive primitive)
{
	return primitive == R4_STRING || primitive == R4_MARKDOWN || primitive == R4_XHTML;
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
	const TemplateNode *around = array != NULL ? array->parent : NULL;
	R4Set		set = r4_required_set(coding->child.element);

	if (set != R4_NO_SET || coding->index < 0)
		return set;
	if (!is_object_of(around, "CodeableConcept") || list_length(array->children) != 1 || coding->each != NULL)
		return R4_NO_SET;
	return r4_required_set(around->child.element);
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
		*system = template_constant_string(template_member(parent, "system"));
		return *system != NULL ? coding_set(parent) : R4_NO_SET;
	}
	return r4_required_set(node->child.element);
}

/* Chooses what is asked of the characters of a placeholder's value. */
static void
choose_form(Encoder *encoder, const TemplateNode *node)
{
	const char *system;

	encoder->primitive = r4_primitive(node->type);
	encoder->single = encoder->kind == ENCODE_JSONB && node->index < 0;
	if (encoder->kind == ENCODE_BYTEA || encoder->check != CHECK_NONE)
		return;
	if (encoder->kind == ENCODE_JSONB && (encoder->primitive == R4_NOT_PRIMITIVE || is_free_text(encoder->primitive)))
	{
		encoder->check = encoder->primitive == R4_NOT_PRIMITIVE ? CHECK_NONE : CHECK_STRING;
		return;
	}
	if (node->kind == TEMPLATE_TEXT || is_free_text(encoder->primitive))
	{
		if (encoder->kind <= ENCODE_ENUM)
			encoder->check = CHECK_STRING;
		/* what is no more than free of controls is taken without a look at its bytes */
		if (encoder->kind <= ENCODE_ENUM && GetDatabaseEncoding() == PG_SQL_ASCII)
		{
			encoder->check = CHECK_FORM;
			encoder->primitive = R4_STRING;
		}
		return;
	}
	encoder->set = required_set(node, &system);
	encoder->system = system ? pstrdup(system) : NULL;
	if (encoder->set != R4_NO_SET)
		encoder->seen = palloc0(sizeof(EncoderSeen) * ENCODER_NUM_SEEN);
	if (encoder->set != R4_NO_SET || encoder_may_miss_form(encoder) || encoder->kind == ENCODE_JSONB ||
		(encoder->kind <= ENCODE_ENUM && GetDatabaseEncoding() == PG_SQL_ASCII))
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

/* A text as it stands in a JSON string. */
static char *
in_json(const char *text)
{
	StringInfoData json;

	initStringInfo(&json);
	escape_json(&json, text);
	return pnstrdup(json.data + 1, json.len - 2);
}

/* The hint for a type that has no JSON form: of a composite, one of its columns. */
static const char *
hint_of_type(const TemplateExpr *expr)
{
	TupleDesc	desc;
	const char *name;

	if (expr->type == RECORDOID || !type_is_rowtype(expr->type))
		return "Cast it to text, to a number or to a date.";
	desc = lookup_rowtype_tupdesc_copy(expr->type, -1);
	for (int i = 0; i < desc->natts; i++)
	{
		name = NameStr(TupleDescAttr(desc, i)->attname);
		if (!TupleDescAttr(desc, i)->attisdropped)
			return psprintf("Take one of its columns: {%s}.",
							in_json(psprintf("(%s).%s", hint_constant(expr->sql), quote_identifier(name))));
	}
	return "Cast it to text, to a number or to a date.";
}

/*
 * Chooses the encoder for a placeholder of a node.  Returns false after a
 * fault, which names the column's type and the element's.
 */
bool
encoder_choose(Template *template, const TemplateNode *node,
			   const TemplateExpr *expr, EncoderZone *zone, Encoder *encoder)
{
	Oid			element = get_element_type(expr->type);
	R4Primitive target = r4_primitive(node->type);
	const char *hint;

	if (!encoder_of_type(OidIsValid(element) ? getBaseType(element) : expr->type, encoder))
		hint = hint_of_type(expr);
	else
	{
		encoder->array = OidIsValid(element);
		encoder->zone = zone;
		hint = node->kind == TEMPLATE_TEXT ? fit_text(encoder, target) : fit(encoder, node->type);
	}
	if (hint == NULL && encoder->kind == ENCODE_TIMESTAMP && zone->tz == NULL)
		hint = "Say in which time zone it was recorded: fhir_map(..., timezone => 'Asia/Taipei').";
	if (hint == NULL && encoder->array && node->index < 0)
		hint = "The element does not repeat: give one value.";
	if (hint == NULL && !encoder->array && encoder->kind != ENCODE_JSONB &&
		node->index >= 0 && node->parent->spliced)
	{
		template_fault(template, node->parent, expr->offset, ERRCODE_DATATYPE_MISMATCH,
					   "Write [ ] around the placeholder, or give an array.",
					   "\"%s\" repeats: its value is an array", node->parent->key);
		return false;
	}
	if (hint == NULL)
	{
		choose_form(encoder, node);
		return true;
	}
	if (node->kind == TEMPLATE_TEXT && is_no_string(target))
		template_fault(template, node, expr->offset, ERRCODE_DATATYPE_MISMATCH, hint,
					   "text around a placeholder cannot become %s", r4_type_name(node->type));
	else
		template_fault(template, node, expr->offset, ERRCODE_DATATYPE_MISMATCH, hint,
					   "a value of type %s cannot become %s", format_type_be(expr->type),
					   r4_type_name(node->type));
	return false;
}
