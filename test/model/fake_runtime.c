/*
 * fake_runtime.c
 *		A library that looks like ONNX Runtime and computes nothing.
 *
 * Which notes are run together, and when, cannot be told from the answers of a
 * real model.  This one's logits say it: of each note, how many were in its run,
 * how long the padded table was, how many tokens the note has, which run it was,
 * and how the session was set up.  It has the provider cuda, which the machines
 * of the tests have not: what is tried with it is what the program does for a
 * GPU, not a GPU.
 *
 * The test is the clock.  A run says on the socket GATE that it has begun, and
 * ends when it is let go there, or told to end.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "model/runtime/onnx_api.h"

#define GATE 100				/* the number that the test gives its socket */
#define SELF_TEST_TOKENS 3		/* such a run asks nobody */
#define LABELS 12
#define PLACES 300
#define STATUS ((OrtStatus *) "fake")

/* What was asked of the session, as bits of one of the logits. */
#define SET_ONE_THREAD 1
#define SET_OWN_WEIGHTS 2
#define SET_NO_PATTERN 4
#define SET_NO_SPINNING 8
#define SET_CUDA 16

struct OrtRunOptions
{
	atomic_bool is_ended;
};

struct OrtTensorInfo
{
	int			type;
	int64_t		size[2];
};

struct OrtValue
{
	struct OrtTensorInfo info;
	void	   *data;
};

static struct OrtTensorInfo integers = {ONNX_INT64, {-1, -1}};
static struct OrtTensorInfo floats = {ONNX_FLOAT, {-1, LABELS}};
static int	settings;
static int	runs;

/* A thing of which only the address matters. */
static OrtStatus *
give(void **place)
{
	static int	thing;

	*place = &thing;
	return NULL;
}

/* Functions that succeed, those that give a thing, and those that give nothing back. */
#define SUCCEED(name, parameters, ...) static OrtStatus *name parameters { __VA_ARGS__ return NULL; }
#define GIVE(name, parameters, place) static OrtStatus *name parameters { return give((void **) (place)); }
#define RELEASE(name, parameters, ...) static void name parameters { __VA_ARGS__ }

static const char *
GetErrorMessage(const OrtStatus *status)
{
	return (const char *) status;
}

/* Tells of a run, and waits until it may end; false when it was told to end before. */
static bool
wait_at_gate(const OrtRunOptions *options)
{
	char		sign = 'r';

	if (send(GATE, &sign, 1, 0) != 1)
		return false;
	while (!options->is_ended)
	{
		struct timespec ms = {.tv_nsec = 1000000};

		if (recv(GATE, &sign, 1, MSG_DONTWAIT) == 1)
			return true;
		nanosleep(&ms, NULL);
	}
	return false;
}

static OrtStatus *
Run(OrtSession *session, const OrtRunOptions *options, const char *const *input_names, const OrtValue *const *inputs, size_t ninputs,
	const char *const *output_names, size_t noutputs, OrtValue **outputs)
{
	int64_t		notes = inputs[0]->info.size[0];
	int64_t		length = inputs[0]->info.size[1];
	const int64_t *mask = inputs[1]->data;
	OrtValue   *output;
	int			number = __atomic_fetch_add(&runs, 1, __ATOMIC_SEQ_CST);

	if (length > SELF_TEST_TOKENS && !wait_at_gate(options))
		return STATUS;
	output = calloc(1, sizeof(OrtValue));
	output->info = (struct OrtTensorInfo){ONNX_FLOAT, {notes, LABELS}};
	output->data = calloc(notes * LABELS, sizeof(float));
	for (int64_t i = 0; i < notes; i++)
	{
		float	   *logits = (float *) output->data + i * LABELS;
		int			tokens = 0;

		for (int64_t n = 0; n < length; n++)
			tokens += mask[i * length + n] != 0;
		logits[0] = notes / 100.0f;
		logits[1] = length / 100.0f;
		logits[2] = tokens / 100.0f;
		logits[3] = number / 100.0f;
		logits[4] = settings / 100.0f;
	}
	*outputs = output;
	return NULL;
}

static OrtStatus *
SessionGetInputName(const OrtSession *session, size_t index, OrtAllocator *allocator, char **name)
{
	static const char *const names[] = {"input_ids", "attention_mask", "token_type_ids"};

	*name = strdup(names[index]);
	return NULL;
}

static OrtStatus *
CreateTensorWithDataAsOrtValue(const OrtMemoryInfo *memory, void *data, size_t length, const int64_t *shape, size_t dimensions, int type,
							   OrtValue **value)
{
	*value = calloc(1, sizeof(OrtValue));
	**value = (OrtValue){{type, {shape[0], shape[1]}}, data};
	return NULL;
}

static OrtStatus *
AddSessionConfigEntry(OrtSessionOptions *options, const char *key, const char *value)
{
	if (strcmp(key, "session.use_device_allocator_for_initializers") == 0 && strcmp(value, "1") == 0)
		settings |= SET_OWN_WEIGHTS;
	if (strcmp(key, "session.intra_op.allow_spinning") == 0 && strcmp(value, "0") == 0)
		settings |= SET_NO_SPINNING;
	return NULL;
}

