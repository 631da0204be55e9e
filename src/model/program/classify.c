/*
 * classify.c
 *		Windows of a note, probabilities of labels, and their text.
 *		plain C: no server headers.
 *
 * A note that is longer than the model is cut, or goes through it in windows
 * that overlap: window n begins n steps into the note, a step being a window's
 * room without the stride, and the last one ends with the note.
 */
#include "model/program/classify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/folder/graph_file.h"

/* Tokens of the note that a run has room for, between its ends. */
size_t
window_room(const Model *model)
{
	return (size_t) model->folder.max_tokens - 2;
}

/* How many windows a note of so many tokens has; an empty note has one. */
size_t
window_count(const Model *model, size_t tokens)
{
	size_t		room = window_room(model);
	size_t		step = room - (size_t) model->options.stride;

	if (model->options.long_notes == NOTES_CUT || tokens <= room)
		return 1;
	return 1 + (tokens - room + step - 1) / step;
}

/* One of a note's windows. */
Window
window_get(const Model *model, size_t tokens, size_t number)
{
	size_t		room = window_room(model);
	Window		window = {.start = number * (room - (size_t) model->options.stride)};

	window.count = tokens - window.start < room ? tokens - window.start : room;
	return window;
}

/* Probabilities from logits: of one label among all, or of each by itself. */
void
logits_to_probabilities(const Model *model, const float *logits, double *probabilities)
{
	size_t		count = model->runtime.outputs;
	double		highest = logits[0];
	double		sum = 0;

	if (model->folder.is_multi_label)
	{
		for (size_t i = 0; i < count; i++)
			probabilities[i] = 1 / (1 + exp(-(double) logits[i]));
		return;
	}
	for (size_t i = 1; i < count; i++)
		highest = logits[i] > highest ? logits[i] : highest;
	for (size_t i = 0; i < count; i++)
		sum += probabilities[i] = exp(logits[i] - highest);
	for (size_t i = 0; i < count; i++)
		probabilities[i] /= sum;
}

/*
 * Runs the model on one window of each of some notes, together; shorter ones
 * are padded.  probabilities has room for all labels of each.  False, with the
 * reason, when the run fails or is ended.
 */
bool
run_windows(Model *model, Run *run, const Tokens *const *notes, const Window *windows, size_t count,
			double *probabilities, char *fault)
{
	const Tokenizer *tokenizer = &model->folder.tokenizer;
	size_t		length = 0;
	int64_t    *ids;
	int64_t    *mask;
	float	   *logits = NULL;
	bool		is_good;

	for (size_t i = 0; i < count; i++)
		length = windows[i].count + 2 > length ? windows[i].count + 2 : length;
	ids = heap_get(count * length * sizeof(int64_t));
	mask = heap_get(count * length * sizeof(int64_t));
	for (size_t i = 0; i < count; i++)
	{
		int64_t    *row = ids + i * length;
		size_t		used = windows[i].count + 2;

		row[0] = tokenizer->first;
		for (size_t n = 0; n < windows[i].count; n++)
			row[n + 1] = notes[i]->ids[windows[i].start + n];
		row[used - 1] = tokenizer->last;
		for (size_t n = 0; n < length; n++)
		{
			if (n >= used)
				row[n] = tokenizer->padding;
			mask[i * length + n] = n < used;
		}
	}
	is_good = run_model(&model->runtime, run, ids, mask, count, length, &logits, fault);
	for (size_t i = 0; is_good && i < count; i++)
		logits_to_probabilities(model, logits + i * model->runtime.outputs, probabilities + i * model->runtime.outputs);
	explicit_bzero(ids, count * length * sizeof(int64_t));
	free(ids);
	free(mask);
	free(logits);
	return is_good;
}

/* Runs the model once, on no note: its outputs must be as many as the labels. */
static bool
try_out(Model *model, char *fault)
{
	int64_t		ids[] = {model->folder.tokenizer.first, model->folder.tokenizer.unknown, model->folder.tokenizer.last};
	int64_t		mask[] = {1, 1, 1};
	float	   *logits = NULL;
	Run			run;
	bool		is_good;

	if (!run_prepare(&model->runtime, &run))
		return refuse(fault, "could not set ONNX Runtime up");
	is_good = run_model(&model->runtime, &run, ids, mask, 1, 3, &logits, fault);
	run_release(&model->runtime, &run);
	free(logits);
	if (!is_good)
	{
		char		why[FAULT_SIZE];

		memcpy(why, fault, FAULT_SIZE);
		return refuse(fault, "\"%.200s\" cannot be run: %.200s", model->folder.model, why);
	}
	return folder_fit_labels(&model->folder, model->runtime.outputs, fault);
}

