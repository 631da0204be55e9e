/*
 * folder.h
 *		A model's folder as exporters leave it: tokenizer, labels, configuration.
 *		plain C: no server headers.
 */
#ifndef FHIR_BRIDGE_MODEL_FOLDER_H
#define FHIR_BRIDGE_MODEL_FOLDER_H

#include "model/folder/json_tree.h"
#include "model/folder/refusal.h"
#include "model/tokens/tokenize.h"
#include "model/folder/watch.h"

/* What a note that is longer than the model does. */
typedef enum LongNotes
{
	NOTES_CUT,					/* its front alone counts */
	NOTES_MAX,					/* the highest probability of each label in all windows */
	NOTES_MEAN					/* the mean */
} LongNotes;

/* The options of the server, as the engine hands them over; texts are never NULL. */
typedef struct Options
{
	char	   *folder;
	char	   *labels;			/* a file, empty for the configuration's */
	char	   *library;		/* of ONNX Runtime, empty for the system's */
	char	   *provider;		/* cpu or cuda */
	int			max_tokens;
	int			threads;		/* 0 for half of the processors */
	LongNotes	long_notes;
	int			stride;			/* tokens that neighbouring windows share */
} Options;

typedef struct Labels
{
	char	  **names;
	size_t		count;
	size_t		capacity;
	bool		may_have_head;	/* read from a file whose first line may be a head */
} Labels;

typedef struct Folder
{
	Tokenizer	tokenizer;
	Labels		labels;
	bool		is_multi_label; /* each label has a probability of its own */
	int			max_tokens;		/* with those in front and behind */
	char	   *model;			/* path of the graph */
	WatchList	files;			/* all that was read */
} Folder;

/* in folder.c */
extern bool folder_read(const Options *options, Folder *folder, char *fault);
extern bool folder_fit_labels(Folder *folder, size_t outputs, char *fault);
extern bool file_read(WatchList *files, const char *path, Bytes *content);
extern bool refuse(char *fault, const char *format,...) __attribute__((format(printf, 2, 3)));

/* in tokenizer_file.c */
extern bool tokenizer_read(const char *path, const Json *root, Tokenizer *tokenizer, char *fault);
extern bool vocabulary_read(const char *path, const Bytes *content, const Json *config, Tokenizer *tokenizer, char *fault);

#endif							/* FHIR_BRIDGE_MODEL_FOLDER_H */