/* The functions that say no more than their names do. */
#define OTHERS \
	GIVE(CreateEnvWithCustomLogger, (OnnxLogger logger, void *parameter, int severity, const char *id, OrtEnv **env), env) \
	GIVE(CreateSession, (const OrtEnv *env, const char *path, const OrtSessionOptions *options, OrtSession **session), session) \
	GIVE(CreateSessionOptions, (OrtSessionOptions **options), options) \
	GIVE(CreateCpuMemoryInfo, (int allocator, int memory, OrtMemoryInfo **info), info) \
	GIVE(CreateCUDAProviderOptions, (OrtCudaOptions **cuda), cuda) \
	GIVE(GetAllocatorWithDefaultOptions, (OrtAllocator **allocator), allocator) \
	SUCCEED(SetSessionExecutionMode, (OrtSessionOptions *options, int mode)) \
	SUCCEED(SetSessionGraphOptimizationLevel, (OrtSessionOptions *options, int level)) \
	SUCCEED(SetInterOpNumThreads, (OrtSessionOptions *options, int threads)) \
	SUCCEED(SetIntraOpNumThreads, (OrtSessionOptions *options, int threads), settings |= threads == 1 ? SET_ONE_THREAD : 0;) \
	SUCCEED(DisableMemPattern, (OrtSessionOptions *options), settings |= SET_NO_PATTERN;) \
	SUCCEED(SessionOptionsAppendExecutionProvider_CUDA_V2, (OrtSessionOptions *options, const OrtCudaOptions *cuda), settings |= SET_CUDA;) \
	RELEASE(ReleaseSessionOptions, (OrtSessionOptions *options)) \
	RELEASE(ReleaseCUDAProviderOptions, (OrtCudaOptions *cuda)) \
	SUCCEED(SessionGetInputCount, (const OrtSession *session, size_t *count), *count = 3;) \
	SUCCEED(SessionGetOutputCount, (const OrtSession *session, size_t *count), *count = 1;) \
	SUCCEED(SessionGetInputTypeInfo, (const OrtSession *session, size_t index, OrtTypeInfo **info), *info = (OrtTypeInfo *) &integers;) \
	SUCCEED(SessionGetOutputTypeInfo, (const OrtSession *session, size_t index, OrtTypeInfo **info), *info = (OrtTypeInfo *) &floats;) \
	SUCCEED(SessionGetOutputName, (const OrtSession *session, size_t index, OrtAllocator *allocator, char **name), *name = strdup("logits");) \
	SUCCEED(CastTypeInfoToTensorInfo, (const OrtTypeInfo *info, const OrtTensorInfo **tensor), *tensor = (const OrtTensorInfo *) info;) \
	SUCCEED(GetTensorElementType, (const OrtTensorInfo *info, int *type), *type = info->type;) \
	SUCCEED(GetDimensionsCount, (const OrtTensorInfo *info, size_t *count), *count = 2;) \
	SUCCEED(GetDimensions, (const OrtTensorInfo *info, int64_t *dimensions, size_t count), memcpy(dimensions, info->size, count * sizeof(int64_t));) \
	SUCCEED(AllocatorFree, (OrtAllocator *allocator, void *place), free(place);) \
	RELEASE(ReleaseTypeInfo, (OrtTypeInfo *info)) \
	RELEASE(ReleaseTensorTypeAndShapeInfo, (OrtTensorInfo *info)) \
	RELEASE(ReleaseStatus, (OrtStatus *status)) \
	SUCCEED(CreateRunOptions, (OrtRunOptions **options), *options = calloc(1, sizeof(OrtRunOptions));) \
	SUCCEED(RunOptionsSetTerminate, (OrtRunOptions *options), options->is_ended = true;) \
	RELEASE(ReleaseRunOptions, (OrtRunOptions *options), free(options);) \
	SUCCEED(GetTensorTypeAndShape, (const OrtValue *value, OrtTensorInfo **info), *info = (OrtTensorInfo *) &value->info;) \
	SUCCEED(GetTensorMutableData, (OrtValue *value, void **data), *data = value->data;) \
	RELEASE(ReleaseValue, (OrtValue *value), if (value->info.type == ONNX_FLOAT) free(value->data); free(value);)
OTHERS

#define PLACE(name, place, type, parameters) [place] = (const void *) name,

static const void *const *
get_api(uint32_t version)
{
	static const void *const table[PLACES] = {ONNX_FUNCTIONS(PLACE)};

	return version <= ONNX_API_VERSION ? table : NULL;
}

static const char *
get_version(void)
{
	return "0.0.fake";
}

const OrtApiBase *OrtGetApiBase(void);

const OrtApiBase *
OrtGetApiBase(void)
{
	static const OrtApiBase base = {get_api, get_version};

	return &base;
}
