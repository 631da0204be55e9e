/*
 * model_run.c
 *		Running the model on the tokens of one note, or of several of one length.
 *		plain C: no server headers.
 *
 * What the runtime says of a run that failed may hold a token's number.  It is
 * not passed on.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/runtime/runtime.h"

/* Forgets an error; true for success. */
static bool
is_good(const Runtime *runtime, OrtStatus *status)
{
	if (status != NULL)
		runtime->api.ReleaseStatus(status);
	return status == NULL;
}

/* Prepares a run that another thread may end. */
bool
run_prepare(const Runtime *runtime, Run *run)
{
	run->options = NULL;
	return is_good(runtime, runtime->api.CreateRunOptions(&run->options));
}

/* Asks a run to end, from another thread; most do within milliseconds. */
void
run_terminate(const Runtime *runtime, Run *run)
{
	(void) is_good(runtime, runtime->api.RunOptionsSetTerminate(run->options));
}

/* A run is over. */
void
run_release(const Runtime *runtime, Run *run)
{
	runtime->api.ReleaseRunOptions(run->options);
	run->options = NULL;
}

/* A table of notes by tokens for the runtime, over the caller's numbers. */
static OrtValue *
make_table(const Runtime *runtime, int64_t *numbers, size_t notes, size_t length)
{
	int64_t		shape[] = {(int64_t) notes, (int64_t) length};
	OrtValue   *value = NULL;

	(void) is_good(runtime, runtime->api.CreateTensorWithDataAsOrtValue(runtime->memory, numbers, notes * length * sizeof(int64_t),
																		shape, 2, ONNX_INT64, &value));
	return value;
}

/*
 * Copies the logits out, which must be numbers, as many for each note as at the
 * self-test; that takes their number.
 */
static bool
take_logits(Runtime *runtime, OrtValue *output, size_t notes, float **logits, char *fault)
{
	OrtTensorInfo *info;
	int64_t		shape[2] = {0, 0};
	size_t		count = 0;
	float	   *found = NULL;

	if (!is_good(runtime, runtime->api.GetTensorTypeAndShape(output, &info)))
		return refuse(fault, "the model gave no table of logits");
	if (is_good(runtime, runtime->api.GetDimensionsCount(info, &count)) && count == 2)
		(void) is_good(runtime, runtime->api.GetDimensions(info, shape, 2));
	runtime->api.ReleaseTensorTypeAndShapeInfo(info);
	if (shape[0] != (int64_t) notes || shape[1] < 1 || (runtime->outputs > 0 && shape[1] != (int64_t) runtime->outputs) ||
		!is_good(runtime, runtime->api.GetTensorMutableData(output, (void **) &found)))
		return refuse(fault, "the model gave a table of logits of another size");
	if (runtime->outputs == 0)
		runtime->outputs = (size_t) shape[1];
	count = notes * runtime->outputs;
	for (size_t i = 0; i < count; i++)
	{
		if (!isfinite(found[i]))
			return refuse(fault, "the model gave logits that are no numbers");
	}
	*logits = heap_get(count * sizeof(float));
	memcpy(*logits, found, count * sizeof(float));
	return true;
}

/*
 * Runs the model on notes of so many tokens each; mask is 0 where one is padded.
 * *logits is the caller's to free.  False, with a reason that says nothing of
 * the notes, when the runtime fails or the run was told to end.
 */
bool
run_model(Runtime *runtime, Run *run, int64_t *ids, int64_t *mask, size_t notes, size_t length, float **logits, char *fault)
{
	static const char *const names[] = {"input_ids", "attention_mask", "token_type_ids"};
	int64_t    *types = heap_get(notes * length * sizeof(int64_t));
	OrtValue   *inputs[] = {make_table(runtime, ids, notes, length), make_table(runtime, mask, notes, length),
						  make_table(runtime, types, notes, length)};
	const char *output_name = runtime->output;
	OrtValue   *output = NULL;
	bool		is_run = inputs[0] != NULL && inputs[1] != NULL && inputs[2] != NULL;

	is_run = is_run && is_good(runtime, runtime->api.Run(runtime->session, run->options, names,
														 (const OrtValue *const *) inputs, runtime->has_types ? 3 : 2,
														 &output_name, 1, &output));
	if (is_run)
		is_run = take_logits(runtime, output, notes, logits, fault);
	else
		(void) refuse(fault, "ONNX Runtime failed while it ran the model");
	if (output != NULL)
		runtime->api.ReleaseValue(output);
	for (size_t i = 0; i < lengthof(inputs); i++)
	{
		if (inputs[i] != NULL)
			runtime->api.ReleaseValue(inputs[i]);
	}
	free(types);
	return is_run;
}
