/*
 * service.h
 *		A suggestion service, or a local model, as one role may use it.
 */
#ifndef FHIR_BRIDGE_SUGGEST_SERVICE_H
#define FHIR_BRIDGE_SUGGEST_SERVICE_H

#include "postgres.h"

#include "foreign/foreign.h"

#include "suggest/shared/request.h"

/* Texts are in the database's encoding and of the context of suggest_service. */
typedef struct SuggestService
{
	SuggestKind kind;
	Oid			server;
	Oid			role;			/* who calls */
	Oid			mapping;		/* the role's, or that of PUBLIC; InvalidOid for a model */
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
	const char *options;		/* of a model: lines "name=value", UTF-8 */
	int			memory_mb;		/* that its program may take; 0 for no limit */
	int			top;			/* labels that are asked of it; 0 for all */
} SuggestService;

/* in server.c */
extern SuggestKind suggest_kind(const ForeignServer *server);
extern Oid	suggest_server(const char *name, SuggestKind kind, Oid role);
extern const char *suggest_option(List *options, const char *name, const char *otherwise);
extern int	suggest_option_number(List *options, const char *name, int otherwise);
extern int	suggest_notes_per_request(ForeignServer *server);

/* in model_server.c */
extern SuggestService *suggest_model_service(ForeignServer *server, Oid role);

/* in service.c */
extern SuggestService *suggest_service(Oid server, Oid role);
extern void suggest_service_wipe(SuggestService *service);

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

#endif							/* FHIR_BRIDGE_SUGGEST_SERVICE_H */
