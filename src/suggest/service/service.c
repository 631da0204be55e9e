/*
 * service.c
 *		Finding a service: the server, the right to use it, the role's mapping.
 *
 * The rules are those of dblink and postgres_fdw: USAGE on the server, then
 * the role's own mapping or that of PUBLIC.  Inside a SECURITY DEFINER
 * function the role is the definer.  The password comes from the mapping or
 * from the file that a superuser put there; never from the environment.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "base/base.h"
#include "suggest/shared/settings.h"
#include "suggest/service/service.h"

#define MAX_PASSWORD 1024		/* bytes, in a file */

/*
 * Reads a password's file: its first line.  Raises an error when it cannot be
 * read, is empty, too long or open to everybody.
 */
static char *
read_password(const char *path)
{
	char		text[MAX_PASSWORD + 1];
	int			fd = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	struct stat status;
	ssize_t		length;
	char	   *password;

	if (fd < 0 || fstat(fd, &status) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read the password file of the user mapping: %m")));
	if (!S_ISREG(status.st_mode) || (status.st_mode & S_IRWXO) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the password file of the user mapping is open to others"),
				 errhint("chmod 0600 makes it private to its owner.")));
	length = read(fd, text, sizeof(text) - 1);
	CloseTransientFile(fd);
	text[Max(length, 0)] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	if (length == sizeof(text) - 1 || text[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the password file of the user mapping has no usable first line")));
	password = pstrdup(text);
	explicit_bzero(text, sizeof(text));
	return password;
}

/*
 * Refuses a host that the list does not have; without a list, one of a server
 * that no superuser answers for.  Options may be older than the settings, so
 * this is asked at each call.
 */
static void
check_host(const ForeignServer *server, const char *base_url)
{
	SuggestUrl	url;
	const char *complaint = suggest_url_parse(base_url, &url);

	if (complaint)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("server \"%s\" has no usable base_url", server->servername),
				 errdetail("%s", complaint)));
	if (!url.is_https && !suggest_allow_http)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("server \"%s\" may not be called without TLS", server->servername),
				 errhint("Give it an address with https://, or let a superuser set fhir_bridge.aics_allow_http.")));
	if (suggest_allowed_hosts[0] != '\0' ? !suggest_host_allowed(url.host, suggest_allowed_hosts) :
		!superuser_arg(server->owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the host of server \"%s\" may not be called", server->servername),
				 errhint("A superuser allows it in fhir_bridge.aics_allowed_hosts.")));
}

/* Takes the credentials of the role's mapping. */
static void
take_credentials(SuggestService *service, const UserMapping *mapping)
{
	const char *email = suggest_option(mapping->options, "email", NULL);
	const char *password = suggest_option(mapping->options, "password", NULL);
	const char *file = suggest_option(mapping->options, "password_file", NULL);

	if (email == NULL || (password == NULL && file == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the user mapping for server \"%s\" has no email or no password", service->name),
				 errhint("SELECT aics_set_credentials(%s,...) sets both.", quote_literal_cstr(service->name))));
	service->email = pstrdup(email);
	service->password = password ? pstrdup(password) : read_password(file);
}

/*
 * The service or model as the role may use it.  Raises an error when the role
 * has no mapping for a service, or when its host may not be called.
 */
SuggestService *
suggest_service(Oid server, Oid role)
{
	ForeignServer *found = GetForeignServer(server);
	UserMapping *mapping;
	SuggestService *service;
	char	   *url;

	if (suggest_kind(found) == SUGGEST_MODEL)
		return suggest_model_service(found, role);
	mapping = GetUserMapping(role, server);
	service = palloc0(sizeof(SuggestService));
	url = pstrdup(suggest_option(found->options, "base_url", ""));
	check_host(found, url);
	for (size_t end = strlen(url); end > 0 && url[end - 1] == '/'; end--)
		url[end - 1] = '\0';
	service->server = server;
	service->role = role;
	service->mapping = mapping->umid;
	service->name = found->servername;
	service->base_url = url;
	service->login_path = suggest_option(found->options, "login_path", "/apim-stage/authentication");
	service->diagnosis_path = suggest_option(found->options, "diagnosis_path", "/api/icd10-stage/diagnosis");
	service->search_path = suggest_option(found->options, "search_path", "/miraico/search");
	service->api_id = suggest_option(found->options, "api_id", "med-service-api");
	service->model = suggest_option(found->options, "model", "TV");
	service->model_type = suggest_option(found->options, "model_type", "in_patient");
	service->search_model = suggest_option(found->options, "search_model", "NHI-2023");
	service->target = suggest_option(found->options, "target", "CM");
	service->ca_file = suggest_option(found->options, "ca_file", "");
	service->notes_per_request = suggest_notes_per_request(found);
	service->cache_seconds = suggest_option_number(found->options, "cache_seconds", 0);
	take_credentials(service, mapping);
	return service;
}

/* Overwrites the credentials when they are not needed any more. */
void
suggest_service_wipe(SuggestService *service)
{
	if (service->password)
		explicit_bzero(service->password, strlen(service->password));
	if (service->email)
		explicit_bzero(service->email, strlen(service->email));
}
