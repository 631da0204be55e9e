/*
 * model_protocol.h
 *		What the engine and the model's program say to each other.
 *		plain C: no server headers.
 *
 * They share one socket, the program's standard input, and nothing else.  A
 * frame is a head and so many bytes behind it.  Both ends are of one build on
 * one machine: numbers are in its own order.
 *
 * The engine begins with MODEL_OPTIONS; the program reads the model, tries it
 * out and says MODEL_READY, or MODEL_REFUSED and ends.  From then on calls and
 * their ends pass each other freely.  Each call has one end, also one that was
 * cancelled.  When the socket is closed, the program ends at once.
 */
#ifndef FHIR_BRIDGE_BASE_MODEL_PROTOCOL_H
#define FHIR_BRIDGE_BASE_MODEL_PROTOCOL_H

#include <stdint.h>

#define MODEL_PROGRAM "fhir-bridge-model"
#define MODEL_FRAME_MAX (1 << 28)	/* bytes behind a head */

typedef enum ModelFrameType
{
	/* from the engine */
	MODEL_OPTIONS = 1,			/* lines "name=value" of the server's options */
	MODEL_CLASSIFY,				/* a note; argument is how many labels are wanted, 0 for all */
	MODEL_TOKENS,				/* a note whose tokens are wanted; argument is how many bytes of them are read, 0 for all */
	MODEL_CANCEL,				/* nobody waits for this call any more */
	/* from the program */
	MODEL_READY,				/* lines "name=value" about the model */
	MODEL_REFUSED,				/* why there is no model; names files, no note */
	MODEL_BEGUN,				/* a call has left the queue */
	MODEL_ANSWER,				/* JSON: suggestions as the service sends them, or tokens */
	MODEL_FAILED,				/* why this call failed; nothing of its note */
	MODEL_CANCELLED,			/* the end of a call that was cancelled */
	MODEL_CHANGED				/* the model's files have another content */
} ModelFrameType;

typedef struct ModelFrame
{
	uint32_t	type;			/* a ModelFrameType */
	uint32_t	length;			/* bytes that follow */
	uint64_t	call;			/* the engine's number of the call; 0 for none */
	uint32_t	argument;
	uint32_t	is_begun;		/* of a call: a thread is free, the engine need not be told MODEL_BEGUN */
} ModelFrame;

#endif							/* FHIR_BRIDGE_BASE_MODEL_PROTOCOL_H */
