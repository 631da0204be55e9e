/*
 * survey.h
 *		fhir_map_check: what is wrong with the rows of a mapped relation.
 *
 * The rows are read by an ordinary query of the caller's (survey_rows.c) and
 * mapped one by one with their faults collected (collect.c).  A resource that
 * comes out is validated and looked at for what is legal and yet wrong
 * (survey_doubt.c); ids and references are followed across mappings
 * (survey_ids.c).  All that is found is a *finding*: counted by its place and
 * rule, with the key of the first row that has it (survey_finding.c).
 */
#ifndef FHIR_BRIDGE_SURVEY_H
#define FHIR_BRIDGE_SURVEY_H

#include "postgres.h"

#include "funcapi.h"
#include "mapping/catalog/mapping.h"
#include "mapping/catalog/rows.h"
#include "r4/validate/validate.h"

/*
 * Text as a number of 128 bits: ids of a million rows are kept as these, and
 * the places of findings are told apart by them.
 */
typedef struct SurveyHash
{
	uint64		high;
	uint64		low;
} SurveyHash;

struct ids_hash;

/* The ids that the mappings of one resource type make. */
typedef struct SurveyType
{
	R4Type		type;
	bool		known;			/* some mapping makes it, and all could be read */
	struct ids_hash *ids;
} SurveyType;

/* A source expression by the path of its element without indexes. */
typedef struct SurveySource
{
	const char *path;
	const char *source;
} SurveySource;

/* The types that are looked at closely. */
typedef struct SurveyTypes
{
	R4Type		coding;
	R4Type		reference;
	R4Type		quantities[5];	/* Quantity and what is made of it */
} SurveyTypes;

typedef struct Survey
{
	Oid			function;		/* any of the extension's */
	MappingPlan *plan;			/* pinned */
	int			sample;			/* rows, or -1: all */
	MemoryContext outside;		/* the caller's */
	MemoryContext context;		/* what lasts to the end */
	MemoryContext row;			/* reset after each row */

	/* the rows */
	MappingRun *run;			/* made with the first of them */
	RunGuard   *guard;			/* while some are mapped */
	R4Reader   *reader;
	HeapTuple	tuple;			/* the present one */
	TupleDesc	desc;
	List	   *keys;			/* names of the columns that tell rows apart */
	int			nkeys;			/* they are the last columns */

	/* what is known */
	SurveyTypes types;
	HTAB	   *findings;
	int64		resources;		/* that were made of the rows so far */
	List	   *sources;		/* SurveySource */
	struct ids_hash *own;		/* ids of the rows so far */
	List	   *others;			/* SurveyType */
} Survey;

/* in survey.c */
extern void survey_begin(FunctionCallInfo fcinfo, Survey *survey);
extern void survey_end(Survey *survey);

/* in survey_finding.c */
extern SurveyHash survey_hash(const char *s, int n);
extern char *survey_strip(const char *path);
extern void survey_finding(Survey *survey, const char *severity, const char *path,
						   const char *source, const char *rule, const char *diagnostics);
extern void survey_findings(Survey *survey, const char *severity, const char *path, const char *source,
							const char *rule, const char *diagnostics, int64 count, const char *example);
extern void survey_add_sources(Survey *survey, const PlanNode *node);
extern const char *survey_source(Survey *survey, const char *path);
extern void survey_report(Survey *survey, ReturnSetInfo *result);

/* in survey_rows.c */

/* Rows that are fetched at once. */
#define SURVEY_BATCH	1000

/* Takes some rows; they are gone when it returns. */
typedef void (*SurveyBatch) (void *arg, HeapTuple *rows, int n, TupleDesc desc);

extern char *survey_query(const MappingPlan *plan, List *keys, int sample);
extern void survey_read(const char *sql, SurveyBatch batch, void *arg);

/* Takes what a row is mapped to; it is gone when this returns. */
typedef void (*SurveyTaker) (Survey *survey, Jsonb *resource);

extern void survey_map_rows(Survey *survey, RunFaultHandler on_fault, SurveyTaker take);

/* in survey_doubt.c */
extern void survey_find_types(SurveyTypes *types);
extern void survey_resource(Survey *survey, Jsonb *resource);

/* in survey_ids.c */
extern void survey_own_id(Survey *survey, const char *id, int n);
extern R4Type survey_dangling(Survey *survey, const char *reference, int n);
extern void survey_same_ids(Survey *survey);

#endif							/* FHIR_BRIDGE_SURVEY_H */
