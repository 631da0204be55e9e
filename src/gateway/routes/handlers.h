/*
 * handlers.h
 *		The routes' functions, and what they share.
 */
#ifndef GATEWAY_HANDLERS_H
#define GATEWAY_HANDLERS_H

#include "gateway/database/pool.h"
#include "gateway/http/http.h"

/* FHIR (fhir_routes.c, fhir_batch.c, fhir_everything.c) */
extern void fhir_read(HttpRequest *request);
extern void fhir_vread(HttpRequest *request);
extern void fhir_search(HttpRequest *request);
extern void fhir_metadata(HttpRequest *request);
extern void fhir_validate(HttpRequest *request);
extern void fhir_batch(HttpRequest *request);
extern void fhir_everything(HttpRequest *request);
extern void fhir_smart(HttpRequest *request);

/* Can the answer have the form that the client takes?  Answers with 406 when not. */
extern bool fhir_negotiate(HttpRequest *request);

/* The value of one of the client's preferences (RFC 7240), "" for one without; NULL when it has not said it. */
extern const char *fhir_preference(HttpRequest *request, const char *name);

/* The rest */
extern void data_get(HttpRequest *request);
extern void user_me(HttpRequest *request);
extern void user_items(HttpRequest *request);
extern void icd_suggest(HttpRequest *request);
extern void icd_diagnosis(HttpRequest *request);
extern void icd_search(HttpRequest *request);
extern void morphology_suggest(HttpRequest *request);
extern void health_live(HttpRequest *request);
extern void health_ready(HttpRequest *request);
extern void health_metrics(HttpRequest *request);
extern void openapi_get(HttpRequest *request);
extern void asset_page(HttpRequest *request);
extern void asset_page_note(HttpRequest *request);
extern void asset_docs(HttpRequest *request);
extern void asset_file(HttpRequest *request);
extern void export_system(HttpRequest *request);
extern void export_group(HttpRequest *request);
extern void export_status(HttpRequest *request);
extern void export_delete(HttpRequest *request);
extern void export_file(HttpRequest *request);

/* Takes the rows of a request's call, and frees them (take_column() does). */
typedef void (*RequestDone) (HttpRequest *request, PGresult *rows);

/* A call on behalf of a request: a failure is answered by itself. */
typedef struct RequestCall
{
	Call		call;
	RequestDone done;
} RequestCall;

/*
 * Makes a call under the request's role, to be filled with values and begun.
 * done gets the rows; while it runs, the client may go.
 */
extern Call *request_call(HttpRequest *request, StatementId statement, RequestDone done);

/* Makes a zeroed call one of the request, under its role. */
extern void request_call_fill(HttpRequest *request, Call *call, StatementId statement);

/* Begins a call; when the client goes, the server is told to stop. */
extern void request_begin(HttpRequest *request, PoolKind kind, Call *call);

/* Answers a call's failure: 401, 403, 404, 4xx, 503 or 504, without the database's words. */
extern void call_error(HttpRequest *request, Call *call, CallEnd end);

/* A done that answers with the first value, which is JSON. */
extern void answer_value(HttpRequest *request, PGresult *rows);

/* Adds a column of the first row to a body, without copying; it takes the rows. */
extern void add_column(struct evbuffer *body, PGresult *rows, int column);

/* The same as a body of its own. */
extern struct evbuffer *take_column(PGresult *rows, int column);

/* The text of a row's column, or NULL. */
extern const char *row_text(const PGresult *rows, int column);

#endif
