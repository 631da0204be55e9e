/*
 * code_write.h
 *		The entries of a map that is registered, from what gives them to the table.
 */
#ifndef FHIR_BRIDGE_CODE_WRITE_H
#define FHIR_BRIDGE_CODE_WRITE_H

#include "postgres.h"

#include "utils/jsonb.h"

#include "codes/code.h"

typedef struct CodeRows CodeRows;

/* in code_write.c */
extern CodeRows *code_rows_begin(void);
extern void code_rows_put(CodeRows *rows, CodeSource source, CodeSource code, CodeSource display, CodeSource system);
extern int64 code_rows_given(const CodeRows *rows);
extern int64 code_rows_write(CodeRows *rows, Oid function, const char *map);

/* in code_json.c */
extern bool code_is_concept_map(Jsonb *json);
extern void code_rows_of_concept_map(CodeRows *rows, const char *map, Jsonb *json);
extern void code_rows_of_json(CodeRows *rows, const char *map, Jsonb *entries);
extern void code_report_entry(const char *map, CodeSource source, const char *what);
extern void code_check_system(const char *map, CodeSource source, CodeSource system);

/* in code_entries.c */
extern bool code_rows_read(CodeRows *rows, const char *map, Oid type, Datum given);

#endif							/* FHIR_BRIDGE_CODE_WRITE_H */
