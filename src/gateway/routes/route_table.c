/*
 * route_table.c
 *		Everything that is served, in the order in which it is looked for.
 */
#include "gateway/access/access.h"
#include "gateway/routes/handlers.h"
#include "gateway/routes/route.h"

#define GET		METHOD_GET
#define POST	METHOD_POST
#define DELETE	METHOD_DELETE

#define FHIR	(ROUTE_FHIR | ROUTE_BATCH)

#define TEXT_BODY	"{\"type\":\"object\",\"required\":[\"text\"],\"properties\":{\"text\":{\"type\":\"string\"}}}"
#define ICD_LIST	"{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"icd\":{\"type\":\"string\"},\"prob\":{\"type\":\"number\"}}}}"
#define RESOURCE	"{\"type\":\"object\",\"required\":[\"resourceType\"],\"properties\":{\"resourceType\":{\"type\":\"string\"}}}"
#define ANY_QUERY	"_count most resources of a page; _sort names of parameters, separated by commas; _format json"
#define EXPORT_QUERY "_type types, separated by commas; _since an instant; _typeFilter a search as Observation?code=8867-4; _elements names of elements; " \
					"_outputFormat application/fhir+ndjson"
#define TOKEN		"{\"type\":\"object\",\"properties\":{\"access_token\":{\"type\":\"string\"},\"token_type\":{\"type\":\"string\"}," \
					"\"expires_in\":{\"type\":\"integer\"}}}"
#define TOKEN_BODY	"{\"type\":\"object\",\"properties\":{\"grant_type\":{\"type\":\"string\"},\"username\":{\"type\":\"string\"}," \
					"\"password\":{\"type\":\"string\",\"format\":\"password\"},\"scope\":{\"type\":\"string\"}," \
					"\"client_assertion_type\":{\"type\":\"string\"},\"client_assertion\":{\"type\":\"string\"}}}"

