/*
 * survey_finding.c
 *		What a survey has found, counted by place and rule.
 *
 * A million rows have few kinds of faults: each kind is kept once, with its
 * number and the key of the first row that has it.  Paths lose their indexes,
 * so that the second given name and the fifth are one place.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "mapping/run/run.h"
#include "mapping/survey/survey.h"

typedef struct Finding
{
	SurveyHash	key;			/* of severity, path, source and rule */
	const char *severity;
	const char *path;
	const char *source;			/* or NULL */
	const char *rule;
	const char *diagnostics;
	const char *example;		/* or NULL */
	int64		count;
} Finding;

/* Columns of the result, from 0. */
enum CheckColumn
{
	CHECK_SEVERITY_COLUMN,
	CHECK_PATH_COLUMN,
	CHECK_SOURCE_COLUMN,
	CHECK_RULE_COLUMN,
	CHECK_COUNT_COLUMN,
	CHECK_EXAMPLE_COLUMN,
	CHECK_DIAGNOSTICS_COLUMN,
	CHECK_NCOLUMNS
};

/* Hashes n bytes. */
SurveyHash
survey_hash(const char *s, int n)
{
	SurveyHash	hash;

	hash.high = hash_bytes_extended((const unsigned char *) s, n, UINT64CONST(0x9e3779b97f4a7c15));
	hash.low = hash_bytes_extended((const unsigned char *) s, n, UINT64CONST(0xc2b2ae3d27d4eb4f));
	return hash;
}

/* A path without its indexes, in the current context. */
char *
survey_strip(const char *path)
{
	char	   *stripped = palloc(strlen(path) + 1);
	char	   *to = stripped;

	for (; *path != '\0'; path++)
	{
		if (*path == '[')
			path += strcspn(path, "]");
		else
			*to++ = *path;
	}
	*to = '\0';
	return stripped;
}

