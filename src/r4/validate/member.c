/*
 * member.c
 *		What a text has to be in its member of a shape, and what is remembered of it.
 *
 * The values of one member are much alike, too: two codes, two systems, one type
 * of references.  What was good a moment ago is compared before anything is
 * looked up.
 */
#include "postgres.h"

#include "r4/lookup/r4.h"
#include "r4/structure/structure.h"
#include "r4/validate/reader.h"
#include "r4/validate/shape.h"

#define MOST_CHARACTERS (1024 * 1024)	/* of a string, for R4 */

/*
 * Is a string good of whose type more is asked than the bytes that it may have?
 * MOST_CHARACTERS of bytes: one that has more may still have few enough
 * characters, which is for the check to count.
 */
bool
r4_member_allows(const R4Member *member, const char *text, uint32 len)
{
	R4Primitive primitive = (R4Primitive) member->child.primitive;
	const char *rule;

	return len > 0 && len <= MOST_CHARACTERS && r4_text_is_valid(primitive, text, len) &&
		(primitive != R4_XHTML || r4_narrative_fault(text, len, &rule) == NULL);
}

/*
 * Is a string a code of the set that it must be of?  It is remembered as the table
 * has it: the string itself goes with its document.
 */
static bool
is_code_of_set(R4Member *member, const char *text, uint32 len)
{
	const char *code = r4_set_find(member->set, NULL, 0, text, len);

	if (code == NULL)
		return false;
	member->other = member->code;
	member->other_len = member->code_len;
	member->code = code;
	member->code_len = len;
	return true;
}

/* Is a text the one that a member was good with before the last?  Then it becomes the last, and makes no room for a third. */
static bool
is_other(R4Member *member, const char *text, uint32 len)
{
	const char *other = member->other;

	if (member->other_len != len || !word_same_bytes(other, text, len))
		return false;
	member->other = member->code;
	member->other_len = member->code_len;
	member->code = other;
	member->code_len = len;
	return true;
}

/* Is a string, which is not the last one, a code of its set, or a URI of its form? */
bool
r4_member_holds(R4Member *member, const char *text, uint32 len)
{
	const char *rule;

	/* not remembered: to look at most of these is one comparison */
	if (member->set == R4_NO_SET && member->form == R4_FORM_URN)
		return likely(text[0] != 'u') || r4_urn_is_good(text, len);
	if (is_other(member, text, len))
		return true;
	if (member->set != R4_NO_SET)
		return is_code_of_set(member, text, len);
	if (r4_form_fault((R4Form) member->form, text, len, &rule) != NULL)
		return false;
	r4_remember_uri(member, text, len);
	return true;
}

/*
 * Is a reference Type/id, of the type that was good for this member before?
 * Members seldom have more than one.
 */
bool
r4_member_knows_type(const R4Member *member, const char *reference, uint32 len)
{
	uint32		known = member->code_len;

	return known > 0 && len > known + 1 && reference[known] == '/' &&
		word_same_bytes(member->code, reference, known) &&
		r4_text_is_valid(R4_ID, reference + known + 1, len - known - 1);
}

/*
 * Remembers the type of a good reference, if it is Type/id and no longer path.
 * Only one that its element may refer to comes here, so that who knows the type
 * need not ask again.
 */
void
r4_member_remember_type(R4Member *member, const char *reference, uint32 len)
{
	const char *slash = memchr(reference, '/', len);
	uint32		before = slash != NULL ? slash - reference : 0;
	R4Type		type = before > 0 ? r4_type(reference, before) : R4_NO_TYPE;

	if (!r4_is_resource(type) || !r4_text_is_valid(R4_ID, slash + 1, len - before - 1))
		return;
	member->code = r4_type_name(type);
	member->code_len = before;
}

/*
 * Is the size of an Attachment that has been read that of its data, if it has
 * both?  Their types are as they should be, or the walk had ended at them.
 */
bool
r4_is_good_attachment(R4Reader *reader, const R4Shape *shape, const JsonbContainer *object)
{
	JsonChild	data;
	JsonChild	size;
	const char *digits;
	uint32		len;

	if (shape->known[R4_KNOWN_DATA] < 0 || shape->known[R4_KNOWN_SIZE] < 0)
		return true;
	data = r4_shape_value(shape, object, shape->known[R4_KNOWN_DATA]);
	size = r4_shape_value(shape, object, shape->known[R4_KNOWN_SIZE]);
	digits = r4_numeric_text(reader, size.data, &len);
	return r4_is_size_of(digits, len, data.data, data.len);
}
