/*
 * row_fault.c
 *		Faults of a row: raised, or handed over.
 *
 * What the mapping's on_invalid says decides what becomes of a fault: an
 * error, an element left out, or one kept as it is.  In a guarded row (see
 * collect.c) nothing is raised: each fault goes to the handler, also those that
 * on_invalid lets pass, and the row is refused where it would have been an
 * error.  A faulty value is treated as present, or it would be reported again as
 * missing.
 *
 * A fault is raised when the row has been decided: what an expression raises
 * comes first, be it evaluated here or, where the mapping is inlined, before.
 *
 * SQLSTATEs: a value not of its form or range is invalid_parameter_value
 * (22023), a code outside its binding check_violation (23514), a required
 * element that is empty not_null_violation (23502), more than FHIR allows
 * cardinality_violation (21000).  No text ever holds a value.
 */
#include "postgres.h"

#include "mapping/run/run.h"

#define HINT_OMIT	"on_invalid => 'omit' leaves such an element out."
#define HINT_CODE	"Translate it by fhir_code() and a code map; on_invalid => 'omit' leaves such an element out."
#define HINT_ZONE	"Cast it to timestamp and give fhir_map a timezone; on_invalid => 'omit' leaves such an element out."
#define HINT_BYTES	"The database's encoding is SQL_ASCII, which takes any bytes; FHIR is UTF-8. on_invalid => 'omit' leaves such an element out."
#define HINT_JSONB	"Take one of its elements, such as {column -> 0}; on_invalid => 'omit' leaves such an element out."
#define HINT_ID		"Give the row an id: a key column, or {fhir_id('kind', key)}; \"$if\" leaves rows out."
#define HINT_REQUIRED	"Give the expression a default by coalesce(), a twin with \"$absent\", or an \"$if\" to what it stands in."

/* The name of a rule, as the SQL functions show it. */
const char *
run_rule_name(RunRule rule)
{
	static const char *const names[] = {
		[RULE_FORM] = "form",
		[RULE_OFFSET] = "time without offset",
		[RULE_BINDING] = "required binding",
		[RULE_REQUIRED] = "required element",
		[RULE_CARDINALITY] = "cardinality",
		[RULE_CHOICE] = "two choices",
		[RULE_UNMAPPED] = "unmapped code",
		[RULE_TEXT] = "text lost",
		[RULE_MODIFIER] = "modifier element",
		[RULE_EXPRESSION] = "expression",
	};

	return names[rule];
}

/* The rule as OperationOutcome.issue.code has it. */
const char *
run_rule_code(RunRule rule)
{
	switch (rule)
	{
		case RULE_FORM:
		case RULE_OFFSET:
			return "value";
		case RULE_BINDING:
		case RULE_UNMAPPED:
			return "code-invalid";
		case RULE_REQUIRED:
			return "required";
		case RULE_CARDINALITY:
		case RULE_CHOICE:
			return "structure";
		case RULE_TEXT:
			return "informational";
		case RULE_MODIFIER:
			return "business-rule";
		case RULE_EXPRESSION:
			return "exception";
	}
	pg_unreachable();
}

/*
 * Keeps a fault that is to be raised, unless another was first; or hands it over.
 * It is not raised here: the rest of the row has still to be evaluated (see the
 * first comment).  The copy lies in per-tuple memory, which lasts as long as it is
 * of use.
 */
void
run_fault(MappingRun *run, const RunFault *fault)
{
	run->site = fault->site;
	if (run->on_fault != NULL)
	{
		run->refused |= fault->refuses;
		run->on_fault(run->fault_arg, fault);
	}
	else if (run->fault == NULL)
	{
		run->fault = palloc(sizeof(RunFault));
		*run->fault = *fault;
	}
}

/* Raises the fault that has been kept: the first, whatever else was found behind it. */
void
run_raise_fault(MappingRun *run)
{
	const RunFault *fault = run->fault;

	run->site = fault->site;
	ereport(ERROR,
			(errcode(fault->sqlstate),
			 errmsg("mapping \"%s\": %s", run->plan->fullname, fault->message),
			 fault->hint != NULL ? errhint("%s", fault->hint) : 0));
}

/*
 * Is the value a text that only lacks its offset?  It is told apart from other
 * texts, since a cast and the mapping's time zone mend it.
 */
static bool
lacks_offset(const Encoder *encoder, EncoderState state, Datum value)
{
	return state == VALUE_MALFORMED && encoder->kind == ENCODE_TEXT &&
		encoder_lacks_offset(encoder, VARDATA_ANY(DatumGetPointer(value)), VARSIZE_ANY_EXHDR(DatumGetPointer(value)));
}

/*
 * Says what is wrong with a value: rule, SQLSTATE, message and hint.  Only where
 * somebody will hear it, since under "omit" a million rows may have faults.
 */
