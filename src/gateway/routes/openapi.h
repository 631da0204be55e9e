/*
 * openapi.h
 *		/openapi.json, made from the table of routes.
 */
#ifndef GATEWAY_OPENAPI_H
#define GATEWAY_OPENAPI_H

#include "gateway/routes/route.h"

/* Makes the description, once; the settings are read. */
extern void openapi_make(const Route *routes, int count);

#endif
