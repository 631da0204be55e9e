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
	mapping_init();
