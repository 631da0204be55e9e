/*
 * fhir_bridge.c
 *		The module: its magic block and one call per room at load time.
 *
 * Every responsibility lives in a room, a folder beside this file; a room
 * that keeps state in the backend has an init function, called here.
 */
#include "postgres.h"

#include "fmgr.h"

#include "base/base.h"
#include "codes/code.h"
#include "ident/ident.h"
#include "mapping/catalog/mapping.h"
#include "mapping/inline/inline.h"
#include "mapping/run/subselect.h"
#include "suggest/suggest.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

/*
 * Called once by each backend that loads the library.  Registers callbacks
 * only: no catalog access is possible when the library is preloaded.
 */
void
_PG_init(void)
{
	base_init();
	ident_init();
	code_init();
	subselect_init();
	mapping_init();
	inline_init();
	suggest_init();
}
