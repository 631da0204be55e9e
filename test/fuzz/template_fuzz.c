/*
 * template_fuzz.c
 *		Any text as a template: read, typed beside R4, its faults reported.
 *
 * What a template may end in is an error or a tree; nothing of it may read or
 * write beyond its memory.  The expressions are not analysed: that is
 * PostgreSQL's parser.  Text that is not of the server's encoding is passed
 * over, as the server never hands it on.
 */
#include "postgres.h"

#include "mapping/template/template.h"
#include "mb/pg_wchar.h"

#include "server.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All paths of the tree, as messages would name them. */
static void
name_paths(const TemplateNode *node)
{
	ListCell   *lc;

	(void) template_path(node);
	foreach(lc, node->children)
		name_paths(lfirst(lc));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Template	template = {.mapping = "fuzz"};

	if (pg_encoding_verifymbstr(PG_UTF8, (const char *) data, size) < size)
		return -1;
	if (setjmp(fuzz_error) == 0)
	{
		template.text = pnstrdup((const char *) data, size);
		if (template_parse(&template) != NULL)
		{
			template_type(&template);
			name_paths(template.root);
		}
		template_report(&template);
	}
	fuzz_free_memory();
	return 0;
}
