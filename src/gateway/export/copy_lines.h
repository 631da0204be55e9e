/*
 * copy_lines.h
 *		The lines in a COPY of one column in binary format.
 *
 * In COPY's other formats the server looks at each character for what has to
 * be escaped, which takes longer than the mapping; in this one a value stands
 * behind its length, as it is.  The reader knows no connection: it takes the
 * answer in pieces of any size, and writes the values as they come.
 */
#ifndef GATEWAY_COPY_LINES_H
#define GATEWAY_COPY_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What of the format comes next. */
typedef enum CopyPart
{
	COPY_HEADER,				/* the signature and flags */
	COPY_EXTENSION,				/* what a later version may have put behind them */
	COPY_COUNT,					/* how many values a row has, or that it was the last */
	COPY_LENGTH,				/* of the value */
	COPY_VALUE,
	COPY_END
} CopyPart;

typedef struct CopyLines
{
	FILE	   *file;			/* gets the values, each with a line feed behind it */
	long long	count;			/* lines that it has got; a value may hold several */
	CopyPart	part;
	unsigned char field[19];	/* what has come of a part that is no value */
	size_t		have;
	uint32_t	left;			/* bytes of the value or extension that are still to come */
} CopyLines;

/* How it went on. */
typedef enum CopyResult
{
	COPY_GOOD,
	COPY_NO_ROOM,				/* the file takes no more */
	COPY_WRONG					/* this is no COPY of one column in binary format */
} CopyResult;

/* Begins to read an answer.  All is zero but for the file. */
extern void copy_lines_begin(CopyLines *copy, FILE *file);

/* Takes a piece of the answer. */
extern CopyResult copy_lines_take(CopyLines *copy, const char *data, size_t size);

/* Is the answer whole? */
extern bool copy_lines_whole(const CopyLines *copy);

#endif
