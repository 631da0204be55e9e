/*
 * runtime.c
 *		Loading ONNX Runtime, and a model in it.  plain C: no server headers.
 *
 * The library is found when the program runs, not when it is built: without it
 * everything builds and installs, and a call says what is missing.  Its own
 * log is switched off; what it has to say about a file comes with its status.
 *
 * A session runs in the threads that call it, one each: several notes at a time
 * give more of them than one note in several threads.
 */
#include "model/runtime/runtime.h"

#include <dlfcn.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define WHERE_TO_GET "Install ONNX Runtime (Debian 13: libonnxruntime1.21) or name its library in the server's option library"

/* Takes the words out of a status that is an error; true for success. */
static bool
succeeded(const Runtime *runtime, OrtStatus *status, const char *what, char *fault)
{
	if (status == NULL)
		return true;
	(void) refuse(fault, "%s: %.380s", what, runtime->api.GetErrorMessage(status));
	runtime->api.ReleaseStatus(status);
	return false;
}

/* The library's own log goes nowhere. */
static void
log_nothing(void *parameter, int severity, const char *category, const char *id, const char *place, const char *message)
{
	(void) parameter;
	(void) severity;
	(void) category;
	(void) id;
	(void) place;
	(void) message;
}

/* The newest library of those that the system has; NULL for none. */
static void *
open_systems(void)
{
	static const char *const patterns[] = {
		"/usr/local/lib/libonnxruntime.so.1*",
		"/usr/lib/*/libonnxruntime.so.1*",
		"/usr/lib64/libonnxruntime.so.1*",
		"/usr/lib/libonnxruntime.so.1*",
		"/opt/onnxruntime/lib/libonnxruntime.so.1*",
	};
	void	   *library = dlopen("libonnxruntime.so.1", RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; i < lengthof(patterns) && library == NULL; i++)
	{
		glob_t		found;

		if (glob(patterns[i], 0, NULL, &found) == 0)
		{
			for (size_t n = found.gl_pathc; n > 0 && library == NULL; n--)
				library = dlopen(found.gl_pathv[n - 1], RTLD_NOW | RTLD_LOCAL);
			globfree(&found);
		}
	}
	return library;
}

/* Finds the library and its functions. */
static bool
find_library(Runtime *runtime, const Options *options, char *fault)
{
	bool		is_named = options->library[0] != '\0';
	void	   *library = is_named ? dlopen(options->library, RTLD_NOW | RTLD_LOCAL) : open_systems();
	const OrtApiBase *(*get_base) (void);
	const void *const *table;

	if (library == NULL && is_named)
		return refuse(fault, "could not load the library of ONNX Runtime: %.400s", dlerror());
	if (library == NULL)
		return refuse(fault, "ONNX Runtime is not installed. " WHERE_TO_GET);
	*(void **) &get_base = dlsym(library, "OrtGetApiBase");
	if (get_base == NULL)
		return refuse(fault, "the library \"%s\" is not ONNX Runtime", options->library);
	runtime->version = get_base()->GetVersionString();
	table = get_base()->GetApi(ONNX_API_VERSION);
	if (table == NULL)
		return refuse(fault, "ONNX Runtime %.32s is too old: 1.%d or later is needed", runtime->version, ONNX_API_VERSION);
#define ONNX_TAKE(name, place, type, parameters) memcpy(&runtime->api.name, &table[place], sizeof(void *));
	ONNX_FUNCTIONS(ONNX_TAKE)
	return true;
}

/* Makes ready for a model: the library, its environment. */
bool
runtime_load(Runtime *runtime, const Options *options, char *fault)
{
	memset(runtime, 0, sizeof(Runtime));
	runtime->is_on_gpu = strcmp(options->provider, "cuda") == 0;
	return find_library(runtime, options, fault) &&
		succeeded(runtime, runtime->api.CreateEnvWithCustomLogger(log_nothing, NULL, ONNX_LOG_FATAL, "fhir_bridge", &runtime->env),
				  "could not start ONNX Runtime", fault) &&
		succeeded(runtime, runtime->api.CreateCpuMemoryInfo(ONNX_DEVICE_ALLOCATOR, ONNX_MEMORY_DEFAULT, &runtime->memory),
				  "could not start ONNX Runtime", fault);
}

