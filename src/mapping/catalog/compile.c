/*
 * compile.c
 *		From a mapping's template to its plan.
 *
 * Template -> tree -> types beside the R4 tables -> expressions analysed ->
 * checks -> plan.  Each step adds its faults; they are raised together.  The
 * tree lives in a short memory context, the plan in one of its own.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "ident/ident.h"
#include "parser/parse_func.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#include "base/base.h"
#include "mapping/lint/lint.h"
#include "mapping/expression/expression.h"
#include "mapping/catalog/mapping.h"
#include "mapping/encode/encoder_choose.h"
#include "mapping/plan/plan_build.h"

/* The function that runs others under the pinned settings. */
static Oid
settled_function(Oid function)
{
	Oid			types[] = {OIDOID, TEXTOID, ANYELEMENTOID, ANYOID};

	return base_extension_function(function, "fhir_bridge_settled", lengthof(types), types);
}

/* Plans the expressions under the pinned settings. */
static CachedExpression *
plan_expressions(Oid function, const char *timezone, List *expressions)
{
	CachedExpression *cached;
	int			nestlevel;

	if (expressions == NIL)
		return NULL;
	nestlevel = base_pin_settings(function, timezone);
	cached = GetCachedExpression((Node *) expressions);
	AtEOXact_GUC(true, nestlevel);
	return cached;
}

/* Memory context callback: the plan's memory goes, so do its expressions. */
static void
free_expressions(void *arg)
{
	FreeCachedExpression(arg);
}

/*
 * Ties the planned expressions, which live in a context of the server's, to
 * the plan's: so that an error frees them, too.
 */
static void
free_with_plan(MappingPlan *plan)
{
	MemoryContextCallback *callback;

	if (plan->cached == NULL)
		return;
	callback = MemoryContextAlloc(plan->context, sizeof(MemoryContextCallback));
	callback->func = free_expressions;
	callback->arg = plan->cached;
	MemoryContextRegisterResetCallback(plan->context, callback);
}

/* Says that ids will not be those that partners know. */
static void
check_fingerprint(Oid function, const MappingSource *source)
{
	uint8		present[IDENT_FINGERPRINT_LENGTH];

	if (source->fingerprint == NULL)
		return;
	ident_secret_fingerprint(function, present);
	if (VARSIZE_ANY_EXHDR(source->fingerprint) != sizeof(present) ||
		memcmp(VARDATA_ANY(source->fingerprint), present, sizeof(present)) != 0)
		ereport(WARNING,
				(errmsg("mapping \"%s\" was registered under another secret", source->fullname),
				 errdetail("Its ids differ from those made before."),
				 errhint("Set the old secret by fhir_id_key(), or register the mapping again.")));
}

/* Adds the faults of values whose SQL type cannot become the FHIR type. */
static void
check_values(Template *template, const TemplateNode *node, EncoderZone *zone)
{
	ListCell   *lc;

	foreach(lc, node->parts)
	{
		TemplatePart *part = lfirst(lc);
		Encoder		encoder;

		if (part->expr != NULL && part->expr->expr != NULL && node->type != R4_NO_TYPE)
			encoder_choose(template, node, part->expr, zone, &encoder);
	}
	foreach(lc, node->children)
		check_values(template, lfirst(lc), zone);
}

/*
 * Reads, types and analyses the template; raises its faults.  Where there are
 * some, no plan is built: what that would find is looked for here.
 */
static void
analyse_template(Template *template, ExpressionScope *scope, const char *timezone)
{
	if (template_parse(template) != NULL)
	{
		EncoderZone zone = {0};

		encoder_set_zone(&zone, timezone);
		template_type(template);
		expression_analyse_template(scope);
		if (scope->registering)
			lint_template(template, RelationGetRelid(scope->relation), scope->function);
		if (template->faults != NIL)
			check_values(template, template->root, &zone);
	}
	template_report(template);
}

/*
 * Prepares the analysis of a mapping's template: what its expressions see and
 * call.  Returns how its values are handed over.
 */
static ProgramCalls *
prepare_scope(ExpressionScope *scope, Template *template, const MappingSource *source)
{
	ProgramCalls *calls = palloc0(sizeof(ProgramCalls));

	template->text = source->template;
	template->mapping = source->fullname;
	program_find_calls(scope->function, calls);
	calls->source = source;
	scope->template = template;
	scope->marker_type = calls->type;
	scope->timezone = source->timezone;
	scope->settled = settled_function(scope->function);
	scope->id_function = ident_id_function(scope->function);
	scope->id_in_mapping = ident_id_in_mapping(scope->function, calls->type);
	return calls;
}

/*
 * Builds the plan in a context of its own, a child of the current one.  What
 * its values are made from goes to *sources, the expressions that are asked for
 * each row to *expressions.
 */
