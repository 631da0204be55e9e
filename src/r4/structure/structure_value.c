/*
 * structure_value.c
 *		Values of primitives, and codes that a binding asks for.
 *
 * plain C: no server headers
 *
 * A value is asked what it is from the cheap to the costly, and no further than
 * the first fault: JSON type, emptiness, length, bytes, form, code.  Texts say
 * what R4 asks for and never repeat the value, which may be a patient's.
 */
#include "r4/structure/structure.h"

/* R4: "strings SHALL NOT exceed 1MB (1024*1024 characters) in size". */
#define MAX_CHARACTERS (1024 * 1024)
#define FEW_CODES 12			/* that many are listed in a text */

/* Not part of its caller, which is called for each value and has no need of this one's memory on the stack. */
#define APART static __attribute__((noinline))

/* What the form of each primitive asks for, in the order of R4Primitive. */
static const char *const forms[] = {
	[R4_BASE64BINARY] = "must be base64: groups of four characters, padded with =",
	[R4_BOOLEAN] = "must be true or false",
	[R4_CANONICAL] = "must be a URI, without white space",
	[R4_CODE] = "must be a code: no white space around it, single ones within",
	[R4_DATE] = "must be a date: YYYY, YYYY-MM or YYYY-MM-DD, a day of the calendar",
	[R4_DATETIME] = "must be a dateTime: YYYY, YYYY-MM, YYYY-MM-DD, or a day with Thh:mm:ss and an offset (Z or +hh:mm)",
	[R4_DECIMAL] = "must be a number",
	[R4_ID] = "must be an id: 1 to 64 letters, digits, hyphens and dots",
	[R4_INSTANT] = "must be an instant: YYYY-MM-DDThh:mm:ss with an offset (Z or +hh:mm)",
	[R4_INTEGER] = "must be a whole number of 32 bits",
	[R4_MARKDOWN] = "must be text of Unicode characters, none of them a control character",
	[R4_OID] = "must be an OID: urn:oid: and numbers with dots between them",
	[R4_POSITIVEINT] = "must be a whole number from 1 to 2147483647",
	[R4_STRING] = "must be text of Unicode characters, none of them a control character",
	[R4_TIME] = "must be a time: hh:mm:ss, without an offset",
	[R4_UNSIGNEDINT] = "must be a whole number from 0 to 2147483647",
	[R4_URI] = "must be a URI, without white space",
	[R4_URL] = "must be a URL, without white space",
	[R4_UUID] = "must be a UUID: urn:uuid: and a UUID in small letters",
	[R4_XHTML] = "must be XHTML without control characters"
};

/*
 * Has a text with more than MAX_CHARACTERS bytes, in UTF-8 or an encoding of
 * single bytes, too many characters?  Numbers and binary content may.
 */
APART bool
is_too_long(const R4Node *n, R4Primitive primitive)
{
	uint32_t	characters = 0;

	/* the look-ups take lengths as int; no datum of the server is longer, but another program may read one */
	if (n->len > INT32_MAX)
		return true;
	if (primitive == R4_BASE64BINARY || n->kind != R4_KIND_STRING)
		return false;
	for (uint32_t i = 0; i < n->len; i++)
		characters += ((unsigned char) n->text[i] & 0xC0) != 0x80;
	return characters > MAX_CHARACTERS;
}

