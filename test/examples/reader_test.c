/*
 * reader_test.c
 *		What the readers read, written as JSON again: for the tests.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/json.h"

#include "base/compat.h"
#include "r4/validate/validate.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(reader_text);
PG_FUNCTION_INFO_V1(reader_text_json);

static void append_node(StringInfo to, const R4Document *document, uint32 number);

/* Appends a string, which is not terminated, as JSON. */
static void
append_string(StringInfo to, const char *text, uint32 len)
{
	char	   *copy = pnstrdup(text, len);

	escape_json(to, copy);
	pfree(copy);
}

/* Appends the members of a container; their number and parents must be right. */
static void
append_members(StringInfo to, const R4Document *document, uint32 number)
{
	const R4Node *node = &document->nodes[number];
	uint32		count = 0;

	for (uint32 i = r4_first(number); i < node->end; i = r4_next(document, i))
	{
		if (document->names[i].parent != number)
			elog(ERROR, "node %u has the parent %u, not %u", i, document->names[i].parent, number);
		if (count++ > 0)
			appendStringInfoChar(to, ',');
		if (node->kind == R4_KIND_OBJECT)
		{
			append_string(to, document->names[i].key, document->names[i].keylen);
			appendStringInfoChar(to, ':');
		}
		append_node(to, document, i);
	}
	if (count != node->len)
		elog(ERROR, "node %u has %u members, not %u", number, count, node->len);
}

/* Appends a value. */
static void
append_node(StringInfo to, const R4Document *document, uint32 number)
{
	const R4Node *node = &document->nodes[number];

	switch ((R4Kind) node->kind)
	{
		case R4_KIND_OBJECT:
		case R4_KIND_ARRAY:
			appendStringInfoChar(to, node->kind == R4_KIND_OBJECT ? '{' : '[');
			append_members(to, document, number);
			appendStringInfoChar(to, node->kind == R4_KIND_OBJECT ? '}' : ']');
			break;
		case R4_KIND_STRING:
			append_string(to, node->text, node->len);
			break;
		case R4_KIND_NUMBER:
			appendBinaryStringInfo(to, node->text, node->len);
			break;
		case R4_KIND_TRUE:
			appendStringInfoString(to, "true");
			break;
		case R4_KIND_FALSE:
			appendStringInfoString(to, "false");
			break;
		case R4_KIND_NULL:
			appendStringInfoString(to, "null");
			break;
	}
}

/* The document that a call site's reader has read, as text. */
static text *
document_text(const R4Document *document)
{
	StringInfoData text;

	initStringInfo(&text);
	append_node(&text, document, 0);
	return cstring_to_text_with_len(text.data, text.len);
}

/* The call site's reader. */
static R4Reader *
call_reader(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = r4_reader_create(fcinfo->flinfo->fn_mcxt);
	return fcinfo->flinfo->fn_extra;
}

Datum
reader_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(document_text(r4_read_jsonb(call_reader(fcinfo), PG_GETARG_JSONB_P(0))));
}

Datum
reader_text_json(PG_FUNCTION_ARGS)
{
	text	   *source = PG_GETARG_TEXT_PP(0);

	PG_RETURN_TEXT_P(document_text(r4_read_json(call_reader(fcinfo), VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source))));
}
