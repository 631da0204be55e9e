/*
 * ask.c
 *		Writing what the service is asked.
 *
 * Everything that can go wrong with a note goes wrong here, in the session
 * that brought it and before a slot is taken.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"

#include "base/base.h"
#include "suggest/service/client.h"
#include "suggest/service/utf8_service.h"
#include "suggest/shared/settings.h"

/* Raises 55000 when suggestions are switched off. */
void
suggest_check_enabled(void)
{
	if (!suggest_enabled)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("suggestions are switched off"),
				 errhint("The setting is fhir_bridge.aics_enabled.")));
}

/* A note as a C string.  Raises 54000 when it is too large. */
char *
suggest_note(text *note)
{
	if (VARSIZE_ANY_EXHDR(note) > (size_t) suggest_max_note_size * 1024)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the note is too large"),
				 errdetail("The limit is fhir_bridge.aics_max_note_size.")));
	return text_to_cstring(note);
}

/* Appends a text of the database as a JSON string in UTF-8. */
static void
append_json_string(StringInfo out, const char *text, const char *what)
{
	escape_json(out, suggest_to_utf8(text, strlen(text), what));
}

/*
 * How many bytes several notes may have together, before escaping, which can
 * make six of one.
 */
size_t
suggest_batch_limit(void)
{
	return Min((size_t) suggest_max_request_size * 1024, suggest_area_limit() / 16);
}

/*
 * What is asked about the given notes: a diagnosis, as JSON; of a model, which
 * is asked about one at a time, the note itself.
 */
char *
suggest_notes_body(const SuggestService *service, char **notes, int count)
{
	StringInfoData out;

	if (service->kind == SUGGEST_MODEL)
		return suggest_to_utf8(notes[0], strlen(notes[0]), "the note");
	initStringInfo(&out);
	appendStringInfoString(&out, "{\"model\":");
	escape_json(&out, service->model);
	appendStringInfoString(&out, ",\"notes\":[");
	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			appendStringInfoChar(&out, ',');
		append_json_string(&out, notes[i], "the note");
	}
	appendStringInfoString(&out, "],\"patient\":{}}");
	return out.data;
}

/* The body of a search. */
char *
suggest_search_body(const SuggestService *service, const char *query)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "{\"query\":");
	append_json_string(&out, query, "the query");
	appendStringInfoString(&out, ",\"target\":");
	escape_json(&out, service->target);
	appendStringInfoString(&out, ",\"model\":");
	escape_json(&out, service->search_model);
	appendStringInfoString(&out, ",\"useSpecifiedModel\":true}");
	return out.data;
}

/*
 * Where notes are asked about: the path of a diagnosis, with its query; of a
 * model, all that its answer depends on but the note.
 */
char *
suggest_notes_path(const SuggestService *service)
{
	StringInfoData out;

	initStringInfo(&out);
	if (service->kind == SUGGEST_MODEL)
	{
		appendStringInfo(&out, "%s%d", service->options, service->top);
		return out.data;
	}
	appendStringInfo(&out, "%s?model_type=", service->diagnosis_path);
	for (const unsigned char *c = (const unsigned char *) service->model_type; *c != '\0'; c++)
	{
		if (isalnum(*c) || strchr("-._~", *c) != NULL)
			appendStringInfoChar(&out, *c);
		else
			appendStringInfo(&out, "%%%02X", *c);
	}
	return out.data;
}

/* The body of a login. */
static char *
login_body(const SuggestService *service)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "{\"strategy\":\"local\",\"email\":");
	append_json_string(&out, service->email, "the email");
	appendStringInfoString(&out, ",\"password\":");
	append_json_string(&out, service->password, "the password");
	appendStringInfoString(&out, ",\"apiId\":");
	escape_json(&out, service->api_id);
	appendStringInfoChar(&out, '}');
	return out.data;
}

/*
 * Puts a request together, palloc'd.  Raises 54000 for one that might never find
 * room in shared memory.
 */
static SuggestRequest *
join_texts(const char *const *texts)
{
	size_t		size = sizeof(SuggestRequest);
	SuggestRequest *request;

	for (int i = 0; i < SUGGEST_TEXTS; i++)
		size += strlen(texts[i]) + 1;
	if (size > suggest_area_limit() / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the request to the suggestion service is too large"),
				 errdetail("The limit is half of fhir_bridge.aics_shm_limit at the first call.")));
	request = palloc0(size);
	request->timeout_ms = suggest_timeout;
	request->queue_ms = suggest_max_queue_wait;
	request->attempts = suggest_attempts_sync;
	request->max_answer = (uint32) suggest_max_response_size * 1024;
	request->allow_private = suggest_allow_private;
	request->allow_http = suggest_allow_http;
	request->size = size;
	size = sizeof(SuggestRequest);
	for (int i = 0; i < SUGGEST_TEXTS; i++)
	{
		request->offset[i] = size;
		request->length[i] = strlen(texts[i]);
		memcpy((char *) request + size, texts[i], request->length[i] + 1);
		size += request->length[i] + 1;
	}
	return request;
}

/* A request to a model: a question, and the note that it is about. */
SuggestRequest *
suggest_model_request(const SuggestService *service, SuggestQuestion question, const char *body)
{
	const char *texts[SUGGEST_TEXTS] = {"", "", "", "", "", [SUGGEST_TEXT_OPTIONS] = service->options, [SUGGEST_TEXT_BODY] = body};
	SuggestRequest *request = join_texts(texts);

	request->kind = SUGGEST_MODEL;
	request->question = question;
	request->top = service->top;
	request->memory_mb = service->memory_mb;
	request->owner = (uint64) MyDatabaseId << 32 | service->server;
	return request;
}

/*
 * A whole request, palloc'd: the credentials, the path (NULL to log in and do
 * no more) and the JSON body.  The caller wipes it after use.  Raises 54000 for
 * one that might never find room in shared memory.
 */
SuggestRequest *
suggest_request(const SuggestService *service, const char *path, const char *body)
{
	SuggestRequest *request;
	char	   *login;

	if (service->kind == SUGGEST_MODEL)
		return suggest_model_request(service, SUGGEST_ASK_LABELS, body);
	login = login_body(service);
	request = join_texts((const char *const[SUGGEST_TEXTS]){
		[SUGGEST_TEXT_LOGIN_URL] = psprintf("%s%s", service->base_url, service->login_path),
		[SUGGEST_TEXT_URL] = path ? psprintf("%s%s", service->base_url, path) : "",
		[SUGGEST_TEXT_CA_FILE] = service->ca_file,
		[SUGGEST_TEXT_PROXY] = suggest_proxy,
		[SUGGEST_TEXT_LOGIN] = login,
		[SUGGEST_TEXT_OPTIONS] = "",
		[SUGGEST_TEXT_BODY] = body ? body : "",
	});
	explicit_bzero(login, strlen(login));
	return request;
}
