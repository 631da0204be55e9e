/*
 * frames.h
 *		The engine's words and ours.  plain C: no server headers.
 */
#ifndef FHIR_BRIDGE_MODEL_FRAMES_H
#define FHIR_BRIDGE_MODEL_FRAMES_H

#include <stdbool.h>

#include "base/model_protocol.h"
#include "model/tokens/heap.h"

/* in frames.c */
extern void say(uint32_t type, uint64_t call, const void *data, size_t length);
extern ModelFrame hear_frame(Bytes *body);
extern bool hear_on(void);
extern void hear_wait(void);

#endif							/* FHIR_BRIDGE_MODEL_FRAMES_H */
