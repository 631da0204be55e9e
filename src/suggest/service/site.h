/*
 * site.h
 *		A suggestion service as one role may use it: server and user mapping.
 */
#ifndef FHIR_BRIDGE_SUGGEST_SITE_H
#define FHIR_BRIDGE_SUGGEST_SITE_H

#include "postgres.h"

#include "foreign/foreign.h"

/* Texts are in the database's encoding and of the context of suggest_site. */
typedef struct SuggestSite
{
	Oid			server;
	Oid			role;			/* who calls */
	Oid			mapping;		/* the role's, or that of PUBLIC */
	const char *name;			/* of the server */
	const char *base_url;		/* without a slash at its end */
	const char *login_path;
	const char *diagnosis_path; /* without model_type */
	const char *search_path;
	const char *api_id;
	const char *model;
	const char *model_type;
	const char *search_model;
	const char *target;
	const char *ca_file;		/* empty for the system's authorities */
	int			notes_per_request;
	int			cache_seconds;	/* 0 for no cache */
	char	   *email;
	char	   *password;
} SuggestSite;

/* in site.c */
extern Oid	suggest_server(const char *name, Oid role);
extern SuggestSite *suggest_site(Oid server, Oid role);
extern int	suggest_notes_per_request(ForeignServer *server);
extern void suggest_site_wipe(SuggestSite *site);

/* in options.c */
extern void suggest_check_file(const char *option, const char *path);

/* in url.c */
typedef struct SuggestUrl
{
	bool		is_https;
	char	   *host;			/* lower case, without brackets */
} SuggestUrl;

extern const char *suggest_url_parse(const char *url, SuggestUrl *parts);
extern bool suggest_host_allowed(const char *host, const char *list);

#endif							/* FHIR_BRIDGE_SUGGEST_SITE_H */
