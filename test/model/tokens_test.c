/*
 * tokens_test.c
 *		Prints the tokens of texts, for comparison with the reference.
 *
 *	tokens_test FOLDER < texts > tokens
 *
 * A text is a length, four bytes in this machine's order, and so many bytes of
 * UTF-8.  A line of numbers is printed for each.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/folder/folder.h"

int
main(int argc, char **argv)
{
	static Folder folder;
	char		fault[FAULT_SIZE] = "";
	Options		options = {.folder = argv[1], .labels = "", .max_tokens = 512};
	uint32_t	length;

	if (argc != 2 || !folder_read(&options, &folder, fault))
	{
		fprintf(stderr, "%s\n", fault);
		return 1;
	}
	while (fread(&length, sizeof(length), 1, stdin) == 1)
	{
		char	   *text = malloc(length + 1);
		Tokens		tokens = {0};

		if (fread(text, 1, length, stdin) != length)
			return 1;
		tokenize(&folder.tokenizer, text, length, SIZE_MAX, &tokens);
		for (size_t i = 0; i < tokens.count; i++)
			printf("%d ", tokens.ids[i]);
		printf("\n");
		free(tokens.ids);
		free(text);
	}
	return 0;
}
