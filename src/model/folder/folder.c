/*
 * folder.c
 *		Reading a model's folder.  plain C: no server headers.
 *
 *	config.json				id2label, problem_type, max_position_embeddings
 *	tokenizer.json			words and rules; without it
 *	vocab.txt				one word a line, and the rules in
 *	tokenizer_config.json	(also model_max_length)
 *	model.onnx				the graph; its weights may lie in files beside it
 *
 * The option "labels" names a file with one label a line, which goes before
 * id2label.
 */
#include "model/folder/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (256 << 20)	/* bytes of a file that is read as a whole */
#define FEWEST_TOKENS 3			/* one of the text between its ends */

/*
 * Reads a file as a whole and remembers it among those that were read; false,
 * with errno, when it cannot be read.
 */
bool
file_read(WatchList *files, const char *path, Bytes *content)
{
	int			descriptor;
	char		piece[65536];
	ssize_t		got;

	watch_add(files, path);
	descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (descriptor < 0)
		return false;
	while ((got = read(descriptor, piece, sizeof(piece))) > 0)
	{
		bytes_add(content, piece, got);
		if (content->length > FILE_MAX)
		{
			got = -1;
			errno = EFBIG;
			break;
		}
	}
	close(descriptor);
	return got == 0;
}

/*
 * Reads a JSON file of the folder, if it is there.  *tree is NULL for one that
 * is not.  False when it cannot be read or is not JSON.
 */
static bool
json_read(Folder *folder, const char *path, Json **tree, char *fault)
{
	Bytes		content = {0};
	bool		is_read = file_read(&folder->files, path, &content);
	int			error = errno;

	*tree = is_read && content.length > 0 && utf8_is_valid(content.data, content.length) ? json_parse(content.data, content.length) : NULL;
	free(content.data);
	if (!is_read)
		return error == ENOENT ? true : refuse(fault, "could not read \"%s\": %s", path, strerror(error));
	return *tree != NULL ? true : refuse(fault, "\"%s\" is not valid JSON", path);
}

/* Adds a label. */
static void
add_label(Labels *labels, const char *text, size_t length)
{
	labels->names = heap_grow(labels->names, labels->count + 1, &labels->capacity, sizeof(char *));
	labels->names[labels->count++] = strndup(text, length);
}

/*
 * One line of the file of labels: the label is at most as long as the line,
 * which it overwrites.  Gives its length, or -1 for a line of several columns.
 */
static long
unquote(char *line)
{
	char	   *out = line;

	if (line[0] != '"')
		return strchr(line, ',') == NULL ? (long) strlen(line) : -1;
	for (char *in = line + 1; *in != '\0'; in++)
	{
		if (*in == '"' && *++in != '"')
			return *in == '\0' ? out - line : -1;
		*out++ = *in;
	}
	return -1;
}

/* Reads the file of labels: a CSV of one column. */
static bool
labels_read(Folder *folder, const char *path, char *fault)
{
	Bytes		content = {0};
	char	   *rest;
	char	   *line;
	int			number = 0;

	if (!file_read(&folder->files, path, &content))
		return refuse(fault, "could not read \"%s\": %s", path, strerror(errno));
	if (content.length == 0 || !utf8_is_valid(content.data, content.length) || strlen(content.data) != content.length)
		return refuse(fault, "\"%s\" is empty or not UTF-8", path);
	rest = strncmp(content.data, "\xEF\xBB\xBF", 3) == 0 ? content.data + 3 : content.data;
	while ((line = strsep(&rest, "\n")) != NULL)
	{
		long		length;

		number++;
		line[strcspn(line, "\r")] = '\0';
		if (line[0] == '\0' && rest == NULL)
			break;
		length = unquote(line);
		if (length <= 0)
			return refuse(fault, "line %d of \"%s\" is not one label", number, path);
		add_label(&folder->labels, line, length);
	}
	folder->labels.may_have_head = true;
	free(content.data);
	return true;
}

/* Takes the labels of config.json, whose members are numbered as they like. */
static bool
labels_take(Folder *folder, const char *path, const Json *config, char *fault)
{
	const Json *map = json_member(config, "id2label");
	const Json *next;
	size_t		count = 0;

	if (map == NULL || map->type != JSON_OBJECT)
		return refuse(fault, "\"%s\" has no id2label, and the server no option labels", path);
	for (const Json *member = map->first; member != NULL; member = member->next)
		count++;
	next = map->first;
	for (size_t i = 0; i < count; i++)
	{
		char		key[24];
		const Json *label;

		/* mostly they are in order */
		snprintf(key, sizeof(key), "%zu", i);
		label = next != NULL && strcmp(next->key, key) == 0 ? next : json_member(map, key);
		if (json_string(label) == NULL)
			return refuse(fault, "id2label of \"%s\" has no text for %s", path, key);
		add_label(&folder->labels, label->text, label->length);
		next = label->next;
	}
	return true;
}

