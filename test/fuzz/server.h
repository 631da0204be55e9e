/*
 * server.h
 *		What the harnesses need of server.c.
 */
#ifndef FHIR_BRIDGE_FUZZ_SERVER_H
#define FHIR_BRIDGE_FUZZ_SERVER_H

#include <setjmp.h>

/*
 * Where an error of the server goes: the harness sets it by setjmp before each
 * input.
 */
extern jmp_buf fuzz_error;

/* Frees all that was allocated since the last call. */
extern void fuzz_free_memory(void);

#endif							/* FHIR_BRIDGE_FUZZ_SERVER_H */
