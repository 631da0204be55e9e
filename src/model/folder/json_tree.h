/*
 * json_tree.h
 *		A JSON text as a tree, for configuration files.  plain C: no server headers.
 *
 * The program is built without PostgreSQL's libraries and has no other use for
 * a library of JSON: it reads three small files, and one of some megabytes,
 * once.
 */
#ifndef FHIR_BRIDGE_MODEL_JSON_TREE_H
#define FHIR_BRIDGE_MODEL_JSON_TREE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum JsonType
{
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
} JsonType;

typedef struct Json
{
	JsonType	type;
	const char *key;			/* of a member, zero-terminated; NULL for none */
	size_t		key_length;		/* bytes; a key may hold a zero */
	const char *text;			/* of a string, or of a number as it stands */
	size_t		length;			/* its bytes */
	struct Json *first;			/* of an array's or object's members */
	struct Json *next;			/* of the same parent */
} Json;

/* in json_tree.c */
extern Json *json_parse(const char *text, size_t length);
extern void json_free(Json *tree);
extern const Json *json_member(const Json *object, const char *key);
extern const char *json_string(const Json *value);
extern bool json_truth(const Json *value, bool otherwise);
extern long json_integer(const Json *value, long otherwise);

#endif							/* FHIR_BRIDGE_MODEL_JSON_TREE_H */
