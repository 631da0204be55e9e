/*
 * writer.c
 *		Opening and closing containers, and the finished value.
 *
 * Binary: a container's head (header word and entries) is reserved when it
 * begins, and each child's entry is filled when the child is complete.  All
 * is kept as offsets into the buffer, which may move.  Alignment is that of
 * the datum, since the buffer begins with room for the varlena header.
 *
 * A jsonb's sizes and offsets have 28 bits.  The root contains everything, so
 * the limit of the buffer is the only check that is needed, and it is made
 * before anything is written.
 */
#include "postgres.h"

#include "json/json.h"
#include "json/walk.h"

#define INITIAL_LEVELS	16

/*
 * Prepares a writer; its space is taken from context and goes with it.  It
 * is ready for a value, as after json_writer_reset.
 */
void
json_writer_init(JsonWriter *w, JsonForm form, MemoryContext context)
{
	w->form = form;
	json_buffer_init(&w->buffer, context);
	if (form == JSON_BINARY)
		w->buffer.limit = VARHDRSZ + JENTRY_OFFLENMASK;
	w->levels = MemoryContextAlloc(context, INITIAL_LEVELS * sizeof(JsonLevel));
	w->last = w->levels + INITIAL_LEVELS - 1;
	json_writer_reset(w);
}

/*
 * Makes the writer ready for the next value, also in the middle of one.
 * Level 0 takes one child, the root value.
 */
void
json_writer_reset(JsonWriter *w)
{
	w->buffer.len = (w->form == JSON_BINARY) ? VARHDRSZ : 0;
	w->string = 0;
	w->top = w->levels;
	memset(w->top, 0, sizeof(JsonLevel));
	w->top->payload = VARHDRSZ;
	w->top->count = 1;
}

/* Doubles the stack of levels, which may move it. */
void
json_writer_deepen(JsonWriter *w)
{
	Size		depth = w->top - w->levels;
	Size		places = (w->last - w->levels + 1) * 2;

	w->levels = repalloc(w->levels, places * sizeof(JsonLevel));
	w->last = w->levels + places - 1;
	w->top = w->levels + depth;
}

/* Opens a level and returns it. */
static inline JsonLevel *
push_level(JsonWriter *w)
{
	if (unlikely(w->top == w->last))
		json_writer_deepen(w);
	return ++w->top;
}

/*
 * Binary: makes room for a container's head of n bytes at the next multiple
 * of 4, and opens a level for it whose children count from next to count.
 * The padding belongs to the value.  Returns where the head goes.
 */
static inline char *
begin_binary(JsonWriter *w, Size n, uint32 entries, uint32 next)
{
	uint32		start = (uint32) w->buffer.len;
	JsonLevel  *level;

	json_reserve_aligned(&w->buffer, n);
	level = push_level(w);
	level->keys = NULL;
	level->start = start;
	level->entries = (uint32) w->buffer.len + sizeof(uint32);
	level->payload = level->entries + entries * sizeof(JEntry);
	level->next = next;
	level->count = entries;
	w->buffer.len += n;
	return w->buffer.data + level->entries - sizeof(uint32);
}

/* Text: opens a level for n members between the two brackets. */
static inline void
begin_text(JsonWriter *w, const JsonKey *const *keys, int n, char open, char close)
{
	char	   *to = json_text_begin(w, 1);
	JsonLevel  *level = push_level(w);

	*to++ = open;
	json_text_end(w, to);
	level->keys = keys;
	level->next = 0;
	level->count = n;
	level->close = close;
}

/*
 * Begins an object of exactly these members.  n values must follow, in the
 * order of the keys.  Binary: the keys are sorted by json_key_compare and
 * none comes twice.  keys must stay until the object's end.
 */
void
json_begin_object(JsonWriter *w, const JsonKey *const *keys, int n)
{
	if (w->form == JSON_BINARY)
	{
		Size		headlen = json_head_size(keys, n);
		char	   *head = begin_binary(w, headlen, n * 2, n);

		json_write_head(head, keys, n);
	}
	else
		begin_text(w, keys, n, '{', '}');
}

/* The same with a head that was prepared once. */
void
json_begin_shape(JsonWriter *w, const JsonShape *shape)
{
	if (w->form == JSON_BINARY)
		memcpy(begin_binary(w, shape->headlen, shape->count * 2, shape->count),
			   shape->head, shape->headlen);
	else
		begin_text(w, shape->keys, shape->count, '{', '}');
}

/* Begins an array; n values must follow. */
void
json_begin_array(JsonWriter *w, int n)
{
	if (w->form == JSON_BINARY)
	{
		uint32		header = (uint32) n | JB_FARRAY;

		memcpy(begin_binary(w, sizeof(uint32) + n * sizeof(JEntry), n, 0),
			   &header, sizeof(uint32));
	}
	else
		begin_text(w, NULL, n, '[', ']');
}

/*
 * Ends the innermost container.  Fewer values than were announced are a
 * programming error, and in binary would leave a damaged value.
 */
void
json_end(JsonWriter *w)
{
	JsonLevel  *level = w->top;

	if (unlikely(level->next != level->count || level == w->levels))
		elog(ERROR, "JSON container has %u values instead of %u",
			 level->next, level->count);
	w->top--;
	if (w->form == JSON_BINARY)
		json_entry(w, JENTRY_ISCONTAINER, (uint32) w->buffer.len - level->start,
				   (uint32) w->buffer.len);
	else
		json_close_member(&w->buffer, level->close);
}

/*
 * A scalar root is stored as an array of one member with a flag of its own.
 * Its bytes stand right behind the varlena header, and move two words on.
 */
static Datum
finish_scalar(const JsonWriter *w, JEntry entry)
{
	const Size	headlen = VARHDRSZ + sizeof(uint32) + sizeof(JEntry);
	Size		n = w->buffer.len - VARHDRSZ;
	Jsonb	   *result;

	if (headlen + n > w->buffer.limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("string too long to represent as jsonb string"),
				 errdetail("The total size of the value exceeds the maximum of %zu bytes.",
						   w->buffer.limit)));
	result = palloc(headlen + n);
	SET_VARSIZE(result, headlen + n);
	result->root.header = 1 | JB_FARRAY | JB_FSCALAR;
	result->root.children[0] = entry;
	memcpy((char *) result + headlen, w->buffer.data + VARHDRSZ, n);
	return JsonbPGetDatum(result);
}

/*
 * The finished value, palloc'd in the current context: json or text when the
 * form is JSON_TEXT, else jsonb.  Exactly one root value must be complete.
 * The writer keeps its content until json_writer_reset.
 */
Datum
json_finish(JsonWriter *w)
{
	Size		len = w->buffer.len;
	char	   *result;

	if (unlikely(w->top != w->levels || w->top->next != 1))
		elog(ERROR, "JSON value is not complete");
	if (w->form == JSON_BINARY)
	{
		JEntry		root = *(JEntry *) w->buffer.data;

		if (!JBE_ISCONTAINER(root))
			return finish_scalar(w, root);
		result = palloc(len);
		memcpy(result, w->buffer.data, len);
		SET_VARSIZE(result, len);
		return PointerGetDatum(result);
	}
	/* all but the comma behind the root */
	result = palloc(VARHDRSZ + len - 1);
	SET_VARSIZE(result, VARHDRSZ + len - 1);
	memcpy(VARDATA(result), w->buffer.data, len - 1);
	return PointerGetDatum(result);
}