/* The JSON kind that each primitive is written in; of booleans one of two. */
static const uint8_t kinds[] = {
	[R4_BASE64BINARY] = R4_KIND_STRING,
	[R4_BOOLEAN] = R4_KIND_TRUE,
	[R4_CANONICAL] = R4_KIND_STRING,
	[R4_CODE] = R4_KIND_STRING,
	[R4_DATE] = R4_KIND_STRING,
	[R4_DATETIME] = R4_KIND_STRING,
	[R4_DECIMAL] = R4_KIND_NUMBER,
	[R4_ID] = R4_KIND_STRING,
	[R4_INSTANT] = R4_KIND_STRING,
	[R4_INTEGER] = R4_KIND_NUMBER,
	[R4_MARKDOWN] = R4_KIND_STRING,
	[R4_OID] = R4_KIND_STRING,
	[R4_POSITIVEINT] = R4_KIND_NUMBER,
	[R4_STRING] = R4_KIND_STRING,
	[R4_TIME] = R4_KIND_STRING,
	[R4_UNSIGNEDINT] = R4_KIND_NUMBER,
	[R4_URI] = R4_KIND_STRING,
	[R4_URL] = R4_KIND_STRING,
	[R4_UUID] = R4_KIND_STRING,
	[R4_XHTML] = R4_KIND_STRING
};

/*
 * Reports a value of the wrong JSON type.  The usual cause is a number or a
 * boolean in quotes, or the reverse: so the quotes are named.
 */
APART bool
report_kind(R4Check *check, uint32_t node, R4Primitive primitive)
{
	R4Kind		kind = (R4Kind) kinds[primitive];
	R4Text		text;

	r4_text_start(&text, r4_type_name(check->document->nodes[node].type));
	r4_text_add(&text, kind == R4_KIND_TRUE ? " must be true or false, without quotes" : kind == R4_KIND_NUMBER ? " must be a JSON number, without quotes" : " must be a JSON string");
	return r4_fault(check, node, R4_ISSUE_STRUCTURE, "type", text.bytes);
}

/*
 * Reports a code outside the set; says which are in it when they are few.  A
 * longer list would not be read, and may be ten thousand codes.
 */
APART bool
report_code(R4Check *check, uint32_t node, R4Set set, const char *what)
{
	int			size = r4_set_size(set);
	R4Text		text;
	R4Code		code;

	r4_text_start(&text, what);
	r4_text_add(&text, " of the value set ");
	r4_text_add(&text, r4_set_name(set));
	for (int i = 0; i < size && size <= FEW_CODES; i++)
	{
		r4_set_code(set, i, &code);
		if (i == 0)
			r4_text_add(&text, ": ");
		r4_text_list(&text, code.code, i, size);
	}
	return r4_fault(check, node, R4_ISSUE_CODE_INVALID, "binding", text.bytes);
}

/*
 * Checks the text of a narrative.  Its XML is read by a reader of our own
 * (r4/lookup/narrative.c): XHTML in FHIR allows few elements and no entities but
 * those of characters.
 */
APART bool
check_xhtml(R4Check *check, uint32_t node)
{
	const R4Node *n = &check->document->nodes[node];
	const char *rule;
	const char *fault = r4_narrative_fault(n->text, n->len, &rule);

	return fault == NULL || r4_fault(check, node, R4_ISSUE_INVARIANT, rule, fault);
}

/*
 * Checks what is asked of a URI beyond its type.  That goes by the name of the
 * element (structure_form.c); a member of an array has none, and no element that
 * repeats asks for more than a URN of the right form.
 */
APART bool
check_uri(R4Check *check, uint32_t node, R4Primitive primitive)
{
	const R4Node *n = &check->document->nodes[node];
	const R4Name *name = &check->document->names[node];
	R4Form		form = name->keylen == 0 ? R4_FORM_URN :
		r4_form_of(check->document->nodes[name->parent].type, name->key, name->keylen, primitive);
	const char *rule;
	const char *fault = r4_form_fault(form, n->text, n->len, &rule);

	return fault == NULL || r4_fault(check, node, R4_ISSUE_VALUE, rule, fault);
}

/* Checks that a code is of the set that its element asks for, if it asks for one. */
static bool
check_code(R4Check *check, uint32_t node)
{
	const R4Node *n = &check->document->nodes[node];
	R4Set		set = r4_required_set(n->element);

	return set == R4_NO_SET || r4_set_has(set, NULL, 0, n->text, (int) n->len) || report_code(check, node, set, "must be a code");
}

