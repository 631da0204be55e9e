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

#include "gateway/base/gateway_settings.h"
#include "gateway/routes/handlers.h"

#define MOST_FILES			64
#define MOST_FILE_BYTES		(16 * 1024 * 1024)
#define HASH_CHARS			16

/* What the page's and Swagger's scripts may do: only talk to where they came from. */
#define PAGE_POLICY	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " \
					"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors %s"
/* Swagger UI writes styles into elements. */
#define DOCS_POLICY	"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " \
					"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

static Asset files[MOST_FILES + 1];
static char hash[HASH_CHARS + 1];
static char *pages[2];			/* index.html and docs.html, with the hash in them; NULL when there is none */
static const char *const page_names[2] = {"index.html", "docs.html"};
static char *origins;			/* of PAGE_ORIGINS, with blanks between them */
static char *page_policy;

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

/* A text of size bytes with a value for each mark, such as {{assets}}; to be freed. */
static char *
fill_in(const char *text, size_t size, const char *mark, const char *value)
{
	size_t		mark_size = strlen(mark);
	size_t		value_size = strlen(value);
	char	   *result = must_alloc(size / mark_size * value_size + size + 1);
	char	   *out = result;
	const char *end = text + size;

	while (text < end)
		if (end - text >= mark_size && memcmp(text, mark, mark_size) == 0)
		{
			memcpy(out, value, value_size);
			out += value_size;
			text += mark_size;
		}
		else
			*out++ = *text++;
	*out = '\0';
	return result;
}

/* A page's text with what does not change from request to request. */
static char *
fill_in_page(const Asset *file)
{
	char		folder[sizeof("/assets/") + HASH_CHARS];
	char	   *addressed;
	char	   *text;

	snprintf(folder, sizeof(folder), "/assets/%s", hash);
	addressed = fill_in(file->data, file->end - file->data, "{{assets}}", folder);
	text = fill_in(addressed, strlen(addressed), "{{page_origins}}", origins);
	free(addressed);
	return text;
}

/* Writes down who may embed the page. */
static void
make_policy(void)
{
	const char *ancestors;
	size_t		size;

	origins = must_copy(settings.page_origins);
	for (char *c = origins; *c != '\0'; c++)
		if (*c == ',')
			*c = ' ';
	ancestors = origins[strspn(origins, " \t")] != '\0' ? origins : "'none'";
	size = sizeof(PAGE_POLICY) + strlen(ancestors);
	page_policy = must_alloc(size);
	snprintf(page_policy, size, PAGE_POLICY, ancestors);
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
	make_policy();
	for (int i = 0; i < nfiles; i++)
		for (int page = 0; page < 2; page++)
			if (strcmp(files[i].name, page_names[page]) == 0)
				pages[page] = fill_in_page(&files[i]);
	return true;
}

/* The media type of a file's name. */
static const char *
type_of(const char *name)
{
	static const char *const types[][2] = {
		{".js", "text/javascript; charset=utf-8"}, {".css", "text/css; charset=utf-8"}, {".html", "text/html; charset=utf-8"},
		{".json", "application/json"}, {".svg", "image/svg+xml"}, {".png", "image/png"}, {".ico", "image/x-icon"},
		{".woff2", "font/woff2"}, {".txt", "text/plain; charset=utf-8"}, {".webmanifest", "application/manifest+json"},
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(dot, types[i][0]) == 0)
			return types[i][1];
	return "application/octet-stream";
}

/* Answers with one of the pages. */
static void
answer_page(HttpRequest *request, const char *text, const char *policy, const char *cache)
{
	reply_header(request, "Content-Security-Policy", policy);
	reply_header(request, "Referrer-Policy", "no-referrer");
	reply_header(request, "Cache-Control", cache);
	reply_bytes(request, 200, "text/html; charset=utf-8", text, strlen(text));
}

/* A text as it stands in an element of HTML; in the request's memory. */
static char *
html_text(HttpRequest *request, const char *text)
{
	char	   *result = arena_alloc(&request->arena, strlen(text) * 5 + 1);
	char	   *out = result;

	for (; *text != '\0'; text++)
	{
		const char *entity = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : NULL;

		if (entity == NULL)
			*out++ = *text;
		else
		{
			strcpy(out, entity);
			out += strlen(entity);
		}
	}
	*out = '\0';
	return result;
}

/* Answers with the page, which holds a note that has come with the request. */
static void
page_with_note(HttpRequest *request, const char *note)
{
	char	   *text;

	if (pages[0] == NULL)
	{
		reply_error(request, 404, NULL, "This gateway was built without a page: see /docs");
		return;
	}
	text = fill_in(pages[0], strlen(pages[0]), "{{note}}", html_text(request, note));
	answer_page(request, text, page_policy, note[0] == '\0' ? "no-cache" : "no-store");
	explicit_bzero(text, strlen(text));
	free(text);
}

void
asset_page(HttpRequest *request)
{
	page_with_note(request, "");
}

/*
 * POST /: a hospital system opens the page with a note, by a form whose field
 * "note" it is.  Only from an origin of PAGE_ORIGINS: nobody else puts words
 * into a physician's page.
 */
void
asset_page_note(HttpRequest *request)
{
	const char *origin = head_value(&request->head, "Origin");
	bool		bad = false;
	const char *note;

	if (origin == NULL || !settings_lists(settings.page_origins, origin))
	{
		reply_error(request, 403, NULL, "this origin is not in PAGE_ORIGINS");
		return;
	}
	note = url_field(&request->arena, request->body, "note", &bad);
	if (bad)
		reply_error(request, 422, NULL, "the note is not UTF-8");
	else if (note == NULL)
		reply_error(request, 422, NULL, "the form has no field named note");
	else if (strlen(note) > settings.text_limit)
		reply_error(request, 413, NULL, "the note is longer than TEXT_LIMIT");
	else
		page_with_note(request, note);
}

void
asset_docs(HttpRequest *request)
{
	for (const Asset *file = files; file->name != NULL; file++)
		if (strcmp(file->name, "swagger-ui-bundle.js") == 0 && pages[1] != NULL)
		{
			answer_page(request, pages[1], DOCS_POLICY, "no-cache");
			return;
		}
	reply_error(request, 501, NULL, "This gateway was built without Swagger UI, since npm was not there: give /openapi.json to any viewer");
}

/* The file of a name and an ending, or NULL. */
static const Asset *
find_file(const char *name, const char *ending)
{
	size_t		length = strlen(name);

	for (const Asset *file = files; file->name != NULL; file++)
		if (strncmp(file->name, name, length) == 0 && strcmp(file->name + length, ending) == 0)
			return file;
	return NULL;
}

void
asset_file(HttpRequest *request)
{
	const char *taken = head_list(&request->arena, &request->head, "Accept-Encoding");
	const char *name = request->params[1];
	const Asset *file = strcmp(request->params[0], hash) == 0 ? find_file(name, "") : NULL;
	const Asset *packed = taken != NULL && strstr(taken, "gzip") != NULL && strstr(taken, "gzip;q=0") == NULL ? find_file(name, ".gz") : NULL;
	struct evbuffer *body;

	if (file == NULL)
	{
		reply_error(request, 404, NULL, "Not Found");
		return;
	}
	if (packed != NULL)
	{
		file = packed;
		reply_header(request, "Content-Encoding", "gzip");
	}
	body = evbuffer_new();
	evbuffer_add_reference(body, file->data, file->end - file->data, NULL, NULL);
	reply_header(request, "Vary", "Accept-Encoding");
	reply_header(request, "Cache-Control", "public, max-age=31536000, immutable");
	reply_buffer(request, 200, type_of(name), body);
}