/* Makes the table of findings. */
static HTAB *
make_findings(MemoryContext context)
{
	HASHCTL		ctl = {.keysize = sizeof(SurveyHash), .entrysize = sizeof(Finding), .hcxt = context};

	return hash_create("fhir_bridge findings", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/*
 * Counts findings of one kind.  The path may have indexes; all texts but the
 * severity are copied.  diagnostics and example (or NULL: the present row's
 * key) are those of the first of its kind.
 */
void
survey_findings(Survey *survey, const char *severity, const char *path, const char *source,
				const char *rule, const char *diagnostics, int64 count, const char *example)
{
	char	   *stripped = survey_strip(path);
	/* what an expression raises is told apart by its SQLSTATE, which is in the words */
	char	   *text = psprintf("%s\n%s\n%s\n%s\n%s", severity, stripped, source ? source : "", rule,
								strcmp(rule, run_rule_name(RULE_EXPRESSION)) == 0 ? diagnostics : "");
	SurveyHash	key = survey_hash(text, strlen(text));
	Finding    *finding;
	bool		found;

	if (survey->findings == NULL)
		survey->findings = make_findings(survey->context);
	finding = hash_search(survey->findings, &key, HASH_ENTER, &found);
	if (!found)
	{
		MemoryContext old = MemoryContextSwitchTo(survey->context);

		finding->severity = severity;
		finding->path = pstrdup(stripped);
		finding->source = source ? pstrdup(source) : NULL;
		finding->rule = pstrdup(rule);
		finding->diagnostics = pstrdup(diagnostics);
		finding->example = example != NULL ? pstrdup(example) :
			survey->tuple != NULL ? rows_key(survey->tuple, survey->desc, survey->nkeys) : NULL;
		finding->count = 0;
		MemoryContextSwitchTo(old);
	}
	finding->count += count;
	pfree(text);
	pfree(stripped);
}

/* Counts a finding of the present row. */
void
survey_finding(Survey *survey, const char *severity, const char *path, const char *source,
			   const char *rule, const char *diagnostics)
{
	survey_findings(survey, severity, path, source, rule, diagnostics, 1, NULL);
}

/* Notes the expression of a slot by its path; the first of a path stays. */
static void
add_source(Survey *survey, const PlanSlot *slot)
{
	MemoryContext old = MemoryContextSwitchTo(survey->context);
	SurveySource *source = palloc(sizeof(SurveySource));

	source->path = survey_strip(slot->site.path);
	source->source = pstrdup(slot->site.source);
	if (survey_source(survey, source->path) == NULL)
		survey->sources = lappend(survey->sources, source);
	MemoryContextSwitchTo(old);
}

/* Notes the expressions of all slots below a node of the plan. */
void
survey_add_sources(Survey *survey, const PlanNode *node)
{
	if (node->slot != NULL)
		add_source(survey, node->slot);
	for (int i = 0; i < node->nparts; i++)
		if (node->parts[i].slot != NULL)
			add_source(survey, node->parts[i].slot);
	for (int i = 0; i < node->nchildren; i++)
		survey_add_sources(survey, node->children[i]);
	if (node->scope != NULL)
		survey_add_sources(survey, node->scope->root);
}

/* The expression that feeds the element of a path without indexes, or NULL. */
const char *
survey_source(Survey *survey, const char *path)
{
	ListCell   *lc;

	foreach(lc, survey->sources)
	{
		const SurveySource *source = lfirst(lc);

		if (strcmp(source->path, path) == 0)
			return source->source;
	}
	return NULL;
}

/* qsort comparator: errors first, then by path and rule. */
static int
compare_findings(const void *a, const void *b)
{
	const Finding *left = *(Finding *const *) a;
	const Finding *right = *(Finding *const *) b;
	int			order = strcmp(left->severity, right->severity);

	if (order == 0)
		order = strcmp(left->path, right->path);
	if (order == 0)
		order = strcmp(left->rule, right->rule);
	if (order == 0)
		order = strcmp(left->diagnostics, right->diagnostics);
	if (order == 0)
		order = strcmp(left->source ? left->source : "", right->source ? right->source : "");
	return order;
}

/* A text of the result, or NULL. */
static void
set_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL;
	if (text != NULL)
		values[column] = CStringGetTextDatum(text);
}

/* Is a rule one of R4's invariants, as con-3 is? */
static bool
is_invariant(const char *rule)
{
	size_t		letters = strspn(rule, "abcdefghijklmnopqrstuvwxyz");

	return letters > 0 && rule[letters] == '-' && rule[letters + 1] != '\0' &&
		strspn(rule + letters + 1, "0123456789") == strlen(rule + letters + 1);
}

/*
 * Is it advice of R4's that no resource of the mapping follows?  Then single
 * rows are not to blame, and there is nothing to look for in them.
 */
static bool
is_of_all(const Survey *survey, const Finding *finding)
{
	return strcmp(finding->severity, "warning") == 0 && is_invariant(finding->rule) &&
		survey->resources > 1 && finding->count >= survey->resources;
}

/* Puts advice that no resource follows into the result, in one row. */
static void
report_advice(Survey *survey, Finding **findings, int n, ReturnSetInfo *result)
{
	Datum		values[CHECK_NCOLUMNS] = {0};
	bool		nulls[CHECK_NCOLUMNS] = {false};
	StringInfoData text;
	StringInfoData rules;

	if (n == 0)
		return;
	initStringInfo(&text);
	initStringInfo(&rules);
	for (int i = 0; i < n; i++)
	{
		appendStringInfo(&rules, "%s%s", i > 0 ? ", " : "", findings[i]->rule);
		appendStringInfo(&text, "%s%s (%s): %s", i > 0 ? "; " : "", findings[i]->path, findings[i]->rule, findings[i]->diagnostics);
	}
	set_text(values, nulls, CHECK_SEVERITY_COLUMN, "warning");
	set_text(values, nulls, CHECK_PATH_COLUMN, survey->plan->root.root->site.path);
	set_text(values, nulls, CHECK_SOURCE_COLUMN, NULL);
	set_text(values, nulls, CHECK_RULE_COLUMN, rules.data);
	values[CHECK_COUNT_COLUMN] = Int64GetDatum(survey->resources);
	set_text(values, nulls, CHECK_EXAMPLE_COLUMN, NULL);
	set_text(values, nulls, CHECK_DIAGNOSTICS_COLUMN,
			 psprintf("R4's own advice, which no row follows: a matter of the template. %s", text.data));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Puts the findings into the result, errors first; what is the same for all rows last, in one. */
void
survey_report(Survey *survey, ReturnSetInfo *result)
{
	HASH_SEQ_STATUS status;
	Finding    *finding;
	Finding   **findings;
	Finding   **advice;
	int			n = 0;
	int			nadvice = 0;

	if (survey->findings == NULL)
		return;
	findings = palloc(sizeof(Finding *) * hash_get_num_entries(survey->findings));
	advice = palloc(sizeof(Finding *) * hash_get_num_entries(survey->findings));
	hash_seq_init(&status, survey->findings);
	while ((finding = hash_seq_search(&status)) != NULL)
		findings[n++] = finding;
	qsort(findings, n, sizeof(Finding *), compare_findings);
	for (int i = 0; i < n; i++)
	{
		Datum		values[CHECK_NCOLUMNS] = {0};
		bool		nulls[CHECK_NCOLUMNS] = {false};

		finding = findings[i];
		if (is_of_all(survey, finding))
		{
			advice[nadvice++] = finding;
			continue;
		}
		set_text(values, nulls, CHECK_SEVERITY_COLUMN, finding->severity);
		set_text(values, nulls, CHECK_PATH_COLUMN, finding->path);
		set_text(values, nulls, CHECK_SOURCE_COLUMN, finding->source);
		set_text(values, nulls, CHECK_RULE_COLUMN, finding->rule);
		values[CHECK_COUNT_COLUMN] = Int64GetDatum(finding->count);
		set_text(values, nulls, CHECK_EXAMPLE_COLUMN, finding->example);
		set_text(values, nulls, CHECK_DIAGNOSTICS_COLUMN, finding->diagnostics);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	report_advice(survey, advice, nadvice, result);
}