/* Checks that a plain text, or Markdown, does not look like HTML; who wants errors alone need not pay for the search. */
static bool
check_tags(R4Check *check, uint32_t node)
{
	const R4Node *n = &check->document->nodes[node];

	return check->least < R4_WARNING || !r4_has_tag(n->text, n->len) ||
		r4_warning(check, node, R4_ISSUE_VALUE, "tag",
				   "looks as if it held HTML, which may do harm where it is shown as such: text is plain, and Markdown needs no tags");
}

/* Checks the value of a primitive, whose node is typed: its JSON type, its form, and what else is asked of it. */
bool
r4_check_primitive(R4Check *check, uint32_t node, R4Primitive primitive)
{
	const R4Node *n = &check->document->nodes[node];

	if (n->kind != kinds[primitive])
		return (primitive == R4_BOOLEAN && n->kind == R4_KIND_FALSE) || report_kind(check, node, primitive);
	/* it has no text to be looked at below; a false one has been let pass above */
	if (n->kind == R4_KIND_TRUE)
		return true;
	if (n->len == 0)
		return r4_fault(check, node, R4_ISSUE_INVARIANT, "ele-1",
						"all elements must have a value or children: leave out what is empty");
	if (n->len > MAX_CHARACTERS && is_too_long(n, primitive))
		return r4_fault(check, node, R4_ISSUE_TOO_LONG, "length", "must have no more than 1048576 characters");
	/* before its form is asked for, which would take the bytes for characters */
	if (check->document->any_bytes && !r4_is_text(n->text, n->len))
		return r4_fault(check, node, R4_ISSUE_VALUE, "encoding", "must be UTF-8: the database has no encoding of its own");
	if (!r4_text_is_valid(primitive, n->text, (int) n->len))
		return r4_fault(check, node, R4_ISSUE_VALUE, r4_type_name(n->type), forms[primitive]);
	switch (primitive)
	{
		case R4_XHTML:
			return check_xhtml(check, node);
		case R4_URI:
		case R4_URL:
		case R4_CANONICAL:
			return check_uri(check, node, primitive);
		case R4_STRING:
		case R4_MARKDOWN:
			return check_tags(check, node);
		case R4_CODE:
			return check_code(check, node);
		default:
			return true;
	}
}

/* A member that is a string, or NULL: what is of another kind has been reported. */
static const R4Node *
string_member(const R4Document *document, uint32_t object, const char *name)
{
	uint32_t	node = r4_member(document, object, name, (int) strlen(name));

	return node != 0 && document->nodes[node].kind == R4_KIND_STRING ? &document->nodes[node] : NULL;
}

/*
 * Does a Coding have a code of the set, with its system?  The same code of another
 * system is another thing.
 */
static bool
has_code_of(const R4Document *document, uint32_t node, R4Set set)
{
	const R4Node *system = string_member(document, node, "system");
	const R4Node *code = string_member(document, node, "code");

	return system != NULL && code != NULL &&
		r4_set_has(set, system->text, (int) system->len, code->text, (int) code->len);
}

/*
 * Checks that a CodeableConcept, the one data type whose elements R4 binds to
 * sets by requirement, has one coding of its set, beside any others; text is
 * not enough.
 */
bool
r4_check_binding(R4Check *check, uint32_t node, R4Set set)
{
	const R4Document *document = check->document;
	uint32_t	codings = r4_member(document, node, "coding", 6);

	/* what is of another kind has been reported, but is no coding either: both faults are told */
	if (codings != 0 && document->nodes[codings].kind == R4_KIND_ARRAY)
	{
		for (uint32_t i = codings + 1; i < document->nodes[codings].end; i = document->nodes[i].end)
			if (document->nodes[i].kind == R4_KIND_OBJECT && has_code_of(document, i, set))
				return true;
	}
	return report_code(check, node, set, "must have a coding, with its system,");
}
