/*
 * compat.h
 *		Differences between PostgreSQL 15 to 18, and nothing else.
 */
#ifndef FHIR_BRIDGE_COMPAT_H
#define FHIR_BRIDGE_COMPAT_H

#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "common/jsonapi.h"
#include "mb/pg_wchar.h"
#include "utils/acl.h"

