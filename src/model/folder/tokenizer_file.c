/*
 * tokenizer_file.c
 *		A tokenizer from tokenizer.json, or from vocab.txt.  plain C: no server headers.
 *
 * What the file asks for and this program does not do is refused by its name:
 * a tokenizer that is nearly right gives probabilities that are nearly right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/folder/folder.h"

#define LONGEST_WORD 512		/* characters; tokenize.c looks at no longer ones */

/* A member's type, or what JSON calls a value without one. */
static const char *
type_of(const Json *part)
{
	const char *type = json_string(json_member(part, "type"));

	return type != NULL ? type : part == NULL || part->type == JSON_NULL ? "nothing" : "something without a type";
}

/* The rules of the normalizer. */
static bool
take_normalizer(const char *path, const Json *part, NormalizeRules *rules, char *fault)
{
	if (strcmp(type_of(part), "BertNormalizer") != 0)
		return refuse(fault, "\"%s\" has %.64s for a normalizer; only BertNormalizer is supported", path, type_of(part));
	rules->cleans = json_truth(json_member(part, "clean_text"), true);
	rules->spaces_chinese = json_truth(json_member(part, "handle_chinese_chars"), true);
	rules->lowers = json_truth(json_member(part, "lowercase"), true);
	/* null means: as the case */
	rules->strips_accents = json_truth(json_member(part, "strip_accents"), rules->lowers);
	return true;
}

/* The number of a word that must be there. */
static bool
need_word(const char *path, const Tokenizer *tokenizer, const char *word, int32_t *token, char *fault)
{
	*token = vocabulary_find(&tokenizer->words, word, strlen(word));
	return *token != NO_TOKEN ? true : refuse(fault, "\"%s\" has no token %.64s", path, word);
}

/* The words. */
static bool
take_model(const char *path, const Json *part, Tokenizer *tokenizer, char *fault)
{
	const Json *words = json_member(part, "vocab");
	const char *prefix = json_string(json_member(part, "continuing_subword_prefix"));
	const char *unknown = json_string(json_member(part, "unk_token"));
	long		longest = json_integer(json_member(part, "max_input_chars_per_word"), 100);

	/* files of long ago have no type for WordPiece */
	if (json_member(part, "type") != NULL ? strcmp(type_of(part), "WordPiece") != 0 : json_member(part, "merges") != NULL)
		return refuse(fault, "\"%s\" is a tokenizer of type %.64s; only WordPiece is supported", path, type_of(part));
	if (words == NULL || words->type != JSON_OBJECT || words->first == NULL)
		return refuse(fault, "\"%s\" has no vocabulary", path);
	if (longest < 1 || longest > LONGEST_WORD)
		return refuse(fault, "\"%s\" has max_input_chars_per_word %ld; 1 to %d are supported", path, longest, LONGEST_WORD);
	tokenizer->longest_word = (int) longest;
	tokenizer->prefix = strdup(prefix != NULL ? prefix : "##");
	tokenizer->prefix_length = strlen(tokenizer->prefix);
	for (const Json *word = words->first; word != NULL; word = word->next)
	{
		long		token = json_integer(word, -1);

		if (token < 0 || token > TOKEN_MAX)
			return refuse(fault, "\"%s\" has a word whose number is none", path);
		vocabulary_add(&tokenizer->words, word->key, word->key_length, (int32_t) token);
	}
	return need_word(path, tokenizer, unknown != NULL ? unknown : "[UNK]", &tokenizer->unknown, fault);
}

/* One token that is cut out of texts, as both kinds of file describe it. */
static bool
take_added(const char *path, const Json *part, long token, Tokenizer *tokenizer, char *fault)
{
	const char *content = json_string(json_member(part, "content"));

	if (content == NULL || token < 0 || token > TOKEN_MAX)
		return refuse(fault, "\"%s\" has an added token without content or number", path);
	if (json_truth(json_member(part, "single_word"), false))
		return refuse(fault, "\"%s\" has the added token %.64s with single_word, which is not supported", path, content);
	vocabulary_add(&tokenizer->words, content, strlen(content), (int32_t) token);
	/* lstrip and rstrip take white space along, which gives no token anyway */
	tokenizer_add(tokenizer, content, (int32_t) token,
				  json_truth(json_member(part, "normalized"), !json_truth(json_member(part, "special"), false)));
	return true;
}

