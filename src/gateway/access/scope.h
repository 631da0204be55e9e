/*
 * scope.h
 *		Scopes of SMART: "system/Patient.rs system/Observation.rs", "system/[any].rs".
 */
#ifndef GATEWAY_SCOPE_H
#define GATEWAY_SCOPE_H

#include <stdbool.h>

#include "gateway/base/arena.h"

/*
 * Does a scope cover this type?  "*" asks for all types; NULL is no limit.
 * rights are SMART's letters: "r" for reads by id, "s" for searches, or both.
 */
extern bool scope_covers(const char *scope, const char *type, const char *rights);

/* Is it a list of such words, and of nothing else? */
extern bool scope_is_good(const char *scope);

/* Those of the asked words that are allowed, in arena memory; who asks for all types gets all that is allowed. */
extern char *scope_grant(Arena *arena, const char *asked, const char *allowed);

/* Does a search look at other types than its own, by _include, _has or a chain? */
extern bool scope_looks_further(Arena *arena, const char *query);

#endif
