/*
 * onnx_api.h
 *		The part of ONNX Runtime's C interface that is used.  plain C: no server headers.
 *
 * The runtime's library gives a table of functions.  The table only ever grows
 * at its end: a function's place in it is what programs built years ago rely on.
 * So the few functions that are used are declared here, by place, and nothing
 * needs the runtime's own header, which Debian 12 does not carry.  Where that
 * header is installed, test/model compares the places with it.
 *
 * Version 12 of the table has all of them; a library of ONNX Runtime 1.12 or
 * later has version 12.
 */
#ifndef FHIR_BRIDGE_MODEL_ONNX_API_H
#define FHIR_BRIDGE_MODEL_ONNX_API_H

#include <stddef.h>
#include <stdint.h>

#define ONNX_API_VERSION 12

/* Things of the library; only pointers to them are seen here. */
typedef struct OrtStatus OrtStatus; /* NULL for success */
typedef struct OrtEnv OrtEnv;
typedef struct OrtSession OrtSession;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtValue OrtValue;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtAllocator OrtAllocator;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorInfo OrtTensorInfo;
typedef struct OrtCudaOptions OrtCudaOptions;

typedef struct OrtApiBase
{
	const void *const *(*GetApi) (uint32_t version);
	const char *(*GetVersionString) (void);
} OrtApiBase;

/* Values that the interface fixes. */
#define ONNX_FLOAT 1			/* element types */
#define ONNX_INT64 7
#define ONNX_LOG_FATAL 4
#define ONNX_OPTIMIZE_ALL 99
#define ONNX_SEQUENTIAL 0
#define ONNX_DEVICE_ALLOCATOR 0
#define ONNX_MEMORY_DEFAULT 0

typedef void (*OnnxLogger) (void *parameter, int severity, const char *category, const char *id, const char *place,
						   const char *message);

/* Name, place in the table, type of its value, parameters. */
#define ONNX_FUNCTIONS(F) \
	F(GetErrorMessage, 2, const char *, (const OrtStatus *status)) \
	F(CreateEnvWithCustomLogger, 4, OrtStatus *, (OnnxLogger logger, void *parameter, int severity, const char *id, OrtEnv **env)) \
	F(CreateSession, 7, OrtStatus *, (const OrtEnv *env, const char *path, const OrtSessionOptions *options, OrtSession **session)) \
	F(Run, 9, OrtStatus *, (OrtSession *session, const OrtRunOptions *options, const char *const *input_names, \
							const OrtValue *const *inputs, size_t ninputs, const char *const *output_names, size_t noutputs, \
							OrtValue **outputs)) \
	F(CreateSessionOptions, 10, OrtStatus *, (OrtSessionOptions **options)) \
	F(SetSessionExecutionMode, 13, OrtStatus *, (OrtSessionOptions *options, int mode)) \
	F(DisableMemPattern, 17, OrtStatus *, (OrtSessionOptions *options)) \
	F(SetSessionGraphOptimizationLevel, 23, OrtStatus *, (OrtSessionOptions *options, int level)) \
	F(SetIntraOpNumThreads, 24, OrtStatus *, (OrtSessionOptions *options, int threads)) \
	F(SetInterOpNumThreads, 25, OrtStatus *, (OrtSessionOptions *options, int threads)) \
	F(SessionGetInputCount, 30, OrtStatus *, (const OrtSession *session, size_t *count)) \
	F(SessionGetOutputCount, 31, OrtStatus *, (const OrtSession *session, size_t *count)) \
	F(SessionGetInputTypeInfo, 33, OrtStatus *, (const OrtSession *session, size_t index, OrtTypeInfo **info)) \
	F(SessionGetOutputTypeInfo, 34, OrtStatus *, (const OrtSession *session, size_t index, OrtTypeInfo **info)) \
	F(SessionGetInputName, 36, OrtStatus *, (const OrtSession *session, size_t index, OrtAllocator *allocator, char **name)) \
	F(SessionGetOutputName, 37, OrtStatus *, (const OrtSession *session, size_t index, OrtAllocator *allocator, char **name)) \
	F(CreateRunOptions, 39, OrtStatus *, (OrtRunOptions **options)) \
	F(RunOptionsSetTerminate, 46, OrtStatus *, (OrtRunOptions *options)) \
	F(CreateTensorWithDataAsOrtValue, 49, OrtStatus *, (const OrtMemoryInfo *memory, void *data, size_t length, \
														const int64_t *shape, size_t dimensions, int type, OrtValue **value)) \
	F(GetTensorMutableData, 51, OrtStatus *, (OrtValue *value, void **data)) \
	F(CastTypeInfoToTensorInfo, 55, OrtStatus *, (const OrtTypeInfo *info, const OrtTensorInfo **tensor)) \
	F(GetTensorElementType, 60, OrtStatus *, (const OrtTensorInfo *info, int *type)) \
	F(GetDimensionsCount, 61, OrtStatus *, (const OrtTensorInfo *info, size_t *count)) \
	F(GetDimensions, 62, OrtStatus *, (const OrtTensorInfo *info, int64_t *dimensions, size_t count)) \
	F(GetTensorTypeAndShape, 65, OrtStatus *, (const OrtValue *value, OrtTensorInfo **info)) \
	F(CreateCpuMemoryInfo, 69, OrtStatus *, (int allocator, int memory, OrtMemoryInfo **info)) \
	F(AllocatorFree, 76, OrtStatus *, (OrtAllocator *allocator, void *place)) \
	F(GetAllocatorWithDefaultOptions, 78, OrtStatus *, (OrtAllocator **allocator)) \
	F(ReleaseStatus, 93, void, (OrtStatus *status)) \
	F(ReleaseValue, 96, void, (OrtValue *value)) \
	F(ReleaseRunOptions, 97, void, (OrtRunOptions *options)) \
	F(ReleaseTypeInfo, 98, void, (OrtTypeInfo *info)) \
	F(ReleaseTensorTypeAndShapeInfo, 99, void, (OrtTensorInfo *info)) \
	F(ReleaseSessionOptions, 100, void, (OrtSessionOptions *options)) \
	F(AddSessionConfigEntry, 130, OrtStatus *, (OrtSessionOptions *options, const char *key, const char *value)) \
	F(SessionOptionsAppendExecutionProvider_CUDA_V2, 204, OrtStatus *, (OrtSessionOptions *options, const OrtCudaOptions *cuda)) \
	F(CreateCUDAProviderOptions, 205, OrtStatus *, (OrtCudaOptions **cuda)) \
	F(ReleaseCUDAProviderOptions, 208, void, (OrtCudaOptions *cuda))

/* The functions, under their names. */
#define ONNX_MEMBER(name, place, type, parameters) type (*name) parameters;
typedef struct OnnxApi
{
	ONNX_FUNCTIONS(ONNX_MEMBER)
} OnnxApi;

#endif							/* FHIR_BRIDGE_MODEL_ONNX_API_H */
