/*
 * structure_form.c
 *		Forms that HL7's own validator asks for on every server, beyond the
 *		regular expressions of R4's primitives.
 *
 * plain C: no server headers
 *
 * What is judged here is R4's prose: a system is an absolute URI, urn:uuid: is
 * followed by a UUID, the size of an attachment is that of its data.
 */
#include "base/uri.h"
#include "base/words.h"
#include "r4/structure/structure.h"

/* Does a text begin with a string? */
static bool
begins(const char *text, uint32_t len, const char *string)
{
	size_t		n = strlen(string);

	return len >= n && memcmp(text, string, n) == 0;
}

/* Is a URI that of a value set, or below one? */
static bool
is_value_set(const char *text, uint32_t len)
{
	const char *end = text + len;
	const char *v = text;

	/* few URIs have a V at all */
	while ((v = memchr(v, 'V', (size_t) (end - v))) != NULL)
	{
		if (v > text && v[-1] == '/' && end - v >= 9 && memcmp(v, "ValueSet/", 9) == 0)
			return true;
		v++;
	}
	return false;
}

/* Which of sixteen bytes are no hexadecimal digits, in letters of either case? */
static inline WordSixteen
no_digits(const char *text)
{
	WordSixteen bytes = word_load16(text);

	return (WordSixteen) (bytes - '0' > 9) & (WordSixteen) ((bytes | ' ') - 'a' > 5);
}

/*
 * Are 36 bytes a UUID?  Sixteen at a time: every fullUrl of a Bundle and the
 * references to it are one, and in random digits a processor guesses each branch
 * wrong every other time.  The last sixteen begin within the second: nothing behind
 * the 36 is read.
 */
