/*
 * search_statement.h
 *		Statements of searches: analysed once a session, planned with their values.
 */
#ifndef FHIR_BRIDGE_SEARCH_STATEMENT_H
#define FHIR_BRIDGE_SEARCH_STATEMENT_H

#include "postgres.h"

#include "export/export.h"

/*
 * The location of a Const that stands for a value of a search: statements that
 * differ in such values alone are the same.  Constants of mappings have other
 * locations.
 */
#define STATEMENT_VALUE (-2)

extern void statement_run(const ExportSql *sql, bool unique, DestReceiver *receiver);

#endif							/* FHIR_BRIDGE_SEARCH_STATEMENT_H */
