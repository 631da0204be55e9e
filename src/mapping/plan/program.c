/*
 * program.c
 *		Programs: what a call has to know to write a scope from its arguments.
 *
 * A program holds the template's text, the types of its expressions, and the
 * settings of the mapping: enough to make the same plan again, without a look
 * at the mapping's catalog or its relation.  Plans made from programs are kept
 * by the program's bytes.  A program holds all that its plan depends on: no
 * invalidation, only eviction when there are many.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "parser/parse_type.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/base.h"
#include "mapping/expression/marker.h"
#include "mapping/plan/plan_build.h"

/* Plans kept, at most; what is in use stays. */
#define MAX_PROGRAMS	128

typedef struct ProgramEntry
{
	uint64		hash;			/* of the bytes; the key */
	bytea	   *program;
	MappingPlan *plan;
} ProgramEntry;

static HTAB *programs = NULL;
static MemoryContext programs_context = NULL;

/* The OIDs of the private functions, given any of the extension's. */
void
program_find_calls(Oid function, ProgramCalls *calls)
{
	char	   *schema = get_namespace_name(base_extension_schema(function));
	Oid			any[] = {InvalidOid, ANYOID};
	Oid			array[] = {InvalidOid, ANYARRAYOID};
	Oid			jsonb[] = {InvalidOid, JSONBOID};
	Oid			internal[] = {INTERNALOID};

	calls->type = typenameTypeId(NULL, makeTypeNameFromNameList(list_make2(makeString(schema),
																		   makeString("fhir_bridge_program"))));
	any[0] = array[0] = jsonb[0] = calls->type;
#define FIND(name, types) base_extension_function(function, name, lengthof(types), types)
	calls->write_jsonb = FIND("fhir_bridge_write_jsonb", any);
	calls->write_json = FIND("fhir_bridge_write_json", any);
	calls->elements = FIND("fhir_bridge_elements", array);
	calls->jsonb_elements = FIND("fhir_bridge_elements", jsonb);
	calls->support = FIND("fhir_bridge_from_row_support", internal);
#undef FIND
}

/*
 * Numbers the objects that "$each" repeats from 1, in the template's order.  It
 * is done when a program is made and again when it is read: from the same text
 * come the same numbers.
 */
static void
number_scopes(TemplateNode *node, int *n)
{
	ListCell   *lc;

	if (node->each != NULL)
		node->scope = ++(*n);
	foreach(lc, node->children)
		number_scopes(lfirst(lc), n);
}

/* The object of that number; 0 is the resource. */
static TemplateNode *
find_scope(TemplateNode *node, int scope)
{
	ListCell   *lc;

	if (node->scope == scope)
		return node;
	foreach(lc, node->children)
	{
		TemplateNode *found = scope > 0 ? find_scope(lfirst(lc), scope) : NULL;

		if (found != NULL)
			return found;
	}
	return NULL;
}

/*
 * The program that writes a scope of an analysed template, of the mapping that
 * the calls are for.  Allocated in the current context.
 */
Datum
program_make(Template *template, const ProgramCalls *calls, const TemplateNode *scope)
{
	const MappingSource *source = calls->source;
	Bitmapset  *columns = NULL;
	int			column = -1;
	int			n = 0;
	List	   *expressions = template_expressions(template);
	ListCell   *lc;
	StringInfoData buf;

	number_scopes(template->root, &n);
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, PROGRAM_KIND);
	marker_send_string(&buf, source->fullname);
	pq_sendint32(&buf, InvalidOid); /* see program_with_policy */
	pq_sendbyte(&buf, false);	/* see program_with_rows */
	marker_send_string(&buf, source->template);
	pq_sendbyte(&buf, source->timezone != NULL);
	if (source->timezone != NULL)
		marker_send_string(&buf, source->timezone);
	pq_sendint32(&buf, source->relation);
	pq_sendbyte(&buf, source->on_invalid);
	pq_sendbyte(&buf, calls->uses_id);
	pq_sendint32(&buf, scope->scope);
	foreach(lc, expressions)
	{
		const TemplateExpr *expr = lfirst(lc);

		pq_sendint32(&buf, expr->type);
		pq_sendint32(&buf, expr->typmod);
		plan_columns(expr->expr, &columns);
	}
	pq_sendint32(&buf, bms_num_members(columns));
	while ((column = bms_next_member(columns, column)) >= 0)
		pq_sendint32(&buf, column);
	return marker_finish(calls->write_jsonb, &buf);
}

