/*
 * plan_find.c
 *		Looking up by name: members of an object, columns of a row.
 */
#include "postgres.h"

#include "mapping/plan/plan.h"

/* The member of an object of a plan; NULL when there is none. */
PlanNode *
plan_member(const PlanNode *object, const char *name)
{
	for (int i = 0; object != NULL && object->kind == PLAN_OBJECT && i < object->nchildren; i++)
		if (strcmp(object->children[i]->name, name) == 0)
			return object->children[i];
	return NULL;
}

/* The attribute of a row type that is not dropped, by name; 0 when there is none. */
AttrNumber
plan_find_attribute(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		if (!attribute->attisdropped && strcmp(NameStr(attribute->attname), name) == 0)
			return attribute->attnum;
	}
	return 0;
}
