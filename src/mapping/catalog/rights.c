/*
 * rights.c
 *		Who may register a mapping.
 *
 * A mapping belongs to its relation: whoever owns the relation now may
 * replace it, so that no earlier owner keeps a trojan in it.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/base.h"
#include "mapping/catalog/mapping.h"

/* An error unless the current role owns the relation or is a member. */
void
mapping_check_owner(Oid relation)
{
	if (!object_ownercheck(RelationRelationId, relation, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of relation %s", get_rel_name(relation)),
				 errhint("A mapping belongs to the owner of its relation.")));
}