static void
describe_value(RunFault *fault, const Encoder *encoder, EncoderState state, Datum value)
{
	const char *path = fault->site->path;

	fault->rule = RULE_FORM;
	fault->sqlstate = ERRCODE_INVALID_PARAMETER_VALUE;
	fault->hint = HINT_OMIT;
	if (state == VALUE_UNBOUND)
	{
		fault->rule = RULE_BINDING;
		fault->sqlstate = ERRCODE_CHECK_VIOLATION;
		fault->message = psprintf("value of %s is not a code of %s", path, r4_set_name(encoder->set));
		fault->hint = HINT_CODE;
		return;
	}
	if (state == VALUE_SEVERAL)
	{
		fault->rule = RULE_CARDINALITY;
		fault->sqlstate = ERRCODE_CARDINALITY_VIOLATION;
		fault->message = psprintf("value of %s is an array, but the element does not repeat", path);
		fault->hint = HINT_JSONB;
		return;
	}
	if (state == VALUE_INVALID && (encoder->kind <= ENCODE_ENUM || encoder->kind == ENCODE_JSONB))
	{
		fault->sqlstate = ERRCODE_CHARACTER_NOT_IN_REPERTOIRE;
		fault->message = psprintf("value of %s is not UTF-8", path);
		fault->hint = HINT_BYTES;
		return;
	}
	if (lacks_offset(encoder, state, value))
	{
		fault->rule = RULE_OFFSET;
		fault->hint = HINT_ZONE;
	}
	fault->message = psprintf("value of %s is not %s", path, encoder_expectation(encoder));
}

/*
 * A value that FHIR cannot hold: an error, or no value, or kept where it can
 * be written at all.  Returns whether it counts as present.  One that refuses the
 * row does, though it is never written: run_raise_fault, or run->refused, keeps
 * the row from the writers.
 */
bool
run_value_fault(MappingRun *run, const Encoder *encoder, const PlanSite *site,
				EncoderState state, Datum value)
{
	OnInvalid	policy = run->plan->on_invalid;
	bool		keep = policy == ON_INVALID_KEEP && state != VALUE_INVALID;
	RunFault	fault = {.site = site};

	/* what cannot be written at all is not kept: then it is as under "error" */
	fault.refuses = !keep && policy != ON_INVALID_OMIT;
	/* for decide_container, which knows whose loss it is */
	run->lost = policy == ON_INVALID_OMIT;
	if (fault.refuses || run->on_fault != NULL)
	{
		describe_value(&fault, encoder, state, value);
		run_fault(run, &fault);
	}
	return fault.refuses || keep;
}

/*
 * A member that must be there and is not.  The place is that of the placeholder,
 * if it is one: there the author has to look.
 */
void
run_missing_fault(MappingRun *run, const PlanNode *member, bool refuses)
{
	RunFault	fault = {
		.rule = RULE_REQUIRED,
		.refuses = refuses,
		.sqlstate = ERRCODE_NOT_NULL_VIOLATION,
		.site = member->slot != NULL ? &member->slot->site : &member->site,
		.hint = HINT_REQUIRED,
	};

	if (run->doubtful)
	{
		/* it is missing because of what has been reported */
		run->refused |= refuses;
		return;
	}
	if (member->kind == PLAN_TEXT && member->nparts > 0)
		for (int i = 0; i < member->nparts; i++)
			if (member->parts[i].slot != NULL)
				fault.site = &member->parts[i].slot->site;
	if (member->choice == 0 && strcmp(member->name, "id") == 0)
	{
		fault.message = psprintf("%s is empty", member->site.path);
		fault.hint = HINT_ID;
	}
	else
		fault.message = psprintf("%s is empty, but required", member->site.path);
	run_fault(run, &fault);
}

/*
 * Text that is not written because one of its values is empty, while another is
 * not: as rule 1 has it, and yet seldom what the author meant.  No fault where
 * rows are only mapped.  The place is that of the value that was evaluated last,
 * the message names the text.
 */
void
run_text_fault(MappingRun *run, const PlanNode *text)
{
	RunFault	fault = {.rule = RULE_TEXT, .sqlstate = ERRCODE_NULL_VALUE_NOT_ALLOWED, .site = run->site};

	fault.message = psprintf("one value of %s is empty, and by that the whole text; concat_ws() joins what is there", text->site.path);
	run_fault(run, &fault);
}

/*
 * A resource that is left out, because an element is whose meaning it hangs on.
 * An export refuses the row; a plain call gives no resource.
 */
void
run_modifier_fault(MappingRun *run, const PlanNode *member)
{
	RunFault	fault = {
		.rule = RULE_MODIFIER,
		.refuses = true,
		.sqlstate = ERRCODE_INVALID_PARAMETER_VALUE,
		.site = &member->site,
		.hint = "Give it a value that FHIR can hold, or a code map an entry.",
	};

	/* decide.c leaves the resource out in any case: here it is only told */
	if (run->on_fault == NULL)
		return;
	fault.message = psprintf("there is no resource: %s is left out, and without it the rest means something else", member->site.path);
	run_fault(run, &fault);
}

/*
 * Two choices of one value[x] that came out for one row.  The later one in the
 * template is named, and under "omit" left out (decide.c).
 */
void
run_choice_fault(MappingRun *run, const PlanNode *first, const PlanNode *other)
{
	RunFault	fault = {
		.rule = RULE_CHOICE,
		.refuses = run->plan->on_invalid == ON_INVALID_ERROR,
		.sqlstate = ERRCODE_CARDINALITY_VIOLATION,
		.site = &other->site,
		.hint = "Give each an \"$if\" that excludes the other.",
	};

	run->site = &other->site;
	if (!fault.refuses && run->on_fault == NULL)
		return;
	fault.message = psprintf("both %s and %s came out for one row", first->site.path, other->site.path);
	run_fault(run, &fault);
}
