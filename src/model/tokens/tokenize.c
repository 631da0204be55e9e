/*
 * tokenize.c
 *		BERT's tokenizer: added tokens, words, pieces of words.  plain C: no server headers.
 *
 * As the reference does it: tokens that were added to the vocabulary are cut out
 * of the text first, the longest of the leftmost each time; what lies between
 * is normalized; added tokens that are normalized themselves are cut out of
 * that; the rest is split at white space and punctuation; and each word becomes
 * the longest pieces that the vocabulary has, from its front, or is unknown.
 *
 * A text is worked on in stretches that end at white space, and no further than
 * the tokens that are wanted: a note of megabytes costs what its front does.
 */
#include "model/tokens/tokenize.h"

#include <stdlib.h>
#include <string.h>

#define STRETCH 4096			/* bytes, and then up to the next white space */
#define WORD_CHARS 512			/* longest word that can be looked at */

/* Appends a token. */
static void
add_token(Tokens *tokens, int32_t token)
{
	tokens->ids = heap_grow(tokens->ids, tokens->count + 1, &tokens->capacity, sizeof(int32_t));
	tokens->ids[tokens->count++] = token;
}

/*
 * Adds a token that is cut out of texts.  One that is normalized is looked for
 * in its normal form; the rules must stand by now.
 */
void
tokenizer_add(Tokenizer *tokenizer, const char *text, int32_t token, bool is_normalized)
{
	Bytes		content = {0};
	AddedToken *added;

	if (is_normalized)
		normalize(&tokenizer->rules, text, strlen(text), &content);
	else
		bytes_add_text(&content, text);
	if (content.length == 0)
	{
		free(content.data);
		return;
	}
	tokenizer->added = heap_grow(tokenizer->added, tokenizer->nadded + 1, &tokenizer->added_capacity, sizeof(AddedToken));
	added = &tokenizer->added[tokenizer->nadded++];
	added->text = content.data;
	added->length = content.length;
	added->token = token;
	added->is_normalized = is_normalized;
	if (is_normalized)
		tokenizer->has_normalized = true;
	else
		tokenizer->added_first_bytes[(unsigned char) content.data[0]] = true;
	if (is_normalized && strpbrk(content.data, " \t\r\n") != NULL)
		tokenizer->added_have_space = true;
}

/* The longest added token at a place of the text, or of its normal form; NULL for none. */
static const AddedToken *
added_at(const Tokenizer *tokenizer, bool is_normalized, const char *text, size_t length)
{
	const AddedToken *found = NULL;

	for (size_t i = 0; i < tokenizer->nadded; i++)
	{
		const AddedToken *added = &tokenizer->added[i];

		if (added->is_normalized == is_normalized && added->length <= length &&
			(found == NULL || added->length > found->length) && memcmp(added->text, text, added->length) == 0)
			found = added;
	}
	return found;
}

/*
 * The longest piece of the vocabulary at a word's place, which is a character's
 * first byte: its token, and in *end the place behind it; NO_TOKEN for none.
 * ends are the places behind each of the word's characters from here on.
 */
static int32_t
find_piece(const Tokenizer *tokenizer, const char *word, size_t start, const size_t *ends, int nends, size_t *end)
{
	const char *prefix = start > 0 ? tokenizer->prefix : "";
	size_t		prefix_length = start > 0 ? tokenizer->prefix_length : 0;
	uint64_t	hashes[WORD_CHARS];
	uint64_t	hash = vocabulary_hash(VOCABULARY_SEED, prefix, prefix_length);
	size_t		at = start;
	int			n = 0;

	while (n < nends && prefix_length + ends[n] - start <= tokenizer->words.longest)
	{
		hash = vocabulary_hash(hash, word + at, ends[n] - at);
		at = ends[n];
		hashes[n++] = hash;
	}
	while (n-- > 0)
	{
		int32_t		token = vocabulary_find_joined(&tokenizer->words, hashes[n], prefix, prefix_length, word + start, ends[n] - start);

		if (token != NO_TOKEN)
		{
			*end = ends[n];
			return token;
		}
	}
	return NO_TOKEN;
}

