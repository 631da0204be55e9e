/*
 * data.c
 *		GET /fhir/data: all resources of a mapping as one JSON array.
 */
#include "gateway/access/access.h"
#include "gateway/base/gateway_settings.h"
#include "gateway/routes/stream.h"

/* A mapping without rows. */
static void
nothing(HttpRequest *request)
{
	reply_json(request, 200, "[]");
}

void
data_get(HttpRequest *request)
{
	static const StreamForm form = {HTTP_JSON, "[", "]", true, nothing, "There is no such mapping"};
	bool		bad = false;
	const char *mapping = url_field(&request->arena, request->path.query, "mapping", &bad);

	if (!access_type(request, "*", "rs"))
		return;
	if (mapping == NULL && !bad)
		mapping = settings.data_mapping;
	if (bad || mapping == NULL || mapping[0] == '\0')
		reply_error(request, bad ? 400 : 404, NULL, bad ? "mapping cannot be decoded" : "FHIR_DATA_MAPPING is not set: say ?mapping=");
	else
		stream_begin(request, SQL_DATA, &form, mapping, NULL);
}
