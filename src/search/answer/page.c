/*
 * page.c
 *		The token of a next page: where the last one ended.
 *
 * It holds the values that the last row was sorted by and its key, so that no
 * state is kept anywhere.  These may be a patient's: the token is enciphered.
 * It is also bound to the query, the role, and the mappings that were asked:
 * who changes any of them gets an error.
 *
 * The keys come from the secret of fhir_id, each for its purpose (ident_secret_sign),
 * and the secret is in a table that only its owner reads.  The cipher is the
 * construction of SIV (RFC 5297) on HMAC-SHA-256: the authentication code of the text
 * and of what it is bound to is the beginning of the stream that hides the
 * text; the same text has the same token.
 *
 * Where the values are long the token holds the row's id instead, and they are
 * read again: a link stays below what servers and proxies take.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/base64.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "base/base.h"
#include "ident/ident.h"
#include "search/answer/answer.h"

#define IV_LENGTH 16
#define LONGEST_VALUES 600		/* bytes that are carried in the token */
#define LONGEST_TOKEN 4000
#define CAREFUL_MARK '~'		/* before a token with the keys of a careful search, see attempt.c */

/* What a token is bound to, as one text. */
static void
append_binding(StringInfo text, const SearchAnswer *answer)
{
	ListCell   *lc;

	appendStringInfo(text, "%u\n%s\n%s\n", GetUserId(), answer->query->type, answer->self);
	foreach(lc, answer->selections)
		appendStringInfo(text, "%s\n", ((Selection *) lfirst(lc))->source->plan->fullname);
	appendStringInfoChar(text, '\0');
}

/* The code of a token's text and its binding. */
static void
make_iv(const SearchAnswer *answer, const char *data, int len, uint8 iv[IV_LENGTH])
{
	StringInfoData text;
	uint8		mac[IDENT_MAC_LENGTH];

	initStringInfo(&text);
	append_binding(&text, answer);
	appendBinaryStringInfo(&text, data, len);
	ident_secret_sign(answer->sources->function, "page code", text.data, text.len, mac);
	memcpy(iv, mac, IV_LENGTH);
}

/* Enciphers or deciphers in place. */
static void
apply_stream(Oid function, const uint8 iv[IV_LENGTH], char *data, int len)
{
	uint8		input[IV_LENGTH + 1];
	uint8		block[IDENT_MAC_LENGTH];

	memcpy(input, iv, IV_LENGTH);
	for (int i = 0; i < len; i++)
	{
		if (i % IDENT_MAC_LENGTH == 0)
		{
			input[IV_LENGTH] = i / IDENT_MAC_LENGTH;
			ident_secret_sign(function, "page stream", input, sizeof(input), block);
		}
		data[i] ^= block[i % IDENT_MAC_LENGTH];
	}
}

/* Makes a token of a text. */
static char *
seal(const SearchAnswer *answer, StringInfo text)
{
	char	   *bytes = palloc(IV_LENGTH + text->len);
	int			len = IV_LENGTH + text->len;
	int			room = pg_b64_enc_len(len);
	char	   *token = palloc(room + 1);
	int			n;

	make_iv(answer, text->data, text->len, (uint8 *) bytes);
	memcpy(bytes + IV_LENGTH, text->data, text->len);
	apply_stream(answer->sources->function, (uint8 *) bytes, bytes + IV_LENGTH, text->len);
	n = base64_encode(bytes, len, token, room);
	token[n] = '\0';
	for (char *s = token; *s != '\0'; s++)
		*s = *s == '+' ? '-' : *s == '/' ? '_' : *s;
	while (n > 0 && token[n - 1] == '=')
		token[--n] = '\0';
	return attempt_is_careful() ? psprintf("%c%s", CAREFUL_MARK, token) : token;
}

/* An error for a token that was not made for this query. */
static void
pg_attribute_noreturn()
	bad_token(void)
{
	outcome_error(SEARCH_INVALID, "invalid", "the page was not made for this query, role and these mappings: search again from the first page");
}

