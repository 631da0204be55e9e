/*
 * graph_file.h
 *		What has to be known of a model's graph before it is loaded.
 *		plain C: no server headers.
 */
#ifndef FHIR_BRIDGE_MODEL_GRAPH_FILE_H
#define FHIR_BRIDGE_MODEL_GRAPH_FILE_H

#include "model/folder/folder.h"

typedef struct GraphFacts
{
	bool		is_quantized;	/* computes with integers somewhere */
} GraphFacts;

/* in graph_file.c */
extern bool graph_read(Folder *folder, GraphFacts *facts, char *fault);

#endif							/* FHIR_BRIDGE_MODEL_GRAPH_FILE_H */