/*
 * Reads the model that the options name, and tries it out.  False, with the
 * reason, when it cannot be used.
 */
bool
model_open(Model *model, char *fault)
{
	GraphFacts	facts;

	if (!folder_read(&model->options, &model->folder, fault) || !graph_read(&model->folder, &facts, fault))
		return false;
	if (model->options.long_notes != NOTES_CUT && (size_t) model->options.stride >= window_room(model))
		return refuse(fault, "option stride is %d, but a window has only %zu tokens", model->options.stride, window_room(model));
	model->joins_notes = !facts.is_quantized;
	return runtime_load(&model->runtime, &model->options, fault) &&
		runtime_open(&model->runtime, model->folder.model, fault) && try_out(model, fault);
}

/* Appends a text as a JSON string. */
static void
add_json_string(Bytes *out, const char *text)
{
	bytes_add(out, "\"", 1);
	for (const char *c = text; *c != '\0'; c++)
	{
		if (*c == '"' || *c == '\\')
			bytes_add(out, "\\", 1);
		if ((unsigned char) *c < 0x20)
			bytes_format(out, "\\u%04x", (unsigned char) *c);
		else
			bytes_add(out, c, 1);
	}
	bytes_add(out, "\"", 1);
}

/*
 * Appends the most likely labels as the suggestion service would send them:
 * [[{"icd": ..., "prob": ...}, ...]], best first, equal ones in the order of
 * the labels.  top is how many, 0 for all.
 */
void
write_suggestions(const Model *model, const double *probabilities, size_t top, Bytes *out)
{
	size_t		count = model->runtime.outputs;
	size_t		wanted = top > 0 && top < count ? top : count;
	size_t	   *best = heap_get(wanted * sizeof(size_t));
	size_t		found = 0;

	for (size_t i = 0; i < count; i++)
	{
		size_t		place = found;

		if (found == wanted && probabilities[i] <= probabilities[best[found - 1]])
			continue;
		if (found < wanted)
			found++;
		else
			place--;
		for (; place > 0 && probabilities[i] > probabilities[best[place - 1]]; place--)
			best[place] = best[place - 1];
		best[place] = i;
	}
	bytes_add_text(out, "[[");
	for (size_t i = 0; i < found; i++)
	{
		bytes_add_text(out, i > 0 ? ",{\"icd\":" : "{\"icd\":");
		add_json_string(out, model->folder.labels.names[best[i]]);
		bytes_format(out, ",\"prob\":%.17g}", probabilities[best[i]]);
	}
	bytes_add_text(out, "]]");
	free(best);
}

/* In how many of a note's windows one of its tokens is; 0 for one that was cut off. */
static size_t
windows_around(const Model *model, size_t windows, size_t token)
{
	size_t		room = window_room(model);
	size_t		step = room - (size_t) model->options.stride;
	size_t		first;
	size_t		last;

	if (windows == 1)
		return token < room;
	first = token < room ? 0 : (token - room) / step + 1;
	last = token / step < windows ? token / step : windows - 1;
	return last + 1 - first;
}

/*
 * Appends a note's tokens: [{"token": ..., "id": ..., "windows": ...}, ...], with
 * those in front and behind it; windows is in how many of them a token is, 0
 * for one that was cut off.  Of more than limit bytes it appends one more than
 * that; 0 is no limit.
 */
void
write_tokens(const Model *model, const Tokens *tokens, size_t limit, Bytes *out)
{
	const Tokenizer *tokenizer = &model->folder.tokenizer;
	size_t		windows = window_count(model, tokens->count);

	bytes_add_text(out, "[");
	for (size_t i = 0; i < tokens->count + 2 && (limit == 0 || out->length <= limit); i++)
	{
		int32_t		id = i == 0 ? tokenizer->first : i == tokens->count + 1 ? tokenizer->last : tokens->ids[i - 1];
		const char *text = vocabulary_text(&tokenizer->words, id);
		size_t		within = i == 0 || i == tokens->count + 1 ? windows : windows_around(model, windows, i - 1);

		bytes_add_text(out, i > 0 ? ",{\"token\":" : "{\"token\":");
		add_json_string(out, text != NULL ? text : "");
		bytes_format(out, ",\"id\":%d,\"windows\":%zu}", id, within);
	}
	bytes_add_text(out, "]");
	if (limit > 0 && out->length > limit)
		out->length = limit + 1;
}
