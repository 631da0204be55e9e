/*
 * assets.h
 *		The files of the page and of Swagger UI.
 *
 * They are built into the program (embed makes asset_list from the page, as
 * src/gateway/page/build.mjs bundles it, and from swagger-ui-dist), or read from
 * PAGE_DIR when the program starts.
 * "/" is index.html.  The others have addresses with a hash of all contents,
 * /assets/<hash>/<name>, and may be kept for ever.  index.html and docs.html say
 * {{assets}} where /assets/<hash> is to stand, {{page_origins}} where the list
 * of PAGE_ORIGINS, and {{note}} where a note that came by a form.
 */
#ifndef GATEWAY_ASSETS_H
#define GATEWAY_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

/* A built-in file; the list ends with one without a name. */
typedef struct Asset
{
	const char *name;			/* "app.js" */
	const char *data;
	const char *end;
} Asset;

extern const Asset asset_list[];

/* Hashes the files, or reads PAGE_DIR; returns false, with what is wrong on stderr. */
extern bool assets_read(void);

#endif
