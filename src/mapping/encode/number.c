/*
 * number.c
 *		Floating point numbers as FHIR writes them: shortest, no exponent.
 *
 * The server's shortest form is the digits that read back as the same
 * number.  FHIR allows an exponent in a decimal, but many readers do not, so
 * the digits are written out.
 */
#include "postgres.h"

#include "common/shortest_dec.h"

#include "mapping/encode/encoder.h"

/*
 * Writes a finite number at `to`, which has ENCODER_MAX_CHARS bytes, without
 * a zero byte; returns how many bytes.  single: it is a float4.
 */
int
encoder_write_float(double value, bool single, char *to)
{
	char		shortest[DOUBLE_SHORTEST_DECIMAL_LEN];
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];
	char	   *start = to;
	const char *s = shortest;
	int			n = 0;
	int			point = 0;		/* digits before the decimal point */
	bool		fraction = false;

	if (single)
		float_to_shortest_decimal_buf((float) value, shortest);
	else
		double_to_shortest_decimal_buf(value, shortest);
	if (*s == '-')
		*to++ = *s++;
	for (; *s != '\0' && *s != 'e'; s++)
	{
		if (*s == '.')
			fraction = true;
		else
		{
			digits[n++] = *s;
			if (!fraction)
				point++;
		}
	}
	if (*s == 'e')
		point += atoi(s + 1);
	if (point <= 0)
		*to++ = '0';
	for (int i = 0; i < Max(n, point); i++)
	{
		if (i == 0 && point <= 0)
		{
			*to++ = '.';
			for (int zero = point; zero < 0; zero++)
				*to++ = '0';
		}
		else if (i == point)
			*to++ = '.';
		*to++ = i < n ? digits[i] : '0';
	}
	return to - start;
}