/* Appends the pieces of a word, which is in its normal form. */
static void
add_word(const Tokenizer *tokenizer, const char *word, size_t length, Tokens *tokens)
{
	size_t		ends[WORD_CHARS];
	size_t		before = tokens->count;
	int			chars = 0;
	int			done = 0;

	for (size_t at = 0; at < length; at++)
	{
		if (at + 1 < length && ((unsigned char) word[at + 1] & 0xC0) == 0x80)
			continue;
		if (chars == tokenizer->longest_word)
		{
			add_token(tokens, tokenizer->unknown);
			return;
		}
		ends[chars++] = at + 1;
	}
	for (size_t start = 0; start < length; start = ends[done - 1])
	{
		size_t		end;
		int32_t		token = find_piece(tokenizer, word, start, ends + done, chars - done, &end);

		if (token == NO_TOKEN)
		{
			tokens->count = before;
			add_token(tokens, tokenizer->unknown);
			return;
		}
		add_token(tokens, token);
		while (ends[done++] != end)
			;
	}
}

/* Appends the tokens of a text in its normal form that holds no added token. */
static void
add_words(const Tokenizer *tokenizer, const char *text, size_t length, Tokens *tokens)
{
	size_t		start = 0;		/* of the word that is open */
	size_t		at = 0;

	while (at < length)
	{
		uint32_t	code;
		int			count = utf8_decode(text + at, length - at, &code);
		unsigned char c = (unsigned char) text[at];
		WordPart	part = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? WORD_LETTER : word_part(code);

		if (part != WORD_LETTER)
		{
			if (at > start)
				add_word(tokenizer, text + start, at - start, tokens);
			if (part == WORD_PUNCTUATION)
				add_word(tokenizer, text + at, count, tokens);
			start = at + count;
		}
		at += count;
	}
	if (at > start)
		add_word(tokenizer, text + start, at - start, tokens);
}

/* Appends the tokens of a text that holds no added token as it stands. */
static void
add_plain(const Tokenizer *tokenizer, const char *text, size_t length, Tokens *tokens)
{
	Bytes		normal = {0};
	size_t		start = 0;

	normalize(&tokenizer->rules, text, length, &normal);
	for (size_t at = 0; tokenizer->has_normalized && at < normal.length;)
	{
		const AddedToken *added = added_at(tokenizer, true, normal.data + at, normal.length - at);

		if (added == NULL)
		{
			at++;
			continue;
		}
		add_words(tokenizer, normal.data + start, at - start, tokens);
		add_token(tokens, added->token);
		start = at += added->length;
	}
	add_words(tokenizer, normal.data + start, normal.length - start, tokens);
	bytes_wipe(&normal);
}

/*
 * Where a stretch of the text ends: at the first white space behind so many
 * bytes.  No mark passes it, and no word.
 */
static size_t
stretch_end(const Tokenizer *tokenizer, const char *text, size_t start, size_t length)
{
	size_t		end = start + STRETCH;

	if (tokenizer->added_have_space || length - start <= STRETCH)
		return length;
	while (end < length && text[end] != ' ' && text[end] != '\n')
		end++;
	return end;
}

/*
 * Appends the tokens of a text, which is UTF-8, without those in front and
 * behind it.  Stops some time after there are enough.
 */
void
tokenize(const Tokenizer *tokenizer, const char *text, size_t length, size_t enough, Tokens *tokens)
{
	size_t		start = 0;

	while (start < length && tokens->count < enough)
	{
		size_t		end = stretch_end(tokenizer, text, start, length);
		const AddedToken *added = NULL;
		size_t		at;

		for (at = start; at < end; at++)
		{
			if (tokenizer->added_first_bytes[(unsigned char) text[at]] &&
				(added = added_at(tokenizer, false, text + at, length - at)) != NULL)
				break;
		}
		add_plain(tokenizer, text + start, at - start, tokens);
		if (added != NULL)
			add_token(tokens, added->token);
		start = at + (added != NULL ? added->length : 0);
	}
}
