/*
 * fhir_everything.c
 *		Patient/{id}/$everything: the patient and all that refers to it.
 *
 * One statement walks the search pages of all types with a parameter for the
 * patient, in one snapshot; the entries go out as they come, the patient first.
 */
#include "gateway/access/access.h"
#include "gateway/base/gateway_settings.h"
#include "gateway/routes/stream.h"

/* There is no patient, hence nothing. */
static void
nothing(HttpRequest *request)
{
	reply_error(request, 404, NULL, "There is no such resource");
}

void
fhir_everything(HttpRequest *request)
{
	static const StreamForm form = {HTTP_FHIR_JSON, "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[", "]}", false, nothing, NULL};

	if (access_type(request, "*", "rs"))
		stream_begin(request, SQL_EVERYTHING, &form, request->params[0], settings.base_url);
}
