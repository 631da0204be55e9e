/*
 * onnx_api_test.c
 *		Are the places of ONNX Runtime's functions those of its own header?
 *
 * Compiles where that header is installed (libonnxruntime-dev), and there only.
 */
#define OrtApiBase OurApiBase
#include "model/runtime/onnx_api.h"
#undef OrtApiBase

#include <onnxruntime_c_api.h>
#include <stdio.h>

#define COUNT(name, place, type, parameters) \
	if (offsetof(OrtApi, name) == (place) * sizeof(void *)) \
		passed++; \
	else \
		printf("FAILED %s is at %zu, not at %d\n", #name, offsetof(OrtApi, name) / sizeof(void *), place), failed++;

int
main(void)
{
	int			passed = 0;
	int			failed = 0;

	ONNX_FUNCTIONS(COUNT)
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0;
}