/* All of them. */
static bool
take_all_added(const char *path, const Json *list, Tokenizer *tokenizer, char *fault)
{
	for (const Json *part = list != NULL ? list->first : NULL; part != NULL; part = part->next)
	{
		if (!take_added(path, part, json_integer(json_member(part, "id"), -1), tokenizer, fault))
			return false;
	}
	return true;
}

/* The token that a template puts at its place; NULL for anything else there. */
static const char *
template_token(const Json *piece)
{
	return json_string(json_member(json_member(piece, "SpecialToken"), "id"));
}

/* The tokens in front of each text and behind it. */
static bool
take_ends(const char *path, const Json *part, Tokenizer *tokenizer, char *fault)
{
	const char *first = NULL;
	const char *last = NULL;
	const char *type = type_of(part);

	if (strcmp(type, "TemplateProcessing") == 0)
	{
		const Json *single = json_member(part, "single");
		const Json *piece = single != NULL ? single->first : NULL;

		first = template_token(piece);
		piece = piece != NULL ? piece->next : NULL;
		if (json_member(piece, "Sequence") != NULL && piece->next != NULL && piece->next->next == NULL)
			last = template_token(piece->next);
	}
	else if (strcmp(type, "BertProcessing") == 0)
	{
		const Json *cls = json_member(part, "cls");
		const Json *sep = json_member(part, "sep");

		first = json_string(cls != NULL ? cls->first : NULL);
		last = json_string(sep != NULL ? sep->first : NULL);
	}
	if (first == NULL || last == NULL)
		return refuse(fault, "\"%s\" has %.64s for a post-processor; only [CLS] text [SEP] is supported", path, type);
	return need_word(path, tokenizer, first, &tokenizer->first, fault) &&
		need_word(path, tokenizer, last, &tokenizer->last, fault);
}

/* Joined notes are padded; what with hardly matters, since it is masked. */
static void
find_padding(Tokenizer *tokenizer)
{
	int32_t		padding = vocabulary_find(&tokenizer->words, "[PAD]", 5);

	tokenizer->padding = padding != NO_TOKEN ? padding : 0;
}

/*
 * The tokenizer of a tokenizer.json, already parsed.  False, with the reason,
 * when it is none that is supported.
 */
bool
tokenizer_read(const char *path, const Json *root, Tokenizer *tokenizer, char *fault)
{
	const char *splitter = type_of(json_member(root, "pre_tokenizer"));

	if (!take_normalizer(path, json_member(root, "normalizer"), &tokenizer->rules, fault))
		return false;
	if (strcmp(splitter, "BertPreTokenizer") != 0)
		return refuse(fault, "\"%s\" has %.64s for a pre-tokenizer; only BertPreTokenizer is supported", path, splitter);
	if (!take_model(path, json_member(root, "model"), tokenizer, fault) ||
		!take_all_added(path, json_member(root, "added_tokens"), tokenizer, fault) ||
		!take_ends(path, json_member(root, "post_processor"), tokenizer, fault))
		return false;
	find_padding(tokenizer);
	return true;
}

/* A special token's name in tokenizer_config.json: a text, or an object with one. */
static const char *
special_name(const Json *config, const char *key, const char *otherwise)
{
	const Json *value = json_member(config, key);
	const char *name = json_string(value != NULL && value->type == JSON_OBJECT ? json_member(value, "content") : value);

	return name != NULL ? name : otherwise;
}