/* Puts the model onto the first GPU. */
static bool
use_gpu(const Runtime *runtime, OrtSessionOptions *options, char *fault)
{
	OrtCudaOptions *cuda;
	bool		is_good;

	if (!succeeded(runtime, runtime->api.CreateCUDAProviderOptions(&cuda), "the provider cuda is not to be had", fault))
		return false;
	is_good = succeeded(runtime, runtime->api.SessionOptionsAppendExecutionProvider_CUDA_V2(options, cuda),
						"the provider cuda is not to be had", fault);
	runtime->api.ReleaseCUDAProviderOptions(cuda);
	return is_good;
}

/*
 * How a session runs.  Each run has one thread, and threads that wait do not
 * spin: the processors are PostgreSQL's.  Runs share an arena, which keeps what
 * the longest notes at one time needed: the C library's heap, which reuses
 * aligned pieces badly, would keep several times that.  Weights have memory of
 * their own, so that what is freed of them goes back.
 */
static bool
set_options(const Runtime *runtime, OrtSessionOptions *options, char *fault)
{
	const OnnxApi *api = &runtime->api;
	const char *what = "could not set ONNX Runtime up";

	return succeeded(runtime, api->SetIntraOpNumThreads(options, 1), what, fault) &&
		succeeded(runtime, api->SetInterOpNumThreads(options, 1), what, fault) &&
		succeeded(runtime, api->SetSessionExecutionMode(options, ONNX_SEQUENTIAL), what, fault) &&
		succeeded(runtime, api->SetSessionGraphOptimizationLevel(options, ONNX_OPTIMIZE_ALL), what, fault) &&
		succeeded(runtime, api->DisableMemPattern(options), what, fault) &&
		succeeded(runtime, api->AddSessionConfigEntry(options, "session.use_device_allocator_for_initializers", "1"), what, fault) &&
		succeeded(runtime, api->AddSessionConfigEntry(options, "session.intra_op.allow_spinning", "0"), what, fault) &&
		succeeded(runtime, api->AddSessionConfigEntry(options, "session.inter_op.allow_spinning", "0"), what, fault) &&
		(!runtime->is_on_gpu || use_gpu(runtime, options, fault));
}

/*
 * Checks an input or output of the graph: a tensor of a type and so many
 * dimensions, none of them fixed but perhaps the last of an output.
 */
static bool
check_tensor(const Runtime *runtime, OrtTypeInfo *info, const char *path, const char *name, bool is_input, char *fault)
{
	const OnnxApi *api = &runtime->api;
	const OrtTensorInfo *tensor = NULL;
	int			type = 0;
	size_t		count = 0;
	int64_t		dimensions[2] = {0, 0};

	(void) succeeded(runtime, api->CastTypeInfoToTensorInfo(info, &tensor), path, fault);
	if (tensor != NULL)
	{
		(void) succeeded(runtime, api->GetTensorElementType(tensor, &type), path, fault);
		(void) succeeded(runtime, api->GetDimensionsCount(tensor, &count), path, fault);
		if (count == 2)
			(void) succeeded(runtime, api->GetDimensions(tensor, dimensions, 2), path, fault);
	}
	if (type != (is_input ? ONNX_INT64 : ONNX_FLOAT) || count != 2)
		return refuse(fault, "\"%s\" has %s that is not a table of %s", path, name, is_input ? "64-bit integers" : "32-bit floats");
	if (dimensions[0] > 0 || (is_input && dimensions[1] > 0))
		return refuse(fault, "\"%s\" has %s of a fixed size: export the model with dynamic axes", path, name);
	return true;
}

