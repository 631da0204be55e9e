/*
 * id_rights.c
 *		Who may run a mapping that makes ids.
 *
 * Who may call fhir_id can try ids, one national id after the other.  A mapping
 * runs it for those who may not, so it must not serve them for that: they get
 * ids of rows that they can see, and of no others.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "base/compat.h"
#include "ident/ident.h"
#include "mapping/run/id_rights.h"

/*
 * May the current role select the columns that the mapping reads?  A mapping
 * that reads no column still wants a right on one of them.
 */
static bool
may_select_columns(const MappingPlan *plan)
{
	if (pg_class_aclcheck(plan->relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		return true;
	for (int i = 0; i < plan->ncolumns; i++)
		if (plan->column_names[i] != NULL &&
			pg_attribute_aclcheck(plan->relation, i + 1, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			return false;
	return pg_attribute_aclcheck_all(plan->relation, GetUserId(), ACL_SELECT, ACLMASK_ANY) == ACLCHECK_OK;
}

/*
 * May the owner of the mapped relation call fhir_id?  He speaks for the mapping,
 * as a view's owner does for the view: by it nobody can do what he may not.
 */
static bool
owner_may_make_ids(Oid function, const MappingPlan *plan)
{
	return object_aclcheck(ProcedureRelationId, ident_id_function(function),
						   base_relation_owner(plan->relation), ACL_EXECUTE) == ACLCHECK_OK;
}

/*
 * Does row-level security hide rows of the relation from the current role, who
 * may not call fhir_id himself?
 */
static bool
rows_are_hidden(Oid function, const MappingPlan *plan)
{
	return check_enable_rls(plan->relation, InvalidOid, true) == RLS_ENABLED &&
		object_aclcheck(ProcedureRelationId, ident_id_function(function), GetUserId(), ACL_EXECUTE) != ACLCHECK_OK;
}

/* Would mapping_check_id_rights let the current role run the mapping? */
bool
mapping_may_make_ids(Oid function, const MappingPlan *plan, bool read)
{
	return !plan->uses_id || (owner_may_make_ids(function, plan) && may_select_columns(plan) && (read || !rows_are_hidden(function, plan)));
}

/*
 * A mapping that calls fhir_id runs for who may select from its relation, as
 * long as the relation's owner may call fhir_id.  Who sees some columns only
 * must see all that the mapping reads, and who sees some rows only must map
 * rows that are known to be read from the relation: else he could pass invented
 * rows and learn the id of any national id.
 */
void
mapping_check_id_rights(Oid function, const MappingPlan *plan, bool read)
{
	if (mapping_may_make_ids(function, plan, read))
		return;
	if (!owner_may_make_ids(function, plan))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("owner of the relation of mapping \"%s\" may not call fhir_id", plan->fullname),
				 errhint("GRANT EXECUTE ON FUNCTION fhir_id TO the owner.")));
	if (!may_select_columns(plan))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for mapping \"%s\"", plan->fullname),
				 errdetail("It makes ids, and runs for roles that may select its columns.")));
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for mapping \"%s\" with this row", plan->fullname),
			 errdetail("It makes ids, row-level security hides rows from you, and the row is not known to be read from the relation."),
			 errhint("Write fhir_from_row(t.*) or fhir_json_from_row(t.*) into a query FROM the relation; rows from elsewhere need EXECUTE on fhir_id.")));
}