/*
 * A copy of a program for a call whose sub-selects were planned with a policy
 * of row-level security on the relation: it is refused where row_security is
 * off.
 */
Datum
program_with_policy(Oid function, Datum program, Oid relation)
{
	bytea	   *copy = DatumGetByteaPCopy(program);
	uint32		sent = pg_hton32(relation);
	StringInfoData buf;

	marker_read_begin(&buf, copy);
	(void) pq_getmsgbyte(&buf);
	(void) pq_getmsgrawstring(&buf);
	memcpy(buf.data + buf.cursor, &sent, sizeof(sent));
	marker_reseal(function, copy);
	return PointerGetDatum(copy);
}

/*
 * A copy of a program for a call whose arguments are read from the mapped
 * relation: by it ids may be made for a role that may not call fhir_id.  The
 * seal is made anew, as the bytes are others; without it nobody could tell such
 * a program from one that a caller has written.
 */
Datum
program_with_rows(Oid function, Datum program)
{
	bytea	   *copy = DatumGetByteaPCopy(program);
	StringInfoData buf;

	marker_read_begin(&buf, copy);
	(void) pq_getmsgbyte(&buf);
	(void) pq_getmsgrawstring(&buf);
	(void) pq_getmsgint(&buf, 4);
	buf.data[buf.cursor] = true;
	marker_reseal(function, copy);
	return PointerGetDatum(copy);
}

/* Reads which columns of the relation are used, for the check of rights. */
static void
read_columns(StringInfo buf, MappingPlan *plan)
{
	int			n = pq_getmsgint(buf, 4);
	int		   *columns = palloc(sizeof(int) * Max(n, 1));

	for (int i = 0; i < n; i++)
		columns[i] = pq_getmsgint(buf, 4);
	/* in ascending order; 0 is the row as a whole */
	plan->ncolumns = n > 0 ? columns[n - 1] : 0;
	plan->column_names = palloc0(sizeof(char *) * Max(plan->ncolumns, 1));
	/* a name says only that the column is used: a program's values come as arguments */
	for (int i = 0; i < n; i++)
		if (columns[i] > 0)
			plan->column_names[columns[i] - 1] = "";
		else
			plan->whole_row = true;
}

/*
 * Reads the template of a program, in the current context, and what is told
 * of its expressions; returns the scope that is to be written.  The expressions
 * are not analysed again: their values come as arguments, so that their types
 * are all that the encoders have to know.
 */
static TemplateNode *
read_template(StringInfo buf, Template *template, MappingPlan *plan)
{
	TemplateNode *scope;
	bool		uses_id;
	int			n = 0;
	ListCell   *lc;

	template->mapping = plan->fullname;
	template->text = pq_getmsgrawstring(buf);
	if (pq_getmsgbyte(buf))
		encoder_set_zone(&plan->zone, pq_getmsgrawstring(buf));
	plan->relation = pq_getmsgint(buf, 4);
	plan->on_invalid = pq_getmsgbyte(buf);
	uses_id = pq_getmsgbyte(buf);
	(void) template_parse(template);
	template_type(template);
	number_scopes(template->root, &n);
	scope = find_scope(template->root, pq_getmsgint(buf, 4));
	plan->part = scope != template->root;
	/* rights are asked for once, where the resource is written */
	plan->uses_id = uses_id && !plan->part;
	foreach(lc, template_expressions(template))
	{
		TemplateExpr *expr = lfirst(lc);

		expr->type = pq_getmsgint(buf, 4);
		expr->typmod = pq_getmsgint(buf, 4);
	}
	return scope;
}

/*
 * Makes the plan of a program in the current context, which becomes its own;
 * the template goes.
 */
