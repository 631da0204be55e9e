/*
 * settings.h
 *		What the environment says, read once before anything else starts.
 *
 * One table (gateway_settings.c) has each setting's name, default, limits and
 * help: --help prints it, and nothing else reads the environment.
 */
#ifndef GATEWAY_SETTINGS_H
#define GATEWAY_SETTINGS_H

#include <stdbool.h>
#include <stdio.h>

typedef struct Settings
{
	/* the database */
	const char *db_host;
	const char *db_port;
	const char *db_name;
	const char *db_user;
	const char *db_password;	/* never printed */
	const char *db_sslmode;
	const char *db_sslrootcert;
	const char *schema;			/* of the extension */

	/* the listener */
	int			port;
	const char *listen_address;
	const char *base_url;		/* of FHIR, without a slash at the end */
	const char *root_url;		/* the same without "/fhir" */
	const char *cors_origins;	/* separated by commas or blanks */
	const char *trusted_proxies;	/* addresses, likewise */
	const char *tls_cert;
	const char *tls_key;
	int			max_connections;
	int			idle_seconds;
	int			head_seconds;
	int			body_seconds;
	int			write_seconds;
	int			loops;

	/* who may do what */
	const char *jwt_secret;		/* never printed */
	int			token_minutes;
	const char *anon_role;		/* "" when there is none */
	const char *users_view;
	const char *clients_file;
	const char *clients_view;
	int			login_failures;
	int			suggest_per_minute;

	/* answers */
	const char *data_mapping;
	const char *handling;		/* lenient or strict */
	const char *aics_server;
	const char *morphology_server;
	const char *page_dir;
	const char *page_origins;	/* who may embed the page; separated by commas or blanks */
	bool		docs;
	bool		metrics;
	int			text_limit;		/* bytes of a note */
	int			body_limit;		/* bytes of a request's body */

	/* exports */
	const char *export_dir;
	const char *export_role;	/* "": everybody may */
	int			export_hours;
	int			export_workers;
	int			export_jobs;

	/* pools and times, in connections and seconds */
	int			db_pool;
	int			suggest_pool;
	int			stream_pool;
	int			pool_seconds;
	int			read_seconds;
	int			suggest_seconds;
	int			stream_seconds;
	int			shutdown_seconds;
	bool		log_requests;
} Settings;

extern Settings settings;

/*
 * Reads the environment into settings.  Prints a line to stderr for each value
 * that cannot be, without the value when it is a secret; returns whether there
 * was none.
 */
extern bool settings_read(void);

/* Prints every setting with its default and meaning. */
extern void settings_help(FILE *out);

/* Is this word in a list separated by commas or blanks? */
extern bool settings_lists(const char *list, const char *word);

#endif
