/*
 * pretty.h
 *		JSON with line breaks and indentation, its members in their order.
 */
#ifndef GATEWAY_PRETTY_H
#define GATEWAY_PRETTY_H

#include <event2/buffer.h>

/* Adds JSON text, which the database has made, indented by two blanks a level. */
extern void pretty_print(struct evbuffer *out, const char *json);

#endif
