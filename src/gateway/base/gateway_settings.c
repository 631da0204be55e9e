/*
 * gateway_settings.c
 *		The table of settings, and how the environment is read by it.
 */
#include "gateway/base/gateway_settings.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/proxy.h"

Settings	settings;

#define SECRET_BYTES	32		/* a shorter key of HMAC-SHA-256 could be guessed */
#define MOST_FILE_BYTES	65536

typedef enum Kind
{
	TEXT,
	SECRET,						/* also by NAME_FILE; never shown */
	NUMBER,
	SWITCH
} Kind;

typedef struct Setting
{
	const char *name;
	Kind		kind;
	size_t		offset;			/* of the member of Settings */
	const char *standard;		/* the default */
	int			least;			/* of a number */
	int			most;
	const char *help;
} Setting;

#define IN(member) offsetof(Settings, member)

static const Setting table[] = {
	{"DB_HOST", TEXT, IN(db_host), "", 0, 0, "host, or folder of the Unix socket, of PostgreSQL"},
	{"DB_PORT", TEXT, IN(db_port), "5432", 0, 0, "its port"},
	{"DB_NAME", TEXT, IN(db_name), "postgres", 0, 0, "the database"},
	{"DB_USER", TEXT, IN(db_user), "fhir_gateway", 0, 0, "the gateway's role; gateway_role.sql makes it"},
	{"DB_PASSWORD", SECRET, IN(db_password), "", 0, 0, "its password (or DB_PASSWORD_FILE)"},
	{"DB_SSLMODE", TEXT, IN(db_sslmode), "prefer", 0, 0, "libpq's sslmode"},
	{"DB_SSLROOTCERT", TEXT, IN(db_sslrootcert), "", 0, 0, "PEM file of who signs the server's certificate, for verify-full"},
	{"FHIR_SCHEMA", TEXT, IN(schema), "public", 0, 0, "schema of the extension fhir_bridge"},
	{"PORT", NUMBER, IN(port), "5000", 0, 65535, "port to listen on; 0 takes a free one and prints it"},
	{"LISTEN_ADDRESS", TEXT, IN(listen_address), "", 0, 0, "address to listen on; all of them when empty"},
	{"FHIR_BASE_URL", TEXT, IN(base_url), "", 0, 0, "public address of the FHIR service, ends with /fhir; http://localhost:PORT/fhir when empty"},
	{"CORS_ORIGINS", TEXT, IN(cors_origins), "", 0, 0, "origins of pages that may call, as https://a.example, separated by commas"},
	{"TRUSTED_PROXIES", TEXT, IN(trusted_proxies), "", 0, 0, "addresses or networks (10.0.0.0/8) whose X-Forwarded-For is believed, separated by commas"},
	{"TLS_CERT", TEXT, IN(tls_cert), "", 0, 0, "PEM file with a certificate chain: listen by HTTPS"},
	{"TLS_KEY", TEXT, IN(tls_key), "", 0, 0, "PEM file with its key"},
	{"MAX_CONNECTIONS", NUMBER, IN(max_connections), "4096", 8, 1000000, "clients at a time; beyond, the longest idle one goes"},
	{"IDLE_SECONDS", NUMBER, IN(idle_seconds), "75", 1, 3600, "how long a client may wait between two requests"},
	{"HEAD_SECONDS", NUMBER, IN(head_seconds), "10", 1, 600, "how long a request's head may take to come"},
	{"BODY_SECONDS", NUMBER, IN(body_seconds), "30", 1, 3600, "how long a request's body may take to come"},
	{"WRITE_SECONDS", NUMBER, IN(write_seconds), "60", 1, 3600, "how long a client may take nothing of its answer"},
	{"LOOPS", NUMBER, IN(loops), "0", 0, 64, "event loops; 0 is one for each core"},
	{"JWT_SECRET", SECRET, IN(jwt_secret), "", 0, 0, "key of the tokens, at least 32 bytes (or JWT_SECRET_FILE); openssl rand -base64 48"},
	{"TOKEN_MINUTES", NUMBER, IN(token_minutes), "30", 1, 1440, "how long a token is good"},
	{"FHIR_ANON_ROLE", TEXT, IN(anon_role), "", 0, 0, "role of FHIR requests without a token; 401 when empty"},
	{"USERS_VIEW", TEXT, IN(users_view), "", 0, 0, "view (username, full_name, email, disabled), as schema.name"},
	{"CLIENTS_FILE", TEXT, IN(clients_file), "", 0, 0, "JSON file with the clients of SMART Backend Services"},
	{"CLIENTS_VIEW", TEXT, IN(clients_view), "", 0, 0, "table or view with more of them (client_id, role, scope, jwks), as schema.name"},
	{"LOGIN_FAILURES", NUMBER, IN(login_failures), "20", 1, 10000, "wrong logins a minute, of a user and of an address"},
	{"SUGGEST_PER_MINUTE", NUMBER, IN(suggest_per_minute), "120", 1, 100000, "suggestions a minute of a user"},
	{"FHIR_DATA_MAPPING", TEXT, IN(data_mapping), "", 0, 0, "mapping that GET /fhir/data gives, as schema.name"},
	{"FHIR_HANDLING", TEXT, IN(handling), "lenient", 0, 0, "lenient or strict, where a request has no Prefer"},
	{"AICS_SERVER", TEXT, IN(aics_server), "aics", 0, 0, "foreign server of aics_suggest"},
	{"MORPHOLOGY_SERVER", TEXT, IN(morphology_server), "morphology", 0, 0, "foreign server of morphology_suggest"},
	{"PAGE_DIR", TEXT, IN(page_dir), "", 0, 0, "folder to serve at / instead of the built-in page"},
	{"PAGE_ORIGINS", TEXT, IN(page_origins), "", 0, 0, "origins of hospital systems that may embed the page, hand it a note and get the codes, separated by commas"},
	{"DOCS", SWITCH, IN(docs), "on", 0, 0, "serve /docs and /openapi.json"},
	{"METRICS", SWITCH, IN(metrics), "on", 0, 0, "serve /metrics"},
	{"TEXT_LIMIT", NUMBER, IN(text_limit), "20000", 1, 1000000, "bytes of a note"},
	{"BODY_LIMIT", NUMBER, IN(body_limit), "10485760", 1024, 268435456, "bytes of a request's body"},
	{"EXPORT_DIR", TEXT, IN(export_dir), "", 0, 0, "folder for $export; 501 when empty"},
	{"EXPORT_ROLE", TEXT, IN(export_role), "", 0, 0, "role whose members may export; everybody when empty"},
	{"EXPORT_HOURS", NUMBER, IN(export_hours), "24", 1, 8760, "how long an export's files stay"},
	{"EXPORT_WORKERS", NUMBER, IN(export_workers), "1", 1, 16, "exports at a time"},
	{"EXPORT_JOBS", NUMBER, IN(export_jobs), "20", 1, 10000, "exports that wait or run; beyond, 429"},
	{"DB_POOL", NUMBER, IN(db_pool), "16", 1, 1000, "database connections for reads and searches"},
	{"SUGGEST_POOL", NUMBER, IN(suggest_pool), "8", 1, 1000, "database connections for suggestions"},
	{"STREAM_POOL", NUMBER, IN(stream_pool), "8", 1, 1000, "database connections for /fhir/data and $everything"},
	{"POOL_SECONDS", NUMBER, IN(pool_seconds), "5", 1, 600, "how long a request waits for a connection"},
	{"READ_SECONDS", NUMBER, IN(read_seconds), "30", 1, 3600, "how long a read or search may take"},
	{"SUGGEST_SECONDS", NUMBER, IN(suggest_seconds), "60", 1, 3600, "how long a suggestion may take"},
	{"STREAM_SECONDS", NUMBER, IN(stream_seconds), "3600", 1, 86400, "how long /fhir/data or an export may take"},
	{"SHUTDOWN_SECONDS", NUMBER, IN(shutdown_seconds), "8", 0, 600, "how long running requests may go on after SIGTERM"},
	{"LOG_REQUESTS", SWITCH, IN(log_requests), "on", 0, 0, "a line for each request, without ids"},
};

