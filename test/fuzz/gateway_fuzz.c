/*
 * gateway_fuzz.c
 *		What the gateway reads of strangers: heads, addresses, forms, tokens,
 *		conditions, and the search that a narrow scope may make; and the
 *		database's COPY of an export.
 *
 * The first byte says which of them gets the rest, unless GATEWAY_FUZZ does:
 * 0 heads, 1 addresses and forms, 2 tokens, 3 scopes and conditions, 4 COPY.
 * The harness also checks
 * what the readers promise: a head that is taken has one host and a length of
 * digits, decoded text is UTF-8 without control characters, a token that was
 * made here comes back as it went in, and one that was changed does not.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/access/jwt.h"
#include "gateway/access/scope.h"
#include "gateway/export/copy_lines.h"
#include "gateway/http/head.h"
#include "gateway/http/http_url.h"
#include "gateway/routes/conditional.h"

static const char secret[] = "a secret of the fuzzer, 32 bytes!";

/* Ends the run: a promise was broken. */
static void
expect(int good)
{
	if (!good)
		abort();
}

/* A head, as it comes in two parts. */
static void
fuzz_head(Arena *arena, const uint8_t *data, size_t size)
{
	Head	   *head = arena_alloc(arena, sizeof(Head));
	size_t		scanned = 0;
	size_t		length = 0;
	size_t		half = size / 2;
	char	   *text = arena_copy(arena, (const char *) data, size);
	int			status = head_find_end(text, half, &scanned, &length);
	UrlPath		path;

	if (status == 0)
		status = head_find_end(text, size, &scanned, &length);
	if (status != 200)
		return;
	expect(length <= size && length >= 4);
	text[length] = '\0';
	if (head_read(text, length, head) != 200)
		return;
	expect(head->target[0] == '/' || strcmp(head->target, "*") == 0);
	expect(head->minor == 0 || head_value(head, "Host") != NULL);
	expect(head_value(head, "Transfer-Encoding") == NULL);
	for (int i = 0; i < head->nheaders; i++)
		expect(strpbrk(head->headers[i].name, " \t\r\n:") == NULL && strpbrk(head->headers[i].value, "\r\n") == NULL);
	url_split(arena, head->target, &path);
}

/* An address: its path, and fields of its query. */
static void
fuzz_url(Arena *arena, const char *text)
{
	UrlPath		path;
	bool		bad = false;
	const char *name;

	if (url_split(arena, text, &path) == 200)
		for (int i = 0; i < path.nsegments; i++)
		{
			expect(url_is_utf8(path.segments[i], strlen(path.segments[i])) && strchr(path.segments[i], '/') == NULL);
			for (const char *c = path.segments[i]; *c != '\0'; c++)
				expect((unsigned char) *c >= ' ' && *c != 127);
		}
	for (int i = 0; i < 20 && (name = url_field_name(arena, text, i, &bad)) != NULL; i++)
	{
		bool		spoiled = false;
		const char *value = url_field(arena, text, name, &spoiled);

		expect(value == NULL || url_is_utf8(value, strlen(value)));
	}
	scope_looks_further(arena, text);
	/* what was encoded is decoded to the same */
	if (url_is_utf8(text, strlen(text)) && strpbrk(text, "\1\2\3\4\5\6\7\b\v\f\16\17\20\21\22\23\24\25\26\27\30\31\32\33\34\35\36\37\177") == NULL)
	{
		char	   *field = arena_printf(arena, "a=%s", url_encode(arena, text));
		const char *back;

		bad = false;
		back = url_field(arena, field, "a", &bad);
		expect(!bad && back != NULL && strcmp(back, text) == 0);
	}
}

