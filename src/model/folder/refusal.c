/*
 * refusal.c
 *		Saying why there is no model.  plain C: no server headers.
 */
#include "model/folder/refusal.h"

#include <stdarg.h>
#include <stdio.h>

/* Writes what is wrong, of FAULT_SIZE bytes at most; false. */
bool
refuse(char *fault, const char *format,...)
{
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(fault, FAULT_SIZE, format, arguments);
	va_end(arguments);
	return false;
}
