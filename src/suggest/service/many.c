/*
 * many.c
 *		Suggestions for several notes: some calls at once, some notes a call.
 *
 * How the service answers several notes in one request is not documented; one
 * list a note is expected.  An answer of another length is not trusted: its
 * notes are asked again one by one.  A request that the service refuses as
 * such, or whose answer is too large, is halved until the note is found that it
 * refuses, or the answers are of a size.
 *
 * A note whose answer is in the cache is in no request.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "suggest/service/many.h"
#include "suggest/shared/settings.h"

#define CALLS_AT_ONCE 16		/* of one backend; a quarter of all slots */

/* Some neighbouring notes, to be asked for in one request. */
typedef struct Part
{
	int			first;
	int			count;
	int			slot;			/* while it is out */
} Part;

/* Parts that wait to be sent, and parts that are out, oldest first. */
typedef struct Parts
{
	SuggestService *service;
	SuggestNote *notes;
	Part	   *waiting;		/* a stack: the next one last */
	int			nwaiting;
	int			capacity;
	Part		out[CALLS_AT_ONCE];
	int			nout;
} Parts;

/* Suggestions for one note: every list that the service sends. */
SuggestItems *
suggest_one(SuggestService *service, char *note)
{
	SuggestCacheKey key;
	SuggestItems *found = suggest_recall(service, note, true, &key);
	SuggestRequest *request;
	SuggestAnswer answer;

	if (found != NULL)
	{
		suggest_service_wipe(service);
		return found;
	}
	request = suggest_request(service, suggest_notes_path(service), suggest_notes_body(service, &note, 1));
	suggest_service_wipe(service);
	suggest_call(request, &answer);
	found = suggest_read_diagnosis(&answer);
	suggest_remember(&key, true, found->items, found->nitems);
	return found;
}

/*
 * Gives each note its own list.  False, with nothing given, when the number of
 * lists is not that of the notes; one note takes all lists there are.
 */
bool
suggest_share_out(const SuggestItems *found, SuggestNote *notes, int count)
{
	int			next = 0;

	if (count == 1)
	{
		notes->items = found->items;
		notes->nitems = found->nitems;
		return true;
	}
	if (found->nlists != count)
		return false;
	for (int i = 0; i < count; i++)
	{
		notes[i].items = found->items + next;
		notes[i].nitems = 0;
		for (; next < found->nitems && found->items[next].list == i + 1; next++)
		{
			found->items[next].list = 1;
			notes[i].nitems++;
		}
	}
	return true;
}

/* Puts a part on the stack. */
static void
push_part(Parts *parts, int first, int count)
{
	if (parts->nwaiting == parts->capacity)
	{
		parts->capacity *= 2;
		parts->waiting = repalloc(parts->waiting, parts->capacity * sizeof(Part));
	}
	parts->waiting[parts->nwaiting++] = (Part){.first = first, .count = count};
}

/*
 * Cuts the notes into parts of at most so many notes and bytes, the first part
 * on top.
 */
static void
cut_notes(Parts *parts, int count)
{
	size_t		limit = suggest_batch_limit();
	int			end = count;

	while (end > 0)
	{
		int			first = end - 1;
		size_t		size = strlen(parts->notes[first].text);

		while (first > 0 && end - first < parts->service->notes_per_request &&
			   size + strlen(parts->notes[first - 1].text) <= limit)
			size += strlen(parts->notes[--first].text);
		push_part(parts, first, end - first);
		end = first;
	}
}

/*
 * Sends the next part.  With other calls out it does not wait for a slot, and
 * gives false when there is none.
 */
static bool
send_part(Parts *parts)
{
	Part		part = parts->waiting[parts->nwaiting - 1];
	char	  **texts = palloc(sizeof(char *) * part.count);
	SuggestRequest *request;

	for (int i = 0; i < part.count; i++)
		texts[i] = parts->notes[part.first + i].text;
	request = suggest_request(parts->service, suggest_notes_path(parts->service),
							  suggest_notes_body(parts->service, texts, part.count));
	part.slot = suggest_call_begin(request, parts->nout > 0 ? SUGGEST_NO_WAIT : suggest_max_queue_wait);
	explicit_bzero(request, request->size);
	pfree(request);
	if (part.slot < 0)
		return false;
	parts->nwaiting--;
	parts->out[parts->nout++] = part;
	return true;
}

/* Takes the oldest call's answer to its notes, or puts the notes back. */
static void
receive_part(Parts *parts)
{
	Part		part = parts->out[0];
	SuggestAnswer answer;

	suggest_call_wait(part.slot);
	suggest_call_end(part.slot, &answer);
	parts->nout--;
	memmove(parts->out, parts->out + 1, parts->nout * sizeof(Part));
	if ((answer.fault == SUGGEST_FAULT_REQUEST || answer.fault == SUGGEST_FAULT_TOO_LARGE) && part.count > 1)
	{
		push_part(parts, part.first + part.count / 2, part.count - part.count / 2);
		push_part(parts, part.first, part.count / 2);
		return;
	}
	if (answer.fault != SUGGEST_OK)
		suggest_fault_raise(&answer);
	if (!suggest_share_out(suggest_read_diagnosis(&answer), parts->notes + part.first, part.count))
	{
		for (int i = part.count - 1; i >= 0; i--)
			push_part(parts, part.first + i, 1);
		return;
	}
	for (int i = part.first; i < part.first + part.count; i++)
		suggest_remember(&parts->notes[i].key, part.count == 1, parts->notes[i].items, parts->notes[i].nitems);
}

/*
 * Asks the service for count notes.  Raises the first error; what is still out
 * then is let go of.
 */
static void
ask(SuggestService *service, SuggestNote *notes, int count)
{
	Parts		parts = {.service = service, .notes = notes, .capacity = Max(count, 1)};

	parts.waiting = palloc(parts.capacity * sizeof(Part));
	cut_notes(&parts, count);
	PG_TRY();
	{
		while (parts.nwaiting > 0 || parts.nout > 0)
		{
			if (parts.nwaiting == 0 || parts.nout == CALLS_AT_ONCE || !send_part(&parts))
				receive_part(&parts);
		}
	}
	PG_CATCH();
	{
		suggest_calls_abandon();
		PG_RE_THROW();
	}
	PG_END_TRY();
}

/* Suggestions for count notes, put into each. */
void
suggest_many(SuggestService *service, SuggestNote *notes, int count)
{
	SuggestNote *asked = palloc(sizeof(SuggestNote) * Max(count, 1));
	int		   *place = palloc(sizeof(int) * Max(count, 1));
	int			nasked = 0;

	for (int i = 0; i < count; i++)
	{
		SuggestItems *found = suggest_recall(service, notes[i].text, service->notes_per_request == 1, &notes[i].key);

		if (found != NULL)
			(void) suggest_share_out(found, &notes[i], 1);
		else
		{
			asked[nasked] = notes[i];
			place[nasked++] = i;
		}
	}
	ask(service, asked, nasked);
	for (int i = 0; i < nasked; i++)
		notes[place[i]] = asked[i];
	suggest_service_wipe(service);
}