/* A token: a stranger's, and ours with a byte changed. */
static void
fuzz_token(Arena *arena, const char *text, size_t size)
{
	JwtClaims	given = {"alice", "alice", NULL, 1000, 2000};
	JwtClaims	read;
	char	   *token = jwt_make(arena, secret, &given);
	size_t		place = size > 1 ? (unsigned char) text[0] * 256 + (unsigned char) text[1] : 0;
	size_t		decoded;

	expect(!jwt_read(arena, secret, text, 1500, &read));
	expect(jwt_read(arena, secret, token, 1500, &read) && strcmp(read.role, "alice") == 0 && read.expires == 2000);
	expect(!jwt_read(arena, secret, token, 2031, &read) && !jwt_read(arena, secret, token, 969, &read));
	if (size > 2 && token[place % strlen(token)] != text[2])
	{
		token[place % strlen(token)] = text[2];
		expect(!jwt_read(arena, secret, token, 1500, &read));
	}
	if (base64url_decode(arena, text, strlen(text), &decoded) != NULL)
		expect(decoded <= strlen(text));
}

/* A scope, and conditions and times of a request. */
static void
fuzz_words(Arena *arena, const char *text)
{
	bool		any;
	int64_t		seconds;
	int64_t		again;

	conditional_tags(arena, text, &any);
	conditional_time(text);
	if (conditional_instant(text, &seconds) && seconds > INT64_C(-62100000000) && seconds < INT64_C(253402300000))
		expect(conditional_instant(conditional_instant_of(arena, seconds), &again) && again == seconds);
	/* what covers both rights covers each, and what covers something has a good word */
	expect(!scope_covers(text, "Patient", "rs") || (scope_covers(text, "Patient", "r") && scope_covers(text, "Patient", "s")));
	expect(!scope_is_good(text) || strstr(text, "system/") != NULL);
	expect(!scope_covers("system/Observation.rs system/Patient.r", "Patient", "s") && scope_covers("system/*.rs", "Patient", "rs"));
}

/* A COPY: in pieces it reads as it does whole. */
static void
fuzz_copy(const char *data, size_t size, size_t piece)
{
	static char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";
	char	   *text[2] = {NULL, NULL};
	size_t		length[2];
	CopyLines	copy[2];
	CopyResult	result[2];

	for (int i = 0; i < 2; i++)
	{
		FILE	   *out = open_memstream(&text[i], &length[i]);
		size_t		step = i == 0 ? size + 1 : piece + 1;

		copy_lines_begin(&copy[i], out);
		result[i] = copy_lines_take(&copy[i], header, sizeof(header) - 1);
		for (size_t at = 0; at < size && result[i] == COPY_GOOD; at += step)
			result[i] = copy_lines_take(&copy[i], data + at, size - at < step ? size - at : step);
		fclose(out);
	}
	expect(result[0] == result[1] && copy[0].count == copy[1].count && copy_lines_whole(&copy[0]) == copy_lines_whole(&copy[1]));
	expect(length[0] == length[1] && memcmp(text[0], text[1], length[0]) == 0 && length[0] <= size + copy[0].count);
	free(text[0]);
	free(text[1]);
}

/* The kind that GATEWAY_FUZZ asks for; -1: each input's first character says it, as in the seeds. */
static int
kind_of(const uint8_t *data)
{
	static int	asked = -2;

	if (asked == -2)
		asked = getenv("GATEWAY_FUZZ") != NULL ? atoi(getenv("GATEWAY_FUZZ")) : -1;
	return asked >= 0 ? asked : (uint8_t) (data[0] - '0') % 5;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Arena		arena = {NULL, NULL, 0};
	char	   *text;

	if (size == 0)
		return 0;
	text = arena_copy(&arena, (const char *) data + 1, size - 1);
	switch (kind_of(data))
	{
		case 0:
			fuzz_head(&arena, data + 1, size - 1);
			break;
		case 1:
			fuzz_url(&arena, text);
			break;
		case 2:
			fuzz_token(&arena, text, size - 1);
			break;
		case 3:
			fuzz_words(&arena, text);
			break;
		case 4:
			fuzz_copy((const char *) data + 1, size - 1, data[0] / 5);
			break;
	}
	arena_free(&arena);
	return 0;
}