/* The text of a token; an error when it is not one of this query and role. */
static char *
unseal(const SearchAnswer *answer, int *textlen)
{
	const char *token = answer->query->page;
	int			n;
	char	   *padded;
	char	   *bytes;
	int			len;
	uint8		iv[IV_LENGTH];
	uint8		different = 0;

	if (token[0] == CAREFUL_MARK)
	{
		attempt_carefully();
		token++;
	}
	else if (attempt_is_careful())
		bad_token();
	n = strlen(token);
	if (n > LONGEST_TOKEN)
		bad_token();
	padded = palloc(n + 4);
	for (int i = 0; i < n; i++)
		padded[i] = token[i] == '-' ? '+' : token[i] == '_' ? '/' : token[i];
	while (n % 4 != 0)
		padded[n++] = '=';
	bytes = palloc(pg_b64_dec_len(n) + 1);
	len = base64_decode(padded, n, bytes, pg_b64_dec_len(n));
	if (len <= IV_LENGTH)
		bad_token();
	apply_stream(answer->sources->function, (uint8 *) bytes, bytes + IV_LENGTH, len - IV_LENGTH);
	make_iv(answer, bytes + IV_LENGTH, len - IV_LENGTH, iv);
	for (int i = 0; i < IV_LENGTH; i++)
		different |= iv[i] ^ (uint8) bytes[i];
	if (different != 0)
		bad_token();
	bytes[len] = '\0';
	*textlen = len - IV_LENGTH;
	return bytes + IV_LENGTH;
}

/* Appends a value by its length and text; a missing one as "-". */
static void
append_value(StringInfo text, Oid type, Datum value, bool missing)
{
	Oid			output;
	bool		varlena;
	char	   *string;

	if (missing)
	{
		appendStringInfoString(text, "-;");
		return;
	}
	getTypeOutputInfo(type, &output, &varlena);
	string = OidOutputFunctionCall(output, value);
	appendStringInfo(text, "%d;%s", (int) strlen(string), string);
}

/*
 * Has values written so that they are read back as they were, whatever is set by
 * then: ISO's times say their zone, and their order of day and month is known.
 */
