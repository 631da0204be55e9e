/*
 * select.h
 *		Rows of published mappings, found by conditions on their resources.
 *
 * Words: a *source* is a published mapping; a *selection* is what a search asks
 * of one source: a predicate on its rows, what is left to be judged on their
 * resources, and an order.  A *hit* is a row that was found, with its resource.
 */
#ifndef FHIR_BRIDGE_SELECT_H
#define FHIR_BRIDGE_SELECT_H

#include "postgres.h"

#include "export/export.h"
#include "mapping/run/run.h"
#include "search/invert/invert.h"

/* Judges rows by their resources, inside a statement. */
typedef struct SearchJudge
{
	const SearchSource *source;
	List	   *conditions;		/* SearchCondition */
	List	   *sorts;			/* SearchSort: that resources have to be made for */
	MemoryContext context;		/* of the run */
	MappingRun *run;			/* made at the first row */
	Oid			row_type;
	int32		row_typmod;
	int64		faulty;			/* rows that make no resource */
} SearchJudge;

/* One key of the order of a selection. */
typedef struct SelectionSort
{
	const SearchSort *sort;
	Node	   *node;			/* value to sort by */
	bool		column;			/* it is a column of the source */
	Predicate	written;		/* column: the value is there */
	bool		always;			/* column: it is there in every row */
} SelectionSort;

typedef struct Selection
{
	SearchSource *source;
	Predicate	where;			/* never unknown: at least true */
	Node	   *whole;			/* the same with what is judged on resources */
	Node	   *judged;			/* that alone, on the rows of a sub-select; or NULL */
	SearchJudge *judge;			/* also where the predicate is exact: for sorts */
	List	   *sorts;			/* SelectionSort */
	List	   *key;			/* Node: by which rows are ordered that are equal in these */
	List	   *parts;			/* Predicate *: one a condition, in their order */
	bool		unique;			/* an id is asked for: one plan serves all values */
} Selection;

/*
 * Rows are read in phases where the first key of the order is a column: those
 * that have its value, in an order that an index gives, then the others.
 */
typedef enum SearchPhase
{
	PHASE_ALL,					/* there is no such column */
	PHASE_VALUES,
	PHASE_REST
} SearchPhase;

/* A row found. */
typedef struct SearchHit
{
	const Selection *selection;
	SearchPhase phase;
	HeapTuple	row;
	TupleDesc	desc;			/* of the row */
	Datum	   *sorts;			/* values to sort by, as they are in the row */
	bool	   *missing;
	Datum	   *key;			/* values of the source's key */
	char	   *json;			/* the resource; NULL: the row is faulty or has none */
	Jsonb	   *resource;		/* the same; made when it is asked for */
} SearchHit;

/* The published mappings that one search reads, each opened when it is first needed. */
typedef struct SearchSources
{
	Oid			function;		/* one of the extension's */
	const char *base_url;		/* or NULL */
	List	   *opened;			/* OpenedType, see sources.c */
} SearchSources;

/* A statement that looks a row up by its id, see by_id.c. */
typedef struct IdStatement
{
	bool		made;
	KeptStatement statement;
	Oid			schema;			/* of the relation */
	const char *schema_name;	/* as the statement has it */
	int			tag;			/* numbers of the values; -1: it is of another form */
	int			uuid;
	bool		tag_alone;		/* there is no uuid */
} IdStatement;

/* What searches have found out of a plan and its template, kept as long as the plan. */
typedef struct SourceFacts
{
	List	   *key;			/* see SearchSource */
	Bitmapset  *not_null;
	bool		may_fail;		/* see attempt.c */
	uint64		generation;		/* base_relation_generation: code maps decide, too */
	List	   *fed;			/* Parameter, which live as long as the session */
	List	   *unfed;
	IdStatement read;			/* reads the row */
	IdStatement find;			/* its key alone */
} SourceFacts;

/* Writes a statement that asks for the row of an id; false: it is not as simple. */
typedef bool (*IdWrite) (ExportSql *sql, const SearchSource *source, const char *id);

/* in by_id.c */
extern bool by_id_run(const SearchSource *source, IdStatement *by_id, const char *id, IdWrite write, DestReceiver *receiver);

/* in sources.c */
extern List *sources_types(Oid function);
extern SearchSources *sources_begin(Oid function, const char *base_url);
extern List *sources_look(SearchSources *all, const char *type);
extern List *sources_open(SearchSources *all, const char *type);
extern bool sources_feed(SearchSources *all, const char *type, const Parameter *parameter);
extern void sources_check_type(Oid function, const char *type);

/* in selection.c */
extern Selection *selection_make(SearchSource *source, List *conditions, List *sorts);

/* in selection_rows.c */
extern List *selection_rows(const Selection *selection, SearchPhase phase, Node *bound, int limit);
extern int64 selection_count(const Selection *selection, int64 limit);
extern void selection_select(ExportSql *sql, const Selection *selection, SearchPhase phase, Node *bound, int limit);

/* All rows of a selection on their way. */
typedef struct SelectionScan SelectionScan;

extern SelectionScan *selection_scan_begin(const Selection *selection, int most);
extern List *selection_scan_next(SelectionScan *scan);
extern void selection_scan_end(SelectionScan *scan);
extern bool selection_rows_by_id(const Selection *selection, IdStatement *by_id, const char *id, IdWrite write,
								 List **hits);

/* in hits.c */
extern MappingRun *hit_run(const SearchHit *hit, JsonForm form);
extern HeapTuple hit_tuple(const SearchHit *hit, HeapTuple space);
extern void hits_map(List *hits, JsonForm form, int64 *faulty);

/* in chain.c */
typedef Selection *(*ChainSelect) (SearchSource *source, List *conditions, List *sorts);

extern Predicate chain_predicate(const SearchSource *source, SearchCondition *condition, ChainSelect select);
extern void chain_resolve(SearchSources *all, List *conditions);

/* in attempt.c */
extern void attempt(void (*work) (void *arg), void *arg);
extern void attempt_last(void (*work) (void *arg), void *arg);
extern bool attempt_is_careful(void);
extern void attempt_may_fail(void);
extern void attempt_carefully(void);

#endif							/* FHIR_BRIDGE_SELECT_H */
