/*
 * prune.c
 *		A jsonb without its empties.
 *
 * Empty is: null, text of nothing but white space, {} and [], and what is
 * left empty when these are gone.  Most values have no empties, so a scan
 * that writes nothing goes first.
 *
 * The writer must know the members of a container before it begins, so the
 * decisions are made first, bottom up: for each container that stays, in the
 * order of its beginning, one byte for each child says whether the child
 * stays.  Then the value is written along these bytes.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "json/blank.h"
#include "json/json.h"
#include "json/walk.h"

/* Is the scalar empty?  Containers are for the caller. */
static inline bool
scalar_is_empty(const JsonChild *child)
{
	return child->type == JENTRY_ISNULL ||
		(child->type == JENTRY_ISSTRING && json_is_blank(child->data, child->len));
}

/* Is the container, or anything in it, empty? */
static bool
has_empties(const JsonbContainer *container)
{
	uint32		count = JsonContainerSize(container);
	JsonCursor	values = json_cursor_values(container);

	check_stack_depth();
	for (uint32 i = 0; i < count; i++)
	{
		JsonChild	child = json_cursor_next(&values);

		if (scalar_is_empty(&child) ||
			(child.type == JENTRY_ISCONTAINER &&
			 has_empties((const JsonbContainer *) child.data)))
			return true;
	}
	return count == 0;
}

/*
 * Decides what stays of the container and appends that to decisions: its own
 * bytes, then those of the containers in it that stay.  Returns false, and
 * appends nothing, when nothing stays.
 */
static bool
decide(StringInfo decisions, const JsonbContainer *container)
{
	uint32		count = JsonContainerSize(container);
	JsonCursor	values = json_cursor_values(container);
	int			mine = decisions->len;
	bool		any = false;

	check_stack_depth();
	enlargeStringInfo(decisions, count);
	decisions->len += count;
	for (uint32 i = 0; i < count; i++)
	{
		JsonChild	child = json_cursor_next(&values);
		bool		stays;

		if (child.type == JENTRY_ISCONTAINER)
			stays = decide(decisions, (const JsonbContainer *) child.data);
		else
			stays = !scalar_is_empty(&child);
		decisions->data[mine + i] = stays;
		any |= stays;
	}
	if (!any)
		decisions->len = mine;
	return any;
}

/*
 * Begins the object with those of its keys that stay.  The keys are needed
 * only while the head is written.
 */
static void
begin_object(JsonWriter *w, const JsonbContainer *container, const char *stays, int n)
{
	JsonKey    *keys = palloc(n * sizeof(JsonKey));
	const JsonKey **pointers = palloc(n * sizeof(JsonKey *));
	JsonCursor	cursor = json_cursor_first(container);

	for (int found = 0; found < n; stays++)
	{
		JsonChild	key = json_cursor_next(&cursor);

		if (!*stays)
			continue;
		keys[found].name = key.data;
		keys[found].len = (int) key.len;
		pointers[found] = &keys[found];
		found++;
	}
	json_begin_object(w, pointers, n);
	pfree(pointers);
	pfree(keys);
}

/*
 * Writes what stays of the container.  decisions->cursor is at the
 * container's bytes and moves behind those of all that is in it.
 */
static void
write_rest(JsonWriter *w, const JsonbContainer *container, StringInfo decisions)
{
	uint32		count = JsonContainerSize(container);
	const char *stays = decisions->data + decisions->cursor;
	JsonCursor	values = json_cursor_values(container);
	int			n = 0;

	check_stack_depth();
	for (uint32 i = 0; i < count; i++)
		n += stays[i];
	decisions->cursor += count;

	if (JsonContainerIsObject(container))
		begin_object(w, container, stays, n);
	else
		json_begin_array(w, n);
	for (uint32 i = 0; i < count; i++)
	{
		JsonChild	child = json_cursor_next(&values);

		if (!stays[i])
			continue;
		if (child.type == JENTRY_ISCONTAINER)
			write_rest(w, (const JsonbContainer *) child.data, decisions);
		else
			json_write_child(w, &child);
	}
	json_end(w);
}

/*
 * The container without its empties, palloc'd in the current context; NULL
 * when nothing is left.
 */
static Jsonb *
prune_container(const JsonbContainer *container)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "fhir_bridge prune",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	StringInfoData decisions;
	Jsonb	   *result = NULL;

	initStringInfo(&decisions);
	if (decide(&decisions, container))
	{
		JsonWriter	w;

		json_writer_init(&w, JSON_BINARY, context);
		write_rest(&w, container, &decisions);
		MemoryContextSwitchTo(caller);
		result = DatumGetJsonbP(json_finish(&w));
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return result;
}

/*
 * The detoasted value without its empties at any depth: null, text of nothing
 * but white space, {} and [], bottom up.  Returns NULL when nothing is left,
 * and value itself when nothing had to go; else a new value in the current
 * context.
 */
Jsonb *
json_prune(Jsonb *value)
{
	if (JB_ROOT_IS_SCALAR(value))
	{
		JsonChild	root = json_root_value(value);

		return scalar_is_empty(&root) ? NULL : value;
	}
	if (!has_empties(&value->root))
		return value;
	return prune_container(&value->root);
}