#define NSETTINGS	(sizeof(table) / sizeof(table[0]))

/* Complains of a setting; returns false. */
static bool
complain(const Setting *setting, const char *what)
{
	fprintf(stderr, "%s: %s\n", setting->name, what);
	return false;
}

/* The text of a file without line ends at its end; NULL when it cannot be read. */
static char *
file_text(const char *path)
{
	FILE	   *file = fopen(path, "r");
	char	   *text;
	size_t		size;

	if (file == NULL)
		return NULL;
	text = must_alloc(MOST_FILE_BYTES + 1);
	size = fread(text, 1, MOST_FILE_BYTES, file);
	fclose(file);
	while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
		size--;
	text[size] = '\0';
	return text;
}

/* A setting's text from the environment, from its file, or its default. */
static const char *
text_of(const Setting *setting, bool *good)
{
	const char *value = getenv(setting->name);
	char		name[64];

	if (value != NULL && value[0] != '\0')
		return value;
	snprintf(name, sizeof(name), "%s_FILE", setting->name);
	if (setting->kind == SECRET && getenv(name) != NULL && getenv(name)[0] != '\0')
	{
		value = file_text(getenv(name));
		if (value == NULL)
			*good = complain(setting, "its _FILE cannot be read");
	}
	return value != NULL && value[0] != '\0' ? value : setting->standard;
}

/* Reads one setting. */
static bool
read_setting(const Setting *setting)
{
	bool		good = true;
	const char *value = text_of(setting, &good);
	void	   *place = (char *) &settings + setting->offset;
	char	   *end;
	long		number;

	switch (setting->kind)
	{
		case TEXT:
		case SECRET:
			*(const char **) place = value;
			break;
		case NUMBER:
			errno = 0;
			number = strtol(value, &end, 10);
			if (errno != 0 || *end != '\0' || number < setting->least || number > setting->most)
			{
				char		what[80];

				snprintf(what, sizeof(what), "must be a number from %d to %d", setting->least, setting->most);
				return complain(setting, what);
			}
			*(int *) place = (int) number;
			break;
		case SWITCH:
			if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
				return complain(setting, "must be on or off");
			*(bool *) place = strcmp(value, "on") == 0;
			break;
	}
	return good;
}

