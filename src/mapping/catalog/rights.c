/*
 * rights.c
 *		Who may register a mapping, and whose are run without being named.
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
#include "mapping/run/id_rights.h"

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

/*
 * May the mappings of a relation be run for a caller who has named those of
 * another one?  What a mapping reads and calls runs with the caller's rights,
 * so it must be of a superuser, of the owner of the named relation, or of a role
 * that the caller really is a member of; superusers are members of all roles
 * without trusting any.
 */
bool
mapping_is_followed(Oid relation, Oid named)
{
	Oid			owner = base_relation_owner(relation);

	return superuser_arg(owner) || owner == base_relation_owner(named) ||
		is_member_of_role_nosuper(GetUserId(), owner);
}
