/*
 * drainer.h
 *		The drainer's parts: its table's statements, the notes in its hands.
 */
#ifndef FHIR_BRIDGE_SUGGEST_DRAINER_H
#define FHIR_BRIDGE_SUGGEST_DRAINER_H

#include "postgres.h"

#include "lib/ilist.h"

#include "suggest/service/answer_cache.h"
#include "suggest/service/client.h"

/* A claimed note; of the drainer's own memory, pfree'd one by one. */
typedef struct DrainNote
{
	slist_node	node;
	int64		id;
	TimestampTz next_at;		/* with the id, which claim this is: a note that is cancelled and queued again has another */
	Oid			role;
	Oid			server;			/* InvalidOid when there is none of its name */
	int			attempts;		/* with the present one */
	char	   *text;
	SuggestCacheKey key;

	/* its end, once there is one */
	char		state;			/* d, f, or p to be tried again */
	bool		is_uncounted;	/* this try was none */
	int64		pause_ms;		/* before the next try */
	int			sqlstate;		/* 0 for none */
	char	   *message;		/* NULL for none */
	char	   *result;			/* JSON, NULL for none */
} DrainNote;

/* Notes that go out in one request: of one role, to one server. */
typedef struct DrainPart
{
	dlist_node	node;
	SuggestKind kind;
	int			count;
	DrainNote **notes;
	SuggestRequest *request;	/* NULL until prepared */
	int			slot;			/* while it is out */
} DrainPart;

/* What aics_queue.kind says of a note, by its kind. */
#define DRAIN_KINDS "sm"

/* Where the drainer writes the ends of notes. */
typedef struct DrainResults
{
	int			count;
	int			nlocked;		/* of these, rows that others had locked lately */
	slist_head	notes;
} DrainResults;

/* in drain_table.c */
extern MemoryContext drain_memory;	/* of notes and parts */
extern bool drain_begin(void);
extern void drain_commit(void);
extern int	drain_claim(SuggestKind kind, int limit, DrainNote **notes);
extern int64 drain_next_due(SuggestKind kind);
extern bool drain_take_back(void);
extern int64 drain_store(DrainResults *results);
extern void drain_release(void);
extern bool drain_purge(void);

/* in drain_part.c */
extern void drain_cut(SuggestKind kind, dlist_head *waiting, DrainNote **notes, int count);
extern void drain_prepare(dlist_head *waiting, DrainResults *results);
extern void drain_receive(DrainPart *part, dlist_head *waiting, DrainResults *results);

#endif							/* FHIR_BRIDGE_SUGGEST_DRAINER_H */
