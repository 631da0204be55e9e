/*
 * prepare.c
 *		What is made once, when a plan is compiled: keys, heads of objects, and
 *		constant values.
 *
 * An object's head can be prepared when all its members are known, because
 * only then every entry's index is known, and with it where the stride puts
 * an offset instead of a length.
 */
#include "postgres.h"

#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "json/json.h"
#include "json/walk.h"

/*
 * Makes a key of len bytes in the server's encoding, not escaped.  Copies the
 * name.  The result is one chunk in the current context.
 */
JsonKey *
json_make_key(const char *name, int len)
{
	JsonBuffer	b;
	JsonKey    *key;
	char	   *copy;

	json_buffer_init(&b, CurrentMemoryContext);
	json_append_char(&b, '"');
	json_append_escaped(&b, name, len);
	json_append(&b, "\":", 2);

	key = palloc0(sizeof(JsonKey) + b.len + JSON_SLACK + len + 1);
	copy = (char *) (key + 1);
	memcpy(copy, b.data, b.len);
	key->text = copy;
	key->textlen = (int) b.len;
	copy += b.len + JSON_SLACK;
	memcpy(copy, name, len);
	key->name = copy;
	key->len = len;
	pfree(b.data);
	return key;
}

/* jsonb's order of keys: by length first, then by their bytes. */
int
json_key_compare(const JsonKey *a, const JsonKey *b)
{
	if (a->len != b->len)
		return (a->len < b->len) ? -1 : 1;
	return memcmp(a->name, b->name, a->len);
}

/* Bytes of the head of an object with these keys: header, entries, keys. */
Size
json_head_size(const JsonKey *const *keys, int n)
{
	Size		size = sizeof(uint32) + 2 * (Size) n * sizeof(JEntry);

	for (int i = 0; i < n; i++)
		size += keys[i]->len;
	return size;
}

/*
 * Writes the head to to, which is aligned to 4 and has json_head_size bytes.
 * The entries of the values are left as they are.
 */
void
json_write_head(char *to, const JsonKey *const *keys, int n)
{
	JEntry	   *entry = (JEntry *) (to + sizeof(uint32));
	char	   *payload = (char *) (entry + 2 * (Size) n);
	char	   *next = payload;

	*(uint32 *) to = (uint32) n | JB_FOBJECT;
	for (int i = 0; i < n; i++)
	{
		const JsonKey *key = keys[i];

		Assert(i == 0 || json_key_compare(keys[i - 1], key) < 0);
		json_copy(next, key->name, key->len);
		next += key->len;
		entry[i] = (i % JB_OFFSET_STRIDE == 0) ?
			(JENTRY_ISSTRING | JENTRY_HAS_OFF | (uint32) (next - payload)) :
			(JENTRY_ISSTRING | (uint32) key->len);
	}
}

/*
 * Prepares the head of an object that always has these members.  keys must be
 * sorted by json_key_compare, each once, and must live as long as the result;
 * the array itself is copied.  The result is in the current context.
 */
JsonShape *
json_make_shape(const JsonKey *const *keys, int n)
{
	JsonShape  *shape = palloc(sizeof(JsonShape));
	const JsonKey **copy = palloc(n * sizeof(JsonKey *) + 1);
	char	   *head;

	for (int i = 0; i < n; i++)
	{
		if (i > 0 && json_key_compare(keys[i - 1], keys[i]) >= 0)
			elog(ERROR, "keys of a JSON shape are not sorted");
		copy[i] = keys[i];
	}
	shape->keys = copy;
	shape->count = n;
	shape->headlen = (uint32) json_head_size(keys, n);
	shape->head = head = palloc0(shape->headlen);
	json_write_head(head, keys, n);
	return shape;
}

/*
 * Appends a JSON string token, of n bytes with its quotes, in the spelling of
 * escape_json: the server reads the escapes, we write them.
 */
static void
append_token(JsonBuffer *b, const char *token, Size n)
{
	if (memchr(token, '\\', n) != NULL)
	{
		char	   *copy = pnstrdup(token, n);
		Jsonb	   *value = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
															   CStringGetDatum(copy)));

		json_append_jsonb(b, value);
		pfree(value);
		pfree(copy);
	}
	else
		json_append(b, token, n);
}

/*
 * Appends valid JSON text without the white space between its tokens, keys in
 * their order, numbers as they are.
 */
static void
append_compact(JsonBuffer *b, const char *text, int len)
{
	const char *end = text + len;

	while (text < end)
	{
		const char *token = text++;

		switch (*token)
		{
			case ' ':
			case '\t':
			case '\n':
			case '\r':
				break;
			case '"':
				while (*text != '"')
					text += (*text == '\\') ? 2 : 1;
				text++;
				append_token(b, token, text - token);
				break;
			default:
				json_append_char(b, *token);
		}
	}
}

/*
 * Prepares a constant from len bytes of JSON text, a scalar or a container.
 * Its text form is compact, with the keys in the given order; its binary form
 * is what jsonb_in makes of it, so of a duplicate key only the last counts
 * there.  Raises what jsonb_in raises when it is not valid.  The result is in
 * the current context, and nothing else stays there.
 */
JsonFragment *
json_make_fragment(const char *text, int len)
{
	JsonFragment *fragment = palloc(sizeof(JsonFragment));
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "json fragment",
											   ALLOCSET_SMALL_SIZES);
	MemoryContext result = MemoryContextSwitchTo(work);
	char	   *string = pnstrdup(text, len);
	Jsonb	   *value = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
														   CStringGetDatum(string)));
	JsonChild	root;
	JsonBuffer	b;

	json_buffer_init(&b, work);
	append_compact(&b, string, strlen(string));
	MemoryContextSwitchTo(result);
	value = (Jsonb *) memcpy(palloc(VARSIZE(value)), value, VARSIZE(value));
	root = json_root_value(value);
	fragment->text = pnstrdup(b.data, b.len);
	fragment->textlen = (uint32) b.len;
	fragment->type = root.type;
	fragment->binarylen = root.len;
	fragment->binary = root.data;	/* inside value, which is kept */
	MemoryContextDelete(work);
	return fragment;
}
