/*
 * server.c
 *		As much of a server as the cores need to run without one.
 *
 * The template's and the validator's C call a few functions of the server:
 * memory, lists, errors.  Here they are as small as can be, so that a fuzzer
 * runs the cores alone, thousands of times a second, under sanitizers.  Each
 * allocation is one malloc, so that the smallest step beyond it is seen; all
 * of an input's memory is freed behind it.  The server's JSON parser and its
 * strings are the real ones, from libpgcommon.
 */
#include "postgres.h"

#include <stdlib.h>

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "nodes/value.h"
#include "utils/json.h"

#include "r4/lookup/host.h"
#include "server.h"

#define MAX_STACK (4 * 1024 * 1024)
#define FORMATTED 1024

jmp_buf		fuzz_error;

/* An allocation; its memory follows. */
typedef struct Chunk
{
	struct Chunk *next;
	struct Chunk *before;
	Size		size;
	Size		padding;		/* keeps what follows aligned to 16 bytes */
} Chunk;

static Chunk chunks = {&chunks, &chunks, 0, 0};
static const char *stack_base;

/* Memory. */

void *
palloc(Size size)
{
	Chunk	   *chunk = malloc(sizeof(Chunk) + size);

	if (chunk == NULL)
		abort();
	chunk->size = size;
	chunk->next = chunks.next;
	chunk->before = &chunks;
	chunks.next->before = chunk;
	chunks.next = chunk;
	return chunk + 1;
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

void *
palloc_extended(Size size, int flags)
{
	return flags & MCXT_ALLOC_ZERO ? palloc0(size) : palloc(size);
}

void
pfree(void *pointer)
{
	Chunk	   *chunk = (Chunk *) pointer - 1;

	chunk->next->before = chunk->before;
	chunk->before->next = chunk->next;
	free(chunk);
}

void *
repalloc(void *pointer, Size size)
{
	Size		old = ((Chunk *) pointer - 1)->size;
	void	   *result = palloc(size);

	memcpy(result, pointer, Min(old, size));
	pfree(pointer);
	return result;
}

char *
pnstrdup(const char *in, Size len)
{
	Size		n = strnlen(in, len);
	char	   *out = palloc(n + 1);

	memcpy(out, in, n);
	out[n] = '\0';
	return out;
}

char *
pstrdup(const char *in)
{
	return pnstrdup(in, strlen(in));
}

void
fuzz_free_memory(void)
{
	while (chunks.next != &chunks)
		pfree(chunks.next + 1);
}

/* Lists: cells always stand behind the header, in an array of their own. */

static List *
new_list(int length)
{
	List	   *list = palloc0(sizeof(List));

	list->type = T_List;
	list->length = length;
	list->max_length = length;
	list->elements = palloc(sizeof(ListCell) * Max(length, 1));
	return list;
}

List *
list_make1_impl(NodeTag t, ListCell datum1)
{
	List	   *list = new_list(1);

	list->type = t;
	list->elements[0] = datum1;
	return list;
}

List *
lappend(List *list, void *datum)
{
	if (list == NIL)
		list = new_list(0);
	list->elements = repalloc(list->elements, sizeof(ListCell) * (list->length + 1));
	list->elements[list->length++].ptr_value = datum;
	list->max_length = list->length;
	return list;
}

List *
lcons(void *datum, List *list)
{
	list = lappend(list, datum);
	memmove(list->elements + 1, list->elements, sizeof(ListCell) * (list->length - 1));
	list->elements[0].ptr_value = datum;
	return list;
}

List *
list_delete_ptr(List *list, void *datum)
{
	for (int i = 0; list != NIL && i < list->length; i++)
	{
		if (list->elements[i].ptr_value != datum)
			continue;
		memmove(list->elements + i, list->elements + i + 1, sizeof(ListCell) * (list->length - i - 1));
		list->length--;
		break;
	}
	return list != NIL && list->length == 0 ? NIL : list;
}

bool
list_member_ptr(const List *list, const void *datum)
{
	for (int i = 0; list != NIL && i < list->length; i++)
		if (list->elements[i].ptr_value == datum)
			return true;
	return false;
}

void
list_sort(List *list, list_sort_comparator compare)
{
	if (list != NIL)
		qsort(list->elements, list->length, sizeof(ListCell),
			  (int (*)(const void *, const void *)) compare);
}

String *
makeString(char *str)
{
	String	   *value = palloc0(sizeof(String));

	value->type = T_String;
	value->sval = str;
	return value;
}

/* Encoding: UTF-8. */

int
GetDatabaseEncoding(void)
{
	return PG_UTF8;
}

int
pg_mblen(const char *mbstr)
{
	return pg_encoding_mblen(PG_UTF8, mbstr);
}

int
pg_mbstrlen_with_len(const char *mbstr, int limit)
{
	int			count = 0;

	while (limit > 0 && *mbstr != '\0')
	{
		int			n = pg_mblen(mbstr);

		limit -= n;
		mbstr += n;
		count++;
	}
	return count;
}

int
pg_mbcharcliplen(const char *mbstr, int len, int limit)
{
	int			bytes = 0;

	while (len > bytes && mbstr[bytes] != '\0' && limit-- > 0)
		bytes += pg_mblen(mbstr + bytes);
	return Min(bytes, len);
}

char *
asc_tolower(const char *buff, size_t nbytes)
{
	char	   *result = pnstrdup(buff, nbytes);

	for (char *c = result; *c != '\0'; c++)
		*c = pg_ascii_tolower((unsigned char) *c);
	return result;
}

/* Only that both texts may be read; what looks like what is no matter here. */
int
varstr_levenshtein_less_equal(const char *source, int slen, const char *target, int tlen,
							  int ins_c, int del_c, int sub_c, int max_d, bool trusted)
{
	int			distance = abs(slen - tlen);

	for (int i = 0; i < Min(slen, tlen); i++)
		distance += source[i] != target[i];
	return distance;
}

void
escape_json(StringInfo buf, const char *str)
{
	appendStringInfoChar(buf, '"');
	for (; *str != '\0'; str++)
	{
		if (*str == '"' || *str == '\\')
			appendStringInfo(buf, "\\%c", *str);
		else if ((unsigned char) *str < ' ')
			appendStringInfo(buf, "\\u%04x", *str);
		else
			appendStringInfoChar(buf, *str);
	}
	appendStringInfoChar(buf, '"');
}

/* Errors: their texts are made, so that a wrong format is seen. */

static void
format(const char *fmt, va_list args)
{
	char		text[FORMATTED];

	vsnprintf(text, sizeof(text), fmt, args);
}

bool
errstart(int elevel, const char *domain)
{
	return elevel >= ERROR;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return errstart(elevel, domain);
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	longjmp(fuzz_error, 1);
}

int
errcode(int sqlerrcode)
{
	return 0;
}

#define MESSAGE(name) \
	int \
	name(const char *fmt,...) \
	{ \
		va_list		args; \
\
		va_start(args, fmt); \
		format(fmt, args); \
		va_end(args); \
		return 0; \
	}

MESSAGE(errmsg)
MESSAGE(errmsg_internal)
MESSAGE(errdetail)
MESSAGE(errdetail_internal)
MESSAGE(errhint)

/* For a server that was configured with assertions. */
void
#if PG_VERSION_NUM >= 160000
ExceptionalCondition(const char *condition, const char *file, int line)
#else
ExceptionalCondition(const char *condition, const char *type, const char *file, int line)
#endif
{
	fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
	abort();
}

/* As the server does it: an error long before the stack ends. */
void
check_stack_depth(void)
{
	char		here;

	if (stack_base == NULL)
		stack_base = __builtin_frame_address(0);
	if (stack_base - &here > MAX_STACK)
		ereport(ERROR, (errmsg("stack depth limit exceeded")));
}

/* Interrupts: nobody cancels a fuzzer's input. */

volatile sig_atomic_t InterruptPending = false;

void
ProcessInterrupts(void)
{
}

/* The checks' host, as host.h says, with this file's memory. */

void *
r4_allocate(size_t size)
{
	return palloc0(size);
}

void
r4_free(void *memory)
{
	pfree(memory);
}

void
r4_pause(void)
{
}

bool
r4_is_text(const char *text, uint32_t len)
{
	return pg_encoding_verifymbstr(PG_UTF8, text, len) == (int) len;
}

const uint64_t *
r4_hash_key(void)
{
	static const uint64_t key[2] = {1, 2};

	return key;
}