static bool
is_uuid(const char *text)
{
	const WordSixteen first = {0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0xFF, 0, 0};
	const WordSixteen second = {0, 0, 0xFF, 0, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0};
	const WordSixteen last = {0, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

	return text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' &&
		!word_is_any_set((no_digits(text) ^ first) | (no_digits(text + 16) ^ second) | (no_digits(text + 20) ^ last));
}

/*
 * Is a URI no URN of a UUID or OID, or one of the right form?  A version or
 * fragment may follow.  The usual length is asked first: it needs no search for
 * one.  Other URNs are not R4's to judge.
 */
bool
r4_urn_is_good(const char *text, uint32_t len)
{
	uint32_t	end = 0;

	if (len < 4 || memcmp(text, "urn:", 4) != 0)
		return true;
	if (len == 45 && memcmp(text + 4, "uuid:", 5) == 0)
		return is_uuid(text + 9);
	while (end < len && text[end] != '|' && text[end] != '#' && text[end] != '?')
		end++;
	if (begins(text, end, "urn:uuid:"))
		return end == 45 && is_uuid(text + 9);
	if (begins(text, end, "urn:oid:"))
		return r4_text_is_valid(R4_OID, text, (int) end);
	return true;
}

/*
 * What is asked of a value of this element, by its name and the type that it is
 * in.  R4's definitions have no word for it: system and fullUrl are told to be
 * absolute in prose, and HL7's validator asks it everywhere.
 */
R4Form
r4_form_of(R4Type parent, const char *name, int len, R4Primitive primitive)
{
	if (primitive != R4_URI && primitive != R4_URL && primitive != R4_CANONICAL)
		return R4_FORM_NONE;
	if (primitive == R4_URI && len == 6 && memcmp(name, "system", 6) == 0)
		return r4_is_named(parent, "Identifier") ? R4_FORM_ABSOLUTE : R4_FORM_CODE_SYSTEM;
	if (primitive == R4_URI && len == 7 && memcmp(name, "fullUrl", 7) == 0)
		return R4_FORM_ABSOLUTE;
	return R4_FORM_URN;
}

/*
 * What is wrong with a URI of which a form is asked, which is named in *rule;
 * NULL when nothing is.  Each form asks for what those before it ask for, too.
 */
const char *
r4_form_fault(R4Form form, const char *text, uint32_t len, const char **rule)
{
	*rule = "urn";
	/* there is a first byte: what is empty has not come this far */
	if (text[0] == 'u' && !r4_urn_is_good(text, len))
		return "behind urn:uuid: must be a UUID, behind urn:oid: an OID";
	if (form == R4_FORM_URN)
		return NULL;
	*rule = "absolute";
	if (!base_uri_is_absolute(text, len))
		return "must be an absolute URI, such as http://loinc.org or urn:oid:1.2.3";
	*rule = "code-system";
	if (form == R4_FORM_CODE_SYSTEM && is_value_set(text, len))
		return "must be the URI of a code system, not that of a value set";
	return NULL;
}

/*
 * The elements of HTML, as names behind "<", in the order of their letters.  A
 * list, since "<unknown>" in a plain text is no tag.
 */
static const char *const html_names[] = {
	"a", "abbr", "address", "applet", "article", "audio", "b", "base", "big", "blockquote", "body", "br", "button", "caption",
	"center", "cite", "code", "dd", "del", "div", "dl", "dt", "em", "embed", "font", "footer", "form", "frame", "h1", "h2", "h3",
	"h4", "h5", "h6", "head", "header", "hr", "html", "i", "iframe", "img", "input", "ins", "label", "li", "link", "main", "map",
	"mark", "math", "meta", "nav", "object", "ol", "option", "p", "param", "pre", "q", "s", "script", "section", "select", "small",
	"source", "span", "strike", "strong", "style", "sub", "sup", "svg", "table", "tbody", "td", "template", "textarea", "tfoot", "th",
	"thead", "title", "tr", "tt", "u", "ul", "var", "video"
};

#define LONGEST_NAME 10

/*
 * Is a name, in letters of either case, one of HTML's?  The list is gone through
 * from the start: few texts have a "<" with a name behind it at all.
 */
static bool
is_html_name(const char *text, uint32_t len)
{
	char		name[LONGEST_NAME + 1];

	if (len == 0 || len > LONGEST_NAME)
		return false;
	for (uint32_t i = 0; i < len; i++)
		name[i] = (char) (text[i] >= 'A' && text[i] <= 'Z' ? text[i] | ' ' : text[i]);
	name[len] = '\0';
	for (size_t i = 0; i < sizeof(html_names) / sizeof(html_names[0]); i++)
		if (strcmp(html_names[i], name) == 0)
			return true;
	return false;
}

/*
 * Is there a tag of HTML in a text?  A heuristic, whose answer is a warning and
 * never an error.  Each byte is looked at twice at most, since texts may have a
 * megabyte of "<".
 */
bool
r4_has_tag(const char *text, uint32_t len)
{
	const char *end = text + len;

	while (text < end && (text = memchr(text, '<', (size_t) (end - text))) != NULL)
	{
		const char *name = ++text;

		if (name < end && *name == '/')
			name++;
		text = name;
		while (text < end && text - name <= LONGEST_NAME && base_is_scheme_byte(*text))
			text++;
		/* "a < b" and "<5 mg" are no tags: a name of HTML must follow at once, and end as one does */
		if (text == end || (*text != '>' && *text != '/' && *text != ' ' && *text != '\t' && *text != '\n') ||
			!is_html_name(name, (uint32_t) (text - name)))
			continue;
		return memchr(text, '>', (size_t) (end - text)) != NULL;
	}
	return false;
}

/* A whole number of few digits, which cannot overflow; -1 for any other text. */
static int64_t
small_number(const char *text, uint32_t len)
{
	int64_t		number = 0;

	if (len == 0 || len > 10)
		return -1;
	for (uint32_t i = 0; i < len; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = 10 * number + (text[i] - '0');
	}
	return number;
}

/*
 * How many bytes good base64 of at least one byte stands for: four digits are
 * three bytes, and what "=" fills up is none.  That it is good has been checked.
 */
static int64_t
bytes_of_base64(const char *text, uint32_t len)
{
	int64_t		digits = 0;

	/* most has no white space: then only what stands at the end is no digit */
	if (!word_has_less(text, (int) len, ' ' + 1))
	{
		while (len > 0 && text[len - 1] == '=')
			len--;
		return (int64_t) len * 3 / 4;
	}
	for (uint32_t i = 0; i < len; i++)
		digits += (unsigned char) text[i] > ' ' && text[i] != '=';
	return digits * 3 / 4;
}

/* Is a size that of content in base64?  See structure.h. */
bool
r4_is_size_of(const char *size, uint32_t sizelen, const char *data, uint32_t len)
{
	int64_t		number = small_number(size, sizelen);

	/* what is no number has been reported as such */
	return number < 0 || number == bytes_of_base64(data, len);
}

/* Checks the size of an Attachment beside its data, where it has both. */
bool
r4_check_attachment(R4Check *check, uint32_t node)
{
	const R4Document *document = check->document;
	uint32_t	data = r4_member(document, node, "data", 4);
	uint32_t	size = r4_member(document, node, "size", 4);
	const R4Node *bytes = &document->nodes[data];
	const R4Node *number = &document->nodes[size];

	/* node 0, of one that is not there, is an object */
	if (bytes->kind != R4_KIND_STRING || number->kind != R4_KIND_NUMBER ||
		!r4_text_is_valid(R4_BASE64BINARY, bytes->text, (int) bytes->len))
		return true;
	return r4_is_size_of(number->text, number->len, bytes->text, bytes->len) ||
		r4_fault(check, size, R4_ISSUE_VALUE, "size", "must be the number of bytes that data holds");
}
