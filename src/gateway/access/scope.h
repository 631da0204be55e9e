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

/* Does a search look at other types than its own, by _include, _has or a chain? */
extern bool scope_looks_further(Arena *arena, const char *query);

#endif
