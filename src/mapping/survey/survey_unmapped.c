/*
 * survey_unmapped.c
 *		fhir_map_unmapped: the codes that the code maps of a mapping lack.
 *
 *		SELECT source, count FROM fhir_map_unmapped('his.patient') WHERE map = 'sex'
 *
 * The rows are mapped as fhir_map_check maps them; each value without an entry
 * is counted, also where the map has a rule for such.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"

#include "mapping/survey/survey.h"

PG_FUNCTION_INFO_V1(fhir_bridge_map_unmapped);

/* One code that a map lacks. */
typedef struct Unmapped
{
	SurveyHash	key;			/* of map and source */
	const char *map;
	const char *source;
	int64		count;
} Unmapped;

/* The codes that have been found, in the survey's context. */
typedef struct UnmappedSurvey
{
	Survey		survey;			/* first: handlers get it as their argument */
	HTAB	   *codes;
} UnmappedSurvey;

/* RunFaultHandler: counts a value without an entry; other faults are not asked for. */
static void
count_unmapped(void *arg, const RunFault *fault)
{
	UnmappedSurvey *unmapped = arg;
	SurveyHash	key;
	Unmapped   *code;
	char	   *text;
	bool		found;

	if (fault->rule != RULE_UNMAPPED)
		return;
	text = psprintf("%s\n%s", fault->map, fault->lacked);
	key = survey_hash(text, strlen(text));
	pfree(text);
	code = hash_search(unmapped->codes, &key, HASH_ENTER, &found);
	if (!found)
	{
		code->map = MemoryContextStrdup(unmapped->survey.context, fault->map);
		code->source = MemoryContextStrdup(unmapped->survey.context, fault->lacked);
		code->count = 0;
	}
	code->count++;
}

/* qsort comparator: by map, the most frequent first. */
static int
compare_codes(const void *a, const void *b)
{
	const Unmapped *left = *(Unmapped *const *) a;
	const Unmapped *right = *(Unmapped *const *) b;
	int			order = strcmp(left->map, right->map);

	if (order == 0 && left->count != right->count)
		order = left->count > right->count ? -1 : 1;
	return order != 0 ? order : strcmp(left->source, right->source);
}

/* Puts the codes into the result. */
static void
report_codes(UnmappedSurvey *unmapped, ReturnSetInfo *result)
{
	long		n = hash_get_num_entries(unmapped->codes);
	Unmapped  **codes = palloc(sizeof(Unmapped *) * (n + 1));
	HASH_SEQ_STATUS status;
	int			i = 0;

	hash_seq_init(&status, unmapped->codes);
	while ((codes[i] = hash_seq_search(&status)) != NULL)
		i++;
	qsort(codes, n, sizeof(Unmapped *), compare_codes);
	for (i = 0; i < n; i++)
	{
		Datum		values[] = {CStringGetTextDatum(codes[i]->map), CStringGetTextDatum(codes[i]->source), Int64GetDatum(codes[i]->count)};
		bool		nulls[lengthof(values)] = {false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/*
 * fhir_map_unmapped(name text, sample integer) RETURNS TABLE (map, source, count)
 *		The codes without an entry in the code maps that the mapping's rows, or a
 *		random sample of so many, ask.
 *
 * Reads as the caller, who needs what fhir_from_row needs.
 */
Datum
fhir_bridge_map_unmapped(PG_FUNCTION_ARGS)
{
	UnmappedSurvey unmapped = {{0}};
	Survey	   *survey = &unmapped.survey;
	HASHCTL		ctl = {.keysize = sizeof(SurveyHash), .entrysize = sizeof(Unmapped)};

	survey_begin(fcinfo, survey);
	ctl.hcxt = survey->context;
	unmapped.codes = hash_create("fhir_bridge unmapped codes", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	survey_map_rows(survey, count_unmapped, NULL);
	report_codes(&unmapped, (ReturnSetInfo *) fcinfo->resultinfo);
	survey_end(survey);
	return (Datum) 0;
}
