/*
 * fault_words.c
 *		What a fault is called: SQLSTATE, message and hint, in one place.
 *
 * No message says anything of the call: not the note, not the answer, not the
 * address.  SQLSTATE 57014 is the server's own (cancel, statement_timeout) and
 * is none of these.
 */
#include "postgres.h"

#include "suggest/service/client.h"
#include "suggest/service/utf8_service.h"
#include "suggest/shared/fault.h"

typedef struct FaultWords
{
	int			sqlstate;
	const char *message;
	const char *hint;			/* NULL for none */
} FaultWords;

#define ADDRESS_HINT "A superuser allows private addresses by fhir_bridge.aics_allow_private_addresses."

static const FaultWords words[SUGGEST_FAULTS] = {
	[SUGGEST_FAULT_DNS] = {ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
						   "the host of the suggestion service has no address", NULL},
	[SUGGEST_FAULT_CONNECT] = {ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
							   "could not connect to the suggestion service", NULL},
	[SUGGEST_FAULT_TLS] = {ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
						   "could not make a trusted connection to the suggestion service",
						   "The server's option ca_file names the authorities that are trusted."},
	[SUGGEST_FAULT_BROKEN] = {ERRCODE_CONNECTION_FAILURE,
							  "the suggestion service broke its answer off", NULL},
	[SUGGEST_FAULT_TIMEOUT] = {ERRCODE_CONNECTION_FAILURE,
							   "the suggestion service did not answer in time",
							   "The limit is fhir_bridge.aics_timeout."},
	[SUGGEST_FAULT_TOO_LARGE] = {ERRCODE_PROGRAM_LIMIT_EXCEEDED,
								 "the answer of the suggestion service is too large",
								 "The limit is fhir_bridge.aics_max_response_size."},
	[SUGGEST_FAULT_ADDRESS] = {ERRCODE_INSUFFICIENT_PRIVILEGE,
							   "the host of the suggestion service has a private address", ADDRESS_HINT},
	[SUGGEST_FAULT_LOGIN] = {ERRCODE_INVALID_PASSWORD,
							 "the suggestion service refused the login",
							 "aics_set_credentials() sets other credentials; these are not tried again for 30 seconds."},
	[SUGGEST_FAULT_LOGIN_FORBIDDEN] = {ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
									   "the suggestion service forbids the login", NULL},
	[SUGGEST_FAULT_LOGIN_ANSWER] = {ERRCODE_PROTOCOL_VIOLATION,
									"the suggestion service answered the login without a usable session", NULL},
	[SUGGEST_FAULT_SESSION] = {ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
							   "the suggestion service refused a fresh session", NULL},
	[SUGGEST_FAULT_FORBIDDEN] = {ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
								 "the suggestion service forbids the call", NULL},
	[SUGGEST_FAULT_REQUEST] = {ERRCODE_INVALID_PARAMETER_VALUE,
							   "the suggestion service refused the request", NULL},
	[SUGGEST_FAULT_NOT_FOUND] = {ERRCODE_SYSTEM_ERROR,
								 "the suggestion service does not know the path",
								 "The paths are options of the server."},
	[SUGGEST_FAULT_REDIRECT] = {ERRCODE_SYSTEM_ERROR,
								"the suggestion service answered with a redirect",
								"Redirects are not followed; set the server's base_url to the final address."},
	[SUGGEST_FAULT_SERVICE] = {ERRCODE_SYSTEM_ERROR,
							   "the suggestion service failed", NULL},
	[SUGGEST_FAULT_BUSY] = {ERRCODE_INSUFFICIENT_RESOURCES,
							"the suggestion service or the queue to it is busy", NULL},
	[SUGGEST_FAULT_RESTING] = {ERRCODE_CANNOT_CONNECT_NOW,
							   "the suggestion service failed too often and is given a rest", NULL},
	[SUGGEST_FAULT_STOPPED] = {ERRCODE_CANNOT_CONNECT_NOW,
							   "the suggestion engine ended during the call", NULL},
	[SUGGEST_FAULT_MEMORY] = {ERRCODE_INSUFFICIENT_RESOURCES,
							  "the shared memory for suggestions is full",
							  "The limit is fhir_bridge.aics_shm_limit."},
	[SUGGEST_FAULT_MODEL] = {ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
							 "the model cannot be used",
							 "morphology_test() tries it out step by step."},
	[SUGGEST_FAULT_MODEL_RUN] = {ERRCODE_EXTERNAL_ROUTINE_EXCEPTION,
								 "the model gave no answer", NULL},
	[SUGGEST_FAULT_MODEL_SLOW] = {ERRCODE_CONNECTION_FAILURE,
								  "the model did not answer in time",
								  "The limit is fhir_bridge.aics_timeout."},
	[SUGGEST_FAULT_NOTE] = {ERRCODE_INVALID_PARAMETER_VALUE,
							"the model's program ended each time that it was given this note", NULL},
	[SUGGEST_FAULT_TRANSPORT] = {ERRCODE_CONNECTION_FAILURE,
								 "the call of the suggestion service failed", NULL},
};

/* The SQLSTATE of a fault. */
int
suggest_fault_sqlstate(SuggestFault fault)
{
	return words[fault].sqlstate;
}

/* The message of a fault. */
const char *
suggest_fault_message(SuggestFault fault)
{
	return words[fault].message;
}

/*
 * What else is known of a failed call: status, tries, the library's words.
 * A palloc'd sentence, or several.
 */
char *
suggest_fault_detail(const SuggestAnswer *answer)
{
	StringInfoData detail;

	initStringInfo(&detail);
	if (answer->text != NULL)
	{
		appendStringInfo(&detail, "%s.", suggest_show_utf8(answer->text, answer->length));
		return detail.data;
	}
	if (answer->http_status > 0)
		appendStringInfo(&detail, "HTTP status %d, ", answer->http_status);
	else if (answer->reason[0] != '\0')
		appendStringInfo(&detail, "%s, ", answer->reason);
	appendStringInfo(&detail, "after %d %s.", answer->attempts, answer->attempts == 1 ? "request" : "requests");
	detail.data[0] = pg_toupper((unsigned char) detail.data[0]);
	return detail.data;
}

/* Raises the error of a failed call. */
void
suggest_fault_raise(const SuggestAnswer *answer)
{
	const FaultWords *fault = &words[answer->fault];

	ereport(ERROR,
			(errcode(fault->sqlstate),
			 errmsg("%s", fault->message),
			 errdetail("%s", suggest_fault_detail(answer)),
			 fault->hint ? errhint("%s", fault->hint) : 0));
}
