/*
 * mapping.h
 *		Mappings as the rest of the module sees them: found, compiled, cached.
 */
#ifndef FHIR_BRIDGE_MAPPING_H
#define FHIR_BRIDGE_MAPPING_H

#include "postgres.h"

#include "fmgr.h"
#include "mapping/expression/trust.h"
#include "mapping/plan/plan.h"
#include "utils/relcache.h"

/* What registration wants to know of a compiled template. */
typedef struct MappingFacts
{
	bool		uses_id;		/* some expression calls fhir_id */
	List	   *untrusted;		/* OIDs of functions that need approval */
} MappingFacts;

/* A mapping that is published. */
typedef struct MappingName
{
	Oid			relation;
	NameData	name;
	char	   *fullname;
	char	   *template;		/* JSON text */
} MappingName;

extern void mapping_init(void);

/* in compile.c */
extern MappingPlan *mapping_compile(Oid function, const MappingSource *source,
									bool registering, MappingFacts *facts);
extern const struct Template *mapping_template(MappingPlan *plan);

/* in mapped_relation.c */
extern Datum mapped_relation(Oid relation);
extern Oid	mapped_relation_oid(Datum value);

/* in broken.c */
extern ErrorData *mapping_broken(Oid function, Oid relation, const char *name);
extern char *mapping_broken_text(const ErrorData *error, const char *fullname);

/* in mapping_catalog.c */
extern bool mapping_read(Oid function, Oid relation, const char *name, MappingSource *source);
extern Oid	mapping_find_name(Oid function, const char *text, NameData *name);
extern bool mapping_find_only(Oid function, Oid relation, NameData *name);
extern void mapping_find_relation(Oid function, Oid relation, NameData *name);
extern bool mapping_name_is_taken(Oid function, Oid relation, const char *name);
extern char *mapping_full_name(Oid relation, const char *name);
extern OnInvalid mapping_on_invalid(const char *text);

extern List *mapping_published(Oid function);

/* in mapping_cache.c */
extern MappingPlan *mapping_plan_get(Oid function, Oid relation, const char *name);
extern MappingPlan *mapping_plan_by_name(Oid function, const char *text, MemoryContext context);

/* in register.c */
extern void mapping_check_has_rows(Oid relation);

/* in approval.c */
extern bytea *mapping_approval_digest(List *functions);
extern void mapping_check_approval(const MappingSource *source, List *untrusted);

/* in rights.c */
extern void mapping_check_owner(Oid relation);
extern bool mapping_is_followed(Oid relation, Oid named);

#endif							/* FHIR_BRIDGE_MAPPING_H */
