/*
 * assets.c
 *		Serves the page at /, Swagger UI at /docs, and their files; see assets.h.
 */
#include "gateway/routes/assets.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/gateway_settings.h"
#include "gateway/routes/handlers.h"

#define MOST_FILES			64
#define MOST_FILE_BYTES		(16 * 1024 * 1024)
#define HASH_CHARS			16

/* What the page's and Swagger's scripts may do: only talk to where they came from. */
#define PAGE_POLICY	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " \
					"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
/* Swagger UI writes styles into elements. */
#define DOCS_POLICY	"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " \
					"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

static Asset files[MOST_FILES + 1];
static char hash[HASH_CHARS + 1];
static char *pages[2];			/* index.html and docs.html, with the hash in them; NULL when there is none */
static const char *const page_names[2] = {"index.html", "docs.html"};

/* Reads the files of PAGE_DIR over the built-in ones. */
static bool
read_folder(int *nfiles)
{
	DIR		   *folder = opendir(settings.page_dir);
	struct dirent *entry;

	if (folder == NULL)
	{
		fprintf(stderr, "PAGE_DIR: cannot be opened\n");
		return false;
	}
	while ((entry = readdir(folder)) != NULL && *nfiles < MOST_FILES)
	{
		char		path[4096];
		struct stat about;
		FILE	   *file;
		char	   *data;
		int			place = 0;

		snprintf(path, sizeof(path), "%s/%s", settings.page_dir, entry->d_name);
		if (entry->d_name[0] == '.' || stat(path, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size > MOST_FILE_BYTES)
			continue;
		file = fopen(path, "rb");
		data = must_alloc(about.st_size);
		if (file == NULL || fread(data, 1, about.st_size, file) != (size_t) about.st_size)
		{
			fprintf(stderr, "PAGE_DIR: %s cannot be read\n", entry->d_name);
			return false;
		}
		fclose(file);
		while (place < *nfiles && strcmp(files[place].name, entry->d_name) != 0)
			place++;
		*nfiles += place == *nfiles;
		files[place] = (Asset){must_copy(entry->d_name), data, data + about.st_size};
	}
	closedir(folder);
	return true;
}

/* Hashes names and contents of all files. */
static void
make_hash(int nfiles)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char digest[EVP_MAX_MD_SIZE];

	EVP_DigestInit_ex(context, EVP_sha256(), NULL);
	for (int i = 0; i < nfiles; i++)
	{
		EVP_DigestUpdate(context, files[i].name, strlen(files[i].name) + 1);
		EVP_DigestUpdate(context, files[i].data, files[i].end - files[i].data);
	}
	EVP_DigestFinal_ex(context, digest, NULL);
	EVP_MD_CTX_free(context);
	for (int i = 0; i < HASH_CHARS / 2; i++)
		snprintf(hash + 2 * i, 3, "%02x", digest[i]);
}

/* A file's text with /assets/<hash> for each {{assets}}. */
static char *
fill_in(const Asset *file)
{
	size_t		size = file->end - file->data;
	char	   *text = must_alloc(size * 2 + 64);
	char	   *out = text;

	for (const char *c = file->data; c < file->end;)
		if (file->end - c >= 10 && memcmp(c, "{{assets}}", 10) == 0 && out + 32 < text + size * 2 + 64)
		{
			out += sprintf(out, "/assets/%s", hash);
			c += 10;
		}
		else
			*out++ = *c++;
	*out = '\0';
	return text;
}

bool
assets_read(void)
{
	int			nfiles = 0;

	while (asset_list[nfiles].name != NULL && nfiles < MOST_FILES)
	{
		files[nfiles] = asset_list[nfiles];
		nfiles++;
	}
	if (settings.page_dir[0] != '\0' && !read_folder(&nfiles))
		return false;
	make_hash(nfiles);
	for (int i = 0; i < nfiles; i++)
		for (int page = 0; page < 2; page++)
			if (strcmp(files[i].name, page_names[page]) == 0)
				pages[page] = fill_in(&files[i]);
	return true;
}

/* The media type of a file's name. */
static const char *
type_of(const char *name)
{
	static const char *const types[][2] = {
		{".js", "text/javascript; charset=utf-8"}, {".css", "text/css; charset=utf-8"}, {".html", "text/html; charset=utf-8"},
		{".json", "application/json"}, {".svg", "image/svg+xml"}, {".png", "image/png"}, {".ico", "image/x-icon"},
		{".woff2", "font/woff2"}, {".webmanifest", "application/manifest+json"},
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(dot, types[i][0]) == 0)
			return types[i][1];
	return "application/octet-stream";
}

/* Answers with one of the pages. */
static void
answer_page(HttpRequest *request, const char *text, const char *policy)
{
	reply_header(request, "Content-Security-Policy", policy);
	reply_header(request, "Referrer-Policy", "no-referrer");
	reply_header(request, "Cache-Control", "no-cache");
	reply_bytes(request, 200, "text/html; charset=utf-8", text, strlen(text));
}

void
asset_page(HttpRequest *request)
{
	if (pages[0] == NULL)
		reply_error(request, 404, NULL, "This gateway was built without a page: see /docs");
	else
		answer_page(request, pages[0], PAGE_POLICY);
}

void
asset_docs(HttpRequest *request)
{
	for (const Asset *file = files; file->name != NULL; file++)
		if (strcmp(file->name, "swagger-ui-bundle.js") == 0 && pages[1] != NULL)
		{
			answer_page(request, pages[1], DOCS_POLICY);
			return;
		}
	reply_error(request, 501, NULL, "This gateway was built without Swagger UI, since npm was not there: give /openapi.json to any viewer");
}

void
asset_file(HttpRequest *request)
{
	for (const Asset *file = files; file->name != NULL && strcmp(request->params[0], hash) == 0; file++)
		if (strcmp(file->name, request->params[1]) == 0)
		{
			struct evbuffer *body = evbuffer_new();

			evbuffer_add_reference(body, file->data, file->end - file->data, NULL, NULL);
			reply_header(request, "Cache-Control", "public, max-age=31536000, immutable");
			reply_buffer(request, 200, type_of(file->name), body);
			return;
		}
	reply_error(request, 404, NULL, "Not Found");
}
