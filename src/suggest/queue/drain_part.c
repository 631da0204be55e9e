/*
 * drain_part.c
 *		From claimed notes to requests, and from answers to the notes' ends.
 *
 * The submitting role's credentials are looked up when a request is made, not
 * when the note was queued: a right taken away meanwhile counts.  Whatever is
 * wrong with one role, server, note or answer is the end of its notes, never
 * of the drainer.
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "common/pg_prng.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "suggest/queue/drainer.h"
#include "suggest/service/many.h"
#include "suggest/shared/settings.h"

#define FIRST_PAUSE_MS 200
#define LONGEST_PAUSE_MS 60000
#define QUEUE_MS 60000			/* for a request's wait in the engine */

/* A part of some neighbouring notes. */
static DrainPart *
make_part(SuggestKind kind, DrainNote **notes, int count)
{
	DrainPart  *part = MemoryContextAllocZero(drain_memory, sizeof(DrainPart));

	part->kind = kind;
	part->count = count;
	part->notes = MemoryContextAlloc(drain_memory, sizeof(DrainNote *) * count);
	memcpy(part->notes, notes, sizeof(DrainNote *) * count);
	return part;
}

/* Adds a part of some neighbouring notes to the list. */
static void
add_part(SuggestKind kind, dlist_head *waiting, DrainNote **notes, int count)
{
	dlist_push_tail(waiting, &make_part(kind, notes, count)->node);
}

/* Frees a part; its notes are elsewhere by now. */
static void
free_part(DrainPart *part)
{
	if (part->request)
	{
		explicit_bzero(part->request, part->request->size);
		pfree(part->request);
	}
	pfree(part->notes);
	pfree(part);
}

/* How many notes a request to this server may hold; 1 for one that is gone. */
static int
notes_per_request(Oid server)
{
	ForeignServer *found = GetForeignServerExtended(server, FSV_MISSING_OK);

	return found ? suggest_notes_per_request(found) : 1;
}

/*
 * Cuts claimed notes, ordered by role and server, into parts of as many notes
 * and bytes as a request may hold.
 */
void
drain_cut(SuggestKind kind, dlist_head *waiting, DrainNote **notes, int count)
{
	size_t		limit = suggest_batch_limit();

	for (int first = 0, end; first < count; first = end)
	{
		int			most = notes_per_request(notes[first]->server);
		size_t		size = strlen(notes[first]->text);

		for (end = first + 1; end < count && end - first < most; end++)
		{
			size += strlen(notes[end]->text);
			if (size > limit || notes[end]->role != notes[first]->role || notes[end]->server != notes[first]->server)
				break;
		}
		add_part(kind, waiting, notes + first, end - first);
	}
}

/* A note has come to an end, or to a pause; a result counts with the first alone. */
static void
end_note(DrainNote *note, DrainResults *results, char state, int sqlstate, const char *message)
{
	if (state != 'd' && note->result != NULL)
	{
		pfree(note->result);
		note->result = NULL;
	}
	note->state = state;
	note->sqlstate = sqlstate;
	note->message = message ? MemoryContextStrdup(drain_memory, message) : NULL;
	slist_push_head(&results->notes, &note->node);
	results->count++;
}

/* The same for all notes of a part, which goes. */
static void
end_part(DrainPart *part, DrainResults *results, char state, int sqlstate, const char *message)
{
	for (int i = 0; i < part->count; i++)
		end_note(part->notes[i], results, state, sqlstate, message);
	free_part(part);
}

/*
 * The service or model of a part's notes, as their role may use it now.  It is of
 * the kind that they were submitted to: a model's note goes to no service that has
 * its server's name by now.
 */
