/*
 * classify.h
 *		From a note's tokens to its labels.  plain C: no server headers.
 */
#ifndef FHIR_BRIDGE_MODEL_CLASSIFY_H
#define FHIR_BRIDGE_MODEL_CLASSIFY_H

#include "model/runtime/runtime.h"

/* A model that is ready, as all threads use it. */
typedef struct Model
{
	Options		options;
	Folder		folder;
	Runtime		runtime;
	bool		joins_notes;	/* several notes may be run together */
} Model;

/* A window of a note: so many tokens from here on. */
typedef struct Window
{
	size_t		start;
	size_t		count;
} Window;

/* in classify.c */
extern bool model_open(Model *model, char *fault);
extern size_t window_count(const Model *model, size_t tokens);
extern Window window_get(const Model *model, size_t tokens, size_t number);
extern size_t window_room(const Model *model);
extern void logits_to_probabilities(const Model *model, const float *logits, double *probabilities);
extern bool run_windows(Model *model, Run *run, const Tokens *const *notes, const Window *windows, size_t count,
						double *probabilities, char *fault);
extern void write_suggestions(const Model *model, const double *probabilities, size_t top, Bytes *out);
extern void write_tokens(const Model *model, const Tokens *tokens, size_t limit, Bytes *out);

#endif							/* FHIR_BRIDGE_MODEL_CLASSIFY_H */
