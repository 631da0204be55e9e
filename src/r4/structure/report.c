/*
 * report.c
 *		Putting faults into words.
 *
 * plain C: no server headers
 *
 * A text says what the rule asks for, so that the reader can act on it.  It
 * never holds a value of the document: documents are patients'.
 */
#include "r4/structure/structure.h"

/* Begins a text. */
void
r4_text_start(R4Text *text, const char *string)
{
	text->len = 0;
	text->bytes[0] = '\0';
	r4_text_add(text, string);
}

/*
 * Appends a string, or as much of it as there is room for: nothing here can
 * fail, and the texts that end early are lists of names.
 */
void
r4_text_add(R4Text *text, const char *string)
{
	size_t		room = sizeof(text->bytes) - 1 - text->len;
	size_t		len = strlen(string);

	if (len > room)
		len = room;
	memcpy(text->bytes + text->len, string, len);
	text->len += (int) len;
	text->bytes[text->len] = '\0';
}

/* Appends the i-th string of a list of count, with what joins it to those before. */
void
r4_text_list(R4Text *text, const char *string, int i, int count)
{
	if (i > 0)
		r4_text_add(text, i + 1 < count ? ", " : " or ");
	r4_text_add(text, string);
}

/*
 * Reports a fault of a node; returns whether to go on.  Whoever reports hands
 * the answer to its caller, up to the top: fhir_is_valid needs one fault and no
 * more.  The text is the caller's and gone when this returns.
 */
bool
r4_fault(R4Check *check, uint32_t node, R4IssueCode code, const char *rule, const char *text)
{
	R4Fault		fault = {R4_ERROR, code, node, NULL, rule, text};

	return check->report(check->arg, check->document, &fault);
}

/*
 * Reports what should not be so, where that is wanted; returns whether to go on.
 * One that is not wanted must not end the check, as a report's answer would.
 */
bool
r4_warning(R4Check *check, uint32_t node, R4IssueCode code, const char *rule, const char *text)
{
	R4Fault		fault = {R4_WARNING, code, node, NULL, rule, text};

	return check->least < R4_WARNING || check->report(check->arg, check->document, &fault);
}

/*
 * Reports that an element is missing below a node; returns whether to go on.  A
 * missing element has no node: its place is the parent's with the name behind it.
 */
bool
r4_fault_missing(R4Check *check, uint32_t node, const char *name, const char *text)
{
	R4Fault		fault = {R4_ERROR, R4_ISSUE_REQUIRED, node, name, "required", text};

	return check->report(check->arg, check->document, &fault);
}