static SuggestService *
part_service(const DrainPart *part)
{
	Oid			role = part->notes[0]->role;
	ForeignServer *server = GetForeignServerExtended(part->notes[0]->server, FSV_MISSING_OK);

	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the role that submitted the note does not exist any more")));
	if (server == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the server of the note does not exist any more")));
	return suggest_service(suggest_server(server->servername, part->kind, role), role);
}

/* Gives a note its result. */
static void
set_result(DrainNote *note, const SuggestItem *items, int nitems)
{
	char	   *text = suggest_write_items(items, nitems);

	note->result = MemoryContextStrdup(drain_memory, text);
	pfree(text);
}

/* What making a part's request needs. */
typedef struct Preparation
{
	DrainPart  *part;
	bool		has_service;	/* what is wrong from there on may be one note's fault */
} Preparation;

/*
 * Gives those notes of a part their results that the cache has, and makes the
 * request of the others, if there are some, in the drainer's memory, as work of
 * base_try.  Raises what is wrong.
 */
static void
request_work(void *arg)
{
	Preparation *preparation = arg;
	DrainPart  *part = preparation->part;
	SuggestService *service = part_service(part);
	char	  **texts = palloc(sizeof(char *) * part->count);
	int			ntexts = 0;
	SuggestRequest *request;

	preparation->has_service = true;
	for (int i = 0; i < part->count; i++)
	{
		DrainNote  *note = part->notes[i];
		SuggestItems *found;

		if (note->result != NULL)
			continue;			/* known since a larger part was tried */
		found = suggest_recall(service, note->text, service->notes_per_request == 1, &note->key);
		if (found != NULL)
			set_result(note, found->items, found->nitems);
		else
			texts[ntexts++] = note->text;
	}
	if (ntexts == 0)
	{
		suggest_service_wipe(service);
		return;
	}
	request = suggest_request(service, suggest_notes_path(service), suggest_notes_body(service, texts, ntexts));
	request->attempts = 1;
	request->queue_ms = QUEUE_MS;
	part->request = MemoryContextAlloc(drain_memory, request->size);
	memcpy(part->request, request, request->size);
	explicit_bzero(request, request->size);
	suggest_service_wipe(service);
}

/* Ends the notes of a part that have their results; the others stay in it. */
static void
end_known(DrainPart *part, DrainResults *results)
{
	int			kept = 0;

	for (int i = 0; i < part->count; i++)
	{
		if (part->notes[i]->result != NULL)
			end_note(part->notes[i], results, 'd', 0, NULL);
		else
			part->notes[kept++] = part->notes[i];
	}
	part->count = kept;
}

/*
 * Makes a part's request and puts the part before the node given; one whose
 * request cannot be made, or is not needed, ends.  A note that cannot be sent
 * does not take its neighbours along: the part is halved until it is found.
 */
static void
prepare_part(DrainPart *part, dlist_node *next, DrainResults *results)
{
	Preparation preparation = {.part = part};
	ErrorData  *error = base_try(request_work, &preparation);

	if (error != NULL && preparation.has_service && part->count > 1)
	{
		int			half = part->count / 2;

		prepare_part(make_part(part->kind, part->notes, half), next, results);
		prepare_part(make_part(part->kind, part->notes + half, part->count - half), next, results);
		free_part(part);
		return;
	}
	if (error != NULL)
	{
		end_part(part, results, 'f', error->sqlerrcode, error->message);
		return;
	}
	end_known(part, results);
	if (part->count == 0)
		free_part(part);
	else
		dlist_insert_before(next, &part->node);
}

/* Makes the requests of parts that have none yet, within a transaction; the list keeps its order. */
void
drain_prepare(dlist_head *waiting, DrainResults *results)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, waiting)
	{
		DrainPart  *part = dlist_container(DrainPart, node, iter.cur);

		if (part->request != NULL)
			continue;
		dlist_delete(&part->node);
		prepare_part(part, iter.next, results);
	}
}

/* What work on an answer needs. */
typedef struct Receipt
{
	const DrainPart *part;
	const SuggestAnswer *answer;
	bool		is_shared;		/* the lists are those of the notes */
} Receipt;

/* Reads an answer and gives each note its result, as work of base_try. */
static void
receive_work(void *arg)
{
	Receipt    *receipt = arg;
	const DrainPart *part = receipt->part;
	SuggestItems *found = suggest_read_diagnosis(receipt->answer);
	SuggestNote *shares = palloc0(sizeof(SuggestNote) * part->count);

	receipt->is_shared = suggest_share_out(found, shares, part->count);
	for (int i = 0; receipt->is_shared && i < part->count; i++)
	{
		set_result(part->notes[i], shares[i].items, shares[i].nitems);
		suggest_remember(&part->notes[i]->key, part->count == 1, shares[i].items, shares[i].nitems);
	}
}

