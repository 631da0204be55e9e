/*
 * copy_lines.c
 *		Reads a COPY in binary format; see copy_lines.h.
 */
#include "gateway/export/copy_lines.h"

#include <arpa/inet.h>
#include <string.h>

static const char signature[11] = "PGCOPY\n\377\r\n";

void
copy_lines_begin(CopyLines *copy, FILE *file)
{
	memset(copy, 0, sizeof(CopyLines));
	copy->file = file;
}

bool
copy_lines_whole(const CopyLines *copy)
{
	return copy->part == COPY_END;
}

/* A number of four bytes of the field. */
static uint32_t
number_at(const CopyLines *copy, size_t place)
{
	uint32_t	number;

	memcpy(&number, copy->field + place, sizeof(number));
	return ntohl(number);
}

/* A part that is no value has come whole: what is next? */
static CopyResult
next_part(CopyLines *copy)
{
	copy->have = 0;
	switch (copy->part)
	{
		case COPY_HEADER:
			copy->left = number_at(copy, 15);
			copy->part = COPY_EXTENSION;
			return memcmp(copy->field, signature, sizeof(signature)) == 0 ? COPY_GOOD : COPY_WRONG;
		case COPY_COUNT:
			copy->part = copy->field[0] == 0xff && copy->field[1] == 0xff ? COPY_END : COPY_LENGTH;
			return copy->part == COPY_END || (copy->field[0] == 0 && copy->field[1] == 1) ? COPY_GOOD : COPY_WRONG;
		case COPY_LENGTH:
			copy->left = number_at(copy, 0);
			copy->part = COPY_VALUE;
			return copy->left <= INT32_MAX ? COPY_GOOD : COPY_WRONG;	/* NULL is no line */
		default:
			return COPY_WRONG;
	}
}

/* Writes a piece of a value. */
static CopyResult
write_piece(CopyLines *copy, const char *data, size_t size)
{
	for (const char *feed = data; (feed = memchr(feed, '\n', data + size - feed)) != NULL; feed++)
		copy->count++;
	return fwrite(data, 1, size, copy->file) == size ? COPY_GOOD : COPY_NO_ROOM;
}

/* The value, or the extension, is at its end. */
static CopyResult
end_value(CopyLines *copy)
{
	bool		value = copy->part == COPY_VALUE;

	copy->part = COPY_COUNT;
	copy->count += value;
	return value && fputc('\n', copy->file) == EOF ? COPY_NO_ROOM : COPY_GOOD;
}

CopyResult
copy_lines_take(CopyLines *copy, const char *data, size_t size)
{
	static const size_t sizes[] = {[COPY_HEADER] = 19, [COPY_COUNT] = 2, [COPY_LENGTH] = 4};
	CopyResult	result = COPY_GOOD;

	while (result == COPY_GOOD && size > 0)
	{
		bool		long_part = copy->part == COPY_VALUE || copy->part == COPY_EXTENSION;
		size_t		want = long_part ? copy->left : copy->part < COPY_END ? sizes[copy->part] - copy->have : 0;
		size_t		piece = want < size ? want : size;

		if (copy->part == COPY_END)
			return COPY_WRONG;
		if (copy->part == COPY_VALUE)
			result = write_piece(copy, data, piece);
		else if (!long_part)
			memcpy(copy->field + copy->have, data, piece);
		data += piece;
		size -= piece;
		if (long_part)
			copy->left -= piece;
		else
			copy->have += piece;
		if (result == COPY_GOOD && !long_part && piece == want)
			result = next_part(copy);
		if (result == COPY_GOOD && (copy->part == COPY_VALUE || copy->part == COPY_EXTENSION) && copy->left == 0)
			result = end_value(copy);
	}
	return result;
}