/* The setting of a name, for complaints. */
static const Setting *
setting_of(const char *name)
{
	for (size_t i = 0; i < NSETTINGS; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	abort();
}

/* Sets the public addresses from FHIR_BASE_URL; it must be one and end with /fhir. */
static bool
read_addresses(void)
{
	char	   *base;
	char	   *root;
	size_t		size;

	if (settings.base_url[0] == '\0')
	{
		static char standard[64];

		snprintf(standard, sizeof(standard), "%s://localhost:%d/fhir", settings.tls_cert[0] ? "https" : "http", settings.port);
		settings.base_url = standard;
	}
	base = must_copy(settings.base_url);
	size = strlen(base);
	while (size > 0 && base[size - 1] == '/')
		base[--size] = '\0';
	if (size < 12 || strcmp(base + size - 5, "/fhir") != 0 ||
		(strncmp(base, "http://", 7) != 0 && strncmp(base, "https://", 8) != 0) ||
		strpbrk(base, "\"\\<>?# \t\r\n") != NULL)
		return complain(setting_of("FHIR_BASE_URL"), "must be an http or https address that ends with /fhir");
	settings.base_url = base;
	root = must_copy(base);
	root[size - 5] = '\0';
	settings.root_url = root;
	return true;
}

/* Is it empty, or a name as schema.name? */
static bool
is_name(const char *name)
{
	const char *dot = strchr(name, '.');

	return name[0] == '\0' || (dot != NULL && dot > name && strchr(dot + 1, '.') == NULL && dot[1] != '\0');
}

/* Are all of a list origins?  They stand in a page and in a header. */
static bool
are_origins(const char *list)
{
	while (*list != '\0')
	{
		size_t		length;

		list += strspn(list, ", \t");
		length = strcspn(list, ", \t");
		if (length > 0)
		{
			size_t		scheme = strncmp(list, "https://", 8) == 0 ? 8 : strncmp(list, "http://", 7) == 0 ? 7 :
																									   0;

			if (scheme == 0 || length == scheme ||
				strspn(list + scheme, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") < length - scheme)
				return false;
		}
		list += length;
	}
	return true;
}

bool
settings_read(void)
{
	bool		good = true;

	for (size_t i = 0; i < NSETTINGS; i++)
		good &= read_setting(&table[i]);
	if (!good)
		return false;
	if (settings.loops == 0)
	{
		long		cores = sysconf(_SC_NPROCESSORS_ONLN);

		settings.loops = cores < 1 ? 1 : cores > 16 ? 16 : (int) cores;
	}
	if (settings.jwt_secret[0] == '\0')
		good = complain(setting_of("JWT_SECRET"), "is not set; openssl rand -base64 48 makes one");
	else if (strlen(settings.jwt_secret) < SECRET_BYTES)
		good = complain(setting_of("JWT_SECRET"), "is shorter than 32 bytes; openssl rand -base64 48 makes one");
	if (strcmp(settings.handling, "lenient") != 0 && strcmp(settings.handling, "strict") != 0)
		good = complain(setting_of("FHIR_HANDLING"), "must be lenient or strict");
	if (!is_name(settings.users_view))
		good = complain(setting_of("USERS_VIEW"), "must be schema.name");
	if (!is_name(settings.clients_view))
		good = complain(setting_of("CLIENTS_VIEW"), "must be schema.name");
	if (!proxies_are_good(settings.trusted_proxies))
		good = complain(setting_of("TRUSTED_PROXIES"), "must be addresses or networks such as 10.0.0.0/8, separated by commas");
	if (!are_origins(settings.cors_origins))
		good = complain(setting_of("CORS_ORIGINS"), "must be origins such as https://app.example, separated by commas; * is none, nor is what ends with a slash");
	if (!are_origins(settings.page_origins))
		good = complain(setting_of("PAGE_ORIGINS"), "must be origins such as https://his.example, separated by commas");
	if ((settings.tls_cert[0] == '\0') != (settings.tls_key[0] == '\0'))
		good = complain(setting_of("TLS_CERT"), "and TLS_KEY belong together");
	return read_addresses() && good;
}

void
settings_help(FILE *out)
{
	for (size_t i = 0; i < NSETTINGS; i++)
	{
		const Setting *setting = &table[i];

		fprintf(out, "  %-20s %s", setting->name, setting->help);
		if (setting->standard[0] != '\0')
			fprintf(out, " (%s)", setting->standard);
		fputc('\n', out);
	}
}

bool
settings_lists(const char *list, const char *word)
{
	size_t		size = strlen(word);

	while (*list != '\0')
	{
		size_t		length;

		list += strspn(list, ", \t");
		length = strcspn(list, ", \t");
		if (length == size && size > 0 && memcmp(list, word, size) == 0)
			return true;
		list += length;
	}
	return false;
}