static MappingPlan *
build_plan(const MappingSource *source, Template *template, const ProgramCalls *calls,
		   Relation relation, PlanSources *sources, List **expressions)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge mapping",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	MappingPlan *plan = palloc0(sizeof(MappingPlan));

	plan->context = context;
	plan->relation = source->relation;
	plan->name = source->name;
	plan->fullname = pstrdup(source->fullname);
	plan->on_invalid = source->on_invalid;
	encoder_set_zone(&plan->zone, source->timezone);
	plan->calls = memcpy(palloc(sizeof(ProgramCalls)), calls, sizeof(ProgramCalls));
	plan->calls->source = NULL;
	plan_build(plan, template, template->root, RelationGetDescr(relation), sources);
	MemoryContextSwitchTo(GetMemoryChunkContext(template->root));
	*expressions = arguments_of_expressions(template, calls, sources->expressions);
	template_report(template);
	MemoryContextSwitchTo(context);
	plan_finish_expressions(plan, RelationGetDescr(relation), *expressions);
	plan_build_text(&plan->root);
	MemoryContextSwitchTo(old);
	return plan;
}

/* Keeps with the plan the call by which the planner may replace its own. */
static void
prepare_call(MappingPlan *plan, Template *template, const ProgramCalls *calls, List *values)
{
	Node	   *call = replacement_make(template, calls, values);
	MemoryContext old = MemoryContextSwitchTo(plan->context);

	plan->call = copyObject(call);
	MemoryContextSwitchTo(old);
}

/*
 * Compiles a mapping.  function is any of the extension's functions.  When
 * registering, errors in expressions are collected with the other faults, and
 * what the author must be allowed is checked; else approval and fingerprint
 * are.  The plan is a child of the current memory context; it is freed by
 * mapping_plan_free.  The relation stays locked against change until the end
 * of the transaction.
 */
MappingPlan *
mapping_compile(Oid function, const MappingSource *source, bool registering, MappingFacts *facts)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge template",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Relation	relation = base_relation_open(source->relation, AccessShareLock);
	Template	template = {0};
	ExpressionScope scope = {.relation = relation, .function = function, .registering = registering};
	ProgramCalls *calls = prepare_scope(&scope, &template, source);
	PlanSources sources;
	List	   *expressions;
	MappingPlan *plan;

	if (!base_is_utf8(source->template, strlen(source->template)))
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("template of mapping \"%s\" is not UTF-8", source->fullname),
				 errhint("The database's encoding is SQL_ASCII, which takes any bytes; FHIR is UTF-8.")));
	analyse_template(&template, &scope, source->timezone);
	if (!registering)
		mapping_check_approval(source, scope.trust.untrusted);

	calls->uses_id = scope.uses_id;
	MemoryContextSwitchTo(old);
	plan = build_plan(source, &template, calls, relation, &sources, &expressions);
	plan->function = function;
	plan->uses_id = scope.uses_id;
	MemoryContextSwitchTo(plan->context);
	plan_note_trust(plan, &scope.trust);
	plan->modifier_maps = lint_modifier_maps(&template, function);
	MemoryContextSwitchTo(context);
	if (registering)
		lint_modifier_notice(&template, function, source->on_invalid == ON_INVALID_OMIT);
	else
		prepare_call(plan, &template, calls, sources.values);
	plan->cached = plan_expressions(function, source->timezone, expressions);
	free_with_plan(plan);
	if (!registering && plan->uses_id)
		check_fingerprint(function, source);
	relation_close(relation, NoLock);
	MemoryContextSwitchTo(old);
	if (facts != NULL)
	{
		facts->uses_id = scope.uses_id;
		facts->untrusted = list_copy(scope.trust.untrusted);
	}
	MemoryContextDelete(context);
	plan->valid = true;
	return plan;
}

/*
 * The analysed template of a plan in use: what a search looks into.  Made when
 * it is first asked for, and kept with the plan.  NULL when the mapping is gone;
 * the plan may be found to be no longer valid.
 */
const Template *
mapping_template(MappingPlan *plan)
{
	MemoryContext context;
	MemoryContext old;
	MappingSource *source;
	Template   *template;
	ExpressionScope scope = {.function = plan->function};

	if (plan->template != NULL)
		return plan->template;
	context = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge template", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	source = palloc0(sizeof(MappingSource));
	if (mapping_read(plan->function, plan->relation, NameStr(plan->name), source))
	{
		template = palloc0(sizeof(Template));
		scope.relation = base_relation_open(plan->relation, AccessShareLock);
		(void) prepare_scope(&scope, template, source);
		analyse_template(template, &scope, source->timezone);
		relation_close(scope.relation, NoLock);
		MemoryContextSetParent(context, plan->context);
		plan->template = template;
	}
	MemoryContextSwitchTo(old);
	return plan->template;
}