/* Is the class of tokenizer_config.json one that splits as BERT does? */
static bool
is_bert(const char *class)
{
	static const char *const names[] = {"BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "PreTrainedTokenizer"};

	for (size_t i = 0; class != NULL && i < lengthof(names); i++)
	{
		size_t		length = strlen(names[i]);

		if (strncmp(class, names[i], length) == 0 && (class[length] == '\0' || strcmp(class + length, "Fast") == 0))
			return true;
	}
	return class == NULL;
}

/* The words of vocab.txt: a line each, white space at its end aside. */
static void
take_lines(const Bytes *content, Vocabulary *words)
{
	const char *line = content->data;
	const char *end = content->data + content->length;

	for (int32_t token = 0; line < end && token <= TOKEN_MAX; token++)
	{
		const char *next = memchr(line, '\n', end - line);
		size_t		length = (next != NULL ? next : end) - line;

		while (length > 0 && strchr(" \t\r\v\f", line[length - 1]) != NULL)
			length--;
		vocabulary_add(words, line, length, token);
		line = next != NULL ? next + 1 : end;
	}
}

/* The special tokens, which are cut out of texts as well. */
static bool
take_specials(const char *path, const Json *config, Tokenizer *tokenizer, char *fault)
{
	static const char *const specials[][2] = {
		{"unk_token", "[UNK]"}, {"sep_token", "[SEP]"}, {"pad_token", "[PAD]"}, {"cls_token", "[CLS]"}, {"mask_token", "[MASK]"},
	};
	const Json *added = json_member(config, "added_tokens_decoder");

	for (const Json *part = added != NULL ? added->first : NULL; part != NULL; part = part->next)
	{
		if (!take_added(path, part, strtol(part->key, NULL, 10), tokenizer, fault))
			return false;
	}
	for (size_t i = 0; i < lengthof(specials) && added == NULL; i++)
	{
		const char *name = special_name(config, specials[i][0], specials[i][1]);
		int32_t		token = vocabulary_find(&tokenizer->words, name, strlen(name));

		if (token != NO_TOKEN)
			tokenizer_add(tokenizer, name, token, false);
	}
	return need_word(path, tokenizer, special_name(config, "unk_token", "[UNK]"), &tokenizer->unknown, fault) &&
		need_word(path, tokenizer, special_name(config, "cls_token", "[CLS]"), &tokenizer->first, fault) &&
		need_word(path, tokenizer, special_name(config, "sep_token", "[SEP]"), &tokenizer->last, fault);
}

/*
 * The tokenizer of a vocab.txt; config is the tokenizer_config.json beside it,
 * or NULL.  False, with the reason, when it is none that is supported.
 */
bool
vocabulary_read(const char *path, const Bytes *content, const Json *config, Tokenizer *tokenizer, char *fault)
{
	const char *class = json_string(json_member(config, "tokenizer_class"));
	NormalizeRules *rules = &tokenizer->rules;

	if (!is_bert(class))
		return refuse(fault, "the tokenizer_config.json beside \"%s\" is of class %.64s; only BERT's are supported", path, class);
	if (!json_truth(json_member(config, "do_basic_tokenize"), true))
		return refuse(fault, "the tokenizer_config.json beside \"%s\" has do_basic_tokenize false, which is not supported", path);
	if (content->length == 0 || strlen(content->data) != content->length || !utf8_is_valid(content->data, content->length))
		return refuse(fault, "\"%s\" is empty or not UTF-8", path);
	rules->cleans = true;
	rules->lowers = json_truth(json_member(config, "do_lower_case"), true);
	rules->strips_accents = json_truth(json_member(config, "strip_accents"), rules->lowers);
	rules->spaces_chinese = json_truth(json_member(config, "tokenize_chinese_chars"), true);
	tokenizer->longest_word = 100;
	tokenizer->prefix = strdup("##");
	tokenizer->prefix_length = 2;
	take_lines(content, &tokenizer->words);
	if (!take_specials(path, config, tokenizer, fault))
		return false;
	find_padding(tokenizer);
	return true;
}