static MappingPlan *
read_plan(const bytea *program)
{
	MappingPlan *plan = palloc0(sizeof(MappingPlan));
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge template",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	Template	template = {0};
	TemplateNode *scope;
	StringInfoData buf;

	plan->context = CurrentMemoryContext;
	marker_read_begin(&buf, program);
	if (pq_getmsgbyte(&buf) != PROGRAM_KIND)
		elog(ERROR, "this program writes nothing");
	plan->fullname = pstrdup(pq_getmsgrawstring(&buf));
	plan->policed = pq_getmsgint(&buf, 4);
	plan->read = pq_getmsgbyte(&buf);
	old = MemoryContextSwitchTo(work);
	scope = read_template(&buf, &template, plan);
	MemoryContextSwitchTo(old);
	read_columns(&buf, plan);
	plan_build(plan, &template, scope, NULL, NULL);
	template_report(&template);
	plan_build_text(&plan->root);
	plan_build_whole(&plan->root);
	plan->valid = true;
	MemoryContextDelete(work);
	return plan;
}

/*
 * Forgets the plans that nothing uses.  All of them at once: which was used last
 * is not kept, since it would cost every query more than making some plans anew
 * costs the few sessions that have so many.
 */
static void
sweep_programs(void)
{
	HASH_SEQ_STATUS status;
	ProgramEntry *entry;

	hash_seq_init(&status, programs);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (entry->plan->pins > 0)
			continue;
		mapping_plan_free(entry->plan);
		hash_search(programs, &entry->hash, HASH_REMOVE, NULL);
	}
}

/* Makes the table of plans, or room in it. */
static void
make_room(void)
{
	HASHCTL		ctl = {.keysize = sizeof(uint64), .entrysize = sizeof(ProgramEntry)};

	if (programs != NULL && hash_get_num_entries(programs) >= MAX_PROGRAMS)
		sweep_programs();
	if (programs != NULL)
		return;
	programs_context = AllocSetContextCreate(CacheMemoryContext, "fhir_bridge programs",
											 ALLOCSET_DEFAULT_SIZES);
	ctl.hcxt = programs_context;
	programs = hash_create("fhir_bridge programs", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/*
 * The plan of a program, found by the hash of its bytes: a program is some
 * kilobytes of text, which is compared once more, because two of them might share
 * a hash and one would be written with the other's plan.  It stays until the next call of this function, or
 * as long as it is pinned by mapping_plan_pin.
 */
MappingPlan *
program_plan(Datum value)
{
	bytea	   *program = DatumGetByteaPP(value);
	uint64		hash = hash_bytes_extended((unsigned char *) VARDATA_ANY(program),
										   VARSIZE_ANY_EXHDR(program), 0);
	MemoryContext context;
	MemoryContext old;
	ProgramEntry *entry;
	MappingPlan *plan;
	bytea	   *copy;
	bool		found;

	make_room();
	entry = hash_search(programs, &hash, HASH_FIND, NULL);
	if (entry != NULL && VARSIZE_ANY_EXHDR(entry->program) == VARSIZE_ANY_EXHDR(program) &&
		memcmp(VARDATA_ANY(entry->program), VARDATA_ANY(program), VARSIZE_ANY_EXHDR(program)) == 0)
		return entry->plan;

	/* below the current context until the plan is whole: an error on the way frees it */
	context = AllocSetContextCreate(CurrentMemoryContext, "fhir_bridge program", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	plan = read_plan(program);
	copy = (bytea *) palloc(VARSIZE_ANY(program));
	memcpy(copy, program, VARSIZE_ANY(program));
	MemoryContextSwitchTo(old);
	entry = hash_search(programs, &hash, HASH_ENTER, &found);
	if (found)
	{
		/* another program with this hash: it goes when nothing uses it */
		entry->plan->dropped = true;
		if (entry->plan->pins == 0)
			mapping_plan_free(entry->plan);
	}
	MemoryContextSetParent(context, programs_context);
	entry->program = copy;
	entry->plan = plan;
	return plan;
}