const Route route_table[] = {
	/* health: not in the description, like the page itself */
	{GET, "/livez", ACCESS_OPEN, 0, health_live, "service", "Is the gateway there?", NULL, NULL, NULL},
	{GET, "/readyz", ACCESS_OPEN, 0, health_ready, "service", "Can the database be reached?", NULL, NULL, NULL},
	{GET, "/metrics", ACCESS_OPEN, ROUTE_METRICS, health_metrics, "service", "Figures for Prometheus", NULL, NULL, NULL},

	/* the page and the description */
	{GET, "/", ACCESS_OPEN, ROUTE_HIDDEN, asset_page, "service", "The page", NULL, NULL, NULL},
	{POST, "/", ACCESS_OPEN, ROUTE_HIDDEN | ROUTE_FORM | ROUTE_BODY, asset_page_note, "service", "The page with a note of the hospital's system", NULL, NULL, NULL},
	{GET, "/assets/{hash}/{file}", ACCESS_OPEN, ROUTE_HIDDEN, asset_file, "service", "Files of the page", NULL, NULL, NULL},
	{GET, "/docs", ACCESS_OPEN, ROUTE_DOCS | ROUTE_HIDDEN, asset_docs, "service", "Swagger UI", NULL, NULL, NULL},
	{GET, "/openapi.json", ACCESS_OPEN, ROUTE_DOCS, openapi_get, "service", "This description", NULL, NULL, NULL},

	/* tokens and users */
	{POST, "/token", ACCESS_OPEN, ROUTE_FORM, login_handle, "users", "A token for a database role and its password, or for a client and its signed assertion",
	 NULL, TOKEN_BODY, TOKEN},
	{GET, "/users/me", ACCESS_USER, 0, user_me, "users", "The caller", NULL, NULL,
	 "{\"type\":\"object\",\"properties\":{\"username\":{\"type\":\"string\"},\"full_name\":{\"type\":[\"string\",\"null\"]},"
	 "\"email\":{\"type\":[\"string\",\"null\"]},\"disabled\":{\"type\":\"boolean\"}}}"},
	{GET, "/users/me/items", ACCESS_USER, 0, user_items, "users", "The published mappings that the caller can read", NULL, NULL,
	 "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"item_id\":{\"type\":\"string\"},\"owner\":{\"type\":\"string\"}}}}"},

	/* suggestions */
	{POST, "/icd-suggest", ACCESS_USER, ROUTE_SUGGEST | ROUTE_BODY, icd_suggest, "suggestions", "ICD-10 codes for a note", NULL, TEXT_BODY,
	 "{\"type\":\"object\",\"properties\":{\"main\":" ICD_LIST ",\"cc\":{\"type\":\"array\",\"items\":" ICD_LIST "}}}"},
	{POST, "/diagnosis", ACCESS_USER, ROUTE_SUGGEST | ROUTE_BODY, icd_diagnosis, "suggestions", "The same, as the suggestion service's own call", NULL,
	 "{\"type\":\"object\",\"required\":[\"notes\"],\"properties\":{\"model\":{},\"notes\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"patient\":{}}}",
	 "{\"type\":\"array\",\"items\":" ICD_LIST "}"},
	{GET, "/icd-search", ACCESS_USER, ROUTE_SUGGEST, icd_search, "suggestions", "ICD-10 codes by their names", "q words, English or Chinese", NULL,
	 "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"icd\":{\"type\":\"string\"},\"english_name\":{\"type\":\"string\"},"
	 "\"chinese_name\":{\"type\":\"string\"},\"billable\":{\"type\":\"boolean\"}}}}"},
	{POST, "/suggest-morphology-codes", ACCESS_USER, ROUTE_SUGGEST | ROUTE_BODY, morphology_suggest, "suggestions", "Morphology codes for a pathology report", NULL, TEXT_BODY,
	 "{\"type\":\"object\",\"properties\":{\"codes\":{\"type\":\"array\",\"items\":{\"type\":\"array\"}}}}"},

	/* all resources of one mapping */
	{GET, "/fhir/data", ACCESS_FHIR, 0, data_get, "data", "All resources of a mapping, as one array",
	 "mapping the mapping's name, as schema.name", NULL, "{\"type\":\"array\",\"items\":" RESOURCE "}"},

	/* FHIR */
	{GET, "/fhir/metadata", ACCESS_OPEN, FHIR, fhir_metadata, "FHIR", "What the service can do", NULL, NULL, RESOURCE},
	{GET, "/fhir/.well-known/smart-configuration", ACCESS_OPEN, 0, fhir_smart, "FHIR", "How clients get tokens", NULL, NULL, "{\"type\":\"object\"}"},
	{GET, "/fhir/$export", ACCESS_FHIR, ROUTE_FHIR | ROUTE_BEGINS, export_system, "export", "Begins an export of everything", EXPORT_QUERY, NULL, NULL},
	{GET, "/fhir/Patient/$export", ACCESS_FHIR, ROUTE_FHIR | ROUTE_BEGINS, export_system, "export", "Begins an export of all patients' resources", EXPORT_QUERY, NULL, NULL},
	{GET, "/fhir/Group/{id}/$export", ACCESS_FHIR, ROUTE_FHIR | ROUTE_BEGINS, export_group, "export", "Begins an export of a group's members", EXPORT_QUERY, NULL, NULL},
	{GET, "/fhir/export/{job}", ACCESS_FHIR, ROUTE_FHIR, export_status, "export", "How an export stands: 202, or its manifest", NULL, NULL, "{\"type\":\"object\"}"},
	{DELETE, "/fhir/export/{job}", ACCESS_FHIR, ROUTE_FHIR, export_delete, "export", "Stops an export and removes its files", NULL, NULL, NULL},
	{GET, "/fhir/export/{job}/{file}", ACCESS_FHIR, ROUTE_FHIR, export_file, "export", "A file of an export: NDJSON", NULL, NULL, NULL},
	{POST, "/fhir", ACCESS_FHIR, ROUTE_FHIR | ROUTE_BODY, fhir_batch, "FHIR", "A batch of reads and searches", NULL, RESOURCE, RESOURCE},
	{POST, "/fhir/$validate", ACCESS_FHIR, ROUTE_FHIR | ROUTE_BODY, fhir_validate, "FHIR", "The same for a resource of any type", NULL, RESOURCE, RESOURCE},
	{POST, "/fhir/{type}/$validate", ACCESS_FHIR, ROUTE_FHIR | ROUTE_BODY, fhir_validate, "FHIR", "Faults of a resource, as an OperationOutcome", NULL, RESOURCE, RESOURCE},
	{GET, "/fhir/Patient/{id}/$everything", ACCESS_FHIR, ROUTE_FHIR, fhir_everything, "FHIR", "A patient and all that refers to it", NULL, NULL, RESOURCE},
	{GET, "/fhir/{type}/{id}/_history/{version}", ACCESS_FHIR, FHIR, fhir_vread, "FHIR", "A version of a resource, if it is the current one", NULL, NULL, RESOURCE},
	{POST, "/fhir/{type}/_search", ACCESS_FHIR, ROUTE_FHIR | ROUTE_FORM | ROUTE_BODY, fhir_search, "FHIR", "Search, with parameters in the body", NULL, "{\"type\":\"object\"}", RESOURCE},
	{GET, "/fhir/{type}/{id}", ACCESS_FHIR, FHIR, fhir_read, "FHIR", "A resource by its id", "_pretty true or false", NULL, RESOURCE},
	{GET, "/fhir/{type}", ACCESS_FHIR, FHIR, fhir_search, "FHIR", "Search; /fhir/metadata says by which parameters", ANY_QUERY, NULL, RESOURCE},
};

const int	route_count = sizeof(route_table) / sizeof(route_table[0]);
