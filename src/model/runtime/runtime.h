/*
 * runtime.h
 *		One model in ONNX Runtime.  plain C: no server headers.
 */
#ifndef FHIR_BRIDGE_MODEL_RUNTIME_H
#define FHIR_BRIDGE_MODEL_RUNTIME_H

#include "model/folder/folder.h"
#include "model/runtime/onnx_api.h"

typedef struct Runtime
{
	OnnxApi		api;
	const char *version;		/* of the library */
	OrtEnv	   *env;
	OrtSession *session;
	OrtMemoryInfo *memory;
	bool		has_types;		/* the graph wants token_type_ids */
	char	   *output;			/* name of the logits */
	bool		is_on_gpu;
	size_t		outputs;		/* logits of a note; 0 before the self-test */
} Runtime;

/* A run that can be ended from another thread. */
typedef struct Run
{
	OrtRunOptions *options;
} Run;

/* in runtime.c */
extern bool runtime_load(Runtime *runtime, const Options *options, char *fault);
extern bool runtime_open(Runtime *runtime, const char *path, char *fault);

/* in model_run.c */
extern bool run_prepare(const Runtime *runtime, Run *run);
extern void run_terminate(const Runtime *runtime, Run *run);
extern void run_release(const Runtime *runtime, Run *run);
extern bool run_model(Runtime *runtime, Run *run, int64_t *ids, int64_t *mask, size_t notes, size_t length,
					  float **logits, char *fault);

#endif							/* FHIR_BRIDGE_MODEL_RUNTIME_H */