static int
pin_formats(void)
{
	int			nestlevel = NewGUCNestLevel();

	if (DateStyle != USE_ISO_DATES)
		(void) set_config_option("datestyle", "ISO", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	if (extra_float_digits < 1)
		(void) set_config_option("extra_float_digits", "1", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return nestlevel;
}

/* The values of a hit: those sorted by, then the key. */
static void
append_values(StringInfo text, const SearchHit *hit)
{
	int			nestlevel = pin_formats();
	int			i = 0;
	ListCell   *lc;

	foreach(lc, hit->selection->sorts)
	{
		append_value(text, exprType(((SelectionSort *) lfirst(lc))->node), hit->sorts[i], hit->missing[i]);
		i++;
	}
	i = 0;
	foreach(lc, hit->selection->key)
		append_value(text, exprType(lfirst(lc)), hit->key[i++], false);
	AtEOXact_GUC(true, nestlevel);
}

/* The token of the page behind a hit. */
char *
page_token(const SearchAnswer *answer, const SearchHit *last)
{
	StringInfoData text;
	int			head;

	initStringInfo(&text);
	appendStringInfo(&text, INT64_FORMAT ";%d;", answer->total, last->selection->source->number);
	head = text.len;
	appendStringInfoString(&text, "v;");
	append_values(&text, last);
	if (text.len > LONGEST_VALUES)
	{
		const char *id = hit_id((SearchHit *) last);

		if (id == NULL)
			outcome_error(SEARCH_FAULTY, "exception", "the next page begins behind a faulty row that cannot be told");
		text.len = head;
		appendStringInfo(&text, "i;%s", id);
	}
	return seal(answer, &text);
}

/* A token's text being read. */
typedef struct Reader
{
	const char *next;
	const char *end;
} Reader;

/* The number at the reader, with a semicolon behind. */
static int64
read_number(Reader *reader)
{
	char	   *end;
	int64		value = strtoll(reader->next, &end, 10);

	if (*end != ';')
		bad_token();
	reader->next = end + 1;
	return value;
}

/* The value at the reader, of a type. */
static Const *
read_value(Reader *reader, Node *node)
{
	Oid			type = exprType(node);
	Oid			input;
	Oid			param;
	int			len;
	char	   *text;

	if (*reader->next == '-')
	{
		reader->next += 2;
		return (Const *) invert_nullable(type, (Datum) 0, true);
	}
	len = read_number(reader);
	if (len < 0 || len > reader->end - reader->next)
		bad_token();
	text = pnstrdup(reader->next, len);
	reader->next += len;
	getTypeInputInfo(type, &input, &param);
	return (Const *) invert_const(type, OidInputFunctionCall(input, text, param, -1));
}

/* Reads the values of a position. */
static void
read_values(Reader *reader, const Selection *selection, SearchPosition *position)
{
	ListCell   *lc;

	foreach(lc, selection->sorts)
		position->sorts = lappend(position->sorts, read_value(reader, ((SelectionSort *) lfirst(lc))->node));
	foreach(lc, selection->key)
		position->key = lappend(position->key, read_value(reader, lfirst(lc)));
}

/* The position of a row whose id the token holds: its values are read again. */
static void
find_row(const SearchAnswer *answer, const Selection *selection, const char *id, SearchPosition *position)
{
	SearchCondition *condition = include_condition(selection->source->type, "_id", list_make1(pstrdup(id)));
	Selection  *one = selection_make(selection->source, list_make1(condition), answer->query->sorts);
	List	   *hits = selection_rows(one, PHASE_ALL, NULL, 1);
	SearchHit  *hit;
	int			i = 0;
	ListCell   *lc;

	if (hits == NIL)
		outcome_error(SEARCH_GONE, "not-found", "the row behind which the page begins is gone: search again from the first page");
	hit = linitial(hits);
	foreach(lc, one->sorts)
	{
		position->sorts = lappend(position->sorts, invert_nullable(exprType(((SelectionSort *) lfirst(lc))->node),
																   hit->sorts[i], hit->missing[i]));
		i++;
	}
	i = 0;
	foreach(lc, selection->key)
		position->key = lappend(position->key, invert_const(exprType(lfirst(lc)), hit->key[i++]));
}

/* The values sorted by, as they are compared between sources. */
static void
set_normal(const Selection *selection, SearchPosition *position)
{
	ListCell   *value;
	ListCell   *lc;

	forboth(value, position->sorts, lc, selection->sorts)
	{
		const SelectionSort *sort = lfirst(lc);
		Const	   *own = lfirst(value);
		ParameterKind kind = sort->sort->parameter->kind;
		Oid			type = kind == PARAMETER_DATE ? TIMESTAMPTZOID :
			kind == PARAMETER_NUMBER || kind == PARAMETER_QUANTITY ? NUMERICOID : TEXTOID;
		Datum		normal = own->constisnull ? (Datum) 0 : fetch_normal(sort, own->constvalue, selection->source);

		position->normal = lappend(position->normal, invert_nullable(type, normal, own->constisnull));
	}
}

/* The position of the query's page; NULL for the first.  An error for a token that is not its own. */
SearchPosition *
page_position(const SearchAnswer *answer)
{
	SearchPosition *position;
	Selection  *selection;
	Reader		reader;
	char	   *text;
	int			len;

	if (answer->query->page == NULL)
		return NULL;
	text = unseal(answer, &len);
	reader.next = text;
	reader.end = text + len;
	position = palloc0(sizeof(SearchPosition));
	position->total = read_number(&reader);
	position->source = read_number(&reader);
	if (position->source < 0 || position->source >= list_length(answer->selections))
		bad_token();
	selection = list_nth(answer->selections, position->source);
	if (reader.next[0] == 'i')
		find_row(answer, selection, reader.next + 2, position);
	else
	{
		reader.next += 2;
		read_values(&reader, selection, position);
	}
	set_normal(selection, position);
	return position;
}
