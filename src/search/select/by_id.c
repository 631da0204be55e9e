/*
 * by_id.c
 *		Statements that look a row up by its id, written once a mapping.
 *
 * Reads, and references to a patient in every search of his, differ in the id
 * alone.  The statement is written by those who need it, with an id that is
 * made up; where that stands, the others' ids are put in.  So it is the same
 * as without this file, and what cannot be taken apart so is left to them.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

#include "base/base.h"
#include "ident/ident.h"
#include "search/select/select.h"

#define MADE_UP "7d8e1d0c-52f7-8a3b-9c55-0f1e2d3c4b5a"

/* The number of the only value of a type that is the made-up id's; -1 when there is none, or there are several. */
static int
find_value(const KeptStatement *statement, Oid type, bool (*is_wanted) (const Const *value, const void *arg), const void *arg)
{
	int			number = -1;
	ListCell   *lc;

	foreach(lc, statement->values)
	{
		const Const *value = lfirst(lc);

		if (value->consttype != type || value->constisnull || !is_wanted(value, arg))
			continue;
		if (number >= 0)
			return -1;
		number = foreach_current_index(lc);
	}
	return number;
}

static bool
is_tag(const Const *value, const void *arg)
{
	return DatumGetInt64(value->constvalue) == *(const int64 *) arg;
}

static bool
is_uuid(const Const *value, const void *arg)
{
	return memcmp(DatumGetUUIDP(value->constvalue), arg, UUID_LEN) == 0;
}

/* Is this the present name of a schema? */
static bool
is_name_of(Oid schema, const char *name)
{
	const char *present = get_namespace_name(schema);

	return present != NULL && strcmp(present, name) == 0;
}

/* Writes the statement with the made-up id, and finds where that is. */
static void
make(const SearchSource *source, IdStatement *by_id, IdWrite write)
{
	MemoryContext old = MemoryContextSwitchTo(source->plan->context);
	ExportSql	sql;
	pg_uuid_t	uuid;
	int64		tag;

	by_id->made = true;
	by_id->schema = get_rel_namespace(source->plan->relation);
	by_id->schema_name = get_namespace_name(by_id->schema);
	by_id->tag = by_id->uuid = -1;
	(void) invert_id_parse(MADE_UP, &uuid);
	if (write(&sql, source, MADE_UP))
	{
		tag = ident_index_id(source->function, &uuid);
		statement_take(&sql, true, &by_id->statement);
		by_id->tag = find_value(&by_id->statement, INT8OID, is_tag, &tag);
		by_id->uuid = find_value(&by_id->statement, UUIDOID, is_uuid, &uuid);
	}
	MemoryContextSwitchTo(old);
}

/*
 * Runs the statement that write writes with the id; by_id keeps it as long as the
 * source's plan.  False: the id, or the mapping's, is not of this form, and
 * nothing was run.
 */
bool
by_id_run(const SearchSource *source, IdStatement *by_id, const char *id, IdWrite write, DestReceiver *receiver)
{
	Const	   *tag;
	pg_uuid_t	value;
	List	   *values;

	if (source->careful || !invert_id_parse(id, &value))
		return false;
	ident_secret_use(source->function);
	/* a schema that is renamed changes no plan, as another name of the relation or another schema does */
	if (by_id->made && !is_name_of(by_id->schema, by_id->schema_name))
		by_id->made = false;
	if (!by_id->made)
		make(source, by_id, write);
	if (by_id->tag < 0 || (by_id->uuid < 0 && !by_id->tag_alone))
		return false;
	values = list_copy(by_id->statement.values);
	tag = copyObject((Const *) list_nth(values, by_id->tag));
	tag->constvalue = Int64GetDatum(ident_index_id(source->function, &value));
	lfirst(list_nth_cell(values, by_id->tag)) = tag;
	if (by_id->uuid >= 0)
	{
		Const	   *uuid = copyObject((Const *) list_nth(values, by_id->uuid));

		uuid->constvalue = UUIDPGetDatum(&value);
		lfirst(list_nth_cell(values, by_id->uuid)) = uuid;
	}
	statement_run_values(&by_id->statement, values, receiver);
	return true;
}
