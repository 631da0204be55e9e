/*
 * tw_id.c
 *		Whether a text is a Taiwanese identity number.
 *
 * Ten characters: a letter (the place of registration), nine digits, of which
 * the last is a check digit.
 *
 *	national id				letter, 1 or 2, eight digits
 *	resident id, from 2021	letter, 8 or 9, eight digits
 *	resident id, until 2020	letter, letter A to D, eight digits
 *
 * The first letter stands for a number of two digits, the second letter of
 * the old resident id for the last digit of such a number.  The eleven digits
 * are multiplied by 1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1; the sum of a valid number
 * is a multiple of ten.  (National Immigration Agency and Department of
 * Household Registration, Ministry of the Interior.)
 *
 * Numbers are valid as they are issued: capital letters, nothing around them.
 * A small letter would pass for the same person and give another fhir_id.
 */
#include "postgres.h"

#include "fmgr.h"

#include "base/base.h"
#include "ident/ident.h"

#define TW_ID_LENGTH 10

PG_FUNCTION_INFO_V1(fhir_bridge_tw_id_valid);

/* The numbers of the letters A to Z. */
static const uint8 letter_numbers[26] = {
	10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21,
	22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33
};

/* The digit at the second place, or -1 where none may stand. */
static int
second_digit(char c)
{
	if (c >= 'A' && c <= 'D')
		return letter_numbers[c - 'A'] % 10;
	if (c == '1' || c == '2' || c == '8' || c == '9')
		return c - '0';
	return -1;
}

/* Whether ten bytes are an identity number; see the head of this file. */
static bool
is_tw_id(const char *id)
{
	int			second = second_digit(id[1]);
	int			first;
	int			sum;

	if (id[0] < 'A' || id[0] > 'Z' || second < 0)
		return false;
	first = letter_numbers[id[0] - 'A'];
	sum = first / 10 + first % 10 * 9 + second * 8;
	for (int i = 2; i < TW_ID_LENGTH; i++)
	{
		int			weight = (i == TW_ID_LENGTH - 1) ? 1 : TW_ID_LENGTH - 1 - i;

		if (id[i] < '0' || id[i] > '9')
			return false;
		sum += (id[i] - '0') * weight;
	}
	return sum % 10 == 0;
}

/*
 * tw_id_valid(text) RETURNS boolean
 *		Strict; any text that is not an identity number is false.
 */
Datum
fhir_bridge_tw_id_valid(PG_FUNCTION_ARGS)
{
	text	   *id = PG_GETARG_TEXT_PP(0);
	bool		valid = VARSIZE_ANY_EXHDR(id) == TW_ID_LENGTH && is_tw_id(VARDATA_ANY(id));

	PG_FREE_IF_COPY(id, 0);
	PG_RETURN_BOOL(valid);
}