/* Puts the notes of a part back, in parts of so many; they go out first. */
static void
put_back(DrainPart *part, dlist_head *waiting, int size)
{
	dlist_head	parts;

	dlist_init(&parts);
	for (int first = 0; first < part->count; first += size)
		add_part(part->kind, &parts, part->notes + first, Min(size, part->count - first));
	while (!dlist_is_empty(&parts))
	{
		dlist_node *last = dlist_tail_node(&parts);

		dlist_delete(last);
		dlist_push_head(waiting, last);
	}
	free_part(part);
}

/* How long a note waits for its next try, with full jitter. */
static int64
pause_of(const SuggestAnswer *answer, int attempts)
{
	int64		longest = FIRST_PAUSE_MS;

	for (int i = 1; i < attempts && longest < LONGEST_PAUSE_MS; i++)
		longest *= 2;
	longest = Min(longest, LONGEST_PAUSE_MS);
	return Max(answer->retry_ms, (int64) (pg_prng_double(&pg_global_prng_state) * longest) + 1);
}

/* Is it worth trying again?  More than in a session: nobody waits here. */
static bool
is_passing(const SuggestAnswer *answer, int attempts)
{
	if (answer->http_status == 500 && attempts > 1)
		return false;
	return answer->retry_ms >= 0 ||
		answer->fault == SUGGEST_FAULT_TIMEOUT || answer->fault == SUGGEST_FAULT_MODEL_SLOW || answer->fault == SUGGEST_FAULT_BROKEN;
}

/* Did the call end before its request was sent? */
static bool
is_uncounted(const SuggestAnswer *answer)
{
	switch (answer->fault)
	{
		case SUGGEST_FAULT_RESTING:
		case SUGGEST_FAULT_STOPPED:
		case SUGGEST_FAULT_MODEL:
			return true;
		case SUGGEST_FAULT_MEMORY:
		case SUGGEST_FAULT_BUSY:
			return answer->http_status == 0;
		default:
			return false;
	}
}

/* The notes of a call that failed: again later, or the end. */
static void
receive_fault(DrainPart *part, DrainResults *results, const SuggestAnswer *answer)
{
	char	   *message = psprintf("%s: %s", suggest_fault_message(answer->fault), suggest_fault_detail(answer));

	for (int i = 0; i < part->count; i++)
	{
		DrainNote  *note = part->notes[i];
		bool		again;

		note->is_uncounted = is_uncounted(answer);
		again = is_passing(answer, note->attempts) &&
			(note->is_uncounted || note->attempts < suggest_attempts_async);
		note->pause_ms = again ? pause_of(answer, note->attempts) : 0;
		end_note(note, results, again ? 'p' : 'f', suggest_fault_sqlstate(answer->fault), message);
	}
	free_part(part);
}

/* Can one note be to blame for what came of several? */
static bool
is_divisible(const SuggestAnswer *answer, const ErrorData *error)
{
	if (error != NULL)
		return error->sqlerrcode == ERRCODE_CHARACTER_NOT_IN_REPERTOIRE || error->sqlerrcode == ERRCODE_UNTRANSLATABLE_CHARACTER;
	return answer->fault == SUGGEST_FAULT_REQUEST || answer->fault == SUGGEST_FAULT_TOO_LARGE;
}

/*
 * Takes the end of a part's call.  Within a transaction.  The part goes; its
 * notes are among the results, or wait in other parts.
 */
void
drain_receive(DrainPart *part, dlist_head *waiting, DrainResults *results)
{
	SuggestAnswer answer;
	Receipt		receipt = {.part = part, .answer = &answer};
	ErrorData  *error = NULL;

	suggest_call_end(part->slot, &answer);
	if (answer.fault == SUGGEST_OK)
		error = base_try(receive_work, &receipt);
	if (part->count > 1 && is_divisible(&answer, error))
		put_back(part, waiting, (part->count + 1) / 2);
	else if (answer.fault != SUGGEST_OK)
		receive_fault(part, results, &answer);
	else if (error != NULL)
		end_part(part, results, 'f', error->sqlerrcode, error->message);
	else if (receipt.is_shared)
		end_part(part, results, 'd', 0, NULL);
	else
		put_back(part, waiting, 1);
}