/* Checks one input of the graph, by its name. */
static bool
check_input(Runtime *runtime, const char *path, size_t index, OrtAllocator *allocator, int *found, char *fault)
{
	static const char *const names[] = {"input_ids", "attention_mask", "token_type_ids"};
	char	   *name;
	OrtTypeInfo *info;
	bool		is_good = false;
	size_t		i = 0;

	if (!succeeded(runtime, runtime->api.SessionGetInputName(runtime->session, index, allocator, &name), path, fault) ||
		!succeeded(runtime, runtime->api.SessionGetInputTypeInfo(runtime->session, index, &info), path, fault))
		return false;
	while (i < lengthof(names) && strcmp(names[i], name) != 0)
		i++;
	if (i == lengthof(names))
		(void) refuse(fault, "\"%s\" wants an input %.64s, which is none of a BERT classifier", path, name);
	else
		is_good = check_tensor(runtime, info, path, names[i], true, fault);
	*found |= 1 << i;
	runtime->has_types |= (i == 2);
	runtime->api.ReleaseTypeInfo(info);
	(void) succeeded(runtime, runtime->api.AllocatorFree(allocator, name), path, fault);
	return is_good;
}

/* Finds the output "logits". */
static bool
find_output(Runtime *runtime, const char *path, OrtAllocator *allocator, char *fault)
{
	size_t		count;
	bool		is_good = false;

	if (!succeeded(runtime, runtime->api.SessionGetOutputCount(runtime->session, &count), path, fault))
		return false;
	for (size_t i = 0; i < count && runtime->output == NULL; i++)
	{
		char	   *name;
		OrtTypeInfo *info;

		if (!succeeded(runtime, runtime->api.SessionGetOutputName(runtime->session, i, allocator, &name), path, fault))
			return false;
		if (strcmp(name, "logits") == 0)
		{
			runtime->output = strdup(name);
			if (succeeded(runtime, runtime->api.SessionGetOutputTypeInfo(runtime->session, i, &info), path, fault))
			{
				is_good = check_tensor(runtime, info, path, "logits", false, fault);
				runtime->api.ReleaseTypeInfo(info);
			}
		}
		(void) succeeded(runtime, runtime->api.AllocatorFree(allocator, name), path, fault);
	}
	return runtime->output != NULL ? is_good : refuse(fault, "\"%s\" has no output logits", path);
}

/* Checks the inputs and outputs of the graph. */
static bool
check_graph(Runtime *runtime, const char *path, char *fault)
{
	OrtAllocator *allocator;
	size_t		count;
	int			found = 0;

	if (!succeeded(runtime, runtime->api.GetAllocatorWithDefaultOptions(&allocator), path, fault) ||
		!succeeded(runtime, runtime->api.SessionGetInputCount(runtime->session, &count), path, fault))
		return false;
	for (size_t i = 0; i < count; i++)
	{
		if (!check_input(runtime, path, i, allocator, &found, fault))
			return false;
	}
	if ((found & 3) != 3)
		return refuse(fault, "\"%s\" has no input_ids or no attention_mask", path);
	return find_output(runtime, path, allocator, fault);
}

/* Loads a model.  False, with the reason, when it is none that is supported. */
bool
runtime_open(Runtime *runtime, const char *path, char *fault)
{
	OrtSessionOptions *options;
	bool		is_good;
	char		what[FAULT_SIZE];

	(void) refuse(what, "could not load \"%.200s\"", path);
	if (!succeeded(runtime, runtime->api.CreateSessionOptions(&options), what, fault))
		return false;
	is_good = set_options(runtime, options, fault) &&
		succeeded(runtime, runtime->api.CreateSession(runtime->env, path, options, &runtime->session), what, fault);
	runtime->api.ReleaseSessionOptions(options);
	return is_good && check_graph(runtime, path, fault);
}