/* What config.json says beside labels. */
static bool
config_take(Folder *folder, const char *path, const Json *config, char *fault)
{
	const char *type = json_string(json_member(config, "problem_type"));
	long		positions = json_integer(json_member(config, "max_position_embeddings"), 0);

	if (type != NULL && strcmp(type, "multi_label_classification") == 0)
		folder->is_multi_label = true;
	else if (type != NULL && strcmp(type, "single_label_classification") != 0)
		return refuse(fault, "\"%s\" has problem_type \"%.64s\", which is no classification", path, type);
	if (positions > 0 && positions < folder->max_tokens)
		folder->max_tokens = (int) positions;
	return true;
}

/* Reads the tokenizer from whichever file has it. */
static bool
tokenizer_find(const Options *options, Folder *folder, char *fault)
{
	char	   *json_path;
	char	   *config_path;
	char	   *words_path;
	Json	   *json = NULL;
	Json	   *config = NULL;
	Bytes		words = {0};
	bool		is_good;
	long		longest;

	if (asprintf(&json_path, "%s/tokenizer.json", options->folder) < 0 ||
		asprintf(&config_path, "%s/tokenizer_config.json", options->folder) < 0 ||
		asprintf(&words_path, "%s/vocab.txt", options->folder) < 0)
		_exit(HEAP_EXIT);
	is_good = json_read(folder, json_path, &json, fault) && json_read(folder, config_path, &config, fault);
	if (is_good && json != NULL)
		is_good = tokenizer_read(json_path, json, &folder->tokenizer, fault);
	else if (is_good && !file_read(&folder->files, words_path, &words))
		is_good = refuse(fault, "\"%s\" has neither tokenizer.json nor vocab.txt that can be read", options->folder);
	else if (is_good)
		is_good = vocabulary_read(words_path, &words, config, &folder->tokenizer, fault);
	longest = json_integer(json_member(config, "model_max_length"), 0);
	if (longest >= FEWEST_TOKENS && longest < folder->max_tokens)
		folder->max_tokens = (int) longest;
	json_free(json);
	json_free(config);
	free(words.data);
	free(json_path);
	free(config_path);
	free(words_path);
	return is_good;
}

/*
 * Reads a model's folder, but for the graph.  False, with the reason in fault,
 * when something is missing or is not as it must be.
 */
bool
folder_read(const Options *options, Folder *folder, char *fault)
{
	char	   *config_path;
	Json	   *config = NULL;
	bool		is_good;

	memset(folder, 0, sizeof(Folder));
	folder->max_tokens = options->max_tokens;
	if (asprintf(&config_path, "%s/config.json", options->folder) < 0 ||
		asprintf(&folder->model, "%s/model.onnx", options->folder) < 0)
		_exit(HEAP_EXIT);
	is_good = json_read(folder, config_path, &config, fault);
	if (is_good && config == NULL)
		is_good = refuse(fault, "\"%s\" does not exist", config_path);
	is_good = is_good && config_take(folder, config_path, config, fault) &&
		(options->labels[0] != '\0' ? labels_read(folder, options->labels, fault) :
		 labels_take(folder, config_path, config, fault)) &&
		tokenizer_find(options, folder, fault);
	if (is_good && folder->max_tokens < FEWEST_TOKENS)
		is_good = refuse(fault, "the model takes only %d tokens", folder->max_tokens);
	json_free(config);
	free(config_path);
	return is_good;
}

/*
 * Makes sure that there are as many labels as the model has outputs; a file of
 * one line more has a head.
 */
bool
folder_fit_labels(Folder *folder, size_t outputs, char *fault)
{
	Labels	   *labels = &folder->labels;

	if (labels->may_have_head && labels->count == outputs + 1)
	{
		free(labels->names[0]);
		memmove(labels->names, labels->names + 1, --labels->count * sizeof(char *));
	}
	if (labels->count != outputs)
		return refuse(fault, "\"%s\" has %zu outputs, but there are %zu labels", folder->model, outputs, labels->count);
	if (outputs == 1)
		folder->is_multi_label = true;
	return true;
}
